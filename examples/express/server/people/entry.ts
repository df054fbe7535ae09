/** An appointment as a person would tell it, to be written at any of the services. */
export interface Entry {
  readonly title: string
  /** Days from the Monday of this week. */
  readonly day: number
  /** Wall times such as `09:30`; absent for whole days. */
  readonly from?: string
  readonly to?: string
  /** How many days, for whole days. @default 1 */
  readonly days?: number
  /** @default the home zone of the demo */
  readonly zone?: string
  readonly place?: string
  readonly notes?: string
  readonly isPrivate?: boolean
  readonly isTentative?: boolean
  readonly repeats?: {
    /** `MO`, `TU` ...; @default the day that it starts on */
    readonly on?: readonly Weekday[]
    /** Every so many weeks. @default 1 */
    readonly every?: number
    readonly count: number
  }
}

export type Weekday = 'MO' | 'TU' | 'WE' | 'TH' | 'FR' | 'SA' | 'SU'

const weekdays: readonly Weekday[] = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']

/** Where the people of the demo live. */
export const homeZone = 'Europe/Berlin'

/** The dates of the week that `now` lies in, from its Monday, whichever day it is. */
export interface Week {
  /** `2026-03-04`, so many days from Monday. */
  date(day: number): string
}

export function weekOf(now: number): Week {
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: homeZone }).format(now)
  const noon = Date.parse(`${today}T12:00:00Z`)
  const monday = noon - ((new Date(noon).getUTCDay() + 6) % 7) * 86_400_000
  return { date: (day) => new Date(monday + day * 86_400_000).toISOString().slice(0, 10) }
}

/** The wall times of an entry: `2026-03-04T09:30:00`. Undefined for whole days. */
export function wallTimes(
  { day, from, to }: Entry,
  week: Week,
): { readonly start: string; readonly end: string } | undefined {
  if (from === undefined || to === undefined) return undefined
  return { start: `${week.date(day)}T${from}:00`, end: `${week.date(day)}T${to}:00` }
}

/** The value of an RRULE. */
export function ruleOf({ day, repeats }: Entry): string | undefined {
  if (!repeats) return undefined
  const { every = 1, count, on = [weekdayOf(day)] } = repeats
  return `FREQ=WEEKLY${every > 1 ? `;INTERVAL=${every}` : ''};BYDAY=${on.join(',')};COUNT=${count}`
}

export function weekdayOf(day: number): Weekday {
  return weekdays[((day % 7) + 7) % 7] ?? 'MO'
}
