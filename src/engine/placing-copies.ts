import { contentOfCopy } from '../mapping/projection.js'
import { baseOf } from '../merge/absorb.js'
import { occurrenceIn, partNamed, partOf } from '../merge/parts.js'
import { absentReplica, closed, revived } from '../merge/replica.js'
import { digest } from '../model/hash.js'
import type { CalendarId, EventId, Uid } from '../model/ids.js'
import type { Mark, Origin } from '../model/origin.js'
import type { Replica, SyncedEvent } from '../model/synced-event.js'
import type { RemoteEvent } from '../providers/provider.js'
import { adoption } from './ledger.js'
import type { MatchPage } from './match-page.js'
import { lacksReplica, nativeReplica, newEvent, withReplica } from './new-event.js'
import { type Arrival, find, put, type Versioned } from './records.js'

/** A copy that we wrote and have no record of: after a crash, or with a new database. */
export async function placeCopy(
  seen: RemoteEvent,
  arrival: Versioned<Arrival>,
  mark: Mark,
  page: MatchPage,
): Promise<void> {
  const { calendarId } = arrival.value
  if (mark.groupId !== page.context.group.id || mark.calendarId !== calendarId)
    return placeStray(seen, calendarId, mark, page)
  const event = (await page.find(mark.eventId)) ?? (await lostPart(mark, page))
  if (!event) {
    if (partNamed(mark.eventId) || (await placeByUid(seen, calendarId, mark, page))) return
    // The same meeting may be known from another calendar by now, and stand here without this copy.
    const same = (await page.ofUid(mark.origin?.uid)).find((one) => one.replicas[calendarId]?.status === 'live')
    if (same) return await giveUp(same, writtenCopy(mark, seen), page)
    rebuild(seen, calendarId, mark, page)
    if (mark.origin) await page.recallTwins(mark.origin.uid)
    return
  }
  const replica = event.replicas[calendarId] ?? absentReplica(event.id, calendarId, mark.incarnation)
  if (replica.native && replica.status === 'live' && replica.remoteId !== seen.id) {
    // A person's own event stands here for it: what we wrote is one too many.
    const isGone = await page.isGone(replica)
    if (isGone === undefined) return page.write(put('inbox', arrival.value, arrival.version))
    if (!isGone) return await giveUp(event, writtenCopy(mark, seen), page)
  }
  // An older incarnation is a ghost: that copy was given up. Where it is there all the same beside the newer one that
  // stands for the event, it is one too many.
  if (mark.incarnation < replica.incarnation) {
    const isThere = arrival.value.confirmed === true && replica.status !== 'detached'
    return isThere ? await giveUp(event, writtenCopy(mark, seen), page) : undefined
  }
  const isOtherCopy = replica.status === 'live' && replica.remoteId !== seen.id
  if (isOtherCopy && mark.key === replica.key) {
    // Under another id: moved, by a person or by the service, if it is not where it was. Else left alone.
    const isMoved = await page.isGone(replica)
    if (isMoved === undefined) page.write(put('inbox', arrival.value, arrival.version))
    if (!isMoved) return
  }
  const { gone: _gone, withdrawn: _takenBack, ...known } = replica
  const isRestored = replica.status === 'removed' && event.state !== 'live'
  const adopted: Replica = {
    ...(mark.key === replica.key ? known : absentReplica(event.id, calendarId, mark.incarnation)),
    status: 'live',
    native: false,
    remoteId: seen.id,
    ...(isOtherCopy ? { putBack: true } : {}),
  }
  // A create that lands after its event was removed is removed as well.
  const late: SyncedEvent = event.state === 'removed' ? { ...event, state: 'removing' } : event
  const whole = firstSeen(isRestored ? revived(withReplica(event, adopted)) : late, mark)
  page.bind(whole, calendarId, seen, adopted)
  page.write(adoption(whole, calendarId, seen, page.context))
  // We made one meanwhile, because a listing did not show this one; or took another event's for it, by their UID.
  if (isOtherCopy && mark.key !== replica.key && !replica.native) await giveUp(event, replica, page)
}

/** A person's own event takes the place of our copy. */
export async function takePlace(
  event: SyncedEvent,
  calendarId: CalendarId,
  seen: RemoteEvent,
  page: MatchPage,
): Promise<void> {
  const copy = event.replicas[calendarId] as Replica
  page.bind(event, calendarId, seen, nativeReplica(event, calendarId, seen))
  if (copy.status === 'live' || copy.attempt) await giveUp(event, copy, page)
}

