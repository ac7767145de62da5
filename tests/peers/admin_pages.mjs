// A real browser, without script, meets every page of the operator, comes in by a link and does what there is to do. One
// argument, a JSON object:
//   {"output": folder, "link": the link, "origin": where the pages are, "person": who has grants, "client": of OAuth 1, whose
//    name is hostile}
// Prints one JSON object; the exit status tells.
import assert from 'node:assert/strict'
import { open, press, tabTo } from './looks.mjs'

const told = JSON.parse(process.argv[2])
const at = (path) => new URL(path, told.origin).href
const { visitor, look, complaints, close } = await open(told)
try {
  const page = await comeIn()
  await clients(page)
  await people(page)
  await grants(page)
  await keys(page)
  await leave(page)
  assert.deepEqual(complaints, [])
  console.log(JSON.stringify({ ok: true }))
} finally {
  await close()
}

/** By keyboard alone, up to a person who is added. */
async function comeIn() {
  const stranger = await visitor()
  await look(stranger, 'operator-closed', await stranger.goto(at('/')))
  const page = await visitor()
  await look(page, 'operator-enter', await page.goto(told.link))
  await tabTo(page, '[type=submit]')
  const overview = await press(page)
  assert.equal(page.url(), at('/'))
  await look(page, 'operator-overview', overview)
  await look(stranger, 'operator-used-link', await openAgain(stranger))

  await tabTo(page, 'nav a[href="/people"]')
  await press(page)
  await tabTo(page, 'a.button')
  await look(page, 'operator-new-person', await press(page))
  await tabTo(page, '[name=username]')
  await page.keyboard.type('carol')
  await tabTo(page, 'main [type=submit]')
  await look(page, 'operator-password-once', await press(page))
  assert.ok((await page.locator('code.code').textContent()).length >= 40)
  return page
}

async function openAgain(page) {
  await page.goto(told.link)
  const response = await press(page, '[type=submit]')
  assert.equal(response.status(), 403)
  return response
}

async function clients(page) {
  await look(page, 'operator-clients-none', await page.goto(at('/clients')))
  await look(page, 'operator-new-client', await press(page, 'p.actions a'))
  await page.locator('[name=name]').fill('Photo Printer')
  await page.locator('[name=addresses]').fill('not an address')
  const refused = await press(page, 'main [type=submit]')
  assert.equal(refused.status(), 400)
  await look(page, 'operator-new-client-refused', refused)
  assert.equal(await page.locator('[name=name]').inputValue(), 'Photo Printer')
  await page.locator('[name=addresses]').fill('https://printer.example.com/ready\nhttps://printer.example.com/again')
  await page.locator('[name=scope]').fill('photos')
  await page.locator('[name=client_id]').fill('printer')
  await look(page, 'operator-secret-once', await press(page, 'main [type=submit]'))
  const secret = await page.locator('code.code').textContent()

  await look(page, 'operator-client', await press(page, 'p.actions a'))
  await page.goto(at('/client?protocol=oauth2&client_id=printer'))
  await look(page, 'operator-renew-secret', await press(page, 'p.actions a'))
  await page.locator('[name=overlap]').selectOption('3600')
  await press(page, 'main [type=submit]')
  assert.notEqual(await page.locator('code.code').textContent(), secret)
  // The form is sent once more, and counts no more.
  await page.reload()
  assert.equal(page.url(), at('/client?protocol=oauth2&client_id=printer'))

  await page.goto(at('/client?protocol=oauth2&client_id=printer'))
  await look(page, 'operator-remove-client', await press(page, 'p.actions a.danger'))
  await look(page, 'operator-client-removed', await press(page, 'main [type=submit]'))
  assert.equal(await page.locator('[role=status]').count(), 1)

  await look(page, 'operator-clients', await page.goto(at('/clients?protocol=oauth1')))
  await look(page, 'operator-hostile-client', await page.goto(at(`/client?protocol=oauth1&client_id=${encodeURIComponent(told.client)}`)))
}

async function people(page) {
  await look(page, 'operator-people', await page.goto(at('/people')))
  await look(page, 'operator-person', await press(page, 'a[href="/person?username=carol"]'))
  for (const [act, name] of [['set_password', 'password'], ['sign_out', 'sign-out'], ['disable', 'disable'], ['enable', 'enable']]) {
    await look(page, `operator-${name}`, await page.goto(at(`/act?act=${act}&username=carol`)))
    if (act === 'set_password') await page.locator('[name=password]').fill('a horse of another colour')
    const done = await press(page, 'main [type=submit]')
    assert.equal(page.url(), at('/person?username=carol&done=1'))
    if (act === 'disable') await look(page, 'operator-person-disabled', done)
  }
  await look(page, 'operator-remove-person', await page.goto(at('/act?act=remove_user&username=carol')))
  await press(page, 'main [type=submit]')
  const missing = await page.goto(at('/person?username=carol'))
  assert.equal(missing.status(), 404)
  await look(page, 'operator-missing', missing)
}

async function grants(page) {
  await page.goto(at(`/person?username=${told.person}`))
  await look(page, 'operator-grants-of-person', await press(page, 'main a[href^="/grants"]'))
  assert.equal(await page.locator('article').count(), 2)
  await look(page, 'operator-revoke-grant', await press(page, 'article a.danger'))
  await press(page, 'main [type=submit]')
  assert.equal(await page.locator('article').count(), 1)
  await page.goto(at('/grants'))
  await look(page, 'operator-revoke-all', await press(page, 'main > p.actions a.danger'))
  await look(page, 'operator-grants-none', await press(page, 'main [type=submit]'))
  assert.equal(await page.locator('article').count(), 0)
}

async function keys(page) {
  await page.goto(at('/keys'))
  await look(page, 'operator-rotate', await press(page, 'main > p.actions a'))
  await look(page, 'operator-keys', await press(page, 'main [type=submit]'))
  assert.equal(await page.locator('article').count(), 2)
  await look(page, 'operator-revoke-key', await press(page, 'article a.danger'))
  await press(page, 'main [type=submit]')
  assert.match(await page.locator('main').textContent(), /revoked/)
}

async function leave(page) {
  const token = await page.locator('header [name=form_token]').inputValue()
  await look(page, 'operator-left', await press(page, 'header [type=submit]'))
  const late = await page.request.post(at('/act'), { form: { act: 'rotate_keys', form_token: token } })
  assert.equal(late.status(), 403)
}
