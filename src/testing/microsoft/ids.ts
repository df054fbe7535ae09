import { digest } from '../../model/hash.js'
import type { StoredEvent } from './mailbox.js'

/** What an id names: an event, or by a date one occurrence of a series. */
export interface EventRef {
  readonly key: string
  readonly date: string | undefined
  /** The id is of before the event moved to another folder. */
  readonly moves: number | undefined
}

/**
 * Ids of events. An id without `ImmutableId` changes when the event moves to another folder, and letters count in either
 * case. Programs know only ids that they were given, so the fake keeps what it gave.
 */
export class Ids {
  readonly #given = new Map<string, EventRef>()
  readonly #made = new Map<string, string>()

  /** The id of an event or of one of its occurrences. */
  of(event: Pick<StoredEvent, 'key' | 'moves'>, date: string | undefined, isImmutable: boolean): string {
    const moves = isImmutable ? undefined : event.moves
    const parts = [event.key, date ?? '', String(moves ?? 'immutable')]
    const name = JSON.stringify(parts)
    const known = this.#made.get(name)
    if (known !== undefined) return known
    const text = mixed(digest('event id', ...parts) + digest('more of it', ...parts))
    const kind = isImmutable ? 'AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A' : 'AQMkADAwATNiZmYAZS1iNDJlLTExAGJjLTAw'
    const id = `${kind}${date === undefined ? '' : 'BRAAgI'}${text.slice(0, 48)}${isImmutable ? 'AA' : 'AAAA='}`
    if (!this.#given.has(id)) this.#given.set(id, { key: event.key, date, moves })
    this.#made.set(name, id)
    return id
  }

  find(id: string): EventRef | undefined {
    return this.#given.get(id)
  }
}

/** Whether a text has the form of an id. */
export function isIdForm(id: string): boolean {
  return /^[A-Za-z0-9_=-]{20,}$/.test(id)
}

/** The id of a calendar, which is the same in both forms. */
export function calendarIdOf(...parts: readonly string[]): string {
  return `AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A${mixed(digest('calendar id', ...parts)).slice(0, 30)}AA`
}

/** The versions of an event and, on other bytes, of its unchanged occurrences, as answers of 2026 have them. */
export function changeKeyOf(mailbox: string, stamp: number, isOccurrence = false): string {
  const guid = bytesOf(digest('mailbox guid', mailbox)).slice(0, 16)
  const count = Array.from({ length: 6 }, (_, index) => Math.floor(stamp / 256 ** (5 - index)) % 256)
  const lead = isOccurrence ? [15, 0, 0, 0, 22, 0, 0, 0] : []
  return btoa(String.fromCharCode(...lead, ...guid, ...count))
}

/** The uid of an event, or of an occurrence, whose date stands inside. */
export function iCalUidOf(meeting: string, date: string | undefined): string {
  const hex = (number: number, width: number) => number.toString(16).toUpperCase().padStart(width, '0')
  const [year = 0, month = 0, day = 0] = (date ?? '0-0-0').split('-').map(Number)
  const slot = date === undefined ? '00000000' : `${hex(year, 4)}${hex(month, 2)}${hex(day, 2)}`
  const text = bytesOf(digest('uid', meeting) + digest('more uid', meeting))
    .map((byte) => hex(byte, 2))
    .join('')
  return `040000008200E00074C5B7101A82E008${slot}${text.slice(0, 16)}000000000000000010000000${text.slice(16, 48)}`
}

function bytesOf(text: string): readonly number[] {
  return [...text].map((letter, index) => (letter.charCodeAt(0) * 31 + index * 7) % 256)
}

function mixed(text: string): string {
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
