import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isSyncError } from '../../src/errors.js'
import { minuteBudget } from '../../src/http/budget.js'

/** Spends as fast as it may, at a clock that jumps over every wait. Tells when each unit was spent. */
async function spentAt(options: { perMinute: number; minutes: number }, pauses: readonly number[]): Promise<number[]> {
  let ms = 0
  const budget = minuteBudget({ ...options, longestWaitMs: 0, now: () => ms })
  const times: number[] = []
  for (const pause of pauses) {
    ms += pause
    for (let left = 40; left > 0; left--) {
      try {
        await budget.spend(1)
        times.push(ms)
      } catch (error) {
        if (!isSyncError(error, 'rate_limited')) throw error
        ms += error.retryAfterMs ?? 0
      }
    }
  }
  return times
}

test('however requests come, no minutes that a service counts together see more of them than it allows', async () => {
  const pause = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 900_000 }))
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 6, max: 60 }),
      fc.integer({ min: 1, max: 10 }),
      fc.array(pause, { minLength: 1, maxLength: 20 }),
      async (perMinute, minutes, pauses) => {
        const times = await spentAt({ perMinute, minutes }, pauses)
        const allowed = perMinute * minutes
        for (const [first, from] of times.entries()) {
          const beyond = times[first + allowed]
          // a rounding of the clock aside
          if (beyond !== undefined) expect(beyond - from).toBeGreaterThan(minutes * 60_000 - 1)
        }
      },
    ),
    { numRuns: 50 },
  )
})

test('a budget of ten minutes lets the copy of a usual calendar go at once, which one of a single minute would stretch', async () => {
  const burstOf = async (minutes: number): Promise<number> => {
    const budget = minuteBudget({ perMinute: 900, minutes, longestWaitMs: 0, now: () => 0 })
    for (let count = 0; ; count++) if (await budget.spend(1).catch(() => true)) return count
  }
  expect(await burstOf(1)).toBe(150)
  expect(await burstOf(10)).toBe(1_500)
})

test('a clock that goes back by a day keeps nobody waiting for that day, and gives no burst for nothing', async () => {
  let ms = 86_400_000
  const waits: number[] = []
  const sleep = async (wait: number): Promise<void> => void waits.push(wait)
  const budget = minuteBudget({ perMinute: 60, now: () => ms, sleep })
  for (let count = 0; count < 10; count++) await budget.spend(1)
  expect(waits).toEqual([])
  ms = 0
  await budget.spend(1)
  expect(waits).toHaveLength(1)
  expect(waits[0]).toBeLessThan(2_000)
})
