import { isSyncError, SyncError } from '../../errors.js'
import { type EventContent, type Field, fields, type Slot } from '../../model/content.js'
import { sameField } from '../../model/equality.js'
import type { RemoteId } from '../../model/ids.js'
import type { EventChange, RemoteEvent, Written } from '../provider.js'
import { assertQuiet, baseOf, guarded, telling } from './base.js'
import { inTurn, noteRemoved, type Place } from './context.js'
import { partly } from './failure.js'
import { readSeries } from './finish.js'
import { assertGuestMay } from './guest-copy.js'
import { noted } from './noted.js'
import { afterMaster, writeOccurrences, written } from './occurrences.js'
import { propertiesIn, withProperties } from './properties.js'
import { eventPath, itemOf, readOne } from './reading.js'
import { isSeries, readContent, slotOf } from './series.js'
import type { GraphEvent } from './wire.js'
import { withKnownZones } from './zone-names.js'

/** Changes an event: only what is named, and only if it is still the one that we know. */
export function update(place: Place, change: EventChange): Promise<Written> {
  return inTurn(place, () => telling(place, () => updateNow(place, change)))
}

async function updateNow(place: Place, { current, content, fields: named, mark }: EventChange): Promise<Written> {
  const { context, signal } = place
  const base = await baseOf(place, current)
  assertGuestMay(base, named)
  const body = noted(place, base, content, named, mark)
  if (Object.keys(body).length === 0) return await writeOccurrences(place, content, base)
  assertQuiet(place, base)
  const answer = await guarded(place, current, base, (etag) =>
    withKnownZones(body, (named) =>
      context.client.patch(eventPath(place, base.id), named, { about: 'write', etag, signal }),
    ),
  )
  try {
    const item = itemOf(answer)
    if (item.kind === 'broken') return { id: base.id as RemoteId }
    if (!isSeries(base) && !isSeries(item.event)) {
      const event = withProperties(item.event, base.singleValueExtendedProperties ?? [], propertiesIn(body))
      return isOurs(base, event, named) ? written(event) : { id: base.id as RemoteId }
    }
    const after = await readSeries(place, base.id)
    const slots = slotsOf(base, content)
    const result = await afterMaster(place, { content, slots, after, answer: item.event })
    return isOurs(base, after, named) ? result : { id: result.id }
  } catch (error) {
    throw partly(error)
  }
}

/** The occurrences that a series has of their own, or shall have. */
function slotsOf(series: GraphEvent, { overrides }: EventContent): readonly Slot[] {
  const { overrides: there, time } = readContent(series)
  const exceptions = (series.exceptionOccurrences ?? []).map((one) => slotOf(one, time.start))
  return [...exceptions, ...Object.keys(there), ...Object.keys(overrides)]
}

/**
 * Whether an event after a write differs from the one before it in what was written alone. Where it does not, a guard was
 * passed over: what somebody else changed must not be taken for the service's rendering of our write.
 */
function isOurs(before: GraphEvent, after: GraphEvent, written: readonly Field[]): boolean {
  const [left, right] = [readContent(before), readContent(after)]
  const dated: readonly Field[] = ['time', 'recurrence', 'overrides']
  const apart = written.some((field) => dated.includes(field)) ? [...written, ...dated] : [...written, 'overrides']
  return fields.every((field) => apart.includes(field) || sameField(field, left, right))
}

/** Removes an event, if it is still the one that we know. */
export function remove(place: Place, current: RemoteEvent): Promise<void> {
  return inTurn(place, () => telling(place, () => removeNow(place, current)))
}

async function removeNow(place: Place, current: RemoteEvent): Promise<void> {
  const { context, signal } = place
  const base = await baseOf(place, current)
  assertQuiet(place, base)
  try {
    await guarded(place, current, base, (etag) =>
      context.client.delete(eventPath(place, base.id), { about: 'write', etag, signal }),
    )
  } catch (error) {
    // What was removed just now is refused in several ways; only the event itself can say that it is gone.
    const isDoubtful = isSyncError(error, 'event_refused') || isSyncError(error, 'forbidden')
    if (!isDoubtful || (await readOne(place, base.id))) throw error
    throw new SyncError('not_found', 'The event is not in the calendar any more.', { cause: error })
  }
  noteRemoved(context, base.id)
}
