// openid-client asks our authorization server for all that it can do. One argument, the same JSON object as for
// oauth4webapi_server.mjs. Prints one JSON object; the exit status tells.
import assert from 'node:assert/strict'
import * as client from 'openid-client'
import { walk } from './forms.mjs'

const told = JSON.parse(process.argv[2])
const options = { algorithm: 'oauth2', execute: [client.allowInsecureRequests] }
const checked = []
const { username, password } = told

const key = {
  key: await crypto.subtle.importKey('jwk', told.client.jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']),
  kid: told.client.jwk.kid,
}
const config = await client.discovery(
  new URL(told.issuer), told.client.client_id, undefined, client.PrivateKeyJwt(key), options,
)
const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))

// Signed, pushed, proven by a key, and answered with a signature.
client.useJwtResponseMode(config)
const tokens = await codeGrant(config, async (parameters) => {
  const signed = await client.buildAuthorizationUrlWithJAR(config, parameters, key)
  return client.buildAuthorizationUrlWithPAR(config, signed.searchParams, { DPoP })
}, { DPoP })
assert.equal(tokens.token_type, 'dpop')
checked.push('signed request, pushed, with a proof', 'nonce of the server', 'signed answer')

const next = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP })
assert.notEqual(next.refresh_token, tokens.refresh_token)
checked.push('refresh')

const exchanged = await client.genericGrantRequest(
  config,
  'urn:ietf:params:oauth:grant-type:token-exchange',
  { subject_token: next.access_token, subject_token_type: 'urn:ietf:params:oauth:token-type:access_token' },
  { DPoP },
)
assert.equal(exchanged.issued_token_type, 'urn:ietf:params:oauth:token-type:access_token')
checked.push('token exchange')

assert.equal((await client.tokenIntrospection(config, next.access_token)).sub, username)
await client.tokenRevocation(config, next.refresh_token)
assert.equal((await client.tokenIntrospection(config, next.access_token)).active, false)
checked.push('introspection', 'revocation')

// A client that registers itself, with a secret.
const registered = await client.dynamicClientRegistration(
  new URL(told.issuer),
  {
    client_name: 'Album',
    redirect_uris: [told.redirect_uri],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'client_secret_post',
  },
  undefined,
  options,
)
const own = await codeGrant(registered, (parameters) => client.buildAuthorizationUrl(registered, parameters))
assert.ok(own.refresh_token)
checked.push('registration')

// A device, polled until the person has decided.
const device = await client.discovery(new URL(told.issuer), told.device.client_id, undefined, client.None(), options)
const begun = await client.initiateDeviceAuthorization(device, { scope: told.scope })
const polling = client.pollDeviceAuthorizationGrant(device, begun)
await walk({
  url: begun.verification_uri_complete, callback: 'none:', username, password, last: 'go back to your device',
})
assert.equal((await polling).scope, told.scope)
checked.push('device')

console.log(JSON.stringify({ ok: true, checked }))

async function codeGrant(config, build, more) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const expectedState = client.randomState()
  const url = await build({
    redirect_uri: told.redirect_uri,
    scope: told.scope,
    state: expectedState,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  const { callback } = await walk({ url, callback: told.redirect_uri, username, password })
  return client.authorizationCodeGrant(
    config, new URL(callback), { pkceCodeVerifier, expectedState }, undefined, more,
  )
}
