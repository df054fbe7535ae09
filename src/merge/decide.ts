import type { ConflictItem, ConflictKind, Resolution } from '../model/conflict.js'
import { type EventContent, type Field, fields } from '../model/content.js'
import { sameField } from '../model/equality.js'
import type { SyncGroup } from '../model/group.js'
import type { CalendarId } from '../model/ids.js'
import type { Json } from '../model/json.js'
import type { Provenance, Replica, SyncedEvent } from '../model/synced-event.js'
import { isNeutral, type Reply, read, type ShownEvent } from './absorb.js'
import { type Disagreement, type Judge, merge, seriesFields } from './merge.js'
import { type Action, absentReplica, outOfStep, plan, type Targets, viewOf } from './plan.js'
import { ask, type FieldConflict, type NamedStrategy, type Side } from './strategy.js'

/** What a decision is made with besides the event itself. */
export interface DecideContext {
  readonly targets: Targets
  readonly chain: readonly NamedStrategy[]
  readonly removal: SyncGroup['removal']
  /** What a person said about this event's open conflict. */
  readonly resolution?: Resolution
}

/** What is now known of an event, and what is to be done about it. */
export interface Decision {
  readonly event: SyncedEvent
  readonly actions: readonly Action[]
  /** Every field on which sides disagreed, decided or not. */
  readonly items: readonly ConflictItem[]
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
  const folded = foldRemovals(foldEdits(new Fold(event, context), shown), shown)
  if (folded.undecided) return { event: { ...event, state: 'parked' }, actions: [], items: folded.items }
  const settled = withAbsentCopies(withUnholdable(folded.event, context.targets), context.targets)
  return { event: settled, actions: plan(settled, shown, context.targets), items: folded.items }
}

/** The event in the making. Lives for one decision only. */
class Fold {
  event: SyncedEvent
  readonly context: DecideContext
  readonly items: ConflictItem[] = []
  undecided = false
  /** A person changed something for certain. */
  edited = false

  constructor(event: SyncedEvent, context: DecideContext) {
    this.event = event.state === 'parked' ? { ...event, state: stateBeforeParking(event) } : event
    this.context = context
  }

  /** Asks the person's resolution, then the strategies; logs what was decided, and by whom. */
  judge(conflict: FieldConflict, kind: ConflictKind): CalendarId | undefined {
    const chosen = this.context.resolution?.take[conflict.field]
    const verdict = chosen === undefined ? ask(this.context.chain, conflict) : { winner: chosen, strategy: 'person' }
    this.log(conflict, kind, verdict)
    if (!verdict) this.undecided = true
    // What a person chose is no doubtful value any more.
    if (chosen !== undefined) this.edited = true
    return verdict?.winner
  }

  log(conflict: FieldConflict, kind: ConflictKind, verdict?: { winner: CalendarId; strategy: string }): void {
    this.items.push({
      field: conflict.field,
      path: conflict.path,
      kind,
      base: conflict.base,
      sides: conflict.sides.map(({ calendarId, value, changedAt }) => ({ calendarId, value, changedAt })),
      winner: verdict?.winner ?? null,
      strategy: verdict?.strategy ?? null,
    })
  }

  side(calendarId: CalendarId, value: Json, changedAt: number | null): Side {
    const priority = this.context.targets.get(calendarId)?.member.priority ?? Number.MAX_SAFE_INTEGER
    return { calendarId, value, changedAt, priority, isOrigin: calendarId === this.event.origin.calendarId }
  }

  /**
   * The side that the content's present value came from, as far as it is not `other` itself: of a series the field that
   * moved counts, and of an element the field only tells who changed any of them last.
   */
  ours(field: Field, value: Json, other: CalendarId): Side {
    const asked = seriesFields.includes(field) ? [field, ...seriesFields] : [field]
    const sources = asked.flatMap((name) => this.event.provenance[name] ?? [])
    const source = sources.find(({ calendarId }) => calendarId !== other)
    if (source) return this.side(source.calendarId, value, source.changedAt)
    const elsewhere = [this.event.origin.calendarId, ...(Object.keys(this.event.replicas) as CalendarId[])]
    return this.side(elsewhere.find((calendarId) => calendarId !== other) ?? other, value, null)
  }
}

