import { isSyncError } from '../errors.js'
import { type Decision, decide } from '../merge/decide.js'
import { type Action, churning, type Targets } from '../merge/plan.js'
import { strategyChain } from '../merge/strategy.js'
import { failureOf } from '../model/failure.js'
import type { CalendarId } from '../model/ids.js'
import type { Replica, SyncedEvent } from '../model/synced-event.js'
import type { ProviderAccount } from '../providers/provider.js'
import type { RecordChange } from '../storage/storage.js'
import { attempt, type Outcome, withAttempt } from './apply.js'
import { retryAt } from './backoff.js'
import type { RunContext } from './context.js'
import { inParallel } from './in-parallel.js'
import { auditChanges, conflictChanges } from './ledger.js'
import { mirrorOf, rowsOf, shownOf } from './mirror.js'
import { drop, findMany, type Observed, padded, put, readPage, type Versioned } from './records.js'
import { accountsOf, targetsOf } from './targets.js'

/** Settles every event that is due, a page at a time, until none is left or the run is over. */
export async function settleDue(context: RunContext): Promise<void> {
  const desk: Desk = { targets: await targetsOf(context), accounts: await accountsOf(context), rounds: new Map() }
  while (!context.isOver()) {
    const page = await readPage(context.storage, context.user, 'event', { ...dueNow(context), limit: pageSize })
    if (page.items.length === 0) return
    await settlePage(page.items, desk, context)
    context.tell('settle')
  }
}

const pageSize = 100
/** How long a listing has to tell of a write before the copy itself is asked for. */
const unseenMs = 60_000
/** An event that is not settled after so many looks in one run waits for the next run. */
const maxRounds = 6

/** What all events of a run are settled with. */
interface Desk {
  readonly targets: Targets
  readonly accounts: ReadonlyMap<CalendarId, ProviderAccount>
  /** How often each event was looked at in this run. */
  readonly rounds: Map<string, number>
}

/** One event on its way through a run. */
interface Work {
  event: SyncedEvent
  version: number
  readonly rows: ReadonlyMap<CalendarId, Versioned<Observed>>
  actions: readonly Action[]
}

/**
 * A page of events: decide each, record what is about to be tried in one commit, then try. A crash after the commit
 * leaves the evidence; a crash before it leaves nothing.
 */
async function settlePage(items: readonly Versioned<SyncedEvent>[], desk: Desk, context: RunContext): Promise<void> {
  const work = await decideAll(items, desk, context)
  if (!work) return
  const open = work.filter(({ actions }) => actions.length > 0)
  // What is new and changed first, removals last: should anything be wrong, less is gone.
  const ordered = [...open].sort((a, b) => Number(a.event.state === 'removing') - Number(b.event.state === 'removing'))
  await inParallel(ordered, parallelism(desk), (one) => act(one, context))
}

/** Decides a page and commits the decisions; undefined when a record changed meanwhile and the page is to be read anew. */
async function decideAll(
  items: readonly Versioned<SyncedEvent>[],
  desk: Desk,
  context: RunContext,
): Promise<readonly Work[] | undefined> {
  const rows = await mirrorOf(items, context)
  const conflicts = await findMany(
    context.storage,
    context.user,
    'conflict',
    items.flatMap(({ value }) => value.conflictId ?? []),
  )
  const chain = strategyChain(context.group.strategies, context.engine.strategies)
  const changes: RecordChange[] = []
  const work = items.map(({ value: event, version }): Work => {
    const own = rowsOf(event, rows)
    const conflict = event.conflictId && conflicts.get(event.conflictId)
    const round = (desk.rounds.get(event.id) ?? 0) + 1
    desk.rounds.set(event.id, round)
    const decision = decide(event, shownOf(event, own), {
      targets: desk.targets,
      chain,
      removal: context.group.removal,
      ...(conflict?.value.resolution ? { resolution: conflict.value.resolution } : {}),
    })
    const actions = round <= maxRounds ? decision.actions : []
    const decided = prepared(event, decision, actions, own, round > maxRounds, desk, context)
    const noted = conflictChanges(event, version, decision, conflict, context)
    const settled = withChurn({ ...decided, ...noted.event }, desk.targets, context)
    changes.push(put('event', settled, version), ...bindingChanges(event, settled), ...noted.changes)
    return { event: settled, version: version + 1, rows: own, actions }
  })
  try {
    for (let start = 0; start < changes.length; start += 900) await context.commit(changes.slice(start, start + 900))
    return work
  } catch (error) {
    if (!isSyncError(error, 'stale_version')) throw error
    return undefined
  }
}

