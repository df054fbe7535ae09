import { Refusal } from './refusals.js'

/** How much is allowed. */
export interface MicrosoftLimits {
  /** Requests under way at the same time, by mailbox. @default 4 */
  readonly concurrent?: number
  /** Requests in any ten minutes, by mailbox. @default no limit */
  readonly perTenMinutes?: number
  /** What a refusal says in its Retry-After header, in seconds. @default '2.128' */
  readonly retryAfter?: string
}

/** The numbers of Microsoft's guide. */
export const documentedLimits: MicrosoftLimits = { concurrent: 4, perTenMinutes: 10_000 }

/** Counts requests, those under way and those of the last ten minutes. */
export class Limits {
  readonly #underWay = new Map<string, number>()
  readonly #times = new Map<string, number[]>()

  /** Counts one request, or refuses it. What it gives has to be called when the request is answered. */
  enter(limits: MicrosoftLimits, now: number, mailbox: string): () => void {
    const retryAfter = limits.retryAfter ?? '2.128'
    if (limits.perTenMinutes !== undefined) {
      const recent = (this.#times.get(mailbox) ?? []).filter((at) => at > now - windowMs)
      // Requests that are refused count as well.
      this.#times.set(mailbox, [...recent, now])
      if (recent.length >= limits.perTenMinutes) throw new Refusal('TooManyRequests', { retryAfter })
    }
    const others = this.#underWay.get(mailbox) ?? 0
    if (others >= (limits.concurrent ?? 4)) throw new Refusal('ApplicationThrottled', { retryAfter })
    this.#underWay.set(mailbox, others + 1)
    return () => this.#underWay.set(mailbox, (this.#underWay.get(mailbox) ?? 1) - 1)
  }
}

const windowMs = 600_000
