import * as z from 'zod'

/**
 * A moment as people wrote it. A wall time keeps its zone; a whole day is a date and never a midnight instant;
 * a floating time is the same wall time everywhere.
 */
export type EventTime =
  | { readonly kind: 'date'; readonly date: string }
  | {
      readonly kind: 'timed'
      /** Wall time, `2026-03-04T09:00:00`. */
      readonly local: string
      /** IANA zone, or `UTC`. */
      readonly zone: string
      /** How the source named the zone (a Windows name, a vendor's TZID), kept for the way back. Never compared. */
      readonly originalZone?: string
    }
  | { readonly kind: 'floating'; readonly local: string }

/** When an event happens. `end` is exclusive; both ends have the same kind. One unit in every merge. */
export interface EventSpan {
  readonly start: EventTime
  readonly end: EventTime
}

/**
 * Names one occurrence of a series: its original start in the series' own form, `2026-03-04T09:00:00` (wall time in the
 * series' zone) or `2026-03-04`. It stays the same when the occurrence is moved.
 * @see RFC 5545 section 3.8.4.4 (RECURRENCE-ID)
 */
export type Slot = string

/** How a series repeats. Cancelled and changed occurrences are in `overrides`. */
export interface Recurrence {
  /** The value of an RRULE, e.g. `FREQ=WEEKLY;BYDAY=MO`; null when the series is a list of dates only. */
  readonly rule: string | null
  /** Additional occurrences (RDATE), sorted. */
  readonly rdates: readonly Slot[]
}

/** One changed or cancelled occurrence. A changed one is a complete replacement, not a difference to the series. */
export type Override =
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'changed'; readonly content: OccurrenceContent }

export interface Attendee {
  /** Lower-case mail address without `mailto:`. */
  readonly email: string
  readonly name?: string
  readonly role: 'chair' | 'required' | 'optional' | 'non_participant'
  readonly status: 'needs_action' | 'accepted' | 'declined' | 'tentative' | 'delegated'
  readonly type: 'individual' | 'group' | 'resource' | 'room' | 'unknown'
}

export interface Organizer {
  readonly email: string
  readonly name?: string
}

export interface Reminder {
  readonly method: 'popup' | 'email' | 'sound'
  readonly trigger:
    | {
        readonly kind: 'offset'
        /** Seconds from the anchor; negative is before it. */
        readonly seconds: number
        readonly from: 'start' | 'end'
      }
    /** An instant, `2026-03-04T08:00:00Z`. */
    | { readonly kind: 'at'; readonly at: string }
}

export interface Conference {
  readonly url: string
  readonly label?: string
}

export interface Attachment {
  readonly url: string
  readonly name?: string
  readonly mimeType?: string
}

export interface Geo {
  readonly latitude: number
  readonly longitude: number
}

/** What one occurrence says: everything of an event but its repetition. */
export interface OccurrenceContent {
  readonly title: string
  /** Plain text, lines separated by `\n`. */
  readonly description: string
  readonly location: string
  readonly geo: Geo | null
  readonly time: EventSpan
  readonly status: 'confirmed' | 'tentative' | 'cancelled'
  readonly availability: 'busy' | 'free' | 'tentative' | 'out_of_office' | 'working_elsewhere'
  readonly visibility: 'default' | 'public' | 'private' | 'confidential'
  readonly categories: readonly string[]
  /** A CSS3 colour name or `#rrggbb`. */
  readonly color: string | null
  readonly url: string | null
  /** 1 (highest) to 9 (lowest); null where none is given. */
  readonly priority: number | null
  readonly conferences: readonly Conference[]
  readonly attachments: readonly Attachment[]
  readonly attendees: readonly Attendee[]
  readonly organizer: Organizer | null
  /** `default`: whatever the calendar does by default. An empty list: no reminder. */
  readonly reminders: readonly Reminder[] | 'default'
}

/**
 * The one canonical event that all copies stand for. A series with its overrides is one unit. Every field is always
 * there; what an event does not have is the neutral value (see {@link neutralContent}).
 */
export interface EventContent extends OccurrenceContent {
  readonly recurrence: Recurrence | null
  readonly overrides: Readonly<Record<Slot, Override>>
}

/** A unit of comparison and merge. */
export type Field = keyof EventContent
/** A field that one occurrence has. */
export type OccurrenceField = keyof OccurrenceContent

/** What an event says about itself that is never merged or compared. */
export interface Stamps {
  /** When it was created, as its calendar tells: `2026-03-04T08:00:00Z`. */
  readonly created: string | null
  /** When it was last changed, as its calendar tells. */
  readonly updated: string | null
  /** RFC 5545 SEQUENCE. */
  readonly sequence: number
}

/** An occurrence that says nothing. `time` has no neutral value: an event without a start is no event. */
export const neutralOccurrence: Readonly<Omit<OccurrenceContent, 'time'>> = Object.freeze({
  title: '',
  description: '',
  location: '',
  geo: null,
  status: 'confirmed',
  availability: 'busy',
  visibility: 'default',
  categories: [],
  color: null,
  url: null,
  priority: null,
  conferences: [],
  attachments: [],
  attendees: [],
  organizer: null,
  reminders: [],
} as const)

