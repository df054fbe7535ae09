import { SyncError } from '../errors.js'
import type { Tenant } from './fair-share.js'
import { grantLifeMs, type LimitGrant } from './limit-store.js'

/** Somebody who waits for units. */
export interface Waiter {
  readonly units: number
  readonly tenant: Tenant | undefined
  readonly since: number
  readonly done: () => void
  readonly fail: (error: SyncError) => void
}

export interface GrantLineOptions {
  /** Asks the store. */
  readonly ask: (least: number, most: number) => Promise<LimitGrant>
  /** Those who ask for more than their share: they get what is left over. */
  readonly isSpare: boolean
  /** Takes those out of the line who may go by another way now. */
  readonly release?: (waiting: readonly Waiter[]) => ReadonlySet<Waiter>
  /** As many units as come in a second. */
  readonly perSecond: number
  readonly longestWaitMs: number
  readonly now: () => number
  readonly sleep: (ms: number) => Promise<void>
  readonly random: () => number
}

/** Those who wait for the grants of a store, and what was granted and is not spent yet. */
export interface GrantLine {
  /** Spends what is in hand already. */
  tryNow(units: number): boolean
  add(waiter: Waiter): void
  remove(waiter: Waiter): void
  /** Has units in hand, if nobody else is faster, without spending them. @throws SyncError `rate_limited` */
  fill(units: number): Promise<void>
  readonly isEmpty: boolean
}

/** A line asks once for all who wait in it, and takes along what it used in the last second. */
export function grantLine(options: GrantLineOptions): GrantLine {
  const { ask, isSpare, release, perSecond, longestWaitMs, now, sleep, random } = options
  let waiting: Waiter[] = []
  let isPumping = false
  const hand = { units: 0, until: 0 }
  /** What the one who went last had been given before. Who comes new begins there, and not with an advantage. */
  let served = 0
  const use = { since: now(), units: 0, before: 0 }

  const has = (units: number): boolean => hand.units >= units && now() < hand.until

  function spend(units: number): void {
    hand.units -= units
    note(units)
  }

  function note(units: number): void {
    const passed = now() - use.since
    if (passed >= 1_000) {
      use.before = passed < 2_000 ? use.units : 0
      use.units = 0
      use.since = now()
    }
    use.units += units
  }

  /** The tenant that has been given least, and of one tenant who came first. */
  function next(): Waiter | undefined {
    const start = (one: Waiter): number => Math.max(one.tenant?.served ?? 0, served)
    return waiting.reduce<Waiter | undefined>(
      (best, one) => (best === undefined || start(one) < start(best) ? one : best),
      undefined,
    )
  }

  function serve(waiter: Waiter): void {
    waiting = waiting.filter((one) => one !== waiter)
    spend(waiter.units)
    if (waiter.tenant) {
      served = Math.max(waiter.tenant.served, served)
      waiter.tenant.served = served + waiter.units
    }
    waiter.done()
  }

  function failAll(error: SyncError): void {
    const all = waiting
    waiting = []
    for (const waiter of all) waiter.fail(error)
  }

  /** Nobody waits longer than is bearable; the others of a tenant had better go first. */
  function failLate(): void {
    const late = new Set(waiting.filter(({ since }) => now() - since >= longestWaitMs))
    if (late.size === 0) return
    waiting = waiting.filter((one) => !late.has(one))
    for (const waiter of late) waiter.fail(tooLong(longestWaitMs))
  }

  /** @returns how long to wait until it is worth asking again; 0 with units in hand */
  async function refill(first: number): Promise<number> {
    const needed = waiting.reduce((sum, { units }) => sum + units, 0)
    const ahead = Math.max(use.units, use.before)
    // What is left over comes in drops: many of them at once are worth a question, one is not.
    const least = isSpare ? Math.max(first, Math.min(needed, Math.floor(perSecond / 4))) : first
    const askedAt = now()
    const grant = await ask(least, Math.max(least, Math.min(perSecond, needed + ahead)))
    if (grant.units > 0) {
      hand.units = grant.units
      hand.until = askedAt + grant.afterMs + grantLifeMs
      if (grant.afterMs > 0) await sleep(grant.afterMs)
      return 0
    }
    if (grant.resting && grant.afterMs > longestWaitMs) throw resting(grant.afterMs)
    if (!isSpare && grant.afterMs > longestWaitMs) throw tooLong(grant.afterMs)
    return Math.max(shortestPauseMs, Math.min(grant.afterMs, longestPauseMs)) * (1 + random() / 4)
  }

  async function pump(): Promise<void> {
    if (isPumping) return
    isPumping = true
    try {
      for (let first = next(); first; first = next()) {
        if (has(first.units)) {
          serve(first)
          continue
        }
        const pauseMs = await refill(first.units)
        failLate()
        if (pauseMs === 0) continue
        await sleep(pauseMs)
        const free = release?.(waiting)
        if (free && free.size > 0) waiting = waiting.filter((one) => !free.has(one))
      }
    } catch (error) {
      failAll(error as SyncError)
    } finally {
      isPumping = false
    }
  }

  return {
    tryNow(units) {
      if (waiting.length > 0 || isPumping || !has(units)) return false
      spend(units)
      return true
    },
    add(waiter) {
      waiting.push(waiter)
      void pump()
    },
    remove(waiter) {
      waiting = waiting.filter((one) => one !== waiter)
    },
    async fill(units) {
      const since = now()
      while (!isPumping && !has(units)) {
        isPumping = true
        try {
          const pauseMs = await refill(units)
          if (pauseMs > 0) await sleep(pauseMs)
        } finally {
          isPumping = false
          if (waiting.length > 0) void pump()
        }
        if (now() - since >= longestWaitMs) throw tooLong(longestWaitMs)
      }
    },
    get isEmpty() {
      return waiting.length === 0
    },
  }
}

/** What is asked for again and again is asked for at least so often: by then more may be there than was thought. */
const longestPauseMs = 500
const shortestPauseMs = 200

export function resting(ms: number): SyncError {
  return new SyncError('rate_limited', 'The service asked to be left alone for a while. The sync goes on after that.', {
    reason: 'RESTING',
    retryAfterMs: ms,
  })
}

function tooLong(ms: number): SyncError {
  return new SyncError('rate_limited', 'The requests of this minute are used up. The sync goes on after that.', {
    reason: 'BUDGET',
    retryAfterMs: ms,
  })
}
