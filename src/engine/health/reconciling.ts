import { isSyncError } from '../../errors.js'
import type { Delivery } from '../../model/delivery.js'
import type { Evidence, Subject } from '../../model/evidence.js'
import { healthOf } from '../../model/health-of.js'
import type { GroupId, UserId } from '../../model/ids.js'
import {
  type Notification,
  type NotificationChange,
  notificationId,
  notificationsOf,
  reconciled,
  type Tidings,
} from '../../model/notification.js'
import type { RecordChange } from '../../storage/storage.js'
import { batches } from '../batches.js'
import type { Engine } from '../engine.js'
import { findMany, put, readAll, readPage } from '../records.js'
import { gather } from './evidence.js'

/**
 * Brings the notifications in step with how things are: of one group with its calendars and their accounts, or of
 * everything. Made of what is kept, so nothing is lost with whoever should have told of it. Returns how many are not
 * resolved.
 */
export async function reconcileNotifications(engine: Engine, user: UserId, groupId?: GroupId): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await reconcileOnce(engine, user, groupId)
    } catch (error) {
      if (!isSyncError(error, 'stale_version') || attempt === 3) throw error
    }
  }
}

/** {@link reconcileNotifications} after something that has happened all the same. Undefined: it is to be done once more. */
export async function tellNow(engine: Engine, user: UserId, groupId?: GroupId): Promise<number | undefined> {
  try {
    return await reconcileNotifications(engine, user, groupId)
  } catch (error) {
    if (!isSyncError(error)) throw error
    return undefined
  }
}

/** Writes notifications down, and what people are to be told of them; then tells whoever listens. */
export async function keepChanges(
  engine: Engine,
  user: UserId,
  changes: readonly NotificationChange[],
  versions: ReadonlyMap<string, number>,
): Promise<void> {
  const written = changes.map((change) => ({ changes: recordsOf(change, versions), change }))
  for (const part of batches(written)) {
    await engine.storage.commit(user, { changes: part.flatMap((one) => one.changes) })
    for (const { change } of part) tell(engine, user, change)
  }
}

async function reconcileOnce(engine: Engine, user: UserId, groupId: GroupId | undefined): Promise<number> {
  const scope = { countUpTo: 1, isWhole: false, ...(groupId === undefined ? {} : { groupId }) }
  const evidence = await gather(engine, user, scope)
  const tidings = notificationsOf(healthOf(evidence, { userId: user }))
  const isInScope = groupId === undefined ? () => true : scopeOf(evidence)
  const known = await knownOf(engine, user, tidings)
  const ours = [...known.values()].filter(({ value }) => value.code !== undefined && isInScope(value.about))
  const before = ours.map(({ value }) => value)
  const changes = reconciled(before, tidings, engine.now())
  const versions = new Map(ours.map(({ value, version }) => [value.id, version]))
  if (changes.length > 0) await keepChanges(engine, user, changes, versions)
  await takeBackIfGone(engine, user, changes)
  return tidings.length
}

/** Should the user have been forgotten since all was gathered, nothing of it may stay, and nobody be told. */
async function takeBackIfGone(engine: Engine, user: UserId, changes: readonly NotificationChange[]): Promise<void> {
  const opened = changes.filter(({ what }) => what === 'opened')
  if (opened.length === 0) return
  if ((await readPage(engine.storage, user, 'connection', { limit: 1 })).items.length > 0) return
  const taken = opened.map(({ notification: { id } }) => ({
    changes: (['notification', 'delivery'] as const).map((collection) => ({ op: 'remove', collection, id }) as const),
  }))
  for (const part of batches(taken)) await engine.storage.commit(user, { changes: part.flatMap((one) => one.changes) })
}

/** All that are not resolved, and those that are and may come back. */
async function knownOf(engine: Engine, user: UserId, tidings: readonly Tidings[]) {
  const known = await findMany(engine.storage, user, 'notification', tidings.map(notificationId))
  for await (const page of readAll(engine.storage, user, 'notification', { index: 'open' }))
    for (const one of page) known.set(one.value.id, one)
  return known
}

function scopeOf({ groups, calendars, connections }: Evidence): (about: Subject) => boolean {
  const ids = {
    user: new Set<string>(),
    connection: new Set<string>(),
    calendar: new Set<string>(),
    group: new Set<string>(),
  }
  for (const { group } of groups) ids.group.add(group.id)
  for (const { calendar } of calendars) ids.calendar.add(calendar.id)
  for (const { id } of connections) ids.connection.add(id)
  return ({ kind, id }) => ids[kind].has(id)
}

function recordsOf(
  { notification, what }: NotificationChange,
  versions: ReadonlyMap<string, number>,
): readonly RecordChange[] {
  const { id } = notification
  const kept = put('notification', notification, versions.get(id) ?? 0)
  if (what === 'opened') return [kept, put('delivery', deliveryOf(notification))]
  // What is over before a person was told of it needs nobody to be told.
  return what === 'resolved' ? [kept, { op: 'remove', collection: 'delivery', id }] : [kept]
}

function deliveryOf({ id, episode, kind, openedAt }: Notification): Delivery {
  return { notificationId: id, episode, kind, since: openedAt, attempts: 0, notBefore: openedAt }
}

function tell(engine: Engine, user: UserId, { notification: { id, kind }, what }: NotificationChange): void {
  if (what === 'updated') return
  const type = what === 'opened' ? 'notification.opened' : 'notification.resolved'
  engine.tell(user, { type, notificationId: id, kind })
}
