import { SyncError } from '../../errors.js'
import { completeContent, type EventContent } from '../../model/content.js'
import { digest } from '../../model/hash.js'
import type { CreateKey, RemoteCalendarId, RemoteId, Uid } from '../../model/ids.js'
import type { Mark } from '../../model/origin.js'
import type { RemoteCalendar, RemoteEvent } from '../provider.js'
import { asHeld, type MemoryBehaviour } from './behaviour.js'
import { EventLog, type PastChange } from './event-log.js'
import { frozen } from './frozen.js'
import { asShown, type LiveEvent, type StoredEvent, type Tombstone } from './stored-event.js'

/** What a calendar of a {@link MemoryService} starts with. */
export interface MemoryCalendarSettings {
  readonly id: string
  /** @default the id */
  readonly name?: string
  /** What accounts may do. People may always change it. @default 'write' */
  readonly access?: 'read' | 'write'
  /** @default 'UTC' */
  readonly zone?: string | null
  /** @default null */
  readonly color?: string | null
  /** In place of the service's behaviour, key by key. */
  readonly behaviour?: MemoryBehaviour
}

/** What a person may say of a new event beside its content. */
export interface MemoryEventSettings {
  /** @default one of its own */
  readonly uid?: string
  /** A stamp as somebody's software might write it: forged, foreign or left over. */
  readonly mark?: Mark
  /** Accounts may not write it. @default false */
  readonly readOnly?: boolean
}

/** The state of a calendar, as JSON. */
export interface MemoryCalendarSnapshot {
  readonly id: RemoteCalendarId
  readonly name: string
  readonly access: 'read' | 'write'
  readonly zone: string | null
  readonly color: string | null
  readonly isGone: boolean
  readonly epoch: number
  readonly made: number
  readonly seq: number
  readonly events: readonly StoredEvent[]
  readonly past: readonly PastChange[]
}

/**
 * One calendar, as the people see it who own it. Whatever they do stamps the event's `updated` time and gives it a
 * new revision. They are not bound by `access`, and they are never refused for a revision.
 *
 * Ids are taken as plain text here, so that tests read well. A call for an event that is not there throws `not_found`.
 */
export class MemoryCalendar {
  readonly id: RemoteCalendarId
  /** @internal */
  readonly log: EventLog = new EventLog()
  /** Stands for account and calendar in uids and cursors. @internal */
  readonly tag: string
  readonly #account: string
  readonly #now: () => number
  readonly #sibling: (id: string) => MemoryCalendar
  readonly #transactions = new Map<CreateKey, RemoteId>()
  /** What was removed, as it was; people can bring it back. Not part of a snapshot. */
  readonly #bin = new Map<RemoteId, LiveEvent>()
  readonly #usual: MemoryBehaviour
  #behaviour: MemoryBehaviour
  #name: string
  #access: 'read' | 'write'
  #zone: string | null
  #color: string | null
  #isGone = false
  #epoch = 1
  #made = 0

  /** @internal */
  constructor(
    settings: MemoryCalendarSettings,
    home: {
      readonly account: string
      readonly now: () => number
      readonly behaviour: MemoryBehaviour
      readonly sibling: (id: string) => MemoryCalendar
    },
  ) {
    this.id = settings.id as RemoteCalendarId
    this.tag = digest('memory', home.account, settings.id).slice(0, 12)
    this.#account = home.account
    this.#now = home.now
    this.#sibling = home.sibling
    this.#usual = { ...home.behaviour, ...settings.behaviour }
    this.#behaviour = this.#usual
    this.#name = settings.name ?? settings.id
    this.#access = settings.access ?? 'write'
    this.#zone = settings.zone === undefined ? 'UTC' : settings.zone
    this.#color = settings.color ?? null
  }

  /** How many events are there. */
  get size(): number {
    return this.log.size
  }

  get(id: string): RemoteEvent | undefined {
    const event = this.log.live(id as RemoteId)
    return event === undefined ? undefined : this.shown(event)
  }

  /** Every event, unreadable ones too. Makes a list of them all: for a large calendar use {@link events}. */
  all(): readonly RemoteEvent[] {
    return [...this.events()]
  }

