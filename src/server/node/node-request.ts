import type { NodeRequest } from './node-shapes.js'

const nodeRequests = new WeakMap<Request, NodeRequest>()

/**
 * The request of Node that a request was made of, for an `authenticate` that goes by what a middleware put on it, such as a session.
 * Undefined for a request that did not come through `toNodeHandler`.
 *
 * @example
 * ```ts
 * import { nodeRequestOf, type SignedIn } from 'calweave/server'
 *
 * interface WithSession { readonly session?: { readonly id: string; readonly userId?: string } }
 *
 * export function authenticate(request: Request): SignedIn | null {
 *   const session = nodeRequestOf<WithSession>(request)?.session
 *   return session?.userId === undefined ? null : { userId: session.userId, session: session.id }
 * }
 * ```
 */
export function nodeRequestOf<Shape = unknown>(request: Request): (NodeRequest & Shape) | undefined {
  return nodeRequests.get(request) as (NodeRequest & Shape) | undefined
}

/**
 * The web-standard request that a request of Node stands for.
 * @throws TypeError for what is no request that a browser could send
 */
export function webRequestOf(request: NodeRequest, signal: AbortSignal): Request {
  const method = request.method ?? 'GET'
  const headers = headersOf(request)
  const body = method === 'GET' || method === 'HEAD' ? null : bodyOf(request, headers)
  // A body that is a stream needs this said; older declarations do not know it.
  const init: RequestInit & { duplex?: 'half' } = { method, headers, body, signal, duplex: 'half' }
  const made = new Request(addressOf(request, headers), init)
  nodeRequests.set(made, request)
  return made
}

function headersOf({ rawHeaders }: NodeRequest): Headers {
  const headers = new Headers()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = [rawHeaders[at], rawHeaders[at + 1]]
    // HTTP/2 has the address in names like that.
    if (name === ':authority') headers.set('host', value)
    if (!name.startsWith(':')) headers.append(name, value)
  }
  return headers
}

/** Put together letter by letter: relative to a base, `//elsewhere/` would be another host. */
function addressOf({ originalUrl, url, protocol, socket }: NodeRequest, headers: Headers): URL {
  const isSecure = protocol === undefined ? (socket as { encrypted?: boolean } | null)?.encrypted : protocol === 'https'
  const target = originalUrl ?? url ?? '/'
  const path = target.startsWith('/') ? target : pathOf(target)
  return new URL(`${isSecure ? 'https' : 'http'}://${headers.get('host') ?? 'localhost'}${path}`)
}

/** Proxies are asked with whole addresses. */
function pathOf(target: string): string {
  if (!URL.canParse(target)) return '/'
  const { pathname, search } = new URL(target)
  return `${pathname}${search}`
}

function bodyOf(
  request: NodeRequest,
  headers: Headers,
): ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | string | null {
  if (request.readableDidRead !== true && request.readableEnded !== true) return streamOf(request)
  const { rawBody, body } = request
  // Its length and its encoding were those of what was read.
  for (const name of ['content-length', 'content-encoding', 'transfer-encoding']) headers.delete(name)
  for (const known of [rawBody, body]) {
    if (typeof known === 'string') return known
    if (known instanceof Uint8Array) return new Uint8Array(known)
  }
  const isJson = /^application\/(?:[\w.+-]+\+)?json\b/i.test(headers.get('content-type') ?? '')
  if (isJson && body !== undefined) return JSON.stringify(body)
  if (headers.get('content-type') === null && (body === undefined || isEmpty(body))) return null
  throw new TypeError(
    'The body of this request was read before calweave saw it, and cannot be told any more. Mount the handler before parsers of bodies.',
  )
}

function isEmpty(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Object.keys(body).length === 0
}

/** Reads no faster than it is asked, and leaves the connection alone when nobody asks any more: the answer goes over it. */
function streamOf(request: NodeRequest): ReadableStream<Uint8Array> {
  let stop = () => {}
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const take = (chunk: unknown) => {
        controller.enqueue(new Uint8Array(chunk as Uint8Array))
        if ((controller.desiredSize ?? 0) <= 0) request.pause()
      }
      const end = () => {
        stop()
        controller.close()
      }
      const fail = () => {
        stop()
        controller.error(new TypeError('The request broke off.'))
      }
      stop = () => {
        for (const [event, listener] of listeners) request.off(event, listener)
      }
      const listeners: readonly (readonly [string, (...values: unknown[]) => void])[] = [
        ['data', take],
        ['end', end],
        ['error', fail],
        ['close', fail],
      ]
      for (const [event, listener] of listeners) request.on(event, listener)
      request.pause()
    },
    pull() {
      request.resume()
    },
    cancel() {
      stop()
      request.pause()
    },
  })
}
