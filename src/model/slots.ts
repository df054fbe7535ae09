import type { EventTime, Slot } from './content.js'
import { isDate, isLocal, localAt, toInstant } from './time.js'
import { resolveZone, sameZone } from './zones.js'

/**
 * The slot that a RECURRENCE-ID, EXDATE or RDATE in any form means, in the form of its series. Undefined when it names
 * no time that exists.
 *
 * Sources write UTC or another zone beside a zoned series, a date beside a timed one (that day at the series' time)
 * and a time beside whole days (its date as written).
 */
export function slotOf(time: EventTime, master: EventTime): Slot | undefined {
  if (!isTime(time)) return undefined
  if (master.kind === 'date') return time.kind === 'date' ? time.date : time.local.slice(0, 10)
  const timeOfDay = master.local.slice(10)
  if (time.kind === 'date') return `${time.date}${timeOfDay}`
  if (time.kind === 'floating' || master.kind === 'floating' || sameZone(time.zone, master.zone)) return time.local
  const instant = toInstant(time)
  const local = localAt(instant, master.zone)
  // In a night that skips the series' time the instance takes place later, and only its instant can say so. Its slot
  // keeps the time that the rule gives.
  const nominal = `${local.slice(0, 10)}${timeOfDay}`
  return toInstant({ ...master, local: nominal }) === instant ? nominal : local
}

/** The time that a slot names. */
export function slotTime(slot: Slot, master: EventTime): EventTime {
  const date = slot.slice(0, 10)
  if (master.kind === 'date') return { kind: 'date', date }
  return { ...master, local: slot.length === 10 ? `${date}${master.local.slice(10)}` : slot }
}

/** A slot in the form of its series, whatever form it was kept in. */
export function normalizeSlot(slot: Slot, master: EventTime): Slot {
  const time = slotTime(slot, master)
  return time.kind === 'date' ? time.date : time.local
}

function isTime(time: EventTime): boolean {
  if (time.kind === 'date') return isDate(time.date)
  return isLocal(time.local) && (time.kind === 'floating' || resolveZone(time.zone) !== undefined)
}
