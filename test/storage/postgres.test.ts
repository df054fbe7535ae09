import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isSyncError, type SyncErrorCode } from '../../src/errors.js'
import type { UserId } from '../../src/model/ids.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { type PostgresPool, postgresStorage } from '../../src/storage/postgres/index.js'
import { migrations } from '../../src/storage/postgres/migrations.js'
import { exceeds, rowId } from '../../src/storage/postgres/names.js'
import { exportState, importState } from '../../src/storage/state/index.js'
import type { RecordChange, Storage } from '../../src/storage/storage.js'
import { storageContract } from '../../src/testing/storage-contract.js'
import { type Pglite, pgliteTimeoutMs, startPglite } from '../support/pglite.js'
import { world } from '../support/world.js'
import { behavesLikeTheModel } from './model.js'

let pglite: Pglite
const make = () => pglite.make()
const user = 'ann' as UserId

beforeAll(async () => {
  pglite = await startPglite()
}, pgliteTimeoutMs)
afterAll(() => pglite.stop())

describe('postgres, in PGlite', () => {
  for (const { name, run } of storageContract) test(name, () => run(make), 60_000)
  behavesLikeTheModel(make, 20)
})

describe('ids and keys that are longer than an index of PostgreSQL can hold', () => {
  test('are kept, found, listed in order and removed like all others', async () => {
    const { storage, other } = { storage: await make(), other: memoryStorage() }
    // Text that does not compress: what repeats itself fits into an index at any length.
    const noise = (seed: number, length: number) =>
      fc.sample(
        fc.string({
          unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzü🎉日'),
          minLength: length,
          maxLength: length,
        }),
        {
          seed,
          numRuns: 1,
        },
      )[0] ?? ''
    const head = noise(1, 4_000)
    const ids = [
      head,
      `${head}a`,
      `${head.slice(0, 999)}!`,
      'a',
      'zz',
      `z${noise(2, 700)}`,
      '~long/x',
      noise(3, 9_000),
      `~long/${head}`,
    ]
    const put = (id: string, at: number): RecordChange => ({
      op: 'put',
      collection: 'event',
      id,
      value: at,
      keys: { due: at % 2 ? 'same' : noise(at + 9, at % 4 ? 20 : 3_000), uid: id },
    })
    const same = async () => {
      for (const index of [undefined, 'due', 'uid'])
        for (const limit of [1, 2, 100])
          expect(await pagesOf(storage, index, limit)).toEqual(await pagesOf(other, index, limit))
    }
    for (const one of [storage, other]) await one.commit(user, { changes: ids.map(put) })
    await same()
    for (const [at, id] of ids.entries()) expect((await storage.get(user, 'event', id))?.value).toBe(at)
    expect((await storage.getMany(user, 'event', ids)).map(({ id }) => id).sort()).toEqual([...ids].sort())
    for (const one of [storage, other]) {
      await one.commit(user, {
        changes: ids.slice(0, 4).map((id, at) => ({ ...put(id, at + 1), expected: 1 }) as RecordChange),
      })
      await one.commit(user, { changes: [{ op: 'remove', collection: 'event', id: ids[1] ?? '', expected: 2 }] })
    }
    await same()
    await expectCode(
      'stale_version',
      storage.commit(user, { changes: [{ ...put(head, 1), expected: 0 } as RecordChange] }),
    )
    await storage.close()
  })

  test('stand in the rows under names that are never long and never the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 1_200 }), fc.string({ maxLength: 3 }), (one, end) => {
        const id = one || 'x'
        expect(new TextEncoder().encode(rowId(id)).length).toBeLessThanOrEqual(1_000)
        expect(exceeds(id, 1_000)).toBe(new TextEncoder().encode(id).length > 1_000)
        if (end !== '') expect(rowId(id + end)).not.toBe(rowId(id))
        expect(rowId(rowId(`${id}${'y'.repeat(1_001)}`))).not.toBe(rowId(`${id}${'y'.repeat(1_001)}`))
      }),
      { numRuns: 300 },
    )
  })

  test('are refused where they name a user or a lease', async () => {
    const storage = await make()
    await expectCode('invalid_input', storage.get('u'.repeat(513) as UserId, 'event', 'a'))
    await expectCode('invalid_input', storage.claim(user, 'k'.repeat(1_001), 'w', 1, 0))
    await storage.close()
  })
})

