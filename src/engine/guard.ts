import type { HeldChanges, SyncGroup } from '../model/group.js'
import type { CalendarId } from '../model/ids.js'
import type { RunContext } from './context.js'
import { judgeMark } from './mark.js'
import {
  type Arrival,
  bindingId,
  drop,
  exactly,
  find,
  findMany,
  observedId,
  put,
  readAll,
  readPage,
  under,
  type Versioned,
} from './records.js'

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
      if (held?.count !== removals) await holdNow('removals', calendarId, removals, context)
    } else {
      const recent = held ? 0 : recentOf(context, calendarId) + removals
      await save(context, letGo(context.group, calendarId, recent, context.engine.now()))
    }
  }
}

/**
 * Holds new events when very many come from one calendar at once, after the first sync: an import by mistake, or a
 * calendar full of another program's copies, is not spread before somebody looked.
 */
export async function guardCreations(context: RunContext): Promise<void> {
  if (context.group.baseline === 'pending') return
  for (const { calendarId, direction } of context.group.members) {
    const held = context.group.heldCreations[calendarId]
    if (direction === 'write') {
      if (held) await save(context, letCreationsGo(context.group, calendarId))
      continue
    }
    const { count } = context.group.creationGuard
    const news = await countNews(calendarId, held ? 0 : count, context)
    const stands = held?.approved && news <= held.count
    if (stands && news > 0) continue
    if (news > count || (held && !held.approved && news > 0)) {
      context.counts.held += news
      if (held?.count !== news || held.approved) await holdNow('creations', calendarId, news, context)
    } else if (held) await save(context, letCreationsGo(context.group, calendarId))
  }
}

/** What a person approved has been taken up: it does not stand for what comes after that. */
export async function spendApprovals(context: RunContext): Promise<void> {
  for (const { calendarId } of context.group.members) {
    const removals = context.group.heldRemovals[calendarId]
    if (removals?.approved && (await countRemovals(calendarId, context)) === 0)
      if (!(await standsFor(removals, 0, calendarId, context)))
        await save(context, letGo(context.group, calendarId, 0, context.engine.now()))
    const isSpent = context.group.heldCreations[calendarId]?.approved && (await countNews(calendarId, 0, context)) === 0
    if (isSpent) await save(context, letCreationsGo(context.group, calendarId))
  }
}

/** Whether this calendar's new events wait for a person. */
export function holdsCreations(group: SyncGroup, calendarId: CalendarId): boolean {
  const held = group.heldCreations[calendarId]
  return held !== undefined && !held.approved
}

/** How many events wait that belong to nothing yet; 0 when there are so few arrivals that it does not matter. */
async function countNews(calendarId: CalendarId, few: number, context: RunContext): Promise<number> {
  const { storage, user, group } = context
  const range = { index: 'shown', ...exactly(`${group.id}/${calendarId}`) }
  const first = await readPage(storage, user, 'inbox', { ...range, limit: Math.min(1_000, few + 1) })
  if (first.items.length <= few && first.next === undefined) return 0
  let news = 0
  for await (const page of readAll(storage, user, 'inbox', range, 500)) news += (await newsOf(page, context)).length
  return news
}

/** The arrivals that would become events of their own: bound to nothing, and no copies of ours. */
export async function newsOf(
  page: readonly Versioned<Arrival>[],
  { storage, user, group, engine }: Pick<RunContext, 'storage' | 'user' | 'group' | 'engine'>,
): Promise<readonly Versioned<Arrival>[]> {
  const idOf = ({ calendarId, remoteId }: Arrival) => bindingId(calendarId, remoteId, group.id)
  const bound = await findMany(
    storage,
    user,
    'replica',
    page.map(({ value }) => idOf(value)),
  )
  const rowId = ({ calendarId, remoteId }: Arrival) => observedId(calendarId, remoteId)
  const rows = await findMany(
    storage,
    user,
    'observed',
    page.map(({ value }) => rowId(value)),
  )
  return page.filter(({ value }) => {
    const event = rows.get(rowId(value))?.value.event
    if (bound.has(idOf(value)) || !event) return false
    const mark = judgeMark(event, value.calendarId, engine.secret)
    return mark === 'none' || mark === 'copied'
  })
}

/**
 * An approval stands until what was approved has been taken up: a run may end before that, or not reach the calendar to
 * ask once more. It does not stand for more than a person was told of.
 */
async function standsFor(
  held: HeldChanges,
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

/** Holds them, and tells of it: nobody has said that they are meant. */
async function holdNow(
  what: 'removals' | 'creations',
  calendarId: CalendarId,
  count: number,
  context: RunContext,
): Promise<void> {
  const { group, engine, user } = context
  const held = what === 'removals' ? group.heldRemovals : group.heldCreations
  const since = held[calendarId]?.since ?? engine.now()
  const changed = { ...held, [calendarId]: { count, since, approved: false } }
  await save(context, what === 'removals' ? { ...group, heldRemovals: changed } : { ...group, heldCreations: changed })
  engine.tell(user, { type: 'changes.held', what, groupId: group.id, calendarId, count })
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

function letCreationsGo(group: SyncGroup, calendarId: CalendarId): SyncGroup {
  const { [calendarId]: _released, ...heldCreations } = group.heldCreations
  return { ...group, heldCreations }
}

async function save(context: RunContext, group: SyncGroup): Promise<void> {
  const current = await find(context.storage, context.user, 'group', group.id)
  if (!current) return
  const { heldRemovals, heldCreations, recentRemovals } = group
  const known = context.group
  const merged: SyncGroup = {
    ...current.value,
    heldRemovals: rebased(current.value.heldRemovals, known.heldRemovals, heldRemovals),
    heldCreations: rebased(current.value.heldCreations, known.heldCreations, heldCreations),
    recentRemovals: rebased(current.value.recentRemovals, known.recentRemovals, recentRemovals),
  }
  await context.commit([put('group', merged, current.version)])
  // Settings that were changed meanwhile, and what a person said, are for the next run.
  context.group = { ...known, heldRemovals, heldCreations, recentRemovals }
}

/** What was changed here, calendar by calendar; but what somebody else changed meanwhile stays as they left it. */
function rebased<T>(
  current: Readonly<Record<string, T>>,
  before: Readonly<Record<string, T>>,
  after: Readonly<Record<string, T>>,
): Readonly<Record<string, T>> {
  const result: Record<string, T> = { ...current }
  for (const id of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (before[id] === after[id] || JSON.stringify(current[id]) !== JSON.stringify(before[id])) continue
    const value = after[id]
    if (value === undefined) delete result[id]
    else result[id] = value
  }
  return result
}
