import * as z from 'zod'
import { isSyncError, mayHaveLanded, SyncError, type SyncErrorCode } from '../../errors.js'
import type { HttpAnswer } from '../../http/client.js'
import { retryAfterMs } from '../../http/retry-after.js'

/** What a request was about: decides what "not found" and "bad request" mean. */
export type About =
  /** The account, or the list of its calendars. */
  | 'account'
  /** A listing of a calendar. */
  | 'calendar'
  /** A listing that goes on from a sync token. */
  | 'changes'
  /** Reading one event. */
  | 'event'
  /** Opening a channel for changes. */
  | 'watch'
  /** Making an event. */
  | 'create'
  /** Changing or removing an event. */
  | 'write'

/**
 * What an answer that is not the wanted one means. Status and reason decide; nothing of the message is quoted.
 * @see https://developers.google.com/workspace/calendar/api/guides/errors
 */
export function failure(answer: HttpAnswer, about: About, now: number): SyncError {
  const { reason, status: word, retryAt } = readError(answer.text)
  const wait = retryAfterMs(answer.headers, now) ?? (retryAt === undefined ? undefined : Math.max(0, retryAt - now))
  const make = (code: SyncErrorCode, message: string): SyncError =>
    new SyncError(code, message, {
      reason: reason ?? word ?? String(answer.status),
      ...(wait === undefined ? {} : { retryAfterMs: wait }),
    })
  const isWriting = about === 'write' || about === 'create'

  switch (answer.status) {
    case 400:
      if (about === 'changes')
        return make('cursor_expired', 'Google does not know this sync token. List from the start.')
      if (isWriting) return make('event_refused', 'Google refuses this event as it is. Change it, or leave it out.')
      if (about === 'watch') return make('invalid_input', 'Google does not send messages to this address.')
      return make('invalid_response', 'Google does not understand a request that it should. Update calweave.')
    case 401:
      return make('auth_expired', 'Google does not accept the access token. Sign in again.')
    case 403:
      return forbidden(reason ?? word ?? '', make)
    case 404:
      return isWriting || about === 'event' ? notThere() : calendarGone()
    case 409:
      return about === 'create'
        ? alreadyThere()
        : make('revision_mismatch', 'The event was changed at the same moment.')
    case 410:
      if (isWriting || about === 'event') return notThere()
      return make('cursor_expired', 'Google no longer accepts the sync token. List the calendar from the start.')
    case 412:
      return changedMeanwhile()
    case 429:
      return make('rate_limited', 'Google asks to slow down. Try again later.')
    case 408:
    case 504:
      return make('timeout', 'Google did not answer in time. Try again later.')
    case 413:
      return isWriting
        ? make('event_refused', 'This event is too large for Google.')
        : make('invalid_response', 'Google refuses a request as too large.')
    case 501:
      return make('unsupported', 'Google does not offer this operation.')
    default:
      if (answer.status >= 500)
        return make('unavailable', `Google has a problem (HTTP ${answer.status}). Try again later.`)
      return make('invalid_response', `Google answered in an unknown way (HTTP ${answer.status}). Try again later.`)
  }
}

/** Most limits are told as 403, and so is what will never be allowed. */
function forbidden(reason: string, make: (code: SyncErrorCode, message: string) => SyncError): SyncError {
  if (/^(?:userRateLimitExceeded|rateLimitExceeded|concurrentLimitExceeded|RATE_LIMIT_EXCEEDED)$/.test(reason))
    return make('rate_limited', 'Google asks to slow down. Try again later.')
  if (/^(?:quotaExceeded|dailyLimitExceeded|variableTermLimitExceeded|RESOURCE_EXHAUSTED)$/.test(reason))
    return make(
      'rate_limited',
      "A limit of this account, or of the app's project, is used up at Google. Try again later.",
    )
  if (/^(?:insufficientPermissions|ACCESS_TOKEN_SCOPE_INSUFFICIENT)$/.test(reason))
    return make('auth_expired', 'The app was not allowed to do this. Sign in again and allow access to the calendars.')
  if (/^(?:accessNotConfigured|SERVICE_DISABLED)$/.test(reason))
    return make(
      'forbidden',
      "The Google Calendar API is not enabled in the app's project. Enable it in the Cloud console.",
    )
  if (/^forbiddenForNon/.test(reason))
    return make('forbidden', 'Google lets only the organizer of this event change that.')
  return make('forbidden', 'Google does not allow this with this account. Ask the owner of the calendar for access.')
}

export function notThere(): SyncError {
  return new SyncError('not_found', 'The event is not in the calendar any more.')
}

export function calendarGone(): SyncError {
  return new SyncError(
    'calendar_gone',
    'Google does not have this calendar (any more), or it is not shared with this account. Choose another one.',
  )
}

export function alreadyThere(): SyncError {
  return new SyncError('already_exists', 'The calendar already has, or had, an event with this id. Read it first.')
}

export function changedMeanwhile(): SyncError {
  return new SyncError('revision_mismatch', 'The event was changed in the meantime. Read it and decide again.')
}

/** An answer of which nothing is believed. */
export function invalidResponse(reason: string, cause?: unknown): SyncError {
  return new SyncError(
    'invalid_response',
    'Google sent an answer that does not hold. Nothing of it was used; try again.',
    {
      reason,
      ...(cause === undefined ? {} : { cause }),
    },
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

const errorBody = z.object({
  error: z.object({
    message: z.string().catch(''),
    status: z
      .string()
      .max(64)
      .exactOptional()
      .catch(undefined as never),
    errors: z.array(z.object({ reason: z.string().max(128).exactOptional() })).catch([]),
    details: z
      .array(z.object({ reason: z.string().max(128).exactOptional() }))
      .catch([])
      .exactOptional(),
  }),
})

interface ErrorBody {
  readonly reason: string | undefined
  readonly status: string | undefined
  /** When the message says to come back. */
  readonly retryAt: number | undefined
}

function readError(body: string): ErrorBody {
  const none = { reason: undefined, status: undefined, retryAt: undefined }
  const parsed = errorBody.safeParse(parseJson(body))
  if (!parsed.success) return none
  const { message, status, errors, details = [] } = parsed.data.error
  const reasons = [...errors, ...details].flatMap(({ reason }) => (reason && /^\w+$/.test(reason) ? [reason] : []))
  // The finer word is in the details; what counts as a limit is in either.
  const reason =
    reasons.find((one) => one === 'ACCESS_TOKEN_SCOPE_INSUFFICIENT' || one === 'SERVICE_DISABLED') ?? reasons[0]
  const told = /retry after (\d{4}-\d{2}-\d{2}T[\d:.]+Z)/i.exec(message)?.[1]
  const at = told === undefined ? Number.NaN : Date.parse(told)
  return {
    reason,
    status: status && /^\w+$/.test(status) ? status : undefined,
    retryAt: Number.isNaN(at) ? undefined : at,
  }
}

/** The value of a JSON text; undefined for what is none. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
