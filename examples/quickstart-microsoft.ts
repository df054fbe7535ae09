// Signs a person in at Microsoft and weaves two of their calendars together. The set-up: docs/providers/microsoft.md.
//
//   MICROSOFT_CLIENT_ID=... MICROSOFT_CLIENT_SECRET=... CALWEAVE_KEY=$(openssl rand -base64 32) \
//     node examples/quickstart-microsoft.ts "Work" "Family"
//
// The names are those of two calendars that the person may write to. State and sealed tokens go into calweave.db: with the
// same CALWEAVE_KEY the next call syncs without asking the person again.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { SyncEngine, type UserHandle } from 'calweave'
import { microsoftOAuth, vault } from 'calweave/auth'
import { microsoftProvider } from 'calweave/providers/microsoft'
import { sqliteStorage } from 'calweave/storage/sqlite'

const redirectUri = 'http://localhost:8080/microsoft'
const storage = sqliteStorage({ path: 'calweave.db' })
const engine = new SyncEngine({
  storage,
  providers: [microsoftProvider()],
  auth: {
    vault: vault({ keys: { first: needed('CALWEAVE_KEY') }, current: 'first' }),
    oauth: {
      microsoft: microsoftOAuth({
        clientId: needed('MICROSOFT_CLIENT_ID'),
        clientSecret: needed('MICROSOFT_CLIENT_SECRET'),
        redirectUri,
      }),
    },
  },
})
const user = engine.user('me')

const known = (await user.connections.list()).find(({ id, needs }) => id === 'microsoft' && !needs)
if (!known) await signIn(user)

const calendars = await user.calendars.list()
const names = process.argv.slice(2)
const chosen = calendars.filter(({ name, access }) => access === 'write' && names.includes(name))
if (chosen.length !== 2) {
  const writable = calendars.filter(({ access }) => access === 'write').map(({ name }) => `"${name}"`)
  console.log(`Name two of these: ${writable.join(', ')}`)
} else {
  const members = chosen.map(({ id }) => ({ calendarId: id }))
  const groups = await user.groups.list()
  if (!groups.some(({ id }) => id === 'both'))
    await user.groups.create({ id: 'both', name: names.join(' + '), members })
  const { counts, failures } = await user.groups.sync('both')
  console.log(`${counts.created} copied, ${counts.updated} changed, ${counts.removed} removed.`)
  for (const { failure } of failures) console.log(failure.message)
}
await storage.close()

/** Sends the person to Microsoft, and waits for them to come back. */
async function signIn(person: UserHandle): Promise<void> {
  const session = randomUUID()
  const { url } = await person.connections.signIn({ provider: 'microsoft', id: 'microsoft', mode: 'write', session })
  console.log(`Open this address and allow access to your calendars:\n${url}`)
  const callback = await new Promise<string>((resolve) => {
    const server = createServer((request, response) => {
      const address = new URL(request.url ?? '/', redirectUri)
      if (address.pathname !== new URL(redirectUri).pathname) return void response.writeHead(404).end()
      response.end('Thank you. You can close this page.')
      server.close()
      resolve(address.href)
    }).listen(Number(new URL(redirectUri).port), 'localhost')
  })
  const { connection } = await person.connections.completeSignIn(callback, { session })
  if (connection.needs)
    throw new Error(`Not allowed: ${connection.missingScopes?.join(', ')}. Start again and tick all boxes.`)
}

function needed(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`Set ${name}; see docs/providers/microsoft.md.`)
  return value
}
