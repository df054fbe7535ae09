import * as z from 'zod'
import {
  type Action,
  type AgendaEntry,
  AuditEntrySchema,
  type Because,
  type CalendarId,
  type Conflict,
  ConflictItemSchema,
  type ConflictOption,
  type ConflictPreview,
  type ConflictStatistics,
  EventContentSchema,
  type EventView,
  type Explanation,
  FailureSchema,
  FieldSchema,
  type Held,
  type Kin,
  type Loss,
  OccurrenceContentSchema,
  OriginSchema,
  type PlannedEvent,
  type RemoteExplanation,
  type ToldOrigin,
  type Undo,
  type Verification,
} from '../../index.js'
import { id } from './basic.js'

const calendarId = id<CalendarId>()
const state: z.ZodType<EventView['state']> = z.enum(['live', 'removing', 'removed', 'parked'])

const kin: z.ZodType<Kin> = z.union([
  z.strictObject({ how: z.enum(['split', 'both']), eventId: id<EventView['id']>() }),
  z.strictObject({
    how: z.literal('part'),
    eventId: id<EventView['id']>(),
    calendarId,
    slot: z.string(),
    told: OccurrenceContentSchema.nullable(),
  }),
])

export const EventViewSchema: z.ZodType<EventView> = z.strictObject({
  id: id<EventView['id']>(),
  groupId: id<EventView['groupId']>(),
  content: EventContentSchema,
  origin: OriginSchema,
  state,
  changedAt: z.number(),
  copies: z.array(
    z.strictObject({
      calendarId,
      remoteId: id<AgendaEntry['remoteId']>().exactOptional(),
      isOrigin: z.boolean(),
      status: z.string(),
    }),
  ),
  failure: FailureSchema.exactOptional(),
  conflictId: id<Conflict['id']>().exactOptional(),
  kin: kin.exactOptional(),
})

const toldOrigin: z.ZodType<ToldOrigin> = z.strictObject({
  provider: z.string(),
  calendarId,
  calendarName: z.string(),
  remoteId: id<ToldOrigin['remoteId']>(),
  uid: id<ToldOrigin['uid']>(),
  firstSyncedAt: z.number(),
  // Of a copy whose event is known here; a mark in a calendar does not tell it.
  initiatedBy: z.string().exactOptional(),
})

export const AgendaEntrySchema: z.ZodType<AgendaEntry> = z.strictObject({
  calendarId,
  remoteId: id<AgendaEntry['remoteId']>(),
  slot: z.string(),
  start: z.number(),
  end: z.number(),
  content: OccurrenceContentSchema,
  origin: toldOrigin.exactOptional(),
})

const loss: z.ZodType<Loss> = z.strictObject({
  calendarId,
  field: FieldSchema,
  becomes: z.enum(['left_out', 'hidden', 'cut', 'text', 'fixed', 'mapped', 'single_events', 'locked']),
})

const action: z.ZodType<Action> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('create'), calendarId, content: EventContentSchema }),
  z.strictObject({ kind: z.literal('update'), calendarId, content: EventContentSchema, fields: z.array(FieldSchema) }),
  z.strictObject({ kind: z.literal('remove'), calendarId }),
  z.strictObject({ kind: z.literal('verify'), calendarId }),
])

export const PlannedEventSchema: z.ZodType<PlannedEvent> = z.strictObject({
  eventId: id<PlannedEvent['eventId']>(),
  title: z.string(),
  origin: OriginSchema,
  actions: z.array(action),
  conflicts: z.array(ConflictItemSchema),
  losses: z.array(loss),
})

const because: { readonly [Why in Because]: true } = {
  born_here: true,
  same_meeting_here: true,
  copy_in_step: true,
  copy_out_of_step: true,
  copy_to_come: true,
  copy_in_doubt: true,
  copy_rewritten_by_its_server: true,
  copy_removed_by_a_person: true,
  copy_taken_back: true,
  series_as_single_events: true,
  filtered: true,
  calendar_is_only_read: true,
  event_removed: true,
  event_waits_for_a_person: true,
}

