import type { ConflictItem } from '../model/conflict.js'
import { type EventContent, type Field, fields } from '../model/content.js'
import { differingFields, sameField } from '../model/equality.js'
import { digest } from '../model/hash.js'
import { byHand, type CalendarId } from '../model/ids.js'
import type { Json } from '../model/json.js'
import type { Provenance, Replica, SyncedEvent } from '../model/synced-event.js'
import { type Reply, read, type ShownEvent } from './absorb.js'
import { type DecideContext, Fold } from './fold.js'
import { type Choice, type Judge, merge, seriesFields } from './merge.js'
import { type Action, isWanted, outOfStep, plan, type Targets, turnsIntoParts, viewOf } from './plan.js'
import { foldRemovals } from './removal.js'
import { isNeutral, pick } from './renderings.js'
import { absentReplica, byCalendar, eventBeside } from './replica.js'
import type { FieldConflict } from './strategy.js'
import { logUnseen } from './unseen.js'
import { heard } from './withdrawal.js'

/** What is now known of an event, and what is to be done about it. */
export interface Decision {
  readonly event: SyncedEvent
  readonly actions: readonly Action[]
  /** Every field on which sides disagreed, decided or not. */
  readonly items: readonly ConflictItem[]
  /** Events of their own that were made of a side that was kept apart. */
  readonly spawned: readonly SyncedEvent[]
}

/**
 * One event, decided: what every calendar shows is read against what was agreed, the changes are folded into the one
 * content, and what each calendar should show is planned. Pure: no clock, no I/O, same input, same answer.
 *
 * When a conflict is left to a person the event is parked: every side keeps what it shows, and nothing is planned.
 */
export function decide(
  event: SyncedEvent,
  shown: ReadonlyMap<CalendarId, ShownEvent>,
  context: DecideContext,
): Decision {
  const folded = foldRemovals(foldProposal(foldEdits(new Fold(event, context), shown)), shown)
  const { items, spawned } = folded
  if (folded.undecided) return { event: { ...event, state: 'parked' }, actions: [], items, spawned: [] }
  const settled = withParts(withAbsentCopies(withUnholdable(folded.event, context.targets), context.targets), context)
  return { event: settled, actions: plan(settled, shown, context.targets), items, spawned }
}

/** Reads every copy and folds what was changed there into the content. */
function foldEdits(fold: Fold, shown: ReadonlyMap<CalendarId, ShownEvent>): Fold {
  const before = fold.event
  for (const [calendarId, target] of fold.context.targets) {
    const replica = before.replicas[calendarId]
    const seen = shown.get(calendarId)
    if (!replica || !seen || replica.status !== 'live' || replica.gone) continue
    if (replica.attempt && !seen.newer) continue
    const view = viewOf(before, replica, target)
    const reply = read(replica, seen, view, before.content)
    const listens = target.member.direction !== 'write'
    const theirs = view.lift(reply.theirs, before.content)
    const base = reply.base && view.lift(reply.base, before.content)
    fold.setReplica(listens || !base ? heard(reply, theirs, fold, shown) : keepingOwn(reply))
    if ((!base && replica.native) || replica.putBack) fold.putThere = true
    if (!base) foldUnknown(fold, calendarId, theirs, seen, [...view.carries])
    else if (listens) {
      const had = fold.event.content
      foldKnown(fold, calendarId, base, theirs, seen, reply)
      logUnseen(fold, had, replica)
    }
  }
  return fold
}

/** A target that is not listened to keeps what people type there, until its source changes that field. */
function keepingOwn({ replica, base, edited, doubtful }: Reply): Replica {
  const kept = base ? Object.fromEntries([...edited, ...doubtful].map((field) => [field, base[field]])) : {}
  return { ...replica, standsFor: { ...replica.standsFor, ...kept } }
}

