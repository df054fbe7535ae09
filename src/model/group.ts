import * as z from 'zod'
import { type EventCondition, EventConditionSchema } from './condition.js'
import { type ConflictRule, ConflictRulesSchema } from './conflict-rule.js'
import { type Field, fields } from './content.js'
import { type CalendarId, type GroupId, idSchema, type UserId } from './ids.js'
import { type Projection, ProjectionSchema } from './projection.js'
import { type Schedule, ScheduleSchema } from './schedule.js'

export { defaultProjection, type Projection, ProjectionSchema } from './projection.js'

/** One calendar in a group. */
export interface Member {
  readonly calendarId: CalendarId
  /** `both`; `read`: only a source, never written; `write`: only a target, its own events stay its own. */
  readonly direction: 'both' | 'read' | 'write'
  /** Lower wins where a strategy falls back to an order. */
  readonly priority: number
  readonly projection: Projection
  /** Asked before the group's strategies when this calendar is one of the sides. */
  readonly strategies: readonly StrategySpec[]
  /** Which of the events that were born here have copies elsewhere. Absent: all. */
  readonly sends?: EventCondition
  /** Which events get a copy here. Absent: all. */
  readonly receives?: EventCondition
  /**
   * What becomes of a copy here whose event does not fit the conditions any more. `keep`: it stays as it is, and goes on
   * when the event fits again.
   */
  readonly leaving: 'remove' | 'keep'
  /** What a series becomes here when this calendar cannot hold it. */
  readonly series: SeriesPolicy
}

/**
 * What becomes of a series in a calendar that cannot hold it.
 *
 * - `singles`: its occurrences stand there one by one, as far ahead as this and at most so many; changes come back
 * - `first`: only the first one
 * - `nothing`
 */
export type SeriesPolicy =
  | { readonly as: 'singles'; readonly aheadDays: number; readonly most: number }
  | { readonly as: 'first' }
  | { readonly as: 'nothing' }

/** How a field that was changed to different values on several sides is settled; the first strategy that decides wins. */
export type StrategySpec =
  /** The side that its provider says was changed last. */
  | { readonly use: 'lastModifiedWins' }
  /** The calendar that stands first in `order`. */
  | { readonly use: 'preferCalendar'; readonly order: readonly CalendarId[] }
  /** The calendar that the event was born in. */
  | { readonly use: 'preferOrigin' }
  /** Keeps the lines of both descriptions; leaves every other field to the next strategy. */
  | { readonly use: 'mergeText' }
  /** The side that was there first stays, and the other one lives on as an event of its own. */
  | { readonly use: 'keepBoth' }
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
  /** Asked before everybody else, in this order. */
  readonly rules: readonly ConflictRule[]
  /** By field; asked after the sides' own strategies and before the group's. */
  readonly fieldStrategies: { readonly [F in Field | 'removal']?: readonly StrategySpec[] }
  readonly strategies: readonly StrategySpec[]
  /** What becomes of an event that was removed on one side and changed on another. */
  readonly removal: 'editWins' | 'removalWins' | 'askAPerson'
  /** When more than this many removals come from one calendar within a day, they wait for a person. */
  readonly removalGuard: { readonly count: number; readonly share: number }
  /** When more new events than this come from one calendar at once, after the first sync, they wait for a person. */
  readonly creationGuard: { readonly count: number }
  /** When it is synced by itself. Absent: every 15 minutes. */
  readonly schedule?: Schedule
  /** A pause concerned it once. Only the runs of such a group ask what is paused, so that a pause costs nobody else. */
  readonly wasPaused?: true
  /** When the single events of series were last carried further ahead; milliseconds since 1970. */
  readonly horizonAt?: number
  /** Settings were changed: every event is looked at once more. Where that has come to, or `''` for the start. */
  readonly reconsider?: string
  /**
   * `pending`: no event is created or written until every member has been listed completely, so that what stands in
   * several calendars already is recognised.
   */
  readonly baseline: 'pending' | 'done'
  /** Removals that went ahead lately, by calendar: the guard looks at a whole day. */
  readonly recentRemovals: Readonly<Record<string, { readonly count: number; readonly since: number }>>
  /** Removals that wait for a person, by calendar. */
  readonly heldRemovals: Readonly<Record<string, HeldChanges>>
  /** New events that wait for a person, by calendar. */
  readonly heldCreations: Readonly<Record<string, HeldChanges>>
  /** Milliseconds since 1970. */
  readonly createdAt: number
}

