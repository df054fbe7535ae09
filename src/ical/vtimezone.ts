import { localText, offsetAt } from '../model/time.js'
import type { Component, Item } from './component.js'

/**
 * Describes a zone for readers that do not know its name.
 *
 * The changes of the clocks are found by asking for offsets, so they are the platform's own and never older than the
 * wall times we compute. A yearly pattern that holds until the end becomes a rule, whatever is before or beside it
 * (Ramadan in Casablanca) is listed.
 *
 * @param fromYear The year of the earliest time that uses the zone.
 * @param toYear The last year that has to be right; a pattern goes on after it.
 * @see RFC 5545 section 3.6.5
 */
export function vtimezone(zone: string, fromYear: number, toYear: number): Component {
  const key = `${zone} ${fromYear} ${toYear}`
  const known = generated.get(key)
  if (known) return known
  const start = Date.UTC(fromYear, 0, 1)
  const first = seconds(offsetAt(start, zone))
  const items: Item[] = [{ name: 'TZID', text: `TZID:${zone}` }, observance({ at: start, from: first, to: first }, [])]
  const kinds = new Map<string, Change[]>()
  for (const change of changes(zone, start, Date.UTC(toYear + 1, 0, 1))) {
    const kind = `${change.from} ${change.to}`
    kinds.set(kind, [...(kinds.get(kind) ?? []), change])
  }
  for (const kind of kinds.values()) {
    const pattern = yearly(kind, toYear)
    const listed = pattern ? kind.slice(0, kind.length - pattern.years) : kind
    if (listed[0]) items.push(observance(listed[0], listed.slice(1)))
    const since = kind[listed.length]
    if (pattern && since) items.push(observance(since, [], pattern.rule))
  }
  const component = { name: 'VTIMEZONE', items }
  if (generated.size >= 500) generated.clear()
  generated.set(key, component)
  return component
}

/** One change of the clocks. Offsets are seconds. */
interface Change {
  readonly at: number
  readonly from: number
  readonly to: number
}

const generated = new Map<string, Component>()
const step = 14 * 86_400_000
const days = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA']

const seconds = (minutes: number) => Math.round(minutes * 60)

function changes(zone: string, start: number, end: number): readonly Change[] {
  const found: Change[] = []
  const offset = (ms: number) => seconds(offsetAt(ms, zone))
  for (let at = start; at < end; at += step) {
    const from = offset(at)
    const to = offset(at + step)
    if (from === to) continue
    let [before, after] = [at, at + step]
    while (after - before > 1000) {
      const middle = before + Math.floor((after - before) / 2000) * 1000
      if (offset(middle) === from) before = middle
      else after = middle
    }
    if (after < end) found.push({ at: after, from, to })
  }
  return found
}

/** Onsets are told in the wall time that the clocks show before they change. */
function onset(change: Change): string {
  return localText(change.at + change.from * 1000)
}

function observance(change: Change, also: readonly Change[], rule?: string): Component {
  const line = (name: string, value: string) => ({ name, text: `${name}:${value}` })
  const items = [
    line('DTSTART', compact(change)),
    line('TZOFFSETFROM', offsetText(change.from)),
    line('TZOFFSETTO', offsetText(change.to)),
  ]
  if (rule) items.push(line('RRULE', rule))
  // one line each, the first one repeated: ical.js forgets DTSTART beside RDATE, and all but the first of a list
  if (also.length > 0) items.push(...[change, ...also].map((listed) => line('RDATE', compact(listed))))
  return { name: change.to > change.from ? 'DAYLIGHT' : 'STANDARD', items }
}

function compact(change: Change): string {
  return onset(change).replace(/[-:]/g, '')
}

function offsetText(offset: number): string {
  const size = Math.abs(offset)
  const parts = [Math.floor(size / 3600), Math.floor(size / 60) % 60, size % 60].map((part) =>
    String(part).padStart(2, '0'),
  )
  return `${offset < 0 ? '-' : '+'}${parts[0]}${parts[1]}${parts[2] === '00' ? '' : parts[2]}`
}

/** The rule that the last changes of one kind follow, year by year until `toYear`, and for how many years. */
function yearly(
  kind: readonly Change[],
  toYear: number,
): { readonly rule: string; readonly years: number } | undefined {
  const wall = kind.map((change) => new Date(`${onset(change)}Z`))
  const last = wall.at(-1)
  if (!last || last.getUTCFullYear() !== toYear) return undefined
  let years = 1
  for (let index = wall.length - 2; index >= 0; index--) {
    const day = wall[index]
    const same =
      day?.getUTCFullYear() === toYear - years &&
      day.getUTCMonth() === last.getUTCMonth() &&
      day.getUTCDay() === last.getUTCDay() &&
      day.getUTCHours() === last.getUTCHours() &&
      day.getUTCMinutes() === last.getUTCMinutes() &&
      weekOf(wall.slice(index), last) !== undefined
    if (!same) break
    years++
  }
  const week = weekOf(wall.slice(wall.length - years), last)
  if (years < 12 || !week) return undefined // a weekday takes up to 11 years to have been on every date of its week
  return { rule: `FREQ=YEARLY;BYMONTH=${last.getUTCMonth() + 1};${week}`, years }
}

/** Which week of the month these days have in common: the second, the last, or seven dates such as 2 to 8. */
function weekOf(wall: readonly Date[], sample: Date): string | undefined {
  const weekday = days[sample.getUTCDay()]
  const dates = wall.map((day) => day.getUTCDate())
  const [low, high] = [Math.min(...dates), Math.max(...dates)]
  const nth = Math.ceil(low / 7)
  if (nth === Math.ceil(high / 7) && nth < 5) return `BYDAY=${nth}${weekday}`
  if (wall.every((day) => day.getUTCDate() + 7 > daysIn(day))) return `BYDAY=-1${weekday}`
  if (high - low > 6) return undefined
  const dateList = Array.from({ length: 7 }, (_, index) => low + index)
  return `BYMONTHDAY=${dateList.join(',')};BYDAY=${weekday}`
}

function daysIn(day: Date): number {
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate()
}
