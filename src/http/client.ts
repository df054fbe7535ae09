import ky from 'ky'
import { isSyncError, SyncError, throwIfAborted } from '../errors.js'
import { allowedHosts } from './allowed-hosts.js'
import { readText } from './body.js'
import { type Deadline, startDeadline } from './deadline.js'
import { checkHeaders, hasCredentials } from './headers.js'
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
   * Any function of this shape. What a name resolves to is not known before it is dialled, so hosts that take addresses
   * from strangers pass one that checks the address it dials: `guardedFetch` of `calweave/node`, or that of a
   * platform on which nothing inner can be reached.
   * @default globalThis.fetch
   */
  readonly fetch?: typeof fetch
  /**
   * Hosts that may be inner (of this machine, of a private network), and that may be asked by `http:`, such as
   * `localhost:5232` or `nas.local`; without a port, any port of them. All others must be public and are asked by
   * `https:` only, whoever names them: a setting, a redirect, or an address in a server's answer.
   * @default none
   */
  readonly allowedHosts?: readonly string[]
  /** How long one request may take, redirects and body included. @default 60_000 */
  readonly timeoutMs?: number
  /** How long an answer that has begun may fall silent. @default 30_000 */
  readonly idleTimeoutMs?: number
  /** How large an answer may grow after decompression. @default 33_554_432 */
  readonly maxBytes?: number
  /** Asked for every address that is allowed otherwise, before it is dialled; `false` refuses it. */
  readonly allow?: (url: URL) => boolean
  /** Hosts that may get the credentials of any other host, for services that spread over several domains. */
  readonly trustedHosts?: readonly string[]
  /** @default 'calweave' */
  readonly userAgent?: string
  /** Called after every request, also failed ones. */
  readonly onRequest?: (record: RequestRecord) => void
}

/** The same network with one more watcher. */
export function watchedBy<O extends HttpClientOptions>(options: O, onRequest: HttpClientOptions['onRequest']): O {
  if (!onRequest) return options
  const both = (record: RequestRecord): void => {
    onRequest(record)
    options.onRequest?.(record)
  }
  return { ...options, onRequest: both }
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
   * Makes text of the bytes of a 200 answer, given its `Content-Type`; a {@link SyncError} that it throws ends the request.
   * @default UTF-8, with U+FFFD for what is not
   */
  readonly decode?: (bytes: Uint8Array, contentType: string | null) => string
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
   * `limit_exceeded` (the answer to a reading request is too large), `invalid_input` (the address, or the value of a
   * header, is not allowed).
   */
  request(request: HttpRequest): Promise<HttpAnswer>
  /**
   * Nothing where a request would be sent now; for those who would have to spend something on it first.
   * @throws SyncError `unavailable` where the service is left alone for a while.
   */
  ready?(): void
}

const maxRedirects = 5
const readingMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'PROPFIND', 'REPORT'])

/**
 * Makes an {@link HttpClient}. Keep-alive and pooling are the platform's.
 *
 * @throws SyncError `invalid_input` for an entry of `allowedHosts` that is no host.
 */
export function httpClient(options: HttpClientOptions = {}): HttpClient {
  const { timeoutMs = 60_000, idleTimeoutMs = 30_000, maxBytes = 33_554_432, userAgent = 'calweave' } = options
  const { trustedHosts = [] } = options
  const isAllowed = allowedHosts(options.allowedHosts)
  // Looked up per request, not once: test tools replace the global function after this module is loaded.
  const send = (url: string, init: RequestInit & { readonly method: string }): Promise<Response> =>
    options.fetch ? options.fetch(url, init) : globalThis.fetch(url, { ...init, ...keepOpen(init.method) })
  const client = ky.create({ retry: 0, timeout: false, throwHttpErrors: false })

  async function request(given: HttpRequest): Promise<HttpAnswer> {
    throwIfAborted(given.signal)
    checkHeaders({ ...given.headers, 'user-agent': userAgent })
    const deadline = startDeadline(timeoutMs, idleTimeoutMs, given.signal)
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
      checkAddress(url, isAllowed, options.allow)
      if (guarded && !sameSite(site, url, trustedHosts)) {
        throw new SyncError(
          'invalid_input',
          `The server points to another site (${url.host}), which must not get the credentials of ${site.host}. ` +
            'Use an address on that site, or name it as a trusted host.',
          { reason: 'OTHER_SITE' },
        )
      }
      const answer = await once({ ...given, url: url.href }, deadline)
      const next = followRedirect(url, answer, isAllowed)
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
      const { method } = hop
      const init = {
        method,
        headers: { 'user-agent': userAgent, ...hop.headers },
        redirect: 'manual',
        credentials: 'omit',
        signal: deadline.signal,
        ...(hop.body === undefined ? {} : { body: hop.body }),
      } as const
      // Past ky's own `Request`: `fetch` makes another one of it, and between the two a body goes through three streams,
      // which costs more than sending it.
      const asking = client(hop.url, { method, fetch: () => send(hop.url, init) })
      const response = await deadline.race(asking).catch((cause: unknown) => {
        throw deadline.error(cause) ?? refusal(cause) ?? unreachable(hop.url, cause)
      })
      status = response.status
      const given = status === 200 ? hop.decode : undefined
      const decode = given && ((bytes: Uint8Array) => given(bytes, response.headers.get('content-type')))
      const read = await readText(response, { maxBytes, decode, wait: deadline.nextPart }).catch((cause: unknown) => {
        throw deadline.error(cause) ?? (isSyncError(cause) ? bodyError(hop.method, cause) : cutOff(hop.url, cause))
      })
      bytesDown = read.bytes
      return { status, headers: response.headers, text: read.text, url: hop.url }
    } finally {
      options.onRequest?.({ method: hop.method, url: hop.url, status, bytesUp, bytesDown, ms: Date.now() - started })
    }
  }

  return { request }
}

/** What a guarded `fetch` says of the address that it would not dial, under whatever the layers between wrapped it in. */
function refusal(error: unknown): SyncError | undefined {
  let cause = error
  for (let depth = 0; depth < 5 && cause instanceof Error; depth++) {
    if (isSyncError(cause, 'invalid_input')) return cause
    cause = cause.cause
  }
  return undefined
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
