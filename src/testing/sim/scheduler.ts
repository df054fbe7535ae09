import { digest } from '../../model/hash.js'
import type { Random } from './random.js'

/** A worker's call that waits to be let through. */
interface Waiting {
  readonly worker: number
  readonly label: string
  readonly go: () => void
}

/**
 * Owns every await of every worker: each call to a storage or a provider waits here until it is picked. So one seed
 * gives one order of events, and a worker can be stopped for ever at any of them.
 */
export class Scheduler {
  /** Digest of everything that was picked, in order. */
  trace = ''
  steps = 0
  readonly #random: Random
  #waiting: Waiting[] = []
  readonly #dead: Set<number> = new Set()

  constructor(random: Random) {
    this.#random = random
  }

  /** Waits to be picked. A dead worker waits for ever. */
  point(worker: number, label: string): Promise<void> {
    return new Promise((resolve) => {
      if (!this.#dead.has(worker)) this.#waiting.push({ worker, label, go: resolve })
    })
  }

  /** Stops a worker where it stands: nothing it asked for is ever answered. */
  kill(worker: number): void {
    this.#dead.add(worker)
    this.#waiting = this.#waiting.filter((one) => one.worker !== worker)
  }

  isWaiting(worker: number): boolean {
    return this.#waiting.some((one) => one.worker === worker)
  }

  get idle(): boolean {
    return this.#waiting.length === 0
  }

  /** Lets one waiting call through, preferring none. */
  async step(): Promise<{ readonly worker: number; readonly label: string } | undefined> {
    await drained()
    if (this.idle) return undefined
    const [picked] = this.#waiting.splice(this.#random.below(this.#waiting.length), 1)
    if (!picked) return undefined
    this.steps++
    this.trace = digest(this.trace, String(picked.worker), picked.label)
    picked.go()
    return picked
  }
}

/** Until no promise can move any more without being picked. */
function drained(): Promise<void> {
  return new Promise((resolve) => later(resolve))
}

const later: (then: () => void) => unknown =
  (globalThis as { setImmediate?: (then: () => void) => unknown }).setImmediate ?? ((then) => setTimeout(then, 0))
