import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A web-standard handler as a real server on a free port of the loopback interface. */
export async function serve(
  handle: (request: Request) => Promise<Response>,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((incoming, outgoing) => {
    const parts: Buffer[] = []
    incoming.on('data', (part: Buffer) => parts.push(part))
    incoming.on('end', async () => {
      const headers = new Headers()
      for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, String(value))
      const method = incoming.method ?? 'GET'
      const url = `http://${incoming.headers.host}${incoming.url}`
      const body = parts.length > 0 ? { body: Buffer.concat(parts) } : {}
      const response = await handle(new Request(url, { method, headers, ...body }))
      const bytes = Buffer.from(await response.arrayBuffer())
      outgoing.writeHead(response.status, { ...Object.fromEntries(response.headers), 'content-length': bytes.length })
      outgoing.end(method === 'HEAD' ? undefined : bytes)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
