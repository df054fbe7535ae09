/** What became of one part of the work. */
export interface Taken {
  /** All of it has begun: there is room for the next part. Rejects when some of it never will. */
  readonly begun: Promise<void>
  /** All of it has ended. Rejects with the first error of any part, when everything that had begun has ended. */
  readonly ended: Promise<void>
}

/**
 * Works on what comes in parts, at most `limit` at once, without a pause between one part and the next. After an error
 * nothing more begins.
 */
export function lanes<T>(limit: number, work: (item: T) => Promise<void>): (part: readonly T[]) => Taken {
  const running = new Set<Promise<void>>()
  let failure: { readonly error: unknown } | undefined

  const start = (item: T): Promise<void> => {
    const one = work(item)
      .catch((error: unknown) => {
        failure ??= { error }
      })
      .then(() => void running.delete(one))
    running.add(one)
    return one
  }
  return (part) => {
    const own: Promise<void>[] = []
    const begin = async (): Promise<void> => {
      for (const item of part) {
        while (running.size >= limit) await Promise.race(running)
        if (failure) throw failure.error
        own.push(start(item))
      }
    }
    const end = async (): Promise<void> => {
      await begun.catch(() => undefined)
      await Promise.all(own)
      if (!failure) return
      await Promise.all(running)
      throw failure.error
    }
    const begun = begin()
    const ended = end()
    ended.catch(() => undefined) // thrown where it is awaited, which may be later
    return { begun, ended }
  }
}
