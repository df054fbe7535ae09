import { SyncError } from '../errors.js'
import { type Failure, failureOf } from '../model/failure.js'
import type { Json } from '../model/json.js'
import { type Job, type JobEnd, type NewJob, type Urgency, urgencies, workerLost } from './scheduler.js'

/**
 * What becomes of a job, decided without a clock and without a store. Every scheduler keeps its jobs elsewhere, and all of
 * them decide the same.
 */

/** A job that waits, as far as deciding goes. */
export interface Waiting extends NewJob {
  /** How often it was handed out since it last succeeded. */
  readonly attempts: number
  /** How often in a row it was handed out, and its worker died before it wrote an end. */
  readonly lost?: number
  readonly failure?: Failure
}

/** Its place in the order of urgency; 0 is the most urgent. */
export const rankOf = (urgency: Urgency): number => urgencies.indexOf(urgency)

/** @throws SyncError `invalid_input` */
export function checkJob(job: NewJob): void {
  for (const name of ['key', 'tenant', 'kind'] as const)
    if (typeof job[name] !== 'string' || job[name] === '' || job[name].length > 1_000)
      throw new SyncError('invalid_input', `A job needs a ${name} of 1 to 1,000 characters.`)
  if (!urgencies.includes(job.urgency))
    throw new SyncError('invalid_input', `A job needs an urgency: ${urgencies.join(', ')}.`)
  checkTime(job.at)
}

/** Two jobs of one key as one: the earlier time, the higher urgency, the newer data; what was tried is not forgotten. */
export function joined(waiting: Waiting | undefined, job: NewJob): Waiting {
  const { key, tenant, kind, data, urgency, at } = job
  if (!waiting) return { key, tenant, kind, data, urgency, at, attempts: 0 }
  return {
    ...{ key, tenant, kind, data },
    urgency: rankOf(waiting.urgency) < rankOf(urgency) ? waiting.urgency : urgency,
    at: Math.min(waiting.at, at),
    attempts: waiting.attempts,
    ...(waiting.lost ? { lost: waiting.lost } : {}),
    ...(waiting.failure === undefined ? {} : { failure: waiting.failure }),
  }
}

/** What is left of a job after an attempt. */
export type Left =
  | { readonly state: 'over' }
  | { readonly state: 'waiting'; readonly job: Waiting }
  | { readonly state: 'dead'; readonly job: Waiting }

/**
 * @param worked - The job as it was handed out; `attempts` counts this attempt, too.
 * @param meanwhile - What was enqueued under its key since then.
 */
export function leftOf(worked: Waiting, meanwhile: NewJob | undefined, end: JobEnd): Left {
  switch (end.type) {
    case 'done':
      return meanwhile ? { state: 'waiting', job: joined(undefined, meanwhile) } : { state: 'over' }
    case 'again': {
      const { key, tenant, kind } = worked
      const next: NewJob = { key, tenant, kind, data: end.data ?? worked.data, urgency: end.urgency, at: end.at }
      return {
        state: 'waiting',
        job: meanwhile ? joined({ ...next, attempts: 0 }, meanwhile) : joined(undefined, next),
      }
    }
    case 'failed': {
      const { lost: _answered, ...rest } = worked
      const next: Waiting = { ...rest, at: end.at, failure: end.failure }
      return { state: 'waiting', job: meanwhile ? joined(next, meanwhile) : next }
    }
    case 'dead': {
      const { lost: _answered, ...rest } = worked
      // What ends its workers would end one with every push. Only what is enqueued from now on is meant in spite of that.
      if (end.failure.reason === workerLost) {
        const dead = { ...worked, failure: end.failure }
        return { state: 'dead', job: meanwhile ? joined(dead, meanwhile) : dead }
      }
      const next: Waiting = { ...rest, failure: end.failure }
      // Enqueueing brings a dead one back to life, also when it came a moment before the end.
      return meanwhile
        ? { state: 'waiting', job: joined({ ...next, at: meanwhile.at }, meanwhile) }
        : { state: 'dead', job: next }
    }
    default:
      return end satisfies never
  }
}

