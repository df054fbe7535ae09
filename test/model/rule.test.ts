import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isSyncError } from '../../src/errors.js'
import {
  formatRule,
  frequencies,
  parseRule,
  type Rule,
  sortedDays,
  sortedNumbers,
  weekdays,
} from '../../src/model/rule.js'

test('parts come in any order and case, with a semicolon at the end and parts of others', () => {
  const rule = parseRule('byday=we,MO;x-note=Hi there;Freq=weekly;interval=2;wkst=su;')
  expect(rule).toMatchObject({
    freq: 'WEEKLY',
    interval: 2,
    weekStart: 'SU',
    byDay: [{ weekday: 'MO' }, { weekday: 'WE' }],
  })
  expect(formatRule(rule)).toBe('FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;WKST=SU;X-NOTE=Hi there')
  expect(formatRule(parseRule('RRULE:FREQ=DAILY;INTERVAL=1'))).toBe('FREQ=DAILY')
})

test('UNTIL keeps the type in which it was written', () => {
  expect(parseRule('FREQ=DAILY;UNTIL=20260103').until).toEqual({ kind: 'date', date: '2026-01-03' })
  expect(parseRule('FREQ=DAILY;UNTIL=20260103T080000').until).toEqual({
    kind: 'floating',
    local: '2026-01-03T08:00:00',
  })
  expect(parseRule('FREQ=DAILY;UNTIL=99991231T235959Z').until).toEqual({
    kind: 'timed',
    local: '9999-12-31T23:59:59',
    zone: 'UTC',
  })
})

const refused: readonly (readonly [text: string, reason: string])[] = [
  ['FREQ=DAILY;INTERVAL=0', 'RRULE_INTERVAL'],
  ['FREQ=DAILY;INTERVAL=-1;COUNT=3', 'RRULE_INTERVAL'],
  ['FREQ=DAILY;INTERVAL=1e309', 'RRULE_INTERVAL'],
  ['FREQ=DAILY;COUNT=0', 'RRULE_COUNT'],
  ['FREQ=DAILY;COUNT=abc', 'RRULE_COUNT'],
  ['FREQ=DAILY;COUNT=1.5', 'RRULE_COUNT'],
  ['FREQ=DAILY;COUNT=3;UNTIL=20260101', 'RRULE_COUNT_AND_UNTIL'],
  ['FREQ=DAILY;BYHOUR=25', 'RRULE_RANGE'],
  ['FREQ=DAILY;BYHOUR=24', 'RRULE_RANGE'],
  ['FREQ=DAILY;BYHOUR=-1', 'RRULE_RANGE'],
  ['FREQ=DAILY;BYMINUTE=60', 'RRULE_RANGE'],
  ['FREQ=DAILY;BYSECOND=61', 'RRULE_RANGE'],
  ['FREQ=MONTHLY;BYMONTHDAY=0', 'RRULE_RANGE'],
  ['FREQ=MONTHLY;BYMONTHDAY=32', 'RRULE_RANGE'],
  ['FREQ=YEARLY;BYMONTH=13', 'RRULE_RANGE'],
  ['FREQ=YEARLY;BYMONTH=', 'RRULE_SYNTAX'],
  ['FREQ=YEARLY;BYMONTH=1,,2', 'RRULE_RANGE'],
  ['FREQ=YEARLY;BYWEEKNO=-54', 'RRULE_RANGE'],
  ['FREQ=YEARLY;BYYEARDAY=367', 'RRULE_RANGE'],
  ['FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0', 'RRULE_RANGE'],
  ['FREQ=MONTHLY;BYDAY=0MO', 'RRULE_RANGE'],
  ['FREQ=MONTHLY;BYDAY=XX', 'RRULE_RANGE'],
  ['FREQ=WEEKLY;BYDAY=1MO', 'RRULE_BYDAY'],
  ['FREQ=DAILY;BYDAY=-1FR', 'RRULE_BYDAY'],
  ['FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO', 'RRULE_BYDAY'],
  ['FREQ=FORTNIGHTLY', 'RRULE_FREQ'],
  ['INTERVAL=2', 'RRULE_FREQ'],
  ['FREQ=DAILY;FREQ=WEEKLY', 'RRULE_SYNTAX'],
  ['FREQ=DAILY;BYEASTER=1', 'RRULE_SYNTAX'],
  ['FREQ=DAILY;__proto__=1', 'RRULE_SYNTAX'],
  ['FREQ=DAILY\r\nDTSTART:20260101', 'RRULE_SYNTAX'],
  ['FREQ=DAILY;UNTIL=20260230', 'RRULE_UNTIL'],
  ['FREQ=DAILY;WKST=XX', 'RRULE_RANGE'],
  // would become a line of its own in a file that we write
  ['FREQ=DAILY;X-A=1\r\nATTENDEE:mailto:eve@example.com', 'RRULE_SYNTAX'],
  ['', 'RRULE_SYNTAX'],
  [';', 'RRULE_SYNTAX'],
]

