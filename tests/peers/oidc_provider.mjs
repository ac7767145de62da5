// oidc-provider as the server that our own client talks to. One argument, a JSON object:
//   {"redirect_uris": [...], "port": 0, "jwk": {...}}
// `jwk` is the public key of a client that signs its assertions. Prints {"issuer", "confidential": {...}, "public": {...},
// "signing": {...}, "initial_access_token"} when it is ready and runs until its input ends.
import { createServer } from 'node:http'
import { Provider } from 'oidc-provider'

const { redirect_uris, port = 0, jwk } = JSON.parse(process.argv[2])
const server = createServer()
await new Promise((ready) => server.listen(port, '127.0.0.1', ready))
const issuer = `http://127.0.0.1:${server.address().port}`

const common = { redirect_uris, response_types: ['code'], application_type: 'native' }
const clients = {
  confidential: {
    ...common,
    client_id: 'confidential',
    client_secret: 'a secret: 100% + "more"',
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
  },
  public: {
    ...common,
    client_id: 'public',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
  },
}
if (jwk) {
  clients.signing = {
    ...common,
    client_id: 'signing',
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: jwk.alg,
    jwks: { keys: [jwk] },
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    require_pushed_authorization_requests: true,
    dpop_bound_access_tokens: true,
  }
}
const initial_access_token = 'only-for-tests-too'

const provider = new Provider(issuer, {
  clients: Object.values(clients),
  cookies: { keys: ['only for tests'] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: true },
    deviceFlow: { enabled: true, successSource: (ctx) => { ctx.body = '<p>The device may go on.</p>' } },
    // A proof without its nonce is refused, here and nowhere else.
    dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 7), requireNonce: () => true },
    introspection: { enabled: true },
    registration: { enabled: true, initialAccessToken: initial_access_token },
    registrationManagement: { enabled: true },
    revocation: { enabled: true },
  },
  issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: true,
  pkce: { required: () => true },
  scopes: ['openid', 'offline_access', 'photos'],
})
provider.on('server_error', (_, error) => console.error(error))
server.on('request', provider.callback())
console.log(JSON.stringify({ issuer, initial_access_token, ...clients }))

process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
