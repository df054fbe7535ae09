import { SyncError } from '../../errors.js'
import type { UserId } from '../../model/ids.js'
import {
  checkBatch,
  checkClaim,
  checkCollection,
  checkIds,
  checkName,
  checkQuery,
  checkUsersQuery,
  jsonText,
  storageClosed,
  usersPage,
} from '../checks.js'
import type { Batch, Collection, Lease, Page, Query, Storage, StoredRecord, UsersPage, UsersQuery } from '../storage.js'
import type { Connection, SqliteDatabase } from './database.js'
import { failure } from './failure.js'
import { checkLeases, claimLease, releaseLease } from './leases.js'
import { openDatabase, openFile } from './open.js'
import { applyChange, getRecord, getRecords, listRecords, type RowChange } from './records.js'
import { refuseNewer } from './schema.js'
import { listUsers } from './users.js'

export type { SqliteDatabase, SqliteStatement, SqliteValue } from './database.js'

/** Where a SQLite storage keeps its records. */
export type SqliteStorageOptions = (
  | {
      /** A file of its own, made when it is not there; `:memory:` for none. Opened with the driver of Node. */
      readonly path: string
    }
  | {
      /** A database that is open already. The storage takes it over, and closes it when it is closed. */
      readonly database: SqliteDatabase
    }
) & {
  /**
   * How long a call waits for another process to finish its write. SQLite waits without giving way to other work of
   * this process. @default 5_000
   */
  readonly busyTimeoutMs?: number
}

/**
 * Makes a storage in one SQLite file, good for one machine with any number of processes.
 *
 * The file is opened by the first call, and that call throws when it cannot be used: `storage_foreign` for a file that
 * is damaged or belongs to something else, `storage_newer` for one of a later calweave. Such a file is left as it is.
 * A commit survives the death of the process; the last ones before a power cut may be missing, but none by half.
 * When a later calweave brings the file up to date while it is open here, the next commit throws
 * `storage_newer`, and from then on every verb.
 *
 * @example
 * ```ts
 * import { DatabaseSync } from 'node:sqlite'
 * import { sqliteStorage } from 'calweave/storage/sqlite'
 *
 * const storage = sqliteStorage({ path: ':memory:' })
 * await storage.close()
 * // A driver of your own, for example better-sqlite3:
 * await sqliteStorage({ database: new DatabaseSync(':memory:') }).close()
 * ```
 */
export function sqliteStorage(options: SqliteStorageOptions): Storage {
  if (!('database' in options) && (typeof options.path !== 'string' || options.path === ''))
    throw new SyncError('invalid_input', 'sqliteStorage needs a path, or a database that is open.')
  return new SqliteStorage(options)
}

class SqliteStorage implements Storage {
  readonly #options: SqliteStorageOptions
  #opening: Promise<Connection> | undefined
  #refusal: SyncError | undefined
  #isClosed = false

  constructor(options: SqliteStorageOptions) {
    this.#options = { ...options }
  }

  async get(user: UserId, collection: Collection, id: string): Promise<StoredRecord | undefined> {
    checkCollection(collection)
    checkName('A record id', id)
    return this.#use(user, (connection) => getRecord(connection, user, collection, id))
  }

  async getMany(user: UserId, collection: Collection, ids: readonly string[]): Promise<readonly StoredRecord[]> {
    checkCollection(collection)
    checkIds(ids)
    return this.#use(user, (connection) => getRecords(connection, user, collection, ids))
  }

  async list(user: UserId, collection: Collection, query: Query): Promise<Page> {
    const range = checkQuery(collection, query)
    return this.#use(user, (connection) => listRecords(connection, user, collection, range))
  }

  async commit(user: UserId, batch: Batch): Promise<void> {
    checkBatch(batch)
    const changes: readonly RowChange[] = batch.changes.map((change) =>
      change.op === 'put' ? { ...change, value: jsonText(change.value) } : change,
    )
    const leases = [...(batch.leases ?? [])]
    await this.#use(user, (connection) =>
      connection.transaction(() => {
        refuseNewer(connection)
        checkLeases(connection, user, leases)
        for (const change of changes) applyChange(connection, user, change)
      }),
    )
  }

  async claim(user: UserId, key: string, owner: string, ttlMs: number, now: number): Promise<Lease | undefined> {
    checkClaim(key, owner, ttlMs, now)
    return this.#use(user, (connection) => claimLease(connection, user, key, owner, ttlMs, now))
  }

  async release(user: UserId, lease: Lease): Promise<void> {
    await this.#use(user, (connection) => releaseLease(connection, user, lease))
  }

  async users(query: UsersQuery): Promise<UsersPage> {
    const after = checkUsersQuery(query)
    return this.#run((connection) => usersPage(listUsers(connection, after, query.limit + 1), query.limit))
  }

  async forget(user: UserId): Promise<void> {
    await this.#use(user, (connection) => connection.run('DELETE FROM lease WHERE user = ?', user))
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.#opening) (await this.#opening.catch(() => undefined))?.close()
    else if ('database' in this.#options) this.#options.database.close()
  }

  async #use<Result>(user: UserId, work: (connection: Connection) => Result): Promise<Result> {
    checkName('A user id', user)
    return this.#run(work)
  }

  async #run<Result>(work: (connection: Connection) => Result): Promise<Result> {
    const connection = await this.#open()
    if (this.#isClosed) throw storageClosed()
    try {
      return work(connection)
    } catch (error) {
      const problem = failure(error)
      // A file that is newer stays so. Who went on claiming leases would only stand in the way.
      if (problem.code === 'storage_newer') this.#refusal = problem
      throw problem
    }
  }

  /** Opens once; a failed opening is tried again by the next call, because a lock goes away and a disk gets room. */
  async #open(): Promise<Connection> {
    if (this.#isClosed) throw storageClosed()
    if (this.#refusal) throw this.#refusal
    this.#opening ??= connect(this.#options).catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }
}

async function connect(options: SqliteStorageOptions): Promise<Connection> {
  const busyTimeoutMs = options.busyTimeoutMs ?? 5_000
  return 'database' in options ? openDatabase(options.database, busyTimeoutMs) : openFile(options.path, busyTimeoutMs)
}
