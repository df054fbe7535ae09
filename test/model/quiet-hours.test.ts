import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { quietUntil } from '../../src/model/quiet-hours.js'
import { localAt, offsetAt } from '../../src/model/time.js'

const berlin = (from: string, to: string) => ({ zone: 'Europe/Berlin', from, to })
const at = (text: string) => Date.parse(text)

describe('quiet hours', () => {
  test.each([
    ['in the evening', '2026-01-05T21:30:00Z', '2026-01-06T06:00:00Z'],
    ['after midnight', '2026-01-05T23:30:00Z', '2026-01-06T06:00:00Z'],
    ['a minute before their end', '2026-01-06T05:59:00Z', '2026-01-06T06:00:00Z'],
    ['at their end', '2026-01-06T06:00:00Z', undefined],
    ['by day', '2026-01-06T12:00:00Z', undefined],
    ['a minute before they begin', '2026-01-05T20:59:00Z', undefined],
    ['in the night in which the clocks go forward', '2026-03-28T23:30:00Z', '2026-03-29T05:00:00Z'],
    ['in the night in which the clocks go back', '2026-10-24T22:30:00Z', '2026-10-25T06:00:00Z'],
  ])('from 22:00 to 07:00, %s', (_name, now, end) => {
    const until = quietUntil(berlin('22:00', '07:00'), at(now))
    expect(until === undefined ? undefined : new Date(until).toISOString()).toBe(end && new Date(end).toISOString())
  })

  test('by day end on the same day', () => {
    expect(quietUntil(berlin('09:00', '12:00'), at('2026-01-05T09:15:00Z'))).toBe(at('2026-01-05T11:00:00Z'))
    expect(quietUntil(berlin('09:00', '09:00'), at('2026-01-05T08:00:00Z'))).toBeUndefined()
  })

  test('end later than now, at a time that is not quiet any more', () => {
    const time = fc.integer({ min: 0, max: 1_439 }).map((n) => `${pad(n / 60)}:${pad(n % 60)}`)
    const zone = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'UTC')
    const instant = fc.integer({ min: 0, max: 365 * 1_440 }).map((n) => Date.UTC(2026, 0, 1) + n * 60_000)
    fc.assert(
      fc.property(time, time, zone, instant, (from, to, zone, now) => {
        const until = quietUntil({ zone, from, to }, now)
        if (until === undefined) return
        expect(until).toBeGreaterThan(now)
        expect(until - now).toBeLessThanOrEqual(25 * 3_600_000)
        // In a night when clocks change, the end may not be there, or be there twice.
        if (offsetAt(now, zone) !== offsetAt(until, zone)) return
        expect(localAt(until, zone).slice(11, 16)).toBe(to)
        expect(quietUntil({ zone, from, to }, until)).toBeUndefined()
        expect(quietUntil({ zone, from, to }, until - 1)).toBe(until)
      }),
      { numRuns: 2_000 },
    )
  })
})

const pad = (n: number) => String(Math.floor(n)).padStart(2, '0')
