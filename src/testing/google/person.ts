import type { Account } from './account.js'
import type { CalendarStore, StoredEvent } from './calendar-store.js'
import { patched } from './event-fields.js'
import { eventView } from './event-view.js'
import { deleteEvent, insertEvent, patchEvent } from './event-writes.js'
import { shareWithGuests } from './guests.js'
import { Refusal } from './refusals.js'
import type { GoogleEvent, GoogleTime } from './resources.js'
import { instanceId, isSeries, occurrencesOf, targetOf } from './series.js'
import { splitSeries, truncateSeries } from './split.js'
import { keptTime } from './times.js'
import type { Place, World } from './world.js'

/**
 * A calendar in the hands of the person it belongs to: what they do on their screen. Mails of theirs are not written down,
 * so that the log shows what programs caused.
 *
 * An occurrence is named by its original start: an instant (`2026-01-06T11:00:00Z`), or a date for whole days.
 */
export interface FakeGoogleCalendar {
  readonly id: string
  /** An event as the API would show it; undefined where there is none. What was deleted is shown as cancelled. */
  get(id: string): GoogleEvent | undefined
  /** All events that are there: single ones, series, and exceptions that are not cancelled. */
  all(): readonly GoogleEvent[]
  /** The occurrences of a series that take place, at most 1,000. */
  occurrences(id: string): readonly GoogleEvent[]
  create(event: GoogleEvent): GoogleEvent
  /** Puts an event as it is, past all rules: what Google makes by itself, as events from mails or of contacts. */
  place(id: string, event: GoogleEvent): GoogleEvent
  /** Gives an event another version without a change, as Google does by itself now and then. */
  touch(id: string): GoogleEvent
  /** Edits an event, a series or (by its id) one occurrence. */
  edit(id: string, change: GoogleEvent): GoogleEvent
  /** Edits a series and all its exceptions, as "all events" does. */
  editAll(id: string, change: GoogleEvent): GoogleEvent
  editOccurrence(id: string, originalStart: string, change: GoogleEvent): GoogleEvent
  remove(id: string): void
  removeOccurrence(id: string, originalStart: string): void
  /** Takes an event back out of the bin. */
  restore(id: string): GoogleEvent
  /** Edits "this and following": the series ends before, and another one begins. Gives the new one. */
  split(id: string, originalStart: string, change?: GoogleEvent): GoogleEvent
  /** Removes "this and following". */
  truncate(id: string, originalStart: string): void
  /** Answers an invitation. */
  respond(
    id: string,
    responseStatus: 'accepted' | 'declined' | 'tentative' | 'needsAction',
    comment?: string,
  ): GoogleEvent
  /** Time passes: what was deleted is forgotten, and its ids are free. */
  forgetDeleted(): void
}

/** The hand of a person on a calendar. */
export function handOn(world: World, account: Account, calendar: CalendarStore): FakeGoogleCalendar {
  const place: Place = { world, account, calendar }

  function show(event: StoredEvent): GoogleEvent {
    return eventView(calendar, account, event)
  }

  function need(id: string): StoredEvent {
    const target = targetOf(calendar, id)
    if (!target) throw new Error(`the calendar has no event ${id}`)
    return target.event
  }

  function occurrenceOf(id: string, originalStart: string): StoredEvent {
    const start = need(id).data.start ?? {}
    const original: GoogleTime =
      start.date === undefined
        ? { dateTime: `${new Date(originalStart).toISOString().slice(0, 19)}Z` }
        : { date: originalStart }
    return need(instanceId(id, original))
  }

  const edit = (id: string, change: GoogleEvent) => show(byHand(() => patchEvent(place, id, change, byScreen)))

  return {
    id: calendar.id,
    get: (id) => {
      const target = targetOf(calendar, id)
      return target && show(target.event)
    },
    all: () => {
      const isThere = ({ data }: StoredEvent) => {
        const master = data.recurringEventId === undefined ? undefined : calendar.find(data.recurringEventId)
        return data.status !== 'cancelled' && master?.data.status !== 'cancelled'
      }
      return calendar.all().filter(isThere).map(show)
    },
    occurrences: (id) =>
      occurrencesOf(calendar, need(id), {}, 1_000)
        .filter(({ data }) => data.status !== 'cancelled')
        .map(show),
    create: (event) => show(byHand(() => insertEvent(place, event, byScreen))),
    place: (id, event) => {
      const iCalUID = event.iCalUID ?? `${id}@google.com`
      const [creator, organizer] = [{ email: calendar.id }, { email: calendar.id }]
      const frame: GoogleEvent = { iCalUID, sequence: 0, eventType: 'default', creator, organizer, status: 'confirmed' }
      const { start, end, originalStartTime } = event
      const kept = (time: GoogleTime | undefined) => time && keptTime(time, 'start', calendar.timeZone)
      const times = { start: kept(start), end: kept(end), originalStartTime: kept(originalStartTime) }
      const known = Object.fromEntries(Object.entries(times).filter(([, time]) => time !== undefined))
      const stored = calendar.put(id, { reminders: { useDefault: true }, ...frame, ...event, ...known })
      world.changed(calendar)
      return show(stored)
    },
    touch: (id) => {
      calendar.put(need(id).id, need(id).data, { quietly: true })
      world.changed(calendar)
      return show(need(id))
    },
    edit,
    editAll: (id, change) => {
      for (const { id: exception, data } of calendar.exceptionsOf(id)) {
        if (data.status === 'cancelled') continue
        const { start: _start, end: _end, recurrence: _recurrence, ...texts } = change
        byHand(() => patchEvent(place, exception, texts, byScreen))
      }
      return edit(id, change)
    },
    editOccurrence: (id, originalStart, change) => edit(occurrenceOf(id, originalStart).id, change),
    remove: (id) => byHand(() => deleteEvent(place, id)),
    removeOccurrence: (id, originalStart) => byHand(() => deleteEvent(place, occurrenceOf(id, originalStart).id)),
    restore: (id) => edit(id, { status: 'confirmed' }),
    split: (id, originalStart, change = {}) => {
      const series = need(id)
      if (!isSeries(series)) throw new Error(`the event ${id} does not repeat`)
      return show(byHand(() => splitSeries(place, series, occurrenceOf(id, originalStart), change)))
    },
    truncate: (id, originalStart) => byHand(() => truncateSeries(place, need(id), occurrenceOf(id, originalStart))),
    respond: (id, responseStatus, comment) => {
      const { data } = need(id)
      const attendees = data.attendees?.map((one) =>
        one.email === calendar.id ? patched(one, { responseStatus, ...(comment !== undefined && { comment }) }) : one,
      )
      if (!attendees?.some((one, index) => one !== data.attendees?.[index])) throw new Error('nobody asked this person')
      const stored = byHand(() => patchEvent(place, id, { attendees }, byScreen))
      shareWithGuests(place, stored)
      return show(stored)
    },
    forgetDeleted: () => {
      for (const { id, data } of calendar.all()) {
        const master = data.recurringEventId === undefined ? undefined : calendar.find(data.recurringEventId)
        const isKept = data.status !== 'cancelled' || (master !== undefined && master.data.status !== 'cancelled')
        if (!isKept) calendar.forget(id)
      }
    },
  }
}

/** A person is not held back from meetings and attachments by parameters of the API. */
const byScreen = { conferenceDataVersion: 1, supportsAttachments: true } as const

/** What Google refuses a program it would not have offered to a person: the test is wrong. */
function byHand<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw error instanceof Refusal ? new Error(`nobody can do that: ${error.message}`) : error
  }
}
