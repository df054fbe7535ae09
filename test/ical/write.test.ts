import fc from 'fast-check'
import ICAL from 'ical.js'
import { describe, expect, test } from 'vitest'
import { formatComponent } from '../../src/ical/component.js'
import { foldLine, formatLine, parseLine } from '../../src/ical/content-line.js'
import { readObject } from '../../src/ical/read.js'
import { vtimezone } from '../../src/ical/vtimezone.js'
import { writeObject } from '../../src/ical/write.js'
import { completeContent, type EventContent } from '../../src/model/content.js'
import type { Mark } from '../../src/model/origin.js'
import { fromInstant, offsetAt } from '../../src/model/time.js'

const now = Date.UTC(2026, 10, 1)
const berlin = (local: string) => ({ kind: 'timed', local, zone: 'Europe/Berlin' }) as const
const time = { start: berlin('2026-03-04T09:00:00'), end: berlin('2026-03-04T10:00:00') }

function write(given: Partial<EventContent>, mark?: Mark): string {
  return writeObject({ uid: 'u@example.com', content: completeContent({ time, ...given }), now, ...(mark && { mark }) })
}

describe('writeObject', () => {
  test('writes what a CalDAV server asks for', () => {
    const text = write({
      title: 'Plan',
      recurrence: { rule: 'FREQ=DAILY', rdates: [] },
      overrides: { '2026-03-05T09:00:00': { kind: 'cancelled' } },
    })
    expect(text).toMatch(
      /^BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-\/\/calweave\/\/EN\r\nBEGIN:VTIMEZONE\r\nTZID:Europe\/Berlin\r\n/,
    )
    expect(text.slice(text.indexOf('BEGIN:VEVENT'))).toBe(
      [
        'BEGIN:VEVENT',
        'UID:u@example.com',
        'DTSTAMP:20261101T000000Z',
        'RRULE:FREQ=DAILY',
        'EXDATE;TZID=Europe/Berlin:20260305T090000',
        'SUMMARY:Plan',
        'DTSTART;TZID=Europe/Berlin:20260304T090000',
        'DTEND;TZID=Europe/Berlin:20260304T100000',
        'STATUS:CONFIRMED',
        'TRANSP:OPAQUE',
        'END:VEVENT',
        'END:VCALENDAR',
        '',
      ].join('\r\n'),
    )
    expect(text).not.toContain('METHOD')
  })

  test('UTC, floating times and dates need no zone', () => {
    for (const start of [
      { kind: 'timed', local: '2026-03-04T09:00:00', zone: 'UTC' },
      { kind: 'floating', local: '2026-03-04T09:00:00' },
      { kind: 'date', date: '2026-03-04' },
    ] as const) {
      expect(write({ time: { start, end: start } })).not.toContain('TZ')
    }
  })

  test('every component of a copy carries the mark, in a value that no server takes apart', () => {
    const mark = {
      groupId: 'g,;:\\',
      eventId: 'ü',
      calendarId: 'c',
      incarnation: 1,
      key: 'k',
      signature: 's',
    } as unknown as Mark
    const override = {
      kind: 'changed',
      content: { ...completeContent({ time }), recurrence: undefined, overrides: undefined },
    } as never
    const text = write(
      { recurrence: { rule: 'FREQ=DAILY', rdates: [] }, overrides: { '2026-03-05T09:00:00': override } },
      mark,
    )
    const values = text.replaceAll('\r\n ', '').match(/^X-CALWEAVE-MARK:.*$/gm)
    expect(values).toHaveLength(2)
    for (const value of values ?? []) expect(value).toMatch(/^X-CALWEAVE-MARK:[\w-]+$/)
    expect(readObject(text)).toMatchObject({ mark })
  })

  test('UNTIL is of the type that the start demands', () => {
    expect(write({ recurrence: { rule: 'FREQ=DAILY;UNTIL=20260310', rdates: [] } })).toContain('UNTIL=20260310T225959Z')
  })

  test('reminders as the calendar has them by default are not "no reminder"', () => {
    for (const reminders of ['default', []] as const) {
      expect(readObject(write({ reminders }))).toMatchObject({ content: { reminders } })
    }
  })

  test('no mail program is told whom to write to', () => {
    const text = write({ reminders: [{ method: 'email', trigger: { kind: 'offset', seconds: -60, from: 'end' } }] })
    expect(text).toContain('TRIGGER;RELATED=END:-PT1M')
    expect(text).not.toContain('ATTENDEE')
  })

  test('ical.js, which Thunderbird is built on, reads what we write as we do', () => {
    const text = write({
      title: 'a, b; c\\d\ne',
      categories: ['x,y', 'z'],
      recurrence: { rule: 'FREQ=WEEKLY;COUNT=3', rdates: [] },
    })
    const component = new ICAL.Component(ICAL.parse(text) as unknown[])
    const [event] = component.getAllSubcomponents('vevent').map((vevent) => new ICAL.Event(vevent))
    expect(event?.summary).toBe('a, b; c\\d\ne')
    expect(event?.component.getFirstProperty('categories')?.getValues()).toEqual(['x,y', 'z'])
    expect(event?.startDate.toString()).toBe('2026-03-04T09:00:00')
  })
})

