import { digest } from '../../model/hash.js'
import { type MicrosoftAnswer, respond } from './answers.js'
import { accepted, blank } from './event-fields.js'
import { eventView, type ViewOptions, wholeView } from './event-view.js'
import { createEvent, deleteEvent, updateEvent, withData } from './event-writes.js'
import { cancelledBy } from './guests.js'
import type { StoredCalendar, StoredEvent } from './mailbox.js'
import { datesOf } from './patterns.js'
import { Refusal } from './refusals.js'
import type { MicrosoftAttendee, MicrosoftEmailAddress, MicrosoftEvent, MicrosoftResponseStatus } from './resources.js'
import { occurrenceAt, type Target, targetOf } from './series.js'
import { splitSeries, truncateSeries } from './split.js'
import { type Place, putEvent } from './world.js'

/**
 * A calendar in the hands of the person it belongs to: what they do in Outlook. Mails of theirs are not written down, so
 * that the log shows what programs caused. Ids are immutable ones; those of the other form are understood as well.
 *
 * An occurrence is named by the date of its slot.
 */
export interface FakeMicrosoftCalendar {
  readonly id: string
  /** An event as the API would show it in its own zone; undefined where there is none. */
  get(id: string): MicrosoftEvent | undefined
  /** Single events and series. */
  all(): readonly MicrosoftEvent[]
  /** The same with all that a program can ask for besides: exceptions, cancelled occurrences, what programs noted. */
  read(): readonly MicrosoftEvent[]
  /** The ids of what was removed here and can be restored. */
  bin(): readonly string[]
  /** The occurrences of a series that take place, at most 1,000. */
  occurrences(id: string): readonly MicrosoftEvent[]
  create(event: MicrosoftEvent): MicrosoftEvent
  /** An invitation from somebody else arrives. They stand in the list of guests as well, as Exchange writes it. */
  invite(from: MicrosoftEmailAddress, event: MicrosoftEvent): MicrosoftEvent
  /** Gives an event another version without a change, as Exchange does by itself now and then. */
  touch(id: string): MicrosoftEvent
  /** Lets an event say what no request could make it say: zones that nobody knows, properties of other years. */
  disguise(id: string, shown: MicrosoftEvent): MicrosoftEvent
  /** Edits an event, a series or (by its id) one occurrence. */
  edit(id: string, change: MicrosoftEvent): MicrosoftEvent
  editOccurrence(id: string, date: string, change: MicrosoftEvent): MicrosoftEvent
  remove(id: string): void
  removeOccurrence(id: string, date: string): void
  /** Takes an event back out of the bin: its immutable id stays, its other one is new. */
  restore(id: string): MicrosoftEvent
  /** Moves an event to another calendar of the mailbox. */
  move(id: string, calendarId: string): MicrosoftEvent
  /** Edits "this and all following": the series ends before, and another one begins. Gives the new one. */
  split(id: string, date: string, change?: MicrosoftEvent): MicrosoftEvent
  /** Removes "this and all following". */
  truncate(id: string, date: string): void
  /** Answers an invitation. Who declines loses the event. */
  respond(id: string, answer: MicrosoftAnswer): void
  /** The organizer of an invitation, who has no account here, changes the meeting. */
  organizerEdits(id: string, change: MicrosoftEvent): MicrosoftEvent
  /** The organizer of an invitation takes it back: the event stays, and says that it is cancelled. */
  cancelInvitation(id: string): MicrosoftEvent
  /** A guest's answer arrives, which is a change of the event. */
  guestAnswers(id: string, address: string, response: MicrosoftResponseStatus['response']): MicrosoftEvent
  /** Empties the bin. */
  purge(): void
}

