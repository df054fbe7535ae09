import { SyncError } from '../errors.js'
import type { EventSpan, EventTime } from '../model/content.js'
import {
  addDays,
  addToLocal,
  formatCompact,
  fromInstant,
  instantText,
  isDate,
  isLocal,
  parseCompact,
  sameTime,
  toInstant,
  wallMs,
} from '../model/time.js'
import { type Component, isComponent, type Line, propertyOf } from './component.js'
import { formatLine, type Property, paramOf, parseLine } from './content-line.js'
import type { ZoneReader } from './zones.js'

/** Names the TZID for a zone. */
export type NameZone = (zone: string) => string

/** Reads a date or time in whatever form the property gives it. */
export function readTime(property: Property, zones: ZoneReader, value: string = property.value): EventTime {
  const parsed = parseCompact(value)
  if (parsed === undefined) throw badTime(property.name, 'TIME_INVALID')
  if (!(parsed.kind === 'date' ? isDate(parsed.date) : isLocal(parsed.local)))
    throw badTime(property.name, 'TIME_RANGE')
  if (parsed.kind === 'floating') {
    // some writers say VALUE=DATE and give midnight
    if (property.type === 'date') return { kind: 'date', date: parsed.local.slice(0, 10) }
    const tzid = tzidOf(property)
    return tzid === undefined ? parsed : zones.read(parsed.local, tzid)
  }
  return parsed
}

/** When a component happens. */
export function readSpan(component: Component, zones: ZoneReader): EventSpan {
  const startLine = timeProperty(component, 'DTSTART')
  if (!startLine) {
    throw new SyncError('invalid_event', 'This event has no start. Give it one in its calendar.', {
      reason: 'NO_DTSTART',
    })
  }
  const start = readTime(startLine, zones)
  const end = readEnd(component, start, zones)
  if (start.kind !== end.kind) {
    throw new SyncError(
      'invalid_event',
      'This event starts with one kind of time and ends with another. Set both anew.',
      {
        reason: 'END_KIND',
      },
    )
  }
  if (start.kind === 'date' && sameTime(start, end)) return { start, end: nextDay(start.date) }
  if (order(start) > order(end)) {
    throw new SyncError('invalid_event', 'This event ends before it starts. Correct it in its calendar.', {
      reason: 'END_BEFORE_START',
    })
  }
  return { start, end }
}

/**
 * A single time that the clocks skip, as the clocks show it. In a series it has to stay: it is what the other
 * occurrences are counted from.
 */
export function settleSpan(span: EventSpan): EventSpan {
  const [start, end] = [settle(span.start), settle(span.end)]
  return start === span.start && end === span.end ? span : { start, end }
}

/** `DTSTART;TZID=Europe/Berlin:20260304T090000` */
export function timeLine(name: string, time: EventTime, nameZone: NameZone): Line {
  return timesLine(name, [time], nameZone)
}

/** Several times of one kind and zone in one line. */
export function timesLine(name: string, times: readonly EventTime[], nameZone: NameZone): Line {
  const first = times[0]
  const tzid = first?.kind === 'timed' && first.zone !== 'UTC' ? nameZone(first.zone) : undefined
  const property: Property = {
    name,
    params: tzid === undefined ? {} : { tzid },
    ...(first?.kind === 'date' && { type: 'date' }),
    value: times.map(formatCompact).join(','),
  }
  return { name, text: formatLine(property) }
}

/** A line for another time; parameters that we know nothing of stay. */
export function retimedLine(line: Line, time: EventTime, nameZone: NameZone): Line {
  const fresh = timeLine(line.name, time, nameZone)
  const [old, next] = [parseLine(line.text), parseLine(fresh.text)]
  if (!old || !next) return fresh
  const { tzid: _tzid, ...params } = old.params
  const type = next.type ?? (old.type === 'date-time' ? old.type : undefined)
  return {
    name: line.name,
    text: formatLine({ ...next, params: { ...params, ...next.params }, ...(type && { type }) }),
  }
}

/** The TZID of a date property, as it is called in the text. */
export function tzidOf(property: Property | undefined): string | undefined {
  return property && paramOf(property, 'tzid')
}

