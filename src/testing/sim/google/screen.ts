import {
  type EventContent,
  type OccurrenceContent,
  type OccurrenceField,
  occurrenceFields,
  type Slot,
} from '../../../model/content.js'
import { sameOccurrenceField } from '../../../model/equality.js'
import { slotTime } from '../../../model/recurrence.js'
import { toInstant } from '../../../model/time.js'
import { codecs, withoutNulls, writeFields } from '../../../providers/google/event-map.js'
import { formatRecurrence, readRecurrence } from '../../../providers/google/recurrence-lines.js'
import { grounded } from '../../../providers/google/times.js'
import type { GoogleEvent } from '../../google/index.js'

/** The fields that a person at Google's screen can type into. */
export const typeable: readonly OccurrenceField[] = occurrenceFields.filter((field) => codecs[field].write)

/**
 * What a screen sends when these fields were typed. Private properties are for programs: what one of them noted there of
 * the meaning of a value stays as it is.
 */
export function typed(content: OccurrenceContent, fields: readonly OccurrenceField[], zone: string): GoogleEvent {
  const { body } = writeFields(content, fields, { zone, before: undefined, kept: {} })
  const { extendedProperties: _ofPrograms, ...said } = body
  return said as GoogleEvent
}

/** A new event as a screen sends it, its changed and cancelled occurrences not included. */
export function typedNew(content: EventContent, zone: string): GoogleEvent {
  const lines = content.recurrence ? { recurrence: linesOf(content, [], zone) } : {}
  return { ...(withoutNulls({ ...typed(content, typeable, zone) }) as GoogleEvent), ...lines }
}

/** The fields of one occurrence that have to be typed to make `now` say what `wanted` does. */
export function toType(now: OccurrenceContent, wanted: OccurrenceContent): readonly OccurrenceField[] {
  return typeable.filter((field) => !sameOccurrenceField(field, now, wanted))
}

/** The rule of a series, and the dates that it leaves out. */
export function linesOf(
  { recurrence, time }: Pick<EventContent, 'recurrence' | 'time'>,
  exdates: readonly Slot[],
  zone: string,
): readonly string[] {
  return recurrence ? formatRecurrence({ recurrence, exdates, start: grounded(time.start, zone) }) : []
}

/** The dates that the lines of a series leave out: a program wrote them so. */
export function leftOut(lines: readonly string[], { time }: Pick<EventContent, 'time'>, zone: string): readonly Slot[] {
  return readRecurrence(lines, grounded(time.start, zone)).exdates
}

/** How a screen names an occurrence: by the instant at which it would have been. */
export function originalStart(slot: Slot, { time }: Pick<EventContent, 'time'>, zone: string): string {
  const at = slotTime(slot, grounded(time.start, zone))
  return at.kind === 'date' ? at.date : new Date(toInstant(at, zone)).toISOString()
}
