import { describe, expect, test } from 'vitest'
import { patchObject } from '../../src/ical/patch.js'
import { readObject } from '../../src/ical/read.js'
import type { EventContent, Field, OccurrenceContent } from '../../src/model/content.js'
import { occurrenceOf } from '../../src/model/content.js'
import type { Mark } from '../../src/model/origin.js'

const now = Date.UTC(2026, 10, 1, 12)

/** An event as somebody else's program wrote it, with much that we know nothing of. */
const foreign = [
  'BEGIN:VCALENDAR',
  'PRODID:-//Other//Program//EN',
  'VERSION:2.0',
  'X-WR-CALNAME:Team',
  'BEGIN:VTIMEZONE',
  'TZID:W. Europe Standard Time',
  'BEGIN:STANDARD',
  'DTSTART:16010101T030000',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10',
  'END:STANDARD',
  'END:VTIMEZONE',
  'BEGIN:VEVENT',
  'SUMMARY;LANGUAGE=de:Besprechung',
  'X-ODD;X-P="a;b":x,y\\,z',
  'DESCRIPTION;ALTREP="cid:1":Plain',
  'X-ALT-DESC;FMTTYPE=text/html:<p>Plain</p>',
  'DTSTART;TZID=W. Europe Standard Time:20260304T090000',
  'DURATION:PT1H',
  'ATTENDEE;CN=Ada;RSVP=TRUE;X-NUM-GUESTS=0;PARTSTAT=NEEDS-ACTION:mailto:Ada@example.com',
  'ATTENDEE;CN=Room;CUTYPE=ROOM;SCHEDULE-STATUS=1.2:urn:uuid:room',
  'ATTACH;ENCODING=BASE64;VALUE=BINARY:QUJD',
  'STRUCTURED-DATA;FMTTYPE="application/ld+json";VALUE=TEXT:{}',
  'SEQUENCE:3',
  'UID:foreign@example.com',
  'DTSTAMP:20260101T000000Z',
  'BEGIN:VALARM',
  'UID:alarm-1',
  'ACTION:DISPLAY',
  'TRIGGER:-PT15M',
  'ACKNOWLEDGED:20260101T000000Z',
  'END:VALARM',
  'BEGIN:X-COMP',
  'X-A:b',
  'END:X-COMP',
  'END:VEVENT',
  'END:VCALENDAR',
  '',
].join('\r\n')

function read(text: string): EventContent {
  const unit = readObject(text)
  if (!unit.ok) throw unit.error
  return unit.content
}

/** The text after a change of what it says. */
function change(
  text: string,
  changes: Partial<EventContent>,
  fields = Object.keys(changes) as Field[],
  mark?: Mark,
): string {
  return patchObject(text, { content: { ...read(text), ...changes }, fields, now, ...(mark && { mark }) })
}

/** Lines that went and lines that came. */
function difference(
  before: string,
  after: string,
): { readonly gone: readonly string[]; readonly came: readonly string[] } {
  const [old = [], next = []] = [before, after].map((text) => text.replaceAll('\r\n ', '').split('\r\n'))
  return { gone: old.filter((line) => !next.includes(line)), came: next.filter((line) => !old.includes(line)) }
}

const stamped = ['DTSTAMP:20261101T120000Z', 'LAST-MODIFIED:20261101T120000Z']

function expectChange(after: string, gone: readonly string[], came: readonly string[], before = foreign): void {
  const found = difference(before, after)
  expect([...found.gone].sort()).toEqual(['DTSTAMP:20260101T000000Z', ...gone].sort())
  expect([...found.came].sort()).toEqual([...stamped, ...came].sort())
}

