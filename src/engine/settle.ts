import { type Decision, decide } from '../merge/decide.js'
import type { DecideContext } from '../merge/fold.js'
import { type Action, churning, type Targets } from '../merge/plan.js'
import { strategyChain } from '../merge/strategy.js'
import type { Conflict } from '../model/conflict.js'
import { failureOf } from '../model/failure.js'
import type { CalendarId } from '../model/ids.js'
import type { Replica, SyncedEvent } from '../model/synced-event.js'
import type { ProviderAccount } from '../providers/provider.js'
import type { RecordChange } from '../storage/storage.js'
import { attempt, notTried, type Outcome, withAttempt } from './apply.js'
import { retryAt } from './backoff.js'
import type { RunContext } from './context.js'
import { inParallel } from './in-parallel.js'
import { auditChanges, conflictChanges } from './ledger.js'
import { mirrorOf, rowsOf, shownOf } from './mirror.js'
import { drop, findMany, type Observed, padded, put, readAll, readPage, type Versioned } from './records.js'
import { accountsOf, targetsOf } from './targets.js'

/**
 * Settles every event that is due, a page at a time, until a pass over all of them changes nothing or the run is over.
 * Events that only wait for a calendar that is not answering stay due and cost no write.
 */
export async function settleDue(context: RunContext): Promise<void> {
  const desk: Desk = { targets: await targetsOf(context), accounts: await accountsOf(context), isLast: false }
  for (let pass = 1; pass <= mostPasses; pass++)
    if (!(await settlePass({ ...desk, isLast: pass === mostPasses }, context))) return
}

/** One look at every event that is due. False: nothing is left to be done now. */
async function settlePass(desk: Desk, context: RunContext): Promise<boolean> {
  let isMoving = false
  let after: string | undefined
  do {
    if (context.isOver()) return false
    const limit = Math.max(1, Math.min(pageSize, context.writesLeft))
    const range = { ...dueNow(context), limit, ...(after === undefined ? {} : { after }) }
    const page = await readPage(context.storage, context.user, 'event', range)
    if (await settlePage(page.items, desk, context)) isMoving = true
    after = page.next
    context.tell('settle')
  } while (after !== undefined)
  return isMoving
}

const pageSize = 100
/** How long a listing has to tell of a write before the copy itself is asked for. */
const unseenMs = 60_000
/** An event that is not settled after so many looks in one run waits for a later one. */
const mostPasses = 6
/** So many outcomes are committed together: a crash before that costs as many looks, and loses nothing. */
const outcomesAtOnce = 16

/** What all events of a run are settled with. */
interface Desk {
  readonly targets: Targets
  readonly accounts: ReadonlyMap<CalendarId, ProviderAccount>
  /** The last look of this run: what is still open then waits for a later one. */
  readonly isLast: boolean
}

/** One event on its way through a run. */
interface Work {
  readonly event: SyncedEvent
  readonly version: number
  readonly rows: ReadonlyMap<CalendarId, Versioned<Observed>>
  readonly actions: readonly Action[]
  /** More is to be done, in calendars that are not answering now. */
  readonly isWaiting: boolean
}

/**
 * A page of events: decide each, record what is about to be tried in one commit, then try. A crash after the commit
 * leaves the evidence; a crash before it leaves nothing.
 */
async function settlePage(items: readonly Versioned<SyncedEvent>[], desk: Desk, context: RunContext): Promise<boolean> {
  const work = await decideAll(items, desk, context)
  const open = work.filter(({ actions }) => actions.length > 0)
  // What is new and changed first, removals last: should anything be wrong, less is gone.
  const ordered = [...open].sort((a, b) => Number(a.event.state === 'removing') - Number(b.event.state === 'removing'))
  const written = new Outcomes(context)
  try {
    await inParallel(ordered, parallelism(desk), async (one) => written.add(one, await act(one, context)))
  } finally {
    await written.flush()
  }
  return work.length > 0
}

/**
 * Decides a page and commits the decisions. What only waits, and what somebody changed meanwhile, is left for another
 * look.
 */
async function decideAll(
  items: readonly Versioned<SyncedEvent>[],
  desk: Desk,
  context: RunContext,
): Promise<readonly Work[]> {
  const rows = await mirrorOf(items, context)
  const conflicts = await conflictsOf(items, context)
  const decided: { readonly work: Work; readonly changes: readonly RecordChange[] }[] = []
  for (const { value: event, version } of items) {
    const own = rowsOf(event, rows)
    const conflict = event.conflictId && conflicts.get(event.conflictId)
    const decision = decide(event, shownOf(event, own), decideContext(desk.targets, conflict, context))
    const reachable = decision.actions.filter(({ calendarId }) => !context.blocked.has(calendarId))
    if (decision.actions.length > 0 && reachable.length === 0) continue
    const actions = desk.isLast ? [] : reachable
    const recorded = prepared(event, decision, actions, own, desk, context)
    const noted = conflictChanges(event, version, decision, conflict, context)
    const settled = withChurn({ ...recorded, ...noted.event }, desk.targets, context)
    decided.push({
      work: {
        event: settled,
        version: version + 1,
        rows: own,
        actions,
        isWaiting: reachable.length < decision.actions.length,
      },
      changes: [put('event', settled, version), ...bindingChanges(event, settled), ...noted.changes],
    })
  }
  const kept: Work[] = []
  for (const part of batches(decided))
    if (await context.commitUnlessStale(part.flatMap(({ changes }) => changes)))
      kept.push(...part.map(({ work }) => work))
  return kept
}

