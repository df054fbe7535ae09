import { isSyncError, SyncError } from '../../errors.js'
import type { UserId } from '../../model/ids.js'
import {
  checkBatch,
  checkClaim,
  checkCollection,
  checkIds,
  checkName,
  checkQuery,
  checkUsersQuery,
  storageClosed,
  usersPage,
} from '../checks.js'
import type { Batch, Collection, Lease, Page, Query, Storage, StoredRecord, UsersPage, UsersQuery } from '../storage.js'
import { commit, prepared } from './commit.js'
import { type Database, databaseOf, type PostgresPool } from './database.js'
import { claimLease, forgetLeases, releaseLease } from './leases.js'
import { exceeds, maxNameBytes, maxUserBytes } from './names.js'
import { getRecords, listRecords } from './records.js'
import { identify, type Opened, prepare } from './schema.js'
import { listUsers } from './users.js'

export type { PostgresPool } from './database.js'

/** Where a PostgreSQL storage keeps its records. */
export interface PostgresStorageOptions {
  /** A pool of `pg`, or anything of its shape. It stays the host's: closing the storage does not end it. */
  readonly pool: PostgresPool
  /** A schema of its own, made when it is not there. @default 'calweave' */
  readonly schema?: string
}

/**
 * Makes a storage in PostgreSQL 13 or later, good for any number of workers on any number of machines.
 *
 * The first call makes the schema, or brings it up to date; of workers that start at once, one does it. It throws
 * `storage_foreign` where the schema belongs to something else or the database is not in UTF-8, `storage_newer` where a
 * later calweave was there. A worker that is older than the schema is refused at its next commit, and from then on
 * by every verb.
 *
 * While the database is away every verb throws `storage_failed`, and works again as soon as the pool does. A commit
 * that ends so may have been written. Deadlocks and lost races are repeated inside. Every verb is one statement on any
 * connection, so a pooler that hands out connections by transaction fits. User ids may have 512 bytes, lease keys 1,000.
 *
 * @example
 * ```ts
 * import { SyncEngine } from 'calweave'
 * import { memoryProvider } from 'calweave/providers/memory'
 * import { postgresStorage } from 'calweave/storage/postgres'
 * import { Pool } from 'pg'
 *
 * const pool = new Pool({ connectionString: 'postgres://calweave@127.0.0.1/calweave', connectionTimeoutMillis: 10_000 })
 * pool.on('error', () => undefined) // an idle connection broke; without a listener this would end the process
 * const engine = new SyncEngine({ storage: postgresStorage({ pool }), providers: [memoryProvider()] })
 * ```
 */
export function postgresStorage(options: PostgresStorageOptions): Storage {
  const { pool, schema = 'calweave' } = options
  if (typeof pool?.query !== 'function') throw new SyncError('invalid_input', 'postgresStorage needs a pool.')
  checkName('A schema', schema)
  if (exceeds(schema, 63) || schema.startsWith('pg_'))
    throw new SyncError('invalid_input', 'A schema has at most 63 bytes, and does not begin with pg_.')
  return new PostgresStorage(databaseOf(pool, schema))
}

class PostgresStorage implements Storage {
  readonly #database: Database
  #opening: Promise<Opened> | undefined
  #refusal: SyncError | undefined
  #isClosed = false

  constructor(database: Database) {
    this.#database = database
  }

  async get(user: UserId, collection: Collection, id: string): Promise<StoredRecord | undefined> {
    checkCollection(collection)
    checkName('A record id', id)
    return this.#use(user, async (database) => (await getRecords(database, user, collection, [id]))[0])
  }

  async getMany(user: UserId, collection: Collection, ids: readonly string[]): Promise<readonly StoredRecord[]> {
    checkCollection(collection)
    checkIds(ids)
    const asked = [...ids]
    return this.#use(user, (database) => getRecords(database, user, collection, asked))
  }

  async list(user: UserId, collection: Collection, query: Query): Promise<Page> {
    const range = checkQuery(collection, query)
    return this.#use(user, (database) => listRecords(database, user, collection, range))
  }

  async commit(user: UserId, batch: Batch): Promise<void> {
    checkBatch(batch)
    const work = prepared(batch)
    await this.#use(user, (database, opened) => commit(database, opened, user, work))
  }

  async claim(user: UserId, key: string, owner: string, ttlMs: number, now: number): Promise<Lease | undefined> {
    checkClaim(key, owner, ttlMs, now)
    checkLength('A lease key', key, maxNameBytes)
    return this.#use(user, (database) => claimLease(database, user, key, owner, ttlMs, now))
  }

  async release(user: UserId, lease: Lease): Promise<void> {
    const given = { ...lease }
    await this.#use(user, (database) => releaseLease(database, user, given))
  }

  async users(query: UsersQuery): Promise<UsersPage> {
    const after = checkUsersQuery(query)
    const { limit } = query
    return this.#run(async (database) => usersPage(await listUsers(database, after, limit + 1), limit))
  }

  async forget(user: UserId): Promise<void> {
    await this.#use(user, (database) => forgetLeases(database, user))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#opening?.catch(() => undefined)
  }

  async #use<Result>(user: UserId, work: (database: Database, opened: Opened) => Promise<Result>): Promise<Result> {
    checkName('A user id', user)
    checkLength('A user id', user, maxUserBytes)
    return this.#run(work)
  }

  async #run<Result>(work: (database: Database, opened: Opened) => Promise<Result>): Promise<Result> {
    const opened = await this.#open()
    if (this.#isClosed) throw storageClosed()
    try {
      return await work(this.#database, opened)
    } catch (error) {
      if (isSyncError(error, 'storage_newer') || isSyncError(error, 'storage_foreign')) throw await this.#refuse(error)
      throw error
    }
  }

  /** Tables that are newer, or another's, stay so. Who went on claiming leases would only stand in the way. */
  async #refuse(error: SyncError): Promise<SyncError> {
    const now = await identify(this.#database).catch((problem: unknown) => problem)
    this.#refusal = isSyncError(now, 'storage_newer') ? now : error
    return this.#refusal
  }

  /** Opens once; a failed opening is tried again by the next call, because a database comes back. */
  async #open(): Promise<Opened> {
    if (this.#isClosed) throw storageClosed()
    if (this.#refusal) throw this.#refusal
    this.#opening ??= prepare(this.#database).catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }
}

function checkLength(what: string, name: string, bytes: number): void {
  if (exceeds(name, bytes)) throw new SyncError('invalid_input', `${what} has at most ${bytes} bytes in PostgreSQL.`)
}
