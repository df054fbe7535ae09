import { IANAZone } from 'luxon'
import { SyncError } from '../errors.js'
import type { EventSpan, EventTime } from './content.js'
import { isZoneName, resolveZone, sameZone } from './zones.js'

export { isZoneName, resolveZone, sameZone }

const minuteMs = 60_000
const dayMs = 86_400_000

/**
 * The instant of a time, in milliseconds since 1970. A whole day gives the start of that day in `floatingZone`.
 *
 * A wall time that the clocks skip moves forward by the size of the gap; one that happens twice is the first of the
 * two. Luxon is asked for offsets only: which of two equal wall times it picks depends on the day it is asked.
 * @see RFC 5545 section 3.3.5
 * @throws SyncError `invalid_event` when the zone is unknown or the wall time is not one.
 */
export function toInstant(time: EventTime, floatingZone = 'UTC'): number {
  switch (time.kind) {
    case 'date':
      return instantOf(`${time.date}T00:00:00`, floatingZone)
    case 'floating':
      return instantOf(time.local, floatingZone)
    case 'timed':
      return instantOf(time.local, time.zone)
    default:
      return time satisfies never
  }
}

/** The wall time that a zone's clocks show at an instant; what is below a second is cut off. */
export function fromInstant(ms: number, zone: string): EventTime & { readonly kind: 'timed' } {
  return { kind: 'timed', local: localAt(ms, zone), zone }
}

/** How far a zone is ahead of UTC at an instant, in minutes. Before standard time came, with a fraction. */
export function offsetAt(ms: number, zone: string): number {
  const resolved = resolveZone(zone)
  if (resolved === undefined) {
    throw new SyncError(
      'invalid_event',
      'The time zone of this event is not known. Give it an IANA zone like Europe/Berlin.',
      {
        reason: 'ZONE_UNKNOWN',
      },
    )
  }
  return resolved === 'UTC' ? 0 : cachedOffset(ms, resolved)
}

/** A wall time moved by seconds as a clock without zone would; `2026-03-04T09:00:00` and 3600 give `…T10:00:00`. */
export function addToLocal(local: string, seconds: number): string {
  return localText(wallMs(local) + seconds * 1000)
}

/** A date moved by whole days. */
export function addDays(date: string, days: number): string {
  return localText(wallMs(`${date}T00:00:00`) + days * dayMs).slice(0, 10)
}

/** Seconds between two wall times (or dates) on a clock without zone. */
export function localSeconds(from: string, to: string): number {
  return (wallMs(to) - wallMs(from)) / 1000
}

/** Whether two times say the same: kind, wall time and zone. Aliases of a zone are equal; `originalZone` is not looked at. */
export function sameTime(a: EventTime, b: EventTime): boolean {
  if (a.kind === 'date') return b.kind === 'date' && a.date === b.date
  if (a.kind === 'floating') return b.kind === 'floating' && a.local === b.local
  return b.kind === 'timed' && a.local === b.local && sameZone(a.zone, b.zone)
}

/** Whether two spans say the same at both ends, see {@link sameTime}. */
export function sameSpan(a: EventSpan, b: EventSpan): boolean {
  return sameTime(a.start, b.start) && sameTime(a.end, b.end)
}

/** True for a wall time like `2026-03-04T09:00:00` that the calendar has, in the years 1900 to 2200. */
export function isLocal(text: string): boolean {
  return isWallTime(text) && inRange(text)
}

/** True for a date like `2026-03-04` that the calendar has, in the years 1900 to 2200. */
export function isDate(text: string): boolean {
  return text.length === 10 && isWallTime(`${text}T00:00:00`) && inRange(text)
}

/**
 * Reads iCalendar's compact form: `20260304` is a whole day, `20260304T090000` floats, with a `Z` it is UTC.
 * A leap second becomes second 59. Undefined for anything else, also for 30 February.
 *
 * Any year is read, since rules in the wild end in 9999; ask {@link isLocal} or {@link isDate} for starts and ends.
 * @see RFC 5545 sections 3.3.4 and 3.3.5
 */
export function parseCompact(text: string): EventTime | undefined {
  const parts = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?$/i.exec(text.trim())
  if (!parts) return undefined
  const [, year, month, day, hour = '00', minute = '00', second = '00', utc] = parts
  const date = `${year}-${month}-${day}`
  const local = `${date}T${hour}:${minute}:${second === '60' ? '59' : second}`
  if (!isWallTime(local)) return undefined
  if (utc === undefined) return { kind: 'date', date }
  return utc === '' ? { kind: 'floating', local } : { kind: 'timed', local, zone: 'UTC' }
}

/** Writes iCalendar's compact form; a time in a zone other than UTC gives its wall time, as beside a TZID. */
export function formatCompact(time: EventTime): string {
  if (time.kind === 'date') return time.date.replaceAll('-', '')
  const compact = time.local.replaceAll(/[-:]/g, '')
  return time.kind === 'timed' && time.zone === 'UTC' ? `${compact}Z` : compact
}

/** An instant as `2026-03-04T08:00:00Z`. */
export function instantText(ms: number): string {
  return `${localText(ms)}Z`
}

/** A wall time or date as milliseconds on a clock without zone, as if it were UTC. Only for arithmetic on wall times. */
export function wallMs(text: string): number {
  if (!isWallTime(text.length === 10 ? `${text}T00:00:00` : text)) {
    throw new SyncError('invalid_event', 'A date or time of this event does not exist. Correct it in its calendar.', {
      reason: 'TIME_INVALID',
    })
  }
  return Date.parse(text.length === 10 ? `${text}T00:00:00Z` : `${text}Z`)
}

