import { type Duplex, pipeline, type Readable } from 'node:stream'
import { constants, createBrotliDecompress, createUnzip } from 'node:zlib'
import { isSyncError } from '../errors.js'

/** A request that needs no more of `fetch` than that it is sent. */
export interface DirectRequest {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  readonly signal: AbortSignal | null
}

/** What sends it, as undici's dispatchers do. */
export interface Sender {
  request(options: {
    readonly origin: string
    readonly path: string
    readonly method: string
    readonly headers: Record<string, string>
    readonly body: string | null
    readonly signal: AbortSignal | null
  }): Promise<Answer>
}

interface Answer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Readable
}

/** The request, if all of it is text and no redirect is to be followed: so `http/client.ts` asks. */
export function asDirect(input: string | URL | Request, init: RequestInit | undefined): DirectRequest | undefined {
  const { method = 'GET', headers = {}, body = null, redirect, signal = null } = init ?? {}
  if (typeof input !== 'string' || redirect !== 'manual' || (body !== null && typeof body !== 'string'))
    return undefined
  if (Object.getPrototypeOf(headers) !== Object.prototype) return undefined
  const url = new URL(input)
  const isBare = url.username === '' && url.password === ''
  return isBare ? { url, method, headers: headers as Readonly<Record<string, string>>, body, signal } : undefined
}

/**
 * Sends a request without what `fetch` has around it: headers, bodies and signals as objects of their own, for the
 * request and again for its copy. Fails as `fetch` does, and answers with what it would.
 */
export async function sendDirectly(sender: Sender, request: DirectRequest): Promise<Response> {
  const { url, method, body, signal } = request
  try {
    const answer = await sender.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers: withDefaults(request.headers),
      body,
      signal,
    })
    return orClosed(answer, () => toResponse(answer, method, url))
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    throw isSyncError(error) ? error : new TypeError('fetch failed', { cause: error })
  }
}

/** An answer that is none, such as one with the status 999, must not keep its connection waiting. */
function orClosed({ body }: Answer, make: () => Response): Response {
  try {
    return make()
  } catch (error) {
    body.on('error', () => undefined).destroy()
    throw error
  }
}

function withDefaults(given: Readonly<Record<string, string>>): Record<string, string> {
  const headers: Record<string, string> = { accept: '*/*', 'accept-encoding': 'gzip' }
  for (const name of Object.keys(given)) headers[name.toLowerCase()] = given[name] ?? ''
  return headers
}

function toResponse(answer: Answer, method: string, { href }: URL): Response {
  const headers = new Headers()
  for (const [name, value = ''] of Object.entries(answer.headers))
    for (const one of typeof value === 'string' ? [value] : value) headers.append(name, one)
  const status = answer.statusCode
  const isEmpty = method === 'HEAD' || withoutBody.has(status) || headers.get('content-length') === '0'
  const response = new Response(isEmpty ? drained(answer.body) : partsOf(answer.body, headers), { status, headers })
  return Object.defineProperty(response, 'url', { value: href })
}

/** @see https://fetch.spec.whatwg.org/#null-body-status */
const withoutBody: ReadonlySet<number> = new Set([204, 205, 304])

function drained(body: Readable): null {
  body.on('error', () => undefined).resume() // a connection that breaks after the answer takes nothing from it
  return null
}

function partsOf(body: Readable, headers: Headers): ReadableStream<Uint8Array> {
  const parts: AsyncIterator<Uint8Array> = plain(body, headers)[Symbol.asyncIterator]()
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await parts.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        body.destroy()
      },
    },
    { highWaterMark: 0 },
  )
}

/**
 * The body as it was before it was compressed, also in ways that were not asked for. As lenient as `fetch`: what knows no
 * such coding is left as it came, and servers end a compressed body in ways that only the document in it can judge.
 * @see RFC 9110 section 8.4
 */
function plain(body: Readable, headers: Headers): Readable {
  const codings = (headers.get('content-encoding') ?? '').toLowerCase().split(',')
  const decoders = codings.map((coding) => decoderOf.get(coding.trim()))
  if (codings.length > mostCodings || !decoders.every((one) => one !== undefined)) return body
  return decoders.reduceRight<Readable>((coded, decoder) => pipeline(coded, decoder(), () => undefined), body)
}

/** Nobody needs more, and each may multiply the bytes a thousandfold. */
const mostCodings = 5

const { Z_SYNC_FLUSH, BROTLI_OPERATION_FLUSH } = constants
/** Tells both of its formats by their heads. */
const unzip = (): Duplex => createUnzip({ flush: Z_SYNC_FLUSH, finishFlush: Z_SYNC_FLUSH })
const decoderOf: ReadonlyMap<string, () => Duplex> = new Map([
  ['gzip', unzip],
  ['x-gzip', unzip],
  ['deflate', unzip],
  ['br', () => createBrotliDecompress({ flush: BROTLI_OPERATION_FLUSH, finishFlush: BROTLI_OPERATION_FLUSH })],
])
