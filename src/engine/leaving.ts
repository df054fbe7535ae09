import { isSyncError, SyncError } from '../errors.js'
import type { Calendar } from '../model/connection.js'
import type { StrategySpec, SyncGroup } from '../model/group.js'
import type { ConnectionId, GroupId, UserId } from '../model/ids.js'
import { type Cleanup, cleanUp } from './cleanup.js'
import type { Engine } from './engine.js'
import type { GroupChanges } from './group-input.js'
import { GroupsHandle } from './groups.js'
import { withLease } from './lease.js'
import { exactly, readAll } from './records.js'

/** What was taken out of one calendar. */
export interface CleanedCalendar extends Cleanup {
  readonly calendarId: Calendar['id']
}

/**
 * Takes the calendars of a connection out of their groups, and our copies out of the calendars. A group that would be left
 * with nothing to keep in step ends; its other calendars stay as they are. What people typed into the copies is carried home
 * first. May be cut off anywhere, and called again.
 */
export async function leaveCalendars(
  engine: Engine,
  user: UserId,
  connectionId: ConnectionId,
): Promise<readonly CleanedCalendar[]> {
  const calendars: Calendar[] = []
  const range = { index: 'connection', ...exactly(connectionId) }
  for await (const page of readAll(engine.storage, user, 'calendar', range))
    calendars.push(...page.map(({ value }) => value))
  const leaving = new Set(calendars.map(({ id }) => id))
  const groups = new GroupsHandle(engine, user)
  for (const group of await groups.list())
    if (group.members.some(({ calendarId }) => leaving.has(calendarId)))
      await leave(group, leaving, groups, engine, user)
  const cleaned: CleanedCalendar[] = []
  for (const { id, access } of calendars)
    if (access === 'write') cleaned.push({ calendarId: id, ...(await cleanUp(engine, user, id)) })
  return cleaned
}

async function leave(
  group: SyncGroup,
  leaving: ReadonlySet<string>,
  groups: GroupsHandle,
  engine: Engine,
  user: UserId,
): Promise<void> {
  const run = await groups.sync(group.id)
  if (run.end === 'busy') throw busy()
  const known = await groups.get(group.id)
  const staying = known.members.filter(({ calendarId }) => !leaving.has(calendarId))
  const isGroup = staying.length > 1 && staying.some(({ direction }) => direction !== 'write')
  if (!isGroup) return groups.remove(group.id, { copies: 'keep' })
  // A run that is under way has the old members in mind, and would write into the calendar once more.
  const done = await withLease(engine, user, `group/${group.id}`, () => change(group.id, leaving, groups))
  if (!done) throw busy()
}

async function change(id: GroupId, leaving: ReadonlySet<string>, groups: GroupsHandle): Promise<true> {
  for (let attempt = 1; ; attempt++)
    try {
      await groups.change(id, without(await groups.get(id), leaving))
      return true
    } catch (error) {
      if (!isSyncError(error, 'stale_version') || attempt === 5) throw error
    }
}

/** The settings of a group without these calendars: neither as members nor in an order of preference. */
function without(group: SyncGroup, leaving: ReadonlySet<string>): GroupChanges {
  const stay = (calendarId: string) => !leaving.has(calendarId)
  const pruned = (specs: readonly StrategySpec[]) =>
    specs.flatMap((spec): StrategySpec[] => {
      if (spec.use !== 'preferCalendar') return [spec]
      const order = spec.order.filter(stay)
      return order.length > 0 ? [{ ...spec, order }] : []
    })
  const fields = Object.entries(group.fieldStrategies).map(([field, specs]) => [field, pruned(specs ?? [])])
  return {
    members: group.members
      .filter(({ calendarId }) => stay(calendarId))
      .map((member) => ({ ...member, strategies: pruned(member.strategies) })),
    strategies: pruned(group.strategies),
    fieldStrategies: Object.fromEntries(fields),
  }
}

function busy(): SyncError {
  return new SyncError(
    'unavailable',
    'A group of this account is being synced right now. Ask again when that has ended.',
  )
}
