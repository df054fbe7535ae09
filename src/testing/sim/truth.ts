import type { RemoteEvent } from '../../providers/provider.js'
import type { Place } from './kinds.js'
import { nameIn, startOf, type TypedField } from './words.js'

/** A value that a person typed, and what became of it as far as people can see. */
export interface TypedValue {
  readonly event: string
  readonly field: TypedField
  readonly token: string
  /** The value that stood there, and was seen, when this one was typed over it. */
  readonly over: string | null
  /** The calendar that it was typed in. */
  readonly calendarId: string
  /**
   * Why nobody can follow it: typed where the service guards no write (whoever writes last wins there, and nobody can
   * tell), in a copy that is not listened to, or before the engine was put back and nowhere to be seen then.
   */
  readonly excuse?: 'unguarded' | 'unheard' | 'forgotten'
}

/** What people did, kept outside of the engine: the truth that it is judged by. */
export class GroundTruth {
  typed: TypedValue[] = []
  /** Values that a person saw when throwing them away: those may be gone. */
  readonly dismissed: Set<string> = new Set()
  /** Values of an event that a person moved out of sight: those may be gone until it comes back. */
  readonly carriedOff: Set<string> = new Set()
  /** Events of which a person threw changed occurrences away where the calendar could not show all of them. */
  readonly thrownBlindly: Set<string> = new Set()
  /** Events that a person removed where that means the event and not only a copy of it. */
  readonly removed: Set<string> = new Set()
  /** Events that a person removed when all copies were equal and in step, and that nobody touched since. */
  readonly plainlyRemoved: Set<string> = new Set()
  /** Events that were there when the engine was put back to an earlier state: it may not know of them any more. */
  readonly forgotten: Set<string> = new Set()
  /** Events of which the engine took a copy away that was one too many; once it is put back it cannot know who did. */
  readonly thinned: Set<string> = new Set()
  /** Events of a calendar that a person emptied, to its engine's id: nothing is removed until a person says it is meant. */
  readonly awaited: Map<string, string> = new Map()
  readonly #answered: Set<string> = new Set()
  /** Copies that a person removed in a mere target when they were in step: `event/calendar`. They stay away. */
  readonly plainlyDetached: Set<string> = new Set()
  /** Words typed where only times are listened to, to the calendar that they were typed in. */
  readonly unheard: Map<string, string> = new Map()
  /**
   * Events of the engine of which a person removed a copy that another calendar's event of this name outlives: what was
   * made of a copy that somebody moved is an event of its own.
   */
  readonly takenOut: Set<string> = new Set()
  /** Copies that a person removed where removals do not travel: `event/calendar`. */
  readonly detached: Set<string> = new Set()
  /** Copies that a person brought back: `event/calendar`. */
  readonly leftAlone: Set<string> = new Set()
  /** How often a person put an event back beside what may stand there (moved, restored), by `event/calendar`. */
  readonly putAgain: Map<string, number> = new Map()
  /** Where people put an event: `event` to `calendar/remote id`. What a copy tells as its origin is one of these. */
  readonly birthplaces: Map<string, Set<string>> = new Map()
  /**
   * Fields that a person emptied, or put back to what they had been, while a write to that copy was not settled, as
   * `event/field`: nobody can tell that from a service that did not take the write.
   */
  readonly undoneBlindly: Set<string> = new Set()
  /** Where people moved a copy to that keeps its id, as `calendar/remote id`: it is not where it was written. */
  readonly moved: Set<string> = new Set()
  /** Series that a person split: always at the same place. */
  readonly split: Set<string> = new Set()
  /** Copies that another installation put somewhere. */
  readonly foreign: Set<string> = new Set()
  /** Where people changed an event, as `event/calendar`. */
  readonly editedIn: Set<string> = new Set()
  /** Events with an edit that did not change their revision: nobody can tell such an edit from what was there before. */
  readonly slept: Set<string> = new Set()
  /** Events that nobody can read any more. */
  readonly unreadable: Set<string> = new Set()
  /** Events about which a person thought better of something. */
  readonly reconsidered: Set<string> = new Set()
  /** The event that somebody was at last. */
  lastTouched = ''
  /** So long after midnight the first of the starts is that people choose. */
  startsAt = 0
  actions = 0
  /** The step of the schedule at which somebody acts. */
  step = 0
  readonly #touchedAt: Map<string, number> = new Map()
  #tokens = 0
  #names = 0
  readonly #byStart: Map<string, string> = new Map()

  /** Every event that was ever made. */
  get events(): readonly string[] {
    return [...this.birthplaces.keys()]
  }

  token(): string {
    return `t${++this.#tokens}`
  }

  get tokens(): number {
    return this.#tokens
  }

