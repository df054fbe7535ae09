import { describe, expect, test } from 'vitest'
import { isSyncError } from '../../src/errors.js'
import type { EventContent } from '../../src/model/content.js'
import { expand } from '../../src/model/recurrence.js'
import { calendar, cpuMs, event, judged, odd, pullFile, start, stubOfThisFile, verdict } from './support.js'

/** Rows of the catalogue that concern series. A sync carries the rule and never expands it; lists are bounded. */

const dav = stubOfThisFile()
const seen = (lines: readonly string[]) => judged(dav.stub, lines)
const issueOf = async (...lines: readonly string[]) => (await seen(odd(...lines))).issue
const contentOf = async (...lines: readonly string[]): Promise<EventContent> => (await seen(odd(...lines))).content

/** The starts within a window, or why there is no list; never more than a tenth of a second of work. */
async function listed(content: EventContent, from: string, to: string): Promise<readonly string[] | string> {
  let answer: readonly string[] | string = ''
  const ms = await cpuMs(() => {
    try {
      const window = { from: Date.parse(from), to: Date.parse(to) }
      answer = expand(content, window).map((occurrence) => new Date(occurrence.start).toISOString())
    } catch (error) {
      if (!isSyncError(error)) throw error
      answer = `${error.code} ${error.reason}`
    }
  })
  expect(ms).toBeLessThan(500)
  return answer
}

const year = (content: EventContent, of = 2026) => listed(content, `${of}-01-01T00:00:00Z`, `${of + 1}-01-01T00:00:00Z`)

describe('rules', () => {
  test('38 every second since 2000 is synced as a rule, and its list ends in a limit', async () => {
    const content = await contentOf('DTSTART:20000101T000000Z', 'RRULE:FREQ=SECONDLY')
    expect(content.recurrence?.rule).toBe('FREQ=SECONDLY')
    expect(await listed(content, '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z')).toBe(
      'limit_exceeded LIMIT_RECURRENCE',
    )
  })

  test('39 every minute since 1970', async () => {
    const content = await contentOf('DTSTART:19700101T000000Z', 'RRULE:FREQ=MINUTELY')
    expect(await listed(content, '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z')).toBe(
      'limit_exceeded LIMIT_RECURRENCE',
    )
  })

  test('40 a day that never comes: nothing but the start, in bounded steps', async () => {
    const content = await contentOf(start, 'RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31')
    expect(await year(content)).toEqual(['2026-03-04T09:00:00.000Z'])
    expect(await year(content, 2027)).toEqual([])
    expect(await year(content, 2199)).toEqual([])
  })

  test('41 an interval below zero', async () => {
    expect(await issueOf(start, 'RRULE:FREQ=DAILY;INTERVAL=-1;COUNT=3')).toBe('invalid_event RRULE_INTERVAL')
  })

  test('42 an interval of zero, and one that is no number', async () => {
    for (const interval of ['0', '', 'x', '1.5', '1e9', 'NaN'])
      expect(await issueOf(start, `RRULE:FREQ=DAILY;INTERVAL=${interval}`)).toMatch(
        /^invalid_event RRULE_(INTERVAL|SYNTAX)$/,
      )
  })

  test('43 29 February comes in leap years only', async () => {
    const content = await contentOf('DTSTART:20240229T090000Z', 'RRULE:FREQ=YEARLY')
    expect(await year(content, 2026)).toEqual([])
    expect(await year(content, 2028)).toEqual(['2028-02-29T09:00:00.000Z'])
  })

  test('44 30 February never comes', async () => {
    const content = await contentOf(start, 'RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30')
    for (const of of [2027, 2028, 2100]) expect(await year(content, of)).toEqual([])
  })

  test('45 hour 25', async () => {
    for (const part of ['BYHOUR=25', 'BYMINUTE=60', 'BYMONTH=13', 'BYMONTHDAY=0', 'BYDAY=9MO'])
      expect(await issueOf(start, `RRULE:FREQ=DAILY;${part}`)).toMatch(/^invalid_event RRULE_(RANGE|BYDAY)$/)
  })

  test('46 a count of zero, and one that is no number', async () => {
    for (const count of ['0', '-1', 'abc', '9999999999999'])
      expect(await issueOf(start, `RRULE:FREQ=DAILY;COUNT=${count}`)).toBe('invalid_event RRULE_COUNT')
  })

  test('47 31 million candidates a year: synced as a rule, listed not at all', async () => {
    const all = (size: number) => Array.from({ length: size }, (_, n) => n).join()
    const rule = `FREQ=YEARLY;BYHOUR=${all(24)};BYMINUTE=${all(60)};BYSECOND=${all(60)};BYDAY=MO,TU,WE,TH,FR,SA,SU;COUNT=1`
    const content = await contentOf(start, `RRULE:${rule}`)
    expect(content.recurrence?.rule).toBe(rule)
    expect(await year(content)).toBe('limit_exceeded LIMIT_RECURRENCE')
  })

  test('48 a count and an end', async () => {
    expect(await issueOf(start, 'RRULE:FREQ=DAILY;COUNT=3;UNTIL=20270101T000000Z')).toBe(
      'invalid_event RRULE_COUNT_AND_UNTIL',
    )
  })

  test('49 an end before the start: no occurrences', async () => {
    const content = await contentOf(start, 'RRULE:FREQ=DAILY;UNTIL=20260101T000000Z')
    expect(await year(content)).toEqual([])
  })

  test('50 an end in another form than the start is brought into its form', async () => {
    const ruleOf = async (...lines: readonly string[]) => (await contentOf(...lines)).recurrence?.rule
    expect(await ruleOf('DTSTART;TZID=Europe/Berlin:20260101T090000', 'RRULE:FREQ=DAILY;UNTIL=20260103')).toBe(
      'FREQ=DAILY;UNTIL=20260103T225959Z',
    )
    expect(await ruleOf('DTSTART;VALUE=DATE:20260101', 'RRULE:FREQ=DAILY;UNTIL=20260103T235959Z')).toBe(
      'FREQ=DAILY;UNTIL=20260103',
    )
    expect(await ruleOf('DTSTART:20260101T090000', 'RRULE:FREQ=DAILY;UNTIL=20260103T090000Z')).toBe(
      'FREQ=DAILY;UNTIL=20260103T090000',
    )
  })

  test('51 two rules', async () => {
    expect(await issueOf(start, 'RRULE:FREQ=DAILY', 'RRULE:FREQ=WEEKLY')).toBe('invalid_event TWO_RRULES')
  })

  test('52 a rule of exceptions', async () => {
    expect(await issueOf(start, 'RRULE:FREQ=DAILY', 'EXRULE:FREQ=WEEKLY')).toBe('unsupported EXRULE')
  })

  test('61 a count of a thousand million is kept, and listing it is bounded', async () => {
    const content = await contentOf(start, 'RRULE:FREQ=DAILY;COUNT=1000000000')
    expect(content.recurrence?.rule).toBe('FREQ=DAILY;COUNT=1000000000')
    expect(await year(content, 2199)).toHaveLength(365)
  })
})

