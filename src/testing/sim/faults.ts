import { SyncError, type SyncErrorCode } from '../../errors.js'
import type { Fault, Gate, MemoryCall } from '../../providers/memory/index.js'
import type { Storage } from '../../storage/storage.js'
import type { Random } from './random.js'
import type { Scheduler } from './scheduler.js'

/** How often things go wrong, each from 0 (never) to 1. Drawn anew for every schedule, so that some have none. */
export interface FaultRates {
  /** A call is refused before anything happened. */
  readonly refused: number
  /** A write is done and its answer is lost. */
  readonly lostResponse: number
  /** A commit is refused. */
  readonly commitRefused: number
  /** A commit is done and its acknowledgement is lost. */
  readonly commitUnacknowledged: number
  /** A worker stops for ever at an await. */
  readonly crash: number
  /** A worker sleeps past its lease. */
  readonly pause: number
  /** Something happens to a calendar: see `weather.ts`. */
  readonly weather: number
  /** The storage is put back to an earlier state, and every worker with it. */
  readonly restore: number
  /** A request to a service that is spoken to over the wire goes wrong. */
  readonly wire: number
}

const none: FaultRates = {
  refused: 0,
  lostResponse: 0,
  commitRefused: 0,
  commitUnacknowledged: 0,
  crash: 0,
  pause: 0,
  weather: 0,
  restore: 0,
  wire: 0,
}

/** Rates for one schedule. Restoring a backup is rare: it excuses more than anything else does. */
export function drawRates(random: Random): FaultRates {
  const often = () => (random.chance(0.6) ? random.next() : 0)
  return {
    refused: often() * 0.1,
    lostResponse: often() * 0.15,
    commitRefused: often() * 0.05,
    commitUnacknowledged: often() * 0.05,
    crash: often() * 0.02,
    pause: often() * 0.01,
    weather: often() * 0.02,
    restore: random.chance(0.05) ? 0.01 : 0,
    wire: 0,
  }
}

/** How often requests go wrong, where there is a wire. */
export function drawWireRate(random: Random): number {
  return random.chance(0.8) ? random.next() * 0.4 : 0
}

/** What went wrong, and how often. */
export class Faults {
  rates: FaultRates
  readonly hits: Map<string, number> = new Map()
  readonly #random: Random
  readonly #without: ReadonlySet<number>
  #strikes = 0

  /** @param without - strikes, by number, that do not happen: how a failing schedule is made smaller */
  constructor(random: Random, rates: FaultRates, without: ReadonlySet<number> = new Set()) {
    this.#random = random
    this.rates = rates
    this.#without = without
  }

  get total(): number {
    return [...this.hits.values()].reduce((sum, count) => sum + count, 0)
  }

  /** How often anything struck. */
  get strikesSoFar(): number {
    return this.#strikes
  }

  strikes(kind: keyof FaultRates, detail: string = kind): boolean {
    if (!this.#random.chance(this.rates[kind])) return false
    if (this.#without.has(this.#strikes++)) return false
    this.hit(detail)
    return true
  }

  hit(detail: string): void {
    this.hits.set(detail, (this.hits.get(detail) ?? 0) + 1)
  }

  stop(): void {
    this.rates = none
  }
}

/** What a service may answer in place of doing what it is asked. */
const refusals: readonly SyncErrorCode[] = [
  'unavailable',
  'rate_limited',
  'timeout',
  'auth_expired',
  'invalid_response',
  'limit_exceeded',
]

/** What only makes sense for some calls. */
const refusalsOf: { readonly [M in MemoryCall['method']]?: readonly SyncErrorCode[] } = {
  changes: ['cursor_expired', 'calendar_gone'],
  page: ['cursor_expired'],
  create: ['event_refused', 'forbidden'],
  update: ['revision_mismatch', 'not_found', 'event_refused', 'forbidden'],
  remove: ['revision_mismatch', 'forbidden'],
}

/** What stands in the way of every call of an account for a while: a quota that is used up, a sign-in that is revoked. */
export type Outages = Map<string, Fault>

/** What a gate is made of. */
export interface GateOptions {
  readonly worker: number
  readonly scheduler: Scheduler
  readonly faults: Faults
  readonly random: Random
  readonly outages: Outages
  readonly tell: (line: string) => void
}

/** Stands between a worker and the calendars. */
export function faultyGate({ worker, scheduler, faults, random, outages, tell }: GateOptions): Gate {
  return async ({ method, phase, account, calendar, id, key }) => {
    await scheduler.point(worker, `${method} ${phase} ${calendar ?? ''}`)
    const about = `worker ${worker}: ${method} ${calendar ?? ''} ${id ?? key?.slice(0, 6) ?? ''}`
    if (phase === 'after') {
      if (!faults.strikes('lostResponse', `lost ${method}`)) return 'ok'
      tell(`${about} is done, its answer is lost`)
      return { code: 'timeout' }
    }
    const outage = outages.get(account)
    if (outage) return outage
    if (!faults.strikes('refused', `refused ${method}`)) {
      if (method !== 'fetch' && method !== 'changes' && method !== 'page') tell(about)
      return 'ok'
    }
    const code = random.pick([...refusals, ...(refusalsOf[method] ?? [])])
    faults.hit(`answered ${code}`)
    tell(`${about} is refused: ${code}`)
    const waits =
      code === 'rate_limited' || code === 'unavailable' ? random.pick([undefined, 0, 5_000, 1e12]) : undefined
    return { code, ...(waits === undefined ? {} : { retryAfterMs: waits }) }
  }
}

/** Stands between a worker and the storage. */
export function faultyStorage(worker: number, scheduler: Scheduler, faults: Faults, storage: Storage): Storage {
  const at = (label: string) => scheduler.point(worker, label)
  return {
    async get(...args) {
      await at('get')
      return storage.get(...args)
    },
    async getMany(...args) {
      await at('getMany')
      return storage.getMany(...args)
    },
    async list(...args) {
      await at('list')
      return storage.list(...args)
    },
    async commit(...args) {
      await at('commit')
      if (faults.strikes('commitRefused'))
        throw new SyncError('storage_failed', 'The disk is full, says the simulator.')
      await storage.commit(...args)
      await at('committed')
      if (faults.strikes('commitUnacknowledged'))
        throw new SyncError('storage_failed', 'The connection broke, says the simulator.')
    },
    async claim(...args) {
      await at('claim')
      return storage.claim(...args)
    },
    async release(...args) {
      await at('release')
      return storage.release(...args)
    },
    async users(...args) {
      await at('users')
      return storage.users(...args)
    },
    close: () => storage.close(),
  }
}
