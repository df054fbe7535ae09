import type { EventContent, Slot } from '../../model/content.js'
import type { RemoteId } from '../../model/ids.js'
import { wasTouched } from '../../model/series-note.js'
import type { Written } from '../provider.js'
import type { Place } from './context.js'
import { writable } from './event-map.js'
import { changedMeanwhile, partly } from './failure.js'
import { endPending, readSeries, restored } from './finish.js'
import { pendingOf } from './pending.js'
import { readContent, slotOf } from './series.js'
import { type Outcomes, stepsTo, writeSteps } from './series-writes.js'
import { sameEvent, toUnit } from './unit.js'
import type { GraphEvent } from './wire.js'

/** A series that is written. */
interface WrittenMaster {
  /** The whole of it as it shall be. */
  readonly content: EventContent
  /** The occurrences that were known, and those that are wanted. */
  readonly slots: Iterable<Slot>
  /** As it was read then. */
  readonly after: GraphEvent
  /** As that write was answered with. */
  readonly answer: GraphEvent
}

/** What is left to be done once a series itself is written. */
export async function afterMaster(place: Place, { content, slots, after, answer }: WrittenMaster): Promise<Written> {
  const series = await restored(place, after)
  const pending = pendingOf(series)
  // Whether the tag of a series guards its occurrences is not documented: what somebody did to one comes first.
  if (pending && wasTouched(pending, readContent(series), writable)) throw changedMeanwhile()
  // Nobody knew of these when the write began: they are somebody's own.
  const theirs = overridesBeside(slots, series)
  const overrides = { ...content.overrides, ...theirs }
  const result = await writeOccurrences(place, { ...content, overrides }, series)
  if (Object.keys(theirs).length > 0) return { id: result.id }
  const isSame = sameMaster(after, answer) && (series === after || sameMaster(undated(series), undated(after)))
  return isSame ? result : { id: result.id }
}

function overridesBeside(slots: Iterable<Slot>, series: GraphEvent): EventContent['overrides'] {
  const known = new Set(slots)
  return Object.fromEntries(Object.entries(readContent(series).overrides).filter(([slot]) => !known.has(slot)))
}

function undated({ recurrence: _dates, ...series }: GraphEvent): GraphEvent {
  return series
}

/** Whether two states of a series are the same, whatever its occurrences are. */
function sameMaster(a: GraphEvent, b: GraphEvent): boolean {
  return sameEvent({ ...a, ...nothing }, { ...b, ...nothing })
}

/** The occurrences of a series, after the series itself; and what all of it came to. */
export async function writeOccurrences(place: Place, content: EventContent, series: GraphEvent): Promise<Written> {
  const steps = stepsTo(content, series)
  const isPending = pendingOf(series) !== undefined
  let isPartly = isPending
  try {
    const outcomes = await writeSteps(steps, { ...place, series }, () => {
      isPartly = true
    })
    if (isPending) await endPending(place, series)
    if (steps.length === 0 && !isPending) return written(series)
    return confirmed(await readSeries(place, series.id), series, outcomes)
  } catch (error) {
    throw isPartly ? partly(error) : error
  }
}

/**
 * The series as it is now, where that is what our writes were answered with. Where it says something else by now, somebody
 * was at it since, and nothing is said: the engine will see for itself.
 */
function confirmed(now: GraphEvent, before: GraphEvent, outcomes: Outcomes): Written {
  const { start } = readContent(before).time
  const expected = new Map((before.exceptionOccurrences ?? []).map((one) => [slotOf(one, start), one]))
  const cancelled = new Set(before.cancelledOccurrences ?? [])
  for (const [slot, event] of outcomes) {
    if (event) expected.set(slot, event)
    else expected.delete(slot)
  }
  const isSame =
    sameMaster(now, before) &&
    (now.exceptionOccurrences ?? []).length === expected.size &&
    (now.exceptionOccurrences ?? []).every((one) => {
      const other = expected.get(slotOf(one, start))
      return other !== undefined && sameEvent(one, other)
    }) &&
    (now.cancelledOccurrences ?? []).length === cancelled.size + [...outcomes.values()].filter((one) => !one).length
  return isSame && !pendingOf(now) ? written(now) : { id: now.id as RemoteId }
}

const nothing = { exceptionOccurrences: [], cancelledOccurrences: [] }

export function written(event: GraphEvent): Written {
  const unit = toUnit(event)
  if (unit.type === 'unreadable') return { id: unit.id, revision: unit.revision }
  return { id: unit.event.id, revision: unit.event.revision, shown: unit.event }
}
