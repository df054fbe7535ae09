import { isSyncError, mayHaveLanded, SyncError, type SyncErrorCode } from '../errors.js'
import { copyView } from '../mapping/projection.js'
import { historyAfter } from '../merge/absorb.js'
import type { Action } from '../merge/plan.js'
import { anew, closed, onceMore, takenAway } from '../merge/replica.js'
import { type EventContent, type Field, fields } from '../model/content.js'
import { sameContent, sameField } from '../model/equality.js'
import { failureOf } from '../model/failure.js'
import type { CalendarId, RemoteId, Revision } from '../model/ids.js'
import type { Attempt, Replica, SyncedEvent } from '../model/synced-event.js'
import type { Fetched, ProviderAccount, RemoteEvent, Written } from '../providers/provider.js'
import type { RecordChange } from '../storage/storage.js'
import { block, mirrorChange, tidings } from './confirm.js'
import type { RunContext } from './context.js'
import { isOfAnother } from './identities.js'
import { markFor } from './mark.js'
import { drop, find, type Observed, observedId, put, type Versioned } from './records.js'

/** What became of one action. */
export interface Outcome {
  readonly replica: Replica
  /** Changes of the mirror that belong to it. */
  readonly mirror: readonly RecordChange[]
  /**
   * `done`: as planned. `again`: something else was found; decide anew. `later`: decide anew once the calendar was
   * observed again. `failed`: the same, and it is shown.
   */
  readonly end: 'done' | 'again' | 'later' | 'failed'
  readonly error?: SyncError
  /** A copy of ours that was found where we did not know of it. */
  readonly found?: RemoteEvent
}

/** One action about to be tried, with everything it needs. */
export interface Step {
  readonly event: SyncedEvent
  readonly action: Action
  readonly row: Versioned<Observed> | undefined
}

/**
 * The replica with the attempt recorded: written before the call, so that a crash leaves evidence. A create whose id is
 * known beforehand is bound beforehand: should the answer be lost, whatever is told of that id is told of this replica.
 */
export function withAttempt(
  replica: Replica,
  action: Action,
  row: Versioned<Observed> | undefined,
  futureId: RemoteId | undefined,
): Replica {
  if (action.kind === 'verify') return replica
  const content = action.kind === 'remove' ? (replica.agreed ?? row?.value.event?.content) : action.content
  if (!content) return replica
  const sent = action.kind === 'update' ? action.fields : action.kind === 'create' ? fields : []
  const attempt: Attempt = { kind: action.kind, content, fields: sent, mirrorVersion: row?.version ?? 0 }
  const id = action.kind === 'create' ? futureId : undefined
  return { ...replica, attempt, ...(id === undefined ? {} : { remoteId: id }) }
}

/**
 * Tries one action. Every way in which it can end is in the outcome; it throws only what ends the run (cancelled, lease
 * lost, storage broken).
 */
export async function attempt(step: Step, context: RunContext): Promise<Outcome> {
  const { event, action } = step
  const replica = event.replicas[action.calendarId] as Replica
  if (context.blocked.has(action.calendarId)) return untried(replica, action, context)
  try {
    const account = await context.account(action.calendarId)
    switch (action.kind) {
      case 'verify':
        return await verify(step, replica, account, context)
      case 'create':
        return await create(step, replica, account, context)
      case 'update':
        return await update(step, replica, account, context)
      case 'remove':
        return await remove(step, replica, account, context)
      default:
        return action satisfies never
    }
  } catch (error) {
    return refused(replica, error, context)
  }
}

/** A step that the run ended before: it leaves no doubt behind. */
export function notTried({ event, action }: Step): Outcome {
  const replica = event.replicas[action.calendarId] as Replica
  return { replica: uncertain(replica, action.kind === 'verify'), mirror: [], end: 'again' }
}

/** A calendar that is not answering: what was not tried leaves no doubt behind; an earlier doubt stays. */
function untried(replica: Replica, action: Action, context: RunContext): Outcome {
  const failure = context.blocked.get(replica.calendarId)
  const error = new SyncError(failure?.code ?? 'unavailable', failure?.message ?? 'The calendar is not answering.')
  return { replica: uncertain(replica, action.kind === 'verify'), mirror: [], end: 'failed', error }
}

