import * as z from 'zod'
import { isSyncError, SyncError } from '../errors.js'
import { userChain } from '../model/audit.js'
import { type Failure, failureOf } from '../model/failure.js'
import { digest, keyedDigest, sha256Hex } from '../model/hash.js'
import type { CalendarId, ConnectionId, RemoteCalendarId, UserId } from '../model/ids.js'
import { type CalendarWatch, type KeptWatch, type Route, shownWatch } from '../model/watch.js'
import type { CallOptions, ProviderAccount } from '../providers/provider.js'
import type { RecordChange, Storage } from '../storage/storage.js'
import { ChainWriter } from './chain.js'
import type { Engine } from './engine.js'
import { tellNow } from './health/reconciling.js'
import { checked } from './input.js'
import { settingNote } from './notes.js'
import { drop, find, need, padded, put, readAll, readPage, type Versioned } from './records.js'

/** A watch to be made. */
export interface NewWatch {
  readonly calendarId: string
  /** Where the service sends its notices: an `https:` address at which the host calls {@link SyncEngine.receive}. */
  readonly address: string
}

/** What a renewal came to. */
export interface Renewals {
  readonly renewed: readonly CalendarWatch[]
  /** Still as they were, with {@link CalendarWatch.failure}; tried again soon. */
  readonly failed: readonly CalendarWatch[]
}

/**
 * Calendars whose service tells of changes by itself. A notice only says that a sync is worth while: it may be late or
 * lost, so keep polling, less often.
 */
export class WatchesHandle {
  readonly #engine: Engine
  readonly #user: UserId

  constructor(engine: Engine, user: UserId) {
    this.#engine = engine
    this.#user = user
  }

