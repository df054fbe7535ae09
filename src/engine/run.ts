import { isSyncError } from '../errors.js'
import type { Calendar } from '../model/connection.js'
import type { RunCause } from '../model/engine-event.js'
import { failureOf, framesOf } from '../model/failure.js'
import type { SyncGroup } from '../model/group.js'
import { digest } from '../model/hash.js'
import type { CalendarId, GroupId, RunId, UserId } from '../model/ids.js'
import type { Run, RunEnd } from '../model/run.js'
import type { RunMeasures } from '../model/run-measures.js'
import { block, confirmDoubts } from './confirm.js'
import { RunContext, type RunLimits, type TracedLimits } from './context.js'
import type { Engine } from './engine.js'
import { guardCreations, guardRemovals, spendApprovals } from './guard.js'
import { keepRun, noteBreak } from './health/run-end.js'
import { inParallel } from './in-parallel.js'
import { withLease } from './lease.js'
import { match } from './match.js'
import { answered, noticesOf } from './notices.js'
import { leaveAlone, membershipsOf, observe, seed } from './observe.js'
import { pausesOf, refusePaused } from './paused.js'
import { hasSameSettings, reconsider } from './reconsider.js'
import { find, inboxUnder, type Membership, need, padded, put, readPage } from './records.js'
import { settleDue } from './settle.js'
import { tracedRun } from './tracing.js'

/**
 * One sync of one group of calendars: look at every calendar, find what each observation belongs to, settle every event
 * that is out of step, and look once more at the calendars that did not say what they made of our writes.
 *
 * Safe to cut off anywhere: what is not finished is due, and the next run goes on from there.
 */
export function runGroup(engine: Engine, user: UserId, groupId: GroupId, limits: RunLimits): Promise<Run> {
  const { cause = 'person' } = limits
  return tracedRun(engine.telemetry, cause, (trace) => runTold(engine, user, groupId, { ...limits, cause, trace }))
}

async function runTold(
  engine: Engine,
  user: UserId,
  groupId: GroupId,
  limits: TracedLimits & { readonly cause: RunCause },
): Promise<Run> {
  const { cause } = limits
  const startedAt = engine.now()
  let measures: RunMeasures | undefined
  try {
    const run = await withContext(engine, user, groupId, limits, async (context) => {
      refusePaused(context.pauses, groupId)
      engine.tell(user, { type: 'run.started', groupId, cause })
      const notices = await noticesOf(context)
      const end = await sync(context)
      if (end === 'finished') await answered(notices, context)
      const recorded = await record(context, end)
      measures = context.measuring.taken(context, engine.now())
      return recorded
    })
    const ended = run ?? busyRun(engine, groupId)
    engine.tell(user, { type: 'run.ended', cause, run: ended, ...(measures ? { measures } : {}) })
    return ended
  } catch (error) {
    // Somebody wanted it so: nothing failed.
    if (isSyncError(error, 'paused')) throw error
    const failure = failureOf(error, engine.now())
    const frames = isSyncError(error) ? undefined : framesOf(error)
    engine.tell(user, { type: 'run.failed', groupId, cause, failure, startedAt, ...(frames ? { frames } : {}) })
    await noteBreak(engine, user, groupId, error)
    throw error
  }
}

/** Opens a run: takes the group's lease and gathers what every step needs. Undefined: another worker has the group. */
export async function withContext<T>(
  engine: Engine,
  user: UserId,
  groupId: GroupId,
  limits: TracedLimits,
  work: (context: RunContext) => Promise<T>,
): Promise<T | undefined> {
  const { value: known } = await need(engine.storage, user, 'group', groupId)
  return withLease(engine, user, `group/${known.id}`, async (lease) => {
    const { value: group } = await need(engine.storage, user, 'group', groupId)
    const calendars = await calendarsOf(engine, user, group)
    const runId = digest('run', group.id, engine.owner, String(engine.now())) as RunId
    const memberships = await membershipsIn(engine, user, group)
    const pauses = limits.despitePauses ? [] : await pausesOf(engine, user, group)
    return work(new RunContext({ engine, user, runId, lease, limits, group, calendars, memberships, pauses }))
  })
}

