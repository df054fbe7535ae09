import type { HeldRemovals, SyncGroup } from '../model/group.js'
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
    if (removals === 0 && !held) continue
    if (held?.approved && (await standsFor(held, removals, calendarId, context))) continue
    if (held ? !held.approved && removals > 0 : await exceeds(removals, calendarId, context)) {
      context.counts.held += removals
      if (held?.count !== removals)
        await save(context, hold(context.group, calendarId, removals, held?.since ?? context.engine.now()))
    } else {
      const recent = held ? 0 : recentOf(context, calendarId) + removals
      await save(context, letGo(context.group, calendarId, recent, context.engine.now()))
    }
  }
}

/**
 * An approval stands until what was approved has been taken up: a run may end before that, or not reach the calendar to
 * ask once more. It does not stand for more than a person was told of.
 */
async function standsFor(
  held: HeldRemovals,
  removals: number,
  calendarId: CalendarId,
  context: RunContext,
): Promise<boolean> {
  if (removals > 0) return removals <= held.count
  const doubts = { index: 'confirm', ...exactly(`${context.group.id}/${calendarId}`) }
  for await (const page of readAll(context.storage, context.user, 'inbox', doubts, 500))
    if (page.some(({ value }) => value.change === 'gone')) return true
  return false
}

const dayMs = 86_400_000

/** Removals that went ahead in the last day. A person's approval starts the count anew. */
function recentOf({ group, engine }: RunContext, calendarId: CalendarId): number {
  const recent = group.recentRemovals[calendarId]
  return recent && engine.now() - recent.since < dayMs ? recent.count : 0
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
    await context.commitUnlessStale(unbound.map(({ value, version }) => drop('inbox', value, version)))
    count += page.length - unbound.length
  }
  return count
}

async function exceeds(removals: number, calendarId: CalendarId, context: RunContext): Promise<boolean> {
  const { count, share } = context.group.removalGuard
  const recent = recentOf(context, calendarId)
  if (removals + recent < smallest) return false
  let live = 0
  for await (const page of readAll(context.storage, context.user, 'replica', under(calendarId), 1_000))
    live += page.filter(({ value }) => value.groupId === context.group.id).length
  return removals + recent > Math.max(count, share * (live + recent)) || (removals >= live && removals >= smallest)
}

/** Fewer removals than this are always believed, or nobody could clear a calendar of two events. */
const smallest = 3

function hold(group: SyncGroup, calendarId: CalendarId, count: number, since: number): SyncGroup {
  return { ...group, heldRemovals: { ...group.heldRemovals, [calendarId]: { count, since, approved: false } } }
}

function letGo(group: SyncGroup, calendarId: CalendarId, count: number, now: number): SyncGroup {
  const { [calendarId]: _released, ...held } = group.heldRemovals
  const { [calendarId]: before, ...others } = group.recentRemovals
  const since = before && now - before.since < dayMs ? before.since : now
  return {
    ...group,
    heldRemovals: held,
    recentRemovals: count > 0 ? { ...others, [calendarId]: { count, since } } : others,
  }
}

async function save(context: RunContext, group: SyncGroup): Promise<void> {
  const current = await find(context.storage, context.user, 'group', group.id)
  if (!current) return
  const { heldRemovals, recentRemovals } = group
  const merged = { ...current.value, heldRemovals, recentRemovals }
  await context.commit([put('group', merged, current.version)])
  context.group = merged
}
