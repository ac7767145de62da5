// A real browser, without script, meets every page of a provider of both protocols, and each is looked at. One argument, a
// JSON object:
//   {"part": "authorize", "output": folder, "username": ..., "password": ..., "code": where a client begins, "pin": where one
//    of OAuth 1.0a begins that has no callback, "device": {"url": ..., "complete": ..., "user_code": ...}, "other_device":
//    the same, "refused": an address that is refused}
//   {"part": "account", "output": ..., "username": ..., "password": ..., "new_password": ..., "account": address, "apps":
//    how many are connected}
// Prints one JSON object; the exit status tells.
import assert from 'node:assert/strict'
import { open, tabTo } from './looks.mjs'

const told = JSON.parse(process.argv[2])
const { visitor, look, complaints, close } = await open(told)
try {
  const said = await { authorize, account }[told.part]()
  assert.deepEqual(complaints, [])
  console.log(JSON.stringify({ ok: true, ...said }))
} finally {
  await close()
}

async function authorize() {
  await tooManyTries()
  const callback = await byKeyboardAlone()
  const page = await visitor()
  await look(page, 'refused', await page.goto(told.refused))
  const another = new URL(told.code)
  await page.goto(another.href)
  await logIn(page)

  await look(page, 'pin-consent', await page.goto(told.pin))
  await look(page, 'pin', await press(page, 'button[value=allow]'))
  const pin = (await page.locator('code.code').textContent()).trim()

  await look(page, 'device', await page.goto(told.device.url))
  await page.locator('[name=user_code]').fill('BCDF-GHJK')
  await look(page, 'device-wrong', await press(page, '[type=submit]'))
  await page.goto(told.device.complete)
  assert.equal(await page.locator('[name=user_code]').inputValue(), told.device.user_code)
  await look(page, 'device-consent', await press(page, '[type=submit]'))
  assert.equal(await page.locator('code.code').textContent(), told.device.user_code)
  await look(page, 'device-allowed', await press(page, 'button[value=allow]'))
  await page.goto(told.other_device.complete)
  await press(page, '[type=submit]')
  await look(page, 'device-refused', await press(page, 'button[value=deny]'))
  return { callback, pin }
}

/** From the login to the callback without a mouse. */
async function byKeyboardAlone() {
  const page = await visitor()
  const provider = new URL(told.code).origin
  await look(page, 'login', await page.goto(told.code))
  await page.keyboard.type(told.username)
  await tabTo(page, 'input[name=password]')
  await page.keyboard.type('not this one')
  await look(page, 'login-failed', await press(page))
  await tabTo(page, 'input[name=password]')
  await page.keyboard.type(told.password)
  await tabTo(page, '[type=submit]')
  await look(page, 'consent', await press(page))
  const away = page.waitForRequest((r) => r.isNavigationRequest() && new URL(r.url()).origin !== provider)
  await tabTo(page, 'button[value=allow]')
  await page.keyboard.press('Enter')
  const left = await away
  await left.response().catch(() => null)
  return left.url()
}

/** Whoever guesses is told how long to wait. */
async function tooManyTries() {
  const page = await visitor()
  await page.goto(told.code)
  let response
  let tries = 0
  // A slow browser outlasts the first pauses; each is twice the one before.
  for (; tries < 12 && response?.status() !== 429; tries += 1) {
    await page.locator('[name=username]').fill('mallory')
    await page.locator('[name=password]').fill('guess')
    response = await press(page, '[type=submit]')
  }
  assert.equal(response.status(), 429)
  assert.ok(tries > 5, `${tries}`)
  assert.match(response.headers()['retry-after'], /^\d+$/)
  assert.match(await page.locator('#error').textContent(), /in \d+ s\b/)
  assert.equal(await page.locator('[name=username]').inputValue(), 'mallory')
  await look(page, 'login-wait', response)
}

async function account() {
  const page = await visitor()
  await look(page, 'account-login', await page.goto(told.account))
  await look(page, 'account', await logIn(page))
  assert.equal(await page.locator('article').count(), told.apps)
  await look(page, 'account-less', await press(page, 'article:first-of-type button'))
  assert.equal(await page.locator('article').count(), told.apps - 1)

  await changePassword(page, 'not this one', told.new_password)
  await look(page, 'account-wrong-password', await press(page, 'button[value=password]'))
  await changePassword(page, told.password, told.new_password)
  await look(page, 'account-new-password', await press(page, 'button[value=password]'))

  // By keyboard, as there is no script that could open it.
  await page.locator('summary').focus()
  await page.keyboard.press('Enter')
  await look(page, 'account-none', await press(page, 'button[value=withdraw_all]'))
  assert.equal(await page.locator('article').count(), 0)
  await press(page, 'button[value=sign_out_everywhere]')
  assert.equal(await page.locator('input[name=password]').count(), 1)
  return {}
}

async function changePassword(page, current, next) {
  await page.locator('[name=current]').fill(current)
  await page.locator('[name=new]').fill(next)
}

async function logIn(page) {
  await page.locator('[name=username]').fill(told.username)
  await page.locator('[name=password]').fill(told.password)
  return press(page, 'form:has([name=password]) [type=submit]')
}

/** Presses a button, or the Enter key where the focus is; gives the page that comes in the end. */
async function press(page, selector) {
  const ends = (response) => response.request().isNavigationRequest() && ![302, 303].includes(response.status())
  const [response] = await Promise.all([
    page.waitForResponse(ends),
    selector ? page.locator(selector).first().click() : page.keyboard.press('Enter'),
  ])
  await page.waitForLoadState()
  return response
}
