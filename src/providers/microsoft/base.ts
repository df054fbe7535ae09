import { isSyncError, SyncError } from '../../errors.js'
import type { RemoteEvent } from '../provider.js'
import { assertCalendar, type Place } from './context.js'
import { changedMeanwhile, notThere } from './failure.js'
import { isGuestCopy } from './guest-copy.js'
import { pendingOf } from './pending.js'
import { readOne, stillIn } from './reading.js'
import { isSeries } from './series.js'
import { eventOf, revisionOf, sameEvent, tagOf } from './unit.js'
import type { GraphEvent } from './wire.js'

/**
 * What a write starts from. A single event is as we saw it, or its tag is not. Whether the tag of a series changes with
 * every occurrence is not documented; so a series is read right before.
 *
 * @throws SyncError `revision_mismatch`, `not_found`, `unsupported` for an event that may not be written.
 */
export async function baseOf(place: Place, current: RemoteEvent): Promise<GraphEvent> {
  const raw = eventOf(current.raw)
  if (raw && !isSeries(raw)) return raw
  return await untouched(place, current, raw)
}

/** An event as it is now, provided that it is still as we know it. */
async function untouched(place: Place, current: RemoteEvent, raw: GraphEvent | undefined): Promise<GraphEvent> {
  const item = await readOne(place, current.id)
  if (!item) throw notThere()
  if (item.kind === 'broken') throw changedMeanwhile()
  // Moved to another calendar it keeps its id, and is none of ours.
  if ((await stillIn(place, [item])).length === 0) throw notThere()
  // Somebody else's write that never ended: whoever looks at it finishes it.
  if (pendingOf(item.event)) throw changedMeanwhile()
  const isSame = raw ? sameEvent(item.event, raw) : revisionOf(item.event) === current.revision
  if (!isSame) throw changedMeanwhile()
  return item.event
}

/**
 * A write that is guarded by the tag of an event. Tags change by themselves, too, as when a service in the background
 * touches an event; so an event that was refused is looked at, and when nobody changed it, the write is tried once more.
 */
export async function guarded<T>(
  place: Place,
  current: RemoteEvent,
  base: GraphEvent,
  send: (etag: string) => Promise<T>,
): Promise<T> {
  try {
    return await send(tagOf(base))
  } catch (error) {
    if (!isSyncError(error, 'revision_mismatch')) throw error
    return await send(tagOf(await untouched(place, current, base)))
  }
}

/** Tells a calendar that is gone from an event that is gone: Microsoft says the same of both. */
export async function telling<T>(place: Place, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isSyncError(error, 'not_found')) await assertCalendar(place)
    throw error
  }
}

/**
 * Refuses a write that Microsoft would tell guests of: whatever the organizer of a meeting changes is mailed, and nothing
 * turns that off.
 * @throws SyncError `unsupported` with the reason `WOULD_MAIL`.
 */
export function assertQuiet({ context }: Place, event: GraphEvent): void {
  if (context.scheduling === 'allow' || isGuestCopy(event)) return
  const all = [event, ...(event.exceptionOccurrences ?? [])]
  if (all.every(({ attendees }) => (attendees?.length ?? 0) === 0)) return
  throw new SyncError(
    'unsupported',
    'This event has guests, and Microsoft would mail them about this change. Make the change in Outlook, or let the ' +
      "provider do it with the option `scheduling: 'allow'`.",
    { reason: 'WOULD_MAIL' },
  )
}
