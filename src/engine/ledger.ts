import type { Decision } from '../merge/decide.js'
import type { Action } from '../merge/plan.js'
import type { AuditNote } from '../model/audit.js'
import type { Conflict, ConflictStep } from '../model/conflict.js'
import type { EngineHappening } from '../model/engine-event.js'
import { sameContent } from '../model/equality.js'
import { digest } from '../model/hash.js'
import type { CalendarId, ConflictId } from '../model/ids.js'
import { isOver, type JournalEntry } from '../model/journal.js'
import type { SyncedEvent } from '../model/synced-event.js'
import type { RemoteEvent } from '../providers/provider.js'
import type { RecordChange } from '../storage/storage.js'
import type { Outcome } from './apply.js'
import { noted } from './chain.js'
import type { RunContext } from './context.js'
import { contentsOf } from './notes.js'
import { type Observed, put, type Versioned } from './records.js'

/** What is written down beside the events themselves: every disagreement with all its sides, and every change made. */

/** Every disagreement is kept, with all sides, in the commit that decides it. */
export function conflictChanges(
  event: SyncedEvent,
  version: number,
  { event: decided, items }: Decision,
  open: Versioned<Conflict> | undefined | '',
  context: RunContext,
): {
  readonly event: Pick<SyncedEvent, 'conflictId'>
  readonly changes: readonly RecordChange[]
  /** To be told once that is committed. */
  readonly told?: EngineHappening
} {
  const known = open ? open : undefined
  const isParked = decided.state === 'parked'
  if (items.length === 0 && !known) return { event: {}, changes: [] }
  if (!isParked) context.counts.conflicts += items.length
  else if (!known) context.counts.parked++
  const id = known?.value.id ?? (digest('conflict', event.id, String(version)) as ConflictId)
  const { resolution: _used, ...kept } = known?.value ?? {
    id,
    groupId: event.groupId,
    eventId: event.id,
    createdAt: context.engine.now(),
    history: [],
  }
  const resolution = known?.value.resolution && !isParked ? { resolution: known.value.resolution } : {}
  const state = isParked ? 'open' : items.length > 0 ? 'resolved' : 'obsolete'
  const conflict: Conflict = {
    ...kept,
    ...resolution,
    state,
    items: items.length > 0 ? items : (known?.value.items ?? []),
    runId: context.runId,
    history: isParked && known ? kept.history : withStep(kept.history, ends[state], context),
  }
  const at = { groupId: event.groupId, eventId: event.id, conflictId: id }
  const told = isParked
    ? openedNow(at, known?.value)
    : { type: 'conflict.resolved' as const, ...at, by: byWhom(conflict) }
  return {
    ...(told ? { told } : {}),
    event: isParked ? { conflictId: id } : {},
    changes: [
      put('conflict', conflict, known?.version ?? 0),
      ...(isParked && !known ? [noted(parking(decided, conflict, context))] : []),
    ],
  }
}

function openedNow(at: ConflictPlace, known: Conflict | undefined): EngineHappening | undefined {
  return known ? undefined : { type: 'conflict.opened', ...at }
}

type ConflictPlace = Pick<Extract<EngineHappening, { type: 'conflict.opened' }>, 'groupId' | 'eventId' | 'conflictId'>

function byWhom({ state, items }: Conflict): 'person' | 'strategy' | 'agreement' {
  if (state === 'obsolete') return 'agreement'
  return items.some(({ strategy }) => strategy === 'person') ? 'person' : 'strategy'
}

const ends = { open: 'opened', resolved: 'decided', obsolete: 'obsolete' } as const

function withStep(history: Conflict['history'], what: ConflictStep['what'], context: RunContext): Conflict['history'] {
  return addStep(history, { at: context.engine.now(), what, by: context.runId })
}

/** The history with one more step; its oldest steps are let go. */
export function addStep(history: Conflict['history'], step: ConflictStep): Conflict['history'] {
  return [...history, step].slice(-100)
}

/** What the event said before and says now, where the two differ: what an undo goes by. */
export function journalChanges(
  before: SyncedEvent,
  version: number,
  { event: after }: Decision,
  { runId, engine }: RunContext,
): readonly RecordChange[] {
  return journaled(before, after, version, { runId, at: engine.now() })
}

/** {@link journalChanges}, for what is decided outside of a run as well. */
export function journaled(
  before: SyncedEvent,
  after: SyncedEvent,
  version: number,
  { runId, at }: Pick<JournalEntry, 'runId' | 'at'>,
): readonly RecordChange[] {
  // That an event waits for a person, and that the last of its copies went, is nothing that could be taken back.
  if (isOver(before.state) === isOver(after.state) && sameContent(before.content, after.content)) return []
  const { groupId, id: eventId } = before
  const stateOf = ({ state, content }: SyncedEvent) => ({ state, content })
  return [put('journal', { at, groupId, eventId, runId, version, before: stateOf(before), after: stateOf(after) })]
}

/** An event whose actions were tried. */
export interface Tried {
  readonly version: number
  readonly rows: ReadonlyMap<CalendarId, Versioned<Observed>>
  readonly actions: readonly Action[]
}

/** An entry for every write that was done. */
export function auditChanges(
  tried: Tried,
  outcomes: readonly Outcome[],
  after: SyncedEvent,
  context: RunContext,
): readonly RecordChange[] {
  return tried.actions.flatMap((action, index) => {
    const outcome = outcomes.find(({ replica }) => replica.calendarId === action.calendarId)
    if (outcome?.found) return [adoption(after, action.calendarId, outcome.found, context)]
    if (action.kind === 'verify' || outcome?.end !== 'done') return []
    const before = tried.rows.get(action.calendarId)?.value.event?.content
    const note: AuditNote = {
      ...noteBy(context, after),
      id: digest('audit', after.id, String(tried.version), String(index)),
      action: action.kind === 'create' ? 'created' : action.kind === 'update' ? 'updated' : 'removed',
      calendarId: action.calendarId,
      fields: action.kind === 'update' ? action.fields : [],
      ...contentsOf(before, action.kind === 'remove' ? undefined : action.content, context.engine),
    }
    return [noted(note)]
  })
}

/** What the entries of a run have in common. */
function noteBy({ engine, runId, limits }: RunContext, { groupId, id: eventId }: SyncedEvent) {
  const { cause = 'person' } = limits
  return { chain: groupId, at: engine.now(), groupId, eventId, actor: { run: runId }, cause }
}

function parking(event: SyncedEvent, { id, items }: Conflict, context: RunContext): AuditNote {
  return {
    ...noteBy(context, event),
    id: digest('audit', 'parked', id),
    action: 'parked',
    calendarId: null,
    fields: items.flatMap(({ field }) => (field === 'removal' ? [] : [field])),
    before: null,
    after: null,
  }
}

/** The audit entry for a copy of ours that was found again. */
export function adoption(
  event: SyncedEvent,
  calendarId: CalendarId,
  seen: RemoteEvent,
  context: RunContext,
): RecordChange {
  return noted({
    ...noteBy(context, event),
    id: digest('audit', 'adopted', context.runId, event.id, calendarId),
    action: 'adopted',
    calendarId,
    fields: [],
    ...contentsOf(undefined, seen.content, context.engine),
  })
}
