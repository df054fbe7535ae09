/**
 * The n-th event of a made-up but believable calendar, as iCalendar text. The same number gives the same text, always.
 *
 * About one in eight is a whole day, one in seven a series, one in twenty a series with a moved and a cancelled
 * occurrence; half have an alarm. Timed ones carry the definition of their zone, as most programs write it.
 */
export function eventText(n: number): string {
  const pick = <T>(from: readonly [T, ...T[]], salt: number): T => from[mixed(n, salt) % from.length] ?? from[0]
  const zone = pick(zones, 1)
  const isAllDay = mixed(n, 2) % 100 < 14
  const isSeries = mixed(n, 3) % 100 < 15
  const hasOverride = isSeries && mixed(n, 4) % 3 === 0
  const day = new Date(Date.UTC(2026, 0, 1 + (mixed(n, 5) % 700)))
  const hour = 7 + (mixed(n, 6) % 11)
  const at = (days: number, clock: number): string => {
    const date = new Date(day.getTime() + days * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')
    return isAllDay ? `;VALUE=DATE:${date}` : `;TZID=${zone.id}:${date}T${String(clock).padStart(2, '0')}3000`
  }
  const length = isAllDay ? 1 + (mixed(n, 7) % 3) : 0
  const title = `${pick(topics, 8)} ${pick(partners, 9)} ${n}`
  const described = Array.from({ length: mixed(n, 11) % 4 }, (_, index) => pick(sentences, 20 + index))
  const own = [
    `SUMMARY:${title}`,
    `LOCATION:${pick(places, 10)}`,
    ...(described.length > 0 ? folded(`DESCRIPTION:${described.join('\\n')}`) : []),
    `CATEGORIES:${pick(categories, 12)}`,
  ]
  const stamps = [`UID:event-${n}@bench.example.com`, 'DTSTAMP:20260102T080000Z', 'LAST-MODIFIED:20260102T080000Z']
  const alarm = [
    'BEGIN:VALARM',
    'ACTION:DISPLAY',
    'DESCRIPTION:Reminder',
    `TRIGGER:-PT${pick(['5', '15', '60'], 13)}M`,
    'END:VALARM',
  ]
  const main = [
    'BEGIN:VEVENT',
    ...stamps,
    `DTSTART${at(0, hour)}`,
    `DTEND${at(length, hour + 1)}`,
    ...own,
    ...(isSeries ? [`RRULE:${pick(rules, 14)}`] : []),
    ...(hasOverride ? [`EXDATE${at(49, hour)}`] : []),
    'STATUS:CONFIRMED',
    ...(mixed(n, 15) % 2 === 0 ? alarm : []),
    'END:VEVENT',
  ]
  const moved = [
    'BEGIN:VEVENT',
    ...stamps,
    `RECURRENCE-ID${at(98, hour)}`,
    `DTSTART${at(98, hour + 1)}`,
    `DTEND${at(98 + length, hour + 2)}`,
  ]
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Example Corp//Bench//EN',
    ...(isAllDay ? [] : zone.lines),
    ...main,
    ...(hasOverride ? [...moved, `SUMMARY:${title} (moved)`, 'END:VEVENT'] : []),
    'END:VCALENDAR',
  ]
  return `${lines.join('\r\n')}\r\n`
}

/** Another text of the same event, as a person's edit makes it. */
export function edited(text: string): string {
  return text.replace(/^LOCATION:.*$/m, 'LOCATION:Moved to the garden')
}

/** A number that looks random and is not. */
function mixed(n: number, salt: number): number {
  let x = Math.imul(n + 1, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d)
  x = Math.imul(x ^ (x >>> 12), 0x297a2d39)
  return (x ^ (x >>> 15)) >>> 0
}

/** Lines end after 75 bytes and go on behind a blank. All texts here are ASCII. */
function folded(line: string): readonly string[] {
  const parts = line.match(/^.{1,75}|.{1,74}/g) ?? []
  return parts.map((part, index) => (index === 0 ? part : ` ${part}`))
}

function zone(id: string, name: string, standard: string, daylight: string, rules: readonly [string, string]): Zone {
  const observance = (kind: string, from: string, to: string, start: string, rule: string, label: string): string[] => [
    `BEGIN:${kind}`,
    `DTSTART:${start}`,
    `RRULE:FREQ=YEARLY;${rule}`,
    `TZOFFSETFROM:${from}`,
    `TZOFFSETTO:${to}`,
    `TZNAME:${label}`,
    `END:${kind}`,
  ]
  return {
    id,
    lines: [
      'BEGIN:VTIMEZONE',
      `TZID:${id}`,
      ...observance('DAYLIGHT', standard, daylight, '20070311T020000', rules[0], `${name}DT`),
      ...observance('STANDARD', daylight, standard, '20071104T020000', rules[1], `${name}ST`),
      'END:VTIMEZONE',
    ],
  }
}

interface Zone {
  readonly id: string
  readonly lines: readonly string[]
}

const european = ['BYMONTH=3;BYDAY=-1SU', 'BYMONTH=10;BYDAY=-1SU'] as const
const american = ['BYMONTH=3;BYDAY=2SU', 'BYMONTH=11;BYDAY=1SU'] as const
const zones: readonly [Zone, ...Zone[]] = [
  zone('Europe/Berlin', 'CE', '+0100', '+0200', european),
  zone('Europe/London', 'G', '+0000', '+0100', european),
  zone('America/New_York', 'E', '-0500', '-0400', american),
  zone('America/Los_Angeles', 'P', '-0800', '-0700', american),
]
/** All of them have an occurrence after 49 and after 98 days. */
const rules: readonly [string, ...string[]] = [
  'FREQ=DAILY;COUNT=150',
  'FREQ=WEEKLY;COUNT=30',
  'FREQ=WEEKLY;INTERVAL=7;COUNT=12',
]
const topics: readonly [string, ...string[]] = [
  'Planning',
  'Review',
  'Lunch with',
  'Call with',
  'Workshop',
  'Interview',
  'Demo for',
]
const partners: readonly [string, ...string[]] = [
  'the harbour team',
  'Alex',
  'Example Corp',
  'the new colleagues',
  'design',
  'accounting',
]
const places: readonly [string, ...string[]] = [
  'Room 4.12',
  'Main street 7\\, Springfield',
  'Online',
  'The small kitchen',
  'Building C\\, second floor',
]
const categories: readonly [string, ...string[]] = ['Work', 'Work,Important', 'Private', 'Travel', 'Project Blue']
const sentences: readonly [string, ...string[]] = [
  'Please bring the printed figures of the last quarter and one idea to make the next one better.',
  'The agenda is in the shared folder\\; everybody adds what they want to talk about before Tuesday.',
  'We meet at the entrance and walk over together. There is coffee\\, tea and something to eat.',
  'Dial in from wherever you are. If the line is bad\\, we write in the chat and try again after lunch.',
  'Open points: budget\\, staffing\\, dates for the release\\, who tells the customers and when.',
]
