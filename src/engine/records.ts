import { SyncError } from '../errors.js'
import { isApart, isPart, partedDigest } from '../merge/parts.js'
import type { KeptAlert } from '../model/alert.js'
import type { AuditEntry, ChainHead } from '../model/audit.js'
import type { Conflict } from '../model/conflict.js'
import type { Calendar, KeptConnection } from '../model/connection.js'
import type { EventContent } from '../model/content.js'
import type { Delivery } from '../model/delivery.js'
import type { Failure } from '../model/failure.js'
import type { SyncGroup } from '../model/group.js'
import type { CalendarId, EventId, GroupId, RemoteId, Revision, UserId } from '../model/ids.js'
import type { JournalEntry } from '../model/journal.js'
import type { Json } from '../model/json.js'
import type { Notification } from '../model/notification.js'
import type { Pause } from '../model/pause.js'
import type { Pulse } from '../model/pulse.js'
import type { Run } from '../model/run.js'
import { seriesRoot } from '../model/split.js'
import type { SyncedEvent } from '../model/synced-event.js'
import type { KeptTally } from '../model/tally.js'
import { toInstant } from '../model/time.js'
import { troubleOf } from '../model/trouble.js'
import type { KeptWatch, NoticeWaiting, Route } from '../model/watch.js'
import type { RemoteEvent } from '../providers/provider.js'
import { below, type Page, type RecordChange, type Storage } from '../storage/storage.js'
import { fingerprint } from './fingerprint.js'
import { packContent, packEvent, packJournal, unpackContent, unpackEvent, unpackJournal } from './packing.js'

/**
 * How the engine's nouns are kept: the id and index keys of every record, and its JSON. The only file that knows.
 */

/** The mirror of one remote event: what its calendar showed last. */
export interface Observed {
  readonly calendarId: CalendarId
  readonly remoteId: RemoteId
  /** The complete listing in which it was last seen. */
  readonly generation: number
  readonly revision?: Revision
  /** Absent while it cannot be read; then `failure` says why. */
  readonly event?: RemoteEvent
  readonly failure?: Failure
}

/** An observation that a group has not settled yet. */
export interface Arrival {
  readonly groupId: GroupId
  readonly calendarId: CalendarId
  readonly remoteId: RemoteId
  readonly change: 'shown' | 'gone'
  /** Not to be believed until the event itself was asked for. */
  readonly confirm: boolean
  /** Was asked for; what the mirror shows is the truth, however old it looks. */
  readonly confirmed?: true
}

/** Which synced event of a group a remote event is a replica of. */
export interface Binding {
  readonly groupId: GroupId
  readonly calendarId: CalendarId
  readonly remoteId: RemoteId
  readonly eventId: EventId
}

/** That a calendar is in a group, and whether what was mirrored before was handed to it. */
export interface Membership {
  readonly groupId: GroupId
  readonly calendarId: CalendarId
  readonly seeded: boolean
}

/** That a user is being forgotten. */
export interface PurgeRecord {
  readonly userId: UserId
  readonly copies: 'keep' | 'remove'
  /** Milliseconds since 1970. */
  readonly startedAt: number
}

/** The nouns and the collections they are kept in. */
export interface Kept {
  connection: KeptConnection
  calendar: Calendar
  observed: Observed
  group: SyncGroup
  membership: Membership
  event: SyncedEvent
  replica: Binding
  inbox: Arrival
  conflict: Conflict
  run: Run
  audit: AuditEntry
  chain: ChainHead
  journal: JournalEntry
  watch: KeptWatch
  route: Route
  notice: NoticeWaiting
  pause: Pause
  pulse: Pulse
  notification: Notification
  delivery: Delivery
  purge: PurgeRecord
  tally: KeptTally
  alert: KeptAlert
}

/** What the engine keeps; a scheduler keeps its jobs by itself. */
type Collection = keyof Kept

/** A noun with the version of its record. */
export interface Versioned<T> {
  readonly value: T
  readonly version: number
}

interface Keeping<T> {
  id(value: T): string
  keys?(value: T): Readonly<Record<string, string | undefined>>
  pack?(value: T): unknown
  unpack?(packed: never): T
}

