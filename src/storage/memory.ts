import type { UserId } from '../model/ids.js'
import {
  checkBatch,
  checkClaim,
  checkCollection,
  checkIds,
  checkName,
  checkQuery,
  checkUsersQuery,
  comparePositions,
  compareText,
  jsonCopy,
  leaseLost,
  type Position,
  staleVersion,
  storageClosed,
  usersPage,
  writeCursor,
} from './checks.js'
import type {
  Batch,
  Collection,
  Lease,
  Page,
  Query,
  RecordChange,
  Storage,
  StoredRecord,
  UsersPage,
  UsersQuery,
} from './storage.js'

/**
 * Makes a storage that keeps everything in memory and forgets it with the process: for tests, demos and browsers.
 *
 * It behaves like a database: what it returns is frozen and shared, and what it is given is copied first.
 *
 * @example
 * ```ts
 * import { SyncEngine } from 'calweave'
 * import { memoryProvider } from 'calweave/providers/memory'
 * import { memoryStorage } from 'calweave/storage/memory'
 *
 * const engine = new SyncEngine({ storage: memoryStorage(), providers: [memoryProvider()] })
 * console.log(await engine.user('user_1').groups.list())
 * ```
 */
export function memoryStorage(): Storage {
  return new MemoryStorage()
}

class MemoryStorage implements Storage {
  readonly #drawers = new Map<UserId, Drawer>()
  #isClosed = false

  async get(user: UserId, collection: Collection, id: string): Promise<StoredRecord | undefined> {
    checkCollection(collection)
    checkName('A record id', id)
    return this.#look(user)?.shelves.get(collection)?.kept.get(id)?.record
  }

  async getMany(user: UserId, collection: Collection, ids: readonly string[]): Promise<readonly StoredRecord[]> {
    checkCollection(collection)
    checkIds(ids)
    const kept = this.#look(user)?.shelves.get(collection)?.kept
    return [...new Set(ids)].flatMap((id) => kept?.get(id)?.record ?? [])
  }

  async list(user: UserId, collection: Collection, query: Query): Promise<Page> {
    const { index, above, to, limit, keys } = checkQuery(collection, query)
    const shelf = this.#look(user)?.shelves.get(collection)
    const records: StoredRecord[] = []
    let last: Position | undefined
    for (const position of shelf?.order(index).above(above) ?? []) {
      if (to !== undefined && compareText(position.key, to) >= 0) break
      if (last && records.length === limit) return { records, next: writeCursor(last) }
      const kept = shelf?.kept.get(position.id)
      if (kept) records.push(keys ? Object.freeze({ ...kept.record, keys: kept.keys }) : kept.record)
      last = position
    }
    return { records }
  }

  async commit(user: UserId, batch: Batch): Promise<void> {
    checkBatch(batch)
    const drawer = this.#open(user)
    const changes = batch.changes.map((change) =>
      change.op === 'put' ? { ...change, value: jsonCopy(change.value) } : change,
    )
    for (const lease of batch.leases ?? []) {
      const row = drawer.leases.get(lease.key)
      if (row?.owner !== lease.owner || row.token !== lease.token) throw leaseLost()
    }
    for (const { collection, id, expected } of changes) {
      const version = drawer.shelves.get(collection)?.kept.get(id)?.record.version ?? 0
      if (expected !== undefined && expected !== version) throw staleVersion(collection)
    }
    // Nothing below can fail, so a batch is written whole.
    for (const change of changes) drawer.shelf(change.collection).apply(change)
  }

  async claim(user: UserId, key: string, owner: string, ttlMs: number, now: number): Promise<Lease | undefined> {
    checkClaim(key, owner, ttlMs, now)
    const { leases } = this.#open(user)
    const row = leases.get(key)
    if (row?.owner !== undefined && row.owner !== owner && row.expiresAt > now) return undefined
    const token = (row?.token ?? 0) + (row?.owner === owner ? 0 : 1)
    const expiresAt = now + ttlMs
    leases.set(key, { owner, token, expiresAt })
    return { key, owner, token, expiresAt }
  }

  async release(user: UserId, lease: Lease): Promise<void> {
    const leases = this.#look(user)?.leases
    const row = leases?.get(lease.key)
    if (row?.owner !== lease.owner || row.token !== lease.token) return
    leases?.set(lease.key, { ...row, owner: undefined }) // the token stays, so that it can only grow
  }

