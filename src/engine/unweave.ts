import { SyncError } from '../errors.js'
import { absentReplica, byCalendar } from '../merge/replica.js'
import type { GroupId, UserId } from '../model/ids.js'
import type { Replica, SyncedEvent } from '../model/synced-event.js'
import { below, type Collection, type RecordChange } from '../storage/storage.js'
import { batches } from './batches.js'
import type { RunContext, TracedLimits } from './context.js'
import type { Engine } from './engine.js'
import { settingNote, settingsOf } from './notes.js'
import { answered, noticesOf } from './notices.js'
import { drop, put, readAll, under, type Versioned } from './records.js'
import { dropWhole } from './retention.js'
import { lookAndMatch, withContext } from './run.js'
import { settleDue } from './settle.js'

/** Ends a group: takes our copies away where that is wanted, and forgets everything that is known of it. */
export async function unweave(
  engine: Engine,
  user: UserId,
  groupId: GroupId,
  copies: 'keep' | 'remove',
  limits: TracedLimits,
): Promise<void> {
  const isDone = await withContext(engine, user, groupId, limits, async (context) => {
    if (copies === 'remove') await removeCopies(context)
    await forget(context)
    return true
  })
  if (!isDone)
    throw new SyncError('unavailable', 'This group is being synced right now. Ask again when that has ended.')
}

/**
 * Every copy that we wrote is taken out; what people changed in it goes to where the event was made in the same step.
 * Nothing is forgotten before all of that has arrived.
 */
async function removeCopies(context: RunContext): Promise<void> {
  const isSeen = await lookAndMatch(context)
  if (isSeen) await takeOut(context)
  let left = await openEvents(context)
  // A copy into which somebody typed what nobody else can show outlives an undo; the end of its group it does not.
  if (isSeen && left > 0) {
    await takeOut(context)
    left = await openEvents(context)
  }
  if (left > 0)
    throw new SyncError(
      'unavailable',
      `The copies of ${left} events could not be removed now: a calendar is not answering, or they wait for a person. The group is still there; ask again.`,
    )
}

async function takeOut(context: RunContext): Promise<void> {
  for await (const page of eventsOf(context))
    for (const part of batches(page.map(({ value, version }) => ({ changes: withdrawn(value, version, context) }))))
      await context.commit(part.flatMap(({ changes }) => changes))
  await settleDue(context)
}

/** How many events are not as they should be in the end. */
async function openEvents(context: RunContext): Promise<number> {
  let open = 0
  for await (const page of eventsOf(context))
    open += page.filter(({ value }) => isOpen(value, context.engine.now())).length
  return open
}

function eventsOf(context: RunContext): AsyncGenerator<readonly Versioned<SyncedEvent>[]> {
  return readAll(context.storage, context.user, 'event', under(context.group.id))
}

/** Also where there is no copy yet: none is made now. */
function withdrawn(event: SyncedEvent, version: number, { group }: RunContext): readonly RecordChange[] {
  if (event.state === 'removed') return []
  const marked = group.members.flatMap(({ calendarId }): Replica[] => {
    const replica = event.replicas[calendarId] ?? absentReplica(event.id, calendarId, 0)
    const isCopy = !replica.native && !replica.withdrawn && (replica.status === 'live' || replica.status === 'absent')
    return isCopy ? [{ ...replica, withdrawn: true }] : []
  })
  if (marked.length === 0) return []
  return [put('event', { ...event, replicas: { ...event.replicas, ...byCalendar(marked) }, due: 0 }, version)]
}

/** Whether a copy is still there or in doubt, or something that a person said has not arrived everywhere. */
function isOpen({ replicas, due, failure }: SyncedEvent, now: number): boolean {
  const isLeft = Object.values(replicas).some(
    ({ status, native, attempt }) => (status === 'live' && !native) || (attempt && !attempt.confirmed),
  )
  return isLeft || (due !== null && (due <= now || failure !== undefined))
}

/** In this order, so that what is cut off can be called again: the group itself goes last. */
const kept: readonly Collection[] = ['inbox', 'event', 'run', 'journal']

async function forget(context: RunContext): Promise<void> {
  const { storage, user, group, engine } = context
  await answered(await noticesOf(context), context)
  for await (const page of eventsOf(context)) {
    const bindings = page.flatMap(({ value: { id: eventId, replicas } }) =>
      Object.values(replicas).flatMap(({ calendarId, remoteId }) =>
        remoteId ? [drop('replica', { groupId: group.id, calendarId, remoteId, eventId })] : [],
      ),
    )
    for (let start = 0; start < bindings.length; start += 900) await context.commit(bindings.slice(start, start + 900))
  }
  for await (const page of readAll(storage, user, 'conflict', { index: 'event', ...under(group.id) }))
    await context.commit(page.map(({ value }) => drop('conflict', value)))
  for (const collection of kept) await forgetAll(collection, context)
  await dropWhole(engine, user, group.id, () => context.lease.fresh())
  await context.commit([
    ...group.members.map(({ calendarId }) => drop('membership', { groupId: group.id, calendarId, seeded: true })),
    { op: 'remove', collection: 'pulse', id: group.id },
    drop('group', group),
    settingNote({ action: 'group.removed', groupId: group.id, before: settingsOf(group), after: null }, user, engine),
  ])
}

async function forgetAll(collection: Collection, context: RunContext): Promise<void> {
  const { storage, user, group } = context
  while (true) {
    const { records } = await storage.list(user, collection, { ...below(group.id), limit: 900 })
    if (records.length === 0) return
    await context.commit(records.map(({ id }) => ({ op: 'remove', collection, id })))
  }
}
