import { describe, expect, test } from 'vitest'
import { minuteBudget } from '../../src/http/budget.js'
import { type SharedBudget, sharedBudget } from '../../src/http/shared-budget.js'
import { storageLimits } from '../../src/limits/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { type VirtualTime, virtualTime } from './virtual-time.js'

interface Figures {
  /** How long the syncs of the quiet tenants took, 95 of 100. */
  readonly p95Ms: number
  readonly syncs: number
  /** How many requests the noisy one made. */
  readonly noisy: number
}

/** Whom a request of a tenant has to ask, at one of the workers. */
type Gate = (tenant: string, worker: number) => Promise<void>

/** A hundred tenants; 99 sync every ten seconds with six requests of 100 ms each, and one wants all it can get. */
async function simulated(time: VirtualTime, gate: Gate, workers: number, isNoisy: boolean): Promise<Figures> {
  const end = time.now() + 120_000
  const took: number[] = []
  let noisy = 0
  const random = seeded(7)
  const quiet = async (nth: number): Promise<void> => {
    await time.sleep(random() * 10_000)
    for (let turn = 0; time.now() < end; turn++) {
      const began = time.now()
      for (let request = 0; request < 6; request++) {
        await gate(`tenant-${nth}`, (nth + turn) % workers)
        await time.sleep(100)
      }
      // The first seconds are those of a budget that nobody has used yet.
      if (began > end - 90_000) took.push(time.now() - began)
      await time.sleep(5_000 + random() * 10_000)
    }
  }
  const loud = async (worker: number): Promise<void> => {
    while (time.now() < end) {
      const isGiven = await gate('noisy', worker).then(
        () => true,
        () => false,
      )
      if (isGiven) noisy++
      await time.sleep(100)
    }
  }
  for (let nth = 0; nth < 99; nth++) void quiet(nth)
  if (isNoisy) for (let line = 0; line < 200; line++) void loud(line % workers)
  await time.run(end)
  took.sort((a, b) => a - b)
  return { p95Ms: took[Math.floor(took.length * 0.95)] ?? 0, syncs: took.length, noisy }
}

const perMinute = 10_000

async function withSharedLimits(workers: number, isNoisy: boolean): Promise<Figures> {
  const time = virtualTime()
  const store = storageLimits({ storage: memoryStorage(), now: time.now })
  const budgets = Array.from({ length: workers }, (_, nth) =>
    sharedBudget({ store, key: 'app', worker: `worker-${nth}`, perMinute, now: time.now, sleep: time.sleep }),
  )
  const gate: Gate = (tenant, worker) => (budgets[worker] as SharedBudget).of(tenant).spend(1)
  return simulated(time, gate, workers, isNoisy)
}

/** Without: each worker has its part of the budget, first come, first served. */
async function firstCome(workers: number, isNoisy: boolean): Promise<Figures> {
  const time = virtualTime()
  const { now, sleep } = time
  const budgets = Array.from({ length: workers }, () => minuteBudget({ perMinute: perMinute / workers, now, sleep }))
  const gate: Gate = async (_tenant, worker) => budgets[worker]?.spend(1)
  return simulated(time, gate, workers, isNoisy)
}

describe.each([1, 4])('a hundred tenants at %i worker(s)', (workers) => {
  test('one noisy tenant leaves the others the time that they had without it', async () => {
    const calm = await withSharedLimits(workers, false)
    const noisy = await withSharedLimits(workers, true)
    expect(noisy.p95Ms / calm.p95Ms).toBeLessThan(2)
    expect(noisy.syncs).toBeGreaterThan(calm.syncs * 0.95)
    // What the others leave is not wasted: of 145 in a second they use 60.
    expect(noisy.noisy).toBeGreaterThan(120 * 60)
  })

  test('first come, first served, it would not', async () => {
    const calm = await firstCome(workers, false)
    const noisy = await firstCome(workers, true)
    expect(noisy.p95Ms / calm.p95Ms).toBeGreaterThan(4)
  })
})

function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return state / 4_294_967_296
  }
}
