import type { ScheduleResult } from './schedule.js'
import { Schedule } from './schedule.js'
import type { ScheduleOptions } from './stage.js'

export type { ScheduleResult } from './schedule.js'
export type { ScheduleOptions } from './stage.js'

/**
 * One schedule: people edit a few calendars while workers sync them, and things go wrong. Then the faults stop, the
 * workers sync until all is quiet, and what stands in the calendars is judged.
 *
 * @example
 * ```ts
 * import { simulate } from 'calweave/testing'
 *
 * const { violations, trace } = await simulate(42)
 * console.log(violations.length, trace)
 * ```
 */
export async function simulate(seed: number, options: ScheduleOptions = {}): Promise<ScheduleResult> {
  const schedule = new Schedule(seed, options)
  await schedule.setUp()
  await schedule.trouble()
  await schedule.quiet()
  return schedule.result()
}
