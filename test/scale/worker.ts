import pg from 'pg'
import { isSyncError, SyncEngine } from '../../src/index.js'
import { inProcessScheduler } from '../../src/scheduler/in-process/index.js'
import { type PostgresPool, postgresStorage } from '../../src/storage/postgres/index.js'
import type { Storage } from '../../src/storage/storage.js'
import { remoteProvider } from './remote-provider.js'

/** What a worker is started with. */
export interface WorkerInput {
  readonly database: string
  readonly calendars: string
  readonly owner: string
  readonly leaseMs: number
  readonly concurrency: number
  /** How often to look for work that another process has put into the queue. */
  readonly lookEveryMs: number
  /** Every statement gets a name, so that each connection reads and plans it once. @default false */
  readonly named?: boolean
}

/** What a worker tells of itself, every second and when it ends. */
export interface WorkerCounts {
  readonly owner: string
  readonly runs: number
  readonly failedRuns: number
  readonly writes: number
  /** Commits that were refused because another worker had taken over. */
  readonly fenced: number
  /** Commits that were refused because another worker was first, most of them for a job that both wanted. */
  readonly lostRaces: number
  /** Commits that failed because the database was away. */
  readonly databaseFailures: number
}

process.once('message', async (message) => {
  const { database, calendars, owner, leaseMs, concurrency, lookEveryMs, named = false } = message as WorkerInput
  const counts = { owner, runs: 0, failedRuns: 0, writes: 0, fenced: 0, lostRaces: 0, databaseFailures: 0 }
  const pool = new pg.Pool({ connectionString: database, max: concurrency + 2 })
  // A connection that breaks while nobody uses it is told here; the next query opens another.
  pool.on('error', () => undefined)
  const storage = counted(postgresStorage({ pool: named ? withNames(pool) : pool }), counts)
  const engine = new SyncEngine({
    storage,
    providers: [remoteProvider(calendars)],
    // Work comes from another process, which cannot wake this one.
    scheduler: inProcessScheduler({ storage, lookEveryMs }),
    owner,
    leaseMs,
  })
  engine.subscribe((event) => {
    if (event.type === 'run.failed') counts.failedRuns++
    if (event.type !== 'run.ended') return
    const { created, updated, removed } = event.run.counts
    counts.runs++
    counts.writes += created + updated + removed
  })
  await started(() => engine.start({ concurrency, silenceMs: leaseMs }))
  const tell = () => process.connected && process.send?.({ ...counts } satisfies WorkerCounts)
  const timer = setInterval(tell, 1_000)
  tell()
  process.once('disconnect', async () => {
    clearInterval(timer)
    await engine.stop({ withinMs: 5_000 }).catch(() => undefined)
    process.exit(0)
  })
})

function withNames(pool: pg.Pool): PostgresPool {
  const names = new Map<string, string>()
  return {
    query(text, values) {
      const name = names.get(text) ?? `calweave-${names.size}`
      names.set(text, name)
      return pool.query({ name, text, ...(values ? { values } : {}) })
    },
  }
}

/** Also while the database is away: whoever runs workers starts them again and again. */
async function started(start: () => Promise<void>): Promise<void> {
  for (;;)
    try {
      return await start()
    } catch (error) {
      if (!isSyncError(error, 'storage_failed')) throw error
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
}

/** Counts what the storage refuses. */
function counted(storage: Storage, counts: { fenced: number; lostRaces: number; databaseFailures: number }): Storage {
  return new Proxy(storage, {
    get(target, name) {
      const member = Reflect.get(target, name) as unknown
      if (typeof member !== 'function') return member
      const bound = member.bind(target) as (...given: unknown[]) => unknown
      if (name !== 'commit') return bound
      return async (...given: unknown[]) => {
        try {
          return await bound(...given)
        } catch (error) {
          if (isSyncError(error, 'lease_lost')) counts.fenced++
          if (isSyncError(error, 'stale_version')) counts.lostRaces++
          if (isSyncError(error, 'storage_failed')) counts.databaseFailures++
          throw error
        }
      }
    },
  })
}
