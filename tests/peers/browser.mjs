// A real browser, without script, clicks through login and consent, and each page is looked at: by checks here, and by
// whoever opens the screenshots. One argument, a JSON object:
//   {"url": ..., "username": ..., "password": ..., "output": folder, "chromium": path or OAUTH_PEERS_CHROMIUM}
// Prints one JSON object; the exit status tells.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const told = JSON.parse(process.argv[2])
const provider = new URL(told.url).origin
const wide = { width: 1280, height: 800 }
const narrow = { width: 320, height: 640 }
const visited = []
const complaints = []

await mkdir(told.output, { recursive: true })
const browser = await chromium.launch({
  executablePath: told.chromium ?? process.env.OAUTH_PEERS_CHROMIUM,
  args: [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
  ],
})
try {
  const context = await browser.newContext({ javaScriptEnabled: false, locale: 'en', viewport: wide })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  page.on('console', (message) => complaints.push(`console: ${message.text()}`))
  page.on('request', (request) => request.isNavigationRequest() && visited.push(`${request.method()} ${request.url()}`))
  // The client's callback may be anywhere, and nothing need listen there.
  const away = page.waitForRequest((r) => r.isNavigationRequest() && new URL(r.url()).origin !== provider, { timeout: 45_000 })
  away.catch(() => {})

  await look('login', await page.goto(told.url))
  await page.locator('input[name=username]').fill(told.username)
  await page.locator('input[name=password]').fill(told.password)
  const [consent] = await Promise.all([
    page.waitForResponse((response) => response.request().isNavigationRequest() && response.status() === 200),
    page.locator('form:has(input[name=password]) [type=submit]').click(),
  ])
  await look('consent', consent)
  assert.equal(await page.locator('button[name=decision][value=deny]').count(), 1, 'one can refuse')
  await page.locator('button[name=decision][value=allow]').click({ noWaitAfter: true })
  const left = await away
  // Closing the browser now could be faster than its request: whoever listens there has to get it.
  await left.response().catch(() => null)
  const callback = left.url()

  assert.deepEqual(complaints, [])
  console.log(JSON.stringify({ ok: true, callback, visited }))

  async function look(name, response) {
    await page.waitForLoadState()
    await page.setViewportSize(narrow)
    await page.screenshot({ path: join(told.output, `${name}-narrow.png`), fullPage: true })
    if (await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)) {
      complaints.push(`${name}: scrolls sideways on a narrow screen`)
    }
    await page.setViewportSize(wide)
    await page.screenshot({ path: join(told.output, `${name}.png`), fullPage: true })

    const headers = response.headers()
    const expect = (holds, what) => holds || complaints.push(`${name}: ${what}`)
    expect(/default-src 'none'/.test(headers['content-security-policy'] ?? ''), 'no strict Content-Security-Policy')
    expect(/frame-ancestors 'none'/.test(headers['content-security-policy'] ?? ''), 'may be framed')
    expect(headers['referrer-policy'] === 'no-referrer', 'no Referrer-Policy')
    expect(/no-store/.test(headers['cache-control'] ?? ''), 'may be cached')
    expect(/charset=utf-8/i.test(headers['content-type'] ?? ''), 'no charset')
    complaints.push(...(await page.evaluate(() => {
      const missing = []
      if (!document.documentElement.lang) missing.push('no lang')
      if (!document.title.trim()) missing.push('no title')
      if (document.querySelectorAll('h1').length !== 1) missing.push('not one h1')
      if (!document.querySelector('main')) missing.push('no main')
      if (!document.querySelector('meta[name=viewport]')) missing.push('no viewport')
      if (document.querySelector('script, [style*="url("], [onclick]')) missing.push('script')
      for (const input of document.querySelectorAll('input:not([type=hidden], [type=submit])')) {
        const label = input.getAttribute('aria-label') ?? [...input.labels].map((l) => l.textContent).join('')
        if (!label.trim()) missing.push(`no label for ${input.name}`)
        if (!input.autocomplete) missing.push(`no autocomplete for ${input.name}`)
      }
      for (const button of document.querySelectorAll('button, [type=submit]')) {
        if (!(button.textContent.trim() || button.value)) missing.push('a button without text')
      }
      return missing
    })).map((what) => `${name}: ${what}`))
  }
} finally {
  await browser.close()
}
