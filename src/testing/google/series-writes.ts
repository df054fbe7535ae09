import { slotOf } from '../../model/recurrence.js'
import { parseCompact } from '../../model/time.js'
import { equal } from '../fakes/json.js'
import type { CalendarStore } from './calendar-store.js'
import type { GoogleEvent } from './resources.js'
import { hasOccurrence, slotOfException } from './series.js'
import { modelTime } from './times.js'

/** Writes an event: a part of a series together with the whole of it, and anything else for itself. */
export function keepEvent(calendar: CalendarStore, id: string, data: GoogleEvent, quietly = false): void {
  const before = calendar.find(id)?.data
  const masterId = data.recurringEventId
  // Who is invited to one occurrence has it without its series.
  if (masterId !== undefined && calendar.find(masterId))
    writeSeries({ calendar, masterId, exceptions: new Map([[id, data]]), quietly })
  else if (before && (before.recurrence || data.recurrence) && data.status !== 'cancelled')
    writeSeries({ calendar, masterId: id, master: data, quietly })
  else calendar.put(id, data, { quietly })
}

/** A change of one series: its new master, new exceptions, or both. */
interface SeriesChange {
  readonly calendar: CalendarStore
  readonly masterId: string
  readonly master?: GoogleEvent
  readonly exceptions?: ReadonlyMap<string, GoogleEvent>
  /** Only reminders change. */
  readonly quietly?: boolean
}

/**
 * Writes a change of a series. Master and exceptions are one document at Google: answers of 2025 show them all with one
 * version and one time of change, and a change of one of them lists all of them again.
 */
function writeSeries({ calendar, masterId, master, exceptions, quietly = false }: SeriesChange): void {
  const before = calendar.find(masterId)
  if (!before) return
  const after = master ?? before.data
  const options = { stamp: calendar.stamp(), quietly }
  // A series that comes back from the bin brings its exceptions along.
  const isBack = before.data.status === 'cancelled'
  if (master || calendar.sharesVersions) calendar.put(masterId, after, options)
  for (const exception of calendar.exceptionsOf(masterId)) {
    if (exceptions?.has(exception.id)) continue
    const data = inherited(exception.data, before.data, after)
    const kept = isLost(after, data) ? orphan : data
    if (calendar.sharesVersions || isBack || !equal(kept, exception.data)) calendar.put(exception.id, kept, options)
  }
  for (const [id, data] of exceptions ?? []) calendar.put(id, data, options)
  for (const { id, data } of calendar.partsOf(masterId)) if (isFound(after, masterId, id, data)) calendar.forget(id)
}

/** What is left of an exception whose date its series does not have any more: not even the series' name. */
const orphan: GoogleEvent = { status: 'cancelled' }

/** What an exception has never changed, it has from its series. A guess for writes of programs; people's edits do so. */
function inherited(exception: GoogleEvent, before: GoogleEvent, after: GoogleEvent): GoogleEvent {
  const changed: Record<string, unknown> = { ...exception }
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)]) as ReadonlySet<keyof GoogleEvent>) {
    if (own.has(name) || !equal(exception[name], before[name])) continue
    if (after[name] === undefined) delete changed[name]
    else changed[name] = after[name]
  }
  return changed
}

const own: ReadonlySet<string> = new Set([
  ...['start', 'end', 'recurrence', 'recurringEventId', 'originalStartTime', 'status', 'sequence', 'iCalUID'],
])

/** Google does so after "this and following"; that every change of the dates does so is a guess. */
function isLost(master: GoogleEvent, exception: GoogleEvent): boolean {
  if (master.status === 'cancelled') return false
  const isOfKind = (master.start?.date === undefined) === (exception.originalStartTime?.date === undefined)
  if (master.recurrence === undefined || !isOfKind) return true
  const slot = slotOfException(master, exception)
  return slot === undefined || !hasOccurrence(master, slot)
}

/** A date that was lost and is there again is an ordinary one. */
function isFound(master: GoogleEvent, masterId: string, id: string, data: GoogleEvent): boolean {
  if (data.recurringEventId !== undefined || master.recurrence === undefined) return false
  const time = parseCompact(id.slice(masterId.length + 1))
  const slot = time && slotOf(time, modelTime(master.start ?? {}))
  return slot !== undefined && hasOccurrence(master, slot)
}
