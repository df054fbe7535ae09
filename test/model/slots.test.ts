import fc from 'fast-check'
import { expect, test } from 'vitest'
import { completeContent, type EventTime } from '../../src/model/content.js'
import { expand, isSlotOf, slotOf, slotTime } from '../../src/model/recurrence.js'
import { fromInstant } from '../../src/model/time.js'

const timed = (local: string, zone: string): EventTime => ({ kind: 'timed', local, zone })
const berlin = timed('2026-01-01T09:00:00', 'Europe/Berlin')
const day: EventTime = { kind: 'date', date: '2026-01-01' }
const floating: EventTime = { kind: 'floating', local: '2026-01-01T09:00:00' }

test('every form of a recurrence id leads to one slot', () => {
  expect(slotOf(timed('2026-01-02T09:00:00', 'Europe/Berlin'), berlin)).toBe('2026-01-02T09:00:00')
  expect(slotOf(timed('2026-01-02T08:00:00', 'UTC'), berlin)).toBe('2026-01-02T09:00:00')
  expect(slotOf(timed('2026-01-02T03:00:00', 'America/New_York'), berlin)).toBe('2026-01-02T09:00:00')
  expect(slotOf(timed('2026-07-02T07:00:00', 'UTC'), berlin)).toBe('2026-07-02T09:00:00')
  expect(slotOf({ kind: 'date', date: '2026-01-02' }, berlin)).toBe('2026-01-02T09:00:00')
  expect(slotOf({ kind: 'floating', local: '2026-01-02T09:00:00' }, berlin)).toBe('2026-01-02T09:00:00')
  expect(slotOf(timed('2026-01-02T00:00:00', 'UTC'), day)).toBe('2026-01-02')
  expect(slotOf({ kind: 'floating', local: '2026-01-02T00:00:00' }, day)).toBe('2026-01-02')
  expect(slotOf({ kind: 'date', date: '2026-01-02' }, day)).toBe('2026-01-02')
  expect(slotOf(timed('2026-01-02T09:00:00', 'Asia/Tokyo'), floating)).toBe('2026-01-02T09:00:00')
})

test('a series keeps its slot in a night that skips its time', () => {
  const newYork = timed('2026-03-01T02:30:00', 'America/New_York')
  expect(slotOf(timed('2026-03-08T07:30:00', 'UTC'), newYork)).toBe('2026-03-08T02:30:00')
  // a series at half past three has its own slot at the very same instant
  expect(slotOf(timed('2026-03-08T07:30:00', 'UTC'), timed('2026-03-01T03:30:00', 'America/New_York'))).toBe(
    '2026-03-08T03:30:00',
  )
})

test('what is no time is no slot', () => {
  expect(slotOf({ kind: 'date', date: '2026-02-30' }, berlin)).toBeUndefined()
  expect(slotOf(timed('2026-01-02T09:00:00', 'Nowhere/Zone'), berlin)).toBeUndefined()
  expect(slotOf({ kind: 'floating', local: '2026-01-02' }, day)).toBeUndefined()
})

test('a slot names its time in the form of the series', () => {
  expect(slotTime('2026-01-02T09:00:00', berlin)).toEqual(timed('2026-01-02T09:00:00', 'Europe/Berlin'))
  expect(slotTime('2026-01-02', berlin)).toEqual(timed('2026-01-02T09:00:00', 'Europe/Berlin'))
  expect(slotTime('2026-01-02T09:00:00', day)).toEqual({ kind: 'date', date: '2026-01-02' })
  expect(slotTime('2026-01-02T10:00:00', floating)).toEqual({ kind: 'floating', local: '2026-01-02T10:00:00' })
})

const zones = [
  'Europe/Berlin',
  'America/New_York',
  'Africa/Cairo',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'UTC',
] as const

test('every occurrence that is named by its instant is found again, also across changes of clocks', () => {
  fc.assert(
    fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 95 }), (zone, quarter) => {
      const time = new Date(quarter * 900_000).toISOString().slice(11, 19)
      const start = timed(`2026-03-01T${time}`, zone)
      const content = completeContent({ time: { start, end: start }, recurrence: { rule: 'FREQ=DAILY', rdates: [] } })
      for (const occurrence of expand(content, { from: Date.UTC(2026, 2, 1), to: Date.UTC(2026, 11, 1) })) {
        expect(slotOf(fromInstant(occurrence.start, 'UTC'), start)).toBe(occurrence.slot)
        expect(isSlotOf(content, occurrence.slot)).toBe(true)
      }
    }),
    { numRuns: 12 },
  )
})
