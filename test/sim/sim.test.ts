import { describe, expect, test } from 'vitest'
import { type ScheduleResult, simulate } from '../../src/testing/sim/simulate.js'

/** What went wrong, in words that say how to see it again. */
const complaints = ({ seed, violations }: ScheduleResult) =>
  violations.map(({ invariant, what }) => `seed ${seed}: ${invariant}: ${what}`)

/** Schedules that broke a promise once. */
const regressions = [25370, 59565, 64016, 21818, 13982, 3830, 4790, 102682]

describe('the simulator', () => {
  test('150 schedules of people, workers and faults keep every promise', async () => {
    const found: string[] = []
    const totals = { actions: 0, crashes: 0, hits: new Map<string, number>() }
    for (let seed = 1; seed <= 150; seed++) {
      const result = await simulate(seed)
      found.push(...complaints(result))
      totals.actions += result.actions
      totals.crashes += result.crashes
      for (const [kind, count] of result.faults) totals.hits.set(kind, (totals.hits.get(kind) ?? 0) + count)
    }
    expect(found).toEqual([])
    // a simulator in which nothing goes wrong proves nothing
    expect(totals.actions).toBeGreaterThan(1_000)
    expect(totals.crashes).toBeGreaterThan(50)
    for (const kind of [
      'commitRefused',
      'commitUnacknowledged',
      'lost create',
      'refused create',
      'refused page',
      'pause',
    ])
      expect(totals.hits.get(kind) ?? 0, kind).toBeGreaterThan(0)
  })

  test('schedules that broke a promise once keep it now', async () => {
    const found: string[] = []
    for (const seed of regressions) found.push(...complaints(await simulate(seed)))
    expect(found).toEqual([])
  })

  test('the same seed is the same schedule, step by step', async () => {
    for (const seed of [1, 7, 42]) {
      const [first, second] = [await simulate(seed, { withStory: true }), await simulate(seed, { withStory: true })]
      expect(second).toEqual(first)
      expect(first.trace).not.toBe('')
    }
    expect((await simulate(1)).trace).not.toBe((await simulate(2)).trace)
  })

  test('telling the story does not change it', async () => {
    expect((await simulate(3, { withStory: true })).trace).toBe((await simulate(3)).trace)
  })
})
