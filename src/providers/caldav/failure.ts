import { SyncError, type SyncErrorCode } from '../../errors.js'
import type { HttpAnswer } from '../../http/client.js'
import { retryAfterMs } from '../../http/retry-after.js'
import { parseErrorBody } from './xml.js'

/**
 * What an answer that is not the wanted one means. The status decides; of the body only the names of violated
 * preconditions are looked at, and nothing of it is quoted.
 */
export function failure(answer: HttpAnswer, doing: 'reading' | 'writing'): SyncError {
  const host = new URL(answer.url).host
  const { status } = answer
  const wait = retryAfterMs(answer.headers)
  const make = (code: SyncErrorCode, message: string, reason = String(status)): SyncError =>
    new SyncError(code, message, { reason, ...(wait === undefined ? {} : { retryAfterMs: wait }) })

  if (status === 401) {
    return make(
      'auth_expired',
      `${host} does not accept the user name or password. Sign in again (some services want an app password).`,
    )
  }
  if (status === 403) {
    const refused = doing === 'writing' ? refusedContent(answer.text) : undefined
    if (refused) return make('event_refused', `${host} refuses this event (${refused}).`, refused)
    return make('forbidden', `${host} does not allow this with this account. Ask the owner of the calendar for access.`)
  }
  if (status === 404 || status === 410) {
    return doing === 'writing'
      ? make('not_found', 'The event is not in the calendar any more.')
      : make('calendar_gone', `${host} does not have this calendar any more. Choose another one, or restore it.`)
  }
  if (status === 429) return make('rate_limited', `${host} asks to slow down. Try again later.`)
  // Locked, or no space left: refused before anything was changed, and possible later. No other code says both.
  if (status === 423) return make('rate_limited', `${host} has locked this for a moment. Try again later.`, 'LOCKED')
  if (status === 507 && doing === 'writing')
    return make('rate_limited', `${host} has no space left for this account.`, 'QUOTA')
  if (status === 408 || status === 504) return make('timeout', `${host} did not answer in time. Try again later.`)
  if (status === 501) return make('unsupported', `${host} does not offer this operation.`)
  if (status >= 500 || status === 421)
    return make('unavailable', `${host} has a problem (HTTP ${status}). Try again later.`)
  if (doing === 'writing' && status >= 400) {
    const reason = refusedContent(answer.text) ?? String(status)
    return make('event_refused', `${host} refuses this event (${reason}).`, reason)
  }
  return make(
    'invalid_response',
    `${host} answered with something that is not calendar data (HTTP ${status}). Try again later, and check the address if it stays so.`,
  )
}

/** The precondition that a refused event violates; undefined when the body names none that we know. */
export function refusedContent(body: string): string | undefined {
  const { conditions } = parseErrorBody(body)
  return conditions.find((name) => contentConditions.has(name))
}

/** True when a refusal says that the account lacks a privilege. */
export function lacksPrivilege(body: string): boolean {
  return parseErrorBody(body).conditions.includes('need-privileges')
}

/** True when a refusal says that the UID is taken, here or in another calendar of the account. */
export function isUidConflict(body: string): boolean {
  // One server says it in words only.
  return parseErrorBody(body).conditions.some((name) => uidConditions.has(name)) || /\bUID already in use\b/.test(body)
}

const uidConditions: ReadonlySet<string> = new Set(['no-uid-conflict', 'unique-scheduling-object-resource'])

/** @see RFC 4791 section 5.3.2.1 and RFC 6638 section 3.2.4 */
const contentConditions: ReadonlySet<string> = new Set([
  'valid-calendar-data',
  'valid-calendar-object-resource',
  'supported-calendar-component',
  'supported-calendar-data',
  'calendar-collection-location-ok',
  'max-resource-size',
  'min-date-time',
  'max-date-time',
  'max-instances',
  'max-attendees-per-instance',
  'allowed-organizer-scheduling-object-change',
  'allowed-attendee-scheduling-object-change',
  'same-organizer-in-all-components',
  ...uidConditions,
])
