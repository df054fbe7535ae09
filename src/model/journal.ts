import * as z from 'zod'
import { type EventContent, EventContentSchema } from './content.js'
import { type EventId, type GroupId, idSchema, type RunId } from './ids.js'
import type { SyncedEvent } from './synced-event.js'

/** What an event said, and whether it was there, at one moment. */
export interface EventState {
  readonly state: SyncedEvent['state']
  readonly content: EventContent
}

/** Whether an event in this state was removed: then its copies are gone, or about to go. */
export function isOver(state: SyncedEvent['state']): boolean {
  return state === 'removing' || state === 'removed'
}

/** One change of what an event says, as a sync or a person decided it: what an undo goes by. */
export interface JournalEntry {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly groupId: GroupId
  readonly eventId: EventId
  /** The run that decided it; where a person did between two runs, an id of no run. */
  readonly runId: RunId
  /** Version of the event's record that this was decided on: entries of one moment stand in this order. */
  readonly version: number
  readonly before: EventState
  readonly after: EventState
}

const eventState: z.ZodType<EventState> = z.object({
  state: z.enum(['live', 'removing', 'removed', 'parked']),
  content: EventContentSchema,
})

export const JournalEntrySchema: z.ZodType<JournalEntry> = z.object({
  at: z.number(),
  groupId: idSchema<'Group'>(),
  eventId: idSchema<'Event'>(),
  runId: idSchema<'Run'>(),
  version: z.int(),
  before: eventState,
  after: eventState,
})
