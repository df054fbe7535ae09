import { SyncError } from '../../errors.js'
import type { Failure } from '../../model/failure.js'
import type { GroupId, UserId } from '../../model/ids.js'
import { type Job, workerLost } from '../../scheduler/scheduler.js'
import type { Engine } from '../engine.js'
import { noteGivenUp } from '../health/run-end.js'
import { findMany } from '../records.js'
import { syncData } from './sync-data.js'

/**
 * A group is not tried any more. People are told once, until a run has ended or a person had it retried: a push that has it
 * tried once more in between, in vain, is no news.
 */
export async function giveUp(engine: Engine, user: UserId, groupId: GroupId, failure: Failure): Promise<void> {
  if (await noteGivenUp(engine, user, groupId, failure)) engine.tell(user, { type: 'group.givenUp', groupId, failure })
}

/** The queue gives a job up, as it ended one worker after the other. */
export async function givenUpByQueue(engine: Engine, job: Job, failure: Failure): Promise<void> {
  const data = job.kind === 'sync' ? syncData.safeParse(job.data).data : undefined
  if (data) return giveUp(engine, data.user, data.group, failure)
  // Nobody's group: whoever runs the application has to know.
  throw new SyncError('limit_exceeded', `The job ${job.key} was given up. ${failure.message}`, { reason: workerLost })
}

/**
 * Those of these groups that a notice may have tried. What was given up is tried once with every notice, because what changed
 * in a calendar may be what mends it; but not what ended the processes that worked at it.
 */
export async function triable(engine: Engine, user: UserId, groupIds: readonly GroupId[]): Promise<readonly GroupId[]> {
  const pulses = await findMany(engine.storage, user, 'pulse', groupIds)
  return groupIds.filter((groupId) => pulses.get(groupId)?.value.givenUp?.reason !== workerLost)
}
