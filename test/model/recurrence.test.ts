import { afterEach, describe, expect, test } from 'vitest'
import { isSyncError } from '../../src/errors.js'
import {
  completeContent,
  type EventContent,
  type EventTime,
  type Override,
  occurrenceOf,
} from '../../src/model/content.js'
import { describeRule, type ExpandOptions, expand, isSlotOf } from '../../src/model/recurrence.js'
import { instantText } from '../../src/model/time.js'

const at = (text: string) => Date.parse(text)
const timed = (local: string, zone = 'Europe/Berlin'): EventTime => ({ kind: 'timed', local, zone })
const date = (text: string): EventTime => ({ kind: 'date', date: text })

function series(start: EventTime, end: EventTime, rule: string | null, more: Partial<EventContent> = {}): EventContent {
  return completeContent({ title: 'Stand-up', time: { start, end }, recurrence: { rule, rdates: [] }, ...more })
}
const daily = (rule = 'FREQ=DAILY', more: Partial<EventContent> = {}) =>
  series(timed('2026-03-02T09:00:00'), timed('2026-03-02T10:00:00'), rule, more)

function slots(content: EventContent, from: string, to: string, options?: ExpandOptions): readonly string[] {
  return expand(content, { from: at(from), to: at(to) }, options).map(({ slot }) => slot)
}
function moved(content: EventContent, start: string, end: string): Override {
  return { kind: 'changed', content: { ...occurrenceOf(content), time: { start: timed(start), end: timed(end) } } }
}
const cancelled: Override = { kind: 'cancelled' }

describe('the window', () => {
  test('takes what overlaps it: an end at its start is out, a start at its end too', () => {
    expect(slots(daily(), '2026-03-03T09:00:00Z', '2026-03-05T08:00:00Z')).toEqual(['2026-03-04T09:00:00'])
    expect(slots(daily(), '2026-03-03T08:59:59Z', '2026-03-05T08:00:01Z')).toEqual([
      '2026-03-03T09:00:00',
      '2026-03-04T09:00:00',
      '2026-03-05T09:00:00',
    ])
  })

  test('takes an event without length at its very start', () => {
    const point = series(timed('2026-03-02T09:00:00'), timed('2026-03-02T09:00:00'), 'FREQ=DAILY')
    expect(slots(point, '2026-03-03T08:00:00Z', '2026-03-04T08:00:00Z')).toEqual(['2026-03-03T09:00:00'])
  })

  test('takes a long occurrence that began before it', () => {
    const week = series(date('2026-03-02'), date('2026-03-09'), 'FREQ=MONTHLY')
    expect(slots(week, '2026-05-08T12:00:00Z', '2026-05-08T13:00:00Z')).toEqual(['2026-05-02'])
  })

  test('is placed by the zone of the one who looks for whole days and floating times', () => {
    const days = series(date('2026-03-02'), date('2026-03-03'), 'FREQ=DAILY;COUNT=2')
    expect(slots(days, '2026-03-02T00:00:00Z', '2026-03-02T10:00:00Z')).toEqual(['2026-03-02'])
    expect(slots(days, '2026-03-02T15:00:00Z', '2026-03-02T16:00:00Z', { floatingZone: 'Asia/Tokyo' })).toEqual([
      '2026-03-03',
    ])
  })

  test('may be endless, and the limit says how much of it is wanted', () => {
    expect(
      expand(daily('FREQ=WEEKLY'), { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }, { limit: 3 }),
    ).toHaveLength(3)
    const failure = caught(() => expand(daily(), { from: 0, to: Number.POSITIVE_INFINITY }))
    expect(isSyncError(failure, 'limit_exceeded') && failure.reason).toBe('LIMIT_RECURRENCE')
    expect(slots(daily(), '2026-03-02T00:00:00Z', '2028-11-26T00:00:00Z')).toHaveLength(1_000)
  })
})

