// oidc-provider as a token endpoint that is measured. One argument, a JSON object:
//   {"issuer", "client_id", "client_secret", "scope", "token": the path of the endpoint}
// Prints its port when it is ready. Then, for each line it reads, the CPU time of the process in microseconds, until its
// input ends. Tokens are opaque and kept by the adapter in memory that the package comes with.
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { Provider } from 'oidc-provider'

const { issuer, client_id, client_secret, scope, token } = JSON.parse(process.argv[2])

// What it notices is not to be taken for an answer.
console.info = console.error

const client = {
  client_id,
  client_secret,
  scope,
  token_endpoint_auth_method: 'client_secret_basic',
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
}
const provider = new Provider(issuer, {
  clients: [client],
  cookies: { keys: ['only for measuring'] },
  features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
  interactions: { url: () => '/unused' },
  routes: { token },
  scopes: [scope],
  ttl: { ClientCredentials: 600 },
})
provider.on('server_error', (_, error) => console.error(error))
const server = createServer(provider.callback())
// The load may pause for longer than a connection is kept by default, while others are measured.
server.keepAliveTimeout = 0
await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
console.log(server.address().port)

const questions = createInterface({ input: process.stdin })
questions.on('line', () => {
  const { user, system } = process.cpuUsage()
  console.log(user + system)
})
questions.on('close', () => process.exit(0))