async function create(step: Step, replica: Replica, account: ProviderAccount, context: RunContext): Promise<Outcome> {
  const { event, action } = step
  if (action.kind !== 'create') throw new Error('not a create')
  const calendar = context.calendar(action.calendarId)
  const mark = markFor(event, replica, context.engine.secret, tellsOrigin(event, replica, account, context))
  try {
    const draft = { key: replica.key, content: action.content, mark }
    const written = await account.create(calendar.remoteId, draft, context.call)
    // What that one said is not known: compared with what this one says, all that it lacks would count as dropped.
    if (written.earlier) return await met(uncertain(replica, false), written, step, account, context)
    context.counts.created++
    return wrote({ ...replica, status: 'live' }, written, step, context)
  } catch (error) {
    if (!isSyncError(error, 'already_exists')) throw error
    // Ours, from a create that was never answered and is forgotten by now, or from before our records were lost: what
    // it was created with is not known.
    return await verify(step, uncertain(replica, false), account, context)
  }
}

async function update(step: Step, replica: Replica, account: ProviderAccount, context: RunContext): Promise<Outcome> {
  const { event, action, row } = step
  const current = row?.value.event
  if (action.kind !== 'update' || !current) return again(replica)
  const calendar = context.calendar(action.calendarId)
  try {
    if (!account.capabilities.guardedWrites || current.revision === undefined) {
      const moved = await movedOn(step, account, context)
      if (moved) return lookAgain(uncertain(replica, false), moved, step, context)
    }
    const mark = replica.native
      ? {}
      : { mark: markFor(event, replica, context.engine.secret, tellsOrigin(event, replica, account, context)) }
    const change = { current, content: action.content, fields: action.fields, ...mark }
    const written = await account.update(calendar.remoteId, change, context.call)
    context.counts.updated++
    return wrote({ ...replica, rewrites: replica.rewrites + 1 }, written, step, context)
  } catch (error) {
    if (!isSyncError(error) || (error.code !== 'revision_mismatch' && error.code !== 'not_found')) throw error
    return await lookAfterMismatch(step, replica, account, context)
  }
}

async function remove(step: Step, replica: Replica, account: ProviderAccount, context: RunContext): Promise<Outcome> {
  const { action, row } = step
  const current = row?.value.event
  if (!current) return again(replica)
  const calendar = context.calendar(action.calendarId)
  try {
    if (!account.capabilities.guardedWrites || current.revision === undefined) {
      const moved = await movedOn(step, account, context)
      if (moved) return lookAgain(uncertain(replica, false), moved, step, context)
    }
    await account.remove(calendar.remoteId, current, context.call)
  } catch (error) {
    if (isSyncError(error, 'revision_mismatch')) return await lookAfterMismatch(step, replica, account, context)
    if (!isSyncError(error, 'not_found')) throw error
  }
  context.counts.removed++
  const mirror = row
    ? [drop('observed', row.value), ...tidings(action.calendarId, row.value.remoteId, 'gone', context)]
    : []
  return { replica: afterRemoval(replica, step.event), mirror, end: 'done' }
}

function afterRemoval(replica: Replica, event: SyncedEvent): Replica {
  return event.state === 'live' ? takenAway(replica, event.id) : closed(replica, 'removed')
}

/** Looks at the copy itself, because a write was never answered or met something unexpected. */
async function verify(step: Step, replica: Replica, account: ProviderAccount, context: RunContext): Promise<Outcome> {
  const { calendarId } = step.action
  const calendar = context.calendar(calendarId)
  const id = replica.remoteId ?? account.idFor(calendar.remoteId, replica.key)
  // The service chooses ids and has not named one: a create under the same key is safe to repeat.
  if (id === undefined) return await repeat(step, replica, account, context)
  try {
    const [answer] = await account.fetch(calendar.remoteId, [id], context.call)
    if (answer) return lookAgain(replica, answer, step, context)
    throw new SyncError('invalid_response', 'The calendar said nothing about the event that was asked for.')
  } catch (error) {
    // Not having looked leaves every doubt as it was.
    return { ...refused(replica, error, context), replica }
  }
}

