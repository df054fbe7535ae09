/** Runs `work` on every item, at most `limit` at once. Ends when all have ended; the first error is thrown then. */
export async function inParallel<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values()
  await all(Math.min(limit, items.length), async () => {
    for (const item of queue) await work(item)
  })
}

/** {@link inParallel}, for items of which more come while others are worked on. After an error no more are taken. */
export async function inParallelAsTheyCome<T>(
  items: AsyncGenerator<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  await all(limit, async () => {
    try {
      // Not `for await`, which would end the source for the others as well when it is left.
      for (let next = await items.next(); !next.done; next = await items.next()) await work(next.value)
    } catch (error) {
      await items.return(undefined)
      throw error
    }
  })
}

async function all(count: number, worker: () => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(Array.from({ length: count }, worker))
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}
