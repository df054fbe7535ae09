import { type Allowance, grantLifeMs, type LimitGrant, type LimitStore, pocketShare } from '../http/limit-store.js'

/** What a limiter answers: how much of this stretch of time is used, and when the next one begins. */
export interface LimiterAnswer {
  readonly msBeforeNext: number
  readonly consumedPoints: number
}

/** What is needed of a limiter; those of `rate-limiter-flexible` have this shape. */
export interface Limiter {
  /** Rejects with a {@link LimiterAnswer} when too much is used, and with an `Error` when it cannot tell. */
  consume(key: string, points: number): Promise<LimiterAnswer>
  get(key: string): Promise<LimiterAnswer | null>
  /** Has `consume` reject for so long. */
  block(key: string, seconds: number): Promise<unknown>
}

/** What a limiter is to be made with. */
export interface LimiterSettings {
  /** Keeps limiters of other settings apart. */
  readonly keyPrefix: string
  /** So much in every stretch of {@link duration}. */
  readonly points: number
  /** In seconds. */
  readonly duration: number
}

/** Settings of {@link limiterLimits}. */
export interface LimiterLimitsOptions {
  /** Makes a limiter. Called once for each kind of budget: a handful of times. */
  readonly limiter: (settings: LimiterSettings) => Limiter
  /** How many workers there are. A limiter does not tell; with a number that is too small too much may be spent. @default 4 */
  readonly workers?: number
}

/**
 * Keeps budgets that all workers share in an established limiter: those of `rate-limiter-flexible` have stores for
 * PostgreSQL, Redis and many others.
 *
 * Such limiters count in stretches of time that begin when they are first used. So that no window of the service sees too
 * much, whenever it begins, each stretch gets as much as all stretches that a window can touch bear: about a seventh less
 * than what `storageLimits` gives. Requests under way are not counted over all workers: each gets its part of them.
 *
 * @example
 * ```ts no-run
 * import { limiterLimits } from 'calweave/limits'
 * import { googleProvider } from 'calweave/providers/google'
 * import { RateLimiterMemory } from 'rate-limiter-flexible'
 *
 * const limits = limiterLimits({ limiter: (settings) => new RateLimiterMemory(settings) })
 * console.log(googleProvider({ limits }).id)
 * ```
 */
export function limiterLimits({ limiter, workers = 4 }: LimiterLimitsOptions): LimitStore {
  const kinds = new Map<string, Kind>()
  /** The kind that each key was last used with. */
  const known = new Map<string, Kind>()

  function kindOf(key: string, allowance: Allowance): Kind {
    const stretch = stretchOf(allowance)
    const keyPrefix = `calweave-${allowance.units}-${stretch.duration}`
    const kind = kinds.get(keyPrefix) ?? { ...stretch, limiter: limiter({ keyPrefix, ...stretch }) }
    kinds.set(keyPrefix, kind)
    if (known.size >= mostKnown) known.clear()
    known.set(key, kind)
    return kind
  }

  return {
    async take({ key, allowance, least, most, spare, active, lanes }): Promise<LimitGrant> {
      const kind = kindOf(key, allowance)
      const about = {
        resting: false,
        workers,
        active: Math.max(1, active * workers),
        ...(lanes === undefined ? {} : { lanes: Math.max(1, Math.floor(lanes / workers)) }),
      }
      const units = Math.max(least, Math.min(most, Math.floor(kind.points / 4)))
      if (spare && !(await isLeftOver(kind, key, units))) return { ...about, units: 0, afterMs: kind.duration * 100 }
      try {
        await kind.limiter.consume(key, units)
        return { ...about, units, afterMs: 0 }
      } catch (refusal) {
        if (!isAnswer(refusal)) throw refusal
        return { ...about, units: 0, afterMs: Math.max(1, refusal.msBeforeNext) }
      }
    },
    async rest(key, ms) {
      const kind = known.get(key)
      if (!kind) return
      const before = await kind.limiter.get(key)
      const isLonger = before !== null && before.consumedPoints > kind.points && before.msBeforeNext >= ms
      if (!isLonger) await kind.limiter.block(key, Math.ceil(ms / 1_000))
    },
  }
}

interface Kind {
  readonly limiter: Limiter
  readonly points: number
  /** In seconds. */
  readonly duration: number
}

/** A twelfth of the window, and what a window bears when it begins and ends in the middle of stretches. */
function stretchOf({ units, windowMs }: Allowance): { readonly points: number; readonly duration: number } {
  const duration = Math.max(1, Math.round(windowMs / 12_000))
  const touched = Math.ceil((windowMs + grantLifeMs) / (duration * 1_000)) + 1
  return { points: Math.max(1, Math.floor((units * (1 - pocketShare)) / touched)), duration }
}

/** Half of what a stretch has left in time is kept for those who ask for their share. */
async function isLeftOver({ limiter, points, duration }: Kind, key: string, units: number): Promise<boolean> {
  const answer = await limiter.get(key)
  if (answer === null) return true
  const left = Math.min(1, Math.max(0, answer.msBeforeNext) / (duration * 1_000))
  return answer.consumedPoints + units <= points * (1 - left / 2)
}

function isAnswer(value: unknown): value is LimiterAnswer {
  return typeof (value as { msBeforeNext?: unknown } | null)?.msBeforeNext === 'number' && !(value instanceof Error)
}

const mostKnown = 10_000
