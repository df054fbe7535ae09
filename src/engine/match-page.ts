import type { Member } from '../model/group.js'
import type { CalendarId, EventId, RemoteId, Uid } from '../model/ids.js'
import type { Replica, SyncedEvent } from '../model/synced-event.js'
import type { RemoteEvent } from '../providers/provider.js'
import type { RecordChange } from '../storage/storage.js'
import { ask } from './confirm.js'
import type { RunContext } from './context.js'
import { mintedId, withReplica } from './new-event.js'
import {
  type Arrival,
  arrivalId,
  type Binding,
  bindingId,
  drop,
  exactly,
  find,
  findMany,
  type Observed,
  observedId,
  put,
  readPage,
  type Versioned,
} from './records.js'

/** One page of arrivals with everything they touch; what is decided on it is written in one commit. */
export class MatchPage {
  placed = 0
  sawCopies = false
  readonly context: RunContext
  readonly #rows: ReadonlyMap<string, Versioned<Observed>>
  readonly #bindings: Map<string, Binding>
  readonly #events: Map<string, { event: SyncedEvent; version: number; isTouched: boolean }> = new Map()
  /** What was asked of the storage already; what this page adds to that, it has itself. */
  readonly #asked: Set<string> = new Set()
  /** By record: the last word on each counts. */
  readonly #changes: Map<string, RecordChange> = new Map()

  private constructor(
    context: RunContext,
    rows: ReadonlyMap<string, Versioned<Observed>>,
    bindings: Map<string, Binding>,
  ) {
    this.context = context
    this.#rows = rows
    this.#bindings = bindings
  }

  /** Reads everything that a page of arrivals may touch. */
  static async open(arrivals: readonly Arrival[], context: RunContext): Promise<MatchPage> {
    const { storage, user, group } = context
    const rowIds = arrivals.map(({ calendarId, remoteId }) => observedId(calendarId, remoteId))
    const rows = await findMany(storage, user, 'observed', rowIds)
    const ids = arrivals.map(({ calendarId, remoteId }) => bindingId(calendarId, remoteId, group.id))
    const found = await findMany(storage, user, 'replica', ids)
    const bindings = new Map([...found].map(([id, { value }]) => [id, value]))
    const page = new MatchPage(context, rows, bindings)
    const bound = [...bindings.values()].map(({ eventId }) => eventId)
    const unbound = arrivals.filter(
      ({ calendarId, remoteId }) => !bindings.has(bindingId(calendarId, remoteId, group.id)),
    )
    // What is new was perhaps known before: asked for all at once.
    const born = unbound.map(({ calendarId, remoteId }) => mintedId(context, calendarId, remoteId))
    await page.#load([...bound, ...born])
    return page
  }

