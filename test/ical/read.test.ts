import { describe, expect, test } from 'vitest'
import { isSyncError } from '../../src/errors.js'
import { decodeCalendar } from '../../src/ical/decode.js'
import type { IcalLimits } from '../../src/ical/limits.js'
import { type IcalUnit, readCalendar, readObject } from '../../src/ical/read.js'
import type { EventContent } from '../../src/model/content.js'
import { encodeMark } from '../../src/model/origin.js'

/** A calendar of these lines, with CRLF ends. */
function calendar(...lines: readonly string[]): string {
  return ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test//EN', ...lines, 'END:VCALENDAR', ''].join('\r\n')
}

/** An event; lines given replace nothing, so a test sees its whole input. */
function event(...lines: readonly string[]): readonly string[] {
  return ['BEGIN:VEVENT', 'UID:a@example.com', 'DTSTAMP:20260101T000000Z', ...lines, 'END:VEVENT']
}

const start = 'DTSTART:20260304T090000Z'

function unitOf(...lines: readonly string[]): IcalUnit {
  return readObject(calendar(...event(...lines)))
}

function contentOf(...lines: readonly string[]): EventContent {
  return contentIn(unitOf(...lines))
}

function contentIn(unit: IcalUnit): EventContent {
  if (!unit.ok) throw unit.error
  return unit.content
}

function refusalOf(text: string, limits?: Partial<IcalLimits>): string {
  try {
    readCalendar(text, limits)
  } catch (error) {
    if (isSyncError(error)) return `${error.code} ${error.reason}`
    throw error
  }
  return 'accepted'
}

/** Code and reason of a unit that was set aside. */
function issueOf(unit: IcalUnit): string {
  return unit.ok ? 'accepted' : `${unit.error.code} ${unit.error.reason}`
}

describe('texts that are refused as a whole', () => {
  const event20 = calendar(...event(start))
  const cases: readonly (readonly [what: string, text: string, issue: string])[] = [
    ['an empty body', '', 'not_icalendar EMPTY'],
    ['blank lines only', '\r\n \r\n', 'not_icalendar EMPTY'],
    ['a login page', '<!DOCTYPE html>\n<html><body>BEGIN:VCALENDAR</body></html>', 'not_icalendar NOT_ICALENDAR'],
    ['a JSON answer', '{"error":"not found"}', 'not_icalendar NOT_ICALENDAR'],
    ['a bare event', event(start).join('\r\n'), 'not_icalendar NOT_ICALENDAR'],
    ['a contact card', 'BEGIN:VCARD\r\nEND:VCARD\r\n', 'not_icalendar NOT_ICALENDAR'],
    ['UTF-16 read as UTF-8', [...event20].join('\0'), 'not_icalendar CHARSET'],
    ['a missing END:VCALENDAR', event20.slice(0, event20.lastIndexOf('END:')), 'not_icalendar TRUNCATED'],
    ['a text cut inside an event', event20.slice(0, 100), 'not_icalendar TRUNCATED'],
    ['an END without its BEGIN', calendar('END:VEVENT'), 'not_icalendar NESTING'],
    [
      'components that cross',
      calendar('BEGIN:VEVENT', 'BEGIN:VALARM', 'END:VEVENT', 'END:VALARM'),
      'not_icalendar NESTING',
    ],
    [
      '200,000 components inside each other',
      calendar('BEGIN:VEVENT\r\n'.repeat(200_000)),
      'limit_exceeded LIMIT_DEPTH',
    ],
    ['vCalendar 1.0', event20.replace('VERSION:2.0', 'VERSION:1.0'), 'unsupported ICAL_VERSION'],
    [
      'a zone that changes its clocks every second',
      calendar('BEGIN:VTIMEZONE', 'TZID:X', 'BEGIN:STANDARD', 'RRULE:FREQ=SECONDLY', 'END:STANDARD', 'END:VTIMEZONE'),
      'limit_exceeded LIMIT_RECURRENCE',
    ],
  ]
  for (const [what, text, issue] of cases) test(what, () => expect(refusalOf(text)).toBe(issue))

  test('a text above the limit is refused before it is parsed', () => {
    expect(refusalOf(`BEGIN:VCALENDAR\r\nX-A:${'x'.repeat(50_000_000)}`)).toBe('limit_exceeded LIMIT_BYTES')
    expect(refusalOf(calendar(...event(start)), { fileLength: 50 })).toBe('limit_exceeded LIMIT_BYTES')
  })

  test('readObject never throws: what is refused as a file is an unreadable unit', () => {
    for (const [, text, issue] of cases) expect(issueOf(readObject(text))).toBe(issue)
  })

  test('bytes that are not UTF-8', () => {
    const latin1 = Uint8Array.from('BEGIN:VCALENDAR\r\nX-A:Müller', (char) => char.charCodeAt(0))
    expect(() => decodeCalendar(latin1)).toThrow(expect.objectContaining({ reason: 'CHARSET' }))
  })
})