/** Only an event whose removal had begun has copies that are removed. */
function stateBeforeParking(event: SyncedEvent): SyncedEvent['state'] {
  return Object.values(event.replicas).some(({ status }) => status === 'removed') ? 'removing' : 'live'
}

/** Reads every copy and folds what was changed there into the content. */
function foldEdits(fold: Fold, shown: ReadonlyMap<CalendarId, ShownEvent>): Fold {
  const before = fold.event
  for (const [calendarId, target] of fold.context.targets) {
    const replica = before.replicas[calendarId]
    const seen = shown.get(calendarId)
    if (!replica || !seen || replica.status !== 'live' || replica.gone) continue
    if (replica.attempt && !seen.newer) continue
    const view = viewOf(before, replica, target.member)
    const reply = read(replica, seen, view)
    const listens = target.member.direction !== 'write'
    const theirs = view.lift(reply.theirs, before.content)
    const base = reply.base && view.lift(reply.base, before.content)
    setReplica(fold, listens || !base ? reply.replica : keepingOwn(reply))
    if (!base) foldUnknown(fold, calendarId, theirs, seen, [...view.carries])
    else if (listens) foldKnown(fold, calendarId, base, theirs, seen, reply)
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
    const conflict = conflictOf(disagreement, ours, fold.side(calendarId, disagreement.theirs, seen.changedAt))
    const spokeLast = fold.event.provenance[disagreement.field]?.calendarId === calendarId
    if (spokeLast && disagreement.path.length === 0) {
      // The calendar that the value came from changed it once more before we could tell it that we had seen the first.
      fold.log(conflict, 'both_changed', { winner: calendarId, strategy: 'newer' })
      return 'theirs'
    }
    return fold.judge(conflict, 'both_changed') === calendarId ? 'theirs' : 'ours'
  }
  const before = fold.event.content
  const merged = merge(base, before, theirs, judge)
  for (const field of reply.doubtful)
    if (!sameField(field, before, merged)) logAmbiguous(fold, field, before, merged, calendarId, seen)
  take(fold, merged, calendarId, seen, reply.edited)
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
  const units = isSeries
    ? [seriesFields, ...fields.filter((field) => !seriesFields.includes(field)).map((f) => [f])]
    : fields.map((f) => [f])
  for (const unit of units) {
    const [field] = unit.filter(differs)
    if (field === undefined) continue
    const pick = (content: EventContent) => Object.fromEntries(unit.map((name) => [name, content[name]]))
    const value = (content: EventContent) => (unit.length === 1 ? content[field] : pick(content)) as unknown as Json
    const conflict = conflictOf(
      { field, path: [], base: null, ours: value(merged), theirs: value(theirs) },
      fold.ours(field, value(merged), calendarId),
      fold.side(calendarId, value(theirs), seen.changedAt),
    )
    if (takesTheirs(fold, conflict, unit, merged, theirs)) merged = { ...merged, ...pick(theirs) }
  }
  take(fold, merged, calendarId, seen, [])
}

function takesTheirs(
  fold: Fold,
  conflict: FieldConflict,
  unit: readonly Field[],
  ours: EventContent,
  theirs: EventContent,
): boolean {
  const [ourSide, theirSide] = conflict.sides
  const empty = (content: EventContent) => unit.length === 1 && unit.every((field) => isNeutral(field, content))
  if (empty(ours) || empty(theirs)) {
    const winner = empty(ours) ? theirSide.calendarId : ourSide.calendarId
    fold.log(conflict, 'unknown_base', { winner, strategy: 'fuller' })
    return empty(ours)
  }
  return fold.judge(conflict, 'unknown_base') === theirSide.calendarId
}

