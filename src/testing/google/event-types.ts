import { equal } from '../fakes/json.js'
import type { CalendarStore } from './calendar-store.js'
import { Refusal } from './refusals.js'
import type { GoogleEvent } from './resources.js'

/** Refuses a new event of a type that may not be made here, or that is not made as its type has to be. */
export function assertNewType(event: GoogleEvent, calendar: CalendarStore): void {
  const type = event.eventType ?? 'default'
  if (type === 'default') return
  if (type === 'fromGmail') throw restricted('Events of this type cannot be created.')
  if (type !== 'birthday' && !calendar.isPrimary)
    throw restricted('Events of this type are only allowed on primary calendars.')
  assertForm(event)
}

/** Refuses an event that is not as its type has to be. */
export function assertForm(event: GoogleEvent): void {
  const hasGuests = (event.attendees?.length ?? 0) > 0
  const hasText = (event.description ?? '') !== ''
  switch (event.eventType) {
    case 'outOfOffice':
      if (hasGuests || hasText || isWholeDay(event)) throw new Refusal('malformedOutOfOfficeEvent')
      return
    case 'focusTime':
      if (hasGuests || event.transparency === 'transparent' || isWholeDay(event))
        throw new Refusal('malformedFocusTimeEvent')
      return
    case 'workingLocation':
      if (hasGuests || event.visibility !== 'public' || event.transparency !== 'transparent')
        throw new Refusal('malformedWorkingLocationEvent')
      if (event.workingLocationProperties === undefined) throw new Refusal('malformedWorkingLocationEvent')
      return
    case 'birthday': {
      const isYearly = event.recurrence?.length === 1 && /^RRULE:FREQ=YEARLY\b/.test(event.recurrence[0] ?? '')
      if (!isWholeDay(event) || !isYearly) throw restricted('Birthdays are whole days that come back every year.')
      if ((event.birthdayProperties?.type ?? 'birthday') !== 'birthday')
        throw restricted('Only birthdays of the type birthday can be created.')
      return
    }
    default:
      return
  }
}

/** Refuses a change of the type, and changes that the type does not allow. */
export function assertSameType(before: GoogleEvent, after: GoogleEvent): void {
  const type = before.eventType ?? 'default'
  if ((after.eventType ?? 'default') !== type) throw restricted('The type of an event cannot be changed.')
  // Which fields of such an event may be changed is not documented; that texts and times may not be is a guess.
  if (type === 'fromGmail')
    for (const name of ['summary', 'description', 'location', 'start', 'end', 'recurrence', 'attendees'] as const)
      if (!equal(before[name], after[name])) throw restricted('Events from Gmail keep what they say.')
  if (type === 'birthday' && !equal(before.birthdayProperties, after.birthdayProperties))
    throw restricted('The birthday of an event cannot be changed.')
  assertForm(after)
}

function isWholeDay(event: GoogleEvent): boolean {
  return event.start?.date !== undefined
}

function restricted(message: string): Refusal {
  return new Refusal('eventTypeRestriction', { message })
}