/**
 * A copy of ours that is one too many is removed, as an event of its own: one that says what its copy said last, so that
 * whatever a person typed into it since is known, and kept in the log.
 */
async function giveUp(event: SyncedEvent, copy: Replica, page: MatchPage): Promise<void> {
  const { groupId, origin, attempts } = event
  const { calendarId, remoteId } = copy
  const id = digest('surplus', event.id, calendarId, remoteId ?? copy.key) as EventId
  await page.find(id)
  if (remoteId !== undefined) page.bindTo(id, calendarId, remoteId)
  const known = copy.agreed || copy.attempt ? copy : { ...copy, agreed: event.content }
  const content = baseOf(known) ?? known.attempt?.content ?? event.content
  const surplus = { id, groupId, origin, uid: id as string as Uid, content, provenance: {}, weak: [], replicas: {} }
  page.touch({ ...surplus, state: 'removing', due: 0, attempts }, known)
}

/** One occurrence of a series that stands here by itself: its series says what it is, when our database was lost. */
async function lostPart({ eventId, calendarId }: Mark, page: MatchPage): Promise<SyncedEvent | undefined> {
  const named = partNamed(eventId)
  const series = named && (await page.find(named.seriesId))
  const said = series && occurrenceIn(series.content, named.slot)
  return said ? partOf(series, calendarId, named.slot, said) : undefined
}

/**
 * A copy that names another group or calendar. It is that group's, or a person moved it here; or both are unknown,
 * because our database was lost and everything has new names: then its origin's UID tells what it is a copy of. It is
 * never a source: that would copy copies.
 */
async function placeStray(seen: RemoteEvent, calendarId: CalendarId, mark: Mark, page: MatchPage): Promise<void> {
  const { storage, user } = page.context
  if (await find(storage, user, 'group', mark.groupId)) return
  await placeByUid(seen, calendarId, mark, page)
}

/** A copy whose event is known under another name. False: there is none that lacks it. */
async function placeByUid(
  seen: RemoteEvent,
  calendarId: CalendarId,
  { origin, key }: Mark,
  page: MatchPage,
): Promise<boolean> {
  const event = (await page.ofUid(origin?.uid)).find((one) => lacksReplica(one, calendarId))
  if (!event) return false
  // It keeps the key that it was made under: under another one every other group would take it for a person's own.
  const replica: Replica = { ...absentReplica(event.id, calendarId, 0), status: 'live', remoteId: seen.id, key }
  page.bind(event, calendarId, seen, replica)
  page.write(adoption(event, calendarId, seen, page.context))
  return true
}

/** Our database was lost, and the copy's origin is not in sight: the mark says what is known of it. */
function rebuild(seen: RemoteEvent, calendarId: CalendarId, mark: Mark, page: MatchPage): void {
  const { origin } = mark
  // A copy without an origin in its mark shows no details; nothing can be rebuilt from it. It is left as it is.
  const member = page.member(calendarId)
  if (!origin || !member) return
  const copy: Replica = {
    ...absentReplica(mark.eventId, calendarId, mark.incarnation),
    status: 'live',
    remoteId: seen.id,
  }
  const source = page.member(origin.calendarId)
    ? { [origin.calendarId]: closed(absentReplica(mark.eventId, origin.calendarId, 0), 'detached') }
    : {}
  const born: Origin = { ...origin, initiatedBy: page.context.user }
  const said = contentOfCopy(member.projection, seen.content, born)
  const event = newEvent(page.context, mark.eventId, born, said, { ...source, [calendarId]: copy })
  page.bind(event, calendarId, seen, copy)
}

/** A copy of ours that is not known by any record. */
function writtenCopy({ eventId, calendarId, incarnation }: Mark, { id }: RemoteEvent): Replica {
  return { ...absentReplica(eventId, calendarId, incarnation), status: 'live', remoteId: id }
}

/** An event that was minted anew after our database was lost: the copy still knows when it was first seen. */
function firstSeen(event: SyncedEvent, { origin }: Mark): SyncedEvent {
  const isSame = origin?.calendarId === event.origin.calendarId && origin.remoteId === event.origin.remoteId
  return isSame && origin.firstSyncedAt < event.origin.firstSyncedAt
    ? { ...event, origin: { ...event.origin, ...origin } }
    : event
}
