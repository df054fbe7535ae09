import { absentReplica } from '../merge/replica.js'
import type { EventContent } from '../model/content.js'
import { digest } from '../model/hash.js'
import type { CalendarId, EventId, RemoteId } from '../model/ids.js'
import type { Origin } from '../model/origin.js'
import type { Replica, SyncedEvent } from '../model/synced-event.js'
import type { RemoteEvent } from '../providers/provider.js'
import type { RunContext } from './context.js'

/** Whether an event has nothing in a calendar, and nothing on its way there. */
export function lacksReplica(event: SyncedEvent, calendarId: CalendarId): boolean {
  const replica = event.replicas[calendarId]
  return !replica || (replica.status === 'absent' && !replica.attempt)
}

/** The replica of what a person made in a calendar, under an incarnation of its own. */
export function nativeReplica(event: SyncedEvent, calendarId: CalendarId, seen: RemoteEvent): Replica {
  const incarnation = (event.replicas[calendarId]?.incarnation ?? -1) + 1
  return { ...absentReplica(event.id, calendarId, incarnation), status: 'live', native: true, remoteId: seen.id }
}

/** An event with one of its replicas as it is now. */
export function withReplica(event: SyncedEvent, replica: Replica): SyncedEvent {
  return { ...event, replicas: { ...event.replicas, [replica.calendarId]: replica } }
}

/** The id of an event that is born in this calendar: the same for every worker and after every loss of memory. */
export function mintedId({ group }: RunContext, calendarId: CalendarId, remoteId: RemoteId): EventId {
  return digest('event', group.id, calendarId, remoteId) as EventId
}

/** An event that was not known before. */
export function newEvent(
  context: RunContext,
  id: EventId,
  origin: Origin,
  content: EventContent,
  replicas: SyncedEvent['replicas'],
): SyncedEvent {
  return {
    id,
    groupId: context.group.id,
    origin,
    uid: origin.uid,
    content,
    state: 'live',
    provenance: {},
    weak: [],
    replicas,
    due: 0,
    attempts: 0,
  }
}
