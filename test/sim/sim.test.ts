import { describe, expect, test } from 'vitest'
import { minimal } from '../../src/testing/sim/minimal.js'
import { deedNames } from '../../src/testing/sim/people/act.js'
import { type ScheduleResult, simulate } from '../../src/testing/sim/simulate.js'
import { weatherNames } from '../../src/testing/sim/weather.js'
import { required } from './required.js'

/** What went wrong, in words that say how to see it again. */
const complaints = ({ seed, violations }: ScheduleResult) =>
  violations.map(({ invariant, what }) => `seed ${seed}: ${invariant}: ${what}`)

/** Schedules that broke a promise once. */
const regressions = [
  314, 716, 1960, 2015, 2869, 2974, 3144, 4526, 10168, 11731, 13950, 17798, 21614, 32617, 1007167, 1502364, 1517777,
  1520857, 1522001, 2006789, 3013830, 3016962, 3017131, 3021515, 3027942, 3028133, 3038473, 3039112, 3050111, 3052513,
  3056297, 5022732, 5025175, 5034488, 7001790, 7004604, 7031622, 9003623, 10007139, 11019836, 11033975, 12048536, 16583,
  13002610, 13033404, 14007541, 14033518, 15000625, 15507937, 20020776, 20541939, 21530146, 21563785, 22022121,
  22129262, 22133727, 22156512, 22549953, 22674971, 51054838, 51057593, 55009994, 57006605, 70239621, 70413871,
  75024008, 75063559, 75525268, 78009819, 91039957,
]

describe('the simulator', () => {
  test('120 schedules of people, workers and faults keep every promise', async () => {
    const found: string[] = []
    const totals = { actions: 0, crashes: 0, faults: 0, writes: 0 }
    for (let seed = 1; seed <= 120; seed++) {
      const result = await simulate(seed)
      found.push(...complaints(result))
      totals.actions += result.actions
      totals.crashes += result.crashes
      totals.writes += result.writes
      for (const count of result.faults.values()) totals.faults += count
    }
    expect(found).toEqual([])
    // a simulator in which nothing goes wrong proves nothing; what exactly has to happen is checked by its command line
    expect(totals.actions).toBeGreaterThan(900)
    expect(totals.crashes).toBeGreaterThan(50)
    expect(totals.faults).toBeGreaterThan(500)
    expect(totals.writes).toBeGreaterThan(500)
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

  test('what is left out of a schedule does not happen, and the rest of what people do stays as it was', async () => {
    const told = (story: readonly string[]) => story.flatMap((line) => /\[(\d+)\] (.*)/.exec(line)?.[1] ?? [])
    const whole = told((await simulate(5, { withStory: true })).story)
    const part = await simulate(5, { withStory: true, without: { actions: new Set([1, 3]), strikes: new Set([0]) } })
    expect(whole).toContain('1')
    expect(told(part.story)).toEqual(whole.filter((number) => number !== '1' && number !== '3'))
  })

  test('a schedule that keeps every promise is not made smaller', async () => {
    const result = await minimal(8)
    expect(result.violations).toEqual([])
    expect(result.trace).toBe((await simulate(8)).trace)
  })

  test('whatever people and the weather can do has to be seen', () => {
    for (const name of deedNames) if (!rare.has(name)) expect(Object.keys(required)).toContain(`person: ${name}`)
    for (const name of weatherNames) expect(Object.keys(required)).toContain(name)
  })
})

/** Too rare to be asked for in every 1,000 schedules. */
const rare: ReadonlySet<string> = new Set(['rename a busy copy'])