describe('what a series consists of', () => {
  test('an event that does not repeat is its own only occurrence', () => {
    const single = { ...daily(), recurrence: null }
    const [only, ...more] = expand(single, { from: at('2026-03-01'), to: at('2026-04-01') })
    expect(only).toEqual({
      slot: '2026-03-02T09:00:00',
      content: occurrenceOf(single),
      start: at('2026-03-02T08:00:00Z'),
      end: at('2026-03-02T09:00:00Z'),
      overridden: false,
    })
    expect(more).toEqual([])
    expect(slots(single, '2026-03-03', '2026-04-01')).toEqual([])
  })

  test('the start counts as the first, also when the rule does not give it', () => {
    // 2 March 2026 is a Monday
    expect(slots(daily('FREQ=WEEKLY;BYDAY=TH;COUNT=3'), '2026-01-01', '2027-01-01')).toEqual([
      '2026-03-02T09:00:00',
      '2026-03-05T09:00:00',
      '2026-03-12T09:00:00',
    ])
    expect(slots(daily('FREQ=WEEKLY;BYDAY=TH;COUNT=1'), '2026-01-01', '2027-01-01')).toEqual(['2026-03-02T09:00:00'])
    expect(slots(daily('FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31'), '2026-01-01', '2027-01-01')).toEqual([
      '2026-03-02T09:00:00',
    ])
  })

  test('a list of dates without a rule includes the start, and a date twice is there once', () => {
    const list = daily('', {
      recurrence: { rule: null, rdates: ['2026-03-05T09:00:00', '2026-03-04T15:00:00', '2026-03-02T09:00:00'] },
    })
    expect(slots(list, '2026-01-01', '2027-01-01')).toEqual([
      '2026-03-02T09:00:00',
      '2026-03-04T15:00:00',
      '2026-03-05T09:00:00',
    ])
    const both = daily('', {
      recurrence: { rule: 'FREQ=DAILY;COUNT=2', rdates: ['2026-03-03T09:00:00', '2026-03-09'] },
    })
    expect(slots(both, '2026-01-01', '2027-01-01')).toEqual([
      '2026-03-02T09:00:00',
      '2026-03-03T09:00:00',
      '2026-03-09T09:00:00',
    ])
  })

  test('COUNT counts before cancellations', () => {
    const content = daily('FREQ=DAILY;COUNT=3', { overrides: { '2026-03-03T09:00:00': cancelled } })
    expect(slots(content, '2026-01-01', '2027-01-01')).toEqual(['2026-03-02T09:00:00', '2026-03-04T09:00:00'])
  })

  test('COUNT is the same whether it is counted by walking or by arithmetic', () => {
    for (const [rule, last] of [
      ['FREQ=DAILY;INTERVAL=3;COUNT=2000', '2042-08-02T09:00:00'],
      ['FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;COUNT=1000', '2029-12-28T09:00:00'],
      ['FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=1000', '2029-12-28T09:00:00'],
      ['FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=1000;BYHOUR=9', '2029-12-28T09:00:00'],
      ['FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,WE;WKST=SU;COUNT=7', '2026-04-12T09:00:00'],
      ['FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,WE;WKST=SU;BYHOUR=9;COUNT=7', '2026-04-12T09:00:00'],
    ] as const) {
      const end = at(`${last.slice(0, 10)}T00:00:00Z`)
      const found = expand(daily(rule), { from: end - 3 * 86_400_000, to: end + 400 * 86_400_000 }).map(
        ({ slot }) => slot,
      )
      expect(found.at(-1), rule).toBe(last)
    }
  })

  test('UNTIL is an instant: the one exactly at it counts, a date means the whole day', () => {
    const last = (until: string) => slots(daily(`FREQ=DAILY;UNTIL=${until}`), '2026-01-01', '2027-01-01').at(-1)
    expect(last('20260304T080000Z')).toBe('2026-03-04T09:00:00')
    expect(last('20260304T075959Z')).toBe('2026-03-03T09:00:00')
    expect(last('20260304')).toBe('2026-03-04T09:00:00')
    expect(last('20260304T090000')).toBe('2026-03-04T09:00:00')
    expect(last('20260301T000000Z')).toBeUndefined()
    expect(slots(daily('FREQ=DAILY;UNTIL=99991231T235959Z'), '2027-01-01', '2027-01-02')).toHaveLength(1)
  })

  test('UNTIL tells the two hours of one wall time apart', () => {
    const night = (until: string) =>
      slots(
        series(timed('2026-10-24T02:30:00'), timed('2026-10-24T02:45:00'), `FREQ=DAILY;UNTIL=${until}`),
        '2026-01-01',
        '2027-01-01',
      ).at(-1)
    // 02:30 happens first at 00:30Z, then again at 01:30Z; 01:10Z is ten past two for the second time
    expect(night('20261025T011000Z')).toBe('2026-10-25T02:30:00')
    expect(night('20261025T002959Z')).toBe('2026-10-24T02:30:00')
  })

  test('parts that the library forgets are kept', () => {
    const friday = series(
      timed('2006-03-31T02:00:00'),
      timed('2006-03-31T03:00:00'),
      'FREQ=YEARLY;COUNT=4;BYDAY=FR;BYYEARDAY=-275,-276,-277,-278,-279,-280,-281',
    )
    expect(slots(friday, '2006-01-01', '2020-01-01')).toEqual([
      '2006-03-31T02:00:00',
      '2007-03-30T02:00:00',
      '2008-03-28T02:00:00',
      '2009-03-27T02:00:00',
    ])
  })

  test('whole days have no time of day that a rule could set', () => {
    expect(
      slots(
        series(date('2026-03-02'), date('2026-03-03'), 'FREQ=DAILY;BYHOUR=9,10;COUNT=2'),
        '2026-01-01',
        '2027-01-01',
      ),
    ).toEqual(['2026-03-02', '2026-03-03'])
  })
})

