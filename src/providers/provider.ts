import type { SyncError } from '../errors.js'
import type { EventContent, Field, Stamps } from '../model/content.js'
import type { Holding } from '../model/holding.js'
import type { CreateKey, Cursor, RemoteCalendarId, RemoteId, Revision, Uid } from '../model/ids.js'
import type { Mark } from '../model/origin.js'
import type { PushMessage, PushRequest, RemoteWatch, WatchedCalendar, WatchRequest } from './watching.js'

/** What every call takes. */
export interface CallOptions {
  /** Ends the call early with `aborted`. */
  readonly signal?: AbortSignal
}

/** A calendar as the account lists it. */
export interface RemoteCalendar {
  readonly id: RemoteCalendarId
  readonly name: string
  /** `read`: nothing is ever written there, whatever a group says. */
  readonly access: 'read' | 'write'
  /** IANA zone that floating times and new events fall into; null when the calendar does not tell. */
  readonly zone: string | null
  /** `#rrggbb` */
  readonly color: string | null
}

/** One event as its calendar shows it. */
export interface RemoteEvent {
  readonly id: RemoteId
  readonly uid: Uid
  /** Absent where the provider gives none that it honours in a guarded write. */
  readonly revision?: Revision
  readonly content: EventContent
  readonly stamps: Stamps
  /** The stamp found inside, as written; the engine decides whether to believe it. */
  readonly mark?: Mark
  /**
   * The key this event was created under, as far as its *identity* (remote id, UID, transaction id) shows it. Never
   * taken from the mark: a copy that a person makes carries the mark along, but gets an identity of its own.
   */
  readonly key?: CreateKey
  /** The provider's own payload, kept untouched for the next update. Opaque to everyone else. */
  readonly raw?: string
  /** This one event must not be written (an invitation to a single occurrence, a birthday ...). */
  readonly readOnly?: boolean
  /** What of this event nobody here can change, as what belongs to the organizer in the copy of a guest. Never written. */
  readonly lockedFields?: readonly Field[]
}

/** One thing that a listing says. */
export type RemoteChange =
  | { readonly type: 'upsert'; readonly event: RemoteEvent }
  /** Still there, at the revision that we know. */
  | { readonly type: 'unchanged'; readonly id: RemoteId; readonly revision: Revision }
  /** The provider says that it is gone. Absence alone is never reported as this. */
  | { readonly type: 'removed'; readonly id: RemoteId }
  /** There, but not readable; its neighbours are. */
  | { readonly type: 'unreadable'; readonly id: RemoteId; readonly revision?: Revision; readonly error: SyncError }

/** A part of a listing, small enough to hold in memory (at most about 500 changes). */
export interface ChangePage {
  readonly changes: readonly RemoteChange[]
  /** Set on the last page only: where the next pull starts. */
  readonly cursor?: Cursor
  /** Set on a page before the last where the listing can go on from here after a crash. */
  readonly resume?: Cursor
}

/** Where a pull starts, and what it may ask. */
export interface PullFrom {
  /** Where the last pull ended. Absent: list everything. */
  readonly cursor?: Cursor
  /** Where a listing that was cut off can go on. */
  readonly resume?: Cursor
  /** The revisions that we hold of these events, so that what did not change is not read again. */
  known(ids: readonly RemoteId[]): Promise<ReadonlyMap<RemoteId, Revision>>
  /** The ids and revisions of everything that we hold, for calendars whose listing has no removals. In pages. */
  held(): AsyncIterable<ReadonlyMap<RemoteId, Revision | undefined>>
}

/** A pull in progress. */
export interface Pull {
  /**
   * `true`: this is a complete listing, and what is not in it is not in the calendar. Known before the first page.
   * `false`: changes since the cursor.
   */
  readonly complete: boolean
  readonly pages: AsyncIterable<ChangePage>
}

/** What {@link ProviderAccount.fetch} found. */
export type Fetched =
  | { readonly type: 'found'; readonly event: RemoteEvent }
  /** Proven: the calendar itself answered, and the event is not in it. */
  | { readonly type: 'gone'; readonly id: RemoteId }
  | { readonly type: 'unreadable'; readonly id: RemoteId; readonly revision?: Revision; readonly error: SyncError }

/** A new copy. */
export interface EventDraft {
  readonly key: CreateKey
  readonly content: EventContent
  readonly mark: Mark
}

/** A change of an event that is there. */
export interface EventChange {
  /** The event as we last saw it; the change is made on top of it. */
  readonly current: RemoteEvent
  /** The whole content that it should have afterwards. */
  readonly content: EventContent
  /** The fields in which `content` differs from what `current` should keep. Nothing else may be touched. */
  readonly fields: readonly Field[]
  /** Written into copies of ours; absent for events that a person made. */
  readonly mark?: Mark
}