describe('dates and occurrences', () => {
  const berlin = 'DTSTART;TZID=Europe/Berlin:20260101T090000'
  const master = event('odd', berlin, 'DURATION:PT1H', 'RRULE:FREQ=DAILY;COUNT=5', 'SUMMARY:series')
  const change = (id: string, ...lines: readonly string[]) => event('odd', `RECURRENCE-ID${id}`, ...lines)

  test('53 a series in which every occurrence is cancelled is an empty list, soon', async () => {
    const dates = Array.from({ length: 366 }, (_, n) =>
      new Date(Date.UTC(2026, 0, 1 + n, 9)).toISOString().replace(/[-:]|\.000/g, ''),
    )
    const content = await contentOf('DTSTART:20260101T090000Z', 'RRULE:FREQ=DAILY;COUNT=366', `EXDATE:${dates.join()}`)
    expect(await year(content)).toEqual([])
  })

  test('54 a period is an added occurrence that lasts as long as it says', async () => {
    const content = await contentOf(start, 'RRULE:FREQ=DAILY;COUNT=1', 'RDATE;VALUE=PERIOD:20260305T090000Z/PT3H')
    expect(await year(content)).toEqual(['2026-03-04T09:00:00.000Z', '2026-03-05T09:00:00.000Z'])
    expect(content.overrides['2026-03-05T09:00:00']).toMatchObject({
      content: { time: { end: { local: '2026-03-05T12:00:00' } } },
    })
  })

  test('54 a period that ends before it starts, or ends as another kind of time', async () => {
    for (const period of ['20260305T090000Z/20260305T080000Z', '20260305T090000Z/-PT1H', '20260305T090000Z/20260306'])
      expect(await issueOf(start, 'RRULE:FREQ=DAILY;COUNT=1', `RDATE;VALUE=PERIOD:${period}`)).toBe(
        'invalid_event PERIOD',
      )
  })

  test('54 a period of a cancelled series does not take place either', async () => {
    const content = await contentOf(start, 'STATUS:CANCELLED', 'RDATE;VALUE=PERIOD:20260305T090000Z/PT3H')
    expect(content.overrides).toEqual({ '2026-03-05T09:00:00': { kind: 'cancelled' } })
  })

  test('55 a million cancelled dates, in lines of their own or in few, are refused before they are read', async () => {
    const lines = 'EXDATE:20260304T090000Z\r\n'.repeat(1_000_000).trimEnd()
    const few = Array.from({ length: 4 }, () => `EXDATE:${'20260304T090000Z,'.repeat(15_000)}20260304T090000Z`)
    for (const [exceptions, issue] of [
      [[lines], 'LIMIT_BYTES'],
      [few, 'LIMIT_DATES'],
    ] as const) {
      const bad = event('odd', 'DTSTART;TZID=Europe/Berlin:20260304T100000', 'RRULE:FREQ=DAILY', ...exceptions)
      const text = calendar(...event('good', start), ...bad)
      let found = ''
      const ms = await cpuMs(async () => {
        found = await verdict(pullFile(text))
      })
      expect(found).toBe(`1 read, 1 limit_exceeded ${issue}`)
      expect(ms).toBeLessThan(3_000)
    }
  })

  test('56 a changed occurrence that the rule does not give is kept as one of its own', async () => {
    const { content } = await seen([...master, ...change(':20270102T080000Z', start, 'SUMMARY:moved')])
    expect(content.overrides['2027-01-02T09:00:00']).toMatchObject({ kind: 'changed', content: { title: 'moved' } })
    expect(await year(content)).toContain('2026-03-04T09:00:00.000Z')
  })

  test('56 a cancelled occurrence of an event that does not repeat cancels that event, and no other time does', async () => {
    const single = event('odd', berlin, 'SUMMARY:single')
    const cancels = (id: string) => change(id, berlin, 'STATUS:CANCELLED')
    const status = async (id: string) => (await seen([...single, ...cancels(id)])).content
    expect(await status(':20260101T080000Z')).toMatchObject({ status: 'cancelled', recurrence: null, overrides: {} })
    expect(await status(':20260102T080000Z')).toMatchObject({ status: 'confirmed', recurrence: null, overrides: {} })
  })

  test('57 an invitation to one occurrence is an event that is never written', async () => {
    const { event: shown } = await seen(change(':20260102T080000Z', start, 'SUMMARY:one'))
    expect(shown).toMatchObject({ readOnly: true, content: { title: 'one', recurrence: null } })
  })

  test('57 invitations to two occurrences that are named in UTC last as long as they say', async () => {
    const one = (day: number) => [
      `DTSTART;TZID=Asia/Tokyo:202601${day}T090000`,
      `DTEND;TZID=Asia/Tokyo:202601${day}T100000`,
    ]
    const { content } = await seen([
      ...change(':20260112T000000Z', ...one(12)),
      ...change(':20260113T000000Z', ...one(13)),
    ])
    expect(content.time).toEqual({
      start: { kind: 'timed', local: '2026-01-12T00:00:00', zone: 'UTC' },
      end: { kind: 'timed', local: '2026-01-12T01:00:00', zone: 'UTC' },
    })
    expect(await year(content)).toEqual(['2026-01-12T00:00:00.000Z', '2026-01-13T00:00:00.000Z'])
  })

  test('58 "this and all following" is set aside with the reason', async () => {
    const id = ';RANGE=THISANDFUTURE:20260102T080000Z'
    expect((await seen([...master, ...change(id, start)])).issue).toBe('unsupported THISANDFUTURE')
  })

  test('59 an occurrence that moves past the next one', async () => {
    const moved = change(';TZID=Europe/Berlin:20260102T090000', 'DTSTART;TZID=Europe/Berlin:20260104T120000')
    const { content } = await seen([...master, ...moved])
    expect(await year(content)).toEqual([
      '2026-01-01T08:00:00.000Z',
      '2026-01-03T08:00:00.000Z',
      '2026-01-04T08:00:00.000Z',
      '2026-01-04T11:00:00.000Z',
      '2026-01-05T08:00:00.000Z',
    ])
  })

  test('60 an occurrence named in another zone or form is the same one', async () => {
    for (const id of [
      ':20260102T080000Z',
      ';TZID=Asia/Tokyo:20260102T170000',
      ';VALUE=DATE:20260102',
      ':20260102T090000',
    ]) {
      const { content } = await seen([...master, ...change(id, start, 'SUMMARY:moved')])
      expect(Object.keys(content.overrides)).toEqual(['2026-01-02T09:00:00'])
    }
  })
})
