import { isSyncError, SyncError } from '../../errors.js'
import type { EventContent } from '../../model/content.js'
import type { RemoteId } from '../../model/ids.js'
import type { EventChange, EventDraft, RemoteEvent, Written } from '../provider.js'
import { baseOf, guarded, type Place, telling } from './base.js'
import { inTurn, zoneOf } from './context.js'
import { partly } from './failure.js'
import { assertGuestMay } from './guest-copy.js'
import { newBody, patchBody } from './master-body.js'
import { readSeries } from './reading.js'
import { isSeries, type Parts } from './series.js'
import { type SeriesWriting, type Step, stepsTo, writeSteps } from './series-writes.js'
import { idFor, partsFrom, sameItem, toUnit } from './unit.js'
import type { GoogleEvent } from './wire.js'

/** Creates a copy under an id that is made from its key. Google never gives an id twice, not even after a removal. */
export function create(place: Place, draft: EventDraft): Promise<Written> {
  return inTurn(place.context, place.calendar, () => telling(place, () => createNow(place, draft)))
}

async function createNow(place: Place, { key, content, mark }: EventDraft): Promise<Written> {
  const { context, calendar, signal } = place
  const zone = await zoneOf(context, calendar, signal)
  const { body, query } = newBody(idFor(key), content, mark, zone)
  const parts = partsFrom(await context.client.insertEvent(calendar, body, { query, signal }), [])
  return await writeOccurrences(content, { ...place, zone, parts, isNew: true }, { landed: true })
}

/** Changes an event: only what is named, and only if it is still the one that we know. */
export function update(place: Place, change: EventChange): Promise<Written> {
  return inTurn(place.context, place.calendar, () => telling(place, () => updateNow(place, change)))
}

async function updateNow(place: Place, { current, content, fields, mark }: EventChange): Promise<Written> {
  const { context, calendar, signal } = place
  const base = await baseOf(place, current)
  const zone = await zoneOf(context, calendar, signal)
  assertGuestMay(base.master, current.content, content, fields)
  const { body, query } = patchBody(base.master, content, fields, mark, zone)
  const isTouched = Object.keys(body).length > 0
  const master = isTouched
    ? await guarded(place, base.master, (etag) =>
        context.client.patchEvent(calendar, base.master.id, body, { etag, query, signal }),
      )
    : base.master
  try {
    const parts = await afterMaster(place, base, master, isTouched)
    return await writeOccurrences(content, { ...place, zone, parts, isNew: false }, { landed: isTouched })
  } catch (error) {
    throw isTouched ? partly(error) : error
  }
}

/** What became of the exceptions when the master was written: Google may have moved, changed or forgotten them. */
async function afterMaster(place: Place, base: Parts, master: GoogleEvent, isTouched: boolean): Promise<Parts> {
  if (!isTouched || base.exceptions.length === 0 || !isSeries(master))
    return partsFrom(master, isTouched ? [] : base.exceptions)
  const { context, calendar, signal } = place
  const found = await readSeries(context, calendar, master.id, signal, { uid: master.iCalUID })
  if (found.type === 'unit' && sameItem(found.parts.master, master)) return found.parts
  throw new SyncError('revision_mismatch', 'The series was changed at the same moment. Read it and decide again.')
}

/** Removes an event, if it is still the one that we know. */
export function remove(place: Place, current: RemoteEvent): Promise<void> {
  return inTurn(place.context, place.calendar, () => telling(place, () => removeNow(place, current)))
}

async function removeNow(place: Place, current: RemoteEvent): Promise<void> {
  const { context, calendar, signal } = place
  const { master } = await baseOf(place, current)
  await guarded(place, master, (etag) => context.client.deleteEvent(calendar, master.id, { etag, signal }))
}

/** The occurrences of a series, after its master; and what all of it came to. */
async function writeOccurrences(
  content: EventContent,
  writing: SeriesWriting,
  { landed }: { readonly landed: boolean },
): Promise<Written> {
  const steps = stepsTo(content, writing.parts, writing.zone)
  if (steps.length === 0) return written(writing.parts, writing.zone)
  let isPartly = landed
  try {
    const shown = await writeSteps(steps, writing, () => {
      isPartly = true
    })
    return await confirmed(writing, steps, shown)
  } catch (error) {
    throw isPartly ? partly(error) : error
  }
}

/**
 * Reads the series once more, since every write may have given other tags to all of its parts. Where something stands
 * there that we did not write, somebody else did, and nothing is said of how it looks: the engine will see for itself.
 */
async function confirmed(
  { context, calendar, parts, zone, signal }: SeriesWriting,
  steps: readonly Step[],
  shown: readonly GoogleEvent[],
): Promise<Written> {
  const id = parts.master.id as RemoteId
  const cancelled = shown.filter(({ status }) => status === 'cancelled')
  const found = await readSeries(context, calendar, id, signal, { uid: parts.master.iCalUID, cancelled }).catch(
    (error: unknown) => {
      if (isSyncError(error) && error.code !== 'aborted') return undefined
      throw error
    },
  )
  const expected = new Map(parts.exceptions.map((one) => [one.id, one]))
  steps.forEach((step, index) => {
    const event = shown[index]
    if (event) expected.set(step.id, event)
  })
  const isOurs =
    found?.type === 'unit' &&
    sameItem(found.parts.master, parts.master) &&
    found.parts.exceptions.length === expected.size &&
    found.parts.exceptions.every((one) => sameException(one, expected.get(one.id)))
  return isOurs ? written(found.parts, zone) : { id }
}

/** Of a cancelled occurrence Google tells more or less, as it likes. */
function sameException(a: GoogleEvent, b: GoogleEvent | undefined): boolean {
  return a.status === 'cancelled' ? b?.status === 'cancelled' : sameItem(a, b)
}

function written(parts: Parts, zone: string): Written {
  const unit = toUnit(parts, zone)
  if (unit.type === 'unreadable') return { id: unit.id, revision: unit.revision }
  return { id: unit.event.id, revision: unit.event.revision, shown: unit.event }
}
