import * as z from 'zod'
import { SyncError } from '../errors.js'
import { type AlertRule, AlertRulesSchema, type AlertState, alertStateOf } from '../model/alert.js'
import type { EngineEvent } from '../model/engine-event.js'
import { type Figures, figuresOf } from '../model/figures.js'
import { defaultTargets, type Goal, type GoalName, goalsOf, type Targets } from '../model/goals.js'
import type { UserId } from '../model/ids.js'
import { addTallies, noTally, spanMs, startOf, type Tally, type TallySpan } from '../model/tally.js'
import type { Storage } from '../storage/storage.js'
import { checked } from './input.js'
import { type SetTimer, TallyKeeper } from './tally-keeper.js'
import { readTallies, tallyUser } from './tally-store.js'

/** How what happens is counted. */
export interface AnalyticsOptions {
  /** So often at most counts are written down; a process that dies takes with it what it had not written. @default 60_000 */
  readonly flushMs?: number
  /**
   * Whether counts are kept for each user as well, for {@link UserHandle.analytics}. Written with the others where a run did
   * something; where all runs found nothing, every `quietMs`. @default true
   */
  readonly perUser?: boolean
  /** @default 21_600_000, six hours */
  readonly quietMs?: number
  /** Days for which figures are kept by the hour; then by the day. @default 14 */
  readonly hourlyDays?: number
  /** Days for which figures are kept. @default 400 */
  readonly days?: number
  /** Days for which each user's figures are kept. @default 90 */
  readonly userDays?: number
  /** What {@link Analytics.goals} are to reach. @default accuracy 0.99, autoResolution 0.95, syncTime 30_000, apiErrors 0.01 */
  readonly targets?: Partial<Targets>
  /** Calls something once after so many milliseconds, and returns how to call it off. @default setTimeout */
  readonly setTimer?: SetTimer
}

/** Which stretch of time to look at. */
export interface AnalyticsQuery {
  /** Milliseconds since 1970, inclusive; the bucket that it falls into is looked at as a whole. @default 7 days before `to`; 6 hours for five minutes each */
  readonly from?: number
  /** Exclusive. @default now */
  readonly to?: number
  /**
   * How finely. What is older than some hours is known by the hour, and than {@link AnalyticsOptions.hourlyDays} by the day:
   * there a finer bucket holds all of its hour or day. Days are those of UTC. @default 'day'
   */
  readonly bucket?: 'five-minutes' | 'hour' | 'day'
}

/** What came of a bucket of time. */
export interface AnalyticsBucket extends Figures {
  /** Milliseconds since 1970. */
  readonly from: number
}

/** What came of a stretch of time. */
export interface Analytics {
  readonly from: number
  readonly to: number
  /** All of it together. */
  readonly totals: Figures
  /** The buckets in which something was counted, oldest first. */
  readonly buckets: readonly AnalyticsBucket[]
  /** How the aims stand, by {@link totals}. */
  readonly goals: Readonly<Record<GoalName, Goal>>
}

/** Counts what happens, and tells what it came to. */
export class AnalyticsDesk {
  readonly #storage: Storage
  readonly #now: () => number
  readonly #keeper: TallyKeeper
  readonly #targets: Targets
  readonly #setTimer: SetTimer

  constructor(given: {
    readonly storage: Storage
    readonly now: () => number
    readonly owner: string
    readonly options: AnalyticsOptions
    readonly onError: (error: unknown) => void
  }) {
    const { storage, now, owner, options, onError } = given
    const { flushMs = 60_000, quietMs = 21_600_000, perUser = true, targets = {}, setTimer = later } = options
    const { hourlyDays = 14, days = 400, userDays = 90 } = options
    const keep = { slotsMs: slotHours * spanMs.hour, hoursMs: hourlyDays * spanMs.day, daysMs: days * spanMs.day }
    this.#storage = storage
    this.#now = now
    this.#targets = { ...defaultTargets, ...targets }
    this.#setTimer = setTimer
    const settings = { storage, now, owner, flushMs, quietMs, perUser, setTimer, onError, keep }
    this.#keeper = new TallyKeeper({ ...settings, userDaysMs: userDays * spanMs.day })
  }

  heard(event: EngineEvent): void {
    this.#keeper.heard(event)
  }

  async flush(): Promise<void> {
    await this.#keeper.flush()
  }

  /** For a process that ends: it does not wait longer for a storage that is away, and `onError` was told of it. */
  async flushWithin(ms: number): Promise<void> {
    let callOff = (): void => undefined
    const passed = new Promise<void>((resolve) => {
      callOff = this.#setTimer(resolve, ms)
    })
    await Promise.race([this.flush().catch(() => undefined), passed])
    callOff()
  }

