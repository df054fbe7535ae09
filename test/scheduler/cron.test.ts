import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSyncError } from '../../src/errors.js'
import { checkCron, jittered, nextCronTime } from '../../src/scheduler/cron.js'

const at = (text: string): number => Date.parse(text)
const next = (expression: string, zone: string, after: string): string | undefined => {
  const time = nextCronTime(expression, zone, at(after))
  return time === undefined ? undefined : new Date(time).toISOString()
}

describe('a cron expression', () => {
  test('names the first moment after the one given, in the zone given', () => {
    expect(next('0 9 * * MON-FRI', 'Europe/Berlin', '2026-10-31T12:00:00Z')).toBe('2026-11-02T08:00:00.000Z')
    expect(next('0 9 * * *', 'UTC', '2026-11-02T09:00:00Z')).toBe('2026-11-03T09:00:00.000Z')
    expect(next('@hourly', 'Asia/Kolkata', '2026-11-02T09:00:00Z')).toBe('2026-11-02T09:30:00.000Z')
  })

  test('of an hour that summer time leaves out happens when the clock has gone forward', () => {
    expect(next('30 2 * * *', 'America/New_York', '2027-03-13T12:00:00Z')).toBe('2027-03-14T07:00:00.000Z')
    expect(next('30 2 * * *', 'America/New_York', '2027-03-14T07:00:00Z')).toBe('2027-03-15T06:30:00.000Z')
  })

  test('of an hour that happens twice happens once', () => {
    expect(next('30 1 * * *', 'America/New_York', '2026-10-31T12:00:00Z')).toBe('2026-11-01T05:30:00.000Z')
    expect(next('30 1 * * *', 'America/New_York', '2026-11-01T05:30:00Z')).toBe('2026-11-02T06:30:00.000Z')
  })

  test('of every quarter of an hour goes on every quarter of an hour through both changes', () => {
    for (const start of ['2026-11-01T03:00:00Z', '2027-03-14T05:00:00Z']) {
      let time = at(start)
      for (let step = 0; step < 24; step++) {
        const following = nextCronTime('*/15 * * * *', 'America/New_York', time) ?? 0
        expect(following - time).toBe(900_000)
        time = following
      }
    }
  })

  test('of a leap day waits for it', () => {
    expect(next('0 0 29 2 *', 'UTC', '2026-10-31T12:00:00Z')).toBe('2028-02-29T00:00:00.000Z')
    expect(() => checkCron('0 0 29 2 *', 'UTC')).not.toThrow()
  })

  test('is refused with a reason when it is nonsense', () => {
    expect(refusal('')).toMatch(/five fields/)
    expect(refusal('soon')).toMatch(/"soon" is none/)
    expect(refusal('61 * * * *')).toMatch(/minute: 61/)
    expect(refusal('*/0 * * * *')).toMatch(/cannot be read/)
    expect(refusal('2027-01-01T00:00:00')).toMatch(/is none/)
    expect(refusal('@never')).toMatch(/cannot be read/)
    expect(refusal('0 9 * * *', 'Nowhere/Zone')).toMatch(/time zone/)
    expect(refusal('0 9 * * *', '')).toMatch(/time zone/)
    expect(refusal(`${'9'.repeat(5_000)} * * * *`).length).toBeLessThan(400)
  })

  test('with seconds is refused, because nothing runs more often than once a minute', () => {
    expect(refusal('* * * * * *')).toMatch(/more often than once a minute/)
    expect(refusal('0 0 0 1 1 * 2030')).toMatch(/more often than once a minute/)
  })

  test('of a day that never happens is refused', () => {
    expect(refusal('0 0 31 2 *')).toMatch(/never happens/)
    expect(refusal('0 0 31 4,6,9,11 *')).toMatch(/never happens/)
  })

  test('is never followed sooner than a minute, and always later', () => {
    const field = (max: number) =>
      fc.oneof(
        fc.constant('*'),
        fc.integer({ min: 0, max }).map(String),
        fc.integer({ min: 1, max: 20 }).map((step) => `*/${step}`),
      )
    const zones = fc.constantFrom('UTC', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Africa/Casablanca')
    fc.assert(
      fc.property(
        field(59),
        field(23),
        zones,
        fc.integer({ min: 1.7e12, max: 1.9e12 }),
        (minute, hour, zone, after) => {
          const first = nextCronTime(`${minute} ${hour} * * *`, zone, after) ?? 0
          const second = nextCronTime(`${minute} ${hour} * * *`, zone, first) ?? 0
          expect(first).toBeGreaterThan(after)
          expect(second - first).toBeGreaterThanOrEqual(60_000)
        },
      ),
      { numRuns: 150 },
    )
  })

  test('that somebody made up is read or refused, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...'0159*/-,?L#W@ MON+'), { maxLength: 20 }), (characters) => {
        try {
          checkCron(characters.join(''), 'Europe/Berlin')
        } catch (error) {
          expect(isSyncError(error, 'invalid_input')).toBe(true)
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('an interval with jitter', () => {
  test('stays within its share, is the same for one key, and differs between keys', () => {
    const all = Array.from({ length: 500 }, (_, n) => jittered(3_600_000, `group-${n}`, 0.1))
    expect(Math.min(...all)).toBeGreaterThanOrEqual(3_240_000)
    expect(Math.max(...all)).toBeLessThanOrEqual(3_960_000)
    expect(new Set(all).size).toBeGreaterThan(490)
    expect(jittered(3_600_000, 'group-7', 0.1)).toBe(all[7])
    expect(jittered(3_600_000, 'group-7', 0)).toBe(3_600_000)
  })
})

function refusal(expression: string, zone = 'UTC'): string {
  try {
    checkCron(expression, zone)
  } catch (error) {
    if (isSyncError(error, 'invalid_input')) return error.message
    throw error
  }
  throw new Error('was not refused')
}
