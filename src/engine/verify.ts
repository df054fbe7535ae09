import { decide } from '../merge/decide.js'
import { type Action, isWanted, outOfStep, type Target, type Targets } from '../merge/plan.js'
import type { Field } from '../model/content.js'
import { sameContent } from '../model/equality.js'
import type { CalendarId, EventId, GroupId, UserId } from '../model/ids.js'
import type { Replica, SyncedEvent } from '../model/synced-event.js'
import type { RecordChange } from '../storage/storage.js'
import { ask, mirrorChange } from './confirm.js'
import type { RunContext, RunLimits } from './context.js'
import { decideContext } from './decide-context.js'
import type { Engine } from './engine.js'
import { mirrorOf, rowsOf, shownOf } from './mirror.js'
import { refusePaused } from './paused.js'
import { type Observed, put, readAll, readPage, under, type Versioned } from './records.js'
import { observeAll, sync, takeStock, withContext } from './run.js'
import { targetsOf } from './targets.js'

/** A copy that was not as it should be. */
export interface Difference {
  readonly eventId: EventId
  readonly calendarId: CalendarId
  readonly what: 'missing' | 'differs' | 'extra' | 'waits'
  /** The fields that differ, where it differs. */
  readonly fields: readonly Field[]
}

/** What a comparison of every copy with its target came to. */
export interface Verification {
  /** Copies that should be there, and the ones that were there and should not. */
  readonly copies: number
  /** Copies that were as they should be when they were compared. */
  readonly accurate: number
  /** `accurate / copies`; 1 for an empty group. */
  readonly accuracy: number
  /** The same after the repair. */
  readonly repairedAccuracy: number
  /** What was not as it should be, at most the first 1,000. */
  readonly differences: readonly Difference[]
  /** Calendars that could not be read: nothing is said about their copies. */
  readonly unreachable: readonly CalendarId[]
}

/**
 * An anti-entropy pass. A sync first, so that what is known is settled; then every event is read anew, whatever cursors and
 * revisions say, and compared with what it should be; then only what differs is written.
 */
export async function verifyGroup(
  engine: Engine,
  user: UserId,
  groupId: GroupId,
  limits: RunLimits,
): Promise<Verification | undefined> {
  return withContext(engine, user, groupId, limits, async (context) => {
    refusePaused(context.pauses, groupId)
    await sync(context)
    const calendarIds = context.group.members.map(({ calendarId }) => calendarId)
    await observeAll(context, calendarIds, true)
    for (const calendarId of calendarIds) await compareMirror(calendarId, context)
    await takeStock(context)
    const found = await count(context, true)
    const isAccurate = found.accurate === found.copies
    // A sync settles what the comparison found, and looks at what it wrote.
    if (!isAccurate) await sync(context)
    const after = isAccurate ? found : await count(context, false)
    const { copies, accurate, differences } = found
    engine.tell(user, { type: 'group.verified', groupId, copies, accurate, accurateAfterRepair: after.accurate })
    return {
      copies,
      accurate,
      accuracy: share(found),
      repairedAccuracy: share(after),
      differences,
      unreachable: [...context.blocked.keys()],
    }
  })
}

function share({ copies, accurate }: { readonly copies: number; readonly accurate: number }): number {
  return copies === 0 ? 1 : accurate / copies
}

/** Reads every event of a calendar and brings the mirror up to date where it was wrong. */
async function compareMirror(calendarId: CalendarId, context: RunContext): Promise<void> {
  let after: string | undefined
  do {
    if (context.blocked.has(calendarId)) return
    const range = { ...under(calendarId), limit: 100, ...(after === undefined ? {} : { after }) }
    const page = await readPage(context.storage, context.user, 'observed', range)
    if (page.items.length > 0) await comparePage(calendarId, page.items, context)
    after = page.next
  } while (after !== undefined)
}

async function comparePage(
  calendarId: CalendarId,
  rows: readonly Versioned<Observed>[],
  context: RunContext,
): Promise<void> {
  const ids = rows.map(({ value }) => value.remoteId)
  const answers = await ask(calendarId, ids, context)
  const groupId = context.group.id
  const changes = rows.flatMap((row): readonly RecordChange[] => {
    const { remoteId, event } = row.value
    const answer = answers?.get(remoteId)
    if (!answer || (answer.type === 'found' && event && sameContent(answer.event.content, event.content))) return []
    const change = answer.type === 'gone' ? 'gone' : 'shown'
    const arrival = { groupId, calendarId, remoteId, change, confirm: false, confirmed: true } as const
    return [...mirrorChange(calendarId, answer, row, context), put('inbox', arrival)]
  })
  await context.commitUnlessStale(changes)
}

interface Count {
  copies: number
  accurate: number
  readonly differences: Difference[]
}

/** @param wakes - whether an event that has work on it and that nobody is waiting for becomes due */
async function count(context: RunContext, wakes: boolean): Promise<Count> {
  const targets = await targetsOf(context)
  const total: Count = { copies: 0, accurate: 0, differences: [] }
  for await (const page of readAll(context.storage, context.user, 'event', under(context.group.id), 100)) {
    const rows = await mirrorOf(page, context)
    const woken: RecordChange[] = []
    for (const { value: event, version } of page) {
      const shown = shownOf(event, rowsOf(event, rows))
      const asked = decideContext(event, version, targets, undefined, context)
      const decided = decide(event, shown, asked)
      addEvent(total, decided.event, decided.actions, asked.targets, context)
      const isForgotten = event.due === null && decided.actions.length > 0
      if (wakes && isForgotten) woken.push(put('event', { ...event, due: 0 }, version))
    }
    if (woken.length > 0) await context.commitUnlessStale(woken)
  }
  return total
}

function addEvent(
  total: Count,
  event: SyncedEvent,
  actions: readonly Action[],
  targets: Targets,
  context: RunContext,
): void {
  for (const [calendarId, target] of targets) {
    if (context.blocked.has(calendarId)) continue
    const replica = event.replicas[calendarId]
    const action = actions.find((one) => one.calendarId === calendarId)
    const isExpected = event.state === 'live' && target.writable && isWanted(event, calendarId, targets)
    const isThere = replica?.status === 'live'
    if (replica?.status === 'detached' || (!isThere && !isExpected)) continue
    total.copies++
    const fields = isExpected && isThere ? differing(event, replica, target) : []
    const what = event.state === 'parked' ? 'waits' : !isThere ? 'missing' : whatIs(action, fields)
    if (what === undefined) total.accurate++
    else if (total.differences.length < 1_000)
      total.differences.push({ eventId: event.id, calendarId, what, fields: what === 'differs' ? fields : [] })
  }
}

/** Where a copy is not as it should be, also where nothing is to be done about it: one that its server rewrites, say. */
function differing(event: SyncedEvent, replica: Replica, target: Target): readonly Field[] {
  return outOfStep(event, replica, target).filter((field) => !target.holds.cannotHold.includes(field))
}

function whatIs(action: Action | undefined, fields: readonly Field[]): Difference['what'] | undefined {
  if (action?.kind === 'remove') return 'extra'
  return action || fields.length > 0 ? 'differs' : undefined
}
