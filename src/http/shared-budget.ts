import { SyncError, throwIfAborted } from '../errors.js'
import { type Budget, minuteBudget } from './budget.js'
import { fairShare } from './fair-share.js'
import { type GrantLine, grantLine, resting, type Waiter } from './grant-line.js'
import { type Allowance, grantLifeMs, type LimitGrant, type LimitStore, pocketShare } from './limit-store.js'
import { sleep as sleepOnClock } from './sleep.js'

/** A budget that this worker spends together with others. */
export interface SharedBudget extends Budget {
  /** The same, on the account of one of those who have to get on with each other. */
  of(tenant: string): Budget
  /** The service asked to be left alone: no worker asks it before. */
  rest(ms: number): void
  /** How many requests may be under way at this worker now. */
  lanes(): number
  /** Finds out how many {@link lanes} there are, unless so little is wanted that nobody has to be asked. */
  ready(units: number, signal?: AbortSignal): Promise<void>
}

export interface SharedBudgetOptions {
  readonly store: LimitStore
  readonly key: string
  readonly worker: string
  readonly perMinute: number
  /** @default 1 */
  readonly minutes?: number
  /** How many requests the service takes at once, over all workers. @default any number */
  readonly lanes?: number
  /** @default 20_000 */
  readonly longestWaitMs?: number
  /** @default Date.now */
  readonly now?: () => number
  /** @default on the wall clock */
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>
  /** @default Math.random */
  readonly random?: () => number
}

