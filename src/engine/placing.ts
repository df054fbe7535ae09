import { contentOfCopy } from '../mapping/projection.js'
import { baseOf } from '../merge/absorb.js'
import { occurrenceIn, partNamed, partOf } from '../merge/parts.js'
import { absentReplica, closed, revived } from '../merge/replica.js'
import { contentDigest } from '../model/equality.js'
import { digest } from '../model/hash.js'
import type { CalendarId, EventId, RemoteId, Uid } from '../model/ids.js'
import type { Mark, Origin } from '../model/origin.js'
import { goesOn, seriesRoot } from '../model/split.js'
import type { Kin, Replica, SyncedEvent } from '../model/synced-event.js'
import { toInstant } from '../model/time.js'
import type { RemoteEvent } from '../providers/provider.js'
import type { RecordChange } from '../storage/storage.js'
import { ask } from './confirm.js'
import type { RunContext } from './context.js'
import { holdsCreations } from './guard.js'
import { adoption } from './ledger.js'
import { judgeMark, type MarkJudgement } from './mark.js'
import {
  type Arrival,
  arrivalId,
  type Binding,
  bindingId,
  drop,
  exactly,
  find,
  findMany,
  fingerprint,
  type Observed,
  observedId,
  put,
  readPage,
  type Versioned,
} from './records.js'

/** What to take up in a pass: events that can be a source, or our copies and what stands in mere targets. */
export type Pass = 'natives' | 'copies'

/** One page of arrivals with everything they touch; what is decided on it is written in one commit. */
export class Placing {
  placed = 0
  sawCopies = false
  readonly #context: RunContext
  readonly #rows: ReadonlyMap<string, Versioned<Observed>>
  readonly #bindings: Map<string, Binding>
  readonly #events: Map<string, { event: SyncedEvent; version: number; isTouched: boolean }> = new Map()
  /** By record: the last word on each counts. */
  readonly #changes: Map<string, RecordChange> = new Map()

  private constructor(
    context: RunContext,
    rows: ReadonlyMap<string, Versioned<Observed>>,
    bindings: Map<string, Binding>,
  ) {
    this.#context = context
    this.#rows = rows
    this.#bindings = bindings
  }

  static async open(arrivals: readonly Arrival[], context: RunContext): Promise<Placing> {
    const { storage, user, group } = context
    const rowIds = arrivals.map(({ calendarId, remoteId }) => observedId(calendarId, remoteId))
    const rows = await findMany(storage, user, 'observed', rowIds)
    const ids = arrivals.map(({ calendarId, remoteId }) => bindingId(calendarId, remoteId, group.id))
    const found = await findMany(storage, user, 'replica', ids)
    const bindings = new Map([...found].map(([id, { value }]) => [id, value]))
    const placing = new Placing(context, rows, bindings)
    await placing.#load([...bindings.values()].map(({ eventId }) => eventId))
    return placing
  }

