import { SyncError, throwIfAborted } from '../../errors.js'
import { runningSha256 } from '../../model/hash.js'
import type { UserId } from '../../model/ids.js'
import type { Json } from '../../model/json.js'
import { type Collection, collections, type Storage, type StoredRecord } from '../storage.js'
import { format, type StateSummary } from './lines.js'

export interface ExportStateOptions {
  readonly storage: Storage
  readonly signal?: AbortSignal
}

/**
 * Gives the whole state of a storage as text, piece by piece; every piece ends with a line.
 *
 * End the workers first. Every user is read twice, and where anything changed in between this throws `stale_version`:
 * a state that never was is worse than none. What was given until then is refused by {@link importState}. Tokens and
 * passwords are in it as they are kept, sealed by the vault; calendars are in it in the clear.
 *
 * @throws SyncError `stale_version`, and what the storage throws.
 *
 * @example
 * ```ts
 * import { createWriteStream } from 'node:fs'
 * import { pipeline } from 'node:stream/promises'
 * import { sqliteStorage } from 'calweave/storage/sqlite'
 * import { exportState } from 'calweave/storage/state'
 *
 * export async function backUp(path: string): Promise<void> {
 *   const storage = sqliteStorage({ path: 'calweave.sqlite' })
 *   await pipeline(exportState({ storage }), createWriteStream(path, { mode: 0o600 }))
 *   await storage.close()
 * }
 * ```
 */
export async function* exportState({ storage, signal }: ExportStateOptions): AsyncGenerator<string, StateSummary> {
  const hash = runningSha256()
  const told = (lines: readonly Json[]): string => {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
    hash.add(text)
    return text
  }
  yield told([{ calweave: 'state', format, collections: { ...collections } }])
  const known = runningSha256()
  let users = 0
  let records = 0
  for await (const user of usersOf(storage, signal)) {
    users++
    known.add(`${user}\0`)
    yield told([{ user }])
    const first = runningSha256()
    for await (const { collection, page } of recordsOf(storage, user, signal)) {
      for (const { id, version } of page) first.add(seen(collection, id, version))
      records += page.length
      yield told(page.map(({ id, version, value, keys }) => [collection, id, version, value, keysGiven(keys)]))
    }
    const second = runningSha256()
    for await (const { collection, page } of recordsOf(storage, user, signal))
      for (const { id, version } of page) second.add(seen(collection, id, version))
    if (first.digest() !== second.digest()) throw changedMeanwhile()
  }
  const again = runningSha256()
  for await (const user of usersOf(storage, signal)) again.add(`${user}\0`)
  if (known.digest() !== again.digest()) throw changedMeanwhile()
  const summary = { users, records, digest: hash.digest() }
  yield `${JSON.stringify({ end: summary })}\n`
  return summary
}

/** Connections and groups come last: of a user whose import was cut off nothing can be synced. */
const order: readonly Collection[] = [
  ...(Object.keys(collections) as Collection[]).filter((name) => name !== 'connection' && name !== 'group'),
  'connection',
  'group',
]

async function* usersOf(storage: Storage, signal: AbortSignal | undefined): AsyncGenerator<UserId> {
  let after: string | undefined
  do {
    throwIfAborted(signal)
    const page = await storage.users({ limit: 1_000, ...(after === undefined ? {} : { after }) })
    yield* page.users
    after = page.next
  } while (after !== undefined)
}

async function* recordsOf(
  storage: Storage,
  user: UserId,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ readonly collection: Collection; readonly page: readonly StoredRecord[] }> {
  for (const collection of order) {
    let after: string | undefined
    do {
      throwIfAborted(signal)
      const page = await storage.list(user, collection, {
        limit: pageSize,
        keys: true,
        ...(after === undefined ? {} : { after }),
      })
      if (page.records.length > 0) yield { collection, page: page.records }
      after = page.next
    } while (after !== undefined)
  }
}

/** Records may be large, and nobody waits. */
const pageSize = 200

const seen = (collection: Collection, id: string, version: number): string => `${collection}\0${id}\0${version}\0`

function keysGiven(keys: StoredRecord['keys']): Readonly<Record<string, string>> {
  if (keys) return keys
  throw new SyncError('unsupported', 'This storage does not give index keys (`Query.keys`), so it cannot be copied.')
}

function changedMeanwhile(): SyncError {
  return new SyncError(
    'stale_version',
    'The state changed while it was exported; what came is not whole. End the workers, then export again.',
  )
}