/** A copy with a known base: only what changed there since is proposed. */
function foldKnown(
  fold: Fold,
  calendarId: CalendarId,
  base: EventContent,
  lifted: EventContent,
  seen: ShownEvent,
  reply: Reply,
): void {
  const proposed = [...reply.edited, ...reply.doubtful]
  if (proposed.length === 0) return
  const theirs = { ...base, ...Object.fromEntries(proposed.map((field) => [field, lifted[field]])) }
  const judge: Judge = (disagreement) => {
    const ours = fold.ours(disagreement.field, disagreement.ours, calendarId)
    const conflict = fold.conflict(disagreement, ours, fold.side(calendarId, disagreement.theirs, seen.changedAt))
    const spokeLast = fold.event.provenance[disagreement.field]?.calendarId === calendarId
    if (spokeLast && disagreement.path.length === 0) {
      // The calendar that the value came from changed it once more before we could tell it that we had seen the first.
      fold.log(conflict, 'both_changed', { verdict: calendarId, strategy: 'newer' })
      return 'theirs'
    }
    return fold.judge(conflict, 'both_changed')
  }
  const before = fold.event.content
  const merged = merge(base, before, theirs, judge)
  for (const field of reply.doubtful)
    if (!sameField(field, before, merged)) logAmbiguous(fold, field, before, merged, calendarId, seen)
  take(fold, merged, calendarId, seen.changedAt, reply.edited)
  if (fold.keptApart.has(calendarId)) keepApart(fold, theirs, calendarId)
}

/** The side that was not taken lives on as an event of its own. */
function keepApart(fold: Fold, content: EventContent, calendarId: CalendarId): void {
  fold.spawned.push(eventBeside(fold.event, content, digest('both', calendarId, String(fold.context.version))))
}

/** What a person wants who decided in calweave (an undo, a conflict decided anew), merged like a change in a calendar. */
function foldProposal(fold: Fold): Fold {
  const { proposal, ...event } = fold.event
  if (!proposal) return fold
  const from = proposal.from ?? byHand
  const judge: Judge = (disagreement) => {
    const ours = fold.ours(disagreement.field, disagreement.ours, from)
    const theirs = fold.side(from, disagreement.theirs, proposal.at)
    return fold.judge(fold.conflict(disagreement, ours, theirs), 'both_changed')
  }
  fold.event = event
  const wasApart = fold.keptApart.has(from)
  const merged = merge(proposal.base, event.content, proposal.content, judge)
  take(fold, merged, from, proposal.at, differingFields(event.content, merged))
  if (fold.keptApart.has(from) && !wasApart) keepApart(fold, proposal.content, from)
  return fold
}

/**
 * Two copies were found to be one event, and nobody knows what they agreed on before. A side that says nothing gives
 * way to one that says something; the rest is a conflict.
 */
function foldUnknown(
  fold: Fold,
  calendarId: CalendarId,
  theirs: EventContent,
  seen: ShownEvent,
  carried: readonly Field[],
): void {
  let merged = fold.event.content
  const differs = (field: Field) => carried.includes(field) && !sameField(field, merged, theirs)
  const isSeries = merged.recurrence !== null || theirs.recurrence !== null
  // Where the series itself is the same, changed occurrences say something by themselves, or nothing.
  const isOneSeries = seriesFields.every((field) => field === 'overrides' || sameField(field, merged, theirs))
  const together = isSeries && !isOneSeries ? seriesFields : []
  const alone = fields.filter((field) => !together.includes(field)).map((field) => [field])
  const units = together.length > 0 ? [together, ...alone] : alone
  for (const unit of units) {
    const [field] = unit.filter(differs)
    if (field === undefined) continue
    const value = (content: EventContent) =>
      (unit.length === 1 ? content[field] : pick(content, unit)) as unknown as Json
    const conflict = fold.conflict(
      { field, path: [], base: null },
      fold.ours(field, value(merged), calendarId),
      fold.side(calendarId, value(theirs), seen.changedAt),
    )
    const choice = chooseSide(fold, conflict, unit, merged, theirs)
    if (choice !== 'ours')
      merged = { ...merged, ...(choice === 'theirs' ? pick(theirs, unit) : { [field]: choice.value }) }
  }
  take(fold, merged, calendarId, seen.changedAt, [])
  if (fold.keptApart.has(calendarId)) keepApart(fold, theirs, calendarId)
}

