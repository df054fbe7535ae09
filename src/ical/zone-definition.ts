import { SyncError } from '../errors.js'
import type { EventTime } from '../model/content.js'
import { offsetAt, parseCompact, resolveZone, wallMs } from '../model/time.js'
import { windowsZones } from '../model/windows-zones.js'
import { type Component, isComponent, linesOf, propertyOf } from './component.js'
import { parseLine } from './content-line.js'

/** A change of the clocks; milliseconds. */
export interface Onset {
  readonly at: number
  readonly from: number
  readonly to: number
}

/** Whole hours without daylight saving are a zone of their own; note the sign of Etc/GMT. */
export function fixedZone(observances: readonly Onset[]): string | undefined {
  const offset = observances[0]?.to
  if (offset === undefined || offset % 3_600_000 !== 0) return undefined
  if (observances.some((onset) => onset.to !== offset)) return undefined
  const hours = offset / 3_600_000
  if (hours === 0) return 'UTC'
  return resolveZone(`Etc/GMT${hours > 0 ? '-' : '+'}${Math.abs(hours)}`)
}

/**
 * The zone whose clocks do what the definition says, to the second or, since many are written by hand, to the day. Of
 * several, one that the name speaks of, then a populous one.
 */
export function matchingZone(
  observances: readonly Onset[],
  tzid: string,
  fromYear: number,
  toYear: number,
): string | undefined {
  const [from, to] = [Date.UTC(fromYear, 0, 1), Date.UTC(toYear, 0, 1)]
  for (const tolerance of [1_000, 26 * 3_600_000]) {
    const samples = samplesOf(observances, from, to, tolerance)
    const fits = candidates().filter((zone) => samples.every(([at, offset]) => offsetAt(at, zone) * 60_000 === offset))
    const spoken = tzid.toLowerCase()
    const zone = fits.find((fit) => spoken.includes(cityOf(fit))) ?? fits[0]
    if (zone !== undefined) return zone
  }
  return undefined
}

/** Instants of every month and of both sides of every change, with the offset that the definition gives them. */
function samplesOf(
  observances: readonly Onset[],
  from: number,
  to: number,
  tolerance: number,
): readonly (readonly [at: number, offset: number])[] {
  const monthly = Array.from({ length: Math.floor((to - from) / monthMs) }, (_, index) => from + index * monthMs)
  const changes = observances.filter((onset) => onset.at > from && onset.at < to)
  const near = (at: number) => changes.some((change) => Math.abs(change.at - at) < tolerance)
  const instants = [
    ...monthly.filter((at) => !near(at)),
    ...changes.flatMap((change) => [change.at - tolerance, change.at + tolerance]),
  ]
  return instants.map((at) => [at, offsetBy(observances, at)])
}

const monthMs = 30 * 86_400_000

let known: readonly string[] | undefined

function candidates(): readonly string[] {
  known ??= [...new Set([...Object.values(windowsZones), ...Intl.supportedValuesOf('timeZone')])].filter(
    (zone) => !zone.startsWith('Etc/') && zone !== 'UTC' && resolveZone(zone) !== undefined,
  )
  return known
}

function cityOf(zone: string): string {
  return zone
    .slice(zone.lastIndexOf('/') + 1)
    .replaceAll('_', ' ')
    .toLowerCase()
}

/** The changes of a definition in these years, in order, and the last one before. */
export function onsets(definition: Component, fromYear: number, toYear: number): readonly Onset[] {
  const all: Onset[] = []
  for (const observance of definition.items.filter(isComponent)) {
    const from = offsetOf(observance, 'TZOFFSETFROM')
    const to = offsetOf(observance, 'TZOFFSETTO')
    const start = localOf(propertyOf(observance, 'DTSTART')?.value)
    if (to === undefined || start === undefined) continue
    const locals = [start, ...listed(observance), ...repeated(observance, start, fromYear, toYear, from ?? to)]
    for (const local of locals) all.push({ at: wallMs(local) - (from ?? to), from: from ?? to, to })
  }
  if (all.length === 0) {
    throw new SyncError('invalid_event', 'The time zone of this event is defined, but empty. Give it an IANA zone.', {
      reason: 'ZONE_EMPTY',
    })
  }
  all.sort((a, b) => a.at - b.at)
  const start = Date.UTC(fromYear, 0, 1)
  const firstInside = all.findIndex((onset) => onset.at >= start)
  return all.slice(firstInside === -1 ? -1 : Math.max(0, firstInside - 1))
}

