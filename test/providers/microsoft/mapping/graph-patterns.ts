import type { GraphPattern, GraphRecurrence } from '../../../../src/providers/microsoft/wire.js'

/**
 * The dates of a recurrence as Microsoft describes them, found by looking at every single day: no code and no idea is shared
 * with what is tested.
 */
export function patternDates({ pattern = {}, range = {} }: GraphRecurrence, most: number, years = 40): string[] {
  const { startDate = '', type, endDate = '', numberOfOccurrences = 0 } = range
  const first = dayNumber(startDate)
  const found: string[] = []
  for (let day = first; day < first + years * 366 && found.length < most; day++) {
    const date = new Date(day * dayMs)
    const text = date.toISOString().slice(0, 10)
    if (type === 'endDate' && text > endDate) break
    if (type === 'numbered' && found.length === numberOfOccurrences) break
    if (isOn(pattern, date, new Date(first * dayMs))) found.push(text)
  }
  return found
}

const dayMs = 86_400_000
const names = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

function dayNumber(text: string): number {
  return Date.parse(`${text}T00:00:00Z`) / dayMs
}

function isOn(pattern: GraphPattern, date: Date, start: Date): boolean {
  const { type, interval = 1, dayOfMonth = 0, month = 0, daysOfWeek = [], firstDayOfWeek = 'sunday' } = pattern
  const days = (date.getTime() - start.getTime()) / dayMs
  const months = (date.getUTCFullYear() - start.getUTCFullYear()) * 12 + date.getUTCMonth() - start.getUTCMonth()
  const years = date.getUTCFullYear() - start.getUTCFullYear()
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  const isThatDay = date.getUTCDate() === Math.min(dayOfMonth, lastDay)
  switch (type) {
    case 'daily':
      return days % interval === 0
    case 'weekly': {
      const weekOf = (at: Date) => at.getTime() / dayMs - ((at.getUTCDay() - names.indexOf(firstDayOfWeek) + 7) % 7)
      return ((weekOf(date) - weekOf(start)) / 7) % interval === 0 && daysOfWeek.includes(names[date.getUTCDay()] ?? '')
    }
    case 'absoluteMonthly':
      return months % interval === 0 && isThatDay
    case 'relativeMonthly':
      return months % interval === 0 && isNth(pattern, date, lastDay)
    case 'absoluteYearly':
      return years % interval === 0 && date.getUTCMonth() + 1 === month && isThatDay
    default:
      return years % interval === 0 && date.getUTCMonth() + 1 === month && isNth(pattern, date, lastDay)
  }
}

/** Whether this is the n-th, or last, day of its month that is any of the weekdays. */
function isNth({ daysOfWeek = [], index = 'first' }: GraphPattern, date: Date, lastDay: number): boolean {
  const isAny = (day: number) =>
    daysOfWeek.includes(names[new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), day)).getUTCDay()] ?? '')
  if (!isAny(date.getUTCDate())) return false
  const all = Array.from({ length: lastDay }, (_, at) => at + 1).filter(isAny)
  const wanted = index === 'last' ? all.at(-1) : all[['first', 'second', 'third', 'fourth'].indexOf(index)]
  return wanted === date.getUTCDate()
}
