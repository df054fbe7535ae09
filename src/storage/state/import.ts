import { SyncError } from '../../errors.js'
import type { UserId } from '../../model/ids.js'
import type { RecordChange, Storage } from '../storage.js'
import { type KeptLine, readState, type StateSummary } from './lines.js'

export interface ImportStateOptions {
  readonly storage: Storage
  /**
   * Opens what {@link exportState} gave, from its beginning: text or bytes in pieces of any size, e.g. a file's stream.
   * It is called twice. The first time everything is looked at and nothing is written.
   */
  readonly open: () => AsyncIterable<string | Uint8Array>
  /**
   * Writes into a storage that is not empty: records of the state replace those of the same id, all others stay. For
   * going on with an import that was cut off. @default false
   */
  readonly overwrite?: boolean
  readonly signal?: AbortSignal
}

/**
 * Writes a state into an empty storage: every record with its value, version and index keys.
 *
 * A state that is cut off, changed or of another format is refused before anything is written. When the storage fails
 * on the way, what was written stays: a part of the users, and of the last one everything but connections and groups, so
 * that no sync starts from half a memory. Import again with `overwrite`. No worker may use the storage meanwhile.
 *
 * @throws SyncError `invalid_input` for a state that is not whole or a storage that is not empty, `storage_newer` for a
 * state of a later calweave, and what the storage throws.
 *
 * @example
 * ```ts no-run
 * import { createReadStream } from 'node:fs'
 * import { postgresStorage } from 'calweave/storage/postgres'
 * import { importState } from 'calweave/storage/state'
 * import { Pool } from 'pg'
 *
 * const pool = new Pool({ connectionString: 'postgres://calweave@127.0.0.1/calweave' })
 * const storage = postgresStorage({ pool })
 * console.log(await importState({ storage, open: () => createReadStream('state.jsonl') }))
 * await pool.end()
 * ```
 */
export async function importState(options: ImportStateOptions): Promise<StateSummary> {
  const { storage, open, overwrite = false, signal } = options
  const summary = await readState(open(), signal)
  if (!overwrite && (await storage.users({ limit: 1 })).users.length > 0)
    throw invalid('The storage is not empty; nothing was written. Give an empty one, or `overwrite: true`.')
  const writing = new Writing(storage, overwrite)
  const written = await readState(open(), signal, (user, line) => writing.add(user, line))
  await writing.flush()
  if (written.digest !== summary.digest)
    throw invalid('The state became another one while it was imported. Import again, with `overwrite: true`.')
  return summary
}

/** Gathers records of one user, and writes them in batches of bounded size. */
class Writing {
  readonly #storage: Storage
  readonly #overwrite: boolean
  #user: UserId | undefined
  #changes: RecordChange[] = []
  #size = 0

  constructor(storage: Storage, overwrite: boolean) {
    this.#storage = storage
    this.#overwrite = overwrite
  }

  async add(user: UserId, { record: [collection, id, version, value, keys], size }: KeptLine): Promise<void> {
    if (user !== this.#user || this.#changes.length >= maxChanges || this.#size + size > maxSize) await this.flush()
    this.#user = user
    this.#size += size
    const base = { op: 'put', collection, id, value, keys, version } as const
    this.#changes.push(this.#overwrite ? base : { ...base, expected: 0 })
  }

  async flush(): Promise<void> {
    const changes = this.#changes
    this.#changes = []
    this.#size = 0
    if (this.#user !== undefined && changes.length > 0) await this.#storage.commit(this.#user, { changes })
  }
}

const maxChanges = 1_000
/** Characters of JSON in a batch, unless one record alone has more. */
const maxSize = 4_000_000

function invalid(message: string): SyncError {
  return new SyncError('invalid_input', message)
}
