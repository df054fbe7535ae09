import type { ShownEvent } from '../merge/absorb.js'
import type { CalendarId } from '../model/ids.js'
import type { SyncedEvent } from '../model/synced-event.js'
import type { RunContext } from './context.js'
import { findMany, type Observed, observedId, type Versioned } from './records.js'

/** The mirrors of all copies of these events. */
export async function mirrorOf(
  items: readonly Versioned<SyncedEvent>[],
  context: RunContext,
): Promise<ReadonlyMap<string, Versioned<Observed>>> {
  const ids = items.flatMap(({ value }) =>
    Object.values(value.replicas).flatMap(({ calendarId, remoteId }) =>
      remoteId ? [observedId(calendarId, remoteId)] : [],
    ),
  )
  return findMany(context.storage, context.user, 'observed', ids)
}

/** One event's own mirrors, by calendar. */
export function rowsOf(
  event: SyncedEvent,
  rows: ReadonlyMap<string, Versioned<Observed>>,
): ReadonlyMap<CalendarId, Versioned<Observed>> {
  const own = new Map<CalendarId, Versioned<Observed>>()
  for (const { calendarId, remoteId } of Object.values(event.replicas)) {
    const row = remoteId && rows.get(observedId(calendarId, remoteId))
    if (row) own.set(calendarId, row)
  }
  return own
}

/** What the mirror holds of an event, as the merge reads it. What cannot be read now is not in it. */
export function shownOf(
  event: SyncedEvent,
  rows: ReadonlyMap<CalendarId, Versioned<Observed>>,
): ReadonlyMap<CalendarId, ShownEvent> {
  const shown = new Map<CalendarId, ShownEvent>()
  for (const [calendarId, { value, version }] of rows) {
    if (!value.event) continue
    const { content, revision, stamps, readOnly } = value.event
    shown.set(calendarId, {
      content,
      ...(revision === undefined ? {} : { revision }),
      changedAt: stamps.updated === null ? null : Date.parse(stamps.updated),
      newer: version !== event.replicas[calendarId]?.attempt?.mirrorVersion,
      readOnly: readOnly === true,
    })
  }
  return shown
}
