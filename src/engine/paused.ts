import { isSyncError, SyncError } from '../errors.js'
import { type Failure, failureOf } from '../model/failure.js'
import type { SyncGroup } from '../model/group.js'
import type { CalendarId, ConnectionId, GroupId, UserId } from '../model/ids.js'
import type { Pause } from '../model/pause.js'
import type { Engine } from './engine.js'
import { find, put, readAll } from './records.js'

/** The pauses that may hold for a group; without a read where none ever did. */
export async function pausesOf(engine: Engine, user: UserId, { wasPaused }: SyncGroup): Promise<readonly Pause[]> {
  return wasPaused ? allPausesOf(engine, user) : []
}

/**
 * Has the runs of these groups ask for pauses from now on. Never taken back: whoever found that nothing is paused any more
 * could meet somebody who pauses at that moment.
 */
export async function concern(engine: Engine, user: UserId, groupIds: readonly GroupId[]): Promise<void> {
  for (const groupId of groupIds)
    for (let attempt = 1; ; attempt++) {
      const group = await find(engine.storage, user, 'group', groupId)
      if (!group || group.value.wasPaused) break
      try {
        const changes = [put('group', { ...group.value, wasPaused: true }, group.version)]
        await engine.storage.commit(user, { changes })
        break
      } catch (error) {
        // A sync wrote to the group at the same moment.
        if (!isSyncError(error, 'stale_version') || attempt === 5) throw error
      }
    }
}

/** All pauses of a user, in one read. */
export async function allPausesOf(engine: Engine, user: UserId): Promise<readonly Pause[]> {
  const found: Pause[] = []
  for await (const page of readAll(engine.storage, user, 'pause', {}, mostPauses + 1))
    found.push(...page.map(({ value }) => value))
  return found
}

/** So many are read with one question. */
const mostPauses = 200

/** @throws SyncError `invalid_input` when there is no room for another one. */
export function refuseTooMany(pauses: readonly Pause[]): void {
  if (pauses.length >= mostPauses)
    throw new SyncError('invalid_input', `There are ${mostPauses} pauses already. Pause a connection, or the user.`)
}

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