/** Makes `merged` the content, and notes for each field that moved where it came from. */
function take(
  fold: Fold,
  merged: EventContent,
  calendarId: CalendarId,
  seen: ShownEvent,
  certain: readonly Field[],
): void {
  const moved = fields.filter((field) => !sameField(field, fold.event.content, merged))
  const source: Provenance = { calendarId, changedAt: seen.changedAt }
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

/** Removals, once every edit is known: an edit that the removed copy had not seen outlives the removal. */
function foldRemovals(fold: Fold, shown: ReadonlyMap<CalendarId, ShownEvent>): Fold {
  if (fold.edited) resetChurn(fold)
  const removedBy = fold.event.state === 'live' ? travellingRemovals(fold, shown) : []
  if (fold.event.state !== 'live') {
    for (const replica of goneReplicas(fold.event)) setReplica(fold, closed(replica, 'removed'))
    if (fold.edited) {
      logRemoval(fold, fold.event.origin.calendarId, undefined)
      fold.event = revived(fold.event)
    }
    return fold
  }
  if (removedBy.length === 0) return fold
  // Whoever removed it cannot have seen what came in at the same moment, nor what was still on its way.
  const unseen = removedBy.find((replica) => fold.edited || hasUnseenEdit(fold, replica))
  const keeps = unseen !== undefined && keepsEdited(fold, unseen)
  const blind = keeps ? undefined : removedBy.find((replica) => showsLess(fold, replica))
  if (blind) logRemoval(fold, blind.calendarId, { winner: blind.calendarId, strategy: 'removal' })
  for (const replica of removedBy) setReplica(fold, closed(replica, 'removed'))
  fold.event = keeps ? revived(fold.event) : { ...fold.event, state: 'removing' }
  return fold
}

/** The proven removals that mean "this event is no more"; the others only detach a copy. */
function travellingRemovals(fold: Fold, shown: ReadonlyMap<CalendarId, ShownEvent>): readonly Replica[] {
  const travelling: Replica[] = []
  for (const replica of goneReplicas(fold.event)) {
    const target = fold.context.targets.get(replica.calendarId)
    const isOrigin = replica.native && replica.calendarId === fold.event.origin.calendarId
    if (target?.member.direction !== 'write' && (isOrigin || !survivesElsewhere(fold, replica, shown)))
      travelling.push(replica)
    else setReplica(fold, closed(replica, 'detached'))
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

function hasUnseenEdit(fold: Fold, replica: Replica): boolean {
  const target = fold.context.targets.get(replica.calendarId)
  if (!target) return false
  // Of a create that was never answered, the person who removed it saw what was sent.
  const seen = replica.agreed || !replica.attempt ? replica : { ...replica, agreed: replica.attempt.content }
  return outOfStep(fold.event, seen, target).some((field) => !fold.event.weak.includes(field))
}

/** Whether the person who removed this copy could not see all of the event there; what was not seen is kept in the log. */
function showsLess(fold: Fold, replica: Replica): boolean {
  const target = fold.context.targets.get(replica.calendarId)
  if (!target) return false
  const { carries } = viewOf(fold.event, replica, target.member)
  const hidden = (field: Field) => target.cannotHold.includes(field) || !carries.has(field)
  return fields.some(
    (field) => (hidden(field) && !isNeutral(field, fold.event.content)) || replica.standsFor[field] !== undefined,
  )
}

/** An edit meets a removal: by default the edit outlives it. Logged either way. */
function keepsEdited(fold: Fold, removed: Replica): boolean {
  const chosen = fold.context.resolution?.take['removal']
  if (chosen !== undefined) {
    logRemoval(fold, removed.calendarId, { winner: chosen, strategy: 'person' })
    return chosen !== removed.calendarId
  }
  if (fold.context.removal === 'askAPerson') {
    logRemoval(fold, removed.calendarId, undefined)
    fold.undecided = true
    return true
  }
  const editor = latestEditor(fold.event)
  const keeps = fold.context.removal === 'editWins'
  logRemoval(fold, removed.calendarId, { winner: keeps ? editor : removed.calendarId, strategy: fold.context.removal })
  return keeps
}

function logRemoval(
  fold: Fold,
  calendarId: CalendarId,
  verdict: { winner: CalendarId; strategy: string } | undefined,
): void {
  const editor = latestEditor(fold.event)
  const content = fold.event.content as unknown as Json
  const sides = [fold.side(calendarId, null, null), fold.side(editor, content, null)] as const
  const conflict: FieldConflict = { field: 'removal', path: [], base: null, sides }
  const isDecided = verdict ?? (fold.event.state === 'live' ? undefined : { winner: editor, strategy: 'editWins' })
  fold.log(conflict, 'removed_and_changed', isDecided)
}

function latestEditor(event: SyncedEvent): CalendarId {
  const sources = Object.values(event.provenance)
  const latest = sources.sort((a, b) => (b.changedAt ?? 0) - (a.changedAt ?? 0))[0]
  return latest?.calendarId ?? event.origin.calendarId
}

/** The event lives again: every copy that was removed is due anew, under an identity that was never used. */
export function revived(event: SyncedEvent): SyncedEvent {
  const replicas = Object.values(event.replicas).map((replica) =>
    replica.status === 'removed' ? absentReplica(event.id, replica.calendarId, replica.incarnation + 1) : replica,
  )
  return { ...event, state: 'live', replicas: byCalendar(replicas) }
}

/**
 * What a calendar has no room for counts as delivered there: it stays in the content, and a person who removes the copy
 * later removes the event with it.
 */
function withUnholdable(event: SyncedEvent, targets: Targets): SyncedEvent {
  if (event.state !== 'live') return event
  const settled = Object.values(event.replicas).map((replica) => {
    const target = targets.get(replica.calendarId)
    if (!target || replica.status !== 'live' || replica.gone || target.cannotHold.length === 0) return replica
    const { render } = viewOf(event, replica, target.member)
    const rendered = render(event.content)
    const beyond = outOfStep(event, replica, target).filter((field) => target.cannotHold.includes(field))
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
    .filter(([calendarId, target]) => target.writable && !event.replicas[calendarId])
    .map(([calendarId]) => absentReplica(event.id, calendarId, 0))
  return missing.length === 0 ? event : { ...event, replicas: { ...event.replicas, ...byCalendar(missing) } }
}

function isRemovable(replica: Replica, targets: Targets): boolean {
  return replica.status === 'live' && targets.get(replica.calendarId)?.writable === true
}

function goneReplicas(event: SyncedEvent): readonly Replica[] {
  return Object.values(event.replicas).filter((replica) => replica.gone && replica.status === 'live')
}

/** A replica that is no longer there. What it showed is forgotten; its incarnation is not. */
export function closed(replica: Replica, status: 'removed' | 'detached'): Replica {
  const { calendarId, native, incarnation, key } = replica
  return {
    calendarId,
    status,
    native,
    incarnation,
    key,
    standsFor: {},
    changedAt: null,
    history: [],
    quirks: replica.quirks,
    unanswered: [],
    rewrites: 0,
  }
}

function resetChurn(fold: Fold): void {
  const replicas = Object.values(fold.event.replicas).map((replica) => ({ ...replica, rewrites: 0 }))
  fold.event = { ...fold.event, replicas: byCalendar(replicas) }
}

function setReplica(fold: Fold, replica: Replica): void {
  fold.event = { ...fold.event, replicas: { ...fold.event.replicas, [replica.calendarId]: replica } }
}

function byCalendar(replicas: readonly Replica[]): Readonly<Record<string, Replica>> {
  return Object.fromEntries(replicas.map((replica) => [replica.calendarId, replica]))
}

function conflictOf(disagreement: Disagreement, ours: Side, theirs: Side): FieldConflict {
  const { field, path, base } = disagreement
  return { field, path, base, sides: [ours, theirs] }
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
  const conflict = conflictOf(
    { field, path: [], base: null, ours, theirs },
    fold.ours(field, ours, calendarId),
    fold.side(calendarId, theirs, seen.changedAt),
  )
  fold.log(conflict, 'ambiguous', { winner: calendarId, strategy: 'shown' })
}