function chooseSide(
  fold: Fold,
  conflict: FieldConflict,
  unit: readonly Field[],
  ours: EventContent,
  theirs: EventContent,
): Choice {
  const [ourSide, theirSide] = conflict.sides
  const empty = (content: EventContent) => unit.length === 1 && unit.every((field) => isNeutral(field, content))
  if (empty(ours) || empty(theirs)) {
    const verdict = empty(ours) ? theirSide.calendarId : ourSide.calendarId
    fold.log(conflict, 'unknown_base', { verdict, strategy: 'fuller' })
    return empty(ours) ? 'theirs' : 'ours'
  }
  return fold.judge(conflict, 'unknown_base')
}

/** Makes `merged` the content, and notes for each field that moved where it came from. */
function take(
  fold: Fold,
  merged: EventContent,
  calendarId: CalendarId,
  changedAt: number | null,
  certain: readonly Field[],
): void {
  const moved = differingFields(fold.event.content, merged)
  const source: Provenance = { calendarId, changedAt }
  const weak = new Set(fold.event.weak)
  for (const field of moved) certain.includes(field) ? weak.delete(field) : weak.add(field)
  if (certain.length > 0) fold.edited = true
  fold.event = {
    ...fold.event,
    content: merged,
    weak: [...weak],
    provenance: { ...fold.event.provenance, ...Object.fromEntries(moved.map((field) => [field, source])) },
  }
}

/**
 * What a calendar has no room for, or lets nobody change, counts as delivered there: it stays in the content, and a person
 * who removes the copy later removes the event with it.
 */
function withUnholdable(event: SyncedEvent, targets: Targets): SyncedEvent {
  if (event.state !== 'live') return event
  const settled = Object.values(event.replicas).map((replica) => {
    const target = targets.get(replica.calendarId)
    if (!target || replica.status !== 'live' || replica.gone) return replica
    const beyondIt = [...target.holds.cannotHold, ...(replica.locked ?? [])]
    if (beyondIt.length === 0) return replica
    const { render } = viewOf(event, replica, target)
    const rendered = render(event.content)
    const beyond = outOfStep(event, replica, target).filter((field) => beyondIt.includes(field))
    const standsFor = Object.fromEntries(beyond.map((field) => [field, rendered[field]]))
    return beyond.length > 0 ? { ...replica, standsFor: { ...replica.standsFor, ...standsFor } } : replica
  })
  return { ...event, replicas: byCalendar(settled) }
}

/** A live event has a copy in every calendar that is written to. */
function withAbsentCopies(event: SyncedEvent, targets: Targets): SyncedEvent {
  if (event.state === 'removing') {
    // A create that was never answered may have landed: it is looked for before the event counts as gone.
    const over = Object.values(event.replicas).every((replica) => !replica.attempt && !isRemovable(replica, targets))
    return over ? { ...event, state: 'removed' } : event
  }
  if (event.state !== 'live') return event
  const missing = [...targets]
    .filter(
      ([calendarId, target]) => target.writable && !event.replicas[calendarId] && isWanted(event, calendarId, targets),
    )
    .map(([calendarId]) => absentReplica(event.id, calendarId, 0))
  return missing.length === 0 ? event : { ...event, replicas: { ...event.replicas, ...byCalendar(missing) } }
}

/** Where a series has to stand as single events, or stood so, those are looked at whenever it changes. */
function withParts(event: SyncedEvent, { targets }: DecideContext): SyncedEvent {
  if (event.kin?.how === 'part') return event
  const isParted = [...targets.values()].some((target) => target.writable && turnsIntoParts(event, target))
  if (isParted) return event.parted === undefined ? { ...event, parted: '' } : event
  return event.parted ? { ...event, parted: '' } : event
}

function isRemovable(replica: Replica, targets: Targets): boolean {
  return replica.status === 'live' && targets.get(replica.calendarId)?.writable === true
}

function logAmbiguous(
  fold: Fold,
  field: Field,
  before: EventContent,
  merged: EventContent,
  calendarId: CalendarId,
  seen: ShownEvent,
): void {
  const [ours, theirs] = [before[field] as unknown as Json, merged[field] as unknown as Json]
  const conflict = fold.conflict(
    { field, path: [], base: null },
    fold.ours(field, ours, calendarId),
    fold.side(calendarId, theirs, seen.changedAt),
  )
  fold.log(conflict, 'ambiguous', { verdict: calendarId, strategy: 'shown' })
}
