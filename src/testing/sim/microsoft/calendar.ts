import { completeContent, type EventContent, type Slot } from '../../../model/content.js'
import { sameOverride } from '../../../model/equality.js'
import { plainOccurrence } from '../../../model/plain-occurrence.js'
import { isInSeries } from '../../../model/recurrence.js'
import { holding } from '../../../providers/microsoft/holding.js'
import { writtenMark } from '../../../providers/microsoft/mark.js'
import { propertyId, writeProperties } from '../../../providers/microsoft/properties.js'
import { toUnit, transactionIdOf } from '../../../providers/microsoft/unit.js'
import { type GraphEvent, readItem } from '../../../providers/microsoft/wire.js'
import type { RemoteEvent } from '../../../providers/provider.js'
import type { FakeMicrosoftCalendar, MicrosoftEvent } from '../../microsoft/index.js'
import type { NewEvent, SimCalendar } from '../calendar.js'
import { toType, typeable, typed, typedNew } from './screen.js'

/** What a calendar at the fake Microsoft is made of. */
export interface MicrosoftCalendarOptions {
  readonly hand: FakeMicrosoftCalendar
  /** Another calendar of the account. */
  readonly sibling: (id: string) => MicrosoftCalendar
  readonly expireCursors: () => void
  /** Takes it out of the sight of programs, or brings it back. */
  readonly hide: (isHidden: boolean) => void
}

/** A calendar at the fake Microsoft: people act in Outlook, and what they see is read as the provider reads it. */
export class MicrosoftCalendar implements SimCalendar {
  readonly id: string
  readonly #hand: FakeMicrosoftCalendar
  readonly #sibling: (id: string) => MicrosoftCalendar
  readonly #expireCursors: () => void
  readonly #hide: (isHidden: boolean) => void
  #isGone = false
  /** What stands there; undefined when something changed since it was read. */
  #read: ReadonlyMap<string, RemoteEvent> | undefined
  #writes = 0

