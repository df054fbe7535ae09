import * as z from 'zod'
import { SyncError } from '../errors.js'
import { bounded } from '../model/bounded-json.js'
import { type EventCondition, EventConditionSchema } from '../model/condition.js'
import { type ConflictRule, ConflictRulesSchema } from '../model/conflict-rule.js'
import {
  defaultProjection,
  FieldStrategiesSchema,
  type Member,
  type Projection,
  ProjectionSchema,
  type SeriesPolicy,
  SeriesPolicySchema,
  type StrategySpec,
  StrategySpecsSchema,
  type SyncGroup,
} from '../model/group.js'
import type { CalendarId, GroupId, UserId } from '../model/ids.js'
import { type Schedule, ScheduleSchema } from '../model/schedule.js'
import { checkCron } from '../scheduler/cron.js'
import { ownId } from './input.js'

/** A calendar to be woven into a group. */
export interface NewMember {
  readonly calendarId: string
  /** @default 'both' */
  readonly direction?: Member['direction']
  /** Lower wins where a strategy falls back to an order. @default its place in the list */
  readonly priority?: number
  /** What copies in this calendar show. @default everything; private events as "Busy"; no reminders, no guests */
  readonly projection?: Partial<Projection>
  /** Asked before the group's strategies when this calendar is one of the sides. @default [] */
  readonly strategies?: readonly StrategySpec[]
  /** Which of the events that were born here have copies elsewhere. @default all */
  readonly sends?: EventCondition
  /** Which events get a copy here. @default all */
  readonly receives?: EventCondition
  /** What becomes of a copy here whose event does not fit the conditions any more. @default 'remove' */
  readonly leaving?: Member['leaving']
  /**
   * What a series becomes here when this calendar cannot hold it.
   * @default its occurrences one by one, a year ahead, at most 100: `{ as: 'singles', aheadDays: 366, most: 100 }`
   */
  readonly series?: SeriesPolicy
}

/** A group to be made. */
export interface NewGroup {
  readonly name: string
  /** Two or more. */
  readonly members: readonly NewMember[]
  /** Asked in turn when a field was changed to different values. @default lastModifiedWins */
  readonly strategies?: readonly StrategySpec[]
  /** Strategies for single fields, asked before those of the group; `removal` for edits that meet a removal. @default {} */
  readonly fieldStrategies?: SyncGroup['fieldStrategies']
  /** Asked before every strategy, in this order. @default [] */
  readonly rules?: readonly ConflictRule[]
  /** What becomes of an event that was removed on one side and changed on another. @default 'editWins' */
  readonly removal?: SyncGroup['removal']
  /**
   * How many removals from one calendar within a day wait for a person: more than `count` and more than `share` of its
   * events, or all of them. @default { count: 5, share: 0.2 }
   */
  readonly removalGuard?: SyncGroup['removalGuard']
  /**
   * How many new events of one calendar at once wait for a person, after the first sync: more than `count`.
   * @default { count: 500 }
   */
  readonly creationGuard?: SyncGroup['creationGuard']
  /** When it is synced by itself, where the engine has a scheduler. @default every 15 minutes: `{ every: 900_000 }` */
  readonly schedule?: Schedule
  /** An id of the host's choice. @default a random id */
  readonly id?: string
  /**
   * The name of a pause that it is made with (`user.pauses`): not even a push of a service has it synced before that is cleared,
   * while `plan` tells what a sync would do. @default it is not paused
   */
  readonly paused?: string
}

/** What may be changed of a group. What is not named stays; a list is given whole. */
export type GroupChanges = Partial<Omit<NewGroup, 'id' | 'paused'>>

/** A group as it is kept, with defaults for what was not said. */
export function groupOf(given: NewGroup, userId: UserId, now: number): SyncGroup {
  return {
    id: (given.id ?? crypto.randomUUID()) as GroupId,
    userId,
    name: given.name,
    members: given.members.map(memberOf),
    rules: given.rules ?? [],
    fieldStrategies: given.fieldStrategies ?? {},
    strategies: given.strategies ?? [{ use: 'lastModifiedWins' }],
    removal: given.removal ?? 'editWins',
    removalGuard: given.removalGuard ?? { count: 5, share: 0.2 },
    creationGuard: given.creationGuard ?? { count: 500 },
    ...(given.schedule === undefined ? {} : { schedule: given.schedule }),
    ...(given.paused === undefined ? {} : { wasPaused: true }),
    baseline: 'pending',
    recentRemovals: {},
    heldRemovals: {},
    heldCreations: {},
    createdAt: now,
  }
}

