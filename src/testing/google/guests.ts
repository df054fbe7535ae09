import { equal } from '../fakes/json.js'
import type { CalendarStore, StoredEvent } from './calendar-store.js'
import { Refusal } from './refusals.js'
import type { GoogleAttendee, GoogleEvent } from './resources.js'
import { keepEvent } from './series-writes.js'
import type { Place } from './world.js'

/** Whether an event is somebody else's: the copy that a guest has of it. */
export function isGuestCopy(calendar: CalendarStore, data: GoogleEvent): boolean {
  return data.organizer?.email !== undefined && data.organizer.email !== calendar.id
}

/** What the guests of an event have in common with its organizer. All else is each one's own. */
const common = [
  ...['status', 'summary', 'description', 'location', 'start', 'end', 'recurrence', 'recurringEventId'],
  ...['originalStartTime', 'iCalUID', 'sequence', 'creator', 'organizer', 'attendees', 'guestsCanInviteOthers'],
  ...['guestsCanModify', 'guestsCanSeeOtherGuests', 'conferenceData', 'hangoutLink', 'attachments', 'eventType'],
] as const

/**
 * What becomes of a guest's write. Everybody may answer, and may change what is their own; of the list of guests only the
 * own entry changes, whatever else is sent. What belongs to all is the organizer's, who may let guests change it.
 */
export function guestWrite(place: Place, { data: before }: StoredEvent, after: GoogleEvent): GoogleEvent {
  const { calendar } = place
  const attendees = before.attendees?.map((one) => {
    const answer = after.attendees?.find(({ email }) => email === one.email)
    return one.email === calendar.id && answer ? withAnswer(one, answer) : one
  })
  const data = attendees ? { ...after, attendees } : after
  if (before.privateCopy) return data
  if (!equal(after.extendedProperties?.shared, before.extendedProperties?.shared))
    throw new Refusal('forbiddenForNonOrganizer')
  if (before.guestsCanModify) return data
  const touched = common.some((name) => !['attendees', 'sequence'].includes(name) && !equal(before[name], after[name]))
  if (touched) throw new Refusal('forbiddenForNonOrganizer')
  return data
}

/** Brings an event to the calendars of the others who have it: to the guests, and a guest's answer to everybody. */
export function shareWithGuests({ world, calendar }: Place, { id, data }: Pick<StoredEvent, 'id' | 'data'>): void {
  if (data.privateCopy) return
  const people = new Map((data.attendees ?? []).map((one) => [one.email ?? '', one]))
  for (const other of world.calendars.values()) {
    const isOrganizer = other.id === data.organizer?.email
    if (other === calendar || !(other.isPrimary || isOrganizer)) continue
    const own = other.find(id)?.data
    if (own?.privateCopy || (own && own.iCalUID !== data.iCalUID)) continue
    const guest = people.get(other.id)
    // Who has declined by deleting is left in peace.
    const isAway = own?.status === 'cancelled' && guest?.responseStatus === 'declined'
    if (isAway || (!own && !guest && !isOrganizer)) continue
    const next = guest || isOrganizer ? copyFor(own, data) : { ...own, status: 'cancelled' }
    if (equal(own, next)) continue
    keepEvent(other, id, next)
    world.changed(other)
  }
}

/** An event after a guest took it away, which is an answer. */
export function declinedBy(calendar: CalendarStore, data: GoogleEvent): GoogleEvent {
  const attendees = data.attendees?.map((one) =>
    one.email === calendar.id ? { ...one, responseStatus: 'declined' } : one,
  )
  return attendees ? { ...data, attendees } : data
}

function withAnswer(one: GoogleAttendee, answer: GoogleAttendee): GoogleAttendee {
  const { responseStatus, comment, additionalGuests } = answer
  return {
    ...one,
    ...(responseStatus !== undefined && { responseStatus }),
    ...(comment !== undefined && { comment }),
    ...(additionalGuests !== undefined && { additionalGuests }),
  }
}

function copyFor(own: GoogleEvent | undefined, event: GoogleEvent): GoogleEvent {
  const kept = Object.fromEntries(Object.entries(own ?? {}).filter(([name]) => !common.some((one) => one === name)))
  const shared = event.extendedProperties?.shared
  const extendedProperties = {
    ...(own?.extendedProperties?.private && { private: own.extendedProperties.private }),
    ...(shared && { shared }),
  }
  return {
    ...kept,
    ...Object.fromEntries(common.flatMap((name) => (event[name] === undefined ? [] : [[name, event[name]]]))),
    reminders: own?.reminders ?? { useDefault: true },
    ...(Object.keys(extendedProperties).length > 0 && { extendedProperties }),
  }
}
