import { isSyncError, SyncError } from '../../errors.js'
import {
  type EventContent,
  type EventTime,
  type OccurrenceContent,
  type OccurrenceField,
  occurrenceFields,
  type Slot,
} from '../../model/content.js'
import { sameOccurrenceField } from '../../model/equality.js'
import { plainOccurrence, samePlain } from '../../model/plain-occurrence.js'
import { isInSeries, slotTime } from '../../model/recurrence.js'
import { localAt, toInstant } from '../../model/time.js'
import { assertQuiet } from './base.js'
import type { EventBody } from './client.js'
import { noteRemoved, type Place } from './context.js'
import { readOccurrence, writable, writeFields } from './event-map.js'
import { changedMeanwhile } from './failure.js'
import { pagesOf } from './pages.js'
import { eventPath, itemOf, readOne } from './reading.js'
import { isSeries, readContent, slotOf, slotOn } from './series.js'
import { tagOf } from './unit.js'
import type { GraphEvent } from './wire.js'
import { withKnownZones } from './zone-names.js'

/** One occurrence that has to become another one. */
export interface Step {
  readonly slot: Slot
  /** The exception that there is of it; undefined where it is as its series. */
  readonly there: GraphEvent | undefined
  /** What is written over it; undefined: it is cancelled. */
  readonly body: EventBody | undefined
}

/** Where the occurrences of a series are written. */
export interface SeriesWriting extends Place {
  /** The series as it is before its occurrences are written. */
  readonly series: GraphEvent
}

/**
 * What has to be written so that the occurrences of a series are as they should be, when the series itself already is.
 * @throws SyncError `event_refused` where a cancelled occurrence is to take place again: nothing brings back a single one.
 */
export function stepsTo(content: EventContent, series: GraphEvent): readonly Step[] {
  if (!isSeries(series)) return []
  const shown = readContent(series)
  const { start } = shown.time
  const exceptions = new Map((series.exceptionOccurrences ?? []).map((one) => [slotOf(one, start), one]))
  const slots = new Set([...exceptions.keys(), ...Object.keys(shown.overrides), ...Object.keys(content.overrides)])
  return [...slots]
    .sort()
    .flatMap((slot) => stepFor(slot, content, { shown, series, there: exceptions.get(slot) }) ?? [])
}

interface Standing {
  readonly shown: EventContent
  readonly series: GraphEvent
  readonly there: GraphEvent | undefined
}

function stepFor(slot: Slot, content: EventContent, { shown, series, there }: Standing): Step | undefined {
  const wanted = content.overrides[slot]
  const isCancelled = shown.overrides[slot]?.kind === 'cancelled'
  const isGone = isCancelled || (!there && !isInSeries(shown, slot))
  const isStray = !wanted && !isInSeries(content, slot)
  if (wanted?.kind === 'cancelled' || isStray) return isGone ? undefined : { slot, there, body: undefined }
  if (isCancelled) throw staysCancelled()
  if (!there && !wanted) return undefined
  const target = wanted?.kind === 'changed' ? wanted.content : plainOccurrence(content, slot)
  const now = there ? readOccurrence(there, series) : plainOccurrence({ ...shown, overrides: {} }, slot)
  const fields = differing(now, target)
  if (fields.length === 0) return undefined
  return { slot, there, body: writeFields(target, fields, { before: there, series }) }
}

function differing(now: OccurrenceContent, target: OccurrenceContent): readonly OccurrenceField[] {
  return writable.filter((field) => !sameOccurrenceField(field, now, target))
}

/** What became of the occurrences that were written: each as it was answered, undefined for one that was cancelled. */
export type Outcomes = ReadonlyMap<Slot, GraphEvent | undefined>

/**
 * Writes the occurrences, one after the other. What one write does to the tags of the others is not known; so each is looked
 * at before, and written only if nobody touched it.
 */
