import * as z from 'zod'
import type { SyncError } from '../../errors.js'
import { invalidResponse } from './failure.js'

/**
 * What Google sends, as far as we read it. Keys that are not here are dropped: a patch leaves them alone on the server.
 * @see https://developers.google.com/workspace/calendar/api/v3/reference
 */

const text = z.string().max(262_144)
const id = z
  .string()
  .min(1)
  .max(1_024)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: refusing control characters is the point
  .regex(/^[^\u0000-\u001f\u007f]+$/)

const moment = z.object({
  date: z.string().max(32).exactOptional(),
  dateTime: z.string().max(64).exactOptional(),
  timeZone: z.string().max(255).exactOptional(),
})

const person = z.object({
  email: text.exactOptional(),
  displayName: text.exactOptional(),
  self: z.boolean().exactOptional(),
})

const attendee = z.object({
  id: text.exactOptional(),
  email: text.exactOptional(),
  displayName: text.exactOptional(),
  organizer: z.boolean().exactOptional(),
  self: z.boolean().exactOptional(),
  resource: z.boolean().exactOptional(),
  optional: z.boolean().exactOptional(),
  responseStatus: z.string().max(64).exactOptional(),
  comment: text.exactOptional(),
  additionalGuests: z.number().exactOptional(),
})

const attachment = z.object({
  fileUrl: text.exactOptional(),
  title: text.exactOptional(),
  mimeType: text.exactOptional(),
  iconLink: text.exactOptional(),
  fileId: text.exactOptional(),
})

const conferenceData = z.object({
  conferenceSolution: z.object({ name: text.exactOptional() }).exactOptional(),
  entryPoints: z
    .array(z.object({ entryPointType: text.exactOptional(), uri: text.exactOptional(), label: text.exactOptional() }))
    .max(100)
    .exactOptional(),
})

const eventSchema = z.object({
  id,
  etag: z.string().max(1_024).exactOptional(),
  status: z.string().max(64).exactOptional(),
  iCalUID: z.string().max(2_048).exactOptional(),
  created: z.string().max(64).exactOptional(),
  updated: z.string().max(64).exactOptional(),
  sequence: z.number().exactOptional(),
  summary: text.exactOptional(),
  description: text.exactOptional(),
  location: text.exactOptional(),
  colorId: z.string().max(64).exactOptional(),
  start: moment.exactOptional(),
  end: moment.exactOptional(),
  endTimeUnspecified: z.boolean().exactOptional(),
  recurrence: z.array(z.string().max(131_072)).max(1_000).exactOptional(),
  recurringEventId: id.exactOptional(),
  originalStartTime: moment.exactOptional(),
  transparency: z.string().max(64).exactOptional(),
  visibility: z.string().max(64).exactOptional(),
  organizer: person.exactOptional(),
  attendees: z.array(attendee).max(1_000).exactOptional(),
  attendeesOmitted: z.boolean().exactOptional(),
  guestsCanModify: z.boolean().exactOptional(),
  locked: z.boolean().exactOptional(),
  privateCopy: z.boolean().exactOptional(),
  reminders: z
    .object({
      useDefault: z.boolean().exactOptional(),
      overrides: z
        .array(z.object({ method: z.string().max(64), minutes: z.number() }))
        .max(100)
        .exactOptional(),
    })
    .exactOptional(),
  extendedProperties: z.object({ private: z.record(z.string(), z.string()).exactOptional() }).exactOptional(),
  hangoutLink: text.exactOptional(),
  conferenceData: conferenceData.exactOptional(),
  attachments: z.array(attachment).max(1_000).exactOptional(),
  source: z.object({ url: text.exactOptional(), title: text.exactOptional() }).exactOptional(),
  eventType: z.string().max(64).exactOptional(),
})

/** One event resource: a single event, a series' master, or one of its exceptions. */
export type GoogleEvent = z.infer<typeof eventSchema>
export type GoogleMoment = z.infer<typeof moment>
export type GoogleAttendee = z.infer<typeof attendee>

/** What is left to tell of an event that cannot be read: enough to set it aside, and its series with it. */
const nameSchema = z.object({
  id,
  etag: z
    .string()
    .max(1_024)
    .exactOptional()
    .catch(undefined as never),
  recurringEventId: id.exactOptional().catch(undefined as never),
})

/** One item of a listing. */
export type GoogleItem =
  | { readonly kind: 'event'; readonly event: GoogleEvent }
  | {
      readonly kind: 'broken'
      readonly id: string
      readonly etag: string | undefined
      readonly recurringEventId: string | undefined
      /** Where it is broken: a path, never a value. */
      readonly path: string
    }

/** Reads one item. @throws SyncError `invalid_response` for an item without an id: nobody could say what it is about. */
export function readItem(given: unknown): GoogleItem {
  const parsed = eventSchema.safeParse(given)
  if (parsed.success) return { kind: 'event', event: parsed.data }
  const name = nameSchema.safeParse(given)
  if (!name.success) throw invalidResponse('ITEM_WITHOUT_ID')
  const { id, etag, recurringEventId } = name.data
  return { kind: 'broken', id, etag, recurringEventId, path: parsed.error.issues[0]?.path.join('.') ?? '' }
}

/** An event that we were given before, out of our own records; undefined for anything else. */
export function readEvent(given: unknown): GoogleEvent | undefined {
  const parsed = eventSchema.safeParse(given)
  return parsed.success ? parsed.data : undefined
}

const token = z.string().min(1).max(65_536)

const eventsPage = z.object({
  items: z.array(z.unknown()).max(10_000),
  nextPageToken: token.exactOptional(),
  nextSyncToken: token.exactOptional(),
  timeZone: z.string().max(255).exactOptional(),
})
export type EventsPage = z.infer<typeof eventsPage>

const calendarEntry = z.object({
  id: z.string().min(1).max(2_048),
  summary: z.string().exactOptional(),
  summaryOverride: z.string().exactOptional(),
  timeZone: z.string().exactOptional(),
  backgroundColor: z.string().exactOptional(),
  accessRole: z.string().exactOptional(),
  deleted: z.boolean().exactOptional(),
})
export type CalendarEntry = z.infer<typeof calendarEntry>

const calendarsPage = z.object({ items: z.array(z.unknown()).max(10_000), nextPageToken: token.exactOptional() })
export type CalendarsPage = z.infer<typeof calendarsPage>

const channelAnswer = z.object({
  id: z.string().min(1).max(1_024),
  resourceId: z.string().min(1).max(1_024),
  /** A string of milliseconds in practice, a number in the guide. */
  expiration: z
    .union([z.string().regex(/^\d{1,16}$/), z.number()])
    .transform(Number)
    .exactOptional(),
})
export type ChannelAnswer = z.infer<typeof channelAnswer>

export const readEventsPage: (given: unknown) => EventsPage = readerOf(eventsPage)
export const readCalendarsPage: (given: unknown) => CalendarsPage = readerOf(calendarsPage)
export const readChannel: (given: unknown) => ChannelAnswer = readerOf(channelAnswer)

/** Undefined for an entry that is none: its neighbours are listed all the same. */
export function readCalendarEntry(given: unknown): CalendarEntry | undefined {
  const parsed = calendarEntry.safeParse(given)
  return parsed.success ? parsed.data : undefined
}

/** @throws SyncError `invalid_response`: of an envelope that cannot be read nothing is believed. */
function readerOf<T>(schema: z.ZodType<T, unknown>): (given: unknown) => T {
  return (given) => {
    const parsed = schema.safeParse(given)
    if (parsed.success) return parsed.data
    throw invalidResponse('ENVELOPE') satisfies SyncError
  }
}
