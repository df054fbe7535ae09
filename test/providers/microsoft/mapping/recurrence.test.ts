import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { completeContent, type EventContent, type EventTime } from '../../../../src/model/content.js'
import { sameRule } from '../../../../src/model/recurrence.js'
import { parseRule } from '../../../../src/model/rule.js'
import { ruleDates } from '../../../../src/model/rule-dates.js'
import { addDays, localText, wallMs } from '../../../../src/model/time.js'
import { untilWall } from '../../../../src/model/until.js'
import { holding } from '../../../../src/providers/microsoft/holding.js'
import { readRecurrence, recurrenceOf, writeRepetition } from '../../../../src/providers/microsoft/recurrence.js'
import type { GraphPattern, GraphRange, GraphRecurrence } from '../../../../src/providers/microsoft/wire.js'
import { patternDates } from './graph-patterns.js'

const zone = 'Europe/Berlin'
const at = (date: string): EventTime => ({ kind: 'timed', local: `${date}T09:00:00`, zone })
const series = (rule: string, start: EventTime, more: Partial<EventContent> = {}): EventContent =>
  completeContent({ time: { start, end: start }, recurrence: { rule, rdates: [] }, ...more })

/** So far it is looked ahead. */
const yearsOf = (rule: string) => (/FREQ=(?:DAILY|WEEKLY)/.test(rule) ? 1 : 9)

/** What a rule gives by our own reading of iCalendar. */
function datesBy(rule: string, start: EventTime, most: number): readonly string[] {
  const parsed = parseRule(rule)
  const local = start.kind === 'date' ? `${start.date}T00:00:00` : start.local
  const last = untilWall(parsed, start) ?? Number.POSITIVE_INFINITY
  const to = Math.min(wallMs(local) + (yearsOf(rule) * 366 - 1) * 86_400_000, last)
  const dates = ruleDates(parsed, local, { from: wallMs(local), to, enough: most })
  return dates.slice(0, most).map((wall) => localText(wall).slice(0, 10))
}

const written = (content: EventContent): GraphRecurrence =>
  writeRepetition(content, { before: undefined }).body['recurrence'] as GraphRecurrence
const read = (recurrence: GraphRecurrence, start: EventTime) =>
  readRecurrence({ id: 'a', recurrence }, start)?.rule ?? ''

describe('what Graph says', () => {
  test.each<[GraphPattern, string, string]>([
    [{ type: 'daily', interval: 3 }, '2026-03-04', 'FREQ=DAILY;INTERVAL=3'],
    [{ type: 'weekly', interval: 1, daysOfWeek: ['wednesday'] }, '2026-03-04', 'FREQ=WEEKLY;BYDAY=WE'],
    [
      { type: 'weekly', interval: 2, daysOfWeek: ['sunday', 'wednesday'] },
      '2026-03-04',
      'FREQ=WEEKLY;INTERVAL=2;BYDAY=WE,SU;WKST=SU',
    ],
    [{ type: 'absoluteMonthly', interval: 1, dayOfMonth: 28 }, '2026-03-28', 'FREQ=MONTHLY;BYMONTHDAY=28'],
    [{ type: 'absoluteMonthly', interval: 1, dayOfMonth: 31 }, '2026-03-31', 'FREQ=MONTHLY;BYMONTHDAY=-1'],
    [
      { type: 'absoluteMonthly', interval: 1, dayOfMonth: 30 },
      '2026-03-30',
      'FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1',
    ],
    [
      { type: 'relativeMonthly', interval: 1, daysOfWeek: ['tuesday'], index: 'second' },
      '2026-03-10',
      'FREQ=MONTHLY;BYDAY=2TU',
    ],
    [
      { type: 'relativeMonthly', interval: 1, daysOfWeek: ['monday', 'friday'], index: 'last' },
      '2026-03-30',
      'FREQ=MONTHLY;BYDAY=MO,FR;BYSETPOS=-1',
    ],
    [
      { type: 'absoluteYearly', interval: 1, dayOfMonth: 29, month: 2 },
      '2027-02-28',
      'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1',
    ],
    [
      { type: 'relativeYearly', interval: 1, daysOfWeek: ['thursday'], index: 'fourth', month: 11 },
      '2026-11-26',
      'FREQ=YEARLY;BYMONTH=11;BYDAY=4TH',
    ],
  ])('%o', (pattern, date, rule) => {
    expect(read({ pattern, range: { type: 'noEnd', startDate: date } }, at(date))).toBe(rule)
  })

  test('the zeros and defaults of what a pattern does not use say nothing', () => {
    const pattern = {
      ...{ type: 'weekly', interval: 1, month: 0, dayOfMonth: 0, daysOfWeek: ['monday'], firstDayOfWeek: 'sunday' },
      index: 'first',
    }
    const range = { type: 'endDate', startDate: '2026-08-03', endDate: '2026-10-05', numberOfOccurrences: 0 }
    expect(read({ pattern, range }, at('2026-08-03'))).toBe('FREQ=WEEKLY;UNTIL=20261005T215959Z;BYDAY=MO')
  })

  test.each<[string, GraphRecurrence]>([
    ['PATTERN', { pattern: { type: 'hourly' } }],
    ['PATTERN', { pattern: { type: 'daily', interval: 0 } }],
    ['PATTERN', { pattern: { type: 'daily', interval: 0.5 } }],
    ['PATTERN', { pattern: { type: 'absoluteMonthly', dayOfMonth: 32 } }],
    ['PATTERN_START', { pattern: { type: 'weekly', daysOfWeek: ['friday'] } }],
    ['RANGE', { pattern: { type: 'daily' }, range: { type: 'numbered', numberOfOccurrences: 0 } }],
    ['RANGE', { pattern: { type: 'daily' }, range: { type: 'endDate', endDate: '0001-01-01' } }],
    ['RANGE', { pattern: { type: 'daily' }, range: { type: 'whenever' } }],
  ])('what is no recurrence is refused: %s %o', (reason, recurrence) => {
    expect(() => read(recurrence, at('2026-03-04'))).toThrow(expect.objectContaining({ code: 'invalid_event', reason }))
  })
})

