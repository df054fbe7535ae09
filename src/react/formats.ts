import type { EventSpan } from '../index.js'

/** Dates and numbers as people of a place write them. Instants are milliseconds since 1970. */
export interface Formats {
  readonly locale: string
  readonly timeZone: string
  /** `24 Nov 2026`. */
  date(at: number): string
  /** `14:00`. */
  time(at: number): string
  /** `24 Nov 2026, 14:00`. */
  dateTime(at: number): string
  /** `4 minutes ago`, `in 2 hours`; a date where it is further away than 30 days. */
  relative(at: number, now?: number): string
  /** `3.5 s`, `2 min`. */
  duration(ms: number): string
  /** `1,234`. */
  number(value: number): string
  /** `99.2%`, of a share from 0 to 1. */
  percent(share: number): string
  /** `Ana, Mara and Idris`. */
  list(items: readonly string[]): string
  /** When an event happens, by its own clock. The zone is named where it is not the one of {@link timeZone}. */
  span(span: EventSpan): string
}

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

/** Made by {@link CalweaveProvider}; see {@link useFormats}. */
export function formatsOf(locale: string, given?: string): Formats {
  const timeZone =
    given ?? (typeof window === 'undefined' ? 'UTC' : new Intl.DateTimeFormat().resolvedOptions().timeZone)
  const dated = { day: 'numeric', month: 'short', year: 'numeric' } as const
  const timed = { hour: 'numeric', minute: '2-digit' } as const
  const weekday = { weekday: 'short' } as const
  const format = (options: Intl.DateTimeFormatOptions, zone = timeZone) =>
    new Intl.DateTimeFormat(locale, { ...options, timeZone: zone })
  const [day, clock, both] = [format(dated), format(timed), format({ ...dated, ...timed })]
  const [numbers, percents] = [
    new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }),
    new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }),
  ]
  const ago = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const unitOf = (ms: number) => units.find(([, size]) => Math.abs(ms) >= size) ?? units[3]

  // A wall time is written as it stands: as if it were one of UTC.
  const wall = (text: string) => Date.parse(`${text.length === 10 ? `${text}T00:00:00` : text}Z`)
  const span = ({ start, end }: EventSpan): string => {
    if (start.kind === 'date' || end.kind === 'date') {
      const first = wall('date' in start ? start.date : start.local)
      const last = wall('date' in end ? end.date : end.local) - 86_400_000
      const days = format({ ...weekday, ...dated }, 'UTC')
      return last > first ? days.formatRange(first, last) : days.format(first)
    }
    const text = format({ ...weekday, ...dated, ...timed }, 'UTC').formatRange(wall(start.local), wall(end.local))
    const zone = start.kind === 'timed' ? start.zone : timeZone
    return zone === timeZone ? text : `${text} (${zone})`
  }

  return {
    locale,
    timeZone,
    date: (at) => day.format(at),
    time: (at) => clock.format(at),
    dateTime: (at) => both.format(at),
    relative: (at, now = Date.now()) => {
      if (Math.abs(at - now) > 30 * 86_400_000) return day.format(at)
      const [unit, size] = unitOf(at - now)
      return ago.format(Math.round((at - now) / size), unit)
    },
    duration: (ms) => {
      const [unit, size] = unitOf(ms)
      return new Intl.NumberFormat(locale, {
        ...{ style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: ms < 10_000 ? 1 : 0 },
      } as Intl.NumberFormatOptions).format(ms / size)
    },
    number: (value) => numbers.format(value),
    percent: (share) => percents.format(share),
    list: (items) => new Intl.ListFormat(locale).format(items),
    span,
  }
}
