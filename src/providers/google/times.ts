import { SyncError } from '../../errors.js'
import type { EventSpan, EventTime } from '../../model/content.js'
import { addDays, isDate, isLocal, localAt, offsetAt, resolveZone, sameZone, toInstant } from '../../model/time.js'
import type { Kept } from './kept.js'
import type { GoogleEvent, GoogleMoment } from './wire.js'

/** When an event happens. @throws SyncError `invalid_event`. */
export function readSpan(event: GoogleEvent, zone: string, kept: Kept): EventSpan {
  if (!event.start) throw broken('NO_START', 'has no start')
  const start = readMoment(event.start, zone)
  // The end is a filler then.
  const end = event.endTimeUnspecified || !event.end ? start : readMoment(event.end, event.start.timeZone ?? zone)
  if (start.kind === 'date' && end.kind === 'date') {
    return end.date > start.date ? { start, end } : { start, end: { kind: 'date', date: addDays(start.date, 1) } }
  }
  if (start.kind !== 'timed' || end.kind !== 'timed') throw broken('MIXED', 'starts as a day and ends at a time')
  if (toInstant(end) < toInstant(start)) throw broken('NEGATIVE', 'ends before it starts')
  return isMeantFloating(start, end, kept)
    ? { start: { kind: 'floating', local: start.local }, end: { kind: 'floating', local: end.local } }
    : { start, end }
}

/**
 * A moment as Google gives it. The offset of `dateTime` is that of the calendar, not of the event's zone; so only the
 * instant counts, and the zone tells the wall time.
 */
export function readMoment({ date, dateTime, timeZone }: GoogleMoment, calendarZone: string): EventTime {
  if (date !== undefined) {
    if (!isDate(date)) throw broken('TIME', 'is on a day that no calendar has')
    return { kind: 'date', date }
  }
  const zone = resolveZone(timeZone ?? calendarZone)
  if (zone === undefined) throw broken('ZONE_UNKNOWN', 'is in a time zone that is not known')
  const parts = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d+)?(Z|[+-]\d{2}:\d{2})?$/i.exec(dateTime ?? '')
  const local = parts?.[1]
  if (local === undefined || !isLocal(local)) throw broken('TIME', 'is at a time that no calendar has')
  const named = timeZone !== undefined && timeZone !== zone ? { originalZone: timeZone } : {}
  if (parts?.[2] === undefined) return { kind: 'timed', local, zone, ...named }
  return { kind: 'timed', local: localAt(Date.parse(`${local}${parts[2]}`), zone), zone, ...named }
}

/** A moment as it is sent. In a patch the form that it does not have is removed, for patches go into objects. */
export function writeMoment(time: EventTime, calendarZone: string): Readonly<Record<string, string | null>> {
  if (time.kind === 'date') return { date: time.date, dateTime: null, timeZone: null }
  const zone = time.kind === 'timed' ? time.zone : calendarZone
  const instant = toInstant({ kind: 'timed', local: time.local, zone })
  return { date: null, dateTime: `${localAt(instant, zone)}${offsetText(instant, zone)}`, timeZone: zone }
}

/** A time that Google can hold: one that floats falls into the calendar's zone. */
export function grounded(time: EventTime, calendarZone: string): EventTime {
  return time.kind === 'floating' ? { kind: 'timed', local: time.local, zone: calendarZone } : time
}

function offsetText(instant: number, zone: string): string {
  // Before standard time came, offsets had seconds, which cannot be written; nobody has calendars from then.
  const minutes = Math.round(offsetAt(instant, zone))
  const size = Math.abs(minutes)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

function isMeantFloating(start: Timed, end: Timed, kept: Kept): boolean {
  const zone = kept['floating']?.[0]
  return zone !== undefined && sameZone(zone, start.zone) && sameZone(zone, end.zone)
}

type Timed = Extract<EventTime, { kind: 'timed' }>

export function broken(reason: string, what: string): SyncError {
  return new SyncError('invalid_event', `This event cannot be synced: it ${what}. Correct it in its calendar.`, {
    reason,
  })
}
