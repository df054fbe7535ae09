import { addDays, wallMs } from '../../model/time.js'
import type { MicrosoftPattern, MicrosoftRange, MicrosoftRecurrence } from './resources.js'

/** A pattern with all that it needs. */
export type KeptPattern = Required<MicrosoftPattern>

/** A recurrence as it is kept: nothing is left out. */
export interface KeptRecurrence extends MicrosoftRecurrence {
  readonly pattern: KeptPattern
  readonly range: Required<MicrosoftRange> & { readonly endDate: string; readonly recurrenceTimeZone: string }
}

export const weekdayNames: readonly string[] = [
  ...['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'],
]
export const indexNames: readonly string[] = ['first', 'second', 'third', 'fourth', 'last']

/**
 * The dates of a recurrence, in order. Endless ones never end by themselves: whoever asks stops.
 *
 * Days that a month does not have become its last day, as Exchange does it; a rule of iCalendar leaves such months out.
 */
export function* datesOf(recurrence: KeptRecurrence): Generator<string> {
  const { dates, rest } = known.get(recurrence) ?? { dates: [], rest: generated(recurrence) }
  known.set(recurrence, { dates, rest })
  for (let index = 0; ; index++) {
    if (index === dates.length) {
      const next = rest.next()
      if (next.done) return
      dates.push(next.value)
    }
    yield dates[index] ?? ''
  }
}

/** What was found of recurrences already: a page asks for the same dates once for each occurrence on it. */
const known = new WeakMap<KeptRecurrence, { readonly dates: string[]; readonly rest: Generator<string> }>()

function* generated({ pattern, range }: KeptRecurrence): Generator<string> {
  let count = 0
  for (const date of allDates(pattern, range.startDate)) {
    if (range.type === 'endDate' && date > range.endDate) return
    if (range.type === 'numbered' && count >= range.numberOfOccurrences) return
    // The calendar of the model ends there.
    if (date >= '2200') return
    count++
    yield date
  }
}

/** The dates of a pattern from a day on. */
function* allDates(pattern: KeptPattern, from: string): Generator<string> {
  for (let step = 0; ; step++) {
    for (const date of datesOfStep(pattern, from, step)) if (date >= from) yield date
    if (step > 100_000) return
  }
}

/** The dates in one day, week, month or year of a pattern. */
function datesOfStep(pattern: KeptPattern, from: string, step: number): readonly string[] {
  const { type, interval, dayOfMonth, month } = pattern
  const [year = 0, firstMonth = 1] = from.split('-').map(Number)
  switch (type) {
    case 'daily':
      return [addDays(from, step * interval)]
    case 'weekly': {
      const first = weekdayNames.indexOf(pattern.firstDayOfWeek)
      const week = addDays(from, step * interval * 7 - ((weekdayOf(from) - first + 7) % 7))
      const days = Array.from({ length: 7 }, (_, day) => addDays(week, day))
      return days.filter((date) => pattern.daysOfWeek.includes(weekdayNames[weekdayOf(date)] ?? ''))
    }
    case 'absoluteMonthly':
      return [dayIn(year, firstMonth + step * interval, dayOfMonth)]
    case 'absoluteYearly':
      return [dayIn(year + step * interval, month, dayOfMonth)]
    case 'relativeMonthly':
      return relativeDay(year, firstMonth + step * interval, pattern)
    default:
      return relativeDay(year + step * interval, month, pattern)
  }
}

/** A day of a month, or the month's last day where it has no such day. The month may be beyond December. */
function dayIn(year: number, month: number, day: number): string {
  return daysOf(year, month)[Math.min(day, daysOf(year, month).length) - 1] ?? ''
}

/** Of several weekdays it is the first, second or last day that is any of them: not one of each. */
function relativeDay(year: number, month: number, { daysOfWeek, index }: KeptPattern): readonly string[] {
  const fitting = daysOf(year, month).filter((date) => daysOfWeek.includes(weekdayNames[weekdayOf(date)] ?? ''))
  const found = index === 'last' ? fitting.at(-1) : fitting[indexNames.indexOf(index)]
  return found === undefined ? [] : [found]
}

function daysOf(year: number, month: number): readonly string[] {
  const first = new Date(Date.UTC(year, month - 1, 1)).toISOString().slice(0, 10)
  const next = new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10)
  const length = (wallMs(next) - wallMs(first)) / 86_400_000
  return Array.from({ length }, (_, day) => addDays(first, day))
}

function weekdayOf(date: string): number {
  return new Date(wallMs(date)).getUTCDay()
}
