// A real browser, without script, clicks through login and consent, and each page is looked at. One argument, a JSON object:
//   {"url": ..., "username": ..., "password": ..., "output": folder, "chromium": path or OAUTH_PEERS_CHROMIUM}
// Prints one JSON object; the exit status tells.
import assert from 'node:assert/strict'
import { open } from './looks.mjs'

const told = JSON.parse(process.argv[2])
const provider = new URL(told.url).origin
const visited = []

const { visitor, look, complaints, close } = await open(told)
try {
  const page = await visitor()
  page.on('request', (request) => request.isNavigationRequest() && visited.push(`${request.method()} ${request.url()}`))
  // The client's callback may be anywhere, and nothing need listen there.
  const away = page.waitForRequest((r) => r.isNavigationRequest() && new URL(r.url()).origin !== provider, { timeout: 45_000 })
  away.catch(() => {})

  await look(page, 'login', await page.goto(told.url))
  await page.locator('input[name=username]').fill(told.username)
  await page.locator('input[name=password]').fill(told.password)
  const [consent] = await Promise.all([
    page.waitForResponse((response) => response.request().isNavigationRequest() && response.status() === 200),
    page.locator('form:has(input[name=password]) [type=submit]').click(),
  ])
  await look(page, 'consent', consent)
  assert.equal(await page.locator('button[name=decision][value=deny]').count(), 1, 'one can refuse')
  await page.locator('button[name=decision][value=allow]').click({ noWaitAfter: true })
  const left = await away
  // Closing the browser now could be faster than its request: whoever listens there has to get it.
  await left.response().catch(() => null)
  const callback = left.url()

  assert.deepEqual(complaints, [])
  console.log(JSON.stringify({ ok: true, callback, visited }))
} finally {
  await close()
}