describe('overrides', () => {
  const content = daily()
  test('stand where they were moved to, into the window and out of it', () => {
    const weave = daily('FREQ=DAILY', {
      overrides: {
        '2026-03-03T09:00:00': moved(content, '2026-05-01T12:00:00', '2026-05-01T13:00:00'),
        '2026-03-04T09:00:00': moved(content, '2026-03-02T07:00:00', '2026-03-02T08:00:00'),
      },
    })
    expect(slots(weave, '2026-03-02', '2026-03-06')).toEqual([
      '2026-03-04T09:00:00',
      '2026-03-02T09:00:00',
      '2026-03-05T09:00:00',
    ])
    const [inMay] = expand(weave, { from: at('2026-05-01T10:00:00Z'), to: at('2026-05-01T11:00:00Z') })
    expect(inMay).toMatchObject({ slot: '2026-03-03T09:00:00', overridden: true, start: at('2026-05-01T10:00:00Z') })
  })

  test('of slots that the rule does not give are there as well', () => {
    const orphan = daily('FREQ=DAILY;COUNT=1', {
      overrides: { '2026-04-01T09:00:00': moved(content, '2026-04-01T09:00:00', '2026-04-01T10:00:00') },
    })
    expect(slots(orphan, '2026-01-01', '2027-01-01')).toEqual(['2026-03-02T09:00:00', '2026-04-01T09:00:00'])
  })

  test('match a slot by day, and by the time it takes place in a night that skips it', () => {
    expect(
      slots(daily('FREQ=DAILY;COUNT=2', { overrides: { '2026-03-03': cancelled } }), '2026-01-01', '2027-01-01'),
    ).toEqual(['2026-03-02T09:00:00'])
    const night = series(timed('2026-03-28T02:30:00'), timed('2026-03-28T03:00:00'), 'FREQ=DAILY;COUNT=3', {
      overrides: { '2026-03-29T03:30:00': cancelled },
    })
    expect(slots(night, '2026-01-01', '2027-01-01')).toEqual(['2026-03-28T02:30:00', '2026-03-30T02:30:00'])
  })

  test('do not use up the limit when they are cancelled', () => {
    const gone = Object.fromEntries(
      Array.from({ length: 20 }, (_, day) => [`2026-03-${String(day + 2).padStart(2, '0')}T09:00:00`, cancelled]),
    )
    expect(slots(daily('FREQ=DAILY', { overrides: gone }), '2026-03-02', '2027-01-01', { limit: 2 })).toEqual([
      '2026-03-22T09:00:00',
      '2026-03-23T09:00:00',
    ])
  })
})