describe('texts that are read although they are not quite right', () => {
  const plain = contentIn(readObject(calendar(...event(start, 'SUMMARY:Café, 午後'.replace(',', '\\,')))))
  const text = calendar(...event(start, 'SUMMARY:Café\\, 午後'))

  test('a byte order mark', () => expect(contentIn(readObject(`\ufeff${text}`))).toEqual(plain))
  test('bare LF', () => expect(contentIn(readObject(text.replaceAll('\r\n', '\n')))).toEqual(plain))
  test('bare CR', () => expect(contentIn(readObject(text.replaceAll('\r\n', '\r')))).toEqual(plain))
  test('doubled CR', () => expect(contentIn(readObject(text.replaceAll('\r\n', '\r\r\n')))).toEqual(plain))
  test('control characters inside a value', () => {
    expect(contentIn(readObject(text.replace('Café', 'Ca\0\u0007f\ré')))).toEqual(plain)
  })
  test('a lone surrogate', () => {
    expect(contentIn(readObject(text.replace('Café', '\ud800'))).title).toBe('\ufffd, 午後')
  })
  test('folds after every character', () => {
    const folded = text.replace('Café\\, 午後', [...'Café\\, 午後'].join('\r\n '))
    expect(contentIn(readObject(folded))).toEqual(plain)
  })
  test('two million folds are read in linear time', () => {
    const folded = text.replace('Café', 'x\r\n '.repeat(200_000))
    expect(contentIn(readObject(folded)).title.length).toBe(200_004)
  })
  test('a fold between the bytes of one character', () => {
    const bytes = new TextEncoder().encode(text)
    const inside = bytes.indexOf(0xc3) + 1
    const folded = Uint8Array.from([...bytes.slice(0, inside), 0x0d, 0x0a, 0x20, ...bytes.slice(inside)])
    expect(contentIn(readObject(decodeCalendar(folded)))).toEqual(plain)
  })
  test('lower case names', () => {
    expect(contentIn(readObject(text.replaceAll(/^[A-Z]+(?=:)/gm, (name) => name.toLowerCase())))).toEqual(plain)
  })
  test('METHOD in a stored object', () => {
    expect(contentIn(readObject(text.replace('VERSION', 'METHOD:REQUEST\r\nVERSION')))).toEqual(plain)
  })
  test('a property called CONSTRUCTOR or __PROTO__', () => {
    expect(contentOf(start, 'CONSTRUCTOR:x', '__PROTO__;A=b:x', 'X-A;__PROTO__=x:y').title).toBe('')
  })
})

