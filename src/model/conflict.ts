import * as z from 'zod'
import type { Field } from './content.js'
import { FieldSchema } from './content.js'
import {
  type CalendarId,
  type ConflictId,
  type EventId,
  type GroupId,
  idSchema,
  type RunId,
  type UserId,
} from './ids.js'
import type { Json } from './json.js'

/** One side of a conflict. */
export interface ConflictSide {
  readonly calendarId: CalendarId
  readonly value: Json
  /** When its provider says that it changed, milliseconds since 1970. */
  readonly changedAt: number | null
}

/** Why a conflict was logged. */
export type ConflictKind =
  /** Two sides changed one field to different values. */
  | 'both_changed'
  /** One side removed the event, another changed it. */
  | 'removed_and_changed'
  /** Two copies were found to be one event, and differ; nobody knows which is newer. */
  | 'unknown_base'
  /** A value appeared after a write whose outcome we did not learn. */
  | 'ambiguous'

/** A field (or a removal) that needed a decision, and what became of it. */
export interface ConflictItem {
  /** `removal` for an edit that met a removal. */
  readonly field: Field | 'removal'
  /** Where inside the field, e.g. a slot and a field of an override. Empty for the field itself. */
  readonly path: readonly string[]
  readonly kind: ConflictKind
  readonly base: Json | null
  readonly sides: readonly ConflictSide[]
  /** Which calendar's value was taken; null while nobody decided. */
  readonly winner: CalendarId | null
  /** Name of the strategy that decided, or `person`. */
  readonly strategy: string | null
}

/** What a person or the host decided about a parked conflict: one calendar's side per field. */
export interface Resolution {
  readonly take: Readonly<Record<string, CalendarId>>
  readonly by: UserId
  readonly at: number
}

/** A disagreement between sides of one event, decided or waiting. Never a reason to lose a value: all sides are in it. */
export interface Conflict {
  readonly id: ConflictId
  readonly groupId: GroupId
  readonly eventId: EventId
  /** `open`: parked, waits for a person. `resolved`: decided and applied. `obsolete`: the sides agree again. */
  readonly state: 'open' | 'resolved' | 'obsolete'
  readonly items: readonly ConflictItem[]
  readonly createdAt: number
  readonly runId: RunId | null
  readonly resolution?: Resolution
}

export const ConflictItemSchema: z.ZodType<ConflictItem> = z.object({
  field: z.union([FieldSchema, z.literal('removal')]),
  path: z.array(z.string()),
  kind: z.enum(['both_changed', 'removed_and_changed', 'unknown_base', 'ambiguous']),
  base: z.json() as z.ZodType<Json>,
  sides: z.array(
    z.object({
      calendarId: idSchema<'Calendar'>(),
      value: z.json() as z.ZodType<Json>,
      changedAt: z.number().nullable(),
    }),
  ),
  winner: idSchema<'Calendar'>().nullable(),
  strategy: z.string().nullable(),
})

export const ConflictSchema: z.ZodType<Conflict> = z.object({
  id: idSchema<'Conflict'>(),
  groupId: idSchema<'Group'>(),
  eventId: idSchema<'Event'>(),
  state: z.enum(['open', 'resolved', 'obsolete']),
  items: z.array(ConflictItemSchema),
  createdAt: z.number(),
  runId: idSchema<'Run'>().nullable(),
  resolution: z
    .object({ take: z.record(z.string(), idSchema<'Calendar'>()), by: idSchema<'User'>(), at: z.number() })
    .exactOptional(),
})
