import type { UserId } from '../model/ids.js'
import type { Accounts } from './accounts.js'
import { AuditHandle } from './audit.js'
import { ConflictsHandle } from './conflicts.js'
import { CalendarsHandle, ConnectionsHandle } from './connections.js'
import type { Engine } from './engine.js'
import { EventsHandle } from './events.js'
import { GroupsHandle } from './groups.js'
import { HeldHandle } from './held.js'
import { RunsHandle } from './history.js'
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

  /** Made by {@link SyncEngine.user}. */
  constructor(engine: Engine, user: UserId, accounts: Accounts) {
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
}
