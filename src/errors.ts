/**
 * What a {@link SyncError} asks the caller to do next.
 *
 * - `retry`: the same call may work later (see {@link SyncError.retryAfterMs})
 * - `reauthorize`: a person has to sign in again
 * - `refetch`: what we know of this event is old; read it and decide again
 * - `resync`: the cursor is dead; list the calendar from the start
 * - `fix_input`: the caller's data or settings are wrong; the message says where
 * - `give_up`: no repetition will help; a person has to look
 */
export type Remedy = 'retry' | 'reauthorize' | 'refetch' | 'resync' | 'fix_input' | 'give_up'

/**
 * Whether a write that ended in this error can have reached the calendar all the same.
 *
 * `no` is a promise: the service refused before it changed anything. `maybe` means: look before you write again.
 */
export type Landed = 'no' | 'maybe'

const codes = {
  /** Credentials are missing, wrong, expired or revoked. */
  auth_expired: { remedy: 'reauthorize', landed: 'no' },
  /** The account is fine but may not do this. */
  forbidden: { remedy: 'give_up', landed: 'no' },
  /** The event is not there (any more). */
  not_found: { remedy: 'refetch', landed: 'no' },
  /** The whole calendar is not there (any more). Never read as "all its events were removed". */
  calendar_gone: { remedy: 'give_up', landed: 'no' },
  /** The address answers, but not as the kind of calendar service that was expected. */
  not_a_calendar: { remedy: 'fix_input', landed: 'no' },
  /** The event is no longer at the revision that the write named. */
  revision_mismatch: { remedy: 'refetch', landed: 'no' },
  /** A create met an event that is already there under this identity. */
  already_exists: { remedy: 'refetch', landed: 'no' },
  /** The service no longer accepts the cursor. */
  cursor_expired: { remedy: 'resync', landed: 'no' },
  /** Too many requests, or a quota is used up. */
  rate_limited: { remedy: 'retry', landed: 'no' },
  /** The service is down, answered 5xx, or the connection broke. */
  unavailable: { remedy: 'retry', landed: 'maybe' },
  /** No answer in time. */
  timeout: { remedy: 'retry', landed: 'maybe' },
  /** An answer came, but it was cut off, malformed or not what the protocol allows. Nothing of it was believed. */
  invalid_response: { remedy: 'retry', landed: 'maybe' },
  /** The service refuses this event as it is. */
  event_refused: { remedy: 'give_up', landed: 'no' },
  /** One event cannot be read or is outside what calweave supports; it is set aside, its neighbours go on. */
  invalid_event: { remedy: 'give_up', landed: 'no' },
  /** A size, depth or step limit was reached before anything was believed. */
  limit_exceeded: { remedy: 'give_up', landed: 'no' },
  /** A file or text is not iCalendar. */
  not_icalendar: { remedy: 'fix_input', landed: 'no' },
  /** Settings or arguments do not fit; the message names the path. */
  invalid_input: { remedy: 'fix_input', landed: 'no' },
  /** The operation is not offered by this provider or calendar. */
  unsupported: { remedy: 'give_up', landed: 'no' },
  /** A record changed between read and commit. */
  stale_version: { remedy: 'refetch', landed: 'no' },
  /** Another worker took over; this worker's commit was refused. */
  lease_lost: { remedy: 'give_up', landed: 'no' },
  /** The database belongs to something else, or its content is damaged. */
  storage_foreign: { remedy: 'fix_input', landed: 'no' },
  /** The database was written by a newer version of calweave. */
  storage_newer: { remedy: 'fix_input', landed: 'no' },
  /** The storage could not do its work (disk, lock, connection). */
  storage_failed: { remedy: 'retry', landed: 'maybe' },
  /** Somebody paused it; it goes on when the pause is cleared. */
  paused: { remedy: 'give_up', landed: 'no' },
  /** The caller's `AbortSignal` fired. */
  aborted: { remedy: 'retry', landed: 'maybe' },
} as const

/** What went wrong, in one word. */
export type SyncErrorCode = keyof typeof codes

/** What every code asks for, and whether a write that failed so may have landed. */
export const errorCodes: Readonly<Record<SyncErrorCode, { readonly remedy: Remedy; readonly landed: Landed }>> = codes

/** Details of a {@link SyncError}. */
export interface SyncErrorOptions {
  /** What went wrong underneath. Kept, but never printed by us. */
  readonly cause?: unknown
  /** How long the service asked us to wait, in milliseconds; taken for at most an hour. */
  readonly retryAfterMs?: number
  /** Short machine-readable detail, e.g. `LIMIT_BYTES` or an HTTP status. Never content of a calendar. */
  readonly reason?: string
}

const brand: unique symbol = Symbol.for('calweave.error') as never

/**
 * The one error class of calweave.
 *
 * The message says what happened and what to do next. It never holds a token, a password, a response body or an
 * event's text, so it can be logged and shown.
 */
export class SyncError extends Error {
  readonly code: SyncErrorCode
  /** What to do next. */
  readonly remedy: Remedy
  /** How long the service asked us to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined
  /** Short machine-readable detail. */
  readonly reason: string | undefined

  constructor(code: SyncErrorCode, message: string, options: SyncErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'SyncError'
    this.code = code
    this.remedy = errorCodes[code].remedy
    this.retryAfterMs = options.retryAfterMs === undefined ? undefined : waitable(options.retryAfterMs)
    this.reason = options.reason
    Object.defineProperty(this, brand, { value: true })
  }
}

/** Services have asked for minus one second and for three thousand years. */
function waitable(ms: number): number {
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), 3_600_000) : 3_600_000
}

/** True for errors of this package, whichever build (ESM or CommonJS) they came from. */
export function isSyncError(value: unknown, code?: SyncErrorCode): value is SyncError {
  return (
    typeof value === 'object' &&
    value !== null &&
    brand in value &&
    (code === undefined || (value as { code?: unknown }).code === code)
  )
}

/** Whether a write that ended in `error` can have reached the calendar. Errors that are not ours: assume that it can. */
export function mayHaveLanded(error: unknown): boolean {
  return isSyncError(error) ? errorCodes[error.code].landed === 'maybe' : true
}

/** Throws `aborted` when the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new SyncError('aborted', 'The sync was cancelled. Run it again to go on from here.')
}
