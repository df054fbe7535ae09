import { absentReplica, revived } from '../merge/replica.js'
import { contentDigest } from '../model/equality.js'
import type { CalendarId } from '../model/ids.js'
import type { Mark, Origin } from '../model/origin.js'
import type { Replica, SyncedEvent } from '../model/synced-event.js'
import type { RemoteEvent } from '../providers/provider.js'
import { holdsCreations } from './guard.js'
import { adoption } from './ledger.js'
import { judgeMark, type MarkJudgement } from './mark.js'
import type { MatchPage } from './match-page.js'
import { mintedId, nativeReplica, newEvent, withReplica } from './new-event.js'
import { placeCopy, takePlace } from './placing-copies.js'
import { type Arrival, drop, find, type Observed, put, type Versioned } from './records.js'
import { askedNextDoor, findCovered, findMoved, findRemoved, findTwin, kinOf } from './sameness.js'

/** What to take up in a pass: events that can be a source, or our copies and what stands in mere targets. */
export type Pass = 'natives' | 'copies'

/** Finds the event that an arrival belongs to, and marks it as due; or leaves it for later. */
export async function place(
  { value: arrival, version }: Versioned<Arrival>,
  pass: Pass,
  page: MatchPage,
): Promise<void> {
  const row = page.rowOf(arrival)
  const event = page.boundTo(arrival)
  const mark = row?.event ? await judge(row.event, arrival.calendarId, page) : 'none'
  if (!event && pass === 'natives' && (mark === 'ours' || page.isOnlyTarget(arrival.calendarId))) {
    page.sawCopies = true
    return
  }
  if (event && row?.event && !arrival.confirmed && looksStale(event, arrival.calendarId, row.event)) {
    page.write(put('inbox', { ...arrival, confirm: true }, version))
    return
  }
  if (!event && row?.event && !arrival.confirmed && (await wasRemovedBefore(row.event, arrival, mark, page))) {
    page.write(put('inbox', { ...arrival, confirm: true }, version))
    return
  }
  const isNews = !event && arrival.change === 'shown' && (mark === 'none' || mark === 'copied')
  if (isNews && holdsCreations(page.context.group, arrival.calendarId)) return
  page.write(drop('inbox', arrival, version))
  page.placed++
  if (event) placeBound(event, arrival, row, page)
  else if (row?.event && arrival.change === 'shown')
    await placeUnbound(row.event, { value: arrival, version }, mark, page)
}

/** A copy that a person moved between calendars that we know is an event of its own from then on. */
async function judge(seen: RemoteEvent, calendarId: CalendarId, page: MatchPage): Promise<MarkJudgement> {
  const { engine, storage, user } = page.context
  const judged = judgeMark(seen, calendarId, engine.secret)
  if (judged !== 'elsewhere') return judged
  return (await find(storage, user, 'calendar', seen.mark?.calendarId ?? '')) ? 'copied' : 'ours'
}

/** The id was here before and was removed: believed only when it was asked for, for listings lag behind. */
async function wasRemovedBefore(
  seen: RemoteEvent,
  { calendarId, remoteId }: Arrival,
  mark: MarkJudgement,
  page: MatchPage,
): Promise<boolean> {
  const id = mark === 'ours' && seen.mark ? seen.mark.eventId : mintedId(page.context, calendarId, remoteId)
  const event = (await page.find(id)) ?? (mark === 'none' ? await findRemoved(seen, page) : undefined)
  if (!event) return false
  const replica = event.replicas[calendarId]
  if (replica?.status !== 'absent') return true
  // Another copy is about to take its place.
  return mark === 'ours' && seen.mark !== undefined && seen.mark.incarnation < replica.incarnation
}

/** A replica that we know: it is gone, or it may have changed. */
function placeBound(
  event: SyncedEvent,
  { calendarId, change, remoteId }: Arrival,
  row: Observed | undefined,
  page: MatchPage,
): void {
  const replica = event.replicas[calendarId]
  if (!replica || replica.remoteId !== remoteId) return
  // A create that was never answered has landed after all, and may have been removed again by a person.
  const isLanding = replica.status === 'absent' && replica.attempt?.kind === 'create'
  if (replica.status !== 'live' && !isLanding) return
  const { gone: _gone, ...present } = { ...replica, status: 'live' as const }
  // A removal that waited for a person, of a copy that was seen there since, is of the one before it.
  if (change === 'gone' && !row?.event) page.touch(event, { ...present, gone: true })
  else if (row?.event) {
    page.touch(event, present)
    if (isLanding) page.write(adoption(event, calendarId, row.event, page.context))
  }
}

