import type { UserId } from '../model/ids.js'
import type { Json } from '../model/json.js'

/**
 * What calweave keeps, and the indices by which it is found. Names of collections, not of tables.
 *
 * Every record has an id, unique within user and collection. Ids that begin with another id (`calendarId/remoteId`)
 * make "all of this calendar" a range of ids.
 */
const indices = {
  connection: [],
  calendar: ['connection'],
  /** The mirror: what each calendar shows. Id: calendar / remote id. */
  observed: ['uid', 'until', 'generation', 'unreadable'],
  group: [],
  /** Which groups a calendar is in. Id: calendar / group. */
  membership: [],
  /** Synced events. Id: group / event. */
  event: ['due', 'uid', 'fingerprint', 'series', 'part', 'apart', 'failed'],
  /** From a remote event to the synced event that it is a replica of. Id: calendar / remote id / group. */
  replica: ['event'],
  /** Observations that a group has not settled yet. Id: group / calendar / remote id. */
  inbox: ['confirm', 'gone', 'shown'],
  conflict: ['open', 'event'],
  run: [],
  /** What was done, in chains. Id: chain / place in it. */
  audit: ['event', 'run'],
  /** The end of each chain of the audit. Id: chain. */
  chain: [],
  /** What each event said before and after a sync changed it. Id: group / time / version / event. */
  journal: ['event', 'run'],
  /** Services that tell of changes by themselves. Id: calendar. */
  watch: ['renew'],
  /** Whose a watch is; kept under a user of its own. Id: watch. */
  route: ['end', 'user'],
  /** What was told of, and not looked at yet. Id: group / calendar. */
  notice: [],
  /** Work of the scheduler, kept under a user of its own. Id: the job's key. */
  job: ['due', 'running', 'dead', 'set'],
  /** What is not synced for now, and why. Id: what is paused / reason. */
  pause: [],
  /** How the runs of a group went lately. Id: group. */
  pulse: [],
  /** What a person is told of. */
  notification: ['open', 'closed'],
  /** What a person has not been told of yet. Id: notification. */
  delivery: [],
  /** Users that are being forgotten; kept under a user of its own. Id: user. */
  purge: [],
  /** What was counted in a stretch of time. Id: span / its start / worker; of all users together under a user of its own. */
  tally: [],
  /** How alert rules stood when somebody was told last; kept under the user of all tallies. Id: rule. */
  alert: [],
  /** What all workers have spent of one budget; kept under a user of its own. Id: the budget's key. */
  limit: ['end'],
} as const

export type Collection = keyof typeof indices

/** The indices of every collection. */
export const collections: Readonly<Record<Collection, readonly string[]>> = indices

/** One kept record. */
export interface StoredRecord {
  readonly id: string
  /** Grows by one with every write of this record, from 1. */
  readonly version: number
  readonly value: Json
  /** Its entries in the indices; only where {@link Query.keys} asked for them. */
  readonly keys?: Readonly<Record<string, string>>
}

/** One change in a {@link Batch}. */
export type RecordChange =
  | {
      readonly op: 'put'
      readonly collection: Collection
      readonly id: string
      readonly value: Json
      /** Entries of the collection's indices; an index without an entry does not list the record. */
      readonly keys?: Readonly<Record<string, string>>
      /** The version that must be there now; 0: the record must not exist. Absent: no matter. */
      readonly expected?: number
      /**
       * The version that the record gets, in place of one more than it has. For copying a storage to another, and
       * nothing else: what is kept may refer to versions. Only where `expected` is 0 or absent.
       */
      readonly version?: number
    }
  | { readonly op: 'remove'; readonly collection: Collection; readonly id: string; readonly expected?: number }

/** Permission to write: held by one owner at a time, with a token that grows each time the holder changes. */
export interface Lease {
  /** What is held, e.g. `group/…`. */
  readonly key: string
  readonly owner: string
  readonly token: number
  /** Milliseconds since 1970. After this another owner may take it. */
  readonly expiresAt: number
}

/** Changes that happen together or not at all. */
export interface Batch {
  readonly changes: readonly RecordChange[]
  /** Leases under which this is written. If any of them has passed to another holder, nothing is written. */
  readonly leases?: readonly Lease[]
}

/** Asks for a range of records, in order of `(key, id)`, compared by UTF-8 byte. */
export interface Query {
  /** One of the collection's indices. Absent: by id. */
  readonly index?: string
  /** From this key on, inclusive. */
  readonly from?: string
  /** Up to this key, exclusive. */
  readonly to?: string
  /** Where the last page ended; opaque. */
  readonly after?: string
  /** At most so many, 1 to 1,000. */
  readonly limit: number
  /** `true` gives the index keys of every record along: for copying a storage. @default false */
  readonly keys?: boolean
}

export interface Page {
  readonly records: readonly StoredRecord[]
  /** Set when there may be more. */
  readonly next?: string
}

/** Asks for users, in order of their ids, compared by UTF-8 byte. */
export interface UsersQuery {
  /** Where the last page ended; opaque. */
  readonly after?: string
  /** At most so many, 1 to 1,000. */
  readonly limit: number
}

export interface UsersPage {
  readonly users: readonly UserId[]
  /** Set when there may be more. */
  readonly next?: string
}

/**
 * Where calweave keeps its state. Few verbs, so that SQLite, PostgreSQL and serverless document databases all fit.
 *
 * Every method but `users` takes the user first; no call ever reads or writes another user's records. Rejections are
 * {@link SyncError}; `storage_failed` may have landed, and the engine copes with that.
 * The suite `storageContract` in `calweave/testing` checks an adapter.
 */
export interface Storage {
  get(user: UserId, collection: Collection, id: string): Promise<StoredRecord | undefined>
  /** Up to 1,000 records at once; the ones that do not exist are left out. Order is free. */
  getMany(user: UserId, collection: Collection, ids: readonly string[]): Promise<readonly StoredRecord[]>
  list(user: UserId, collection: Collection, query: Query): Promise<Page>
  /**
   * Writes a bounded batch (at most 1,000 changes), all or nothing. A record stands in a batch once.
   * @throws SyncError `stale_version` when a record is not at its expected version, `lease_lost` when a lease has
   * passed on. Nothing is written then.
   */
  commit(user: UserId, batch: Batch): Promise<void>
  /**
   * Takes a lease that is free, expired, or already held by this owner (which renews it and keeps the token).
   * Undefined: someone else holds it. When two callers race, one gets it.
   */
  claim(user: UserId, key: string, owner: string, ttlMs: number, now: number): Promise<Lease | undefined>
  /** Gives a lease back. Giving back one that has passed on does nothing. */
  release(user: UserId, lease: Lease): Promise<void>
  /**
   * Everybody who has a record, or ever had a lease: its token is remembered. Each once, also users of calweave itself
   * (`~calweave/…`). Who comes or goes while the pages are read may be among them or not.
   */
  users(query: UsersQuery): Promise<UsersPage>
  /**
   * Forgets what is left of a user beside the records: the names of leases, with the holders that they had. Called when there
   * are no records of this user any more. A lease that is forgotten is good for no commit.
   *
   * Absent: the ids of users stay where leases are kept.
   */
  forget?(user: UserId): Promise<void>
  close(): Promise<void>
}

/** The id range of everything below `prefix`. */
export function below(prefix: string): { readonly from: string; readonly to: string } {
  return { from: `${prefix}/`, to: `${prefix}0` } // '0' is the code unit after '/'
}
