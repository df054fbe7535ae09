import { isSyncError, SyncError } from '../errors.js'
import type { Calendar, PullState } from '../model/connection.js'
import { sameContent } from '../model/equality.js'
import { failureOf } from '../model/failure.js'
import { sha256Hex } from '../model/hash.js'
import type { CalendarId, Cursor, RemoteId, Revision, UserId } from '../model/ids.js'
import type { ChangePage, ProviderAccount, Pull, PullFrom, RemoteChange, RemoteEvent } from '../providers/provider.js'
import type { Batch, RecordChange } from '../storage/storage.js'
import type { Engine } from './engine.js'
import { type HeldLease, withLease } from './lease.js'
import {
  type Arrival,
  find,
  findMany,
  type Membership,
  need,
  type Observed,
  observedId,
  padded,
  put,
  readAll,
  under,
  type Versioned,
} from './records.js'

/** What an observation of a calendar came to. `busy`: another worker is at it; what it sees reaches us all the same. */
export type ObserveResult =
  | { readonly kind: 'seen'; readonly unreadable: number }
  | { readonly kind: 'busy' }
  | { readonly kind: 'failed'; readonly error: SyncError }

/**
 * Looks at one calendar: pulls what changed into the mirror and hands it to every group that the calendar is in.
 *
 * Cursor and observations move in one commit, so a crash never separates what was read from where reading goes on. A
 * calendar in three groups is pulled once.
 */
export async function observe(
  engine: Engine,
  user: UserId,
  calendarId: CalendarId,
  options: {
    readonly signal?: AbortSignal
    readonly onPage?: () => void
    /** Lists everything although the cursor works. */
    readonly complete?: boolean
  } = {},
): Promise<ObserveResult> {
  const result = await withLease(engine, user, `calendar/${calendarId}`, async (lease): Promise<ObserveResult> => {
    const { value: calendar, version } = await need(engine.storage, user, 'calendar', calendarId)
    const waitMs = (calendar.pull.notBefore ?? 0) - engine.now()
    if (waitMs > 0) return { kind: 'failed', error: askedToWait(waitMs) }
    const groups = (await membershipsOf(engine, user, calendarId)).map(({ groupId }) => groupId)
    const known = options.complete ? { ...calendar, pull: withoutCursor(calendar.pull) } : calendar
    const observation = new Observation(engine, user, lease, known, version, groups, options.onPage)
    try {
      await observation.pull(options.signal)
      return { kind: 'seen', unreadable: observation.unreadable }
    } catch (error) {
      if (!isSyncError(error) || fatal.has(error.code)) throw error
      await observation.note(error)
      return { kind: 'failed', error }
    }
  })
  return result ?? { kind: 'busy' }
}

function askedToWait(retryAfterMs: number): SyncError {
  const message = 'The calendar service asked to be left alone for a while. The sync goes on after that.'
  return new SyncError('rate_limited', message, { retryAfterMs })
}

/** Remembers for everyone that a service asked to be left alone. Losing a race against a listing loses nothing. */
export async function leaveAlone(engine: Engine, user: UserId, calendarId: CalendarId, until: number): Promise<void> {
  const current = await find(engine.storage, user, 'calendar', calendarId)
  if (!current) return
  const { value, version } = current
  const changes = [put('calendar', { ...value, pull: { ...value.pull, notBefore: until } }, version)]
  await commitUnlessStale(engine, user, { changes })
}

/** For what somebody else's change makes needless, or leaves to the next run. */
async function commitUnlessStale(engine: Engine, user: UserId, batch: Batch): Promise<void> {
  try {
    await engine.storage.commit(user, batch)
  } catch (error) {
    if (!isSyncError(error, 'stale_version')) throw error
  }
}

/** Errors that are about us and not about the calendar. */
const fatal: ReadonlySet<string> = new Set(['aborted', 'lease_lost', 'storage_failed', 'stale_version'])

/** The groups that a calendar is in. */
export async function membershipsOf(
  engine: Engine,
  user: UserId,
  calendarId: CalendarId,
): Promise<readonly Membership[]> {
  const found: Membership[] = []
  for await (const page of readAll(engine.storage, user, 'membership', under(calendarId)))
    found.push(...page.map(({ value }) => value))
  return found
}

