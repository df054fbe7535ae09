import * as z from 'zod'
import { type CalendarId, type GroupId, idSchema, type UserId } from './ids.js'

/** What of an event a member calendar gets. */
export interface Projection {
  /**
   * `everything`: all that a copy may carry. `busy`: times and "Busy", nothing else; such a copy can propose new times
   * and nothing else.
   */
  readonly show: 'everything' | 'busy'
  /** Title of a busy copy. */
  readonly busyTitle: string
  /** Events marked private or confidential at their source. `busy`: shown as busy in every copy. */
  readonly privateEvents: 'busy' | 'show'
  /** Whether copies ring as well. `none` avoids that every event rings twice. */
  readonly reminders: 'none' | 'copy'
}

/** One calendar in a group. */
export interface Member {
  readonly calendarId: CalendarId
  /** `both`; `read`: only a source, never written; `write`: only a target, its own events stay its own. */
  readonly direction: 'both' | 'read' | 'write'
  /** Lower wins where a strategy falls back to an order. */
  readonly priority: number
  readonly projection: Projection
}

/** How a field that was changed to different values on several sides is settled; the first strategy that decides wins. */
export type StrategySpec =
  /** The side that its provider says was changed last. */
  | { readonly use: 'lastModifiedWins' }
  /** The calendar that stands first in `order`. */
  | { readonly use: 'preferCalendar'; readonly order: readonly CalendarId[] }
  /** Leaves it to a person: nothing is written until it is resolved. */
  | { readonly use: 'askAPerson' }
  /** A function of the host, registered under this name in `SyncEngineOptions.strategies`. */
  | { readonly use: 'host'; readonly name: string }

/** The calendars that are woven together. */
export interface SyncGroup {
  readonly id: GroupId
  readonly userId: UserId
  readonly name: string
  readonly members: readonly Member[]
  readonly strategies: readonly StrategySpec[]
  /** What becomes of an event that was removed on one side and changed on another. */
  readonly removal: 'editWins' | 'removalWins' | 'askAPerson'
  /** When more than this many removals come from one calendar within a day, they wait for a person. */
  readonly removalGuard: { readonly count: number; readonly share: number }
  /**
   * `pending`: no event is created or written until every member has been listed completely, so that what stands in
   * several calendars already is recognised.
   */
  readonly baseline: 'pending' | 'done'
  /** Removals that went ahead lately, by calendar: the guard looks at a whole day. */
  readonly recentRemovals: Readonly<Record<string, { readonly count: number; readonly since: number }>>
  /** Removals that wait for a person, by calendar. */
  readonly heldRemovals: Readonly<Record<string, HeldRemovals>>
  /** Milliseconds since 1970. */
  readonly createdAt: number
}

export interface HeldRemovals {
  readonly count: number
  readonly since: number
  /** A person said that they are meant. */
  readonly approved: boolean
}

/** What copies get unless a member says otherwise. */
export const defaultProjection: Projection = Object.freeze({
  show: 'everything',
  busyTitle: 'Busy',
  privateEvents: 'busy',
  reminders: 'none',
} as const)

export const ProjectionSchema: z.ZodType<Projection> = z.strictObject({
  show: z.enum(['everything', 'busy']).default('everything'),
  busyTitle: z.string().max(1024).default('Busy'),
  privateEvents: z.enum(['busy', 'show']).default('busy'),
  reminders: z.enum(['none', 'copy']).default('none'),
})

export const StrategySpecSchema: z.ZodType<StrategySpec> = z.discriminatedUnion('use', [
  z.strictObject({ use: z.literal('lastModifiedWins') }),
  z.strictObject({ use: z.literal('preferCalendar'), order: z.array(idSchema<'Calendar'>()).min(1).max(1_000) }),
  z.strictObject({ use: z.literal('askAPerson') }),
  z.strictObject({ use: z.literal('host'), name: z.string().min(1).max(128) }),
])

export const MemberSchema: z.ZodType<Member> = z.strictObject({
  calendarId: idSchema<'Calendar'>(),
  direction: z.enum(['both', 'read', 'write']),
  priority: z.int(),
  projection: ProjectionSchema,
})

export const SyncGroupSchema: z.ZodType<SyncGroup> = z.strictObject({
  id: idSchema<'Group'>(),
  userId: idSchema<'User'>(),
  name: z.string().max(1024),
  members: z.array(MemberSchema).min(2).max(1_000),
  strategies: z.array(StrategySpecSchema).max(100),
  removal: z.enum(['editWins', 'removalWins', 'askAPerson']),
  removalGuard: z.strictObject({ count: z.int().min(1), share: z.number().min(0).max(1) }),
  baseline: z.enum(['pending', 'done']),
  recentRemovals: z.record(z.string(), z.strictObject({ count: z.int(), since: z.number() })),
  heldRemovals: z.record(z.string(), z.strictObject({ count: z.int(), since: z.number(), approved: z.boolean() })),
  createdAt: z.number(),
})
