import { holds as fits } from '../mapping/condition.js'
import { type LostField, lossesOf } from '../mapping/losses.js'
import { copyView, nativeView, type View } from '../mapping/projection.js'
import { type EventContent, type Field, fields } from '../model/content.js'
import { sameField } from '../model/equality.js'
import type { Member } from '../model/group.js'
import type { Holding } from '../model/holding.js'
import type { CalendarId } from '../model/ids.js'
import type { Replica, SyncedEvent } from '../model/synced-event.js'
import { baseOf, type ShownEvent } from './absorb.js'
import { seriesFields } from './merge.js'
import { hasSwallowed } from './renderings.js'

/** A member of the group as the planner sees it. */
export interface Target {
  readonly member: Member
  /** Whether anything may be written there at all. */
  readonly writable: boolean
  /** What this calendar's provider can hold of an event. */
  readonly holds: Holding
}

/** The members of a group, in the order in which they are asked. */
export type Targets = ReadonlyMap<CalendarId, Target>

/** One step. A plan is a list of these and nothing else. */
export type Action =
  | { readonly kind: 'create'; readonly calendarId: CalendarId; readonly content: EventContent }
  | {
      readonly kind: 'update'
      readonly calendarId: CalendarId
      readonly content: EventContent
      readonly fields: readonly Field[]
    }
  | { readonly kind: 'remove'; readonly calendarId: CalendarId }
  /** Look at this copy before anything else is done to it: an earlier write was never answered. */
  | { readonly kind: 'verify'; readonly calendarId: CalendarId }

/** What of an event a copy does not show as it is, and what becomes of it; it stays in Content and at the source. */
export interface Loss extends LostField {
  readonly calendarId: CalendarId
}

/** A copy that is left alone, and the fields that its server rewrites. */
export interface Churn {
  readonly calendarId: CalendarId
  readonly fields: readonly Field[]
}

/** Copies that were rewritten this often without a person changing anything are left alone. */
const churnLimit = 6

/** What is to be done so that every member shows what it should. Pure: same event, same plan. */
export function plan(
  event: SyncedEvent,
  shown: ReadonlyMap<CalendarId, ShownEvent>,
  targets: Targets,
): readonly Action[] {
  const actions: Action[] = []
  for (const [calendarId, target] of targets) {
    const replica = event.replicas[calendarId]
    const fits = isWanted(event, calendarId, targets)
    const action = replica && step(event, replica, shown.get(calendarId), target, fits)
    if (action) actions.push(action)
  }
  return actions
}

/**
 * What becomes of one replica.
 *
 * | replica           | event live, fits the member   | live, does not fit    | event removing |
 * |-------------------|-------------------------------|-----------------------|----------------|
 * | absent            | create                        | nothing               | nothing        |
 * | live              | update the fields that differ | remove, or nothing    | remove         |
 * | live, withdrawn   | remove                        | remove                | remove         |
 * | removed, detached | nothing                       | nothing               | nothing        |
 *
 * What a person made in a calendar stays there, whether it fits or not.
 */
function step(
  event: SyncedEvent,
  replica: Replica,
  shown: ShownEvent | undefined,
  target: Target,
  fits: boolean,
): Action | undefined {
  const { calendarId, status, attempt } = replica
  if (!target.writable || replica.gone || status === 'removed' || status === 'detached') return undefined
  // Of a create that was never answered, the mirror may know by now and the replica not yet: it is not created again, or
  // what was sent the second time would count as what stands there.
  if (attempt && (status === 'absent' || !shown?.newer)) return { kind: 'verify', calendarId }
  if (event.state === 'removing') return status === 'live' ? removal(calendarId, shown) : undefined
  if (event.state !== 'live') return undefined
  if (replica.withdrawn) return status === 'live' ? removal(calendarId, shown) : undefined
  if (!fits && !replica.native)
    return status === 'live' && target.member.leaving === 'remove' ? removal(calendarId, shown) : undefined
  const view = viewOf(event, replica, target)
  if (status === 'absent') return { kind: 'create', calendarId, content: view.render(event.content) }
  if (!shown || shown.readOnly || replica.rewrites >= churnLimit) return undefined
  const wanted = outOfStep(event, replica, target)
  if (wanted.length === 0) return undefined
  const rendered = view.render(event.content)
  const along = isSeries(rendered, shown.content) ? writtenAlong(wanted, replica) : []
  const written = fields.filter((field) => wanted.includes(field) || along.includes(field))
  const content = { ...shown.content, ...Object.fromEntries(written.map((field) => [field, rendered[field]])) }
  return { kind: 'update', calendarId, content, fields: written }
}

