import type { Account } from './account.js'
import type { CalendarStore, StoredEvent } from './calendar-store.js'
import { etagOf } from './etag.js'
import type { GoogleEvent, GooglePerson } from './resources.js'
import { shownTime, stampText } from './times.js'
import { permits, roleIn } from './world.js'

/** How an event is asked for. */
export interface ViewOptions {
  readonly timeZone?: string | undefined
  readonly maxAttendees?: number | undefined
  /** Of what is cancelled, give only what Google promises to give. */
  readonly briefly?: boolean
}

/** An event as an account sees it in a calendar. */
export function eventView(
  calendar: CalendarStore,
  account: Account,
  stored: StoredEvent,
  options: ViewOptions = {},
): GoogleEvent {
  const { data, id } = stored
  const frame = { kind: 'calendar#event', etag: etagOf(stored.stamp), id } as const
  const zone = options.timeZone ?? calendar.timeZone
  const slot = data.originalStartTime && { originalStartTime: shownTime(data.originalStartTime, zone) }
  const series = data.recurringEventId !== undefined && { recurringEventId: data.recurringEventId, ...slot }
  if (data.status === 'cancelled' && options.briefly) return { ...frame, status: 'cancelled', ...series }
  const times = {
    ...(data.start && { start: shownTime(data.start, zone) }),
    ...(data.end && { end: shownTime(data.end, zone) }),
  }
  const common = { ...frame, status: data.status ?? 'confirmed', htmlLink: linkTo(calendar, id) }
  const written = { created: stampText(stored.created, 'seconds'), updated: stampText(stored.updated) }
  if (!seesDetails(calendar, account, data)) {
    const { recurrence, transparency, iCalUID, eventType } = data
    return {
      ...{ ...common, ...written, ...times, ...series, visibility: 'private' },
      ...(recurrence && { recurrence }),
      ...(transparency && { transparency }),
      ...(iCalUID && { iCalUID }),
      ...(eventType && { eventType }),
    }
  }
  const reminders = { reminders: calendar.remindersOf(account.email, stored) }
  return {
    ...data,
    ...reminders,
    ...common,
    ...written,
    ...people(calendar, data, options.maxAttendees),
    ...times,
    ...series,
  }
}

/** Private events show no more than their time to readers, and all events to those who may only see when it is busy. */
function seesDetails(calendar: CalendarStore, account: Account, data: GoogleEvent): boolean {
  const role = roleIn(calendar, account)
  const isHidden = data.visibility === 'private' || data.visibility === 'confidential'
  return permits(role, isHidden ? 'writer' : 'reader')
}

function people(calendar: CalendarStore, data: GoogleEvent, most: number | undefined): GoogleEvent {
  const mark = (person: GooglePerson): GooglePerson =>
    person.email === calendar.id ? { ...person, self: true } : person
  const attendees = data.attendees?.map((one) => {
    const isOrganizer = one.email !== undefined && one.email === data.organizer?.email
    return { ...one, ...mark(one), ...(isOrganizer && { organizer: true }) }
  })
  const isCut = attendees !== undefined && most !== undefined && attendees.length > most
  // Of a list that is too long, only the person's own entry is shown.
  const shown = isCut ? attendees.filter(({ self }) => self) : attendees
  return {
    ...(data.creator && { creator: mark(data.creator) }),
    ...(data.organizer && { organizer: mark(data.organizer) }),
    ...(shown && { attendees: shown }),
    ...(isCut && { attendeesOmitted: true }),
  }
}

function linkTo(calendar: CalendarStore, id: string): string {
  return `https://www.google.com/calendar/event?eid=${btoa(encodeURI(`${id} ${calendar.id}`)).replaceAll('=', '')}`
}
