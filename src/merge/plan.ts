import { copyView, nativeView, type View } from '../mapping/projection.js'
import { type EventContent, type Field, fields } from '../model/content.js'
import { sameField } from '../model/equality.js'
import type { Member } from '../model/group.js'
import type { CalendarId } from '../model/ids.js'
import type { Replica, SyncedEvent } from '../model/synced-event.js'
import { baseOf, isNeutral, type ShownEvent } from './absorb.js'
import { seriesFields } from './merge.js'

/** A member of the group as the planner sees it. */
export interface Target {
  readonly member: Member
  /** Whether anything may be written there at all. */
  readonly writable: boolean
  /** Fields that this calendar's provider cannot hold. */
  readonly cannotHold: readonly Field[]
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

/** What of an event a target cannot hold; it stays in Content and at the source. */
export interface Loss {
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
    const action = replica && step(event, replica, shown.get(calendarId), target)
    if (action) actions.push(action)
  }
  return actions
}

/**
 * What becomes of one replica.
 *
 * | replica  | event live                    | event removing |
 * |----------|-------------------------------|----------------|
 * | absent   | create                        | nothing        |
 * | live     | update the fields that differ | remove         |
 * | removed  | nothing (revived elsewhere)   | nothing        |
 * | detached | nothing                       | nothing        |
 */
function step(event: SyncedEvent, replica: Replica, shown: ShownEvent | undefined, target: Target): Action | undefined {
  const { calendarId, status, attempt } = replica
  if (!target.writable || replica.gone || status === 'removed' || status === 'detached') return undefined
  // Of a create that was never answered, the mirror may know by now and the replica not yet: it is not created again, or
  // what was sent the second time would count as what stands there.
  if (attempt && (status === 'absent' || !shown?.newer)) return { kind: 'verify', calendarId }
  if (event.state === 'removing') return status === 'live' ? removal(calendarId, shown) : undefined
  if (event.state !== 'live') return undefined
  const view = viewOf(event, replica, target.member)
  if (status === 'absent') return { kind: 'create', calendarId, content: view.render(event.content) }
  if (!shown || shown.readOnly || replica.rewrites >= churnLimit) return undefined
  const wanted = outOfStep(event, replica, target).filter((field) => !target.cannotHold.includes(field))
  if (wanted.length === 0) return undefined
  const rendered = view.render(event.content)
  const written =
    wanted.some((field) => seriesFields.includes(field)) && isSeries(rendered, shown.content)
      ? fields.filter((field) => wanted.includes(field) || seriesFields.includes(field))
      : wanted
  const content = { ...shown.content, ...Object.fromEntries(written.map((field) => [field, rendered[field]])) }
  return { kind: 'update', calendarId, content, fields: written }
}

function removal(calendarId: CalendarId, shown: ShownEvent | undefined): Action | undefined {
  if (!shown) return { kind: 'verify', calendarId }
  return shown.readOnly ? undefined : { kind: 'remove', calendarId }
}

/** The fields in which a replica does not stand for the event's content yet. */
export function outOfStep(event: SyncedEvent, replica: Replica, target: Target): readonly Field[] {
  const base = baseOf(replica)
  if (!base) return []
  const view = viewOf(event, replica, target.member)
  const rendered = view.render(event.content)
  return fields.filter((field) => view.carries.has(field) && !sameField(field, rendered, base))
}

/** Which copies were given up on because their server rewrites them again and again, and in which fields. */
export function churning(event: SyncedEvent, targets: Targets): readonly Loss[] {
  return [...targets].flatMap(([calendarId, target]) => {
    const replica = event.replicas[calendarId]
    if (replica?.status !== 'live' || replica.rewrites < churnLimit) return []
    const names = outOfStep(event, replica, target)
    return names.length > 0 ? [{ calendarId, fields: names }] : []
  })
}

/** What this event loses at targets that cannot hold all of it. */
export function lossReport(event: SyncedEvent, targets: Targets): readonly Loss[] {
  return [...targets].flatMap(([calendarId, target]) => {
    const replica = event.replicas[calendarId]
    if (!replica || replica.native) return []
    const { carries, render } = viewOf(event, replica, target.member)
    const rendered = render(event.content)
    const lost = target.cannotHold.filter((field) => carries.has(field) && !isNeutral(field, rendered))
    return lost.length > 0 ? [{ calendarId, fields: lost }] : []
  })
}

/** How a replica is read and written. */
export function viewOf(event: SyncedEvent, replica: Replica, member: Member): View {
  return replica.native
    ? nativeView(event.origin.calendarId === replica.calendarId)
    : copyView(member.projection, event.content)
}

function isSeries(...contents: readonly EventContent[]): boolean {
  return contents.some((content) => content.recurrence !== null)
}