/**
 * A create that was never answered, sent once more as it was. What it answers with may be the event that the first one
 * made, and changed since: so it is read like a write that was not answered.
 */
async function repeat(step: Step, replica: Replica, account: ProviderAccount, context: RunContext): Promise<Outcome> {
  const { event, action } = step
  const { attempt } = replica
  if (attempt?.kind !== 'create') return again(uncertain(replica, false))
  try {
    const mark = markFor(event, replica, context.engine.secret, tellsOrigin(event, replica, account, context))
    const draft = { key: replica.key, content: attempt.content, mark }
    const written = await account.create(context.calendar(action.calendarId).remoteId, draft, context.call)
    context.counts.created++
    return await met(replica, written, step, account, context)
  } catch (error) {
    // The first one may have landed, whatever became of this one.
    return { ...refused(replica, error, context), replica }
  }
}

/** What a create met, or may have met: what a create made before, and perhaps changed since. */
async function met(
  replica: Replica,
  { id, shown }: Written,
  step: Step,
  account: ProviderAccount,
  context: RunContext,
): Promise<Outcome> {
  const { calendarId } = step.action
  // What we gave up, and only waits for its removal.
  if (await isOfAnother(step.event, calendarId, id, context)) {
    return again(anew(replica, step.event.id))
  }
  // A listing may have told of it already, and of whose it is nobody knew.
  const row = await find(context.storage, context.user, 'observed', observedId(calendarId, id))
  if (!shown) return await verify({ ...step, row }, { ...replica, remoteId: id }, account, context)
  return whenFound(replica, shown, mirrorChange(calendarId, { type: 'found', event: shown }, row, context))
}

/** A guarded write was refused because the event moved on: this write certainly did not land. */
async function lookAfterMismatch(
  step: Step,
  replica: Replica,
  account: ProviderAccount,
  context: RunContext,
): Promise<Outcome> {
  return await verify(step, uncertain(replica, false), account, context)
}

/** What was found is put into the mirror, and the event is decided anew with it. */
function lookAgain(replica: Replica, answer: Fetched, step: Step, context: RunContext): Outcome {
  const mirror = mirrorChange(step.action.calendarId, answer, step.row, context)
  switch (answer.type) {
    case 'gone':
      return whenGone(replica, step.event, mirror, context)
    case 'unreadable':
      return { replica, mirror, end: 'failed', error: answer.error }
    case 'found':
      return whenFound(replica, answer.event, mirror)
    default:
      return answer satisfies never
  }
}

/**
 * Nothing there. A copy that we know of was removed by a person. A create that was never answered either did not land,
 * or landed and was removed by a person before we looked; only the calendar's next listing can tell, so the create is
 * not repeated before that.
 */
function whenGone(replica: Replica, event: SyncedEvent, mirror: readonly RecordChange[], context: RunContext): Outcome {
  if (replica.status === 'live') return { replica: { ...replica, gone: true }, mirror, end: 'again' }
  const { attempt } = replica
  const wasMissing = attempt?.missingIn !== undefined && attempt.missingIn !== context.runId
  // A create was refused because this identity is taken, and yet nothing is there: services keep the ids of what was
  // removed. The same key would be refused for ever.
  if (!attempt) return { replica: anew(replica, event.id), mirror, end: 'again' }
  if (wasMissing) return { replica: onceMore(replica, event.id), mirror, end: 'again' }
  return { replica: { ...replica, attempt: { ...attempt, missingIn: context.runId } }, mirror, end: 'later' }
}

/** There. Where we did not know of it: our copy, created by an attempt that was never answered. */
function whenFound(replica: Replica, found: RemoteEvent, mirror: readonly RecordChange[]): Outcome {
  if (replica.status === 'live') return { replica, mirror, end: 'again' }
  return { replica: { ...replica, status: 'live', remoteId: found.id }, mirror, end: 'again', found }
}

/** Reads the event first where the service would not refuse a write on an old state. */
async function movedOn(step: Step, account: ProviderAccount, context: RunContext): Promise<Fetched | undefined> {
  const current = step.row?.value.event as RemoteEvent
  const [now] = await account.fetch(context.calendar(step.action.calendarId).remoteId, [current.id], context.call)
  if (!now) throw new SyncError('invalid_response', 'The calendar said nothing about the event that was asked for.')
  if (now.type !== 'found') return now
  const same = now.event.revision === current.revision && sameContent(now.event.content, current.content)
  return same ? undefined : now
}

