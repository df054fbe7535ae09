import type { Failure } from '../model/failure.js'
import { type ContractCase, check, checkSame } from './contract.js'
import { schedulerCase as holds } from './scheduler-case.js'
import { gate, keysOf, newJob, type SchedulerFixture, until, worker } from './scheduler-fixture.js'

/** What becomes of a job after an attempt. */
export const endings: readonly ContractCase<SchedulerFixture>[] = [
  holds('goes on with a job at the time, and with the urgency and data, that its end names', async (fixture) => {
    const { scheduler, seen } = await worker(fixture, (_, count) =>
      count < 3
        ? { type: 'again', at: fixture.now() + 60_000, urgency: 'import', ...(count === 2 ? { data: 'slice 2' } : {}) }
        : { type: 'done' },
    )
    await scheduler.enqueue(newJob('k', fixture.now(), { data: 'slice 1', urgency: 'person' }))
    await fixture.pass(50_000)
    check(seen.length === 1, 'A job went on before its time.')
    await until(fixture, 200_000, () => seen.length === 3, 'A job did not go on.')
    checkSame(
      seen.map(({ data, urgency, attempt }) => [data, urgency, attempt]),
      [
        ['slice 1', 'person', 1],
        ['slice 1', 'import', 1],
        ['slice 2', 'import', 1],
      ],
      'A job did not go on as its end said.',
    )
  }),
  holds('brings a job that goes on later forward, when it was enqueued meanwhile', async (fixture) => {
    const { open, passed } = gate()
    const { scheduler, seen } = await worker(fixture, (_, count) => (count === 1 ? passed : { type: 'done' }))
    await scheduler.enqueue(newJob('k', fixture.now()))
    await until(fixture, 5_000, () => seen.length === 1, 'The job was not handed out.')
    await scheduler.enqueue(newJob('k', fixture.now(), { urgency: 'push', data: 'pushed' }))
    open({ type: 'again', at: fixture.now() + 3_600_000, urgency: 'schedule' })
    await until(fixture, 30_000, () => seen.length === 2, 'What was enqueued meanwhile did not bring the job forward.')
    checkSame([seen[1]?.urgency, seen[1]?.data], ['push', 'pushed'], 'What was enqueued meanwhile was lost.')
    await fixture.pass(60_000)
    check((await scheduler.get('k')) === undefined, 'The job stood twice.')
  }),
  holds('tries a job again that failed, counts the attempts, and tells why', async (fixture) => {
    const { scheduler, seen } = await worker(fixture, (_, count) =>
      count < 3
        ? { type: 'failed', at: fixture.now() + 60_000, failure: failure(`no ${count}`, fixture.now()) }
        : { type: 'done' },
    )
    await scheduler.enqueue(newJob('k', fixture.now()))
    await fixture.pass(30_000)
    checkSame((await scheduler.get('k'))?.failure?.message, 'no 1', 'A failure is not shown.')
    check(seen.length === 1, 'A job that failed was tried again before its time.')
    await until(fixture, 200_000, () => seen.length === 3, 'A job that failed was not tried again.')
    checkSame(
      seen.map(({ attempt, failure: before }) => [attempt, before?.message ?? null]),
      [
        [1, null],
        [2, 'no 1'],
        [3, 'no 2'],
      ],
      'Attempts were not counted, or their failures not told.',
    )
    await scheduler.enqueue(newJob('k', fixture.now()))
    await until(fixture, 30_000, () => seen.length === 4, 'The job was not done again.')
    checkSame([seen[3]?.attempt, seen[3]?.failure ?? null], [1, null], 'A success did not begin the count anew.')
  }),
  holds('keeps a dead job for a person, and brings it back to life when it is enqueued', async (fixture) => {
    const { scheduler, seen } = await worker(fixture, (_, count) =>
      count === 1 ? { type: 'dead', failure: failure('sign in', fixture.now()) } : { type: 'done' },
    )
    await scheduler.enqueue(newJob('k', fixture.now(), { data: 'first' }))
    await fixture.pass(120_000)
    check(seen.length === 1, 'A dead job was handed out.')
    const { jobs, next } = await scheduler.dead()
    checkSame(
      [keysOf(jobs), jobs[0]?.failure?.message, next ?? null],
      [['k'], 'sign in', null],
      'A dead job is not listed.',
    )
    checkSame((await scheduler.get('k'))?.failure?.message, 'sign in', 'A dead job is not known.')
    checkSame((await scheduler.depth()).dead, 1, 'A dead job is not counted.')
    await scheduler.enqueue(newJob('k', fixture.now() + 10_000, { data: 'second' }))
    checkSame((await scheduler.dead()).jobs, [], 'A job that was enqueued is still listed as dead.')
    await until(fixture, 60_000, () => seen.length === 2, 'A dead job was not brought back to life.')
    checkSame([seen[1]?.data, seen[1]?.attempt], ['second', 2], 'A dead job came back without what was known of it.')
    check((await scheduler.get('k')) === undefined, 'Something was left of the job.')
  }),
  holds('lists dead jobs in pages, and takes a cancelled one away', async (fixture) => {
    const { scheduler, seen } = await worker(fixture, () => ({ type: 'dead', failure: failure('no', fixture.now()) }))
    for (let n = 0; n < 7; n++) await scheduler.enqueue(newJob(`k${n}`, fixture.now()))
    await until(fixture, 30_000, () => seen.length === 7, 'Not every job was handed out.')
    await fixture.pass(1_000)
    await scheduler.cancel('k3')
    const found: string[] = []
    let after: string | undefined
    for (let page = 0; page < 5; page++) {
      const { jobs, next } = await scheduler.dead({ limit: 2, ...(after === undefined ? {} : { after }) })
      check(jobs.length <= 2, 'A page was longer than was asked for.')
      found.push(...keysOf(jobs))
      after = next
      if (next === undefined) break
    }
    checkSame(found.sort(), ['k0', 'k1', 'k2', 'k4', 'k5', 'k6'], 'The pages did not show every dead job once.')
  }),
  holds('lists the dead jobs of one tenant, in pages', async (fixture) => {
    const { scheduler, seen } = await worker(fixture, () => ({ type: 'dead', failure: failure('no', fixture.now()) }))
    const tenants = ['ann', 'anna', 'an', 'ann/b']
    for (let n = 0; n < 12; n++)
      await scheduler.enqueue(newJob(`k${n}`, fixture.now(), { tenant: tenants[n % 4] ?? '' }))
    await until(fixture, 60_000, () => seen.length === 12, 'Not every job was handed out.')
    await fixture.pass(1_000)
    for (const [index, tenant] of tenants.entries()) {
      const first = await scheduler.dead({ tenant, limit: 2 })
      const second = await scheduler.dead({ tenant, limit: 2, ...(first.next ? { after: first.next } : {}) })
      checkSame(
        keysOf([...first.jobs, ...second.jobs]).sort(),
        [index, index + 4, index + 8].map((n) => `k${n}`).sort(),
        `The dead jobs of ${tenant} were not listed, or others with them.`,
      )
    }
    checkSame((await scheduler.dead({ tenant: 'nobody' })).jobs, [], 'A tenant has dead jobs of others.')
  }),
  holds('tries a job again, later, whose handler throws', async (fixture) => {
    const { scheduler, seen } = await worker(fixture, (_, count) => {
      if (count <= 2) throw new Error('secret text of an event')
      return { type: 'done' }
    })
    await scheduler.enqueue(newJob('k', fixture.now()))
    await fixture.pass(5_000)
    check(seen.length === 1, 'A job whose handler threw was tried again at once.')
    await until(fixture, 3_600_000, () => seen.length === 3, 'A job whose handler threw was not tried again.')
    const text = JSON.stringify(seen[1]?.failure ?? '')
    check(text.length > 2 && !text.includes('secret'), 'The failure is missing, or holds what may be of an event.')
  }),
]

const failure = (message: string, at: number): Failure => ({ code: 'unavailable', remedy: 'retry', message, at })
