import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSyncError, SyncError } from '../../src/errors.js'
import type { LimitRequest, LimitStore } from '../../src/http/limit-store.js'
import { type SharedBudget, type SharedBudgetOptions, sharedBudget } from '../../src/http/shared-budget.js'
import { storageLimits } from '../../src/limits/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { type VirtualTime, virtualTime } from './virtual-time.js'

interface Workers {
  readonly time: VirtualTime
  readonly asked: LimitRequest[]
  readonly store: { isAway: boolean }
  worker(options?: Partial<SharedBudgetOptions>): SharedBudget
}

function workers(): Workers {
  const time = virtualTime()
  const asked: LimitRequest[] = []
  const state = { isAway: false }
  const kept = storageLimits({ storage: memoryStorage(), now: time.now })
  const store: LimitStore = {
    async take(request) {
      asked.push(request)
      if (state.isAway) throw new SyncError('storage_failed', 'away')
      return kept.take(request)
    },
    rest: (key, ms) => (state.isAway ? Promise.reject(new Error('away')) : kept.rest(key, ms)),
  }
  let count = 0
  return {
    time,
    asked,
    store: state,
    worker: (options) =>
      sharedBudget({
        ...{ store, key: 'account', worker: `worker-${count++}`, perMinute: 600, random: () => 0 },
        ...{ now: time.now, sleep: time.sleep },
        ...options,
      }),
  }
}

/** What became of it by then. */
async function outcome(time: VirtualTime, work: Promise<unknown>, forMs = 60_000): Promise<unknown> {
  let result: unknown = 'waits'
  work.then(
    () => {
      result = 'spent'
    },
    (error: unknown) => {
      result = isSyncError(error) ? { code: error.code, reason: error.reason, ms: error.retryAfterMs } : error
    },
  )
  await time.run(time.now() + forMs)
  return result
}

describe('a shared budget', () => {
  test('rests no longer than asked when the clock goes back by a day', async () => {
    const { time, worker } = workers()
    let ahead = 86_400_000
    const budget = worker({ now: () => time.now() + ahead, key: 'clock' })
    budget.rest(30_000)
    ahead = 0
    await time.run(time.now() + 31_000)
    expect(await outcome(time, budget.spend(1))).toBe('spent')
  })

  test('a sync that finds nothing new, now and then, asks the store for nothing', async () => {
    const { time, asked, worker } = workers()
    const budget = worker()
    for (let sync = 0; sync < 20; sync++) {
      await time.run(time.now() + 300_000)
      asked.length = 0
      for (let request = 0; request < 3; request++) expect(await outcome(time, budget.spend(1), 50)).toBe('spent')
      expect(asked).toHaveLength(0)
    }
  })

  test('a busy worker asks about once a second, not once a request', async () => {
    const { time, asked, worker } = workers()
    const budget = worker({ perMinute: 6_000 })
    let spent = 0
    for (let line = 0; line < 16; line++)
      void (async () => {
        for (;;) {
          await budget.spend(1)
          spent++
          await time.sleep(200)
        }
      })()
    await time.run(time.now() + 60_000)
    expect(spent).toBeGreaterThan(4_000)
    expect(asked.length).toBeLessThan(90)
  })

  test('what a service said to one worker is heard by the others, and by itself', async () => {
    const { time, worker } = workers()
    const [one, other] = [worker(), worker()]
    one.rest(45_000)
    const told = { code: 'rate_limited', reason: 'RESTING', ms: 45_000 }
    expect(await outcome(time, one.spend(1), 0)).toEqual(told)
    expect(await outcome(time, other.spend(1), 0)).toEqual(told)
    await time.run(time.now() + 30_000)
    const began = time.now()
    expect(await outcome(time, other.spend(1), 16_000)).toBe('spent')
    expect(time.now()).toBe(began + 16_000)
  })

  test('a store that is away leaves each worker its share, and is asked again after a while', async () => {
    const { time, asked, store, worker } = workers()
    store.isAway = true
    const all = Array.from({ length: 4 }, () => worker())
    let spent = 0
    for (const budget of all)
      for (let line = 0; line < 8; line++)
        void (async () => {
          for (;;) {
            const isGiven = await budget.spend(1).then(
              () => true,
              () => false,
            )
            if (isGiven) spent++
            await time.sleep(isGiven ? 10 : 1_000)
          }
        })()
    await time.run(time.now() + 60_000)
    expect(spent).toBeGreaterThan(300)
    expect(spent).toBeLessThanOrEqual(600)
    expect(asked.length).toBeLessThan(4 * 14)
    store.isAway = false
    asked.length = 0
    await time.run(time.now() + 10_000)
    expect(asked.length).toBeGreaterThan(4)
  })

  test('a store that never answers counts as away', async () => {
    const { time, worker } = workers()
    const never: LimitStore = { take: () => new Promise(() => undefined), rest: () => new Promise(() => undefined) }
    const budget = worker({ store: never })
    expect(await outcome(time, budget.spend(1), 1_900)).toBe('waits')
    expect(await outcome(time, budget.spend(1), 200)).toBe('spent')
  })

  test('who gives up waiting takes nothing', async () => {
    const { time, worker } = workers()
    const budget = worker()
    await outcome(time, budget.spend(92), 10)
    const stop = new AbortController()
    const waiting = outcome(time, budget.spend(50, stop.signal), 100)
    stop.abort()
    expect(await waiting).toMatchObject({ code: 'aborted' })
    expect(await outcome(time, budget.spend(1, stop.signal), 10)).toMatchObject({ code: 'aborted' })
  })

  test('a wait that would be too long is refused with its time', async () => {
    const { time, worker } = workers()
    const budget = worker({ longestWaitMs: 1_000 })
    await outcome(time, budget.spend(92), 10)
    expect(await outcome(time, budget.spend(50), 10)).toMatchObject({ code: 'rate_limited', reason: 'BUDGET' })
  })
})