/** Parts small enough for one commit. What belongs to one event is never torn apart. */
function* batches<T extends { readonly changes: readonly RecordChange[] }>(all: readonly T[]): Generator<readonly T[]> {
  let part: T[] = []
  let size = 0
  for (const one of all) {
    if (size + one.changes.length > 900) {
      yield part
      part = []
      size = 0
    }
    part.push(one)
    size += one.changes.length
  }
  if (part.length > 0) yield part
}

function decideContext(
  targets: Targets,
  conflict: Versioned<Conflict> | undefined | '',
  context: RunContext,
): DecideContext {
  const resolution = conflict ? conflict.value.resolution : undefined
  return {
    targets,
    chain: strategyChain(context.group.strategies, context.engine.strategies),
    removal: context.group.removal,
    ...(resolution ? { resolution } : {}),
  }
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

/** Tries what was planned for one event. */
async function act(work: Work, context: RunContext): Promise<readonly Outcome[]> {
  const steps = work.actions.map((action) => ({ event: work.event, action, row: work.rows.get(action.calendarId) }))
  if (context.isOver() || !context.begin(work.actions.length)) return steps.map(notTried)
  const outcomes: Outcome[] = []
  await inParallel(steps, steps.length, async (step) => {
    outcomes.push(await attempt(step, context))
  })
  return outcomes
}

/** What became of a page of events, committed a few at a time. */
class Outcomes {
  readonly #context: RunContext
  #waiting: { readonly work: Work; readonly changes: readonly RecordChange[] }[] = []

  constructor(context: RunContext) {
    this.#context = context
  }

  async add(work: Work, outcomes: readonly Outcome[]): Promise<void> {
    const settled = afterOutcomes(work, outcomes, this.#context)
    const changes = [
      put('event', settled, work.version),
      ...bindingChanges(work.event, settled),
      ...auditChanges(work, outcomes, settled, this.#context),
      ...outcomes.flatMap(({ mirror }) => mirror),
    ]
    this.#waiting.push({ work, changes })
    if (this.#waiting.length >= outcomesAtOnce) await this.flush()
  }

  async flush(): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = []
    for (const part of batches(waiting))
      if (!(await this.#context.commitUnlessStale(part.flatMap(({ changes }) => changes)))) await this.#oneByOne(part)
  }

  /** One of them is stale: the mirror moved on, or a person touched the event. The others are kept. */
  async #oneByOne(part: readonly { readonly work: Work; readonly changes: readonly RecordChange[] }[]): Promise<void> {
    for (const { work, changes } of part)
      if (!(await this.#context.commitUnlessStale(changes)))
        // Its attempts stay recorded, and the next look tells.
        for (const { calendarId } of work.actions) this.#context.unseen.add(calendarId)
  }
}

function afterOutcomes({ event, isWaiting }: Work, outcomes: readonly Outcome[], context: RunContext): SyncedEvent {
  const replicas = {
    ...event.replicas,
    ...Object.fromEntries(outcomes.map(({ replica }) => [replica.calendarId, replica])),
  }
  const failed = outcomes.find(({ end }) => end === 'failed')
  const { failure: _old, ...rest } = event
  if (failed) {
    context.counts.failed++
    const failure = failureOf(failed.error, context.engine.now())
    // A calendar that does not answer is no fault of the event: it is written as soon as the calendar is back.
    if (context.blocked.has(failed.replica.calendarId)) return { ...rest, replicas, failure }
    const attempts = event.attempts + 1
    return {
      ...rest,
      replicas,
      attempts,
      due: retryAt(context.engine.now(), event.id, attempts, failed.error),
      failure,
    }
  }
  if (outcomes.some(({ end }) => end === 'later'))
    return { ...rest, replicas, due: retryAt(context.engine.now(), event.id, event.attempts, undefined) }
  if (isWaiting) return { ...rest, replicas }
  // A write that the service did not show is looked for by itself, should the calendar's listing not tell of it.
  const isUnseen = outcomes.some(({ replica }) => replica.attempt !== undefined)
  if (isUnseen && outcomes.every(({ end }) => end === 'done'))
    return { ...rest, replicas, attempts: 0, due: context.engine.now() + unseenMs }
  const isOpen = outcomes.some(({ end }) => end === 'again') || event.state === 'removing'
  return { ...rest, replicas, attempts: 0, due: isOpen ? event.due : null }
}

/** Keeps the way from remote events to this event in step with its replicas. */
function bindingChanges(before: SyncedEvent, after: SyncedEvent): readonly RecordChange[] {
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
function dueNow(context: RunContext): { readonly index: string; readonly from: string; readonly to: string } {
  const { id } = context.group
  return { index: 'due', from: `${id}/`, to: `${id}/${padded(context.engine.now())}\u0001` }
}

function parallelism({ accounts }: Desk): number {
  return Math.max(1, ...[...accounts.values()].map(({ capabilities }) => capabilities.concurrentWrites))
}

/** What a run would do now, without doing it. */
export async function planDue(
  context: RunContext,
): Promise<readonly { readonly event: SyncedEvent; readonly decision: Decision }[]> {
  const targets = await targetsOf(context)
  const planned: { event: SyncedEvent; decision: Decision }[] = []
  for await (const items of readAll(context.storage, context.user, 'event', dueNow(context), pageSize)) {
    const rows = await mirrorOf(items, context)
    const conflicts = await conflictsOf(items, context)
    for (const { value: event } of items) {
      const conflict = event.conflictId && conflicts.get(event.conflictId)
      const shown = shownOf(event, rowsOf(event, rows))
      const decision = decide(event, shown, decideContext(targets, conflict, context))
      if (decision.actions.length > 0 || decision.items.length > 0) planned.push({ event, decision })
    }
  }
  return planned
}
