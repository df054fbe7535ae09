import pg from 'pg'
import { PgBoss } from 'pg-boss'
import { inProcessScheduler } from '../../src/scheduler/in-process/index.js'
import { pgBossScheduler } from '../../src/scheduler/pg-boss/index.js'
import type { Scheduler } from '../../src/scheduler/scheduler.js'
import { postgresStorage } from '../../src/storage/postgres/index.js'

/** Which queue over PostgreSQL. */
export type QueueKind = 'in-process' | 'pg-boss'

/** Where a queue is. */
export interface QueuePlace {
  readonly kind: QueueKind
  readonly database: string
  /** Of the queue, and of the table in which is written what was done. */
  readonly name: string
}

/** A queue, as one process has it open. */
export interface OpenQueue {
  readonly scheduler: Scheduler
  readonly pool: pg.Pool
  close(): Promise<void>
}

/** @param supervises - It is one of those that notice dead workers. */
export async function openQueue({ kind, database, name }: QueuePlace, supervises: boolean): Promise<OpenQueue> {
  const pool = new pg.Pool({ connectionString: database, max: 8 })
  pool.on('error', () => undefined)
  if (kind === 'in-process') {
    const storage = postgresStorage({ pool, schema: name })
    return { scheduler: inProcessScheduler({ storage, lookEveryMs: 300 }), pool, close: () => pool.end() }
  }
  const boss = new PgBoss({
    ...{ connectionString: database, max: 8, schema: 'boss', schedule: false, supervise: supervises },
    ...{ superviseIntervalSeconds: 1, monitorIntervalSeconds: 1 },
  })
  boss.on('error', () => undefined)
  await boss.start()
  return {
    scheduler: pgBossScheduler({ boss, queue: name, pollMs: 200 }),
    pool,
    async close() {
      await boss.stop({ graceful: false, close: true })
      await pool.end()
    },
  }
}
