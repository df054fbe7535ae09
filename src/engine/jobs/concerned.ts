import type { CalendarId, ConnectionId, GroupId, UserId } from '../../model/ids.js'
import type { Engine } from '../engine.js'
import { membershipsOf } from '../observe.js'
import { exactly, readAll } from '../records.js'

/** The groups that have a calendar of this connection. */
export async function groupsOfConnection(
  engine: Engine,
  user: UserId,
  connectionId: ConnectionId,
): Promise<readonly GroupId[]> {
  const calendars: CalendarId[] = []
  const range = { index: 'connection', ...exactly(connectionId) }
  for await (const page of readAll(engine.storage, user, 'calendar', range))
    calendars.push(...page.map(({ value }) => value.id))
  return groupsOfCalendars(engine, user, calendars)
}

/** The groups that any of these calendars is in, each once. */
export async function groupsOfCalendars(
  engine: Engine,
  user: UserId,
  calendarIds: readonly CalendarId[],
): Promise<readonly GroupId[]> {
  const found = new Set<GroupId>()
  for (const calendarId of calendarIds)
    for (const { groupId } of await membershipsOf(engine, user, calendarId)) found.add(groupId)
  return [...found]
}
