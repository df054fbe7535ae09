import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { inParallel } from '../../../src/engine/in-parallel.js'
import { type Mutant, mutants } from './list.js'
import { buildHunter, engineFiles, plant, root } from './plant.js'
import { runTests } from './run-tests.js'
import type { Catch } from './worker.js'

/**
 * Plants one defect at a time in the engine and lets the simulator look for it, or the unit tests where the simulator is
 * known not to see it. A defect that survives shows a rule that is not needed or not tested.
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5000' },
    seed: { type: 'string', default: '1' },
    /** Only mutants whose name or rule holds this. */
    only: { type: 'string', default: '' },
    /** How many processes at once. */
    jobs: { type: 'string', default: '2' },
  },
})

/** A schedule takes milliseconds. An engine that turns in circles without an await never comes back. */
const patienceMs = 15 * 60_000
/** What code fails with that cannot run at all. */
const brokenCode = /(Type|Reference|Syntax)Error/

interface Verdict {
  readonly name: string
  readonly caught: boolean
  readonly line: string
}

const chosen = mutants.filter(({ name, rule }) => `${name} ${rule}`.includes(values.only))
const cache = join(root, 'node_modules/.cache')
await mkdir(cache, { recursive: true })
const files = await engineFiles()
const folder = await mkdtemp(join(cache, 'mutants-'))
const sound = (async () => {
  const bundle = join(folder, 'sound.mjs')
  await buildHunter(bundle)
  return bundle
})()
const verdicts: Verdict[] = []
try {
  await inParallel([undefined, ...chosen], Number(values.jobs), async (mutant) => {
    const found = mutant?.test === undefined ? judge(mutant, await hunt(mutant)) : await tryTest(mutant, mutant.test)
    tell(found)
  })
  const asked = [...new Set(chosen.flatMap(({ test }) => test ?? []))]
  if (asked.length > 0) tell(await trySound(asked))
} finally {
  await rm(folder, { recursive: true, force: true })
}
const survivors = verdicts.filter(({ caught }) => !caught)
console.log(`${chosen.length} defects planted, ${survivors.length} not caught`)
for (const { name } of survivors) console.log(`not caught: ${name}`)
if (survivors.length > 0) process.exitCode = 1

function tell(found: Verdict): void {
  verdicts.push(found)
  console.log(found.line)
}

/** Hunts one mutant. A schedule that the engine as it is breaks as well says nothing about the mutant. */
async function hunt(mutant: Mutant | undefined): Promise<Catch> {
  if (!mutant) return search(await sound, Math.ceil(Number(values.runs) / 5), Number(values.seed))
  const bundle = join(folder, `${mutant.name.replaceAll(/\W+/g, '-')}.mjs`)
  await buildHunter(bundle, plant(mutant, files))
  for (let tried = 0; ; ) {
    const found = await search(bundle, Number(values.runs) - tried, Number(values.seed) + tried)
    tried += found.schedules
    const isOurs = found.seed === undefined || (await search(await sound, 1, found.seed)).invariant === undefined
    if (isOurs || tried >= Number(values.runs)) return isOurs ? { ...found, schedules: tried } : { schedules: tried }
  }
}

function search(bundle: string, runs: number, seed: number): Promise<Catch> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [bundle, String(runs), String(seed)], { timeout: patienceMs }, (error, stdout) => {
      if (stdout) resolve(JSON.parse(stdout) as Catch)
      else if (error?.killed) resolve({ schedules: runs, invariant: 'ends', what: 'turns in circles' })
      else reject(error ?? new Error('the hunter said nothing'))
    })
  })
}

/** Runs the tests that are to catch a mutant. Tests that do not even start say nothing. */
async function tryTest({ name, rule }: Mutant, file: string): Promise<Verdict> {
  const config = fileURLToPath(new URL('vitest.config.ts', import.meta.url))
  const { total, failed, what } = await runTests(['--config', config, '--bail', '1', file], { CALWEAVE_MUTANT: name })
  if (total === 0 || brokenCode.test(what)) return verdict(name, false, `is no working mutant: ${what}`)
  return verdict(name, failed > 0, `[${rule}] ${file}${failed > 0 ? '' : ' does not notice'}`)
}

/** Those tests with nothing planted: one that fails anyway catches nothing. */
async function trySound(asked: readonly string[]): Promise<Verdict> {
  const { total, failed, what } = await runTests(['--project', 'unit', ...asked])
  const isSound = total > 0 && failed === 0
  return verdict('the engine as it is', isSound, `${total} tests in ${asked.length} files: ${failed} failed ${what}`)
}

function judge(mutant: Mutant | undefined, { schedules, seed, invariant, what = '' }: Catch): Verdict {
  const found = invariant === undefined ? 'nothing' : `${invariant} at seed ${seed ?? '?'} after ${schedules}`
  if (!mutant)
    return verdict('the engine as it is', invariant === undefined, `${schedules} schedules: ${found} ${what}`)
  // A mutant that does not even run says nothing about the simulator.
  if (brokenCode.test(what)) return verdict(mutant.name, false, `is no working mutant: ${what}`)
  return verdict(mutant.name, invariant !== undefined, `[${mutant.rule}] ${found}`)
}

function verdict(name: string, caught: boolean, text: string): Verdict {
  return { name, caught, line: `${caught ? 'ok  ' : 'BAD '} ${name.padEnd(58)} ${text}` }
}
