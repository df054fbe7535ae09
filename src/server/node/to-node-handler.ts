import { webRequestOf } from './node-request.js'
import type { NodeHandler, NodeRequest, NodeResponse } from './node-shapes.js'

/**
 * Makes a listener for Node's HTTP servers, Express and Connect of a web-standard handler. The whole path counts, wherever it
 * is mounted. What the handler throws goes to `next` where there is one.
 *
 * A body that a parser has read already is put together anew where it was JSON or text; mount the handler before parsers all the
 * same, for then nothing is read twice.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { toNodeHandler } from 'calweave/server'
 *
 * declare const handler: (request: Request) => Promise<Response>
 * const server = createServer(toNodeHandler(handler))
 * ```
 */
export function toNodeHandler(handler: (request: Request) => Promise<Response>): NodeHandler {
  return async (request, response, next) => {
    const abort = new AbortController()
    const gone = () => {
      if (!response.writableFinished) abort.abort()
    }
    response.on('close', gone)
    try {
      const asked = readable(request, response, abort.signal, next)
      if (!asked) return
      await send(await handler(asked), request, response)
    } catch (error) {
      if (response.headersSent) response.destroy()
      else if (next) next(error)
      else plain(response, 500)
    } finally {
      if (response.writableFinished) response.off('close', gone)
    }
  }
}

/** Undefined for what is no request at all, which is answered here. */
function readable(
  request: NodeRequest,
  response: NodeResponse,
  signal: AbortSignal,
  next: ((error?: unknown) => void) | undefined,
): Request | undefined {
  try {
    return webRequestOf(request, signal)
  } catch (error) {
    // A method that no browser sends, a host that is none: the fault of who asks. A body that is gone: of who mounted us.
    const isOurs = request.readableDidRead === true || request.readableEnded === true
    if (isOurs && next) next(error)
    else plain(response, isOurs ? 500 : 400)
    return undefined
  }
}

function plain(response: NodeResponse, status: number): void {
  response.statusCode = status
  response.setHeader('cache-control', 'no-store')
  response.end()
}

async function send(answer: Response, request: NodeRequest, response: NodeResponse): Promise<void> {
  response.statusCode = answer.status
  for (const [name, value] of answer.headers) if (name !== 'set-cookie') response.setHeader(name, value)
  const cookies = answer.headers.getSetCookie()
  if (cookies.length > 0) response.setHeader('set-cookie', cookies)
  // What is left of a body that nobody wanted must not be taken for the next request.
  if (
    request.readableEnded === false &&
    (request.method === 'POST' || request.method === 'PUT' || request.method === 'PATCH')
  )
    response.setHeader('connection', 'close')
  if (answer.body) await pipe(answer.body, response)
  else response.end()
}

async function pipe(body: ReadableStream<Uint8Array>, response: NodeResponse): Promise<void> {
  const reader = body.getReader()
  const gone = () => void reader.cancel().catch(() => undefined)
  response.on('close', gone)
  try {
    for (;;) {
      if (response.destroyed) return gone()
      const { done, value } = await reader.read()
      if (done) break
      if (!response.write(value)) await room(response)
    }
    response.end()
  } finally {
    response.off('close', gone)
  }
}

/** Until the other side has read some of it, or is gone. */
function room(response: NodeResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
  })
}
