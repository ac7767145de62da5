// A real browser, without script, meets every page of a provider of both protocols, and each is looked at. One argument, a
// JSON object:
//   {"part": "authorize", "output": folder, "username": ..., "password": ..., "code": where a client begins, "pin": where one
//    of OAuth 1.0a begins that has no callback, "device": {"url": ..., "complete": ..., "user_code": ...}, "other_device":
//    the same, "refused": an address that is refused}
//   {"part": "more", "output": ..., "username": ..., "password": ..., "detailed": where a client begins that asks in detail,
//    "posted": where one begins that wants its answer in a form, "account": address, "many": the name of a person with the
//    same password and 23 applications, "down": a name that nothing can be told of, "own": {"code": where a client begins,
//    "account": address} at a provider whose people log in elsewhere}
//   {"part": "account", "output": ..., "username": ..., "password": ..., "new_password": ..., "account": address, "apps":
//    how many are connected}
// Prints one JSON object; the exit status tells.
import assert from 'node:assert/strict'
import { open, press, tabTo } from './looks.mjs'

const told = JSON.parse(process.argv[2])
const { visitor, look, complaints, close } = await open(told)
try {
  const said = await { authorize, more, account }[told.part]()
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

async function more() {
  let page = await visitor()
  await page.goto(told.detailed)
  await look(page, 'consent-detailed', await logIn(page))

  page = await visitor()
  await page.goto(told.posted)
  await logIn(page)
  await look(page, 'form-post', await press(page, 'button[value=allow]'), { script: true })
  const posted = await leaves(page, () => page.locator('[type=submit]').click({ noWaitAfter: true }))
  page = await visitor(true)
  await page.goto(told.posted)
  await logIn(page)
  // Where scripts run, nobody need press the button.
  await leaves(page, () => page.locator('button[value=allow]').click({ noWaitAfter: true }))

  page = await visitor()
  await page.goto(told.detailed)
  const unavailable = await logIn(page, told.down)
  assert.equal(unavailable.status(), 503)
  await look(page, 'unavailable', unavailable)

  await manyApps()
  await ownLogin()
  return { posted }
}

/** What the browser posts to the application. */
async function leaves(page, act) {
  const away = page.waitForRequest((r) => r.method() === 'POST' && r.url() === told.callback)
  await act()
  const left = await away
  await left.response().catch(() => null)
  return left.postData()
}

async function manyApps() {
  const page = await visitor()
  const other = await visitor()
  for (const one of [page, other]) {
    await one.goto(told.account)
    await logIn(one, told.many)
  }
  assert.equal(await page.locator('article').count(), 20)
  await look(page, 'account-first-page', await page.goto(told.account))
  await look(page, 'account-last-page', await press(page, 'a[rel=next]'))
  assert.equal(await page.locator('article').count(), 3)
  await press(page, 'a[rel=prev]')
  assert.equal(await page.locator('article').count(), 20)
  await press(page, 'button[value=sign_out_everywhere]')
  await look(other, 'account-signed-out', await other.reload())
  assert.equal(await other.locator('input[name=password]').count(), 1, 'the other browser is out, too')
}

/** The page of the login elsewhere is not ours to look at; what comes before and behind it is. */
async function ownLogin() {
  const page = await visitor()
  await page.goto(told.own.code)
  assert.equal(new URL(page.url()).pathname, '/sign-on')
  await look(page, 'own-consent', await press(page, 'button'))
  await press(page, 'button[value=switch]')
  assert.equal(new URL(page.url()).searchParams.get('choose'), 'true', 'another account is asked for')
  await press(page, 'button')
  assert.equal(await page.locator('button[value=deny]').count(), 1)
  await look(page, 'own-account', await page.goto(told.own.account))
  assert.equal(await page.locator('input[name=password]').count(), 0, 'there is no password to change')
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

async function logIn(page, username = told.username) {
  await page.locator('[name=username]').fill(username)
  await page.locator('[name=password]').fill(told.password)
  return press(page, 'form:has([name=password]) [type=submit]')
}
