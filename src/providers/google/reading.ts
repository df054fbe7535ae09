import { isSyncError } from '../../errors.js'
import type { RemoteCalendarId } from '../../model/ids.js'
import type { Query } from './client.js'
import { type GoogleContext, learnZone } from './context.js'
import { eventsIn } from './pages.js'
import { isSeries, type Parts } from './series.js'
import { partsFrom, type ReadUnit, unreadableItem } from './unit.js'
import type { GoogleEvent, GoogleItem } from './wire.js'

/** What stands under the id of an event. */
export type Found =
  | { readonly type: 'unit'; readonly parts: Parts }
  | { readonly type: 'broken'; readonly unit: ReadUnit }
  /** Single occurrences of a series that is not there itself. */
  | { readonly type: 'orphans'; readonly events: readonly GoogleEvent[] }
  | { readonly type: 'gone' }

/** What is known of a series before it is read. */
export interface Hints {
  readonly uid?: string | undefined
  /** Cancelled occurrences that it had, by what we were told. */
  readonly cancelled?: readonly GoogleEvent[]
}

/** An answer, and whether it proves that the calendar is there. */
export interface Answer {
  readonly found: Found
  readonly isProven: boolean
}

/** Reads what stands under an id, with all that belongs to it. */
export async function findUnit(
  context: GoogleContext,
  calendar: RemoteCalendarId,
  id: string,
  signal: AbortSignal | undefined,
  hints: Hints = {},
): Promise<Answer> {
  return findBy(context, calendar, await itemOrGone(context, calendar, id, signal), signal, hints)
}

/** The same, of an item that was read already; undefined where nothing was. */
export async function findBy(
  context: GoogleContext,
  calendar: RemoteCalendarId,
  item: GoogleItem | undefined,
  signal: AbortSignal | undefined,
  hints: Hints = {},
): Promise<Answer> {
  if (item === undefined) return { found: { type: 'gone' }, isProven: false }
  return { found: await wholeOf(context, calendar, item, signal, hints), isProven: true }
}

async function wholeOf(
  context: GoogleContext,
  calendar: RemoteCalendarId,
  item: GoogleItem,
  signal: AbortSignal | undefined,
  hints: Hints,
): Promise<Found> {
  if (item.kind === 'broken') return { type: 'broken', unit: unreadableItem(item.id, item.path, item.etag) }
  const { event } = item
  if (event.status === 'cancelled') return { type: 'gone' }
  if (isSeries(event)) return readSeries(context, calendar, event.id, signal, { ...hints, uid: event.iCalUID })
  if (event.recurringEventId === undefined) return { type: 'unit', parts: partsFrom(event, []) }
  // As a part of its series it is no event of its own.
  const series = await readSeries(context, calendar, event.recurringEventId, signal, { uid: event.iCalUID })
  return series.type === 'orphans' ? { type: 'orphans', events: [event] } : { type: 'gone' }
}

/**
 * Reads a series with all of its exceptions: they have one iCalUID. That such a listing has the cancelled occurrences as
 * well is what its description says of listings; where it turns out that it has not, every occurrence is asked for.
 */
export async function readSeries(
  context: GoogleContext,
  calendar: RemoteCalendarId,
  masterId: string,
  signal: AbortSignal | undefined,
  hints: Hints = {},
): Promise<Found> {
  if (!hints.uid) return (await findUnit(context, calendar, masterId, signal, hints)).found
  const listed = await listByUid(context, calendar, hints.uid, signal)
  const items = listed.filter((item) => idOf(item) === masterId || seriesOf(item) === masterId)
  const broken = items.find((item) => item.kind === 'broken')
  if (broken?.kind === 'broken') return { type: 'broken', unit: unreadableItem(masterId, broken.path, broken.etag) }
  const events = items.flatMap((item) => (item.kind === 'event' ? [item.event] : []))
  const master = events.find(({ id }) => id === masterId)
  const exceptions = events.filter(({ recurringEventId }) => recurringEventId === masterId)
  if (master?.status === 'cancelled') return { type: 'gone' }
  if (!master) return withoutMaster(context, calendar, masterId, exceptions, signal)
  const there = new Set(exceptions.map(({ id }) => id))
  const missed = (hints.cancelled ?? []).some(({ id }) => !there.has(id))
  if (!isSeries(master) || !(missed || context.hidesCancelled.has(calendar)))
    return { type: 'unit', parts: partsFrom(master, exceptions) }
  const cancelled = await cancelledOf(context, calendar, masterId, signal)
  const hidden = cancelled.filter(({ id }) => !there.has(id))
  if (hidden.length > 0) context.hidesCancelled.add(calendar)
  return { type: 'unit', parts: partsFrom(master, [...exceptions, ...hidden]) }
}