describe('one event that cannot be read', () => {
  const manyDates = (name: string, count: number) =>
    `${name}:${Array.from({ length: count }, (_, index) => `20260304T${String(index % 24).padStart(2, '0')}0000Z`).join(',')}`
  const cases: readonly (readonly [what: string, lines: readonly string[], issue: string])[] = [
    ['no start', ['SUMMARY:x'], 'invalid_event NO_DTSTART'],
    ['month 13', ['DTSTART:20261399T999999Z'], 'invalid_event TIME_INVALID'],
    ['29 February 2026', ['DTSTART;VALUE=DATE:20260229'], 'invalid_event TIME_INVALID'],
    ['dashes in a date', ['DTSTART;VALUE=DATE:2026-03-04'], 'invalid_event TIME_INVALID'],
    ['year 1', ['DTSTART:00010101T000000Z'], 'invalid_event TIME_RANGE'],
    ['year 9999', ['DTSTART;VALUE=DATE:99991231'], 'invalid_event TIME_RANGE'],
    ['an end before the start', [start, 'DTEND:20260304T080000Z'], 'invalid_event END_BEFORE_START'],
    [
      'an end on an earlier day',
      ['DTSTART;VALUE=DATE:20260304', 'DTEND;VALUE=DATE:20260303'],
      'invalid_event END_BEFORE_START',
    ],
    ['an end and a duration', [start, 'DTEND:20260304T100000Z', 'DURATION:PT1H'], 'invalid_event DTEND_AND_DURATION'],
    ['a negative duration', [start, 'DURATION:-PT1H'], 'invalid_event DURATION_INVALID'],
    ['a date that ends at a time', ['DTSTART;VALUE=DATE:20260304', 'DTEND:20260304T100000Z'], 'invalid_event END_KIND'],
    ['a zone that nobody knows', ['DTSTART;TZID=Nowhere:20260304T090000'], 'invalid_event ZONE_UNKNOWN'],
    ['BYHOUR=25', [start, 'RRULE:FREQ=DAILY;BYHOUR=25'], 'invalid_event RRULE_RANGE'],
    ['INTERVAL=0', [start, 'RRULE:FREQ=DAILY;INTERVAL=0'], 'invalid_event RRULE_INTERVAL'],
    ['INTERVAL=-1', [start, 'RRULE:FREQ=DAILY;INTERVAL=-1;COUNT=3'], 'invalid_event RRULE_INTERVAL'],
    ['COUNT=0', [start, 'RRULE:FREQ=DAILY;COUNT=0'], 'invalid_event RRULE_COUNT'],
    ['COUNT=abc', [start, 'RRULE:FREQ=DAILY;COUNT=abc'], 'invalid_event RRULE_COUNT'],
    [
      'COUNT and UNTIL',
      [start, 'RRULE:FREQ=DAILY;COUNT=3;UNTIL=20270101T000000Z'],
      'invalid_event RRULE_COUNT_AND_UNTIL',
    ],
    ['two rules', [start, 'RRULE:FREQ=DAILY', 'RRULE:FREQ=WEEKLY'], 'invalid_event TWO_RRULES'],
    ['EXRULE', [start, 'RRULE:FREQ=DAILY', 'EXRULE:FREQ=WEEKLY'], 'unsupported EXRULE'],
    ['RSCALE', [start, 'RRULE:RSCALE=CHINESE;FREQ=YEARLY'], 'unsupported RRULE_RSCALE'],
    ['6,000 exceptions', [start, 'RRULE:FREQ=HOURLY', manyDates('EXDATE', 6_000)], 'limit_exceeded LIMIT_DATES'],
    [
      '1,001 attendees',
      [start, ...Array.from({ length: 1_001 }, (_, n) => `ATTENDEE:mailto:p${n}@example.com`)],
      'limit_exceeded LIMIT_ATTENDEES',
    ],
    ['a description of 300 kB', [start, `DESCRIPTION:${'x'.repeat(300_000)}`], 'limit_exceeded LIMIT_VALUE'],
    ['a line that is broken', [start, 'DESCRIPTION:one', 'OAKLAND, CA 94611'], 'invalid_event BAD_LINE'],
    ['a parameter that is not closed', ['DTSTART;TZID="Europe/Berlin:20260304T090000'], 'invalid_event BAD_LINE'],
  ]
  for (const [what, lines, issue] of cases) {
    test(`${what}: it is set aside and its neighbours are read`, () => {
      const other = (uid: string) => ['BEGIN:VEVENT', `UID:${uid}`, start, 'END:VEVENT']
      const { units } = readCalendar(calendar(...other('before'), ...event(...lines), ...other('after')))
      expect(units.map((unit) => [unit.uid, issueOf(unit)])).toEqual([
        ['before', 'accepted'],
        ['a@example.com', issue],
        ['after', 'accepted'],
      ])
    })
  }

  test('no message quotes the event', () => {
    for (const [, lines] of cases) {
      const unit = unitOf('SUMMARY:geheim', ...lines, 'LOCATION:geheim')
      if (unit.ok) throw new Error('expected to be set aside')
      expect(`${unit.error.message} ${unit.error.reason}`).not.toContain('geheim')
    }
  })

  test('without a UID', () => {
    const { units } = readCalendar(calendar('BEGIN:VEVENT', start, 'END:VEVENT'))
    expect(units.map((unit) => [unit.uid, issueOf(unit)])).toEqual([[null, 'invalid_event NO_UID']])
  })

  test('with a UID of 10 kB', () => {
    expect(issueOf(readObject(calendar('BEGIN:VEVENT', `UID:${'u'.repeat(10_000)}`, start, 'END:VEVENT')))).toBe(
      'limit_exceeded LIMIT_UID',
    )
  })

  test('with the UID of an event in another calendar of the same file: both are reported', () => {
    const twice = calendar(...event(start)) + calendar(...event('DTSTART:20260305T090000Z'))
    expect(readCalendar(twice).units.map(issueOf)).toEqual(['accepted', 'invalid_event DUPLICATE_UID'])
  })

  test('with 2,001 changed occurrences', () => {
    const overrides = Array.from({ length: 2_001 }, () => event('RECURRENCE-ID:20260305T090000Z', start)).flat()
    expect(issueOf(readObject(calendar(...event(start, 'RRULE:FREQ=DAILY'), ...overrides)))).toBe(
      'limit_exceeded LIMIT_OVERRIDES',
    )
  })

  test('one broken override costs its series, since half a series is none', () => {
    const unit = readObject(
      calendar(...event(start, 'RRULE:FREQ=DAILY'), ...event('RECURRENCE-ID:20260305T090000Z', 'SUMMARY:x')),
    )
    expect(issueOf(unit)).toBe('invalid_event NO_DTSTART')
  })
})

