import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isSyncError } from '../../src/errors.js'
import type { UserId } from '../../src/model/ids.js'
import type { Batch, Lease, Query, RecordChange, Storage, StoredRecord } from '../../src/storage/storage.js'

/**
 * Random operations of two users on a storage and on the plainest model that can be thought of: one list of records,
 * sorted and filtered anew for every question. Whatever the storage answers, the model must have answered too.
 */

export function behavesLikeTheModel(make: () => Promise<Storage>, numRuns = 60): void {
  test('answers every sequence of operations like a plain list of records', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 60 }), async (operations) => {
        const storage = await make()
        const model = new Model()
        try {
          const leases: Lease[] = []
          for (const operation of operations) {
            const actual = await outcome(run(storage, operation, leases))
            expect(actual, JSON.stringify(operation)).toEqual(await outcome(run(model, operation, leases)))
            if (operation.type === 'claim' && isLease(actual)) leases.push(actual)
          }
        } finally {
          await storage.close()
        }
      }),
      { numRuns },
    )
  })

  test('shows a listing in pages of any size as it shows it whole, also far beyond one chunk', async () => {
    const storage = await make()
    const user = 'ann' as UserId
    const ids = fc.sample(fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }), { numRuns: 3_000, seed: 7 })
    const unique = [...new Set(ids.filter((id) => !/\0|\p{Surrogate}/u.test(id)))]
    for (let at = 0; at < unique.length; at += 500) {
      await storage.commit(user, {
        changes: unique
          .slice(at, at + 500)
          .map((id) => ({ op: 'put', collection: 'event', id, value: 1, keys: { uid: id } })),
      })
    }
    // Every third and a whole stretch go away again, so that parts of the order shrink and others vanish.
    unique.sort(byUtf8)
    const isRemoved = (at: number) => at % 3 === 0 || (at > unique.length * 0.2 && at < unique.length * 0.8)
    const removed = unique.filter((_, at) => isRemoved(at))
    for (let at = 0; at < removed.length; at += 500) {
      await storage.commit(user, {
        changes: removed.slice(at, at + 500).map((id) => ({ op: 'remove', collection: 'event', id })),
      })
    }
    const expected = unique.filter((_, at) => !isRemoved(at))
    for (const index of [undefined, 'uid']) {
      for (const limit of [37, 512, 1_000]) {
        const seen: string[] = []
        let after: string | undefined
        do {
          const query: Query = {
            limit,
            ...(index === undefined ? {} : { index }),
            ...(after === undefined ? {} : { after }),
          }
          const page = await storage.list(user, 'event', query)
          seen.push(...page.records.map(({ id }) => id))
          after = page.next
        } while (after !== undefined)
        expect(seen).toEqual(expected)
      }
    }
    await storage.close()
  })
}

type Operation =
  | {
      readonly type: 'commit'
      readonly user: UserId
      readonly changes: readonly RecordChange[]
      readonly lease: number | undefined
    }
  | { readonly type: 'get'; readonly user: UserId; readonly id: string }
  | { readonly type: 'list'; readonly user: UserId; readonly query: Query }
  | {
      readonly type: 'claim'
      readonly user: UserId
      readonly key: string
      readonly owner: string
      readonly now: number
    }
  | { readonly type: 'release'; readonly user: UserId; readonly lease: number }

const user = fc.constantFrom('ann', 'bob') as fc.Arbitrary<UserId>
const text = fc.constantFrom('a', 'b', 'a/', 'a/1', 'a/2', 'a0', 'é', '\uff5e', '🎉')
const key = fc.oneof(text, fc.constant(''))
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })

const change: fc.Arbitrary<RecordChange> = fc
  .record({
    op: fc.constantFrom('put', 'put', 'remove'),
    id: text,
    value: fc.jsonValue({ maxDepth: 2 }),
    due: optional(key),
    uid: optional(key),
    expected: optional(fc.nat(3)),
  })
  .map(({ op, id, value, due, uid, expected }) => {
    const base = { collection: 'event', id, ...(expected === undefined ? {} : { expected }) } as const
    if (op === 'remove') return { op, ...base }
    const keys = { ...(due === undefined ? {} : { due }), ...(uid === undefined ? {} : { uid }) }
    return { op: 'put', ...base, value: JSON.parse(JSON.stringify(value)), keys }
  })

const query: fc.Arbitrary<Query> = fc
  .record(
    {
      index: fc.constantFrom('due', 'uid'),
      from: key,
      to: key,
      after: fc.tuple(key, text).map((position) => JSON.stringify(position)),
      limit: fc.integer({ min: 1, max: 5 }),
    },
    { requiredKeys: ['limit'] },
  )
  // Among ids, a place is named by the same text twice.
  .map((query) => {
    if (query.index !== undefined || query.after === undefined) return query
    const [, id] = JSON.parse(query.after)
    return { ...query, after: JSON.stringify([id, id]) }
  })

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('commit'),
      user,
      changes: fc.uniqueArray(change, { selector: ({ id }) => id, maxLength: 4 }),
      lease: optional(fc.nat(5)),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('get'), user, id: text }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('list'), user, query }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('claim'),
      user,
      key: fc.constantFrom('k', 'l'),
      owner: fc.constantFrom('w1', 'w2'),
      now: fc.nat(100),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('release'), user, lease: fc.nat(5) }) },
) as fc.Arbitrary<Operation>

