import * as z from 'zod'
import { invalidResponse } from './failure.js'
import type { ExtendedProperty } from './properties.js'

/**
 * What Graph sends, as far as we read it. Keys that are not here are dropped: a patch leaves them alone on the server. Null
 * and absent mean the same there, so nulls are dropped as well.
 * @see https://learn.microsoft.com/graph/api/resources/event
 */

/** A wall time without an offset, `2026-03-04T09:00:00.0000000`, and the zone it is in: a Windows name, an IANA name, UTC. */
export interface GraphMoment {
  readonly dateTime?: string
  readonly timeZone?: string
}

export interface GraphAddress {
  readonly name?: string
  readonly address?: string
}

export interface GraphAttendee {
  readonly type?: string
  readonly status?: { readonly response?: string; readonly time?: string }
  readonly emailAddress?: GraphAddress
}

export interface GraphLocation {
  readonly displayName?: string
  readonly coordinates?: { readonly latitude?: number; readonly longitude?: number }
}

/** How a series repeats. What a type of pattern does not use comes back as zeros and defaults. */
export interface GraphPattern {
  readonly type?: string
  readonly interval?: number
  readonly month?: number
  readonly dayOfMonth?: number
  readonly daysOfWeek?: readonly string[]
  readonly firstDayOfWeek?: string
  readonly index?: string
}

/** Since when, and until when. Dates are those of `recurrenceTimeZone`; the end is included. */
export interface GraphRange {
  readonly type?: string
  readonly startDate?: string
  readonly endDate?: string
  readonly recurrenceTimeZone?: string
  readonly numberOfOccurrences?: number
}

export interface GraphRecurrence {
  readonly pattern?: GraphPattern
  readonly range?: GraphRange
}

/** One event resource: a single event, a series, one of its occurrences or exceptions. */
export interface GraphEvent {
  readonly id: string
  readonly '@odata.etag'?: string
  readonly changeKey?: string
  readonly createdDateTime?: string
  readonly lastModifiedDateTime?: string
  readonly transactionId?: string
  /** Another one for every occurrence. */
  readonly iCalUId?: string
  readonly type?: string
  readonly seriesMasterId?: string
  /** `OID.<series>.<date>`; some accounts give it in place of `originalStart`. */
  readonly occurrenceId?: string
  readonly originalStart?: string
  /** The zone in which it was made; the times themselves come in whatever zone was asked for. */
  readonly originalStartTimeZone?: string
  readonly originalEndTimeZone?: string
  readonly start?: GraphMoment
  readonly end?: GraphMoment
  readonly isAllDay?: boolean
  readonly subject?: string
  readonly body?: { readonly contentType?: string; readonly content?: string }
  readonly location?: GraphLocation
  readonly importance?: string
  readonly sensitivity?: string
  readonly showAs?: string
  readonly categories?: readonly string[]
  readonly isCancelled?: boolean
  readonly isDraft?: boolean
  readonly isOrganizer?: boolean
  readonly isReminderOn?: boolean
  readonly reminderMinutesBeforeStart?: number
  readonly recurrence?: GraphRecurrence
  readonly attendees?: readonly GraphAttendee[]
  readonly organizer?: { readonly emailAddress?: GraphAddress }
  readonly responseStatus?: { readonly response?: string; readonly time?: string }
  readonly hasAttachments?: boolean
  readonly isOnlineMeeting?: boolean
  readonly onlineMeetingProvider?: string
  readonly onlineMeetingUrl?: string
  readonly onlineMeeting?: { readonly joinUrl?: string }
  readonly singleValueExtendedProperties?: readonly ExtendedProperty[]
  /** Only of a series, and only where they were asked for. */
  readonly exceptionOccurrences?: readonly GraphEvent[]
  readonly cancelledOccurrences?: readonly string[]
}

/** One item of a listing. */
export type GraphItem =
  | { readonly kind: 'event'; readonly event: GraphEvent }
  | {
      readonly kind: 'broken'
      readonly id: string
      readonly etag: string | undefined
      readonly seriesMasterId: string | undefined
      /** Where it is broken: a path, never a value. */
      readonly path: string
    }

/** Of a longer body the rest is not looked at: it is more than any text that people write, and is kept with the event. */
export const longestBody = 1_000_000

const text = z.string().max(262_144)
const word = z.string().max(1_024)
const id = z
  .string()
  .min(1)
  .max(2_048)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: refusing control characters is the point
  .regex(/^[^\u0000-\u001f\u007f]+$/)

function object<T extends z.ZodRawShape>(shape: T) {
  return z.preprocess(withoutNulls, z.object(shape))
}

function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== null))
}

const moment: z.ZodType<GraphMoment> = object({ dateTime: word.exactOptional(), timeZone: word.exactOptional() })
const address: z.ZodType<GraphAddress> = object({ name: text.exactOptional(), address: text.exactOptional() })
const response = object({ response: word.exactOptional(), time: word.exactOptional() })

