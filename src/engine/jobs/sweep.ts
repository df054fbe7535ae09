import * as z from 'zod'
import { isSyncError } from '../../errors.js'
import type { UserId } from '../../model/ids.js'
import type { Job, JobEnd, NewJob } from '../../scheduler/scheduler.js'
import type { Engine } from '../engine.js'
import { noticedGroups } from '../notices.js'
import { findMany, readAll } from '../records.js'
import { syncKey, upkeepKey } from './jobs.js'
import { gridAt, scheduledAt } from './pace.js'

const dayMs = 86_400_000
const usersAtOnce = 100

/** Looks after every user's jobs; one for all workers. */
export const sweepJobOf = (now: number): NewJob => ({
  ...{ key: 'sweep', tenant: '~calweave/sweep', kind: 'sweep', data: {}, urgency: 'upkeep', at: now },
})

/**
 * Gives every group that is to run by itself the job that it lacks: at the first start over a storage, after the queue was
 * lost or put back to an older state, and where a change was made and its job was not. A page of users at a time.
 */
export async function sweepJob(engine: Engine, job: Job, signal: AbortSignal): Promise<JobEnd> {
  const { after } = sweepData.parse(job.data)
  const page = await engine.storage.users({ limit: usersAtOnce, ...(after === undefined ? {} : { after }) })
  for (const user of page.users) {
    if (signal.aborted) return { type: 'again', at: engine.now(), urgency: 'upkeep', data: job.data }
    if (!user.startsWith('~calweave/')) await ensureOrTell(engine, user)
  }
  const now = engine.now()
  if (page.next !== undefined) return { type: 'again', at: now, urgency: 'upkeep', data: { after: page.next } }
  return { type: 'again', at: gridAt(job.key, dayMs, now + dayMs / 2), urgency: 'upkeep', data: {} }
}

/** A user whose records are damaged does not keep the others from their jobs; a storage that is away does. */
async function ensureOrTell(engine: Engine, user: UserId): Promise<void> {
  try {
    await ensureJobs(engine, user)
  } catch (error) {
    if (isSyncError(error) && error.remedy === 'retry') throw error
    engine.jobs.onError?.(error)
  }
}

/** Also one that is dead is there: it waits for a person, and not for a sweep. */
async function ensureJobs(engine: Engine, user: UserId): Promise<void> {
  const { jobs, storage } = engine
  const now = engine.now()
  let hasGroups = false
  for await (const page of readAll(storage, user, 'group'))
    for (const { value: group } of page) {
      hasGroups = true
      const at = group.baseline === 'pending' ? now : scheduledAt(group, now, { isPushed: false, isFresh: false })
      if (at === undefined || group.schedule === 'manual' || (await jobs.find(syncKey(user, group.id)))) continue
      await jobs.sync(user, group.id, group.baseline === 'pending' ? 'import' : 'schedule', at)
    }
  if (!hasGroups) return
  if (!(await jobs.find(upkeepKey(user)))) await jobs.upkeep(user, gridAt(upkeepKey(user), dayMs, now))
  const noticed = (await noticedGroups(engine, user)).map(({ groupId }) => groupId)
  const pulses = await findMany(storage, user, 'pulse', noticed)
  await jobs.pushed(
    user,
    noticed.filter((groupId) => pulses.get(groupId)?.value.givenUp === undefined),
  )
}

const sweepData = z.object({ after: z.string().optional() })
