import { SyncError } from '../../errors.js'
import type { Cursor, RemoteId, Revision } from '../../model/ids.js'
import type { ChangePage, PullFrom, RemoteChange } from '../provider.js'
import { longestLag, type MemoryBehaviour } from './behaviour.js'
import type { MemoryCalendar } from './calendar.js'
import { revisionOf, type StoredEvent } from './stored-event.js'

/** A listing in progress: a place in the calendar's log. Small enough to be a token, so any page can be asked for again. */
export interface Listing {
  readonly complete: boolean
  /** Shows the calendar as it was after change `view`. */
  readonly lagged: boolean
  readonly epoch: number
  /** Changes up to this one are known to the caller. */
  readonly since: number
  /** The calendar's latest change when the listing began, as far as the listing knows. */
  readonly view: number
  /** The last entry of the log that was listed. */
  readonly at: number
}

/** One page, before anything is said of it. */
export interface ListedPage {
  readonly events: readonly StoredEvent[]
  /** Where the next page begins; absent on the last page. */
  readonly next?: Listing
}

/** @throws SyncError `cursor_expired` */
export function startListing(calendar: MemoryCalendar, from: PullFrom): Listing {
  if (from.resume !== undefined) return readResume(calendar, from.resume)
  const lag = Math.min(longestLag, Math.max(0, calendar.behaviour.lagging?.() ?? 0))
  const view = Math.max(0, calendar.log.seq - lag)
  const begin = { lagged: lag > 0, epoch: calendar.epoch, view }
  if (from.cursor === undefined) return { ...begin, complete: true, since: 0, at: 0 }
  const since = readCursor(calendar, from.cursor)
  // a service without deltas can still tell whether anything changed at all
  const lists = calendar.behaviour.deltas === false && since !== calendar.log.seq
  return lists ? { ...begin, complete: true, since: 0, at: 0 } : { ...begin, complete: false, since, at: since }
}

/**
 * Reads on from where the listing stands, up to the newest change. An event that changes while a complete listing is
 * under way moves to its end: it is listed late or twice, never missed.
 */
export function readPage(calendar: MemoryCalendar, listing: Listing, limit: number): ListedPage {
  const { log, behaviour } = calendar
  const entries = listing.lagged ? log.asOf(listing.view, listing.since, listing.at) : log.after(listing.at)
  const events: StoredEvent[] = []
  let at = listing.at
  for (const entry of entries) {
    if (listing.complete && isLeftOut(entry.event, behaviour)) continue
    if (events.length === limit) return { events, next: { ...listing, at } }
    events.push(entry.event)
    at = entry.at
  }
  return { events }
}

function isLeftOut(event: StoredEvent, behaviour: MemoryBehaviour): boolean {
  return event.content === null || behaviour.lyingLists?.(event.id) === true || isOutside(event, behaviour)
}

function isOutside({ content }: StoredEvent, { window }: MemoryBehaviour): boolean {
  return content !== null && window?.(content) === false
}

/** The page in the words of the interface. */
export function toChangePage(
  calendar: MemoryCalendar,
  listing: Listing,
  page: ListedPage,
  known: ReadonlyMap<RemoteId, Revision>,
): ChangePage {
  const changes = page.events.map((event) => toChange(calendar, event, known))
  if (page.next !== undefined) return { changes, resume: resumeToken(calendar, page.next) }
  return { changes: [...changes, ...spuriousRemovals(calendar, listing)], cursor: cursorAfter(calendar, listing) }
}

function toChange(calendar: MemoryCalendar, event: StoredEvent, known: ReadonlyMap<RemoteId, Revision>): RemoteChange {
  if (event.content === null || isOutside(event, calendar.behaviour)) return { type: 'removed', id: event.id }
  const revision = revisionOf(event)
  if (known.get(event.id) === revision) return { type: 'unchanged', id: event.id, revision }
  if (!event.poisoned) return { type: 'upsert', event: calendar.shown(event) }
  const unreadable = { type: 'unreadable', id: event.id, error: unreadableError() } as const
  return calendar.behaviour.revisions === 'none' ? unreadable : { ...unreadable, revision }
}

/** What every reader is told of a poisoned event. */
export function unreadableError(): SyncError {
  return new SyncError('invalid_event', 'This event cannot be read. Open it in its calendar, correct it and save it.')
}

function spuriousRemovals(calendar: MemoryCalendar, listing: Listing): readonly RemoteChange[] {
  if (listing.complete) return []
  const ids = calendar.behaviour.spuriousRemovals?.() ?? []
  return ids.filter((id) => calendar.log.live(id) !== undefined).map((id) => ({ type: 'removed', id }))
}

/**
 * A delta ends at the newest change it read. A complete listing ends where it began: an event that was listed first and
 * removed then is told by the next delta.
 */
function cursorAfter(calendar: MemoryCalendar, listing: Listing): Cursor {
  const settled = listing.complete || listing.lagged ? Math.max(listing.since, listing.view) : calendar.log.seq
  return `c1:${listing.epoch}:${settled}:${calendar.tag}` as Cursor
}

function readCursor(calendar: MemoryCalendar, cursor: Cursor): number {
  const [, epoch, seq, tag] = /^c1:(\d+):(\d+):(\w+)$/.exec(cursor) ?? []
  const isOurs = tag === calendar.tag && Number(epoch) === calendar.epoch && Number(seq) <= calendar.log.seq
  if (!isOurs) throw expired()
  return Number(seq)
}

function resumeToken(calendar: MemoryCalendar, listing: Listing): Cursor {
  const kind = (listing.complete ? 'c' : 'd') + (listing.lagged ? 'o' : 'n')
  return `l1:${kind}:${listing.epoch}:${listing.since}:${listing.view}:${listing.at}:${calendar.tag}` as Cursor
}

function readResume(calendar: MemoryCalendar, token: Cursor): Listing {
  const [, complete, lagged, epoch, since, view, at, tag] =
    /^l1:([cd])([on]):(\d+):(\d+):(\d+):(\d+):(\w+)$/.exec(token) ?? []
  const isOurs = tag === calendar.tag && Number(epoch) === calendar.epoch && Number(at) <= calendar.log.seq
  if (!isOurs) throw expired()
  return {
    complete: complete === 'c',
    lagged: lagged === 'o',
    epoch: Number(epoch),
    since: Number(since),
    view: Number(view),
    at: Number(at),
  }
}

function expired(): SyncError {
  return new SyncError('cursor_expired', 'The calendar no longer accepts this cursor. List it from the start.')
}
