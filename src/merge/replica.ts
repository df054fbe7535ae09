import { digest } from '../model/hash.js'
import type { CalendarId, CreateKey, EventId } from '../model/ids.js'
import type { Replica, SyncedEvent } from '../model/synced-event.js'

/** A replica that should be there and is not yet. */
export function absentReplica(eventId: EventId, calendarId: CalendarId, incarnation: number): Replica {
  return {
    calendarId,
    status: 'absent',
    native: false,
    incarnation,
    key: createKey(eventId, calendarId, incarnation),
    standsFor: {},
    changedAt: null,
    history: [],
    quirks: [],
    unanswered: [],
    rewrites: 0,
  }
}

/** The key that a copy is created under. Everything that has to be found again is derived from it. */
export function createKey(eventId: EventId, calendarId: CalendarId, incarnation: number): CreateKey {
  return digest('copy', eventId, calendarId, String(incarnation)) as CreateKey
}

/** A replica that is no longer there. What it showed is forgotten; its incarnation is not. */
export function closed(replica: Replica, status: 'removed' | 'detached'): Replica {
  const { calendarId, native, incarnation, key } = replica
  return {
    calendarId,
    status,
    native,
    incarnation,
    key,
    standsFor: {},
    changedAt: null,
    history: [],
    quirks: replica.quirks,
    unanswered: [],
    rewrites: 0,
  }
}

/** The event lives again: every copy that was removed is due anew, under an identity that was never used. */
export function revived(event: SyncedEvent): SyncedEvent {
  const replicas = Object.values(event.replicas).map((replica) =>
    replica.status === 'removed' ? absentReplica(event.id, replica.calendarId, replica.incarnation + 1) : replica,
  )
  return { ...event, state: 'live', replicas: byCalendar(replicas) }
}

/** Replicas as an event keeps them. */
export function byCalendar(replicas: readonly Replica[]): Readonly<Record<string, Replica>> {
  return Object.fromEntries(replicas.map((replica) => [replica.calendarId, replica]))
}
