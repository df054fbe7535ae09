import { parseArgs } from 'node:util'
import { scale } from './scale.js'

/**
 * Many users, a few workers, one database, and everything that may go wrong with them. Prints what was measured as JSON, and
 * ends with 1 when a promise was broken.
 *
 * `--users N --workers N --edits N --seed S`; `--calm`: nothing goes wrong.
 */
const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '1000' },
    workers: { type: 'string', default: '4' },
    edits: { type: 'string', default: '6000' },
    seed: { type: 'string', default: '1' },
    calm: { type: 'boolean', default: false },
  },
})

const result = await scale({
  users: Number(values.users),
  workers: Number(values.workers),
  edits: Number(values.edits),
  seed: Number(values.seed),
  calm: values.calm,
  tell: (line) => console.error(line),
})
console.log(JSON.stringify(result, null, 2))
process.exitCode = Object.values(result.verdict).every((broken) => broken.length === 0) ? 0 : 1
