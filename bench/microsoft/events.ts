import type { FakeMicrosoftCalendar, MicrosoftEvent } from '../../src/testing/microsoft/index.js'

/** On which day the n-th event of a calendar takes place. */
export function dayOf(n: number): string {
  return new Date(Date.UTC(2026, 0, 1 + (n % 365))).toISOString().slice(0, 10)
}

/** The n-th event of a calendar, by itself or as a series of ten with a changed occurrence. Gives its id. */
export function addEvent(calendar: FakeMicrosoftCalendar, n: number, isSeries: boolean): string {
  const day = dayOf(n)
  const event: MicrosoftEvent = {
    subject: `Event ${n}`,
    body: { contentType: 'text', content: 'What there is to say about it. '.repeat(5) },
    start: { dateTime: `${day}T09:00:00`, timeZone: 'Europe/Berlin' },
    end: { dateTime: `${day}T10:00:00`, timeZone: 'Europe/Berlin' },
  }
  if (!isSeries) return calendar.create(event).id ?? ''
  const daysOfWeek = [weekdays[new Date(day).getUTCDay()] ?? '']
  const { id = '' } = calendar.create({
    ...event,
    recurrence: {
      pattern: { type: 'weekly', interval: 1, daysOfWeek, firstDayOfWeek: 'monday' },
      range: { type: 'numbered', startDate: day, numberOfOccurrences: 10 },
    },
  })
  const second = new Date(Date.parse(day) + 7 * 86_400_000).toISOString().slice(0, 10)
  calendar.editOccurrence(id, second, { subject: `Event ${n}, otherwise` })
  return id
}

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