describe('resources', () => {
  test('with two UIDs, two calendars or only a task', () => {
    const task = calendar('BEGIN:VTODO', 'UID:t', 'END:VTODO')
    expect(issueOf(readObject(calendar(...event(start), 'BEGIN:VEVENT', 'UID:b', start, 'END:VEVENT')))).toBe(
      'invalid_event MIXED_UIDS',
    )
    expect(issueOf(readObject(calendar(...event(start)) + calendar(...event(start))))).toBe(
      'invalid_event TWO_CALENDARS',
    )
    expect(issueOf(readObject(task))).toBe('unsupported NO_EVENT')
    expect(readCalendar(task).units).toEqual([])
  })

  test('a UID with slashes, percent signs and line breaks is a UID', () => {
    const unit = readObject(calendar('BEGIN:VEVENT', 'UID:../a%2fb\\n/c', start, 'END:VEVENT'))
    expect([unit.ok, unit.uid]).toEqual([true, '../a%2fb /c'])
  })

  test('the text of a unit stands alone, with its zone and all its properties', () => {
    const zone = ['BEGIN:VTIMEZONE', 'TZID:Custom', 'X-LIC-LOCATION:Europe/Rome', 'END:VTIMEZONE']
    const unused = ['BEGIN:VTIMEZONE', 'TZID:Unused', 'END:VTIMEZONE']
    const lines = event(
      'DTSTART;TZID=Custom:20260304T090000',
      'X-ODD;P="a;b":1\\,2',
      'BEGIN:X-INNER',
      'X-B:c',
      'END:X-INNER',
    )
    const [unit] = readCalendar(calendar('X-WR-CALNAME:Team', ...zone, ...unused, ...lines)).units
    expect(unit?.text).toBe(calendar(...zone, ...lines))
  })

  test('name and zone of the calendar', () => {
    const { name, zone } = readCalendar(calendar('X-WR-CALNAME:Team\\, blue', 'X-WR-TIMEZONE:W. Europe Standard Time'))
    expect([name, zone]).toEqual(['Team, blue', 'Europe/Berlin'])
  })
})

describe('times', () => {
  const timeOf = (...lines: readonly string[]) => contentOf(...lines).time
  const utc = (local: string) => ({ kind: 'timed', local, zone: 'UTC' })
  const berlin = (local: string) => ({ kind: 'timed', local, zone: 'Europe/Berlin' })
  const date = (day: string) => ({ kind: 'date', date: day })

  test('in UTC, in a zone, floating, as dates', () => {
    expect(timeOf(start, 'DTEND:20260304T100000Z')).toEqual({
      start: utc('2026-03-04T09:00:00'),
      end: utc('2026-03-04T10:00:00'),
    })
    expect(timeOf('DTSTART;TZID=Europe/Berlin:20260304T090000', 'DTEND;TZID=Asia/Tokyo:20260304T230000').end).toEqual({
      kind: 'timed',
      local: '2026-03-04T23:00:00',
      zone: 'Asia/Tokyo',
    })
    expect(timeOf('DTSTART:20260304T090000').start).toEqual({ kind: 'floating', local: '2026-03-04T09:00:00' })
    expect(timeOf('DTSTART;VALUE=DATE:20260304', 'DTEND;VALUE=DATE:20260306')).toEqual({
      start: date('2026-03-04'),
      end: date('2026-03-06'),
    })
  })

  test('without an end: a day, or no time at all', () => {
    expect(timeOf('DTSTART;VALUE=DATE:20260304').end).toEqual(date('2026-03-05'))
    expect(timeOf('DTSTART;VALUE=DATE:20260304', 'DTEND;VALUE=DATE:20260304').end).toEqual(date('2026-03-05'))
    expect(timeOf(start).end).toEqual(utc('2026-03-04T09:00:00'))
  })

  test('a date without VALUE=DATE and midnight with it are both dates', () => {
    expect(timeOf('DTSTART:20260304').start).toEqual(date('2026-03-04'))
    expect(timeOf('DTSTART;VALUE=DATE:20260304T000000').start).toEqual(date('2026-03-04'))
  })

  test('P1D is a day on the calendar and PT24H a day on the clock', () => {
    const summer = 'DTSTART;TZID=Europe/Berlin:20260328T120000' // the clocks change in this night
    expect(timeOf(summer, 'DURATION:P1D').end).toEqual(berlin('2026-03-29T12:00:00'))
    expect(timeOf(summer, 'DURATION:PT24H').end).toEqual(berlin('2026-03-29T13:00:00'))
    expect(timeOf('DTSTART;VALUE=DATE:20260304', 'DURATION:P1W').end).toEqual(date('2026-03-11'))
  })

  test('a leap second is the second before', () => {
    expect(timeOf('DTSTART:20161231T235960Z').start).toEqual(utc('2016-12-31T23:59:59'))
  })

  test('a single time that the clocks skip is the time that they show; in a series it stays', () => {
    const gap = 'DTSTART;TZID=Europe/Berlin:20260329T023000'
    expect(timeOf(gap).start).toEqual(berlin('2026-03-29T03:30:00'))
    expect(timeOf(gap, 'RRULE:FREQ=DAILY').start).toEqual(berlin('2026-03-29T02:30:00'))
  })

  test('vendor and Windows names are their zones, and the name is kept', () => {
    expect(timeOf('DTSTART;TZID="W. Europe Standard Time":20260304T090000').start).toEqual({
      ...berlin('2026-03-04T09:00:00'),
      originalZone: 'W. Europe Standard Time',
    })
    expect(timeOf('DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20260304T090000').start).toMatchObject({
      zone: 'Europe/Berlin',
    })
  })
})