describe('what Graph is told', () => {
  test.each<[string, string, GraphPattern]>([
    ['FREQ=DAILY;INTERVAL=2', '2026-03-04', { type: 'daily', interval: 2 }],
    [
      'FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR',
      '2026-03-04',
      {
        type: 'weekly',
        interval: 1,
        daysOfWeek: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
        firstDayOfWeek: 'monday',
      },
    ],
    ['FREQ=WEEKLY', '2026-03-04', { type: 'weekly', interval: 1, daysOfWeek: ['wednesday'], firstDayOfWeek: 'monday' }],
    [
      'FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,WE;WKST=SU',
      '2026-03-04',
      { type: 'weekly', interval: 2, daysOfWeek: ['wednesday', 'sunday'], firstDayOfWeek: 'sunday' },
    ],
    ['FREQ=MONTHLY', '2026-03-28', { type: 'absoluteMonthly', interval: 1, dayOfMonth: 28 }],
    ['FREQ=MONTHLY;BYMONTHDAY=-1', '2026-03-31', { type: 'absoluteMonthly', interval: 1, dayOfMonth: 31 }],
    [
      'FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1',
      '2026-03-30',
      { type: 'absoluteMonthly', interval: 1, dayOfMonth: 30 },
    ],
    [
      'FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2',
      '2026-03-10',
      { type: 'relativeMonthly', interval: 1, daysOfWeek: ['tuesday'], index: 'second' },
    ],
    [
      'FREQ=MONTHLY;BYDAY=-1FR',
      '2026-03-27',
      { type: 'relativeMonthly', interval: 1, daysOfWeek: ['friday'], index: 'last' },
    ],
    [
      'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1',
      '2026-03-31',
      {
        type: 'relativeMonthly',
        interval: 1,
        daysOfWeek: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
        index: 'last',
      },
    ],
    [
      'FREQ=MONTHLY;BYDAY=TU',
      '2026-03-03',
      { type: 'weekly', interval: 1, daysOfWeek: ['tuesday'], firstDayOfWeek: 'monday' },
    ],
    ['FREQ=YEARLY', '2026-03-04', { type: 'absoluteYearly', interval: 1, dayOfMonth: 4, month: 3 }],
    [
      'FREQ=MONTHLY;INTERVAL=120;BYMONTHDAY=31',
      '2026-03-31',
      { type: 'absoluteYearly', interval: 10, dayOfMonth: 31, month: 3 },
    ],
    [
      'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1',
      '2027-02-28',
      { type: 'absoluteYearly', interval: 1, dayOfMonth: 29, month: 2 },
    ],
    [
      'FREQ=YEARLY;BYMONTH=11;BYDAY=4TH',
      '2026-11-26',
      { type: 'relativeYearly', interval: 1, daysOfWeek: ['thursday'], index: 'fourth', month: 11 },
    ],
  ])('%s', (rule, date, pattern) => {
    expect(written(series(rule, at(date)))).toEqual({
      pattern,
      range: { type: 'noEnd', startDate: date, recurrenceTimeZone: zone },
    })
  })

  test.each<[string, EventTime, GraphRange]>([
    ['FREQ=DAILY;COUNT=5', at('2026-03-04'), { type: 'numbered', numberOfOccurrences: 5 }],
    // 22:00 in New York is the next day in UTC
    [
      'FREQ=DAILY;UNTIL=20260310T020000Z',
      { kind: 'timed', local: '2026-03-04T22:00:00', zone: 'America/New_York' },
      { type: 'endDate', endDate: '2026-03-09' },
    ],
    ['FREQ=WEEKLY;BYDAY=WE;UNTIL=20260320T225959Z', at('2026-03-04'), { type: 'endDate', endDate: '2026-03-18' }],
    ['FREQ=DAILY;UNTIL=20260310T075959Z', at('2026-03-04'), { type: 'endDate', endDate: '2026-03-09' }],
    ['FREQ=DAILY;UNTIL=20260310T080000Z', at('2026-03-04'), { type: 'endDate', endDate: '2026-03-10' }],
    ['FREQ=DAILY;UNTIL=20260310', { kind: 'date', date: '2026-03-04' }, { type: 'endDate', endDate: '2026-03-10' }],
    ['FREQ=YEARLY;UNTIL=20300101', { kind: 'date', date: '2026-03-04' }, { type: 'endDate', endDate: '2029-03-04' }],
    ['FREQ=DAILY;UNTIL=99991231T235959Z', at('2026-03-04'), { type: 'noEnd' }],
  ])('%s ends on the day of the last one', (rule, start, range) => {
    expect(written(series(rule, start)).range).toMatchObject(range)
  })

  test.each<[string, string]>([
    ['FREQ=MONTHLY;BYMONTHDAY=29', '2026-03-29'],
    ['FREQ=MONTHLY;BYMONTHDAY=31', '2026-03-31'],
    ['FREQ=MONTHLY', '2026-03-30'],
    ['FREQ=MONTHLY;BYMONTHDAY=-2', '2026-03-30'],
    ['FREQ=MONTHLY;BYMONTHDAY=1,15', '2026-03-01'],
    ['FREQ=MONTHLY;BYDAY=5FR', '2026-01-30'],
    ['FREQ=MONTHLY;BYDAY=-2MO', '2026-03-23'],
    ['FREQ=MONTHLY;BYDAY=2TH,2FR', '2026-03-12'],
    ['FREQ=MONTHLY;BYDAY=TH,FR;BYSETPOS=1,2', '2026-03-05'],
    ['FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13', '2026-03-13'],
    ['FREQ=MONTHLY;INTERVAL=2;BYDAY=TU', '2026-03-03'],
    ['FREQ=MONTHLY;BYMONTH=3,4;BYMONTHDAY=4', '2026-03-04'],
    ['FREQ=YEARLY', '2028-02-29'],
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29', '2028-02-29'],
    ['FREQ=YEARLY;BYMONTH=3,9', '2026-03-04'],
    ['FREQ=YEARLY;BYMONTHDAY=4', '2026-03-04'],
    ['FREQ=YEARLY;BYDAY=10WE', '2026-03-11'],
    ['FREQ=YEARLY;BYYEARDAY=63', '2026-03-04'],
    ['FREQ=YEARLY;BYWEEKNO=10', '2026-03-04'],
    ['FREQ=YEARLY;INTERVAL=100', '2026-03-04'],
    ['FREQ=DAILY;INTERVAL=2;BYDAY=MO,WE', '2026-03-04'],
    ['FREQ=DAILY;BYMONTH=3', '2026-03-04'],
    ['FREQ=DAILY;INTERVAL=100', '2026-03-04'],
    ['FREQ=DAILY;COUNT=1000', '2026-03-04'],
    ['FREQ=DAILY;BYHOUR=9,15', '2026-03-04'],
    ['FREQ=HOURLY;INTERVAL=3', '2026-03-04'],
    ['FREQ=WEEKLY;BYDAY=MO,WE;BYSETPOS=1', '2026-03-04'],
    ['FREQ=WEEKLY;BYDAY=FR', '2026-03-04'],
    ['FREQ=DAILY;UNTIL=20260101', '2026-03-04'],
  ])('%s from %s on is not held, and not approximated', (rule, date) => {
    const content = series(rule, at(date))
    expect(holding.holdsSeries?.(content)).toBe(false)
    expect(() => written(content)).toThrow(expect.objectContaining({ code: 'unsupported' }))
  })

  test('a list of dates, and dates beside a rule, are not held', () => {
    const rdates = ['2026-03-06T09:00:00']
    for (const rule of [null, 'FREQ=WEEKLY'])
      expect(holding.holdsSeries?.({ ...series('FREQ=WEEKLY', at('2026-03-04')), recurrence: { rule, rdates } })).toBe(
        false,
      )
  })
})

