import * as z from 'zod'
import { absentReplica } from '../merge/replica.js'
import type { HeldChanges, SyncGroup } from '../model/group.js'
import type { CalendarId, EventId, RemoteId, UserId } from '../model/ids.js'
import type { RecordChange } from '../storage/storage.js'
import { ChainWriter } from './chain.js'
import type { Engine } from './engine.js'
import { newsOf } from './guard.js'
import { tellNow } from './health/reconciling.js'
import { checked } from './input.js'
import { settingNote } from './notes.js'
import {
  type Arrival,
  bindingId,
  drop,
  exactly,
  findMany,
  need,
  observedId,
  put,
  readAll,
  readPage,
  unknownId,
  type Versioned,
} from './records.js'

/** Changes of one calendar that wait for a person. */
export interface Held extends HeldChanges {
  readonly calendarId: CalendarId
  readonly what: 'removals' | 'creations'
  /** What they are about, at most the first 200. */
  readonly events: readonly HeldEvent[]
}

/** One event that was removed, or that is new. */
export interface HeldEvent {
  readonly remoteId: RemoteId
  readonly title: string
  /** Absent for an event that is new. */
  readonly eventId?: EventId
}

/** Which held changes are meant. */
export interface HeldChoice {
  readonly calendarId: string
  readonly what: Held['what']
}

/** What a guard held back: too many removals at once, or too many new events. */
export class HeldHandle {
  readonly #engine: Engine
  readonly #user: UserId

  constructor(engine: Engine, user: UserId) {
    this.#engine = engine
    this.#user = user
  }