function listed(observance: Component): readonly string[] {
  return linesOf(observance, 'RDATE')
    .flatMap((line) => parseLine(line.text)?.value.split(',') ?? [])
    .flatMap((value) => localOf(value) ?? [])
}

/**
 * Onsets of a yearly rule. Definitions use few forms, and a general expansion would be a way to make us work without
 * end, so only these are read: BYMONTH with a numbered BYDAY, or with BYDAY among BYMONTHDAYs, or with one BYMONTHDAY.
 */
function repeated(
  observance: Component,
  start: string,
  fromYear: number,
  toYear: number,
  offset: number,
): readonly string[] {
  const rule = propertyOf(observance, 'RRULE')
  if (!rule) return []
  const parts = new Map(
    rule.value
      .toUpperCase()
      .split(';')
      .map((part) => part.split('=') as [string, string]),
  )
  const month = Number(parts.get('BYMONTH') ?? start.slice(5, 7))
  const untilTime = parseCompact(parts.get('UNTIL') ?? '')
  const until = untilTime === undefined ? Number.POSITIVE_INFINITY : untilMs(untilTime, offset)
  const found: string[] = []
  const [byDay, byMonthDay] = [parts.get('BYDAY'), parts.get('BYMONTHDAY')]
  for (let year = Math.max(Number(start.slice(0, 4)), fromYear); year <= toYear; year++) {
    const date = parts.get('FREQ') === 'YEARLY' ? dateIn(year, month, byDay, byMonthDay, start) : undefined
    if (date === undefined) {
      throw new SyncError(
        'invalid_event',
        'The time zone of this event has a rule of an unknown form. Give it an IANA zone.',
        {
          reason: 'ZONE_RULE',
        },
      )
    }
    const local = `${date}${start.slice(10)}`
    if (local > start && wallMs(local) - offset <= until) found.push(local)
  }
  return found
}

function untilMs(until: EventTime, offset: number): number {
  if (until.kind === 'date') return wallMs(until.date) + 86_400_000 - offset
  return until.kind === 'floating' ? wallMs(until.local) - offset : wallMs(until.local)
}

const weekdays = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA']

function dateIn(
  year: number,
  month: number,
  byDay: string | undefined,
  byMonthDay: string | undefined,
  start: string,
): string | undefined {
  if (!(month >= 1 && month <= 12)) return undefined
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate()
  const all = Array.from({ length }, (_, index) => index + 1)
  const isoDate = (day: number | undefined) =>
    day === undefined ? undefined : `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
  const among = byMonthDay?.split(',').map((day) => (Number(day) < 0 ? length + 1 + Number(day) : Number(day)))
  if (byDay === undefined) return isoDate(among ? among[0] : Math.min(Number(start.slice(8, 10)), length))
  const [, nth, weekday] = /^([+-]?\d*)([A-Z]{2})$/.exec(byDay) ?? []
  const days = all.filter((day) => weekdays[new Date(Date.UTC(year, month - 1, day)).getUTCDay()] === weekday)
  if (among) return isoDate(days.find((day) => among.includes(day)))
  return isoDate(days.at(Number(nth) < 0 ? Number(nth) : Number(nth || 1) - 1))
}

function offsetOf(observance: Component, name: string): number | undefined {
  const parts = /^([+-]?)(\d{2})(\d{2})(\d{2})?$/.exec(propertyOf(observance, name)?.value.trim() ?? '')
  if (!parts) return undefined
  const [, sign, hours, minutes, seconds = '0'] = parts
  return (sign === '-' ? -1000 : 1000) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds))
}

function localOf(value: string | undefined): string | undefined {
  const time = value === undefined ? undefined : parseCompact(value)
  if (time === undefined) return undefined
  return time.kind === 'date' ? `${time.date}T00:00:00` : time.local
}

function offsetBy(observances: readonly Onset[], at: number): number {
  const last = observances.findLast((onset) => onset.at <= at)
  return last?.to ?? observances[0]?.from ?? 0
}

/** The instant of a wall time: the earlier of two, and moved forward where the clocks skip it. */
export function instantBy(observances: readonly Onset[], local: string): number {
  const wall = wallMs(local)
  const offsets = [...new Set(observances.flatMap((onset) => [onset.from, onset.to]))].sort((a, b) => b - a)
  const fitting = offsets.find((offset) => offsetBy(observances, wall - offset) === offset)
  return wall - (fitting ?? offsetBy(observances, wall - 86_400_000))
}
