import * as z from 'zod'
import { isSyncError } from '../errors.js'
import type { EventContent, OccurrenceContent, Slot } from '../model/content.js'
import type { Failure } from '../model/failure.js'
import type { CalendarId, ConflictId, EventId, GroupId, RemoteId, UserId } from '../model/ids.js'
import type { Mark, Origin, ToldOrigin } from '../model/origin.js'
import { expand } from '../model/recurrence.js'
import type { Kin, SyncedEvent } from '../model/synced-event.js'
import { resolveZone } from '../model/time.js'
import type { Engine } from './engine.js'
import { type Explanation, explain, explainRemote, type RemoteExplanation } from './explain.js'
import type { ListOptions, ListPage } from './history.js'
import { checked } from './input.js'
import { judgeMark } from './mark.js'
import {
  arrivalId,
  bindingId,
  exactly,
  find,
  need,
  type Observed,
  observedId,
  readAll,
  readPage,
  under,
  unknownId,
} from './records.js'
import { targetsNow } from './targets.js'
import { Turns } from './turns.js'

/** A synced event as a person sees it: what it says, where it came from, where it stands. */
export interface EventView {
  readonly id: EventId
  readonly groupId: GroupId
  readonly content: EventContent
  readonly origin: Origin
  readonly state: SyncedEvent['state']
  /** When it last changed as far as its calendars tell, else when it was first seen; milliseconds since 1970. */
  readonly changedAt: number
  readonly copies: readonly {
    readonly calendarId: CalendarId
    readonly remoteId?: RemoteId
    readonly isOrigin: boolean
    readonly status: string
  }[]
  /** Why it is not in step; absent when all is well. */
  readonly failure?: Failure
  readonly conflictId?: ConflictId
  /** The event that this one was made of: the rest of a series that was split, or the other side of a conflict. */
  readonly kin?: Kin
}

/** One event of a calendar as it was seen last; a series with its overrides is one. */
export interface CalendarEvent {
  readonly calendarId: CalendarId
  readonly remoteId: RemoteId
  readonly content: EventContent
  /** When it last changed, as its calendar tells; milliseconds since 1970, null where it does not. */
  readonly changedAt: number | null
}

/** One occurrence in a calendar, with where it came from. */
export interface AgendaEntry {
  readonly calendarId: CalendarId
  readonly remoteId: RemoteId
  readonly slot: Slot
  /** Milliseconds since 1970. */
  readonly start: number
  readonly end: number
  readonly content: OccurrenceContent
  /** Where a copy of ours came from; absent for an event that is at home in this calendar. */
  readonly origin?: ToldOrigin
}

/** What stands in a user's calendars. */
export class EventsHandle {
  readonly #engine: Engine
  readonly #user: UserId

  constructor(engine: Engine, user: UserId) {
    this.#engine = engine
    this.#user = user
  }