export async function writeSteps(
  steps: readonly Step[],
  writing: SeriesWriting,
  onWritten: () => void,
): Promise<Outcomes> {
  const outcomes = new Map<Slot, GraphEvent | undefined>()
  for (const step of steps) {
    outcomes.set(step.slot, await writeStep(step, writing))
    onWritten()
  }
  return outcomes
}

async function writeStep(step: Step, writing: SeriesWriting): Promise<GraphEvent | undefined> {
  assertQuiet(writing, writing.series)
  try {
    return await sendStep(step, writing)
  } catch (error) {
    if (!isSyncError(error, 'revision_mismatch') || error.reason === touched) throw error
    return await sendStep(step, writing)
  }
}

async function sendStep(step: Step, writing: SeriesWriting): Promise<GraphEvent | undefined> {
  const { context, signal } = writing
  const now = await untouched(step, writing)
  const options = { about: 'write', etag: tagOf(now), signal } as const
  if (step.body === undefined) {
    await context.client.delete(eventPath(writing, now.id), options)
    noteRemoved(context, now.id)
    return undefined
  }
  const send = (named: EventBody) => context.client.patch(eventPath(writing, now.id), named, options)
  const item = itemOf(await withKnownZones(step.body, send))
  return item.kind === 'event' ? item.event : undefined
}

/** The occurrence as it is now, provided that it is still as we know it. @throws SyncError `revision_mismatch`. */
async function untouched({ slot, there }: Step, writing: SeriesWriting): Promise<GraphEvent> {
  const now = there ? await exceptionNow(there.id, writing) : await instanceAt(slot, writing)
  if (!now) {
    if (there) throw isTouched()
    throw noSuchOccurrence()
  }
  const shown = readOccurrence(now, writing.series)
  const isSame = there
    ? occurrenceFields.every((field) => sameOccurrenceField(field, readOccurrence(there, writing.series), shown))
    : samePlain(shown, readContent(writing.series), slot)
  if (!isSame) throw isTouched()
  return now
}

async function exceptionNow(id: string, place: Place): Promise<GraphEvent | undefined> {
  const item = await readOne(place, id)
  return item?.kind === 'event' ? item.event : undefined
}

/** The occurrence of a slot, among those around its time. */
async function instanceAt(slot: Slot, writing: SeriesWriting): Promise<GraphEvent | undefined> {
  const { context, series, signal } = writing
  const { start } = readOccurrence(series).time
  const at = toInstant(slotTime(slot, start))
  const query = { startDateTime: textAt(at - aroundMs), endDateTime: textAt(at + aroundMs), $top: '50' }
  const options = { about: 'event', signal } as const
  const first = await context.client.get(`${eventPath(writing, series.id)}/instances`, { ...options, query })
  for await (const page of pagesOf(context.client, first, options)) {
    for (const one of page) {
      const item = itemOf(one)
      if (item.kind === 'event' && slotShown(item.event, series, start) === slot) return item.event
    }
  }
  return undefined
}

/** Far enough for every zone. */
const aroundMs = 36 * 3_600_000

function textAt(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19)
}

function slotShown(event: GraphEvent, series: GraphEvent, start: EventTime): Slot | undefined {
  if (event.occurrenceId || event.originalStart || event.type === 'exception') return slotOf(event, start)
  const own = readOccurrence(event, series).time.start
  if (own.kind === 'date') return slotOn(own.date, start)
  const zone = start.kind === 'timed' ? start.zone : 'UTC'
  return slotOn(localAt(toInstant(own), zone).slice(0, 10), start)
}

const touched = 'TOUCHED'

function isTouched(): SyncError {
  return new SyncError('revision_mismatch', changedMeanwhile().message, { reason: touched })
}

function noSuchOccurrence(): SyncError {
  return new SyncError('event_refused', 'Microsoft does not have an occurrence of this series that was changed.', {
    reason: 'NO_SUCH_OCCURRENCE',
  })
}

function staysCancelled(): SyncError {
  return new SyncError(
    'event_refused',
    'Microsoft did not bring a cancelled occurrence of this series back. Make it anew in Outlook, as an event of its own.',
    { reason: 'STAYS_CANCELLED' },
  )
}