  /** Everything that was decided, as one batch. */
  changes(): readonly RecordChange[] {
    const events = [...this.#events.values()].filter(({ isTouched }) => isTouched)
    return [...this.#changes.values(), ...events.map(({ event, version }) => put('event', event, version))]
  }

  async place({ value: arrival, version }: Versioned<Arrival>, pass: Pass): Promise<void> {
    const row = this.#rows.get(observedId(arrival.calendarId, arrival.remoteId))?.value
    const bound = this.#bindings.get(bindingId(arrival.calendarId, arrival.remoteId, this.#context.group.id))
    const event = bound && this.#events.get(bound.eventId)?.event
    const mark = row?.event ? await this.#judge(row.event, arrival.calendarId) : 'none'
    if (!event && pass === 'natives' && (mark === 'ours' || this.#isOnlyTarget(arrival.calendarId))) {
      this.sawCopies = true
      return
    }
    if (event && row?.event && !arrival.confirmed && looksStale(event, arrival.calendarId, row.event)) {
      this.#write(put('inbox', { ...arrival, confirm: true }, version))
      return
    }
    if (!event && row?.event && !arrival.confirmed && (await this.#wasRemovedBefore(row.event, arrival, mark))) {
      this.#write(put('inbox', { ...arrival, confirm: true }, version))
      return
    }
    const isNews = !event && arrival.change === 'shown' && (mark === 'none' || mark === 'copied')
    if (isNews && holdsCreations(this.#context.group, arrival.calendarId)) return
    this.#write(drop('inbox', arrival, version))
    this.placed++
    if (event) this.#placeBound(event, arrival, row)
    else if (row?.event && arrival.change === 'shown')
      await this.#placeUnbound(row.event, { value: arrival, version }, mark)
  }

  /** A copy that a person moved between calendars that we know is an event of its own from then on. */
  async #judge(seen: RemoteEvent, calendarId: CalendarId): Promise<MarkJudgement> {
    const { engine, storage, user } = this.#context
    const judged = judgeMark(seen, calendarId, engine.secret)
    if (judged !== 'elsewhere') return judged
    return (await find(storage, user, 'calendar', seen.mark?.calendarId ?? '')) ? 'copied' : 'ours'
  }

  /** The id was here before and was removed: believed only when it was asked for, for listings lag behind. */
  async #wasRemovedBefore(seen: RemoteEvent, { calendarId, remoteId }: Arrival, mark: MarkJudgement): Promise<boolean> {
    const id = mark === 'ours' && seen.mark ? seen.mark.eventId : mintedId(this.#context, calendarId, remoteId)
    const event = await this.#find(id)
    return event !== undefined && event.replicas[calendarId]?.status !== 'absent'
  }

  /** A replica that we know: it is gone, or it may have changed. */
  #placeBound(event: SyncedEvent, { calendarId, change, remoteId }: Arrival, row: Observed | undefined): void {
    const replica = event.replicas[calendarId]
    if (!replica || replica.remoteId !== remoteId) return
    // A create that was never answered has landed after all, and may have been removed again by a person.
    const isLanding = replica.status === 'absent' && replica.attempt?.kind === 'create'
    if (replica.status !== 'live' && !isLanding) return
    const { gone: _gone, ...present } = { ...replica, status: 'live' as const }
    if (change === 'gone') this.#touch(event, { ...present, gone: true })
    else if (row?.event) {
      this.#touch(event, present)
      if (isLanding) this.#write(adoption(event, calendarId, row.event, this.#context))
    }
  }

  async #placeUnbound(seen: RemoteEvent, arrival: Versioned<Arrival>, mark: MarkJudgement): Promise<void> {
    const { calendarId } = arrival.value
    if (mark === 'foreign') return
    if (mark === 'ours') return this.#placeCopy(seen, arrival, seen.mark as Mark)
    const moved = await this.#findMoved(seen, calendarId)
    if (moved) {
      const known = await this.#askedNextDoor(moved.event, arrival)
      // Put here from another calendar, and not only under another id.
      const isPutHere = Object.values(known?.replicas ?? {}).some(
        (other) => other.gone && other.native && other.calendarId !== calendarId,
      )
      const replica = isPutHere ? nativeReplica(moved.event, calendarId, seen) : moved.replica
      return known && this.#bind(known, calendarId, seen, replica)
    }
    const twin = await this.#findTwin(seen, calendarId)
    const covered = twin ? undefined : await this.#findCovered(seen, calendarId)
    const same = twin ?? covered
    // What people enter in a calendar that is only written to stays theirs.
    if (!same) return this.#isOnlyTarget(calendarId) ? undefined : await this.#placeNew(seen, arrival.value)
    const known = await this.#askedNextDoor(same, arrival)
    if (known && twin) this.#bind(known, calendarId, seen, nativeReplica(known, calendarId, seen))
    else if (known) await this.#takePlace(known, calendarId, seen)
  }

  /**
   * The same meeting in two calendars of one account may be one that a person moved. Learnt too late, its removal from
   * the first calendar would be taken for the end of the meeting; so both are asked for before they become one.
   * Undefined: not answered yet.
   */
  async #askedNextDoor(
    event: SyncedEvent,
    { value: arrival, version }: Versioned<Arrival>,
  ): Promise<SyncedEvent | undefined> {
    const { calendarId } = arrival
    const account = (id: CalendarId) => this.#context.calendars.get(id)?.connectionId
    let known = event
    for (const replica of Object.values(event.replicas)) {
      const isNative = replica.native && replica.status === 'live' && !replica.gone
      if (!isNative || replica.calendarId === calendarId || account(replica.calendarId) !== account(calendarId))
        continue
      // Which of the two it was moved from is not known either.
      const isGone = arrival.confirmed ? await this.#isGone(replica) : undefined
      if (isGone) known = withReplica(known, { ...replica, gone: true })
      if (isGone !== undefined) continue
      this.#write(put('inbox', arrival.confirmed ? arrival : { ...arrival, confirm: true }, version))
      return undefined
    }
    return known
  }

  /** Asks for a copy that may have been moved from there. A removal that a guard would hold is none, then. */
  async #isGone({ calendarId, remoteId, gone }: Replica): Promise<boolean | undefined> {
    if (gone || remoteId === undefined) return true
    const { storage, user, group, blocked } = this.#context
    const answer = blocked.has(calendarId)
      ? undefined
      : (await ask(calendarId, [remoteId], this.#context))?.get(remoteId)
    if (answer?.type !== 'gone') return answer && false
    const waiting = await find(storage, user, 'inbox', arrivalId(group.id, calendarId, remoteId))
    if (waiting) this.#write(drop('inbox', waiting.value, waiting.version))
    return true
  }

  /** A copy that we wrote and have no record of: after a crash, or with a new database. */
  async #placeCopy(seen: RemoteEvent, arrival: Versioned<Arrival>, mark: Mark): Promise<void> {
    const { calendarId } = arrival.value
    if (mark.groupId !== this.#context.group.id || mark.calendarId !== calendarId)
      return this.#placeStray(seen, calendarId, mark)
    const event = (await this.#find(mark.eventId)) ?? (await this.#lostPart(mark))
    if (!event) {
      if (partNamed(mark.eventId) || (await this.#placeByUid(seen, calendarId, mark))) return
      // The same meeting may be known from another calendar by now, and stand here without this copy.
      const copy = writtenCopy(mark, seen)
      const same = (await this.#ofUid(mark.origin?.uid)).find((one) => one.replicas[calendarId]?.status === 'live')
      return same ? await this.#giveUp(same, copy) : this.#rebuild(seen, calendarId, mark)
    }
    const replica = event.replicas[calendarId] ?? absentReplica(event.id, calendarId, mark.incarnation)
    if (replica.native && replica.status === 'live' && replica.remoteId !== seen.id) {
      // A person's own event stands here for it: what we wrote is one too many.
      const isGone = await this.#isGone(replica)
      if (isGone === undefined) return this.#write(put('inbox', arrival.value, arrival.version))
      if (!isGone) return await this.#giveUp(event, writtenCopy(mark, seen))
    }
    // An older incarnation is a ghost: that copy was given up, and a newer one stands for the event.
    if (mark.incarnation < replica.incarnation) return
    if (replica.status === 'live' && replica.remoteId !== seen.id && mark.incarnation === replica.incarnation) {
      // Under another id: moved, by a person or by the service, if it is not where it was. Else left alone.
      const isMoved = await this.#isGone(replica)
      if (isMoved === undefined) this.#write(put('inbox', arrival.value, arrival.version))
      if (!isMoved) return
    }
    const { gone: _gone, withdrawn: _takenBack, ...known } = replica
    const isRestored = replica.status === 'removed' && event.state !== 'live'
    const adopted: Replica = {
      ...(mark.incarnation > replica.incarnation ? absentReplica(event.id, calendarId, mark.incarnation) : known),
      status: 'live',
      native: false,
      remoteId: seen.id,
    }
    // A create that lands after its event was removed is removed as well.
    const late: SyncedEvent = event.state === 'removed' ? { ...event, state: 'removing' } : event
    const whole = firstSeen(isRestored ? revived(withReplica(event, adopted)) : late, mark)
    this.#bind(whole, calendarId, seen, adopted)
    this.#write(adoption(whole, calendarId, seen, this.#context))
  }

  /** One occurrence of a series that stands here by itself: its series says what it is, when our database was lost. */
  async #lostPart({ eventId, calendarId }: Mark): Promise<SyncedEvent | undefined> {
    const named = partNamed(eventId)
    const series = named && (await this.#find(named.seriesId))
    const said = series && occurrenceIn(series.content, named.slot)
    return said ? partOf(series, calendarId, named.slot, said) : undefined
  }

  /**
   * A copy that names another group or calendar. It is that group's, or a person moved it here; or both are unknown,
   * because our database was lost and everything has new names: then its origin's UID tells what it is a copy of. It is
   * never a source: that would copy copies.
   */
  async #placeStray(seen: RemoteEvent, calendarId: CalendarId, mark: Mark): Promise<void> {
    const { storage, user } = this.#context
    if (await find(storage, user, 'group', mark.groupId)) return
    await this.#placeByUid(seen, calendarId, mark)
  }

  /** A copy whose event is known under another name. False: there is none that lacks it. */
  async #placeByUid(seen: RemoteEvent, calendarId: CalendarId, { origin }: Mark): Promise<boolean> {
    const event = (await this.#ofUid(origin?.uid)).find((one) => lacksReplica(one, calendarId))
    if (!event) return false
    const replica: Replica = { ...absentReplica(event.id, calendarId, 0), status: 'live', remoteId: seen.id }
    this.#bind(event, calendarId, seen, replica)
    this.#write(adoption(event, calendarId, seen, this.#context))
    return true
  }

  async #ofUid(uid: Uid | undefined): Promise<readonly SyncedEvent[]> {
    return uid === undefined ? [] : this.#findBy('uid', uid, (event) => event.uid === uid && event.state !== 'removed')
  }

  /** Our database was lost, and the copy's origin is not in sight: the mark says what is known of it. */
  #rebuild(seen: RemoteEvent, calendarId: CalendarId, mark: Mark): void {
    const { origin } = mark
    // A copy without an origin in its mark shows no details; nothing can be rebuilt from it. It is left as it is.
    const member = this.#member(calendarId)
    if (!origin || !member) return
    const copy: Replica = {
      ...absentReplica(mark.eventId, calendarId, mark.incarnation),
      status: 'live',
      remoteId: seen.id,
    }
    const source = this.#member(origin.calendarId)
      ? { [origin.calendarId]: closed(absentReplica(mark.eventId, origin.calendarId, 0), 'detached') }
      : {}
    const born: Origin = { ...origin, initiatedBy: this.#context.user }
    const said = { ...seen, content: contentOfCopy(member.projection, seen.content, born) }
    const event = newEvent(this.#context, mark.eventId, born, said, { ...source, [calendarId]: copy })
    this.#bind(event, calendarId, seen, copy)
  }

  /** New here: this calendar is where the event was born. */
  async #placeNew(seen: RemoteEvent, { calendarId, remoteId }: Arrival): Promise<void> {
    const { engine, user } = this.#context
    const id = mintedId(this.#context, calendarId, remoteId)
    const known = await this.#find(id)
    if (known) {
      // Restored beside a copy of ours that took its place: that copy stands for the event.
      if (known.replicas[calendarId]?.status === 'live') return
      const replica = nativeReplica(known, calendarId, seen)
      this.#bind(revived(withReplica(known, replica)), calendarId, seen, replica)
      return
    }
    const calendar = this.#context.calendar(calendarId)
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
    const event = newEvent(this.#context, id, origin, seen, { [calendarId]: replica })
    const kin = await this.#kinOf(seen, calendarId)
    this.#bind(kin ? { ...event, kin } : event, calendarId, seen, replica)
    await this.#recallTwins(seen.uid)
  }

  /** The series that a new one is the rest of, when a person changed it from one occurrence on. */
  async #kinOf(seen: RemoteEvent, calendarId: CalendarId): Promise<Kin | undefined> {
    const { content, mark } = seen
    if (!content.recurrence) return undefined
    // A copy that was split carries its mark over to both halves.
    const marked = mark?.groupId === this.#context.group.id ? await this.#find(mark.eventId) : undefined
    const root = seriesRoot(content)
    const alike = await this.#findBy('series', root, (event) => seriesRoot(event.content) === root)
    const first = [...(marked ? [marked] : []), ...alike].find(
      (event) => event.replicas[calendarId]?.status === 'live' && goesOn(event.content, content),
    )
    return first && { how: 'split', eventId: first.id }
  }

  /**
   * The same event under another id: a server that moved it, or a person who took it out and put it back. Its old id is
   * proven to be gone, and its UID is the same.
   */
  async #findMoved(
    seen: RemoteEvent,
    calendarId: CalendarId,
  ): Promise<{ readonly event: SyncedEvent; readonly replica: Replica } | undefined> {
    const { storage, user, group } = this.#context
    for (const event of await this.#findBy('uid', seen.uid, ({ uid }) => uid === seen.uid)) {
      const replica = event.replicas[calendarId]
      if (replica?.status !== 'live' || !replica.native || replica.remoteId === undefined) continue
      const { gone, ...present } = replica
      const waiting = await find(storage, user, 'inbox', arrivalId(group.id, calendarId, replica.remoteId))
      const isGone = gone || (waiting?.value.change === 'gone' && !waiting.value.confirm)
      if (isGone) return { event, replica: { ...present, remoteId: seen.id } }
    }
    return undefined
  }

  /** The same meeting in another calendar: same UID, or, while a group is first woven, the same title and time. */
  async #findTwin(seen: RemoteEvent, calendarId: CalendarId): Promise<SyncedEvent | undefined> {
    const isFree = (event: SyncedEvent) => event.state !== 'removed' && lacksReplica(event, calendarId)
    const byUid = await this.#findBy('uid', seen.uid, ({ uid }) => uid === seen.uid)
    for (const event of byUid.filter(isFree)) if (await this.#isSameMeeting(event, seen)) return event
    if (seen.readOnly || this.#context.group.baseline === 'done') return undefined
    const print = fingerprint(seen.content)
    const alike = (await this.#findBy('fingerprint', print, ({ content }) => fingerprint(content) === print)).filter(
      (event) => isFree(event) && Object.values(event.replicas).some(({ native }) => native),
    )
    return alike.length === 1 ? alike[0] : undefined
  }

  /**
   * An invitation to single occurrences, which may not be written, shares its UID with the series and is not the series;
   * nor are two of them the same. Everything else of one UID is, whatever became of it in one of the calendars.
   */
  async #isSameMeeting({ content, origin }: SyncedEvent, seen: RemoteEvent): Promise<boolean> {
    const isSeries = content.recurrence !== null
    const isAlike = isSeries || toInstant(content.time.start) === toInstant(seen.content.time.start)
    if (isAlike && isSeries === (seen.content.recurrence !== null)) return true
    if (seen.readOnly) return false
    const { storage, user } = this.#context
    const born = await find(storage, user, 'observed', observedId(origin.calendarId, origin.remoteId))
    return born?.value.event?.readOnly !== true
  }

  /** The same meeting again, received here after we had put a copy of it: both would stand in this calendar. */
  async #findCovered(seen: RemoteEvent, calendarId: CalendarId): Promise<SyncedEvent | undefined> {
    for (const event of await this.#findBy('uid', seen.uid, ({ uid }) => uid === seen.uid)) {
      const replica = event.replicas[calendarId]
      const isStandIn = replica && !(replica.native && replica.status === 'live')
      if (event.state !== 'removed' && isStandIn && (await this.#isSameMeeting(event, seen))) return event
    }
    return undefined
  }

  /** A person's own event takes the place of our copy. */
  async #takePlace(event: SyncedEvent, calendarId: CalendarId, seen: RemoteEvent): Promise<void> {
    const copy = event.replicas[calendarId] as Replica
    this.#bind(event, calendarId, seen, nativeReplica(event, calendarId, seen))
    if (copy.status === 'live' || copy.attempt) await this.#giveUp(event, copy)
  }

  /**
   * A copy of ours that is one too many is removed, as an event of its own: one that says what its copy said last, so that
   * whatever a person typed into it since is known, and kept in the log.
   */
  async #giveUp(event: SyncedEvent, copy: Replica): Promise<void> {
    const { conflictId: _conflict, failure: _failure, kin: _kin, ...rest } = event
    const { calendarId, remoteId } = copy
    const id = digest('surplus', event.id, calendarId, copy.key) as EventId
    await this.#find(id)
    if (remoteId !== undefined) {
      const binding: Binding = { groupId: event.groupId, calendarId, remoteId, eventId: id }
      this.#bindings.set(bindingId(calendarId, remoteId, event.groupId), binding)
      this.#write(put('replica', binding))
    }
    const known = copy.agreed || copy.attempt ? copy : { ...copy, agreed: event.content }
    const content = baseOf(known) ?? known.attempt?.content ?? event.content
    const own = { id, uid: id as string as Uid, content, provenance: {}, weak: [], replicas: {} }
    this.#touch({ ...rest, ...own, state: 'removing' }, known)
  }

  async #findBy(
    index: 'uid' | 'fingerprint' | 'series',
    key: string,
    matches: (event: SyncedEvent) => boolean,
  ): Promise<readonly SyncedEvent[]> {
    const { storage, user, group } = this.#context
    const page = await readPage(storage, user, 'event', { index, ...exactly(`${group.id}/${key}`), limit: 50 })
    for (const { value, version } of page.items)
      if (!this.#events.has(value.id)) this.#events.set(value.id, { event: value, version, isTouched: false })
    return [...this.#events.values()].map(({ event }) => event).filter(matches)
  }

  #bind(event: SyncedEvent, calendarId: CalendarId, seen: RemoteEvent, replica: Replica): void {
    const binding: Binding = { groupId: event.groupId, calendarId, remoteId: seen.id, eventId: event.id }
    this.#bindings.set(bindingId(calendarId, seen.id, event.groupId), binding)
    this.#write(put('replica', binding))
    const before = this.#events.get(event.id)?.event.replicas[calendarId]?.remoteId
    if (before !== undefined && before !== seen.id) this.#write(drop('replica', { ...binding, remoteId: before }))
    this.#touch(event, replica)
  }

  #touch(event: SyncedEvent, replica: Replica): void {
    const version = this.#events.get(event.id)?.version ?? 0
    const due = { ...withReplica(event, replica), due: 0 }
    this.#events.set(event.id, { event: due, version, isTouched: true })
  }

  async #find(id: EventId): Promise<SyncedEvent | undefined> {
    await this.#load([id])
    return this.#events.get(id)?.event
  }

  async #load(ids: readonly EventId[]): Promise<void> {
    const { storage, user, group } = this.#context
    const wanted = ids.filter((id) => !this.#events.has(id)).map((id) => `${group.id}/${id}`)
    for (const { value, version } of (await findMany(storage, user, 'event', wanted)).values())
      this.#events.set(value.id, { event: value, version, isTouched: false })
  }

  #write(change: RecordChange): void {
    this.#changes.set(`${change.collection}/${change.id}`, change)
  }

  #isOnlyTarget(calendarId: CalendarId): boolean {
    return this.#member(calendarId)?.direction === 'write'
  }

