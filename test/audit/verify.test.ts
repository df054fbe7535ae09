import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import type { ChainHead } from '../../src/model/audit.js'
import type { UserId } from '../../src/model/ids.js'
import type { Json } from '../../src/model/json.js'
import { memoryProvider } from '../../src/providers/memory/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import type { RecordChange, Storage, StoredRecord } from '../../src/storage/storage.js'
import { content, type World, world } from '../support/world.js'

const user = 'user_1' as UserId
const secret = 'a secret of the host'

/** A life that leaves two dozen entries in two chains. */
async function lived(names = ['One', 'Two', 'Three']): Promise<World> {
  const w = await world({ engine: { secret, auditValues: true } })
  const ids = Array.from({ length: 4 }, (_, n) => w.calendar(0).add(content(`Event ${n}`)))
  await w.settle()
  for (const [n, id] of ids.entries()) w.calendar(0).edit(id, { location: `Room ${n}` })
  await w.settle()
  for (const id of ids.slice(2)) w.calendar(0).remove(id)
  await w.settle()
  for (const name of names) await w.user.groups.change('group', { name })
  return w
}

/** The same audit in a storage of its own, so that each case may spoil it. */
async function copied(records: readonly StoredRecord[], heads: readonly StoredRecord[]): Promise<Storage> {
  const storage = memoryStorage()
  const put =
    (collection: 'audit' | 'chain') =>
    ({ id, value }: StoredRecord): RecordChange => ({ op: 'put', collection, id, value })
  await storage.commit(user, { changes: [...records.map(put('audit')), ...heads.map(put('chain'))] })
  return storage
}

function auditOf(storage: Storage, secretOf = secret) {
  return new SyncEngine({ storage, providers: [memoryProvider()], secret: secretOf }).user(user).audit
}

let records: readonly StoredRecord[]
let heads: readonly StoredRecord[]

beforeAll(async () => {
  const { storage } = await lived()
  records = (await storage.list(user, 'audit', { limit: 1_000 })).records
  heads = (await storage.list(user, 'chain', { limit: 1_000 })).records
})

/** Every value inside a JSON value, by the way to it. */
function* leavesOf(value: Json, path: readonly string[] = []): Generator<readonly string[]> {
  if (value === null || typeof value !== 'object') yield path
  else for (const [key, part] of Object.entries(value)) yield* leavesOf(part as Json, [...path, key])
}

function changedAt(value: Json, [key, ...rest]: readonly string[], to: Json): Json {
  if (key === undefined) return to
  const part = (value as { readonly [key: string]: Json })[key] as Json
  if (Array.isArray(value)) return value.map((one, at) => (String(at) === key ? changedAt(one, rest, to) : one))
  return { ...(value as object), [key]: changedAt(part, rest, to) } as Json
}