describe('one field changes and nothing else', () => {
  test('the title keeps its language', () => {
    expectChange(
      change(foreign, { title: 'Treffen' }),
      ['SUMMARY;LANGUAGE=de:Besprechung'],
      ['SUMMARY;LANGUAGE=de:Treffen'],
    )
  })

  test('the description loses what says the old one in HTML', () => {
    expectChange(
      change(foreign, { description: 'New, longer' }),
      ['DESCRIPTION;ALTREP="cid:1":Plain', 'X-ALT-DESC;FMTTYPE=text/html:<p>Plain</p>'],
      ['DESCRIPTION:New\\, longer'],
    )
  })

  test('a field that is not named is not written, whatever the content says', () => {
    expect(change(foreign, { title: 'Other', location: 'There' }, ['priority'])).toBe(foreign)
  })

  test('an answer changes one parameter of one attendee', () => {
    const [ada] = read(foreign).attendees
    if (!ada) throw new Error('Ada is an attendee')
    expectChange(
      change(foreign, { attendees: [{ ...ada, status: 'accepted' }] }),
      ['ATTENDEE;CN=Ada;RSVP=TRUE;X-NUM-GUESTS=0;PARTSTAT=NEEDS-ACTION:mailto:Ada@example.com'],
      [
        'ATTENDEE;CN=Ada;RSVP=TRUE;X-NUM-GUESTS=0;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT;CUTYPE=INDIVIDUAL:mailto:Ada@example.com',
      ],
    )
  })

  test('attendees that we cannot name stay when the others go', () => {
    const after = change(foreign, { attendees: [] })
    expect(after).toContain('SCHEDULE-STATUS=1.2:urn:uuid:room')
    expect(after).not.toContain('Ada')
  })

  test('a second reminder leaves the first one alone', () => {
    const { reminders } = read(foreign)
    if (reminders === 'default') throw new Error('there is an alarm')
    const more = { method: 'popup', trigger: { kind: 'offset', seconds: -3600, from: 'start' } } as const
    const after = change(foreign, { reminders: [...reminders, more] })
    expectChange(after, [], ['TRIGGER:-PT1H', 'DESCRIPTION:Besprechung'])
    expect(read(after).reminders).toEqual([...reminders, more])
  })

  test('attachments inside the text stay', () => {
    const after = change(foreign, { attachments: [{ url: 'https://example.com/a' }] })
    expectChange(after, [], ['ATTACH:https://example.com/a'])
  })

  test('METHOD is not sent back to a server', () => {
    const invited = foreign.replace('VERSION', 'METHOD:REQUEST\r\nVERSION')
    expect(change(invited, { title: 'x' })).not.toContain('METHOD')
  })

  test('what Outlook says of busy and free goes along', () => {
    const outlook = foreign.replace('SEQUENCE:3', 'SEQUENCE:3\r\nTRANSP:OPAQUE\r\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY')
    expectChange(
      change(outlook, { availability: 'free' }),
      ['TRANSP:OPAQUE', 'X-MICROSOFT-CDO-BUSYSTATUS:BUSY'],
      ['TRANSP:TRANSPARENT', 'X-MICROSOFT-CDO-BUSYSTATUS:FREE'],
      outlook,
    )
  })

  test('no line end gets into a line', () => {
    const after = change(foreign, {
      url: 'https://example.com/\r\nATTACH:evil',
      organizer: { email: 'a@b.c', name: 'x\r\nSUMMARY:y' },
    })
    expect(after).not.toMatch(/^(ATTACH:evil|SUMMARY:y)/m)
  })
})

describe('time', () => {
  const berlin = (local: string) => ({ kind: 'timed', local, zone: 'Europe/Berlin' }) as const

  test('a move keeps the zone under its name and the duration, and counts up SEQUENCE', () => {
    const time = { start: berlin('2026-03-05T10:00:00'), end: berlin('2026-03-05T11:00:00') }
    expectChange(
      change(foreign, { time }),
      ['DTSTART;TZID=W. Europe Standard Time:20260304T090000', 'SEQUENCE:3'],
      ['DTSTART;TZID=W. Europe Standard Time:20260305T100000', 'SEQUENCE:4'],
    )
  })

  test('another end leaves the start as it stands', () => {
    const { start } = read(foreign).time
    expectChange(
      change(foreign, { time: { start, end: berlin('2026-03-04T11:30:00') } }),
      ['DURATION:PT1H', 'SEQUENCE:3'],
      ['DTEND;TZID=W. Europe Standard Time:20260304T113000', 'SEQUENCE:4'],
    )
  })

  test('a zone that the text does not define is defined', () => {
    const tokyo = (local: string) => ({ kind: 'timed', local, zone: 'Asia/Tokyo' }) as const
    const after = change(foreign, { time: { start: tokyo('2026-03-04T09:00:00'), end: tokyo('2026-03-04T10:00:00') } })
    expect(after).toMatch(/BEGIN:VTIMEZONE\r\nTZID:Asia\/Tokyo\r\n[\s\S]*BEGIN:VEVENT/)
    expect(after).toContain('DTSTART;TZID=Asia/Tokyo:20260304T090000')
  })

  test('whole days and back, with the flag that Outlook reads', () => {
    const flagged = foreign.replace('SEQUENCE:3', 'X-MICROSOFT-CDO-ALLDAYEVENT:FALSE')
    const day = { start: { kind: 'date', date: '2026-03-04' }, end: { kind: 'date', date: '2026-03-05' } } as const
    const after = change(flagged, { time: day })
    expect(after).toContain('DTSTART;VALUE=DATE:20260304\r\nDTEND;VALUE=DATE:20260305\r\nATTENDEE')
    expect(after).toContain('X-MICROSOFT-CDO-ALLDAYEVENT:TRUE\r\nUID') // where the flag was
    expect(read(change(after, { time: read(flagged).time })).time).toEqual({
      start: berlin('2026-03-04T09:00:00'),
      end: berlin('2026-03-04T10:00:00'),
    })
  })
})

