import { isSyncError, type SyncErrorCode } from '../../errors.js'
import { atOnce } from '../../http/in-turn.js'
import type { RemoteCalendarId, RemoteId } from '../../model/ids.js'
import type { Fetched } from '../provider.js'
import type { Place } from './base.js'
import { mostCalls } from './batch.js'
import { assertCalendar, type GoogleContext, inTurn, zoneOf } from './context.js'
import { finished, pendingOf, setAside } from './finish.js'
import { type Answer, type Found, findBy, findUnit } from './reading.js'
import { type ReadUnit, toOrphan, toUnit } from './unit.js'
import type { GoogleItem } from './wire.js'

const readsAtOnce = 4

/** Reads single events. What is not there is only believed when the calendar itself answers. */
export async function fetchUnits(
  context: GoogleContext,
  calendar: RemoteCalendarId,
  ids: readonly RemoteId[],
  signal: AbortSignal | undefined,
): Promise<readonly Fetched[]> {
  const unique = [...new Set(ids)]
  if (unique.length === 0) return []
  const zone = await zoneOf(context, calendar, signal)
  const place: Place = { context, calendar, signal }
  const read = await readMany(place, unique)
  const answers = await atOnce(unique, readsAtOnce, (id) => wholeUnit(place, id, read.get(id), zone))
  if (answers.some(({ found }) => found.type === 'gone') && !answers.some(({ isProven }) => isProven))
    await assertCalendar(context, calendar, signal)
  return answers.map(({ found }, index) => toFetched(unique[index] as RemoteId, found, zone))
}

/** Reads many events in few requests. What is not among the answers is asked for by itself. */
async function readMany(
  { context, calendar, signal }: Place,
  ids: readonly RemoteId[],
): Promise<ReadonlyMap<RemoteId, GoogleItem>> {
  const found = new Map<RemoteId, GoogleItem>()
  if (ids.length < fewIds) return found
  const portions = Array.from({ length: Math.ceil(ids.length / mostCalls) }, (_, n) =>
    ids.slice(n * mostCalls, (n + 1) * mostCalls),
  )
  await atOnce(portions, readsAtOnce, async (portion) => {
    const items = await context.client.getEvents(calendar, portion, signal)
    for (const [index, item] of items.entries()) if (item) found.set(portion[index] as RemoteId, item)
  })
  return found
}

/** So few are asked for one by one, beside each other. */
const fewIds = 5

/** What stands under an id. A series that was written by half is finished first: half of it is nothing to be believed. */
async function wholeUnit(place: Place, id: RemoteId, item: GoogleItem | undefined, zone: string): Promise<Answer> {
  const answer = item
    ? await findBy(place.context, place.calendar, item, place.signal)
    : await findUnit(place.context, place.calendar, id, place.signal)
  const { found } = answer
  if (found.type !== 'unit' || !pendingOf(found.parts)) return answer
  return inTurn(place.context, place.calendar, async () => {
    // Our own write may have been what was under way.
    const now = (await findUnit(place.context, place.calendar, id, place.signal)).found
    if (now.type !== 'unit') return { found: now, isProven: true }
    try {
      return { found: { type: 'unit', parts: await finished(place, now.parts, zone) }, isProven: true }
    } catch (error) {
      // What is about this series alone does not keep the others from being read.
      if (!isSyncError(error) || !aboutOne.has(error.code)) throw error
      return { found: setAside(now.parts, error), isProven: true }
    }
  })
}

const aboutOne: ReadonlySet<SyncErrorCode> = new Set([
  'event_refused',
  'forbidden',
  'invalid_event',
  'limit_exceeded',
  'revision_mismatch',
  'unsupported',
])

function toFetched(id: RemoteId, found: Found, zone: string): Fetched {
  switch (found.type) {
    case 'gone':
      return { type: 'gone', id }
    case 'broken':
      return asFetched(found.unit)
    case 'unit':
      return asFetched(toUnit(found.parts, zone))
    case 'orphans': {
      const own = found.events.find((event) => event.id === id)
      return own ? asFetched(toOrphan(own, zone)) : { type: 'gone', id }
    }
    default:
      return found satisfies never
  }
}

function asFetched(unit: ReadUnit): Fetched {
  return unit.type === 'event' ? { type: 'found', event: unit.event } : unit
}
