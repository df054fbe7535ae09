import { completeContent, type EventContent, type Slot } from '../../../model/content.js'
import { sameOverride } from '../../../model/equality.js'
import { digest } from '../../../model/hash.js'
import { plainOccurrence } from '../../../model/plain-occurrence.js'
import { isInSeries } from '../../../model/recurrence.js'
import { writeMark } from '../../../providers/google/mark.js'
import { instanceId, masterOfInstance } from '../../../providers/google/series.js'
import { idFor, partsFrom, toUnit } from '../../../providers/google/unit.js'
import { type GoogleEvent as Listed, readItem } from '../../../providers/google/wire.js'
import type { RemoteEvent } from '../../../providers/provider.js'
import type { FakeGoogleCalendar, GoogleEvent } from '../../google/index.js'
import type { NewEvent, SimCalendar } from '../calendar.js'
import { leftOut, linesOf, originalStart, toType, typeable, typed, typedNew } from './screen.js'

/** What a calendar at the fake Google is made of. */
export interface GoogleCalendarOptions {
  readonly hand: FakeGoogleCalendar
  readonly zone: string
  /** Another calendar of the account. */
  readonly sibling: (id: string) => GoogleCalendar
  readonly expireCursors: () => void
}

/** A calendar at the fake Google: people act at its screen, and what they see is read as the provider reads it. */
export class GoogleCalendar implements SimCalendar {
  readonly id: string
  isGone = false
  readonly #hand: FakeGoogleCalendar
  readonly #zone: string
  readonly #sibling: (id: string) => GoogleCalendar
  readonly #expireCursors: () => void
  /** What stands there; undefined when something changed since it was read. */
  #read: ReadonlyMap<string, RemoteEvent> | undefined
  /** Everything that ever stood there: the screen lists no bin. */
  readonly #everything: Set<string> = new Set()
  /** Every occurrence that somebody wrote: the screen does not list those that are cancelled. */
  readonly #occurrences: Map<string, Set<string>> = new Map()
  #placed = 0
  #writes = 0

  constructor({ hand, zone, sibling, expireCursors }: GoogleCalendarOptions) {
    this.id = hand.id
    this.#hand = hand
    this.#zone = zone
    this.#sibling = sibling
    this.#expireCursors = expireCursors
  }

  get size(): number {
    return this.#events.size
  }

  get(id: string): RemoteEvent | undefined {
    return this.#events.get(id)
  }

