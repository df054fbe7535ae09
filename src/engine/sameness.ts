import type { CalendarId } from '../model/ids.js'
import { goesOn, seriesRoot } from '../model/split.js'
import type { Kin, Replica, SyncedEvent } from '../model/synced-event.js'
import { toInstant } from '../model/time.js'
import type { RemoteEvent } from '../providers/provider.js'
import { fingerprint } from './fingerprint.js'
import type { MatchPage } from './match-page.js'
import { lacksReplica, withReplica } from './new-event.js'
import { type Arrival, arrivalId, find, observedId, put, type Versioned } from './records.js'

/** When an event that a person made is one that is known already: moved, received twice, or the rest of a series. */

/**
 * The same event under another id: a server that moved it, or a person who took it out and put it back. Its old id is
 * proven to be gone, and its UID is the same.
 */
export async function findMoved(
  seen: RemoteEvent,
  calendarId: CalendarId,
  page: MatchPage,
): Promise<{ readonly event: SyncedEvent; readonly replica: Replica } | undefined> {
  const { storage, user, group } = page.context
  for (const event of await page.findBy('uid', seen.uid, ({ uid }) => uid === seen.uid)) {
    const replica = event.replicas[calendarId]
    if (replica?.status !== 'live' || !replica.native || replica.remoteId === undefined) continue
    const { gone, ...present } = replica
    const waiting = await find(storage, user, 'inbox', arrivalId(group.id, calendarId, replica.remoteId))
    const isGone = gone || (waiting?.value.change === 'gone' && !waiting.value.confirm)
    if (isGone) return { event, replica: { ...present, remoteId: seen.id, putBack: true } }
  }
  return undefined
}

/** The same meeting in another calendar: same UID, or, while a group is first woven, the same title and time. */
export async function findTwin(
  seen: RemoteEvent,
  calendarId: CalendarId,
  page: MatchPage,
): Promise<SyncedEvent | undefined> {
  const isFree = (event: SyncedEvent) => event.state !== 'removed' && lacksReplica(event, calendarId)
  const twin = await findMeeting(seen, page, isFree)
  if (twin) return twin
  if (seen.readOnly || page.context.group.baseline === 'done') return undefined
  const print = fingerprint(seen.content)
  const alike = (await page.findBy('fingerprint', print, ({ content }) => fingerprint(content) === print)).filter(
    (event) => isFree(event) && Object.values(event.replicas).some(({ native }) => native),
  )
  return alike.length === 1 ? alike[0] : undefined
}

/** The same meeting, all of whose copies were removed: restored by a person, or received once more. */
export async function findRemoved(seen: RemoteEvent, page: MatchPage): Promise<SyncedEvent | undefined> {
  return findMeeting(seen, page, ({ state }) => state === 'removed')
}

/** The same meeting again, received here after we had put a copy of it: both would stand in this calendar. */
export async function findCovered(
  seen: RemoteEvent,
  calendarId: CalendarId,
  page: MatchPage,
): Promise<SyncedEvent | undefined> {
  return findMeeting(seen, page, ({ state, replicas }) => {
    const replica = replicas[calendarId]
    return state !== 'removed' && replica !== undefined && !(replica.native && replica.status === 'live')
  })
}

/** The first event of this UID, among those that match, that is the same meeting. */
async function findMeeting(
  seen: RemoteEvent,
  page: MatchPage,
  matches: (event: SyncedEvent) => boolean,
): Promise<SyncedEvent | undefined> {
  for (const event of await page.findBy('uid', seen.uid, (one) => one.uid === seen.uid && matches(one)))
    if (await isSameMeeting(event, seen, page)) return event
  return undefined
}

/**
 * An invitation to single occurrences, which may not be written, shares its UID with the series and is not the series;
 * nor are two of them the same. Everything else of one UID is, whatever became of it in one of the calendars.
 */
async function isSameMeeting({ content, origin }: SyncedEvent, seen: RemoteEvent, page: MatchPage): Promise<boolean> {
  const isSeries = content.recurrence !== null
  const isAlike = isSeries || toInstant(content.time.start) === toInstant(seen.content.time.start)
  if (isAlike && isSeries === (seen.content.recurrence !== null)) return true
  if (seen.readOnly) return false
  const { storage, user } = page.context
  const born = await find(storage, user, 'observed', observedId(origin.calendarId, origin.remoteId))
  return born?.value.event?.readOnly !== true
}

/**
 * The same meeting in two calendars of one account may be one that a person moved. Learnt too late, its removal from
 * the first calendar would be taken for the end of the meeting; so both are asked for before they become one.
 * Undefined: not answered yet.
 */
export async function askedNextDoor(
  event: SyncedEvent,
  { value: arrival, version }: Versioned<Arrival>,
  page: MatchPage,
): Promise<SyncedEvent | undefined> {
  const { calendarId } = arrival
  const account = (id: CalendarId) => page.context.calendars.get(id)?.connectionId
  let known = event
  for (const replica of Object.values(event.replicas)) {
    const isNative = replica.native && replica.status === 'live' && !replica.gone
    if (!isNative || replica.calendarId === calendarId || account(replica.calendarId) !== account(calendarId)) continue
    // Which of the two it was moved from is not known either.
    const isGone = arrival.confirmed ? await page.isGone(replica) : undefined
    if (isGone) known = withReplica(known, { ...replica, gone: true })
    if (isGone !== undefined) continue
    page.write(put('inbox', arrival.confirmed ? arrival : { ...arrival, confirm: true }, version))
    return undefined
  }
  return known
}

/** The series that a new one is the rest of, when a person changed it from one occurrence on. */
export async function kinOf(seen: RemoteEvent, calendarId: CalendarId, page: MatchPage): Promise<Kin | undefined> {
  const { content, mark } = seen
  if (!content.recurrence) return undefined
  // A copy that was split carries its mark over to both halves.
  const marked = mark?.groupId === page.context.group.id ? await page.find(mark.eventId) : undefined
  const root = seriesRoot(content)
  const alike = await page.findBy('series', root, (event) => seriesRoot(event.content) === root)
  const first = [...(marked ? [marked] : []), ...alike].find(
    (event) => event.replicas[calendarId]?.status === 'live' && goesOn(event.content, content),
  )
  return first && { how: 'split', eventId: first.id }
}
