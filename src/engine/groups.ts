import * as z from 'zod'
import { SyncError } from '../errors.js'
import { type Action, type Loss, lossReport } from '../merge/plan.js'
import type { ConflictItem } from '../model/conflict.js'
import type { SyncGroup } from '../model/group.js'
import type { CalendarId, EventId, GroupId, UserId } from '../model/ids.js'
import type { Origin } from '../model/origin.js'
import type { Run } from '../model/run.js'
import { type Urgency, urgencies } from '../scheduler/scheduler.js'
import type { RecordChange } from '../storage/storage.js'
import { ChainWriter } from './chain.js'
import type { RunLimits } from './context.js'
import { planDue } from './deciding.js'
import type { Engine } from './engine.js'
import {
  checkSchedule,
  checkStrategies,
  type GroupChanges,
  GroupChangesSchema,
  groupOf,
  groupRemovalSchema,
  memberOf,
  type NewGroup,
  NewGroupSchema,
} from './group-input.js'
import { tellNow } from './health/reconciling.js'
import { checked } from './input.js'
import { settingNote, settingsOf } from './notes.js'
import { type NoticedGroup, noticedGroups } from './notices.js'
import { allPausesOf, concern, pausesOf, refusePaused, refuseTooMany } from './paused.js'
import { drop, find, need, put, readAll } from './records.js'
import { lookAndMatch, runGroup, withContext } from './run.js'
import { targetsOf } from './targets.js'
import { unweave } from './unweave.js'
import { type Verification, verifyGroup } from './verify.js'

/** One event in a plan: what would be written where, and why people may want to look at it. */
export interface PlannedEvent {
  readonly eventId: EventId
  readonly title: string
  readonly origin: Origin
  readonly actions: readonly Action[]
  /** Fields on which the calendars disagree; without a winner: the event would be parked. */
  readonly conflicts: readonly ConflictItem[]
  /** What its copies cannot hold or do not show, and what becomes of it there. */
  readonly losses: readonly Loss[]
}

/** What a sync would do now. */
export interface GroupPlan {
  readonly groupId: GroupId
  readonly events: readonly PlannedEvent[]
  /** Calendars that could not be looked at; what they changed is not in the plan. */
  readonly unreachable: readonly CalendarId[]
}