describe('clocks', () => {
  test('an occurrence ends by the wall clock, whatever the night does', () => {
    const shift = series(timed('2026-03-27T22:00:00'), timed('2026-03-28T06:00:00'), 'FREQ=DAILY;COUNT=3')
    const hours = expand(shift, { from: 0, to: at('2027-01-01') }).map(({ start, end }) => (end - start) / 3_600_000)
    expect(hours).toEqual([8, 7, 8])
  })

  test('a skipped start takes place later, and not shorter', () => {
    const night = series(timed('2026-03-28T02:30:00'), timed('2026-03-28T03:30:00'), 'FREQ=DAILY;COUNT=3')
    const [, skipped, after] = expand(night, { from: 0, to: at('2027-01-01') })
    expect(skipped).toMatchObject({
      slot: '2026-03-29T02:30:00',
      start: at('2026-03-29T01:30:00Z'),
      end: at('2026-03-29T02:30:00Z'),
      content: { time: { start: { local: '2026-03-29T03:30:00' }, end: { local: '2026-03-29T04:30:00' } } },
    })
    expect(after?.content.time.start).toEqual(timed('2026-03-30T02:30:00'))
  })

  test('a day that a zone skips keeps its slot, at the instant of the next', () => {
    const apia = (local: string) => timed(local, 'Pacific/Apia')
    const found = expand(series(apia('2011-12-29T09:00:00'), apia('2011-12-29T10:00:00'), 'FREQ=DAILY;COUNT=3'), {
      from: 0,
      to: at('2013-01-01'),
    })
    expect(found.map(({ slot, start }) => [slot, instantText(start)])).toEqual([
      ['2011-12-29T09:00:00', '2011-12-29T19:00:00Z'],
      ['2011-12-30T09:00:00', '2011-12-30T19:00:00Z'],
      ['2011-12-31T09:00:00', '2011-12-30T19:00:00Z'],
    ])
  })

  test('an hourly rule gives the skipped hour once', () => {
    const hourly = series(timed('2026-03-29T00:00:00'), timed('2026-03-29T00:10:00'), 'FREQ=HOURLY;COUNT=5')
    const starts = expand(hourly, { from: 0, to: at('2027-01-01') }).map(({ start }) =>
      instantText(start).slice(11, 13),
    )
    expect(starts).toEqual(['23', '00', '01', '02'])
  })

  test('all days are dates, also where midnight does not exist', () => {
    const days = series(date('2026-04-23'), date('2026-04-24'), 'FREQ=DAILY;COUNT=3')
    const found = expand(days, { from: 0, to: at('2027-01-01') }, { floatingZone: 'Africa/Cairo' })
    expect(found.map(({ content }) => content.time)).toEqual([
      { start: date('2026-04-23'), end: date('2026-04-24') },
      { start: date('2026-04-24'), end: date('2026-04-25') },
      { start: date('2026-04-25'), end: date('2026-04-26') },
    ])
    expect(found.map(({ start, end }) => (end - start) / 3_600_000)).toEqual([24, 23, 24])
  })

  test('a flight keeps both of its zones', () => {
    const flight = series(
      timed('2026-03-02T20:00:00', 'Pacific/Auckland'),
      timed('2026-03-02T13:00:00', 'America/Los_Angeles'),
      'FREQ=WEEKLY',
    )
    const [second] = expand(flight, { from: at('2026-03-09T19:00:00Z'), to: at('2026-03-09T19:30:00Z') })
    expect(second?.content.time).toEqual({
      start: timed('2026-03-09T20:00:00', 'Pacific/Auckland'),
      end: timed('2026-03-09T13:00:00', 'America/Los_Angeles'),
    })
  })
})