/** The inverse of {@link wallMs}: `2026-03-04T09:00:00`. */
export function localText(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19)
}

/** The wall time that a zone's clocks show at an instant. */
export function localAt(ms: number, zone: string): string {
  return localText(ms + Math.round(offsetAt(ms, zone) * minuteMs))
}

/** What {@link formatSpan} and {@link startOf} may be told. */
export interface FormatOptions {
  /** A BCP 47 tag. Without it the text is English and the same in every runtime. */
  readonly locale?: string
}

/**
 * A span as short text for tables: `Wed 4 Mar 2026, 09:00–10:00 Europe/Berlin`. Whole days have no times, and their last
 * day is named rather than the exclusive end.
 */
export function formatSpan(span: EventSpan, options: FormatOptions = {}): string {
  const { start, end } = span
  if (start.kind === 'date' || end.kind === 'date') {
    const [first, next] = [dateOf(start), dateOf(end)]
    const last = next > first ? addDays(next, -1) : first
    return first === last ? dateWords(first, options) : `${dateWords(first, options)} – ${dateWords(last, options)}`
  }
  const oneZone = start.kind === end.kind && zoneOf(start) === zoneOf(end)
  if (!oneZone) return `${startOf(span, options)} – ${momentWords(end, options)}`
  if (start.local === end.local) return startOf(span, options)
  const [from, to] = [momentWords({ kind: 'floating', local: start.local }, options), timeWords(end.local, options)]
  const oneDay = dateOf(start) === dateOf(end)
  const text = oneDay ? `${from}–${to}` : `${from} – ${dateWords(dateOf(end), options)}, ${to}`
  return start.kind === 'timed' ? `${text} ${start.zone}` : text
}

/** A span's start as short text for tables: `Wed 4 Mar 2026, 09:00 Europe/Berlin`. */
export function startOf(span: EventSpan, options: FormatOptions = {}): string {
  return momentWords(span.start, options)
}

function momentWords(time: EventTime, options: FormatOptions): string {
  if (time.kind === 'date') return dateWords(time.date, options)
  const text = `${dateWords(dateOf(time), options)}, ${timeWords(time.local, options)}`
  return time.kind === 'timed' ? `${text} ${time.zone}` : text
}

const weekdayNames = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

function dateWords(date: string, { locale }: FormatOptions): string {
  const at = new Date(wallMs(date))
  if (locale !== undefined)
    return words(at, locale, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' })
  return `${weekdayNames[at.getUTCDay()]} ${at.getUTCDate()} ${monthNames[at.getUTCMonth()]} ${at.getUTCFullYear()}`
}

function timeWords(local: string, { locale }: FormatOptions): string {
  if (locale === undefined) return local.slice(11, 16)
  return words(new Date(wallMs(local)), locale, { hour: '2-digit', minute: '2-digit' })
}

function words(at: Date, locale: string, style: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locale, { ...style, timeZone: 'UTC' }).format(at)
}

function dateOf(time: EventTime): string {
  return time.kind === 'date' ? time.date : time.local.slice(0, 10)
}

function zoneOf(time: EventTime): string {
  return time.kind === 'timed' ? time.zone : ''
}

function instantOf(local: string, zone: string): number {
  const wall = wallMs(local)
  const [before, after] = [offsetMs(wall - dayMs, zone), offsetMs(wall + dayMs, zone)]
  // The larger offset gives the earlier instant, so of two equal wall times the first is found first.
  for (const offset of [Math.max(before, after), Math.min(before, after)]) {
    if (offsetMs(wall - offset, zone) === offset) return wall - offset
  }
  // Either the clocks skip this wall time, or they changed and changed back within two days: ask nearby.
  const near = offsetMs(wall - before, zone)
  return offsetMs(wall - near, zone) === near ? wall - near : wall - before
}

const offsetMs = (ms: number, zone: string) => Math.round(offsetAt(ms, zone) * minuteMs)

/** Without a Date: a thousand events ask this ten thousand times, and engines differ on 30 February and hour 24. */
function isWallTime(text: string): boolean {
  if (!wallTime.test(text)) return false
  const day = Number(text.slice(8, 10))
  return day <= 28 || day <= daysIn(Number(text.slice(0, 4)), Number(text.slice(5, 7)))
}

const wallTime = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d$/

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

function inRange(text: string): boolean {
  const year = Number(text.slice(0, 4))
  return year >= 1900 && year <= 2200
}

const offsets = new Map<string, Map<number, number>>()
let keptOffsets = 0
/** All zones there are over a year or two; a few megabytes. */
const maxOffsets = 200_000

/**
 * Expanding a series asks for offsets by the thousand, and each question to Intl takes microseconds. Between two
 * midnights (UTC) with one and the same offset the clocks did not change; no zone changes them twice within a day.
 */
function cachedOffset(ms: number, zone: string): number {
  const day = Math.floor(ms / dayMs)
  const before = midnightOffset(day, zone)
  return before === midnightOffset(day + 1, zone) ? before : IANAZone.create(zone).offset(ms)
}

function midnightOffset(day: number, zone: string): number {
  const kept = offsets.get(zone)?.get(day)
  if (kept !== undefined) return kept
  if (keptOffsets >= maxOffsets) {
    offsets.clear()
    keptOffsets = 0
  }
  const offset = IANAZone.create(zone).offset(day * dayMs)
  const known = offsets.get(zone) ?? new Map<number, number>()
  offsets.set(zone, known.set(day, offset))
  keptOffsets++
  return offset
}
