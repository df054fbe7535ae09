import { RRuleTemporal } from 'rrule-temporal'
import { isSyncError, SyncError, throwIfAborted } from '../errors.js'
import { type Frequency, formatRule, frequencies, type Rule, weekdays } from './rule.js'
import { formatCompact, wallMs } from './time.js'

/**
 * The days and times that a rule gives, on a clock without zone: all numbers here are wall milliseconds (`wallMs`).
 * Zones come in afterwards, so the result cannot depend on the zone of the process, and 02:30 stays 02:30 in the
 * night that skips it. The only home of the recurrence library.
 */

/** What of a rule's dates is wanted. */
export interface DateRange {
  /** First and last wall time, both included. */
  readonly from: number
  readonly to: number
  /** Stop soon after this many. The answer may hold more, never less. */
  readonly enough: number
  readonly signal?: AbortSignal | undefined
}

/**
 * The dates of a rule within a range, in order. The start is the first of them even where the rule does not fit it, and
 * COUNT counts it. UNTIL is left to the caller, who knows the zone it is meant in.
 * @throws SyncError `limit_exceeded` (`LIMIT_RECURRENCE`) when the dates cannot be found in a bounded number of steps.
 */
export function ruleDates(rule: Rule, start: string, range: DateRange): readonly number[] {
  const first = wallMs(start)
  const lastYear = wallMs('2201-01-01T00:00:00')
  const bounds = { ...range, from: Math.max(range.from, first), to: Math.min(range.to, lastYear) }
  if (bounds.to < first) return []
  assertSparse(rule)
  const endless = withoutCount(rule)
  const fits = between(endless, start, first, first).length > 0
  const left = rule.count === undefined ? undefined : rule.count - (fits ? 0 : 1)
  const generated = left === 0 ? [] : counted(endless, left, start, bounds)
  return fits || range.from > first ? generated : [first, ...generated]
}

/** Steps of the library for one question: one step is a period or a candidate within it. */
const maxSteps = 20_000
const minuteMs = 60_000
const dayMs = 1_440 * minuteMs

const fewDates = 200

/** How much time a first look ahead covers: some hundred dates of the plain rule. */
const sliceMs: Readonly<Record<Frequency, number>> = {
  SECONDLY: 60 * minuteMs,
  MINUTELY: dayMs,
  HOURLY: 30 * dayMs,
  DAILY: 730 * dayMs,
  WEEKLY: 3_650 * dayMs,
  MONTHLY: 14_600 * dayMs,
  YEARLY: 146_000 * dayMs,
}

/** About a thousand years of each unit: a larger interval never comes back within our time, but overflows the library. */
const maxInterval: Readonly<Record<Frequency, number>> = {
  SECONDLY: 31_000_000_000,
  MINUTELY: 520_000_000,
  HOURLY: 8_700_000,
  DAILY: 365_000,
  WEEKLY: 52_000,
  MONTHLY: 12_000,
  YEARLY: 1_000,
}

/** Refuses lists of hours, minutes and seconds that multiply to more moments per day than we would ever list. */
function assertSparse(rule: Rule): void {
  const daily = frequencies.indexOf(rule.freq) >= frequencies.indexOf('DAILY')
  const moments = [rule.byHour, rule.byMinute, rule.bySecond].reduce(
    (product, list) => product * Math.max(1, list.length),
    1,
  )
  if (daily && moments > maxSteps) throw tooMuch()
}

/** The first `count` dates of a rule, or all, as far as they lie within a range. */
function counted(rule: Rule, count: number | undefined, start: string, range: DateRange): readonly number[] {
  if (count === undefined) return sliced(rule, start, range)
  const last = lastOfPlain(rule, count, start, range)
  if (last !== undefined) return sliced(rule, start, { ...range, to: Math.min(range.to, last) })
  if (rule.freq === 'MONTHLY' || rule.freq === 'YEARLY') return countedByMonths(rule, count, start, range)
  // Which date is the n-th can only be found by walking there.
  const found: number[] = []
  let [steps, passed] = [0, 0]
  ask(() =>
    library(rule, start).all((date) => {
      const wall = date.epochMilliseconds
      if (++steps > maxSteps) throw tooMuch()
      if (!keeps(rule, wall)) return true
      if (wall >= range.from && wall <= range.to) found.push(wall)
      return ++passed < count && wall < range.to && found.length <= range.enough
    }),
  )
  return found
}

