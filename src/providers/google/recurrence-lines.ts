import { SyncError } from '../../errors.js'
import type { EventSpan, EventTime, Recurrence, Slot } from '../../model/content.js'
import { normalizeUntil, parseRule, slotOf, slotTime } from '../../model/recurrence.js'
import { formatRule } from '../../model/rule.js'
import { formatCompact, localAt, parseCompact, resolveZone, toInstant } from '../../model/time.js'
import { broken } from './times.js'

/** What the `recurrence` of a master says. */
export interface RecurrenceLines {
  /** Null when it does not repeat after all. */
  readonly recurrence: Recurrence | null
  /** Cancelled occurrences. */
  readonly exdates: readonly Slot[]
  /** Additional occurrences that have a length of their own. */
  readonly periods: ReadonlyMap<Slot, EventSpan>
}

const mostDates = 5_000

/**
 * Reads the lines of a master that starts at `start`.
 * @throws SyncError `invalid_event`, `unsupported` (EXRULE), `limit_exceeded`.
 */
export function readRecurrence(lines: readonly string[], start: EventTime): RecurrenceLines {
  const rules: string[] = []
  const rdates = new Set<Slot>()
  const exdates = new Set<Slot>()
  const periods = new Map<Slot, EventSpan>()
  for (const text of lines) {
    const line = parseLine(text)
    if (line.name === 'RRULE') rules.push(line.value)
    else if (line.name === 'EXRULE') throw unsupported()
    else if (line.name === 'EXDATE') for (const value of line.values) exdates.add(slotIn(readTime(value, line), start))
    else if (line.name === 'RDATE') for (const value of line.values) addRdate(value, line, start, rdates, periods)
    else throw broken('RECURRENCE', 'has a recurrence line of a kind that is not known')
    if (rdates.size > mostDates || exdates.size > mostDates) throw tooMany()
  }
  if (rules.length > 1) throw broken('TWO_RRULES', 'has two recurrence rules')
  const [rule] = rules
  const repeats = rule !== undefined || rdates.size > 0
  return {
    recurrence: repeats
      ? { rule: rule === undefined ? null : readRule(rule, start), rdates: [...rdates].sort() }
      : null,
    exdates: [...exdates],
    periods,
  }
}

/** What the `recurrence` of a master should say. */
export interface WantedRecurrence {
  readonly recurrence: Recurrence
  readonly exdates: readonly Slot[]
  /** How the series starts, in a form that Google can hold. */
  readonly start: EventTime
}

/** Writes the lines of a master. */
export function formatRecurrence({ recurrence, exdates, start }: WantedRecurrence): readonly string[] {
  const lines: string[] = []
  if (recurrence.rule !== null) lines.push(`RRULE:${normalizeUntil(recurrence.rule, start)}`)
  if (recurrence.rdates.length > 0) lines.push(datesLine('RDATE', recurrence.rdates, start))
  if (exdates.length > 0) lines.push(datesLine('EXDATE', [...exdates].sort(), start))
  return lines
}

/** A rule that was written for a series in a zone, as a series that floats has it: the end by the clock, not in UTC. */
export function floatingRule(rule: string, zone: string): string {
  const { until } = parseRule(rule)
  if (until?.kind !== 'timed') return rule
  const local = localAt(toInstant(until), zone)
  return rule.replace(/(^|;)(\s*UNTIL=)[^;]*/i, `$1$2${formatCompact({ kind: 'floating', local })}`)
}

function datesLine(name: string, slots: readonly Slot[], start: EventTime): string {
  const dates = slots.map((slot) => formatCompact(slotTime(slot, start))).join(',')
  if (start.kind === 'date') return `${name};VALUE=DATE:${dates}`
  return start.kind === 'timed' && start.zone !== 'UTC' ? `${name};TZID=${start.zone}:${dates}` : `${name}:${dates}`
}

interface Line {
  readonly name: string
  readonly zone: string | undefined
  readonly value: string
  readonly values: readonly string[]
}

/** `EXDATE;TZID=Europe/Berlin:20260302T090000,20260309T090000` */
function parseLine(text: string): Line {
  const parts = /^\s*([A-Za-z]+)((?:;[^:;="]+=(?:"[^"]*"|[^:;"]*))*):(.*)$/s.exec(text)
  if (!parts) throw broken('RECURRENCE', 'has a recurrence line that is none')
  const [, name = '', params = '', value = ''] = parts
  const zone = /;TZID="?([^";]+)"?/i.exec(params)?.[1]
  const values = value.split(',').map((one) => one.trim())
  return { name: name.toUpperCase(), zone, value: value.trim(), values: values.filter((one) => one !== '') }
}

function readRule(text: string, start: EventTime): string {
  const rule = parseRule(text)
  return normalizeUntil(tidyRule.test(text) ? text : formatRule(rule), start)
}

const tidyRule = /^[A-Z0-9=,;+-]*[A-Z0-9]$/

function readTime(value: string, { zone }: Line): EventTime {
  const time = parseCompact(value)
  if (!time) throw broken('SLOT', 'has an added or cancelled occurrence at a time that does not exist')
  if (time.kind !== 'floating' || zone === undefined) return time
  const resolved = resolveZone(zone)
  if (resolved === undefined) throw broken('ZONE_UNKNOWN', 'is in a time zone that is not known')
  return { kind: 'timed', local: time.local, zone: resolved }
}

/** @see RFC 5545 section 3.8.5.2: an added occurrence may be a period, with an end or a length of its own. */
function addRdate(value: string, line: Line, start: EventTime, rdates: Set<Slot>, periods: Map<Slot, EventSpan>): void {
  const [from = '', to] = value.split('/')
  const begin = readTime(from, line)
  const slot = slotIn(begin, start)
  rdates.add(slot)
  // Google's own clients never write lengths (P1D); an end that can be read is kept, anything else lasts as the series.
  const end = to === undefined ? undefined : parseCompact(to) && readTime(to, line)
  if (end && end.kind === begin.kind && end.kind === 'timed' && toInstant(end) >= toInstant(begin))
    periods.set(slot, { start: begin, end })
}

function slotIn(time: EventTime, start: EventTime): Slot {
  const slot = slotOf(time, start)
  if (slot === undefined) throw broken('SLOT', 'names an occurrence in a form that does not fit its start')
  return slot
}

function unsupported(): SyncError {
  return new SyncError('unsupported', 'This series has an exclusion rule (EXRULE), which calweave does not read.', {
    reason: 'EXRULE',
  })
}

function tooMany(): SyncError {
  return new SyncError('limit_exceeded', `This series has more than ${mostDates} added or cancelled occurrences.`, {
    reason: 'LIMIT_DATES',
  })
}
