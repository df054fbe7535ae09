import { lossesOf } from '../mapping/losses.js'
import { type Field, fields } from '../model/content.js'
import { sameField } from '../model/equality.js'
import type { CalendarId } from '../model/ids.js'
import type { Json } from '../model/json.js'
import type { Replica, SyncedEvent } from '../model/synced-event.js'
import type { ShownEvent } from './absorb.js'
import type { Fold } from './fold.js'
import { outOfStep, viewOf } from './plan.js'
import { isNeutral } from './renderings.js'
import { byCalendar, closed, revived, takenAway } from './replica.js'
import { ask, type FieldConflict, type Ruling } from './strategy.js'

/** Removals, once every edit is known: an edit that the removed copy had not seen outlives the removal. */
export function foldRemovals(fold: Fold, shown: ReadonlyMap<CalendarId, ShownEvent>): Fold {
  if (fold.edited || fold.putThere) resetChurn(fold)
  const removedBy = fold.event.state === 'live' ? travellingRemovals(fold, shown) : []
  if (fold.event.state !== 'live') {
    for (const replica of goneReplicas(fold.event)) fold.setReplica(closed(replica, 'removed'))
    const removed = Object.values(fold.event.replicas).find(({ status }) => status === 'removed')
    if (removed && isUnseenBy(fold, removed) && keepsEdited(fold, removed)) fold.event = revived(fold.event)
    if ((fold.edited || fold.putThere) && !removed) logSurplus(fold)
    return fold
  }
  if (removedBy.length === 0) return fold
  // Whoever removed it cannot have seen what came in at the same moment, nor what was still on its way; and an event that
  // a person put into another calendar of the group at the same time was moved, not removed.
  const unseen = removedBy.find((replica) => isUnseenBy(fold, replica) || hasUnseenEdit(fold, replica))
  const keeps = unseen !== undefined && keepsEdited(fold, unseen)
  // An edit that met the removal is in the log already, with all that the event said.
  const blind = unseen ? undefined : removedBy.find((replica) => showsLess(fold, replica) || mayHideSome(fold, replica))
  if (blind)
    fold.log(removalConflict(fold, blind.calendarId), 'removed_and_changed', {
      verdict: blind.calendarId,
      strategy: 'removal',
    })
  for (const replica of removedBy) fold.setReplica(closed(replica, 'removed'))
  fold.event = keeps ? revived(fold.event) : { ...fold.event, state: 'removing' }
  return fold
}

/** Nobody removed it: it is a copy that an event of a person's own took the place of. What was typed into it is kept in the log. */
function logSurplus(fold: Fold): void {
  for (const { calendarId } of Object.values(fold.event.replicas))
    fold.log(removalConflict(fold, calendarId), 'removed_and_changed', { verdict: calendarId, strategy: 'twin' })
}

/** The proven removals that mean "this event is no more"; the others only detach a copy. */
function travellingRemovals(fold: Fold, shown: ReadonlyMap<CalendarId, ShownEvent>): readonly Replica[] {
  const travelling: Replica[] = []
  for (const replica of goneReplicas(fold.event)) {
    // A copy that we were about to remove ourselves, or a removal of ours that was never answered: no person's word.
    if (replica.withdrawn || replica.attempt?.kind === 'remove' || replica.mayStillGo) {
      fold.setReplica(takenAway(replica, fold.event.id))
      continue
    }
    const target = fold.context.targets.get(replica.calendarId)
    const isOrigin = replica.native && replica.calendarId === fold.event.origin.calendarId
    if (target?.member.direction !== 'write' && (isOrigin || !survivesElsewhere(fold, replica, shown)))
      travelling.push(replica)
    else fold.setReplica(closed(replica, 'detached'))
  }
  return travelling
}

/** Whether the event lives on somewhere where we may not remove it: a source that is only read, an invitation. */
function survivesElsewhere(fold: Fold, gone: Replica, shown: ReadonlyMap<CalendarId, ShownEvent>): boolean {
  return Object.values(fold.event.replicas).some((other) => {
    if (other.calendarId === gone.calendarId || other.status !== 'live' || other.gone) return false
    return !fold.context.targets.get(other.calendarId)?.writable || shown.get(other.calendarId)?.readOnly === true
  })
}

/** Whether somebody did something at the same moment that whoever removed this copy cannot have seen in it. */
function isUnseenBy(fold: Fold, replica: Replica): boolean {
  return fold.putThere || (fold.edited && (showsLess(fold, replica) || mayHideSome(fold, replica)))
}