export function memberOf(given: NewMember, index: number): Member {
  const { calendarId, direction, priority, projection, strategies, leaving, series, ...conditions } = given
  return {
    ...conditions,
    calendarId: calendarId as CalendarId,
    direction: direction ?? 'both',
    priority: priority ?? index,
    projection: { ...defaultProjection, ...projection },
    strategies: strategies ?? [],
    leaving: leaving ?? 'remove',
    series: series ?? { as: 'singles', aheadDays: 366, most: 100 },
  }
}

/** @throws SyncError `invalid_input` for a cron expression that is none, or never comes. */
export function checkSchedule({ schedule }: Pick<SyncGroup, 'schedule'>): void {
  if (typeof schedule === 'object' && 'cron' in schedule) checkCron(schedule.cron, schedule.zone)
}

/** @throws SyncError `invalid_input` for a strategy of the host that is not registered, or one that names a stranger. */
export function checkStrategies(group: SyncGroup, hosted: Readonly<Record<string, unknown>>): void {
  const isMember = (id: string) => group.members.some(({ calendarId }) => calendarId === id)
  for (const { path, specs } of strategyLists(group))
    for (const spec of specs) {
      if (spec.use === 'host' && !Object.hasOwn(hosted, spec.name))
        throw new SyncError('invalid_input', `${path}: no strategy is registered as ${JSON.stringify(spec.name)}.`)
      const stranger = spec.use === 'preferCalendar' && spec.order.find((id) => !isMember(id))
      if (stranger) throw new SyncError('invalid_input', `${path}: ${JSON.stringify(stranger)} is no member.`)
    }
}

function strategyLists(
  group: SyncGroup,
): readonly { readonly path: string; readonly specs: readonly StrategySpec[] }[] {
  const fields = Object.entries(group.fieldStrategies)
  return [
    { path: 'group.strategies', specs: group.strategies },
    ...fields.map(([field, specs = []]) => ({ path: `group.fieldStrategies.${field}`, specs })),
    ...group.members.map(({ strategies }, index) => ({ path: `group.members.${index}.strategies`, specs: strategies })),
  ]
}

const newMember: z.ZodType<NewMember> = z.strictObject({
  calendarId: z.string().min(1).max(128),
  direction: z.enum(['both', 'read', 'write']).exactOptional(),
  priority: z.int().exactOptional(),
  projection: ProjectionSchema.exactOptional(),
  strategies: StrategySpecsSchema.exactOptional(),
  sends: EventConditionSchema.exactOptional(),
  receives: EventConditionSchema.exactOptional(),
  leaving: z.enum(['remove', 'keep']).exactOptional(),
  series: SeriesPolicySchema.exactOptional(),
})

const shape = {
  name: z.string().max(1024),
  members: z
    .array(newMember)
    .min(2, 'a group needs two calendars or more')
    .max(1_000)
    .refine(
      (list) => new Set(list.map(({ calendarId }) => calendarId)).size === list.length,
      'a calendar stands in it twice',
    )
    .refine((list) => list.some(({ direction }) => direction !== 'write'), 'nothing can be read from any member'),
  strategies: StrategySpecsSchema.exactOptional(),
  fieldStrategies: FieldStrategiesSchema.exactOptional(),
  rules: ConflictRulesSchema.exactOptional(),
  removal: z.enum(['editWins', 'removalWins', 'askAPerson']).exactOptional(),
  removalGuard: z.strictObject({ count: z.int().min(1), share: z.number().min(0).max(1) }).exactOptional(),
  creationGuard: z.strictObject({ count: z.int().min(1) }).exactOptional(),
  schedule: ScheduleSchema.exactOptional(),
}

/** A thousand members with settings of their own. */
const bounds = { depth: 24, entries: 1_000, values: 200_000 } as const

/** Validates a group that a host or a person wants to make. Refusals name the path. */
export const NewGroupSchema: z.ZodType<NewGroup> = bounded(
  z.strictObject({ ...shape, id: ownId.exactOptional(), paused: ownId.exactOptional() }),
  bounds,
)

/** Validates what a host or a person wants to change of a group. */
export const GroupChangesSchema: z.ZodType<GroupChanges> = bounded(
  z.strictObject({ ...shape, name: shape.name.exactOptional(), members: shape.members.exactOptional() }),
  bounds,
)

export const groupRemovalSchema: z.ZodType<{ readonly copies: 'keep' | 'remove' }> = z.strictObject({
  copies: z.enum(['keep', 'remove']),
})
