import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './plant.js'

/** A defect can make the engine turn in circles. */
const patienceMs = 5 * 60_000

/** What became of some tests. */
export interface Tested {
  readonly total: number
  readonly failed: number
  /** The first line of the first failure. */
  readonly what: string
}

/** Runs vitest in a process of its own. Tests that do not come to run at all are none. */
export async function runTests(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Tested> {
  const folder = await mkdtemp(join(tmpdir(), 'calweave-tests-'))
  const report = join(folder, 'report.json')
  try {
    const said = await vitest(['run', '--reporter', 'json', '--outputFile', report, ...args], env)
    return await readFile(report, 'utf8').then(toldBy, () => ({ total: 0, failed: 0, what: said }))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What it complains about, if anything. Tests that fail are no reason to throw. */
function vitest(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const program = join(root, 'node_modules/vitest/vitest.mjs')
  const options = { cwd: root, env: { ...process.env, ...env }, timeout: patienceMs, maxBuffer: 64 * 1024 * 1024 }
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], options, (error, _stdout, stderr) => {
      resolve(error?.killed ? 'turns in circles' : (stderr.trim().split('\n')[0] ?? ''))
    })
  })
}

function toldBy(report: string): Tested {
  const { numTotalTests, numFailedTests, testResults } = JSON.parse(report) as {
    readonly numTotalTests: number
    readonly numFailedTests: number
    readonly testResults: readonly {
      readonly message: string
      readonly assertionResults: readonly { readonly failureMessages?: readonly string[] }[]
    }[]
  }
  const messages = testResults.flatMap(({ message, assertionResults }) => [
    ...assertionResults.flatMap(({ failureMessages }) => failureMessages ?? []),
    message,
  ])
  const [what = ''] = messages.flatMap((message) => message.trim().split('\n')[0] || [])
  return { total: numTotalTests, failed: numFailedTests, what }
}
