import { isSyncError, SyncError } from '../errors.js'
import type { Calendar } from '../model/connection.js'
import { sameContent } from '../model/equality.js'
import type { CalendarId, GroupId, UserId } from '../model/ids.js'
import type { CallOptions, ProviderAccount, PullFrom, RemoteChange, RemoteEvent } from '../providers/provider.js'
import { ChainWriter } from './chain.js'
import type { Engine } from './engine.js'
import { type HeldLease, withLease } from './lease.js'
import { judgeMark } from './mark.js'
import { settingNote } from './notes.js'
import { membershipsOf } from './observe.js'
import { find, need, observedId } from './records.js'

/** How to take our copies out of a calendar. */
export interface CleanupOptions extends CallOptions {
  /** Only counts what would go. @default false */
  readonly isDryRun?: boolean
  /**
   * Also takes out copies that were written under another id of this calendar: a connection had another id when our database
   * was lost, or a person moved them here from another calendar.
   *
   * Only where no other user's group, and no other database of this application, writes into this calendar: their copies
   * look the same, and a removal of them would be carried to where the events were made. @default false
   */
  readonly otherIds?: boolean
}

/** What a cleanup found, and did. */
export interface Cleanup {
  /** Copies that went; in a dry run the ones that would. */
  readonly removed: number
  /** Copies that were written under another id of this calendar, see {@link CleanupOptions.otherIds}; they stay. */
  readonly otherIds: number
  /** What is there and could not be read: one of them may be a copy. */
  readonly unreadable: number
  /** Copies that somebody changed again and again, or that the service does not let us remove. */
  readonly left: number
}

/**
 * Finds our copies by the mark inside them, which is signed, and takes them out: nothing else is needed than the calendar
 * itself and the secret. What a person made has no such mark, and a copy of a copy has an identity of its own.
 */
export async function cleanUp(
  engine: Engine,
  user: UserId,
  calendarId: CalendarId,
  options: CleanupOptions = {},
): Promise<Cleanup> {
  const { value: calendar } = await need(engine.storage, user, 'calendar', calendarId)
  // Whoever syncs the calendar would take a copy that is missing for one that a person removed, and remove the event.
  const done = await withLease(engine, user, `calendar/${calendar.id}`, async (lease) => {
    if (!options.isDryRun && (await membershipsOf(engine, user, calendar.id)).length > 0)
      throw new SyncError(
        'invalid_input',
        'This calendar is in a group, which would take the cleanup for removals. Take it out of its groups first.',
      )
    const account = await engine.account(user, calendar)
    return new Sweep(engine, user, calendar, account, options, lease).run()
  })
  if (!done) throw new SyncError('unavailable', 'This calendar is being listed right now. Ask again in a moment.')
  return done
}

/** So often a calendar is listed until a listing finds nothing more. */
const mostPasses = 5

class Sweep {
  readonly #engine: Engine
  readonly #user: UserId
  readonly #calendar: Calendar
  readonly #account: ProviderAccount
  readonly #options: CleanupOptions
  readonly #lease: HeldLease
  readonly #groups: Map<GroupId, boolean> = new Map()
  #removed = 0
  #counts = { otherIds: 0, unreadable: 0, left: 0, taken: 0 }

  constructor(
    engine: Engine,
    user: UserId,
    calendar: Calendar,
    account: ProviderAccount,
    options: CleanupOptions,
    lease: HeldLease,
  ) {
    this.#engine = engine
    this.#user = user
    this.#calendar = calendar
    this.#account = account
    this.#options = options
    this.#lease = lease
  }

