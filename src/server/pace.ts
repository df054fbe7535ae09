import { Refusal } from './problem.js'

interface Bucket {
  tokens: number
  at: number
}

/** Whoever was quiet for a minute has a full bucket, and needs none to be kept. */
const minuteMs = 60_000
const mostBuckets = 50_000

/** How many requests each user may send: so many in a minute, and as many at once. */
export class Pace {
  readonly #perMinute: number
  readonly #now: () => number
  /** The one that was used last stands last. */
  readonly #buckets = new Map<string, Bucket>()

  constructor(perMinute: number, now: () => number) {
    this.#perMinute = perMinute
    this.#now = now
  }

  /** @throws Refusal `too_many_requests` */
  take(userId: string): void {
    const now = this.#now()
    const known = this.#buckets.get(userId)
    const gained = known ? (Math.max(0, now - known.at) / minuteMs) * this.#perMinute : 0
    const tokens = known ? Math.min(this.#perMinute, known.tokens + gained) : this.#perMinute
    const left = tokens - 1
    this.#buckets.delete(userId)
    this.#buckets.set(userId, { tokens: Math.max(tokens < 1 ? tokens : left, 0), at: now })
    this.#forget(now)
    if (left >= 0) return
    const waitMs = ((1 - tokens) / this.#perMinute) * minuteMs
    throw new Refusal('too_many_requests', { 'retry-after': String(Math.ceil(waitMs / 1_000)) })
  }

  #forget(now: number): void {
    for (const [userId, { at }] of this.#buckets) {
      if (now - at < minuteMs && this.#buckets.size <= mostBuckets) return
      this.#buckets.delete(userId)
    }
  }
}
