import type { SyncGroup } from '../model/group.js'
import type { CalendarId } from '../model/ids.js'
import type { SyncedEvent } from '../model/synced-event.js'
import type { RecordChange } from '../storage/storage.js'
import { batches } from './batches.js'
import type { RunContext } from './context.js'
import { drop, inboxUnder, need, put, readAll, readPage, under, type Versioned } from './records.js'

/**
 * After the settings of a group were changed: every event is due once more, and what it had in calendars that left the
 * group is forgotten. Remembers how far it came, so that a run that is cut off does not begin anew.
 *
 * Settings that are changed once more while a run is at it are for the next run: this one knows the members, and what
 * they say, as they were when it began.
 */
export async function reconsider(context: RunContext): Promise<void> {
  const { storage, user } = context
  if (context.group.reconsider === '') await forgetStrangers(context)
  while (context.group.reconsider !== undefined && !context.isOver()) {
    const { group } = context
    const place = group.reconsider
    const range = { ...under(group.id), limit: 200, ...(place ? { after: place } : {}) }
    const page = await readPage(storage, user, 'event', range)
    const { value: current, version } = await need(storage, user, 'group', group.id)
    if (current.reconsider !== place || !hasSameSettings(current, group)) return
    let isWhole = true
    for (const part of batches(page.items.map((item) => ({ changes: reconsidered(item, group) }))))
      if (!(await context.commitUnlessStale(part.flatMap(({ changes }) => changes)))) isWhole = false
    // A person touched one of them meanwhile: this page is looked at once more.
    if (!isWhole) continue
    const { reconsider: _done, ...done } = current
    const next: SyncGroup = page.next === undefined ? done : { ...current, reconsider: page.next }
    if (await context.commitUnlessStale([put('group', next, version)])) {
      const { reconsider: _before, ...same } = context.group
      context.group = next.reconsider === undefined ? same : { ...same, reconsider: next.reconsider }
    }
  }
}

/** Whether nobody changed the settings since this run read them. */
export function hasSameSettings(current: SyncGroup, known: SyncGroup): boolean {
  const settings = ({ members, rules, fieldStrategies, strategies, removal }: SyncGroup) =>
    JSON.stringify([members, rules, fieldStrategies, strategies, removal])
  return settings(current) === settings(known)
}

/** What waits from calendars that left the group. */
async function forgetStrangers(context: RunContext): Promise<void> {
  const { storage, user, group } = context
  const { value: current } = await need(storage, user, 'group', group.id)
  if (!hasSameSettings(current, group)) return
  for await (const page of readAll(storage, user, 'inbox', inboxUnder(group.id), 500)) {
    const strange = page.filter(({ value }) => !isMember(group, value.calendarId))
    await context.commitUnlessStale(strange.map(({ value, version }) => drop('inbox', value, version)))
  }
}

function reconsidered({ value: event, version }: Versioned<SyncedEvent>, group: SyncGroup): readonly RecordChange[] {
  const left = Object.values(event.replicas).filter(({ calendarId }) => !isMember(group, calendarId))
  if (event.state === 'removed' && left.length === 0) return []
  const kept = Object.entries(event.replicas).filter(([calendarId]) => isMember(group, calendarId as CalendarId))
  const due = event.state === 'removed' ? null : 0
  const bindings = left.flatMap(({ calendarId, remoteId }) =>
    remoteId ? [drop('replica', { groupId: group.id, calendarId, remoteId, eventId: event.id })] : [],
  )
  return [put('event', { ...event, replicas: Object.fromEntries(kept), due }, version), ...bindings]
}

function isMember({ members }: SyncGroup, id: CalendarId): boolean {
  return members.some(({ calendarId }) => calendarId === id)
}
