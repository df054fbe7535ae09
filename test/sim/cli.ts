import { parseArgs } from 'node:util'
import { simulate } from '../../src/testing/sim/simulate.js'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    story: { type: 'boolean', default: false },
  },
})
const runs = Number(values.runs)
const first = Number(values.seed)
const startedAt = performance.now()
const hits = new Map<string, number>()
const totals = { runs: 0, faults: 0, crashes: 0, steps: 0, violations: 0, seed: first }

for (let seed = first; seed < first + runs; seed++) {
  const result = await simulate(seed, { withStory: values.story })
  totals.runs++
  totals.steps += result.steps
  totals.crashes += result.crashes
  for (const [kind, count] of result.faults) {
    hits.set(kind, (hits.get(kind) ?? 0) + count)
    totals.faults += count
  }
  if (values.story) console.log(result.story.join('\n'))
  if (result.violations.length > 0) {
    totals.violations++
    if (totals.violations <= 10)
      for (const { invariant, what } of result.violations) console.log(`seed ${seed}: ${invariant}: ${what}`)
  }
}

console.log(
  [...hits]
    .sort()
    .map(([kind, count]) => `${kind}: ${count}`)
    .join(', '),
)
const seconds = Number(((performance.now() - startedAt) / 1000).toFixed(1))
console.log(JSON.stringify({ ...totals, seconds, perSecond: Math.round(runs / seconds) }))
if (totals.violations > 0) process.exitCode = 1
