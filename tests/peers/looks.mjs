// How a page is looked at in a browser: by checks here, by axe-core, and by whoever opens the screenshots.
import { createRequire } from 'node:module'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const SCHEMES = ['light', 'dark']
const SIZES = { wide: { width: 1280, height: 800 }, phone: { width: 375, height: 667 } }
const NARROWEST = { width: 320, height: 640 }

/** A browser without script, whose pages `look` complains about. `output` is the folder for screenshots. */
export async function open({ output, chromium: executable }) {
  await mkdir(output, { recursive: true })
  const browser = await chromium.launch({
    executablePath: executable ?? process.env.OAUTH_PEERS_CHROMIUM,
    args: [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ],
  })
  const complaints = []
  // axe-core needs script, which our pages forbid: it gets a copy of each.
  const copy = await (await browser.newContext({ viewport: SIZES.wide, locale: 'en' })).newPage()

  /** A new person at a new browser, which runs scripts only if it is said. */
  async function visitor(javaScriptEnabled = false) {
    const context = await browser.newContext({ javaScriptEnabled, locale: 'en', viewport: SIZES.wide })
    const page = await context.newPage()
    page.setDefaultTimeout(15_000)
    page.on('console', (message) => {
      // What the server refuses is no mistake of the page.
      if (!/Failed to load resource/.test(message.text())) complaints.push(`console: ${message.text()}`)
    })
    return page
  }

  /** With `script`, the page has the one that its policy names. */
  async function look(page, name, response, { script = false } = {}) {
    await page.waitForLoadState()
    const expect = (holds, what) => holds || complaints.push(`${name}: ${what}`)
    await page.setViewportSize(NARROWEST)
    expect(!(await scrollsSideways(page)), 'scrolls sideways on a narrow screen')
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme })
      for (const [size, viewport] of Object.entries(SIZES)) {
        await page.setViewportSize(viewport)
        await page.screenshot({ path: join(output, `${name}-${colorScheme}-${size}.png`), fullPage: true })
      }
    }
    await page.emulateMedia({ colorScheme: 'light' })
    await page.setViewportSize(SIZES.wide)
    for (const [header, pattern] of [
      ['content-security-policy', /default-src 'none'.*frame-ancestors 'none'/],
      ['referrer-policy', /^no-referrer$/],
      ['cache-control', /no-store/],
      ['content-type', /charset=utf-8/i],
    ]) {
      const value = response.headers()[header] ?? ''
      expect(pattern.test(value), `${header}: ${value}`)
    }
    for (const what of await page.evaluate(missing)) expect(script && what === 'script', what)
    if (script) expect(/script-src 'sha256-[^']+'$/.test(response.headers()['content-security-policy']), 'policy of script')
    const html = (await page.content()).replace(/<script>.*?<\/script>/, '')
    for (const colorScheme of SCHEMES) {
      await copy.emulateMedia({ colorScheme })
      await copy.setContent(html)
      await copy.evaluate(AXE)
      const { violations } = await copy.evaluate(() => axe.run())
      for (const { id, impact, help, nodes } of violations) {
        expect(false, `axe, ${colorScheme}: ${impact} ${id}: ${help}: ${nodes.map((node) => node.html).join(' ')}`)
      }
    }
  }

  return { visitor, look, complaints, close: () => browser.close() }
}

/** Presses a button, or the Enter key where the focus is; gives the page that comes in the end. */
export async function press(page, selector) {
  const ends = (response) => response.request().isNavigationRequest() && ![302, 303].includes(response.status())
  const [response] = await Promise.all([
    page.waitForResponse(ends),
    page.waitForEvent('framenavigated'),
    selector ? page.locator(selector).first().click() : page.keyboard.press('Enter'),
  ])
  await page.waitForLoadState()
  return response
}

function scrollsSideways(page) {
  return page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)
}

/** Runs in the page. */
function missing() {
  const missing = []
  if (!document.documentElement.lang) missing.push('no lang')
  if (!document.title.trim()) missing.push('no title')
  if (document.querySelectorAll('h1').length !== 1) missing.push('not one h1')
  if (!document.querySelector('main')) missing.push('no main')
  if (!document.querySelector('meta[name=viewport]')) missing.push('no viewport')
  if (document.querySelector('script, [style*="url("], [onclick]')) missing.push('script')
  for (const input of document.querySelectorAll('input:not([type=hidden], [type=submit], [hidden])')) {
    const label = input.getAttribute('aria-label') ?? [...input.labels].map((l) => l.textContent).join('')
    if (!label.trim()) missing.push(`no label for ${input.name}`)
    if (!input.autocomplete && input.type !== 'checkbox') missing.push(`no autocomplete for ${input.name}`)
  }
  for (const button of document.querySelectorAll('button, [type=submit]')) {
    if (!(button.textContent.trim() || button.value)) missing.push('a button without text')
  }
  return missing
}

/** Goes on by the Tab key to what the selector names, as a person without a mouse does. */
export async function tabTo(page, selector) {
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press('Tab')
    const [there, seen] = await page.evaluate((selector) => {
      const focused = document.activeElement
      const { outlineStyle, outlineWidth } = getComputedStyle(focused)
      return [focused.matches(selector), outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2]
    }, selector)
    if (there && !seen) throw new Error(`the focus on ${selector} cannot be seen`)
    if (there) return
  }
  throw new Error(`the Tab key does not lead to ${selector}`)
}
