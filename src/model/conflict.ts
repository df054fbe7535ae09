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
  /** One side removed the event, or one occurrence of it, and had not seen all that another side says. */
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
  /** Which calendar's value was taken; null while nobody decided, and where the lines of both were kept. */
  readonly winner: CalendarId | null
  /**
   * What became of it: one side was taken; `both`: one side was taken and the other lives on as an event of its own;
   * `merged`: the lines of both were kept. Null while nobody decided.
   */
  readonly outcome: 'taken' | 'both' | 'merged' | null
  /** Name of the strategy that decided, or `person`. */
  readonly strategy: string | null
}

/**
 * What a person wants of one field in conflict: a calendar's side, `both` (the other side lives on as an event of its own)
 * or `merge` (the lines of both, for descriptions).
 */
export type Choice = CalendarId | 'both' | 'merge'

/** What a person decided about a conflict, by field. */
export interface Resolution {
  readonly take: Readonly<Record<string, Choice>>
  readonly by: UserId
  readonly at: number
}

/** One step in the life of a conflict. */
export interface ConflictStep {
  readonly at: number
  readonly what: 'opened' | 'chosen' | 'decided' | 'reopened' | 'obsolete'
  /** The person who did it, or the run. */
  readonly by: UserId | RunId
  readonly take?: Resolution['take']
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
  /** Open although it was decided once: a person wants to choose anew. The event is in step meanwhile. */
  readonly reopened?: true
  /** What happened to it, oldest first; at most the last hundred steps. */
  readonly history: readonly ConflictStep[]
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
  outcome: z.enum(['taken', 'both', 'merged']).nullable(),
  strategy: z.string().nullable(),
})

const take: z.ZodType<Resolution['take']> = z.record(
  z.string(),
  z.union([z.literal('both'), z.literal('merge'), idSchema<'Calendar'>()]),
)

export const ConflictSchema: z.ZodType<Conflict> = z.object({
  id: idSchema<'Conflict'>(),
  groupId: idSchema<'Group'>(),
  eventId: idSchema<'Event'>(),
  state: z.enum(['open', 'resolved', 'obsolete']),
  items: z.array(ConflictItemSchema),
  createdAt: z.number(),
  runId: idSchema<'Run'>().nullable(),
  resolution: z.object({ take, by: idSchema<'User'>(), at: z.number() }).exactOptional(),
  reopened: z.literal(true).exactOptional(),
  history: z.array(
    z.object({
      at: z.number(),
      what: z.enum(['opened', 'chosen', 'decided', 'reopened', 'obsolete']),
      by: z.union([idSchema<'User'>(), idSchema<'Run'>()]),
      take: take.exactOptional(),
    }),
  ),
})
