import type { SetTimer } from '../../src/scheduler/timers.js'

/** A clock moved by hand, with its timers. Timers follow `elapsed`, as those of a machine do; the clock can be set. */
export class VirtualTime {
  #elapsed = 0
  #offset: number
  #timers: { readonly at: number; readonly run: () => void }[] = []

  readonly #settle: () => Promise<void>

  /** @param settleAll - Waits until all that is not waiting for time has gone on. */
  constructor(start: number = Date.UTC(2026, 10, 2, 9), settleAll: () => Promise<void> = settle) {
    this.#offset = start
    this.#settle = settleAll
  }

  readonly now = (): number => this.#offset + this.#elapsed

  readonly setTimer: SetTimer = (run, ms) => {
    const timer = { at: this.#elapsed + Math.max(0, ms), run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  #isThawed = false

  /** Timers of one process, which go off no more once it is frozen. */
  process(): { readonly setTimer: SetTimer; freeze(): void } {
    let isFrozen = false
    return {
      setTimer: (run, ms) =>
        this.setTimer(() => {
          if (!isFrozen || this.#isThawed) run()
        }, ms),
      freeze: () => {
        isFrozen = true
      },
    }
  }

  /** From now on the timers of frozen processes go off as well: for the end of a test. */
  thaw(): void {
    this.#isThawed = true
  }

  /** Somebody sets the clock. Timers do not notice. */
  jump(ms: number): void {
    this.#offset += ms
  }

  /** Timers that would keep a process alive. */
  get timers(): number {
    return this.#timers.length
  }

  async pass(ms: number): Promise<void> {
    const end = this.#elapsed + ms
    await this.#settle()
    for (;;) {
      const next = this.#timers.reduce<number>((first, { at }) => Math.min(first, at), Number.POSITIVE_INFINITY)
      if (next > end) break
      this.#elapsed = Math.max(this.#elapsed, next)
      const due = this.#timers.filter(({ at }) => at <= this.#elapsed)
      this.#timers = this.#timers.filter(({ at }) => at > this.#elapsed)
      for (const { run } of due) run()
      await this.#settle()
    }
    this.#elapsed = end
    await this.#settle()
  }
}

/** Lets everything that is not waiting for time go on. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 4; round++) await new Promise<void>((resolve) => setImmediate(resolve))
}
