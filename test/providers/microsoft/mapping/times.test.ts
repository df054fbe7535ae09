import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EventSpan } from '../../../../src/model/content.js'
import { readOccurrence, writeFields } from '../../../../src/providers/microsoft/event-map.js'
import { readRecurrence } from '../../../../src/providers/microsoft/recurrence.js'
import type { GraphEvent } from '../../../../src/providers/microsoft/wire.js'
import { eventContent } from '../../../support/arbitrary-content.js'
import { shown } from './shown.js'

const event = (start: string, end: string, more: Partial<GraphEvent> = {}, zone = 'UTC'): GraphEvent => ({
  id: 'a',
  start: { dateTime: start, timeZone: zone },
  end: { dateTime: end, timeZone: zone },
  ...more,
})
const made = (zone: string) => ({ originalStartTimeZone: zone, originalEndTimeZone: zone })
const timeOf = (given: GraphEvent): EventSpan => readOccurrence(given).time
const refusal = (reason: string) => expect.objectContaining({ code: 'invalid_event', reason })

describe('times', () => {
  test('a time in UTC is the wall time of the zone that it was made in', () => {
    const given = event('2026-07-01T07:00:00.0000000', '2026-07-01T08:30:00.0000000', made('W. Europe Standard Time'))
    expect(timeOf(given).start).toEqual({
      kind: 'timed',
      local: '2026-07-01T09:00:00',
      zone: 'Europe/Berlin',
      originalZone: 'W. Europe Standard Time',
    })
    expect(timeOf(given).end).toMatchObject({ local: '2026-07-01T10:30:00' })
  })

  test('parts of a second are cut off', () => {
    expect(timeOf(event('2026-07-01T07:00:00.1037402', '2026-07-01T08:00:59.9999999')).end).toMatchObject({
      local: '2026-07-01T08:00:59',
    })
  })

  test('a value in another zone than that which was asked for is read in its own', () => {
    const given = event('2026-07-01T09:00:00', '2026-07-01T10:00:00', made('Asia/Tokyo'), 'W. Europe Standard Time')
    expect(timeOf(given).start).toMatchObject({ local: '2026-07-01T16:00:00', zone: 'Asia/Tokyo' })
  })

  test('what Graph calls UTC in its own way is UTC', () => {
    expect(
      timeOf(event('2026-07-01T09:00:00', '2026-07-01T10:00:00', made('tzone://Microsoft/Utc'))).start,
    ).toMatchObject({
      local: '2026-07-01T09:00:00',
      zone: 'UTC',
    })
  })

  test('a single event in a zone that nobody knows is at its instant, and keeps the name', () => {
    expect(timeOf(event('2026-07-01T09:00:00', '2026-07-01T10:00:00', made('tzone://Microsoft/Custom'))).start).toEqual(
      {
        kind: 'timed',
        local: '2026-07-01T09:00:00',
        zone: 'UTC',
        originalZone: 'tzone://Microsoft/Custom',
      },
    )
  })

  test('a series in a zone that nobody knows is refused: its occurrences would be wrong when clocks change', () => {
    const range = { type: 'noEnd', startDate: '2026-07-01', recurrenceTimeZone: 'Customized Time Zone' }
    const given = event('2026-07-01T09:00:00', '2026-07-01T10:00:00', {
      ...made('tzone://Microsoft/Custom'),
      recurrence: { pattern: { type: 'daily', interval: 1 }, range },
    })
    expect(() => timeOf(given)).toThrow(refusal('ZONE_UNKNOWN'))
  })

  test('a value in a zone that nobody knows is refused', () => {
    expect(() => timeOf(event('2026-07-01T09:00:00', '2026-07-01T10:00:00', {}, 'Middle-earth Time'))).toThrow(
      refusal('ZONE_UNKNOWN'),
    )
  })

  test('a series is in the zone in which its range begins on its day', () => {
    // Half past midnight in Auckland is the day before in UTC.
    const range = {
      type: 'endDate',
      startDate: '2026-07-01',
      endDate: '2026-07-15',
      recurrenceTimeZone: 'Pacific/Auckland',
    }
    const given = event('2026-06-30T12:30:00', '2026-06-30T13:00:00', {
      ...made('UTC'),
      recurrence: { pattern: { type: 'weekly', interval: 1, daysOfWeek: ['wednesday'] }, range },
    })
    const { start } = timeOf(given)
    expect(start).toMatchObject({ local: '2026-07-01T00:30:00', zone: 'Pacific/Auckland' })
    expect(readRecurrence(given, start)?.rule).toBe('FREQ=WEEKLY;UNTIL=20260715T115959Z;BYDAY=WE')
  })

  test.each([
    ['NO_START', { id: 'a' }],
    ['NO_START', { id: 'a', isAllDay: true }],
    ['TIME', event('tomorrow', '2026-07-01T10:00:00')],
    ['TIME', event('2026-02-30T09:00:00', '2026-07-01T10:00:00')],
    ['TIME', event('0001-01-01T00:00:00', '0001-01-02T00:00:00', { isAllDay: true })],
    ['NEGATIVE', event('2026-07-01T10:00:00', '2026-07-01T09:00:00')],
  ])('%s is refused', (reason, given) => {
    expect(() => timeOf(given)).toThrow(refusal(reason))
  })
})

