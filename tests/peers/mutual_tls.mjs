// oauth4webapi as a client that is known by its certificate. One argument, a JSON object:
//   {"issuer", "client_id", "scope", "authority", "certificate", "key"} (the last three are PEM)
// Prints one JSON object; the exit status tells.
import assert from 'node:assert/strict'
import { request } from 'node:https'
import * as oauth from 'oauth4webapi'

const told = JSON.parse(process.argv[2])
const checked = []

/** fetch, over connections that show this certificate. */
const over = (identity) => (url, { method, headers, body }) =>
  new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, ca: told.authority, ...identity }, async (response) => {
      const chunks = []
      for await (const chunk of response) chunks.push(chunk)
      resolve(new Response(Buffer.concat(chunks), { status: response.statusCode, headers: response.headers }))
    })
    sent.on('error', reject)
    sent.end(body?.toString())
  })
const certified = { [oauth.customFetch]: over({ cert: told.certificate, key: told.key }) }
const bare = { [oauth.customFetch]: over({}) }

const issuer = new URL(told.issuer)
const server = await oauth.processDiscoveryResponse(
  issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...bare }),
)
assert.equal(server.tls_client_certificate_bound_access_tokens, true)
assert.ok(server.token_endpoint_auth_methods_supported.includes('tls_client_auth'))

const client = { client_id: told.client_id }
const auth = oauth.TlsClientAuth()
const ask = (options) => oauth.clientCredentialsGrantRequest(server, client, auth, { scope: told.scope }, options)
const tokens = await oauth.processClientCredentialsResponse(server, client, await ask(certified))
assert.equal(tokens.token_type, 'bearer')
checked.push('tls_client_auth')

const state = await oauth.processIntrospectionResponse(
  server, client, await oauth.introspectionRequest(server, client, auth, tokens.access_token, certified),
)
assert.match(state.cnf['x5t#S256'], /^[\w-]{43}$/)
checked.push('token bound to the certificate')

assert.equal((await ask(bare)).status, 401)
checked.push('nothing without it')

console.log(JSON.stringify({ ok: true, checked }))