async function placeUnbound(
  seen: RemoteEvent,
  arrival: Versioned<Arrival>,
  mark: MarkJudgement,
  page: MatchPage,
): Promise<void> {
  const { calendarId } = arrival.value
  if (mark === 'foreign' || mark === 'ours') page.context.measuring.sawLoop()
  if (mark === 'foreign') return
  if (mark === 'ours') return placeCopy(seen, arrival, seen.mark as Mark, page)
  const moved = await findMoved(seen, calendarId, page)
  if (moved) {
    const known = await wanted(moved.event, arrival, page)
    if (!known) return
    // Put here from another calendar, and not only under another id; or what stood here was put into that one.
    const isPutHere = Object.values(known.replicas).some(
      (other) => other.native && other.calendarId !== calendarId && (other.gone || isJustPut(other)),
    )
    if (!isPutHere) return page.bind(known, calendarId, seen, moved.replica)
    return page.bind(unsettled(known, calendarId), calendarId, seen, nativeReplica(known, calendarId, seen))
  }
  const twin = await findTwin(seen, calendarId, page)
  const covered = twin ? undefined : await findCovered(seen, calendarId, page)
  const same = twin ?? covered
  // What people enter in a calendar that is only written to stays theirs.
  if (!same) return page.isOnlyTarget(calendarId) ? undefined : await placeNew(seen, arrival.value, page)
  const wantedOne = await wanted(same, arrival, page)
  if (!wantedOne) return
  const known = unsettled(wantedOne, calendarId)
  if (twin) page.bind(known, calendarId, seen, nativeReplica(known, calendarId, seen))
  else await takePlace(known, calendarId, seen, page)
}

/** A person put it there, and it was not read yet. */
function isJustPut({ status, agreed }: Replica): boolean {
  return status === 'live' && !agreed
}

/**
 * The event as one more copy of it is found. A copy that came under another id at the same time may have changed places
 * with this one: what was agreed before then says nothing about it.
 */
function unsettled(event: SyncedEvent, calendarId: CalendarId): SyncedEvent {
  let known = event
  for (const replica of Object.values(event.replicas)) {
    if (!replica.native || !replica.putBack || replica.status !== 'live' || replica.calendarId === calendarId) continue
    const { agreed: _past, ...rest } = replica
    known = withReplica(known, rest)
  }
  return known
}

/**
 * The event that a person put here: should it be on its way out, it is wanted after all. So it is asked for first, or a
 * listing that still shows what was removed would speak against a removal. Undefined: not known yet.
 */
async function wanted(
  event: SyncedEvent,
  arrival: Versioned<Arrival>,
  page: MatchPage,
): Promise<SyncedEvent | undefined> {
  if (page.context.group.baseline === 'done' && !arrival.value.confirmed) {
    page.write(put('inbox', { ...arrival.value, confirm: true }, arrival.version))
    return undefined
  }
  const known = await askedNextDoor(event, arrival, page)
  return known?.state === 'removing' ? revived(known) : known
}

/** New here: this calendar is where the event was born. */
async function placeNew(seen: RemoteEvent, { calendarId, remoteId }: Arrival, page: MatchPage): Promise<void> {
  const { engine, user } = page.context
  const id = mintedId(page.context, calendarId, remoteId)
  const known = (await page.find(id)) ?? (await findRemoved(seen, page))
  if (known) {
    // Restored beside a copy of ours that took its place: that copy stands for the event.
    if (known.replicas[calendarId]?.status === 'live') return
    const replica = nativeReplica(known, calendarId, seen)
    page.bind(revived(withReplica(known, replica)), calendarId, seen, replica)
    return
  }
  const calendar = page.context.calendar(calendarId)
  const origin: Origin = {
    provider: calendar.provider,
    calendarId,
    calendarName: calendar.name,
    remoteId,
    uid: seen.uid,
    firstSyncedAt: engine.now(),
    initiatedBy: user,
  }
  const replica: Replica = {
    ...absentReplica(id, calendarId, 0),
    status: 'live',
    native: true,
    remoteId,
    agreed: seen.content,
    ...(seen.revision === undefined ? {} : { revision: seen.revision }),
  }
  const event = newEvent(page.context, id, origin, seen.content, { [calendarId]: replica })
  const kin = await kinOf(seen, calendarId, page)
  page.bind(kin ? { ...event, kin } : event, calendarId, seen, replica)
  await page.recallTwins(seen.uid)
}

/**
 * Whether an observation looks like an older state of a replica: a listing that lags behind, or a page that was read
 * before our last write. It is asked for before it is believed, or an old answer would undo a new edit.
 */
function looksStale(event: SyncedEvent, calendarId: CalendarId, seen: RemoteEvent): boolean {
  const replica = event.replicas[calendarId]
  if (!replica || replica.remoteId !== seen.id || replica.gone) return true
  if (replica.status === 'absent') return !replica.attempt
  if (replica.status !== 'live') return true
  const updated = seen.stamps.updated === null ? null : Date.parse(seen.stamps.updated)
  if (updated !== null && replica.changedAt !== null && updated < replica.changedAt) return true
  return replica.history.includes(contentDigest(seen.content))
}
