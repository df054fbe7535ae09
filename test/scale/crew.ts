import { type ChildProcess, fork } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { WorkerCounts, WorkerInput } from './worker.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const bundle = `${root}node_modules/.cache/calweave-scale-${process.pid}.mjs`

/** The worker processes of a test. One that is killed is replaced. */
export class Crew {
  readonly #input: Omit<WorkerInput, 'owner'>
  readonly #members: ChildProcess[] = []
  readonly #told = new Map<string, WorkerCounts>()
  #hired = 0
  #isLeaving = false

  private constructor(input: Omit<WorkerInput, 'owner'>) {
    this.#input = input
  }

  /** Starts so many workers, with the code bundled so that a new one is there at once. */
  static async of(size: number, input: Omit<WorkerInput, 'owner'>): Promise<Crew> {
    const entry = `${root}test/scale/worker.ts`
    const options = { bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' } as const
    await build({ entryPoints: [entry], outfile: bundle, ...options })
    const crew = new Crew(input)
    for (let member = 0; member < size; member++) crew.#hire(member)
    await crew.#allTold()
    return crew
  }

  /** All counts of all workers that ever were, added up. */
  get counts(): Omit<WorkerCounts, 'owner'> {
    const sum = { runs: 0, failedRuns: 0, writes: 0, fenced: 0, lostRaces: 0, databaseFailures: 0 }
    for (const told of this.#told.values())
      for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += told[name]
    return sum
  }

  /** The processes that are at work now. */
  get pids(): readonly number[] {
    return this.#members.flatMap(({ pid }) => pid ?? [])
  }

  /** Ends one without warning, as a machine that loses power does. Another one takes its place. */
  kill(member: number): void {
    this.#members[member]?.kill('SIGKILL')
  }

  /** Stops one in the middle of whatever it does, and lets it go on after a while, when others have taken over. */
  async pause(member: number, ms: number): Promise<void> {
    const child = this.#members[member]
    child?.kill('SIGSTOP')
    await new Promise((resolve) => setTimeout(resolve, ms))
    child?.kill('SIGCONT')
  }

  async leave(): Promise<void> {
    this.#isLeaving = true
    const ended = this.#members.map((child) => new Promise((resolve) => child.once('exit', resolve)))
    for (const child of this.#members) child.disconnect()
    await Promise.all(ended)
    await rm(bundle, { force: true })
  }

  #hire(member: number): void {
    const owner = `worker-${member}-${++this.#hired}`
    const child = fork(bundle, { execArgv: ['--disable-warning=ExperimentalWarning'] })
    this.#members[member] = child
    child.on('message', (counts) => this.#told.set(owner, counts as WorkerCounts))
    child.once('exit', () => {
      if (!this.#isLeaving) this.#hire(member)
    })
    child.send({ ...this.#input, owner } satisfies WorkerInput)
  }

  async #allTold(): Promise<void> {
    for (let waits = 0; this.#told.size < this.#members.length; waits++) {
      if (waits > 600) throw new Error('the workers do not start')
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}
