import type { EventContent, Field } from './content.js'

/** The most that a calendar takes of a field. What is absent has no limit that anybody ran into. */
export interface Limits {
  /** Characters (UTF-16 code units, so that a calendar that counts otherwise still has room). */
  readonly title?: number
  readonly description?: number
  readonly location?: number
  /** How many of them. */
  readonly reminders?: number
  readonly categories?: number
  readonly attendees?: number
  readonly attachments?: number
}

/** What a calendar can hold of an event. */
export interface Holding {
  /** Fields that this calendar cannot hold; they stay in Content and are reported, never erased elsewhere. */
  readonly cannotHold: readonly Field[]
  /**
   * Whether this series can be held as one, where only some can. Must always answer alike for the same series.
   * @default every series, unless `recurrence` is in {@link cannotHold}
   */
  readonly holdsSeries?: (series: Pick<EventContent, 'time' | 'recurrence' | 'overrides'>) => boolean
  /** Copies are cut to these; the rest stays in Content. */
  readonly limits?: Limits
  /** The calendar cannot be asked now: what was believed of it is believed on. */
  readonly isUnknown?: true
  /** A copy can have guests there without any of them ever being mailed. Say so only where nothing can undo it. */
  readonly quietAttendees?: boolean
}

/** A calendar that cannot be asked now what it can hold. Nothing is written to it, and nothing concluded from it. */
export const unknownRoom: Holding = Object.freeze({ cannotHold: [], isUnknown: true } as const)

/** A calendar with room for everything but guests. */
export const roomForAll: Holding = Object.freeze({ cannotHold: [] })