describe('vtimezone', () => {
  /** ical.js evaluates the definition; the platform knows the zone. */
  function expectSameClock(zone: string, fromYear: number, toYear: number): void {
    const definition = vtimezone(zone, fromYear, toYear)
    const component = new ICAL.Component(ICAL.parse(formatComponent(definition)) as unknown[])
    const reader = new ICAL.Timezone({ component, tzid: zone })
    const day = 86_400_000
    // ahead of `toYear` as well: rules go on
    for (let at = Date.UTC(fromYear, 0, 2); at < Date.UTC(toYear + 3, 0, 1); at += day * 3.7) {
      const wall = fromInstant(at, zone).local
      const local = ICAL.Time.fromString(wall, undefined as never)
      // a wall time that happens twice has two right answers
      const twice = [-1, 1].some((side) => offsetAt(at + side * 2 * 3_600_000, zone) !== offsetAt(at, zone))
      if (!twice) expect(`${wall} ${reader.utcOffset(local)}`).toBe(`${wall} ${offsetAt(at, zone) * 60}`)
    }
  }

  for (const zone of [
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kolkata',
    'Europe/Dublin',
    'America/Santiago',
  ]) {
    test(`says what the clocks of ${zone} do`, () => expectSameClock(zone, 2020, 2046))
  }

  test('lists what follows no rule, such as Ramadan in Casablanca', () => {
    const text = formatComponent(vtimezone('Africa/Casablanca', 2020, 2046))
    expect(text).toContain('RDATE:')
    expect(text).not.toContain('RRULE')
  })

  test('rules that changed are listed, then the one that holds goes on', () => {
    expectSameClock('America/New_York', 2000, 2046)
    expect(formatComponent(vtimezone('America/New_York', 2000, 2046))).toContain(
      'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU',
    )
  })

  test('stays small', () => {
    expect(formatComponent(vtimezone('Europe/Berlin', 2026, 2046)).length).toBeLessThan(500)
  })
})

describe('lines', () => {
  test('fold at 75 octets, never inside a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) => {
        const line = `X-A:${text.replace(/[\r\n]/g, '')}`
        const folded = foldLine(line)
        expect(folded.replaceAll('\r\n ', '')).toBe(line)
        for (const part of folded.split('\r\n')) expect(new TextEncoder().encode(part).length).toBeLessThanOrEqual(75)
      }),
    )
    expect(foldLine('x'.repeat(75))).toBe('x'.repeat(75))
    expect(foldLine('x'.repeat(76))).toBe(`${'x'.repeat(75)}\r\n x`)
  })

  test('taken apart and put together they say the same, whatever the parameters hold', () => {
    const value = fc.string({ unit: 'binary', maxLength: 30 })
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('cn', 'x-a', 'member', 'feature', 'tzid'), value),
        value,
        (params, text) => {
          const line = formatLine({ name: 'X-TEST', params, value: text })
          const parsed = parseLine(line)
          expect(line).not.toMatch(/[\r\n]/)
          expect(parsed?.name).toBe('X-TEST')
          expect(formatLine(parsed ?? { name: '', params: {}, value: '' })).toBe(line)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('a list of words is not put in quotes', () => {
    const line = 'CONFERENCE;FEATURE=AUDIO,VIDEO;VALUE=URI:https://example.com'
    expect(formatLine(parseLine(line) ?? { name: '', params: {}, value: '' })).toBe(line)
  })

  test('members of a group keep their quotes, one by one', () => {
    const line = 'ATTENDEE;MEMBER="mailto:a@example.com","mailto:b@example.com";CN="x: y":mailto:c@example.com'
    expect(formatLine(parseLine(line) ?? { name: '', params: {}, value: '' })).toBe(line)
  })
})