/** One pull of one calendar, under its lease. */
class Observation {
  calendar: Calendar
  unreadable = 0
  #version: number
  readonly #engine: Engine
  readonly #user: UserId
  readonly #lease: HeldLease
  readonly #groups: readonly Membership['groupId'][]
  readonly #onPage: (() => void) | undefined

  constructor(
    engine: Engine,
    user: UserId,
    lease: HeldLease,
    calendar: Calendar,
    version: number,
    groups: readonly Membership['groupId'][],
    onPage: (() => void) | undefined,
  ) {
    this.#engine = engine
    this.#user = user
    this.#lease = lease
    this.calendar = calendar
    this.#version = version
    this.#groups = groups
    this.#onPage = onPage
  }

  async pull(signal: AbortSignal | undefined): Promise<void> {
    const account = await this.#engine.account(this.#user, this.calendar)
    try {
      await this.#pullOnce(account, signal)
    } catch (error) {
      if (!isSyncError(error, 'cursor_expired')) throw error
      // A full listing of a new generation follows; only what is missing in that one is asked about.
      const { cursor: _cursor, resume: _resume, ...pull } = this.calendar.pull
      await this.#save({ ...pull, listing: false })
      await this.#pullOnce(account, signal)
    }
  }

  /** Remembers why the calendar could not be read. Its mirror stays as it is. */
  async note(error: SyncError): Promise<void> {
    const now = this.#engine.now()
    const notBefore = error.retryAfterMs === undefined ? {} : { notBefore: now + error.retryAfterMs }
    const { pull } = this.calendar
    await this.#save({ ...pull, ...notBefore, failingSince: pull.failingSince ?? now, failure: failureOf(error, now) })
  }

  async #pullOnce(account: ProviderAccount, signal: AbortSignal | undefined): Promise<void> {
    const before = this.calendar.pull
    const goesOn = before.listing && before.resume !== undefined
    const from: PullFrom = {
      ...(before.cursor === undefined || this.#isListingDue() ? {} : { cursor: before.cursor }),
      ...(before.resume === undefined ? {} : { resume: before.resume }),
      known: (ids) => this.#known(ids),
      held: () => this.#held(),
    }
    const pull = await account.changes(this.calendar.remoteId, from, signal ? { signal } : {})
    const generation = pull.complete && !goesOn ? before.generation + 1 : before.generation
    // Said beforehand: should this listing be cut off, the next one counts as another, and misses what went meanwhile.
    if (generation !== before.generation) await this.#save({ ...withoutPlace(before), generation, listing: true })
    const cursor = await this.#takePages(pull, generation)
    if (pull.complete) await this.#sweep(generation)
    await this.#finish(pull, generation, cursor)
  }

