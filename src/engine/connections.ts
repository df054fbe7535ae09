import * as z from 'zod'
import { bounded } from '../model/bounded-json.js'
import type { Calendar, Connection } from '../model/connection.js'
import type { Failure } from '../model/failure.js'
import { digest } from '../model/hash.js'
import type { CalendarId, ConnectionId, RemoteId, UserId } from '../model/ids.js'
import type { Json } from '../model/json.js'
import type { RemoteCalendar } from '../providers/provider.js'
import type { Accounts } from './accounts.js'
import type { Engine } from './engine.js'
import { checked, ownId } from './input.js'
import { exactly, find, need, put, readAll } from './records.js'

/** A connection to be made. */
export interface NewConnection {
  /** Short name of the provider, as it names itself. */
  readonly provider: string
  /** What a person calls this account. @default the provider's name */
  readonly name?: string
  /** What the provider needs to find the account, e.g. `{ url }`. No secrets: those come from `credentials`. */
  readonly settings?: Json
  /** An id of the host's choice; connecting again under the same id takes up the old connection. @default a random id */
  readonly id?: string
}

/** A user's accounts. */
export class ConnectionsHandle {
  readonly #engine: Engine
  readonly #user: UserId
  readonly #accounts: Accounts

  constructor(engine: Engine, user: UserId, accounts: Accounts) {
    this.#engine = engine
    this.#user = user
    this.#accounts = accounts
  }

  /**
   * Connects an account and lists its calendars. Nothing is stored when that fails.
   * @throws SyncError `auth_expired`, `not_a_calendar`, `invalid_input` ...
   */
  async add(
    given: NewConnection,
  ): Promise<{ readonly connection: Connection; readonly calendars: readonly Calendar[] }> {
    const { provider, name, settings, id } = checked(newConnection, given, 'connection')
    const connection: Connection = {
      id: (id ?? crypto.randomUUID()) as ConnectionId,
      userId: this.#user,
      provider,
      name: name ?? provider,
      settings: settings ?? {},
      createdAt: this.#engine.now(),
    }
    this.#accounts.forget(this.#user, connection.id)
    const account = await this.#accounts.openNew(connection)
    const remote = await account.listCalendars()
    const known = await find(this.#engine.storage, this.#user, 'connection', connection.id)
    const kept = known ? { ...connection, createdAt: known.value.createdAt } : connection
    await this.#engine.storage.commit(this.#user, { changes: [put('connection', kept, known?.version ?? 0)] })
    return { connection: kept, calendars: await this.#keep(kept, remote) }
  }

  /** Lists an account's calendars anew: new ones appear, names and access are brought up to date. */
  async refresh(connectionId: string): Promise<readonly Calendar[]> {
    const { value: connection } = await need(this.#engine.storage, this.#user, 'connection', connectionId)
    // Opened anew, so that a new sign-in counts at once.
    this.#accounts.forget(this.#user, connection.id)
    const account = await this.#accounts.open(this.#user, connection.id)
    return this.#keep(connection, await account.listCalendars())
  }

  async list(): Promise<readonly Connection[]> {
    const found: Connection[] = []
    for await (const page of readAll(this.#engine.storage, this.#user, 'connection'))
      found.push(...page.map(({ value }) => value))
    return found
  }

  async #keep(connection: Connection, remote: readonly RemoteCalendar[]): Promise<readonly Calendar[]> {
    const kept: Calendar[] = []
    for (const { id: remoteId, ...shown } of remote) {
      const id = digest('calendar', this.#user, connection.id, remoteId) as CalendarId
      const known = await find(this.#engine.storage, this.#user, 'calendar', id)
      const pull = known?.value.pull ?? { generation: 0, listing: false, complete: false }
      const calendar: Calendar = {
        id,
        userId: this.#user,
        connectionId: connection.id,
        provider: connection.provider,
        remoteId,
        ...shown,
        pull,
      }
      if (JSON.stringify(known?.value) !== JSON.stringify(calendar))
        await this.#engine.storage.commit(this.#user, { changes: [put('calendar', calendar, known?.version ?? 0)] })
      kept.push(calendar)
    }
    return kept
  }
}

/** An event that is there and cannot be read. */
export interface UnreadableEvent {
  readonly remoteId: RemoteId
  readonly failure: Failure
}

/** A user's calendars, of all accounts. */
export class CalendarsHandle {
  readonly #engine: Engine
  readonly #user: UserId

  constructor(engine: Engine, user: UserId) {
    this.#engine = engine
    this.#user = user
  }

  async list(): Promise<readonly Calendar[]> {
    const found: Calendar[] = []
    for await (const page of readAll(this.#engine.storage, this.#user, 'calendar'))
      found.push(...page.map(({ value }) => value))
    return found
  }

  /**
   * The events of a calendar that cannot be read now, and why. They are set aside, are never written or removed, and are
   * tried again when they change.
   */
  async unreadable(calendarId: string): Promise<readonly UnreadableEvent[]> {
    const found: UnreadableEvent[] = []
    const range = { index: 'unreadable', ...exactly(calendarId) }
    for await (const page of readAll(this.#engine.storage, this.#user, 'observed', range))
      found.push(...page.flatMap(({ value: { remoteId, failure } }) => (failure ? [{ remoteId, failure }] : [])))
    return found
  }

  /** @throws SyncError `invalid_input` when the user has no such calendar. */
  async get(calendarId: string): Promise<Calendar> {
    return (await need(this.#engine.storage, this.#user, 'calendar', calendarId)).value
  }
}

const newConnection = z.strictObject({
  provider: z.string().min(1).max(64),
  name: z.string().max(1024).exactOptional(),
  settings: bounded(z.json() as z.ZodType<Json>, { depth: 20, entries: 1_000, values: 10_000 }).exactOptional(),
  id: ownId.exactOptional(),
})
