import { addDistinct, type Distinct, noDistinct } from './distinct.js'
import { addTimes, noTimes, type Times } from './times.js'

/**
 * What was counted in a stretch of time. Two of them can be added, in any order, and it does not matter which process
 * counted what. Holds names that settings know (providers, strategies) and codes; never the id of a user, calendar or event.
 */
export interface Tally {
  /** By name; parts of a name are divided by `/`. */
  readonly counts: Readonly<Record<string, number>>
  readonly times: Readonly<Record<string, Times>>
  readonly distinct: Readonly<Record<string, Distinct>>
  /** When something last was so, milliseconds since 1970. */
  readonly latest: Readonly<Record<string, number>>
}

/** How much time a kept tally is about. */
export type TallySpan = 'slot' | 'hour' | 'day'

/** In milliseconds. Days are those of UTC. */
export const spanMs: Readonly<Record<TallySpan, number>> = { slot: 300_000, hour: 3_600_000, day: 86_400_000 }

/** A tally as it is kept: one for each worker and stretch of time, until those of the past are put together. */
export interface KeptTally {
  readonly span: TallySpan
  /** Milliseconds since 1970. */
  readonly from: number
  /** The worker that counted; {@link everybody} for what was put together. */
  readonly owner: string
  /** The last writing of it: one that was not acknowledged is not written twice. */
  readonly writing: string
  readonly tally: Tally
}

/** Stands where tallies of all workers were put together. */
export const everybody = '~'

export const noTally: Tally = { counts: {}, times: {}, distinct: {}, latest: {} }

/** So many names a tally may have of each kind; what is counted under further ones is counted as `…/other`. */
export const mostNames = 300

export function addTallies(a: Tally, b: Tally): Tally {
  return {
    counts: joined(a.counts, b.counts, 0, (x, y) => x + y),
    times: joined(a.times, b.times, noTimes, addTimes),
    distinct: joined(a.distinct, b.distinct, noDistinct, addDistinct),
    latest: joined(a.latest, b.latest, 0, Math.max),
  }
}

/** Where the stretch begins that a moment is in. */
export const startOf = (span: TallySpan, at: number): number => Math.floor(at / spanMs[span]) * spanMs[span]

/** The name under which a new entry is counted: itself while there is room. */
export function roomFor(known: Readonly<Record<string, unknown>>, name: string, names: number): string {
  return names < mostNames || Object.hasOwn(known, name) ? name : `${name.split('/', 1)[0]}/other`
}

function joined<T>(
  a: Readonly<Record<string, T>>,
  b: Readonly<Record<string, T>>,
  none: T,
  add: (x: T, y: T) => T,
): Readonly<Record<string, T>> {
  const all: Record<string, T> = { ...a }
  let names = Object.keys(all).length
  for (const [given, value] of Object.entries(b)) {
    const name = roomFor(all, given, names)
    if (!Object.hasOwn(all, name)) names++
    all[name] = add(Object.hasOwn(all, name) ? (all[name] as T) : none, value)
  }
  return all
}