describe('a schema', () => {
  let made = 0
  const fresh = () => `own ${made++} "x" \\ 'y'`
  const open = (schema: string, pool: PostgresPool = pglite.pool) => postgresStorage({ pool, schema })
  const sql = (text: string) => pglite.pool.query(text)
  const named = (schema: string) => `"${schema.replaceAll('"', '""')}"`

  test('of any name is made once, by whoever comes first, and its records survive', async () => {
    const schema = fresh()
    const storages = Array.from({ length: 5 }, () => open(schema))
    await Promise.all(storages.map((storage, at) => storage.commit(user, { changes: [put(`${at}`)] })))
    expect((await open(schema).list(user, 'event', { limit: 10 })).records).toHaveLength(5)
    for (const storage of storages) await storage.close()
  })

  test('that belongs to something else is refused and left as it is', async () => {
    const schema = fresh()
    await sql(`CREATE SCHEMA ${named(schema)}`)
    await sql(`CREATE TABLE ${named(schema)}.event (a text)`)
    const storage = open(schema)
    for (let attempt = 0; attempt < 2; attempt++) await expectCode('storage_foreign', storage.get(user, 'event', 'a'))
    const { rows } = await sql(
      `SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace('${named(schema).replaceAll("'", "''")}') AND relkind <> 't' AND relkind <> 'i'`,
    )
    expect(rows).toEqual([{ relname: 'event' }])
  })

  test('of ours in which a table, an index or a function is missing is refused', async () => {
    for (const gone of ['TABLE %.audit', 'INDEX %.event_by_due', 'FUNCTION %.write_run']) {
      const schema = fresh()
      await open(schema).commit(user, { changes: [] })
      await sql(`DROP ${gone.replace('%', () => named(schema))}`)
      await expectCode('storage_foreign', open(schema).get(user, 'event', 'a'))
    }
  })

  test('of a newer calweave is refused when it is opened, and an older worker at its next commit and ever after', async () => {
    const schema = fresh()
    const older = open(schema)
    await older.commit(user, { changes: [put('a')] })
    await sql(`UPDATE ${named(schema)}.calweave SET version = ${migrations.length + 1}`)
    await expectCode('storage_newer', open(schema).get(user, 'event', 'a'))
    expect((await older.get(user, 'event', 'a'))?.version).toBe(1) // reading goes on until it is told
    await expectCode('storage_newer', older.commit(user, { changes: [put('a')] }))
    await expectCode('storage_newer', older.claim(user, 'k', 'w', 1, 0))
    await expectCode('storage_newer', older.get(user, 'event', 'a'))
    const { rows } = await sql(`SELECT version FROM ${named(schema)}.event`)
    expect(rows).toEqual([{ version: 1 }])
  })

  test('from which a later version took a table away is told as newer, not as damaged', async () => {
    const schema = fresh()
    const older = open(schema)
    await older.commit(user, { changes: [] })
    await sql(`UPDATE ${named(schema)}.calweave SET version = ${migrations.length + 1}`)
    await sql(`DROP TABLE ${named(schema)}.event`)
    await expectCode('storage_newer', older.get(user, 'event', 'a'))
  })

  test('that was restored under a worker refuses that worker, whose leases and versions are of another life', async () => {
    const schema = fresh()
    const before = open(schema)
    const lease = await before.claim(user, 'group/1', 'w1/1', 1_000, 0)
    await before.commit(user, { changes: [put('a')], leases: lease ? [lease] : [] })
    await sql(`DROP SCHEMA ${named(schema)} CASCADE`)
    const after = open(schema)
    await after.commit(user, { changes: [put('a')] })
    expect(await after.claim(user, 'group/1', 'w1/1', 1_000, 0)).toEqual(lease) // the same in every letter
    await expectCode('storage_foreign', before.commit(user, { changes: [put('a')], leases: lease ? [lease] : [] }))
    expect((await after.get(user, 'event', 'a'))?.version).toBe(1)
  })

  test('is asked for in a database that is away: storage_failed, and all is well when it is back', async () => {
    let isAway = true
    const pool: PostgresPool = {
      query: (text, values) =>
        isAway
          ? Promise.reject(Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' }))
          : pglite.pool.query(text, values),
    }
    const storage = open(fresh(), pool)
    const error = await storage.get(user, 'event', 'a').catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'storage_failed', remedy: 'retry', reason: 'ECONNREFUSED' })
    isAway = false
    await storage.commit(user, { changes: [put('a')] })
    isAway = true
    await expectCode('storage_failed', storage.commit(user, { changes: [put('a')] }))
    isAway = false
    expect((await storage.get(user, 'event', 'a'))?.version).toBe(1)
  })

  test('deadlocks and lost races are tried again, not for ever, and never a commit whose answer was lost', async () => {
    for (const [code, tries] of [
      ['40P01', 6],
      ['40001', 6],
      ['23505', 6],
      ['ECONNRESET', 1],
      ['57P01', 1],
      ['08006', 1],
    ] as const) {
      let asked = 0
      const storage = open(fresh(), {
        query: (text, values) => {
          if (!text.includes('.commit(') || text.includes('migration')) return pglite.pool.query(text, values)
          asked++
          return Promise.reject(Object.assign(new Error('not today'), { code }))
        },
      })
      const error = await storage.commit(user, { changes: [put('a')] }).catch((error: unknown) => error)
      expect(error).toMatchObject({ code: 'storage_failed', reason: code })
      expect(String(error)).not.toContain('not today')
      expect(asked).toBe(tries)
    }
  })

  test('must have a name that PostgreSQL takes, and a pool', () => {
    const { pool } = pglite
    for (const schema of ['', 'pg_mine', 'x'.repeat(64), 'a\0b'])
      expect(() => postgresStorage({ pool, schema })).toThrow(expect.objectContaining({ code: 'invalid_input' }))
    expect(() => postgresStorage({ pool: {} as PostgresPool })).toThrow(
      expect.objectContaining({ code: 'invalid_input' }),
    )
  })

  test('is asked once for a commit, whatever is in it, and once for every other verb', async () => {
    const asked: string[] = []
    const storage = open(fresh(), {
      query: (text, values) => {
        asked.push(text)
        return pglite.pool.query(text, values)
      },
    })
    await storage.commit(user, { changes: [] })
    asked.length = 0
    const lease = await storage.claim(user, 'k', 'w', 1_000, 0)
    const changes = Array.from({ length: 1_000 }, (_, at): RecordChange => {
      const collection = (['event', 'observed', 'replica', 'inbox'] as const)[at % 4] ?? 'event'
      return { op: 'put', collection, id: `${at}`, value: at, ...(at % 3 ? {} : { expected: 0 }) }
    })
    await storage.commit(user, { changes, leases: lease ? [lease] : [] })
    await storage.list(user, 'event', { limit: 1_000 })
    await storage.getMany(
      user,
      'event',
      Array.from({ length: 1_000 }, (_, at) => `${at}`),
    )
    await storage.users({ limit: 10 })
    expect(asked).toHaveLength(5)
  })
})