  /**
   * Asks the service of a calendar to tell of changes. A calendar has one watch: a second call replaces the first.
   * @throws SyncError `unsupported` where the service cannot, `invalid_input` for an address that it refuses.
   */
  async start(given: NewWatch, options: CallOptions = {}): Promise<CalendarWatch> {
    const { calendarId, address } = checked(newWatch, given, 'watch')
    const id = calendarId as CalendarId
    const note = settingNote({ action: 'watch.started', calendarId: id }, this.#user, this.#engine)
    const made = await watch(this.#engine, this.#user, id, address, options, note)
    await this.#engine.jobs.upkeep(this.#user, made.renewAt)
    return shownWatch(made)
  }

  async list(): Promise<readonly CalendarWatch[]> {
    const found: CalendarWatch[] = []
    for await (const page of readAll(this.#engine.storage, this.#user, 'watch'))
      found.push(...page.map(({ value }) => shownWatch(value)))
    return found
  }

  /** Renews the watches whose time has come. Call it every few minutes; where nothing is due it costs one read.
   * An engine that was started (`engine.start`) does so by itself. */
  async renew(options: CallOptions = {}): Promise<Renewals> {
    const renewed: CalendarWatch[] = []
    const failed: CalendarWatch[] = []
    const due = await this.#due()
    for (const one of due) {
      try {
        const { calendarId, address } = one.value
        renewed.push(shownWatch(await watch(this.#engine, this.#user, calendarId, address, options)))
      } catch (error) {
        if (!isSyncError(error) || error.code === 'aborted') throw error
        failed.push(shownWatch(await this.#postpone(one, error)))
      }
    }
    // Also what is good again is to be told, so by what was wrong before.
    if (failed.length > 0 || due.some(({ value }) => value.failure)) await tellNow(this.#engine, this.#user)
    await sweepRoutes(this.#engine)
    return { renewed, failed }
  }

  /** Ends the watch of a calendar. One that is not there is fine. */
  async stop(calendarId: string, options: CallOptions = {}): Promise<void> {
    const dropped = await dropWatch(this.#engine, this.#user, calendarId)
    if (dropped) await end(this.#engine, this.#user, dropped, options)
  }

  async #due(): Promise<readonly Versioned<KeptWatch>[]> {
    const due: Versioned<KeptWatch>[] = []
    const range = { index: 'renew', to: padded(this.#engine.now() + 1) }
    for await (const page of readAll(this.#engine.storage, this.#user, 'watch', range)) due.push(...page)
    return due
  }

  /** Tried again after a quarter of the time that is left, at least a minute. */
  async #postpone({ value, version }: Versioned<KeptWatch>, error: SyncError): Promise<KeptWatch> {
    const now = this.#engine.now()
    const wait = Math.max((value.expiresAt - now) / 4, error.retryAfterMs ?? 0, 60_000)
    const kept = { ...value, renewAt: now + wait, failure: failureOf(error, now) }
    await this.#engine.storage.commit(this.#user, { changes: [put('watch', kept, version)] })
    this.#tell(value, kept.failure, now)
    return kept
  }

  /** Each once: when a renewal first fails, and when the watch has ended. */
  #tell({ calendarId, expiresAt, failure: before }: KeptWatch, failure: Failure, now: number): void {
    const isLost = expiresAt <= now && (before?.at ?? 0) < expiresAt
    if (isLost) this.#engine.tell(this.#user, { type: 'watch.lost', calendarId, failure })
    else if (!before) this.#engine.tell(this.#user, { type: 'watch.failing', calendarId, failure })
  }
}

/** Ends every watch at a connection, as far as its service can be asked. Nothing of them is left here. */
export async function endWatches(engine: Engine, user: UserId, connectionId: ConnectionId): Promise<void> {
  for await (const page of readAll(engine.storage, user, 'watch'))
    for (const { value } of page) {
      const calendar = await find(engine.storage, user, 'calendar', value.calendarId)
      if (calendar && calendar.value.connectionId !== connectionId) continue
      const dropped = await dropWatch(engine, user, value.calendarId)
      if (dropped) await end(engine, user, dropped, {})
    }
}

/**
 * Taken out before its service is asked to end it: it is none of ours from now on, whatever the service does. Returns the one
 * that stood there in the end: a renewal at the same moment may have put another one in its place.
 */
async function dropWatch(engine: Engine, user: UserId, calendarId: string): Promise<KeptWatch | undefined> {
  for (let attempt = 1; ; attempt++) {
    const known = await find(engine.storage, user, 'watch', calendarId)
    if (!known) return undefined
    const note = settingNote({ action: 'watch.stopped', calendarId: known.value.calendarId }, user, engine)
    try {
      await new ChainWriter(engine, user).commit([drop('watch', known.value, known.version), note])
      return known.value
    } catch (error) {
      if (!isSyncError(error, 'stale_version') || attempt === 5) throw error
    }
  }
}

/** Where notices are sorted. A notice does not say whose it is, so what tells is kept for all users, and holds ids only. */
export const routesUser: UserId = '~calweave/routes' as UserId

/** What proves a notice, as it is kept. Comparing digests tells nothing about how much of a guess was right. */
export const routeToken = (engine: Engine, token: string): string => keyedDigest(engine.secret, 'push', token)

/** How long a watch is asked for; services that grant less say so. */
const longest = 30 * 86_400_000

/** The new one stands before the old one ends: between them nothing goes unseen. */
async function watch(
  engine: Engine,
  user: UserId,
  calendarId: CalendarId,
  address: string,
  options: CallOptions,
  note?: RecordChange,
): Promise<KeptWatch> {
  const { value: calendar } = await need(engine.storage, user, 'calendar', calendarId)
  const account = await engine.account(user, calendar)
  if (!account.watch)
    throw new SyncError('unsupported', 'The service of this calendar does not tell of changes by itself. Keep polling.')
  const before = await find(engine.storage, user, 'watch', calendarId)
  const id = digest('watch', crypto.randomUUID(), crypto.randomUUID())
  const token = sha256Hex([crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()].join())
  const expiresAt = engine.now() + longest
  const route: Route = { watchId: id, userId: user, calendarId, token: routeToken(engine, token), expiresAt }
  // First of all, because the service says hello at once.
  await engine.storage.commit(routesUser, { changes: [put('route', route)] })
  const remote = await account
    .watch(calendar.remoteId, { id, token, address, expiresAt }, options)
    .catch(async (error) => {
      // One that stands all the same runs out by itself; what it says is refused until then.
      await engine.storage.commit(routesUser, { changes: [drop('route', route)] })
      throw error
    })
  const routes = [put('route', { ...route, watchId: remote.id, expiresAt: remote.expiresAt })]
  if (remote.id !== id) routes.push(drop('route', route))
  await engine.storage.commit(routesUser, { changes: routes })
  const kept: KeptWatch = {
    calendarId,
    id: remote.id,
    address,
    expiresAt: remote.expiresAt,
    renewAt: renewalOf(remote.id, remote.expiresAt, engine.now()),
    ...(remote.resource === undefined ? {} : { resource: remote.resource }),
    ...(before?.value.heardAt === undefined ? {} : { heardAt: before.value.heardAt }),
  }
  try {
    const changes = [put('watch', kept, before?.version ?? 0), ...(note ? [note] : [])]
    await new ChainWriter(engine, user).commit(changes)
  } catch (error) {
    // Another worker was faster; one watch is enough.
    await end(engine, user, kept, options)
    throw error
  }
  if (before) await end(engine, user, before.value, options)
  // Should the user have been forgotten, or the calendar, since all of this began, nothing of it may stay.
  if (await find(engine.storage, user, 'calendar', calendarId)) return kept
  await takeBack(kept, account, calendar.remoteId, engine, user, options)
  throw new SyncError('invalid_input', 'The calendar was forgotten while its watch was being made. There is none now.')
}

/** A watch that nobody is there for any more: its records, and the note of it where that is all that is known of the user. */
async function takeBack(
  watch: KeptWatch,
  account: ProviderAccount,
  calendar: RemoteCalendarId,
  engine: Engine,
  user: UserId,
  options: CallOptions,
): Promise<void> {
  await engine.storage.commit(user, { changes: [drop('watch', watch)] })
  await engine.storage.commit(routesUser, { changes: [{ op: 'remove', collection: 'route', id: watch.id }] })
  const head = await find(engine.storage, user, 'chain', userChain)
  if (head?.value.seq === 1 && !head.value.anchor)
    await engine.storage.commit(user, {
      changes: [
        drop('chain', head.value, head.version),
        { op: 'remove', collection: 'audit', id: `${userChain}/${padded(1)}` },
      ],
    })
  try {
    await account.unwatch?.({ calendar, watch }, options)
  } catch (error) {
    if (!isSyncError(error) || error.code === 'storage_failed') throw error
  }
}

/** With 20 to 40 % of its time left, at a moment of its own: a thousand watches made together are not renewed together. */
function renewalOf(id: string, expiresAt: number, now: number): number {
  const share = Number.parseInt(sha256Hex(id).slice(0, 8), 16) / 0xffffffff
  return Math.floor(expiresAt - (expiresAt - now) * (0.2 + 0.2 * share))
}

/** A watch that the service cannot be asked to end runs out by itself; its notices are refused from now on. */
async function end(engine: Engine, user: UserId, watch: KeptWatch, options: CallOptions): Promise<void> {
  await engine.storage.commit(routesUser, { changes: [{ op: 'remove', collection: 'route', id: watch.id }] })
  const calendar = await find(engine.storage, user, 'calendar', watch.calendarId)
  if (!calendar) return
  try {
    const account = await engine.account(user, calendar.value)
    await account.unwatch?.({ calendar: calendar.value.remoteId, watch }, options)
  } catch (error) {
    if (!isSyncError(error) || error.code === 'storage_failed') throw error
  }
}

/** When the next of all watches runs out; one that ended less than a day ago and was not replaced counts. */
export async function nextWatchEnd(storage: Storage): Promise<number | undefined> {
  const page = await readPage(storage, routesUser, 'route', { index: 'end', limit: 1 })
  return page.items[0]?.value.expiresAt
}

/** Forgets the routes of watches that ended by themselves. */
async function sweepRoutes(engine: Engine): Promise<void> {
  const range = { index: 'end', to: padded(engine.now() - 86_400_000) }
  for await (const page of readAll(engine.storage, routesUser, 'route', range))
    await engine.storage.commit(routesUser, { changes: page.map(({ value }) => drop('route', value)) })
}

const newWatch = z.strictObject({
  calendarId: z.string().min(1).max(2048),
  address: z.url({ protocol: /^https$/ }).max(2048),
})
