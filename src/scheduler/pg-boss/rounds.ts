import { urgencies } from '../scheduler.js'
import type { SetTimer } from '../timers.js'
import { Turns } from '../turns.js'
import type { BossJobs, HeldByBoss } from './boss-jobs.js'

interface RoundsOptions {
  readonly jobs: BossJobs
  readonly now: () => number
  readonly setTimer: SetTimer
  readonly pollMs: number
  /** Something may be due. */
  readonly wake: () => void
}

/** More tenants than this are not kept out of a question to the database. */
const mostServed = 1_000

/**
 * Whose job is taken next. pg-boss knows priorities and no turns: so the tenants who had one in this round are kept out
 * until nobody else has any, and then the round begins anew.
 */
export class Rounds {
  readonly #options: RoundsOptions
  readonly #turns = new Turns()
  readonly #served = urgencies.map(() => new Set<string>())
  /** Until when an urgency need not be asked for, because there was nothing. */
  readonly #emptyUntil: number[] = urgencies.map(() => 0)
  #nextAt = Number.POSITIVE_INFINITY
  /** Grows with whatever this process hears of. */
  #news = 0
  #callOff: (() => void) | undefined
  #isStopped = false

  constructor(options: RoundsOptions) {
    this.#options = options
  }

  /** This process knows of work at this time. */
  expect(at: number): void {
    const now = this.#options.now()
    if (at <= now) {
      this.#news++
      this.#emptyUntil.fill(0)
      this.#options.wake()
    } else if (at < this.#nextAt) {
      this.#nextAt = at
      this.#plan()
    }
  }

  stop(): void {
    this.#isStopped = true
    this.#callOff?.()
  }

  async take(running: ReadonlyMap<string, number>, perTenant: number): Promise<HeldByBoss | undefined> {
    const now = this.#options.now()
    if (now >= this.#nextAt) {
      this.#nextAt = Number.POSITIVE_INFINITY
      this.#emptyUntil.fill(0)
    }
    const full = [...running].filter(([, count]) => count >= perTenant).map(([tenant]) => tenant)
    for (const rank of this.#turns.order()) {
      // A clock that went back must not keep anything from being asked for.
      const rest = (this.#emptyUntil[rank] ?? 0) - now
      if (rest > 0 && rest <= this.#options.pollMs) continue
      const news = this.#news
      const taken = await this.#takeOf(rank, full)
      if (taken) {
        this.#turns.took()
        return taken
      }
      if (full.length === 0 && news === this.#news) this.#emptyUntil[rank] = now + this.#options.pollMs
    }
    this.#plan()
    return undefined
  }

  async #takeOf(rank: number, full: readonly string[]): Promise<HeldByBoss | undefined> {
    const served = this.#served[rank] ?? new Set<string>()
    if (served.size > mostServed) served.clear()
    let taken = await this.#options.jobs.take(rank, [...served, ...full])
    if (!taken && served.size > 0) {
      served.clear()
      taken = await this.#options.jobs.take(rank, full)
    }
    if (taken) served.add(taken.job.tenant)
    return taken
  }

  #plan(): void {
    this.#callOff?.()
    if (this.#isStopped) return
    const { now, pollMs, setTimer, wake } = this.#options
    const ms = Math.min(Math.max(1, Math.ceil(this.#nextAt - now())), pollMs)
    this.#callOff = setTimer(wake, ms)
  }
}
