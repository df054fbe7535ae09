import type { ShownEvent } from '../merge/absorb.js'
import type { CalendarId } from '../model/ids.js'
import type { SyncedEvent } from '../model/synced-event.js'
import type { RunContext } from './context.js'
import { arrivalId, findMany, type Observed, observedId, readPage, under, type Versioned } from './records.js'

/** The mirror of one copy. */
export interface Mirrored extends Versioned<Observed> {
  /** It looks like an older state, and nobody could be asked yet. */
  readonly isDoubtful?: true
}

/** The mirrors of all copies of these events. */
export async function mirrorOf(
  items: readonly Versioned<SyncedEvent>[],
  context: RunContext,
): Promise<ReadonlyMap<string, Mirrored>> {
  const { storage, user, group } = context
  const copies = items.flatMap(({ value }) =>
    Object.values(value.replicas).flatMap(({ calendarId, remoteId }) => (remoteId ? [{ calendarId, remoteId }] : [])),
  )
  const idOf = ({ calendarId, remoteId }: Copy) => observedId(calendarId, remoteId)
  const rows: Map<string, Mirrored> = await findMany(storage, user, 'observed', copies.map(idOf))
  const doubts = await readPage(storage, user, 'inbox', { index: 'confirm', ...under(group.id), limit: 1 })
  if (doubts.items.length === 0) return rows
  const arrivals = await findMany(
    storage,
    user,
    'inbox',
    copies.map(({ calendarId, remoteId }) => arrivalId(group.id, calendarId, remoteId)),
  )
  for (const { value } of arrivals.values()) {
    const row = rows.get(idOf(value))
    if (row && value.confirm && value.change === 'shown') rows.set(idOf(value), { ...row, isDoubtful: true })
  }
  return rows
}

type Copy = Pick<Observed, 'calendarId' | 'remoteId'>

/** One event's own mirrors, by calendar. */
export function rowsOf(event: SyncedEvent, rows: ReadonlyMap<string, Mirrored>): ReadonlyMap<CalendarId, Mirrored> {
  const own = new Map<CalendarId, Mirrored>()
  for (const { calendarId, remoteId } of Object.values(event.replicas)) {
    const row = remoteId && rows.get(observedId(calendarId, remoteId))
    if (row) own.set(calendarId, row)
  }
  return own
}

/** What the mirror holds of an event, as the merge reads it. What cannot be read or believed now is not in it. */
export function shownOf(
  event: SyncedEvent,
  rows: ReadonlyMap<CalendarId, Mirrored>,
): ReadonlyMap<CalendarId, ShownEvent> {
  const shown = new Map<CalendarId, ShownEvent>()
  for (const [calendarId, { value, version, isDoubtful }] of rows) {
    if (!value.event || isDoubtful) continue
    const { content, revision, stamps, readOnly, lockedFields } = value.event
    shown.set(calendarId, {
      content,
      ...(revision === undefined ? {} : { revision }),
      changedAt: stamps.updated === null ? null : Date.parse(stamps.updated),
      newer: version !== event.replicas[calendarId]?.attempt?.mirrorVersion,
      readOnly: readOnly === true,
      ...(lockedFields === undefined ? {} : { locked: lockedFields }),
    })
  }
  return shown
}
