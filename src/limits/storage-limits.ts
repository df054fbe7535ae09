import * as z from 'zod'
import { isSyncError, SyncError } from '../errors.js'
import type { LimitGrant, LimitRequest, LimitStore } from '../http/limit-store.js'
import type { UserId } from '../model/ids.js'
import type { Json } from '../model/json.js'
import type { Storage } from '../storage/storage.js'
import { emptyLedger, endOf, enter, type Ledger } from './ledger.js'

/** Settings of {@link storageLimits}. */
export interface StorageLimitsOptions {
  /** Any storage; usually the one that the engine has. */
  readonly storage: Storage
  /** Keeps the budgets of several apps at one provider apart: each OAuth client has its own quota. @default '' */
  readonly app?: string
  /** Where the current time comes from. Clocks of workers may be two seconds off. @default Date.now */
  readonly now?: () => number
}

/**
 * Keeps budgets that all workers share in a storage: a record for each, changed by compare and set, under a user of its own.
 * It costs two questions to the storage for about every second in which a worker is busy with an account or an app.
 *
 * @example
 * ```ts
 * import { storageLimits } from 'calweave/limits'
 * import { googleProvider } from 'calweave/providers/google'
 * import { memoryStorage } from 'calweave/storage/memory'
 *
 * const storage = memoryStorage()
 * const google = googleProvider({ limits: storageLimits({ storage }) })
 * console.log(google.id)
 * ```
 */
export function storageLimits({ storage, app = '', now = Date.now }: StorageLimitsOptions): LimitStore {
  let sweptAt = now()

  /** Reads, changes and writes what is known of a key, until nobody came in between. */
  async function change<T>(
    name: string,
    step: (ledger: Ledger, at: number) => Step<T>,
    giveUp?: (result: T) => T,
  ): Promise<T> {
    const key = keyOf(app, name)
    const began = now()
    for (let attempt = 1; ; attempt++) {
      const kept = await storage.get(limitsUser, 'limit', key)
      const { ledger, result, isNews } = step(read(kept?.value), now())
      if (!isNews) return result
      const value = { ...ledger } as unknown as Json
      const keys = { end: padded(endOf(ledger)) }
      const put = { op: 'put', collection: 'limit', id: key, value, keys, expected: kept?.version ?? 0 } as const
      try {
        await storage.commit(limitsUser, { changes: [put] })
        return result
      } catch (error) {
        if (!isSyncError(error, 'stale_version') || attempt === mostAttempts) throw error
        if (giveUp && (attempt >= fewAttempts || now() - began > patienceMs)) return giveUp(result)
      }
    }
  }

  /** Forgets what says nothing any more. Whoever fails at it leaves it to the next. */
  async function sweep(): Promise<void> {
    if (now() - sweptAt < sweepMs) return
    sweptAt = now()
    const page = await storage.list(limitsUser, 'limit', { index: 'end', to: padded(now() - graceMs), limit: 1_000 })
    if (page.records.length === 0) return
    const changes = page.records.map(
      ({ id, version }) => ({ op: 'remove', collection: 'limit', id, expected: version }) as const,
    )
    await storage.commit(limitsUser, { changes })
  }

  return {
    async take(request: LimitRequest): Promise<LimitGrant> {
      const grant = await change(
        request.key,
        (ledger, at) => {
          const entry = enter(ledger, request, at)
          return { ledger: entry.ledger, result: entry.grant, isNews: entry.isNews }
        },
        // A storage that is slow and busy is not away: nothing is granted, and the worker asks again.
        (lost) => ({ ...lost, units: 0, afterMs: pauseMs, resting: false }),
      )
      void sweep().catch(() => undefined)
      return grant
    },
    async rest(key, ms) {
      await change(key, (ledger, at) => {
        const until = at + Math.min(Math.max(0, ms), longestRestMs)
        return { ledger: { ...ledger, notBefore: until }, result: undefined, isNews: until > ledger.notBefore }
      })
    },
  }
}

/** Budgets are of no single user, and hold no name of any. */
const limitsUser: UserId = '~calweave/limits' as UserId

interface Step<T> {
  readonly ledger: Ledger
  readonly result: T
  readonly isNews: boolean
}

/** Somebody always wins, so this many workers at the very same budget at the very same moment get through. */
const mostAttempts = 25
/** A worker does not wait for its grant longer than it would wait for a storage that is away. */
const fewAttempts = 8
const patienceMs = 700
const pauseMs = 100
const sweepMs = 3_600_000
/** As far as clocks may be apart, and more. */
const graceMs = 60_000
const longestRestMs = 3_600_000

const padded = (value: number): string => String(Math.max(0, Math.ceil(value))).padStart(16, '0')

function keyOf(app: string, key: string): string {
  if (key.length === 0 || key.length > 200 || app.length > 200)
    throw new SyncError('invalid_input', 'The key of a budget has 1 to 200 characters, and so has the name of an app.')
  return app === '' ? key : `${app}/${key}`
}

/** What cannot be read is begun anew: the worst of it is one burst too many. */
function read(value: Json | undefined): Ledger {
  const parsed = ledgerSchema.safeParse(value)
  return parsed.success ? parsed.data : emptyLedger
}

const ledgerSchema: z.ZodType<Ledger> = z.object({
  paidAt: z.number(),
  notBefore: z.number(),
  workers: z.record(
    z.string(),
    z.object({
      at: z.number(),
      active: z.number(),
      lanes: z.number().exactOptional(),
      lanesUntil: z.number().exactOptional(),
    }),
  ),
})
