import { parseArgs } from 'node:util'
import { minimal } from '../../src/testing/sim/minimal.js'
import { type ScheduleResult, simulate } from '../../src/testing/sim/simulate.js'
import { required, requiredOfJobs, requiredOfRegrets } from './required.js'

/**
 * Runs schedules of the simulator, one seed after the other, and tells what was broken and what was seen.
 *
 * `--runs N --seed S`: the seeds from S on; `--story`: tells each; `--minimal`: makes the failing ones as small as they get;
 * `--coverage`: tells how often everything was seen; `--google P`: so many of the schedules, 0 to 1, have calendars at the
 * fake Google; `--microsoft P`: the same of the fake Microsoft, and both go together; `--jobs P`: in so many of them the
 * workers get jobs from a queue that delivers twice, late, and to several at once; `--regrets P`: in so many of them people
 * undo, reopen conflicts and keep both sides; `--crash-sweep N`: N schedules, each once
 * for every step of it, with a worker that dies there.
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    story: { type: 'boolean', default: false },
    minimal: { type: 'boolean', default: false },
    coverage: { type: 'boolean', default: false },
    'crash-sweep': { type: 'string' },
    google: { type: 'string', default: '0' },
    microsoft: { type: 'string', default: '0' },
    jobs: { type: 'string', default: '0' },
    regrets: { type: 'string', default: '0' },
  },
})
/** So many failing schedules are told of. */
const most = 10
/** With fewer schedules than this, chance alone decides what is seen. */
const telling = 2_000

const first = Number(values.seed)
const places = {
  google: Number(values.google),
  microsoft: Number(values.microsoft),
  jobs: Number(values.jobs),
  regrets: Number(values.regrets),
}
const startedAt = performance.now()
const hits = new Map<string, number>()
const seen = new Map<string, number>()
const broken = new Map<string, number[]>()
const totals = { runs: 0, faults: 0, crashes: 0, steps: 0, writes: 0, violations: 0, seed: first }

await (values['crash-sweep'] === undefined ? schedules(Number(values.runs)) : sweep(Number(values['crash-sweep'])))

async function schedules(runs: number): Promise<void> {
  for (let seed = first; seed < first + runs; seed++) {
    const result = await ended(seed, simulate(seed, { ...places, withStory: values.story }))
    if (values.story) console.log(result.story.join('\n'))
    if (!count(seed, result)) continue
    if (values.minimal && totals.violations <= most) console.log((await minimal(seed, places)).story.join('\n'))
  }
  if (runs < telling) return
  for (const [name, per1000] of Object.entries(wantedOf(places))) {
    const [found, wanted] = [(seen.get(name) ?? hits.get(name)) || 0, Math.floor((per1000 * runs) / 1000)]
    if (found >= wanted) continue
    console.log(`seen too rarely: ${name}: ${found} times, at least ${wanted} are wanted`)
    process.exitCode = 1
  }
}

function wantedOf({ jobs, regrets }: typeof places): Readonly<Record<string, number>> {
  if (jobs === 1) return requiredOfJobs
  return regrets === 1 ? requiredOfRegrets : required
}

async function sweep(runs: number): Promise<void> {
  for (let seed = first; seed < first + runs; seed++) {
    const { steps } = await ended(seed, simulate(seed, { ...places, crashAtStep: 0 }))
    for (let step = 1; step <= steps; step++)
      if (count(seed, await ended(seed, simulate(seed, { ...places, crashAtStep: step }))))
        console.log(`  crash at step ${step}`)
  }
}

/** Adds a schedule up. True: it broke a promise. */
function count(seed: number, { violations, faults, coverage, ...result }: ScheduleResult): boolean {
  totals.runs++
  totals.steps += result.steps
  totals.crashes += result.crashes
  totals.writes += result.writes
  for (const [kind, times] of faults) {
    hits.set(kind, (hits.get(kind) ?? 0) + times)
    totals.faults += times
  }
  for (const [kind, times] of coverage) seen.set(kind, (seen.get(kind) ?? 0) + times)
  if (violations.length === 0) return false
  totals.violations++
  for (const { invariant, what } of violations) {
    const kind = `${invariant}: ${what.replaceAll(/\b[et]\d+\b|\d{4}-[-\dT:]+|\d+$/g, '_')}`
    broken.set(kind, [...(broken.get(kind) ?? []), seed])
    if (totals.violations <= most) console.log(`seed ${seed}: ${invariant}: ${what}`)
  }
  return true
}

/** A schedule that does not end, or ends in an error that is nobody's, is named by its seed. */
function ended(seed: number, schedule: Promise<ScheduleResult>): Promise<ScheduleResult> {
  return schedule.catch((cause: unknown) => {
    throw new Error(`seed ${seed} ended in an error`, { cause })
  })
}

const list = (map: ReadonlyMap<string, number>) => [...map].sort().map(([name, times]) => `${name}: ${times}`)
if (values.coverage) console.log([...list(hits), ...list(seen)].join('\n'))
for (const [kind, seeds] of [...broken].sort(([, a], [, b]) => b.length - a.length))
  console.log(`${seeds.length} times ${kind} (${seeds.slice(0, most).join(', ')})`)
const seconds = Number(((performance.now() - startedAt) / 1000).toFixed(1))
console.log(JSON.stringify({ ...totals, seconds, perSecond: Math.round(totals.runs / seconds) }))
if (totals.violations > 0) process.exitCode = 1
