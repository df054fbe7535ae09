import { type ScheduleOptions, type ScheduleResult, simulate } from './simulate.js'

/**
 * Makes a failing schedule smaller: leaves out deeds of people and strikes of faults, one after the other, as long as it
 * still fails. What is left is what it takes.
 */
export async function minimal(seed: number, options: ScheduleOptions = {}): Promise<ScheduleResult> {
  let smallest = await simulate(seed, { ...options, withStory: true })
  if (smallest.violations.length === 0) return smallest
  const kind = smallest.violations[0]?.invariant
  const actions = new Set<number>()
  const strikes = new Set<number>()
  const attempt = async (): Promise<boolean> => {
    const result = await simulate(seed, { ...options, withStory: true, without: { actions, strikes } })
    if (!result.violations.some(({ invariant }) => invariant === kind)) return false
    smallest = result
    return true
  }
  // In halves first, then one by one: most of what happens has nothing to do with it.
  for (const [masked, count] of [
    [strikes, smallest.strikes],
    [actions, smallest.actions],
  ] as const)
    for (let size = Math.ceil(count / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
      for (let start = 0; start < count; start += size)
        await leaveOut(masked, start, Math.min(count, start + size), attempt)
  return smallest
}

async function leaveOut(
  masked: Set<number>,
  from: number,
  to: number,
  stillFails: () => Promise<boolean>,
): Promise<void> {
  const fresh: number[] = []
  for (let one = from; one < to; one++) if (!masked.has(one)) fresh.push(one)
  if (fresh.length === 0) return
  for (const one of fresh) masked.add(one)
  if (!(await stillFails().catch(() => false))) for (const one of fresh) masked.delete(one)
}
