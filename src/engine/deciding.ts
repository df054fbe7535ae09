import { type Decision, decide } from '../merge/decide.js'
import { type Action, churning, type Targets } from '../merge/plan.js'
import type { EngineHappening } from '../model/engine-event.js'
import type { CalendarId } from '../model/ids.js'
import type { Replica, SyncedEvent } from '../model/synced-event.js'
import type { ProviderAccount } from '../providers/provider.js'
import type { RecordChange } from '../storage/storage.js'
import { withAttempt } from './apply.js'
import { retryAt } from './backoff.js'
import { batches } from './batches.js'
import type { RunContext } from './context.js'
import { decideContext } from './decide-context.js'
import { withEditsAgain } from './edits-again.js'
import { underFreeIdentities } from './identities.js'
import { conflictChanges, journalChanges } from './ledger.js'
import { mirrorOf, rowsOf, shownOf } from './mirror.js'
import { plannedParts } from './parts.js'
import { drop, findMany, type Observed, padded, put, readAll, type Versioned } from './records.js'
import { targetsOf } from './targets.js'

/** What all events of a run are settled with. */
export interface Desk {
  readonly targets: Targets
  readonly accounts: ReadonlyMap<CalendarId, ProviderAccount>
  /** The last look of this run: what is still open then waits for a later one. */
  readonly isLast: boolean
}

/** One event on its way through a run. */
export interface Work {
  readonly event: SyncedEvent
  readonly version: number
  readonly rows: ReadonlyMap<CalendarId, Versioned<Observed>>
  readonly actions: readonly Action[]
  /** More is to be done, in calendars that are not answering now. */
  readonly isWaiting: boolean
}

/**
 * Decides a page and commits the decisions. What only waits, and what somebody changed meanwhile, is left for another
 * look.
 */
export async function decideAll(
  due: readonly Versioned<SyncedEvent>[],
  desk: Desk,
  context: RunContext,
): Promise<readonly Work[]> {
  const { items, rows } = await withEditsAgain(await underFreeIdentities(due, desk, context), desk.targets, context)
  const conflicts = await conflictsOf(items, context)
  const decided: {
    readonly work: Work
    readonly changes: readonly RecordChange[]
    readonly told: EngineHappening | undefined
    readonly count: () => void
  }[] = []
  for (const { value: event, version } of items) {
    const own = rowsOf(event, rows)
    const conflict = event.conflictId && conflicts.get(event.conflictId)
    const decision = decide(event, shownOf(event, own), decideContext(event, version, desk.targets, conflict, context))
    const reachable = decision.actions.filter(({ calendarId }) => !context.blocked.has(calendarId))
    if (decision.actions.length > 0 && reachable.length === 0) continue
    const actions = desk.isLast ? [] : reachable
    const recorded = prepared(event, decision, actions, own, desk, context)
    const noted = conflictChanges(event, version, decision, conflict, context)
    const settled = withChurn({ ...recorded, ...noted.event }, desk.targets, context)
    decided.push({
      told: noted.told,
      work: {
        event: settled,
        version: version + 1,
        rows: own,
        actions,
        isWaiting: reachable.length < decision.actions.length,
      },
      changes: [
        put('event', settled, version),
        ...bindingChanges(event, settled),
        ...noted.changes,
        ...journalChanges(event, version, decision, context),
        ...decision.spawned.map((one) => put('event', one, 0)),
      ],
      count: () => context.measuring.decided(decision, actions.length, conflict ? conflict.value : undefined),
    })
  }
  const kept: Work[] = []
  for (const part of batches(decided))
    if (await context.commitUnlessStale(part.flatMap(({ changes }) => changes)))
      for (const { work, told, count } of part) {
        kept.push(work)
        count()
        if (told) context.engine.tell(context.user, told)
      }
  return kept
}

function conflictsOf(items: readonly Versioned<SyncedEvent>[], context: RunContext) {
  return findMany(
    context.storage,
    context.user,
    'conflict',
    items.flatMap(({ value }) => value.conflictId ?? []),
  )
}

