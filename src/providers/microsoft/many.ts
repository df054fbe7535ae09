import { isSyncError } from '../../errors.js'
import { retryAfterMs } from '../../http/retry-after.js'
import { mostInBatch, readBatch } from './batch.js'
import { type Answered, failure, invalidResponse, isResource, type Resource } from './failure.js'

/** A resource that is read among others. */
export interface BatchedGet {
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
}

/** What one of many was answered. */
export type Read = { readonly type: 'found'; readonly value: Resource } | { readonly type: 'missing' }

/** What {@link readMany} needs. */
export interface ManyOptions {
  /** Sends one batch, and gives its answer. */
  readonly send: (requests: readonly BatchedGet[], signal: AbortSignal | undefined) => Promise<Resource>
  /** Tells the other workers to wait as well. */
  readonly rest?: (ms: number) => void
  readonly now: () => number
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>
}

/**
 * Reads many resources in few requests.
 *
 * Some answers of a batch may be refusals to be busy, or all of them too much at once. Whoever asks for hundreds of events
 * would never come to an end if the first such one cost all the others; so those that came stay, and the rest is asked
 * for again, for as long as any come.
 */
export async function readMany(
  requests: readonly BatchedGet[],
  signal: AbortSignal | undefined,
  { send, rest, now, sleep }: ManyOptions,
): Promise<readonly Read[]> {
  const found: (Read | undefined)[] = requests.map(() => undefined)
  let size = mostInBatch
  let patienceMs = longestWaitMs
  for (;;) {
    const waiting = [...found.keys()].filter((index) => found[index] === undefined).slice(0, size)
    if (waiting.length === 0) return found.filter((one) => one !== undefined)
    const answers = await asked(
      waiting.map((index) => requests[index] as BatchedGet),
      signal,
      send,
    )
    if (answers === 'too large') {
      size = Math.ceil(waiting.length / 2)
      continue
    }
    const refusals: Answered[] = []
    let hasCome = false
    for (const [position, answer] of answers.entries()) {
      if (!answer) continue
      if (busy.has(answer.status)) refusals.push(answer)
      else {
        found[waiting[position] as number] = readOf(answer, now())
        hasCome = true
      }
    }
    const [longest] = refusals.sort((a, b) => waitOf(b, now()) - waitOf(a, now()))
    if (!longest) {
      if (!hasCome) throw invalidResponse('EMPTY_BATCH')
      continue
    }
    const waitMs = waitOf(longest, now())
    patienceMs -= waitMs
    if (longest.headers.has('retry-after')) rest?.(waitMs)
    if (!hasCome || patienceMs < 0) throw failure(longest, 'event', now())
    await sleep(waitMs, signal)
  }
}

/** One batch. A single request that is answered with too much is refused like any. */
async function asked(
  requests: readonly BatchedGet[],
  signal: AbortSignal | undefined,
  send: ManyOptions['send'],
): Promise<readonly (Answered | undefined)[] | 'too large'> {
  try {
    return readBatch(await send(requests, signal), requests.length)
  } catch (error) {
    if (requests.length > 1 && isSyncError(error) && error.reason === 'LIMIT_BYTES') return 'too large'
    throw error
  }
}

function readOf(answer: Answered, now: number): Read {
  if (answer.status === 200) {
    if (!isResource(answer.value)) throw invalidResponse('NOT_JSON')
    return { type: 'found', value: answer.value }
  }
  const error = failure(answer, 'event', now)
  if (error.code === 'not_found') return { type: 'missing' }
  throw error
}

function waitOf({ headers }: Answered, now: number): number {
  return retryAfterMs(headers, now) ?? defaultWaitMs
}

/** What passes by itself. */
const busy: ReadonlySet<number> = new Set([429, 503, 504])

/** Where nobody says how long to wait. */
const defaultWaitMs = 1_000

/** So long one batch and what is left of it may wait; beyond that, others had better go first. */
const longestWaitMs = 20_000