const keeping: { readonly [C in Collection]: Keeping<Kept[C]> } = {
  connection: { id: ({ id }) => id },
  calendar: { id: ({ id }) => id, keys: ({ connectionId }) => ({ connection: connectionId }) },
  observed: {
    id: ({ calendarId, remoteId }) => observedId(calendarId, remoteId),
    keys: ({ calendarId, generation, event }) => ({
      generation: `${calendarId}/${padded(generation)}`,
      uid: event && `${calendarId}/${event.uid}`,
      until: event && `${calendarId}/${untilKey(event.content)}`,
      unreadable: event ? undefined : calendarId,
    }),
    pack: (row) => (row.event ? { ...row, event: { ...row.event, content: packContent(row.event.content) } } : row),
    unpack: (row: Observed) =>
      row.event ? { ...row, event: { ...row.event, content: unpackContent(row.event.content) } } : row,
  },
  group: { id: ({ id }) => id },
  membership: { id: ({ calendarId, groupId }) => `${calendarId}/${groupId}` },
  event: {
    id: ({ groupId, id }) => `${groupId}/${id}`,
    keys: eventKeys,
    pack: packEvent,
    unpack: unpackEvent,
  },
  replica: {
    id: ({ calendarId, remoteId, groupId }) => bindingId(calendarId, remoteId, groupId),
    keys: ({ groupId, eventId }) => ({ event: `${groupId}/${eventId}` }),
  },
  inbox: {
    id: ({ groupId, calendarId, remoteId }) => arrivalId(groupId, calendarId, remoteId),
    keys: ({ groupId, calendarId, change, confirm }) => ({
      confirm: confirm ? `${groupId}/${calendarId}` : undefined,
      gone: change === 'gone' && !confirm ? `${groupId}/${calendarId}` : undefined,
      shown: change === 'shown' && !confirm ? `${groupId}/${calendarId}` : undefined,
    }),
  },
  conflict: {
    id: ({ id }) => id,
    keys: ({ groupId, eventId, state, createdAt }) => ({
      open: state === 'open' ? `${groupId}/${padded(createdAt)}` : undefined,
      event: `${groupId}/${eventId}`,
    }),
  },
  run: { id: ({ groupId, startedAt, id }) => `${groupId}/${padded(startedAt)}/${id}` },
  audit: {
    id: ({ chain, seq }) => `${chain}/${padded(seq)}`,
    keys: ({ groupId, eventId, actor }) => ({
      event: eventId === null ? undefined : `${groupId}/${eventId}`,
      run: 'run' in actor ? `${groupId}/${actor.run}` : undefined,
    }),
  },
  chain: { id: ({ chain }) => chain },
  journal: {
    id: ({ groupId, at, version, eventId }) => `${groupId}/${padded(at)}/${padded(version)}/${eventId}`,
    keys: ({ groupId, eventId, runId }) => ({ event: `${groupId}/${eventId}`, run: `${groupId}/${runId}` }),
    pack: packJournal,
    unpack: unpackJournal,
  },
  watch: { id: ({ calendarId }) => calendarId, keys: ({ renewAt }) => ({ renew: padded(renewAt) }) },
  route: { id: ({ watchId }) => watchId, keys: ({ expiresAt, userId }) => ({ end: padded(expiresAt), user: userId }) },
  notice: { id: ({ groupId, calendarId }) => `${groupId}/${calendarId}` },
  pause: { id: pauseId },
  pulse: { id: ({ groupId }) => groupId },
  notification: {
    id: ({ id }) => id,
    keys: ({ state, openedAt, resolvedAt }) => ({
      open: state === 'resolved' ? undefined : padded(openedAt),
      closed: state === 'resolved' ? padded(resolvedAt ?? 0) : undefined,
    }),
  },
  delivery: { id: ({ notificationId }) => notificationId },
  purge: { id: ({ userId }) => userId },
  tally: { id: ({ span, from, owner }) => `${span}/${padded(from)}/${owner}` },
  alert: { id: ({ id }) => id },
}

export const observedId = (calendarId: CalendarId, remoteId: RemoteId): string => `${calendarId}/${remoteId}`
export const arrivalId = (groupId: GroupId, calendarId: CalendarId, remoteId: RemoteId): string =>
  `${groupId}/${calendarId}/${remoteId}`
export const bindingId = (calendarId: CalendarId, remoteId: RemoteId, groupId: GroupId): string =>
  `${calendarId}/${remoteId}/${groupId}`

/** Milliseconds or counters as text that sorts like the number. */
export const padded = (value: number): string => String(Math.max(0, Math.floor(value))).padStart(16, '0')

/** Writes a noun. `version` is the one that was read; 0 for a new one; absent where it does not matter. */
export function put<C extends Collection>(collection: C, value: Kept[C], version?: number): RecordChange {
  const { id, keys, pack } = keeping[collection] as Keeping<Kept[C]>
  return {
    op: 'put',
    collection,
    id: id(value),
    value: (pack ? pack(value) : value) as Json,
    ...(keys ? { keys: withoutAbsent(keys(value)) } : {}),
    ...(version === undefined ? {} : { expected: version }),
  }
}

function withoutAbsent(keys: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  const present: Record<string, string> = {}
  for (const index of Object.keys(keys)) {
    const key = keys[index]
    if (key !== undefined) present[index] = key
  }
  return present
}

/** Removes a noun. */
export function drop<C extends Collection>(collection: C, value: Kept[C], version?: number): RecordChange {
  const id = (keeping[collection] as Keeping<Kept[C]>).id(value)
  return { op: 'remove', collection, id, ...(version === undefined ? {} : { expected: version }) }
}

