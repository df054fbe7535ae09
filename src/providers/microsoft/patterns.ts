import type { Rule, RuleDay, Weekday } from '../../model/rule.js'
import { sortedDays, weekdays } from '../../model/rule.js'
import { addDays, wallMs } from '../../model/time.js'
import { broken } from './times.js'
import type { GraphPattern } from './wire.js'

/**
 * Patterns of Graph, and the rules of iCalendar that give exactly the same days.
 *
 * A day that a month does not have is its last one at Graph, and none by a rule. Of several weekdays of a month Graph means
 * the first (second, last) day that is any of them, and a rule, each of them. So every rule below says what is meant in its
 * own way, and a rule for which there is no pattern has none: nothing is approximated.
 * @see https://learn.microsoft.com/graph/api/resources/recurrencepattern
 */

/** What a rule says of the days there are; its end is said by the range. */
export type Days = Pick<Rule, 'freq' | 'interval' | 'byDay' | 'byMonthDay' | 'byMonth' | 'bySetPos'> &
  Partial<Pick<Rule, 'weekStart'>>

/** Graph takes no larger one. */
const mostInterval = 99

/** The rule of a pattern. @throws SyncError `invalid_event` for a pattern that is none. */
export function daysOf(pattern: GraphPattern): Days {
  const { type, interval = 1, dayOfMonth = 0, month = 0 } = pattern
  if (!Number.isInteger(interval) || interval < 1 || interval > 10_000) throw notOne()
  const plain = { interval, byDay: [], byMonthDay: [], byMonth: [], bySetPos: [] }
  switch (type) {
    case 'daily':
      return { ...plain, freq: 'DAILY' }
    case 'weekly': {
      const weekStart = weekdayOf(pattern.firstDayOfWeek ?? 'sunday')
      // In every week there is, it does not matter where one begins.
      return { ...plain, freq: 'WEEKLY', byDay: readDays(pattern), ...(interval > 1 ? { weekStart } : {}) }
    }
    case 'absoluteMonthly':
      if (!Number.isInteger(dayOfMonth) || dayOfMonth < 1 || dayOfMonth > 31) throw notOne()
      return { ...plain, freq: 'MONTHLY', ...dayOrLast(dayOfMonth, [28, 29, 30, 31]) }
    case 'relativeMonthly':
      return { ...plain, freq: 'MONTHLY', ...nthDay(pattern) }
    case 'absoluteYearly':
      if (!Number.isInteger(dayOfMonth) || dayOfMonth < 1 || dayOfMonth > 31) throw notOne()
      return { ...plain, freq: 'YEARLY', byMonth: readMonth(month), ...dayOrLast(dayOfMonth, lengthsOf(month)) }
    case 'relativeYearly':
      return { ...plain, freq: 'YEARLY', byMonth: readMonth(month), ...nthDay(pattern) }
    default:
      throw notOne()
  }
}

/** The pattern of a rule whose series starts on this date; undefined where there is none. */
export function patternOf(rule: Rule, start: string): GraphPattern | undefined {
  const found = onlyDays(rule) ? patternFor(asYears(rule, start), start) : undefined
  if (!found || (found.interval ?? 1) > mostInterval) return undefined
  return found
}

/** Whether a day is one of those that a pattern gives, its interval left aside: a series begins on one. */
export function fits(pattern: GraphPattern, date: string): boolean {
  const { type, dayOfMonth = 0, month, daysOfWeek = [], index } = pattern
  const [, monthOfDate = 0, day = 0] = date.split('-').map(Number)
  if (month !== undefined && month !== 0 && /Yearly$/.test(type ?? '') && month !== monthOfDate) return false
  switch (type) {
    case 'weekly':
      return daysOfWeek.includes(dayNames[weekdayIn(date)])
    case 'absoluteMonthly':
    case 'absoluteYearly':
      return day === Math.min(dayOfMonth, lengthOf(date))
    case 'relativeMonthly':
    case 'relativeYearly': {
      if (!daysOfWeek.includes(dayNames[weekdayIn(date)])) return false
      const all = Array.from({ length: lengthOf(date) }, (_, at) => at + 1)
      const fitting = all.filter((one) => daysOfWeek.includes(dayNames[weekdayIn(`${date.slice(0, 8)}${two(one)}`)]))
      return day === (index === 'last' ? fitting.at(-1) : fitting[indexes.indexOf(index ?? 'first')])
    }
    default:
      return true
  }
}

/**
 * The day of a pattern that is nearest to a date, before or after it; undefined where that is before its start. The date
 * itself does not count.
 */
export function neighbour(pattern: GraphPattern, start: string, date: string, way: 1 | -1): string | undefined {
  const { type = '', interval = 1 } = pattern
  const unit = type === 'daily' ? 1 : type === 'weekly' ? 7 : /Monthly$/.test(type) ? 31 : 366
  // Two steps of the pattern, and a month of which the day may be anywhere.
  const end = addDays(date, way * (2 * interval * unit + 62))
  let found = addDays(date, way)
  while (found >= start && (way > 0 ? found <= end : found >= end)) {
    const isIn = isStep(pattern, start, found)
    if (isIn && fits(pattern, found)) return found
    found = isIn || unit < 31 ? addDays(found, way) : besideMonth(found, way)
  }
  return undefined
}