/** The service confirmed a write. What it shows is believed; where it shows nothing, we look before we believe. */
function wrote(replica: Replica, written: Written, step: Step, context: RunContext): Outcome {
  const { calendarId } = step.action
  context.silences.delete(calendarId)
  const sent = replica.attempt as Attempt
  const known = { ...replica, remoteId: written.id as RemoteId }
  if (!written.shown) {
    context.unseen.add(calendarId)
    return {
      replica: { ...known, attempt: { ...sent, confirmed: revisionOf(written.revision) } },
      mirror: [],
      end: 'done',
    }
  }
  const { shown } = written
  const { attempt: _settled, mayStillGo, ...rest } = known
  const generation = step.row?.value.generation ?? context.calendar(calendarId).pull.generation
  const observed: Observed = { calendarId, remoteId: shown.id, generation, ...revisionOf(shown.revision), event: shown }
  const rendered = sent.fields.filter((field) => !sameField(field, shown.content, sent.content))
  // What we did not write and yet differs was changed by somebody in between: it stays to be read as an edit.
  const agreed = { ...(replica.agreed ?? shown.content), ...pick(shown.content, sent.fields) }
  return {
    replica: {
      ...rest,
      agreed,
      history: historyAfter(replica, agreed),
      standsFor: {
        ...Object.fromEntries(
          Object.entries(replica.standsFor).filter(([name]) => !sent.fields.includes(name as never)),
        ),
        ...pick(sent.content, rendered),
      },
      changedAt: shown.stamps.updated === null ? replica.changedAt : Date.parse(shown.stamps.updated),
      ...revisionOf(shown.revision),
      ...(mayStillGo && shown.revision === undefined ? { mayStillGo } : {}),
    },
    mirror: [put('observed', observed, step.row?.version ?? 0), ...tidings(calendarId, shown.id, 'shown', context)],
    end: sameContent(agreed, shown.content) ? 'done' : 'again',
  }
}

function pick(content: EventContent, names: readonly Field[]): Partial<EventContent> {
  return Object.fromEntries(names.map((name) => [name, content[name]]))
}

function refused(replica: Replica, error: unknown, context: RunContext): Outcome {
  if (!isSyncError(error)) throw error
  if (stopsCalendar(replica.calendarId, error, context)) block(replica.calendarId, error, context)
  const failed = { ...uncertain(replica, mayHaveLanded(error)), failure: failureOf(error, context.engine.now()) }
  return { replica: failed, mirror: [], end: 'failed', error }
}

/** Failures that are about the calendar and not about one event; a service that is silent three times in a row is down. */
function stopsCalendar(calendarId: CalendarId, error: SyncError, { silences }: RunContext): boolean {
  if (error.remedy === 'reauthorize' || calendarWide.has(error.code)) return true
  if (!silent.has(error.code)) return false
  const inARow = (silences.get(calendarId) ?? 0) + 1
  silences.set(calendarId, inARow)
  return inARow >= 3
}

const calendarWide: ReadonlySet<SyncErrorCode> = new Set(['calendar_gone', 'aborted', 'rate_limited'])
const silent: ReadonlySet<SyncErrorCode> = new Set(['unavailable', 'timeout', 'invalid_response'])

/** Keeps the evidence of an attempt only where it may have landed. */
function uncertain(replica: Replica, mayBe: boolean): Replica {
  if (mayBe) return replica
  const { attempt: _cleared, ...rest } = replica
  return rest
}

function again(replica: Replica): Outcome {
  return { replica, mirror: [], end: 'again' }
}

function tellsOrigin(event: SyncedEvent, replica: Replica, account: ProviderAccount, context: RunContext): boolean {
  const member = context.group.members.find(({ calendarId }) => calendarId === replica.calendarId)
  return member !== undefined && copyView(member.projection, event, account.capabilities).showsDetails
}

function revisionOf(revision: Revision | undefined): { readonly revision?: Revision } {
  return revision === undefined ? {} : { revision }
}
