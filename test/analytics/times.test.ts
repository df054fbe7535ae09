import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addTimes, noTimes, percentile, type Times, timesError, withTime } from '../../src/model/times.js'

const timed = (all: readonly number[]): Times => all.reduce(withTime, noTimes)
const ms = fc.oneof(fc.integer({ min: 0, max: 9_000_000 }), fc.double({ min: 0, max: 5_000, noNaN: true }))

describe('times', () => {
  test('a percentile is as close to the true one as is promised', () => {
    fc.assert(
      fc.property(fc.array(ms, { minLength: 1, maxLength: 200 }), fc.constantFrom(0.5, 0.95), (all, share) => {
        const sorted = [...all].sort((a, b) => a - b)
        const truth = sorted[Math.ceil(sorted.length * share) - 1] as number
        const told = percentile(timed(all), share) as number
        if (truth <= 1) return void expect(told).toBeLessThanOrEqual(1)
        expect(told / truth).toBeLessThanOrEqual(1 + timesError + 1e-9)
        expect(truth / told).toBeLessThanOrEqual(1 + timesError + 1e-9)
      }),
      { numRuns: 2_000 },
    )
  })

  test('it does not matter which process counted what, nor in which order it is added', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1e8 })), fc.array(fc.integer({ min: 0, max: 1e8 })), (a, b) => {
        expect(addTimes(timed(a), timed(b))).toEqual(timed([...a, ...b]))
        expect(addTimes(timed(b), timed(a))).toEqual(timed([...a, ...b]))
      }),
    )
  })

  test('a clock that was set back, and nonsense, count as no time', () => {
    expect(timed([-5, Number.NaN, Number.POSITIVE_INFINITY])).toEqual({ count: 3, sum: 0, most: 0, buckets: { 0: 3 } })
  })

  test('nothing has no percentile', () => {
    expect(percentile(noTimes, 0.95)).toBeUndefined()
  })
})
