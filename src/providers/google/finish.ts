import { SyncError } from '../../errors.js'
import type { RemoteId } from '../../model/ids.js'
import type { Place } from './base.js'
import { meantBy, type Pending, readPending, withoutPending } from './pending.js'
import { type Found, readSeries } from './reading.js'
import { type Parts, readContent } from './series.js'
import { type SeriesWriting, stepsTo, writeSteps } from './series-writes.js'
import { revisionOf } from './unit.js'
import type { GoogleEvent } from './wire.js'

/** What is still to be written of a series; undefined for one that is whole. */
export function pendingOf({ master }: Parts): Pending | undefined {
  return readPending(master.extendedProperties?.private)
}

/**
 * Finishes a write of a series that was begun, by us or by anybody who wrote like us, and never came to its end.
 * @throws SyncError whatever its writes end with; the series is to be read again then.
 */
export async function finished(place: Place, parts: Parts, zone: string): Promise<Parts> {
  const pending = pendingOf(parts)
  if (!pending) return parts
  const { context, calendar, signal } = place
  const writing: SeriesWriting = { ...place, zone, parts, isNew: false }
  await writeSteps(stepsTo(meantBy(pending, readContent(parts, zone)), parts, zone), writing, () => undefined)
  await endPending(place, parts.master)
  const found = await readSeries(context, calendar, parts.master.id, signal, { uid: parts.master.iCalUID })
  if (found.type === 'unit' && !pendingOf(found.parts)) return found.parts
  throw beingWritten()
}

/** Takes the note away. It is nobody else's, so that no guard is needed. */
export async function endPending({ context, calendar, signal }: Place, master: GoogleEvent): Promise<GoogleEvent> {
  const own = withoutPending(master.extendedProperties?.private)
  if (Object.keys(own).length === 0) return master
  return await context.client.patchEvent(calendar, master.id, { extendedProperties: { private: own } }, { signal })
}

/** Whether a write may still be under way, so that whoever finds it does not come between. */
export function isUnderWay({ at }: Pending, now: number): boolean {
  return Math.abs(now - at) < underWayMs
}

const underWayMs = 60_000

/** A series that is not whole yet, and cannot be made so now. */
export function setAside(parts: Parts, error: SyncError): Found {
  const unit = { type: 'unreadable', id: parts.master.id as RemoteId, revision: revisionOf(parts), error } as const
  return { type: 'broken', unit }
}

export function beingWritten(): SyncError {
  return new SyncError('unavailable', 'This series is written just now, and is read when that has ended.', {
    reason: 'BEING_WRITTEN',
  })
}