/** The last day of the month before, or the first of the one after. */
function besideMonth(date: string, way: 1 | -1): string {
  return addDays(`${date.slice(0, 8)}01`, way > 0 ? lengthOf(date) : -1)
}

/** Whether the day, week, month or year of a date is one in which a pattern that begins at `start` has days. */
function isStep(
  { type = '', interval = 1, month: only = 0, firstDayOfWeek = 'sunday' }: GraphPattern,
  start: string,
  date: string,
): boolean {
  const [year = 0, month = 0] = date.split('-').map(Number)
  const [startYear = 0, startMonth = 0] = start.split('-').map(Number)
  if (/Yearly$/.test(type)) return (year - startYear) % interval === 0 && month === only
  if (/Monthly$/.test(type)) return (year * 12 + month - startYear * 12 - startMonth) % interval === 0
  const dayOf = (text: string): number => wallMs(text) / 86_400_000
  if (type === 'daily') return (dayOf(date) - dayOf(start)) % interval === 0
  const first = weekdays.indexOf(weekdayOf(firstDayOfWeek))
  // Day 0 was a Thursday, number 3 of a week that begins on Monday.
  const weekOf = (text: string): number => Math.floor((dayOf(text) + 3 - first) / 7)
  return (weekOf(date) - weekOf(start)) % interval === 0
}

const dayNames: Readonly<Record<Weekday, string>> = {
  MO: 'monday',
  TU: 'tuesday',
  WE: 'wednesday',
  TH: 'thursday',
  FR: 'friday',
  SA: 'saturday',
  SU: 'sunday',
}

const indexes = ['first', 'second', 'third', 'fourth', 'last']

function patternFor(rule: Rule, start: string): GraphPattern | undefined {
  const { freq, interval, byDay } = rule
  const isPlain = rule.byMonthDay.length + rule.byMonth.length + rule.bySetPos.length === 0
  const isEachDay = byDay.every(({ ordinal }) => ordinal === undefined)
  if (freq === 'DAILY') {
    if (!isPlain) return undefined
    if (byDay.length === 0 || byDay.length === 7) return { type: 'daily', interval }
    return interval === 1 ? weekly(rule, byDay) : undefined
  }
  if (freq === 'WEEKLY') {
    if (!isPlain) return undefined
    return weekly(rule, byDay.length > 0 ? byDay : [{ weekday: weekdayIn(start) }])
  }
  if (freq === 'MONTHLY') {
    if (rule.byMonth.length > 0) return undefined
    // "Every Tuesday" of every month is every Tuesday.
    if (isPlain && byDay.length > 0 && isEachDay) return interval === 1 ? weekly(rule, byDay) : undefined
    return inMonth(rule, 'Monthly', visitedLengths(interval, start), start)
  }
  const named = rule.byMonth.length === 0 && rule.byMonthDay.length + byDay.length + rule.bySetPos.length === 0
  const month = named ? Number(start.slice(5, 7)) : rule.byMonth[0]
  if (freq !== 'YEARLY' || rule.byMonth.length > 1 || month === undefined) return undefined
  const found = inMonth(rule, 'Yearly', lengthsOf(month), start)
  return found && { ...found, month }
}

/** A pattern by the days of one month: a day by its number, or the n-th of some weekdays. */
function inMonth(
  rule: Rule,
  every: 'Monthly' | 'Yearly',
  lengths: readonly number[],
  start: string,
): GraphPattern | undefined {
  const { byDay, byMonthDay, interval } = rule
  if (byDay.length > 0) {
    const index = byMonthDay.length > 0 ? undefined : indexOf(rule)
    const daysOfWeek = byDay.map(({ weekday }) => dayNames[weekday])
    return index === undefined ? undefined : { type: `relative${every}`, interval, daysOfWeek, index }
  }
  const days = byMonthDay.length > 0 ? byMonthDay : [Number(start.slice(8, 10))]
  // A last day is the thirty-first, where nothing is said of the month.
  const dayOfMonth = dayIn(days, rule.bySetPos, lengths, every === 'Monthly' ? 31 : (lengths.at(-1) ?? 31))
  return dayOfMonth === undefined ? undefined : { type: `absolute${every}`, interval, dayOfMonth }
}

/** The one day of a month that days and a position mean, as Graph numbers it: the last one where there is no such day. */
function dayIn(
  days: readonly number[],
  positions: readonly number[],
  lengths: readonly number[],
  most: number,
): number | undefined {
  const [position, ...more] = positions
  if (more.length > 0 || (position === undefined && days.length > 1)) return undefined
  const meant = lengths.map((length) => {
    const there = days.map((day) => (day > 0 ? day : length + 1 + day)).filter((day) => day >= 1 && day <= length)
    const sorted = [...new Set(there)].sort((a, b) => a - b)
    return sorted.at(position === undefined ? 0 : position > 0 ? position - 1 : position)
  })
  const isLast = position === undefined ? days[0] === -1 : position === -1
  const last = days.every((day) => day > 0) ? Math.max(...days) : most
  const wanted = isLast ? Math.min(last, most) : meant.at(-1)
  const isSame = lengths.every((length, at) => wanted !== undefined && meant[at] === Math.min(wanted, length))
  return isSame ? wanted : undefined
}

