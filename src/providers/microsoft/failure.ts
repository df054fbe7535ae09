import * as z from 'zod'
import { isSyncError, mayHaveLanded, SyncError, type SyncErrorCode } from '../../errors.js'
import { retryAfterMs } from '../../http/retry-after.js'

/** What a request was about: decides what "not found" and "bad request" mean. */
export type About =
  /** The account, or the list of its calendars. */
  | 'account'
  /** A listing of a calendar, or the calendar itself. */
  | 'calendar'
  /** A listing that goes on from a delta link. */
  | 'changes'
  /** Reading one event. */
  | 'event'
  /** A subscription for changes. */
  | 'watch'
  /** Making an event. */
  | 'create'
  /** Changing or removing an event. */
  | 'write'

/** An answer, or one of those in a batch. */
export interface Answered {
  readonly status: number
  readonly headers: Headers
  /** What the body says; undefined where it is no JSON. */
  readonly value: unknown
}

/** A resource as it was answered; never an array. */
export type Resource = Readonly<Record<string, unknown>>

export function isResource(value: unknown): value is Resource {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * What an answer that is not the wanted one means. Status and code decide; nothing of the message is quoted.
 * @see https://learn.microsoft.com/graph/errors
 */
export function failure({ status, headers, value }: Answered, about: About, now: number): SyncError {
  const code = errorCode(value)
  const wait = retryAfterMs(headers, now)
  const make = (kind: SyncErrorCode, message: string): SyncError =>
    new SyncError(kind, message, {
      reason: code ?? String(status),
      ...(wait === undefined ? {} : { retryAfterMs: wait }),
    })
  const isWriting = about === 'write' || about === 'create'
  if (status === 410 || /^(?:syncState|resync)/i.test(code ?? '')) {
    if (about === 'changes')
      return make('cursor_expired', 'Microsoft no longer accepts the delta link. List the calendar from the start.')
    if (about === 'event' || isWriting) return notThere()
    return make('unavailable', 'Microsoft gave up a listing half-way. Try again later.')
  }

  switch (status) {
    case 400:
      return badRequest(about, code, make)
    case 401:
      return unauthorized(headers, make)
    case 403:
      return make(
        'forbidden',
        'Microsoft does not allow this with this account. Ask the owner of the calendar for access.',
      )
    case 404:
      return notFound(about, code, make)
    case 409:
      return about === 'create' ? alreadyThere() : changedMeanwhile()
    case 412:
      return changedMeanwhile()
    case 413:
    case 507:
      return isWriting
        ? make('event_refused', 'This event is too large for Microsoft, or the mailbox is full.')
        : make('invalid_response', 'Microsoft refuses a request as too large.')
    case 429:
      return make('rate_limited', 'Microsoft asks to slow down. Try again later.')
    case 408:
    case 504:
      return make('timeout', 'Microsoft did not answer in time. Try again later.')
    case 423:
      return make('unavailable', 'Microsoft has locked the mailbox for a moment. Try again later.')
    case 501:
      return make('unsupported', 'Microsoft does not offer this operation.')
    default:
      if (status >= 500) return make('unavailable', `Microsoft has a problem (HTTP ${status}). Try again later.`)
      return make('invalid_response', `Microsoft answered in an unknown way (HTTP ${status}). Try again later.`)
  }
}

type Make = (code: SyncErrorCode, message: string) => SyncError

function badRequest(about: About, code: string | undefined, make: Make): SyncError {
  if (about === 'changes')
    return make('cursor_expired', 'Microsoft does not know this delta link. List from the start.')
  if (code === 'ErrorInvalidIdMalformed') {
    if (about === 'calendar' || about === 'create') return calendarGone()
    if (about === 'event' || about === 'write') return notThere()
  }
  // A create whose answer was lost, sent again: the event is there.
  if (about === 'create' && code === 'ErrorDuplicateTransactionId') return alreadyThere()
  if (about === 'create' || about === 'write')
    return make('event_refused', 'Microsoft refuses this event as it is. Change it, or leave it out.')
  if (about === 'watch')
    return make(
      'invalid_input',
      'Microsoft does not send messages to this address, or nobody answered it there in time.',
    )
  return make('invalid_response', 'Microsoft does not understand a request that it should. Update calweave.')
}

/** A claims challenge asks for a sign-in under other conditions, such as a second factor. */
function unauthorized(headers: Headers, make: Make): SyncError {
  const isChallenge = /\bclaims="/i.test(headers.get('www-authenticate') ?? '')
  return isChallenge
    ? new SyncError('auth_expired', 'The organization asks for a fresh sign-in. Sign in again.', { reason: 'CLAIMS' })
    : make('auth_expired', 'Microsoft does not accept the access token. Sign in again.')
}

function notFound(about: About, code: string | undefined, make: Make): SyncError {
  if (code === 'MailboxNotEnabledForRESTAPI' || code === 'MailboxNotSupportedForRESTAPI')
    return make('forbidden', 'This account has no mailbox at Microsoft that could be asked. Choose another account.')
  if (about === 'event' || about === 'write') return notThere()
  if (about === 'account') return make('invalid_response', 'Microsoft does not have what every account has. Try again.')
  return about === 'watch' ? make('not_found', 'Microsoft does not keep this subscription any more.') : calendarGone()
}

export function notThere(): SyncError {
  return new SyncError('not_found', 'The event is not in the calendar any more.')
}

export function calendarGone(): SyncError {
  return new SyncError(
    'calendar_gone',
    'Microsoft does not have this calendar (any more), or it is not shared with this account. Choose another one.',
  )
}

export function alreadyThere(): SyncError {
  return new SyncError('already_exists', 'The calendar already has, or had, an event of this key. Read it first.')
}

export function changedMeanwhile(): SyncError {
  return new SyncError('revision_mismatch', 'The event was changed in the meantime. Read it and decide again.')
}

/** An answer of which nothing is believed. */
export function invalidResponse(reason: string): SyncError {
  return new SyncError(
    'invalid_response',
    'Microsoft sent an answer that does not hold. Nothing of it was used; try again.',
    { reason },
  )
}

/**
 * A failure after a part of a write was done. Whatever the last request met, the event is not as it was before: so the
 * code has to be one that has the engine look.
 */
export function partly(error: unknown): SyncError {
  if (isSyncError(error) && mayHaveLanded(error)) return error
  return new SyncError('unavailable', 'Only a part of this change was written. Read the event and go on from there.', {
    cause: error,
    reason: 'PARTIAL',
    ...(isSyncError(error) && error.retryAfterMs !== undefined ? { retryAfterMs: error.retryAfterMs } : {}),
  })
}

/** The innermost code that is told: outer ones are of a general kind. Written `innerError` or `innererror`. */
function errorCode(value: unknown): string | undefined {
  const parsed = errorBody.safeParse(value)
  let level: ErrorLevel | undefined = parsed.success ? parsed.data.error : undefined
  let code: string | undefined
  for (let depth = 0; level && depth < 5; depth++) {
    const given = z.string().safeParse(level['code']).data
    if (given !== undefined && /^[\w.-]{1,128}$/.test(given)) code = given
    level = z.record(z.string(), z.unknown()).safeParse(level['innerError'] ?? level['innererror']).data
  }
  return code
}

type ErrorLevel = Readonly<Record<string, unknown>>

const errorBody = z.object({ error: z.record(z.string(), z.unknown()) })

/** The value of a JSON text; undefined for what is none. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
