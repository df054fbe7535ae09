import { describe, expect, test } from 'vitest'
import { toInstant } from '../../src/model/time.js'
import {
  calendar,
  cpuMs,
  davAccount,
  event,
  judged,
  odd,
  outcomeOf,
  pull,
  pullFile,
  start,
  stubOfThisFile,
  verdict,
} from './support.js'

/** Rows of the catalogue that concern one event and its times. */

const dav = stubOfThisFile()
const seen = (lines: readonly string[], zones?: readonly string[]) => judged(dav.stub, lines, zones)
const issueOf = async (...lines: readonly string[]) => (await seen(odd(...lines))).issue
const timeOf = async (...lines: readonly string[]) => (await seen(odd(...lines))).content.time
const instantOf = async (...lines: readonly string[]) =>
  new Date(toInstant((await timeOf(...lines)).start)).toISOString()

describe('identity', () => {
  test('15 two UIDs in one CalDAV resource; in a file they are two events', async () => {
    dav.stub.addCalendar('mixed')
    const text = calendar(...event('a', start), ...event('b', start))
    dav.stub.put('mixed', 'a.ics', text)
    const { changes } = await pull(davAccount(dav.stub), dav.stub.calendar('mixed'))
    expect(changes.map((change) => outcomeOf(change).issue)).toEqual(['invalid_event MIXED_UIDS'])
    expect(await verdict(pullFile(text))).toBe('2 read')
  })

  test('16 no UID', async () => {
    expect((await seen(['BEGIN:VEVENT', start, 'END:VEVENT'])).issue).toBe('invalid_event NO_UID')
    expect((await seen(['BEGIN:VEVENT', 'UID: ', start, 'END:VEVENT'])).issue).toBe('invalid_event NO_UID')
  })

  test('17 a UID of 10 kB', async () => {
    expect((await seen(event('u'.repeat(10_000), start))).issue).toBe('limit_exceeded LIMIT_UID')
  })

  test('18 a UID with slashes, dots, percent signs and a line break is a UID', async () => {
    for (const [written, uid] of [
      ['../../a%2fb/..', '../../a%2fb/..'],
      ['a\\nX-EVIL:b', 'a X-EVIL:b'],
      ['__proto__', '__proto__'],
    ] as const) {
      expect((await seen(event(written, start))).event.uid).toBe(uid)
    }
  })

  test('19 the UID of another event of the same file: the second is set aside, both are reported', async () => {
    const again = ['BEGIN:VEVENT', 'UID:a', 'DTSTART:20260305T090000Z', 'END:VEVENT']
    const { changes } = await pullFile(calendar(...event('a', start)) + calendar(...again))
    expect(changes.map((change) => outcomeOf(change).issue)).toEqual(['read', 'invalid_event DUPLICATE_UID'])
    expect(new Set(changes.map((change) => (change.type === 'upsert' ? change.event : change).id)).size).toBe(2)
  })
})

describe('start and end', () => {
  test('21 no start', async () => {
    expect(await issueOf('SUMMARY:x')).toBe('invalid_event NO_DTSTART')
  })

  test('22 a thirteenth month, a 30 February, and whatever else is no date', async () => {
    for (const line of [
      'DTSTART:20261399T999999Z',
      'DTSTART;VALUE=DATE:20260230',
      'DTSTART:20260304T240000Z',
      'DTSTART:20260304T096000Z',
      'DTSTART:2026-03-04T09:00:00Z',
      'DTSTART:',
    ])
      expect(await issueOf(line)).toBe('invalid_event TIME_INVALID')
  })

  test('23 the years 1 and 9999', async () => {
    for (const line of ['DTSTART:00010101T000000Z', 'DTSTART;VALUE=DATE:99991231', 'DTSTART:22010101T000000Z'])
      expect(await issueOf(line)).toBe('invalid_event TIME_RANGE')
    expect(await issueOf(start, 'DTEND:99991231T235959Z')).toBe('invalid_event TIME_RANGE')
    expect(await issueOf(start, 'DURATION:P999999D')).toBe('invalid_event TIME_RANGE')
    expect(await issueOf('DTSTART:19000101T000000Z')).toBe('read')
    expect(await issueOf('DTSTART:22001231T235959Z')).toBe('read')
  })

  test('24 an end before the start; one at the start is an event without length', async () => {
    expect(await issueOf(start, 'DTEND:20260304T085959Z')).toBe('invalid_event END_BEFORE_START')
    // an hour later on the clock, and still before the start
    expect(
      await issueOf('DTSTART;TZID=America/New_York:20260304T090000', 'DTEND;TZID=Europe/Berlin:20260304T100000'),
    ).toBe('invalid_event END_BEFORE_START')
    const { start: from, end } = await timeOf(start, 'DTEND:20260304T090000Z')
    expect(end).toEqual(from)
  })

  test('25 a whole day that ends when it starts lasts one day', async () => {
    const { end } = await timeOf('DTSTART;VALUE=DATE:20260304', 'DTEND;VALUE=DATE:20260304')
    expect(end).toEqual({ kind: 'date', date: '2026-03-05' })
  })

  test('26 an end and a duration', async () => {
    expect(await issueOf(start, 'DTEND:20260304T100000Z', 'DURATION:PT1H')).toBe('invalid_event DTEND_AND_DURATION')
  })

  test('27 a negative duration', async () => {
    for (const duration of ['-PT1H', '-P1D', 'PT', 'one hour'])
      expect(await issueOf(start, `DURATION:${duration}`)).toBe('invalid_event DURATION_INVALID')
  })

  test('28 a whole day that ends at a time, and the other way round', async () => {
    expect(await issueOf('DTSTART;VALUE=DATE:20260304', 'DTEND:20260304T100000Z')).toBe('invalid_event END_KIND')
    expect(await issueOf(start, 'DTEND;VALUE=DATE:20260305')).toBe('invalid_event END_KIND')
  })

  test('37 a leap second is second 59', async () => {
    expect((await timeOf('DTSTART:20161231T235960Z')).start).toMatchObject({ local: '2016-12-31T23:59:59' })
    expect(await issueOf('DTSTART:20260304T090061Z')).toBe('invalid_event TIME_INVALID')
  })
})

