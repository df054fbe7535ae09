import { simulate } from '../../../src/testing/sim/simulate.js'

/** What was found with one defect planted: the first schedule that breaks a promise, or none. */
export interface Catch {
  readonly schedules: number
  readonly seed?: number
  readonly invariant?: string
  readonly what?: string
}

const [, , runs = '5000', first = '1'] = process.argv

/** Simulates until a promise is broken. A schedule that does not end breaks one as well. */
async function hunt(): Promise<Catch> {
  for (let schedules = 1; schedules <= Number(runs); schedules++) {
    const seed = Number(first) + schedules - 1
    const [violation] = await simulate(seed).then(
      ({ violations }) => violations,
      (error: unknown) => [{ invariant: 'ends', what: String(error) }],
    )
    if (violation) return { schedules, seed, ...violation }
  }
  return { schedules: Number(runs) }
}

process.stdout.write(JSON.stringify(await hunt()), () => process.exit())