describe('zones by definition', () => {
  const observance = (kind: string, from: string, to: string, startLine: string, rule?: string) => [
    `BEGIN:${kind}`,
    `DTSTART:${startLine}`,
    `TZOFFSETFROM:${from}`,
    `TZOFFSETTO:${to}`,
    ...(rule ? [`RRULE:${rule}`] : []),
    `END:${kind}`,
  ]
  const zone = (...observances: readonly string[]) => [
    'BEGIN:VTIMEZONE',
    'TZID:Our Zone',
    ...observances,
    'END:VTIMEZONE',
  ]
  const american = zone(
    ...observance('STANDARD', '-0400', '-0500', '16011104T020000', 'FREQ=YEARLY;BYDAY=1SU;BYMONTH=11'),
    ...observance('DAYLIGHT', '-0500', '-0400', '16010311T020000', 'FREQ=YEARLY;BYDAY=2SU;BYMONTH=3'),
  )
  const read = (definition: readonly string[], ...lines: readonly string[]) =>
    readObject(calendar(...definition, ...event('DTSTART;TZID=Our Zone:20260704T090000', ...lines)))

  test('the known zone whose clocks do the same', () => {
    expect(contentIn(read(american, 'RRULE:FREQ=WEEKLY')).time.start).toEqual({
      kind: 'timed',
      local: '2026-07-04T09:00:00',
      zone: 'America/New_York',
      originalZone: 'Our Zone',
    })
  })

  test('of several such zones, the one that the name speaks of', () => {
    const named = american.map((line) => line.replace('Our Zone', 'Eastern (Toronto)'))
    const unit = readObject(calendar(...named, ...event('DTSTART;TZID=Eastern (Toronto):20260704T090000')))
    expect(contentIn(unit).time.start).toMatchObject({ zone: 'America/Toronto' })
  })

  test('an offset that never changes', () => {
    const fixed = zone(...observance('STANDARD', '+0300', '+0300', '19700101T000000'))
    expect(contentIn(read(fixed, 'RRULE:FREQ=WEEKLY')).time.start).toMatchObject({ zone: 'Etc/GMT-3' })
    const india = zone(...observance('STANDARD', '+0530', '+0530', '19700101T000000'))
    expect(contentIn(read(india, 'RRULE:FREQ=WEEKLY')).time.start).toMatchObject({ zone: 'Asia/Calcutta' })
  })

  test('clocks like nobody has: one event is an instant, a series is set aside', () => {
    const odd = zone(...observance('STANDARD', '+0107', '+0107', '19700101T000000'))
    expect(contentIn(read(odd)).time.start).toEqual({ kind: 'timed', local: '2026-07-04T07:53:00', zone: 'UTC' })
    expect(issueOf(read(odd, 'RRULE:FREQ=WEEKLY'))).toBe('invalid_event ZONE_CUSTOM')
  })

  test('a name that is known counts more than its definition, which is often older than the law', () => {
    const old = american.map((line) => line.replace('Our Zone', 'Europe/Berlin'))
    const unit = readObject(calendar(...old, ...event('DTSTART;TZID=Europe/Berlin:20260704T090000')))
    expect(contentIn(unit).time.start).toEqual({ kind: 'timed', local: '2026-07-04T09:00:00', zone: 'Europe/Berlin' })
  })

  test('X-LIC-LOCATION', () => {
    const located = ['BEGIN:VTIMEZONE', 'TZID:Our Zone', 'X-LIC-LOCATION:Europe/Rome', 'END:VTIMEZONE']
    expect(contentIn(read(located)).time.start).toMatchObject({ zone: 'Europe/Rome' })
  })

  test('a file made of unknown zones is not looked into without end', () => {
    const zones = Array.from({ length: 300 }, (_, n) =>
      american.map((line) => line.replace('Our Zone', `Zone ${n}`)),
    ).flat()
    const events = Array.from({ length: 300 }, (_, n) => [
      'BEGIN:VEVENT',
      `UID:${n}`,
      `DTSTART;TZID=Zone ${n}:20260704T090000`,
      'END:VEVENT',
    ]).flat()
    const { units } = readCalendar(calendar(...zones, ...events))
    expect(units.map(issueOf).filter((issue) => issue !== 'accepted')).toEqual(
      Array(100).fill('limit_exceeded LIMIT_ZONES'),
    )
  })
})