  /** Everything that waits in a group, with the events that it is about. */
  async list(groupId: string): Promise<readonly Held[]> {
    const { value: group } = await need(this.#engine.storage, this.#user, 'group', groupId)
    const found: Held[] = []
    for (const what of ['removals', 'creations'] as const)
      for (const [calendarId, held] of Object.entries(heldOf(group, what))) {
        const events = await this.#events(group, calendarId as CalendarId, what)
        found.push({ ...held, calendarId: calendarId as CalendarId, what, events })
      }
    return found
  }

  /**
   * Lets them go ahead with the next sync: a person says that they are meant. Should there be more by then than there were
   * when this was said, those are held again.
   * @throws SyncError `invalid_input` when none are held, `stale_version` when a sync is at them right now: ask again.
   */
  async approve(groupId: string, choice: HeldChoice): Promise<void> {
    const { group, version, held, calendarId, what } = await this.#held(groupId, choice)
    // What was proven when they were held may have changed since: it is asked for once more.
    if (what === 'removals')
      for await (const page of this.#arrivals(group, calendarId, what))
        await this.#commit(page.map(({ value, version }) => put('inbox', { ...value, confirm: true }, version)))
    const approved = { ...heldOf(group, what), [calendarId]: { ...held, approved: true } }
    await this.#decide('approved', withHeld(group, what, approved), version, { calendarId, what })
  }

  /**
   * Says that they are not meant. Removed events are made anew where they were removed, by the next sync; new events stay
   * where they are and are not copied, until somebody changes them.
   * @throws SyncError `invalid_input` when none are held, `stale_version` when a sync is at them right now: ask again.
   */
  async reject(groupId: string, choice: HeldChoice): Promise<void> {
    const { group, version, calendarId, what } = await this.#held(groupId, choice)
    for await (const page of this.#arrivals(group, calendarId, what))
      for (const changes of await (what === 'removals' ? this.#restored(page, group) : this.#dropped(page, group)))
        await this.#commit(changes)
    const { [calendarId]: _rejected, ...others } = heldOf(group, what)
    await this.#decide('rejected', withHeld(group, what, others), version, { calendarId, what })
  }

  async #held(groupId: string, choice: HeldChoice) {
    const { calendarId, what } = checked(heldChoice, choice, 'held')
    const { value: group, version } = await need(this.#engine.storage, this.#user, 'group', groupId)
    const held = heldOf(group, what)[calendarId]
    if (!held) throw unknownId(`No ${what} of this calendar are being held.`)
    return { group, version, held, what, calendarId: calendarId as CalendarId }
  }

  #arrivals(group: SyncGroup, calendarId: CalendarId, what: Held['what']) {
    const range = { index: what === 'removals' ? 'gone' : 'shown', ...exactly(`${group.id}/${calendarId}`) }
    return readAll(this.#engine.storage, this.#user, 'inbox', range, 200)
  }

  async #events(group: SyncGroup, calendarId: CalendarId, what: Held['what']): Promise<readonly HeldEvent[]> {
    const index = what === 'removals' ? 'gone' : 'shown'
    const range = { index, ...exactly(`${group.id}/${calendarId}`), limit: 200 }
    const page = (await readPage(this.#engine.storage, this.#user, 'inbox', range)).items
    return what === 'removals' ? this.#removedEvents(page, group) : this.#newEvents(page, group)
  }

  async #newEvents(page: readonly Versioned<Arrival>[], group: SyncGroup): Promise<readonly HeldEvent[]> {
    const news = await newsOf(page, { ...this.#scope, group })
    const ids = news.map(({ value }) => observedId(value.calendarId, value.remoteId))
    const rows = await findMany(this.#engine.storage, this.#user, 'observed', ids)
    return [...rows.values()].map(({ value: { remoteId, event } }) => ({ remoteId, title: event?.content.title ?? '' }))
  }

  async #removedEvents(page: readonly Versioned<Arrival>[], group: SyncGroup): Promise<readonly HeldEvent[]> {
    const bound = await this.#bound(page, group)
    return bound.map(({ event, arrival }) => ({
      remoteId: arrival.value.remoteId,
      title: event.value.content.title,
      eventId: event.value.id,
    }))
  }

  /**
   * The removed copies are due anew, each under an identity that was never used; but for one that stands there again by
   * now, such as one whose first write was never answered and was tried once more.
   */
  async #restored(page: readonly Versioned<Arrival>[], group: SyncGroup): Promise<readonly RecordChange[][]> {
    const bound = await this.#bound(page, group)
    const idOf = ({ calendarId, remoteId }: Arrival) => observedId(calendarId, remoteId)
    const ids = bound.map(({ arrival }) => idOf(arrival.value))
    const rows = await findMany(this.#engine.storage, this.#user, 'observed', ids)
    return bound.map(({ event: { value: event, version }, arrival: { value: arrival, version: seen } }) => {
      const { calendarId, remoteId } = arrival
      if (rows.has(idOf(arrival))) return [put('event', { ...event, due: 0 }, version), drop('inbox', arrival, seen)]
      const incarnation = (event.replicas[calendarId]?.incarnation ?? 0) + 1
      const replicas = { ...event.replicas, [calendarId]: absentReplica(event.id, calendarId, incarnation) }
      return [
        put('event', { ...event, replicas, due: 0 }, version),
        drop('replica', { groupId: group.id, calendarId, remoteId, eventId: event.id }),
        drop('inbox', arrival, seen),
      ]
    })
  }

  async #dropped(page: readonly Versioned<Arrival>[], group: SyncGroup): Promise<readonly RecordChange[][]> {
    const news = await newsOf(page, { ...this.#scope, group })
    return [news.map(({ value, version }) => drop('inbox', value, version))]
  }

  async #bound(page: readonly Versioned<Arrival>[], group: SyncGroup) {
    const { storage } = this.#engine
    const idOf = ({ value }: Versioned<Arrival>) => bindingId(value.calendarId, value.remoteId, group.id)
    const bindings = await findMany(storage, this.#user, 'replica', page.map(idOf))
    const eventIds = [...bindings.values()].map(({ value }) => `${group.id}/${value.eventId}`)
    const events = await findMany(storage, this.#user, 'event', eventIds)
    return page.flatMap((arrival) => {
      const binding = bindings.get(idOf(arrival))?.value
      const event = binding && events.get(`${group.id}/${binding.eventId}`)
      return event ? [{ arrival, event }] : []
    })
  }

  get #scope() {
    return { storage: this.#engine.storage, user: this.#user, engine: this.#engine }
  }

  /** What a person said, with the entry that tells of it. */
  async #decide(
    action: 'approved' | 'rejected',
    group: SyncGroup,
    version: number,
    { calendarId, what }: { readonly calendarId: CalendarId; readonly what: Held['what'] },
  ): Promise<void> {
    const about = { chain: group.id, groupId: group.id, calendarId, after: { what } }
    await this.#commit([put('group', group, version), settingNote({ action, ...about }, this.#user, this.#engine)])
    await this.#engine.jobs.afterwards(this.#user, [group.id])
    await tellNow(this.#engine, this.#user, group.id)
  }

  #commit(changes: readonly RecordChange[]): Promise<void> {
    return new ChainWriter(this.#engine, this.#user).commit(changes)
  }
}

function heldOf(group: SyncGroup, what: Held['what']): Readonly<Record<string, HeldChanges>> {
  return what === 'removals' ? group.heldRemovals : group.heldCreations
}

function withHeld(group: SyncGroup, what: Held['what'], held: Readonly<Record<string, HeldChanges>>): SyncGroup {
  return what === 'removals' ? { ...group, heldRemovals: held } : { ...group, heldCreations: held }
}

const heldChoice: z.ZodType<HeldChoice> = z.strictObject({
  calendarId: z.string().min(1).max(128),
  what: z.enum(['removals', 'creations']),
})
