// oidc-provider as the server that our own client talks to. One argument, a JSON object:
//   {"redirect_uris": [...], "port": 0}
// Prints {"issuer", "confidential": {...}, "public": {...}} when it is ready and runs until its input ends.
import { createServer } from 'node:http'
import { Provider } from 'oidc-provider'

const { redirect_uris, port = 0 } = JSON.parse(process.argv[2])
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
    grant_types: ['authorization_code', 'refresh_token'],
  },
}

const provider = new Provider(issuer, {
  clients: Object.values(clients),
  cookies: { keys: ['only for tests'] },
  features: { clientCredentials: { enabled: true }, devInteractions: { enabled: true } },
  issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: true,
  pkce: { required: () => true },
  scopes: ['openid', 'offline_access', 'photos'],
})
provider.on('server_error', (_, error) => console.error(error))
server.on('request', provider.callback())
console.log(JSON.stringify({ issuer, ...clients }))

process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
