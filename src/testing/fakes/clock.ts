/** Times of a fake: the wall clock of its options, and stamps that never repeat, so that no two writes look alike. */
export class Clock {
  readonly now: () => number
  #last = 0

  constructor(now: () => number) {
    this.now = now
  }

  /** Microseconds since 1970, each later than the one before. */
  stamp(): number {
    this.#last = Math.max(Math.floor(this.now()) * 1_000, this.#last + 1)
    return this.#last
  }
}