describe('a check of the audit', () => {
  test('finds nothing where nothing was touched, and counts what it read', async () => {
    expect(records.length).toBeGreaterThan(12)
    const found = await auditOf(await copied(records, heads)).verify()
    expect(found).toEqual({ isIntact: true, chains: 2, entries: records.length, findings: [], unchecked: [] })
  })

  test('finds every change of any value of any entry, at its place', async () => {
    const cases = records.flatMap((record, at) => [...leavesOf(record.value)].map((path) => ({ at, path })))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...cases), fc.jsonValue(), async ({ at, path }, to) => {
        const record = records[at] as StoredRecord
        const value = changedAt(record.value, path, to as Json)
        fc.pre(JSON.stringify(value) !== JSON.stringify(record.value) && JSON.stringify(to) !== '-0')
        const storage = await copied(records, heads)
        await storage.commit(user, { changes: [{ op: 'put', collection: 'audit', id: record.id, value }] })
        const { isIntact, findings } = await auditOf(storage).verify()
        expect(isIntact, `${record.id} ${path.join('.')}`).toBe(false)
        const place = Number(record.id.split('/').at(-1))
        expect(findings.some(({ seq }) => seq === place || seq === place + 1)).toBe(true)
      }),
      { numRuns: 400 },
    )
  })

  test('finds every entry that was dropped, doubled, swapped or left out at the end', async () => {
    const at = fc.nat({ max: records.length - 1 })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('drop', 'swap', 'double', 'truncate'), at, at, async (how, one, other) => {
        const [a, b] = [records[one] as StoredRecord, records[other] as StoredRecord]
        fc.pre(how !== 'swap' || one !== other)
        const changes: RecordChange[] = []
        if (how === 'drop') changes.push({ op: 'remove', collection: 'audit', id: a.id })
        if (how === 'swap')
          changes.push(
            { op: 'put', collection: 'audit', id: a.id, value: b.value },
            { op: 'put', collection: 'audit', id: b.id, value: a.value },
          )
        if (how === 'double') changes.push({ op: 'put', collection: 'audit', id: `${a.id}x`, value: a.value })
        const [chain] = a.id.split('/')
        if (how === 'truncate')
          for (const { id } of records)
            if (id.startsWith(`${chain}/`) && id >= a.id) changes.push({ op: 'remove', collection: 'audit', id })
        const storage = await copied(records, heads)
        await storage.commit(user, { changes })
        const { isIntact, findings } = await auditOf(storage).verify()
        expect(isIntact, `${how} ${a.id} ${b.id}`).toBe(false)
        expect(findings.some((found) => found.chain === chain)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  test('finds a head that was taken away, changed, or made without the secret', async () => {
    for (const head of heads)
      for (const path of [undefined, ...leavesOf(head.value)]) {
        const storage = await copied(records, heads)
        const value = path && changedAt(head.value, path, path.at(-1) === 'seq' ? 1 : 'group2')
        const gone: RecordChange = { op: 'remove', collection: 'chain', id: head.id }
        await storage.commit(user, {
          changes: [value === undefined ? gone : { op: 'put', collection: 'chain', id: head.id, value }],
        })
        expect((await auditOf(storage).verify()).isIntact, path?.join('.')).toBe(false)
      }
    const other = await auditOf(await copied(records, heads), 'another secret').verify()
    expect(other.findings.map(({ kind }) => kind)).toEqual(['head', 'head'])
  })

  test('finds a chain that was cut and sealed anew by somebody who knows the secret, by a head that the host kept', async () => {
    const kept = heads.map(({ value }) => value as unknown as ChainHead)
    const rewritten = await lived(['One', 'Another', 'Three'])
    expect((await rewritten.user.audit.verify()).isIntact).toBe(true)
    const { findings } = await rewritten.user.audit.verify({ heads: kept })
    expect(findings.map(({ chain, kind }) => `${chain} ${kind}`)).toContain('~user rewritten')
    const forgotten = await auditOf(memoryStorage()).verify({ heads: kept })
    expect(forgotten.findings.map(({ kind }) => kind)).toEqual(['missing', 'missing'])
  })

  test('a chain of one user does not pass for that of another', async () => {
    const storage = await copied(records, heads)
    const other = 'user_2' as UserId
    for (const [collection, kept] of [['audit', records] as const, ['chain', heads] as const])
      await storage.commit(other, { changes: kept.map(({ id, value }) => ({ op: 'put', collection, id, value })) })
    const audit = new SyncEngine({ storage, providers: [memoryProvider()], secret }).user(other).audit
    expect((await audit.verify()).isIntact).toBe(false)
  })

  test('goes on while entries are being written', async () => {
    const w = await lived()
    const [found] = await Promise.all([
      w.user.audit.verify(),
      ...Array.from({ length: 10 }, (_, n) =>
        w.user.groups.create({ id: `g${n}`, name: 'Another', members: w.group.members }),
      ),
    ])
    expect(found.findings).toEqual([])
    expect((await w.user.audit.verify()).findings).toEqual([])
  })
})

describe('old entries', () => {
  test('are dropped, and the rest is verified from there, also against a head from before', async () => {
    const w = await lived()
    const [old] = [await w.user.audit.heads()]
    const before = (await w.user.audit.list('group')).items.length
    w.clock.now += 3_600_000
    w.calendar(1).add(content('Later'))
    await w.settle()
    const between = await w.user.audit.heads()
    w.clock.now += 3_600_000
    const { dropped, broken } = await w.user.audit.retain({ olderThanMs: 5_400_000 })
    expect({ dropped, broken }).toEqual({ dropped: before + 5 + 1, broken: [] })
    const { items } = await w.user.audit.list('group')
    expect(items.map(({ seq }) => seq)).toEqual([before + 1])
    expect(await w.user.audit.verify({ heads: between })).toMatchObject({ isIntact: true, unchecked: [] })
    expect(await w.user.audit.verify({ heads: old })).toMatchObject({ isIntact: true, unchecked: [] })
    w.calendar(1).add(content('Later still'))
    await w.settle()
    await w.user.audit.retain({ olderThanMs: 0 })
    w.clock.now += 1
    await w.user.audit.retain({ olderThanMs: 0 })
    expect((await w.user.audit.list('group')).items).toEqual([])
    expect((await w.user.audit.verify({ heads: old })).unchecked.map(({ chain }) => chain)).toEqual(['group'])
    w.calendar(1).add(content('The last'))
    await w.settle()
    expect((await w.user.audit.verify()).findings).toEqual([])
  })

  test('are not dropped where they do not fit each other: they are evidence', async () => {
    const storage = await copied(records, heads)
    const third = records.filter(({ id }) => id.startsWith('group/'))[2] as StoredRecord
    const value = changedAt(third.value, ['at'], 1)
    await storage.commit(user, { changes: [{ op: 'put', collection: 'audit', id: third.id, value }] })
    const audit = auditOf(storage)
    expect((await audit.retain({ olderThanMs: 0 })).broken).toEqual(['group'])
    expect((await audit.list('group')).items[0]?.seq).toBe(3)
    expect((await audit.verify()).findings).toEqual([{ chain: 'group', kind: 'changed', seq: 3 }])
  })

  test('of a group that ended are gone, and another group of its name goes on after them', async () => {
    const w = await lived()
    const kept = await w.user.audit.heads()
    await w.user.groups.remove('group', { copies: 'keep' })
    expect((await w.user.audit.list('group')).items).toEqual([])
    expect((await w.user.audit.verify({ heads: kept })).findings).toEqual([])
    await w.weave(w.user)
    await w.settle()
    w.calendar(0).add(content('Again'))
    await w.settle()
    expect((await w.user.audit.verify({ heads: kept })).findings).toEqual([])
    const settings = (await w.user.audit.listSettings()).items.map(({ action }) => action)
    expect(settings).toContain('group.removed')
  })
})
