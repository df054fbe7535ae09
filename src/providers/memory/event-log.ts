import type { RemoteId } from '../../model/ids.js'
import { longestLag } from './behaviour.js'
import type { LiveEvent, StoredEvent } from './stored-event.js'

/** One change that a lagging listing can still look behind. */
export interface PastChange {
  readonly seq: number
  readonly id: RemoteId
  /** The event before this change; null when there was none. */
  readonly before: StoredEvent | null
}

/** What a listing comes across: where it stands in the log, and what it sees there. */
export interface LogEntry {
  readonly at: number
  readonly event: StoredEvent
}

/**
 * The events of one calendar in the order of their last change.
 *
 * The log is two arrays: change numbers and ids. A change appends; the event's earlier entry is dead from then on and is
 * swept out when the dead outnumber the living, so a change costs O(1) on average and a listing can start anywhere.
 */
export class EventLog {
  readonly #events = new Map<RemoteId, StoredEvent>()
  #seqs: number[] = []
  #ids: RemoteId[] = []
  #past: PastChange[] = []
  #seq = 0
  #size = 0

  /** Number of the latest change. */
  get seq(): number {
    return this.#seq
  }

  /** How many events are there. */
  get size(): number {
    return this.#size
  }

  /** How many entries the log has, dead ones too. */
  get length(): number {
    return this.#seqs.length
  }

  get(id: RemoteId): StoredEvent | undefined {
    return this.#events.get(id)
  }

  /** The event, unless it was removed or never there. */
  live(id: RemoteId): LiveEvent | undefined {
    const event = this.#events.get(id)
    return event === undefined || event.content === null ? undefined : event
  }

  /** Everything that is kept, tombstones too, in no order that means anything. */
  all(): MapIterator<StoredEvent> {
    return this.#events.values()
  }

  put<Event extends StoredEvent>(event: Omit<Event, 'seq'>, remembersPast: boolean): Event {
    const stored = Object.freeze({ ...event, seq: this.#seq + 1 }) as Event
    if (remembersPast) this.#remember({ seq: stored.seq, id: stored.id, before: this.#events.get(stored.id) ?? null })
    this.#append(stored)
    return stored
  }

  /** Drops tombstones that no living cursor needs any more. */
  forgetTombstones(): void {
    for (const event of this.#events.values()) if (event.content === null) this.#events.delete(event.id)
    this.#sweep()
  }

  /** What changed after `seq`, each event once, as it is now. Read it in one go: changes in between confuse it. */
  *after(seq: number): Generator<LogEntry> {
    for (let index = this.#firstAfter(seq); index < this.#seqs.length; index += 1) {
      const event = this.#events.get(this.#ids[index] as RemoteId)
      if (event !== undefined && event.seq === this.#seqs[index]) yield { at: event.seq, event }
    }
  }

  /**
   * What changed after `since`, as it was after change `view`, from position `at` on. Events whose past is forgotten
   * are shown as they are now: a late view may be too new, but never misses an event that was there.
   */
  *asOf(view: number, since: number, at: number): Generator<LogEntry> {
    for (const entry of this.after(at)) {
      const event = entry.at <= view ? entry.event : this.#before(entry.event, view)
      if (event !== null && event.seq > since) yield { at: entry.at, event }
    }
  }

  dump(): { readonly seq: number; readonly events: readonly StoredEvent[]; readonly past: readonly PastChange[] } {
    return { seq: this.#seq, events: Array.from(this.after(0), (entry) => entry.event), past: [...this.#past] }
  }

  load(seq: number, events: readonly StoredEvent[], past: readonly PastChange[]): void {
    this.#events.clear()
    this.#seqs = []
    this.#ids = []
    this.#size = 0
    for (const event of events) this.#append(event)
    this.#past = [...past]
    this.#seq = seq
  }

  #append(event: StoredEvent): void {
    const wasLive = this.live(event.id) !== undefined
    this.#size += (event.content === null ? 0 : 1) - (wasLive ? 1 : 0)
    this.#events.set(event.id, event)
    this.#seqs.push(event.seq)
    this.#ids.push(event.id)
    this.#seq = event.seq
    if (this.#seqs.length > 2 * this.#events.size + 64) this.#sweep()
  }

  #sweep(): void {
    const entries = Array.from(this.after(0), (entry) => entry.event)
    this.#seqs = entries.map((event) => event.seq)
    this.#ids = entries.map((event) => event.id)
  }

  #remember(change: PastChange): void {
    this.#past.push(change)
    if (this.#past.length > longestLag) this.#past.shift()
  }

  /** An event that changed after `view`, as it was then. */
  #before(event: StoredEvent, view: number): StoredEvent | null {
    const change = this.#past.find((past) => past.seq > view && past.id === event.id)
    return change === undefined ? event : change.before
  }

  #firstAfter(seq: number): number {
    let low = 0
    let high = this.#seqs.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#seqs[middle] as number) > seq) high = middle
      else low = middle + 1
    }
    return low
  }
}