/** A doubtful value does not outlive a removal; like whatever else was not seen, it is kept in the log. */
function hasUnseenEdit(fold: Fold, replica: Replica): boolean {
  return unseenBy(fold, replica).some((field) => !fold.event.weak.includes(field))
}

/** Of a copy that was gone before it was read, after a write of ours or at all, nobody knows what it showed. */
function mayHideSome(fold: Fold, replica: Replica): boolean {
  return !replica.agreed || replica.attempt !== undefined || unseenBy(fold, replica).length > 0
}

/** The fields in which the event says what whoever removed this copy did not see there. */
function unseenBy(fold: Fold, replica: Replica): readonly Field[] {
  const target = fold.context.targets.get(replica.calendarId)
  if (!target) return []
  // Of a create that was never answered, the person who removed it saw what was sent.
  const seen = replica.agreed || !replica.attempt ? replica : { ...replica, agreed: replica.attempt.content }
  return outOfStep(fold.event, seen, target)
}

/** Whether the person who removed this copy could not see all of the event there; what was not seen is kept in the log. */
function showsLess(fold: Fold, replica: Replica): boolean {
  const target = fold.context.targets.get(replica.calendarId)
  if (!target) return false
  if (fields.some((field) => replica.standsFor[field] !== undefined)) return true
  if (!replica.native) return lossesOf(target.member.projection, fold.event, target.holds).length > 0
  const { content } = fold.event
  const rendered = viewOf(fold.event, replica, target).render(content)
  return (
    fields.some(
      (field) =>
        !sameField(field, rendered, content) || (target.holds.cannotHold.includes(field) && !isNeutral(field, content)),
    ) ||
    Object.values(content.overrides).some(
      (own) =>
        own.kind === 'changed' &&
        target.holds.cannotHold.some((field) => !isNeutral(field, { ...content, ...own.content })),
    )
  )
}

/** An edit meets a removal: by default the edit outlives it. Logged either way. */
function keepsEdited(fold: Fold, removed: Replica): boolean {
  const conflict = removalConflict(fold, removed.calendarId)
  const ruling = rulingOn(fold, conflict, removed.calendarId)
  fold.log(conflict, 'removed_and_changed', ruling)
  if (!ruling) fold.undecided = true
  return ruling?.verdict !== removed.calendarId
}

/** The person's word, then whoever speaks of removals by name, then the group's policy. */
function rulingOn(fold: Fold, conflict: FieldConflict, removedIn: CalendarId): Ruling | undefined {
  const { resolution, strategies, removal } = fold.context
  const chosen = resolution?.take['removal']
  if (chosen !== undefined) return { verdict: chosen, strategy: 'person' }
  const asked = ask(strategies, conflict)
  if (asked) return asked === 'park' ? undefined : asked
  if (removal === 'askAPerson') return undefined
  const keeps = removal === 'editWins'
  return { verdict: keeps ? latestEditor(fold.event, removedIn) : removedIn, strategy: removal }
}

function removalConflict(fold: Fold, removedIn: CalendarId): FieldConflict {
  const editor = latestEditor(fold.event, removedIn)
  const content = fold.event.content as unknown as Json
  const sides = [fold.side(removedIn, null, null), fold.side(editor, content, null)] as const
  return fold.conflict({ field: 'removal', path: [], base: null }, ...sides)
}

/** The calendar of the other side: the one that spoke last, and that the event was not removed in. */
function latestEditor(event: SyncedEvent, removedIn: CalendarId): CalendarId {
  const sources = Object.values(event.provenance).filter(({ calendarId }) => calendarId !== removedIn)
  const latest = sources.sort((a, b) => (b.changedAt ?? 0) - (a.changedAt ?? 0))[0]
  const others = [event.origin.calendarId, ...(Object.keys(event.replicas) as CalendarId[])]
  return latest?.calendarId ?? others.find((calendarId) => calendarId !== removedIn) ?? removedIn
}

function goneReplicas(event: SyncedEvent): readonly Replica[] {
  return Object.values(event.replicas).filter((replica) => replica.gone && replica.status === 'live')
}

function resetChurn(fold: Fold): void {
  const replicas = Object.values(fold.event.replicas).map((replica) => ({ ...replica, rewrites: 0 }))
  fold.event = { ...fold.event, replicas: byCalendar(replicas) }
}
