import { isSyncError, SyncError } from '../../errors.js'
import type { RemoteCalendarId } from '../../model/ids.js'
import type { RemoteEvent } from '../provider.js'
import { assertCalendar, type GoogleContext } from './context.js'
import { changedMeanwhile, notThere } from './failure.js'
import { readPending } from './pending.js'
import { findUnit, readSeries } from './reading.js'
import { isSeries, type Parts } from './series.js'
import { partsOf, revisionOf, sameItem, sameParts } from './unit.js'
import type { GoogleEvent } from './wire.js'

/** Where something is written. */
export interface Place {
  readonly context: GoogleContext
  readonly calendar: RemoteCalendarId
  readonly signal: AbortSignal | undefined
}

/**
 * What a write starts from. A single event is as we saw it, or its tag is not. Of a series every part has a tag of its
 * own, and whether a change of one shows in the others is not documented; so a series is read right before.
 *
 * @throws SyncError `revision_mismatch`, `not_found`, `unsupported` for an event that may not be written.
 */
export async function baseOf({ context, calendar, signal }: Place, current: RemoteEvent): Promise<Parts> {
  if (current.readOnly)
    throw new SyncError('unsupported', 'Google lets nobody change this event from outside.', { reason: 'READ_ONLY' })
  const raw = partsOf(current.raw)
  if (raw && !isSeries(raw.master)) return raw
  const cancelled = raw?.exceptions.filter(({ status }) => status === 'cancelled') ?? []
  const found = raw
    ? await readSeries(context, calendar, current.id, signal, { uid: raw.master.iCalUID, cancelled })
    : (await findUnit(context, calendar, current.id, signal)).found
  if (found.type === 'broken' && found.unit.type === 'unreadable') throw found.unit.error
  if (found.type !== 'unit') throw notThere()
  // Somebody else's write that never ended: whoever looks at it finishes it.
  if (readPending(found.parts.master.extendedProperties?.private)) throw changedMeanwhile()
  const isSame = raw ? sameParts(found.parts, raw) : revisionOf(found.parts) === current.revision
  if (!isSame) throw changedMeanwhile()
  return found.parts
}

/**
 * A write that is guarded by the tag of an event. Google is known to refuse tags that it has just given; so an event
 * that was refused is looked at, with all its occurrences, and when nobody touched it, the write is tried once more.
 */
export async function guarded<T>(
  place: Place,
  current: RemoteEvent,
  base: Parts,
  send: (etag: string) => Promise<T>,
): Promise<T> {
  try {
    return await send(tagOf(base.master))
  } catch (error) {
    if (!isSyncError(error, 'revision_mismatch')) throw error
    const { master } = isSeries(base.master) ? await baseOf(place, current) : await untouched(place, base)
    return await send(tagOf(master))
  }
}

/** A single event as it is now, provided that it is still as we know it. */
async function untouched({ context, calendar, signal }: Place, { master }: Parts): Promise<Parts> {
  const item = await context.client.getEvent(calendar, master.id, signal)
  if (item.kind === 'broken') throw changedMeanwhile()
  if (item.event.status === 'cancelled') throw notThere()
  if (!sameItem(master, item.event)) throw changedMeanwhile()
  return { master: item.event, exceptions: [] }
}

/** Tells a calendar that is gone from an event that is gone: Google says the same of both. */
export async function telling<T>({ context, calendar, signal }: Place, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isSyncError(error, 'not_found')) await assertCalendar(context, calendar, signal)
    throw error
  }
}

/** Nothing is written without a guard. */
function tagOf({ etag }: GoogleEvent): string {
  if (etag !== undefined) return etag
  throw new SyncError('unsupported', 'Google gave no entity tag for this event, so it cannot be written safely.', {
    reason: 'NO_ETAG',
  })
}
