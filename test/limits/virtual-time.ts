/** A clock of whole milliseconds that jumps from one timer to the next once nothing else can go on. */
export interface VirtualTime {
  readonly now: () => number
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>
  /** Lets time pass until then. */
  run(untilMs: number): Promise<void>
}

export function virtualTime(start = 1_000_000, rounds = 1): VirtualTime {
  let at = start
  let nth = 0
  const timers: { readonly at: number; readonly nth: number; readonly wake: () => void }[] = []

  function push(timer: (typeof timers)[number]): void {
    let low = 0
    let high = timers.length
    while (low < high) {
      const middle = (low + high) >> 1
      const other = timers[middle] as (typeof timers)[number]
      if (other.at < timer.at || (other.at === timer.at && other.nth < timer.nth)) low = middle + 1
      else high = middle
    }
    timers.splice(low, 0, timer)
  }

  return {
    now: () => at,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const timer = { at: at + Math.ceil(Math.max(0, ms)), nth: nth++, wake: resolve }
        push(timer)
        signal?.addEventListener(
          'abort',
          () => {
            const place = timers.indexOf(timer)
            if (place >= 0) timers.splice(place, 1)
            reject(new Error('aborted'))
          },
          { once: true },
        )
      }),
    async run(untilMs) {
      for (;;) {
        await settled(rounds)
        const next = timers[0]
        if (!next || next.at > untilMs) break
        at = Math.max(at, next.at)
        while (timers[0] && timers[0].at <= at) timers.shift()?.wake()
      }
      at = Math.max(at, untilMs)
    },
  }
}

/** Everything that only waits for promises goes on as far as it can; bodies of answers take a few rounds. */
async function settled(rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) await new Promise((resolve) => setImmediate(resolve))
}
