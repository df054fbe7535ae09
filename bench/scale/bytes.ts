import { Pool } from 'pg'
import type { UserId } from '../../src/model/ids.js'
import { postgresStorage } from '../../src/storage/postgres/index.js'
import { collections } from '../../src/storage/storage.js'
import { startPostgres } from '../../test/servers/postgres-server.js'
import { rounded } from '../measure.js'
import { twoServices, user } from '../size/two-services.js'
import { settings, sizes, watch } from './database.js'

/** How full a page is made before the next one is begun, in percent, and how long values are compressed. */
const layouts = [
  { fillfactor: 80, compression: 'pglz' },
  { fillfactor: 90, compression: 'pglz' },
  { fillfactor: 100, compression: 'pglz' },
  { fillfactor: 80, compression: 'lz4' },
] as const

/** So many users get a copy of the records, so that half-empty pages do not count. */
const copies = 20

/**
 * Bytes of an event of `bench -- size` in PostgreSQL, and what an edit writes, by the layout of the tables. A schema has the
 * first layout here when nothing is changed.
 */
export async function bytesBench(given: {
  readonly events: string
  readonly edits: string
}): Promise<readonly object[]> {
  const [events, edits] = [Number(given.events), Number(given.edits)]
  const server = await startPostgres(settings)
  const pool = new Pool({ connectionString: server.url, max: 8 })
  const rows: object[] = []
  try {
    for (const [nth, layout] of layouts.entries()) {
      const row = { part: 'bytes', ...layout, ...(await oneLayout(pool, `bytes_${nth}`, layout, events, edits)) }
      rows.push(row)
      console.error(JSON.stringify({ ...row, tables: undefined }))
    }
    return rows
  } finally {
    await pool.end()
    await server.stop()
  }
}

async function oneLayout(pool: Pool, schema: string, layout: (typeof layouts)[number], events: number, edits: number) {
  const storage = postgresStorage({ pool, schema })
  await storage.get(user as UserId, 'event', 'none')
  for (const name of Object.keys(collections)) {
    await pool.query(`ALTER TABLE ${schema}."${name}" SET (fillfactor = ${layout.fillfactor})`)
    await pool.query(`ALTER TABLE ${schema}."${name}" ALTER COLUMN value SET COMPRESSION ${layout.compression}`)
  }
  const { jane, ids, sync } = await twoServices(storage, events)
  for (const [name, indices] of Object.entries(collections)) {
    const columns = ['id', 'full_id', 'version', 'value', ...indices.map((index) => `key_${index}`)].join(', ')
    await pool.query(
      `INSERT INTO ${schema}."${name}" (user_id, ${columns}) SELECT 'copy-' || n, ${columns}
       FROM generate_series(1, ${copies}) AS n, LATERAL (SELECT * FROM ${schema}."${name}" ORDER BY id) AS one
       WHERE user_id = '${user}'`,
    )
  }
  await pool.query('VACUUM (ANALYZE)')
  const tables = await sizes(pool, schema)
  const bytes = (which: 'rows' | 'indices', of: (name: string) => boolean = () => true) =>
    Object.entries(tables).reduce((sum, [name, table]) => sum + (of(name) ? table[which] : 0), 0) /
    events /
    (copies + 1)
  const stop = await watch(pool, schema)
  const startedAt = performance.now()
  for (let nth = 0; nth < edits; nth++) {
    jane.edit(ids[(nth * 7) % ids.length] ?? '', { summary: `Edited ${nth}` })
    await sync()
    await sync() // the services tell of our own write, too
  }
  const wallMs = performance.now() - startedAt
  const done = await stop()
  return {
    bytesPerEvent: rounded(bytes('rows') + bytes('indices')),
    rowBytes: rounded(bytes('rows')),
    indexBytes: rounded(bytes('indices')),
    mirrorBytes: rounded(
      bytes('rows', (name) => name === 'observed') + bytes('indices', (name) => name === 'observed'),
    ),
    edit: {
      wallMs: rounded(wallMs / edits),
      walBytes: rounded(done.walBytes / edits),
      rowsWritten: rounded(done.rowsWritten / edits),
      hotShare: rounded(done.hotUpdates / done.updates),
      statements: rounded(done.statements / edits),
    },
    tables,
  }
}