/** The decided event with its attempts recorded, and when it is due again. */
function prepared(
  event: SyncedEvent,
  decision: Decision,
  actions: readonly Action[],
  rows: ReadonlyMap<CalendarId, Versioned<Observed>>,
  isGivenUp: boolean,
  desk: Desk,
  context: RunContext,
): SyncedEvent {
  const { failure: _failure, conflictId: _conflict, ...decided } = decision.event
  const recorded = actions.map((action): [string, Replica] => [
    action.calendarId,
    recordedAttempt(decided.replicas[action.calendarId] as Replica, action, rows.get(action.calendarId), desk, context),
  ])
  const due = isGivenUp
    ? retryAt(context.engine.now(), event.id, event.attempts, undefined)
    : actions.length > 0
      ? event.due
      : null
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

/** Tries what was planned for one event, and commits what became of it. */
async function act(work: Work, context: RunContext): Promise<void> {
  if (context.isOver()) return
  const outcomes: Outcome[] = []
  await inParallel(work.actions, work.actions.length, async (action) => {
    outcomes.push(await attempt({ event: work.event, action, row: work.rows.get(action.calendarId) }, context))
  })
  await commitOutcomes(work, outcomes, context)
}

async function commitOutcomes(work: Work, outcomes: readonly Outcome[], context: RunContext): Promise<void> {
  const settled = afterOutcomes(work.event, outcomes, context)
  const event = put('event', settled, work.version)
  const others = [...bindingChanges(work.event, settled), ...auditChanges(work, outcomes, settled, context)]
  try {
    await context.commit([event, ...others, ...outcomes.flatMap(({ mirror }) => mirror)])
  } catch (error) {
    if (!isSyncError(error, 'stale_version')) throw error
    // The mirror moved on, or a person touched the event: the attempts stay recorded, and the next look tells.
    context.unseen.add(work.actions[0]?.calendarId as CalendarId)
  }
}

function afterOutcomes(event: SyncedEvent, outcomes: readonly Outcome[], context: RunContext): SyncedEvent {
  const replicas = {
    ...event.replicas,
    ...Object.fromEntries(outcomes.map(({ replica }) => [replica.calendarId, replica])),
  }
  const failed = outcomes.find(({ end }) => end === 'failed')
  const { failure: _old, ...rest } = event
  if (failed) {
    context.counts.failed++
    const attempts = event.attempts + 1
    const due = retryAt(context.engine.now(), event.id, attempts, failed.error)
    return { ...rest, replicas, attempts, due, failure: failureOf(failed.error, context.engine.now()) }
  }
  if (outcomes.some(({ end }) => end === 'later'))
    return { ...rest, replicas, due: retryAt(context.engine.now(), event.id, event.attempts, undefined) }
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
export async function planDue(context: RunContext): Promise<readonly { event: SyncedEvent; decision: Decision }[]> {
  const targets = await targetsOf(context)
  const chain = strategyChain(context.group.strategies, context.engine.strategies)
  const planned: { event: SyncedEvent; decision: Decision }[] = []
  let after: string | undefined
  do {
    const page = await readPage(context.storage, context.user, 'event', {
      ...dueNow(context),
      limit: pageSize,
      ...(after ? { after } : {}),
    })
    const rows = await mirrorOf(page.items, context)
    for (const { value: event } of page.items) {
      const decision = decide(event, shownOf(event, rowsOf(event, rows)), {
        targets,
        chain,
        removal: context.group.removal,
      })
      if (decision.actions.length > 0 || decision.items.length > 0) planned.push({ event, decision })
    }
    after = page.next
  } while (after !== undefined)
  return planned
}
