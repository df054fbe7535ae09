import { SyncError } from '../errors.js'

/** How much of an iCalendar text is read before it is refused. Counted in characters, which are never more than bytes. */
export interface IcalLimits {
  /** A whole file with many events. @default 33_554_432 */
  readonly fileLength: number
  /** One event with its overrides; attachments inside the text and X-ALT-DESC are not counted. @default 1_048_576 */
  readonly objectLength: number
  /** One property; attachments inside the text and X-ALT-DESC are not counted. @default 262_144 */
  readonly valueLength: number
  /** Components inside components. @default 8 */
  readonly depth: number
  /** Changed occurrences of one series. @default 2_000 */
  readonly overrides: number
  /** Added or cancelled occurrences of one series, each. @default 5_000 */
  readonly dates: number
  /** @default 1_000 */
  readonly attendees: number
}

/** The limits that hold where a caller sets none. */
export const defaultLimits: IcalLimits = Object.freeze({
  fileLength: 33_554_432,
  objectLength: 1_048_576,
  valueLength: 262_144,
  depth: 8,
  overrides: 2_000,
  dates: 5_000,
  attendees: 1_000,
})

/** Lists that no person fills to the end; the content model holds no more of them either. */
export const listLimit = { conferences: 100, attachments: 1_000, categories: 1_000, reminders: 1_000 } as const

/** Throws `limit_exceeded` when `count` is above `most`. */
export function checkLimit(count: number, most: number, reason: string, what: string): void {
  if (count > most) {
    throw new SyncError('limit_exceeded', `${what} is above the limit of ${most}. Split it, or raise the limit.`, {
      reason,
    })
  }
}
