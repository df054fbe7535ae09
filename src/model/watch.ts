import type { Failure } from './failure.js'
import type { CalendarId, GroupId, UserId } from './ids.js'

/** That the service of a calendar tells of changes by itself. */
export interface CalendarWatch {
  readonly calendarId: CalendarId
  /** Names it in notices. */
  readonly id: string
  /** Where the notices go. */
  readonly address: string
  /** When the service ends it, in milliseconds since 1970. */
  readonly expiresAt: number
  /** From when on it is to be renewed: well before it ends, and at another moment than others. */
  readonly renewAt: number
  /** When the service last sent anything, in milliseconds since 1970; absent: never. Proves that its way to us is open. */
  readonly heardAt?: number
  /** Why it could not be renewed. */
  readonly failure?: Failure
}

/** A watch with what only calweave itself needs. */
export interface KeptWatch extends CalendarWatch {
  /** What the service names the calendar by. */
  readonly resource?: string
}

/** Whose calendar the notices of a watch are about. Kept apart from all users, as a notice does not name one. */
export interface Route {
  readonly watchId: string
  readonly userId: UserId
  readonly calendarId: CalendarId
  /** A keyed digest: the token itself is known to the service only. */
  readonly token: string
  readonly expiresAt: number
}

/** That a service told of a change that a group has not looked at yet. */
export interface NoticeWaiting {
  readonly groupId: GroupId
  readonly calendarId: CalendarId
  /** Milliseconds since 1970. */
  readonly at: number
}

/** Both the services that tell of changes end a watch within a week, and greet the next one. */
const provenMs = 7 * 86_400_000

/** Whether a watch stands, and its service's way to us was open within the last week. */
export function isProven({ expiresAt, heardAt, failure }: CalendarWatch, now: number): boolean {
  return failure === undefined && expiresAt > now && heardAt !== undefined && Math.abs(now - heardAt) <= provenMs
}

export function shownWatch({ resource: _inner, ...shown }: KeptWatch): CalendarWatch {
  return shown
}
