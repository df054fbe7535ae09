import type { Clock } from '../fakes/clock.js'
import { equal } from '../fakes/json.js'
import type { FakeGoogleOptions } from './options.js'
import type { GoogleAccessRole, GoogleEvent, GoogleReminders } from './resources.js'

/** One event of one calendar. A series and each of its exceptions are events of their own. */
export interface StoredEvent {
  readonly id: string
  /** What it says: no versions, no times of writing, nothing that depends on who looks. */
  readonly data: GoogleEvent
  /** The version. */
  readonly stamp: number
  readonly created: number
  /** The last change, apart from reminders. */
  readonly updated: number
  /** Where its last change stands in the calendar's history. */
  readonly position: number
}

/** What a calendar is made of. */
export interface CalendarOptions {
  readonly id: string
  readonly summary: string
  readonly owner: string
  readonly timeZone: string
  readonly clock: Clock
  readonly options: FakeGoogleOptions
}

/** One calendar with its events and their history. */
export class CalendarStore {
  readonly id: string
  readonly owner: string
  /** Who else may look or write. */
  readonly roles: Map<string, GoogleAccessRole> = new Map()
  summary: string
  description = ''
  timeZone: string
  /** Counts changes; a sync token is a position in them. */
  position = 0
  /** Sync tokens of an older generation are dead. */
  generation = 1
  isDeleted = false
  readonly #clock: Clock
  readonly #options: FakeGoogleOptions
  readonly #events = new Map<string, StoredEvent>()
  /** The ids that are made of the id of a series and a date, by the id of the series. */
  readonly #parts = new Map<string, Set<string>>()
  /** What events said before they began, ceased or changed to repeat, and until which position. */
  readonly #former = new Map<string, { readonly until: number; readonly data: GoogleEvent }[]>()
  /** Reminders of people who are not the owner, by person and event. */
  readonly #reminders = new Map<string, GoogleReminders>()
  #updated = 0

  constructor(options: CalendarOptions) {
    this.id = options.id
    this.summary = options.summary
    this.owner = options.owner
    this.timeZone = options.timeZone
    this.#clock = options.clock
    this.#options = options.options
    this.roles.set(options.owner, 'owner')
  }

  /** The calendar that belongs to a person rather than being made by one. */
  get isPrimary(): boolean {
    return this.id === this.owner
  }

  /** Whether a series and its exceptions have one version. */
  get sharesVersions(): boolean {
    return this.#options.seriesVersion !== 'own'
  }

  /** Whether rules are kept letter by letter. */
  get rulesAre(): 'kept' | 'reordered' {
    return this.#options.rules ?? 'kept'
  }

  find(id: string): StoredEvent | undefined {
    return this.#events.get(id)
  }

  all(): readonly StoredEvent[] {
    return [...this.#events.values()]
  }

  /** When anything here was last changed. */
  get updated(): number {
    return this.#updated
  }

  /** The exceptions of a series, cancelled ones too. */
  exceptionsOf(id: string): readonly StoredEvent[] {
    return this.partsOf(id).filter(({ data }) => data.recurringEventId === id)
  }

  /** All that is stored under ids of a series' dates: exceptions, and what is left of those that lost their date. */
  partsOf(id: string): readonly StoredEvent[] {
    return [...(this.#parts.get(id) ?? [])].flatMap((part) => this.#events.get(part) ?? [])
  }

  /** Writes one event. Where `quietly`, its `updated` stays: reminders are no change of the event. */
  put(id: string, data: GoogleEvent, options: PutOptions = {}): StoredEvent {
    const { stamp = this.#clock.stamp(), quietly = false } = options
    const before = this.#events.get(id)
    // An exception is as old as its series.
    const created =
      before?.created ?? this.#events.get(data.recurringEventId ?? '')?.created ?? options.created ?? stamp
    const updated = quietly && before ? before.updated : stamp
    const stored = { id, data, stamp, updated, created, position: ++this.position }
    this.#events.set(id, stored)
    if (before && repeatsOtherwise(before.data, data)) this.#remember(before)
    this.#updated = Math.max(this.#updated, updated)
    const series = seriesOf(id)
    if (series !== undefined) this.#parts.set(series, (this.#parts.get(series) ?? new Set()).add(id))
    return stored
  }

  /** The reminders that a person has for an event: everybody has their own. */
  remindersOf(email: string, { id, data }: Pick<StoredEvent, 'id' | 'data'>): GoogleReminders {
    if (email === this.owner) return data.reminders ?? { useDefault: true }
    const ids = [id, data.recurringEventId ?? '']
    const own = ids.map((one) => this.#reminders.get(`${email} ${one}`)).find((one) => one !== undefined)
    return own ?? { useDefault: true }
  }

  /** Keeps the reminders of a person apart from those of the owner, which stand in the event. */
  setReminders(email: string, id: string, reminders: GoogleReminders | undefined): void {
    if (reminders) this.#reminders.set(`${email} ${id}`, reminders)
  }

  /** What an event said at a position in the history, and after it, where that gave it other occurrences than now. */
  formerOf(id: string, since: number): readonly GoogleEvent[] {
    return (this.#former.get(id) ?? []).filter(({ until }) => until > since).map(({ data }) => data)
  }

  /** Forgets an event as if it had never been; Google does so with what was deleted long ago. */
  forget(id: string): void {
    this.#events.delete(id)
    this.#parts.get(seriesOf(id) ?? '')?.delete(id)
  }

  /** A new stamp, for several writes that are one change. */
  stamp(): number {
    return this.#clock.stamp()
  }

  #remember({ id, data }: StoredEvent): void {
    const kept = this.#former.get(id) ?? []
    this.#former.set(id, [...kept, { until: this.position, data }])
  }
}

/** How an event is written. */
export interface PutOptions {
  readonly stamp?: number
  readonly quietly?: boolean
  /** When the event was made, if not now. */
  readonly created?: number
}

/** Whether a change gives an event other occurrences. */
function repeatsOtherwise(before: GoogleEvent, after: GoogleEvent): boolean {
  if (before.recurrence === undefined && after.recurrence === undefined) return false
  const dates = ({ start, recurrence, status }: GoogleEvent) => [start, recurrence, status === 'cancelled']
  return !equal(dates(before), dates(after))
}

/** The series in whose name an id is made. */
function seriesOf(id: string): string | undefined {
  return /^(.+)_\d{8}(?:T\d{6}Z)?$/.exec(id)?.[1]
}