describe('series', () => {
  const series = [
    'DTSTART;TZID=Europe/Berlin:20260101T090000',
    'DTEND;TZID=Europe/Berlin:20260101T100000',
    'RRULE:FREQ=DAILY;COUNT=5',
  ]
  const master = event(...series)
  const overridesOf = (...lines: readonly string[]) => contentIn(readObject(calendar(...lines))).overrides

  for (const [form, line] of [
    ['the form of the start', 'EXDATE;TZID=Europe/Berlin:20260102T090000'],
    ['UTC', 'EXDATE:20260102T080000Z'],
    ['another zone', 'EXDATE;TZID=America/New_York:20260102T030000'],
    ['a date', 'EXDATE;VALUE=DATE:20260102'],
    ['a floating time', 'EXDATE:20260102T090000'],
  ] as const) {
    test(`EXDATE as ${form}`, () => {
      expect(contentOf(...series, line).overrides).toEqual({ '2026-01-02T09:00:00': { kind: 'cancelled' } })
    })
    test(`RECURRENCE-ID as ${form}`, () => {
      const id = line.replace('EXDATE', 'RECURRENCE-ID')
      expect(Object.keys(overridesOf(...master, ...event(id, start, 'SUMMARY:moved')))).toEqual(['2026-01-02T09:00:00'])
    })
  }

  test('several EXDATEs in one line and in several', () => {
    const lines = ['EXDATE:20260102T080000Z,20260103T080000Z', 'EXDATE;VALUE=DATE:20260104']
    expect(Object.keys(contentOf(...series, ...lines).overrides)).toEqual([
      '2026-01-02T09:00:00',
      '2026-01-03T09:00:00',
      '2026-01-04T09:00:00',
    ])
  })

  test('an override with STATUS:CANCELLED is a cancelled occurrence', () => {
    expect(overridesOf(...master, ...event('RECURRENCE-ID:20260102T080000Z', start, 'STATUS:CANCELLED'))).toEqual({
      '2026-01-02T09:00:00': { kind: 'cancelled' },
    })
  })

  test('an override outlives an EXDATE of the same occurrence', () => {
    const overrides = overridesOf(
      ...event(...series, 'EXDATE:20260102T080000Z'),
      ...event('RECURRENCE-ID:20260102T080000Z', start, 'SUMMARY:kept'),
    )
    expect(overrides['2026-01-02T09:00:00']).toMatchObject({ kind: 'changed', content: { title: 'kept' } })
  })

  test('of two versions of one occurrence the higher SEQUENCE counts, then the later DTSTAMP', () => {
    const version = (title: string, sequence: number, stamp: string) => [
      'BEGIN:VEVENT',
      'UID:a@example.com',
      `DTSTAMP:${stamp}`,
      `SEQUENCE:${sequence}`,
      'RECURRENCE-ID:20260102T080000Z',
      start,
      `SUMMARY:${title}`,
      'END:VEVENT',
    ]
    const versions = [
      version('new', 2, '20260101T000000Z'),
      version('old', 1, '20260601T000000Z'),
      version('newest', 2, '20260102T000000Z'),
    ]
    for (const order of [versions, versions.toReversed()]) {
      expect(overridesOf(...master, ...order.flat())['2026-01-02T09:00:00']).toMatchObject({
        content: { title: 'newest' },
      })
    }
  })

  test('an override of an occurrence that the rule does not give is kept', () => {
    expect(Object.keys(overridesOf(...master, ...event('RECURRENCE-ID:20270102T080000Z', start)))).toEqual([
      '2027-01-02T09:00:00',
    ])
  })

  test('"this and all following" is set aside with a reason, not misread', () => {
    const unit = readObject(calendar(...master, ...event('RECURRENCE-ID;RANGE=THISANDFUTURE:20260102T080000Z', start)))
    expect(issueOf(unit)).toBe('unsupported THISANDFUTURE')
  })

  test('UNTIL gets the type that the start demands', () => {
    const rule = (startLine: string, until: string) =>
      contentOf(startLine, `RRULE:FREQ=DAILY;UNTIL=${until}`).recurrence?.rule
    expect(rule('DTSTART;TZID=Europe/Berlin:20260101T090000', '20260103')).toBe('FREQ=DAILY;UNTIL=20260103T225959Z')
    expect(rule('DTSTART;VALUE=DATE:20260101', '20260103T235959Z')).toBe('FREQ=DAILY;UNTIL=20260103')
  })

  test('a count of a thousand million is stored, not expanded', () => {
    expect(contentOf(start, 'RRULE:FREQ=DAILY;COUNT=1000000000').recurrence?.rule).toBe('FREQ=DAILY;COUNT=1000000000')
  })

  test('lower case and a trailing semicolon', () => {
    expect(contentOf(start, 'RRULE:freq=weekly;byday=mo,we;').recurrence?.rule).toBe('FREQ=WEEKLY;BYDAY=MO,WE')
  })

  test('a list of dates without a rule', () => {
    expect(contentOf('DTSTART;VALUE=DATE:20260101', 'RDATE;VALUE=DATE:20260301,20260201').recurrence).toEqual({
      rule: null,
      rdates: ['2026-02-01', '2026-03-01'],
    })
  })

  test('a period adds an occurrence that lasts as long as the period says', () => {
    const { recurrence, overrides } = contentOf(...series, 'RDATE;VALUE=PERIOD:20260301T080000Z/PT3H')
    expect(recurrence?.rdates).toEqual(['2026-03-01T09:00:00'])
    const changed = overrides['2026-03-01T09:00:00']
    expect(changed?.kind === 'changed' && changed.content.time.end).toMatchObject({
      local: '2026-03-01T11:00:00',
      zone: 'UTC',
    })
  })

  test('an invitation to one occurrence is an event that must not be written', () => {
    const unit = readObject(calendar(...event('RECURRENCE-ID:20260102T080000Z', start, 'SUMMARY:one')))
    expect(unit).toMatchObject({ ok: true, readOnly: true, content: { title: 'one', recurrence: null } })
  })

  test('invitations to several occurrences are a list of dates, each with its own content', () => {
    const unit = readObject(
      calendar(
        ...event(
          'RECURRENCE-ID:20260109T080000Z',
          'DTSTART:20260109T083000Z',
          'DTEND:20260109T093000Z',
          'SUMMARY:second',
        ),
        ...event(
          'RECURRENCE-ID:20260102T080000Z',
          'DTSTART:20260102T080000Z',
          'DTEND:20260102T090000Z',
          'SUMMARY:first',
        ),
      ),
    )
    expect(unit).toMatchObject({
      ok: true,
      readOnly: true,
      content: {
        title: 'first',
        time: { start: { local: '2026-01-02T08:00:00' }, end: { local: '2026-01-02T09:00:00' } },
        recurrence: { rule: null, rdates: ['2026-01-09T08:00:00'] },
        overrides: {
          '2026-01-02T08:00:00': { content: { title: 'first' } },
          '2026-01-09T08:00:00': { content: { title: 'second', time: { start: { local: '2026-01-09T08:30:00' } } } },
        },
      },
    })
  })
})

