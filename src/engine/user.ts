import * as z from 'zod'
import { SyncError } from '../errors.js'
import type { UserId } from '../model/ids.js'
import type { Accounts } from './accounts.js'
import type { Analytics, AnalyticsDesk, AnalyticsQuery } from './analytics.js'
import { AuditHandle } from './audit.js'
import { ConflictsHandle } from './conflicts.js'
import { CalendarsHandle, ConnectionsHandle } from './connections.js'
import type { Engine } from './engine.js'
import { EventsHandle } from './events.js'
import { exportUser } from './export.js'
import { GroupsHandle } from './groups.js'
import { NotificationsHandle } from './health/notifications.js'
import { type StatusReader, statusReader } from './health/status.js'
import { HeldHandle } from './held.js'
import { RunsHandle } from './history.js'
import { checked } from './input.js'
import { JobsHandle } from './jobs/handle.js'
import { JournalHandle } from './journal.js'
import { type DroppedHistory, dropOldHistory } from './old-history.js'
import { PausesHandle } from './pauses.js'
import { type Purged, type PurgeOptions, purge } from './purge.js'
import { WatchesHandle } from './watches.js'

const purgeOptions: z.ZodType<unknown> = z.looseObject({ copies: z.enum(['keep', 'remove']) })

/** Everything of one user, by what it is. */
export class UserHandle {
  readonly connections: ConnectionsHandle
  readonly calendars: CalendarsHandle
  readonly groups: GroupsHandle
  readonly events: EventsHandle
  readonly held: HeldHandle
  readonly journal: JournalHandle
  readonly conflicts: ConflictsHandle
  readonly runs: RunsHandle
  readonly watches: WatchesHandle
  readonly audit: AuditHandle
  readonly jobs: JobsHandle
  readonly pauses: PausesHandle
  /** What a person should know of. */
  readonly notifications: NotificationsHandle
  /** How everything is, and why. */
  readonly status: StatusReader

  readonly #engine: Engine
  readonly #user: UserId
  readonly #accounts: Accounts
  readonly #desk: AnalyticsDesk | undefined

  /** Made by {@link SyncEngine.user}. */
  constructor(engine: Engine, user: UserId, accounts: Accounts, desk?: AnalyticsDesk) {
    this.#engine = engine
    this.#user = user
    this.#accounts = accounts
    this.#desk = desk
    this.connections = new ConnectionsHandle(engine, user, accounts)
    this.calendars = new CalendarsHandle(engine, user)
    this.groups = new GroupsHandle(engine, user)
    this.events = new EventsHandle(engine, user)
    this.held = new HeldHandle(engine, user)
    this.journal = new JournalHandle(engine, user)
    this.conflicts = new ConflictsHandle(engine, user)
    this.runs = new RunsHandle(engine, user)
    this.watches = new WatchesHandle(engine, user)
    this.audit = new AuditHandle(engine, user)
    this.jobs = new JobsHandle(engine, user)
    this.pauses = new PausesHandle(engine, user)
    this.notifications = new NotificationsHandle(engine, user)
    this.status = statusReader(engine, user)
  }

  /**
   * Everything that is kept of this user, a JSON text per line: `{ kind, value }`. Connections without what proves them,
   * calendars and what they showed last, groups, events with their origin, conflicts, runs, the journal, the audit. Comes
   * some lines at a time; nothing holds more than a page.
   */
  export(): AsyncGenerator<string> {
    return exportUser(this.#engine, this.#user)
  }

  /**
   * Drops history that is older than {@link SyncEngineOptions.retention} says: at most 5,000 records in one call. What an event
   * still needs that waits for a person, or of which a write is under way, stays. An engine that was started does so by itself.
   *
   * @example
   * ```ts
   * import type { UserHandle } from 'calweave'
   *
   * export async function tidy(user: UserHandle): Promise<void> {
   *   while ((await user.dropOldHistory()).isMore) console.log('there is more')
   * }
   * ```
   */
  async dropOldHistory(options: { readonly signal?: AbortSignal } = {}): Promise<DroppedHistory> {
    return dropOldHistory(this.#engine, this.#user, options)
  }

  /**
   * Forgets this user: ends the watches, revokes the grants, deletes what proved them, and every record. With
   * `copies: 'remove'` our copies are taken out of all calendars first. What was cut off is called again, see
   * {@link SyncEngine.purgesUnderWay}; who is not known is forgotten already. The host stops syncing this user before. What is
   * paused is cleaned all the same: who leaves must be able to.
   *
   * @returns what may be left outside: grants that could not be revoked, calendars that could not be cleaned. It is not
   * known here any more, so tell the person now.
   * @throws SyncError `unavailable` while a sync is under way, and with `copies: 'remove'` when a group's copies cannot be
   * removed now: ask again, or with `copies: 'keep'`.
   */
  async purge(options: PurgeOptions): Promise<Purged> {
    checked(purgeOptions, options, 'options')
    return purge(this.#engine, this.#accounts, this.#user, options)
  }

  /**
   * What the syncs of this user came to, by day. Other workers' figures of runs that found nothing may be some hours behind.
   * @throws SyncError `invalid_input` without {@link SyncEngineOptions.analytics}.
   */
  async analytics(query: Omit<AnalyticsQuery, 'bucket'> = {}): Promise<Analytics> {
    if (this.#desk) return this.#desk.of(this.#user, query)
    throw new SyncError('invalid_input', 'Nothing is counted. Give `analytics: {}` in the options of the engine.')
  }
}
