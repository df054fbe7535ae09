import { addDays } from '../../model/time.js'
import { eventView } from './event-view.js'
import { createEvent, deleteEvent, updateEvent } from './event-writes.js'
import type { StoredEvent } from './mailbox.js'
import { datesOf, type KeptRecurrence } from './patterns.js'
import type { MicrosoftEvent } from './resources.js'
import { occurrenceAt, type Target } from './series.js'
import { calendarOf, type Place, putEvent } from './world.js'

/**
 * "This and all following": the series ends the day before, and a new one begins with what the person changed. Outlook's
 * new series has no exceptions of the old one, which is a guess.
 */
export function splitSeries(place: Place, stored: StoredEvent, date: string, change: MicrosoftEvent): Target {
  const { recurrence } = stored.data
  if (!recurrence) throw new Error('the event does not repeat')
  const before = [...beforeOf(recurrence, date)]
  const left = recurrence.range.numberOfOccurrences - before.length
  const data = occurrenceAt({ ...stored, exceptions: new Map() }, date)
  const zone = data.start.zone
  const view = eventView(place, { stored, date, data }, { isImmutable: true, zone, bodyType: 'html' })
  const { subject, body, start, end, isAllDay, location, importance, sensitivity, showAs, categories } = view
  const { isReminderOn, reminderMinutesBeforeStart, attendees } = view
  const range = {
    ...{ type: recurrence.range.type, startDate: date, recurrenceTimeZone: recurrence.range.recurrenceTimeZone },
    ...(recurrence.range.type === 'endDate' && { endDate: recurrence.range.endDate }),
    ...(recurrence.range.type === 'numbered' && { numberOfOccurrences: left }),
  }
  const given = {
    subject,
    body,
    start,
    end,
    isAllDay,
    location,
    importance,
    sensitivity,
    showAs,
    categories,
    attendees,
  }
  const known = Object.fromEntries(
    Object.entries({ ...given, isReminderOn, reminderMinutesBeforeStart }).filter(([, value]) => value !== undefined),
  )
  truncateSeries(place, stored, date)
  const made = { ...known, recurrence: { pattern: recurrence.pattern, range } }
  const calendar = calendarOf(place, stored.calendarId)
  const created = createEvent(place, calendar, made)
  if (Object.keys(change).length === 0) return created
  return updateEvent(place, place.world.ids.of(created.stored, undefined, true), change)
}

/** "This and all following" is removed; what was changed before it stays. */
export function truncateSeries(place: Place, stored: StoredEvent, date: string): void {
  const { recurrence } = stored.data
  if (!recurrence) throw new Error('the event does not repeat')
  if (beforeOf(recurrence, date).next().done) {
    deleteEvent(place, place.world.ids.of(stored, undefined, true))
    return
  }
  const range = { ...recurrence.range, type: 'endDate', endDate: addDays(date, -1), numberOfOccurrences: 0 }
  const kept = [...stored.exceptions].filter(([slot]) => slot < date)
  const cancelled = [...stored.cancelled].filter((slot) => slot < date)
  putEvent(place, {
    ...stored,
    data: { ...stored.data, recurrence: { ...recurrence, range } },
    exceptions: new Map(kept),
    cancelled: new Set(cancelled),
  })
}

function* beforeOf(recurrence: KeptRecurrence, date: string): Generator<string> {
  for (const one of datesOf(recurrence)) {
    if (one >= date) return
    yield one
  }
}