describe('fields', () => {
  test('text with its escapes, folded or not', () => {
    expect(contentOf(start, 'SUMMARY:a\\, b\\; c\\\\n d\\ne\\Nf').title).toBe('a, b; c\\n d\ne\nf')
  })

  test('script in a title is text', () => {
    expect(contentOf(start, 'SUMMARY:<script>alert(1)</script>').title).toBe('<script>alert(1)</script>')
  })

  test('categories with commas in several lines', () => {
    expect(contentOf(start, 'CATEGORIES:A\\,B,C', 'CATEGORIES:D,,A\\,B').categories).toEqual(['A,B', 'C', 'D'])
    expect(contentOf(start, 'CATEGORIES:back\\\\,slash').categories).toEqual(['back\\', 'slash'])
  })

  for (const [lines, availability] of [
    [[], 'busy'],
    [['TRANSP:TRANSPARENT'], 'free'],
    [['TRANSP:OPAQUE', 'X-MICROSOFT-CDO-BUSYSTATUS:OOF'], 'out_of_office'],
    [['X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE'], 'tentative'],
    [['X-MICROSOFT-CDO-BUSYSTATUS:FREE'], 'free'],
    [['TRANSP:OPAQUE', 'X-MICROSOFT-CDO-BUSYSTATUS:FREE'], 'busy'],
    [['TRANSP:TRANSPARENT', 'X-MICROSOFT-CDO-BUSYSTATUS:BUSY'], 'free'],
    [['TRANSP:TRANSPARENT', 'X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE'], 'working_elsewhere'],
  ] as const) {
    test(`availability of "${lines.join(' ')}"`, () =>
      expect(contentOf(start, ...lines).availability).toBe(availability))
  }

  test('a class that we do not know is private', () => {
    expect(contentOf(start).visibility).toBe('default')
    expect(contentOf(start, 'CLASS:PUBLIC').visibility).toBe('public')
    expect(contentOf(start, 'CLASS:X-SECRET').visibility).toBe('private')
  })

  test('priority 0 is none', () => {
    expect([contentOf(start, 'PRIORITY:0').priority, contentOf(start, 'PRIORITY:5').priority]).toEqual([null, 5])
  })

  test('GEO, also as SOGo breaks it, and not outside the earth', () => {
    expect(contentOf(start, 'GEO:37.386013;-122.082932').geo).toEqual({ latitude: 37.386013, longitude: -122.082932 })
    expect(contentOf(start, 'GEO:37.38\\;-122.08').geo).toEqual({ latitude: 37.38, longitude: -122.08 })
    expect(contentOf(start, 'GEO:97;0').geo).toBeNull()
  })

  test('people: addresses without mailto, in upper case, with EMAIL, and two organizers', () => {
    const content = contentOf(
      start,
      'ORGANIZER;CN="Müller, Jörg":MAILTO:Joerg@Example.com',
      'ORGANIZER:mailto:other@example.com',
      'ATTENDEE;ROLE=OPT-PARTICIPANT;PARTSTAT=ACCEPTED;CUTYPE=ROOM:room@example.com',
      'ATTENDEE;EMAIL=path@example.com:/principals/users/path/',
      'ATTENDEE:urn:uuid:1',
      'ATTENDEE;PARTSTAT=DECLINED:mailto:ROOM@example.com',
    )
    expect(content.organizer).toEqual({ email: 'joerg@example.com', name: 'Müller, Jörg' })
    expect(content.attendees).toEqual([
      { email: 'room@example.com', role: 'optional', status: 'accepted', type: 'room' },
      { email: 'path@example.com', role: 'required', status: 'needs_action', type: 'individual' },
    ])
  })

  test('alarms: before, after the end, absolute; others are none of ours', () => {
    const alarm = (...lines: readonly string[]) => ['BEGIN:VALARM', ...lines, 'END:VALARM']
    const content = contentOf(
      start,
      ...alarm('ACTION:DISPLAY', 'TRIGGER:-PT15M'),
      ...alarm('ACTION:EMAIL', 'TRIGGER;RELATED=END:P1D'),
      ...alarm('ACTION:AUDIO', 'TRIGGER;VALUE=DATE-TIME:20260304T080000Z'),
      ...alarm('ACTION:NONE', 'TRIGGER;VALUE=DATE-TIME:19760401T005545Z'),
      ...alarm('ACTION:DISPLAY', 'TRIGGER:garbage'),
      ...alarm('ACTION:DISPLAY', 'TRIGGER:-PT15M'),
    )
    expect(content.reminders).toEqual([
      { method: 'popup', trigger: { kind: 'offset', seconds: -900, from: 'start' } },
      { method: 'email', trigger: { kind: 'offset', seconds: 86_400, from: 'end' } },
      { method: 'sound', trigger: { kind: 'at', at: '2026-03-04T08:00:00Z' } },
    ])
  })

  test('conferences and attachments; bytes inside the text are not attachments of ours', () => {
    const content = contentOf(
      start,
      'CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL=Join:https://meet.example.com/a,b;c',
      'X-GOOGLE-CONFERENCE:https://meet.example.com/g',
      'ATTACH;FMTTYPE=text/plain;FILENAME="a;b.txt":https://example.com/a.txt',
      `ATTACH;ENCODING=BASE64;VALUE=BINARY:${'QUJD'.repeat(500_000)}`,
    )
    expect(content.conferences).toEqual([
      { url: 'https://meet.example.com/a,b;c', label: 'Join' },
      { url: 'https://meet.example.com/g' },
    ])
    expect(content.attachments).toEqual([{ url: 'https://example.com/a.txt', name: 'a;b.txt', mimeType: 'text/plain' }])
  })

  test('stamps', () => {
    const unit = unitOf(start, 'CREATED:20260101T080000Z', 'LAST-MODIFIED:20260102T080000', 'SEQUENCE:7')
    expect(unit).toMatchObject({
      stamps: { created: '2026-01-01T08:00:00Z', updated: '2026-01-02T08:00:00Z', sequence: 7 },
    })
  })

  test('a mark that can be read, and one that cannot', () => {
    const mark = { groupId: 'g', eventId: 'e', calendarId: 'c', incarnation: 0, key: 'k', signature: 's' } as never
    expect(unitOf(start, `X-CALWEAVE-MARK:${encodeMark(mark)}`)).toMatchObject({ mark })
    expect(unitOf(start, 'X-CALWEAVE-MARK:broken')).not.toHaveProperty('mark')
  })
})
