import { isSyncError, SyncError } from '../errors.js'

/** When a service that does not answer is left alone. */
export interface BreakerOptions {
  /** After so many failures in a row: no connection, no answer in time, or 5xx. @default 5 */
  readonly failures?: number
  /** For so long at first; twice as long each time when it still does not answer. @default 30_000 */
  readonly firstMs?: number
  /** Never longer than this. @default 600_000 */
  readonly longestMs?: number
}

/** Keeps calls from a service that is down, so that nobody waits for one timeout after the other. */
export interface Breaker {
  /**
   * Makes the call, or refuses it while the service is left alone. After that one call is let through to see.
   * @param hasFailed - whether an answer says that the service is down
   * @throws SyncError `unavailable`, reason `CIRCUIT`, with the time, without having made the call.
   */
  run<T>(work: () => Promise<T>, hasFailed: (answer: T) => boolean): Promise<T>
  /** Nothing where a call would be let through now. @throws SyncError `unavailable` as {@link run} does. */
  check(): void
}

/** @param now - where the current time comes from */
export function circuitBreaker(options: BreakerOptions, now: () => number): Breaker {
  const { failures: most = 5, firstMs = 30_000, longestMs = 600_000 } = options
  let inARow = 0
  let openUntil = 0
  let waitMs = firstMs
  let isTrying = false

  function failed(wasTrial: boolean): void {
    inARow++
    if (!wasTrial && inARow < most) return
    // What was under way when it opened says nothing new.
    if (!wasTrial && now() < openUntil) return
    openUntil = now() + waitMs
    waitMs = Math.min(longestMs, waitMs * 2)
  }

  function succeeded(): void {
    inARow = 0
    openUntil = 0
    waitMs = firstMs
  }

  function check(): void {
    // A clock that went back must not keep a service from being asked.
    if (openUntil - now() > longestMs) openUntil = 0
    if (inARow >= most && (now() < openUntil || isTrying)) throw leftAlone(Math.max(openUntil - now(), firstMs / 10))
  }

  return {
    check,
    async run(work, hasFailed) {
      check()
      const isOpen = inARow >= most
      if (isOpen) isTrying = true
      try {
        const answer = await work()
        if (hasFailed(answer)) failed(isOpen)
        else succeeded()
        return answer
      } catch (error) {
        if (isSyncError(error, 'unavailable') || isSyncError(error, 'timeout')) failed(isOpen)
        throw error
      } finally {
        if (isOpen) isTrying = false
      }
    },
  }
}

function leftAlone(ms: number): SyncError {
  return new SyncError(
    'unavailable',
    'The service has not answered several times in a row, so it is not asked for a while. The sync goes on after that.',
    { reason: 'CIRCUIT', retryAfterMs: ms },
  )
}