describe('series', () => {
  const series = foreign
    .replace('SEQUENCE:3', 'RRULE:FREQ=DAILY;COUNT=10\r\nEXDATE:20260306T080000Z,20260307T080000Z\r\nSEQUENCE:3')
    .replace(
      'END:VCALENDAR',
      [
        'BEGIN:VEVENT',
        'UID:foreign@example.com',
        'DTSTAMP:20260101T000000Z',
        'RECURRENCE-ID:20260305T080000Z',
        'DTSTART;TZID=W. Europe Standard Time:20260305T140000',
        'DTEND;TZID=W. Europe Standard Time:20260305T150000',
        'SUMMARY:Moved',
        'X-OVERRIDE:kept',
        'END:VEVENT',
        'END:VCALENDAR',
      ].join('\r\n'),
    )
  const content = read(series)
  const at = (day: number, hour = 9) => `2026-03-0${day}T${String(hour).padStart(2, '0')}:00:00`
  const occurrenceAt = (day: number, title: string): OccurrenceContent => ({
    ...occurrenceOf(content),
    title,
    time: {
      start: { kind: 'timed', local: at(day, 16), zone: 'Europe/Berlin' },
      end: { kind: 'timed', local: at(day, 17), zone: 'Europe/Berlin' },
    },
  })
  const plain = (overrides: EventContent['overrides']) =>
    JSON.parse(JSON.stringify(overrides, (key, value) => (key === 'originalZone' ? undefined : value)))

  test('is what the other tests take it for', () => {
    expect(Object.keys(content.overrides).sort()).toEqual([at(5), at(6), at(7)])
  })

  test('the title of the series changes only the series', () => {
    const after = change(series, { title: 'Weekly' })
    expect(difference(series, after).gone).toEqual(['SUMMARY;LANGUAGE=de:Besprechung'])
    expect(read(after).overrides).toEqual(content.overrides)
  })

  test('a new override begins as a copy, so what we know nothing of is in it as well', () => {
    const overrides = { ...content.overrides, [at(8)]: { kind: 'changed', content: occurrenceAt(8, 'Late') } } as const
    const after = change(series, { overrides })
    const added = after.slice(after.lastIndexOf('BEGIN:VEVENT'))
    expect(added).toContain('X-ODD;X-P="a;b":x,y\\,z')
    expect(added).toContain('RECURRENCE-ID;TZID=W. Europe Standard Time:20260308T090000')
    expect(added).not.toMatch(/RRULE|EXDATE/)
    expect(plain(read(after).overrides)).toEqual(plain(overrides))
  })

  test('a changed override keeps the rest of its component', () => {
    const overrides = { ...content.overrides, [at(5)]: { kind: 'changed', content: occurrenceAt(5, 'Later') } } as const
    const after = change(series, { overrides })
    expect(after).toContain('X-OVERRIDE:kept')
    expect(after).toContain('RECURRENCE-ID:20260305T080000Z')
    expect(plain(read(after).overrides)).toEqual(plain(overrides))
  })

  test('cancelling a changed occurrence leaves an EXDATE and no component', () => {
    const overrides = { ...content.overrides, [at(5)]: { kind: 'cancelled' } } as const
    const after = change(series, { overrides })
    expect(after.match(/BEGIN:VEVENT/g)).toHaveLength(1)
    expect(after).toContain('EXDATE;TZID=W. Europe Standard Time:20260305T090000')
    expect(after).toContain('EXDATE:20260306T080000Z,20260307T080000Z')
    expect(read(after).overrides).toEqual(overrides)
  })

  test('an occurrence that takes place again leaves its line, its neighbour stays', () => {
    const { [at(6)]: _six, ...overrides } = content.overrides
    const after = change(series, { overrides })
    expect(difference(series, after)).toMatchObject({ came: expect.arrayContaining(['EXDATE:20260307T080000Z']) })
    expect(read(after).overrides).toEqual(overrides)
  })

  test('an occurrence that is as the series again loses its component', () => {
    const { [at(5)]: _five, ...overrides } = content.overrides
    const after = change(series, { overrides })
    expect(after).not.toContain('X-OVERRIDE')
    expect(read(after).overrides).toEqual(overrides)
  })

  test('a cancelled component that says so already stays as it is', () => {
    const cancelled = series.replace('SUMMARY:Moved', 'STATUS:CANCELLED')
    const { [at(6)]: _six, ...overrides } = read(cancelled).overrides
    const after = change(cancelled, { overrides })
    expect(after).toContain('STATUS:CANCELLED\r\nX-OVERRIDE:kept')
    expect(after).not.toContain('EXDATE;TZID')
    expect(read(after).overrides).toEqual(overrides)
  })

  test('a moved series names its occurrences anew and keeps their components', () => {
    const shifted = (day: number) => at(day, 11)
    const start = { kind: 'timed', local: shifted(4), zone: 'Europe/Berlin' } as const
    const overrides = {
      [shifted(5)]: { kind: 'changed', content: occurrenceAt(5, 'Moved') },
      [shifted(6)]: { kind: 'cancelled' },
    } as const
    const after = change(series, { time: { start, end: { ...start, local: at(4, 12) } }, overrides }, ['time'])
    expect(after).toContain('RECURRENCE-ID;TZID=W. Europe Standard Time:20260305T110000')
    expect(after).toContain('X-OVERRIDE:kept')
    expect(after).not.toContain('20260307T080000Z')
    expect(plain(read(after).overrides)).toEqual(plain(overrides))
  })

  test('a series that becomes whole days gets a rule, names and exceptions of whole days', () => {
    const until = series.replace('COUNT=10', 'UNTIL=20260310T080000Z')
    const day = { start: { kind: 'date', date: '2026-03-04' }, end: { kind: 'date', date: '2026-03-05' } } as const
    const overrides = { '2026-03-06': { kind: 'cancelled' } } as const
    const after = change(until, { time: day, overrides }, ['time'])
    expect(after).toContain('RRULE:FREQ=DAILY;UNTIL=20260310\r\n')
    expect(after).toContain('EXDATE;VALUE=DATE:20260306\r\n')
    expect(read(after)).toMatchObject({ time: day, overrides, recurrence: { rule: 'FREQ=DAILY;UNTIL=20260310' } })
  })

  test('a series that becomes one event loses its rule and its occurrences', () => {
    const after = change(series, { recurrence: null, overrides: {} })
    expect(after).not.toMatch(/RRULE:FREQ=DAILY|EXDATE|RECURRENCE-ID/)
    expect(read(after).recurrence).toBeNull()
  })

  test('a rule that says the same in other words is not rewritten', () => {
    const weekly = foreign.replace('SEQUENCE:3', 'RRULE:FREQ=WEEKLY;WKST=SU;BYDAY=WE;INTERVAL=1')
    expect(change(weekly, { recurrence: { rule: 'FREQ=WEEKLY', rdates: [] } })).toBe(weekly)
  })

  test('a period whose occurrence changes becomes a date with an override', () => {
    const period = foreign.replace('SEQUENCE:3', 'RDATE;VALUE=PERIOD:20260401T070000Z/PT3H,20260402T070000Z/PT3H')
    const before = read(period)
    const overrides = {
      ...before.overrides,
      '2026-04-01T09:00:00': { kind: 'changed', content: occurrenceAt(1, 'Own') },
    } as const
    const after = change(period, { overrides })
    expect(after).toContain('RDATE;VALUE=PERIOD:20260402T070000Z/PT3H\r\n')
    expect(plain(read(after).overrides)).toEqual(plain(overrides))
    expect(read(after).recurrence).toEqual(before.recurrence)
  })

  const twice = series.replace(
    /END:VCALENDAR/,
    series
      .slice(series.lastIndexOf('BEGIN:VEVENT'), series.indexOf('END:VCALENDAR'))
      .replace('SUMMARY:Moved', 'SEQUENCE:9\r\nSUMMARY:Newest')
      .concat('END:VCALENDAR'),
  )

  test('the older of two versions of an occurrence stays as long as the newer one does', () => {
    expect(change(twice, {})).toBe(twice)
    const after = change(twice, { title: 'x' })
    expect(after.match(/RECURRENCE-ID/g)).toHaveLength(2)
    expect(after).toContain('SUMMARY:Newest')
    const gone = change(twice, { overrides: {} })
    expect(gone).not.toContain('RECURRENCE-ID')
    expect(read(gone).overrides).toEqual({})
  })

  test('the older of two versions goes when the series moves: it would name an occurrence that there is none of', () => {
    const { time, overrides } = read(twice)
    const start = { ...time.start, local: at(4, 10) } as typeof time.start
    const end = { ...time.end, local: at(4, 11) } as typeof time.end
    const moved = Object.fromEntries(Object.entries(overrides).map(([slot, one]) => [slot.replace('T09', 'T10'), one]))
    const after = change(twice, { time: { start, end }, overrides: moved })
    expect(Object.keys(read(after).overrides).sort()).toEqual([at(5, 10), at(6, 10), at(7, 10)])
  })

  test('the older of two versions goes when our clock is so far behind that it would be the newer one', () => {
    const override = series.slice(series.lastIndexOf('BEGIN:VEVENT'), series.indexOf('END:VCALENDAR'))
    const stamped = (year: number) => override.replace('DTSTAMP:2026', `DTSTAMP:${year}`)
    const ahead = series.replace(override, stamped(2199) + stamped(2198).replace('Moved', 'Outranked'))
    const before = read(ahead).overrides[at(5)]
    if (before?.kind !== 'changed') throw new Error('there is a changed occurrence')
    expect(before.content.title).toBe('Moved')
    const overrides = {
      ...read(ahead).overrides,
      [at(5)]: { ...before, content: { ...before.content, title: 'Edited' } },
    }
    expect(plain(read(change(ahead, { overrides })).overrides)).toEqual(plain(overrides))
  })
})

