import { expect, test } from 'vitest'
import { simulate } from '../../src/testing/sim/simulate.js'

/** One short schedule, and every third step of it. All steps of many: `npm run sim -- --crash-sweep 200`. */
test('a worker that dies at any step of a schedule breaks no promise', async () => {
  const seed = 2
  const { steps } = await simulate(seed, { crashAtStep: 0 })
  expect(steps).toBeGreaterThan(150)
  const found: string[] = []
  let crashes = 0
  for (let step = 1; step <= steps; step += 3) {
    const result = await simulate(seed, { crashAtStep: step })
    crashes += result.crashes
    found.push(...result.violations.map(({ invariant, what }) => `step ${step}: ${invariant}: ${what}`))
  }
  expect(found).toEqual([])
  // each time there was somebody to die
  expect(crashes).toBe(Math.ceil(steps / 3))
})
