import { isSyncError, SyncError, type SyncErrorCode } from '../../errors.js'
import type { HttpAnswer, HttpClient } from '../../http/client.js'
import { retryAfterMs } from '../../http/retry-after.js'
import { charsetOf, decodeCalendar } from '../../ical/decode.js'
import { digest, sha256Hex } from '../../model/hash.js'
import type { RemoteCalendarId } from '../../model/ids.js'
import type { CallOptions } from '../provider.js'

/** Reads a file of the host's. `modified` is any text that changes when the file does. */
export type ReadFile = (path: string) => Promise<{ readonly text: string | Uint8Array; readonly modified: string }>

/** What an address is opened with. */
export type IcsCredentials =
  | { readonly username: string; readonly password: string }
  | { readonly token: string }
  | null

/** How a file is recognised when it has not changed. */
export interface Version {
  /** As the server gave them; sent back for a conditional request. */
  readonly etag?: string
  readonly modified?: string
  /** Digest of the whole text. */
  readonly hash: string
}

/** A calendar file as it is now; undefined text: as it was at `since`. */
export interface Loaded {
  readonly text?: string
  readonly version: Version
}

/** Where a calendar file comes from. */
export interface Source {
  /** Made from the address by a digest: private addresses are as good as passwords. */
  readonly id: RemoteCalendarId
  /** @throws SyncError `auth_expired`, `forbidden`, `calendar_gone`, `rate_limited`, `unavailable`, `invalid_response` ... */
  load(since: Version | undefined, options: CallOptions | undefined): Promise<Loaded>
}

/** A text given once and for all. */
export function textSource(text: string): Source {
  const id = idOf('text', text)
  return { id, load: async (since) => compare(text, since, {}) }
}

/** A file of the host's. */
export function fileSource(read: ReadFile, path: string, address: string): Source {
  return {
    id: idOf('file', address),
    async load(since) {
      const { text, modified } = await read(path).catch((cause: unknown): never => {
        throw isSyncError(cause) ? cause : unreadable(cause)
      })
      return compare(typeof text === 'string' ? text : decodeCalendar(text), since, { modified })
    },
  }
}

/** An address on the web. */
export function httpSource(http: HttpClient, url: string, credentials: IcsCredentials): Source {
  return {
    id: idOf('url', url),
    async load(since, options) {
      const answer = await http.request({
        method: 'GET',
        url,
        decode: (bytes, contentType) => decodeCalendar(bytes, charsetOf(contentType)),
        headers: {
          accept: 'text/calendar',
          ...authorization(credentials),
          ...(since?.etag !== undefined && { 'if-none-match': since.etag }),
          ...(since?.modified !== undefined && { 'if-modified-since': since.modified }),
        },
        ...(options?.signal && { signal: options.signal }),
      })
      if (answer.status === 304 && since) return { version: since }
      if (answer.status !== 200) throw failure(answer)
      const [etag, modified] = [answer.headers.get('etag'), answer.headers.get('last-modified')]
      return compare(answer.text, since, { ...(etag !== null && { etag }), ...(modified !== null && { modified }) })
    },
  }
}

/**
 * Servers without conditional requests send the same text again; and many change a header without the text. The newest
 * headers are kept, or the next request would name ones that the server does not know any more.
 */
function compare(text: string, since: Version | undefined, headers: Omit<Version, 'hash'>): Loaded {
  const hash = sha256Hex(text)
  const version = { ...headers, hash }
  return since?.hash === hash ? { version } : { text, version }
}

function idOf(kind: string, address: string): RemoteCalendarId {
  return digest('ics', kind, address) as RemoteCalendarId
}

function authorization(credentials: IcsCredentials): Readonly<Record<string, string>> {
  if (credentials === null) return {}
  if ('token' in credentials) return { authorization: `Bearer ${credentials.token}` }
  const bytes = new TextEncoder().encode(`${credentials.username}:${credentials.password}`)
  return { authorization: `Basic ${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}` }
}

function unreadable(cause: unknown): SyncError {
  const missing = typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 'ENOENT'
  return missing
    ? new SyncError('calendar_gone', 'The calendar file is not there. Put it there, or choose another one.', {
        cause,
      })
    : new SyncError('unavailable', 'The calendar file cannot be read. Check its permissions, or try again later.', {
        cause,
      })
}

/** Addresses of calendar files are often secret, so messages name the host only. */
function failure(answer: HttpAnswer): SyncError {
  const host = new URL(answer.url).host
  const { status } = answer
  const wait = retryAfterMs(answer.headers)
  const make = (code: SyncErrorCode, message: string): SyncError =>
    new SyncError(code, message, { reason: String(status), ...(wait !== undefined && { retryAfterMs: wait }) })
  if (status === 401)
    return make('auth_expired', `${host} asks for a user name and password for this calendar. Sign in again.`)
  if (status === 403)
    return make('forbidden', `${host} does not give this calendar away. Ask its owner for a new address.`)
  if (status === 404 || status === 410) {
    return make('calendar_gone', `${host} does not have this calendar any more. Ask its owner for a new address.`)
  }
  if (status === 429) return make('rate_limited', `${host} asks to slow down. Try again later.`)
  if (status === 408 || status === 504) return make('timeout', `${host} did not answer in time. Try again later.`)
  if (status >= 500) return make('unavailable', `${host} has a problem (HTTP ${status}). Try again later.`)
  return make('not_a_calendar', `${host} does not answer with a calendar file (HTTP ${status}). Check the address.`)
}
