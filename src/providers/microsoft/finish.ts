import { SyncError } from '../../errors.js'
import type { RemoteId } from '../../model/ids.js'
import { meantBy } from '../../model/series-note.js'
import { assertQuiet } from './base.js'
import type { Place } from './context.js'
import { writable } from './event-map.js'
import { changedMeanwhile, notThere } from './failure.js'
import { pendingOf } from './pending.js'
import { writeProperties } from './properties.js'
import { eventPath, type Item, itemOf, readOne } from './reading.js'
import { readContent } from './series.js'
import { stepsTo, writeSteps } from './series-writes.js'
import { type ReadUnit, revisionOf } from './unit.js'
import type { GraphEvent } from './wire.js'
import { withKnownZones } from './zone-names.js'

export { pendingOf }

/**
 * Finishes a write of a series that was begun, by us or by anybody who wrote like us, and never came to its end.
 * @throws SyncError whatever its writes end with; the series is to be read again then.
 */
export async function finished(place: Place, given: GraphEvent): Promise<GraphEvent> {
  const pending = pendingOf(given)
  if (!pending) return given
  const series = await restored(place, given)
  const meant = meantBy(pending, readContent(series), writable)
  await writeSteps(stepsTo(meant, series), { ...place, series }, () => undefined)
  await endPending(place, series)
  const event = await readSeries(place, given.id)
  if (pendingOf(event)) throw beingWritten()
  return event
}

/** Gives a series that was cut short its dates back. One that was changed since is left as it is. */
export async function restored(place: Place, series: GraphEvent): Promise<GraphEvent> {
  const cut = pendingOf(series)?.cut
  const range = series.recurrence?.range
  if (!cut || range?.type !== 'numbered' || range.numberOfOccurrences !== cut.count) return series
  assertQuiet(place, series) // somebody may have asked guests to it since
  const { context, signal } = place
  await withKnownZones({ recurrence: cut.recurrence }, (named) =>
    context.client.patch(eventPath(place, series.id), named, { about: 'write', signal }),
  )
  return await readSeries(place, series.id)
}

/** Takes the note away. It is nobody else's, so that no guard is needed; but any change of a meeting is mailed. */
export async function endPending(place: Place, series: GraphEvent): Promise<GraphEvent> {
  assertQuiet(place, series)
  const { context, signal } = place
  const body = { singleValueExtendedProperties: writeProperties({ Pending: undefined }) }
  const item = itemOf(await context.client.patch(eventPath(place, series.id), body, { about: 'write', signal }))
  return item.kind === 'event' ? item.event : series
}

/** The whole of a series as it is now. */
export async function readSeries(place: Place, id: string): Promise<GraphEvent> {
  return eventIn(await readOne(place, id))
}

/** @throws SyncError `not_found`, or `revision_mismatch` where nobody can read it. */
export function eventIn(item: Item | undefined): GraphEvent {
  if (!item) throw notThere()
  if (item.kind === 'broken') throw changedMeanwhile()
  return item.event
}

/** Whether a write may still be under way, so that whoever finds it does not come between. */
export function isUnderWay(series: GraphEvent, now: number): boolean {
  const pending = pendingOf(series)
  return pending !== undefined && Math.abs(now - pending.at) < underWayMs
}

const underWayMs = 60_000

/** A series that is not whole yet, and cannot be made so now. */
export function setAside(series: GraphEvent, error: SyncError): ReadUnit {
  return { type: 'unreadable', id: series.id as RemoteId, revision: revisionOf(series), error }
}

export function beingWritten(): SyncError {
  return new SyncError('unavailable', 'This series is written just now, and is read when that has ended.', {
    reason: 'BEING_WRITTEN',
  })
}
