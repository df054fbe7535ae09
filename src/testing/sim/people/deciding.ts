import type { UserHandle } from '../../../engine/user.js'
import { isSyncError } from '../../../errors.js'
import type { Conflict } from '../../../model/conflict.js'
import type { Stage } from '../stage.js'
import { nameIn } from '../words.js'

/** A person settles what waits for one while workers are at it; should one of them be quicker, so be it. */
export async function decideInBetween(stage: Stage, groupId: string): Promise<void> {
  try {
    await decide(stage, stage.user(), groupId)
  } catch (error) {
    if (!isSyncError(error)) throw error
    stage.coverage.saw('person', `decides too late: ${error.code}`)
  }
}

/** A person settles what waits for one. True: there was something. */
export async function decide(stage: Stage, user: UserHandle, groupId: string): Promise<boolean> {
  const { random, coverage, truth } = stage
  let decided = false
  for (const conflict of (await user.conflicts.listOpen(groupId)).items) {
    const take = conflict.items.map(({ field, sides }) => [field, random.pick(sides).calendarId])
    decided = true
    if (!(await resolve(stage, user, conflict, Object.fromEntries(take)))) continue
    // Who is asked about a removal may want the event back.
    if (conflict.items.some(({ field }) => field === 'removal')) truth.plainlyRemoved.clear()
    coverage.saw('person', 'resolve a conflict')
  }
  for (const { calendarId, what, approved } of await user.held.list(groupId)) {
    if (approved) continue
    const isMeant = what === 'creations' || random.chance(0.8)
    if (isMeant) await user.held.approve(groupId, { calendarId, what })
    else await user.held.reject(groupId, { calendarId, what })
    // Who says that removals are not meant wants the events back.
    if (!isMeant) for (const removed of [truth.plainlyRemoved, truth.plainlyDetached]) removed.clear()
    if (what === 'removals') truth.answered(calendarId)
    coverage.saw('person', `${isMeant ? 'approve' : 'reject'} ${what}`)
    decided = true
  }
  return decided
}

async function resolve(
  { truth, coverage, scenery }: Stage,
  user: UserHandle,
  { id, groupId, eventId, reopened, items }: Conflict,
  take: Readonly<Record<string, string>>,
): Promise<boolean> {
  if (!reopened) {
    await user.conflicts.resolve(id, take)
    return true
  }
  const { content } = await user.events.get(groupId, eventId)
  try {
    await user.conflicts.resolve(id, take)
  } catch (error) {
    // Of two conflicts of one event the one that keeps it from being synced comes first, and is to be carried out.
    if (isSyncError(error, 'invalid_input')) return false
    throw error
  }
  const name = nameIn(content)
  truth.regretted(name, scenery.groups.length > 1 ? items.map(({ field }) => field) : [])
  if (items.some(({ field }) => field === 'removal')) truth.removed.add(name)
  coverage.saw('person', 'decide anew')
  return true
}
