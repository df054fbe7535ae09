import * as z from 'zod'
import { invalidResponse } from './failure.js'

/**
 * What Google sends, as far as we read it. Keys that are not here are dropped: a patch leaves them alone on the server.
 * @see https://developers.google.com/workspace/calendar/api/v3/reference
 */

/** A day, or a moment with the zone it is meant in. */
export interface GoogleMoment {
  readonly date?: string
  readonly dateTime?: string
  readonly timeZone?: string
}

export interface GoogleAttendee {
  readonly id?: string
  readonly email?: string
  readonly displayName?: string
  readonly organizer?: boolean
  /** Whether this is whose calendar we look at. */
  readonly self?: boolean
  readonly resource?: boolean
  readonly optional?: boolean
  readonly responseStatus?: string
  readonly comment?: string
  readonly additionalGuests?: number
}

export interface GoogleAttachment {
  readonly fileUrl?: string
  readonly title?: string
  readonly mimeType?: string
  readonly iconLink?: string
  readonly fileId?: string
}

/** One event resource: a single event, a series' master, or one of its exceptions. */
export interface GoogleEvent {
  readonly id: string
  readonly etag?: string
  readonly status?: string
  readonly iCalUID?: string
  readonly created?: string
  readonly updated?: string
  readonly sequence?: number
  readonly summary?: string
  readonly description?: string
  readonly location?: string
  readonly colorId?: string
  readonly start?: GoogleMoment
  readonly end?: GoogleMoment
  readonly endTimeUnspecified?: boolean
  readonly recurrence?: readonly string[]
  readonly recurringEventId?: string
  readonly originalStartTime?: GoogleMoment
  readonly transparency?: string
  readonly visibility?: string
  readonly organizer?: { readonly email?: string; readonly displayName?: string; readonly self?: boolean }
  readonly attendees?: readonly GoogleAttendee[]
  readonly guestsCanModify?: boolean
  readonly locked?: boolean
  readonly reminders?: {
    readonly useDefault?: boolean
    readonly overrides?: readonly { readonly method: string; readonly minutes: number }[]
  }
  readonly extendedProperties?: { readonly private?: Readonly<Record<string, string>> }
  readonly hangoutLink?: string
  readonly conferenceData?: {
    readonly conferenceSolution?: { readonly name?: string }
    readonly entryPoints?: readonly {
      readonly entryPointType?: string
      readonly uri?: string
      readonly label?: string
    }[]
  }
  readonly attachments?: readonly GoogleAttachment[]
  readonly source?: { readonly url?: string; readonly title?: string }
  readonly eventType?: string
}

/** A page of events, its items not read yet. */
export interface EventsPage {
  readonly items: readonly unknown[]
  readonly nextPageToken?: string
  /** On the last page only. */
  readonly nextSyncToken?: string
  /** The calendar's own zone. */
  readonly timeZone?: string
}

export interface CalendarEntry {
  readonly id: string
  readonly summary?: string
  readonly summaryOverride?: string
  readonly timeZone?: string
  readonly backgroundColor?: string
  readonly accessRole?: string
  readonly deleted?: boolean
}

export interface CalendarsPage {
  readonly items: readonly unknown[]
  readonly nextPageToken?: string
}

export interface ChannelAnswer {
  readonly id: string
  readonly resourceId: string
  /** Milliseconds since 1970. */
  readonly expiration?: number
}

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

const text = z.string().max(262_144)
const word = z.string().max(255)
const id = z
  .string()
  .min(1)
  .max(1_024)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: refusing control characters is the point
  .regex(/^[^\u0000-\u001f\u007f]+$/)

const moment: z.ZodType<GoogleMoment> = z.object({
  date: word.exactOptional(),
  dateTime: word.exactOptional(),
  timeZone: word.exactOptional(),
})

const attendee: z.ZodType<GoogleAttendee> = z.object({
  id: text.exactOptional(),
  email: text.exactOptional(),
  displayName: text.exactOptional(),
  organizer: z.boolean().exactOptional(),
  self: z.boolean().exactOptional(),
  resource: z.boolean().exactOptional(),
  optional: z.boolean().exactOptional(),
  responseStatus: word.exactOptional(),
  comment: text.exactOptional(),
  additionalGuests: z.number().exactOptional(),
})

const attachment: z.ZodType<GoogleAttachment> = z.object({
  fileUrl: text.exactOptional(),
  title: text.exactOptional(),
  mimeType: text.exactOptional(),
  iconLink: text.exactOptional(),
  fileId: text.exactOptional(),
})