/** A write that the service confirmed. */
export interface Written {
  readonly id: RemoteId
  /** The revision after this write; absent where the service does not tell. */
  readonly revision?: Revision
  /**
   * The event as the service itself renders it now, at exactly that revision. Absent where the service does not say;
   * the engine then looks again before it believes anything.
   */
  readonly shown?: RemoteEvent
  /**
   * Of a create: it made nothing, because an earlier one under the same key had. What is there may have been changed
   * since, and is read like any event. A service that never answers so throws `already_exists`.
   */
  readonly earlier?: true
}

/** What an account can do. The engine asks what you can do, never who you are. */
export interface Capabilities extends Holding {
  /** A write that names an old revision is refused. When false, the engine reads, compares, writes and reads again. */
  readonly guardedWrites: boolean
  /** How many writes may be under way at once. */
  readonly concurrentWrites: number
}

/**
 * One signed-in account. Safe to call concurrently.
 *
 * Every method throws {@link SyncError} only. A failed write whose code is `landed: 'maybe'` is verified by the engine
 * before it is tried again; adapters must not use such a code for a refusal, nor another code for a doubt.
 */
export interface ProviderAccount {
  readonly capabilities: Capabilities
  /** @throws SyncError `auth_expired`, `not_a_calendar`, `unavailable` ... */
  listCalendars(options?: CallOptions): Promise<readonly RemoteCalendar[]>
  /**
   * Lists what changed. An incomplete, cut-off or malformed answer throws; it never looks like a short list.
   * @throws SyncError `cursor_expired` when the service no longer accepts the cursor; `calendar_gone`.
   */
  changes(calendar: RemoteCalendarId, from: PullFrom, options?: CallOptions): Promise<Pull>
  /** Reads single events, in one request per batch where the service has such a request. Order is free. */
  fetch(calendar: RemoteCalendarId, ids: readonly RemoteId[], options?: CallOptions): Promise<readonly Fetched[]>
  /** The id that {@link create} gives to an event with this key; undefined where the service chooses ids. */
  idFor(calendar: RemoteCalendarId, key: CreateKey): RemoteId | undefined
  /**
   * Creates an event under an identity derived from the key. Two creates with one key make one event.
   * @throws SyncError `already_exists` when an event with this identity is there.
   */
  create(calendar: RemoteCalendarId, draft: EventDraft, options?: CallOptions): Promise<Written>
  /** @throws SyncError `revision_mismatch` when the event is no longer at `change.current.revision`, `not_found`. */
  update(calendar: RemoteCalendarId, change: EventChange, options?: CallOptions): Promise<Written>
  /** @throws SyncError `revision_mismatch`, `not_found`. */
  remove(calendar: RemoteCalendarId, current: RemoteEvent, options?: CallOptions): Promise<void>
  /**
   * Asks the service to tell of changes by itself. Absent where it cannot.
   * @throws SyncError `unsupported` for a calendar that cannot be watched, `invalid_input` for an address it refuses.
   */
  watch?(calendar: RemoteCalendarId, request: WatchRequest, options?: CallOptions): Promise<RemoteWatch>
  /** Ends a watch. One that is not there any more is fine. */
  unwatch?(watched: WatchedCalendar, options?: CallOptions): Promise<void>
}

/** One request that a provider sent, for measurements. Holds no headers and no bodies. */
export interface SentRequest {
  readonly method: string
  readonly url: string
  /** HTTP status; 0 when no answer came. */
  readonly status: number
  /** Bytes of the body that was sent. */
  readonly bytesUp: number
  /** Bytes of the body that came, after decompression. */
  readonly bytesDown: number
  readonly ms: number
}

/** What a provider is given to open an account. */
export interface AccountAccess {
  /** The connection's settings as the host gave them, e.g. a URL. The provider validates them. */
  readonly settings: unknown
  /**
   * What proves who we are: what the host hands over, or what calweave keeps sealed for it. The provider validates it, and
   * keeps it nowhere.
   */
  readonly credentials: unknown
  /** Called after every request of this account, also failed ones. Never throws. */
  readonly onRequest?: (request: SentRequest) => void
  /**
   * Names the account the same way at every worker, and nobody else: what workers share counts by it. Absent: nothing of this
   * account is shared.
   */
  readonly account?: string
  /** Whose account it is, among those who share what an app may do. Names nobody else. */
  readonly tenant?: string
}

/** A kind of calendar service. */
export interface CalendarProvider {
  /** Short stable name, shown in attribution and logs. */
  readonly id: string
  /**
   * Opens an account. No request is made yet.
   * @throws SyncError `invalid_input` naming the setting that does not fit.
   */
  open(access: AccountAccess): ProviderAccount
  /** Reads what came to the address of a watch. Pure: nothing is believed, and nothing asked. */
  readPush?(request: PushRequest): PushMessage
}
