import type { SyncErrorCode } from '../errors.js'
import type { SyncedEvent } from './synced-event.js'

/**
 * What keeps one event from being in step.
 *
 * - `rewritten`: its calendar changes it after every write, so it is left alone
 * - `stuck`: its calendar refuses it, or has failed it again and again; a person has to look
 * - `waiting`: it is tried again by itself
 */
export type EventTrouble = 'rewritten' | 'stuck' | 'waiting'

/** Undefined for an event of which nothing failed. */
export function troubleOf({ failure, attempts }: Pick<SyncedEvent, 'failure' | 'attempts'>): EventTrouble | undefined {
  if (!failure) return undefined
  if (failure.reason === 'CHURN') return 'rewritten'
  if (ofTheCalendar.has(failure.code)) return 'waiting'
  const isRefused = failure.remedy === 'give_up' || failure.remedy === 'fix_input'
  return isRefused || attempts >= manyAttempts ? 'stuck' : 'waiting'
}

/** About an hour of trying. */
const manyAttempts = 8

/** What is wrong with a whole calendar is told of that calendar, and not once more of each of its events. */
const ofTheCalendar: ReadonlySet<SyncErrorCode> = new Set(['auth_expired', 'calendar_gone', 'rate_limited'])
