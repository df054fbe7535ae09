import type { ContractCase } from './contract.js'
import type { SchedulerFixture } from './scheduler-fixture.js'

/** One promise of a scheduler; the fixture is closed whatever happens. */
export function schedulerCase(
  name: string,
  run: (fixture: SchedulerFixture) => Promise<void>,
): ContractCase<SchedulerFixture> {
  return {
    name,
    async run(make) {
      const fixture = await make()
      try {
        await run(fixture)
      } finally {
        await fixture.close()
      }
    },
  }
}