  /** Page by page, so that nothing holds a whole calendar; and again, as a listing may skip over what moves up. */
  async run(): Promise<Cleanup> {
    const { isDryRun = false } = this.#options
    for (let pass = 1; pass <= mostPasses; pass++) {
      this.#counts = { otherIds: 0, unreadable: 0, left: 0, taken: 0 }
      const { pages } = await this.#account.changes(this.#calendar.remoteId, everything, this.#call)
      for await (const { changes } of pages) await this.#page(changes)
      if (isDryRun || this.#counts.taken === 0) break
    }
    const { taken: _last, ...counts } = this.#counts
    return { removed: this.#removed, ...counts }
  }

  async #page(changes: readonly RemoteChange[]): Promise<void> {
    const gone: RemoteEvent[] = []
    for (const change of changes) {
      if (change.type === 'unreadable') this.#counts.unreadable++
      if (change.type !== 'upsert') continue
      const judgement = await this.#judge(change.event)
      if (judgement === 'other id') this.#counts.otherIds++
      if (judgement !== 'meant') continue
      const end = this.#options.isDryRun ? 'dry' : await this.#remove(change.event)
      if (end === 'dry') this.#removed++
      if (end === 'left') this.#counts.left++
      if (end === 'gone') gone.push(change.event)
    }
    if (gone.length > 0) await this.#forget(gone)
  }

  async #judge(event: RemoteEvent): Promise<'meant' | 'other id' | 'not ours'> {
    const judgement = judgeMark(event, this.#calendar.id, this.#engine.secret)
    if (judgement === 'ours') return 'meant'
    if (judgement !== 'elsewhere') return 'not ours'
    if (!this.#options.otherIds) return 'other id'
    // A group that is there still knows the calendar by its other id, and would take this for a removal.
    return (await this.#isKnown(event.mark?.groupId as GroupId)) ? 'other id' : 'meant'
  }

  async #isKnown(id: GroupId): Promise<boolean> {
    const known = this.#groups.get(id) ?? (await find(this.#engine.storage, this.#user, 'group', id)) !== undefined
    this.#groups.set(id, known)
    return known
  }

  /** Guarded by the revision that was judged: what somebody changed in between is looked at, and judged, once more. */
  async #remove(listed: RemoteEvent): Promise<'gone' | 'left' | 'not ours'> {
    const { guardedWrites } = this.#account.capabilities
    let event = listed
    let isSure = guardedWrites && event.revision !== undefined
    for (let attempt = 1; attempt <= 4; attempt++) {
      if (event.readOnly) return 'left'
      try {
        await this.#lease.fresh()
        if (isSure) {
          await this.#account.remove(this.#calendar.remoteId, event, this.#call)
          return 'gone'
        }
      } catch (error) {
        if (isSyncError(error, 'not_found')) return 'gone'
        if (isSyncError(error) && refusals.has(error.code)) return 'left'
        if (!isSyncError(error, 'revision_mismatch')) throw error
      }
      const [now] = await this.#account.fetch(this.#calendar.remoteId, [event.id], this.#call)
      if (now?.type === 'gone') return 'gone'
      if (now?.type !== 'found') return 'left'
      if ((await this.#judge(now.event)) !== 'meant') return 'not ours'
      isSure = guardedWrites || (now.event.revision === event.revision && sameContent(now.event.content, event.content))
      event = now.event
    }
    return 'left'
  }

  async #forget(gone: readonly RemoteEvent[]): Promise<void> {
    const told = { action: 'copies.cleaned', calendarId: this.#calendar.id, after: { removed: gone.length } } as const
    const rows = gone.map(({ id }) => observedId(this.#calendar.id, id))
    await new ChainWriter(this.#engine, this.#user).commit(
      [
        ...rows.map((id) => ({ op: 'remove', collection: 'observed', id }) as const),
        settingNote(told, this.#user, this.#engine),
      ],
      () => this.#lease.fresh(),
    )
    this.#removed += gone.length
    this.#counts.taken += gone.length
  }

  get #call(): CallOptions {
    return this.#options.signal ? { signal: this.#options.signal } : {}
  }
}

const refusals: ReadonlySet<string> = new Set(['forbidden', 'event_refused', 'limit_exceeded'])

/** A complete listing that believes nothing of what we hold: there may be nothing. */
const everything: PullFrom = {
  known: async () => new Map(),
  held: async function* () {
    // Nothing is held, so a listing without removals has nothing to compare with.
  },
}
