import { isSyncError, throwIfAborted } from '../../errors.js'
import { atOnce } from '../../http/in-turn.js'
import type { RemoteId } from '../../model/ids.js'
import type { RemoteChange } from '../provider.js'
import { inTurn, zoneOf } from './context.js'
import { beingWritten, finished, isUnderWay, pendingOf, setAside } from './finish.js'
import type { Gathered, GatheredSeries } from './gathered.js'
import { type Pulling, portions, upserts } from './pulling.js'
import { type Found, readSeries } from './reading.js'
import { hasStray } from './series.js'
import { partsFrom, type ReadUnit, revisionOf, toOrphan, toUnit, unreadableItem } from './unit.js'

const seriesAtOnce = 100
const readsAtOnce = 4

/** The series that a listing told of, each as one event. */
export async function* settleSeries(gathered: Gathered, pulling: Pulling): AsyncGenerator<readonly RemoteChange[]> {
  const waiting: GatheredSeries[] = []
  for (const series of gathered.series()) {
    waiting.push(series)
    if (waiting.length === seriesAtOnce) yield* settle(waiting.splice(0), pulling)
  }
  yield* settle(waiting, pulling)
}

async function* settle(all: readonly GatheredSeries[], pulling: Pulling): AsyncGenerator<readonly RemoteChange[]> {
  throwIfAborted(pulling.signal)
  if (all.length === 0) return
  const zone = await zoneOf(pulling.context, pulling.calendar, pulling.signal)
  const ids = all.flatMap(({ id, exceptions }) => [id, ...exceptions.keys()] as RemoteId[])
  const known = await pulling.from.known(ids)
  const changes = await atOnce(all, readsAtOnce, async (series): Promise<readonly RemoteChange[]> => {
    if (series.broken !== undefined) return [asChange(unreadableItem(series.id, series.broken, series.master?.etag))]
    const whole = wholeOf(series, pulling, known.get(series.id as RemoteId), zone)
    const found = await finishedOf(whole ?? (await readAnew(series, pulling)), pulling, zone)
    return changesOf(series, found, { pulling, zone, isKnown: (id) => known.has(id as RemoteId) })
  })
  yield* portions(changes.flat())
}

/**
 * The series as the listing tells it, where that is all of it, and of one moment: in a complete listing, and where its
 * parts have the revision that we know, such as after our own write.
 */
function wholeOf(
  { master, exceptions, isWhole }: GatheredSeries,
  { complete }: Pulling,
  known: string | undefined,
  zone: string,
): Found | undefined {
  if (!isWhole) return undefined
  if (!master) {
    // Google lists cancelled occurrences of series that were removed.
    const isNothing = complete && [...exceptions.values()].every(({ status }) => status === 'cancelled')
    return isNothing ? { type: 'gone' } : undefined
  }
  const parts = partsFrom(master, exceptions.values())
  const isTold = revisionOf(parts) === known || (complete && !hasStray(parts, zone))
  return isTold ? { type: 'unit', parts } : undefined
}

async function readAnew({ id, master, exceptions }: GatheredSeries, pulling: Pulling): Promise<Found> {
  const told = [...exceptions.values()]
  const uid = master?.iCalUID ?? told.find(({ iCalUID }) => iCalUID !== undefined)?.iCalUID
  const cancelled = told.filter(({ status }) => status === 'cancelled')
  return readSeries(pulling.context, pulling.calendar, id, pulling.signal, { uid, cancelled })
}

/** A series that was written by half is finished, or set aside until it is; half of it is nothing to be believed. */
async function finishedOf(found: Found, { context, calendar, signal }: Pulling, zone: string): Promise<Found> {
  const pending = found.type === 'unit' ? pendingOf(found.parts) : undefined
  if (found.type !== 'unit' || !pending) return found
  if (isUnderWay(pending, context.now())) return setAside(found.parts, beingWritten())
  try {
    const parts = await inTurn(context, calendar, () => finished({ context, calendar, signal }, found.parts, zone))
    return { type: 'unit', parts }
  } catch (error) {
    if (!isSyncError(error) || error.code === 'aborted') throw error
    return setAside(found.parts, error)
  }
}

interface Settling {
  readonly pulling: Pulling
  readonly zone: string
  readonly isKnown: (id: string) => boolean
}

async function changesOf(
  series: GatheredSeries,
  found: Found,
  { pulling, zone, isKnown }: Settling,
): Promise<readonly RemoteChange[]> {
  const units = unitsOf(found, zone)
  const shown = new Set(units.map((unit) => (unit.type === 'event' ? unit.event.id : unit.id)))
  // What we hold under these ids, and is not to be seen there any more: occurrences that are a part of their series now.
  const gone = [series.id, ...series.exceptions.keys()].filter((id) => isKnown(id) && !shown.has(id as RemoteId))
  const removed = gone.map((id): RemoteChange => ({ type: 'removed', id: id as RemoteId }))
  return [...(pulling.complete ? [] : removed), ...(await upserts(units, pulling))]
}

function unitsOf(found: Found, zone: string): readonly ReadUnit[] {
  switch (found.type) {
    case 'gone':
      return []
    case 'broken':
      return [found.unit]
    case 'unit':
      return [toUnit(found.parts, zone)]
    case 'orphans':
      return found.events.map((event) => toOrphan(event, zone))
    default:
      return found satisfies never
  }
}

function asChange(unit: ReadUnit): RemoteChange {
  return unit.type === 'event' ? { type: 'upsert', event: unit.event } : unit
}