describe('zones', () => {
  const half = ['BEGIN:VTIMEZONE', 'TZID:Here', 'BEGIN:STANDARD', 'DTSTART:19700101T000000', 'TZOFFSETFROM:+0530']
  const defined = [...half, 'TZOFFSETTO:+0530', 'END:STANDARD', 'END:VTIMEZONE']

  test('29 a floating time stays floating', async () => {
    expect((await timeOf('DTSTART:20260304T090000')).start).toEqual({ kind: 'floating', local: '2026-03-04T09:00:00' })
  })

  test('30 a zone that only the text defines is read by its definition', async () => {
    const { issue, content } = await seen(odd('DTSTART;TZID=Here:20260304T090000'), defined)
    expect(issue).toBe('read')
    expect(new Date(toInstant(content.time.start)).toISOString()).toBe('2026-03-04T03:30:00.000Z')
    expect(content.time.start).toMatchObject({ originalZone: 'Here' })
  })

  test('30 two hundred such zones in one file cost less than a second', async () => {
    const ids = Array.from({ length: 200 }, (_, n) => `Zone ${n}`)
    const zones = ids.flatMap((id) => defined.map((line) => line.replace('TZID:Here', `TZID:${id}`)))
    const events = ids.flatMap((id, n) => event(`u${n}`, `DTSTART;TZID=${id}:${1990 + (n % 50)}0304T090000`))
    let found = ''
    const ms = await cpuMs(async () => {
      found = await verdict(pullFile(calendar(...zones, ...events)))
    })
    expect(found).toBe('200 read')
    expect(ms).toBeLessThan(1_500)
  })

  test('31 a zone that nobody knows or defines', async () => {
    for (const tzid of ['Nowhere', 'Europe/Nowhere', '"a, b; c"', '../../etc/passwd', 'constructor'])
      expect(await issueOf(`DTSTART;TZID=${tzid}:20260304T090000`)).toBe('invalid_event ZONE_UNKNOWN')
  })

  test('31 thousands of names of zones, each a list of places, cost a fraction of a second', async () => {
    const lists = Array.from({ length: 2_000 }, (_, n) => `"${n},${'Rome,'.repeat(40)}"`)
    const bad = lists.flatMap((tzid, n) => event(`u${n}`, `DTSTART;TZID=${tzid}:20260304T090000`))
    const good = event('good', 'DTSTART;TZID=Europe/Berlin:20260304T090000')
    let found = ''
    const ms = await cpuMs(async () => {
      found = await verdict(pullFile(calendar(...bad, ...good)))
    })
    expect(found).toBe('200 invalid_event ZONE_UNKNOWN, 1800 limit_exceeded LIMIT_ZONES, 1 read')
    expect(ms).toBeLessThan(2_000)
  })

  test('32 a Windows name is its IANA zone, and is kept for the way back', async () => {
    expect((await timeOf('DTSTART;TZID=W. Europe Standard Time:20260304T090000')).start).toEqual({
      kind: 'timed',
      local: '2026-03-04T09:00:00',
      zone: 'Europe/Berlin',
      originalZone: 'W. Europe Standard Time',
    })
  })

  // Stated: the definition counts. But definitions in files are copies from the day on which some program was built, and
  // a name of the zone database is what people chose: after the next change of the law only the name is still right.
  test('33 a definition that contradicts the zone that it names gives way to the name', async () => {
    const wrong = [
      ...['BEGIN:VTIMEZONE', 'TZID:Europe/Berlin', 'BEGIN:STANDARD', 'DTSTART:19700101T000000'],
      ...['TZOFFSETFROM:+0500', 'TZOFFSETTO:+0500', 'END:STANDARD', 'END:VTIMEZONE'],
    ]
    const { content } = await seen(odd('DTSTART;TZID=Europe/Berlin:20260304T090000'), wrong)
    expect(new Date(toInstant(content.time.start)).toISOString()).toBe('2026-03-04T08:00:00.000Z')
  })

  test('35 a time that the clocks skip is the same instant on both sides', async () => {
    const line = 'DTSTART;TZID=Europe/Berlin:20260329T023000'
    expect(await instantOf(line)).toBe('2026-03-29T01:30:00.000Z')
    expect((await timeOf(line)).start).toMatchObject({ local: '2026-03-29T03:30:00' })
  })

  test('36 a time that happens twice is the first of the two', async () => {
    expect(await instantOf('DTSTART;TZID=Europe/Berlin:20261025T023000')).toBe('2026-10-25T00:30:00.000Z')
  })
})
