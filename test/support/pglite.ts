import { PGlite } from '@electric-sql/pglite'
import { postgresStorage } from '../../src/storage/postgres/index.js'
import type { Storage } from '../../src/storage/storage.js'

/** A PostgreSQL in this process. Starting it takes seconds, and so does making many tables. */
export interface Pglite {
  readonly pool: PGlite
  /** An empty storage, in a schema of its own that is emptied and used again when the storage is closed. */
  make(): Promise<Storage>
  stop(): Promise<void>
}

/** How long a hook may take that starts one, on a machine that has much else to do. */
export const pgliteTimeoutMs = 180_000

export async function startPglite(): Promise<Pglite> {
  const pool = await PGlite.create()
  const free: string[] = []
  let made = 0
  return {
    pool,
    async make() {
      const schema = free.pop() ?? `s${made++}`
      const storage = postgresStorage({ pool, schema })
      const close = storage.close.bind(storage)
      let isOpen = true
      storage.close = async () => {
        await close()
        if (!isOpen) return
        isOpen = false
        await empty(pool, schema)
        free.push(schema)
      }
      return storage
    },
    stop: () => pool.close(),
  }
}

async function empty(pool: PGlite, schema: string): Promise<void> {
  await pool.query(`DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = '${schema}' AND tablename <> 'calweave' LOOP
      EXECUTE format('DELETE FROM ${schema}.%I', name);
    END LOOP; END $$`)
}