/** How a sync is asked for. */
export interface SyncSoon {
  /** Whom it comes before. @default 'person', which comes first */
  readonly urgency?: Urgency
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
   * @throws SyncError `invalid_input` for fewer than two calendars, a calendar that the user does not have, a group
   * of which nothing can be read, and a pause beyond 200.
   */
  async create(given: NewGroup): Promise<SyncGroup> {
    const group = groupOf(checked(NewGroupSchema, given, 'group'), this.#user, this.#engine.now())
    const memberships = await this.#memberships(group)
    checkStrategies(group, this.#engine.strategies)
    checkSchedule(group)
    if (await find(this.#engine.storage, this.#user, 'group', group.id))
      throw new SyncError('invalid_input', `group.id: there is a group with this id already.`)
    const made = [put('group', group, 0), ...memberships, ...(await this.#pausedFrom(given, group))]
    await this.#commit('group.created', undefined, group, made)
    await this.#concernPauses(group)
    await this.#engine.jobs.planned(this.#user, group, 'import')
    return group
  }

  /** @throws SyncError `invalid_input` when the user has no such group. */
  async get(groupId: string): Promise<SyncGroup> {
    return (await need(this.#engine.storage, this.#user, 'group', groupId)).value
  }

  /**
   * The groups that a calendar's service told a change of ({@link WatchesHandle}) and that were not synced since, those
   * that wait longest first. Sync each; one that is told of again meanwhile stays in this list.
   */
  async noticed(): Promise<readonly NoticedGroup[]> {
    return noticedGroups(this.#engine, this.#user)
  }

  async list(): Promise<readonly SyncGroup[]> {
    const found: SyncGroup[] = []
    for await (const page of readAll(this.#engine.storage, this.#user, 'group'))
      found.push(...page.map(({ value }) => value))
    return found
  }

  /**
   * Changes settings. The next {@link sync} looks at every event once more and brings the copies to what they should be
   * now; {@link plan} shows it beforehand. Copies in a calendar that leaves the group stay there, see {@link remove}.
   *
   * @throws SyncError `invalid_input` as for {@link create}, `stale_version` when a sync writes at the same moment: ask
   * again.
   */
  async change(groupId: string, given: GroupChanges): Promise<SyncGroup> {
    const { members, ...changes } = checked(GroupChangesSchema, given, 'group')
    const { value: before, version } = await need(this.#engine.storage, this.#user, 'group', groupId)
    const group: SyncGroup = {
      ...before,
      ...changes,
      ...(members ? { members: members.map(memberOf) } : {}),
      // Another hour is no reason to look at every event.
      ...(Object.keys(given).every((key) => key === 'schedule') ? {} : { reconsider: '' }),
    }
    checkStrategies(group, this.#engine.strategies)
    checkSchedule(group)
    const findMember = ({ members }: SyncGroup, id: CalendarId) => members.find(({ calendarId }) => calendarId === id)
    const joined = await this.#memberships({
      ...group,
      members: group.members.filter(({ calendarId }) => !findMember(before, calendarId)),
    })
    // What people entered where it was not listened to is taken up now.
    const heard = group.members.filter(
      ({ calendarId, direction }) => direction !== 'write' && findMember(before, calendarId)?.direction === 'write',
    )
    const opened = heard.map(({ calendarId }) => put('membership', { groupId: group.id, calendarId, seeded: false }))
    const left = before.members
      .filter(({ calendarId }) => !findMember(group, calendarId))
      .map(({ calendarId }) => drop('membership', { groupId: group.id, calendarId, seeded: true }))
    // What stands in a new member already is recognised before anything is written, as at the first sync.
    const isNew = joined.length + opened.length > 0
    const changed: SyncGroup = withoutStrangers(isNew ? { ...group, baseline: 'pending' } : group)
    const written = [put('group', changed, version), ...joined, ...opened, ...left]
    await this.#commit('group.changed', before, changed, written)
    if (joined.length > 0) await this.#concernPauses(changed)
    await this.#engine.jobs.planned(this.#user, changed, 'person')
    // What is wrong with a calendar that left is nobody's concern any more.
    if (left.length > 0) await tellNow(this.#engine, this.#user)
    return changed
  }

  /**
   * Ends a group. `copies: 'keep'` leaves every calendar as it is; `'remove'` takes our copies out of the calendars
   * first, and what people made stays. Everything that is known of the group is forgotten, its history too.
   *
   * @throws SyncError `unavailable` when a sync is at it, or when copies could not be removed: nothing is forgotten then,
   * and it can be called again.
   */
  async remove(
    groupId: string,
    options: { readonly copies: 'keep' | 'remove' },
    limits: Pick<RunLimits, 'signal' | 'onProgress'> = {},
  ): Promise<void> {
    const { copies } = checked(groupRemovalSchema, options, 'options')
    await unweave(this.#engine, this.#user, groupId as GroupId, copies, limits)
    await this.#engine.jobs.forget(this.#user, groupId as GroupId)
    await tellNow(this.#engine, this.#user)
  }

  /**
   * Brings the group's calendars in step. May be called at any time, by any worker: when another one is at it, the run
   * ends as `busy` and nothing is done. A calendar or an event that fails does not stop the others; what failed is in
   * the run and with the event, and is tried again by a later run.
   *
   * @throws SyncError `invalid_input` when there is no such group, `paused` when it or its user is (`user.pauses`),
   * `storage_failed` when the state cannot be kept.
   */
  async sync(groupId: string, limits: RunLimits = {}): Promise<Run> {
    checked(runLimits, limits, 'limits')
    return runGroup(this.#engine, this.#user, groupId as GroupId, limits)
  }

  /**
   * Has a worker sync the group as soon as one is free, and returns at once. Asking twice is asking once. Needs
   * `SyncEngineOptions.scheduler`, and a process that has called `engine.start`.
   *
   * @throws SyncError `invalid_input` when there is no such group or no scheduler, `paused` as {@link sync},
   * `storage_failed` when the queue cannot be written.
   */
  async syncSoon(groupId: string, { urgency = 'person' }: SyncSoon = {}): Promise<void> {
    const { value: group } = await need(this.#engine.storage, this.#user, 'group', groupId)
    refusePaused(await pausesOf(this.#engine, this.#user, group), group.id)
    await this.#engine.jobs.sync(this.#user, group.id, checked(urgencySchema, urgency, 'urgency'))
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
    if (!plan) throw busy()
    return plan
  }

  /**
   * Compares every copy with what it should show, by reading all of them anew, and repairs only what differs. Costs a
   * complete listing and a read of every event; for the quiet hours, or after a doubt.
   * @throws SyncError `unavailable` when another worker is syncing this group.
   */
  async verify(groupId: string, limits: Pick<RunLimits, 'signal' | 'onProgress'> = {}): Promise<Verification> {
    const found = await verifyGroup(this.#engine, this.#user, groupId as GroupId, limits)
    if (!found) throw busy()
    return found
  }

  /** In one commit with the group, so that nothing finds it without. */
  async #pausedFrom({ paused }: NewGroup, { id, createdAt }: SyncGroup): Promise<readonly RecordChange[]> {
    if (paused === undefined) return []
    refuseTooMany(await allPausesOf(this.#engine, this.#user))
    return [put('pause', { scope: { group: id }, reason: paused, at: createdAt })]
  }

  /** What was paused before the group was there, or its members, holds for it as well. */
  async #concernPauses({ id }: SyncGroup): Promise<void> {
    const pauses = await allPausesOf(this.#engine, this.#user)
    if (pauses.length > 0) await concern(this.#engine, this.#user, [id])
  }

  /** What was set, with the entry that tells of it. */
  #commit(
    action: 'group.created' | 'group.changed',
    before: SyncGroup | undefined,
    after: SyncGroup,
    changes: readonly RecordChange[],
  ): Promise<void> {
    const told = { groupId: after.id, before: before ? settingsOf(before) : null, after: settingsOf(after) }
    const note = settingNote({ action, ...told }, this.#user, this.#engine)
    return new ChainWriter(this.#engine, this.#user).commit([...changes, note])
  }

  /** Checks the members. Also one that was never listed has something to hand over: it may be listed at this moment. */
  async #memberships({ id: groupId, members }: Pick<SyncGroup, 'id' | 'members'>) {
    const { storage } = this.#engine
    const found = await Promise.all(members.map((member) => need(storage, this.#user, 'calendar', member.calendarId)))
    return found.map(({ value: { id } }) => put('membership', { groupId, calendarId: id, seeded: false }, 0))
  }
}

/** Nothing waits for a person of a calendar that left. */
function withoutStrangers(group: SyncGroup): SyncGroup {
  const ofMembers = <T>(byCalendar: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
    Object.fromEntries(
      Object.entries(byCalendar).filter(([id]) => group.members.some(({ calendarId }) => calendarId === id)),
    )
  return {
    ...group,
    heldRemovals: ofMembers(group.heldRemovals),
    heldCreations: ofMembers(group.heldCreations),
    recentRemovals: ofMembers(group.recentRemovals),
  }
}

function busy(): SyncError {
  return new SyncError('unavailable', 'This group is being synced right now. Ask again when that has ended.')
}

const urgencySchema: z.ZodType<Urgency> = z.enum(urgencies)

const runLimits: z.ZodType<unknown> = z.looseObject({
  budgetMs: z.number().min(0).exactOptional(),
  maxWrites: z.int().min(0).exactOptional(),
  cause: z.enum(['person', 'push', 'schedule', 'import', 'upkeep']).exactOptional(),
})
