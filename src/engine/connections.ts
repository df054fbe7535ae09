import * as z from 'zod'
import { bounded } from '../model/bounded-json.js'
import { type Calendar, type Connection, type KeptConnection, shownConnection } from '../model/connection.js'
import { type Failure, failureOf } from '../model/failure.js'
import { digest } from '../model/hash.js'
import type { CalendarId, ConnectionId, RemoteId, UserId } from '../model/ids.js'
import type { Json } from '../model/json.js'
import type { RemoteCalendar } from '../providers/provider.js'
import type { Accounts } from './accounts.js'
import { type Cleanup, type CleanupOptions, cleanUp } from './cleanup.js'
import type { Engine } from './engine.js'
import { groupRemovalSchema } from './group-input.js'
import { tellNow } from './health/reconciling.js'
import { checked, ownId } from './input.js'
import { groupsOfConnection } from './jobs/concerned.js'
import { type CleanedCalendar, leaveCalendars } from './leaving.js'
import { personOf } from './notes.js'
import { exactly, find, need, put, readAll, readPage } from './records.js'
import { beginSignIn, type CompleteSignIn, finishSignIn, type SignIn, type SignInContext } from './sign-in.js'
import { endSignIn } from './sign-in-end.js'
import { endWatches } from './watches.js'

/** A connection to be made. */
export interface NewConnection {
  /** Short name of the provider, as it names itself. */
  readonly provider: string
  /** What a person calls this account. @default the provider's name */
  readonly name?: string
  /** What the provider needs to find the account, e.g. `{ url }`. No secrets: those are credentials. */
  readonly settings?: Json
  /**
   * What proves who we are, e.g. `{ username, password }`. Kept sealed in the storage; needs `auth.vault`.
   * @default what `SyncEngineOptions.credentials` hands over, or what is kept for this `id` already
   */
  readonly credentials?: Json
  /** An id of the host's choice; connecting again under the same id takes up the old connection. @default a random id */
  readonly id?: string
}

/** A connection with its calendars. */
export interface Connected {
  readonly connection: Connection
  readonly calendars: readonly Calendar[]
}

/** What {@link ConnectionsHandle.reseal} came to. */
export interface Resealed {
  readonly resealed: number
  /** What could not be opened: its key is missing, or it is damaged. The others go on. */
  readonly failures: readonly { readonly connectionId: ConnectionId; readonly failure: Failure }[]
}

