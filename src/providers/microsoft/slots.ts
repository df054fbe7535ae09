/** Lets only so much be under way at once. */
export interface Slots {
  /** Waits until `count` of them are free, first come, first served. `work` is told how many it got. */
  take<T>(count: number, work: (count: number) => Promise<T>): Promise<T>
}

/** @param most - how many there are now; nobody can take more */
export function slots(most: () => number): Slots {
  let taken = 0
  const waiting: { readonly wanted: number; readonly begin: (count: number) => void }[] = []

  function next(): void {
    for (let first = waiting[0]; first; first = waiting[0]) {
      const count = Math.min(first.wanted, most())
      if (taken > 0 && taken + count > most()) return
      waiting.shift()
      taken += count
      first.begin(count)
    }
  }

  return {
    async take(wanted, work) {
      const count = await new Promise<number>((begin) => {
        waiting.push({ wanted, begin })
        next()
      })
      try {
        return await work(count)
      } finally {
        taken -= count
        next()
      }
    },
  }
}
