import { SyncError } from '../../errors.js'
import type { EventContent, EventTime, Override, Slot } from '../../model/content.js'
import { samePlain } from '../../model/plain-occurrence.js'
import { isInSeries } from '../../model/recurrence.js'
import { localAt } from '../../model/time.js'
import { readOccurrence } from './event-map.js'
import { readRecurrence } from './recurrence.js'
import type { GraphEvent } from './wire.js'

const mostOverrides = 2_000

export function isSeries({ type, recurrence }: GraphEvent): boolean {
  return type === 'seriesMaster' || recurrence !== undefined
}

/**
 * What a single event or a series says. An occurrence that was once changed stays one of its own, also when it is as the
 * series again; such a one is no override.
 * @throws SyncError `invalid_event`, `unsupported`, `limit_exceeded`.
 */
export function readContent(event: GraphEvent): EventContent {
  const occurrence = readOccurrence(event)
  const single: EventContent = { ...occurrence, recurrence: null, overrides: {} }
  if (!event.recurrence) return single
  const { start } = occurrence.time
  const series: EventContent = { ...single, recurrence: readRecurrence(event, start) }
  const exceptions = event.exceptionOccurrences ?? []
  if (exceptions.length + (event.cancelledOccurrences?.length ?? 0) > mostOverrides) throw tooMany()
  const overrides: Record<Slot, Override> = {}
  for (const slot of cancelledSlots(event, start)) if (isInSeries(series, slot)) overrides[slot] = { kind: 'cancelled' }
  for (const exception of exceptions) {
    const slot = slotOf(exception, start)
    const content = readOccurrence(exception, event)
    if (!samePlain(content, series, slot) || !isInSeries(series, slot)) overrides[slot] = { kind: 'changed', content }
  }
  return { ...series, overrides }
}

/** The occurrences that were taken out of a series. Their names end in their dates. @throws SyncError `invalid_event`. */
export function cancelledSlots({ cancelledOccurrences }: GraphEvent, start: EventTime): readonly Slot[] {
  return (cancelledOccurrences ?? []).map((name) => {
    const date = dateIn(name)
    if (date === undefined) throw unnamed()
    return slotOn(date, start)
  })
}

/**
 * The occurrence that an exception stands for. No series has two on one day, so the date tells it; in which the name of
 * an occurrence ends that some accounts give in place of its original start.
 * @throws SyncError `invalid_event`.
 */
export function slotOf(exception: GraphEvent, start: EventTime): Slot {
  const date = dateIn(exception.occurrenceId ?? '') ?? originalDate(exception, start)
  if (date === undefined) throw unnamed()
  return slotOn(date, start)
}

export function slotOn(date: string, start: EventTime): Slot {
  return start.kind === 'date' ? date : `${date}T${start.local.slice(11)}`
}

/** `OID.<series>.<date>` */
function dateIn(name: string): string | undefined {
  return /^OID\..+\.(\d{4}-\d{2}-\d{2})$/.exec(name)?.[1]
}

function originalDate({ originalStart }: GraphEvent, start: EventTime): string | undefined {
  const ms = Date.parse(originalStart ?? '')
  if (Number.isNaN(ms)) return undefined
  // Of a whole day midnight is told in a zone that nobody names: noon of that day is in the middle of all of them.
  if (start.kind === 'date') return new Date(ms + 12 * 3_600_000).toISOString().slice(0, 10)
  return localAt(ms, start.kind === 'timed' ? start.zone : 'UTC').slice(0, 10)
}

function unnamed(): SyncError {
  return new SyncError(
    'invalid_event',
    'This series has an occurrence that does not say which one it is, so it cannot be synced.',
    { reason: 'SLOT' },
  )
}

function tooMany(): SyncError {
  return new SyncError('limit_exceeded', `This series has more than ${mostOverrides} changed occurrences. Split it.`, {
    reason: 'LIMIT_OVERRIDES',
  })
}
