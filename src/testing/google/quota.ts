import type { GoogleMethod } from './methods.js'
import { Refusal } from './refusals.js'

/** How many requests are allowed. */
export interface QuotaLimits {
  /** In any sixty seconds, by one account. */
  readonly perMinuteAndUser?: number
  /** In any sixty seconds, by all accounts. */
  readonly perMinute?: number
  /** In any twenty-four hours, by all accounts. */
  readonly perDay?: number
  /** How it is told that an account asks too fast. @default 403 */
  readonly code?: 403 | 429
}

/** The numbers of Google's guide in 2026. A project may ask for more. */
export const documentedQuota: QuotaLimits = { perMinuteAndUser: 600, perMinute: 10_000, perDay: 1_000_000 }

/** Counts requests in sliding windows. */
export class Quota {
  readonly #spent: { readonly at: number; readonly user: string; readonly units: number }[] = []

  /** Counts one request, or refuses it. A request that is refused costs nothing. */
  spend(limits: QuotaLimits, now: number, user: string, method: GoogleMethod): void {
    while (this.#spent[0] && this.#spent[0].at <= now - dayMs) this.#spent.shift()
    // A patch reads before it writes.
    const units = method.endsWith('.patch') ? 3 : 1
    const used = (since: number, of?: string) =>
      this.#spent.reduce(
        (sum, one) => sum + (one.at > since && (of === undefined || one.user === of) ? one.units : 0),
        0,
      )
    if (limits.perDay !== undefined && used(now - dayMs) + units > limits.perDay) throw new Refusal('quotaExceeded')
    if (limits.perMinute !== undefined && used(now - minuteMs) + units > limits.perMinute)
      throw new Refusal('rateLimitExceeded', { code: limits.code ?? 403 })
    if (limits.perMinuteAndUser !== undefined && used(now - minuteMs, user) + units > limits.perMinuteAndUser)
      throw limits.code === 429 ? new Refusal('rateLimitExceeded', { code: 429 }) : new Refusal('userRateLimitExceeded')
    this.#spent.push({ at: now, user, units })
  }
}

const minuteMs = 60_000
const dayMs = 86_400_000