/** The index that means as much as these weekdays with their ordinals or their position. */
function indexOf({ byDay, bySetPos }: Rule): string | undefined {
  const [day, ...more] = byDay
  const [position, ...others] = bySetPos
  if (others.length > 0) return undefined
  const isEachDay = byDay.every(({ ordinal }) => ordinal === undefined)
  if (!isEachDay) return more.length === 0 && position === undefined ? nameOf(day?.ordinal) : undefined
  return nameOf(position)
}

function nameOf(position: number | undefined): string | undefined {
  if (position === -1) return 'last'
  return position !== undefined && position >= 1 && position <= 4 ? indexes[position - 1] : undefined
}

function weekly({ freq, interval, weekStart = 'MO' }: Rule, byDay: readonly RuleDay[]): GraphPattern | undefined {
  if (byDay.some(({ ordinal }) => ordinal !== undefined)) return undefined
  const daysOfWeek = byDay.map(({ weekday }) => dayNames[weekday])
  // Said always: Graph's own default is Sunday, that of rules Monday.
  return { type: 'weekly', interval, daysOfWeek, firstDayOfWeek: dayNames[freq === 'WEEKLY' ? weekStart : 'MO'] }
}

/** No times of day, no days of the year, no numbered weeks. */
function onlyDays({ freq, byHour, byMinute, bySecond, byYearDay, byWeekNo }: Rule): boolean {
  const isDaily = freq === 'DAILY' || freq === 'WEEKLY' || freq === 'MONTHLY' || freq === 'YEARLY'
  return isDaily && [byHour, byMinute, bySecond, byYearDay, byWeekNo].every((list) => list.length === 0)
}

/** Every so many months, more than Graph counts, are one month of every so many years. */
function asYears(rule: Rule, start: string): Rule {
  const isLong = rule.interval > mostInterval && rule.interval % 12 === 0
  if (rule.freq !== 'MONTHLY' || !isLong || rule.byMonth.length > 0) return rule
  const isEachDay = rule.byDay.length > 0 && rule.byDay.every(({ ordinal }) => ordinal === undefined)
  if (isEachDay && rule.bySetPos.length === 0) return rule
  return { ...rule, freq: 'YEARLY', interval: rule.interval / 12, byMonth: [Number(start.slice(5, 7))] }
}

/** A day, or in months that are shorter the last one, as rules say it. */
function dayOrLast(day: number, lengths: readonly number[]): Partial<Days> {
  const shortest = lengths[0] ?? 28
  const longest = lengths.at(-1) ?? 31
  if (day <= shortest || shortest === longest) return { byMonthDay: [Math.min(day, longest)] }
  if (day >= longest) return { byMonthDay: [-1] }
  return { byMonthDay: Array.from({ length: day - shortest + 1 }, (_, at) => shortest + at), bySetPos: [-1] }
}

function nthDay(pattern: GraphPattern): Partial<Days> {
  const byDay = readDays(pattern)
  const at = indexes.indexOf(pattern.index ?? 'first')
  if (at < 0) throw notOne()
  const position = at === 4 ? -1 : at + 1
  const [day] = byDay
  return byDay.length === 1 && day ? { byDay: [{ ...day, ordinal: position }] } : { byDay, bySetPos: [position] }
}

function readDays({ daysOfWeek = [] }: GraphPattern): readonly RuleDay[] {
  const days = sortedDays(daysOfWeek.map((name) => ({ weekday: weekdayOf(name) })))
  if (days.length === 0) throw notOne()
  return days
}

function weekdayOf(name: string): Weekday {
  const found = weekdays.find((day) => dayNames[day] === name.toLowerCase())
  if (!found) throw notOne()
  return found
}

function readMonth(month: number): readonly number[] {
  if (!Number.isInteger(month) || month < 1 || month > 12) throw notOne()
  return [month]
}

/** How long the months are that a rule comes to, in ascending order; twelve steps come to all that it ever does. */
function visitedLengths(interval: number, start: string): readonly number[] {
  const first = Number(start.slice(5, 7)) - 1
  const months = Array.from({ length: 12 }, (_, step) => ((first + step * interval) % 12) + 1)
  return [...new Set(months.flatMap(lengthsOf))].sort((a, b) => a - b)
}

function lengthsOf(month: number): readonly number[] {
  if (month === 2) return [28, 29]
  return [[4, 6, 9, 11].includes(month) ? 30 : 31]
}

function lengthOf(date: string): number {
  const [year = 0, month = 1] = date.split('-').map(Number)
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}

function weekdayIn(date: string): Weekday {
  return weekdays[(new Date(wallMs(date)).getUTCDay() + 6) % 7] ?? 'MO'
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

function notOne(): ReturnType<typeof broken> {
  return broken('PATTERN', 'repeats in a way that is not known')
}