/** What of a series is written with these fields: what names its occurrences, and those that looked regular until now. */
function writtenAlong(wanted: readonly Field[], { agreed, standsFor }: Replica): readonly Field[] {
  if (wanted.some((field) => seriesFields.includes(field))) return seriesFields
  return hasSwallowed(agreed, standsFor) ? ['overrides'] : []
}

/** Whether an event should have a copy in a member, by what its own calendar sends and what that one receives. */
export function isWanted(
  event: SyncedEvent,
  calendarId: CalendarId,
  targets: Targets,
  as: 'event' | 'parts' = 'event',
): boolean {
  const target = targets.get(calendarId)
  if (as === 'event' && target && target.member.series.as !== 'first' && turnsIntoParts(event, target)) return false
  const { content, origin } = event
  // What it sends elsewhere and receives from elsewhere does not concern a calendar's own events.
  if (calendarId === origin.calendarId) return true
  const facts = { content, origin: origin.calendarId }
  const conditions = [targets.get(origin.calendarId)?.member.sends, target?.member.receives]
  return conditions.every((condition) => condition === undefined || fits(condition, facts))
}

/** Whether a series cannot be held in a calendar as one event. Where a person made it, it can. */
export function turnsIntoParts(
  event: Pick<SyncedEvent, 'content' | 'replicas' | 'parted'>,
  { holds, member }: Target,
): boolean {
  const replica = event.replicas[member.calendarId]
  if (!event.content.recurrence || (replica?.native && replica.status === 'live')) return false
  if (holds.isUnknown) return event.parted !== undefined
  return holds.cannotHold.includes('recurrence') || holds.holdsSeries?.(event.content) === false
}

function removal(calendarId: CalendarId, shown: ShownEvent | undefined): Action | undefined {
  if (!shown) return { kind: 'verify', calendarId }
  return shown.readOnly ? undefined : { kind: 'remove', calendarId }
}

/** The fields in which a replica does not stand for the event's content yet. */
export function outOfStep(event: SyncedEvent, replica: Replica, target: Target): readonly Field[] {
  const base = baseOf(replica)
  if (!base) return []
  const view = viewOf(event, replica, target)
  const rendered = view.render(event.content)
  return fields.filter((field) => view.carries.has(field) && !sameField(field, rendered, base))
}

/** Which copies were given up on because their server rewrites them again and again, and in which fields. */
export function churning(event: SyncedEvent, targets: Targets): readonly Churn[] {
  return [...targets].flatMap(([calendarId, target]) => {
    const replica = event.replicas[calendarId]
    if (replica?.status !== 'live' || replica.rewrites < churnLimit) return []
    const names = outOfStep(event, replica, target)
    return names.length > 0 ? [{ calendarId, fields: names }] : []
  })
}

/** What this event loses in its copies, by what their calendars hold and what they are to show. */
export function lossReport(event: SyncedEvent, targets: Targets): readonly Loss[] {
  return [...targets].flatMap(([calendarId, target]) => {
    const replica = event.replicas[calendarId]
    const isInParts = target.member.series.as === 'singles' && turnsIntoParts(event, target)
    if (isInParts && isWanted(event, calendarId, targets, 'parts'))
      return [{ calendarId, field: 'recurrence', becomes: 'single_events' }]
    if (!replica) return []
    if (replica.native) return lockedIn(event, replica, target)
    return lossesOf(target.member.projection, event, target.holds).map((lost) => ({ calendarId, ...lost }))
  })
}

/** What a person's own event keeps to itself, because nobody can change it there. */
function lockedIn(event: SyncedEvent, replica: Replica, target: Target): readonly Loss[] {
  const { calendarId, agreed, locked = [] } = replica
  if (!agreed || locked.length === 0) return []
  const view = viewOf(event, replica, target)
  const rendered = view.render(event.content)
  const lost = locked.filter((field) => view.carries.has(field) && !sameField(field, rendered, agreed))
  return lost.map((field) => ({ calendarId, field, becomes: 'locked' }))
}

/** How a replica is read and written. */
export function viewOf(event: SyncedEvent, replica: Replica, { member, holds }: Target): View {
  return replica.native
    ? nativeView(event.origin.calendarId === replica.calendarId)
    : copyView(member.projection, event, holds)
}

function isSeries(...contents: readonly EventContent[]): boolean {
  return contents.some((content) => content.recurrence !== null)
}