type Verbs = Pick<Storage, 'commit' | 'get' | 'list' | 'claim' | 'release'>

async function run(storage: Verbs, operation: Operation, leases: readonly Lease[]): Promise<unknown> {
  switch (operation.type) {
    case 'commit': {
      const lease = operation.lease === undefined ? undefined : leases[operation.lease]
      await storage.commit(operation.user, { changes: operation.changes, leases: lease ? [lease] : [] })
      return 'done'
    }
    case 'get':
      return storage.get(operation.user, 'event', operation.id)
    case 'list':
      return storage.list(operation.user, 'event', operation.query)
    case 'claim':
      return storage.claim(operation.user, operation.key, operation.owner, 20, operation.now)
    case 'release': {
      const lease = leases[operation.lease]
      if (lease) await storage.release(operation.user, lease)
      return 'done'
    }
    default:
      return operation satisfies never
  }
}

async function outcome(result: Promise<unknown>): Promise<unknown> {
  try {
    return await result
  } catch (error) {
    if (isSyncError(error)) return error.code
    throw error
  }
}

function isLease(value: unknown): value is Lease {
  return typeof value === 'object' && value !== null && 'token' in value
}

interface Row extends StoredRecord {
  readonly user: UserId
  readonly keys: Readonly<Record<string, string>>
}

class Refused extends Error {}

class Model implements Verbs {
  #rows: readonly Row[] = []
  readonly #leases = new Map<string, { owner: string | undefined; token: number; expiresAt: number }>()

  async get(user: UserId, _collection: string, id: string): Promise<StoredRecord | undefined> {
    const row = this.#rows.find((row) => row.user === user && row.id === id)
    return row && shown(row)
  }

  async list(user: UserId, _collection: string, { index, from, to, after, limit }: Query) {
    const keyOf = (row: Row) => (index === undefined ? row.id : row.keys[index])
    const place: [string, string] | undefined = after === undefined ? undefined : JSON.parse(after)
    const rows = this.#rows
      .flatMap((row) => {
        const key = keyOf(row)
        return row.user === user && key !== undefined ? [{ row, key }] : []
      })
      .filter(({ key }) => (from === undefined || byUtf8(key, from) >= 0) && (to === undefined || byUtf8(key, to) < 0))
      .filter(
        ({ key, row }) => !place || byUtf8(key, place[0]) > 0 || (key === place[0] && byUtf8(row.id, place[1]) > 0),
      )
      .sort((a, b) => byUtf8(a.key, b.key) || byUtf8(a.row.id, b.row.id))
    const last = rows[limit - 1]
    const records = rows.slice(0, limit).map(({ row }) => shown(row))
    return last && rows.length > limit ? { records, next: JSON.stringify([last.key, last.row.id]) } : { records }
  }

  async commit(user: UserId, { changes, leases = [] }: Batch): Promise<void> {
    for (const { key, owner, token } of leases) {
      const row = this.#leases.get(`${user} ${key}`)
      if (row?.owner !== owner || row.token !== token) throw refused('lease_lost')
    }
    let rows = this.#rows
    for (const change of changes) {
      const old = rows.find((row) => row.user === user && row.id === change.id)
      const version = old?.version ?? 0
      if ((change.expected ?? version) !== version) throw refused('stale_version')
      rows = rows.filter((row) => row !== old)
      if (change.op === 'remove') continue
      rows = [...rows, { user, id: change.id, version: version + 1, value: change.value, keys: change.keys ?? {} }]
    }
    this.#rows = rows
  }

  async claim(user: UserId, key: string, owner: string, ttlMs: number, now: number): Promise<Lease | undefined> {
    const name = `${user} ${key}`
    const { token, ...held } = this.#leases.get(name) ?? { owner: undefined, token: 0, expiresAt: 0 }
    if (held.owner !== undefined && held.owner !== owner && held.expiresAt > now) return undefined
    const lease = { owner, token: held.owner === owner ? token : token + 1, expiresAt: now + ttlMs }
    this.#leases.set(name, lease)
    return { key, ...lease }
  }

  async release(user: UserId, { key, owner, token }: Lease): Promise<void> {
    const row = this.#leases.get(`${user} ${key}`)
    if (row?.owner === owner && row.token === token) row.owner = undefined
  }
}

function shown({ id, version, value }: Row): StoredRecord {
  return { id, version, value }
}

function refused(code: string): Error {
  return Object.assign(new Refused(code), { code, [Symbol.for('calweave.error')]: true })
}

function byUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
