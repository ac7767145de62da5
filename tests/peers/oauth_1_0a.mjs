// oauth-1.0a signs requests for our API: where it follows RFC 5849 they are admitted, and where it does not they are
// refused. One argument, a JSON object:
//   {"socket": "http://127.0.0.1:…", "origin": "https://…", "consumer": {"key", "secret"}, "token": {"key", "secret"}}
// Prints {"ok": true, "admitted": […], "refused": […]}.
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { request as open } from 'node:http'
import OAuth from 'oauth-1.0a'

const { socket, origin, consumer, token } = JSON.parse(process.argv[2])
const HASHES = { 'HMAC-SHA1': 'sha1', 'HMAC-SHA256': 'sha256' }
const JSON_BODY = JSON.stringify({ title: 'Größe + ☃' })
const FIELDS = { title: 'summer & sun + ☃', tags: ['b', 'a'], "~*'()!": '' }
const said = { ok: true, admitted: [], refused: [] }

const signer = (method, more) =>
  OAuth({
    consumer,
    signature_method: method,
    hash_function: (base, key) => createHmac(HASHES[method], key).update(base).digest('base64'),
    body_hash_function: (body) => createHash('sha1').update(body).digest('base64'),
    ...more,
  })

// The request line is what was signed, letter for letter; `fetch` would put it into order first.
function send(url, { method = 'GET', headers, body }) {
  const target = url.slice(url.indexOf('/', 'https://'.length)).split('#')[0]
  const { hostname, port } = new URL(socket)
  const path = target.startsWith('/') ? target : `/${url.slice(url.indexOf('?'))}`
  return new Promise((resolve, reject) => {
    const request = open({ hostname, port, path, method, headers, agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode))
    })
    request.on('error', reject).end(body)
  })
}

const form = (fields) =>
  Object.entries(fields)
    .flatMap(([name, value]) => [value].flat().map((one) => [name, one]))
    .map((pair) => pair.map(encodeURIComponent).join('='))
    .join('&')

// A request with its signature in the header: a form, JSON with a hash of it, or neither.
function signed(oauth, { url, fields, json, own = token }) {
  const method = fields || json ? 'POST' : 'GET'
  const request = { url, method, data: json ?? structuredClone(fields ?? {}), includeBodyHash: !!json }
  const headers = { ...oauth.toHeader(oauth.authorize(request, own)) }
  if (fields) headers['content-type'] = 'application/x-www-form-urlencoded'
  if (json) headers['content-type'] = 'application/json'
  return { method, headers, body: json ?? (fields ? form(fields) : undefined) }
}

async function admitted(name, oauth, what) {
  assert.equal(await send(what.url, signed(oauth, what)), 200, name)
  said.admitted.push(name)
}

async function refused(name, oauth, what) {
  assert.equal(await send(what.url, signed(oauth, what)), 401, name)
  said.refused.push(name)
}

const photos = `${origin}/photos?file=summer%20vacation%2B1.jpg&size=b&size=a&nothing`

for (const method of Object.keys(HASHES)) {
  const oauth = signer(method)
  for (const [who, own] of [['a token', token], ['no token', undefined]]) {
    const name = (kind) => `${kind} by ${method} with ${who}`
    await admitted(name('a query'), oauth, { url: photos, own })
    await admitted(name('a form'), oauth, { url: `${origin}/photos?file=1.jpg`, fields: FIELDS, own })
    await admitted(name('a body with its hash'), oauth, { url: photos, json: JSON_BODY, own })
  }

  const what = { url: photos }
  const once = signed(oauth, what)
  assert.equal(await send(photos, once), 200)
  assert.equal(await send(photos, once), 401, 'a replay')
  said.refused.push(`a replay by ${method}`)
  await refused(`another secret by ${method}`, signer(method, { consumer: { ...consumer, secret: 'another' } }), what)
}

// Where the library strays from RFC 5849, beside what it gets right: the signature is not that of the request.
const oauth = signer('HMAC-SHA1')
const deviations = {
  // section 3.4.1.3.1: a plus sign in a query is a space.
  'a plus sign for a space': ['/photos?file=summer+vacation', '/photos?file=summer%20vacation'],
  // section 3.4.1.3.1: names are decoded, too.
  'an encoded name': ['/photos?a%20b=c', '/photos?a-b=c'],
  // section 3.4.1.3.1: only the first equals sign divides.
  'an equals sign in a value': ['/photos?file=a=b', '/photos?file=a%3Db'],
  'a question mark in a value': ['/photos?file=a?b', '/photos?file=a%3Fb'],
  // section 3.4.1.3.2: every pair counts.
  'a name twice, first without a value': ['/photos?size=&size=a', '/photos?size=b&size=a'],
  // section 3.4.1.2: without a default port, in small letters, without a fragment, with a path.
  'a default port': [':443/photos', '/photos'],
  'a fragment': ['/photos#top', '/photos'],
  'no path': ['?file=1.jpg', '/?file=1.jpg'],
}
for (const [name, [astray, right]] of Object.entries(deviations)) {
  await refused(name, oauth, { url: origin + astray })
  await admitted(`instead of ${name}`, oauth, { url: origin + right })
}
await refused('capital letters', oauth, { url: `${origin.toUpperCase()}/photos` })
// section 3.4.1.3.1: a name that is in query and form counts twice.
await refused('a name in query and form', oauth, { url: `${origin}/photos?size=a`, fields: { size: 'b' } })
await admitted('instead of a name in query and form', oauth, { url: `${origin}/photos?size=a`, fields: { other: 'b' } })
// OAuth Request Body Hash section 3.1: a hash, which is what it makes with a key unless told otherwise.
const keyed = signer('HMAC-SHA1', { body_hash_function: undefined })
await refused('a body hash with a key', keyed, { url: photos, json: JSON_BODY })

console.log(JSON.stringify(said))
