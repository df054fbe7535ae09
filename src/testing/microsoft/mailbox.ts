import type { Clock } from '../fakes/clock.js'
import type { KeptEvent } from './event-fields.js'
import type { MicrosoftEvent } from './resources.js'

/** A changed occurrence: what it says otherwise than its series. */
export interface KeptException {
  readonly change: Partial<KeptEvent>
  readonly created: number
  readonly updated: number
}

/** An event as it is stored. The exceptions of a series are part of it, so that they share one version. */
export interface StoredEvent {
  readonly key: string
  readonly calendarId: string
  /** What its uids are made of: a guest's copy has those of the organizer's event. */
  readonly meeting: string
  /** Counts moves to another folder: each gives it another id, apart from the immutable one. */
  readonly moves: number
  readonly data: KeptEvent
  /** By the date of the slot. */
  readonly exceptions: ReadonlyMap<string, KeptException>
  readonly cancelled: ReadonlySet<string>
  /** What answers say of it past all rules. */
  readonly disguise?: MicrosoftEvent
  /** In the bin, or gone for good. */
  readonly gone?: 'deleted' | 'purged'
  readonly stamp: number
  readonly created: number
  readonly updated: number
}

/** A calendar of a mailbox. */
export interface StoredCalendar {
  readonly id: string
  readonly name: string
  readonly color: string
  readonly hexColor: string
  readonly isDefault: boolean
  readonly canEdit: boolean
  readonly canViewPrivateItems: boolean
  readonly owner: { readonly name: string; readonly address: string }
  readonly stamp: number
}

/** One change of a mailbox: what was there before, and what came of it. */
interface LoggedChange {
  readonly position: number
  readonly before: StoredEvent | undefined
  readonly after: StoredEvent
}

/** What a mailbox is made of. */
interface MailboxOptions {
  readonly email: string
  readonly name: string
  readonly userId: string
  readonly timeZone: string
  readonly token: string
  readonly scopes: readonly string[] | undefined
  readonly clock: Clock
}

/** One person's mailbox: calendars, events and their history. */
export class Mailbox {
  readonly email: string
  readonly name: string
  readonly userId: string
  readonly timeZone: string
  readonly calendars: Map<string, StoredCalendar> = new Map()
  /** Calendars that are out of sight for now: no request finds them. */
  readonly hidden: Set<string> = new Set()
  /** The bearer token that is good now; null once the person took the permission back. */
  token: string | null
  /** What the token permits; undefined is everything. */
  readonly scopes: readonly string[] | undefined
  /** Counts changes; a delta token is a position in them. */
  position = 0
  /** Delta tokens of an older generation are dead, by calendar; and how that is told. */
  readonly generations: Map<string, DeltaGeneration> = new Map()
  readonly #clock: Clock
  readonly #events = new Map<string, StoredEvent>()
  readonly #log: LoggedChange[] = []

  constructor({ email, name, userId, timeZone, token, scopes, clock }: MailboxOptions) {
    this.email = email
    this.name = name
    this.userId = userId
    this.timeZone = timeZone
    this.token = token
    this.scopes = scopes
    this.#clock = clock
  }

  /** The calendar that a mailbox always has. */
  get defaultCalendar(): StoredCalendar {
    for (const calendar of this.calendars.values()) if (calendar.isDefault) return calendar
    throw new Error('a mailbox has a default calendar')
  }

  find(key: string): StoredEvent | undefined {
    return this.#events.get(key)
  }

  /** What is there, in a calendar or in all of them. */
  all(calendarId?: string): readonly StoredEvent[] {
    return [...this.#events.values()].filter(
      (event) => event.gone === undefined && (calendarId === undefined || event.calendarId === calendarId),
    )
  }

  /** What is in the bin, and was in this calendar. */
  binned(calendarId: string): readonly StoredEvent[] {
    return [...this.#events.values()].filter((event) => event.gone === 'deleted' && event.calendarId === calendarId)
  }

  /** Writes an event. Where `quietly`, only its version changes, as when the service touches it by itself. */
  put(event: Omit<StoredEvent, 'stamp' | 'created' | 'updated'>, options: PutOptions = {}): StoredEvent {
    const { quietly = false, untold = false } = options
    const stamp = this.#clock.stamp()
    const before = this.#events.get(event.key)
    const times = { stamp, created: before?.created ?? stamp, updated: quietly && before ? before.updated : stamp }
    const after: StoredEvent = { ...event, ...times }
    this.#events.set(event.key, after)
    if (!untold) this.#log.push({ position: ++this.position, before, after })
    return after
  }

  /** The events that changed since a position, each with what it was then. */
  since(position: number): ReadonlyMap<string, ChangedEvent> {
    const changed = new Map<string, ChangedEvent>()
    for (const { position: at, before, after } of this.#log) {
      if (at <= position) continue
      const earlier = changed.get(after.key)
      changed.set(after.key, { before: earlier ? earlier.before : before, now: this.#events.get(after.key) ?? after })
    }
    return changed
  }

  /** Empties the bin: nobody can take anything back any more. */
  purge(): void {
    for (const [key, event] of this.#events)
      if (event.gone === 'deleted') this.#events.set(key, { ...event, gone: 'purged' })
  }

  stamp(): number {
    return this.#clock.stamp()
  }
}

/** An event that changed: what it was, and what it is. */
interface ChangedEvent {
  readonly before: StoredEvent | undefined
  readonly now: StoredEvent
}

/** How often the delta tokens of a calendar died, and how that is told. */
export interface DeltaGeneration {
  readonly count: number
  readonly code: 'SyncStateNotFound' | 'syncStateNotFound' | 'resyncRequired'
}

/** How an event is written. */
interface PutOptions {
  readonly quietly?: boolean
  /** No delta ever tells of it. */
  readonly untold?: boolean
}