  /** Everything that was decided, as one batch. */
  changes(): readonly RecordChange[] {
    const events = [...this.#events.values()].filter(({ isTouched }) => isTouched)
    return [...this.#changes.values(), ...events.map(({ event, version }) => put('event', event, version))]
  }

  /** What the mirror holds of what an arrival is about. */
  rowOf({ calendarId, remoteId }: Arrival): Observed | undefined {
    return this.#rows.get(observedId(calendarId, remoteId))?.value
  }

  /** The event that the remote event of an arrival is bound to. */
  boundTo({ calendarId, remoteId }: Arrival): SyncedEvent | undefined {
    const binding = this.#bindings.get(bindingId(calendarId, remoteId, this.context.group.id))
    return binding && this.#events.get(binding.eventId)?.event
  }

  member(calendarId: CalendarId): Member | undefined {
    return this.context.group.members.find((member) => member.calendarId === calendarId)
  }

  isOnlyTarget(calendarId: CalendarId): boolean {
    return this.member(calendarId)?.direction === 'write'
  }

  /** An event by its id, as this page has it by now. */
  async find(id: EventId): Promise<SyncedEvent | undefined> {
    await this.#load([id])
    return this.#events.get(id)?.event
  }

  /** Events by what they are recognised by. */
  async findBy(
    index: 'uid' | 'fingerprint' | 'series',
    key: string,
    matches: (event: SyncedEvent) => boolean,
  ): Promise<readonly SyncedEvent[]> {
    const { storage, user, group } = this.context
    if (this.#isFirst(`${index}/${key}`)) {
      const page = await readPage(storage, user, 'event', { index, ...exactly(`${group.id}/${key}`), limit: 50 })
      for (const { value, version } of page.items)
        if (!this.#events.has(value.id)) this.#events.set(value.id, { event: value, version, isTouched: false })
    }
    return [...this.#events.values()].map(({ event }) => event).filter(matches)
  }

  /** The events of a UID that were not removed. */
  async ofUid(uid: Uid | undefined): Promise<readonly SyncedEvent[]> {
    return uid === undefined ? [] : this.findBy('uid', uid, (event) => event.uid === uid && event.state !== 'removed')
  }

  /** Says whose replica a remote event is from now on. */
  bindTo(eventId: EventId, calendarId: CalendarId, remoteId: RemoteId): void {
    const binding: Binding = { groupId: this.context.group.id, calendarId, remoteId, eventId }
    this.#bindings.set(bindingId(calendarId, remoteId, binding.groupId), binding)
    this.write(put('replica', binding))
  }

  /** An event with the replica that a remote event is of it. */
  bind(event: SyncedEvent, calendarId: CalendarId, seen: RemoteEvent, replica: Replica): void {
    const before = this.#events.get(event.id)?.event.replicas[calendarId]?.remoteId
    this.bindTo(event.id, calendarId, seen.id)
    if (before !== undefined && before !== seen.id)
      this.write(drop('replica', { groupId: event.groupId, calendarId, remoteId: before, eventId: event.id }))
    this.touch(event, replica)
  }

  /** An event with one replica as it is now; it is due. */
  touch(event: SyncedEvent, replica: Replica): void {
    const version = this.#events.get(event.id)?.version ?? 0
    const due = { ...withReplica(event, replica), due: 0 }
    this.#events.set(event.id, { event: due, version, isTouched: true })
  }

  /** Adds to the batch; the last word on a record counts. */
  write(change: RecordChange): void {
    this.#changes.set(`${change.collection}/${change.id}`, change)
  }

  /**
   * Asks for a copy that may have been moved from there. A removal that a guard would hold is none, then. Undefined: not
   * answered.
   */
  async isGone({ calendarId, remoteId, gone }: Replica): Promise<boolean | undefined> {
    if (gone || remoteId === undefined) return true
    const { storage, user, group, blocked } = this.context
    const answer = blocked.has(calendarId)
      ? undefined
      : (await ask(calendarId, [remoteId], this.context))?.get(remoteId)
    if (answer?.type !== 'gone') return answer ? false : undefined
    const waiting = await find(storage, user, 'inbox', arrivalId(group.id, calendarId, remoteId))
    if (waiting) this.write(drop('inbox', waiting.value, waiting.version))
    return true
  }

  /** The same meeting may stand in a calendar that is only written to since long before its source came to be known. */
  async recallTwins(uid: Uid): Promise<void> {
    const { storage, user, group } = this.context
    for (const { calendarId } of group.members) {
      if (!this.isOnlyTarget(calendarId)) continue
      const range = { index: 'uid', ...exactly(`${calendarId}/${uid}`), limit: 1 }
      const [row] = (await readPage(storage, user, 'observed', range)).items
      if (!row) continue
      const { remoteId } = row.value
      this.write(put('inbox', { groupId: group.id, calendarId, remoteId, change: 'shown', confirm: false }))
      this.sawCopies = true
    }
  }

  async #load(ids: readonly EventId[]): Promise<void> {
    const { storage, user, group } = this.context
    const wanted = ids
      .filter((id) => !this.#events.has(id) && this.#isFirst(`id/${id}`))
      .map((id) => `${group.id}/${id}`)
    if (wanted.length === 0) return
    for (const { value, version } of (await findMany(storage, user, 'event', wanted)).values())
      this.#events.set(value.id, { event: value, version, isTouched: false })
  }

  #isFirst(question: string): boolean {
    if (this.#asked.has(question)) return false
    this.#asked.add(question)
    return true
  }
}
