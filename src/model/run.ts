import * as z from 'zod'
import type { Field } from './content.js'
import { FieldSchema } from './content.js'
import { type Failure, FailureSchema } from './failure.js'
import { type CalendarId, type EventId, type GroupId, idSchema, type RunId, type UserId } from './ids.js'

/** Why a run ended. `budget`: time or writes were used up; the next run goes on from there. */
export type RunEnd = 'finished' | 'budget' | 'aborted' | 'busy'

/** One sync of one group: what it saw and did. */
export interface Run {
  readonly id: RunId
  readonly groupId: GroupId
  readonly startedAt: number
  readonly endedAt: number
  readonly end: RunEnd
  readonly counts: RunCounts
  /** Failures of whole calendars; failures of single events are with the events. */
  readonly failures: readonly { readonly calendarId: CalendarId; readonly failure: Failure }[]
  /** More work is waiting (a budget ended, writes failed, events are backing off). */
  readonly more: boolean
}

export interface RunCounts {
  /** Changes that the calendars reported, our own echoes left out. */
  readonly observed: number
  readonly created: number
  readonly updated: number
  readonly removed: number
  /** Fields on which sides disagreed and a strategy decided. */
  readonly conflicts: number
  readonly parked: number
  /** Events set aside because they cannot be read or written. */
  readonly failed: number
  /** Removals that wait for a person. */
  readonly held: number
}

/** One append-only entry for a change that a sync made or a person decided. */
export interface AuditEntry {
  readonly id: string
  readonly at: number
  readonly groupId: GroupId
  readonly eventId: EventId
  /** The run that did it, or the person. */
  readonly actor: { readonly run: RunId } | { readonly user: UserId }
  readonly action: 'created' | 'updated' | 'removed' | 'adopted' | 'parked' | 'resolved'
  readonly calendarId: CalendarId | null
  readonly fields: readonly Field[]
  /** Digest of the copy before and after; null where there was or is none. */
  readonly before: string | null
  readonly after: string | null
}

export const RunSchema: z.ZodType<Run> = z.object({
  id: idSchema<'Run'>(),
  groupId: idSchema<'Group'>(),
  startedAt: z.number(),
  endedAt: z.number(),
  end: z.enum(['finished', 'budget', 'aborted', 'busy']),
  counts: z.object({
    observed: z.int(),
    created: z.int(),
    updated: z.int(),
    removed: z.int(),
    conflicts: z.int(),
    parked: z.int(),
    failed: z.int(),
    held: z.int(),
  }),
  failures: z.array(z.object({ calendarId: idSchema<'Calendar'>(), failure: FailureSchema })),
  more: z.boolean(),
})

export const AuditEntrySchema: z.ZodType<AuditEntry> = z.object({
  id: z.string(),
  at: z.number(),
  groupId: idSchema<'Group'>(),
  eventId: idSchema<'Event'>(),
  actor: z.union([z.object({ run: idSchema<'Run'>() }), z.object({ user: idSchema<'User'>() })]),
  action: z.enum(['created', 'updated', 'removed', 'adopted', 'parked', 'resolved']),
  calendarId: idSchema<'Calendar'>().nullable(),
  fields: z.array(FieldSchema),
  before: z.string().nullable(),
  after: z.string().nullable(),
})