  all(): readonly RemoteEvent[] {
    return [...this.#events.values()]
  }

  add(content: Partial<EventContent> & Pick<EventContent, 'time'>, { uid, mark, key }: NewEvent = {}): string {
    const whole = completeContent(content)
    const body: GoogleEvent = {
      ...typedNew(whole, this.#zone),
      ...(mark && { extendedProperties: { private: writeMark(mark, undefined) as Record<string, string> } }),
    }
    const id = this.#create(body, key === undefined ? {} : { id: idFor(key) }, uid)
    this.wasWritten(id)
    this.#editOccurrences(id, whole.overrides)
    return id
  }

  edit(id: string, patch: Partial<EventContent>): void {
    const { content } = this.#mustGet(id)
    const wanted = { ...content, ...patch }
    const fields = typeable.filter((field) => field in patch)
    const lines = this.#changedLines(id, content, patch)
    const body = { ...typed(wanted, fields, this.#zone), ...(lines && { recurrence: lines }) }
    if (Object.keys(body).length > 0) this.#hand.edit(id, body)
    this.wasWritten(id)
    if (patch.overrides) this.#editOccurrences(id, patch.overrides)
  }

  touch(id: string): void {
    this.#hand.touch(id)
    this.wasWritten(id)
  }

  remove(id: string): void {
    this.#hand.remove(id)
    this.wasWritten(id)
  }

  /** Google takes along what programs noted in the series, and forgets how later occurrences were changed. */
  split(id: string, slot: Slot, following: EventContent): string {
    const { content } = this.#mustGet(id)
    const change = typed(following, ['title', 'description', 'location', 'time'], this.#zone)
    const { id: newId = '' } = this.#hand.split(id, originalStart(slot, content, this.#zone), change)
    this.wasWritten(id)
    this.wasWritten(newId)
    return newId
  }

  /** Keeps its id, as Google has it, unless there is, or was, one of this id already. */
  move(id: string, toCalendar: string): string {
    const target = this.#sibling(toCalendar)
    if (target === this) return id
    const newId = target.#hand.get(id) ? target.#freshId() : id
    for (const part of [id, ...(this.#occurrences.get(id) ?? [])]) {
      const event = this.#hand.get(part)
      const isOwn = part === id || event?.recurringEventId === id
      if (event && isOwn) target.#place(newId + part.slice(id.length), event, part === id ? undefined : newId)
    }
    this.remove(id)
    return newId
  }

  get binned(): readonly string[] {
    this.#events // what was made since is seen first
    return [...this.#everything].filter((id) => this.#hand.get(id)?.status === 'cancelled')
  }

  restoreFromBin(id: string): void {
    this.#hand.restore(id)
    this.wasWritten(id)
  }

  vanish(): void {
    this.isGone = true
  }

  reappear(): void {
    this.isGone = false
  }

  expireCursors(): void {
    this.#expireCursors()
  }

  /** While a program writes under this id, nobody knows when that takes effect: whoever looks, looks anew. */
  async while<T>(write: Promise<T>, id: string | undefined): Promise<T> {
    this.#writes++
    try {
      return await write
    } finally {
      this.#writes--
      this.wasWritten(id)
    }
  }

  /** Something was written, by a person or by a program, under this id unless it is yet to be seen. */
  wasWritten(id: string | undefined): void {
    this.#read = undefined
    if (id === undefined) return
    const master = masterOfInstance(id)
    if (master === undefined) this.#everything.add(id)
    else this.#occurrences.set(master, (this.#occurrences.get(master) ?? new Set()).add(id))
  }

  get #events(): ReadonlyMap<string, RemoteEvent> {
    if (this.#writes > 0) this.#read = undefined
    this.#read ??= this.#readAll()
    return this.#read
  }

  #readAll(): ReadonlyMap<string, RemoteEvent> {
    const listing = this.#hand.all()
    const units = new Map<string, RemoteEvent>()
    for (const master of listing) {
      const { id = '', recurringEventId } = master
      if (recurringEventId !== undefined) continue
      this.#everything.add(id)
      const changed = listing.filter((one) => one.recurringEventId === id)
      const parts = partsFrom(listed(master), [...changed, ...this.#cancelledOf(id)].map(listed))
      const unit = toUnit(parts, this.#zone)
      if (unit.type === 'unreadable') throw new Error(`${id} cannot be read: ${unit.error.message}`)
      units.set(id, unit.event)
    }
    return units
  }

  #cancelledOf(id: string): readonly GoogleEvent[] {
    return [...(this.#occurrences.get(id) ?? [])].flatMap((part) => {
      const event = this.#hand.get(part)
      return event?.status === 'cancelled' && event.recurringEventId === id ? [event] : []
    })
  }

  /** An invitation is put there as it is; with an id of its own, a program put it there. */
  #create(body: GoogleEvent, named: { readonly id?: string }, iCalUID: string | undefined): string {
    if (named.id !== undefined || iCalUID === undefined) return this.#hand.create({ ...body, ...named }).id ?? ''
    const id = this.#freshId()
    this.#hand.place(id, { ...body, iCalUID })
    return id
  }

  /** The lines of a series, where a person's change makes them others. */
  #changedLines(id: string, content: EventContent, patch: Partial<EventContent>): readonly string[] | undefined {
    const wanted = { ...content, ...patch }
    if (!wanted.recurrence) return undefined
    // Who moves a series or has it repeat otherwise leaves no dates out; single ones are cancelled by themselves.
    if ('recurrence' in patch || 'time' in patch) return linesOf(wanted, [], this.#zone)
    const there = leftOut(this.#hand.get(id)?.recurrence ?? [], content, this.#zone)
    const left = there.filter((slot) => wanted.overrides[slot]?.kind === 'cancelled')
    return left.length === there.length ? undefined : linesOf(wanted, left, this.#zone)
  }

  #editOccurrences(id: string, overrides: EventContent['overrides']): void {
    const { content } = this.#mustGet(id)
    const slots = [...new Set([...Object.keys(content.overrides), ...Object.keys(overrides)])].sort()
    for (const slot of slots)
      if (!sameOverride(content.overrides[slot], overrides[slot]) && isInSeries(content, slot))
        this.#editOccurrence(id, content, slot, overrides[slot])
  }

  #editOccurrence(
    id: string,
    content: EventContent,
    slot: Slot,
    wanted: EventContent['overrides'][Slot] | undefined,
  ): void {
    const now = content.overrides[slot]
    const original = originalStart(slot, content, this.#zone)
    if (wanted?.kind === 'cancelled') this.#hand.removeOccurrence(id, original)
    else {
      const plain = plainOccurrence(content, slot)
      const target = wanted?.content ?? plain
      const fields = now?.kind === 'cancelled' ? typeable : toType(now?.content ?? plain, target)
      if (fields.length > 0) this.#hand.editOccurrence(id, original, typed(target, fields, this.#zone))
    }
    this.wasWritten(instanceId(id, slot, content.time.start, this.#zone))
  }

  /** Puts what stood in another calendar here, for good or as an occurrence of a series. */
  #place(id: string, event: GoogleEvent, seriesId: string | undefined): void {
    const { kind, etag, id: _id, htmlLink, created, updated, creator, organizer, ...said } = event
    this.#hand.place(id, { ...said, ...(seriesId !== undefined && { recurringEventId: seriesId }) })
    this.wasWritten(id)
  }

  #freshId(): string {
    return digest('simulated', this.id, String(++this.#placed)).slice(0, 26)
  }

  #mustGet(id: string): RemoteEvent {
    const event = this.get(id)
    if (event) return event
    throw new Error(`the calendar ${this.id} has no event ${id}`)
  }
}

function listed(event: GoogleEvent): Listed {
  const item = readItem(event)
  if (item.kind === 'event') return item.event
  throw new Error(`${item.id} does not hold: ${item.path}`)
}
