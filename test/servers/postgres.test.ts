import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client, Pool } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { isSyncError, type SyncErrorCode } from '../../src/errors.js'
import type { UserId } from '../../src/model/ids.js'
import { checkQuery } from '../../src/storage/checks.js'
import { postgresStorage } from '../../src/storage/postgres/index.js'
import { migration, migrations } from '../../src/storage/postgres/migrations.js'
import { listStatement } from '../../src/storage/postgres/records.js'
import { usersStatement } from '../../src/storage/postgres/users.js'
import { sqliteStorage } from '../../src/storage/sqlite/index.js'
import { exportState } from '../../src/storage/state/index.js'
import { collections, type Lease, type RecordChange, type Storage } from '../../src/storage/storage.js'
import { storageContract } from '../../src/testing/storage-contract.js'
import { world } from '../support/world.js'
import { type PostgresServer, startPostgres } from './postgres-server.js'
import { startTimeoutMs } from './real-server.js'

let server: PostgresServer
let pool: Pool
const pools: Pool[] = []
const user = 'ann' as UserId
let made = 0

beforeAll(async () => {
  server = await startPostgres()
  pool = poolOf(10)
}, startTimeoutMs)
afterEach(async () => {
  for (const other of pools.splice(1)) await other.end()
})
afterAll(async () => {
  await pool?.end()
  await server?.stop()
})

describe('the contract, on a real server', () => {
  for (const { name, run } of storageContract)
    test(name, () => run(async () => postgresStorage({ pool, schema: `contract_${made++}` })))
})

describe('many workers, each with connections of its own', () => {
  test('that start at one moment on a new database make one schema', async () => {
    const storages = workers(8)
    await Promise.all(storages.map((storage, at) => storage.commit(user, { changes: [put(`${at}`)] })))
    expect((await storages[0]?.list(user, 'event', { limit: 20 }))?.records).toHaveLength(8)
  })

  test('that count one record up by its version lose no count', async () => {
    const storages = workers(6)
    let lost = 0
    await Promise.all(
      storages.map(async (storage) => {
        for (let counted = 0; counted < 25; ) {
          const found = await storage.get(user, 'event', 'count')
          const change = { ...put('count'), value: ((found?.value as number) ?? 0) + 1, expected: found?.version ?? 0 }
          const isDone = await storage.commit(user, { changes: [change] }).then(
            () => true,
            (error: unknown) => {
              if (!isSyncError(error, 'stale_version')) throw error
              return false
            },
          )
          if (isDone) counted++
          else lost++
        }
      }),
    )
    expect(await storages[0]?.get(user, 'event', 'count')).toMatchObject({ value: 150, version: 150 })
    expect(lost).toBeGreaterThan(0) // else nothing raced and this test proved nothing
  })

  test('that write the same records crosswise, blindly, all get through', async () => {
    const storages = workers(6)
    const ids = Array.from({ length: 30 }, (_, at) => `${at}`)
    await Promise.all(
      storages.map(async (storage, at) => {
        for (let round = 0; round < 15; round++) {
          const changes = ids.map(
            (id, place): RecordChange =>
              (place + at + round) % 3 === 0 ? { op: 'remove', collection: 'event', id } : put(id),
          )
          await storage.commit(user, { changes: at % 2 ? changes : changes.reverse() })
        }
      }),
    )
    await storages[0]?.commit(user, { changes: ids.map((id) => put(id)) })
    expect((await storages[0]?.list(user, 'event', { limit: 100 }))?.records).toHaveLength(30)
  })

  test('that take a lease from each other write one after the other, never under a token that has passed on', async () => {
    const storages = workers(4)
    let refused = 0
    await Promise.all(storages.map(async (storage, at) => (refused += await writeUnderLease(storage, `w${at}`, 40))))
    expect(refused).toBeGreaterThan(0)
    const records = (await storages[0]?.list(user, 'run', { limit: 1_000 }))?.records ?? []
    expect(records).toHaveLength(160)
    const entries = records.map(({ value }) => value as { token: number; owner: string })
    for (const [at, entry] of entries.entries()) {
      const earlier = entries[at - 1]
      if (!earlier) continue
      expect(entry.token).toBeGreaterThanOrEqual(earlier.token)
      if (entry.token === earlier.token) expect(entry.owner).toBe(earlier.owner)
    }
  })

  test('where the default isolation is serializable, still count without losing', async () => {
    const schema = `contract_${made++}`
    const strict = [1, 2, 3].map(() =>
      postgresStorage({ schema, pool: poolOf(2, '-c default_transaction_isolation=serializable') }),
    )
    await Promise.all(
      strict.map(async (storage) => {
        for (let counted = 0; counted < 15; ) {
          const found = await storage.get(user, 'event', 'count')
          const change = { ...put('count'), value: ((found?.value as number) ?? 0) + 1, expected: found?.version ?? 0 }
          counted += await storage.commit(user, { changes: [change] }).then(
            () => 1,
            (error: unknown) => {
              if (!isSyncError(error, 'stale_version') && !isSyncError(error, 'storage_failed')) throw error
              return 0
            },
          )
        }
      }),
    )
    expect((await strict[0]?.get(user, 'event', 'count'))?.value).toBe(45)
  })
})

