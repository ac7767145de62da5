// A real browser, without script, plays every dance of the playground to its end and breaks a step of each; what it shows is
// looked at. One argument, a JSON object:
//   {"playground": address, "username": ..., "password": ..., "output": folder}
// Prints one JSON object; the exit status tells.
import assert from 'node:assert/strict'
import { open, press, tabTo } from './looks.mjs'

const told = JSON.parse(process.argv[2])
const { visitor, look, complaints, close } = await open(told)
try {
  const page = await visitor()
  await look(page, 'start', await page.goto(told.playground))
  await oauth2(page)
  await bound(page)
  await oauth1(page)
  assert.deepEqual(complaints, [])
  console.log(JSON.stringify({ ok: true }))
} finally {
  await close()
}

async function oauth2(page) {
  await look(page, 'oauth2-begun', await begin(page, 'oauth2'))
  await goOn(page)
  // The provider does not send the browser back from there.
  const refused = await press(page, 'button[value=redirect_uri]')
  assert.equal(refused.status(), 400)
  await page.goBack()
  assert.match(await lastStep(page), /RedirectUriUnregistered/)
  await look(page, 'oauth2-came-back', await page.reload())
  await throughTheProvider(page)
  await press(page, 'button[value=state]')
  assert.match(await lastStep(page), /Refused by the application.*StateMismatch/s)
  await goOn(page)
  await look(page, 'oauth2-refused', await press(page, 'button[value=code_verifier]'))
  assert.match(await lastStep(page), /Refused by the provider.*invalid_grant.*PkceMismatch.*RFC 7636 section 4\.6/s)
  await anArrowLeadsToItsStep(page)
  // Code, API, renewal.
  for (let steps = 0; steps < 3; steps += 1) await goOn(page)
  await look(page, 'oauth2-asked', await press(page, 'button[value=asked_refresh_token]'))
  assert.match(await lastStep(page), /Refused by the API.*Inactive.*RFC 7662 section 2\.2/s)
  // Introspection, end, and what the token is worth then.
  for (let steps = 0; steps < 3; steps += 1) await goOn(page)
  assert.match(await lastStep(page), /Refused by the API.*Revoked/s)
  await look(page, 'oauth2-end', await goOn(page))
  assert.match(await lastStep(page), /Refused by the API.*Inactive/s)
}

async function bound(page) {
  await begin(page, 'oauth2_bound')
  await goOn(page)
  await throughTheProvider(page)
  await goOn(page)
  await goOn(page)
  await look(page, 'bound-refused', await press(page, 'button[value=proof_twice]'))
  assert.match(await lastStep(page), /ProofReplayed/)
}

async function oauth1(page) {
  await begin(page, 'oauth1')
  await press(page, 'button[value=callback]')
  await page.locator('#step-1 details summary').first().click()
  await look(page, 'oauth1-refused', await page.reload())
  assert.match(await lastStep(page), /they differ in/)
  await goOn(page)
  await throughTheProvider(page)
  await goOn(page)
  await goOn(page)
  await look(page, 'oauth1-end', await goOn(page))
  assert.match(await lastStep(page), /asked_by/)
}

/** By keyboard, as there is no script that would follow a click. */
async function anArrowLeadsToItsStep(page) {
  await tabTo(page, 'svg a')
  const step = await page.evaluate(() => document.activeElement.getAttribute('href'))
  await page.keyboard.press('Enter')
  await page.waitForURL((url) => url.hash === step)
  assert.ok(await page.locator(`${step}:target`).isVisible())
}

async function begin(page, dance) {
  await page.goto(told.playground)
  if (await page.locator('button[value=end]').count()) await press(page, 'button[value=end]')
  return press(page, `form:has([name=dance][value=${dance}]) button`)
}

/** As it should be. */
function goOn(page) {
  return press(page, '.now .primary')
}

async function throughTheProvider(page) {
  await goOn(page)
  if (await page.locator('[name=password]').count()) {
    await page.locator('[name=username]').fill(told.username)
    await page.locator('[name=password]').fill(told.password)
    await press(page, 'form:has([name=password]) [type=submit]')
  }
  await press(page, 'button[value=allow]')
}

function lastStep(page) {
  return page.locator('.steps > li').first().textContent()
}