describe('whether a slot belongs to a series', () => {
  test('is told by rule, additional dates and start, not by overrides', () => {
    const content = daily('FREQ=WEEKLY;BYDAY=TH;UNTIL=20260401', {
      recurrence: { rule: 'FREQ=WEEKLY;BYDAY=TH;UNTIL=20260401', rdates: ['2026-03-07T11:00:00'] },
      overrides: { '2026-03-05T09:00:00': cancelled },
    })
    for (const slot of ['2026-03-02T09:00:00', '2026-03-05T09:00:00', '2026-03-07T11:00:00', '2026-03-12']) {
      expect(isSlotOf(content, slot), slot).toBe(true)
    }
    for (const slot of ['2026-03-06T09:00:00', '2026-03-12T10:00:00', '2026-04-02T09:00:00', '2026-02-26T09:00:00']) {
      expect(isSlotOf(content, slot), slot).toBe(false)
    }
  })

  test('is told without walking there', () => {
    const old = series(timed('1900-01-01T09:00:00'), timed('1900-01-01T10:00:00'), 'FREQ=DAILY;COUNT=1000000000')
    expect(isSlotOf(old, '2199-12-31T09:00:00')).toBe(true)
    expect(isSlotOf(old, '2199-12-31T09:00:01')).toBe(false)
  })
})

describe('bounds', () => {
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index).join()
  const everySecond = `BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=${numbers(24)};BYMINUTE=${numbers(60)};BYSECOND=${numbers(60)}`
  /** Each of these hung, or cost seconds to minutes, in one library or another. Undefined: refused as too much. */
  const heavy: readonly (readonly [start: string, rule: string, count: number | undefined])[] = [
    ['2000-01-01T00:00:00', 'FREQ=SECONDLY', undefined],
    ['1970-01-01T00:00:00', 'FREQ=MINUTELY', undefined],
    ['2000-01-01T00:00:00', 'FREQ=SECONDLY;COUNT=1000000000', undefined],
    ['2000-01-01T00:00:00', 'FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30', 0],
    ['2020-01-01T09:00:00', 'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31', 0],
    ['2020-01-01T09:00:00', 'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31;COUNT=5', 0],
    ['2020-01-01T09:00:00', 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', 0],
    ['2020-01-01T09:00:00', 'FREQ=MONTHLY;INTERVAL=2;BYMONTH=2;COUNT=5', 0],
    ['2020-01-01T09:00:00', 'FREQ=YEARLY;BYWEEKNO=53;BYYEARDAY=100;BYDAY=MO', 0],
    ['2020-01-01T09:00:00', `FREQ=YEARLY;${everySecond};COUNT=1`, undefined],
    ['2020-01-01T09:00:00', `FREQ=YEARLY;${everySecond};BYSETPOS=-1`, undefined],
    ['2020-01-01T09:00:00', `FREQ=YEARLY;${everySecond}`, undefined],
    ['2020-01-01T09:00:00', 'FREQ=DAILY;COUNT=1000000000', 1],
    ['2020-01-01T09:00:00', 'FREQ=YEARLY;INTERVAL=999999999999', 0],
    ['2020-01-01T09:00:00', 'FREQ=SECONDLY;INTERVAL=999999999999', 0],
    ['1900-01-01T09:00:00', 'FREQ=DAILY', 1],
    ['2026-03-04T09:00:00', 'FREQ=DAILY;INTERVAL=7;BYDAY=FR,TH', 0],
    ['2020-01-01T09:00:00', 'FREQ=WEEKLY;BYWEEKNO=20', 0],
    ['2020-01-01T09:00:00', 'FREQ=DAILY;BYMONTHDAY=-1,-2', 1],
    ['1900-01-01T09:00:00', 'FREQ=DAILY;BYMONTHDAY=30;BYMONTH=1,3;COUNT=1000000', 0],
    ['1900-01-01T09:00:00', 'FREQ=DAILY;BYMONTH=1,2,3,4,5,6;COUNT=1000000', 1],
    ['1900-01-01T09:00:00', 'FREQ=HOURLY;BYHOUR=9,10;COUNT=1000000', undefined],
    ['1900-01-01T09:00:00', 'FREQ=MINUTELY;INTERVAL=60;BYMINUTE=30', 0],
  ]

  test.each(heavy)('from %s, %s ends soon', (start, rule, count) => {
    const content = series(timed(start, 'UTC'), timed(start, 'UTC'), rule)
    const before = performance.now()
    let found: number | undefined
    try {
      found = expand(content, { from: at('2026-03-31'), to: at('2026-04-01') }).length
    } catch (error) {
      if (!isSyncError(error, 'limit_exceeded')) throw error
      expect(error.reason).toBe('LIMIT_RECURRENCE')
    }
    expect(found).toBe(count)
    // Generous for a busy machine; what this is about took seconds at best and never ended at worst.
    expect(performance.now() - before).toBeLessThan(1_500)
  })

  test('a dense rule gives its first occurrences to one who wants only some', () => {
    const every = series(timed('2000-01-01T00:00:00', 'UTC'), timed('2000-01-01T00:00:00', 'UTC'), 'FREQ=SECONDLY')
    expect(slots(every, '2026-03-01', '2027-03-01', { limit: 2 })).toEqual([
      '2026-03-01T00:00:00',
      '2026-03-01T00:00:01',
    ])
  })

  test('a signal that has fired ends it', () => {
    const failure = caught(() => expand(daily(), { from: 0, to: at('2027-01-01') }, { signal: AbortSignal.abort() }))
    expect(isSyncError(failure, 'aborted')).toBe(true)
  })
})

