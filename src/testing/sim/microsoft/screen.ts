import {
  type EventContent,
  type OccurrenceContent,
  type OccurrenceField,
  occurrenceFields,
} from '../../../model/content.js'
import { sameOccurrenceField } from '../../../model/equality.js'
import { writable, writeFields } from '../../../providers/microsoft/event-map.js'
import { newBody } from '../../../providers/microsoft/master-body.js'
import type { MicrosoftEvent } from '../../microsoft/index.js'

/** The fields that a person in Outlook can type into. */
export const typeable: readonly OccurrenceField[] = writable

/**
 * What a screen sends when these fields were typed. Extended properties are for programs: what one of them noted there of
 * the meaning of a value stays as it is.
 */
export function typed(
  content: OccurrenceContent & Partial<Pick<EventContent, 'recurrence'>>,
  fields: readonly (OccurrenceField | 'recurrence')[],
): MicrosoftEvent {
  return said(writeFields(content, fields, { before: undefined }))
}

/** A new event as a screen sends it, its changed and cancelled occurrences not included. */
export function typedNew(content: EventContent): MicrosoftEvent {
  return said(newBody(content))
}

/** The fields of one occurrence that have to be typed to make `now` say what `wanted` does. */
export function toType(now: OccurrenceContent, wanted: OccurrenceContent): readonly OccurrenceField[] {
  return occurrenceFields.filter((field) => typeable.includes(field) && !sameOccurrenceField(field, now, wanted))
}

function said({ singleValueExtendedProperties: _ofPrograms, ...body }: Readonly<Record<string, unknown>>) {
  return body as MicrosoftEvent
}