/** The decided event with its attempts recorded, and when it is due again. */
function prepared(
  event: SyncedEvent,
  decision: Decision,
  actions: readonly Action[],
  rows: ReadonlyMap<CalendarId, Versioned<Observed>>,
  desk: Desk,
  context: RunContext,
): SyncedEvent {
  const { failure: _failure, conflictId: _conflict, ...decided } = decision.event
  const recorded = actions.map((action): [string, Replica] => [
    action.calendarId,
    recordedAttempt(decided.replicas[action.calendarId] as Replica, action, rows.get(action.calendarId), desk, context),
  ])
  const isOpen = decision.actions.length > 0
  const waits = () => retryAt(context.engine.now(), event.id, event.attempts, undefined)
  const due = !isOpen ? null : desk.isLast ? waits() : event.due
  return {
    ...decided,
    replicas: { ...decided.replicas, ...Object.fromEntries(recorded) },
    due,
    attempts: due === null ? 0 : event.attempts,
  }
}

function recordedAttempt(
  replica: Replica,
  action: Action,
  row: Versioned<Observed> | undefined,
  { accounts }: Desk,
  context: RunContext,
): Replica {
  const futureId = accounts.get(action.calendarId)?.idFor(context.calendar(action.calendarId).remoteId, replica.key)
  return withAttempt(replica, action, row, futureId)
}

/** Keeps the way from remote events to this event in step with its replicas. */
export function bindingChanges(before: SyncedEvent, after: SyncedEvent): readonly RecordChange[] {
  return Object.values(after.replicas).flatMap((replica) => {
    const { calendarId, remoteId } = replica
    const old = before.replicas[calendarId]?.remoteId
    if (old === remoteId) return []
    const binding = (id: typeof remoteId & {}) => ({
      groupId: after.groupId,
      calendarId,
      remoteId: id,
      eventId: after.id,
    })
    return [
      ...(old === undefined ? [] : [drop('replica', binding(old))]),
      ...(remoteId === undefined ? [] : [put('replica', binding(remoteId))]),
    ]
  })
}

/** Copies that their server rewrites again and again are left alone, and the event says which field it is. */
function withChurn(event: SyncedEvent, targets: Targets, context: RunContext): SyncedEvent {
  const [churn] = churning(event, targets)
  if (!churn) return event
  const message = `The calendar changes ${churn.fields.join(', ')} after every write; this copy is left alone until someone edits the event.`
  const failure = {
    code: 'limit_exceeded',
    remedy: 'give_up',
    message,
    reason: 'CHURN',
    at: context.engine.now(),
  } as const
  return { ...event, failure }
}

/** Events whose time has come, earliest first. */
export function dueNow(context: RunContext): { readonly index: string; readonly from: string; readonly to: string } {
  const { id } = context.group
  return { index: 'due', from: `${id}/`, to: `${id}/${padded(context.engine.now())}\u0001` }
}

/** What a run would do now, without doing it. */
export async function planDue(
  context: RunContext,
): Promise<readonly { readonly event: SyncedEvent; readonly decision: Decision }[]> {
  const targets = await targetsOf(context)
  const planned: { event: SyncedEvent; decision: Decision }[] = []
  for await (const items of readAll(context.storage, context.user, 'event', dueNow(context), 100)) {
    const rows = await mirrorOf(items, context)
    const conflicts = await conflictsOf(items, context)
    for (const { value: event, version } of items) {
      const conflict = event.conflictId && conflicts.get(event.conflictId)
      const shown = shownOf(event, rowsOf(event, rows))
      const own = decide(event, shown, decideContext(event, version, targets, conflict, context))
      const actions = [...own.actions, ...(await plannedParts(own.event, targets, context))]
      const decision = { ...own, actions }
      if (decision.actions.length > 0 || decision.items.length > 0) planned.push({ event, decision })
    }
  }
  return planned
}
