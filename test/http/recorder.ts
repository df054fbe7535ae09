import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

/** Something inner that listens, and counts who comes. */
export interface Recorder {
  readonly port: number
  connects: number
  close(): Promise<void>
}

/** Starts to listen at an address of this machine. */
export async function startRecorder(address = '127.0.0.1'): Promise<Recorder> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    recorder.connects++
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret')
  })
  const port = await listening(server, address)
  const recorder: Recorder = {
    port,
    connects: 0,
    close() {
      for (const socket of sockets) socket.destroy()
      return closed(server)
    },
  }
  return recorder
}

/** A port of this machine at which nobody listens. */
export async function freePort(): Promise<number> {
  const recorder = await startRecorder()
  await recorder.close()
  return recorder.port
}

/** A web server of this machine for as long as `run` takes. */
export async function serve(listener: RequestListener, run: (url: string) => Promise<void>): Promise<void> {
  const server = createHttpServer(listener)
  const port = await listening(server, '127.0.0.1')
  try {
    await run(`http://127.0.0.1:${port}/`)
  } finally {
    server.closeAllConnections()
    await closed(server)
  }
}

async function listening(server: Server, address: string): Promise<number> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, address, resolve))
  return (server.address() as AddressInfo).port
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()))
}
