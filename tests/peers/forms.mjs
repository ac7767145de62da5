// Walks through a provider's login and consent as a person would, without a browser: follows redirects, fills in
// forms, presses "allow", and stops in front of the client's callback.
//
// Alone: node forms.mjs '{"url": ..., "callback": ..., "username": ..., "password": ...}'
import { fileURLToPath } from 'node:url'

const MOST_PAGES = 12

/** With `last`, it ends at the page that says so instead. @returns {Promise<{callback?: string, visited: object[]}>} */
export async function walk({ url, callback, username, password, decision = 'allow', last }) {
  const jar = new Map()
  const visited = []
  let request = { method: 'GET', url: new URL(url) }
  while (visited.length < MOST_PAGES) {
    const response = await send(request, jar)
    visited.push({ method: request.method, url: request.url.href, status: response.status })
    const location = response.headers.get('location')
    if (location) {
      const next = new URL(location, request.url)
      if (next.href.startsWith(callback)) return { callback: next.href, visited }
      request = { method: 'GET', url: next }
      continue
    }
    const page = await response.text()
    if (!response.ok) throw new Error(`${request.method} ${request.url}: ${response.status}\n${page}`)
    if (last && page.includes(last)) return { visited }
    request = fillIn(page, request.url, { username, password, decision })
  }
  throw new Error(`no callback after ${MOST_PAGES} pages: ${JSON.stringify(visited)}`)
}

async function send({ method, url, body }, jar) {
  const headers = { accept: 'text/html' }
  if (jar.size) headers.cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  if (body) headers.origin = url.origin
  const response = await fetch(url, { method, headers, body, redirect: 'manual' })
  for (const cookie of response.headers.getSetCookie()) {
    const [pair, ...attributes] = cookie.split(';')
    const at = pair.indexOf('=')
    const gone = attributes.some((a) => /^\s*(max-age=(0|-\d+)|expires=Thu, 01 Jan 1970.*)\s*$/i.test(a))
    if (gone) jar.delete(pair.slice(0, at))
    else jar.set(pair.slice(0, at), pair.slice(at + 1))
  }
  return response
}

/** The request that submitting the page's first form makes. */
export function fillIn(page, base, { username, password, decision }) {
  const form = /<form\b([^>]*)>([\s\S]*?)<\/form>/i.exec(page)
  if (!form) throw new Error(`no form on ${base}:\n${page}`)
  const { action, method = 'get' } = attributes(form[1])
  const body = new URLSearchParams()
  const buttons = []
  for (const [, tag, rest] of form[2].matchAll(/<(input|button)\b([^>]*)>/gi)) {
    const { name, type = tag.toLowerCase() === 'button' ? 'submit' : 'text', value = '', checked } = attributes(rest)
    if (type === 'submit') buttons.push({ name, value })
    else if (!name) continue
    else if (type === 'password') body.append(name, password)
    else if (type === 'hidden') body.append(name, value)
    else if (type === 'checkbox' || type === 'radio') checked !== undefined && body.append(name, value || 'on')
    else body.append(name, value || username)
  }
  const button = buttons.find(({ name, value }) => name === 'decision' && value === decision) ?? buttons[0]
  if (button?.name) body.append(button.name, button.value)
  const url = new URL(action || base, base)
  if (method.toLowerCase() === 'post') return { method: 'POST', url, body }
  url.search = body
  return { method: 'GET', url }
}

function attributes(text) {
  const all = text.matchAll(/([a-z][\w:-]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/gi)
  return Object.fromEntries([...all].map(([, name, a, b, c]) => [name.toLowerCase(), unescape(a ?? b ?? c ?? '')]))
}

function unescape(text) {
  const named = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(parseInt(hex, 16))
    if (decimal) return String.fromCodePoint(Number(decimal))
    return named[name] ?? whole
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(JSON.stringify(await walk(JSON.parse(process.argv[2]))))
}
