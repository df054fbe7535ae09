import {
  type EventContent,
  type Field,
  neutralOccurrence,
  type OccurrenceField,
  occurrenceFields,
} from '../../model/content.js'
import { sameField } from '../../model/equality.js'
import { isInSeries } from '../../model/recurrence.js'
import type { EventBody } from './client.js'
import { codecs, writeFields } from './event-map.js'
import type { Cut } from './pending.js'
import type { PropertyName } from './properties.js'
import { isSeries, readContent } from './series.js'
import type { GraphEvent } from './wire.js'

/** Our properties, as they are written along. */
export type Properties = Readonly<Partial<Record<PropertyName, string | undefined>>>

/** The body of a new event: all that it says; of a series without its changed and cancelled occurrences. */
export function newBody(content: EventContent, properties: Properties = {}): EventBody {
  const fields = occurrenceFields.filter((field) => isSaid(field, content))
  const all = content.recurrence ? [...fields, 'recurrence' as const] : fields
  return writeFields(content, all, { before: undefined }, properties)
}

/** What is to be written over an event; its changed and cancelled occurrences not included. Empty: nothing. */
export function patchBody(
  before: GraphEvent,
  content: EventContent,
  fields: readonly Field[],
  properties: Properties,
): EventBody {
  const shown = readContent(before)
  const named = (field: Field): boolean => fields.includes(field) && !sameField(field, content, shown)
  const repeats = content.recurrence !== null
  // The dates of a series are one: Microsoft takes no start without the range that begins there.
  const isDated = named('time') || named('recurrence')
  const changed = occurrenceFields.filter((field) =>
    field === 'time' ? named('time') || (isDated && repeats) : fields.includes(field) && codecs[field].write,
  )
  const all = isDated && (repeats || isSeries(before)) ? [...changed, 'recurrence' as const] : changed
  return writeFields(content, all, { before }, properties)
}

/**
 * How a series has to be cut short so that it forgets which occurrences were cancelled, where one of them is to take place
 * again: nothing else brings it back. Undefined where there is none.
 */
export function cutShort(before: GraphEvent, content: EventContent): Cut | undefined {
  const { overrides } = readContent(before)
  const isBack = Object.keys(overrides).some(
    (slot) =>
      overrides[slot]?.kind === 'cancelled' &&
      content.overrides[slot]?.kind !== 'cancelled' &&
      isInSeries(content, slot),
  )
  const { recurrence } = before
  if (!isBack || !recurrence) return undefined
  const isOne = recurrence.range?.type === 'numbered' && recurrence.range.numberOfOccurrences === 1
  return { count: isOne ? 2 : 1, recurrence: recurrenceOf(content, before) }
}

/** A series as a patch leaves it: one with other dates forgets what was changed of them. */
export function seriesAfter(before: GraphEvent, body: EventBody, isCut: boolean): GraphEvent {
  const after = { ...before, ...body } as GraphEvent & { readonly [name: string]: unknown }
  const zoned = {
    ...('start' in body && { originalStartTimeZone: after.start?.timeZone }),
    ...('end' in body && { originalEndTimeZone: after.end?.timeZone }),
  }
  const isDated = isCut || 'start' in body || 'recurrence' in body
  return { ...after, ...zoned, ...(isDated && { exceptionOccurrences: [], cancelledOccurrences: [] }) } as GraphEvent
}

function recurrenceOf(content: EventContent, before: GraphEvent): Cut['recurrence'] {
  return writeFields(content, ['recurrence'], { before })['recurrence'] as Cut['recurrence']
}

/** Reminders are always said: where nothing is, the mailbox's default rings. */
function isSaid(field: OccurrenceField, content: EventContent): boolean {
  if (!codecs[field].write) return false
  if (field === 'time' || field === 'reminders') return true
  return JSON.stringify(content[field]) !== JSON.stringify(neutralOccurrence[field])
}
