import type { EventContent, EventTime, Slot } from '../model/content.js'
import { encodeMark, type Mark } from '../model/origin.js'
import { slotTime } from '../model/slots.js'
import { normalizeUntil } from '../model/until.js'
import type { Line } from './component.js'
import { line } from './field-codec.js'
import { markProperty } from './series.js'
import { type NameZone, timeLine } from './times.js'

/** `RRULE:…` with the UNTIL that its start demands. */
export function ruleLine(rule: string, start: EventTime): Line {
  return line('RRULE', normalizeUntil(rule, start))
}

/** RDATE, EXDATE or RECURRENCE-ID for one slot, in the form of the start. */
export function slotLine(name: string, slot: Slot, start: EventTime, nameZone: NameZone): Line {
  return timeLine(name, slotTime(slot, start), nameZone)
}

export function markLine(mark: Mark): Line {
  return line(markProperty, encodeMark(mark))
}

/** The slots that do not take place, sorted. */
export function cancelledSlots(content: EventContent): readonly Slot[] {
  return Object.keys(content.overrides)
    .filter((slot) => content.overrides[slot]?.kind === 'cancelled')
    .sort()
}
