import { SyncError } from '../errors.js'
import type { EventTime } from './content.js'
import { formatCompact, parseCompact } from './time.js'

/** Units of repetition, the finest first. */
export const frequencies = ['SECONDLY', 'MINUTELY', 'HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'] as const
export type Frequency = (typeof frequencies)[number]

/** Weekdays in the order of RFC 5545's default week. */
export const weekdays = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const
export type Weekday = (typeof weekdays)[number]

/** One entry of BYDAY: every such weekday, or with `ordinal` the n-th (negative: from the end) of the period. */
export interface RuleDay {
  readonly weekday: Weekday
  readonly ordinal?: number
}

/** A recurrence rule in parts. Lists are sorted and without doubles; an empty list is a part that is not there. */
export interface Rule {
  readonly freq: Frequency
  readonly interval: number
  readonly count?: number
  /**
   * The last moment that counts: `timed` in UTC, `floating` for a wall time without `Z`, or a `date`.
   * Whether that is the type which the series demands is up to `normalizeUntil`.
   */
  readonly until?: EventTime
  readonly weekStart?: Weekday
  readonly bySecond: readonly number[]
  readonly byMinute: readonly number[]
  readonly byHour: readonly number[]
  readonly byDay: readonly RuleDay[]
  readonly byMonthDay: readonly number[]
  readonly byYearDay: readonly number[]
  readonly byWeekNo: readonly number[]
  readonly byMonth: readonly number[]
  readonly bySetPos: readonly number[]
  /** Parts that RFC 5545 leaves to others (`X-…`), as written. They do not change which days there are. */
  readonly extra: readonly string[]
}

/** The parts of a rule that are lists of numbers. */
export type NumberPart =
  | 'bySecond'
  | 'byMinute'
  | 'byHour'
  | 'byMonthDay'
  | 'byYearDay'
  | 'byWeekNo'
  | 'byMonth'
  | 'bySetPos'

interface NumberSyntax {
  readonly name: string
  readonly min: number
  readonly max: number
  /** May also count from the end, and then not be zero. */
  readonly signed: boolean
}

/** RFC 5545 section 3.3.10: the ranges, in the order in which {@link formatRule} writes them. */
const numberParts: Readonly<Record<NumberPart, NumberSyntax>> = {
  byMonth: { name: 'BYMONTH', min: 1, max: 12, signed: false },
  byWeekNo: { name: 'BYWEEKNO', min: 1, max: 53, signed: true },
  byYearDay: { name: 'BYYEARDAY', min: 1, max: 366, signed: true },
  byMonthDay: { name: 'BYMONTHDAY', min: 1, max: 31, signed: true },
  byHour: { name: 'BYHOUR', min: 0, max: 23, signed: false },
  byMinute: { name: 'BYMINUTE', min: 0, max: 59, signed: false },
  bySecond: { name: 'BYSECOND', min: 0, max: 60, signed: false },
  bySetPos: { name: 'BYSETPOS', min: 1, max: 366, signed: true },
}

const numberPartNames = Object.keys(numberParts) as readonly NumberPart[]
const knownNames = new Set([
  ...['FREQ', 'INTERVAL', 'COUNT', 'UNTIL', 'WKST', 'BYDAY'],
  ...numberPartNames.map((part) => numberParts[part].name),
])

/** Longer rules are no rules of people; the same limit as in stored content. */
const maxLength = 2_000

/**
 * Reads the value of an RRULE, strictly: what it returns can be trusted to be a rule with a meaning.
 *
 * Case, the order of the parts and a `;` at the end do not matter. `X-` parts are kept.
 * @throws SyncError `invalid_event` for a rule that RFC 5545 does not allow (`reason` says why: `RRULE_INTERVAL`,
 * `RRULE_COUNT`, `RRULE_COUNT_AND_UNTIL`, `RRULE_RANGE`, `RRULE_FREQ`, `RRULE_BYDAY`, `RRULE_UNTIL`, `RRULE_SYNTAX`);
 * `unsupported` for RSCALE and SKIP (`RRULE_RSCALE`); `limit_exceeded` for one too long (`LIMIT_RECURRENCE`).
 * @see RFC 5545 section 3.3.10
 */
export function parseRule(text: string): Rule {
  if (text.length > maxLength) {
    throw new SyncError('limit_exceeded', 'This recurrence rule is too long. Use a shorter rule.', {
      reason: 'LIMIT_RECURRENCE',
    })
  }
  const { parts, extra } = split(text)
  const freq = frequency(parts.get('FREQ'))
  const [count, until, wkst] = [parts.get('COUNT'), parts.get('UNTIL'), parts.get('WKST')]
  if (count !== undefined && until !== undefined) {
    throw invalid('RRULE_COUNT_AND_UNTIL', 'has both COUNT and UNTIL, of which only one is allowed')
  }
  const numbers = {} as Record<NumberPart, readonly number[]>
  for (const part of numberPartNames) numbers[part] = numberList(numberParts[part], parts.get(numberParts[part].name))
  return {
    freq,
    interval: positive(parts.get('INTERVAL') ?? '1', 'RRULE_INTERVAL', 'an INTERVAL'),
    ...(count === undefined ? {} : { count: positive(count, 'RRULE_COUNT', 'a COUNT') }),
    ...(until === undefined ? {} : { until: lastMoment(until) }),
    ...(wkst === undefined ? {} : { weekStart: weekday(wkst) }),
    ...numbers,
    byDay: dayList(parts.get('BYDAY'), freq, numbers.byWeekNo.length > 0),
    extra,
  }
}