/** What became of an account that was disconnected. */
export interface Disconnection {
  readonly connection: Connection
  /** The authorization server has ended the grant. */
  readonly revoked: boolean
  /** What was taken out of its calendars. */
  readonly cleaned: readonly CleanedCalendar[]
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
  async add(given: NewConnection): Promise<Connected> {
    const { provider, name, settings, id, credentials } = checked(newConnection, given, 'connection')
    const fresh: Connection = {
      id: (id ?? crypto.randomUUID()) as ConnectionId,
      userId: this.#user,
      provider,
      name: name ?? provider,
      settings: settings ?? {},
      createdAt: this.#engine.now(),
    }
    const { keeper } = this.#accounts
    const hadNone = await this.#hasNone()
    if (credentials !== undefined) keeper.vault()
    this.#accounts.forget(this.#user, fresh.id)
    const known = (await find(this.#engine.storage, this.#user, 'connection', fresh.id))?.value
    const candidate = credentials === undefined ? { ...signInOf(known), ...fresh } : fresh
    const account = await this.#accounts.openNew(candidate, credentials === undefined ? undefined : { credentials })
    const remote = await account.listCalendars()
    const sealed =
      credentials === undefined
        ? undefined
        : await keeper.seal(this.#user, fresh.id, { kind: 'credentials', value: credentials })
    let isNew = false
    const kept = await keeper.change(
      this.#user,
      fresh.id,
      (current) => {
        isNew = current === undefined
        return {
          ...fresh,
          createdAt: current?.createdAt ?? fresh.createdAt,
          signedInAt: this.#engine.now(),
          ...(sealed === undefined
            ? signInOf(current)
            : { keeps: 'credentials', sealed, generation: (current?.generation ?? 0) + 1 }),
        }
      },
      { action: 'connection.added', actor: personOf(this.#user, this.#engine.actorName) },
    )
    if (isNew) await this.#tellAdded(fresh, hadNone)
    const connected = await this.#connected(kept ?? fresh, remote)
    await this.#goOn(fresh.id)
    if (known) await tellNow(this.#engine, this.#user)
    return connected
  }

  /**
   * Begins a sign-in by OAuth: send the person to `url`. Nothing is stored; who does not come back leaves nothing behind.
   * For a connection that needs a sign-in give its `id`: with it everything goes on where it stopped.
   *
   * @throws SyncError `invalid_input` for what does not fit, `unavailable` when the authorization server cannot be reached.
   *
   * @example
   * ```ts no-run
   * import type { UserHandle } from 'calweave'
   *
   * export async function connect(user: UserHandle, session: string): Promise<string> {
   *   const { url } = await user.connections.signIn({ provider: 'example', mode: 'read', session })
   *   return url // answer with a redirect to it
   * }
   * ```
   */
  async signIn(given: SignIn): Promise<{ readonly url: string }> {
    return beginSignIn(given, this.#context())
  }

  /**
   * Completes a sign-in with the address that the browser came back to: the redirect URI with its query. Works once, within
   * ten minutes, for the user and the session that began it.
   *
   * When the person did not allow all that is needed, the connection is kept with `needs: 'sign-in'` and
   * `missingScopes`, and its calendars are not asked for. When the calendars cannot be listed for the moment, that is
   * thrown; the connection is kept, and {@link refresh} lists them later.
   *
   * @throws SyncError `invalid_input` for an answer that does not belong to this user and session, comes too late or twice,
   * or is of another account than the connection (`OTHER_ACCOUNT`); `forbidden` when the person or the server said no;
   * `auth_expired` when the server does not take its code; `invalid_response`, `unavailable`, `timeout`.
   */
  async completeSignIn(callbackUrl: string | URL, options: CompleteSignIn): Promise<Connected> {
    const hadNone = await this.#hasNone()
    const { connection, remote, isNew } = await finishSignIn(callbackUrl, options, this.#context())
    if (isNew) await this.#tellAdded(connection, hadNone)
    if (remote) await this.#goOn(connection.id)
    const connected = remote ? await this.#connected(connection, remote) : undefined
    await tellNow(this.#engine, this.#user)
    if (connected) return connected
    return { connection: shownConnection(connection), calendars: await this.#calendarsOf(connection.id) }
  }

  /**
   * Ends the authorization: nothing is asked of the account any more, its grant is revoked where the server can do that,
   * and what proved it is forgotten. Calendars, groups and events stay as they are; with {@link signIn} or {@link add}
   * under the same id everything goes on. To take copies away, end their groups first (`groups.remove`).
   *
   * `revoked: false`: the grant may still stand at the server, which has no such request, did not answer, or would end
   * another connection of this account with it.
   *
   * `copies: 'remove'` takes our copies out of this account's calendars first, found by their marks, and the calendars out of
   * their groups; a group that would be left with nothing to keep in step ends. Copies in other calendars stay.
   *
   * @throws SyncError `unavailable`, `auth_expired` ... when copies cannot be removed now: the account is still connected
   * then, and it can be called again.
   */
  async disconnect(
    connectionId: string,
    options: { readonly copies: 'keep' | 'remove' } = { copies: 'keep' },
  ): Promise<Disconnection> {
    const { copies } = checked(groupRemovalSchema, options, 'options')
    const { value } = await need(this.#engine.storage, this.#user, 'connection', connectionId)
    const cleaned = copies === 'remove' ? await leaveCalendars(this.#engine, this.#user, value.id) : []
    await endWatches(this.#engine, this.#user, connectionId as ConnectionId)
    const { connection, revoked } = await endSignIn(connectionId, this.#context())
    await tellNow(this.#engine, this.#user)
    return { connection: shownConnection(connection), revoked, cleaned }
  }

  /**
   * Seals anew whatever of this user was sealed under another key than the vault's current one. When it has been called for
   * every user and found no failures, the older key can go. What is in use is sealed anew by itself.
   */
  async reseal(): Promise<Resealed> {
    let resealed = 0
    const failures: { connectionId: ConnectionId; failure: Failure }[] = []
    for await (const page of readAll(this.#engine.storage, this.#user, 'connection'))
      for (const { value } of page)
        try {
          if (value.sealed !== undefined && (await this.#accounts.keeper.reseal(this.#user, value.id))) resealed++
        } catch (error) {
          failures.push({ connectionId: value.id, failure: failureOf(error, this.#engine.now()) })
        }
    return { resealed, failures }
  }

  /**
   * Lists an account's calendars anew: new ones appear, names and access are brought up to date. Where some could not be read, or
   * are others than before, their groups are synced at once: call it after the host has other credentials, too.
   * @throws SyncError `auth_expired` while a person has to sign in.
   */
  async refresh(connectionId: string): Promise<readonly Calendar[]> {
    const { value: connection } = await need(this.#engine.storage, this.#user, 'connection', connectionId)
    // Opened anew, so that a new sign-in counts at once.
    this.#accounts.forget(this.#user, connection.id)
    const account = await this.#accounts.open(this.#user, connection.id)
    const remote = await account.listCalendars()
    const before = new Map((await this.#calendarsOf(connection.id)).map((calendar) => [calendar.id, calendar]))
    const calendars = await this.#keep(connection, remote)
    const isNews = (now: Calendar) => JSON.stringify(now) !== JSON.stringify(before.get(now.id))
    if (calendars.some((now) => now.pull.failingSince !== undefined || isNews(now))) await this.#goOn(connection.id)
    return calendars
  }

  /** All connections. One with `needs: 'sign-in'` waits for a person, and says why in `failure`. */
  async list(): Promise<readonly Connection[]> {
    const found: Connection[] = []
    for await (const page of readAll(this.#engine.storage, this.#user, 'connection'))
      found.push(...page.map(({ value }) => shownConnection(value)))
    return found
  }

  async #hasNone(): Promise<boolean> {
    const { items } = await readPage(this.#engine.storage, this.#user, 'connection', { limit: 1 })
    return items.length === 0
  }

  /** Of several that are added at the same moment one is the first. */
  async #tellAdded({ id: connectionId, provider }: Connection, hadNone: boolean): Promise<void> {
    const { storage, now } = this.#engine
    const holder = this.#engine.newHolder()
    const isFirst =
      hadNone && (await storage.claim(this.#user, 'connection/first', holder, 600_000, now())) !== undefined
    this.#engine.tell(this.#user, { type: 'connection.added', connectionId, provider, isFirst })
  }

  #context(): SignInContext {
    const { keeper } = this.#accounts
    const actor = personOf(this.#user, this.#engine.actorName)
    return { keeper, accounts: this.#accounts, user: this.#user, actor }
  }

  /** What waited for the sign-in is synced at once. */
  async #goOn(id: ConnectionId): Promise<void> {
    const { jobs } = this.#engine
    if (jobs.areOn) await jobs.afterwards(this.#user, await groupsOfConnection(this.#engine, this.#user, id))
  }

  async #connected(connection: KeptConnection, remote: readonly RemoteCalendar[]): Promise<Connected> {
    return { connection: shownConnection(connection), calendars: await this.#keep(connection, remote) }
  }

  async #calendarsOf(connectionId: ConnectionId): Promise<readonly Calendar[]> {
    const found: Calendar[] = []
    const range = { index: 'connection', ...exactly(connectionId) }
    for await (const page of readAll(this.#engine.storage, this.#user, 'calendar', range))
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

/** What stays of a sign-in when a connection is added again without other credentials. */
function signInOf(known: KeptConnection | undefined): Partial<KeptConnection> {
  if (known?.sealed === undefined) return {}
  const {
    id: _id,
    userId: _user,
    provider: _provider,
    name: _name,
    settings: _settings,
    createdAt: _at,
    ...rest
  } = known
  if (rest.keeps === 'tokens') return rest
  // They were just used, and taken.
  const { needs: _needs, failure: _failure, ...good } = rest
  return good
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

  /**
   * Takes our copies out of a calendar that is in no group, found by the signed marks inside them: also when the database
   * was lost since they were written. What a person made stays, whatever it was copied from; nobody is mailed; what somebody
   * changes at the same moment is looked at once more. Reads the whole calendar, as far as its provider lists it.
   *
   * While a group is there, end it with `groups.remove(id, { copies: 'remove' })`: that carries home first what people typed
   * into copies.
   *
   * @throws SyncError `invalid_input` for a calendar that is in a group, `unavailable` while it is being listed, and what the
   * provider throws. What was removed by then is removed; it can be called again.
   * @example
   * ```ts
   * import type { UserHandle } from 'calweave'
   *
   * export async function tidy(user: UserHandle, calendarId: string): Promise<number> {
   *   const { removed } = await user.calendars.cleanup(calendarId, { isDryRun: true })
   *   if (removed > 0) await user.calendars.cleanup(calendarId)
   *   return removed
   * }
   * ```
   */
  async cleanup(calendarId: string, options: CleanupOptions = {}): Promise<Cleanup> {
    checked(cleanupOptions, options, 'options')
    return cleanUp(this.#engine, this.#user, calendarId as CalendarId, options)
  }

  /** @throws SyncError `invalid_input` when the user has no such calendar. */
  async get(calendarId: string): Promise<Calendar> {
    return (await need(this.#engine.storage, this.#user, 'calendar', calendarId)).value
  }
}

const cleanupOptions: z.ZodType<unknown> = z.looseObject({
  isDryRun: z.boolean().exactOptional(),
  otherIds: z.boolean().exactOptional(),
})

const newConnection = z.strictObject({
  provider: z.string().min(1).max(64),
  name: z.string().max(1024).exactOptional(),
  settings: bounded(z.json() as z.ZodType<Json>, { depth: 20, entries: 1_000, values: 10_000 }).exactOptional(),
  credentials: bounded(z.json() as z.ZodType<Json>, { depth: 5, entries: 100, values: 500 }).exactOptional(),
  id: ownId.exactOptional(),
})
