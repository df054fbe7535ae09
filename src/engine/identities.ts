import type { Targets } from '../merge/plan.js'
import { absentReplica, anew } from '../merge/replica.js'
import type { CalendarId, RemoteId } from '../model/ids.js'
import type { Replica, SyncedEvent } from '../model/synced-event.js'
import type { ProviderAccount } from '../providers/provider.js'
import type { RunContext } from './context.js'
import { lacksReplica, withReplica } from './new-event.js'
import { bindingId, find, findMany, type Versioned } from './records.js'

/**
 * The same events, none of which is about to make a copy under an identity that stands for something else. After a
 * storage was lost, a copy may be given up before its own event is seen again: made under the same identity, the new one
 * would be removed with it.
 */
export async function underFreeIdentities(
  items: readonly Versioned<SyncedEvent>[],
  places: Places,
  context: RunContext,
): Promise<readonly Versioned<SyncedEvent>[]> {
  const planned = items.flatMap(({ value }) => copiesToMake(value, places, context))
  const bindings = await findMany(
    context.storage,
    context.user,
    'replica',
    planned.map(({ id }) => id),
  )
  const taken = planned.filter(({ id, event }) => (bindings.get(id)?.value.eventId ?? event.id) !== event.id)
  if (taken.length === 0) return items
  const renamed = new Map<SyncedEvent, SyncedEvent>()
  for (const { event, replica } of taken) {
    renamed.set(event, withReplica(renamed.get(event) ?? event, anew(replica, event.id)))
  }
  const again = items.map(({ value, version }) => ({ value: renamed.get(value) ?? value, version }))
  return underFreeIdentities(again, places, context)
}

/** Whether what a service holds under an id is known as another event's. */
export async function isOfAnother(
  event: SyncedEvent,
  calendarId: CalendarId,
  remoteId: RemoteId,
  { storage, user, group }: RunContext,
): Promise<boolean> {
  const binding = await find(storage, user, 'replica', bindingId(calendarId, remoteId, group.id))
  return binding !== undefined && binding.value.eventId !== event.id
}

/** Where copies are made. */
interface Places {
  readonly targets: Targets
  readonly accounts: ReadonlyMap<CalendarId, ProviderAccount>
}

interface Planned {
  readonly event: SyncedEvent
  readonly replica: Replica
  /** Of the binding that the copy would have. */
  readonly id: string
}

function copiesToMake(event: SyncedEvent, { accounts, targets }: Places, context: RunContext): Planned[] {
  return [...accounts].flatMap(([calendarId, account]) => {
    if (event.state !== 'live' || !targets.get(calendarId)?.writable || !lacksReplica(event, calendarId)) return []
    const replica = event.replicas[calendarId] ?? absentReplica(event.id, calendarId, 0)
    const id = account.idFor(context.calendar(calendarId).remoteId, replica.key)
    return id === undefined ? [] : [{ event, replica, id: bindingId(calendarId, id, context.group.id) }]
  })
}
