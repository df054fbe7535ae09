import { SyncError } from '../errors.js'
import { type Failure, failureOf } from '../model/failure.js'
import type { Json } from '../model/json.js'
import { type Job, type JobEnd, type NewJob, type Urgency, urgencies } from './scheduler.js'

/**
 * What becomes of a job, decided without a clock and without a store. Every scheduler keeps its jobs elsewhere, and all of
 * them decide the same.
 */

/** A job that waits, as far as deciding goes. */
export interface Waiting extends NewJob {
  /** How often it was handed out since it last succeeded. */
  readonly attempts: number
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
      const next: Waiting = { ...worked, at: end.at, failure: end.failure }
      return { state: 'waiting', job: meanwhile ? joined(next, meanwhile) : next }
    }
    case 'dead': {
      const next: Waiting = { ...worked, failure: end.failure }
      // Enqueueing brings a dead one back to life, also when it came a moment before the end.
      return meanwhile
        ? { state: 'waiting', job: joined({ ...next, at: meanwhile.at }, meanwhile) }
        : { state: 'dead', job: next }
    }
    default:
      return end satisfies never
  }
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