describe('a commit and a claim that meet', () => {
  test('a commit waits for the claim that is taking its lease away, and is refused', async () => {
    const { storage, lease, client, schema } = await held()
    await client.query('BEGIN')
    await client.query(`UPDATE ${schema}.lease SET owner = 'w2', token = token + 1`)
    const commit = storage.commit(user, { changes: [put('a')], leases: [lease] }).catch((error: unknown) => error)
    await untilSomeoneWaits(client)
    await client.query('COMMIT')
    expect(await commit).toSatisfy((error) => isSyncError(error, 'lease_lost'))
    expect(await storage.get(user, 'event', 'a')).toBeUndefined()
    await client.end()
  })

  test('a commit goes through where that claim came to nothing', async () => {
    const { storage, lease, client, schema } = await held()
    await client.query('BEGIN')
    await client.query(`UPDATE ${schema}.lease SET owner = 'w2', token = token + 1`)
    const commit = storage.commit(user, { changes: [put('a')], leases: [lease] })
    await untilSomeoneWaits(client)
    await client.query('ROLLBACK')
    await commit
    expect((await storage.get(user, 'event', 'a'))?.version).toBe(1)
    await client.end()
  })

  test('a claim waits for the commit that was first, and then sees what it wrote', async () => {
    const { storage, client, schema } = await held()
    await client.query('BEGIN')
    const args = `(SELECT version FROM ${schema}.calweave), (SELECT made FROM ${schema}.calweave), 'ann'`
    const work = `'[{"key":"k","owner":"w1","token":1}]', '{"event":{"put":[{"id":"a","value":"1"}]}}'`
    const { rows } = await client.query(`SELECT ${schema}.commit(${args}, ${work}) AS outcome`)
    expect(rows).toEqual([{ outcome: 'done' }])
    const claim = storage.claim(user, 'k', 'w2', 1_000, 5_000)
    await untilSomeoneWaits(client)
    await client.query('COMMIT')
    expect(await claim).toMatchObject({ owner: 'w2', token: 2 })
    expect((await storage.get(user, 'event', 'a'))?.version).toBe(1)
    await client.end()
  })

  test('a migration waits for the commits that are under way, and a commit that waited for it is refused', async () => {
    const { storage, client, schema } = await held()
    await client.query('BEGIN')
    // What every migration does first.
    await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('calweave "${schema}"', 0))`)
    const commit = storage.commit(user, { changes: [put('a')] }).catch((error: unknown) => error)
    await untilSomeoneWaits(client)
    await client.query(`UPDATE ${schema}.calweave SET version = version + 1`)
    await client.query('COMMIT')
    expect(await commit).toSatisfy((error) => isSyncError(error, 'storage_newer'))
    const { rows } = await client.query(`SELECT count(*)::int AS events FROM ${schema}.event`)
    expect(rows).toEqual([{ events: 0 }])
    await client.end()
  })
})

describe('a server that dies', () => {
  test('in the middle of commits leaves none by half, and all goes on when it is back', async () => {
    const schema = `contract_${made++}`
    const storages = [1, 2, 3].map(() => postgresStorage({ schema, pool: poolOf(2) }))
    await storages[0]?.commit(user, { changes: [] })
    const acknowledged = storages.map(() => 0)
    let failures = 0
    let isOver = false
    const working = storages.map(async (storage, worker) => {
      while (!isOver) {
        try {
          const cursor = await storage.get(user, 'calendar', `cursor/${worker}`)
          const batch = (cursor?.version ?? 0) + 1
          await storage.commit(user, { changes: batchOf(worker, batch) })
          acknowledged[worker] = batch
        } catch (error) {
          expect(error).toSatisfy((error) => isSyncError(error, 'storage_failed'))
          failures++
          await pause(20)
        }
      }
    })
    for (let round = 0; round < 3; round++) {
      const before = [...acknowledged]
      while (acknowledged.some((batch, worker) => batch < (before[worker] ?? 0) + 5)) await pause(10)
      await pause(Math.random() * 50)
      await server.kill()
      await pause(100)
      await server.start()
      const counts = [...acknowledged]
      while (acknowledged.some((batch, worker) => batch <= (counts[worker] ?? 0))) await pause(10)
    }
    isOver = true
    await Promise.all(working)
    expect(failures).toBeGreaterThan(0)
    for (const worker of storages.keys()) await expectWhole(storages[0] as Storage, worker, acknowledged[worker] ?? 0)
  })
})

describe('a migration', () => {
  test('is done once by whoever of many new workers comes first, while older ones commit, and no commit is half old', async () => {
    const [older, ...others] = workers(4) as [Storage, ...Storage[]]
    await older.commit(user, { changes: [put('count')] })
    const schema = `contract_${made - 1}`
    const later = migration(schema, [
      ...migrations,
      (name) => [`ALTER TABLE ${name}.event ADD COLUMN key_later text`, `UPDATE ${name}.event SET key_later = version`],
    ])
    const written = others.map(async (storage) => {
      for (let count = 0; ; count++) {
        try {
          await storage.commit(user, { changes: [put('count')] })
        } catch (error) {
          if (isSyncError(error, 'storage_newer')) return count
          throw error
        }
      }
    })
    await pause(100)
    await Promise.all(Array.from({ length: 4 }, () => poolOf(1).query(later)))
    const count = (await Promise.all(written)).reduce((sum, one) => sum + one, 1)
    expect(count).toBeGreaterThan(3)
    const { rows } = await pool.query(`SELECT version::int, key_later FROM ${schema}.event`)
    // Nobody has written since the column was filled.
    expect(rows).toEqual([{ version: count, key_later: String(count) }])
    const kept = await pool.query(`SELECT version FROM ${schema}.calweave`)
    expect(kept.rows).toEqual([{ version: migrations.length + 1 }])
    await expectCode('storage_newer', older.commit(user, { changes: [put('count')] }))
    await expectCode('storage_newer', postgresStorage({ pool, schema }).get(user, 'event', 'count'))
  })
})

describe('a database that cannot be used as it is', () => {
  test('is refused where it is not in UTF-8, which would lose characters', async () => {
    await pool.query(`CREATE DATABASE ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`)
    const storage = postgresStorage({ pool: poolOf(1, undefined, server.url.replace(/[^/]*$/, 'ascii')) })
    await expectCode('storage_foreign', storage.get(user, 'event', 'a'))
  })

  test('is told apart by its reason: no rights, no such user, no writes', async () => {
    await pool.query('CREATE ROLE guest LOGIN')
    const guest = poolOf(1, undefined, server.url.replace('postgres@', 'guest@'))
    const schema = `contract_${made++}`
    const failed = (reason: string) => ({ code: 'storage_failed', reason })
    const storage = postgresStorage({ pool: guest, schema })
    expect(await storage.get(user, 'event', 'a').catch((error: unknown) => error)).toMatchObject(failed('42501'))
    const nobody = postgresStorage({ pool: poolOf(1, undefined, server.url.replace('postgres@', 'nobody@')) })
    expect(await nobody.get(user, 'event', 'a').catch((error: unknown) => error)).toMatchObject(failed('28000'))
    // A schema of its own is all that it needs, and then the same storage goes on.
    await pool.query(`CREATE SCHEMA ${schema} AUTHORIZATION guest`)
    await storage.commit(user, { changes: [put('a')] })
    const still = postgresStorage({ pool: poolOf(1, '-c default_transaction_read_only=on'), schema })
    expect((await still.get(user, 'event', 'a'))?.version).toBe(1)
    const refused = await still.commit(user, { changes: [put('a')] }).catch((error: unknown) => error)
    expect(refused).toMatchObject(failed('25006'))
  })
})

describe('plans', () => {
  test('every listing walks an index in order, also where there are many records and no statistics', async () => {
    const schema = `contract_${made++}`
    const storage = postgresStorage({ schema, pool })
    for (let page = 0; page < 5; page++)
      await storage.commit(user, {
        changes: Array.from({ length: 1_000 }, (_, at) => ({
          ...put(`${page}/${at}`),
          value: 'x'.repeat(100),
          keys: { due: `same`, uid: `${at}` },
        })),
      })
    for (const analyzed of [false, true]) {
      if (analyzed) await pool.query(`ANALYZE ${schema}.event`)
      for (const index of [undefined, 'due', 'uid'])
        for (const part of [{}, { from: '2' }, { to: 'z' }, { from: '2', to: 't', after: '["same","3/500"]' }]) {
          const range = checkQuery('event', { ...part, limit: 100, ...(index === undefined ? {} : { index }) })
          const { sql, values } = listStatement(`"${schema}"."event"`, user, 'event', range)
          const { rows } = await pool.query(`EXPLAIN ${sql}`, [...values])
          const plan = rows.map((row) => Object.values(row)[0]).join('\n')
          expect(plan).not.toContain('Seq Scan')
          expect(plan).toContain(index === undefined ? 'event_pkey' : `event_by_${index}`)
        }
    }
    const { rows } = await pool.query(`EXPLAIN ${usersStatement(schema)}`, ['', 10])
    const plan = rows.map((row) => Object.values(row)[0]).join('\n')
    expect(plan.match(/Seq Scan on event/g)).toBeNull()
  })

  test('what is asked for one user looks at as many pages among 4,000 users as among 40', async () => {
    const schema = `contract_${made++}`
    const asked: { text: string; values: unknown[] }[] = []
    const listening = {
      query(text: string, values: unknown[] = []) {
        asked.push({ text, values })
        return pool.query(text, values)
      },
    }
    const storage = postgresStorage({ pool: listening, schema })
    await storage.get(user, 'event', 'none')
    const grow = async (from: number, to: number) => {
      for (const collection of ['event', 'pulse', 'connection', 'inbox'] as const) {
        const [index] = collections[collection]
        await pool.query(
          `INSERT INTO ${schema}.${collection} (user_id, id, version, value${index ? `, key_${index}` : ''})
           SELECT 'user-' || n, 'r' || m, 1, repeat('x', 300)${index ? `, 'k' || m % 3` : ''}
           FROM generate_series(${from}, ${to}) AS n, generate_series(1, ${collection === 'event' ? 20 : 1}) AS m`,
        )
      }
      await pool.query(
        `INSERT INTO ${schema}.lease SELECT 'user-' || n, 'group', 'w', 1, 0 FROM generate_series(${from}, ${to}) AS n`,
      )
      await pool.query(
        `VACUUM (ANALYZE) ${['event', 'pulse', 'connection', 'inbox', 'lease'].map((name) => `${schema}.${name}`)}`,
      )
    }
    const pagesAsked = async () => {
      const one = 'user-7' as UserId
      asked.length = 0
      const quiet = () => undefined // values are no JSON here, and nobody reads them
      for (const collection of ['event', 'pulse', 'connection', 'inbox'] as const) {
        await storage.getMany(one, collection, ['r1', 'r2']).catch(quiet)
        for (const index of [undefined, collections[collection][0]])
          await storage.list(one, collection, { limit: 10, ...(index ? { index } : {}) }).catch(quiet)
      }
      await storage.claim(one, 'group', 'w', 1_000, 1)
      const pages: number[] = []
      for (const { text, values } of [...asked]) {
        const { rows } = await pool.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values)
        const { Plan: plan } = rows[0]['QUERY PLAN'][0]
        pages.push(plan['Shared Hit Blocks'] + plan['Shared Read Blocks'])
      }
      return pages
    }
    await grow(1, 40)
    const few = await pagesAsked()
    await grow(41, 4_000)
    const many = await pagesAsked()
    expect(many.length).toBe(13)
    // A tree of an index may be two pages higher, and a statement walks up to two of them.
    for (const [nth, pages] of many.entries()) expect(pages, asked[nth]?.text).toBeLessThanOrEqual((few[nth] ?? 0) + 4)
  })
})

describe('the command that copies a state', () => {
  test('moves a file of SQLite to PostgreSQL and back, record by record', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'calweave-move-'))
    try {
      const first = sqliteStorage({ path: join(folder, 'first.sqlite') })
      const w = await world({ storage: first })
      for (let at = 0; at < 5; at++) {
        w.calendar(at % 2).add({ title: `Event ${at}`, time: day })
        await w.sync()
      }
      await w.settle()
      const before = await textOf(first)
      await first.close()
      const [there, back] = [
        await copyState(folder, 'first.sqlite', server.url),
        await copyState(folder, server.url, 'back.sqlite'),
      ]
      expect([there.code, back.code]).toEqual([0, 0])
      const second = sqliteStorage({ path: join(folder, 'back.sqlite') })
      expect(await textOf(second)).toBe(before)
      await second.close()
      w.clock.now += 60_000
      const moved = postgresStorage({ pool })
      const { counts } = await w.worker({ storage: moved }).groups.sync('group')
      expect(counts).toMatchObject({ created: 0, updated: 0, removed: 0 })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

const day = { start: { kind: 'date', date: '2026-01-06' }, end: { kind: 'date', date: '2026-01-07' } } as const

async function textOf(storage: Storage): Promise<string> {
  let text = ''
  for await (const piece of exportState({ storage })) text += piece
  return text
}

function copyState(cwd: string, from: string, to: string): Promise<{ code: number; problems: string }> {
  const file = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))
  const loader = ['--no-warnings', '--import', file('scripts/typescript.mjs')]
  return new Promise((resolve) => {
    execFile(process.execPath, [...loader, file('examples/state.ts'), from, to], { cwd }, (error, _, problems) => {
      resolve({ code: error ? Number(error.code ?? -1) : 0, problems })
    })
  })
}

/** So many storages on one new schema. */
function workers(count: number): readonly Storage[] {
  const schema = `contract_${made++}`
  return Array.from({ length: count }, () => postgresStorage({ schema, pool: poolOf(2) }))
}

function poolOf(max: number, options?: string, connectionString = server.url): Pool {
  const one = new Pool({
    connectionString,
    max,
    connectionTimeoutMillis: 5_000,
    ...(options === undefined ? {} : { options }),
  })
  one.on('error', () => undefined)
  pools.push(one)
  return one
}

async function held(): Promise<{ storage: Storage; lease: Lease; client: Client; schema: string }> {
  const schema = `contract_${made++}`
  const storage = postgresStorage({ schema, pool })
  const lease = await storage.claim(user, 'k', 'w1', 1_000, 0)
  if (!lease) throw new Error('no lease')
  const client = new Client({ connectionString: server.url })
  await client.connect()
  return { storage, lease, client, schema }
}

/** Until another connection waits for a lock. */
async function untilSomeoneWaits(client: Client): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const { rows } = await client.query(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'`)
    if (rows.length > 0) return
    await pause(10)
  }
  throw new Error('Nobody waits.')
}

