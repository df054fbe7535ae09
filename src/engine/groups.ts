import * as z from 'zod'
import { SyncError } from '../errors.js'
import { type Action, type Loss, lossReport } from '../merge/plan.js'
import type { ConflictItem } from '../model/conflict.js'
import {
  defaultProjection,
  type Member,
  type Projection,
  type StrategySpec,
  StrategySpecSchema,
  type SyncGroup,
} from '../model/group.js'
import type { CalendarId, EventId, GroupId, UserId } from '../model/ids.js'
import type { Origin } from '../model/origin.js'
import type { Run } from '../model/run.js'
import type { RunLimits } from './context.js'
import type { Engine } from './engine.js'
import { checked, ownId } from './input.js'
import { exactly, find, need, put, readAll } from './records.js'
import { lookAndMatch, runGroup, withContext } from './run.js'
import { planDue } from './settle.js'
import { targetsOf } from './targets.js'

/** A calendar to be woven into a group. */
export interface NewMember {
  readonly calendarId: string
  /** @default 'both' */
  readonly direction?: Member['direction']
  /** Lower wins where a strategy falls back to an order. @default its place in the list */
  readonly priority?: number
  /** What copies in this calendar show. @default everything; private events as "Busy"; no reminders */
  readonly projection?: Partial<Projection>
}

/** A group to be made. */
export interface NewGroup {
  readonly name: string
  /** Two or more. */
  readonly members: readonly NewMember[]
  /** Asked in turn when a field was changed to different values. @default lastModifiedWins */
  readonly strategies?: readonly StrategySpec[]
  /** What becomes of an event that was removed on one side and changed on another. @default 'editWins' */
  readonly removal?: SyncGroup['removal']
  /**
   * How many removals from one calendar within a day wait for a person: more than `count` and more than `share` of its
   * events, or all of them. @default { count: 5, share: 0.2 }
   */
  readonly removalGuard?: SyncGroup['removalGuard']
  /** An id of the host's choice. @default a random id */
  readonly id?: string
}

/** One event in a plan: what would be written where, and why people may want to look at it. */
export interface PlannedEvent {
  readonly eventId: EventId
  readonly title: string
  readonly origin: Origin
  readonly actions: readonly Action[]
  /** Fields on which the calendars disagree; without a winner: the event would be parked. */
  readonly conflicts: readonly ConflictItem[]
  /** What its copies cannot hold. */
  readonly losses: readonly Loss[]
}

/** What a sync would do now. */
export interface GroupPlan {
  readonly groupId: GroupId
  readonly events: readonly PlannedEvent[]
  /** Calendars that could not be looked at; what they changed is not in the plan. */
  readonly unreachable: readonly CalendarId[]
}

/** A user's groups of calendars. */
export class GroupsHandle {
  readonly #engine: Engine
  readonly #user: UserId

  constructor(engine: Engine, user: UserId) {
    this.#engine = engine
    this.#user = user
  }

