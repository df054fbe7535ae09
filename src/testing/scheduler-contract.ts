import type { ContractCase } from './contract.js'
import { endings } from './scheduler-cases-ends.js'
import { enqueuing } from './scheduler-cases-enqueue.js'
import { sharing } from './scheduler-cases-sharing.js'
import { troubles } from './scheduler-cases-troubles.js'
import type { SchedulerFixture } from './scheduler-fixture.js'

/**
 * What every `Scheduler` must do.
 *
 * @example
 * ```ts
 * import { type SchedulerFixture, schedulerContract } from 'calweave/testing'
 *
 * declare function test(name: string, run: () => Promise<void>): void
 * declare function myQueue(): Promise<SchedulerFixture>
 *
 * for (const one of schedulerContract) test(one.name, () => one.run(myQueue))
 * ```
 */
export const schedulerContract: readonly ContractCase<SchedulerFixture>[] = [
  ...enqueuing,
  ...endings,
  ...sharing,
  ...troubles,
]