  /** @param user - absent: all users together */
  async of(user: UserId | undefined, given: AnalyticsQuery): Promise<Analytics> {
    const query = checked(querySchema, given, 'query')
    const to = query.to ?? this.#now()
    const span = user === undefined ? spans[query.bucket ?? 'day'] : 'day'
    const from = query.from ?? to - (span === 'slot' ? slotHours * spanMs.hour : 7 * spanMs.day)
    if (from >= to) throw new SyncError('invalid_input', 'query.from: must be before query.to.')
    if ((to - from) / spanMs[span] > mostBuckets)
      throw new SyncError(
        'invalid_input',
        `query: more than ${mostBuckets} buckets. Ask for less time, or larger buckets.`,
      )
    const buckets = await this.#buckets(user, startOf(span, from), to, span)
    const isOfEverybody = user === undefined
    const totals = figuresOf([...buckets.values()].reduce(addTallies, noTally), isOfEverybody)
    return {
      from: startOf(span, from),
      to,
      totals,
      buckets: [...buckets]
        .sort(([a], [b]) => a - b)
        .map(([start, tally]) => ({ from: start, ...figuresOf(tally, isOfEverybody) })),
      goals: goalsOf(totals, this.#targets),
    }
  }

  /** How rules stand now. */
  async alerts(given: readonly AlertRule[]): Promise<readonly AlertState[]> {
    const rules = checked(AlertRulesSchema, given, 'rules')
    const now = this.#now()
    const figures = new Map<number, Figures>()
    for (const { overMs } of rules) {
      if (figures.has(overMs)) continue
      const tallies = await this.#buckets(undefined, startOf('slot', now - overMs), now + 1, 'day')
      figures.set(overMs, figuresOf([...tallies.values()].reduce(addTallies, noTally), true))
    }
    return rules.map((rule) => alertStateOf(rule, figures.get(rule.overMs) as Figures, now))
  }

  async #buckets(user: UserId | undefined, from: number, to: number, span: TallySpan): Promise<Map<number, Tally>> {
    const buckets = new Map<number, Tally>()
    const add = (start: number, tally: Tally) => {
      const bucket = startOf(span, start)
      buckets.set(bucket, addTallies(buckets.get(bucket) ?? noTally, tally))
    }
    for await (const page of readTallies(this.#storage, user ?? tallyUser, from, to))
      for (const one of page) add(one.from, one.tally)
    for (const one of this.#keeper.waiting(user)) if (one.from >= from && one.from < to) add(one.from, one.tally)
    return buckets
  }
}

/** For so long figures are known by five minutes. */
const slotHours = 6
const mostBuckets = 2_000

const spans: Readonly<Record<NonNullable<AnalyticsQuery['bucket']>, TallySpan>> = {
  'five-minutes': 'slot',
  hour: 'hour',
  day: 'day',
}

/** Counts that wait to be written are no reason for a process to go on. */
function later(work: () => void, ms: number): () => void {
  const timer: unknown = setTimeout(work, ms)
  if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function')
    timer.unref()
  return () => clearTimeout(timer as ReturnType<typeof setTimeout>)
}

const moment = z.number().min(0).max(8.64e15)

const querySchema: z.ZodType<AnalyticsQuery> = z.strictObject({
  from: moment.exactOptional(),
  to: moment.exactOptional(),
  bucket: z.enum(['five-minutes', 'hour', 'day']).exactOptional(),
})

const functionSchema = z.custom((value) => typeof value === 'function', 'must be a function')
const days = z.int().min(1).max(3_660)
const share = z.number().min(0).max(1)

/** What {@link AnalyticsOptions} may be. */
export const analyticsOptions: z.ZodType<unknown> = z.strictObject({
  flushMs: z.int().min(1_000).max(3_600_000).exactOptional(),
  quietMs: z
    .int()
    .min(1_000)
    .max(7 * 86_400_000)
    .exactOptional(),
  perUser: z.boolean().exactOptional(),
  hourlyDays: days.exactOptional(),
  days: days.exactOptional(),
  userDays: days.exactOptional(),
  targets: z
    .strictObject({
      accuracy: share.exactOptional(),
      autoResolution: share.exactOptional(),
      syncTime: z.number().min(0).exactOptional(),
      apiErrors: share.exactOptional(),
      adoption: z.number().min(0).exactOptional(),
    })
    .exactOptional(),
  setTimer: functionSchema.exactOptional(),
})
