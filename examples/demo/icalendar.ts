import { randomUUID } from 'node:crypto'
import type { EventContent, EventTime } from 'calweave'

/** Writes the few kinds of events that the people of the demo make. The library's own writer is not for hosts. */
export function icalendar({ title, location, time, visibility, recurrence }: EventContent): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//calweave//Demo//EN',
    ...berlin,
    'BEGIN:VEVENT',
    `UID:${randomUUID()}@example.com`,
    `DTSTAMP:${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}`,
    `DTSTART${timeValue(time.start)}`,
    `DTEND${timeValue(time.end)}`,
    `SUMMARY:${escaped(title)}`,
    ...(location === '' ? [] : [`LOCATION:${escaped(location)}`]),
    ...(visibility === 'private' ? ['CLASS:PRIVATE'] : []),
    ...(recurrence?.rule ? [`RRULE:${recurrence.rule}`] : []),
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ]
  return lines.join('\r\n')
}

function timeValue(time: EventTime): string {
  if (time.kind === 'date') return `;VALUE=DATE:${time.date.replaceAll('-', '')}`
  const zone = time.kind === 'timed' ? `;TZID=${time.zone}` : ''
  return `${zone}:${time.local.replace(/[-:]/g, '')}`
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