describe('marks', () => {
  const mark = {
    groupId: 'g',
    eventId: 'e',
    calendarId: 'c',
    incarnation: 0,
    key: 'k',
    signature: 's',
  } as unknown as Mark

  test('are written once and then leave the text alone', () => {
    const marked = change(foreign, {}, [], mark)
    expect(readObject(marked)).toMatchObject({ mark })
    expect(change(marked, {}, [], mark)).toBe(marked)
    expect(change(marked, { title: 'x' })).toContain('X-CALWEAVE-MARK')
  })
})

test('an invitation to one occurrence is not ours to change', () => {
  const invited = foreign.replace('SEQUENCE:3', 'RECURRENCE-ID:20260304T080000Z')
  expect(() => change(invited, { title: 'x' })).toThrow(
    expect.objectContaining({ code: 'unsupported', reason: 'NO_MASTER' }),
  )
})

describe('what is not touched stays as its writer wrote it', () => {
  const kept = (line: string, changes: Partial<EventContent> = { title: 'x' }) =>
    change(foreign.replace('SEQUENCE:3', `${line}\r\nSEQUENCE:3`), changes)

  test('folds stay where they are, and a long line stays long', () => {
    for (const line of [
      'X-FOLD:in the m\r\n\t iddle',
      `X-LONG:${'long '.repeat(40)}`,
      'x-lower;a=b:C',
      'X-BLANK:a\r\n',
    ])
      expect(kept(line)).toContain(`\r\n${line}\r\nSEQUENCE`)
    expect(kept('begin:valarm\r\naction:none\r\nend:valarm')).toContain('begin:valarm\r\naction:none\r\nend:valarm\r\n')
  })

  test('line ends that XML took away are given back', () => {
    const after = change(foreign.replaceAll('\r\n', '\n'), { title: 'Treffen' })
    expect(after).toBe(change(foreign, { title: 'Treffen' }))
  })

  test('what no line may hold does not go on, and takes nothing else along', () => {
    const after = kept('X-ODD:a\u0000b\u000bc\rd')
    expect(after).toContain('\r\nX-ODD:abcd\r\nSEQUENCE')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
    expect(after.replaceAll('\r\n', '')).not.toMatch(/[\u0000-\u0008\u000a-\u001f]/)
  })

  test('a line in a block of its own kind stays in its place when others around it change', () => {
    const text = foreign.replace('X-ODD', 'CATEGORIES:A\r\nX-ODD').replace('SEQUENCE:3', 'CATEGORIES:B\r\nSEQUENCE:3')
    const after = change(text, { attendees: [] })
    expect(after.indexOf('CATEGORIES:A')).toBeLessThan(after.indexOf('X-ODD'))
    expect(after.indexOf('CATEGORIES:B')).toBeGreaterThan(after.indexOf('DURATION'))
  })

  test('the guests around one who goes stay where they are', () => {
    const [ada, ben, cy] = ['ada', 'ben', 'cy'].map((name) => `ATTENDEE:mailto:${name}@example.org`)
    const text = foreign
      .replace(/^ATTENDEE.*\r\n/gm, '')
      .replace('SEQUENCE:3', `${ada}\r\nX-1:a\r\n${ben}\r\nX-2:b\r\n${cy}`)
    const attendees = read(text).attendees.filter(({ email }) => !email.startsWith('ben'))
    expect(change(text, { attendees })).toContain(`${ada}\r\nX-1:a\r\nX-2:b\r\n${cy}\r\n`)
  })

  test('a start that moves keeps its parameters, and stands where it stood', () => {
    const text = foreign.replace('DTSTART;TZID', 'DTSTART;X-A="b:c";VALUE=DATE-TIME;TZID')
    const { time } = read(text)
    const after = change(text, { time: { ...time, start: { ...time.start, local: '2026-03-04T08:00:00' } as never } })
    const moved = 'DTSTART;X-A="b:c";TZID=W. Europe Standard Time;VALUE=DATE-TIME:20260304T080000'
    expect(after.replaceAll('\r\n ', '')).toContain(`<p>Plain</p>\r\n${moved}\r\n`)
  })

  test('a zone goes on under the name that the text has for it', () => {
    const own = foreign.replaceAll('W. Europe Standard Time', 'My own zone')
    const { time } = read(own)
    expect(time.start).toMatchObject({ kind: 'timed', local: '2026-03-04T09:00:00' })
    const end = { ...time.end, local: '2026-03-04T12:00:00' } as typeof time.end
    const after = change(own, { time: { ...time, end } })
    expect(after).toContain('DTEND;TZID=My own zone:20260304T120000')
    expect(after.match(/BEGIN:VTIMEZONE/g)).toHaveLength(1)
  })

  test('a start said once more, and broken there, does not keep another time from being written', () => {
    const broken = foreign.replace(/^(DURATION:.*)$/m, 'DTSTART;TZID=Europe/Berlin:;20260304\r\n$1')
    const { time } = read(broken)
    const end = { ...time.end, local: '2026-03-04T12:00:00' } as typeof time.end
    expect(read(change(broken, { time: { ...time, end } })).time.end).toEqual(end)
  })

  test('rules, exceptions said twice and exceptions said in vain stay when another occurrence changes', () => {
    const lines = [
      'RRULE:FREQ=DAILY;UNTIL=20260320', // not the form that its start demands
      'EXDATE;TZID=W. Europe Standard Time:20260306T090000',
      'EXDATE:20260306T080000Z,20260305T080000Z',
    ]
    const text = foreign
      .replace('SEQUENCE:3', `${lines.join('\r\n')}\r\nSEQUENCE:3`)
      .replace(
        'END:VCALENDAR',
        'BEGIN:VEVENT\r\nUID:foreign@example.com\r\nDTSTAMP:20260101T000000Z\r\nRECURRENCE-ID:20260305T080000Z\r\nDTSTART:20260305T130000Z\r\nSUMMARY:Moved\r\nEND:VEVENT\r\nEND:VCALENDAR',
      )
    const before = read(text)
    const overrides = { ...before.overrides, '2026-03-07T09:00:00': { kind: 'cancelled' as const } }
    const after = change(text, { overrides })
    for (const line of lines) expect(after).toContain(`\r\n${line}\r\n`)
    expect(Object.keys(read(after).overrides).sort()).toEqual(Object.keys(overrides).sort())
  })
})