test.each(refused)('%j is refused as %s', (text, reason) => {
  const failure = caught(() => parseRule(text))
  expect(isSyncError(failure, 'invalid_event') && failure.reason).toBe(reason)
})

test('other calendar systems are said to be unsupported, and endless text is not read', () => {
  for (const text of ['RSCALE=CHINESE;FREQ=YEARLY', 'FREQ=MONTHLY;RSCALE=GREGORIAN;SKIP=BACKWARD']) {
    expect(
      isSyncError(
        caught(() => parseRule(text)),
        'unsupported',
      ),
      text,
    ).toBe(true)
  }
  const failure = caught(() => parseRule(`FREQ=DAILY;BYHOUR=${'1,'.repeat(1_000_000)}1`))
  expect(isSyncError(failure, 'limit_exceeded') && failure.reason).toBe('LIMIT_RECURRENCE')
})

test('a message never repeats what the event says', () => {
  const failure = caught(() => parseRule('FREQ=SECRETLY;X-SECRET=1'))
  expect(String(failure)).not.toContain('SECRET')
})

const list = (min: number, max: number) => fc.array(fc.integer({ min, max }), { maxLength: 4 }).map(sortedNumbers)
const signed = (max: number) =>
  fc
    .array(fc.oneof(fc.integer({ min: 1, max }), fc.integer({ min: -max, max: -1 })), { maxLength: 4 })
    .map(sortedNumbers)
const rule: fc.Arbitrary<Rule> = fc.record({
  freq: fc.constantFrom(...frequencies),
  interval: fc.integer({ min: 1, max: 1_000 }),
  weekStart: fc.constantFrom(...weekdays),
  count: fc.integer({ min: 1, max: 1_000_000_000 }),
  bySecond: list(0, 60),
  byMinute: list(0, 59),
  byHour: list(0, 23),
  byDay: fc.array(fc.record({ weekday: fc.constantFrom(...weekdays) })).map(sortedDays),
  byMonthDay: signed(31),
  byYearDay: signed(366),
  byWeekNo: signed(53),
  byMonth: list(1, 12),
  bySetPos: signed(366),
  extra: fc.constantFrom([], ['X-A=1', 'X-B=two words']),
})

test('reading what was written gives what was written', () => {
  fc.assert(
    fc.property(rule, (given) => {
      expect(parseRule(formatRule(given))).toEqual(given)
    }),
  )
})

test('whatever the text, the answer is a rule or a SyncError', () => {
  const part = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom(
      'FREQ=DAILY',
      'FREQ=MONTHLY',
      'BYDAY=1MO',
      'COUNT=3',
      'UNTIL=20260101',
      'INTERVAL=-1',
      'BYHOUR=25',
      ';',
      'BYDAY=,',
    ),
  )
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const failure = caught(() => formatRule(parseRule(parts.join(';'))))
      expect(failure === undefined || isSyncError(failure)).toBe(true)
    }),
  )
})

function caught(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  return undefined
}
