import { describe, expect, test } from 'vitest'
import { type ScheduleResult, simulate } from '../../src/testing/sim/simulate.js'

/** What went wrong, in words that say how to see it again. */
const complaints = ({ seed, violations }: ScheduleResult) =>
  violations.map(({ invariant, what }) => `seed ${seed}: ${invariant}: ${what}`)

/** Schedules that broke a promise once. */
const regressions = [
  95, 247, 40055, 50014, 90795, 92154, 93202, 93630, 101539, 102798, 102818, 112282, 112531, 113141, 142035, 200022,
  213639,
]

describe('the simulator, with calendars at Google', () => {
  test('20 schedules keep every promise, and requests go wrong in them', async () => {
    const found: string[] = []
    const totals = { writes: 0, wire: 0, atGoogle: 0 }
    for (let seed = 1; seed <= 20; seed++) {
      const result = await simulate(seed, { google: 1 })
      found.push(...complaints(result))
      totals.writes += result.writes
      totals.wire += result.faults.get('the wire fails') ?? 0
      totals.atGoogle += result.coverage.get('kind: at Google') ?? 0
    }
    expect(found).toEqual([])
    expect(totals.writes).toBeGreaterThan(100)
    expect(totals.wire).toBeGreaterThan(15)
    expect(totals.atGoogle).toBeGreaterThanOrEqual(20)
  })

  test('schedules that broke a promise once keep it now', async () => {
    const found: string[] = []
    for (const seed of regressions) found.push(...complaints(await simulate(seed, { google: 1 })))
    expect(found).toEqual([])
  })

  test('a worker may die between any two requests', async () => {
    const { steps } = await simulate(2, { google: 1, crashAtStep: 0 })
    const found: string[] = []
    for (let step = 7; step <= steps; step += 37)
      found.push(...complaints(await simulate(2, { google: 1, crashAtStep: step })))
    expect(found).toEqual([])
    expect(steps).toBeGreaterThan(200)
  })

  test('the same seed is the same schedule, request by request', async () => {
    for (const seed of [2, 5]) {
      const told = { google: 1, withStory: true }
      const first = await simulate(seed, told)
      // whatever the event loop is at meanwhile
      await new Promise((resolve) => setImmediate(resolve))
      expect(await simulate(seed, told)).toEqual(first)
    }
  })

  test('a schedule without Google is the same, whatever share of the others has it', async () => {
    expect((await simulate(3, { google: 0 })).trace).toBe((await simulate(3)).trace)
  })
})
