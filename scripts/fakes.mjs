// Runs a fake calendar service until it is stopped: `npm run fakes -- google --port 0`.
// Prints one line of JSON with its address and a bearer token that works. Only this machine can reach it.
import { createServer } from 'node:http'
import { parseArgs } from 'node:util'
import { fakeGoogle } from '../src/testing/google/index.ts'
import { fakeMicrosoft } from '../src/testing/microsoft/index.ts'

const { values, positionals } = parseArgs({
  options: { port: { type: 'string', default: '0' } },
  allowPositionals: true,
})

const fakes = {
  google() {
    // A receiver of push messages on this machine has no certificate.
    const google = fakeGoogle({ plainPushAddresses: true })
    const jane = google.addAccount({ email: 'jane@example.com', token: 'token-of-jane' })
    jane.addCalendar({ id: 'team@group.calendar.google.com', summary: 'Team' })
    return { handle: google.handle, token: jane.token }
  },
  microsoft() {
    const microsoft = fakeMicrosoft({ plainPushAddresses: true })
    const jane = microsoft.addAccount({ email: 'jane@example.com', token: 'token-of-jane' })
    jane.addCalendar({ name: 'Team' })
    return { handle: microsoft.handle, token: jane.token }
  },
}

const [name = ''] = positionals
const port = Number(values.port)
if (!Object.hasOwn(fakes, name) || !Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error(`Usage: npm run fakes -- ${Object.keys(fakes).join('|')} [--port 0]`)
  process.exit(2)
}

const { handle, token } = fakes[name]()
const server = createServer((incoming, outgoing) => {
  const parts = []
  incoming.on('data', (part) => parts.push(part))
  incoming.on('end', async () => {
    try {
      const headers = new Headers()
      for (const [key, value] of Object.entries(incoming.headers)) headers.set(key, String(value))
      const body = parts.length > 0 ? { body: Buffer.concat(parts) } : {}
      const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
        method: incoming.method,
        headers,
        ...body,
      })
      const response = await handle(request)
      const bytes = Buffer.from(await response.arrayBuffer())
      outgoing.writeHead(response.status, Object.fromEntries(response.headers))
      outgoing.end(bytes)
    } catch {
      // What is no request, and connections that break because a fault says so.
      outgoing.destroy()
    }
  })
})
server.on('error', (error) => {
  console.error(error.message)
  process.exit(1)
})
server.listen(port, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}`, token }))
})
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => {
    server.close(() => process.exit(0))
    server.closeAllConnections()
  })
