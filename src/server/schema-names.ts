import * as z from 'zod'
import {
  AuditEntrySchema,
  ChainHeadSchema,
  ConflictItemSchema,
  ConflictRulesSchema,
  ConflictSchema,
  ConnectionSchema,
  EventConditionSchema,
  EventContentSchema,
  FailureSchema,
  JournalEntrySchema,
  OccurrenceContentSchema,
  OriginSchema,
  ProjectionSchema,
  RunSchema,
  ScheduleSchema,
  SyncGroupSchema,
} from '../index.js'
import { ShownCalendarSchema } from './answers/calendar.js'
import { AgendaEntrySchema, EventViewSchema, PlannedEventSchema } from './answers/events.js'
import {
  CalendarStatusSchema,
  ConnectionStatusSchema,
  GroupStatusSchema,
  NotificationSchema,
} from './answers/health.js'
import { ShownOfferSchema } from './offers.js'

/** What stands under a name of its own in the description of the door. */
export const schemaNames: z.core.$ZodRegistry<{ id: string }> = z.registry<{ id: string }>()

const named: Readonly<Record<string, z.ZodType>> = {
  AgendaEntry: AgendaEntrySchema,
  AuditEntry: AuditEntrySchema,
  Calendar: ShownCalendarSchema,
  CalendarStatus: CalendarStatusSchema,
  ChainHead: ChainHeadSchema,
  Conflict: ConflictSchema,
  ConflictItem: ConflictItemSchema,
  ConflictRules: ConflictRulesSchema,
  Connection: ConnectionSchema,
  ConnectionStatus: ConnectionStatusSchema,
  EventCondition: EventConditionSchema,
  EventContent: EventContentSchema,
  EventView: EventViewSchema,
  Failure: FailureSchema,
  Group: SyncGroupSchema,
  GroupStatus: GroupStatusSchema,
  JournalEntry: JournalEntrySchema,
  Notification: NotificationSchema,
  OccurrenceContent: OccurrenceContentSchema,
  Offer: ShownOfferSchema,
  Origin: OriginSchema,
  PlannedEvent: PlannedEventSchema,
  Projection: ProjectionSchema,
  Run: RunSchema,
  Schedule: ScheduleSchema,
}

for (const [id, schema] of Object.entries(named)) schemaNames.add(schema, { id })
