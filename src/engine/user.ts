import { SyncError } from '../errors.js'
import type { UserId } from '../model/ids.js'
import type { Accounts } from './accounts.js'
import type { Analytics, AnalyticsDesk, AnalyticsQuery } from './analytics.js'
import { ConflictsHandle } from './conflicts.js'
import { CalendarsHandle, ConnectionsHandle } from './connections.js'
import type { Engine } from './engine.js'
import { EventsHandle } from './events.js'
import { GroupsHandle } from './groups.js'
import { HeldHandle } from './held.js'
import { AuditHandle, RunsHandle } from './history.js'
import { JournalHandle } from './journal.js'
import { WatchesHandle } from './watches.js'

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

  readonly #user: UserId
  readonly #desk: AnalyticsDesk | undefined

  /** Made by {@link SyncEngine.user}. */
  constructor(engine: Engine, user: UserId, accounts: Accounts, desk?: AnalyticsDesk) {
    this.#user = user
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
