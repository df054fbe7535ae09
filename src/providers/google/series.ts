import { isSyncError, SyncError } from '../../errors.js'
import type { EventContent, EventTime, Override, Slot } from '../../model/content.js'
import { samePlain } from '../../model/plain-occurrence.js'
import { isInSeries, slotOf, slotTime } from '../../model/recurrence.js'
import { formatCompact, localAt, parseCompact, toInstant } from '../../model/time.js'
import { readOccurrence, sceneOf } from './event-map.js'
import { floatingRule, readRecurrence } from './recurrence-lines.js'
import { broken, grounded, readMoment } from './times.js'
import type { GoogleEvent } from './wire.js'

/** A single event, or a series with every occurrence that was changed or cancelled. */
export interface Parts {
  readonly master: GoogleEvent
  /** By id, so that the same parts are always in the same order. */
  readonly exceptions: readonly GoogleEvent[]
}

const mostOverrides = 2_000

export function isSeries({ recurrence }: GoogleEvent): boolean {
  return recurrence !== undefined && recurrence.length > 0
}

/**
 * What a single event or a series says. Google keeps an occurrence that was once changed for good, also when it is as
 * the series again; such a one is no override.
 * @throws SyncError `invalid_event`, `unsupported`, `limit_exceeded`.
 */
export function readContent({ master, exceptions }: Parts, zone: string): EventContent {
  const occurrence = readOccurrence(master, sceneOf(master, zone))
  const single: EventContent = { ...occurrence, recurrence: null, overrides: {} }
  if (!master.recurrence || !master.start) return single
  const start = readMoment(master.start, zone)
  const { recurrence, exdates, periods } = readRecurrence(master.recurrence, start)
  if (!recurrence) return single
  if (exceptions.length > mostOverrides) throw tooMany()
  const floats = occurrence.time.start.kind === 'floating' && start.kind === 'timed'
  const rule = floats && recurrence.rule !== null ? floatingRule(recurrence.rule, start.zone) : recurrence.rule
  const series: EventContent = { ...occurrence, recurrence: { ...recurrence, rule }, overrides: {} }
  const overrides: Record<Slot, Override> = {}
  for (const slot of exdates) overrides[slot] = { kind: 'cancelled' }
  for (const [slot, time] of periods) overrides[slot] ??= { kind: 'changed', content: { ...occurrence, time } }
  for (const exception of exceptions) {
    const slot = slotOfException(exception, start)
    if (exception.status === 'cancelled') overrides[slot] = { kind: 'cancelled' }
    else {
      const content = readOccurrence(exception, sceneOf(exception, zone, master))
      const isChanged = !samePlain(content, series, slot) || !isInSeries(series, slot)
      if (isChanged) overrides[slot] = { kind: 'changed', content }
      else if (overrides[slot]?.kind === 'cancelled') delete overrides[slot]
    }
  }
  return { ...series, overrides }
}

/**
 * Whether a changed occurrence is of a day that its series does not have. Where the parts were told on several pages,
 * the series may have been moved in between, and they never stood so.
 */
export function hasStray({ master, exceptions }: Parts, zone: string): boolean {
  const changed = exceptions.filter(({ status }) => status !== 'cancelled')
  if (changed.length === 0) return false
  try {
    const series = readContent({ master, exceptions: [] }, zone)
    const start = readMoment(master.start ?? {}, zone)
    return changed.some((exception) => !isInSeries(series, slotOfException(exception, start)))
  } catch (error) {
    if (isSyncError(error)) return false
    throw error
  }
}

/** The occurrence that an exception stands for, in the form of its series. @throws SyncError `invalid_event`. */
export function slotOfException(exception: GoogleEvent, start: EventTime): Slot {
  const { originalStartTime } = exception
  const fallback = start.kind === 'timed' ? start.zone : 'UTC'
  const time = originalStartTime ? readMoment(originalStartTime, fallback) : timeInId(exception.id)
  const slot = time && slotOf(time, start)
  if (slot === undefined) throw broken('SLOT', 'has an occurrence that does not say which one it is')
  return slot
}

/** The id of an occurrence: that of its series, and its original start in UTC, or its date. */
export function instanceId(masterId: string, slot: Slot, start: EventTime, zone: string): string {
  const time = slotTime(slot, grounded(start, zone))
  if (time.kind === 'date') return `${masterId}_${formatCompact(time)}`
  const local = localAt(toInstant(time, zone), 'UTC')
  return `${masterId}_${formatCompact({ kind: 'timed', local, zone: 'UTC' })}`
}

/** The series that an id belongs to, when it has the form of an occurrence's. */
export function masterOfInstance(id: string): string | undefined {
  return instanceIds.exec(id)?.[1]
}

const instanceIds = /^(.+)_(\d{8}(?:T\d{6}Z)?)$/

function timeInId(id: string): EventTime | undefined {
  return parseCompact(instanceIds.exec(id)?.[2] ?? '')
}

function tooMany(): SyncError {
  return new SyncError('limit_exceeded', `This series has more than ${mostOverrides} changed occurrences. Split it.`, {
    reason: 'LIMIT_OVERRIDES',
  })
}
