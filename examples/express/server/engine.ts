import { join } from 'node:path'
import { SyncEngine } from 'calweave'
import { vault } from 'calweave/auth'
import { inProcessScheduler } from 'calweave/scheduler/in-process'
import { sqliteStorage } from 'calweave/storage/sqlite'
import type { Life } from './life.js'
import type { Services } from './services.js'

/** What an engine of the demo is made of. */
export interface EngineOptions {
  /** The folder that its database is in. */
  readonly folder: string
  /** Seals tokens and passwords; 32 bytes. */
  readonly key: Uint8Array
  /** Signs the marks in copies. */
  readonly secret: string
  readonly services: Services
  readonly now: () => number
  readonly life: Life
}

/** How long the work of a process that died waits for another one. A real one would give it a minute. */
const leaseMs = 8_000

export function newEngine({ folder, key, secret, services, now, life }: EngineOptions): SyncEngine {
  const storage = life.storage(sqliteStorage({ path: join(folder, 'calweave.sqlite') }))
  return new SyncEngine({
    storage,
    providers: services.providers,
    scheduler: inProcessScheduler({ storage, now, lookEveryMs: 5_000 }),
    auth: { vault: vault({ keys: { demo: key }, current: 'demo' }), oauth: services.oauth },
    secret,
    auditValues: true,
    analytics: { flushMs: 2_000 },
    leaseMs,
    now,
  })
}
