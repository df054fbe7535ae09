import type { Pool } from 'pg'
import { parentOf } from './processes.js'

/** What the database did between two moments. */
export interface Done {
  readonly walBytes: number
  /** Rows that were inserted, updated or deleted. */
  readonly rowsWritten: number
  /** Rows that were updated, and of those: within their page, so that no index had to be written. */
  readonly updates: number
  readonly hotUpdates: number
  /** Statements that were asked for, and how long it took to plan and to do them. */
  readonly statements: number
  readonly planMs: number
  readonly doMs: number
  /** Tables that were read from one end to the other, with how many rows were read so. */
  readonly wholeTables: Readonly<Record<string, number>>
}

/** A kind of statement, whatever its values. */
export interface Statement {
  readonly id: string
  readonly text: string
  /** Inside of a function. */
  readonly isNested: boolean
  readonly calls: number
  readonly planMs: number
  readonly meanMs: number
  readonly totalMs: number
  readonly rows: number
  /** Pages of 8 kB that were looked at, found in memory or not. */
  readonly pages: number
}

export const settings: readonly string[] = [
  'fsync=on',
  'full_page_writes=on',
  'shared_buffers=2GB',
  'max_wal_size=16GB',
  'checkpoint_timeout=15min',
  'shared_preload_libraries=pg_stat_statements',
  'pg_stat_statements.track=all',
  'pg_stat_statements.track_planning=on',
  'pg_stat_statements.max=10000',
]

/** The process that started all others of the database. */
export async function postmasterOf(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  return parentOf(rows[0]?.pid ?? 0)
}

/** Measures what is done from now on, until the returned function is called. */
export async function watch(pool: Pool, schema = 'calweave'): Promise<() => Promise<Done>> {
  await pool.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements')
  const before = await counters(pool, schema)
  await pool.query('SELECT pg_stat_statements_reset()')
  return async () => {
    // A process of the database tells what it has counted when it had nothing to do for a moment.
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    const after = await counters(pool, schema)
    const difference = (name: keyof Counters) => Number(after[name]) - Number(before[name])
    const asked = (await statements(pool, schema)).filter(({ isNested }) => !isNested)
    const total = (of: (one: Statement) => number) => asked.reduce((sum, one) => sum + of(one), 0)
    const wholeTables = Object.entries(after.whole).map(
      ([name, rows]) => [name, rows - (before.whole[name] ?? 0)] as const,
    )
    return {
      walBytes: difference('wal'),
      rowsWritten: difference('written'),
      updates: difference('updates'),
      hotUpdates: difference('hot'),
      statements: total(({ calls }) => calls),
      planMs: total(({ planMs, calls }) => planMs * calls),
      doMs: total(({ totalMs }) => totalMs),
      wholeTables: Object.fromEntries(wholeTables.filter(([, rows]) => rows > 0)),
    }
  }
}

/** Since {@link watch}, without our own questions. */
export async function statements(pool: Pool, schema = 'calweave'): Promise<readonly Statement[]> {
  const { rows } = await pool.query<Record<string, string> & { toplevel: boolean }>(
    `SELECT queryid AS id, query AS text, toplevel, sum(calls) AS calls, sum(total_exec_time) AS ms,
       sum(total_plan_time) AS plan, sum(rows) AS rows,
       sum(shared_blks_hit + shared_blks_read) AS pages
     FROM pg_stat_statements WHERE query LIKE '%' || $1 || '%' AND query NOT LIKE '%pg_stat%'
     GROUP BY queryid, query, toplevel ORDER BY ms DESC`,
    [schema],
  )
  return rows.map(({ id = '', text = '', toplevel, calls, ms, plan, rows, pages }) => ({
    id: `${id}/${toplevel}`,
    text: text.replaceAll(/\s+/g, ' ').slice(0, 300),
    isNested: !toplevel,
    calls: Number(calls),
    planMs: Number(plan) / Number(calls),
    meanMs: Number(ms) / Number(calls),
    totalMs: Number(ms),
    rows: Number(rows) / Number(calls),
    pages: Number(pages) / Number(calls),
  }))
}

/** How many connections there are, ours included. */
export async function connections(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ n: string }>(
    `SELECT count(*) AS n FROM pg_stat_activity WHERE backend_type = 'client backend'`,
  )
  return Number(rows[0]?.n)
}

/** Bytes by table: its rows with what of them was put elsewhere, and its indices. Tables without rows are left out. */
export async function sizes(
  pool: Pool,
  schema = 'calweave',
): Promise<Readonly<Record<string, { readonly rows: number; readonly indices: number }>>> {
  const { rows } = await pool.query<{ name: string; rows: string; indices: string }>(
    `SELECT relname AS name, pg_table_size(oid) AS rows, pg_indexes_size(oid) AS indices
     FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind = 'r' AND reltuples > 0 ORDER BY 2 DESC`,
    [schema],
  )
  return Object.fromEntries(
    rows.map(({ name, rows, indices }) => [name, { rows: Number(rows), indices: Number(indices) }]),
  )
}

interface Counters {
  readonly wal: string
  readonly written: string
  readonly updates: string
  readonly hot: string
  readonly whole: Readonly<Record<string, number>>
}

async function counters(pool: Pool, schema: string): Promise<Counters> {
  const { rows } = await pool.query<Counters>(
    `SELECT pg_current_wal_insert_lsn() - '0/0' AS wal, sum(n_tup_ins + n_tup_upd + n_tup_del) AS written,
       sum(n_tup_upd) AS updates, sum(n_tup_hot_upd) AS hot, jsonb_object_agg(relname, seq_tup_read) AS whole
     FROM pg_stat_user_tables WHERE schemaname = $1`,
    [schema],
  )
  const [found] = rows
  if (!found) throw new Error('The database does not tell what it did.')
  return found
}