test('the last day of every twelfth month stays a last day when it is written back', () => {
  const start = at('2017-09-30')
  const recurrence = {
    pattern: { type: 'absoluteMonthly', interval: 12, dayOfMonth: 31 },
    range: { type: 'noEnd', startDate: '2017-09-30' },
  }
  expect(written(series(read(recurrence, start), start))).toMatchObject(recurrence)
})

describe('laws', () => {
  test('a pattern, and the rule that it is read as, have the same days', () =>
    fc.assert(
      fc.property(anyRecurrence, ({ recurrence, start }) => {
        const rule = read(recurrence, start)
        expect(datesBy(rule, start, 15)).toEqual(patternDates(recurrence, 15, yearsOf(rule)))
      }),
      { numRuns: 80 },
    ))

  test('a pattern that is read and written has the same days, and is read alike', () =>
    fc.assert(
      fc.property(anyRecurrence, ({ recurrence, start }) => {
        const rule = read(recurrence, start)
        const again = written(series(rule, start))
        expect(patternDates(again, 15, 9)).toEqual(patternDates(recurrence, 15, 9))
        expect(sameRule(read(again, start), rule, start)).toBe(true)
      }),
      { numRuns: 80 },
    ))

  test('a rule is told with exactly its days, or declared as one that cannot be', () => {
    let held = 0
    fc.assert(
      fc.property(anyRule, ({ rule, start }) => {
        const content = series(rule, start)
        const told = recurrenceOf(content)
        expect(holding.holdsSeries?.(content)).toBe(told !== undefined)
        if (!told) return
        held++
        expect(patternDates(told, 15, yearsOf(rule))).toEqual(datesBy(rule, start, 15))
        expect(patternDates(written(series(read(told, start), start)), 15, 9)).toEqual(patternDates(told, 15, 9))
      }),
      { numRuns: 150 },
    )
    expect(held).toBeGreaterThan(40)
  })
})

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
const someDays = fc.subarray(weekdays, { minLength: 1 })
const index = fc.constantFrom('first', 'second', 'third', 'fourth', 'last')
const interval = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constantFrom(12, 99))
const month = fc.integer({ min: 1, max: 12 })
const dayOfMonth = fc.oneof(fc.integer({ min: 1, max: 31 }), fc.integer({ min: 28, max: 31 }))