describe('whole days', () => {
  test('the date is what the text says, in whatever zone', () => {
    const given = event('2026-08-10T00:00:00.0000000', '2026-08-12T00:00:00.0000000', {
      ...made('Pacific/Auckland'),
      isAllDay: true,
    })
    expect(timeOf(given)).toEqual({
      start: { kind: 'date', date: '2026-08-10' },
      end: { kind: 'date', date: '2026-08-12' },
    })
  })

  test('a midnight that was converted to UTC is one again where it was made', () => {
    const given = event('2026-08-09T22:00:00', '2026-08-10T22:00:00', { ...made('Europe/Amsterdam'), isAllDay: true })
    expect(timeOf(given)).toMatchObject({ start: { date: '2026-08-10' }, end: { date: '2026-08-11' } })
  })

  test('a day without an end of its own lasts one day', () => {
    expect(timeOf(event('2026-08-10T00:00:00', '2026-08-10T00:00:00', { isAllDay: true })).end).toEqual({
      kind: 'date',
      date: '2026-08-11',
    })
  })

  test('a day is put where the mailbox is, or where it was before, as elsewhere it would be two days there', () => {
    const [content] = fc.sample(eventContent({ people: false, series: false }), 1)
    if (!content) throw new Error('no sample')
    const time = { start: { kind: 'date', date: '2026-08-10' }, end: { kind: 'date', date: '2026-08-11' } } as const
    const day = { dateTime: '2026-08-10T00:00:00', timeZone: 'Europe/Berlin' }
    const before = { id: 'a', isAllDay: true, ...made('W. Europe Standard Time') }
    expect(writeFields({ ...content, time }, ['time'], { before: undefined, zone: 'Europe/Berlin' })).toMatchObject({
      start: day,
    })
    expect(writeFields({ ...content, time }, ['time'], { before })).toMatchObject({ start: day })
  })

  test('a time that floats is put where the mailbox is, and floats when it is read', () => {
    const [content] = fc.sample(eventContent({ people: false, series: false }), 1)
    if (!content) throw new Error('no sample')
    const float = { kind: 'floating', local: '2026-08-10T09:00:00' } as const
    const body = writeFields({ ...content, time: { start: float, end: float } }, ['time'], {
      before: undefined,
      zone: 'Europe/Amsterdam',
    })
    expect(body).toMatchObject({ start: { timeZone: 'Europe/Amsterdam' } })
    expect(timeOf(shown(body, undefined, { windowsNames: true })).start).toEqual(float)
    const moved = { ...shown(body), ...made('Tokyo Standard Time') }
    expect(timeOf(moved).start).toMatchObject({ kind: 'timed', zone: 'Asia/Tokyo' })
  })

  test('an occurrence that names no zone is in that of its series', () => {
    const series = event('2026-07-01T07:00:00', '2026-07-01T08:00:00', made('Europe/Oslo'))
    const occurrence = event('2026-07-08T07:00:00', '2026-07-08T08:00:00')
    expect(readOccurrence(occurrence, series).time.start).toEqual({
      kind: 'timed',
      local: '2026-07-08T09:00:00',
      zone: 'Europe/Oslo',
    })
  })

  test('a switch between a day and a time says both', () => {
    const [content] = fc.sample(eventContent({ people: false, series: false }), 1)
    if (!content) throw new Error('no sample')
    const span = (kind: 'date' | 'timed'): EventSpan =>
      kind === 'date'
        ? { start: { kind, date: '2026-08-10' }, end: { kind, date: '2026-08-11' } }
        : {
            start: { kind, local: '2026-08-10T00:00:00', zone: 'Europe/Berlin' },
            end: { kind, local: '2026-08-11T00:00:00', zone: 'Europe/Berlin' },
          }
    const day = shown(writeFields({ ...content, time: span('date') }, ['time'], { before: undefined }))
    const timed = shown(writeFields({ ...content, time: span('timed') }, ['time'], { before: day }), day)
    expect(timeOf(timed)).toEqual(span('timed'))
    expect(timeOf(shown(writeFields({ ...content, time: span('date') }, ['time'], { before: timed }), timed))).toEqual(
      span('date'),
    )
  })
})

describe('names of zones', () => {
  const written = (zone: string, originalZone?: string) => {
    const time = {
      kind: 'timed',
      local: '2026-07-01T09:00:00',
      zone,
      ...(originalZone ? { originalZone } : {}),
    } as const
    const [content] = fc.sample(eventContent({ people: false, series: false }), 1)
    if (!content) throw new Error('no sample')
    return writeFields({ ...content, time: { start: time, end: time } }, ['time'], { before: undefined })
  }

  test('an IANA name is written as it is, and what Graph called it goes back unchanged', () => {
    expect(written('Europe/Amsterdam')['start']).toEqual({
      dateTime: '2026-07-01T09:00:00',
      timeZone: 'Europe/Amsterdam',
    })
    expect(written('Europe/Berlin', 'W. Europe Standard Time')['start']).toMatchObject({
      timeZone: 'W. Europe Standard Time',
    })
    expect(written('Europe/Berlin', 'Customized Time Zone')['start']).toMatchObject({ timeZone: 'Europe/Berlin' })
  })

  test('an event in Amsterdam that Windows calls by another name stays in Amsterdam', () => {
    const there = shown(written('Europe/Amsterdam'), undefined, { windowsNames: true })
    expect(there.originalStartTimeZone).toMatch(/Europe.* Standard Time$/)
    expect(timeOf(there).start).toMatchObject({ zone: 'Europe/Amsterdam' })
  })

  test('a zone that somebody chose in Outlook is not taken for the one we wrote', () => {
    const there = shown(written('Europe/Amsterdam'), undefined, { windowsNames: true })
    const moved = { ...there, ...made('Tokyo Standard Time') }
    expect(timeOf(moved).start).toMatchObject({ zone: 'Asia/Tokyo', local: '2026-07-01T16:00:00' })
  })
})
