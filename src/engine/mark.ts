import { keyedDigest } from '../model/hash.js'
import type { CalendarId } from '../model/ids.js'
import type { Mark, Origin, ToldOrigin } from '../model/origin.js'
import type { Replica, SyncedEvent } from '../model/synced-event.js'
import type { RemoteEvent } from '../providers/provider.js'

/** The stamp for a copy. A copy that shows no details does not tell where they are, either. */
export function markFor(event: SyncedEvent, replica: Replica, secret: string, tellsOrigin: boolean): Mark {
  const named = {
    groupId: event.groupId,
    eventId: event.id,
    calendarId: replica.calendarId,
    incarnation: replica.incarnation,
    key: replica.key,
    ...(tellsOrigin ? { origin: toldOrigin(event.origin) } : {}),
  }
  return { ...named, signature: signature(named, secret) }
}

function toldOrigin({ initiatedBy: _private, ...told }: Origin): ToldOrigin {
  return told
}

/**
 * What a mark inside an event is worth.
 *
 * - `ours`: this very copy was written by an installation with our secret
 * - `copied`: the mark belongs to another event; a person copied that one, and this is an event of its own
 * - `elsewhere`: ours, but written into another calendar: a person moved it here, or calendars have new names
 * - `foreign`: a copy written by another installation: never a source
 */
export type MarkJudgement = 'none' | 'ours' | 'elsewhere' | 'copied' | 'foreign'

/** Judges the mark inside an event that stands in this calendar. */
export function judgeMark(event: RemoteEvent, calendarId: CalendarId, secret: string): MarkJudgement {
  const { mark, key } = event
  if (!mark) return 'none'
  if (key === undefined || key !== mark.key) return 'copied'
  if (mark.signature !== signature(mark, secret)) return 'foreign'
  return mark.calendarId === calendarId ? 'ours' : 'elsewhere'
}

function signature(mark: Omit<Mark, 'signature'>, secret: string): string {
  const { groupId, eventId, calendarId, incarnation, key, origin } = mark
  const told = origin
    ? [
        origin.provider,
        origin.calendarId,
        origin.calendarName,
        origin.remoteId,
        origin.uid,
        String(origin.firstSyncedAt),
      ]
    : []
  return keyedDigest(secret, groupId, eventId, calendarId, String(incarnation), key, ...told)
}
