import type { SyncErrorCode } from '../errors.js'
import type { RemoteCalendarId } from '../model/ids.js'

/**
 * How a service tells of changes by itself ("push"): it is asked to watch a calendar, and then sends a small notice to an
 * address of the host whenever something changed there. A notice is a hint that a sync is worth while and nothing more:
 * it may be late, lost, repeated or forged.
 */

/** What a service is asked for. */
export interface WatchRequest {
  /** Names the watch in its notices, where the service takes a name; 32 characters of `0-9a-v`. */
  readonly id: string
  /** Comes back in every notice and proves that it is one; at most 64 characters of `A-Za-z0-9_-`. */
  readonly token: string
  /** Where the notices go: an `https:` address of the host. */
  readonly address: string
  /** Until when they are wanted, in milliseconds since 1970. A service may end earlier, never later. */
  readonly expiresAt: number
}

/** A watch that a service keeps. */
export interface RemoteWatch {
  /** Names it in notices: the one that was asked for, or one of the service's own. */
  readonly id: string
  /** What the service names the watched calendar by in notices, where it does. */
  readonly resource?: string
  /** When it ends, in milliseconds since 1970. */
  readonly expiresAt: number
}

/** Which calendar a watch is of, for ending it. */
export interface WatchedCalendar {
  readonly calendar: RemoteCalendarId
  readonly watch: RemoteWatch
}

/** What came to the address. */
export interface PushRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Headers
  readonly body: string
}

/** One notice, as it was read. Nothing in it was checked. */
export interface Notice {
  readonly watchId: string
  readonly token: string
  readonly resource?: string
  /**
   * - `begun`: the watch stands; nothing changed yet
   * - `changed`: something changed
   * - `ending`: the service ends the watch, or wants it renewed now
   */
  readonly kind: 'begun' | 'changed' | 'ending'
}

/** What a request to the address was. */
export type PushMessage =
  | { readonly type: 'notices'; readonly notices: readonly Notice[] }
  /** The service asks whether somebody is there; it wants this text back. */
  | { readonly type: 'handshake'; readonly text: string }
  | { readonly type: 'refused'; readonly code: SyncErrorCode; readonly why: string }
