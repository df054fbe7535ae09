import * as z from 'zod'
import type { UserId } from '../../model/ids.js'
import type { Job, JobEnd } from '../../scheduler/scheduler.js'
import { fullJitter } from '../backoff.js'
import type { Engine } from '../engine.js'
import { deliverNotifications } from '../health/delivering.js'
import { NotificationsHandle } from '../health/notifications.js'
import { dropOldHistory } from '../old-history.js'
import { readPage } from '../records.js'
import { WatchesHandle } from '../watches.js'
import { afterError } from './after-run.js'
import { gridAt } from './pace.js'

/** Something that is to be looked after for a user now and then. */
export interface UpkeepTask {
  readonly name: string
  /**
   * Does what is due, and says when it wants to be called again; undefined: once a day is enough. Must bear being called
   * at any time, twice, and cut off anywhere.
   */
  run(scope: UpkeepScope): Promise<number | undefined>
}

export interface UpkeepScope {
  readonly engine: Engine
  readonly user: UserId
  readonly signal: AbortSignal
}

const dayMs = 86_400_000

/** What is looked after, one after the other. */
const upkeepTasks: readonly UpkeepTask[] = [
  {
    name: 'renew watches',
    async run({ engine, user, signal }) {
      await new WatchesHandle(engine, user).renew({ signal })
      const first = await readPage(engine.storage, user, 'watch', { index: 'renew', limit: 1 })
      return first.items[0]?.value.renewAt
    },
  },
  {
    name: 'tell people',
    async run({ engine, user, signal }) {
      await new NotificationsHandle(engine, user).refresh()
      return (await deliverNotifications(engine, user, { signal })).nextAt
    },
  },
  {
    name: 'drop old history',
    async run({ engine, user, signal }) {
      return (await dropOldHistory(engine, user, { signal })).isMore ? engine.now() : undefined
    },
  },
]

/**
 * The upkeep of one user. A task that fails does not keep the others from their turn. Of a user who is gone there is none;
 * the first group or watch of one who comes back brings it back.
 */
export async function upkeepJob(
  engine: Engine,
  job: Job,
  signal: AbortSignal,
  tasks: readonly UpkeepTask[] = upkeepTasks,
): Promise<JobEnd> {
  const { user } = upkeepData.parse(job.data)
  const connections = await readPage(engine.storage, user, 'connection', { limit: 1 })
  if (connections.items.length === 0) return { type: 'done' }
  let next = gridAt(job.key, dayMs, engine.now() + dayMs / 2)
  let failed: JobEnd | undefined
  for (const task of tasks)
    try {
      signal.throwIfAborted()
      next = Math.min(next, (await task.run({ engine, user, signal })) ?? next)
    } catch (error) {
      if (signal.aborted) return { type: 'again', at: engine.now(), urgency: 'upkeep' }
      failed ??= afterError(error, job, dayMs, engine.now())
    }
  const now = engine.now()
  // Watches have to be renewed whatever else is wrong: upkeep is never given up, and what failed does not hold up the others.
  if (failed && 'failure' in failed) {
    const at = Math.min(now + fullJitter(job.key, job.attempt, dayMs), Math.max(next, now + 60_000))
    return { type: 'failed', at, failure: failed.failure }
  }
  if (failed && 'at' in failed) next = Math.min(next, failed.at)
  return { type: 'again', at: Math.max(next, now + 60_000), urgency: 'upkeep' }
}

const upkeepData = z.object({ user: z.string().min(1).max(512) as unknown as z.ZodType<UserId> })
