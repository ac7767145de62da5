// oauth4webapi asks our authorization server for all that it can do, and checks the answers. One argument, a JSON object:
//   {"issuer", "client": {"client_id", "jwk" (private)}, "shared": {"client_id", "client_secret"}, "device": {"client_id"}, "redirect_uri",
//    "resource", "scope", "username", "password"}
// Prints one JSON object; the exit status tells.
import assert from 'node:assert/strict'
import * as oauth from 'oauth4webapi'
import { walk } from './forms.mjs'

const told = JSON.parse(process.argv[2])
const insecure = { [oauth.allowInsecureRequests]: true }
const checked = []

const issuer = new URL(told.issuer)
const server = await oauth.processDiscoveryResponse(
  issuer,
  await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }),
)
checked.push('discovery')

const client = { client_id: told.client.client_id }
const key = await crypto.subtle.importKey('jwk', told.client.jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
const auth = oauth.PrivateKeyJwt({ key, kid: told.client.jwk.kid })
const proof = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
const options = { DPoP: proof, ...insecure }

// Pushed request, code and tokens, all bound to one key.
const verifier = oauth.generateRandomCodeVerifier()
const state = oauth.generateRandomState()
const parameters = new URLSearchParams({
  response_type: 'code',
  redirect_uri: told.redirect_uri,
  scope: told.scope,
  resource: told.resource,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
})
let nonces = 0
const pushed = await withNonce(
  () => oauth.pushedAuthorizationRequest(server, client, auth, parameters, options),
  (response) => oauth.processPushedAuthorizationResponse(server, client, response),
)
checked.push('pushed request, private_key_jwt')
assert.equal(nonces, 1, 'the first proof had no nonce')
checked.push('nonce of the server')

const url = new URL(server.authorization_endpoint)
url.searchParams.set('client_id', client.client_id)
url.searchParams.set('request_uri', pushed.request_uri)
const { callback } = await walk({ url, callback: told.redirect_uri, username: told.username, password: told.password })
const answer = oauth.validateAuthResponse(server, client, new URL(callback), state)
const tokens = await withNonce(
  () => oauth.authorizationCodeGrantRequest(server, client, auth, answer, told.redirect_uri, verifier, options),
  (response) => oauth.processAuthorizationCodeResponse(server, client, response),
)
assert.equal(tokens.token_type, 'dpop')
checked.push('code bound to a key')

// The access token is a JWT that the same library, as the API, takes for what it is.
async function api(token) {
  const headers = new Headers()
  let seen
  await oauth.protectedResourceRequest(token, 'GET', new URL(`${told.resource}/photos`), headers, null, {
    DPoP: proof,
    [oauth.customFetch]: async (address, init) => {
      seen = new Request(address, { headers: init.headers, method: init.method })
      return new Response('{}', { headers: { 'content-type': 'application/json' } })
    },
    ...insecure,
  })
  return oauth.validateJwtAccessToken(server, seen, told.resource, { requireDPoP: true, ...insecure })
}
const claims = await api(tokens.access_token)
assert.equal(claims.sub, told.username)
assert.equal(claims.client_id, client.client_id)
assert.equal(claims.aud, told.resource)
checked.push('at+jwt with a proof')

const next = await withNonce(
  () => oauth.refreshTokenGrantRequest(server, client, auth, tokens.refresh_token, options),
  (response) => oauth.processRefreshTokenResponse(server, client, response),
)
assert.notEqual(next.refresh_token, tokens.refresh_token)
await api(next.access_token)
checked.push('refresh')

const narrowed = await withNonce(
  () => oauth.genericTokenEndpointRequest(
    server, client, auth, 'urn:ietf:params:oauth:grant-type:token-exchange',
    new URLSearchParams({
      subject_token: next.access_token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    }),
    options,
  ),
  (response) => oauth.processGenericTokenEndpointResponse(server, client, response),
)
assert.equal((await api(narrowed.access_token)).sub, told.username)
checked.push('token exchange')

const introspect = async (token) =>
  oauth.processIntrospectionResponse(server, client, await oauth.introspectionRequest(server, client, auth, token, insecure))
const active = await introspect(next.access_token)
assert.equal(active.active, true)
assert.equal(active.sub, told.username)
assert.equal(active.cnf.jkt, claims.cnf.jkt)
checked.push('introspection')

await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, auth, next.refresh_token, insecure))
assert.deepEqual(await introspect(next.access_token), { active: false })
checked.push('revocation')

const shared = { client_id: told.shared.client_id }
const machine = await oauth.processClientCredentialsResponse(
  server,
  shared,
  await oauth.clientCredentialsGrantRequest(
    server, shared, oauth.ClientSecretJwt(told.shared.client_secret), { scope: told.scope }, insecure,
  ),
)
assert.equal(machine.token_type, 'bearer')
checked.push('client credentials, client_secret_jwt')

