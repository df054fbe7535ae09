import type { Clock } from './clock.js'
import type { GoogleReminder } from './resources.js'

/** A calendar in the list of one person, with what is theirs alone. */
export interface ListEntry {
  readonly calendarId: string
  readonly summaryOverride?: string
  readonly colorId: string
  readonly hidden: boolean
  readonly selected: boolean
  readonly deleted: boolean
  readonly defaultReminders: readonly GoogleReminder[]
  readonly stamp: number
  readonly position: number
}

/** One person with an account. */
export class Account {
  readonly email: string
  readonly displayName: string | undefined
  readonly timeZone: string
  readonly list: Map<string, ListEntry> = new Map()
  /** The bearer token that is good now; null once the person took the permission back. */
  token: string | null
  /** What the token permits; undefined is everything. */
  scopes: readonly string[] | undefined
  listPosition = 0
  listGeneration = 1
  readonly #clock: Clock

  constructor(given: {
    email: string
    displayName: string | undefined
    timeZone: string
    token: string
    scopes: readonly string[] | undefined
    clock: Clock
  }) {
    this.email = given.email
    this.displayName = given.displayName
    this.timeZone = given.timeZone
    this.token = given.token
    this.scopes = given.scopes
    this.#clock = given.clock
  }

  /** Puts a calendar into the list, or changes how it stands there. */
  setEntry(calendarId: string, change: Partial<ListEntry>): ListEntry {
    const before = this.list.get(calendarId) ?? {
      ...{ calendarId, colorId: '14', hidden: false, selected: true, deleted: false, defaultReminders: [] },
    }
    const entry = { ...before, ...change, stamp: this.#clock.stamp(), position: ++this.listPosition }
    this.list.set(calendarId, entry)
    return entry
  }
}
