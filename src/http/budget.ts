import { SyncError } from '../errors.js'
import { sleep as sleepOnClock } from './sleep.js'

/** Spreads requests so that no stretch of time sees more of them than a service allows. */
export interface Budget {
  /**
   * Waits until so many units may be spent, and spends them.
   * @throws SyncError `rate_limited` when that would take long, with the time; `aborted`.
   */
  spend(units: number, signal?: AbortSignal): Promise<void>
}

export interface BudgetOptions {
  /** Units in a minute. */
  readonly perMinute: number
  /** Over how many minutes the service counts: so many times that many may be spent in any so many minutes. @default 1 */
  readonly minutes?: number
  /** How long a call may wait for its turn. Beyond that, others had better go first. @default 20_000 */
  readonly longestWaitMs?: number
  /** @default Date.now */
  readonly now?: () => number
  /** @default on the wall clock */
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>
}

/**
 * A budget per minute, or per several. A sixth of it may go at once; the rest comes evenly, so that a burst and what follows
 * it stay within the limit together, whichever minutes the service counts.
 * @see ITU-T I.371, the generic cell rate algorithm
 */
export function minuteBudget({
  perMinute,
  minutes = 1,
  longestWaitMs = 20_000,
  now = Date.now,
  sleep = sleepOnClock,
}: BudgetOptions): Budget {
  const allowed = perMinute * minutes
  const burst = allowed / 6
  const msPerUnit = (60_000 * minutes) / (allowed - burst)
  /** When everything that was spent so far is paid for. */
  let paidAt = 0
  return {
    async spend(units, signal) {
      const at = now()
      // Nobody ever owes more than this: the clock went back. All that may go at once counts as spent.
      if (paidAt - at > burst * msPerUnit + longestWaitMs) paidAt = at + burst * msPerUnit
      const next = Math.max(at, paidAt) + units * msPerUnit
      const wait = next - at - burst * msPerUnit
      if (wait > longestWaitMs) {
        throw new SyncError('rate_limited', 'The requests of this minute are used up. The sync goes on after that.', {
          reason: 'BUDGET',
          retryAfterMs: wait,
        })
      }
      paidAt = next
      if (wait > 0) await sleep(wait, signal)
    },
  }
}
