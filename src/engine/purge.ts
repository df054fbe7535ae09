import { isSyncError, SyncError } from '../errors.js'
import type { Failure } from '../model/failure.js'
import { failureOf } from '../model/failure.js'
import type { CalendarId, UserId } from '../model/ids.js'
import { type Collection, collections, type Storage } from '../storage/storage.js'
import type { Accounts } from './accounts.js'
import { cleanUp } from './cleanup.js'
import type { RunLimits } from './context.js'
import type { Engine } from './engine.js'
import { withLease } from './lease.js'
import { personOf } from './notes.js'
import { drop, exactly, find, type PurgeRecord, put, readAll, under } from './records.js'
import { endSignIn } from './sign-in-end.js'
import { unweave } from './unweave.js'
import { endWatches, routesUser } from './watches.js'

/** What was forgotten of a user. */
export interface Purged {
  /** Connections whose grant may still stand at the server, by the names that the person gave them. */
  readonly notRevoked: readonly string[]
  /** Calendars in which copies of ours may still stand, and why. Always empty with `copies: 'keep'`. */
  readonly notCleaned: readonly { readonly calendarId: CalendarId; readonly failure: Failure }[]
}

/** How to forget a user. */
export interface PurgeOptions extends Pick<RunLimits, 'signal'> {
  /** `keep`: every calendar stays as it is. `remove`: our copies are taken out of all calendars first. */
  readonly copies: 'keep' | 'remove'
}

/** Where it is kept that a purge is under way, for all users. Gone with its end. */
const purgesUser = '~calweave/purges' as UserId

/**
 * Records that stand under users of our own, and are about one user each: the index to find them by, and the prefix of their
 * keys. Whatever keeps such records names them here.
 */
const elsewhere: readonly { readonly keeper: UserId; readonly collection: Collection; readonly index: string }[] = [
  { keeper: routesUser, collection: 'route', index: 'user' },
]

/**
 * Forgets a user. Every step can be done again, so what was cut off is called again; nothing has to be remembered but that it
 * is under way. Groups and calendars are ended under their leases: a worker that is still at one is waited for, or, when it
 * sleeps past its lease, refused whatever it writes.
 */
export async function purge(
  engine: Engine,
  accounts: Accounts,
  user: UserId,
  { copies, signal }: PurgeOptions,
): Promise<Purged> {
  await begin(engine, user, copies)
  const limits = signal ? { signal } : {}
  for await (const page of readAll(engine.storage, user, 'group'))
    for (const { value } of page) {
      await unweave(engine, user, value.id, copies, { ...limits, despitePauses: true })
      await engine.jobs.forget(user, value.id)
    }
  await engine.jobs.forgetUser(user)
  const notCleaned = copies === 'remove' ? await cleanAll(engine, user, limits) : []
  const notRevoked = await endConnections(engine, accounts, user)
  await forgetCalendars(engine, user)
  await forgetEverything(engine.storage, user)
  for (const { keeper, collection, index } of elsewhere)
    await forgetWhere(engine.storage, keeper, collection, { index, ...exactly(user) })
  await engine.storage.forget?.(user)
  await engine.storage.commit(purgesUser, { changes: [drop('purge', { userId: user, copies, startedAt: 0 })] })
  return { notRevoked, notCleaned }
}

/** Purges that were begun and not ended, e.g. because the process died. */
export async function purgesUnderWay(storage: Storage): Promise<readonly PurgeRecord[]> {
  const found: PurgeRecord[] = []
  for await (const page of readAll(storage, purgesUser, 'purge')) found.push(...page.map(({ value }) => value))
  return found
}

async function begin({ storage, now }: Engine, userId: UserId, copies: PurgeOptions['copies']): Promise<void> {
  const known = await find(storage, purgesUser, 'purge', userId)
  const startedAt = known?.value.startedAt ?? now()
  await storage.commit(purgesUser, { changes: [put('purge', { userId, copies, startedAt })] })
}

/** Copies that no group knows of any more, such as those from before a database was lost. */
async function cleanAll(
  engine: Engine,
  user: UserId,
  limits: Pick<RunLimits, 'signal'>,
): Promise<Purged['notCleaned']> {
  const notCleaned: Purged['notCleaned'][number][] = []
  for await (const page of readAll(engine.storage, user, 'calendar'))
    for (const { value } of page) {
      if (value.access !== 'write') continue
      try {
        const { left, unreadable } = await cleanUp(engine, user, value.id, limits)
        if (left + unreadable > 0) throw someLeft(left + unreadable)
      } catch (error) {
        if (!isSyncError(error) || passedOn.has(error.code)) throw error
        notCleaned.push({ calendarId: value.id, failure: failureOf(error, engine.now()) })
      }
    }
  return notCleaned
}

const passedOn: ReadonlySet<string> = new Set(['aborted', 'storage_failed', 'lease_lost'])

function someLeft(count: number): SyncError {
  return new SyncError('event_refused', `${count} events could not be read, or not be removed by us.`)
}

async function endConnections(engine: Engine, accounts: Accounts, user: UserId): Promise<readonly string[]> {
  const notRevoked: string[] = []
  const context = { keeper: accounts.keeper, accounts, user, actor: personOf(user, engine.actorName) }
  for await (const page of readAll(engine.storage, user, 'connection'))
    for (const { value } of page) {
      await endWatches(engine, user, value.id)
      const { revoked } = await endSignIn(value.id, context)
      if (value.keeps === 'tokens' && !revoked) notRevoked.push(value.name)
      accounts.keeper.erase(user, value.id)
    }
  return notRevoked
}

/** Under the lease of each calendar: a listing that is under way must not write its next page. */
async function forgetCalendars(engine: Engine, user: UserId): Promise<void> {
  const { storage } = engine
  for await (const page of readAll(storage, user, 'calendar'))
    for (const { value } of page) {
      const done = await withLease(engine, user, `calendar/${value.id}`, async () => {
        for (const collection of ['membership', 'observed'] as const)
          await forgetWhere(storage, user, collection, under(value.id))
        await storage.commit(user, { changes: [drop('calendar', value)] })
        return true
      })
      if (!done) throw new SyncError('unavailable', 'A calendar is being listed right now. Ask again in a moment.')
    }
}

/** Whatever there is, in collections that this file knows nothing of, too; until a look at all of them finds nothing. */
async function forgetEverything(storage: Storage, user: UserId): Promise<void> {
  for (let isEmpty = false; !isEmpty; ) {
    isEmpty = true
    for (const collection of Object.keys(collections) as Collection[])
      if (await forgetWhere(storage, user, collection, {})) isEmpty = false
  }
}

/** False: there was nothing. */
async function forgetWhere(
  storage: Storage,
  user: UserId,
  collection: Collection,
  range: { readonly index?: string; readonly from?: string; readonly to?: string },
): Promise<boolean> {
  for (let isFound = false; ; isFound = true) {
    const { records } = await storage.list(user, collection, { ...range, limit: 900 })
    if (records.length === 0) return isFound
    await storage.commit(user, { changes: records.map(({ id }) => ({ op: 'remove', collection, id }) as const) })
  }
}
