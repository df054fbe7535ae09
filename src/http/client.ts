import ky from 'ky'
import { isSyncError, SyncError, throwIfAborted } from '../errors.js'
import { readText } from './body.js'
import { keepOpen } from './keep-alive.js'
import { checkAddress, followRedirect, sameSite } from './trust.js'

/** What became of one request, for measurements. Holds no headers and no bodies. */
export interface RequestRecord {
  readonly method: string
  readonly url: string
  /** HTTP status; 0 when no answer came. */
  readonly status: number
  /** Bytes of the body that was sent. */
  readonly bytesUp: number
  /** Bytes of the body that came, after decompression. */
  readonly bytesDown: number
  readonly ms: number
}

/** How requests are sent: the network, its limits and its watchers. */
export interface HttpClientOptions {
  /**
   * Any function of this shape. Hosts that take addresses from strangers pass one that checks the address it dials.
   * @default globalThis.fetch
   */
  readonly fetch?: typeof fetch
  /** How long one request may take, redirects and body included. @default 60_000 */
  readonly timeoutMs?: number
  /** How large an answer may grow after decompression. @default 33_554_432 */
  readonly maxBytes?: number
  /** Asked for every address before it is dialled, redirects included; `false` refuses it. */
  readonly allow?: (url: URL) => boolean
  /** Hosts that may get the credentials of any other host, for services that spread over several domains. */
  readonly trustedHosts?: readonly string[]
  /** @default 'calweave' */
  readonly userAgent?: string
  /** Called after every request, also failed ones. */
  readonly onRequest?: (record: RequestRecord) => void
}

/** One request. Bodies are text, so that their length is always announced. */
export interface HttpRequest {
  readonly method: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal?: AbortSignal
  /**
   * The address that the credentials belong to. A request with credentials or a body goes only there or to the same
   * site. @default url
   */
  readonly site?: string
  /**
   * Makes text of the bytes of a 200 answer; a {@link SyncError} that it throws ends the request.
   * @default UTF-8, with U+FFFD for what is not
   */
  readonly decode?: (bytes: Uint8Array) => string
}

/** An answer, whatever its status, with its whole body. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The address that answered, after redirects. */
  readonly url: string
}

/** Sends requests. Knows nothing of calendars. */
export interface HttpClient {
  /**
   * Sends one request and reads the whole answer; a status is never an error here.
   *
   * Reading requests are repeated once when the connection breaks before an answer; writes never are.
   *
   * @throws SyncError `unavailable` (no connection), `timeout`, `aborted`, `invalid_response` (the answer was cut off),
   * `limit_exceeded` (the answer to a reading request is too large), `invalid_input` (the address is not allowed).
   */
  request(request: HttpRequest): Promise<HttpAnswer>
}

const maxRedirects = 5
const readingMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'PROPFIND', 'REPORT'])