/**
 * What is left of a job of which nothing was done.
 * @param worked - The job as it was handed out.
 * @param meanwhile - What was enqueued under its key since then; it does not bring forward what is put back for later.
 */
export function putBack(worked: Waiting, meanwhile: NewJob | undefined, later: PutBack | undefined): Waiting {
  const before = { ...worked, attempts: worked.attempts - 1 }
  const job = meanwhile ? joined(before, meanwhile) : before
  return later ? { ...job, at: later.at, failure: later.failure } : job
}

/** So often in a row a worker may die with a job. */
const mostLost = 5

/** What is to be done with a job whose worker died, before anybody is given it. */
export type AfterLoss = { readonly type: 'dead'; readonly failure: Failure } | PutBack

/** Until when a job waits that nobody did anything with, and why. */
export interface PutBack {
  readonly type: 'put back'
  readonly at: number
  readonly failure: Failure
}

/**
 * A job may be what its workers die of. The first time it is handed out anew at once: machines do fail. Then it waits for a
 * while, which differs from job to job, so that those that only were there when it happened go their own way and come to their
 * end. After five times it is dead. Undefined: it is to be handed out.
 * @param lost - How often in a row its workers died, the last one too; 0 when the last one wrote what came of it.
 * @param random - From 0 to 1.
 */
export function afterLoss(lost: number, now: number, random: number): AfterLoss | undefined {
  if (lost >= mostLost) return { type: 'dead', failure: failureOf(endedWithIt(lost), now) }
  if (lost < 2) return undefined
  const at = now + Math.floor(random * 15_000 * 2 ** lost)
  return { type: 'put back', at, failure: failureOf(died(lost), now) }
}

function died(lost: number): SyncError {
  return new SyncError(
    'unavailable',
    `The process that worked at this ended ${lost} times in a row. It is tried again.`,
    {
      reason: workerLost,
    },
  )
}

function endedWithIt(lost: number): SyncError {
  return new SyncError(
    'limit_exceeded',
    `The process that worked at this ended ${lost} times in a row, e.g. for want of memory. Find out why, then retry it.`,
    { reason: workerLost },
  )
}

/** The job as workers and people see it. `attempt` counts from 1, also for one that was never handed out. */
export function shownJob(waiting: Waiting, attempt: number): Job {
  const { key, tenant, kind, data, urgency, at, failure } = waiting
  return { key, tenant, kind, data, urgency, at, attempt, ...(failure === undefined ? {} : { failure }) }
}

/** What an attempt came to whose handler threw: tried again after 30 s, then twice as long each time, an hour at most. */
export function thrown(error: unknown, attempt: number, now: number): JobEnd {
  const failure = failureOf(error, now)
  const asked = (error as { retryAfterMs?: unknown } | null | undefined)?.retryAfterMs
  const wait = Math.min(3_600_000, 30_000 * 2 ** Math.min(attempt - 1, 10))
  return {
    type: 'failed',
    at: now + Math.max(wait, typeof asked === 'number' ? Math.min(asked, 3_600_000) : 0),
    failure,
  }
}

/** What a handler returned, or a failure where that is none: a job must not be lost because of a slip in a handler. */
export function checkedEnd(end: JobEnd, attempt: number, now: number): JobEnd {
  try {
    if (end.type === 'again' || end.type === 'failed') checkTime(end.at)
    if (end.type === 'again' && !urgencies.includes(end.urgency)) throw badEnd()
    if (!['done', 'again', 'failed', 'dead'].includes(end.type)) throw badEnd()
    return end
  } catch {
    return thrown(badEnd(), attempt, now)
  }
}

/** JSON as every storage gives it back. */
export const plainJson = (value: unknown): Json => JSON.parse(JSON.stringify(value ?? null)) as Json

function checkTime(at: number): void {
  if (!Number.isFinite(at) || at < 0 || at > 8.64e15)
    throw new SyncError('invalid_input', 'The time of a job is a number of milliseconds since 1970.')
}

function badEnd(): SyncError {
  return new SyncError('invalid_input', 'The handler of jobs returned no JobEnd. The job is tried again later.')
}