  /** The same meeting may stand in a calendar that is only written to since long before its source came to be known. */
  async #recallTwins(uid: Uid): Promise<void> {
    const { storage, user, group } = this.#context
    for (const { calendarId } of group.members) {
      if (!this.#isOnlyTarget(calendarId)) continue
      const range = { index: 'uid', ...exactly(`${calendarId}/${uid}`), limit: 1 }
      const [row] = (await readPage(storage, user, 'observed', range)).items
      if (!row) continue
      const { remoteId } = row.value
      this.#write(put('inbox', { groupId: group.id, calendarId, remoteId, change: 'shown', confirm: false }))
      this.sawCopies = true
    }
  }

  #member(calendarId: CalendarId) {
    return this.#context.group.members.find((member) => member.calendarId === calendarId)
  }
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

/** An event that was minted anew after our database was lost: the copy still knows when it was first seen. */
function firstSeen(event: SyncedEvent, { origin }: Mark): SyncedEvent {
  const isSame = origin?.calendarId === event.origin.calendarId && origin.remoteId === event.origin.remoteId
  return isSame && origin.firstSyncedAt < event.origin.firstSyncedAt
    ? { ...event, origin: { ...event.origin, ...origin } }
    : event
}

/** The id of an event that is born in this calendar: the same for every worker and after every loss of memory. */
function mintedId({ group }: RunContext, calendarId: CalendarId, remoteId: RemoteId): EventId {
  return digest('event', group.id, calendarId, remoteId) as EventId
}

