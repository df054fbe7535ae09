import { RateLimiterMemory } from 'rate-limiter-flexible'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { isSyncError } from '../../src/errors.js'
import { type SharedBudget, sharedBudget } from '../../src/http/shared-budget.js'
import { limiterLimits } from '../../src/limits/index.js'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] })
})

afterEach(() => {
  vi.useRealTimers()
})

const perMinute = 600

/** Workers with one real limiter, as if its memory were a server. */
function workersAt(count: number): SharedBudget[] {
  const made = new Map<string, RateLimiterMemory>()
  const limiter = (settings: { keyPrefix: string; points: number; duration: number }): RateLimiterMemory => {
    const one = made.get(settings.keyPrefix) ?? new RateLimiterMemory(settings)
    made.set(settings.keyPrefix, one)
    return one
  }
  return Array.from({ length: count }, (_, nth) =>
    sharedBudget({ store: limiterLimits({ limiter }), key: 'account', worker: `worker-${nth}`, perMinute }),
  )
}

test('with the limiters of rate-limiter-flexible no minute sees more than is allowed, and not much less', async () => {
  const spent: number[] = []
  for (const budget of workersAt(4))
    for (let line = 0; line < 5; line++)
      void (async () => {
        for (;;) {
          const isGiven = await budget.spend(1).then(
            () => true,
            () => false,
          )
          if (isGiven) spent.push(Date.now())
          await new Promise((resolve) => setTimeout(resolve, isGiven ? 20 : 1_000))
        }
      })()
  await vi.advanceTimersByTimeAsync(150_000)
  const most = Math.max(...spent.map((at) => spent.filter((other) => other >= at && other < at + 60_000).length))
  expect(most).toBeLessThanOrEqual(perMinute)
  expect(most).toBeGreaterThan(perMinute * 0.6)
})

test('what a service said to one worker is heard by the others', async () => {
  const [one, other] = workersAt(2) as [SharedBudget, SharedBudget]
  await one.spend(1)
  one.rest(90_000)
  await vi.advanceTimersByTimeAsync(1)
  const refusal = await other.spend(1).catch((error: unknown) => error)
  expect(isSyncError(refusal, 'rate_limited') && refusal.retryAfterMs).toBeGreaterThan(80_000)
})

test('a limiter whose server is away leaves each worker its share', async () => {
  const away = {
    consume: () => Promise.reject(new Error('ECONNREFUSED')),
    get: () => Promise.reject(new Error('ECONNREFUSED')),
    block: () => Promise.reject(new Error('ECONNREFUSED')),
  }
  const budget = sharedBudget({ store: limiterLimits({ limiter: () => away }), key: 'a', worker: 'w', perMinute })
  for (let nth = 0; nth < 25; nth++) await budget.spend(1)
  budget.rest(1)
  expect(Date.now()).toBeLessThan(Date.now() + 1)
})
