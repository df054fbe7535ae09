import { isSyncError, type SyncErrorCode } from '../../errors.js'
import { type Failure, failureOf } from '../../model/failure.js'
import type { GroupId, UserId } from '../../model/ids.js'
import { type Pulse, pulseAfter, pulseAfterBreak } from '../../model/pulse.js'
import type { Run } from '../../model/run.js'
import type { RunContext } from '../context.js'
import type { Engine } from '../engine.js'
import { find, put } from '../records.js'
import { tellNow } from './reconciling.js'

/**
 * Writes down what a run did, and that it happened, and sees that people are told. A run that found nothing and looks like
 * the one before leaves no trace, but for the pulse once an hour.
 */
export async function keepRun(context: RunContext, run: Run, isQuiet: boolean): Promise<void> {
  const { engine, user, group } = context
  const mood = moodOf(run)
  // One that could not be read before and can be read now is news.
  const isRecovering = [...context.calendars.values()].some(({ pull }) => pull.failure !== undefined)
  if (isQuiet && !isRecovering && engine.pulses.isFresh(user, group.id, mood, run.endedAt)) return
  const before = (await find(engine.storage, user, 'pulse', group.id))?.value
  const pulse = pulseAfter(before, run, {
    calendarIds: group.members.map(({ calendarId }) => calendarId),
    leftOut: [...context.blocked].flatMap(([id, { code }]) => (code === 'paused' ? id : [])),
    settled: context.settled,
    troubled: mood !== '' || run.counts.parked + run.counts.failed > 0,
  })
  await context.commit([...(isQuiet ? [] : [put('run', run)]), put('pulse', pulse)])
  engine.pulses.wrote(user, group.id, mood, run.endedAt)
  // Once in an hour whatever was found: the run before may have died of what it should have told.
  if (!pulse.troubled && engine.pulses.isTold(user, group.id, run.endedAt)) return
  const left = await tellNow(engine, user, group.id)
  if (left === undefined) return engine.pulses.forget(user, group.id)
  engine.pulses.told(user, group.id, run.endedAt)
  const troubled = left > 0 || mood !== ''
  if (troubled !== pulse.troubled) await context.commitUnlessStale([put('pulse', { ...pulse, troubled })])
}

/** What lasts of a run's troubles, as a text: two runs with the same troubles tell the same. */
function moodOf({ counts, failures }: Run): string {
  const failing = failures.map(({ calendarId, failure }) => `${calendarId} ${failure.code}`).sort()
  return counts.held === 0 && failing.length === 0 ? '' : JSON.stringify([counts.held, ...failing])
}

/** Remembers that a run broke off, where that is no fault of the storage. What cannot be remembered is told once more. */
export async function noteBreak(engine: Engine, user: UserId, groupId: GroupId, error: unknown): Promise<void> {
  engine.pulses.forget(user, groupId)
  if (isSyncError(error) && passing.has(error.code)) return
  await noted(engine, user, groupId, (before) => pulseAfterBreak(before, groupId, failureOf(error, engine.now())))
}

/** Remembers that the job of a group waits for a person. False: that was so already. */
export async function noteGivenUp(engine: Engine, user: UserId, groupId: GroupId, failure: Failure): Promise<boolean> {
  engine.pulses.forget(user, groupId)
  let isNews = true
  await noted(engine, user, groupId, (before) => {
    isNews = before?.givenUp === undefined
    return {
      ...pulseAfterBreak(before, groupId, failure),
      ...(before?.failing ? { failing: before.failing } : {}),
      givenUp: failure,
    }
  })
  return isNews
}

/** Remembers that a person has it tried again. */
export function noteRetry(engine: Engine, user: UserId, groupId: GroupId): Promise<void> {
  return noted(engine, user, groupId, (before) => {
    if (!before?.givenUp) return undefined
    const { givenUp: _over, ...rest } = before
    return rest
  })
}

/** No lease keeps others off, so a group that is gone by now must not come back with this. What fails here is no matter. */
async function noted(
  engine: Engine,
  user: UserId,
  groupId: GroupId,
  change: (before: Pulse | undefined) => Pulse | undefined,
): Promise<void> {
  try {
    const before = await find(engine.storage, user, 'pulse', groupId)
    const pulse = change(before?.value)
    if (!pulse || !(await find(engine.storage, user, 'group', groupId))) return
    await engine.storage.commit(user, { changes: [put('pulse', pulse, before?.version ?? 0)] })
    await tellNow(engine, user, groupId)
  } catch {
    // Whatever brought us here is what counts, and the next time tells of it once more.
  }
}

/** Not of the group: the storage is away, another worker took over, somebody cancelled it, there is no such group. */
const passing: ReadonlySet<SyncErrorCode> = new Set([
  ...(['aborted', 'lease_lost', 'stale_version', 'invalid_input'] as const),
  ...(['storage_failed', 'storage_foreign', 'storage_newer'] as const),
])