/** Reads a noun by the id of its record. */
export async function find<C extends Collection>(
  storage: Storage,
  user: UserId,
  collection: C,
  id: string,
): Promise<Versioned<Kept[C]> | undefined> {
  const record = await storage.get(user, collection, id)
  return record && { value: unpacked(collection, record.value), version: record.version }
}

/** Reads a noun that has to be there. */
export async function need<C extends Collection>(
  storage: Storage,
  user: UserId,
  collection: C,
  id: string,
): Promise<Versioned<Kept[C]>> {
  const found = await find(storage, user, collection, id)
  if (!found) throw unknownId(`There is no ${collection} with the id ${JSON.stringify(id.slice(0, 200))}.`)
  return found
}

/** That the user has nothing of this id; nobody is told whether another user has. */
export function unknownId(message: string): SyncError {
  return new SyncError('invalid_input', message, { reason: 'UNKNOWN_ID' })
}

/** Reads many nouns by the ids of their records; the ones that do not exist are not in the map. */
export async function findMany<C extends Collection>(
  storage: Storage,
  user: UserId,
  collection: C,
  ids: Iterable<string>,
): Promise<Map<string, Versioned<Kept[C]>>> {
  const wanted = [...new Set(ids)]
  const found = new Map<string, Versioned<Kept[C]>>()
  for (let start = 0; start < wanted.length; start += manyAtOnce)
    for (const record of await storage.getMany(user, collection, wanted.slice(start, start + manyAtOnce)))
      found.set(record.id, { value: unpacked(collection, record.value), version: record.version })
  return found
}

const manyAtOnce = 500

/** Which records of a collection to read, and how many at once. */
export interface Range {
  readonly index?: string
  readonly from?: string
  readonly to?: string
  readonly after?: string
  readonly limit: number
}

/** One page of nouns. */
export async function readPage<C extends Collection>(
  storage: Storage,
  user: UserId,
  collection: C,
  range: Range,
): Promise<{ readonly items: readonly Versioned<Kept[C]>[]; readonly next?: string }> {
  const page: Page = await storage.list(user, collection, range)
  const items = page.records.map(({ value, version }) => ({ value: unpacked(collection, value), version }))
  return page.next === undefined ? { items } : { items, next: page.next }
}

/** All nouns of a range, page by page. Nothing holds more than one page. */
export async function* readAll<C extends Collection>(
  storage: Storage,
  user: UserId,
  collection: C,
  range: Omit<Range, 'after' | 'limit'> = {},
  limit = 200,
): AsyncGenerator<readonly Versioned<Kept[C]>[]> {
  let after: string | undefined
  do {
    const page = await readPage(storage, user, collection, {
      ...range,
      limit,
      ...(after === undefined ? {} : { after }),
    })
    if (page.items.length > 0) yield page.items
    after = page.next
  } while (after !== undefined)
}

/** The records whose id, or whose key in an index, begins with `prefix/`. */
export const under = (prefix: string): { readonly from: string; readonly to: string } => below(prefix)

/** Everything of a group in the inbox, by id and in its indices. */
export const inboxUnder = (groupId: GroupId): { readonly from: string; readonly to: string } => below(groupId)

/** The keys of an index that are exactly this. */
export const exactly = (key: string): { readonly from: string; readonly to: string } => ({
  from: key,
  to: `${key}\u0001`,
})

/** The record of one pause. */
export function pauseId({ scope, reason }: Pick<Pause, 'scope' | 'reason'>): string {
  return [...(scope === 'user' ? ['user'] : (Object.entries(scope)[0] as [string, string])), reason].join('/')
}

function eventKeys(event: SyncedEvent): Readonly<Record<string, string | undefined>> {
  const { id, groupId, due, uid, state, content, parted } = event
  const trouble = troubleOf(event)
  const isSeriesApart = parted !== undefined && parted !== partedDigest(event)
  const series = isPart(event) ? (isApart(event) ? event.kin.eventId : undefined) : isSeriesApart ? id : undefined
  return {
    due: due === null ? undefined : `${groupId}/${padded(due)}`,
    uid: `${groupId}/${uid}`,
    fingerprint: state === 'live' && !isPart(event) ? `${groupId}/${fingerprint(content)}` : undefined,
    series: state === 'live' && content.recurrence ? `${groupId}/${seriesRoot(content)}` : undefined,
    part: isPart(event) ? `${groupId}/${event.kin.eventId}` : undefined,
    apart: series && `${groupId}/${series}`,
    failed: trouble && `${groupId}/${trouble}`,
  }
}

function unpacked<C extends Collection>(collection: C, value: Json): Kept[C] {
  const { unpack } = keeping[collection] as Keeping<Kept[C]>
  return unpack ? unpack(value as never) : (value as unknown as Kept[C])
}

/** When an event is over for good, as text that sorts by time; `~` for a series, which is looked at always. */
function untilKey(content: EventContent): string {
  return content.recurrence ? '~' : new Date(toInstant(content.time.end)).toISOString()
}
