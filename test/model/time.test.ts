import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { isSyncError } from '../../src/errors.js'
import type { EventTime } from '../../src/model/content.js'
import {
  addDays,
  addToLocal,
  formatCompact,
  formatSpan,
  fromInstant,
  instantText,
  isDate,
  isLocal,
  localSeconds,
  offsetAt,
  parseCompact,
  sameSpan,
  sameTime,
  startOf,
  toInstant,
} from '../../src/model/time.js'

const timed = (local: string, zone = 'Europe/Berlin'): EventTime & { kind: 'timed' } => ({ kind: 'timed', local, zone })
const at = (local: string, zone: string) => instantText(toInstant(timed(local, zone)))

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'America/Santiago',
] as const
const zone = fc.constantFrom(...zones)
const instant = fc
  .integer({ min: Date.UTC(1972, 0, 1) / 1000, max: Date.UTC(2045, 0, 1) / 1000 })
  .map((seconds) => seconds * 1000)

test('a wall time that the clocks skip moves forward by the gap', () => {
  expect(at('2026-03-08T02:30:00', 'America/New_York')).toBe('2026-03-08T07:30:00Z')
  expect(at('2026-10-04T02:15:00', 'Australia/Lord_Howe')).toBe('2026-10-03T15:45:00Z')
  expect(at('2026-04-24T00:30:00', 'Africa/Cairo')).toBe('2026-04-23T22:30:00Z')
  expect(at('2011-12-30T09:00:00', 'Pacific/Apia')).toBe('2011-12-30T19:00:00Z')
})

afterEach(() => vi.useRealTimers())

test('a wall time that happens twice is the first one, whatever the season in which one asks', () => {
  for (const today of ['2026-01-15', '2026-07-15', '2026-12-15']) {
    vi.useFakeTimers({ now: Date.parse(today) })
    expect(at('2026-11-01T01:30:00', 'America/New_York')).toBe('2026-11-01T05:30:00Z')
    expect(at('2026-10-25T02:30:00', 'Europe/Berlin')).toBe('2026-10-25T00:30:00Z')
    expect(at('2026-04-05T01:45:00', 'Australia/Lord_Howe')).toBe('2026-04-04T14:45:00Z')
  }
})

test('there and back: the wall time of an instant gives that instant or, an hour of the year, the earlier twin', () => {
  fc.assert(
    fc.property(instant, zone, (ms, name) => {
      const back = toInstant(fromInstant(ms, name))
      expect(fromInstant(back, name)).toEqual(fromInstant(ms, name))
      expect(back).toBeLessThanOrEqual(ms)
      expect(ms - back).toBeLessThanOrEqual(3_600_000)
    }),
    { numRuns: 500 },
  )
})

test('wall times keep their order as instants, but for what a gap pushes forward', () => {
  fc.assert(
    fc.property(instant, fc.integer({ min: 0, max: 200_000 }), zone, (ms, seconds, name) => {
      const local = fromInstant(ms, 'UTC').local
      const later = addToLocal(local, seconds)
      const gap = Math.max(0, offsetAt(ms + 172_800_000, name) - offsetAt(ms - 172_800_000, name)) * 60_000
      expect(toInstant(timed(later, name)) - toInstant(timed(local, name))).toBeGreaterThanOrEqual(-gap)
    }),
    { numRuns: 500 },
  )
})

test('offsets asked one by one equal offsets asked in bulk', () => {
  const berlin = (ms: number) =>
    new Intl.DateTimeFormat('en', { timeZone: 'Europe/Berlin', timeZoneName: 'longOffset' })
      .format(ms)
      .endsWith('+02:00')
      ? 120
      : 60
  for (let ms = Date.UTC(2026, 2, 28, 22); ms < Date.UTC(2026, 2, 29, 6); ms += 900_000)
    expect(offsetAt(ms, 'Europe/Berlin')).toBe(berlin(ms))
  for (let ms = Date.UTC(2026, 9, 24, 22); ms < Date.UTC(2026, 9, 25, 6); ms += 900_000)
    expect(offsetAt(ms, 'Europe/Berlin')).toBe(berlin(ms))
})

