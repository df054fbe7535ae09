import type { EventTime } from '../../model/content.js'
import { fromInstant, isDate, isLocal, isZoneName, localAt, offsetAt, toInstant } from '../../model/time.js'
import { invalid, Refusal, required } from './refusals.js'
import type { GoogleTime } from './resources.js'

/**
 * A time as the fake keeps it: a date, or an instant in UTC with the zone that it is meant in. Google shows times in the
 * calendar's zone whatever zone they were written in; see {@link shownTime}.
 */
export function keptTime(given: GoogleTime | undefined, end: 'start' | 'end', calendarZone: string): GoogleTime {
  if (given === undefined) throw required(end === 'start' ? 'Missing start time.' : 'Missing end time.')
  const { date, dateTime, timeZone } = given
  if ((date === undefined) === (dateTime === undefined)) throw invalid(`Invalid ${end} time.`)
  if (timeZone !== undefined && !isIanaZone(timeZone)) throw invalid(`Invalid time zone definition for ${end} time.`)
  if (date !== undefined) {
    if (!isDate(date)) throw invalid(`Invalid value for: Invalid format: "${date}"`)
    return { date }
  }
  const [, local = '', offset] = written.exec(dateTime ?? '') ?? []
  if (!isLocal(local)) throw invalid(`Invalid value for: Invalid format: "${dateTime}"`)
  if (offset === undefined && timeZone === undefined) throw required(`Missing time zone definition for ${end} time.`)
  // A time without a zone of its own is taken to be meant in the calendar's. A guess: all answers seen so far name a zone.
  const zone = timeZone ?? calendarZone
  const instant =
    offset === undefined ? toInstant({ kind: 'timed', local, zone }) : Date.parse(`${local}${offset.toUpperCase()}`)
  return { dateTime: utcText(instant), timeZone: zone }
}

/** A kept time as an answer shows it: in `zone`, with the name of its own zone beside it. */
export function shownTime(kept: GoogleTime, zone: string): GoogleTime {
  if (kept.dateTime === undefined) return kept
  return { ...kept, dateTime: textIn(Date.parse(kept.dateTime), zone) }
}

/** When a kept time is; a date begins at midnight in `zone`. */
export function instantOf(kept: GoogleTime, zone: string): number {
  return kept.dateTime === undefined
    ? toInstant({ kind: 'date', date: kept.date ?? '' }, zone)
    : Date.parse(kept.dateTime)
}

/** A kept time as the model has it. */
export function modelTime(kept: GoogleTime): EventTime {
  if (kept.dateTime === undefined) return { kind: 'date', date: kept.date ?? '' }
  return fromInstant(Date.parse(kept.dateTime), kept.timeZone ?? 'UTC')
}

/** The way back of {@link modelTime}. */
export function keptFromModel(time: EventTime): GoogleTime {
  if (time.kind === 'date') return { date: time.date }
  return { dateTime: utcText(toInstant(time)), timeZone: time.kind === 'timed' ? time.zone : 'UTC' }
}

/** Refuses a span that ends before it starts. A whole day of no length is refused as well, which is a guess. */
export function assertSpan(start: GoogleTime, end: GoogleTime): void {
  if ((start.date === undefined) !== (end.date === undefined))
    throw invalid('Start and end times must either both be date or both be dateTime.')
  const empty =
    start.date === undefined ? instantOf(end, 'UTC') < instantOf(start, 'UTC') : (end.date ?? '') <= start.date
  if (empty) throw new Refusal('timeRangeEmpty')
}

/** Milliseconds as the API writes `created` (whole seconds) and `updated`. */
export function stampText(stamp: number, precision: 'seconds' | 'milliseconds' = 'milliseconds'): string {
  const text = new Date(Math.floor(stamp / 1_000)).toISOString()
  return precision === 'seconds' ? `${text.slice(0, 19)}.000Z` : text
}

/** An instant on the clocks of a zone, with its offset. */
export function textIn(instant: number, zone: string): string {
  const minutes = Math.round(offsetAt(instant, zone))
  const size = Math.abs(minutes)
  const two = (number: number) => String(number).padStart(2, '0')
  const offset = minutes === 0 ? 'Z' : `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
  return `${localAt(instant, zone)}${offset}`
}

/** Windows names are zones to the model, but not to Google. */
export function isIanaZone(name: string): boolean {
  return isZoneName(name) && !/\s/.test(name)
}

const written = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?$/i

function utcText(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19)}Z`
}
