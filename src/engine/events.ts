import * as z from 'zod'
import type { EventContent, OccurrenceContent, Slot } from '../model/content.js'
import type { Failure } from '../model/failure.js'
import type { CalendarId, ConflictId, EventId, GroupId, RemoteId, UserId } from '../model/ids.js'
import type { Mark, Origin, ToldOrigin } from '../model/origin.js'
import { expand } from '../model/recurrence.js'
import type { SyncedEvent } from '../model/synced-event.js'
import { resolveZone } from '../model/time.js'
import type { Engine } from './engine.js'
import type { ListOptions, ListPage } from './history.js'
import { checked } from './input.js'
import { judgeMark } from './mark.js'
import { find, need, type Observed, readAll, readPage, under } from './records.js'

/** A synced event as a person sees it: what it says, where it came from, where it stands. */
export interface EventView {
  readonly id: EventId
  readonly groupId: GroupId
  readonly content: EventContent
  readonly origin: Origin
  readonly state: SyncedEvent['state']
  readonly copies: readonly {
    readonly calendarId: CalendarId
    readonly remoteId?: RemoteId
    readonly isOrigin: boolean
    readonly status: string
  }[]
  /** Why it is not in step; absent when all is well. */
  readonly failure?: Failure
  readonly conflictId?: ConflictId
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

  /** @throws SyncError `invalid_input` when the group has no such event. */
  async get(groupId: string, eventId: string): Promise<EventView> {
    return viewOf((await need(this.#engine.storage, this.#user, 'event', `${groupId}/${eventId}`)).value)
  }

  /**
   * Everything that happens in a span of time in the given calendars, series expanded, in order of start. Reads what
   * the last syncs saw; no provider is called.
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
    for (const id of calendarIds) {
      const { value: calendar } = await need(this.#engine.storage, this.#user, 'calendar', id)
      const zone = options.zone ?? calendar.zone ?? 'UTC'
      // A day of margin: whole days and floating times begin and end at different instants in different zones.
      const from = new Date(options.from - 86_400_000).toISOString()
      const range = { index: 'until', from: `${calendar.id}/${from}`, to: `${calendar.id}/~~` }
      for await (const page of readAll(this.#engine.storage, this.#user, 'observed', range))
        for (const { value } of page) entries.push(...(await this.#occurrences(value, options, zone)))
    }
    return entries.sort((a, b) => a.start - b.start || (a.calendarId < b.calendarId ? -1 : 1))
  }

  async #occurrences(
    { calendarId, remoteId, event }: Observed,
    window: { readonly from: number; readonly to: number },
    floatingZone: string,
  ): Promise<readonly AgendaEntry[]> {
    if (!event) return []
    const occurrences = expand(event.content, { from: window.from, to: window.to }, { floatingZone })
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

function viewOf(event: SyncedEvent): EventView {
  const copies = Object.values(event.replicas).map(({ calendarId, remoteId, native, status }) => ({
    calendarId,
    ...(remoteId === undefined ? {} : { remoteId }),
    isOrigin: native && calendarId === event.origin.calendarId,
    status,
  }))
  const { id, groupId, content, origin, state, failure, conflictId } = event
  return {
    id,
    groupId,
    content,
    origin,
    state,
    copies,
    ...(failure ? { failure } : {}),
    ...(conflictId ? { conflictId } : {}),
  }
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
