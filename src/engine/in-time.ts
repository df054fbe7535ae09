import { SyncError } from '../errors.js'

/** How long a function of the host may take, and who hears of it when it does not answer. */
export interface InTime {
  readonly ms: number
  /** What it is called, for people. */
  readonly name: string
  readonly signal?: AbortSignal | undefined
  readonly onTimeout: (error: SyncError) => void
}

/**
 * Waits for a function of the host: one that never answers must not keep its worker from everything else, nor from stopping.
 * Its signal is aborted then, and what it comes to afterwards is nobody's concern.
 * @throws SyncError `timeout`, `aborted`, and what it throws.
 */
export async function inTime<T>(
  work: (signal: AbortSignal) => T | Promise<T>,
  { ms, name, signal, onTimeout }: InTime,
): Promise<T> {
  const end = new AbortController()
  const timer = setTimeout(() => {
    const error = new SyncError('timeout', `${name} took too long. It is asked again later.`, { reason: 'CALLBACK' })
    end.abort(error)
    onTimeout(error)
  }, ms)
  const stop = () => end.abort(new SyncError('aborted', `${name} was cut off. It goes on later.`))
  signal?.addEventListener('abort', stop)
  if (signal?.aborted) stop()
  try {
    return await Promise.race([work(end.signal), abortOf(end.signal)])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
}

function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
