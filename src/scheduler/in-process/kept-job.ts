import type { UserId } from '../../model/ids.js'
import type { Json } from '../../model/json.js'
import type { RecordChange } from '../../storage/storage.js'
import { rankOf, type Waiting } from '../joining.js'
import type { NewJob } from '../scheduler.js'

/** A job as it is kept. */
export interface KeptJob extends Waiting {
  readonly state: 'waiting' | 'running' | 'dead'
  /** The clock when this was written: a time that is later than now shows that the clock went back. */
  readonly setAt: number
  /** Which attempt is under way; nobody else may write its end. */
  readonly claim?: string
  /** When the worker counts as dead, unless it is heard of before. */
  readonly silentAt?: number
  /** What was enqueued while it was being done. */
  readonly meanwhile?: NewJob
  /** It was cancelled while it was being done; only what was enqueued after that is left of it. */
  readonly isCancelled?: true
}

/** A kept job with the version of its record. */
export interface Entry {
  readonly job: KeptJob
  readonly version: number
}

/** Jobs are of no single user. */
export const jobsUser: UserId = '~calweave/jobs' as UserId

export const padded = (time: number): string => String(Math.max(0, Math.floor(time))).padStart(16, '0')

/** All that waits with one urgency, in order of time. */
export const dueFrom = (rank: number, time: number): string => `${rank}/${padded(time)}`
export const dueEnd = (rank: number): string => `${rank}0`

export function putJob(job: KeptJob, expected: number): RecordChange {
  const keys: Record<string, string> = {
    ...(job.state === 'waiting' ? { due: dueFrom(rankOf(job.urgency), job.at) } : {}),
    ...(job.state === 'running' ? { running: padded(job.silentAt ?? 0) } : {}),
    ...(job.state === 'dead' ? { dead: job.tenant } : { set: padded(job.setAt) }),
  }
  return { op: 'put', collection: 'job', id: job.key, value: { ...job } as unknown as Json, keys, expected }
}

export const dropJob = (key: string, expected: number): RecordChange => ({
  op: 'remove',
  collection: 'job',
  id: key,
  expected,
})

/** Only what a job that waits or is dead has; what belonged to the attempt is gone. */
export function settled(state: 'waiting' | 'dead', job: Waiting, setAt: number): KeptJob {
  const { key, tenant, kind, data, urgency, at, attempts, lost, failure } = job
  const optional = { ...(lost ? { lost } : {}), ...(failure ? { failure } : {}) }
  return { key, tenant, kind, data, urgency, at, attempts, ...optional, state, setAt }
}

/**
 * A job that was written when the clock was ahead of now: as if it had been written now. Otherwise a clock that was a year
 * ahead for a moment would have everything wait for a year.
 */
export function broughtBack(job: KeptJob, now: number): KeptJob {
  const by = job.setAt - now
  return {
    ...job,
    at: Math.max(0, Math.min(job.at, Math.max(now, job.at - by))),
    setAt: now,
    ...(job.silentAt === undefined ? {} : { silentAt: job.silentAt - by }),
    ...(job.meanwhile
      ? {
          meanwhile: {
            ...job.meanwhile,
            at: Math.max(0, Math.min(job.meanwhile.at, Math.max(now, job.meanwhile.at - by))),
          },
        }
      : {}),
  }
}
