import * as z from 'zod'
import { SyncError } from '../../errors.js'
import type { EventSpan, EventTime, OccurrenceContent } from '../../model/content.js'
import type { Kept, KeptValue } from '../../model/kept.js'
import { addDays, isDate, isLocal, localAt, offsetAt, resolveZone, sameZone, toInstant } from '../../model/time.js'
import { windowsZones } from '../../model/windows-zones.js'
import type { ReadScene, WriteScene, WrittenField } from './field-codec.js'
import type { GraphEvent, GraphMoment } from './wire.js'

/**
 * When an event happens. Graph gives times in whatever zone was asked for, so only the instant counts; in which zone it was
 * meant stands beside it.
 * @throws SyncError `invalid_event`.
 */
export function readSpan(event: GraphEvent, { kept, seriesZone }: ReadScene): EventSpan {
  if (event.isAllDay) return readDays(event)
  const [from, to] = meantZones(event, kept, seriesZone)
  const start = readMoment(event.start, from, event.originalStartTimeZone)
  const end = event.end ? readMoment(event.end, to, event.originalEndTimeZone) : start
  if (toInstant(end) < toInstant(start)) throw broken('NEGATIVE', 'ends before it starts')
  const floats = kept['floating']?.[0]
  if (floats !== undefined && sameZone(floats, start.zone) && sameZone(floats, end.zone))
    return { start: { kind: 'floating', local: start.local }, end: { kind: 'floating', local: end.local } }
  return { start, end }
}

export function writeSpan({ time }: OccurrenceContent, scene: WriteScene): WrittenField {
  const { start, end } = time
  const zone = homeOf(scene)
  return {
    body: { start: writeMoment(start, zone), end: writeMoment(end, zone), isAllDay: start.kind === 'date' },
    keep: {
      floating: start.kind === 'floating' ? [zone, true] : null,
      zones: keptZones(start, end, zone),
    },
  }
}

/** Where whole days are, and times that float are put. */
export function homeOf({ before, zone }: WriteScene): string {
  return zone ?? (before?.isAllDay ? resolveZone(before.originalStartTimeZone ?? '') : undefined) ?? 'UTC'
}

/** The zone in which an event, or its series, is meant; undefined for whole days. */
export function zoneOf(event: GraphEvent, kept: Kept): string | undefined {
  if (event.isAllDay || !event.start) return undefined
  return meantZones(event, kept, undefined)[0] ?? resolveZone(event.start.timeZone ?? 'UTC')
}

/** The name under which a time is written: IANA names are taken, and what Graph called it itself goes back unchanged. */
export function zoneName(time: EventTime, home: string): string {
  if (time.kind !== 'timed') return home
  const { zone, originalZone } = time
  const isOwnName = originalZone !== undefined && Object.hasOwn(windowsZones, originalZone)
  return isOwnName && windowsZones[originalZone] === zone ? originalZone : zone
}

type Timed = Extract<EventTime, { kind: 'timed' }>

function writeMoment(time: EventTime, home: string): GraphMoment {
  if (time.kind === 'date') return { dateTime: `${time.date}T00:00:00`, timeZone: home }
  const zone = time.kind === 'timed' ? time.zone : home
  // What the clocks skip takes place later.
  const local = localAt(toInstant({ kind: 'timed', local: time.local, zone }), zone)
  return { dateTime: local, timeZone: zoneName(time, home) }
}

/** A moment as Graph gives it, on the clocks of the zone that is meant; where nobody knows that one, on those it came in. */
function readMoment(given: GraphMoment | undefined, meant: string | undefined, name: string | undefined): Timed {
  if (!given) throw broken('NO_START', 'has no start')
  const local = localIn(given)
  const shown = resolveZone(given.timeZone ?? 'UTC')
  if (shown === undefined) throw unknownZone()
  const zone = meant ?? shown
  const named = name !== undefined && name !== '' && name !== zone ? { originalZone: name.slice(0, 255) } : {}
  if (sameZone(zone, shown)) return { kind: 'timed', local, zone, ...named }
  return { kind: 'timed', local: localAt(toInstant({ kind: 'timed', local, zone: shown }), zone), zone, ...named }
}

/** `2026-07-18T07:43:58.1037402`: parts of a second are cut off. */
function localIn({ dateTime }: GraphMoment): string {
  const local = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d+)?Z?$/i.exec(dateTime ?? '')?.[1]
  if (local === undefined || !isLocal(local)) throw broken('TIME', 'is at a time that no calendar has')
  return local
}