  constructor({ hand, sibling, expireCursors, hide }: MicrosoftCalendarOptions) {
    this.id = hand.id
    this.#hand = hand
    this.#sibling = sibling
    this.#expireCursors = expireCursors
    this.#hide = hide
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
    const { id = '' } = this.#hand.create({
      ...typedNew(whole),
      ...(mark && { singleValueExtendedProperties: propertiesWith({ Mark: writtenMark(mark) }) }),
      ...(key !== undefined && { transactionId: transactionIdOf(key) }),
    })
    // Microsoft chooses identities; one that a person brings along is that of a meeting which others received.
    if (uid !== undefined && key === undefined) this.#hand.disguise(id, { iCalUId: uid })
    this.wasWritten()
    this.#editOccurrences(id, whole.overrides)
    return id
  }

  edit(id: string, patch: Partial<EventContent>): void {
    const wanted = { ...this.#mustGet(id).content, ...patch }
    const isDated = 'recurrence' in patch || ('time' in patch && wanted.recurrence !== null)
    const fields = typeable.filter((field) => field in patch || (isDated && field === 'time'))
    const body = typed(wanted, isDated ? [...fields, 'recurrence'] : fields)
    if (Object.keys(body).length > 0) this.#hand.edit(id, body)
    this.wasWritten()
    if (patch.overrides) this.#editOccurrences(id, patch.overrides)
  }

  touch(id: string): void {
    this.#hand.touch(id)
    this.wasWritten()
  }

  remove(id: string): void {
    this.#hand.remove(id)
    this.wasWritten()
  }

  /** What programs noted in the series stays with its first half, and later occurrences are as the new series has them. */
  split(id: string, slot: Slot, following: EventContent): string {
    const change = typed(following, ['title', 'description', 'location', 'categories', 'time'])
    const { id: newId = '' } = this.#hand.split(id, slot.slice(0, 10), change)
    this.wasWritten()
    return newId
  }

  /** Keeps its id, as every event of a mailbox does. */
  move(id: string, toCalendar: string): string {
    const target = this.#sibling(toCalendar)
    if (target !== this) this.#hand.move(id, toCalendar)
    this.wasWritten()
    target.wasWritten()
    return id
  }

  get binned(): readonly string[] {
    return this.#hand.bin()
  }

  restoreFromBin(id: string): void {
    this.#hand.restore(id)
    this.wasWritten()
  }

  get isGone(): boolean {
    return this.#isGone
  }

  vanish(): void {
    this.#isGone = true
    this.#hide(true)
  }

  reappear(): void {
    this.#isGone = false
    this.#hide(false)
  }

  expireCursors(): void {
    this.#expireCursors()
  }

  /** While a program writes here, nobody knows when that takes effect: whoever looks, looks anew. */
  async while<T>(write: Promise<T>): Promise<T> {
    this.#writes++
    try {
      return await write
    } finally {
      this.#writes--
      this.wasWritten()
    }
  }

  /** Something was written, by a person or by a program. */
  wasWritten(): void {
    this.#read = undefined
  }

  get #events(): ReadonlyMap<string, RemoteEvent> {
    if (this.#writes > 0) this.#read = undefined
    this.#read ??= new Map(this.#hand.read().map((event) => [event.id ?? '', unitOf(event)]))
    return this.#read
  }

  #editOccurrences(id: string, overrides: EventContent['overrides']): void {
    const { content } = this.#mustGet(id)
    const slots = [...new Set([...Object.keys(content.overrides), ...Object.keys(overrides)])].sort()
    for (const slot of slots)
      if (!sameOverride(content.overrides[slot], overrides[slot]) && isInSeries(content, slot))
        this.#editOccurrence(id, this.#mustGet(id).content, slot, overrides[slot])
  }

  /** Outlook brings no cancelled occurrence back, and lets none come to stand on the day of its neighbour. */
  #editOccurrence(
    id: string,
    content: EventContent,
    slot: Slot,
    wanted: EventContent['overrides'][Slot] | undefined,
  ): void {
    const now = content.overrides[slot]
    if (now?.kind === 'cancelled') return
    const date = slot.slice(0, 10)
    if (wanted?.kind === 'cancelled') this.#hand.removeOccurrence(id, date)
    else {
      const plain = plainOccurrence(content, slot)
      const target = wanted?.content ?? plain
      const after = { ...content, overrides: { ...content.overrides, [slot]: { kind: 'changed', content: target } } }
      const fields = toType(now?.content ?? plain, target)
      const isPossible = holding.holdsSeries?.(after as EventContent) !== false
      if (fields.length > 0 && isPossible) this.#hand.editOccurrence(id, date, typed(target, fields))
    }
    this.wasWritten()
  }

  #mustGet(id: string): RemoteEvent {
    const event = this.get(id)
    if (event) return event
    throw new Error(`the calendar ${this.id} has no event ${id}`)
  }
}

function propertiesWith(values: Parameters<typeof writeProperties>[0]): readonly { id: string; value: string }[] {
  return writeProperties(values).map(({ id, value }) => ({ id, value: value ?? '' }))
}

function unitOf(event: MicrosoftEvent): RemoteEvent {
  const item = readItem(withoutChance(event))
  if (item.kind === 'broken') throw new Error(`${item.id} does not hold: ${item.path}`)
  const unit = toUnit(item.event as GraphEvent)
  if (unit.type === 'unreadable') throw new Error(`${unit.id} cannot be read: ${unit.error.message}`)
  return unit.event
}

/** What names a request is drawn by the provider, and not by the dice of a schedule: the story leaves it out. */
function withoutChance(event: MicrosoftEvent): MicrosoftEvent {
  const { singleValueExtendedProperties = [], exceptionOccurrences = [], ...rest } = event
  const steady = singleValueExtendedProperties.filter(({ id }) => id !== propertyId('Attempt'))
  const exceptions = exceptionOccurrences.map(withoutChance)
  return { ...rest, singleValueExtendedProperties: steady, exceptionOccurrences: exceptions }
}
