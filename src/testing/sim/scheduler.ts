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
  steps = 0
  readonly #random: Random
  readonly #trace = new Trace()
  #waiting: Waiting[] = []
  readonly #dead: Set<number> = new Set()
  /** Who sleeps, and until which turn. */
  readonly #asleep: Map<number, number> = new Map()
  #turns = 0
  /** The worker that was let through last, until it asks for the next thing. */
  #moving: number | undefined
  /** Exchanges with servers in this process that have not ended. */
  #exchanges = 0

  constructor(random: Random) {
    this.#random = random
  }

  /** Digest of everything that was picked, in order. */
  get trace(): string {
    return this.#trace.text
  }

  /** Waits to be picked. A dead worker waits for ever. */
  point(worker: number, label: string): Promise<void> {
    if (worker === this.#moving) this.#moving = undefined
    return new Promise((resolve) => {
      if (!this.#dead.has(worker)) this.#waiting.push({ worker, label, go: resolve })
    })
  }

  /**
   * Nobody is let through while this goes on: an exchange with a server in this process. However many turns of the event
   * loop it takes, it is one step of whoever it is for.
   */
  async during<T>(exchange: Promise<T>): Promise<T> {
    this.#exchanges++
    try {
      return await exchange
    } finally {
      this.#exchanges--
    }
  }

  /** Stops a worker where it stands: nothing it asked for is ever answered. */
  kill(worker: number): void {
    this.#dead.add(worker)
    this.#waiting = this.#waiting.filter((one) => one.worker !== worker)
  }

  /** A worker sleeps at its next call, while the others go on: past its lease, should the clock move as well. */
  pause(worker: number, turns: number): void {
    this.#asleep.set(worker, this.#turns + turns)
  }

  wakeAll(): void {
    this.#asleep.clear()
  }

  isWaiting(worker: number): boolean {
    return this.#waiting.some((one) => one.worker === worker)
  }

  /** Nobody waits who is awake. */
  get idle(): boolean {
    return !this.#waiting.some((one) => this.#isAwake(one))
  }

  /** Lets one waiting call through, preferring none. */
  async step(): Promise<{ readonly worker: number; readonly label: string } | undefined> {
    this.#turns++
    // A worker asks for the next thing a few promises later. Waiting for the event loop instead costs more than the step.
    for (let turn = 0; turn < patience && this.#moving !== undefined; turn++) await undefined
    if (this.#moving !== undefined || this.idle) await drained()
    for (let turn = 0; this.#exchanges > 0; turn++) {
      if (turn > longestExchange) throw new Error('an exchange within this process does not end')
      await drained()
    }
    const awake = this.#asleep.size === 0 ? this.#waiting : this.#waiting.filter((one) => this.#isAwake(one))
    if (awake.length === 0) return undefined
    const picked = this.#random.pick(awake)
    this.#waiting.splice(this.#waiting.indexOf(picked), 1)
    this.steps++
    this.#trace.add(picked.worker, picked.label)
    this.#moving = picked.worker
    picked.go()
    return picked
  }

  #isAwake({ worker }: Waiting): boolean {
    return this.#turns >= (this.#asleep.get(worker) ?? 0)
  }
}

/** How many promises a worker may go through between two calls before the event loop is asked whether it has ended. */
const patience = 64

/** So many turns of the event loop an exchange may take, which needs none: longer ones wait for something else. */
const longestExchange = 10_000

/** Until no promise can move any more without being picked. */
function drained(): Promise<void> {
  return new Promise((resolve) => later(resolve))
}

const later: (then: () => void) => unknown =
  (globalThis as { setImmediate?: (then: () => void) => unknown }).setImmediate ?? ((then) => setTimeout(then, 0))

/** A running digest, quick and of no use against an adversary: it only tells one order of steps from another. */
class Trace {
  #low = 0x9e3779b9
  #high = 0x85ebca6b

  add(worker: number, label: string): void {
    this.#mix(worker)
    for (let at = 0; at < label.length; at++) this.#mix(label.charCodeAt(at))
    this.#mix(-1)
  }

  get text(): string {
    return [this.#high, this.#low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
  }

  #mix(value: number): void {
    this.#low = Math.imul(this.#low ^ value, 0x01000193)
    this.#high = Math.imul(this.#high ^ value ^ (this.#low >>> 15), 0x5bd1e995)
  }
}