/** The one canonical text of a rule: parts in a fixed order, INTERVAL only above 1. */
export function formatRule(rule: Rule): string {
  const parts = [`FREQ=${rule.freq}`]
  const add = (name: string, value: string | number | undefined) => {
    if (value !== undefined && value !== '') parts.push(`${name}=${value}`)
  }
  add('INTERVAL', rule.interval > 1 ? rule.interval : undefined)
  add('COUNT', rule.count)
  add('UNTIL', rule.until && formatCompact(rule.until))
  for (const part of numberPartNames) {
    if (part === 'byHour') add('BYDAY', rule.byDay.map(dayText).join())
    add(numberParts[part].name, rule[part].join())
  }
  add('WKST', rule.weekStart)
  return [...parts, ...rule.extra].join(';')
}

/** Sorts as {@link parseRule} does, and drops doubles. */
export function sortedNumbers(values: Iterable<number>): readonly number[] {
  return [...new Set(values)].sort((a, b) => a - b)
}

/** Sorts as {@link parseRule} does (by weekday, then ordinal), and drops doubles. */
export function sortedDays(days: Iterable<RuleDay>): readonly RuleDay[] {
  const rank = (day: RuleDay) => weekdays.indexOf(day.weekday) * 1_000 + (day.ordinal ?? 0)
  return [...new Map(Array.from(days, (day) => [dayText(day), day] as const)).values()].sort(
    (a, b) => rank(a) - rank(b),
  )
}

function split(text: string): { parts: ReadonlyMap<string, string>; extra: readonly string[] } {
  const parts = new Map<string, string>()
  const extra: string[] = []
  for (const part of text
    .trim()
    .replace(/^RRULE:/i, '')
    .replace(/;$/, '')
    .split(';')) {
    // No control characters: a part that is kept is written into files again, where a line break starts a new property.
    const found = /^\s*([A-Za-z][A-Za-z0-9-]*)=([^\p{Cc}]+)$/u.exec(part)
    const [name, value] = [found?.[1]?.toUpperCase(), found?.[2]?.trim()]
    if (name === undefined || value === undefined) throw invalid('RRULE_SYNTAX', 'has a part that is not NAME=VALUE')
    if (name.startsWith('X-')) {
      extra.push(`${name}=${value}`)
      continue
    }
    if (name === 'RSCALE' || name === 'SKIP') {
      throw new SyncError(
        'unsupported',
        'This recurrence rule counts in another calendar system (RSCALE or SKIP), which calweave cannot expand. Use a Gregorian rule.',
        { reason: 'RRULE_RSCALE' },
      )
    }
    if (!knownNames.has(name)) throw invalid('RRULE_SYNTAX', 'has a part that RFC 5545 does not know')
    if (parts.has(name)) throw invalid('RRULE_SYNTAX', 'has one part twice')
    parts.set(name, value.toUpperCase())
  }
  return { parts, extra }
}

function frequency(value: string | undefined): Frequency {
  const found = frequencies.find((freq) => freq === value)
  if (found === undefined) throw invalid('RRULE_FREQ', 'has no FREQ from SECONDLY to YEARLY')
  return found
}

function positive(value: string, reason: string, what: string): number {
  const number = /^\d{1,12}$/.test(value) ? Number(value) : 0
  if (number < 1) throw invalid(reason, `has ${what} that is not a whole number from 1 up`)
  return number
}

function lastMoment(value: string): EventTime {
  const until = parseCompact(value)
  if (until === undefined) throw invalid('RRULE_UNTIL', 'has an UNTIL that is no date or time')
  return until
}

function weekday(value: string): Weekday {
  const found = weekdays.find((day) => day === value)
  if (found === undefined) throw invalid('RRULE_RANGE', 'names a weekday that does not exist')
  return found
}

function numberList(syntax: NumberSyntax, value: string | undefined): readonly number[] {
  if (value === undefined) return []
  return sortedNumbers(
    value.split(',').map((item) => {
      const found = /^([+-]?)(\d{1,3})$/.exec(item.trim())
      const size = found ? Number(found[2]) : -1
      const allowed = size >= syntax.min && size <= syntax.max && (syntax.signed || found?.[1] !== '-')
      if (!allowed) throw invalid('RRULE_RANGE', `has a ${syntax.name} outside of its range`)
      return found?.[1] === '-' ? -size : size
    }),
  )
}

function dayList(value: string | undefined, freq: Frequency, inWeeks: boolean): readonly RuleDay[] {
  if (value === undefined) return []
  const counted = (freq === 'MONTHLY' || freq === 'YEARLY') && !inWeeks
  return sortedDays(
    value.split(',').map((item) => {
      const found = /^([+-]?\d{1,2})?([A-Z]{2})$/.exec(item.trim())
      if (!found) throw invalid('RRULE_BYDAY', 'has a BYDAY that is no list of weekdays')
      const day = weekday(found[2] ?? '')
      if (found[1] === undefined) return { weekday: day }
      const ordinal = Number(found[1])
      if (!counted) throw invalid('RRULE_BYDAY', 'numbers its weekdays, which only monthly and yearly rules may')
      if (ordinal === 0 || Math.abs(ordinal) > 53) throw invalid('RRULE_RANGE', 'has a BYDAY outside of its range')
      return { weekday: day, ordinal }
    }),
  )
}

function dayText(day: RuleDay): string {
  return `${day.ordinal ?? ''}${day.weekday}`
}

function invalid(reason: string, problem: string): SyncError {
  return new SyncError('invalid_event', `The recurrence rule of this event ${problem}. Correct it in its calendar.`, {
    reason,
  })
}
