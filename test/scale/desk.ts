import pg from 'pg'
import { SyncEngine } from '../../src/index.js'
import { inProcessScheduler, type Scheduler } from '../../src/scheduler/in-process/index.js'
import { postgresStorage } from '../../src/storage/postgres/index.js'
import type { Storage } from '../../src/storage/storage.js'
import { accountOf } from './people.js'
import { remoteProvider } from './remote-provider.js'

/** What {@link Desk.weave} calls every group. */
export const groupId = 'all'

/** The side of the host: connects people, and passes on what their calendars tell. It runs no syncs itself. */
export class Desk {
  readonly engine: SyncEngine
  readonly storage: Storage
  readonly scheduler: Scheduler
  readonly pool: pg.Pool

  private constructor(pool: pg.Pool, calendars: string) {
    this.pool = pool
    this.storage = postgresStorage({ pool })
    this.scheduler = inProcessScheduler({ storage: this.storage })
    const providers = [remoteProvider(calendars)]
    this.engine = new SyncEngine({ storage: this.storage, providers, scheduler: this.scheduler })
  }

  /** @param database - URL of the database @param calendars - URL of the calendar server */
  static open(database: string, calendars: string): Desk {
    const pool = new pg.Pool({ connectionString: database, max: 8 })
    pool.on('error', () => undefined)
    return new Desk(pool, calendars)
  }

  /** Connects so many users, and weaves all calendars of each together. */
  async weave(users: number, everyMs = 60_000): Promise<void> {
    for (let first = 0; first < users; first += 16)
      await Promise.all(
        Array.from({ length: Math.min(16, users - first) }, async (_, index) => {
          const user = this.engine.user(userOf(first + index))
          const { calendars } = await user.connections.add({
            provider: 'remote',
            settings: { account: accountOf(first + index) },
          })
          const members = calendars.map(({ id }) => ({ calendarId: id }))
          await user.groups.create({ id: groupId, name: 'All', members, schedule: { every: everyMs } })
        }),
      )
  }

  /** A calendar told of a change. While the database is away nobody hears it: the schedule makes up for that. */
  async told(user: number): Promise<void> {
    await this.engine
      .user(userOf(user))
      .groups.syncSoon(groupId, { urgency: 'push' })
      .catch(() => undefined)
  }

  async syncAll(users: number): Promise<void> {
    for (let user = 0; user < users; user++) await this.told(user)
  }

  /** Every word that stands in the conflict log. */
  async logged(): Promise<ReadonlySet<string>> {
    const { rows } = await this.pool.query<{ value: string }>('SELECT value FROM calweave.conflict')
    return new Set(rows.flatMap(({ value }) => [...value.matchAll(/\bt\d+\b/g)].map(([token]) => token)))
  }

  async close(): Promise<void> {
    await this.pool.end()
  }
}

export function userOf(user: number): string {
  return `user-${user}`
}