describe('the engine over PostgreSQL', () => {
  test('weaves two calendars, hears people on both sides, and a second worker finds nothing to do', async () => {
    const storage = await make()
    const w = await world({ storage })
    w.calendar(0).add({ title: 'Lunch', time: day('2026-01-06') })
    w.calendar(1).add({ title: 'Gym', time: day('2026-01-07') })
    await w.settle()
    expect([w.titles(0), w.titles(1)]).toEqual([
      ['Gym', 'Lunch'],
      ['Gym', 'Lunch'],
    ])
    w.calendar(1).edit(w.event(1, 'Lunch').id, { location: 'Canteen' })
    w.calendar(0).remove(w.event(0, 'Gym').id)
    await w.settle()
    expect(w.event(0, 'Lunch').content.location).toBe('Canteen')
    expect([w.titles(0), w.titles(1)]).toEqual([['Lunch'], ['Lunch']])
    const { counts } = await w.worker().groups.sync('group')
    expect([counts.created, counts.updated, counts.removed]).toEqual([0, 0, 0])
    await storage.close()
  })

  test('goes on where it was after its state moved there from another storage, and back', async () => {
    const w = await world()
    for (const title of ['Lunch', 'Gym', 'Choir']) w.calendar(0).add({ title, time: day('2026-01-06') })
    await w.settle()
    const moved = await make()
    const { digest } = await importState({ storage: moved, open: () => exportState({ storage: w.storage }) })
    const there = w.worker({ storage: moved })
    w.clock.now += 60_000
    const run = await there.groups.sync('group')
    expect(run.counts).toMatchObject({ created: 0, updated: 0, removed: 0 })
    w.calendar(1).edit(w.event(1, 'Lunch').id, { location: 'Canteen' })
    w.clock.now += 60_000
    await there.groups.sync('group')
    expect(w.event(0, 'Lunch').content.location).toBe('Canteen')
    expect(w.titles(0)).toEqual(['Choir', 'Gym', 'Lunch'])

    const back = memoryStorage()
    const second = await importState({ storage: back, open: () => exportState({ storage: moved }) })
    expect(second.digest).not.toBe(digest)
    expect(
      (await importState({ storage: back, overwrite: true, open: () => exportState({ storage: back }) })).digest,
    ).toBe(second.digest)
    w.clock.now += 60_000
    expect((await w.worker({ storage: back }).groups.sync('group')).counts).toMatchObject({ created: 0, updated: 0 })
    await moved.close()
  })
})

function put(id: string): RecordChange {
  return { op: 'put', collection: 'event', id, value: 1 }
}

function day(date: string) {
  return { start: { kind: 'date', date }, end: { kind: 'date', date: nextDay(date) } } as const
}

function nextDay(date: string): string {
  return new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10)
}

async function pagesOf(storage: Storage, index: string | undefined, limit: number) {
  const all: unknown[] = []
  let after: string | undefined
  do {
    const query = {
      limit,
      keys: true,
      ...(index === undefined ? {} : { index }),
      ...(after === undefined ? {} : { after }),
    }
    const page = await storage.list(user, 'event', query)
    all.push(...page.records)
    after = page.next
  } while (after !== undefined)
  return all
}

async function expectCode(code: SyncErrorCode, promise: Promise<unknown>): Promise<void> {
  const error = await promise.then(
    () => 'success',
    (error: unknown) => error,
  )
  expect(error).toSatisfy((error) => isSyncError(error, code))
}