/** Everything up to the point where it is known what each event should become. */
export async function lookAndMatch(context: RunContext): Promise<boolean> {
  await seedNewMembers(context)
  await observeAll(
    context,
    context.group.members.map(({ calendarId }) => calendarId),
  )
  const isReady = await context.part('diff', () => takeStock(context))
  if (isReady) await context.part('diff', () => reconsider(context))
  return isReady
}

/** Everything that a run does, but for writing down what it did. */
export async function sync(context: RunContext): Promise<RunEnd> {
  try {
    let isReady = await lookAndMatch(context)
    for (let round = 0; isReady; round++) {
      await settleDue(context)
      if (context.isOver() || context.unseen.size === 0 || round === echoRounds) break
      // Calendars that did not show what they stored are looked at again: that settles our own writes, and the cursor
      // moves past their echo, so that the next run finds nothing.
      const unseen = [...context.unseen]
      context.unseen.clear()
      await observeAll(context, unseen)
      isReady = await context.part('diff', () => takeStock(context))
    }
    return context.isOver() ? 'budget' : 'finished'
  } catch (error) {
    if (isSyncError(error, 'aborted')) return 'aborted'
    if (isSyncError(error, 'lease_lost')) return 'busy'
    throw error
  }
}

/** How often a run looks after its own writes. More than one where a server rewrites what it is given. */
const echoRounds = 3

/** Looks at these calendars. `complete`: at everything in them, and not only at what changed. */
export async function observeAll(
  context: RunContext,
  calendarIds: readonly CalendarId[],
  complete = false,
): Promise<void> {
  const asked = calendarIds.filter((id) => !context.blocked.has(id))
  await inParallel(asked, 4, async (calendarId) => {
    context.tell('observe', calendarId)
    const options = { ...context.call, complete, onPage: () => context.tell('observe', calendarId) }
    const look = () => observe(context.engine, context.user, calendarId, options)
    const result = await context.part('pull', look, calendarId)
    if (result.kind === 'failed') block(calendarId, result.error, context)
    if (result.kind === 'seen') context.counts.failed += result.unreadable
  })
}

/**
 * Confirms, guards and matches what was observed. False: nothing may be decided yet, because a calendar of a new group
 * has not been listed completely, or has not handed over what was known of it.
 */
export async function takeStock(context: RunContext): Promise<boolean> {
  if (context.group.baseline === 'pending' && !(await allListed(context))) return false
  if (await isNothingWaiting(context)) return true
  for (let round = 0; round < stockRounds; round++) {
    await confirmDoubts(context)
    await guardRemovals(context)
    await guardCreations(context)
    await match(context)
    if (context.isOver()) return false
    await spendApprovals(context)
    if (!(await hasDoubts(context))) break
  }
  if (context.group.baseline === 'pending') await endBaseline(context)
  return true
}

const stockRounds = 3

/** Most runs find nothing new, and one question tells. */
async function isNothingWaiting({ storage, user, group }: RunContext): Promise<boolean> {
  const isHolding = [group.heldRemovals, group.heldCreations].some((held) => Object.keys(held).length > 0)
  if (group.baseline === 'pending' || isHolding) return false
  const page = await readPage(storage, user, 'inbox', { ...inboxUnder(group.id), limit: 1 })
  return page.items.length === 0
}

async function hasDoubts(context: RunContext): Promise<boolean> {
  const doubts = { index: 'confirm', ...inboxUnder(context.group.id), limit: 50 }
  const page = await readPage(context.storage, context.user, 'inbox', doubts)
  return page.items.some(({ value }) => !context.blocked.has(value.calendarId))
}

async function allListed(context: RunContext): Promise<boolean> {
  for (const calendarId of context.calendars.keys()) {
    const calendar = await find(context.storage, context.user, 'calendar', calendarId)
    const membership = await find(context.storage, context.user, 'membership', `${calendarId}/${context.group.id}`)
    if (!calendar?.value.pull.complete || !membership?.value.seeded) return false
  }
  return true
}

