import { SyncError, throwIfAborted } from '../../errors.js'
import type { RemoteCalendarId, RemoteId } from '../../model/ids.js'
import type { ChangePage, PullFrom, RemoteChange } from '../provider.js'
import { type Body, bodiesPerReport, readBodies } from './bodies.js'
import type { AccountContext } from './context.js'
import { type CaldavCursor, formatCursor } from './cursor.js'
import { toEvent } from './event-map.js'
import type { Entry, Listing } from './listing.js'

/** What {@link pagesOf} turns into pages. */
export interface PagesInput {
  readonly context: AccountContext
  readonly calendar: RemoteCalendarId
  readonly from: PullFrom
  /** Whether to say of unchanged events that they are still there. */
  readonly complete: boolean
  readonly first: Listing
  /** Asks for the next part of a listing that the server cut into parts. */
  readonly next?: (token: string) => Promise<Listing>
  readonly cursorAt: (token: string, last: boolean) => CaldavCursor
  readonly signal: AbortSignal | undefined
}

const idsPerLookup = 500
/** A server that never comes to an end is not believed. */
const maxParts = 10_000

/**
 * The pages of a listing, with the bodies of what is new to us. The cursor comes with the last page only, when
 * everything before it has been handed over; a part that the server finished carries the place to go on from.
 */
export async function* pagesOf(input: PagesInput): AsyncGenerator<ChangePage> {
  let listing = input.first
  const tokens = new Set<string>()
  for (;;) {
    let last: ChangePage = { changes: [] }
    for await (const changes of changesIn(listing.entries, input)) {
      if (last.changes.length > 0) yield last
      last = { changes }
    }
    const token = listing.token ?? ''
    if (!listing.more) {
      yield { ...last, cursor: formatCursor(input.cursorAt(token, true)) }
      return
    }
    if (tokens.has(token) || tokens.size >= maxParts || !input.next) {
      throw new SyncError(
        'invalid_response',
        'The server repeats a part of its listing without end. Try again later.',
        {
          reason: 'ENDLESS_LISTING',
        },
      )
    }
    tokens.add(token)
    // A list of changes cannot be resumed: its cursor would skip removals that were not handed over under it.
    yield input.complete ? { ...last, resume: formatCursor(input.cursorAt(token, false)) } : last
    listing = await input.next(token)
  }
}

/** How many reports are under way at once: enough to hide the way to the server, few enough to be a good guest. */
const readsAhead = 3

/** The changes that a list of entries stands for, in portions that fit into a page. What follows is read meanwhile. */
async function* changesIn(entries: readonly Entry[], input: PagesInput): AsyncGenerator<readonly RemoteChange[]> {
  const toRead: RemoteId[] = []
  const reading: Promise<readonly RemoteChange[]>[] = []
  for (let start = 0; start < entries.length; start += idsPerLookup) {
    throwIfAborted(input.signal)
    const changes = await settle(entries.slice(start, start + idsPerLookup), toRead, input)
    if (changes.length > 0) yield changes
    while (toRead.length >= bodiesPerReport) {
      reading.push(read(toRead.splice(0, bodiesPerReport), input))
      if (reading.length >= readsAhead) yield (await reading.shift()) ?? []
    }
  }
  if (toRead.length > 0) reading.push(read(toRead, input))
  for (const portion of reading) yield await portion
}

/** What can be said without reading; the rest goes to `toRead`. */
async function settle(
  entries: readonly Entry[],
  toRead: RemoteId[],
  input: PagesInput,
): Promise<readonly RemoteChange[]> {
  const there = entries.filter((entry) => entry.type === 'there').map((entry) => entry.id)
  const known = there.length === 0 ? new Map<RemoteId, never>() : await input.from.known(there)
  const changes: RemoteChange[] = []
  for (const entry of entries) {
    if (entry.type === 'removed') changes.push({ type: 'removed', id: entry.id })
    else if (entry.type === 'refused') changes.push({ type: 'unreadable', id: entry.id, error: entry.error })
    // Where tags come again, a known one is none: the revision that we hold of such an event is more than its tag.
    else if (entry.revision === undefined || known.get(entry.id) !== entry.revision) toRead.push(entry.id)
    else if (input.complete) changes.push({ type: 'unchanged', id: entry.id, revision: entry.revision })
  }
  return changes
}

function read(ids: readonly RemoteId[], input: PagesInput): Promise<readonly RemoteChange[]> {
  const { context, calendar, signal } = input
  const reading = readBodies(context, calendar, ids, signal).then((bodies) => toChanges(bodies, input))
  reading.catch(() => undefined) // whoever waits for it gets the error; until then it must not look unhandled
  return reading
}

async function toChanges(bodies: readonly Body[], input: PagesInput): Promise<readonly RemoteChange[]> {
  const { context, from } = input
  const changes: RemoteChange[] = []
  const others: RemoteId[] = []
  const held = context.traits.repeatsTags ? await from.known(bodies.map(({ id }) => id)) : new Map<RemoteId, never>()
  for (const body of bodies) {
    if (body.type === 'gone') changes.push({ type: 'removed', id: body.id })
    else if (body.type === 'failed') changes.push({ type: 'unreadable', id: body.id, error: body.error })
    else {
      const read = toEvent(body.id, body.text, body.tag, context.traits)
      if (read.type === 'other') others.push(read.id)
      else if (read.type === 'unreadable') changes.push(read)
      else if (held.get(body.id) !== read.event.revision) changes.push({ type: 'upsert', event: read.event })
      else if (input.complete) changes.push({ type: 'unchanged', id: body.id, revision: read.event.revision })
    }
  }
  // An event that became a task is gone as an event; a task that never was one is not worth a word.
  if (others.length > 0) for (const id of (await from.known(others)).keys()) changes.push({ type: 'removed', id })
  return changes
}