function lacksReplica(event: SyncedEvent, calendarId: CalendarId): boolean {
  const replica = event.replicas[calendarId]
  return !replica || (replica.status === 'absent' && !replica.attempt)
}

function nativeReplica(event: SyncedEvent, calendarId: CalendarId, seen: RemoteEvent): Replica {
  const incarnation = (event.replicas[calendarId]?.incarnation ?? -1) + 1
  return { ...absentReplica(event.id, calendarId, incarnation), status: 'live', native: true, remoteId: seen.id }
}

/** A copy of ours that is not known by any record. */
function writtenCopy({ eventId, calendarId, incarnation }: Mark, { id }: RemoteEvent): Replica {
  return { ...absentReplica(eventId, calendarId, incarnation), status: 'live', remoteId: id }
}

function withReplica(event: SyncedEvent, replica: Replica): SyncedEvent {
  return { ...event, replicas: { ...event.replicas, [replica.calendarId]: replica } }
}

function newEvent(
  context: RunContext,
  id: EventId,
  origin: Origin,
  seen: RemoteEvent,
  replicas: SyncedEvent['replicas'],
): SyncedEvent {
  return {
    id,
    groupId: context.group.id,
    origin,
    uid: (origin.uid ?? seen.uid) as Uid,
    content: seen.content,
    state: 'live',
    provenance: {},
    weak: [],
    replicas,
    due: 0,
    attempts: 0,
  }
}
