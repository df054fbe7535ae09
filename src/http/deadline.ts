import { SyncError } from '../errors.js'

/** Two clocks over one request, and the caller's own signal. */
export interface Deadline {
  /** Has to be handed to `fetch` itself: the signal of a `Request` loses its source when the garbage is collected. */
  readonly signal: AbortSignal
  /** Rejects when the time is up, also when what is waited for takes no notice of the signal. */
  race<T>(work: Promise<T>): Promise<T>
  /** The same for one part of a body, which may not be silent for too long. */
  nextPart<T>(part: Promise<T>): Promise<T>
  /** The error to throw instead of `cause` when this deadline or the caller ended the request. */
  error(cause: unknown): SyncError | undefined
  stop(): void
}

/**
 * Starts the clocks. A service may think for the whole of `timeoutMs` before it answers, but once it speaks it may fall
 * silent for `idleMs` only; and speaking slowly does not prolong `timeoutMs`.
 */
export function startDeadline(timeoutMs: number, idleMs: number, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController()
  const ended = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true })
  })
  ended.catch(() => undefined) // whoever races against it gets the error; most requests end before
  let passed: SyncError | undefined
  const end = (reason: 'TOTAL' | 'IDLE', message: string) => (): void => {
    passed ??= new SyncError('timeout', message, { reason })
    controller.abort()
  }
  const total = setTimeout(end('TOTAL', `No complete answer within ${timeoutMs} ms. Try again later.`), timeoutMs)
  const silent = end('IDLE', `The answer stopped for ${idleMs} ms before its end. Try again later.`)
  const abort = (): void => controller.abort()
  const race = <T>(work: Promise<T>): Promise<T> => Promise.race([work, ended])
  outer?.addEventListener('abort', abort, { once: true })
  return {
    signal: controller.signal,
    race,
    nextPart(part) {
      const idle = setTimeout(silent, idleMs)
      return race(part).finally(() => clearTimeout(idle))
    },
    error(cause) {
      if (outer?.aborted)
        return new SyncError('aborted', 'The request was cancelled. Run the sync again to go on.', { cause })
      return passed
    },
    stop() {
      clearTimeout(total)
      outer?.removeEventListener('abort', abort)
    },
  }
}