/** A listing by UID may be late. Only the event itself can say that it is not there. */
async function withoutMaster(
  context: GoogleContext,
  calendar: RemoteCalendarId,
  masterId: string,
  exceptions: readonly GoogleEvent[],
  signal: AbortSignal | undefined,
): Promise<Found> {
  const item = await itemOrGone(context, calendar, masterId, signal)
  if (item?.kind === 'event' && item.event.status !== 'cancelled')
    return { type: 'unit', parts: partsFrom(item.event, exceptions) }
  if (item?.kind === 'broken') return { type: 'broken', unit: unreadableItem(masterId, item.path, item.etag) }
  const alive = exceptions.filter(({ status }) => status !== 'cancelled')
  return item === undefined && alive.length > 0 ? { type: 'orphans', events: alive } : { type: 'gone' }
}

async function itemOrGone(
  context: GoogleContext,
  calendar: RemoteCalendarId,
  id: string,
  signal: AbortSignal | undefined,
): Promise<GoogleItem | undefined> {
  try {
    return await context.client.getEvent(calendar, id, signal)
  } catch (error) {
    if (isSyncError(error, 'not_found')) return undefined
    throw error
  }
}

/** A listing over several pages may be of two states, one page of each; so it is believed when it says the same twice. */
async function listByUid(
  context: GoogleContext,
  calendar: RemoteCalendarId,
  uid: string,
  signal: AbortSignal | undefined,
): Promise<readonly GoogleItem[]> {
  let before: string | undefined
  for (let looks = 0; ; looks++) {
    const { items, pages } = await listOnce(context, calendar, uid, signal)
    const now = JSON.stringify(items)
    if (pages === 1 || now === before || looks === mostLooks) return items
    before = now
  }
}

const mostLooks = 5

async function listOnce(
  context: GoogleContext,
  calendar: RemoteCalendarId,
  uid: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly items: readonly GoogleItem[]; readonly pages: number }> {
  const query: Query = { iCalUID: uid, showDeleted: 'true', maxResults: pageSize }
  const found = new Map<string, GoogleItem>()
  let pages = 0
  const listed = eventsIn((more) => context.client.listEvents(calendar, { ...query, ...more }, 'calendar', signal))
  for await (const { page, items } of listed) {
    pages++
    learnZone(context, calendar, page)
    for (const item of items) found.set(idOf(item), item)
  }
  return { items: [...found.values()], pages }
}

async function cancelledOf(
  context: GoogleContext,
  calendar: RemoteCalendarId,
  masterId: string,
  signal: AbortSignal | undefined,
): Promise<readonly GoogleEvent[]> {
  const query: Query = { showDeleted: 'true', maxResults: pageSize }
  const found = new Map<string, GoogleEvent>()
  const pages = eventsIn((more) => context.client.listInstances(calendar, masterId, { ...query, ...more }, signal))
  for await (const { items } of pages) {
    for (const item of items)
      if (item.kind === 'event' && item.event.status === 'cancelled') found.set(item.event.id, item.event)
  }
  return [...found.values()]
}

const pageSize = '2500'

function idOf(item: GoogleItem): string {
  return item.kind === 'event' ? item.event.id : item.id
}

function seriesOf(item: GoogleItem): string | undefined {
  return item.kind === 'event' ? item.event.recurringEventId : item.recurringEventId
}
