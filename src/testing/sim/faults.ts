import { SyncError, type SyncErrorCode } from '../../errors.js'
import type { Fault, Gate } from '../../providers/memory/index.js'
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
}

/** What went wrong, and how often. */
export class Faults {
  rates: FaultRates
  readonly hits: Map<string, number> = new Map()
  readonly #random: Random

  constructor(random: Random, rates: FaultRates) {
    this.#random = random
    this.rates = rates
  }

  get total(): number {
    return [...this.hits.values()].reduce((sum, count) => sum + count, 0)
  }

  strikes(kind: keyof FaultRates, detail: string = kind): boolean {
    if (!this.#random.chance(this.rates[kind])) return false
    this.hits.set(detail, (this.hits.get(detail) ?? 0) + 1)
    return true
  }

  stop(): void {
    this.rates = { refused: 0, lostResponse: 0, commitRefused: 0, commitUnacknowledged: 0, crash: 0, pause: 0 }
  }
}

const refusals: readonly SyncErrorCode[] = [
  'unavailable',
  'rate_limited',
  'timeout',
  'auth_expired',
  'invalid_response',
]

/** Stands between a worker and the calendars. */
export function faultyGate(worker: number, scheduler: Scheduler, faults: Faults, random: Random): Gate {
  return async ({ method, phase, calendar }) => {
    await scheduler.point(worker, `${method} ${phase} ${calendar ?? ''}`)
    if (phase === 'before' && faults.strikes('refused', `refused ${method}`)) {
      const fault: Fault = { code: random.pick(refusals), ...(random.chance(0.3) ? { retryAfterMs: 5_000 } : {}) }
      return fault
    }
    if (phase === 'after' && faults.strikes('lostResponse', `lost ${method}`)) return { code: 'timeout' }
    return 'ok'
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
    close: () => storage.close(),
  }
}