async function endBaseline(context: RunContext): Promise<void> {
  const { value: group, version } = await need(context.storage, context.user, 'group', context.group.id)
  // A calendar that joined meanwhile has not been listed yet: the next run goes on.
  if (!hasSameSettings(group, context.group)) return
  await context.commit([put('group', { ...group, baseline: 'done' }, version)])
  context.group = { ...context.group, baseline: 'done' }
}

/** A calendar that was mirrored for another group already hands over what is known of it. */
async function seedNewMembers(context: RunContext): Promise<void> {
  for (const membership of [...context.memberships.values()].flat())
    if (membership.groupId === context.group.id && !membership.seeded)
      await seed(context.engine, context.user, membership)
}

async function calendarsOf(engine: Engine, user: UserId, group: SyncGroup): Promise<ReadonlyMap<CalendarId, Calendar>> {
  const calendars = new Map<CalendarId, Calendar>()
  for (const { calendarId } of group.members)
    calendars.set(calendarId, (await need(engine.storage, user, 'calendar', calendarId)).value)
  return calendars
}

async function membershipsIn(
  engine: Engine,
  user: UserId,
  group: SyncGroup,
): Promise<ReadonlyMap<CalendarId, readonly Membership[]>> {
  const memberships = new Map<CalendarId, readonly Membership[]>()
  for (const { calendarId } of group.members) memberships.set(calendarId, await membershipsOf(engine, user, calendarId))
  return memberships
}

/** Writes down what the run did. A run that saw nothing new and did nothing leaves no trace. */
async function record(context: RunContext, end: RunEnd): Promise<Run> {
  const { engine, group, runId, startedAt } = context
  await tellNewcomers(context)
  for (const [calendarId, until] of context.leftAlone) await leaveAlone(engine, context.user, calendarId, until)
  const run: Run = {
    id: runId,
    groupId: group.id,
    startedAt,
    endedAt: engine.now(),
    end,
    counts: { ...context.counts },
    failures: [...context.blocked].flatMap(([calendarId, failure]) =>
      failure.code === 'paused' ? [] : { calendarId, failure },
    ),
    more: end === 'budget' || end === 'aborted' || (await hasWork(context)),
  }
  const { held, ...done } = run.counts
  const isQuiet = end === 'finished' && Object.values(done).every((count) => count === 0) && run.failures.length === 0
  if (end !== 'busy') await keepRun(context, run, isQuiet)
  context.tell('done')
  return run
}

/**
 * A group that a calendar joined while this run was under way was not told what the run saw and wrote there, and the next
 * listing finds nothing new: everything is handed to it once more.
 */
async function tellNewcomers(context: RunContext): Promise<void> {
  const { engine, user, counts, memberships } = context
  if (counts.observed + counts.created + counts.updated + counts.removed === 0) return
  for (const [calendarId, known] of memberships)
    for (const membership of await membershipsOf(engine, user, calendarId))
      if (membership.seeded && !known.some(({ groupId }) => groupId === membership.groupId))
        await context.commit([put('membership', { ...membership, seeded: false })])
}

async function hasWork(context: RunContext): Promise<boolean> {
  const due = { index: 'due', from: `${context.group.id}/`, to: `${context.group.id}/~`, limit: 1 }
  const events = await readPage(context.storage, context.user, 'event', due)
  if (events.items.length > 0 || context.group.reconsider !== undefined) return true
  const inbox = await readPage(context.storage, context.user, 'inbox', { ...inboxUnder(context.group.id), limit: 1 })
  return inbox.items.length > 0
}

function busyRun(engine: Engine, groupId: GroupId): Run {
  const at = engine.now()
  const counts = { observed: 0, created: 0, updated: 0, removed: 0, conflicts: 0, parked: 0, failed: 0, held: 0 }
  const id = digest('run', groupId, engine.owner, padded(at)) as RunId
  return { id, groupId, startedAt: at, endedAt: at, end: 'busy', counts, failures: [], more: true }
}
