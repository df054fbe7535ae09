import { isSyncError, SyncError } from '../../errors.js'
import {
  type EventContent,
  type OccurrenceContent,
  type OccurrenceField,
  occurrenceFields,
  type Slot,
} from '../../model/content.js'
import { sameOccurrenceField } from '../../model/equality.js'
import type { RemoteCalendarId } from '../../model/ids.js'
import { plainOccurrence, samePlain } from '../../model/plain-occurrence.js'
import { isInSeries } from '../../model/recurrence.js'
import type { EventBody } from './client.js'
import type { GoogleContext } from './context.js'
import { codecs, readOccurrence, sceneOf, writeFields } from './event-map.js'
import { changedMeanwhile } from './failure.js'
import { withoutPending } from './pending.js'
import { instanceId, isSeries, type Parts, readContent, slotOfException } from './series.js'
import { readMoment } from './times.js'
import type { GoogleEvent } from './wire.js'

/** One occurrence that has to become another one. */
export interface Step {
  readonly slot: Slot
  readonly id: string
  /** The exception that Google has of it; undefined where it is as its series. */
  readonly there: GoogleEvent | undefined
  readonly body: EventBody
}

/** Where the occurrences of a series are written. */
export interface SeriesWriting {
  readonly context: GoogleContext
  readonly calendar: RemoteCalendarId
  readonly zone: string
  readonly signal: AbortSignal | undefined
  /** The series as it is before its occurrences are written. */
  readonly parts: Parts
  /** It was made just now, and nobody can have touched it. */
  readonly isNew: boolean
}

/**
 * What has to be written so that the occurrences of a series are as they should be, when its master already is. Every
 * exception counts, also one that should be as the series: Google keeps it, and what it says, for good.
 */
export function stepsTo(content: EventContent, parts: Parts, zone: string): readonly Step[] {
  const { master } = parts
  if (!isSeries(master) || !master.start) return []
  const start = readMoment(master.start, zone)
  const exceptions = new Map(parts.exceptions.map((one) => [slotOfException(one, start), one]))
  const shown = readContent(parts, zone)
  const slots = new Set([...exceptions.keys(), ...Object.keys(shown.overrides), ...Object.keys(content.overrides)])
  return [...slots].sort().flatMap((slot) => {
    const there = exceptions.get(slot)
    const body = bodyFor(slot, content, { there, master, shown, zone })
    return body ? [{ slot, there, body, id: there?.id ?? instanceId(master.id, slot, start, zone) }] : []
  })
}

/**
 * Writes the occurrences, one after the other, each guarded by its own tag. What one write does to the tags of the
 * others is not known beforehand; so an occurrence that was refused is looked at, and tried once more if nobody touched it.
 * @returns what Google showed for each of them
 */
export async function writeSteps(
  steps: readonly Step[],
  writing: SeriesWriting,
  onWritten: () => void,
): Promise<readonly GoogleEvent[]> {
  const written: GoogleEvent[] = []
  for (const step of steps) {
    written.push(await writeStep(step, writing))
    onWritten()
  }
  return written
}

async function writeStep(step: Step, writing: SeriesWriting): Promise<GoogleEvent> {
  const { context, calendar, signal, isNew } = writing
  const patch = (etag: string | undefined): Promise<GoogleEvent> =>
    context.client.patchEvent(calendar, step.id, step.body, {
      etag,
      signal,
      query: 'attachments' in step.body ? { supportsAttachments: 'true' } : {},
    })
  try {
    if (step.there?.etag !== undefined) return await patch(step.there.etag)
    return await patch(isNew ? undefined : (await untouched(step, writing)).etag)
  } catch (error) {
    if (isSyncError(error, 'not_found')) throw noSuchOccurrence()
    if (!isSyncError(error, 'revision_mismatch')) throw error
    return await patch((await untouched(step, writing)).etag)
  }
}

/** The occurrence as it is now, provided that it is still as we know it. @throws SyncError `revision_mismatch`. */
async function untouched({ slot, id, there }: Step, writing: SeriesWriting): Promise<GoogleEvent> {
  const { context, calendar, zone, signal, parts } = writing
  const item = await context.client.getEvent(calendar, id, signal)
  if (item.kind === 'broken') throw changedMeanwhile()
  const { event } = item
  if (event.etag === undefined) throw changedMeanwhile()
  const isSame = there
    ? there.status === event.status && (event.status === 'cancelled' || sameOccurrence(there, event, writing))
    : event.status !== 'cancelled' && samePlain(shownBy(event, writing), readContent(parts, zone), slot)
  if (!isSame) throw changedMeanwhile()
  return event
}

function sameOccurrence(a: GoogleEvent, b: GoogleEvent, writing: SeriesWriting): boolean {
  const [left, right] = [shownBy(a, writing), shownBy(b, writing)]
  return occurrenceFields.every((field) => sameOccurrenceField(field, left, right))
}

function shownBy(event: GoogleEvent, { parts, zone }: SeriesWriting): OccurrenceContent {
  return readOccurrence(event, sceneOf(event, zone, parts.master))
}

interface Standing {
  readonly there: GoogleEvent | undefined
  readonly master: GoogleEvent
  readonly shown: EventContent
  readonly zone: string
}

/** The patch that makes an occurrence what it should be; undefined where it is. */
function bodyFor(slot: Slot, content: EventContent, standing: Standing): EventBody | undefined {
  const { there, master, shown, zone } = standing
  const wanted = content.overrides[slot]
  const isCancelled = there ? there.status === 'cancelled' : shown.overrides[slot]?.kind === 'cancelled'
  const isStray = !wanted && there !== undefined && !isInSeries(content, slot)
  if (wanted?.kind === 'cancelled' || isStray) return isCancelled ? undefined : { status: 'cancelled' }
  const target = wanted?.kind === 'changed' ? wanted.content : plainOccurrence(content, slot)
  // Without an exception there is nothing to bring back to the series; a cancellation in its lines is the master's.
  if (!there && !wanted) return undefined
  const scene = sceneOf(there ?? master, zone, master)
  const now: OccurrenceContent =
    there && !isCancelled ? readOccurrence(there, scene) : plainOccurrence({ ...shown, overrides: {} }, slot)
  const fields = isCancelled && there ? writable : differing(now, target)
  if (fields.length === 0) return undefined
  // What is noted of the series is not for its occurrences.
  const own = withoutPending((there ?? master).extendedProperties?.private)
  return writeFields(target, fields, { zone, kept: scene.kept, before: there, isOccurrence: true }, own).body
}

const writable: readonly OccurrenceField[] = occurrenceFields.filter((field) => codecs[field].write)

function differing(now: OccurrenceContent, target: OccurrenceContent): readonly OccurrenceField[] {
  return writable.filter((field) => !sameOccurrenceField(field, now, target))
}

function noSuchOccurrence(): SyncError {
  return new SyncError('event_refused', 'Google does not have an occurrence of this series that was changed.', {
    reason: 'NO_SUCH_OCCURRENCE',
  })
}