/** The hand of a person on a calendar. */
export function handOn(place: Place, calendar: StoredCalendar): FakeMicrosoftCalendar {
  const { world, mailbox } = place
  const quiet: Place = { mailbox, world: { ...world, mails: [] }, isOwner: true }
  const id = (stored: StoredEvent, date?: string) => world.ids.of(stored, date, true)

  function show(target: Target): MicrosoftEvent {
    const view: ViewOptions = { isImmutable: true, zone: target.data.start.zone, bodyType: 'html' }
    return eventView(place, target, view)
  }

  function need(named: string): Target {
    return byHand(() => targetOf(place, named))
  }

  function whole(stored: StoredEvent): Target {
    return { stored, date: undefined, data: stored.data }
  }

  /** What is in the bin, or was moved there, is found by its key. */
  function buried(named: string): StoredEvent {
    const ref = world.ids.find(named)
    const stored = ref && mailbox.find(ref.key)
    if (!stored) throw new Error(`there never was an event ${named}`)
    return stored
  }

  return {
    id: calendar.id,
    get: (named) => {
      const ref = world.ids.find(named)
      const stored = ref && mailbox.find(ref.key)
      if (!stored || stored.gone !== undefined || stored.calendarId !== calendar.id) return undefined
      const isThere = ref.date === undefined || !stored.cancelled.has(ref.date)
      return isThere ? show(targetOf(place, id(stored, ref.date))) : undefined
    },
    all: () => mailbox.all(calendar.id).map((stored) => show(whole(stored))),
    read: () => mailbox.all(calendar.id).map((stored) => wholeView(place, stored)),
    bin: () => mailbox.binned(calendar.id).map((stored) => id(stored)),
    occurrences: (named) => {
      const { stored } = need(named)
      const found: MicrosoftEvent[] = []
      for (const date of stored.data.recurrence ? datesOf(stored.data.recurrence) : []) {
        if (found.length === 1_000) break
        if (!stored.cancelled.has(date)) found.push(show({ stored, date, data: occurrenceAt(stored, date) }))
      }
      return found
    },
    create: (event) => show(byHand(() => createEvent(quiet, calendar, event))),
    invite: (from, event) => {
      const guests = [from, { name: mailbox.name, address: mailbox.email }].map(
        (emailAddress): MicrosoftAttendee => ({ type: 'required', emailAddress }),
      )
      const data = byHand(() => accepted({ ...event, attendees: [...guests, ...(event.attendees ?? [])] }, blank(from)))
      const key = digest('invitation', mailbox.email, String(mailbox.position))
      const responseStatus = { response: 'notResponded', time: '0001-01-01T00:00:00Z' }
      const stored = putEvent(place, {
        ...{
          key,
          calendarId: calendar.id,
          meeting: key,
          moves: 0,
          exceptions: new Map(),
          cancelled: new Set<string>(),
        },
        data: { ...data, isOrganizer: false, responseStatus, showAs: 'tentative' },
      })
      return show(whole(stored))
    },
    touch: (named) => show(whole(putEvent(place, need(named).stored, { quietly: true }))),
    disguise: (named, disguise) => show(whole(putEvent(place, { ...need(named).stored, disguise }))),
    edit: (named, change) => show(byHand(() => updateEvent(quiet, named, change))),
    editOccurrence: (named, date, change) =>
      show(byHand(() => updateEvent(quiet, id(need(named).stored, date), change))),
    remove: (named) => byHand(() => deleteEvent(quiet, named)),
    removeOccurrence: (named, date) => byHand(() => deleteEvent(quiet, id(need(named).stored, date))),
    restore: (named) => {
      const { gone, ...stored } = buried(named)
      if (gone !== 'deleted') throw new Error(`the event ${named} is not in the bin`)
      return show(whole(putEvent(place, { ...stored, moves: stored.moves + 1 })))
    },
    move: (named, calendarId) => {
      if (!mailbox.calendars.has(calendarId)) throw new Error(`there is no calendar ${calendarId}`)
      const { stored } = need(named)
      return show(whole(putEvent(place, { ...stored, calendarId, moves: stored.moves + 1 })))
    },
    split: (named, date, change = {}) => show(byHand(() => splitSeries(quiet, need(named).stored, date, change))),
    truncate: (named, date) => byHand(() => truncateSeries(quiet, need(named).stored, date)),
    respond: (named, answer) => byHand(() => respond(quiet, need(named), answer, true)),
    organizerEdits: (named, change) => {
      const { stored } = need(named)
      const data = byHand(() => accepted(change, stored.data))
      return show(whole(putEvent(place, { ...stored, ...withData(stored, data) })))
    },
    cancelInvitation: (named) => {
      const { stored } = need(named)
      const data = { ...stored.data, ...cancelledBy(stored.data) }
      return show(whole(putEvent(place, { ...stored, data })))
    },
    guestAnswers: (named, address, response) => {
      const { stored } = need(named)
      const status = { response: response ?? 'none', time: new Date(world.clock.now()).toISOString() }
      const attendees = stored.data.attendees.map((one) =>
        one.emailAddress?.address === address ? { ...one, status } : one,
      )
      return show(whole(putEvent(place, { ...stored, data: { ...stored.data, attendees } })))
    },
    purge: () => mailbox.purge(),
  }
}

/** What Graph refuses a program Outlook would not have offered to a person: the test is wrong. */
function byHand<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw error instanceof Refusal ? new Error(`nobody can do that: ${error.message}`) : error
  }
}