// A device asks, a person types its code in.
const device = { client_id: told.device.client_id }
const none = oauth.None()
const begun = await oauth.processDeviceAuthorizationResponse(
  server, device, await oauth.deviceAuthorizationRequest(server, device, none, { scope: told.scope }, insecure),
)
const poll = async () =>
  oauth.processDeviceCodeResponse(
    server, device, await oauth.deviceCodeGrantRequest(server, device, none, begun.device_code, insecure),
  )
await refused('authorization_pending', poll())
await refused('slow_down', poll())
const shown = await walk({
  url: begun.verification_uri_complete, callback: 'none:', username: told.username, password: told.password, last: 'go back to your device',
})
assert.equal(shown.callback, undefined)
const given = await poll()
assert.equal(given.scope, told.scope)
await refused('invalid_grant', poll())
checked.push('device')

// A signed request, pushed, and a signed answer to it (RFC 9101, JARM).
{
  const state = oauth.generateRandomState()
  const verifier = oauth.generateRandomCodeVerifier()
  const request = await oauth.issueRequestObject(
    server,
    client,
    {
      response_type: 'code',
      response_mode: 'jwt',
      redirect_uri: told.redirect_uri,
      scope: told.scope,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
    },
    { key, kid: told.client.jwk.kid },
  )
  const pushed = await withNonce(
    () => oauth.pushedAuthorizationRequest(server, client, auth, new URLSearchParams({ request }), options),
    (response) => oauth.processPushedAuthorizationResponse(server, client, response),
  )
  const url = new URL(server.authorization_endpoint)
  url.searchParams.set('client_id', client.client_id)
  url.searchParams.set('request_uri', pushed.request_uri)
  const { callback } = await walk({ url, callback: told.redirect_uri, username: told.username, password: told.password })
  const answer = await oauth.validateJwtAuthResponse(server, client, new URL(callback), state, insecure)
  const tokens = await withNonce(
    () => oauth.authorizationCodeGrantRequest(server, client, auth, answer, told.redirect_uri, verifier, options),
    (response) => oauth.processAuthorizationCodeResponse(server, client, response),
  )
  checked.push('signed request, pushed', 'signed answer')

  // Evidence of what a token is (RFC 9701).
  const response = await oauth.introspectionRequest(
    server, client, auth, tokens.access_token, { requestJwtResponse: true, ...insecure },
  )
  assert.match(response.headers.get('content-type'), /^application\/token-introspection\+jwt/)
  const told701 = await oauth.processIntrospectionResponse(server, client, response)
  await oauth.validateApplicationLevelSignature(server, response, insecure)
  assert.equal(told701.active, true)
  checked.push('signed introspection')
}

// A client registers itself, looks after that, and does the dance.
{
  const registered = await oauth.processDynamicClientRegistrationResponse(
    await oauth.dynamicClientRegistrationRequest(
      server,
      {
        client_name: 'Album',
        redirect_uris: [told.redirect_uri],
        token_endpoint_auth_method: 'client_secret_post',
        grant_types: ['authorization_code', 'refresh_token'],
        scope: told.scope,
      },
      insecure,
    ),
  )
  assert.equal(registered.scope, told.scope)
  const bearer = { authorization: `Bearer ${registered.registration_access_token}` }
  const read = await fetch(registered.registration_client_uri, { headers: bearer })
  assert.equal((await read.json()).client_name, 'Album')

  const own = { client_id: registered.client_id }
  const secret = oauth.ClientSecretPost(registered.client_secret)
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const url = new URL(server.authorization_endpoint)
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: own.client_id,
    redirect_uri: told.redirect_uri,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
  })
  const { callback } = await walk({ url, callback: told.redirect_uri, username: told.username, password: told.password })
  const answer = oauth.validateAuthResponse(server, own, new URL(callback), state)
  const tokens = await oauth.processAuthorizationCodeResponse(
    server, own, await oauth.authorizationCodeGrantRequest(server, own, secret, answer, told.redirect_uri, verifier, insecure),
  )
  const gone = await fetch(registered.registration_client_uri, { method: 'DELETE', headers: bearer })
  assert.equal(gone.status, 204)
  // Its client is gone, which is a challenge to authenticate.
  const late = oauth.refreshTokenGrantRequest(server, own, secret, tokens.refresh_token, insecure)
  await assert.rejects(
    late.then((response) => oauth.processRefreshTokenResponse(server, own, response)),
    (thrown) => thrown instanceof oauth.WWWAuthenticateChallengeError && thrown.status === 401,
  )
  checked.push('registration')
}

console.log(JSON.stringify({ ok: true, checked }))

async function refused(error, promise) {
  await assert.rejects(promise, (thrown) => {
    assert.equal(thrown.error, error)
    return true
  })
}

/** Once more where the server wants its nonce in the proof (RFC 9449 section 8). */
async function withNonce(send, read) {
  try {
    return await read(await send())
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    nonces += 1
    return read(await send())
  }
}