/** Removals, or new events, that wait for a person. */
export interface HeldChanges {
  readonly count: number
  readonly since: number
  /** A person said that they are meant. */
  readonly approved: boolean
}

export const StrategySpecSchema: z.ZodType<StrategySpec> = z.discriminatedUnion('use', [
  z.strictObject({ use: z.literal('lastModifiedWins') }),
  z.strictObject({ use: z.literal('preferCalendar'), order: z.array(idSchema<'Calendar'>()).min(1).max(1_000) }),
  z.strictObject({ use: z.literal('preferOrigin') }),
  z.strictObject({ use: z.literal('mergeText') }),
  z.strictObject({ use: z.literal('keepBoth') }),
  z.strictObject({ use: z.literal('askAPerson') }),
  z.strictObject({ use: z.literal('host'), name: z.string().min(1).max(128) }),
])

/** Strategies, to be asked in turn. */
export const StrategySpecsSchema: z.ZodType<readonly StrategySpec[]> = z.array(StrategySpecSchema).max(100)

/** Strategies by field. */
export const FieldStrategiesSchema: z.ZodType<SyncGroup['fieldStrategies']> = z.partialRecord(
  z.enum([...fields, 'removal']),
  StrategySpecsSchema,
)

export const SeriesPolicySchema: z.ZodType<SeriesPolicy> = z.discriminatedUnion('as', [
  z.strictObject({ as: z.literal('singles'), aheadDays: z.int().min(1).max(3_660), most: z.int().min(1).max(500) }),
  z.strictObject({ as: z.literal('first') }),
  z.strictObject({ as: z.literal('nothing') }),
])

export const MemberSchema: z.ZodType<Member> = z.strictObject({
  calendarId: idSchema<'Calendar'>(),
  direction: z.enum(['both', 'read', 'write']),
  priority: z.int(),
  projection: ProjectionSchema,
  strategies: StrategySpecsSchema,
  sends: EventConditionSchema.exactOptional(),
  receives: EventConditionSchema.exactOptional(),
  leaving: z.enum(['remove', 'keep']),
  series: SeriesPolicySchema,
})

const held: z.ZodType<Readonly<Record<string, HeldChanges>>> = z.record(
  z.string(),
  z.strictObject({ count: z.int(), since: z.number(), approved: z.boolean() }),
)

export const SyncGroupSchema: z.ZodType<SyncGroup> = z.strictObject({
  id: idSchema<'Group'>(),
  userId: idSchema<'User'>(),
  name: z.string().max(1024),
  members: z.array(MemberSchema).min(2).max(1_000),
  rules: ConflictRulesSchema,
  fieldStrategies: FieldStrategiesSchema,
  strategies: StrategySpecsSchema,
  removal: z.enum(['editWins', 'removalWins', 'askAPerson']),
  removalGuard: z.strictObject({ count: z.int().min(1), share: z.number().min(0).max(1) }),
  creationGuard: z.strictObject({ count: z.int().min(1) }),
  schedule: ScheduleSchema.exactOptional(),
  wasPaused: z.literal(true).exactOptional(),
  horizonAt: z.number().exactOptional(),
  reconsider: z.string().exactOptional(),
  baseline: z.enum(['pending', 'done']),
  recentRemovals: z.record(z.string(), z.strictObject({ count: z.int(), since: z.number() })),
  heldRemovals: held,
  heldCreations: held,
  createdAt: z.number(),
})
