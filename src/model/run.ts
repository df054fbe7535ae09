import * as z from 'zod'
import { type Failure, FailureSchema } from './failure.js'
import { type CalendarId, type GroupId, idSchema, type RunId } from './ids.js'

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