  async #takePages(pull: Pull, generation: number): Promise<Cursor | undefined> {
    let cursor: Cursor | undefined
    for await (const page of pull.pages) {
      cursor = page.cursor
      await this.#takePage(page, pull.complete, generation)
      this.#onPage?.()
    }
    return cursor
  }

  /** One page: the mirror, the inboxes and, where the listing can go on from here, its place, all in one commit. */
  async #takePage(page: ChangePage, complete: boolean, generation: number): Promise<void> {
    // A row each and an inbox entry for every group have to fit one commit.
    const chunk = Math.max(1, Math.floor(900 / (1 + this.#groups.length)))
    for (let start = 0; start < page.changes.length || start === 0; start += chunk) {
      const part = page.changes.slice(start, start + chunk)
      const isLast = start + chunk >= page.changes.length
      const place = isLast && page.cursor === undefined && page.resume !== undefined
      const pull: PullState = {
        ...this.calendar.pull,
        generation,
        listing: complete,
        ...(page.resume === undefined ? {} : { resume: page.resume }),
      }
      await this.#commitRows(part, generation, place ? pull : undefined)
    }
  }

  /** Tries again when a group's worker wrote to the mirror at the same moment. */
  async #commitRows(part: readonly RemoteChange[], generation: number, pull: PullState | undefined): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const rows = await this.#rows(part.map(idOf))
      try {
        await this.#commit(this.#rowChanges(part, rows, generation), pull)
        this.unreadable += part.filter(({ type }) => type === 'unreadable').length
        return
      } catch (error) {
        if (!isSyncError(error, 'stale_version') || attempt === 5) throw error
        await this.#catchUp()
      }
    }
  }

  #rowChanges(
    part: readonly RemoteChange[],
    rows: ReadonlyMap<string, Versioned<Observed>>,
    generation: number,
  ): readonly RecordChange[] {
    const changes: RecordChange[] = []
    // A page may name one event twice; the later word counts.
    for (const change of new Map(part.map((change) => [idOf(change), change])).values()) {
      const row = rows.get(observedId(this.calendar.id, idOf(change)))
      const news = this.#news(change, row, generation)
      if (news.row) changes.push(put('observed', news.row, row?.version ?? 0))
      if (news.arrival) for (const groupId of this.#groups) changes.push(put('inbox', { groupId, ...news.arrival }))
    }
    return changes
  }

  /** What one line of a listing means for the mirror and for the groups. */
  #news(
    change: RemoteChange,
    row: Versioned<Observed> | undefined,
    generation: number,
  ): { readonly row?: Observed; readonly arrival?: Omit<Arrival, 'groupId'> } {
    const at = { calendarId: this.calendar.id, remoteId: idOf(change) }
    switch (change.type) {
      case 'upsert': {
        const seen = { ...at, generation, ...revisionOf(change.event.revision), event: change.event }
        if (!row?.value.event || !sameShown(row.value.event, change.event))
          return { row: seen, arrival: { ...at, change: 'shown', confirm: false } }
        return row.value.generation === generation ? {} : { row: seen }
      }
      case 'unchanged': {
        if (!row) return { arrival: { ...at, change: 'shown', confirm: true } }
        return row.value.generation === generation ? {} : { row: { ...row.value, generation } }
      }
      case 'removed':
        return { arrival: { ...at, change: 'gone', confirm: true } }
      case 'unreadable': {
        const failure = failureOf(change.error, this.#engine.now())
        return { row: { ...at, generation, ...revisionOf(change.revision), failure } }
      }
      default:
        return change satisfies never
    }
  }

  /** A complete listing has ended: what was not in it is asked about, one by one, before anything is concluded. */
  async #sweep(generation: number): Promise<void> {
    const older = { index: 'generation', from: `${this.calendar.id}/`, to: `${this.calendar.id}/${padded(generation)}` }
    for await (const page of readAll(this.#engine.storage, this.#user, 'observed', older)) {
      const changes = page.flatMap(({ value: { calendarId, remoteId } }) =>
        this.#groups.map((groupId) => put('inbox', { groupId, calendarId, remoteId, change: 'gone', confirm: true })),
      )
      for (let start = 0; start < changes.length; start += 900) await this.#commit(changes.slice(start, start + 900))
    }
  }

  async #finish(pull: Pull, generation: number, cursor: Cursor | undefined): Promise<void> {
    const {
      cursor: old,
      resume: _resume,
      notBefore: _waited,
      failure,
      failingSince: _over,
      ...rest
    } = this.calendar.pull
    if (cursor === undefined && pull.complete)
      throw new SyncError('invalid_response', 'The calendar ended a listing without saying where the next one starts.')
    const next = cursor ?? old
    const complete = rest.complete || pull.complete
    // Nothing to say: a pull without news costs one request and no write.
    if (next === old && complete === rest.complete && generation === rest.generation && !failure && !rest.listing)
      return
    await this.#save({
      ...rest,
      ...(next === undefined ? {} : { cursor: next }),
      generation,
      complete,
      listing: false,
      ...(pull.complete ? { listedAt: this.#engine.now() } : {}),
    })
  }

  /**
   * Whether it is time for a complete listing: deltas that forget an event, and tokens that skip one, are known of
   * several servers, and nothing but looking at everything finds what they left out.
   */
  #isListingDue(): boolean {
    const { listedAt } = this.calendar.pull
    const periods = listedAt === undefined ? 0 : (this.#engine.now() - listedAt) / this.#engine.fullListingMs
    if (periods <= 0.75) return false
    const spread = Number.parseInt(sha256Hex(this.calendar.id).slice(0, 8), 16) / 0xffffffff
    return periods > 0.75 + spread / 2
  }

  async #save(pull: PullState): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#commit([], pull)
        return
      } catch (error) {
        if (!isSyncError(error, 'stale_version') || attempt === 5) throw error
        await this.#catchUp()
      }
    }
  }

  /** Its name or access was changed meanwhile; how far its mirror is remains ours to say. */
  async #catchUp(): Promise<void> {
    const { value, version } = await need(this.#engine.storage, this.#user, 'calendar', this.calendar.id)
    this.calendar = { ...value, pull: this.calendar.pull }
    this.#version = version
  }

  async #commit(changes: readonly RecordChange[], pull?: PullState): Promise<void> {
    const calendar = pull && { ...this.calendar, pull }
    const all = calendar ? [...changes, put('calendar', calendar, this.#version)] : changes
    if (all.length === 0) return
    await this.#engine.storage.commit(this.#user, { changes: all, leases: [await this.#lease.fresh()] })
    if (!calendar) return
    this.calendar = calendar
    this.#version++
  }

  async #rows(ids: readonly RemoteId[]): Promise<ReadonlyMap<string, Versioned<Observed>>> {
    const keys = ids.map((id) => observedId(this.calendar.id, id))
    return findMany(this.#engine.storage, this.#user, 'observed', keys)
  }

  async #known(ids: readonly RemoteId[]): Promise<ReadonlyMap<RemoteId, Revision>> {
    const known = new Map<RemoteId, Revision>()
    for (const { value } of (await this.#rows(ids)).values())
      if (value.revision !== undefined) known.set(value.remoteId, value.revision)
    return known
  }

  async *#held(): AsyncGenerator<ReadonlyMap<RemoteId, Revision | undefined>> {
    for await (const page of readAll(this.#engine.storage, this.#user, 'observed', under(this.calendar.id)))
      yield new Map(page.map(({ value }) => [value.remoteId, value.revision]))
  }
}

function withoutCursor({ cursor: _cursor, ...pull }: PullState): PullState {
  return pull
}

function withoutPlace({ resume: _resume, ...pull }: PullState): PullState {
  return pull
}

function idOf(change: RemoteChange): RemoteId {
  return change.type === 'upsert' ? change.event.id : change.id
}

function revisionOf(revision: Revision | undefined): { readonly revision?: Revision } {
  return revision === undefined ? {} : { revision }
}

/**
 * An echo, or an answer that we have already. A revision alone does not prove it: a server that forgot to renew it would
 * have its change taken into the mirror, and never told to anybody.
 */
function sameShown(known: RemoteEvent, seen: RemoteEvent): boolean {
  if (known.revision !== seen.revision || !sameContent(known.content, seen.content)) return false
  return known.revision !== undefined || (known.raw === seen.raw && known.mark?.key === seen.mark?.key)
}

/**
 * Hands what is already mirrored to a group that a calendar has just joined. Under the calendar's lease: a listing that
 * began before the calendar joined does not know of the group, and what it finds would be handed over by nobody. While
 * such a listing is under way nothing is handed over yet.
 */
export async function seed(engine: Engine, user: UserId, { groupId, calendarId }: Membership): Promise<void> {
  await withLease(engine, user, `calendar/${calendarId}`, async (lease) => {
    for await (const page of readAll(engine.storage, user, 'observed', under(calendarId)))
      await engine.storage.commit(user, {
        changes: page
          .filter(({ value }) => value.event)
          .map(({ value: { remoteId } }) =>
            put('inbox', { groupId, calendarId, remoteId, change: 'shown', confirm: false }),
          ),
        leases: [await lease.fresh()],
      })
    const current = await find(engine.storage, user, 'membership', `${calendarId}/${groupId}`)
    // Should it be unseeded again at this moment, the next run hands everything over once more.
    if (current)
      await commitUnlessStale(engine, user, {
        changes: [put('membership', { ...current.value, seeded: true }, current.version)],
        leases: [await lease.fresh()],
      })
  })
}