test('a whole day starts when its zone lets it start', () => {
  expect(instantText(toInstant({ kind: 'date', date: '2026-03-04' }))).toBe('2026-03-04T00:00:00Z')
  expect(instantText(toInstant({ kind: 'date', date: '2026-03-04' }, 'Europe/Berlin'))).toBe('2026-03-03T23:00:00Z')
  // midnight does not exist in Cairo on this day
  expect(fromInstant(toInstant({ kind: 'date', date: '2026-04-24' }, 'Africa/Cairo'), 'Africa/Cairo').local).toBe(
    '2026-04-24T01:00:00',
  )
})

test('a floating time is placed in the zone of the one who looks', () => {
  const floating: EventTime = { kind: 'floating', local: '2026-03-04T09:00:00' }
  expect(instantText(toInstant(floating))).toBe('2026-03-04T09:00:00Z')
  expect(instantText(toInstant(floating, 'Asia/Tokyo'))).toBe('2026-03-04T00:00:00Z')
})

test('a Windows name is understood, an unknown zone is one bad event', () => {
  expect(at('2026-07-01T09:00:00', 'W. Europe Standard Time')).toBe('2026-07-01T07:00:00Z')
  const failure = caught(() => toInstant(timed('2026-07-01T09:00:00', 'Nowhere/Zone')))
  expect(isSyncError(failure, 'invalid_event') && failure.reason).toBe('ZONE_UNKNOWN')
  const noDay = caught(() => toInstant(timed('2026-02-30T09:00:00')))
  expect(isSyncError(noDay, 'invalid_event') && noDay.reason).toBe('TIME_INVALID')
})

test('arithmetic on wall times knows no change of clocks', () => {
  expect(addToLocal('2026-03-29T01:30:00', 3_600)).toBe('2026-03-29T02:30:00')
  expect(addToLocal('2026-01-01T00:00:00', -1)).toBe('2025-12-31T23:59:59')
  expect(addDays('2026-02-28', 1)).toBe('2026-03-01')
  expect(addDays('2024-03-01', -1)).toBe('2024-02-29')
  expect(localSeconds('2026-03-29T01:00:00', '2026-03-29T04:00:00')).toBe(10_800)
  expect(localSeconds('2026-03-28', '2026-03-30')).toBe(172_800)
  expect(localSeconds('2026-03-04T09:00:00', '2026-03-04T08:00:00')).toBe(-3_600)
  expect(Object.is(localSeconds('2026-03-04', '2026-03-04'), 0)).toBe(true)
})

test('only what the calendar has is a date or a wall time', () => {
  for (const text of ['2026-03-04', '2024-02-29', '1900-01-01', '2200-12-31']) expect(isDate(text), text).toBe(true)
  for (const text of [
    '2026-13-01',
    '2026-02-30',
    '2025-02-29',
    '1899-12-31',
    '2201-01-01',
    '2026-3-4',
    '2026-03-04T00:00:00',
    '0000-00-00',
    '',
  ]) {
    expect(isDate(text), text).toBe(false)
  }
  expect(isLocal('2026-03-04T23:59:59')).toBe(true)
  for (const text of [
    '2026-03-04',
    '2026-03-04T24:00:00',
    '2026-03-04T09:60:00',
    '2026-03-04T09:00:60',
    '2026-03-04T09:00:00Z',
    '2026-13-99T99:99:99',
  ]) {
    expect(isLocal(text), text).toBe(false)
  }
})

