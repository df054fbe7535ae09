/** Lets only so much be under way at once. */
export interface Slots {
  /** Waits until `count` of them are free, first come, first served. */
  take<T>(count: number, work: () => Promise<T>): Promise<T>
}

/** @param most - how many there are; nobody can take more */
export function slots(most: number): Slots {
  let free = most
  const waiting: { readonly count: number; readonly begin: () => void }[] = []

  function next(): void {
    for (let first = waiting[0]; first && first.count <= free; first = waiting[0]) {
      waiting.shift()
      free -= first.count
      first.begin()
    }
  }

  return {
    async take(wanted, work) {
      const count = Math.min(wanted, most)
      await new Promise<void>((begin) => {
        waiting.push({ count, begin })
        next()
      })
      try {
        return await work()
      } finally {
        free += count
        next()
      }
    },
  }
}
