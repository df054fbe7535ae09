import { urgencies } from './scheduler.js'

/**
 * Whose turn it is among the urgencies. Of eight jobs that are handed out seven are the most urgent there is; the eighth
 * is of another urgency, each of these in its turn. So somebody who waits is served first, and nothing starves.
 */
export class Turns {
  #count = 0

  /** The ranks in the order in which the next job is looked for. Does not count as handed out. */
  order(): readonly number[] {
    const ranks = urgencies.map((_, rank) => rank)
    if (this.#count % every !== every - 1) return ranks
    const first = 1 + (Math.floor(this.#count / every) % (ranks.length - 1))
    return [...ranks.slice(first), ...ranks.slice(0, first)]
  }

  /** A job was handed out. */
  took(): void {
    this.#count++
  }
}

const every = 8
