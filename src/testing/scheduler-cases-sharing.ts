import type { Urgency } from '../scheduler/scheduler.js'
import { type ContractCase, check, checkSame } from './contract.js'
import { schedulerCase as holds } from './scheduler-case.js'
import { type Gate, gate, keysOf, newJob, type SchedulerFixture, until, worker } from './scheduler-fixture.js'

/** Who comes first, and who gets how much. */
export const sharing: readonly ContractCase<SchedulerFixture>[] = [
  holds('does the most urgent first', async (fixture) => {
    const { scheduler } = await fixture.open()
    const order: Urgency[] = ['import', 'upkeep', 'push', 'person', 'schedule']
    for (const urgency of order) await scheduler.enqueue(newJob(urgency, fixture.now(), { urgency, tenant: urgency }))
    await fixture.pass(1_000)
    const { seen } = await worker(fixture, undefined, { concurrency: 1 })
    await until(fixture, 30_000, () => seen.length === 5, 'Not every job was done.')
    checkSame(keysOf(seen), ['person', 'push', 'schedule', 'import', 'upkeep'], 'Not the most urgent was done first.')
  }),
  holds('starves no urgency, however much more urgent work there is', async (fixture) => {
    const { scheduler } = await fixture.open()
    const others: Urgency[] = ['push', 'schedule', 'import', 'upkeep']
    for (const urgency of others) await scheduler.enqueue(newJob(urgency, fixture.now(), { urgency }))
    for (let n = 0; n < 45; n++) await scheduler.enqueue(newJob(`person/${n}`, fixture.now(), { urgency: 'person' }))
    const { seen } = await worker(fixture, undefined, { concurrency: 1 })
    await until(fixture, 120_000, () => seen.length === 49, 'Not every job was done.')
    const last = Math.max(...others.map((urgency) => keysOf(seen).indexOf(urgency)))
    check(last < 44, 'An urgency had to wait until everything that is more urgent was done.')
    check(
      keysOf(seen)
        .slice(0, 5)
        .every((key) => key.startsWith('person')),
      'The most urgent did not come first.',
    )
  }),
  holds('gives every tenant its turn, whatever one of them has waiting', async (fixture) => {
    const { scheduler } = await fixture.open()
    for (let n = 0; n < 60; n++)
      await scheduler.enqueue(newJob(`noisy/${n}`, fixture.now() - 5_000, { tenant: 'noisy' }))
    for (let n = 0; n < 6; n++) await scheduler.enqueue(newJob(`quiet/${n}`, fixture.now(), { tenant: `quiet ${n}` }))
    const { seen } = await worker(fixture, undefined, { concurrency: 1 })
    await until(fixture, 120_000, () => seen.length === 66, 'Not every job was done.')
    const last = Math.max(...Array.from({ length: 6 }, (_, n) => keysOf(seen).indexOf(`quiet/${n}`)))
    check(last <= 13, `Six tenants with one job each had to wait for ${last} jobs, mostly of a noisy one.`)
  }),
  holds(
    'gives one tenant no more workers at once than it may have, and does no more jobs at once than it should',
    async (fixture) => {
      const gates: Gate[] = []
      const { scheduler, seen } = await worker(
        fixture,
        () => {
          const next = gate()
          gates.push(next)
          return next.passed
        },
        { concurrency: 5, perTenant: 2 },
      )
      for (let n = 0; n < 6; n++) await scheduler.enqueue(newJob(`noisy/${n}`, fixture.now(), { tenant: 'noisy' }))
      await fixture.pass(10_000)
      checkSame(seen.length, 2, 'A tenant that may have 2 workers at once had another number.')
      for (let n = 0; n < 6; n++) await scheduler.enqueue(newJob(`quiet/${n}`, fixture.now(), { tenant: `quiet ${n}` }))
      await until(fixture, 30_000, () => seen.length >= 5, 'Others did not get the workers that were free.')
      await fixture.pass(10_000)
      checkSame(seen.length, 5, 'A worker that may do 5 jobs at once did another number.')
      for (let n = 0; n < 12; n++) {
        gates[n]?.open({ type: 'done' })
        await fixture.pass(2_000)
      }
      await until(fixture, 30_000, () => seen.length === 12, 'Not every job was done in the end.')
    },
  ),
  holds('counts what waits, what is due, what is being done and what is dead', async (fixture) => {
    const { passed, open } = gate()
    const { scheduler, seen } = await worker(fixture, () => passed, { concurrency: 1 })
    await scheduler.enqueue(newJob('running', fixture.now(), { urgency: 'person' }))
    await until(fixture, 5_000, () => seen.length === 1, 'The job was not handed out.')
    await scheduler.enqueue(newJob('due', fixture.now()))
    await scheduler.enqueue(newJob('later', fixture.now() + 3_600_000))
    await fixture.pass(10_000)
    const { oldestDueMs, ...depth } = await scheduler.depth()
    checkSame(depth, { waiting: 2, due: 1, running: 1, dead: 0 }, 'Jobs were not counted as they are.')
    check(
      oldestDueMs >= 9_000 && oldestDueMs <= 20_000,
      `A job that is due for 10 s is said to wait for ${oldestDueMs} ms.`,
    )
    open({ type: 'done' })
  }),
]
