import { throwIfAborted } from '../../errors.js'
import type { RemoteCalendarId, RemoteId } from '../../model/ids.js'
import type { ChangePage, Pull, PullFrom, RemoteChange } from '../provider.js'
import type { Query } from './client.js'
import { type GoogleContext, learnZone, zoneOf } from './context.js'
import { formatCursor, parseCursor } from './cursor.js'
import { invalidResponse } from './failure.js'
import { Gathered } from './gathered.js'
import { eventsIn } from './pages.js'
import { type Pulling, portions, upserts } from './pulling.js'
import { isSeries, masterOfInstance } from './series.js'
import { settleSeries } from './settle.js'
import { partsFrom, type ReadUnit, toUnit, unreadableItem } from './unit.js'
import type { EventsPage, GoogleItem } from './wire.js'

/**
 * Lists what changed in a calendar since its sync token, or all of it. An unchanged calendar costs one request.
 *
 * Single events are handed over page by page. The parts of series come in any order, and of a change only the parts that
 * changed; so they are gathered, and every series is handed over as one event at the end.
 */
export async function changes(
  context: GoogleContext,
  calendar: RemoteCalendarId,
  from: PullFrom,
  signal: AbortSignal | undefined,
): Promise<Pull> {
  const syncToken = from.cursor === undefined ? undefined : parseCursor(from.cursor, context.eventTypes)
  const query: Query = {
    maxResults: '2500',
    ...(context.eventTypes.length > 0 ? { eventTypes: context.eventTypes } : {}),
    ...(syncToken === undefined ? {} : { syncToken }),
  }
  const about = syncToken === undefined ? 'calendar' : 'changes'
  const ask = (more: Query): Promise<EventsPage> =>
    context.client.listEvents(calendar, { ...query, ...more }, about, signal)
  // Asked for here and not with the first page: whether the token is still good has to be known before.
  const first = await ask({})
  const complete = syncToken === undefined
  return { complete, pages: pagesOf({ context, calendar, from, complete, first, ask, signal }) }
}

interface Input extends Pulling {
  readonly first: EventsPage
  readonly ask: (more: Query) => Promise<EventsPage>
}

async function* pagesOf(input: Input): AsyncGenerator<ChangePage> {
  const { context, calendar, first, ask, signal } = input
  const gathered = new Gathered()
  let last: EventsPage = first
  for await (const { page, items } of eventsIn(ask, first)) {
    throwIfAborted(signal)
    learnZone(context, calendar, page)
    last = page
    const units = await singlesIn(items, gathered, input)
    for (const portion of portions(units)) yield { changes: portion }
  }
  if (last.nextSyncToken === undefined) throw invalidResponse('NO_SYNC_TOKEN')
  const cursor = formatCursor(last.nextSyncToken, context.eventTypes)
  let waiting: readonly RemoteChange[] = []
  for await (const portion of settleSeries(gathered, input)) {
    if (waiting.length > 0) yield { changes: waiting }
    waiting = portion
  }
  yield { changes: waiting, cursor }
}

/** What can be said of a page at once; parts of series go to `gathered`. */
async function singlesIn(
  items: readonly GoogleItem[],
  gathered: Gathered,
  input: Input,
): Promise<readonly RemoteChange[]> {
  const zone = await zoneOf(input.context, input.calendar, input.signal)
  const units: ReadUnit[] = []
  const removed: RemoteId[] = []
  for (const item of lastWords(items)) {
    if (item.kind === 'broken') {
      if (item.recurringEventId === undefined) units.push(unreadableItem(item.id, item.path, item.etag))
      else gathered.addBroken(item.recurringEventId, item.path)
    } else if (item.event.recurringEventId !== undefined) gathered.addException(item.event.recurringEventId, item.event)
    else if (item.event.status === 'cancelled') {
      gathered.remove(item.event.id)
      removed.push(item.event.id as RemoteId)
    } else if (isSeries(item.event)) gathered.addMaster(item.event)
    else {
      gathered.forget(item.event.id)
      units.push(toUnit(partsFrom(item.event, []), zone))
    }
  }
  return [...(await removals(removed, gathered, input)), ...(await upserts(units, input))]
}

/** A page may name one event twice; the later word counts. */
function lastWords(items: readonly GoogleItem[]): readonly GoogleItem[] {
  return [...new Map(items.map((item) => [item.kind === 'event' ? item.event.id : item.id, item])).values()]
}

/**
 * Of an occurrence that was changed once, and whose series was cut short since, only its id is told. What changed is its
 * series; by itself it was an event only where we hold it as one.
 */
async function removals(ids: readonly RemoteId[], gathered: Gathered, input: Input): Promise<readonly RemoteChange[]> {
  // A listing of everything tells what is there; what it calls cancelled is not.
  if (input.complete) return []
  const known = await input.from.known(ids)
  return ids.flatMap((id): readonly RemoteChange[] => {
    const master = known.has(id) ? undefined : masterOfInstance(id)
    if (master === undefined) return [{ type: 'removed', id }]
    gathered.touch(master)
    return []
  })
}
