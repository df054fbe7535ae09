import { isSyncError, type SyncErrorCode } from '../../errors.js'
import { type Failure, failureOf } from '../../model/failure.js'
import type { SyncGroup } from '../../model/group.js'
import type { CalendarId } from '../../model/ids.js'
import type { Json } from '../../model/json.js'
import type { Run } from '../../model/run.js'
import type { Job, JobEnd } from '../../scheduler/scheduler.js'
import { fullJitter } from '../backoff.js'
import { intervalOf, scheduledAt, share } from './pace.js'

/** What a job of a group remembers from one time to the next. Anybody may reset it: it only says how long to wait. */
export interface Remembered {
  /** Runs in a row after which something was left that is to be tried again. */
  readonly tries: number
  /** Runs in a row that used up their time and had nothing to show for it. */
  readonly stuck: number
}

/** What is known when a run has ended. */
export interface AfterRun {
  readonly job: Job
  readonly group: SyncGroup
  readonly run: Run
  readonly now: number
  readonly remembered: Remembered
  readonly isPushed: boolean
  /** When the first of the events that back off is due; absent: none is. */
  readonly nextDue?: number
  /** Something is due already and was left all the same. */
  readonly isLeft: boolean
  /** Calendars of which a service said when to come back. */
  readonly notBefore: ReadonlyMap<CalendarId, number>
}

/** What becomes of the job of a group after a run. Pure. */
export function afterRun(after: AfterRun): JobEnd {
  const { job, run, now } = after
  switch (run.end) {
    case 'busy':
      return again(after, { at: now + 5_000 + Math.floor(15_000 * share(job.key, now)), urgency: job.urgency })
    case 'aborted':
      return again(after, { at: now, urgency: job.urgency })
    case 'budget':
      return sliced(after)
    case 'finished':
      return finished(after)
    default:
      return run.end satisfies never
  }
}

/** How long a run may take: more, where the time was used up again and again before anything was done. */
export function budgetOf(budgetMs: number, { stuck }: Remembered): number {
  return budgetMs * 2 ** Math.min(stuck, 5)
}

/** So often in a row what no time mends may fail before a person is asked. */
const mostAttempts = 8

/** What becomes of a job that threw. A storage or a service that is away comes back; a state that is wrong does not. */
export function afterError(error: unknown, job: Job, intervalMs: number, now: number): JobEnd {
  if (isSyncError(error) && passing.has(error.code))
    return { type: 'again', at: now + Math.floor(5_000 * share(job.key, now)), urgency: job.urgency }
  const failure = lastingOf(error, now)
  const isLasting = !transient.has(failure.code) || failure.reason === unexpected
  if (isLasting && job.attempt >= mostAttempts && isSame(job.failure, failure)) return { type: 'dead', failure }
  const asked = isSyncError(error) ? (error.retryAfterMs ?? 0) : 0
  const wait = fullJitter(job.key, job.attempt, intervalMs)
  return { type: 'failed', at: now + Math.max(asked, wait), failure }
}

const unexpected = 'UNEXPECTED'

/** Of an error that is not ours nothing is kept but that it was none. */
function lastingOf(error: unknown, now: number): Failure {
  const failure = failureOf(error, now)
  return isSyncError(error) ? failure : { ...failure, reason: unexpected }
}

/** The one before was no outage: it takes more than one bad moment after a long one to give a job up. */
function isSame(before: Failure | undefined, { code, reason }: Failure): boolean {
  return before?.code === code && before.reason === reason
}

/** Somebody else goes on, or this process ends. */
const passing: ReadonlySet<SyncErrorCode> = new Set(['aborted', 'lease_lost'])

/** A newer worker can read what this one is too old for. */
const transient: ReadonlySet<SyncErrorCode> = new Set([
  ...(['storage_failed', 'storage_newer', 'storage_foreign', 'stale_version'] as const),
  ...(['unavailable', 'timeout', 'rate_limited', 'invalid_response'] as const),
])

/** There is more to do. The others come first; and where something fails, it has a moment to recover. */
function sliced(after: AfterRun): JobEnd {
  const { run, now, job, remembered } = after
  const { created, updated, removed } = run.counts
  const stuck = created + updated + removed === 0 ? remembered.stuck + 1 : 0
  if (run.failures.length === 0) return again(after, { at: now, urgency: 'import', stuck })
  const tries = remembered.tries + 1
  return again(after, { at: now + fullJitter(job.key, tries, 60_000), urgency: 'import', tries, stuck })
}

function finished(after: AfterRun): JobEnd {
  const { run, now, group, nextDue, isPushed, job } = after
  // Something changed and nobody told us of it: push is not what it seems, and the next look is not put off.
  const isTrusted = isPushed && !(job.urgency === 'schedule' && run.counts.observed > 0)
  const retry = retryAt(after)
  const times = [scheduledAt(group, now, { isPushed: isTrusted, isFresh: true }), nextDue, retry]
  const at = Math.min(...times.map((time) => time ?? Number.POSITIVE_INFINITY))
  if (at === Number.POSITIVE_INFINITY) return { type: 'done' }
  const tries = retry === undefined && !after.isLeft ? 0 : after.remembered.tries + 1
  return again(after, { at: Math.max(at, now + 1_000), urgency: 'schedule', tries })
}

/** So often a group is looked at early although no calendar failed. */
const mostForNothing = 4

/** When what failed is worth another look before the group's next time. */
function retryAt({ run, now, group, job, isLeft, notBefore, remembered }: AfterRun): number | undefined {
  const retried = run.failures.filter(({ failure }) => returning.has(failure.remedy))
  // What is left although every calendar answers was in somebody's way; or it waits for a person, and no retry helps.
  const isInTheWay = isLeft && run.failures.length === 0 && remembered.tries < mostForNothing
  if (retried.length === 0 && !isInTheWay) return undefined
  const backedOff = now + fullJitter(job.key, remembered.tries + 1, intervalOf(group))
  const asked = retried.map(({ calendarId }) => Math.max(notBefore.get(calendarId) ?? 0, now))
  // Each service is asked when it wants to be, or after a while where it did not say.
  const told = asked.filter((time) => time > now)
  return Math.min(...told, ...(told.length < Math.max(1, retried.length) ? [backedOff] : []))
}

/** What a person has to mend waits for the group's next time, and no service is asked in between. */
const returning: ReadonlySet<Failure['remedy']> = new Set(['retry', 'refetch', 'resync'])

function again(
  { job, remembered }: AfterRun,
  next: Pick<JobEnd & { readonly type: 'again' }, 'at' | 'urgency'> & Partial<Remembered>,
): JobEnd {
  const { at, urgency, tries = remembered.tries, stuck = 0 } = next
  const { user, group } = job.data as { readonly user: Json; readonly group: Json }
  return { type: 'again', at, urgency, data: { user, group, tries, stuck } }
}
