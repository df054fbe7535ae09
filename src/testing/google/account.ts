import type { Clock } from '../fakes/clock.js'
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

/** What an account is made of. */
interface AccountOptions {
  readonly email: string
  readonly timeZone: string
  readonly token: string
  readonly scopes: readonly string[] | undefined
  readonly clock: Clock
}

/** One person with an account. */
export class Account {
  readonly email: string
  readonly timeZone: string
  readonly list: Map<string, ListEntry> = new Map()
  /** The bearer token that is good now; null once the person took the permission back. */
  token: string | null
  /** What the token permits; undefined is everything. */
  readonly scopes: readonly string[] | undefined
  /** Counts changes of the list; a sync token of the list is a position in them. */
  listPosition = 0
  readonly #clock: Clock

  constructor({ email, timeZone, token, scopes, clock }: AccountOptions) {
    this.email = email
    this.timeZone = timeZone
    this.token = token
    this.scopes = scopes
    this.#clock = clock
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