/** Makes an {@link HttpClient}. Keep-alive and pooling are the platform's. */
export function httpClient(options: HttpClientOptions = {}): HttpClient {
  const { timeoutMs = 60_000, maxBytes = 33_554_432, userAgent = 'calweave', trustedHosts = [] } = options
  // Looked up per request, not once: test tools replace the global function after this module is loaded.
  const send: typeof fetch = (input, init) =>
    options.fetch
      ? options.fetch(input, init)
      : globalThis.fetch(input, { ...init, ...keepOpen(input instanceof Request ? input.method : '') })
  const client = ky.create({
    fetch: send,
    retry: 0,
    timeout: false,
    throwHttpErrors: false,
    redirect: 'manual',
    credentials: 'omit',
  })

  async function request(given: HttpRequest): Promise<HttpAnswer> {
    throwIfAborted(given.signal)
    const deadline = startDeadline(timeoutMs, given.signal)
    try {
      return await follow(given, deadline)
    } finally {
      deadline.stop()
    }
  }

  async function follow(given: HttpRequest, deadline: Deadline): Promise<HttpAnswer> {
    const site = new URL(given.site ?? given.url)
    const guarded = given.body !== undefined || hasCredentials(given.headers)
    let url = new URL(given.url)
    for (let hop = 0; ; hop++) {
      checkAddress(url, options.allow)
      if (guarded && !sameSite(site, url, trustedHosts)) {
        throw new SyncError(
          'invalid_input',
          `The server points to another site (${url.host}), which must not get the credentials of ${site.host}. ` +
            'Use an address on that site, or name it as a trusted host.',
          { reason: 'OTHER_SITE' },
        )
      }
      const answer = await once({ ...given, url: url.href }, deadline)
      const next = followRedirect(url, answer)
      if (!next) return answer
      if (hop === maxRedirects) {
        throw new SyncError(
          'invalid_input',
          `${site.host} redirects more than ${maxRedirects} times. Use its final address.`,
          {
            reason: 'REDIRECTS',
          },
        )
      }
      url = next
    }
  }

  /** One hop, with one repetition of reading requests on a broken connection (a kept-alive one that had been closed). */
  async function once(hop: HttpRequest, deadline: Deadline): Promise<HttpAnswer> {
    try {
      return await exchange(hop, deadline)
    } catch (error) {
      if (!isSyncError(error, 'unavailable') || !readingMethods.has(hop.method)) throw error
      return await exchange(hop, deadline)
    }
  }

  async function exchange(hop: HttpRequest, deadline: Deadline): Promise<HttpAnswer> {
    const started = Date.now()
    const bytesUp = options.onRequest && hop.body !== undefined ? new TextEncoder().encode(hop.body).length : 0
    let status = 0
    let bytesDown = 0
    try {
      const response = await client(hop.url, {
        method: hop.method,
        headers: { 'user-agent': userAgent, ...hop.headers },
        signal: deadline.signal,
        ...(hop.body === undefined ? {} : { body: hop.body }),
      }).catch((cause: unknown) => {
        throw deadline.error(cause) ?? unreachable(hop.url, cause)
      })
      status = response.status
      const read = await readText(response, maxBytes, status === 200 ? hop.decode : undefined).catch(
        (cause: unknown) => {
          throw deadline.error(cause) ?? (isSyncError(cause) ? bodyError(hop.method, cause) : cutOff(hop.url, cause))
        },
      )
      bytesDown = read.bytes
      return { status, headers: response.headers, text: read.text, url: hop.url }
    } finally {
      options.onRequest?.({ method: hop.method, url: hop.url, status, bytesUp, bytesDown, ms: Date.now() - started })
    }
  }

  return { request }
}

interface Deadline {
  readonly signal: AbortSignal
  /** The error to throw instead of `cause` when this deadline or the caller ended the request. */
  error(cause: unknown): SyncError | undefined
  stop(): void
}

function startDeadline(timeoutMs: number, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController()
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    controller.abort()
  }, timeoutMs)
  const abort = (): void => controller.abort()
  outer?.addEventListener('abort', abort, { once: true })
  return {
    signal: controller.signal,
    error(cause) {
      if (outer?.aborted)
        return new SyncError('aborted', 'The request was cancelled. Run the sync again to go on.', { cause })
      if (timedOut) {
        return new SyncError('timeout', `No complete answer within ${timeoutMs} ms. Try again later.`, { cause })
      }
      return undefined
    },
    stop() {
      clearTimeout(timer)
      outer?.removeEventListener('abort', abort)
    },
  }
}

function hasCredentials(headers: Readonly<Record<string, string>> | undefined): boolean {
  return Object.keys(headers ?? {}).some((name) => /^(?:authorization|cookie|x-api-key)$/i.test(name))
}

function unreachable(url: string, cause: unknown): SyncError {
  return new SyncError(
    'unavailable',
    `${new URL(url).host} could not be reached, or the connection broke. Try again later.`,
    {
      cause,
    },
  )
}

function cutOff(url: string, cause: unknown): SyncError {
  return new SyncError(
    'invalid_response',
    `The answer of ${new URL(url).host} was cut off. Nothing of it was used; try again.`,
    {
      cause,
      reason: 'TRUNCATED',
    },
  )
}

/** A write whose answer is too large may have landed; `limit_exceeded` would promise that it has not. */
function bodyError(method: string, error: SyncError): SyncError {
  if (readingMethods.has(method)) return error
  return new SyncError('invalid_response', error.message, { cause: error, reason: error.reason ?? 'LIMIT_BYTES' })
}
