import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'pg'
import type { UserId } from '../../src/model/ids.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { postgresStorage } from '../../src/storage/postgres/index.js'
import { sqliteStorage } from '../../src/storage/sqlite/index.js'
import { exportState, importState } from '../../src/storage/state/index.js'
import { collections, type RecordChange, type Storage } from '../../src/storage/storage.js'
import { startPostgres } from '../../test/servers/postgres-server.js'
import { measured, median, rounded } from '../measure.js'

/** One kind of work on one storage. */
export interface StorageRow {
  readonly storage: string
  readonly work: string
  /** Records that were written or read. */
  readonly records: number
  /** The median of the repetitions. */
  readonly wallMs: number
  readonly cpuMs: number
  readonly recordsPerSecond: number
}

const user = 'user_1' as UserId
const batchSize = 1_000

/**
 * The verbs of a storage at the work that the engine gives them, on SQLite and on a PostgreSQL of our own in the same run.
 * The storages take turns, so that a noisy neighbour meets them all.
 */
export async function storageBench(given: {
  readonly records: string
  readonly repetitions: string
  /** Percent of a page of PostgreSQL that are filled with new records: what calweave sets is 80. */
  readonly fillfactor: string
}): Promise<readonly StorageRow[]> {
  const [records, repetitions] = [Number(given.records), Number(given.repetitions)]
  const fillfactors = given.fillfactor.split(',').map(Number)
  const folder = await mkdtemp(join(tmpdir(), 'calweave-bench-'))
  const server = await startPostgres()
  const pool = new Pool({ connectionString: server.url, max: 8 })
  const found = new Map<string, { wall: number[]; cpu: number[]; records: number }>()
  try {
    for (let round = 0; round < repetitions; round++) {
      const storages: Record<string, Storage> = {
        memory: memoryStorage(),
        sqlite: sqliteStorage({ path: join(folder, `state-${round}.db`) }),
      }
      for (const fillfactor of fillfactors) {
        const schema = `bench_${round}_${fillfactor}`
        storages[fillfactors.length > 1 ? `postgres ${fillfactor}` : 'postgres'] = await filled(
          pool,
          schema,
          fillfactor,
        )
      }
      for (const [name, storage] of Object.entries(storages)) await storage.get(user, 'event', name)
      for (const [work, run] of Object.entries(works(records)))
        for (const [name, storage] of Object.entries(storages)) {
          const { cost, result } = await measured(() => run(storage))
          const key = `${name}\0${work}`
          const one = found.get(key) ?? { wall: [], cpu: [], records: result }
          found.set(key, one)
          one.wall.push(cost.wallMs)
          one.cpu.push(cost.cpuMs)
        }
      for (const storage of Object.values(storages)) await storage.close()
    }
  } finally {
    await pool.end()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  const rows = [...found].map(([key, { wall, cpu, records }]) => {
    const [storage = '', work = ''] = key.split('\0')
    const wallMs = median(wall)
    const recordsPerSecond = rounded((records / wallMs) * 1_000)
    return { storage, work, records, wallMs: rounded(wallMs), cpuMs: rounded(median(cpu)), recordsPerSecond }
  })
  for (const row of rows)
    console.error(
      `${row.work.padEnd(34)} ${row.storage.padEnd(12)} ${String(row.recordsPerSecond).padStart(8)} records/s`,
    )
  return rows
}

/** A schema whose pages are filled that far. */
async function filled(pool: Pool, schema: string, fillfactor: number): Promise<Storage> {
  const storage = postgresStorage({ pool, schema })
  await storage.get(user, 'event', 'none')
  for (const name of Object.keys(collections))
    await pool.query(`ALTER TABLE ${schema}."${name}" SET (fillfactor = ${fillfactor})`)
  return storage
}

/** What is measured, in this order: each finds what the ones before it left. Gives how many records it was. */
function works(records: number): Readonly<Record<string, (storage: Storage) => Promise<number>>> {
  const batches = Array.from({ length: Math.ceil(records / batchSize) }, (_, batch) =>
    Array.from({ length: Math.min(batchSize, records - batch * batchSize) }, (_, at) => batch * batchSize + at),
  )
  const few = Math.min(records, 500)
  const change = (at: number, expected: number, text: string): RecordChange => ({
    op: 'put',
    collection: 'event',
    id: idOf(at),
    value: { title: `Event ${at}`, text: text.repeat(100) },
    keys: { uid: `group/${at}@example.com`, fingerprint: `group/${(at * 7919) % records}`, due: `group/${at % 97}` },
    expected,
  })
  const commits = async (storage: Storage, expected: number, text: string) => {
    for (const batch of batches) await storage.commit(user, { changes: batch.map((at) => change(at, expected, text)) })
    return records
  }
  return {
    'write new, 1,000 a batch': (storage) => commits(storage, 0, 'new text! '),
    'write again, 1,000 a batch': (storage) => commits(storage, 1, 'old text, '),
    'write one at a time, leased': async (storage) => {
      const lease = await storage.claim(user, 'group/bench', 'bench', 60_000, Date.now())
      for (let at = 0; at < few; at++)
        await storage.commit(user, { changes: [change(at, 2, 'one ')], leases: lease ? [lease] : [] })
      return few
    },
    'read one at a time': async (storage) => {
      for (let at = 0; at < few; at++) await storage.get(user, 'event', idOf(at))
      return few
    },
    'read 500 at once': async (storage) => {
      for (const batch of batches)
        for (const half of [batch.slice(0, 500), batch.slice(500)]) await storage.getMany(user, 'event', half.map(idOf))
      return records
    },
    'list by an index, 200 a page': async (storage) => {
      let count = 0
      let after: string | undefined
      do {
        const page = await storage.list(user, 'event', { index: 'due', limit: 200, ...(after ? { after } : {}) })
        count += page.records.length
        after = page.next
      } while (after !== undefined)
      return count
    },
    'export and import': async (storage) => {
      await importState({ storage: memoryStorage(), open: () => exportState({ storage }) })
      return records
    },
    'remove, 1,000 a batch': async (storage) => {
      for (const batch of batches)
        await storage.commit(user, {
          changes: batch.map((at) => ({ op: 'remove', collection: 'event', id: idOf(at) })),
        })
      return records
    },
  }
}

function idOf(at: number): string {
  return `group/${String((at * 7919) % 1_000_003).padStart(7, '0')}`
}