/** The instant of a UTC stamp such as CREATED, as text; null when there is none that can be read. */
export function readStamp(component: Component, name: string): string | null {
  const time = parseCompact(propertyOf(component, name)?.value ?? '')
  if (time === undefined || time.kind === 'date' || !isLocal(time.local)) return null
  return `${time.local}Z` // UTC by the standard, also where somebody forgot the Z
}

/** `20260304T080000Z` */
export function compactInstant(ms: number): string {
  return instantText(ms).replace(/[-:]/g, '')
}

/** Parts of a duration: whole days follow the calendar, seconds follow the clock. */
export interface Duration {
  readonly days: number
  readonly seconds: number
}

/** Reads `-P1DT2H`; undefined for anything else. */
export function parseDuration(text: string): Duration | undefined {
  const parts = /^([+-]?)P(?:(\d{1,6})W)?(?:(\d{1,7})D)?(?:T(?:(\d{1,8})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?$/i.exec(
    text.trim(),
  )
  if (!parts || !/\d/.test(text)) return undefined
  const [, sign, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts
  const factor = sign === '-' ? -1 : 1
  return {
    days: factor * (Number(weeks) * 7 + Number(days)) + 0,
    seconds: factor * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) + 0,
  }
}

/** Writes seconds as `-PT15M`. */
export function formatDuration(seconds: number): string {
  const size = Math.abs(seconds)
  const sign = seconds < 0 ? '-' : ''
  if (size > 0 && size % 86_400 === 0) return `${sign}P${size / 86_400}D`
  const [hours, minutes, rest] = [Math.floor(size / 3600), Math.floor(size / 60) % 60, size % 60]
  return `${sign}PT${hours ? `${hours}H` : ''}${minutes ? `${minutes}M` : ''}${rest || size === 0 ? `${rest}S` : ''}`
}

/** Where a duration from `start` leads: days on the calendar first, then time on the clock. */
export function addDuration(start: EventTime, duration: Duration): EventTime {
  if (start.kind === 'date') {
    return { kind: 'date', date: addDays(start.date, duration.days + Math.floor(duration.seconds / 86_400)) }
  }
  const local = addToLocal(start.local, duration.days * 86_400)
  if (duration.seconds === 0 || start.kind === 'floating')
    return { ...start, local: addToLocal(local, duration.seconds) }
  const end = fromInstant(toInstant({ ...start, local }) + duration.seconds * 1000, start.zone)
  return { ...start, local: end.local }
}

/** A property by name when it has to be readable: a line that cannot be taken apart is an error here, not nothing. */
function timeProperty(component: Component, name: string): Property | undefined {
  const property = propertyOf(component, name)
  if (!property && component.items.some((item) => item.name === name && !isComponent(item)))
    throw badTime(name, 'TIME_INVALID')
  return property
}

function readEnd(component: Component, start: EventTime, zones: ZoneReader): EventTime {
  const end = timeProperty(component, 'DTEND')
  const duration = timeProperty(component, 'DURATION')
  if (end && duration) {
    throw new SyncError('invalid_event', 'This event has an end and a duration. Remove one of them.', {
      reason: 'DTEND_AND_DURATION',
    })
  }
  if (end) return readTime(end, zones)
  if (!duration) return start.kind === 'date' ? nextDay(start.date) : start
  const parsed = parseDuration(duration.value)
  if (!parsed || parsed.days < 0 || parsed.seconds < 0) {
    throw new SyncError('invalid_event', 'The duration of this event is negative or not a duration. Correct it.', {
      reason: 'DURATION_INVALID',
    })
  }
  const last = addDuration(start, parsed)
  if (!(last.kind === 'date' ? isDate(last.date) : isLocal(last.local))) throw badTime('DURATION', 'TIME_RANGE')
  return last
}

function nextDay(date: string): EventTime {
  return { kind: 'date', date: addDays(date, 1) }
}

/** Milliseconds, only for comparing the two ends of one span. */
export function order(time: EventTime): number {
  return time.kind === 'timed' ? toInstant(time) : wallMs(time.kind === 'date' ? time.date : time.local)
}

function settle(time: EventTime): EventTime {
  if (time.kind !== 'timed') return time
  const { local } = fromInstant(toInstant(time), time.zone)
  return local === time.local ? time : { ...time, local }
}

function badTime(name: string, reason: string): SyncError {
  return new SyncError(
    'invalid_event',
    `${name} of this event is not a date between 1900 and 2200. Correct it in its calendar.`,
    {
      reason,
    },
  )
}