  async users(query: UsersQuery): Promise<UsersPage> {
    const after = checkUsersQuery(query)
    if (this.#isClosed) throw storageClosed()
    const known = [...this.#drawers].filter(([user, drawer]) => compareText(user, after) > 0 && !drawer.isEmpty())
    return usersPage(known.map(([user]) => user).sort(compareText), query.limit)
  }

  async forget(user: UserId): Promise<void> {
    this.#look(user)?.leases.clear()
    if ([...(this.#look(user)?.shelves.values() ?? [])].every(({ kept }) => kept.size === 0)) this.#drawers.delete(user)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#drawers.clear()
  }

  #look(user: UserId): Drawer | undefined {
    checkName('A user id', user)
    if (this.#isClosed) throw storageClosed()
    return this.#drawers.get(user)
  }

  #open(user: UserId): Drawer {
    let drawer = this.#look(user)
    if (!drawer) {
      drawer = new Drawer()
      this.#drawers.set(user, drawer)
    }
    return drawer
  }
}

/** Everything of one user. No path leads from one drawer to another. */
class Drawer {
  readonly shelves = new Map<Collection, Shelf>()
  readonly leases = new Map<string, { readonly owner: string | undefined; token: number; expiresAt: number }>()

  isEmpty(): boolean {
    return this.leases.size === 0 && [...this.shelves.values()].every(({ kept }) => kept.size === 0)
  }

  shelf(collection: Collection): Shelf {
    let shelf = this.shelves.get(collection)
    if (!shelf) {
      shelf = new Shelf()
      this.shelves.set(collection, shelf)
    }
    return shelf
  }
}

interface Kept {
  readonly record: StoredRecord
  readonly keys: Readonly<Record<string, string>>
}

/** One collection of one user, with its orders. */
class Shelf {
  readonly kept = new Map<string, Kept>()
  readonly #byId = new SortedPositions()
  readonly #byKey = new Map<string, SortedPositions>()

  order(index: string | undefined): SortedPositions {
    if (index === undefined) return this.#byId
    let order = this.#byKey.get(index)
    if (!order) {
      order = new SortedPositions()
      this.#byKey.set(index, order)
    }
    return order
  }

  apply(change: RecordChange): void {
    const { id } = change
    const before = this.kept.get(id)
    if (change.op === 'remove') {
      if (before) this.#byId.remove({ key: id, id })
      this.#reorder(id, before?.keys ?? {}, {})
      this.kept.delete(id)
      return
    }
    const version = change.version ?? (before?.record.version ?? 0) + 1
    const record = Object.freeze({ id, version, value: change.value })
    const keys = Object.freeze({ ...change.keys })
    if (!before) this.#byId.add({ key: id, id })
    this.#reorder(id, before?.keys ?? {}, keys)
    this.kept.set(id, { record, keys })
  }

  /** Most writes leave most keys as they are. */
  #reorder(id: string, before: Kept['keys'], after: Kept['keys']): void {
    for (const [index, key] of Object.entries(before)) if (after[index] !== key) this.order(index).remove({ key, id })
    for (const [index, key] of Object.entries(after)) if (before[index] !== key) this.order(index).add({ key, id })
  }
}

/**
 * Places in order, in chunks of bounded size: adding to 100,000 moves a few hundred entries at most, and reading can
 * start anywhere.
 */
class SortedPositions {
  static readonly #maxChunk = 512
  readonly #chunks: Position[][] = []

  add(position: Position): void {
    const at = Math.min(this.#chunkOf(position), this.#chunks.length - 1)
    const chunk = this.#chunks[at]
    if (!chunk) {
      this.#chunks.push([position])
      return
    }
    chunk.splice(firstFrom(chunk, position), 0, position)
    if (chunk.length > SortedPositions.#maxChunk) this.#chunks.splice(at + 1, 0, chunk.splice(chunk.length >> 1))
  }

  remove(position: Position): void {
    const at = this.#chunkOf(position)
    const chunk = this.#chunks[at]
    if (!chunk) return
    const place = firstFrom(chunk, position)
    const found = chunk[place]
    if (!found || comparePositions(found, position) !== 0) return
    chunk.splice(place, 1)
    if (chunk.length === 0) this.#chunks.splice(at, 1)
  }

  /** All places strictly after `position`, in order. */
  *above(position: Position): Generator<Position> {
    let at = this.#chunkOf(position)
    let place = firstFrom(this.#chunks[at] ?? [], position)
    const first = this.#chunks[at]?.[place]
    if (first && comparePositions(first, position) === 0) place++
    for (; at < this.#chunks.length; at++, place = 0) {
      const chunk = this.#chunks[at] ?? []
      for (; place < chunk.length; place++) {
        const found = chunk[place]
        if (found) yield found
      }
    }
  }

  /** The first chunk that ends at or after `position`; the number of chunks when there is none. */
  #chunkOf(position: Position): number {
    return firstWhere(this.#chunks.length, (at) => {
      const last = this.#chunks[at]?.at(-1)
      return last !== undefined && comparePositions(last, position) >= 0
    })
  }
}

function firstFrom(chunk: readonly Position[], position: Position): number {
  return firstWhere(chunk.length, (at) => {
    const found = chunk[at]
    return found !== undefined && comparePositions(found, position) >= 0
  })
}

/** The smallest number below `count` for which `holds`; `count` when there is none. `holds` must not switch back. */
function firstWhere(count: number, holds: (at: number) => boolean): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}
