import type { EventTime } from './content.js'
import {
  formatRule,
  parseRule,
  type Rule,
  type RuleDay,
  sortedDays,
  sortedNumbers,
  type Weekday,
  weekdays,
} from './rule.js'
import { wallMs } from './time.js'
import { comparableUntil } from './until.js'

/**
 * Whether two rules give the same occurrences for a series with this start, as far as their text can tell.
 *
 * Calendars rewrite rules: they spell out what the start implies, drop defaults, turn an UNTIL into a date or into
 * UTC, write the last Friday with BYSETPOS. None of that is an edit. `X-` parts are not compared. A text that is no rule
 * equals only itself.
 */
export function sameRule(a: string | null, b: string | null, start: EventTime): boolean {
  if (a === b) return true
  if (a === null || b === null) return false
  const [left, right] = [comparable(a, start), comparable(b, start)]
  return left !== undefined && left === right
}

function comparable(text: string, start: EventTime): string | undefined {
  try {
    const rule = explicit(parseRule(text), start)
    const until = comparableUntil(rule, start)
    return `${formatRule(withoutEnd(rule))};COUNT=${rule.count ?? ''};UNTIL=${until ?? ''}`
  } catch {
    return undefined
  }
}

/** The same rule with everything said that the start implies, and one of several spellings chosen. */
function explicit(rule: Rule, start: EventTime): Rule {
  const local = start.kind === 'date' ? `${start.date}T00:00:00` : start.local
  // The order matters: what a step leaves out is filled in by a later one.
  return [withTimes, withDays, withoutSetPos, asWeekly, asYearly, withWeekStart].reduce(
    (current, step) => step(current, local, start.kind === 'date'),
    { ...rule, extra: [] } as Rule,
  )
}

/** A time of day that only repeats the start's is left out; whole days have none. */
function withTimes(rule: Rule, local: string, isDate: boolean): Rule {
  if (isDate) return { ...rule, byHour: [], byMinute: [], bySecond: [] }
  const onlyOf = (list: readonly number[], from: number) =>
    list.length === 1 && list[0] === Number(local.slice(from, from + 2))
  const [hour, minute, second] = [onlyOf(rule.byHour, 11), onlyOf(rule.byMinute, 14), onlyOf(rule.bySecond, 17)]
  switch (rule.freq) {
    case 'SECONDLY':
      return rule
    case 'MINUTELY':
      return { ...rule, bySecond: second ? [] : rule.bySecond }
    case 'HOURLY':
      return { ...rule, byMinute: minute ? [] : rule.byMinute, bySecond: second ? [] : rule.bySecond }
    default:
      return {
        ...rule,
        byHour: hour ? [] : rule.byHour,
        byMinute: minute ? [] : rule.byMinute,
        bySecond: second ? [] : rule.bySecond,
      }
  }
}

/** A rule without days takes the start's. */
function withDays(rule: Rule, local: string): Rule {
  const lists = [rule.byDay, rule.byMonthDay, rule.byYearDay, rule.byWeekNo]
  if (lists.some((list) => list.length > 0)) return rule
  const [month, day] = [Number(local.slice(5, 7)), Number(local.slice(8, 10))]
  switch (rule.freq) {
    case 'WEEKLY':
      return { ...rule, byDay: [{ weekday: weekdayOf(local) }] }
    case 'MONTHLY':
      return { ...rule, byMonthDay: [day] }
    case 'YEARLY':
      return { ...rule, byMonth: rule.byMonth.length > 0 ? rule.byMonth : [month], byMonthDay: [day] }
    default:
      return rule
  }
}

/** "The last of all Fridays" of a month is its last Friday. */
function withoutSetPos(rule: Rule): Rule {
  const [day, ...moreDays] = rule.byDay
  const [position, ...morePositions] = rule.bySetPos
  const others = [rule.byMonthDay, rule.byYearDay, rule.byWeekNo, rule.byHour, rule.byMinute, rule.bySecond]
  const isMonth = rule.freq === 'MONTHLY' || (rule.freq === 'YEARLY' && rule.byMonth.length === 1)
  if (!isMonth || day === undefined || day.ordinal !== undefined || position === undefined) return rule
  if (moreDays.length + morePositions.length > 0 || others.some((list) => list.length > 0) || Math.abs(position) > 5)
    return rule
  const counted: RuleDay = { weekday: day.weekday, ordinal: position }
  return { ...rule, byDay: [counted], bySetPos: [] }
}

/** Every day, or every day that is a weekday, is every week on these days. */
function asWeekly(rule: Rule): Rule {
  const others = [rule.byMonthDay, rule.byYearDay, rule.byWeekNo, rule.bySetPos]
  if (rule.freq !== 'DAILY' || rule.interval !== 1 || others.some((list) => list.length > 0)) return rule
  return {
    ...rule,
    freq: 'WEEKLY',
    byDay: rule.byDay.length > 0 ? rule.byDay : sortedDays(weekdays.map((weekday) => ({ weekday }))),
  }
}

/** Every twelfth month is every year in the start's month. */
function asYearly(rule: Rule, local: string): Rule {
  const others = [rule.byMonth, rule.byYearDay, rule.byWeekNo]
  if (rule.freq !== 'MONTHLY' || rule.interval % 12 !== 0 || others.some((list) => list.length > 0)) return rule
  return { ...rule, freq: 'YEARLY', interval: rule.interval / 12, byMonth: sortedNumbers([Number(local.slice(5, 7))]) }
}

/** The start of the week is said where it makes a difference, and only there. */
function withWeekStart(rule: Rule, local: string): Rule {
  const { weekStart = 'MO', ...rest } = rule
  const [day, ...moreDays] = rule.byDay
  const oneDay = rule.byDay.length === 0 || (moreDays.length === 0 && day?.weekday === weekdayOf(local))
  const countsWeeks = rule.freq === 'WEEKLY' && (rule.interval > 1 || rule.bySetPos.length > 0) && !oneDay
  const numbersWeeks = rule.freq === 'YEARLY' && rule.byWeekNo.length > 0
  return countsWeeks || numbersWeeks || rule.byWeekNo.length > 0 ? { ...rest, weekStart } : rest
}

function weekdayOf(local: string): Weekday {
  // Day 0 of the epoch was a Thursday, number 3 of a week that begins on Monday.
  const day = Math.floor(wallMs(local) / 86_400_000) + 3
  return weekdays[((day % 7) + 7) % 7] ?? 'MO'
}

function withoutEnd(rule: Rule): Rule {
  const { count: _count, until: _until, ...rest } = rule
  return rest
}
