import * as z from 'zod'
import { SyncError } from '../errors.js'
import type { Strategy } from '../merge/strategy.js'
import type { UserId } from '../model/ids.js'
import type { CalendarProvider } from '../providers/provider.js'
import type { Storage } from '../storage/storage.js'
import { Accounts, type Credentials } from './accounts.js'
import type { Engine } from './engine.js'
import { checked } from './input.js'
import { UserHandle } from './user.js'

/** What a {@link SyncEngine} needs to know. */
export interface SyncEngineOptions {
  /** Where state is kept, e.g. `sqliteStorage({ path })` or `memoryStorage()`. */
  readonly storage: Storage
  /** The kinds of calendars that may be connected. */
  readonly providers: readonly CalendarProvider[]
  /**
   * Hands over what proves who we are at a connection's provider. Called when an account is opened, and again after a
   * sign-in failed; what it returns is never stored or logged. @default no credentials
   */
  readonly credentials?: Credentials
  /** Strategies of the host, by the name that groups refer to with `{ use: 'host', name }`. @default {} */
  readonly strategies?: Readonly<Record<string, Strategy>>
  /**
   * Signs the marks in our copies, so that nobody can pass a foreign event off as ours. The same for all workers and
   * for ever: copies signed with another secret count as another installation's, and are never read as sources.
   * @default 'calweave', which marks but does not protect
   */
  readonly secret?: string
  /** Where the current time comes from, milliseconds since 1970; tests move it by hand. @default Date.now */
  readonly now?: () => number
  /** Names this worker in leases; must differ between workers. @default a random name */
  readonly owner?: string
  /** How long one worker may be silent before another may take over its work, in milliseconds. @default 60_000 */
  readonly leaseMs?: number
  /**
   * How often a calendar is listed completely although its cursor works, in milliseconds, give or take a quarter. Finds
   * what a server's deltas forgot. @default 86_400_000, a day
   */
  readonly fullListingMs?: number
}

/**
 * Keeps calendars in step. One engine serves all users of an application; any number of engines, in any number of
 * processes, may share one storage.
 *
 * @example
 * ```ts
 * import { SyncEngine } from 'calweave'
 * import { memoryProvider } from 'calweave/providers/memory'
 * import { memoryStorage } from 'calweave/storage/memory'
 *
 * const engine = new SyncEngine({ storage: memoryStorage(), providers: [memoryProvider()] })
 * const user = engine.user('user_1')
 * ```
 */
export class SyncEngine {
  readonly #engine: Engine
  readonly #accounts: Accounts

  /** @throws SyncError `invalid_input` for options that do not fit, and when two providers have one id. */
  constructor(options: SyncEngineOptions) {
    checked(engineOptions, options, 'options')
    let holders = 0
    const owner = options.owner ?? crypto.randomUUID()
    const accounts = new Accounts(options.storage, options.providers, options.credentials)
    this.#accounts = accounts
    this.#engine = {
      storage: options.storage,
      now: options.now ?? Date.now,
      owner,
      newHolder: () => `${owner}/${++holders}`,
      leaseMs: options.leaseMs ?? 60_000,
      fullListingMs: options.fullListingMs ?? 86_400_000,
      secret: options.secret ?? 'calweave',
      strategies: options.strategies ?? {},
      account: (user, calendar) => accounts.open(user, calendar.connectionId),
      forgetAccount: (user, calendar) => accounts.forget(user, calendar.connectionId),
    }
  }

  /**
   * Everything of one user. Nothing reached through it ever belongs to another user.
   * @throws SyncError `invalid_input` for an id that is empty or longer than 512 characters.
   */
  user(userId: string): UserHandle {
    if (typeof userId !== 'string' || userId.length === 0 || userId.length > 512)
      throw new SyncError('invalid_input', 'A user id must have 1 to 512 characters.')
    return new UserHandle(this.#engine, userId as UserId, this.#accounts)
  }
}

const milliseconds = z
  .number()
  .int()
  .min(1_000)
  .max(30 * 86_400_000)

/** What can be told of options at a glance; storage and providers are asked for their shape, not for their deeds. */
const engineOptions: z.ZodType<unknown> = z.object({
  storage: z.looseObject({}),
  providers: z.array(z.looseObject({ id: z.string().min(1).max(64) })).min(1, 'name at least one provider'),
  secret: z.string().min(1).exactOptional(),
  owner: z.string().min(1).max(256).exactOptional(),
  leaseMs: milliseconds.exactOptional(),
  fullListingMs: milliseconds.exactOptional(),
})
