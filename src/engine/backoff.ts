import { isSyncError, type SyncErrorCode } from '../errors.js'
import { sha256Hex } from '../model/hash.js'
import type { EventId } from '../model/ids.js'

const firstMs = 15_000
const longestMs = 6 * 3_600_000
/** A refusal is not final: servers are updated, limits are raised. */
const refusedMs = 24 * 3_600_000

const refusals: ReadonlySet<SyncErrorCode> = new Set([
  'event_refused',
  'forbidden',
  'unsupported',
  'invalid_event',
  'limit_exceeded',
])

/**
 * When to try an event again after its n-th failure in a row: doubling, with jitter over half of the time. The jitter
 * comes from the event's id, so that a run can be replayed.
 */
export function retryAt(now: number, eventId: EventId, attempts: number, error: unknown): number {
  if (isSyncError(error) && refusals.has(error.code)) return now + refusedMs
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(attempts, 12))
  const jitter = Number.parseInt(sha256Hex(`${eventId}/${attempts}`).slice(0, 8), 16) / 0xffffffff
  const asked = isSyncError(error) ? (error.retryAfterMs ?? 0) : 0
  return now + Math.max(asked, full / 2 + (full / 2) * jitter)
}

/**
 * How long a group waits after its n-th failure in a row, in milliseconds: any time up to a bound that doubles, so that
 * those whom one outage stopped do not come back together.
 */
export function fullJitter(key: string, tries: number, longestMs: number): number {
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(Math.max(tries, 1) - 1, 20))
  return Math.floor(1_000 + full * (Number.parseInt(sha256Hex(`${key}/${tries}`).slice(0, 8), 16) / 0xffffffff))
}