const eventSchema: z.ZodType<GoogleEvent> = z.object({
  id,
  etag: z.string().max(1_024).exactOptional(),
  status: word.exactOptional(),
  iCalUID: z.string().max(2_048).exactOptional(),
  created: word.exactOptional(),
  updated: word.exactOptional(),
  sequence: z.number().exactOptional(),
  summary: text.exactOptional(),
  description: text.exactOptional(),
  location: text.exactOptional(),
  colorId: word.exactOptional(),
  start: moment.exactOptional(),
  end: moment.exactOptional(),
  endTimeUnspecified: z.boolean().exactOptional(),
  recurrence: z.array(z.string().max(131_072)).max(1_000).exactOptional(),
  recurringEventId: id.exactOptional(),
  originalStartTime: moment.exactOptional(),
  transparency: word.exactOptional(),
  visibility: word.exactOptional(),
  organizer: z
    .object({ email: text.exactOptional(), displayName: text.exactOptional(), self: z.boolean().exactOptional() })
    .exactOptional(),
  attendees: z.array(attendee).max(1_000).exactOptional(),
  guestsCanModify: z.boolean().exactOptional(),
  locked: z.boolean().exactOptional(),
  reminders: z
    .object({
      useDefault: z.boolean().exactOptional(),
      overrides: z
        .array(z.object({ method: word, minutes: z.number() }))
        .max(100)
        .exactOptional(),
    })
    .exactOptional(),
  extendedProperties: z.object({ private: z.record(z.string(), z.string()).exactOptional() }).exactOptional(),
  hangoutLink: text.exactOptional(),
  conferenceData: z
    .object({
      conferenceSolution: z.object({ name: text.exactOptional() }).exactOptional(),
      entryPoints: z
        .array(
          z.object({ entryPointType: word.exactOptional(), uri: text.exactOptional(), label: text.exactOptional() }),
        )
        .max(100)
        .exactOptional(),
    })
    .exactOptional(),
  attachments: z.array(attachment).max(1_000).exactOptional(),
  source: z.object({ url: text.exactOptional(), title: text.exactOptional() }).exactOptional(),
  eventType: word.exactOptional(),
})

/** What is left to tell of an event that cannot be read: enough to set it aside, and its series with it. */
const nameSchema = z.object({
  id,
  etag: z.string().max(1_024).optional().catch(undefined),
  recurringEventId: id.optional().catch(undefined),
})

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
  return eventSchema.safeParse(given).data
}

/** Undefined for an entry that is none: its neighbours are listed all the same. */
export function readCalendarEntry(given: unknown): CalendarEntry | undefined {
  return entrySchema.safeParse(given).data
}

const token = z.string().min(1).max(65_536)
const items = z.array(z.unknown()).max(10_000)

const pageSchema: z.ZodType<EventsPage> = z.object({
  items,
  nextPageToken: token.exactOptional(),
  nextSyncToken: token.exactOptional(),
  timeZone: word.exactOptional(),
})

const entrySchema: z.ZodType<CalendarEntry> = z.object({
  id: z.string().min(1).max(2_048),
  summary: z.string().exactOptional(),
  summaryOverride: z.string().exactOptional(),
  timeZone: z.string().exactOptional(),
  backgroundColor: z.string().exactOptional(),
  accessRole: z.string().exactOptional(),
  deleted: z.boolean().exactOptional(),
})

const entriesSchema: z.ZodType<CalendarsPage> = z.object({ items, nextPageToken: token.exactOptional() })

const channelSchema: z.ZodType<ChannelAnswer> = z.object({
  id: z.string().min(1).max(1_024),
  resourceId: z.string().min(1).max(1_024),
  // A string of digits in practice, a number in the guide.
  expiration: z
    .union([z.string().regex(/^\d{1,16}$/), z.number()])
    .transform(Number)
    .exactOptional(),
})

export const readEventsPage: (given: unknown) => EventsPage = readerOf(pageSchema)
export const readCalendarsPage: (given: unknown) => CalendarsPage = readerOf(entriesSchema)
export const readChannel: (given: unknown) => ChannelAnswer = readerOf(channelSchema)

/** Of an envelope that cannot be read nothing is believed. */
function readerOf<T>(schema: z.ZodType<T>): (given: unknown) => T {
  return (given) => {
    const parsed = schema.safeParse(given)
    if (parsed.success) return parsed.data
    throw invalidResponse('ENVELOPE')
  }
}
