import { errorCodes, SyncError, type SyncErrorCode, throwIfAborted } from '../../errors.js'
import type { CreateKey, RemoteCalendarId, RemoteId } from '../../model/ids.js'

/** What is about to happen, or has just happened. `page` is one page of a listing that `changes` began. */
export interface MemoryCall {
  readonly method: 'listCalendars' | 'changes' | 'page' | 'fetch' | 'create' | 'update' | 'remove'
  /** `before`: nothing was done yet. `after`: it was done or refused, and the caller does not know yet. */
  readonly phase: 'before' | 'after'
  readonly account: string
  readonly calendar?: RemoteCalendarId
  readonly id?: RemoteId
  readonly key?: CreateKey
}

/** What goes wrong with a call. */
export interface Fault {
  readonly code: SyncErrorCode
  readonly retryAfterMs?: number
  readonly reason?: string
}

/**
 * Stands before and after every call. It may wait as long as it likes, which is how a simulator decides the order of
 * things: between the two gates nothing else can happen.
 *
 * A fault `before`: the call fails with that code and nothing was done. A fault `after`: it was done, and the answer is
 * lost; a code that promises that nothing landed becomes `timeout`. A rejection of the gate itself goes to the caller as
 * it is, so that a simulator can end a worker with it.
 */
export type Gate = (call: MemoryCall) => Promise<'ok' | Fault>

/** One call: gate, effect, gate. A refusal too is told only after the second gate. */
export async function throughGate<T>(
  gate: Gate | undefined,
  call: Omit<MemoryCall, 'phase'>,
  signal: AbortSignal | undefined,
  effect: () => T,
): Promise<T> {
  await pass(gate, { ...call, phase: 'before' }, signal)
  const outcome = attempt(effect)
  await pass(gate, { ...call, phase: 'after' }, signal)
  return outcome()
}

/** @throws SyncError what the gate says, or `aborted`. */
export async function pass(gate: Gate | undefined, call: MemoryCall, signal: AbortSignal | undefined): Promise<void> {
  throwIfAborted(signal)
  if (gate === undefined) return
  const answer = await unlessAborted(gate(call), signal)
  if (answer === 'ok') return
  const code = call.phase === 'after' && errorCodes[answer.code].landed === 'no' ? 'timeout' : answer.code
  throw new SyncError(code, `The memory service was told to fail here (${call.method}, ${call.phase}).`, {
    ...(answer.retryAfterMs !== undefined && { retryAfterMs: answer.retryAfterMs }),
    ...(answer.reason !== undefined && { reason: answer.reason }),
  })
}

function attempt<T>(effect: () => T): () => T {
  try {
    const value = effect()
    return () => value
  } catch (error) {
    return () => {
      throw error
    }
  }
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  let stop: (() => void) | undefined
  const aborted = new Promise<void>((resolve) => {
    stop = resolve
    signal.addEventListener('abort', stop)
  })
  try {
    const value = await Promise.race([work, aborted.then(() => throwIfAborted(signal))])
    throwIfAborted(signal)
    return value as T
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop)
  }
}