/** What a request needs to be sent: its share of a budget, in slices that are asked for about once a second. */
export function sharedBudget(options: SharedBudgetOptions): SharedBudget {
  const { store, key, worker, perMinute, minutes = 1, lanes: mostLanes, longestWaitMs = 20_000 } = options
  const { now = Date.now, sleep = sleepOnClock, random = Math.random } = options
  const allowance: Allowance = { units: perMinute * minutes, windowMs: minutes * 60_000 }
  const shares = fairShare(allowance, now)
  const pocket = { units: 0, at: now() }
  let workers = assumedWorkers
  let learnedAt = Number.NEGATIVE_INFINITY
  let restUntil = 0
  let awayUntil = 0
  let alone: Budget | undefined
  const slots = { count: 1, until: 0 }

  function line(spare: boolean): GrantLine {
    return grantLine({
      ask: (least, most) => ask(least, most, spare),
      isSpare: spare,
      ...(spare ? { release } : {}),
      perSecond: Math.max(1, Math.floor((allowance.units / allowance.windowMs) * 1_000)),
      longestWaitMs,
      now,
      sleep: (ms) => sleep(ms, undefined),
      random,
    })
  }
  const shared = line(false)
  const spare = line(true)

  /** Whoever's share has grown enough meanwhile need not wait for what is left over. */
  function release(waiting: readonly Waiter[]): ReadonlySet<Waiter> {
    const free = new Set<Waiter>()
    for (const waiter of waiting)
      if (waiter.tenant && shares.isWithin(waiter.tenant, waiter.units)) {
        free.add(waiter)
        shared.add(waiter)
      }
    return free
  }

  async function ask(least: number, most: number, isSpare: boolean): Promise<LimitGrant> {
    if (isAhead(awayUntil, awayMs)) return askNobody(least)
    let grant: LimitGrant
    const patience = new AbortController()
    try {
      const request = { key, allowance, worker, least, most, spare: isSpare, active: shares.active(), longestWaitMs }
      const asked = store.take({ ...request, ...(mostLanes === undefined ? {} : { lanes: mostLanes }) })
      grant = await Promise.race([asked, sleep(patienceMs, patience.signal).then(noAnswer)])
    } catch {
      awayUntil = now() + awayMs
      return askNobody(least)
    } finally {
      patience.abort()
    }
    workers = Math.max(assumedWorkers, grant.workers)
    learnedAt = now()
    shares.learn(grant.active)
    if (grant.resting) restUntil = Math.max(restUntil, now() + Math.min(grant.afterMs, longestRestMs))
    if (grant.lanes !== undefined && grant.units > 0) {
      slots.count = grant.lanes
      slots.until = now() + grant.afterMs + grantLifeMs
    }
    return grant
  }

  /** What is further ahead than it was ever set shows that the clock went back, and must not stop anybody. */
  const isAhead = (until: number, mostMs: number): boolean => until > now() && until <= now() + mostMs

  /** Nobody can be asked: so many workers as there were last share what is allowed evenly. */
  async function askNobody(units: number): Promise<LimitGrant> {
    alone ??= minuteBudget({ perMinute: perMinute / workers, minutes, longestWaitMs, now, sleep })
    await alone.spend(units)
    slots.count = Math.max(1, Math.floor((mostLanes ?? 1) / 2))
    slots.until = now() + grantLifeMs
    return { units, afterMs: 0, resting: false, workers, active: 1 }
  }

  /**
   * What may be spent without asking. All workers together stay within what is set aside for it: each has half of its part
   * saved at most, and the other half comes in a window. It begins empty, or a worker that dies again and again would spend
   * without end.
   */
  function fromPocket(units: number, isTrial = false): boolean {
    const most = ((pocketShare / 2) * allowance.units) / workers
    const back = (Math.max(0, now() - pocket.at) * most) / allowance.windowMs
    pocket.units = Math.min(most, pocket.units + back)
    pocket.at = now()
    if (pocket.units < units) return false
    if (!isTrial) pocket.units -= units
    return true
  }

  /** An app's budget is everybody's: how many they are has to be known. Few work for one account. */
  const mayUsePocket = (isApp: boolean): boolean => !isApp || now() - learnedAt < knownMs

  async function spend(units: number, signal: AbortSignal | undefined, tenantName?: string): Promise<void> {
    throwIfAborted(signal)
    const restMs = isAhead(restUntil, longestRestMs) ? restUntil - now() : 0
    if (restMs > longestWaitMs) throw resting(restMs)
    if (restMs > 0) await sleep(restMs, signal)
    const tenant = tenantName === undefined ? undefined : shares.tenant(tenantName)
    const isShare = !tenant || shares.isWithin(tenant, units)
    const own = isShare ? shared : spare
    if (own.tryNow(units)) return
    if (isShare && own.isEmpty && mayUsePocket(tenant !== undefined) && fromPocket(units)) return
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => {
        shared.remove(waiter)
        spare.remove(waiter)
        reject(new SyncError('aborted', 'The sync was cancelled. Run it again to go on from here.'))
      }
      const ended = (end: () => void): void => {
        signal?.removeEventListener('abort', stop)
        end()
      }
      const waiter: Waiter = {
        units,
        tenant,
        since: now(),
        done: () => ended(resolve),
        fail: (error) => ended(() => reject(error)),
      }
      signal?.addEventListener('abort', stop, { once: true })
      own.add(waiter)
    })
  }

  return {
    spend: (units, signal) => spend(units, signal),
    of: (tenant) => ({ spend: (units, signal) => spend(units, signal, tenant) }),
    rest(ms) {
      if (!isAhead(restUntil, longestRestMs)) restUntil = 0
      restUntil = Math.max(restUntil, now() + Math.min(ms, longestRestMs))
      // Whoever does not hear it asks, and is told by the service itself.
      store.rest(key, ms).catch(() => undefined)
    },
    lanes: () => (mostLanes === undefined ? Number.POSITIVE_INFINITY : now() < slots.until ? slots.count : 1),
    async ready(units, signal) {
      throwIfAborted(signal)
      if (now() < slots.until || (shared.isEmpty && fromPocket(units, true))) return
      await shared.fill(units)
    },
  }
}

function noAnswer(): never {
  throw new SyncError(
    'storage_failed',
    'The store of limits does not answer. Each worker keeps to its share until it does.',
  )
}

/** As long as nobody says how many there are. */
const assumedWorkers = 4
/** So long what is known of the number of workers counts. */
const knownMs = 60_000
/** A store that takes longer counts as away. */
const patienceMs = 2_000
/** Who asks for more is asked again after this. As long as a store remembers it at most. */
const longestRestMs = 3_600_000
/** So long a store that was away is not asked again. */
const awayMs = 5_000
