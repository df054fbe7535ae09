import { SyncError } from '../errors.js'
import { type Failure, failureOf } from '../model/failure.js'
import type { CalendarId, ConnectionId, GroupId, UserId } from '../model/ids.js'
import type { Pause } from '../model/pause.js'
import type { Engine } from './engine.js'
import { readAll } from './records.js'

/** All pauses of a user, in one read. */
export async function pausesOf(engine: Engine, user: UserId): Promise<readonly Pause[]> {
  const found: Pause[] = []
  for await (const page of readAll(engine.storage, user, 'pause', {}, mostPauses + 1))
    found.push(...page.map(({ value }) => value))
  return found
}

/** So many are read with one question. */
export const mostPauses = 200

/** Nothing is asked of calendars that are paused, as of any that do not answer. */
export function pausedCalendars(
  pauses: readonly Pause[],
  calendars: Iterable<{ readonly id: CalendarId; readonly connectionId: ConnectionId }>,
  now: number,
): readonly (readonly [CalendarId, Failure])[] {
  const found: (readonly [CalendarId, Failure])[] = []
  for (const { id, connectionId } of calendars) {
    const pause = pauses.find(({ scope }) => {
      if (scope === 'user') return false
      return 'calendar' in scope ? scope.calendar === id : 'connection' in scope && scope.connection === connectionId
    })
    if (pause) found.push([id, failureOf(pausedError('This calendar', pause.reason), now)])
  }
  return found
}

/** @throws SyncError `paused` when the group, or everything of its user, is paused. */
export function refusePaused(pauses: readonly Pause[], group: GroupId): void {
  const pause = pauses.find(({ scope }) => scope === 'user' || ('group' in scope && scope.group === group))
  if (pause) throw pausedError(pause.scope === 'user' ? 'Everything of this user' : 'This group', pause.reason)
}

function pausedError(what: string, reason: string): SyncError {
  return new SyncError('paused', `${what} is paused (${reason}). It goes on when that pause is cleared.`, { reason })
}
