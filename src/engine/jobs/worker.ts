import * as z from 'zod'
import { SyncError } from '../../errors.js'
import { failureOf } from '../../model/failure.js'
import type { UserId } from '../../model/ids.js'
import type { Job, JobEnd, JobHandler, WorkOptions } from '../../scheduler/scheduler.js'
import { fullJitter } from '../backoff.js'
import type { Engine } from '../engine.js'
import { checked } from '../input.js'
import { afterError } from './after-run.js'
import { givenUpByQueue } from './giving-up.js'
import { sweepJob, sweepJobOf } from './sweep.js'
import { syncJob } from './sync-job.js'
import { upkeepJob } from './upkeep.js'

/** How much this process takes on. */
export interface StartOptions extends Omit<WorkOptions, 'onGivenUp'> {
  /**
   * How long a sync goes on, in milliseconds, before it gives way to other groups. What is left goes on when they had their
   * turn. @default 30_000
   */
  readonly budgetMs?: number
}

/** Looks how the alert rules stand, for all users at once. */
export type CheckAlerts = () => Promise<unknown>

const alertsMs = 300_000

/** Has this process work at what is due. @throws SyncError `invalid_input` without a scheduler. */
export async function startWork(engine: Engine, given: StartOptions, checkAlerts?: CheckAlerts): Promise<void> {
  const { budgetMs = 30_000, ...options } = checked(startOptions, given, 'options')
  const { jobs } = engine
  const { scheduler } = jobs
  jobs.onError = options.onError
  // A job like any other, so that of many workers that start at once one walks over all users.
  await scheduler.enqueue(sweepJobOf(engine.now()))
  if (checkAlerts) {
    const about = { key: 'alerts', tenant: '~calweave/alerts', kind: 'alerts', data: {} } as const
    await scheduler.enqueue({ ...about, urgency: 'upkeep', at: engine.now() })
  }
  await scheduler.start(jobHandler(engine, budgetMs, checkAlerts), {
    // A worker that is taken for dead loses its jobs when it loses its leases, and not long after.
    silenceMs: engine.leaseMs,
    ...options,
    onGivenUp: (job, failure) => givenUpByQueue(engine, job, failure),
  })
}

/** Does the work of every kind. Never throws: what goes wrong is an answer to the queue. */
function jobHandler(engine: Engine, budgetMs: number, checkAlerts: CheckAlerts | undefined): JobHandler {
  return async (job, signal) => {
    const waitMs = Math.max(0, engine.now() - job.at)
    engine.tell(job.tenant as UserId, { type: 'job.started', urgency: job.urgency, waitMs })
    try {
      if (job.kind === 'alerts' && checkAlerts) {
        await checkAlerts()
        return { type: 'again', at: engine.now() + alertsMs, urgency: 'upkeep' }
      }
      return await work(engine, job, budgetMs, signal)
    } catch (error) {
      if (error instanceof z.ZodError) return { type: 'dead', failure: failureOf(unreadable(), engine.now()) }
      const end = afterError(error, job, job.kind === 'alerts' ? alertsMs : 3_600_000, engine.now())
      // They are everybody's, and there is nobody who would look at them.
      if (end.type !== 'dead') return end
      return { type: 'failed', at: engine.now() + fullJitter(job.key, job.attempt, alertsMs), failure: end.failure }
    }
  }
}

function work(engine: Engine, job: Job, budgetMs: number, signal: AbortSignal): Promise<JobEnd> {
  switch (job.kind) {
    case 'sync':
      return syncJob(engine, job, { budgetMs, signal })
    case 'upkeep':
      return upkeepJob(engine, job, signal)
    case 'sweep':
      return sweepJob(engine, job, signal)
    default:
      // A newer worker beside this one knows what to do.
      return Promise.resolve({ type: 'again', at: engine.now() + 60_000, urgency: job.urgency })
  }
}

function unreadable(): SyncError {
  return new SyncError('invalid_input', 'The data of this job is not what calweave put there. Retry it to replace it.')
}

const startOptions: z.ZodType<StartOptions> = z.strictObject({
  concurrency: z.int().min(1).max(10_000).exactOptional(),
  perTenant: z.int().min(1).max(10_000).exactOptional(),
  silenceMs: z.int().min(1_000).exactOptional(),
  budgetMs: z.int().min(1_000).max(3_600_000).exactOptional(),
  onError: z.custom<(error: unknown) => void>((value) => typeof value === 'function').exactOptional(),
})
