import { describe, expect, test } from 'vitest'
import { type ScheduleResult, simulate } from '../../src/testing/sim/simulate.js'

/** What went wrong, in words that say how to see it again. */
const complaints = ({ seed, violations }: ScheduleResult) =>
  violations.map(({ invariant, what }) => `seed ${seed}: ${invariant}: ${what}`)

/** Schedules that break a promise where a copy that was moved is not found by its key in all of a mailbox. */
const regressions = [60068, 61356, 62175]

describe('the simulator, with calendars at Microsoft', () => {
  test('15 schedules keep every promise, and requests go wrong in them', async () => {
    const found: string[] = []
    const totals = { writes: 0, wire: 0, atMicrosoft: 0 }
    for (let seed = 1; seed <= 15; seed++) {
      const result = await simulate(seed, { microsoft: 1 })
      found.push(...complaints(result))
      totals.writes += result.writes
      totals.wire += result.faults.get('the wire fails') ?? 0
      totals.atMicrosoft += result.coverage.get('kind: at Microsoft') ?? 0
    }
    expect(found).toEqual([])
    expect(totals.writes).toBeGreaterThan(100)
    expect(totals.wire).toBeGreaterThan(20)
    expect(totals.atMicrosoft).toBeGreaterThanOrEqual(15)
  })

  test('schedules that broke a promise once keep it now', async () => {
    const found: string[] = []
    for (const seed of regressions) found.push(...complaints(await simulate(seed, { microsoft: 1 })))
    expect(found).toEqual([])
  })

  test('a worker may die between any two requests', async () => {
    const { steps } = await simulate(2, { microsoft: 1, crashAtStep: 0 })
    const found: string[] = []
    for (let step = 11; step <= steps; step += 83)
      found.push(...complaints(await simulate(2, { microsoft: 1, crashAtStep: step })))
    expect(found).toEqual([])
    expect(steps).toBeGreaterThan(200)
  })

  test('the same seed is the same schedule, request by request', async () => {
    for (const seed of [2, 5]) {
      const told = { microsoft: 1, withStory: true }
      const first = await simulate(seed, told)
      // whatever the event loop is at meanwhile
      await new Promise((resolve) => setImmediate(resolve))
      expect(await simulate(seed, told)).toEqual(first)
    }
  })

  test('a schedule may have calendars at Google and at Microsoft', async () => {
    const { violations, coverage } = await simulate(6, { google: 1, microsoft: 1 })
    expect(violations).toEqual([])
    expect(coverage.get('kind: at Google')).toBeGreaterThan(0)
    expect(coverage.get('kind: at Microsoft')).toBeGreaterThan(0)
  })

  test('a schedule without Microsoft is the same, whatever share of the others has it', async () => {
    expect((await simulate(3, { microsoft: 0 })).trace).toBe((await simulate(3)).trace)
    // written down: a schedule changes only where it is meant to
    expect((await simulate(3)).trace).toBe('f67426b21970b207')
    expect((await simulate(3, { google: 1 })).trace).toBe('34ba177733bb3b4a')
  })
})
