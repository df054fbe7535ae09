import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Budget } from '../../src/http/budget.js'
import { sharedBudget } from '../../src/http/shared-budget.js'
import { storageLimits } from '../../src/limits/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import type { Storage } from '../../src/storage/storage.js'
import { virtualTime } from './virtual-time.js'

interface Plan {
  /** An app's budget with tenants, or an account's. */
  readonly hasTenants: boolean
  readonly units: number
  readonly windowMinutes: number
  readonly workers: readonly {
    readonly skewMs: number
    readonly delayMs: number
    /** Requests at a time, and the pause after each. */
    readonly lines: number
    readonly pauseMs: number
    readonly size: number
    /** Dies after so long, and another one takes its place. */
    readonly livesMs: number
  }[]
}

const planFor = (hasTenants: boolean, mostWorkers: number): fc.Arbitrary<Plan> =>
  fc.record({
    hasTenants: fc.constant(hasTenants),
    units: fc.integer({ min: 120, max: 1_200 }),
    windowMinutes: fc.constantFrom(1, 1, 1, 3),
    workers: fc.array(
      fc.record({
        skewMs: fc.integer({ min: -2_000, max: 2_000 }),
        delayMs: fc.constantFrom(0, 1, 20, 300),
        lines: fc.integer({ min: 1, max: 12 }),
        pauseMs: fc.constantFrom(0, 10, 500, 20_000),
        size: fc.constantFrom(1, 1, 3, 10),
        livesMs: fc.constantFrom(1_500, 40_000, 1_000_000),
      }),
      { minLength: 1, maxLength: mostWorkers },
    ),
  })

const plan: fc.Arbitrary<Plan> = fc.oneof(planFor(false, 4), planFor(true, 8))

/** When units were spent, by all workers. */
async function spentBy(
  { hasTenants, units, windowMinutes, workers }: Plan,
  forMs: number,
): Promise<(readonly [number, number])[]> {
  const time = virtualTime()
  const storage = memoryStorage()
  const spent: (readonly [number, number])[] = []
  const end = time.now() + forMs
  workers.forEach(({ skewMs, delayMs, lines, pauseMs, size, livesMs }, nth) => {
    const now = (): number => time.now() + skewMs
    const store = storageLimits({ storage: delayed(storage, () => time.sleep(delayMs)), now })
    const begin = (life: number): void => {
      const died = time.now() + livesMs
      const options = { store, key: 'app', worker: `${nth}/${life}`, perMinute: units / windowMinutes }
      const budget = sharedBudget({ ...options, minutes: windowMinutes, now, sleep: time.sleep, random: () => 0.5 })
      for (let line = 0; line < lines; line++) void work(hasTenants ? budget.of(`tenant-${line % 3}`) : budget)
      void time.sleep(livesMs).then(() => begin(life + 1))
      async function work(own: Budget): Promise<void> {
        while (time.now() < Math.min(end, died)) {
          const given = await own.spend(size).then(
            () => true,
            () => false,
          )
          if (time.now() >= died) return
          if (given) spent.push([time.now(), size])
          await time.sleep(given ? pauseMs : 5_000)
          if (pauseMs === 0) await time.sleep(1)
        }
      }
    }
    begin(0)
  })
  await time.run(end)
  return spent
}

function delayed(storage: Storage, wait: () => Promise<void>): Storage {
  return {
    get: async (...given) => wait().then(() => storage.get(...given)),
    getMany: async (...given) => wait().then(() => storage.getMany(...given)),
    list: async (...given) => wait().then(() => storage.list(...given)),
    commit: async (...given) => wait().then(() => storage.commit(...given)),
    claim: async (...given) => wait().then(() => storage.claim(...given)),
    release: async (...given) => wait().then(() => storage.release(...given)),
    users: (...given) => storage.users(...given),
    close: () => storage.close(),
  }
}

/** The most units in any stretch of time. */
function mostIn(windowMs: number, spent: readonly (readonly [number, number])[]): number {
  let most = 0
  let sum = 0
  let first = 0
  for (const [at, units] of spent) {
    sum += units
    for (let oldest = spent[first]; oldest && oldest[0] <= at - windowMs; oldest = spent[++first]) sum -= oldest[1]
    most = Math.max(most, sum)
  }
  return most
}

test('whatever workers do, die of, and believe the time to be, no window sees more than is allowed', async () => {
  await fc.assert(
    fc.asyncProperty(plan, async (given) => {
      const windowMs = given.windowMinutes * 60_000
      const spent = await spentBy(given, windowMs * 2.2)
      expect(mostIn(windowMs, spent)).toBeLessThanOrEqual(given.units)
    }),
    { numRuns: 20 },
  )
})
