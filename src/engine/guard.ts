import type { SyncGroup } from '../model/group.js'
import type { CalendarId } from '../model/ids.js'
import type { RunContext } from './context.js'
import { bindingId, drop, exactly, find, findMany, put, readAll, under } from './records.js'

/**
 * Holds removals when too many come from one calendar at once, or all that it had. They may be meant; but a person
 * who deletes everything can say so, and one whose calendar was emptied by a fault cannot get it back.
 */
export async function guardRemovals(context: RunContext): Promise<void> {
  context.counts.held = 0
  for (const { calendarId } of context.group.members) {
    const removals = await countRemovals(calendarId, context)
    const held = context.group.heldRemovals[calendarId]
    const isTooMany = removals > 0 && !held?.approved && (held ? true : await exceeds(removals, calendarId, context))
    if (isTooMany) {
      context.counts.held += removals
      if (held?.count !== removals)
        await save(context, hold(context.group, calendarId, removals, held?.since ?? context.engine.now()))
    } else if (held && removals === 0) {
      await save(context, release(context.group, calendarId))
    }
  }
}

/** Whether this calendar's removals wait for a person. */
export function holdsRemovals(group: SyncGroup, calendarId: CalendarId): boolean {
  const held = group.heldRemovals[calendarId]
  return held !== undefined && !held.approved
}

/**
 * How many removals wait. What is bound to nothing is no loss to anybody, least of all the echo of a removal that we made
 * ourselves: it is dropped here.
 */
async function countRemovals(calendarId: CalendarId, context: RunContext): Promise<number> {
  const { storage, user, group } = context
  let count = 0
  const range = { index: 'gone', ...exactly(`${group.id}/${calendarId}`) }
  for await (const page of readAll(storage, user, 'inbox', range, 500)) {
    const idOf = ({ value }: (typeof page)[number]) => bindingId(calendarId, value.remoteId, group.id)
    const bound = await findMany(storage, user, 'replica', page.map(idOf))
    const unbound = page.filter((arrival) => !bound.has(idOf(arrival)))
    await context.commit(unbound.map(({ value }) => drop('inbox', value)))
    count += page.length - unbound.length
  }
  return count
}

async function exceeds(removals: number, calendarId: CalendarId, context: RunContext): Promise<boolean> {
  const { count, share } = context.group.removalGuard
  if (removals < smallest) return false
  let live = 0
  for await (const page of readAll(context.storage, context.user, 'replica', under(calendarId), 1_000))
    live += page.filter(({ value }) => value.groupId === context.group.id).length
  return removals >= live || removals > Math.max(count, share * live)
}

/** Fewer removals than this are always believed, or nobody could clear a calendar of two events. */
const smallest = 3

function hold(group: SyncGroup, calendarId: CalendarId, count: number, since: number): SyncGroup {
  return { ...group, heldRemovals: { ...group.heldRemovals, [calendarId]: { count, since, approved: false } } }
}

function release(group: SyncGroup, calendarId: CalendarId): SyncGroup {
  const { [calendarId]: _released, ...rest } = group.heldRemovals
  return { ...group, heldRemovals: rest }
}

async function save(context: RunContext, group: SyncGroup): Promise<void> {
  const current = await find(context.storage, context.user, 'group', group.id)
  if (!current) return
  const merged = { ...current.value, heldRemovals: group.heldRemovals }
  await context.commit([put('group', merged, current.version)])
  context.group = merged
}