/** Whole days are midnights in whatever zone was asked for, and their dates are told by the text alone. */
function readDays(event: GraphEvent): EventSpan {
  if (!event.start) throw broken('NO_START', 'has no start')
  const start = readDay(event.start, event.originalStartTimeZone)
  const end = event.end ? readDay(event.end, event.originalEndTimeZone) : start
  return { start: { kind: 'date', date: start }, end: { kind: 'date', date: end > start ? end : addDays(start, 1) } }
}

/** A midnight that was converted after all is one again where it was made. */
function readDay(given: GraphMoment, name: string | undefined): string {
  const local = localIn(given)
  const [shown, made] = [resolveZone(given.timeZone ?? 'UTC'), resolveZone(name ?? '')]
  const isConverted = !local.endsWith('T00:00:00') && shown !== undefined && made !== undefined
  const date = (isConverted ? localAt(toInstant({ kind: 'timed', local, zone: shown }), made) : local).slice(0, 10)
  if (!isDate(date)) throw broken('TIME', 'is on a day that no calendar has')
  return date
}

/**
 * The zones in which start and end are meant; undefined where nobody knows. A series has to know, or nobody could say where
 * its occurrences are when clocks change.
 */
function meantZones(
  event: GraphEvent,
  kept: Kept,
  seriesZone: string | undefined,
): readonly [string | undefined, string | undefined] {
  const made = madeIn(event)
  const ended = resolveZone(event.originalEndTimeZone ?? '') ?? made
  const [keptStart, keptEnd] = zonesSchema.safeParse(kept['zones']?.[1]).data ?? []
  const year = /^\d{4}/.exec(event.start?.dateTime ?? '')?.[0] ?? '2026'
  // Of an occurrence that names no zone, its series does.
  const first = (found: string | undefined, ...others: readonly (string | undefined)[]) =>
    found === undefined
      ? seriesZone
      : (others.find((one) => one !== undefined && sameClocks(one, found, Number(year))) ?? found)
  return [first(made, keptStart, seriesZone), first(ended, keptEnd, seriesZone)]
}

/** Of a series, the zone in which its range begins on the day of its start. */
function madeIn({ originalStartTimeZone, recurrence, start }: GraphEvent): string | undefined {
  const made = resolveZone(originalStartTimeZone ?? '')
  if (!recurrence?.range) return made
  const { recurrenceTimeZone, startDate } = recurrence.range
  const shown = resolveZone(start?.timeZone ?? 'UTC')
  const known = [made, resolveZone(recurrenceTimeZone ?? '')].filter((zone) => zone !== undefined)
  const [any = shown] = known
  // A zone with rules of its own is no better known by the one that times were asked for in.
  const isNamed = !!originalStartTimeZone || !!recurrenceTimeZone
  if (any === undefined || (known.length === 0 && isNamed)) throw unknownZone()
  const local = start && shown !== undefined && startDate !== undefined ? localIn(start) : undefined
  if (local === undefined || shown === undefined) return any
  const instant = toInstant({ kind: 'timed', local, zone: shown })
  return known.find((zone) => localAt(instant, zone).startsWith(startDate ?? '')) ?? any
}

/**
 * Which zones were meant, where an answer may name another one: Windows has one name for all that keep the same clocks
 * today.
 */
function keptZones(start: EventTime, end: EventTime, home: string): KeptValue | null {
  if (start.kind === 'date') return null
  const zones = [start, end].map((time) => (time.kind === 'timed' ? time.zone : home))
  return zones.every((zone) => defaults.has(zone)) ? null : ['', zones]
}

const defaults: ReadonlySet<string> = new Set(['UTC', ...Object.values(windowsZones)])
const zonesSchema = z.tuple([z.string(), z.string()])

/** Whether the clocks of two zones show the same for two years. */
function sameClocks(a: string, b: string, year: number): boolean {
  if (sameZone(a, b)) return true
  if (resolveZone(a) === undefined) return false
  return Array.from({ length: 48 }, (_, half) => Date.UTC(year, 0, 1 + half * 15)).every(
    (ms) => offsetAt(ms, a) === offsetAt(ms, b),
  )
}

function unknownZone(): SyncError {
  return broken('ZONE_UNKNOWN', 'is in a time zone that is not known')
}

export function broken(reason: string, what: string): SyncError {
  return new SyncError('invalid_event', `This event cannot be synced: it ${what}. Correct it in its calendar.`, {
    reason,
  })
}
