import { isSyncError, SyncError } from '../../errors.js'
import type { EventContent, Slot } from '../../model/content.js'
import type { RemoteId } from '../../model/ids.js'
import { sameTime } from '../../model/time.js'
import type { EventChange, EventDraft, RemoteEvent, Written } from '../provider.js'
import { baseOf, guarded, type Place, telling } from './base.js'
import { statesAfter } from './begun.js'
import type { EventBody } from './client.js'
import { inTurn, zoneOf } from './context.js'
import { changedMeanwhile, partly } from './failure.js'
import { endPending, pendingOf } from './finish.js'
import { assertGuestMay, isGuestCopy } from './guest-copy.js'
import { newBody, patchBody } from './master-body.js'
import { wasTouched, writePending } from './pending.js'
import { readSeries } from './reading.js'
import { isSeries, type Parts, readContent, slotOfException } from './series.js'
import { type SeriesWriting, type Step, stepsTo, writeSteps } from './series-writes.js'
import { grounded, readMoment } from './times.js'
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
  // Cancelled occurrences are in the lines of the series already.
  const changed = Object.keys(content.overrides).filter((slot) => content.overrides[slot]?.kind === 'changed')
  const noted =
    body['recurrence'] && changed.length > 0
      ? noting(body, content, changed, { now: context.now(), begun: [{ ...content, overrides: {} }] })
      : body
  const parts = partsFrom(await context.client.insertEvent(calendar, noted, { query, signal }), [])
  return await writeOccurrences(content, { ...place, zone, parts, isNew: true }, true)
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
  const whole = noted(body, base, content, { zone, now: context.now() })
  if (Object.keys(whole).length === 0)
    return await writeOccurrences(content, { ...place, zone, parts: base, isNew: false }, false)
  const master = await guarded(place, current, base, (etag) =>
    context.client.patchEvent(calendar, base.master.id, whole, { etag, query, signal }),
  )
  try {
    const parts = await afterMaster(place, base, master)
    const pending = pendingOf(parts)
    // Google guards a series by the tag of its master alone: what somebody did to an occurrence meanwhile comes first.
    if (pending && wasTouched(pending, readContent(parts, zone))) throw changedMeanwhile()
    return await writeOccurrences(content, { ...place, zone, parts, isNew: false }, true)
  } catch (error) {
    throw partly(error)
  }
}

/** A patch of the master, with a note of all occurrences where more than one request is needed. */
function noted(
  body: EventBody,
  base: Parts,
  content: EventContent,
  { zone, now }: { readonly zone: string; readonly now: number },
): EventBody {
  const { master, exceptions } = base
  const repeats = 'recurrence' in body ? body['recurrence'] !== null : isSeries(master)
  if (!repeats || !master.start || isGuestCopy(master)) return body
  const isTouched = Object.keys(body).length > 0
  // Without a change of the master, one occurrence is one request, and whole by itself.
  if (!isTouched && stepsTo(content, base, zone).length < 2) return body
  const changed = Object.keys(content.overrides).filter((slot) => content.overrides[slot]?.kind === 'changed')
  if (isTouched && exceptions.length === 0 && changed.length === 0) return body
  const start = readMoment(master.start, zone)
  const known = exceptions.map((one) => slotOfException(one, start))
  // Where the series moves, its old occurrences have other names, and Google decides what becomes of them.
  const isMoved = 'start' in body && !sameTime(start, grounded(content.time.start, zone))
  const slots = new Set<Slot>([isMoved ? [] : known, Object.keys(content.overrides)].flat())
  const begun = statesAfter(body, base, { zone, isMoved })
  return noting(body, content, slots, { now, begun })
}

function noting(
  body: EventBody,
  content: EventContent,
  slots: Iterable<Slot>,
  { now, begun }: { readonly now: number; readonly begun: readonly EventContent[] },
): EventBody {
  const note = writePending(content, slots, now, begun)
  if (!note) {
    throw new SyncError(
      'limit_exceeded',
      'This series has so many changed occurrences that Google cannot be told of all of them at once. Split it.',
      { reason: 'LIMIT_OVERRIDES' },
    )
  }
  const { extendedProperties } = body as { readonly extendedProperties?: { readonly private?: object } }
  return { ...body, extendedProperties: { private: { ...extendedProperties?.private, ...note } } }
}

/** What became of the exceptions when the master was written: Google may have moved, changed or forgotten them. */
async function afterMaster(place: Place, base: Parts, master: GoogleEvent): Promise<Parts> {
  if (base.exceptions.length === 0 || !isSeries(master)) return partsFrom(master, [])
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
  const base = await baseOf(place, current)
  await guarded(place, current, base, (etag) => context.client.deleteEvent(calendar, base.master.id, { etag, signal }))
}

/** The occurrences of a series, after its master; and what all of it came to. */
async function writeOccurrences(content: EventContent, writing: SeriesWriting, landed: boolean): Promise<Written> {
  const { parts, zone } = writing
  const steps = stepsTo(content, parts, zone)
  let isPartly = landed
  try {
    const shown = await writeSteps(steps, writing, () => {
      isPartly = true
    })
    const master = await endPending(writing, parts.master)
    if (steps.length === 0 && master === parts.master) return written(parts, zone)
    return await confirmed(content, writing, steps, shown)
  } catch (error) {
    throw isPartly ? partly(error) : error
  }
}

/**
 * Reads the series once more, since every write may have given other tags to all of its parts. Where it says something
 * else by now, somebody was at it since: it counts as written the way Google answered, as long as that is what was asked
 * for. An answer that says more took somebody's change in, and nothing is said then: the engine will see for itself.
 */
async function confirmed(
  content: EventContent,
  { context, calendar, parts, zone, signal }: SeriesWriting,
  steps: readonly Step[],
  shown: readonly GoogleEvent[],
): Promise<Written> {
  const id = parts.master.id as RemoteId
  // Somebody took an occurrence away just before it was written: it stays away, whatever was written.
  if (steps.some(({ body }, index) => shown[index]?.status === 'cancelled' && body['status'] !== 'cancelled'))
    return { id }
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
  // An occurrence that is not there was taken away by somebody, or by Google because it says nothing of its own.
  if (found?.type !== 'unit' || !sameIds(found.parts.exceptions, expected)) return { id }
  const isOurs =
    sameItem(found.parts.master, parts.master) &&
    found.parts.exceptions.every((one) => sameException(one, expected.get(one.id)))
  if (isOurs) return written(found.parts, zone)
  const answered = partsFrom(parts.master, expected.values())
  return stepsTo(content, answered, zone).length === 0 ? written(answered, zone) : { id }
}

function sameIds(exceptions: readonly GoogleEvent[], expected: ReadonlyMap<string, GoogleEvent>): boolean {
  return exceptions.length === expected.size && exceptions.every(({ id }) => expected.has(id))
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
