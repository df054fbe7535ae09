import type { EventContent } from '../model/content.js'
import { contentDigest, sameContent } from '../model/equality.js'
import { digest } from '../model/hash.js'
import type { CalendarId, CreateKey, EventId, Uid, UserId } from '../model/ids.js'
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

/**
 * A copy that we removed while its event lives on. One that was taken back stays away; one whose event does not fit its
 * calendar any more comes back when it does, under an identity that was never used.
 */
export function takenAway(replica: Replica, eventId: EventId): Replica {
  if (replica.withdrawn) return { ...closed(replica, 'detached'), withdrawn: true }
  return absentReplica(eventId, replica.calendarId, replica.incarnation + 1)
}

/** The same copy, not made yet, under another identity; one that was taken back stays so. */
export function anew(replica: Replica, eventId: EventId): Replica {
  return unmade(replica, eventId, replica.incarnation + 1)
}

/** The same copy, to be made once more under the same identity. What it would have said is known, should it land yet. */
export function onceMore(replica: Replica, eventId: EventId): Replica {
  const { attempt, history, incarnation } = replica
  const fresh = unmade(replica, eventId, incarnation)
  return attempt ? { ...fresh, history: remembering(attempt.content, history) } : fresh
}

function unmade({ calendarId, withdrawn }: Replica, eventId: EventId, incarnation: number): Replica {
  const fresh = absentReplica(eventId, calendarId, incarnation)
  return withdrawn ? { ...fresh, withdrawn: true } : fresh
}

/** The digests of what a copy said before, and of one content more; the oldest are let go. */
export function remembering(content: EventContent, history: readonly string[]): readonly string[] {
  return [contentDigest(content), ...history].slice(0, 8)
}

/** The event lives again: every copy that was removed is due anew, under an identity that was never used. */
export function revived(event: SyncedEvent): SyncedEvent {
  const replicas = Object.values(event.replicas).map((replica) =>
    replica.status === 'removed' ? absentReplica(event.id, replica.calendarId, replica.incarnation + 1) : replica,
  )
  return { ...event, state: 'live', replicas: byCalendar(replicas) }
}

/**
 * The event with what a person wants of it, to be merged by the next sync. What was wanted before and still waits is
 * added to, and not replaced.
 */
export function withProposal(
  event: SyncedEvent,
  wanted: (content: EventContent) => EventContent,
  by: UserId,
  at: number,
): SyncedEvent {
  const { proposal, ...rest } = event
  const base = proposal?.base ?? event.content
  const content = wanted(proposal?.content ?? event.content)
  return sameContent(base, content) ? rest : { ...rest, proposal: { base, content, by, at } }
}

/** Replicas as an event keeps them. */
export function byCalendar(replicas: readonly Replica[]): Readonly<Record<string, Replica>> {
  return Object.fromEntries(replicas.map((replica) => [replica.calendarId, replica]))
}

/**
 * An event of its own made of one side of a conflict. It was born where the first one was; guests stay with that one.
 *
 * @param name - tells it from every other event that was made beside this one
 */
export function eventBeside(event: SyncedEvent, content: EventContent, name: string): SyncedEvent {
  const id = digest('beside', event.id, name) as EventId
  return {
    id,
    groupId: event.groupId,
    origin: event.origin,
    uid: id as string as Uid,
    content: { ...content, attendees: [], organizer: null },
    state: 'live',
    provenance: {},
    weak: [],
    replicas: {},
    due: 0,
    attempts: 0,
    kin: { how: 'both', eventId: event.id },
  }
}
