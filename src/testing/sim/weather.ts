import type { Faults, Outages } from './faults.js'
import type { Place } from './kinds.js'
import type { Random } from './random.js'
import type { GroundTruth } from './truth.js'

/** What can happen to a calendar between two steps of anybody. */
export interface Sky {
  readonly places: readonly Place[]
  readonly truth: GroundTruth
  readonly random: Random
  readonly faults: Faults
  readonly outages: Outages
  /** Moves the clock of the host. */
  readonly jump: (ms: number) => void
}

type Change = (sky: Sky, place: Place) => string | undefined

/** Cursors expire, calendars vanish, events turn unreadable, quotas end, clocks jump. */
const changes: Readonly<Record<string, Change>> = {
  'cursors expire': (_sky, { calendar }) => {
    calendar.expireCursors()
    return 'cursors expire'
  },
  'a calendar vanishes or comes back': (_sky, { calendar }) => {
    if (calendar.isGone) calendar.reappear()
    else calendar.vanish()
    return calendar.isGone ? 'vanishes' : 'is back'
  },
  'an event is saved as it is': ({ random }, { calendar }) => {
    const events = calendar.all()
    if (events.length === 0) return undefined
    const { id } = random.pick(events)
    calendar.touch(id)
    return `${id} is saved as it is`
  },
  'an event cannot be read, or can again': ({ random, truth }, { calendar }) => {
    const events = calendar.all()
    if (events.length === 0) return undefined
    const event = random.pick(events)
    const name = truth.nameOf(event)
    if (!calendar.poison || !calendar.heal) return undefined
    if (truth.unreadable.delete(name)) {
      calendar.heal(event.id)
      return `${event.id} can be read again`
    }
    truth.unreadable.add(name)
    calendar.poison(event.id)
    return `${event.id} cannot be read`
  },
  'a quota is used up': ({ outages, random }, { account }) => {
    const waits = random.chance(0.5) ? { retryAfterMs: 86_400_000 } : {}
    outages.set(account, { code: 'rate_limited', ...waits })
    return 'its quota is used up'
  },
  'a sign-in is revoked': ({ outages }, { account }) => {
    outages.set(account, { code: 'auth_expired' })
    return 'its sign-in is revoked'
  },
  'an outage ends': ({ outages }, { account }) => {
    outages.delete(account)
    return 'all is well with it'
  },
  'the clock jumps': ({ jump, random }) => {
    const ms = random.pick([-86_400_000, -3_600_000, 3_600_000, 86_400_000])
    jump(ms)
    return `the clock jumps by ${ms / 3_600_000} h`
  },
}

/** What can happen, by name. */
export const weatherNames: readonly string[] = Object.keys(changes)

/** Something happens. Returns what, for the story. */
export function changeWeather(sky: Sky): string {
  const name = sky.random.pick(weatherNames)
  const place = sky.random.pick(sky.places)
  const what = changes[name]?.(sky, place)
  if (what) sky.faults.hit(name)
  return `${place.calendar.id}: ${what ?? 'nothing happens'}`
}

/** The sky clears: whatever was in the way is not any more. */
export function clearSky({ places, outages, truth }: Omit<Sky, 'faults' | 'jump' | 'random'>): void {
  outages.clear()
  for (const { calendar } of places) {
    calendar.reappear()
    calendar.behave?.({
      lagging: () => 0,
      spuriousRemovals: () => [],
      lyingLists: () => false,
      repeats: () => false,
      sleepyRevisions: () => false,
    })
    for (const id of calendar.unreadable ?? []) calendar.heal?.(id)
  }
  truth.unreadable.clear()
}