const anyPattern: fc.Arbitrary<GraphPattern> = fc.oneof(
  fc.record({ type: fc.constant('daily'), interval }),
  fc.record({
    type: fc.constant('weekly'),
    interval,
    daysOfWeek: someDays,
    firstDayOfWeek: fc.constantFrom(...weekdays),
  }),
  fc.record({ type: fc.constant('absoluteMonthly'), interval, dayOfMonth }),
  fc.record({ type: fc.constant('relativeMonthly'), interval, daysOfWeek: someDays, index }),
  fc.record({ type: fc.constant('absoluteYearly'), interval: fc.integer({ min: 1, max: 3 }), dayOfMonth, month }),
  fc.record({
    type: fc.constant('relativeYearly'),
    interval: fc.integer({ min: 1, max: 3 }),
    daysOfWeek: someDays,
    index,
    month,
  }),
)

const day = fc.integer({ min: 0, max: 14_000 }).map((days) => addDays('2000-01-01', days))
const startOn = (date: string, kind: string): EventTime =>
  kind === 'date' ? { kind: 'date', date } : { kind: 'timed', local: `${date}T22:30:00`, zone: 'America/New_York' }

/** A recurrence that begins on its first day, as all of Graph's do. */
const anyRecurrence: fc.Arbitrary<{ readonly recurrence: GraphRecurrence; readonly start: EventTime }> = fc
  .record({
    pattern: anyPattern,
    day,
    kind: fc.constantFrom('date', 'timed'),
    end: fc.constantFrom('noEnd', 'endDate', 'numbered'),
    length: fc.integer({ min: 1, max: 50 }),
  })
  .map(({ pattern, day, kind, end, length }) => {
    const endless = (startDate: string) => ({ pattern, range: { type: 'noEnd', startDate } })
    const [startDate = day] = patternDates({ pattern: { ...pattern, interval: 1 }, range: { startDate: day } }, 1)
    const start = startOn(startDate, kind)
    if (end === 'numbered')
      return { recurrence: { pattern, range: { type: end, startDate, numberOfOccurrences: length } }, start }
    if (end === 'noEnd') return { recurrence: endless(startDate), start }
    const endDate = patternDates(endless(startDate), length, 20).at(-1) ?? startDate
    return { recurrence: { pattern, range: { type: end, startDate, endDate } }, start }
  })

