import { digest } from '../../model/hash.js'
import { addDays, toInstant } from '../../model/time.js'
import type { CalendarStore, StoredEvent } from './calendar-store.js'
import { accepted, patched } from './event-fields.js'
import type { GoogleEvent, GoogleTime } from './resources.js'
import { occurrenceAt, plainOccurrences, slotOfException } from './series.js'
import { keepEvent } from './series-writes.js'
import { modelTime } from './times.js'
import type { Place } from './world.js'

/**
 * "This and following" as the screen does it: the series ends before the occurrence, and a series of another id goes on
 * from there. Changes of later occurrences are lost.
 */
export function splitSeries(
  place: Place,
  series: StoredEvent,
  occurrence: StoredEvent,
  change: GoogleEvent,
): StoredEvent {
  const { world, calendar } = place
  const original = occurrence.data.originalStartTime ?? {}
  const slot = slotOfException(series.data, occurrence.data) ?? ''
  const { recurringEventId: _series, originalStartTime: _slot, ...said } = occurrenceAt(series, slot).data
  // The name of the new series is seen to have the start in UTC, though without a Z.
  const named = `${rootOf(series.id)}_R${(original.date ?? original.dateTime ?? '').replaceAll(/[-:Z]/g, '')}`
  // Who joins the parts and splits them there once more must not lose the first one. Which name Google gives is not known.
  const id = calendar.find(named) ? digest('split', calendar.id, String(calendar.position)).slice(0, 26) : named
  const left = countLeft(calendar, series, original)
  const recurrence = (series.data.recurrence ?? []).map((line) => line.replace(/\bCOUNT=\d+/i, `COUNT=${left}`))
  const next = accepted(patched({ ...said, recurrence, iCalUID: `${id}@google.com` }, change), calendar)
  truncateSeries(place, series, occurrence)
  // Both parts are seen to be of one age, and to change at once.
  const { stamp } = calendar.find(series.id) ?? series
  const stored = calendar.put(id, next, { stamp, created: series.created })
  world.changed(calendar)
  return stored
}

/** Ends a series before an occurrence. One that would be left without any is removed. */
export function truncateSeries({ world, calendar }: Place, series: StoredEvent, occurrence: StoredEvent): void {
  const original = occurrence.data.originalStartTime ?? {}
  const isFirst = (original.date ?? original.dateTime) === (series.data.start?.date ?? series.data.start?.dateTime)
  if (isFirst) calendar.put(series.id, { ...series.data, status: 'cancelled' })
  else {
    const recurrence = (series.data.recurrence ?? []).map((line) => ended(line, original, series.data.start ?? {}))
    keepEvent(calendar, series.id, { ...series.data, recurrence })
  }
  world.changed(calendar)
}

/** A rule that ends with the day before: for times, in the last second of that day on the series' clocks, told in UTC. */
function ended(line: string, original: GoogleTime, start: GoogleTime): string {
  if (!/^RRULE:/i.test(line)) return line
  const time = modelTime({ ...start, ...original })
  const until =
    time.kind === 'date'
      ? addDays(time.date, -1).replaceAll('-', '')
      : compact(toInstant({ ...time, local: `${time.local.slice(0, 10)}T00:00:00` }) - 1_000)
  return `${line.replace(/;?\b(?:COUNT|UNTIL)=[^;]*/gi, '')};UNTIL=${until}`
}

function compact(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
}

/** COUNT counts what was excluded and cancelled, too. */
function countLeft(calendar: CalendarStore, series: StoredEvent, original: GoogleTime): number {
  const rules = (series.data.recurrence ?? []).filter((line) => /^RRULE:/i.test(line))
  const [, count] = /\bCOUNT=(\d+)/i.exec(rules.join()) ?? []
  if (count === undefined) return 0
  const key = (time: GoogleTime = {}) => time.date ?? time.dateTime ?? ''
  const bare = { ...series, data: { ...series.data, recurrence: rules } }
  const all = plainOccurrences(calendar, bare, {}, 1_000)
  return Number(count) - all.filter(({ data }) => key(data.originalStartTime) < key(original)).length
}

/** A series that was split before keeps the name of the first one. */
function rootOf(id: string): string {
  return id.replace(/_R\d{8}(?:T\d{6})?$/, '')
}