  name(): string {
    return `e${++this.#names}`
  }

  /** The event that this is, also where the title does not tell: starts are unique. */
  nameOf({ content }: Pick<RemoteEvent, 'content'>): string {
    return nameIn(content) || (this.#byStart.get(startOf(content)) ?? '')
  }

  put(name: string, { calendar }: Place, remoteId: string): void {
    if (this.foreign.has(name)) return
    const known = this.birthplaces.get(name) ?? new Set()
    this.birthplaces.set(name, known.add(`${calendar.id}/${remoteId}`))
  }

  /** A removal that a restored engine heard of too early or too late: the event may come back, from its copies. */
  mayComeBack(name: string): boolean {
    return this.forgotten.has(name) && this.removed.has(name)
  }

  /** A person answered for the removals of a calendar: from then on they may go ahead, and later ones perhaps as well. */
  answered(calendarId: string): void {
    this.#answered.add(calendarId)
    for (const [name, from] of this.awaited) if (from === calendarId) this.awaited.delete(name)
  }

  await(name: string, calendarId: string): void {
    if (!this.#answered.has(calendarId)) this.awaited.set(name, calendarId)
  }

  putBack(name: string, calendarId: string): void {
    this.plainlyDetached.delete(`${name}/${calendarId}`)
    this.isBack(name)
    const key = `${name}/${calendarId}`
    this.putAgain.set(key, (this.putAgain.get(key) ?? 0) + 1)
  }

  /** An event of an emptied calendar stands there again: what is left of them may be few enough to be believed. */
  isBack(name: string): void {
    const from = this.awaited.get(name)
    for (const [other, calendar] of this.awaited) if (calendar === from) this.awaited.delete(other)
  }

  wasPutInto(name: string, calendarId: string): boolean {
    return [...(this.birthplaces.get(name) ?? [])].some((place) => place.startsWith(`${calendarId}/`))
  }

  wasPutElsewhere(name: string, calendarId: string): boolean {
    return [...(this.birthplaces.get(name) ?? [])].some((place) => !place.startsWith(`${calendarId}/`))
  }

  note(value: Omit<TypedValue, 'calendarId' | 'excuse'>, place: Place, isUnheard: boolean): void {
    if (value.field === 'time') this.#byStart.set(value.token, value.event)
    const excuse = isUnguarded(place) ? ('unguarded' as const) : isUnheard ? ('unheard' as const) : undefined
    this.typed.push({ ...value, calendarId: place.calendar.id, ...(excuse && { excuse }) })
  }

  /** Whether a value, or one that somebody typed over it, is in the log. */
  isLogged(token: string, logged: ReadonlySet<string>): boolean {
    return logged.has(token) || this.typed.some((value) => value.over === token && this.isLogged(value.token, logged))
  }

  /** Whether a value was typed into this calendar. */
  typedIn(token: string, calendarId: string): boolean {
    return this.typed.some((value) => value.token === token && value.calendarId === calendarId)
  }

  /**
   * The engine forgot a while: keeps only the values of which this holds. What was removed may come back, and from its
   * copies: then not where it was at home.
   */
  forget(isKnown: (token: string) => boolean): void {
    this.typed = this.typed.map((value) => (isKnown(value.token) ? value : { ...value, excuse: 'forgotten' }))
    this.plainlyRemoved.clear()
    this.plainlyDetached.clear()
    this.awaited.clear()
    for (const name of this.events) this.forgotten.add(name)
  }

  /**
   * A person thought better of something about this event. What was typed until then may be gone, and whether it is there is
   * as that person wanted it; what is typed from then on has to be found again.
   *
   * @param putBack - fields that a group puts back into a calendar that another group may be writing to: for that one it looks
   * as if the service had not taken its write
   */
  regretted(name: string, putBack: readonly string[] = []): void {
    for (const field of putBack) this.undoneBlindly.add(`${name}/${field}`)
    this.touched(name)
    this.reconsidered.add(name)
    for (const { event, token } of this.typed) if (event === name) this.dismissed.add(token)
    for (const key of this.plainlyDetached) if (key.startsWith(`${name}/`)) this.plainlyDetached.delete(key)
  }

  /** The step at which somebody changed an event last; -1 for never. */
  touchedAt(name: string): number {
    return this.#touchedAt.get(name) ?? -1
  }

  touched(name: string): void {
    this.#touchedAt.set(name, this.step)
    this.plainlyRemoved.delete(name)
  }
}

/** Where a write is not refused although the event moved on. */
function isUnguarded({ behaviour }: Place): boolean {
  return behaviour.revisions === 'none' || behaviour.guarded === false || behaviour.sleepyRevisions !== undefined
}
