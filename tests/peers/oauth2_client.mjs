// Two well-known clients against an OAuth 2 provider: openid-client for the code grant and refresh, oauth4webapi for
// client credentials. One argument, a JSON object; see README.md. Prints one JSON object; the exit status tells.
import assert from 'node:assert/strict'
import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'
import { walk } from './forms.mjs'

const insecure = { [oauth.allowInsecureRequests]: true }
const told = JSON.parse(process.argv[2])
const checked = []

const config = await client.discovery(
  new URL(told.issuer),
  told.client.client_id,
  undefined,
  authentication(client, told.client),
  { algorithm: told.algorithm ?? 'oauth2', execute: [client.allowInsecureRequests] },
)
const metadata = config.serverMetadata()
assert.equal(metadata.issuer, told.issuer)
assert.equal(metadata.authorization_response_iss_parameter_supported, true)
assert.ok(metadata.code_challenge_methods_supported.includes('S256'))
checked.push('discovery')

const first = await codeGrant()
await photo(first.access_token, 200)
checked.push('a photo with the access token')
await photo(first.access_token.slice(0, -1) + (first.access_token.endsWith('A') ? 'B' : 'A'), 401)
checked.push('no photo with another token')

const second = await client.refreshTokenGrant(config, first.refresh_token)
assert.notEqual(second.access_token, first.access_token)
assert.ok(second.refresh_token && second.refresh_token !== first.refresh_token, 'a refresh token rotates')
await photo(second.access_token, 200)
checked.push('refresh')

await refused('invalid_grant', client.refreshTokenGrant(config, first.refresh_token))
checked.push('the old refresh token is refused')
await refused('invalid_grant', client.refreshTokenGrant(config, second.refresh_token))
await photo(second.access_token, 401)
checked.push('its reuse ends the whole family')

for (const machine of told.machines ?? []) {
  await clientCredentials(machine)
  checked.push(`client credentials, ${machine.method}`)
}
console.log(JSON.stringify({ ok: true, checked }))

async function codeGrant() {
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const expectedState = client.randomState()
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: told.redirect_uri,
    scope: told.scope,
    state: expectedState,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  const { username, password } = told
  const { callback } = await walk({ url, callback: told.redirect_uri, username, password })
  assert.equal(new URL(callback).searchParams.get('iss'), told.issuer)
  const checks = { pkceCodeVerifier, expectedState }
  const tokens = await client.authorizationCodeGrant(config, new URL(callback), checks)
  assert.equal(tokens.token_type, 'bearer')
  assert.ok(tokens.expires_in > 0)
  assert.ok(tokens.refresh_token, 'there is a refresh token')
  checked.push('code with PKCE, state and iss')
  return tokens
}

async function clientCredentials(machine) {
  const server = new URL(told.issuer)
  const answer = await oauth.discoveryRequest(server, { algorithm: told.algorithm ?? 'oauth2', ...insecure })
  const as = await oauth.processDiscoveryResponse(server, answer)
  const self = { client_id: machine.client_id }
  const parameters = new URLSearchParams(told.scope ? { scope: machine.scope ?? told.scope } : {})
  const request = (secret) =>
    oauth.clientCredentialsGrantRequest(as, self, authentication(oauth, { ...machine, ...secret }), parameters, insecure)
  const tokens = await oauth.processClientCredentialsResponse(as, self, await request({}))
  assert.equal(tokens.token_type, 'bearer')
  assert.equal(tokens.refresh_token, undefined, 'no refresh token for client credentials')
  const wrong = await request({ client_secret: `${machine.client_secret}x` })
  await refused('invalid_client', oauth.processClientCredentialsResponse(as, self, wrong))
}

function authentication(library, { method, client_secret }) {
  switch (method) {
    case 'basic': return library.ClientSecretBasic(client_secret)
    case 'post': return library.ClientSecretPost(client_secret)
    case 'none': return library.None()
    default: throw new Error(`unknown method of client authentication: ${method}`)
  }
}

async function photo(token, status) {
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(told.photo_url, { headers, redirect: 'manual' })
  await response.arrayBuffer()
  assert.equal(response.status, status, `${told.photo_url}: ${response.headers.get('www-authenticate')}`)
}

/** Both libraries throw something with the wire's `error` in it, or with its challenges. */
async function refused(code, promise) {
  const error = await promise.then(() => assert.fail(`expected ${code}`), (error) => error)
  if (error instanceof assert.AssertionError) throw error
  const said = error.error ?? error.cause?.[0]?.parameters?.error
  if (said === undefined && code === 'invalid_client' && error.status === 401) return
  assert.equal(said, code, String(error))
}
