import { isSyncError, type SyncErrorCode } from '../../errors.js'
import type { RemoteCalendarId, RemoteId } from '../../model/ids.js'
import type { Fetched } from '../provider.js'
import type { Place } from './base.js'
import { assertCalendar, atOnce, type GoogleContext, inTurn, zoneOf } from './context.js'
import { finished, pendingOf, setAside } from './finish.js'
import { type Answer, type Found, findUnit } from './reading.js'
import { type ReadUnit, toOrphan, toUnit } from './unit.js'

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
  const answers = await atOnce(unique, readsAtOnce, (id) => wholeUnit({ context, calendar, signal }, id, zone))
  if (answers.some(({ found }) => found.type === 'gone') && !answers.some(({ isProven }) => isProven))
    await assertCalendar(context, calendar, signal)
  return answers.map(({ found }, index) => toFetched(unique[index] as RemoteId, found, zone))
}

/** What stands under an id. A series that was written by half is finished first: half of it is nothing to be believed. */
async function wholeUnit(place: Place, id: RemoteId, zone: string): Promise<Answer> {
  const answer = await findUnit(place.context, place.calendar, id, place.signal)
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
