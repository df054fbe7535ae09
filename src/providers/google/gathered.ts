import type { GoogleEvent } from './wire.js'

/** What a listing said of one series. */
export interface GatheredSeries {
  readonly id: string
  readonly master: GoogleEvent | undefined
  readonly exceptions: ReadonlyMap<string, GoogleEvent>
  /** Where a part of it cannot be read: a path, never a value. */
  readonly broken: string | undefined
  /** All that the listing said of it is here. */
  readonly isWhole: boolean
}

interface Entry {
  master: GoogleEvent | undefined
  readonly exceptions: Map<string, GoogleEvent>
  broken: string | undefined
  isWhole: boolean
}

/** So many parts are kept; of further ones only the series is remembered, and read anew. */
const mostParts = 20_000

/** The parts of series that a listing tells of, one here and one there. */
export class Gathered {
  readonly #series: Map<string, Entry> = new Map()
  readonly #removed: Set<string> = new Set()
  #parts = 0

  addMaster(event: GoogleEvent): void {
    this.#removed.delete(event.id)
    const entry = this.#entry(event.id)
    if (this.#hasRoom(entry)) entry.master = event
  }

  /** Of two states of one occurrence the later one counts. */
  addException(masterId: string, event: GoogleEvent): void {
    const entry = this.#entry(masterId)
    if (this.#hasRoom(entry)) entry.exceptions.set(event.id, event)
  }

  addBroken(masterId: string, path: string): void {
    this.#entry(masterId).broken = path
  }

  /** Something of it changed that cannot be told from the listing. */
  touch(masterId: string): void {
    this.#entry(masterId).isWhole = false
  }

  remove(id: string): void {
    this.#removed.add(id)
    this.forget(id)
  }

  /** It is no series any more. */
  forget(id: string): void {
    const entry = this.#series.get(id)
    if (entry) entry.master = undefined
  }

  /** Of a series that was removed nothing else counts. */
  *series(): Generator<GatheredSeries> {
    for (const [id, entry] of this.#series) if (!this.#removed.has(id)) yield { id, ...entry }
  }

  #entry(id: string): Entry {
    const known = this.#series.get(id)
    if (known) return known
    const entry: Entry = { master: undefined, exceptions: new Map(), broken: undefined, isWhole: true }
    this.#series.set(id, entry)
    return entry
  }

  #hasRoom(entry: Entry): boolean {
    if (this.#parts < mostParts) {
      this.#parts++
      return true
    }
    entry.isWhole = false
    return false
  }
}