/** Months are few: all dates since the start can be listed, and a rule that never gives one is found out at once. */
function countedByMonths(rule: Rule, count: number, start: string, range: DateRange): readonly number[] {
  const dates = sliced(rule, start, { ...range, from: wallMs(start), enough: Math.min(count, maxSteps) })
  if (dates.length > maxSteps && count > maxSteps) throw tooMuch()
  return dates.slice(0, count).filter((wall) => wall >= range.from)
}

/** Looks ahead in slices that grow while they hold little: a dense rule can be left early, a sparse one is soon through. */
function sliced(rule: Rule, start: string, range: DateRange): readonly number[] {
  const found: number[] = []
  let size = sliceMs[rule.freq] * Math.min(rule.interval, 1_000)
  for (let from = range.from; from <= range.to && found.length <= range.enough; ) {
    throwIfAborted(range.signal)
    const to = Math.min(range.to, from + size)
    const dates = between(rule, start, from, to)
    for (const wall of dates) found.push(wall)
    from = to + 1_000
    if (dates.length < fewDates) size *= 2
  }
  return found
}

function between(rule: Rule, start: string, from: number, to: number): readonly number[] {
  return ask(() =>
    library(rule, start)
      .between(new Date(from), new Date(to), true)
      .map((date) => date.epochMilliseconds)
      .filter((wall) => keeps(rule, wall)),
  )
}

/**
 * Whether a date is one that the rule's own lists allow. Of some rare combinations (BYDAY beside BYYEARDAY, a numbered
 * BYDAY beside BYMONTHDAY) the library forgets a part; then its answer holds too many dates, and these are dropped.
 * @throws SyncError `unsupported` where BYSETPOS has already picked from the wrong ones.
 */
function keeps(rule: Rule, wall: number): boolean {
  const at = new Date(wall)
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()]
  const within = (list: readonly number[], value: number, size: number) =>
    list.length === 0 || list.includes(value) || list.includes(value - size - 1)
  const daysIn = (from: number, to: number) => (to - from) / dayMs
  const [yearStart, yearEnd] = [Date.UTC(year, 0, 1), Date.UTC(year + 1, 0, 1)]
  const weekday = weekdays[(at.getUTCDay() + 6) % 7]
  const kept =
    (rule.byMonth.length === 0 || rule.byMonth.includes(month + 1)) &&
    within(rule.byMonthDay, day, daysIn(Date.UTC(year, month, 1), Date.UTC(year, month + 1, 1))) &&
    within(rule.byYearDay, Math.floor(daysIn(yearStart, wall)) + 1, daysIn(yearStart, yearEnd)) &&
    (rule.byDay.length === 0 || rule.byDay.some((item) => item.weekday === weekday))
  if (!kept && rule.bySetPos.length > 0) {
    throw new SyncError(
      'unsupported',
      'This recurrence rule combines its parts in a way that cannot be listed. Use a simpler rule.',
      {
        reason: 'RRULE_COMBINATION',
      },
    )
  }
  return kept
}

/** Every failure of the library is one of its caps, or a date outside of its calendar: to us the same. */
function ask<T>(question: () => T): T {
  try {
    return question()
  } catch (error) {
    throw isSyncError(error) ? error : tooMuch(error)
  }
}

function library(rule: Rule, start: string): RRuleTemporal {
  const text = formatRule({
    ...withoutUntil(rule),
    interval: Math.min(rule.interval, maxInterval[rule.freq]),
    bySecond: [...new Set(rule.bySecond.map((second) => Math.min(second, 59)))],
    extra: [],
  })
  return new RRuleTemporal({
    rruleString: `DTSTART:${formatCompact({ kind: 'timed', local: start, zone: 'UTC' })}\nRRULE:${text}`,
    maxIterations: maxSteps,
    maxCandidateEvaluations: maxSteps,
  })
}