export const ExplanationSchema: z.ZodType<Explanation> = z.strictObject({
  eventId: id<Explanation['eventId']>(),
  origin: OriginSchema,
  state,
  kin: kin.exactOptional(),
  calendars: z.array(
    z.strictObject({
      calendarId,
      isThere: z.boolean(),
      because: z.enum(Object.keys(because) as [Because, ...Because[]]),
      text: z.string(),
      remoteId: id<AgendaEntry['remoteId']>().exactOptional(),
      outOfStep: z.array(FieldSchema),
      losses: z.array(loss),
      failure: FailureSchema.exactOptional(),
    }),
  ),
  fields: z.array(
    z.strictObject({
      field: FieldSchema,
      from: calendarId.nullable(),
      changedAt: z.number().nullable(),
      conflicts: z.array(
        z.strictObject({
          kind: z.enum(['both_changed', 'removed_and_changed', 'unknown_base', 'ambiguous']),
          outcome: z.enum(['taken', 'both', 'merged']).nullable(),
          winner: calendarId.nullable(),
          strategy: z.string().nullable(),
          path: z.array(z.string()),
        }),
      ),
    }),
  ),
  history: z.array(AuditEntrySchema),
})

export const RemoteExplanationSchema: z.ZodType<RemoteExplanation> = z.strictObject({
  because: z.enum([
    'part_of_the_group',
    'never_seen',
    'unreadable',
    'copy_of_another_installation',
    'copy_of_another_group',
    'calendar_is_only_written',
    'held',
    'waits_for_the_next_sync',
    'left_alone',
  ]),
  text: z.string(),
  eventId: id<EventView['id']>().exactOptional(),
  failure: FailureSchema.exactOptional(),
})

export const ConflictOptionSchema: z.ZodType<ConflictOption> = z.strictObject({
  field: z.union([FieldSchema, z.literal('removal')]),
  choices: z.array(id<ConflictOption['choices'][number]>()),
})

export const ConflictPreviewSchema: z.ZodType<ConflictPreview> = z.strictObject({
  content: EventContentSchema,
  actions: z.array(action),
  beside: z.array(EventContentSchema),
  undecided: z.array(ConflictItemSchema),
})

export const ConflictStatisticsSchema: z.ZodType<ConflictStatistics> = z.strictObject({
  automatic: z.int(),
  byPerson: z.int(),
  waiting: z.int(),
  automaticShare: z.number(),
})

export const HeldSchema: z.ZodType<Held> = z.strictObject({
  calendarId,
  what: z.enum(['removals', 'creations']),
  count: z.int(),
  since: z.number(),
  approved: z.boolean(),
  events: z.array(
    z.strictObject({
      remoteId: id<AgendaEntry['remoteId']>(),
      title: z.string(),
      eventId: id<EventView['id']>().exactOptional(),
    }),
  ),
})

export const UndoSchema: z.ZodType<Undo> = z.strictObject({
  events: z.array(
    z.strictObject({
      eventId: id<EventView['id']>(),
      title: z.string(),
      restored: z.array(FieldSchema),
      skipped: z.array(FieldSchema),
      revived: z.boolean(),
      removed: z.boolean(),
      withdrawn: z.array(calendarId),
    }),
  ),
})

export const VerificationSchema: z.ZodType<Verification> = z.strictObject({
  copies: z.int(),
  accurate: z.int(),
  accuracy: z.number(),
  repairedAccuracy: z.number(),
  differences: z.array(
    z.strictObject({
      eventId: id<EventView['id']>(),
      calendarId,
      what: z.enum(['missing', 'differs', 'extra', 'waits']),
      fields: z.array(FieldSchema),
    }),
  ),
  unreachable: z.array(calendarId),
})
