import { expect, test } from 'vitest'
import { simulate } from '../../src/testing/sim/simulate.js'

/** Short schedules, so that every step of them can be the last one of a worker. All of them where there is time. */
const seeds = process.env['CI'] ? [4, 9, 10, 12, 22] : [4, 22]

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
    // the people and the faults end after 200 steps or so; from then on the workers only end what they are at
    expect(crashes).toBeGreaterThan(190)
  })
