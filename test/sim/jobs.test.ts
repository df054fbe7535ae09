import { describe, expect, test } from 'vitest'
import { type ScheduleResult, simulate } from '../../src/testing/sim/simulate.js'

/** What went wrong, in words that say how to see it again. */
const complaints = ({ seed, violations }: ScheduleResult) =>
  violations.map(({ invariant, what }) => `seed ${seed}: ${invariant}: ${what}`)

describe('the simulator, with workers that get jobs from a queue', () => {
  test('40 schedules keep every promise, and jobs come twice, late and to two workers at once', async () => {
    const found: string[] = []
    const seen = new Map<string, number>()
    for (let seed = 1; seed <= 40; seed++) {
      const result = await simulate(seed, { jobs: 1 })
      found.push(...complaints(result))
      for (const [what, count] of result.coverage) seen.set(what, (seen.get(what) ?? 0) + count)
    }
    expect(found).toEqual([])
    const sometimes = ['delivered', 'delivered twice', 'delivered late', 'ended again', 'ended failed']
    for (const what of [...sometimes, 'gave way in the middle'])
      expect(seen.get(`job: ${what}`) ?? 0, what).toBeGreaterThan(5)
  })

  test('the same seed is the same schedule, job by job', async () => {
    const told = { jobs: 1, withStory: true }
    expect(await simulate(3, told)).toEqual(await simulate(3, told))
  })

  test('without jobs a seed is what it was before there were any', async () => {
    const { trace } = await simulate(5, { jobs: 0 })
    expect((await simulate(5)).trace).toBe(trace)
    expect((await simulate(5, { jobs: 1 })).trace).not.toBe(trace)
  })
})
