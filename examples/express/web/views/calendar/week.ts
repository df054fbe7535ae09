import type { AgendaEntry, EventView } from 'calweave'
import { grouped } from '../../parts/grouped.js'

/** One happening in the calendars, with all of its copies in one. */
export interface Happening {
  readonly key: string
  readonly title: string
  readonly start: number
  readonly end: number
  readonly isAllDay: boolean
  /** First and last day, both inclusive, `2026-03-04`. */
  readonly days: { readonly first: string; readonly last: string }
  /** Where it was born, and where copies of it are. */
  readonly home: string
  readonly copies: readonly string[]
  readonly entry: AgendaEntry
  /** How groups of calendars know it. */
  readonly synced: readonly EventView[]
}

const day = 86_400_000

/** The date and the minute of the day that a wall clock in the zone shows. */
export function wallOf(at: number, zone: string): { readonly date: string; readonly minute: number } {
  const parts = Object.fromEntries(
    clockOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  )
  const { year = '', month = '', day: dayOfMonth = '', hour = '0', minute = '0' } = parts
  return { date: `${year}-${month}-${dayOfMonth}`, minute: Number(hour) * 60 + Number(minute) }
}

const clocks = new Map<string, Intl.DateTimeFormat>()

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone)
  if (known) return known
  const digits = '2-digit'
  const made = new Intl.DateTimeFormat('en-CA', {
    ...{ timeZone, year: 'numeric', month: digits, day: digits, hour: digits, minute: digits, hourCycle: 'h23' },
  })
  clocks.set(timeZone, made)
  return made
}

export function addDays(date: string, count: number): string {
  return new Date(Date.parse(`${date}T12:00:00Z`) + count * day).toISOString().slice(0, 10)
}

/** The Monday of the week of a date. */
export function mondayOf(date: string): string {
  return addDays(date, -((new Date(`${date}T12:00:00Z`).getUTCDay() + 6) % 7))
}

/** The instant at which a date begins in a zone. */
export function startOf(date: string, zone: string): number {
  const guess = Date.parse(`${date}T00:00:00Z`)
  // Twice, as the clocks may be changed between the guess and the answer.
  const first = guess - offsetAt(guess, zone)
  return guess - offsetAt(first, zone)
}

function offsetAt(at: number, zone: string): number {
  const { date, minute } = wallOf(at, zone)
  return Date.parse(`${date}T00:00:00Z`) + minute * 60_000 - Math.floor(at / 60_000) * 60_000
}

/** What happens, copies put together with what they are copies of. */
export function happeningsOf(
  entries: readonly AgendaEntry[],
  events: readonly EventView[],
  zone: string,
): readonly Happening[] {
  const byOrigin = grouped(events, ({ origin }) => `${origin.calendarId}/${origin.remoteId}`)
  const byKey = grouped(entries, (entry) => `${originOf(entry)}#${entry.slot}#${entry.start}#${entry.end}`)
  return [...byKey].flatMap(([key, own]) => {
    const entry = own.find(({ origin }) => origin === undefined) ?? own[0]
    if (!entry) return []
    const home = entry.origin?.calendarId ?? entry.calendarId
    const { start, end } = entry.content.time
    const isAllDay = start.kind === 'date' && end.kind === 'date'
    const days = isAllDay
      ? { first: start.date, last: addDays(end.date, -1) }
      : { first: wallOf(entry.start, zone).date, last: wallOf(Math.max(entry.start, entry.end - 1), zone).date }
    return {
      ...{ key, title: entry.content.title, start: entry.start, end: entry.end, isAllDay, days, home, entry },
      copies: [...new Set(own.filter(({ origin }) => origin !== undefined).map(({ calendarId }) => calendarId))],
      synced: byOrigin.get(originOf(entry)) ?? [],
    }
  })
}

function originOf({ origin, calendarId, remoteId }: AgendaEntry): string {
  return origin ? `${origin.calendarId}/${origin.remoteId}` : `${calendarId}/${remoteId}`
}

/** Where a block stands in its day: minutes from midnight, and which of how many columns. */
export interface Block {
  readonly happening: Happening
  readonly from: number
  readonly to: number
  readonly column: number
  readonly columns: number
}

/** Lays out one day: what overlaps stands side by side, each as wide as its neighbours allow. */
export function blocksOf(happenings: readonly Happening[], date: string, zone: string): readonly Block[] {
  const pieces = happenings
    .filter(({ isAllDay, days }) => !isAllDay && days.first <= date && days.last >= date)
    .map((happening) => {
      const [start, end] = [wallOf(happening.start, zone), wallOf(happening.end, zone)]
      const from = start.date < date ? 0 : start.minute
      const to = end.date > date ? 1_440 : end.minute
      return { happening, from, to: Math.max(to, from + 26) }
    })
    .sort((a, b) => a.from - b.from || b.to - a.to)
  const blocks: Block[] = []
  let cluster: { readonly piece: (typeof pieces)[number]; readonly column: number }[] = []
  let ends: number[] = []
  const flush = (): void => {
    for (const { piece, column } of cluster) blocks.push({ ...piece, column, columns: ends.length })
    cluster = []
    ends = []
  }
  for (const piece of pieces) {
    if (ends.length > 0 && ends.every((end) => end <= piece.from)) flush()
    const free = ends.findIndex((end) => end <= piece.from)
    const column = free === -1 ? ends.length : free
    ends[column] = piece.to
    cluster.push({ piece, column })
  }
  flush()
  return blocks
}