const attendee: z.ZodType<GraphAttendee> = object({
  type: word.exactOptional(),
  status: response.exactOptional(),
  emailAddress: address.exactOptional(),
})

const location: z.ZodType<GraphLocation> = object({
  displayName: text.exactOptional(),
  coordinates: object({ latitude: z.number().exactOptional(), longitude: z.number().exactOptional() }).exactOptional(),
})

const recurrence: z.ZodType<GraphRecurrence> = object({
  pattern: object({
    type: word.exactOptional(),
    interval: z.number().exactOptional(),
    month: z.number().exactOptional(),
    dayOfMonth: z.number().exactOptional(),
    daysOfWeek: z.array(word).max(100).exactOptional(),
    firstDayOfWeek: word.exactOptional(),
    index: word.exactOptional(),
  }).exactOptional(),
  range: object({
    type: word.exactOptional(),
    startDate: word.exactOptional(),
    endDate: word.exactOptional(),
    recurrenceTimeZone: word.exactOptional(),
    numberOfOccurrences: z.number().exactOptional(),
  }).exactOptional(),
})

const property: z.ZodType<ExtendedProperty> = object({ id: word, value: z.string().max(262_144).exactOptional() })

const fields = {
  id,
  '@odata.etag': word.exactOptional(),
  changeKey: word.exactOptional(),
  createdDateTime: word.exactOptional(),
  lastModifiedDateTime: word.exactOptional(),
  transactionId: text.exactOptional(),
  iCalUId: z.string().max(2_048).exactOptional(),
  type: word.exactOptional(),
  seriesMasterId: id.exactOptional(),
  occurrenceId: z.string().max(4_096).exactOptional(),
  originalStart: word.exactOptional(),
  originalStartTimeZone: word.exactOptional(),
  originalEndTimeZone: word.exactOptional(),
  start: moment.exactOptional(),
  end: moment.exactOptional(),
  isAllDay: z.boolean().exactOptional(),
  subject: text.exactOptional(),
  body: object({
    contentType: word.exactOptional(),
    content: z
      .string()
      .transform((content) => content.slice(0, longestBody))
      .exactOptional(),
  }).exactOptional(),
  location: location.exactOptional(),
  importance: word.exactOptional(),
  sensitivity: word.exactOptional(),
  showAs: word.exactOptional(),
  categories: z.array(text).max(1_000).exactOptional(),
  isCancelled: z.boolean().exactOptional(),
  isDraft: z.boolean().exactOptional(),
  isOrganizer: z.boolean().exactOptional(),
  isReminderOn: z.boolean().exactOptional(),
  reminderMinutesBeforeStart: z.number().exactOptional(),
  recurrence: recurrence.exactOptional(),
  attendees: z.array(attendee).max(1_000).exactOptional(),
  organizer: object({ emailAddress: address.exactOptional() }).exactOptional(),
  responseStatus: response.exactOptional(),
  hasAttachments: z.boolean().exactOptional(),
  isOnlineMeeting: z.boolean().exactOptional(),
  onlineMeetingProvider: word.exactOptional(),
  onlineMeetingUrl: text.exactOptional(),
  onlineMeeting: object({ joinUrl: text.exactOptional() }).exactOptional(),
  singleValueExtendedProperties: z.array(property).max(1_000).exactOptional(),
}

const eventSchema: z.ZodType<GraphEvent> = object({
  ...fields,
  exceptionOccurrences: z.array(object(fields)).max(10_000).exactOptional(),
  cancelledOccurrences: z.array(z.string().max(4_096)).max(10_000).exactOptional(),
})

const idsSchema = z.object({ value: z.array(z.object({ id })) })

/** Reads a list that only tells what is there. @throws SyncError `invalid_response` for what is none: then nothing is known. */
export function readIds(given: unknown): readonly string[] {
  const parsed = idsSchema.safeParse(given)
  if (!parsed.success) throw invalidResponse('LIST_WITHOUT_IDS')
  return parsed.data.value.map((one) => one.id)
}

/** What is left to tell of an event that cannot be read: enough to set it aside, and its series with it. */
const nameSchema = z.object({
  id,
  '@odata.etag': word.optional().catch(undefined),
  seriesMasterId: id.optional().catch(undefined),
})

/** Reads one item. @throws SyncError `invalid_response` for an item without an id: nobody could say what it is about. */
export function readItem(given: unknown): GraphItem {
  const parsed = eventSchema.safeParse(given)
  if (parsed.success) return { kind: 'event', event: parsed.data }
  const name = nameSchema.safeParse(given)
  if (!name.success) throw invalidResponse('ITEM_WITHOUT_ID')
  const { id, '@odata.etag': etag, seriesMasterId } = name.data
  return { kind: 'broken', id, etag, seriesMasterId, path: parsed.error.issues[0]?.path.join('.') ?? '' }
}