  /** The synced events of a group, removed ones left out. */
  async ofGroup(groupId: string, { after, limit = 100 }: ListOptions = {}): Promise<ListPage<EventView>> {
    const range = { ...under(groupId), limit, ...(after === undefined ? {} : { after }) }
    const page = await readPage(this.#engine.storage, this.#user, 'event', range)
    const items = page.items.filter(({ value }) => value.state !== 'removed').map(({ value }) => viewOf(value))
    return page.next === undefined ? { items } : { items, next: page.next }
  }

  /**
   * The events of a calendar as the last syncs saw them, a series as one; no provider is called. What cannot be read is
   * left out, so a page may hold fewer than `limit`.
   * @throws SyncError `invalid_input` when there is no such calendar
   */
  async ofCalendar(calendarId: string, { after, limit = 100 }: ListOptions = {}): Promise<ListPage<CalendarEvent>> {
    const { value: calendar } = await need(this.#engine.storage, this.#user, 'calendar', calendarId)
    const range = { ...under(calendar.id), limit, ...(after === undefined ? {} : { after }) }
    const page = await readPage(this.#engine.storage, this.#user, 'observed', range)
    const items = page.items.flatMap(({ value: { remoteId, event } }) =>
      event
        ? [{ calendarId: calendar.id, remoteId, content: event.content, changedAt: instantOf(event.stamps.updated) }]
        : [],
    )
    return page.next === undefined ? { items } : { items, next: page.next }
  }

  /** @throws SyncError `invalid_input` when the group has no such event. */
  async get(groupId: string, eventId: string): Promise<EventView> {
    return viewOf((await need(this.#engine.storage, this.#user, 'event', `${groupId}/${eventId}`)).value)
  }

  /**
   * Why an event is where it is, is not where one may look for it, and says what it says. Reads what the last syncs saw.
   * @throws SyncError `invalid_input` when the group has no such event.
   */
  async explain(groupId: string, eventId: string): Promise<Explanation> {
    const { storage } = this.#engine
    const { value: group } = await need(storage, this.#user, 'group', groupId)
    const { value: event } = await need(storage, this.#user, 'event', `${groupId}/${eventId}`)
    const range = { index: 'event', ...exactly(`${groupId}/${eventId}`), limit: 1_000 }
    const conflicts = await readPage(storage, this.#user, 'conflict', range)
    const history = await readPage(storage, this.#user, 'audit', range)
    const oldestFirst = [...conflicts.items].sort((a, b) => a.value.createdAt - b.value.createdAt)
    return explain(
      event,
      await targetsNow(this.#engine, this.#user, group),
      oldestFirst.flatMap(({ value }) => value.items),
      history.items.map(({ value }) => value).sort((a, b) => a.at - b.at),
    )
  }

  /**
   * Why an event that a person sees in a calendar is, or is not, part of a group.
   * @throws SyncError `invalid_input` when there is no such group, or the calendar is not in it.
   */
  async explainRemote(groupId: string, calendarId: string, remoteId: string): Promise<RemoteExplanation> {
    const { storage, secret } = this.#engine
    const { value: group } = await need(storage, this.#user, 'group', groupId)
    if (!group.members.some((member) => member.calendarId === calendarId))
      throw unknownId('This calendar is not in the group.')
    const [calendar, remote] = [calendarId as CalendarId, remoteId as RemoteId]
    const bound = await find(storage, this.#user, 'replica', bindingId(calendar, remote, group.id))
    const row = await find(storage, this.#user, 'observed', observedId(calendar, remote))
    const arrival = await find(storage, this.#user, 'inbox', arrivalId(group.id, calendar, remote))
    const mark = row?.value.event ? judgeMark(row.value.event, calendar, secret) : 'none'
    return explainRemote({ group, calendarId: calendar, bound: bound?.value, row: row?.value, mark, waits: !!arrival })
  }

  /**
   * Everything that happens in a span of time in the given calendars, series expanded, in order of start. Reads what
   * the last syncs saw; no provider is called. Of a series that repeats more often than 1,000 times in that span the
   * first 1,000 are there, and none of one that cannot be listed in a bounded time: it must not hide its neighbours.
   *
   * @param options - `from` and `to` in milliseconds since 1970; `zone` for floating times and whole days, default UTC
   * @throws SyncError `invalid_input` when there is no such calendar
   */
  async agenda(
    calendarIds: readonly string[],
    options: { readonly from: number; readonly to: number; readonly zone?: string },
  ): Promise<readonly AgendaEntry[]> {
    checked(agendaSpan, options, 'options')
    const entries: AgendaEntry[] = []
    const turns = new Turns()
    for (const id of calendarIds) {
      const { value: calendar } = await need(this.#engine.storage, this.#user, 'calendar', id)
      const zone = options.zone ?? calendar.zone ?? 'UTC'
      // A day of margin: whole days and floating times begin and end at different instants in different zones.
      const from = new Date(options.from - 86_400_000).toISOString()
      const range = { index: 'until', from: `${calendar.id}/${from}`, to: `${calendar.id}/~~` }
      for await (const page of readAll(this.#engine.storage, this.#user, 'observed', range))
        for (const { value } of page) {
          if (turns.isOver) await turns.give()
          entries.push(...(await this.#occurrences(value, options, zone)))
        }
    }
    return entries.sort((a, b) => a.start - b.start || (a.calendarId < b.calendarId ? -1 : 1))
  }

  async #occurrences(
    { calendarId, remoteId, event }: Observed,
    window: { readonly from: number; readonly to: number },
    floatingZone: string,
  ): Promise<readonly AgendaEntry[]> {
    if (!event) return []
    const occurrences = listed(event.content, window, floatingZone)
    // A person's copy of our copy carries the mark along and is at home here.
    const isOurs = judgeMark(event, calendarId, this.#engine.secret) === 'ours'
    const origin = isOurs && occurrences.length > 0 ? await this.#originOf(event.mark) : undefined
    return occurrences.map(({ slot, start, end, content }) => ({
      calendarId,
      remoteId,
      slot,
      start,
      end,
      content,
      ...(origin ? { origin } : {}),
    }))
  }

  async #originOf(mark: Mark | undefined): Promise<ToldOrigin | undefined> {
    if (!mark) return undefined
    const known = await find(this.#engine.storage, this.#user, 'event', `${mark.groupId}/${mark.eventId}`)
    return known?.value.origin ?? mark.origin
  }
}

function listed(content: EventContent, { from, to }: { readonly from: number; readonly to: number }, zone: string) {
  try {
    return expand(content, { from, to }, { floatingZone: zone, limit: 1_000 })
  } catch (error) {
    if (isSyncError(error) && error.remedy === 'give_up') return []
    throw error
  }
}

function viewOf(event: SyncedEvent): EventView {
  const copies = Object.values(event.replicas).map(({ calendarId, remoteId, native, status }) => ({
    calendarId,
    ...(remoteId === undefined ? {} : { remoteId }),
    isOrigin: native && calendarId === event.origin.calendarId,
    status,
  }))
  const { id, groupId, content, origin, state, failure, conflictId, kin } = event
  return {
    id,
    groupId,
    content,
    origin,
    state,
    changedAt: Object.values(event.provenance).reduce(
      (latest, { changedAt }) => Math.max(latest, changedAt ?? 0),
      origin.firstSyncedAt,
    ),
    copies,
    ...(failure ? { failure } : {}),
    ...(conflictId ? { conflictId } : {}),
    ...(kin ? { kin } : {}),
  }
}

function instantOf(text: string | null): number | null {
  const ms = text === null ? Number.NaN : Date.parse(text)
  return Number.isNaN(ms) ? null : ms
}

const instant = z.number().min(-8.64e15).max(8.64e15)

const agendaSpan: z.ZodType<unknown> = z.object({
  from: instant,
  to: instant,
  zone: z
    .string()
    .refine((zone) => resolveZone(zone) !== undefined, 'is no time zone')
    .exactOptional(),
})
