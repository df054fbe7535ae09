import { randomUUID } from 'node:crypto'
import type { GoogleEvent, MicrosoftEvent } from 'calweave/testing'
import { type Entry, homeZone, ruleOf, type Week, wallTimes, weekdayOf } from './entry.js'

/** The entry as Google's API has it. */
export function forGoogle(entry: Entry, week: Week): GoogleEvent {
  const { title, day, days = 1, zone = homeZone, place, notes, isPrivate, isTentative } = entry
  const times = wallTimes(entry, week)
  const rule = ruleOf(entry)
  return {
    summary: title,
    ...(place === undefined ? {} : { location: place }),
    ...(notes === undefined ? {} : { description: notes }),
    ...(isPrivate ? { visibility: 'private' } : {}),
    ...(isTentative ? { status: 'tentative' } : {}),
    ...(rule === undefined ? {} : { recurrence: [`RRULE:${rule}`] }),
    ...(times
      ? { start: { dateTime: times.start, timeZone: zone }, end: { dateTime: times.end, timeZone: zone } }
      : { start: { date: week.date(day) }, end: { date: week.date(day + days) } }),
  }
}

const dayNames = {
  ...{ MO: 'monday', TU: 'tuesday', WE: 'wednesday', TH: 'thursday', FR: 'friday', SA: 'saturday', SU: 'sunday' },
} as const

/** The entry as Microsoft Graph has it. */
export function forMicrosoft(entry: Entry, week: Week): MicrosoftEvent {
  const { title, day, days = 1, zone = homeZone, place, notes, isPrivate, isTentative, repeats } = entry
  const times = wallTimes(entry, week) ?? {
    start: `${week.date(day)}T00:00:00`,
    end: `${week.date(day + days)}T00:00:00`,
  }
  return {
    subject: title,
    isAllDay: entry.from === undefined,
    start: { dateTime: times.start, timeZone: zone },
    end: { dateTime: times.end, timeZone: zone },
    ...(place === undefined ? {} : { location: { displayName: place } }),
    ...(notes === undefined ? {} : { body: { contentType: 'text', content: notes } }),
    ...(isPrivate ? { sensitivity: 'private' } : {}),
    ...(isTentative ? { showAs: 'tentative' } : {}),
    ...(repeats
      ? {
          recurrence: {
            pattern: {
              type: 'weekly',
              interval: repeats.every ?? 1,
              daysOfWeek: (repeats.on ?? [weekdayOf(day)]).map((one) => dayNames[one]),
              firstDayOfWeek: 'monday',
            },
            range: {
              type: 'numbered',
              startDate: week.date(day),
              numberOfOccurrences: repeats.count,
              recurrenceTimeZone: zone,
            },
          },
        }
      : {}),
  }
}

/** The entry as an iCalendar file, as Apple's and other CalDAV programs store it. `uid` keeps an edit the same event. */
export function forCaldav(entry: Entry, week: Week, uid: string = randomUUID().toUpperCase()): string {
  const { title, day, days = 1, zone = homeZone, place, notes, isPrivate, isTentative } = entry
  const times = wallTimes(entry, week)
  const at = (local: string) => `;TZID=${zone}:${local.replace(/[-:]/g, '')}`
  const on = (date: string) => `;VALUE=DATE:${date.replaceAll('-', '')}`
  const rule = ruleOf(entry)
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//calweave//Example//EN',
    ...(zone === homeZone ? berlin : []),
    'BEGIN:VEVENT',
    `UID:${uid}`,
    `DTSTAMP:${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}`,
    `DTSTART${times ? at(times.start) : on(week.date(day))}`,
    `DTEND${times ? at(times.end) : on(week.date(day + days))}`,
    `SUMMARY:${escaped(title)}`,
    ...(place === undefined ? [] : [`LOCATION:${escaped(place)}`]),
    ...(notes === undefined ? [] : [`DESCRIPTION:${escaped(notes)}`]),
    ...(isPrivate ? ['CLASS:PRIVATE'] : []),
    ...(isTentative ? ['STATUS:TENTATIVE'] : []),
    ...(rule === undefined ? [] : [`RRULE:${rule}`]),
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n')
}

function escaped(text: string): string {
  return text.replace(/[\\;,]/g, '\\$&').replaceAll('\n', '\\n')
}

const berlin = [
  'BEGIN:VTIMEZONE',
  'TZID:Europe/Berlin',
  'BEGIN:STANDARD',
  'DTSTART:19961027T030000',
  'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'END:STANDARD',
  'BEGIN:DAYLIGHT',
  'DTSTART:19960331T020000',
  'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'END:DAYLIGHT',
  'END:VTIMEZONE',
]
