import { expect, test } from 'vitest'
import { simulate } from '../../src/testing/sim/simulate.js'

/**
 * Short schedules, so that every step of them can be the last one of a worker, those of the syncs at the end too. More of
 * them: `npm run sim -- --crash-sweep 200`.
 */
const seeds = process.env['CI'] ? [2, 3, 5, 7] : [2]

for (const seed of seeds)
  test(`a worker that dies at any step of schedule ${seed} breaks no promise`, async () => {
    const { steps } = await simulate(seed, { crashAtStep: 0 })
    expect(steps).toBeGreaterThan(150)
    const found: string[] = []
    let crashes = 0
    for (let step = 1; step <= steps; step++) {
      const result = await simulate(seed, { crashAtStep: step })
      crashes += result.crashes
      found.push(...result.violations.map(({ invariant, what }) => `step ${step}: ${invariant}: ${what}`))
    }
    expect(found).toEqual([])
    // at every step there was somebody to die
    expect(crashes).toBe(steps)
  })