const codes = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 })

/** Rules of all kinds that people's calendars have, most of them starting on a day of theirs. */
const anyRule: fc.Arbitrary<{ readonly rule: string; readonly start: EventTime }> = fc
  .record({
    freq: fc.constantFrom('DAILY', 'WEEKLY', 'MONTHLY', 'MONTHLY', 'YEARLY', 'YEARLY'),
    interval: fc.constantFrom(1, 1, 2, 3, 12, 24),
    days: maybe(fc.subarray(codes, { minLength: 1 })),
    ordinal: maybe(fc.constantFrom(1, 2, 4, 5, -1, -2)),
    monthDays: maybe(
      fc.oneof(
        fc.constantFrom([28, 29, 30], [28, 29], [28, 29, 30, 31], [29, 30], [-1], [-2], [31], [30], [29]),
        fc.uniqueArray(fc.integer({ min: 1, max: 31 }), { minLength: 1, maxLength: 2 }),
      ),
    ),
    months: maybe(fc.uniqueArray(month, { minLength: 1, maxLength: 2 })),
    position: maybe(fc.constantFrom(1, 2, 3, 4, 5, -1, -2)),
    weekStart: maybe(fc.constantFrom('SU', 'MO', 'SA')),
    end: fc.constantFrom('', '', ';COUNT=7', 'UNTIL'),
    day,
    kind: fc.constantFrom('date', 'timed'),
    fitted: fc.integer({ min: 0, max: 9 }).map((one) => one > 0),
  })
  .map(({ freq, interval, days, ordinal, monthDays, months, position, weekStart, end, day, kind, fitted }) => {
    const isCounted = freq === 'MONTHLY' || freq === 'YEARLY'
    const monthList = freq === 'YEARLY' ? (months ?? (days || monthDays ? [3] : undefined)) : undefined
    const useDays = days && !(monthDays && days.length < 6 && isCounted)
    const parts = [
      `FREQ=${freq}`,
      interval > 1 ? `INTERVAL=${interval}` : '',
      monthList ? `BYMONTH=${monthList.join()}` : '',
      monthDays && isCounted ? `BYMONTHDAY=${monthDays.join()}` : '',
      useDays ? `BYDAY=${days.map((one) => `${isCounted && ordinal ? ordinal : ''}${one}`).join()}` : '',
      position && isCounted && (useDays || monthDays) ? `BYSETPOS=${position}` : '',
      weekStart ? `WKST=${weekStart}` : '',
    ]
    const rule = parts.filter((part) => part !== '').join(';')
    const date = fitted ? firstOf(rule, day) : day
    const until = addDays(date, 400).replaceAll('-', '')
    const ending = end === 'UNTIL' ? `;UNTIL=${kind === 'date' ? until : `${until}T120000Z`}` : end
    return { rule: `${rule}${ending}`, start: startOn(date, kind) }
  })

/** The first day of a rule that comes by itself. */
function firstOf(rule: string, day: string): string {
  try {
    return datesBy(rule.replace(/;INTERVAL=\d+/, ''), at(day), 3)[1] ?? day
  } catch {
    return day
  }
}