test('the compact form of iCalendar is read strictly and written back', () => {
  expect(parseCompact('20260304')).toEqual({ kind: 'date', date: '2026-03-04' })
  expect(parseCompact('20260304T090000')).toEqual({ kind: 'floating', local: '2026-03-04T09:00:00' })
  expect(parseCompact('20260304T090000Z')).toEqual({ kind: 'timed', local: '2026-03-04T09:00:00', zone: 'UTC' })
  expect(parseCompact('20261231T235960Z')).toEqual({ kind: 'timed', local: '2026-12-31T23:59:59', zone: 'UTC' })
  for (const text of ['20261399T999999Z', '2026-03-04', '20260230', '20260304T0900', '20260304T090000+0100', '']) {
    expect(parseCompact(text), text).toBeUndefined()
  }
  for (const text of ['20260304', '20260304T090000', '20260304T090000Z', '99991231T235959Z']) {
    const time = parseCompact(text)
    expect(time && formatCompact(time)).toBe(text)
  }
  expect(formatCompact(timed('2026-03-04T09:00:00'))).toBe('20260304T090000')
})

test('times are the same when kind, wall time and zone are, by whatever name', () => {
  const kyiv = timed('2026-03-04T09:00:00', 'Europe/Kyiv')
  expect(sameTime(kyiv, { ...timed('2026-03-04T09:00:00', 'Europe/Kiev'), originalZone: 'FLE Standard Time' })).toBe(
    true,
  )
  expect(sameTime(kyiv, timed('2026-03-04T09:00:01', 'Europe/Kyiv'))).toBe(false)
  // one instant, but not one meaning
  expect(sameTime(timed('2026-03-04T09:00:00', 'Europe/Berlin'), timed('2026-03-04T08:00:00', 'UTC'))).toBe(false)
  expect(sameTime(kyiv, { kind: 'floating', local: '2026-03-04T09:00:00' })).toBe(false)
  expect(sameTime({ kind: 'date', date: '2026-03-04' }, { kind: 'date', date: '2026-03-04' })).toBe(true)
  expect(sameTime({ kind: 'date', date: '2026-03-04' }, { kind: 'floating', local: '2026-03-04T00:00:00' })).toBe(false)
  const span = { start: kyiv, end: timed('2026-03-04T10:00:00', 'Europe/Kyiv') }
  expect(sameSpan(span, { ...span })).toBe(true)
  expect(sameSpan(span, { ...span, end: kyiv })).toBe(false)
})

test('spans read as people write them', () => {
  const span = (start: EventTime, end: EventTime) => ({ start, end })
  const nine = timed('2026-03-04T09:00:00')
  expect(formatSpan(span(nine, timed('2026-03-04T10:00:00')))).toBe('Wed 4 Mar 2026, 09:00–10:00 Europe/Berlin')
  expect(formatSpan(span(nine, timed('2026-03-05T06:00:00')))).toBe(
    'Wed 4 Mar 2026, 09:00 – Thu 5 Mar 2026, 06:00 Europe/Berlin',
  )
  expect(formatSpan(span(nine, timed('2026-03-04T12:00:00', 'America/New_York')))).toBe(
    'Wed 4 Mar 2026, 09:00 Europe/Berlin – Wed 4 Mar 2026, 12:00 America/New_York',
  )
  expect(formatSpan(span(nine, nine))).toBe('Wed 4 Mar 2026, 09:00 Europe/Berlin')
  expect(
    formatSpan(
      span({ kind: 'floating', local: '2026-03-04T09:00:00' }, { kind: 'floating', local: '2026-03-04T10:00:00' }),
    ),
  ).toBe('Wed 4 Mar 2026, 09:00–10:00')
  expect(formatSpan(span({ kind: 'date', date: '2026-03-04' }, { kind: 'date', date: '2026-03-05' }))).toBe(
    'Wed 4 Mar 2026',
  )
  expect(formatSpan(span({ kind: 'date', date: '2026-03-04' }, { kind: 'date', date: '2026-03-07' }))).toBe(
    'Wed 4 Mar 2026 – Fri 6 Mar 2026',
  )
  expect(formatSpan(span(nine, timed('2026-03-04T10:00:00')), { locale: 'de' })).toMatch(
    /4\. März 2026.*09:00.*10:00 Europe\/Berlin/,
  )
  expect(startOf(span(nine, nine))).toBe('Wed 4 Mar 2026, 09:00 Europe/Berlin')
})

function caught(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  return undefined
}