/** Writes entries of a log that others write too, each under a lease that is short enough to be lost. */
async function writeUnderLease(storage: Storage, owner: string, count: number): Promise<number> {
  let refused = 0
  for (let written = 0; written < count; ) {
    const lease = await storage.claim(user, 'log', owner, 5, Date.now())
    if (!lease) {
      await pause(1)
      continue
    }
    const head = await storage.get(user, 'calendar', 'head')
    if (Math.random() < 0.3) await pause(8)
    const version = head?.version ?? 0
    const entry = { token: lease.token, owner }
    const id = String(version).padStart(6, '0')
    try {
      await storage.commit(user, {
        leases: [lease],
        changes: [
          { op: 'put', collection: 'calendar', id: 'head', value: entry, expected: version },
          { op: 'put', collection: 'run', id, value: entry, expected: 0 },
        ],
      })
      written++
      if (written % 7 === 0) await storage.release(user, lease)
    } catch (error) {
      if (!isSyncError(error, 'lease_lost')) throw error
      refused++
    }
  }
  return refused
}

/** Batch n brings 20 records to version n, and replaces one that only batch n has. */
function batchOf(worker: number, batch: number): readonly RecordChange[] {
  const changes: RecordChange[] = Array.from({ length: 20 }, (_, at) => ({
    op: 'put',
    collection: 'event',
    id: `${worker}/${at}`,
    value: { batch, filler: 'x'.repeat(1_500) },
    keys: { due: String(batch).padStart(9, '0') },
    expected: batch - 1,
  }))
  changes.push({ op: 'put', collection: 'run', id: `${worker}/only/${batch}`, value: batch, expected: 0 })
  if (batch > 1) changes.push({ op: 'remove', collection: 'run', id: `${worker}/only/${batch - 1}`, expected: 1 })
  changes.push({ op: 'put', collection: 'calendar', id: `cursor/${worker}`, value: batch, expected: batch - 1 })
  return changes
}

async function expectWhole(storage: Storage, worker: number, acknowledged: number): Promise<void> {
  const batch = (await storage.get(user, 'calendar', `cursor/${worker}`))?.version ?? 0
  // The answer to the last one may have been lost.
  expect([acknowledged, acknowledged + 1]).toContain(batch)
  const range = { from: `${worker}/`, to: `${worker}0`, limit: 100 }
  const { records } = await storage.list(user, 'event', range)
  expect(records).toHaveLength(20)
  for (const { version, value } of records) {
    expect(version).toBe(batch)
    expect((value as { batch: number }).batch).toBe(batch)
  }
  expect((await storage.list(user, 'run', range)).records.map(({ id }) => id)).toEqual([`${worker}/only/${batch}`])
}

async function expectCode(code: SyncErrorCode, promise: Promise<unknown>): Promise<void> {
  const error = await promise.then(
    () => 'success',
    (error: unknown) => error,
  )
  expect(error).toSatisfy((error) => isSyncError(error, code))
}

function put(id: string): Extract<RecordChange, { op: 'put' }> {
  return { op: 'put', collection: 'event', id, value: 1 }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
