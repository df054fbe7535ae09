import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A web server in front of another one. */
export interface Front {
  /** The same address at this server. */
  at(url: string): string
  stop(): Promise<void>
}

/**
 * SOGo expects a web server in front of it: it closes every connection after its answer, often without saying so, and
 * whoever sends a second request on it meets a broken connection. Each request goes on over a connection of its own.
 */
export async function startFront(behind: string): Promise<Front> {
  const { hostname, port } = new URL(behind)
  const server: Server = createServer((question, reply) => {
    const { method, url: path, headers } = question
    const onward = request({ hostname, port, method, path, headers, agent: false }, (answer) => {
      const { connection: _, ...rest } = answer.headers
      reply.writeHead(answer.statusCode ?? 502, rest)
      answer.pipe(reply)
    })
    onward.once('error', () => reply.destroy())
    question.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const own = String((server.address() as AddressInfo).port)
  return {
    at(url) {
      const there = new URL(url)
      there.port = own
      return there.href
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
