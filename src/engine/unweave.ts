import { SyncError } from '../errors.js'
import type { GroupId, UserId } from '../model/ids.js'
import type { SyncedEvent } from '../model/synced-event.js'
import { below, type Collection } from '../storage/storage.js'
import type { RunContext, RunLimits } from './context.js'
import type { Engine } from './engine.js'
import { drop, put, readAll, under, type Versioned } from './records.js'
import { lookAndMatch, withContext } from './run.js'
import { settleDue } from './settle.js'

/** Ends a group: takes our copies away where that is wanted, and forgets everything that is known of it. */
export async function unweave(
  engine: Engine,
  user: UserId,
  groupId: GroupId,
  copies: 'keep' | 'remove',
  limits: RunLimits,
): Promise<void> {
  const isDone = await withContext(engine, user, groupId, limits, async (context) => {
    if (copies === 'remove') await removeCopies(context)
    await forget(context)
    return true
  })
  if (!isDone)
    throw new SyncError('unavailable', 'This group is being synced right now. Ask again when that has ended.')
}

/** What people changed in the copies is taken up first; then every copy that we wrote is taken out. */
async function removeCopies(context: RunContext): Promise<void> {
  await lookAndMatch(context)
  await settleDue(context)
  for await (const page of eventsOf(context))
    await context.commit(page.flatMap(({ value, version }) => withdrawn(value, version)))
  await settleDue(context)
  let left = 0
  for await (const page of eventsOf(context)) left += page.flatMap(({ value }) => copiesOf(value)).length
  if (left > 0)
    throw new SyncError(
      'unavailable',
      `${left} copies could not be removed now: a calendar is not answering, or their events wait for a person. The group is still there; ask again.`,
    )
}

function eventsOf(context: RunContext): AsyncGenerator<readonly Versioned<SyncedEvent>[]> {
  return readAll(context.storage, context.user, 'event', under(context.group.id))
}

function withdrawn(event: SyncedEvent, version: number) {
  const copies = copiesOf(event)
  if (copies.length === 0) return []
  const marked = copies.map((replica) => [replica.calendarId, { ...replica, withdrawn: true as const }])
  return [put('event', { ...event, replicas: { ...event.replicas, ...Object.fromEntries(marked) }, due: 0 }, version)]
}

function copiesOf({ replicas }: SyncedEvent) {
  return Object.values(replicas).filter(({ status, native }) => status === 'live' && !native)
}

/** In this order, so that what is cut off can be called again: the group itself goes last. */
const kept: readonly Collection[] = ['inbox', 'event', 'run', 'audit', 'journal']

async function forget(context: RunContext): Promise<void> {
  const { storage, user, group } = context
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
  await context.commit([
    ...group.members.map(({ calendarId }) => drop('membership', { groupId: group.id, calendarId, seeded: true })),
    drop('group', group),
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
