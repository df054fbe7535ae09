import { isSyncError } from '../../errors.js'
import type { SyncGroup } from '../../model/group.js'
import type { CalendarId, UserId } from '../../model/ids.js'
import type { Run } from '../../model/run.js'
import { isProven } from '../../model/watch.js'
import type { Job, JobEnd } from '../../scheduler/scheduler.js'
import type { Engine } from '../engine.js'
import { find, findMany, padded, readPage } from '../records.js'
import { runGroup } from '../run.js'
import { type AfterRun, afterError, afterRun, budgetOf, type Remembered } from './after-run.js'
import { giveUp } from './giving-up.js'
import { intervalOf, scheduledAt } from './pace.js'
import { syncData } from './sync-data.js'

/** How one slice of a sync is done. */
export interface Slice {
  readonly budgetMs: number
  readonly signal: AbortSignal
}

/**
 * One slice of the sync of one group, and when the next one is. Bears being called twice, late, and for a group that is
 * gone: what is to be done is read from the storage, and the job only says that it is time to look.
 */
export async function syncJob(engine: Engine, job: Job, { budgetMs, signal }: Slice): Promise<JobEnd> {
  const { user, group: groupId, tries = 0, stuck = 0 } = syncData.parse(job.data)
  const remembered: Remembered = { tries, stuck }
  let group: SyncGroup | undefined
  try {
    group = (await find(engine.storage, user, 'group', groupId))?.value
    if (!group) return { type: 'done' }
    const limits = { signal, budgetMs: budgetOf(budgetMs, remembered), cause: job.urgency }
    const run = await runGroup(engine, user, groupId, limits)
    return afterRun({ job, group, run, remembered, ...(await whatIsLeft(engine, user, group, run)) })
  } catch (error) {
    if (group && isSyncError(error, 'paused')) return whilePaused(group, engine.now())
    const end = afterError(error, job, group ? intervalOf(group) : 900_000, engine.now())
    if (end.type === 'dead') await giveUp(engine, user, groupId, end.failure)
    return end
  }
}

/** Comes by all the same: should the end of the pause not have reached the queue, nothing is lost but a while. */
function whilePaused(group: SyncGroup, now: number): JobEnd {
  const at = scheduledAt(group, now, { isPushed: true, isFresh: true })
  return at === undefined ? { type: 'done' } : { type: 'again', at, urgency: 'schedule' }
}

type Left = Pick<AfterRun, 'now' | 'isPushed' | 'isLeft' | 'nextDue' | 'notBefore'>

/** What the pace of the next run depends on. After a run that left nothing one question, about the watches. */
async function whatIsLeft(engine: Engine, user: UserId, group: SyncGroup, run: Run): Promise<Left> {
  const now = engine.now()
  if (run.end !== 'finished') return { now, isPushed: false, isLeft: false, notBefore: new Map() }
  const due = run.more ? await dueOf(engine, user, group, now) : { isLeft: false }
  return {
    now,
    ...due,
    isPushed: await isPushed(engine, user, group, now),
    notBefore: await askedToWait(engine, user, run),
  }
}

/** When events that back off are tried again. Those that are due already wait for a calendar, or stood in a way. */
async function dueOf(
  engine: Engine,
  user: UserId,
  { id }: SyncGroup,
  now: number,
): Promise<Pick<Left, 'isLeft' | 'nextDue'>> {
  const firstFrom = async (from: string) => {
    const range = { index: 'due', from, to: `${id}/~`, limit: 1 }
    return (await readPage(engine.storage, user, 'event', range)).items[0]?.value.due ?? undefined
  }
  const first = await firstFrom(`${id}/`)
  if (first !== undefined && first > now) return { isLeft: false, nextDue: first }
  const nextDue = first === undefined ? undefined : await firstFrom(`${id}/${padded(now + 1)}`)
  return { isLeft: true, ...(nextDue === undefined ? {} : { nextDue }) }
}

/** Whether every calendar that is read has a watch of which its service was heard lately. */
async function isPushed(engine: Engine, user: UserId, { schedule, members }: SyncGroup, now: number): Promise<boolean> {
  if (schedule === 'manual' || (schedule && 'cron' in schedule)) return false
  const read = members.flatMap(({ direction, calendarId }) => (direction === 'write' ? [] : [calendarId]))
  const watches = await findMany(engine.storage, user, 'watch', read)
  return read.every((id) => {
    const watch = watches.get(id)?.value
    return watch !== undefined && isProven(watch, now)
  })
}

async function askedToWait(engine: Engine, user: UserId, run: Run): Promise<ReadonlyMap<CalendarId, number>> {
  if (run.failures.length === 0) return new Map()
  const failed = run.failures.map(({ calendarId }) => calendarId)
  const calendars = await findMany(engine.storage, user, 'calendar', failed)
  return new Map([...calendars.values()].map(({ value: { id, pull } }) => [id, pull.notBefore ?? 0]))
}
