import { randomUUID } from 'node:crypto'

/** An event on 4 March 2026, 11 to 12 UTC, as some other program writes it. */
export function single(title: string, ...extra: readonly string[]): string {
  return calendar([
    ...head(title),
    'DTSTART:20260304T110000Z',
    'DTEND:20260304T120000Z',
    `SUMMARY:${title}`,
    ...extra,
    'END:VEVENT',
  ])
}

/** Every Wednesday at nine in Berlin, from 4 March 2026, six times; the clocks change before the fifth. */
export function weekly(title: string): string {
  return calendar([
    ...berlin,
    ...head(title),
    'DTSTART;TZID=Europe/Berlin:20260304T090000',
    'DTEND;TZID=Europe/Berlin:20260304T091500',
    'RRULE:FREQ=WEEKLY;COUNT=6',
    `SUMMARY:${title}`,
    'END:VEVENT',
  ])
}

/** 5 and 6 March 2026, whole days. */
export function wholeDays(title: string): string {
  return calendar([
    ...head(title),
    'DTSTART;VALUE=DATE:20260305',
    'DTEND;VALUE=DATE:20260307',
    `SUMMARY:${title}`,
    'END:VEVENT',
  ])
}

/** Sets a property of the first event in a text, as a program does when a person changes it. */
export function withLine(text: string, name: string, value: string): string {
  const lines = unfolded(text)
  const start = lines.indexOf('BEGIN:VEVENT')
  const end = lines.indexOf('END:VEVENT')
  const kept = lines.slice(start + 1, end).filter((line) => !new RegExp(`^${name}[;:]`).test(line))
  return [...lines.slice(0, start + 1), ...kept, `${name}:${value}`, ...lines.slice(end)].join('\r\n')
}

/** Adds an override for 11 March: moved to the afternoon of the next day. */
export function withMovedSecond(text: string, title: string): string {
  const lines = unfolded(text)
  const end = lines.lastIndexOf('END:VCALENDAR')
  const uid = lines.find((line) => line.startsWith('UID:')) ?? ''
  const override = [
    'BEGIN:VEVENT',
    uid,
    'DTSTAMP:20260302T080000Z',
    'RECURRENCE-ID;TZID=Europe/Berlin:20260311T090000',
    'DTSTART;TZID=Europe/Berlin:20260312T143000',
    'DTEND;TZID=Europe/Berlin:20260312T150000',
    `SUMMARY:${title}`,
    'END:VEVENT',
  ]
  return [...lines.slice(0, end), ...override, ...lines.slice(end)].join('\r\n')
}

const head = (title: string): readonly string[] => [
  'BEGIN:VEVENT',
  `UID:${title.toLowerCase().replace(/[^a-z]+/g, '-')}-${randomUUID()}@example.com`,
  'DTSTAMP:20260301T080000Z',
  'CREATED:20260301T080000Z',
  'LAST-MODIFIED:20260301T080000Z',
]

const berlin = [
  'BEGIN:VTIMEZONE',
  'TZID:Europe/Berlin',
  'BEGIN:STANDARD',
  'DTSTART:19961027T030000',
  'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'TZNAME:CET',
  'END:STANDARD',
  'BEGIN:DAYLIGHT',
  'DTSTART:19810329T020000',
  'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'TZNAME:CEST',
  'END:DAYLIGHT',
  'END:VTIMEZONE',
]

function calendar(lines: readonly string[]): string {
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//example.com//Other program//EN',
    ...lines,
    'END:VCALENDAR',
    '',
  ].join('\r\n')
}

function unfolded(text: string): readonly string[] {
  return text.replace(/\r?\n[ \t]/g, '').split(/\r?\n/)
}
