import type { EventContent, EventTime, Slot } from '../../model/content.js'
import type { Holding } from '../../model/holding.js'
import { isSlotOf, slotTime } from '../../model/recurrence.js'
import { localAt, toInstant } from '../../model/time.js'
import { unwritable } from './event-map.js'
import { neighbour } from './patterns.js'
import { dateOf, recurrenceOf } from './recurrence.js'
import { mostReminders } from './reminders.js'
import type { GraphPattern } from './wire.js'

/** What every calendar at Microsoft can hold. */
export const holding: Holding = {
  cannotHold: unwritable,
  holdsSeries,
  // So much Outlook lets people type; what the service itself takes is not documented.
  limits: { title: 255, reminders: mostReminders },
}

type Series = Pick<EventContent, 'time' | 'recurrence' | 'overrides'>

/**
 * Whether Graph takes a series as one: a rule that a pattern says exactly, no added dates, and no changed occurrence that
 * would come to stand on the day of its neighbour, or beyond.
 */
function holdsSeries(series: Series): boolean {
  if (!series.recurrence) return true
  try {
    const pattern = recurrenceOf(series)?.pattern
    if (!pattern) return false
    return Object.keys(series.overrides).every((slot) => holdsOverride(series, pattern, slot))
  } catch {
    return false
  }
}

function holdsOverride(series: Series, pattern: GraphPattern, slot: Slot): boolean {
  if (!isSlotOf(series as EventContent, slot)) return false
  const { start } = series.time
  const [day, here] = [dateOf(slotTime(slot, start)), dayOf(series, slot)]
  if (here === day) return true
  const [before, after] = ([-1, 1] as const).map((way) => neighbour(pattern, dateOf(start), day, way))
  if (before !== undefined && before >= here) return false
  // Where the one before was moved as well, it is asked the same about this one.
  return after === undefined || (after > here && dayOf(series, slotOn(after, start)) > here)
}

/** The day on which an occurrence takes place, in the zone of the series. */
function dayOf({ time, overrides }: Series, slot: Slot): string {
  const override = overrides[slot]
  if (override?.kind !== 'changed') return dateOf(slotTime(slot, time.start))
  const { start } = override.content.time
  return start.kind === 'timed' && time.start.kind === 'timed'
    ? localAt(toInstant(start), time.start.zone).slice(0, 10)
    : dateOf(start)
}

function slotOn(date: string, start: EventTime): Slot {
  return start.kind === 'date' ? date : `${date}${start.local.slice(10)}`
}