describe('the zone of the process', () => {
  const before = process.env['TZ']
  afterEach(() => {
    if (before === undefined) delete process.env['TZ']
    else process.env['TZ'] = before
  })

  test('changes nothing', () => {
    const newYork = (local: string) => timed(local, 'America/New_York')
    const contents = [
      series(newYork('2026-03-01T02:30:00'), newYork('2026-03-01T03:30:00'), 'FREQ=DAILY;UNTIL=20261105T000000Z'),
      series(date('2026-03-01'), date('2026-03-02'), 'FREQ=WEEKLY;BYDAY=SU,MO;WKST=SU'),
      series(
        { kind: 'floating', local: '2026-03-01T23:30:00' },
        { kind: 'floating', local: '2026-03-02T00:30:00' },
        'FREQ=MONTHLY;BYDAY=-1SU',
      ),
    ]
    const answers = ['UTC', 'Asia/Tokyo', 'America/Los_Angeles', 'Europe/Berlin'].map((zone) => {
      process.env['TZ'] = zone
      // Otherwise this test would compare one zone with itself.
      expect(new Date(2026, 0, 1).toISOString()).toBe(
        {
          UTC: '2026-01-01T00:00:00.000Z',
          'Asia/Tokyo': '2025-12-31T15:00:00.000Z',
          'America/Los_Angeles': '2026-01-01T08:00:00.000Z',
          'Europe/Berlin': '2025-12-31T23:00:00.000Z',
        }[zone],
      )
      return JSON.stringify([
        contents.map((content) => expand(content, { from: at('2026-02-01'), to: at('2027-01-01') })),
        describeRule('FREQ=DAILY;UNTIL=20260310T035959Z', 'en', newYork('2026-03-01T22:00:00')),
      ])
    })
    expect(new Set(answers).size).toBe(1)
    expect(answers[0]).toContain('2026-11-04T02:30:00')
  })
})

test('a rule reads as a sentence', () => {
  expect(describeRule('FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;UNTIL=20261231T225959Z')).toBe(
    'every 2 weeks on Monday and Wednesday until December 31, 2026',
  )
  // says no day and no time that nobody gave
  expect(describeRule('FREQ=WEEKLY')).toBe('every week')
  expect(describeRule('FREQ=WEEKLY', 'en', timed('2026-03-06T09:00:00'))).toMatch(/^every week on Friday at 9/)
  expect(describeRule('FREQ=MONTHLY;BYDAY=-1FR;X-SECRET=1', 'xx')).toBe('every month on last Friday')
  expect(describeRule('FREQ=DAILY', 'de')).toMatch(/Tag/)
  // ten to midnight in New York is the next day in UTC
  expect(
    describeRule('FREQ=DAILY;UNTIL=20260310T035959Z', 'en', timed('2026-03-01T22:00:00', 'America/New_York')),
  ).toContain('March 9, 2026')
  expect(
    isSyncError(
      caught(() => describeRule('FREQ=NEVER')),
      'invalid_event',
    ),
  ).toBe(true)
})

function caught(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  return undefined
}
