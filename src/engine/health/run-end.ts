import { isSyncError, type SyncErrorCode } from '../../errors.js'
import { failureOf } from '../../model/failure.js'
import type { GroupId, UserId } from '../../model/ids.js'
import { pulseAfter, pulseAfterBreak } from '../../model/pulse.js'
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
  try {
    const before = await find(engine.storage, user, 'pulse', groupId)
    const pulse = pulseAfterBreak(before?.value, groupId, failureOf(error, engine.now()))
    await engine.storage.commit(user, { changes: [put('pulse', pulse, before?.version ?? 0)] })
  } catch (another) {
    if (!isSyncError(another)) throw another
  }
}

/** Not of the group: the storage is away, another worker took over, somebody cancelled it, there is no such group. */
const passing: ReadonlySet<SyncErrorCode> = new Set([
  ...(['aborted', 'lease_lost', 'stale_version', 'invalid_input'] as const),
  ...(['storage_failed', 'storage_foreign', 'storage_newer'] as const),
])