  /** Every event, one after the other. */
  *events(): Generator<RemoteEvent> {
    for (const event of this.log.all()) if (event.content !== null) yield this.shown(event)
  }

  add(content: Partial<EventContent> & Pick<EventContent, 'time'>, settings: MemoryEventSettings = {}): RemoteId {
    const identity = this.newIdentity('p')
    return this.put({
      ...identity,
      ...this.#newStamps(),
      uid: (settings.uid as Uid | undefined) ?? identity.uid,
      content: completeContent(content),
      mark: settings.mark ?? null,
      transaction: null,
      readOnly: settings.readOnly ?? false,
      poisoned: false,
    }).id
  }

  /** Changes the named fields and leaves the others. A function is given what is there. */
  edit(id: string, patch: Partial<EventContent> | ((content: EventContent) => Partial<EventContent>)): void {
    const event = this.#mustGet(id)
    this.change(event, typeof patch === 'function' ? patch(event.content) : patch)
  }

  /** Saves the event again as it is: a new revision, and nothing else is new. */
  touch(id: string): void {
    this.edit(id, {})
  }

  remove(id: string): void {
    this.erase(this.#mustGet(id))
  }

  /** Makes a second event of the same content. It carries the mark along, but has an id and uid of its own. */
  copy(id: string, options: { readonly toCalendar?: string } = {}): RemoteId {
    const event = this.#mustGet(id)
    const target = options.toCalendar === undefined ? this : this.#sibling(options.toCalendar)
    return target.put({ ...event, ...target.newIdentity('p'), ...target.#newStamps(), transaction: null }).id
  }

  /** Moves the event to another calendar of the account: removed here, and there under a new id with its old uid. */
  move(id: string, toCalendar: string): RemoteId {
    const event = this.#mustGet(id)
    const target = this.#sibling(toCalendar)
    if (target === this) return event.id
    const moved = target.put({ ...event, id: target.newIdentity('p').id, updated: this.#stampNow(), transaction: null })
    this.erase(event)
    return moved.id
  }

  /** Ids of the events that were removed here and can be brought back. */
  get binned(): readonly RemoteId[] {
    return [...this.#bin.keys()]
  }

  /** Takes a removed event out of the bin: as it was, with its id, uid and mark. */
  restoreFromBin(id: string): void {
    const event = this.#bin.get(id as RemoteId)
    if (event === undefined || this.log.live(event.id) !== undefined)
      throw new SyncError('not_found', `The bin of calendar "${this.id}" has no event with this id.`)
    this.#bin.delete(event.id)
    this.put({ ...event, updated: this.#stampNow() })
  }

  /** Makes the event one that accounts find but cannot read. */
  poison(id: string): void {
    this.put({ ...this.#mustGet(id), poisoned: true, updated: this.#stampNow() })
  }

  /** Makes a poisoned event readable again. */
  heal(id: string): void {
    this.put({ ...this.#mustGet(id), poisoned: false, updated: this.#stampNow() })
  }

  /** Takes the calendar, or its sharing, away from the account. Its events stay for {@link reappear}. */
  vanish(): void {
    this.#isGone = true
  }

  reappear(): void {
    this.#isGone = false
  }

  setAccess(access: 'read' | 'write'): void {
    this.#access = access
  }

  rename(name: string): void {
    this.#name = name
  }

  /** From now on no earlier cursor is accepted. */
  expireCursors(): void {
    this.#epoch += 1
    if (this.#behaviour.reservesIds !== true) this.log.forgetTombstones()
  }

  /** Changes how the calendar behaves, key by key; what is not named stays. */
  behave(behaviour: MemoryBehaviour): void {
    this.#behaviour = { ...this.#behaviour, ...behaviour }
  }

  /** Behaves again as it did when it was made. */
  behaveAsUsual(): void {
    this.#behaviour = this.#usual
  }

  /** @internal */
  get behaviour(): MemoryBehaviour {
    return this.#behaviour
  }

  /** Grows when cursors expire. @internal */
  get epoch(): number {
    return this.#epoch
  }

  /** Ids of the events that accounts cannot read. */
  get unreadable(): readonly RemoteId[] {
    return [...this.log.all()].flatMap((event) => (event.content !== null && event.poisoned ? [event.id] : []))
  }

  /** Whether it was taken away from the account. */
  get isGone(): boolean {
    return this.#isGone
  }

  /** The calendar as an account lists it. @internal */
  describe(): RemoteCalendar {
    return { id: this.id, name: this.#name, access: this.#access, zone: this.#zone, color: this.#color }
  }

  /** @internal */
  shown(event: LiveEvent): RemoteEvent {
    return asShown(event, this.#behaviour.revisions ?? 'strong')
  }

  /** The event that a service which remembers keys made under this one. @internal */
  madeUnder(key: CreateKey): LiveEvent | undefined {
    const id = this.#transactions.get(key)
    return id === undefined ? undefined : this.log.live(id)
  }

  /** @internal */
  newIdentity(prefix: 'p' | 's'): { readonly id: RemoteId; readonly uid: Uid } {
    this.#made += 1
    const id = `${prefix}-${this.#made}`
    return { id: id as RemoteId, uid: `${id}-${this.tag}@memory` as Uid }
  }

  /** Adds an event that did not exist before. @internal */
  insert(event: Pick<LiveEvent, 'id' | 'uid' | 'content' | 'mark' | 'transaction'>): LiveEvent {
    return this.put({ ...event, ...this.#newStamps(), readOnly: false, poisoned: false })
  }

  /** Changes some fields of an event. @internal */
  change(event: LiveEvent, patch: Partial<EventContent>, mark: Mark | null = event.mark): LiveEvent {
    const moves = 'time' in patch || 'recurrence' in patch
    return this.put({
      ...event,
      content: { ...event.content, ...patch },
      updated: this.#stampNow(),
      sequence: event.sequence + (moves ? 1 : 0),
      mark,
    })
  }

  /** The one place where events are written. @internal */
  put({ revisedAt: _earlier, ...event }: Omit<LiveEvent, 'seq'>): LiveEvent {
    const content = frozen(asHeld(frozen(event.content), this.#behaviour))
    if (event.transaction !== null) this.#transactions.set(event.transaction, event.id)
    const before = this.log.live(event.id)
    const sleeps = before !== undefined && this.#behaviour.sleepyRevisions?.() === true
    const stored = {
      ...event,
      content,
      mark: frozen(event.mark),
      ...(sleeps && { revisedAt: before.revisedAt ?? before.seq }),
    }
    return this.log.put<LiveEvent>(stored, this.#remembersPast)
  }

  /** @internal */
  erase(event: LiveEvent): void {
    if (event.transaction !== null) this.#transactions.delete(event.transaction)
    this.#bin.set(event.id, event)
    this.log.put<Tombstone>({ id: event.id, content: null }, this.#remembersPast)
  }

  /** @internal */
  snapshot(): MemoryCalendarSnapshot {
    const { id, name, access, zone, color } = this.describe()
    return {
      id,
      name,
      access,
      zone,
      color,
      isGone: this.#isGone,
      epoch: this.#epoch,
      made: this.#made,
      ...this.log.dump(),
    }
  }

  /** @internal */
  restore(snapshot: MemoryCalendarSnapshot): void {
    this.#name = snapshot.name
    this.#access = snapshot.access
    this.#zone = snapshot.zone
    this.#color = snapshot.color
    this.#isGone = snapshot.isGone
    this.#epoch = snapshot.epoch
    this.#made = snapshot.made
    this.log.load(snapshot.seq, frozen(snapshot.events), frozen(snapshot.past))
    this.#transactions.clear()
    for (const event of this.log.all()) {
      if (event.content !== null && event.transaction !== null) this.#transactions.set(event.transaction, event.id)
    }
  }

  get #remembersPast(): boolean {
    return this.#behaviour.lagging !== undefined
  }

  #newStamps(): Pick<LiveEvent, 'created' | 'updated' | 'sequence'> {
    const now = this.#stampNow()
    return { created: now, updated: now, sequence: 0 }
  }

  #stampNow(): number {
    return this.#now() + (this.#behaviour.clockSkewMs ?? 0)
  }

  #mustGet(id: string): LiveEvent {
    const event = this.log.live(id as RemoteId)
    if (event !== undefined) return event
    throw new SyncError('not_found', `Calendar "${this.id}" of account "${this.#account}" has no event with this id.`)
  }
}
