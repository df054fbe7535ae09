import { urgencies } from '../scheduler.js'
import type { SetTimer } from '../timers.js'
import type { Held, JobStore } from './job-store.js'
import type { Entry } from './kept-job.js'
import { Ready } from './ready.js'

interface LookoutOptions {
  readonly store: JobStore
  readonly now: () => number
  readonly setTimer: SetTimer
  readonly everyMs: number
  /** What this process is doing; it knows better than the record that these are alive. */
  readonly held: ReadonlySet<string>
  /** Something may be due. */
  readonly wake: () => void
}

/** At most so many due jobs of one urgency are held in memory. */
const most = 20_000

/** Knows what is due: sees it coming, wakes on time, and looks everywhere again now and then. */
export class Lookout {
  readonly #options: LookoutOptions
  readonly #ready = new Ready()
  /** Up to when each urgency was read. */
  readonly #seenTo: number[] = urgencies.map(() => 0)
  readonly #isCut: boolean[] = urgencies.map(() => false)
  #lastNow = 0
  #sweepAt = 0
  #nextAt = Number.POSITIVE_INFINITY
  #callOff: (() => void) | undefined
  #isStopped = false

  constructor(options: LookoutOptions) {
    this.#options = options
  }

  /** A job that waits, as it was just written. */
  add(entry: Entry): void {
    const { key, at } = entry.job
    if (at <= this.#options.now()) {
      this.#ready.put(entry)
      this.#options.wake()
      return
    }
    this.#ready.remove(key)
    if (at >= this.#nextAt) return
    this.#nextAt = at
    this.#plan()
  }

  forget(key: string): void {
    this.#ready.remove(key)
  }

  stop(): void {
    this.#isStopped = true
    this.#callOff?.()
  }

  async take(
    order: readonly number[],
    running: ReadonlyMap<string, number>,
    perTenant: number,
    silenceMs: number,
  ): Promise<Held | undefined> {
    const { store, now } = this.#options
    await this.#look()
    for (;;) {
      const entry = this.#ready.take(order, running, perTenant)
      if (!entry) {
        if (!this.#isCut.some((isCut, rank) => isCut && this.#ready.size(rank) === 0)) return undefined
        await this.#sweep(now())
        continue
      }
      try {
        const held = await store.claim(entry, now(), silenceMs)
        if (held) return held
        await this.#seeAnew(entry.job.key)
      } catch (error) {
        this.#ready.put(entry)
        throw error
      }
    }
  }

  async #look(): Promise<void> {
    const now = this.#options.now()
    try {
      // A second may come back when clocks are set; more than that is seen everywhere anew.
      if (now >= this.#sweepAt || now < this.#lastNow - 1_000) await this.#sweep(now)
      else if (now >= this.#nextAt) await this.#advance(now)
    } catch (error) {
      this.#sweepAt = 0 // nothing is known any more
      throw error
    }
    this.#lastNow = now
    this.#plan()
  }

  /** Everything that is due, also what other processes added or left behind. */
  async #sweep(now: number): Promise<void> {
    const { store, held, everyMs } = this.#options
    this.#sweepAt = 0 // until it has come to its end
    await store.bringBack(now)
    const silent = await store.silent(now)
    this.#ready.startOver()
    this.#seenTo.fill(0)
    this.#isCut.fill(false)
    await this.#advance(now)
    for (const entry of silent) if (!held.has(entry.job.key)) this.#ready.put(entry)
    this.#ready.tidy()
    this.#sweepAt = now + everyMs
  }

  /** What became due since the last look. */
  async #advance(now: number): Promise<void> {
    this.#nextAt = Number.POSITIVE_INFINITY
    const next = await Promise.all(urgencies.map((_, rank) => this.#read(rank, now)))
    // What was added meanwhile may not have been read.
    this.#nextAt = Math.min(this.#nextAt, ...next)
  }

  /** When the first that is not due yet will be. */
  async #read(rank: number, now: number): Promise<number> {
    // There is enough to do; the rest is read when this much is done.
    if (this.#isCut[rank]) return Number.POSITIVE_INFINITY
    let limit = 20
    let after: string | undefined
    for (;;) {
      const page = await this.#options.store.waiting(rank, this.#seenTo[rank] ?? 0, limit, after)
      for (const entry of page.entries) {
        if (entry.job.at > now) return this.#seen(rank, now, entry.job.at)
        if (this.#ready.size(rank) >= most) {
          this.#isCut[rank] = true
          return Number.POSITIVE_INFINITY
        }
        this.#ready.put(entry)
      }
      if (page.next === undefined) return this.#seen(rank, now, Number.POSITIVE_INFINITY)
      after = page.next
      limit = 1_000
    }
  }

  #seen(rank: number, now: number, nextAt: number): number {
    this.#seenTo[rank] = now
    return nextAt
  }

  async #seeAnew(key: string): Promise<void> {
    const entry = await this.#options.store.read(key)
    if (entry?.job.state === 'waiting' && entry.job.at <= this.#options.now()) this.#ready.put(entry)
  }

  #plan(): void {
    this.#callOff?.()
    if (this.#isStopped) return
    const wait = Math.min(this.#nextAt, this.#sweepAt) - this.#options.now()
    // Bounded also where the clock went back, and not so short that two looks fall into one millisecond.
    const ms = Math.min(Math.max(1, Math.ceil(wait)), this.#options.everyMs)
    this.#callOff = this.#options.setTimer(() => this.#options.wake(), ms)
  }
}