describe('an app that more want to use than can', () => {
  test('nobody starves: however greedy the others are, everybody gets half of a share at the worker where it is', async () => {
    const greed = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 3, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(greed, fc.integer({ min: 1, max: 4 }), async (lines, count) => {
        const { time, worker } = workers()
        const all = Array.from({ length: count }, () => worker({ key: 'app', perMinute: 6_000 }))
        const spent = lines.map(() => 0)
        const end = time.now() + 60_000
        lines.forEach((wanted, tenant) => {
          for (let line = 0; line < wanted; line++)
            void (async () => {
              const budget = (all[(tenant + line) % count] as SharedBudget).of(`tenant-${tenant}`)
              while (time.now() < end) {
                const isGiven = await budget.spend(1).then(
                  () => true,
                  () => false,
                )
                if (isGiven && time.now() < end) spent[tenant] = (spent[tenant] ?? 0) + 1
                await time.sleep(100)
              }
            })()
        })
        await time.run(end)
        // Who is busy at all workers has a share at each, and who has one line alone has it at one.
        const fair = 4_600 / lines.length
        lines.forEach((wanted, tenant) => {
          const least = Math.min(wanted * 600, (fair * Math.min(wanted, count)) / count) / 2
          expect(spent[tenant]).toBeGreaterThan(least)
        })
      }),
      { numRuns: 12 },
    )
  })
})

describe('requests at the same time', () => {
  test('two workers at one mailbox have no more under way than it takes', async () => {
    const { time, worker } = workers()
    const all = [worker({ lanes: 4 }), worker({ lanes: 4 })]
    let underWay = 0
    let most = 0
    let done = 0
    for (const budget of all)
      void (async () => {
        let own = 0
        for (;;) {
          await budget.ready(1).catch(() => undefined)
          while (own < budget.lanes()) {
            own++
            underWay++
            most = Math.max(most, underWay)
            void budget
              .spend(1)
              .then(() => time.sleep(250))
              .catch(() => time.sleep(1_000))
              .then(() => {
                own--
                underWay--
                done++
              })
          }
          await time.sleep(50)
        }
      })()
    await time.run(time.now() + 30_000)
    // One more each, as long as it is not known what is left.
    expect(most).toBeLessThanOrEqual(5)
    expect(done).toBeGreaterThan(200)
  })
})
