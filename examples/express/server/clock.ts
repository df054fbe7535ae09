/**
 * The time of the demo. While the past is being made it is what it was set to, and goes on from there with what calls are
 * said to take; afterwards it is the real one.
 */
export interface DemoClock {
  readonly now: () => number
  set(at: number): void
  /** Lets this much time pass: in the past at once, and now by waiting for it. */
  pass(ms: number): Promise<void>
  /** From here on it is now. */
  release(): void
}

export function demoClock(): DemoClock {
  let past: number | undefined
  return {
    now: () => Math.round(past ?? Date.now()),
    set: (at) => {
      past = at
    },
    async pass(ms) {
      if (past !== undefined) past += ms
      else await new Promise((resolve) => setTimeout(resolve, ms))
    },
    release: () => {
      past = undefined
    },
  }
}