/** An event that says nothing and does not repeat. */
export const neutralContent: Readonly<Omit<EventContent, 'time'>> = Object.freeze({
  ...neutralOccurrence,
  recurrence: null,
  overrides: {},
})

/** All fields of an occurrence, in the order in which people read them. */
export const occurrenceFields: readonly OccurrenceField[] = [
  'title',
  'time',
  'location',
  'description',
  'status',
  'availability',
  'visibility',
  'categories',
  'color',
  'url',
  'priority',
  'geo',
  'conferences',
  'attachments',
  'attendees',
  'organizer',
  'reminders',
]

/** All fields of an event. */
export const fields: readonly Field[] = [...occurrenceFields, 'recurrence', 'overrides']

/** A content with every field, from the ones that are given. */
export function completeContent(given: Partial<EventContent> & Pick<EventContent, 'time'>): EventContent {
  return { ...neutralContent, ...given }
}

/** The occurrence part of a content: what an override starts from. */
export function occurrenceOf(content: EventContent): OccurrenceContent {
  const { recurrence: _recurrence, overrides: _overrides, ...rest } = content
  return rest
}

const text = z.string().max(262_144)
const dateText = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a date like 2026-03-04')
const localText = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/, 'must be a wall time like 2026-03-04T09:00:00')
const instantText = z.iso.datetime({ offset: false })
const email = z.string().min(1).max(320)

export const EventTimeSchema: z.ZodType<EventTime> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('date'), date: dateText }),
  z.strictObject({
    kind: z.literal('timed'),
    local: localText,
    zone: z.string().min(1).max(255),
    originalZone: z.string().max(255).exactOptional(),
  }),
  z.strictObject({ kind: z.literal('floating'), local: localText }),
])

export const EventSpanSchema: z.ZodType<EventSpan> = z
  .strictObject({ start: EventTimeSchema, end: EventTimeSchema })
  .refine((span) => span.start.kind === span.end.kind, 'start and end must be of one kind')

export const SlotSchema: z.ZodType<Slot> = z.union([dateText, localText])

export const RecurrenceSchema: z.ZodType<Recurrence> = z.strictObject({
  rule: z.string().min(1).max(2_000).nullable(),
  rdates: z.array(SlotSchema).max(5_000),
})

export const ReminderSchema: z.ZodType<Reminder> = z.strictObject({
  method: z.enum(['popup', 'email', 'sound']),
  trigger: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('offset'), seconds: z.int(), from: z.enum(['start', 'end']) }),
    z.strictObject({ kind: z.literal('at'), at: instantText }),
  ]),
})

const occurrenceShape = {
  title: text,
  description: text,
  location: text,
  geo: z.strictObject({ latitude: z.number().min(-90).max(90), longitude: z.number().min(-180).max(180) }).nullable(),
  time: EventSpanSchema,
  status: z.enum(['confirmed', 'tentative', 'cancelled']),
  availability: z.enum(['busy', 'free', 'tentative', 'out_of_office', 'working_elsewhere']),
  visibility: z.enum(['default', 'public', 'private', 'confidential']),
  categories: z.array(text).max(1_000),
  color: z.string().max(64).nullable(),
  url: text.nullable(),
  priority: z.int().min(1).max(9).nullable(),
  conferences: z.array(z.strictObject({ url: text, label: text.exactOptional() })).max(100),
  attachments: z
    .array(z.strictObject({ url: text, name: text.exactOptional(), mimeType: text.exactOptional() }))
    .max(1_000),
  attendees: z
    .array(
      z.strictObject({
        email,
        name: text.exactOptional(),
        role: z.enum(['chair', 'required', 'optional', 'non_participant']),
        status: z.enum(['needs_action', 'accepted', 'declined', 'tentative', 'delegated']),
        type: z.enum(['individual', 'group', 'resource', 'room', 'unknown']),
      }),
    )
    .max(1_000),
  organizer: z.strictObject({ email, name: text.exactOptional() }).nullable(),
  reminders: z.union([z.literal('default'), z.array(ReminderSchema).max(1_000)]),
}

export const OccurrenceContentSchema: z.ZodType<OccurrenceContent> = z.strictObject(occurrenceShape)

export const OverrideSchema: z.ZodType<Override> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('cancelled') }),
  z.strictObject({ kind: z.literal('changed'), content: OccurrenceContentSchema }),
])

/** Validates a complete content, e.g. one that a host hands in. */
export const EventContentSchema: z.ZodType<EventContent> = z.strictObject({
  ...occurrenceShape,
  recurrence: RecurrenceSchema.nullable(),
  overrides: z.record(SlotSchema as z.ZodType<string, string>, OverrideSchema),
})

/** Validates the name of a field. */
export const FieldSchema: z.ZodType<Field> = z.enum(fields as readonly [Field, ...Field[]])
