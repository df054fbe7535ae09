import { isSyncError } from '../errors.js'
import type { Failure } from '../model/failure.js'
import type { Job, JobEnd, WorkOptions } from '../scheduler/scheduler.js'
import { type ContractCase, check, checkSame, failureOf } from './contract.js'
import { schedulerCase as holds } from './scheduler-case.js'
import {
  gate,
  keysOf,
  longSilenceMs,
  newJob,
  type SchedulerFixture,
  silenceMs,
  until,
  worker,
} from './scheduler-fixture.js'

/** Workers that stop, die, sleep and come back. */
export const troubles: readonly ContractCase<SchedulerFixture>[] = [
  holds('has one handler at a time, and starts again after it was stopped', async (fixture) => {
    const { scheduler, seen } = await worker(fixture)
    const error = await failureOf(
      () => scheduler.start(async () => ({ type: 'done' })),
      'A scheduler that is started was started again.',
    )
    check(isSyncError(error, 'invalid_input'), 'A second start was not refused as invalid_input.')
    await scheduler.stop()
    await scheduler.stop()
    await scheduler.enqueue(newJob('k', fixture.now()))
    await fixture.pass(30_000)
    check(seen.length === 0, 'A job was handed out after stop().')
    const again: string[] = []
    await scheduler.start(async ({ key }) => {
      again.push(key)
      return { type: 'done' }
    })
    await until(fixture, 30_000, () => again.length === 1, 'A scheduler that was stopped did not start again.')
  }),
  holds('lets what is under way come to its end when it is stopped, and writes it down', async (fixture) => {
    const { open, passed } = gate()
    const { scheduler, seen } = await worker(fixture, () => passed, { concurrency: 1 })
    await scheduler.enqueue(newJob('a', fixture.now()))
    await scheduler.enqueue(newJob('b', fixture.now()))
    await until(fixture, 5_000, () => seen.length === 1, 'The job was not handed out.')
    let isStopped = false
    const stopping = scheduler.stop({ withinMs: 60_000 }).then(() => {
      isStopped = true
    })
    await fixture.pass(5_000)
    check(!isStopped, 'It stopped before what was under way had ended.')
    open({ type: 'done' })
    await until(fixture, 10_000, () => isStopped, 'It did not stop when everything had ended.')
    await stopping
    checkSame(
      [seen.length, (await scheduler.depth()).waiting],
      [1, 1],
      'Something was handed out while it was stopping.',
    )
  }),
  holds('breaks off what does not end in time when it is stopped, which costs the job no attempt', async (fixture) => {
    const { scheduler, seen } = await worker(
      fixture,
      (_, __, signal) =>
        new Promise<JobEnd>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    )
    await scheduler.enqueue(newJob('k', fixture.now()))
    await until(fixture, 5_000, () => seen.length === 1, 'The job was not handed out.')
    const stopping = scheduler.stop({ withinMs: 2_000 })
    await fixture.pass(5_000)
    await stopping
    const next = await worker(fixture)
    await until(fixture, 30_000, () => next.seen.length === 1, 'A job that was broken off was not done by the next.')
    checkSame(
      [next.seen[0]?.attempt, next.seen[0]?.failure ?? null],
      [1, null],
      'Being broken off counted as a failure.',
    )
  }),
  holds('stops within its bound, and leaves what will not end to other workers', async (fixture) => {
    const { scheduler, seen } = await worker(fixture, () => gate().passed)
    await scheduler.enqueue(newJob('k', fixture.now()))
    await until(fixture, 5_000, () => seen.length === 1, 'The job was not handed out.')
    let isStopped = false
    const stopping = scheduler.stop({ withinMs: 2_000 }).then(() => {
      isStopped = true
    })
    await fixture.pass(6_000)
    check(isStopped, 'It did not stop within twice the time it was given.')
    await stopping
    const next = await worker(fixture)
    await until(fixture, longSilenceMs, () => next.seen.length === 1, 'What was left was not done by another worker.')
    check((next.seen[0]?.attempt ?? 0) >= 2, 'The attempt that was left was not counted.')
  }),
  holds('goes on after a restart where it was', async (fixture) => {
    const first = await worker(fixture, ({ key }) =>
      key === 'failing'
        ? {
            type: 'failed',
            at: fixture.now() + 50_000,
            failure: { code: 'timeout', remedy: 'retry', message: 'slow', at: 0 },
          }
        : { type: 'done' },
    )
    await first.scheduler.enqueue(newJob('failing', fixture.now()))
    await first.scheduler.enqueue(newJob('later', fixture.now() + 60_000))
    await until(fixture, 5_000, () => first.seen.length === 1, 'The job was not handed out.')
    const stopping = first.scheduler.stop({ withinMs: 1_000 })
    await fixture.pass(1_000)
    await stopping
    await fixture.pass(10_000)
    const second = await worker(fixture)
    await until(fixture, 90_000, () => second.seen.length === 2, 'Jobs were lost with the process that had them.')
    checkSame(
      second.seen.map(({ key, attempt }) => [key, attempt]).sort(),
      [
        ['failing', 2],
        ['later', 1],
      ],
      'What was known of the jobs was lost.',
    )
    await fixture.pass(30_000)
    check(second.seen.length === 2, 'A job came twice after a restart.')
  }),
  holds(
    'gives the job of a worker that is no longer heard of to another one, and not of one that is',
    async (fixture) => {
      const first = await worker(fixture, () => gate().passed)
      await first.scheduler.enqueue(newJob('k', fixture.now()))
      await until(fixture, 5_000, () => first.seen.length === 1, 'The job was not handed out.')
      const second = await worker(fixture)
      await fixture.pass(2 * longSilenceMs)
      check(second.seen.length === 0, 'The job of a worker that lives was given to another one.')
      first.freeze()
      await until(fixture, longSilenceMs, () => second.seen.length === 1, 'The job of a dead worker was lost.')
      checkSame(second.seen[0]?.attempt, 2, 'The attempt of the dead worker was not counted.')
    },
  ),
  holds('gives a job up that five workers in a row died with, and tells of it', async (fixture) => {
    const handed: number[] = []
    const told: string[] = []
    const onGivenUp = ({ key }: Job, { reason }: Failure) => void told.push(`${key} ${reason}`)
    const dieWithIt = async () => {
      const before = handed.length
      const hear = ({ attempt }: Job) => {
        handed.push(attempt)
        return undefined
      }
      await mortal(fixture, hear, { onGivenUp })
      for (let waited = 0; waited < veryLongMs && handed.length === before; waited += 10_000) await fixture.pass(10_000)
      return handed.length - before
    }
    const { scheduler } = await fixture.open()
    await scheduler.enqueue(newJob('deadly', fixture.now(), { data: 'first' }))
    for (let n = 0; n < 5; n++) {
      await dieWithIt()
      // A service that tells of changes all the time does not keep it alive.
      await scheduler.enqueue(newJob('deadly', fixture.now(), { data: 'pushed' }))
    }
    checkSame(handed, [1, 2, 3, 4, 5], 'A job that its workers died with was not handed out anew each time.')
    checkSame(await dieWithIt(), 0, 'A job that five workers died with was handed out once more.')
    const { jobs } = await scheduler.dead()
    checkSame(
      jobs.map(({ key, data, failure }) => [key, data, failure?.reason ?? null, failure?.remedy ?? null]),
      [['deadly', 'pushed', 'WORKER_LOST', 'give_up']],
      'A job that five workers died with is not among the dead.',
    )
    check(told.length > 0 && told.every((one) => one === 'deadly WORKER_LOST'), 'Nobody was told that it was given up.')
    checkSame((await scheduler.depth()).waiting, 0, 'Something of a dead job still waits.')
    await scheduler.enqueue(newJob('deadly', fixture.now()))
    await until(fixture, 60_000, () => handed.length === 6, 'A dead job that was enqueued was not tried again.')
    checkSame(
      [await dieWithIt(), keysOf((await scheduler.dead()).jobs)],
      [0, ['deadly']],
      'A job that was brought back was not given up when one more worker died with it.',
    )
  }),
  holds('counts only workers that died in a row with a job', async (fixture) => {
    const { scheduler } = await fixture.open()
    await scheduler.enqueue(newJob('k', fixture.now()))
    const handed: number[] = []
    for (let n = 0; n < 8; n++) {
      await mortal(fixture, ({ attempt }) => {
        handed.push(attempt)
        return n % 4 === 3 ? { type: 'failed', at: fixture.now() + 60_000, failure: failed } : undefined
      })
      for (let waited = 0; waited < veryLongMs && handed.length === n; waited += 10_000) await fixture.pass(10_000)
    }
    checkSame(handed, [1, 2, 3, 4, 5, 6, 7, 8], 'A job was not handed out anew.')
    checkSame((await scheduler.dead()).jobs, [], 'A job was given up although its workers came to an end with it.')
  }),
  holds('does not bring back what was cancelled when the worker that was at it dies', async (fixture) => {
    const first = await worker(fixture, () => gate().passed)
    await first.scheduler.enqueue(newJob('gone', fixture.now()))
    await first.scheduler.enqueue(newJob('anew', fixture.now(), { data: 'old' }))
    await until(fixture, 5_000, () => first.seen.length === 2, 'The jobs were not handed out.')
    await first.scheduler.cancel('gone')
    await first.scheduler.cancel('anew')
    await first.scheduler.enqueue(newJob('anew', fixture.now(), { data: 'new' }))
    first.freeze()
    const second = await worker(fixture)
    await fixture.pass(2 * longSilenceMs)
    const all = [...first.seen.slice(2), ...second.seen]
    check(!all.some(({ data }) => data !== 'new'), 'What was cancelled came back with the death of its worker.')
    check(all.length > 0, 'What was added after the cancelling was lost with the worker.')
  }),
  holds('ignores what a worker says of a job that was given to another one', async (fixture) => {
    for (const late of [
      { type: 'done' },
      { type: 'dead', failure: { code: 'forbidden', remedy: 'give_up', message: 'late', at: 0 } },
      { type: 'again', at: 0, urgency: 'person', data: 'late' },
    ] as const satisfies readonly JobEnd[]) {
      const [stale, fresh] = [gate(), gate()]
      const first = await worker(fixture, () => stale.passed)
      await first.scheduler.enqueue(newJob('k', fixture.now(), { data: 'mine' }))
      await until(fixture, 5_000, () => first.seen.length === 1, 'The job was not handed out.')
      first.freeze()
      const second = await worker(fixture, (_, count) => (count === 1 ? fresh.passed : { type: 'done' }))
      await until(fixture, longSilenceMs, () => second.seen.length === 1, 'The job of a dead worker was lost.')
      stale.open(late)
      await fixture.pass(10_000)
      checkSame((await second.scheduler.dead()).jobs, [], 'A stale worker declared a job dead.')
      check((await second.scheduler.get('k')) !== undefined, 'A stale worker ended a job that another one is doing.')
      check(second.seen.length === 1, 'A stale worker had a job done once more.')
      fresh.open({ type: 'again', at: fixture.now() + 20_000, urgency: 'schedule' })
      await until(fixture, 60_000, () => second.seen.length === 2, 'The end that the present worker wrote was lost.')
      checkSame(second.seen[1]?.data, 'mine', 'A stale worker changed the data of a job.')
      await fixture.pass(5_000)
      const stopping = Promise.all([first, second].map(({ scheduler }) => scheduler.stop({ withinMs: 1 })))
      await fixture.pass(10)
      await stopping
    }
  }),
  holds('does every job once where several workers share the work', async (fixture) => {
    const workers = [await worker(fixture), await worker(fixture), await worker(fixture)]
    const { scheduler } = await fixture.open()
    for (let n = 0; n < 30; n++)
      await scheduler.enqueue(newJob(`k${n}`, fixture.now() + (n % 3) * 1_000, { tenant: `tenant ${n % 4}` }))
    const all = () => workers.flatMap(({ seen }) => keysOf(seen))
    await until(fixture, 120_000, () => all().length >= 30, 'Not every job was done.')
    await fixture.pass(30_000)
    checkSame([all().length, new Set(all()).size], [30, 30], 'A job was done twice, though no worker was silent.')
  }),
  holds('does a job once that is handed out long after its time', async (fixture) => {
    const { scheduler } = await fixture.open()
    await scheduler.enqueue(newJob('k', fixture.now() + 1_000))
    await fixture.pass(86_400_000)
    const { seen } = await worker(fixture)
    await fixture.pass(60_000)
    checkSame(keysOf(seen), ['k'], 'A job that was late was not done once.')
  }),
]

const failed: Failure = { code: 'timeout', remedy: 'retry', message: 'slow', at: 0 }

/** Time enough for a dead worker to be noticed and for what waits after that. */
const veryLongMs = longSilenceMs + 600_000

/** A worker that dies with the first job that it is given, unless there is an end to it. Afterwards it takes none. */
async function mortal(
  fixture: SchedulerFixture,
  hear: (job: Job) => JobEnd | undefined,
  options: WorkOptions = {},
): Promise<void> {
  const { scheduler, freeze } = await fixture.open()
  await scheduler.start(
    async (job) => {
      const end = hear(job)
      freeze()
      return end ?? gate().passed
    },
    { silenceMs, concurrency: 1, ...options },
  )
}
