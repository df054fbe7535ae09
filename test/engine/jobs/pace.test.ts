import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gridAt, scheduledAt } from '../../../src/engine/jobs/pace.js'
import type { SyncGroup } from '../../../src/model/group.js'
import type { Schedule } from '../../../src/model/schedule.js'

const hour = 3_600_000
const monday = Date.UTC(2026, 0, 5, 8)

const groupOf = (id: string, schedule?: Schedule) => ({ id, ...(schedule ? { schedule } : {}) }) as SyncGroup
const polled = { isPushed: false, isFresh: true }

const interval = fc.integer({ min: 60_000, max: 31 * 86_400_000 })
const moment = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2090, 0, 1) })

describe('an interval', () => {
  test('comes half of itself away at least after a sync, and one and a half at most', () => {
    fc.assert(
      fc.property(fc.string(), interval, moment, (id, every, now) => {
        const wait = (scheduledAt(groupOf(id, { every }), now, polled) as number) - now
        expect(wait).toBeGreaterThan(every / 2 - 1)
        expect(wait).toBeLessThanOrEqual(1.5 * every + 1)
      }),
    )
  })

  test('of a group that is synced on time is exactly that long', () => {
    fc.assert(
      fc.property(fc.string(), interval, moment, (id, every, now) => {
        const first = scheduledAt(groupOf(id, { every }), now, polled) as number
        expect(scheduledAt(groupOf(id, { every }), first, polled)).toBe(first + every)
      }),
    )
  })

  test('begins at another moment for every group: of a thousand made at once no minute has more than its share', () => {
    const perMinute = new Map<number, number>()
    for (let n = 0; n < 1_000; n++) {
      const at = scheduledAt(groupOf(`group ${n}`), monday, { isPushed: false, isFresh: false }) as number
      expect(at).toBeGreaterThan(monday)
      expect(at).toBeLessThanOrEqual(monday + 900_000)
      const minute = Math.floor(at / 60_000)
      perMinute.set(minute, (perMinute.get(minute) ?? 0) + 1)
    }
    expect(Math.max(...perMinute.values())).toBeLessThan(110) // 67 each, were they dealt out
  })

  test('is six hours while push is proven, or longer where the group says so', () => {
    const next = (every: number) =>
      (scheduledAt(groupOf('g', { every }), monday, { isPushed: true, isFresh: true }) as number) - monday
    expect(next(900_000)).toBeGreaterThanOrEqual(3 * hour)
    expect(next(900_000)).toBeLessThanOrEqual(9 * hour)
    expect(next(24 * hour)).toBeGreaterThanOrEqual(12 * hour)
  })

  test('goes on after a jump of the clock, in either direction, without a storm', () => {
    fc.assert(
      fc.property(interval, moment, fc.integer({ min: -1e11, max: 1e11 }), (every, now, jump) => {
        const wait = (scheduledAt(groupOf('g', { every }), now + jump, polled) as number) - (now + jump)
        expect(wait).toBeGreaterThanOrEqual(every / 2)
      }),
    )
  })
})

describe('a cron expression', () => {
  const nine: Schedule = { cron: '0 9 * * 1-5', zone: 'Europe/Berlin' }

  test('is kept to a few minutes, pushed or not', () => {
    for (const isPushed of [false, true]) {
      const at = scheduledAt(groupOf('g', nine), monday, { isPushed, isFresh: true }) as number
      expect(at).toBeGreaterThanOrEqual(Date.UTC(2026, 0, 6, 8))
      expect(at).toBeLessThan(Date.UTC(2026, 0, 6, 8, 5))
    }
  })

  test('that comes every minute is spread over a tenth of it only', () => {
    const at = scheduledAt(groupOf('g', { cron: '* * * * *', zone: 'UTC' }), monday, polled) as number
    expect(at - monday).toBeLessThan(66_001)
  })

  test('that never comes again says so', () => {
    expect(scheduledAt(groupOf('g', { cron: '0 0 31 2 *', zone: 'UTC' }), monday, polled)).toBeUndefined()
  })
})

test('a group that is only synced when somebody asks has no next time', () => {
  expect(scheduledAt(groupOf('g', 'manual'), monday, polled)).toBeUndefined()
})

test('a grid is later than what it is asked for, and never by more than its width', () => {
  fc.assert(
    fc.property(fc.string(), interval, moment, (key, every, after) => {
      const at = gridAt(key, every, after)
      expect(at).toBeGreaterThan(after)
      expect(at).toBeLessThanOrEqual(after + every)
    }),
  )
})