  /**
   * Weaves calendars together. Nothing is written to them before the first {@link sync}.
   * @throws SyncError `invalid_input` for fewer than two calendars, a calendar that the user does not have, or a group
   * of which nothing can be read.
   */
  async create(given: NewGroup): Promise<SyncGroup> {
    const { name, members, strategies, removal, removalGuard, id } = checked(newGroup, given, 'group')
    const group: SyncGroup = {
      id: (id ?? crypto.randomUUID()) as GroupId,
      userId: this.#user,
      name,
      members: members.map(memberOf),
      strategies: strategies ?? [{ use: 'lastModifiedWins' }],
      removal: removal ?? 'editWins',
      removalGuard: removalGuard ?? { count: 5, share: 0.2 },
      baseline: 'pending',
      recentRemovals: {},
      heldRemovals: {},
      createdAt: this.#engine.now(),
    }
    const unused = await this.#seededMembers(group)
    const memberships = group.members.map(({ calendarId }) =>
      put('membership', { groupId: group.id, calendarId, seeded: unused.has(calendarId) }, 0),
    )
    for (const spec of group.strategies) this.#checkStrategy(spec, group)
    if (await find(this.#engine.storage, this.#user, 'group', group.id))
      throw new SyncError('invalid_input', `group.id: there is a group with this id already.`)
    await this.#engine.storage.commit(this.#user, { changes: [put('group', group, 0), ...memberships] })
    return group
  }

  /** @throws SyncError `invalid_input` when the user has no such group. */
  async get(groupId: string): Promise<SyncGroup> {
    return (await need(this.#engine.storage, this.#user, 'group', groupId)).value
  }

  async list(): Promise<readonly SyncGroup[]> {
    const found: SyncGroup[] = []
    for await (const page of readAll(this.#engine.storage, this.#user, 'group'))
      found.push(...page.map(({ value }) => value))
    return found
  }

  /**
   * Brings the group's calendars in step. May be called at any time, by any worker: when another one is at it, the run
   * ends as `busy` and nothing is done. A calendar or an event that fails does not stop the others; what failed is in
   * the run and with the event, and is tried again by a later run.
   *
   * @throws SyncError `invalid_input` when there is no such group, `storage_failed` when the state cannot be kept.
   */
  async sync(groupId: string, limits: RunLimits = {}): Promise<Run> {
    checked(runLimits, limits, 'limits')
    return runGroup(this.#engine, this.#user, groupId as GroupId, limits)
  }

  /**
   * What {@link sync} would do now. Looks at the calendars, and writes to none of them.
   * @throws SyncError `unavailable` when another worker is syncing this group.
   */
  async plan(groupId: string, limits: Pick<RunLimits, 'signal' | 'onProgress'> = {}): Promise<GroupPlan> {
    const plan = await withContext(this.#engine, this.#user, groupId as GroupId, limits, async (context) => {
      await lookAndMatch(context)
      const targets = await targetsOf(context)
      const events = (await planDue(context)).map(({ event, decision }) => ({
        eventId: event.id,
        title: decision.event.content.title,
        origin: event.origin,
        actions: decision.actions,
        conflicts: decision.items,
        losses: lossReport(decision.event, targets),
      }))
      return { groupId: context.group.id, events, unreachable: [...context.blocked.keys()] }
    })
    if (!plan)
      throw new SyncError('unavailable', 'This group is being synced right now. Ask again when that has ended.')
    return plan
  }

  /**
   * Lets removals that were held go ahead: a person says that they are meant.
   * @throws SyncError `invalid_input` when none are held, `stale_version` when a sync is at them right now: ask again.
   */
  async approveRemovals(groupId: string, calendarId: string): Promise<void> {
    const { value: group, version } = await need(this.#engine.storage, this.#user, 'group', groupId)
    const held = group.heldRemovals[calendarId]
    if (!held) throw new SyncError('invalid_input', 'No removals of this calendar are being held.')
    // What was proven when they were held may have changed since: it is asked for once more.
    const range = { index: 'gone', ...exactly(`${group.id}/${calendarId}`) }
    for await (const page of readAll(this.#engine.storage, this.#user, 'inbox', range))
      await this.#engine.storage.commit(this.#user, {
        changes: page.map(({ value, version }) => put('inbox', { ...value, confirm: true }, version)),
      })
    const heldRemovals = { ...group.heldRemovals, [calendarId]: { ...held, approved: true } }
    await this.#engine.storage.commit(this.#user, { changes: [put('group', { ...group, heldRemovals }, version)] })
  }

  #checkStrategy(spec: StrategySpec, { members }: SyncGroup): void {
    if (spec.use === 'host' && !Object.hasOwn(this.#engine.strategies, spec.name))
      throw new SyncError(
        'invalid_input',
        `group.strategies: no strategy is registered as ${JSON.stringify(spec.name)}.`,
      )
    const stranger =
      spec.use === 'preferCalendar' && spec.order.find((id) => !members.some(({ calendarId }) => calendarId === id))
    if (stranger) throw new SyncError('invalid_input', `group.strategies: ${JSON.stringify(stranger)} is no member.`)
  }

  /** Checks the members, and tells which of them were never listed: those have nothing to hand over. */
  async #seededMembers(group: SyncGroup): Promise<ReadonlySet<CalendarId>> {
    const unused = new Set<CalendarId>()
    for (const { calendarId } of group.members) {
      const { value: calendar } = await need(this.#engine.storage, this.#user, 'calendar', calendarId)
      if (calendar.pull.generation === 0 && calendar.pull.cursor === undefined) unused.add(calendarId)
    }
    return unused
  }
}

function memberOf(given: NewMember, index: number): Member {
  return {
    calendarId: given.calendarId as CalendarId,
    direction: given.direction ?? 'both',
    priority: given.priority ?? index,
    projection: { ...defaultProjection, ...given.projection },
  }
}

const runLimits: z.ZodType<unknown> = z.looseObject({
  budgetMs: z.number().min(0).exactOptional(),
  maxWrites: z.int().min(0).exactOptional(),
})

const newMember: z.ZodType<NewMember> = z.strictObject({
  calendarId: z.string().min(1).max(128),
  direction: z.enum(['both', 'read', 'write']).exactOptional(),
  priority: z.int().exactOptional(),
  projection: z
    .strictObject({
      show: z.enum(['everything', 'busy']).exactOptional(),
      busyTitle: z.string().max(1024).exactOptional(),
      privateEvents: z.enum(['busy', 'show']).exactOptional(),
      reminders: z.enum(['none', 'copy']).exactOptional(),
    })
    .exactOptional(),
})

const newGroup: z.ZodType<NewGroup> = z.strictObject({
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
  strategies: z.array(StrategySpecSchema).max(100).exactOptional(),
  removal: z.enum(['editWins', 'removalWins', 'askAPerson']).exactOptional(),
  removalGuard: z.strictObject({ count: z.int().min(1), share: z.number().min(0).max(1) }).exactOptional(),
  id: ownId.exactOptional(),
})