/**
 * The wall time of the n-th date, or one past the range, where it can be told without the library: for plain units by
 * arithmetic, for days and weeks with lists by looking at every day. These are nearly all rules with COUNT that people have.
 */
function lastOfPlain(rule: Rule, count: number, start: string, range: DateRange): number | undefined {
  const first = wallMs(start)
  const unit = unitMs[rule.freq]
  const dateLists = [rule.byDay, rule.byMonth, rule.byMonthDay, rule.byYearDay]
  const timeLists = [rule.byHour, rule.byMinute, rule.bySecond]
  if (rule.byWeekNo.length > 0 || rule.bySetPos.length > 0) return undefined
  if (unit !== undefined && [...dateLists, ...timeLists].every((list) => list.length === 0)) {
    return first + (count - 1) * rule.interval * unit
  }
  return rule.freq === 'DAILY' || rule.freq === 'WEEKLY' ? lastByDays(rule, count, first, range) : undefined
}

const unitMs: Readonly<Partial<Record<Frequency, number>>> = {
  SECONDLY: 1_000,
  MINUTELY: minuteMs,
  HOURLY: 60 * minuteMs,
  DAILY: dayMs,
}

function lastByDays(rule: Rule, count: number, first: number, range: DateRange): number {
  const firstDay = Math.floor(first / dayMs)
  const weekly = rule.freq === 'WEEKLY'
  // Day 0 of the epoch was a Thursday, number 3 of a week that begins on Monday.
  const weekOf = (day: number) => Math.floor((day + 3 - weekdays.indexOf(rule.weekStart ?? 'MO')) / 7)
  const impliesDay = weekly && [rule.byDay, rule.byMonthDay, rule.byYearDay].every((list) => list.length === 0)
  const times = timesOfDay(rule, first - firstDay * dayMs)
  // Of the first day, only what is not before the start counts.
  let passed = -times.filter((time) => firstDay * dayMs + time < first).length
  for (let day = firstDay; day * dayMs <= range.to; day += weekly ? 1 : rule.interval) {
    if (weekly && (weekOf(day) - weekOf(firstDay)) % rule.interval !== 0) continue
    if (impliesDay && (day - firstDay) % 7 !== 0) continue
    if (!keeps(rule, day * dayMs)) {
      if (day === firstDay) passed = 0
      continue
    }
    const time = times[count - passed - 1]
    if (time !== undefined) return day * dayMs + time
    passed += times.length
  }
  return range.to + 1
}

/** The moments of a day that the lists of a rule give, in milliseconds after midnight. */
function timesOfDay(rule: Rule, startTime: number): readonly number[] {
  const or = (list: readonly number[], value: number) => (list.length > 0 ? list : [value])
  const seconds = or(rule.bySecond, Math.floor(startTime / 1_000) % 60).map((second) => Math.min(second, 59) * 1_000)
  const minutes = or(rule.byMinute, Math.floor(startTime / minuteMs) % 60).map((minute) => minute * minuteMs)
  const hours = or(rule.byHour, Math.floor(startTime / (60 * minuteMs))).map((hour) => hour * 60 * minuteMs)
  const all = hours.flatMap((hour) => minutes.flatMap((minute) => seconds.map((second) => hour + minute + second)))
  return [...new Set(all)].sort((a, b) => a - b)
}

function withoutCount(rule: Rule): Rule {
  const { count: _count, ...rest } = rule
  return rest
}

function withoutUntil(rule: Rule): Rule {
  const { until: _until, ...rest } = rule
  return rest
}

function tooMuch(cause?: unknown): SyncError {
  return new SyncError(
    'limit_exceeded',
    'This series repeats too often to be listed here. Ask for a shorter time, or give the series a simpler rule.',
    { reason: 'LIMIT_RECURRENCE', ...(cause === undefined ? {} : { cause }) },
  )
}
