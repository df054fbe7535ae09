import { isSyncError } from '../errors.js'
import type { Json } from '../model/json.js'
import type { NewJob, Urgency } from '../scheduler/scheduler.js'
import { type ContractCase, check, checkSame, failureOf } from './contract.js'
import { schedulerCase as holds } from './scheduler-case.js'
import { gate, keysOf, newJob, type SchedulerFixture, until, worker } from './scheduler-fixture.js'

/** What becomes of a job from its enqueueing to its handing out. */
export const enqueuing: readonly ContractCase<SchedulerFixture>[] = [
  holds('hands a job to a worker as it was enqueued, when its time has come and not before', async (fixture) => {
    const { scheduler, seen } = await worker(fixture)
    const data: Json = { list: [1, null, 'ü', { deep: true }], empty: {} }
    const job = newJob('group/1', fixture.now() + 20_000, { tenant: 'bob', kind: 'sync', data, urgency: 'push' })
    await scheduler.enqueue(job)
    await fixture.pass(19_000)
    checkSame(keysOf(seen), [], 'A job was handed out before its time.')
    await until(fixture, 5_000, () => seen.length > 0, 'A job was not handed out within 5 s of its time.')
    checkSame(seen, [{ ...job, attempt: 1 }], 'A job was not handed out as it was enqueued.')
    await fixture.pass(60_000)
    check(seen.length === 1, 'A job that was done was handed out again.')
    check((await scheduler.get('group/1')) === undefined, 'A job that was done is still known.')
  }),
  holds(
    'does a job at once whose time is past, and one that a process enqueues that does not work',
    async (fixture) => {
      const { seen } = await worker(fixture)
      const { scheduler } = await fixture.open()
      await scheduler.enqueue(newJob('late', fixture.now() - 86_400_000))
      await until(fixture, 60_000, () => seen.length === 1, 'A job of another process was not done within a minute.')
    },
  ),
  holds('takes data of null and of every other kind of JSON', async (fixture) => {
    const { scheduler, seen } = await worker(fixture)
    const values: readonly Json[] = [null, 0, '', false, [], {}, [[null]], 'text']
    for (const [n, data] of values.entries()) await scheduler.enqueue(newJob(`job/${n}`, fixture.now(), { data }))
    await until(fixture, 30_000, () => seen.length === values.length, 'Not every job was done.')
    const found = [...seen].sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ data }) => data)
    checkSame(found, values, 'Data came back changed.')
  }),
  holds('does one key once, however often and from wherever it is enqueued', async (fixture) => {
    const [one, other] = [await fixture.open(), await fixture.open()]
    const at = fixture.now() + 10_000
    await Promise.all(
      [one, other, one, other, one, other].map(({ scheduler }) => scheduler.enqueue(newJob('group/1', at))),
    )
    const { seen } = await worker(fixture)
    await fixture.pass(60_000)
    checkSame(keysOf(seen), ['group/1'], 'A key that was enqueued six times was not done once.')
  }),
  holds('joins two jobs of one key: the earlier time, the higher urgency, the newer data', async (fixture) => {
    const { scheduler } = await fixture.open()
    const now = fixture.now()
    await scheduler.enqueue(newJob('k', now + 60_000, { urgency: 'upkeep', data: 'old' }))
    await scheduler.enqueue(newJob('k', now + 90_000, { urgency: 'push', data: 'new' }))
    checkSame(
      await scheduler.get('k'),
      { ...newJob('k', now + 60_000, { urgency: 'push', data: 'new' }), attempt: 1 },
      'The second job was not joined with the first.',
    )
    await scheduler.enqueue(newJob('k', now + 30_000, { urgency: 'import', data: 'newest' }))
    checkSame(
      await scheduler.get('k'),
      { ...newJob('k', now + 30_000, { urgency: 'push', data: 'newest' }), attempt: 1 },
      'The third job was not joined with the others.',
    )
    const { seen } = await worker(fixture)
    await until(fixture, 40_000, () => seen.length === 1, 'The joined job did not have the earliest time.')
    await fixture.pass(90_000)
    check(seen.length === 1, 'Jobs that were joined were done twice.')
  }),
  holds('loses no time and no urgency when many enqueue one key at one moment', async (fixture) => {
    const processes = await Promise.all([fixture.open(), fixture.open(), fixture.open()])
    const now = fixture.now()
    const all: Urgency[] = ['upkeep', 'person', 'schedule', 'import', 'push', 'upkeep']
    await Promise.all(
      all.map((urgency, n) =>
        processes[n % 3]?.scheduler.enqueue(newJob('k', now + 100_000 - n * 7_000, { urgency, data: n })),
      ),
    )
    const job = await processes[0].scheduler.get('k')
    checkSame([job?.at, job?.urgency], [now + 65_000, 'person'], 'The earliest time or the highest urgency was lost.')
  }),
  holds('does a job once more that is enqueued while it is being done, and not at the same time', async (fixture) => {
    const { open, passed } = gate()
    const { scheduler, seen } = await worker(fixture, (_, count) => (count === 1 ? passed : { type: 'done' }))
    await scheduler.enqueue(newJob('k', fixture.now(), { data: 1 }))
    await until(fixture, 5_000, () => seen.length === 1, 'The job was not handed out.')
    await scheduler.enqueue(newJob('k', fixture.now(), { data: 2 }))
    await scheduler.enqueue(newJob('k', fixture.now(), { data: 3 }))
    await fixture.pass(20_000)
    check(seen.length === 1, 'A key was handed out while it was being done.')
    open({ type: 'done' })
    await until(fixture, 30_000, () => seen.length === 2, 'What was enqueued while the job was done was lost.')
    await fixture.pass(60_000)
    checkSame(
      seen.map(({ data }) => data),
      [1, 3],
      'It was not done once more, with the newest data.',
    )
    check((await scheduler.get('k')) === undefined, 'Something was left of the job.')
  }),
  holds('does not hurry what is enqueued for later while it is being done', async (fixture) => {
    const { open, passed } = gate()
    const { scheduler, seen } = await worker(fixture, (_, count) => (count === 1 ? passed : { type: 'done' }))
    await scheduler.enqueue(newJob('k', fixture.now()))
    await until(fixture, 5_000, () => seen.length === 1, 'The job was not handed out.')
    const at = fixture.now() + 60_000
    await scheduler.enqueue(newJob('k', at))
    open({ type: 'done' })
    await fixture.pass(50_000)
    check(seen.length === 1, 'It was done before its time.')
    await until(fixture, 30_000, () => seen.length === 2, 'It was not done at its time.')
  }),
  holds('takes a cancelled job away, and takes it again when it is enqueued anew', async (fixture) => {
    const { scheduler, seen } = await worker(fixture)
    await scheduler.enqueue(newJob('k', fixture.now() + 10_000))
    await scheduler.cancel('k')
    await scheduler.cancel('never there')
    check((await scheduler.get('k')) === undefined, 'A cancelled job is still known.')
    await fixture.pass(30_000)
    check(seen.length === 0, 'A cancelled job was done.')
    await scheduler.enqueue(newJob('k', fixture.now()))
    await until(fixture, 30_000, () => seen.length === 1, 'A job that was cancelled before was not taken again.')
  }),
  holds('lets a job that is cancelled while it is done come to its end, and not come again', async (fixture) => {
    const { open, passed } = gate()
    let wasAborted = false
    const { scheduler, seen } = await worker(fixture, (_, count, signal) => {
      signal.addEventListener('abort', () => {
        wasAborted = true
      })
      return count === 1 ? passed : { type: 'done' }
    })
    await scheduler.enqueue(newJob('k', fixture.now()))
    await until(fixture, 5_000, () => seen.length === 1, 'The job was not handed out.')
    await scheduler.enqueue(newJob('k', fixture.now()))
    await scheduler.cancel('k')
    await fixture.pass(60_000)
    check(!wasAborted, 'A job was broken off by its cancelling.')
    open({ type: 'again', at: fixture.now(), urgency: 'person' })
    await fixture.pass(60_000)
    check(seen.length === 1, 'A job came again that was cancelled while it was done.')
    check((await scheduler.get('k')) === undefined, 'Something was left of a cancelled job.')
  }),
  holds('refuses what is no job', async (fixture) => {
    const { scheduler } = await fixture.open()
    const good = newJob('k', fixture.now())
    const bad: readonly NewJob[] = [
      { ...good, key: '' },
      { ...good, tenant: '' },
      { ...good, kind: '' },
      { ...good, key: 'x'.repeat(5_000) },
      { ...good, at: Number.NaN },
      { ...good, at: Number.POSITIVE_INFINITY },
      { ...good, at: -1 },
      { ...good, urgency: 'soon' as Urgency },
    ]
    for (const job of bad) {
      const error = await failureOf(() => scheduler.enqueue(job), 'Something was taken that is no job.')
      check(isSyncError(error, 'invalid_input'), 'What is no job was not refused as invalid_input.')
    }
    checkSame((await scheduler.depth()).waiting, 0, 'Something was kept of what is no job.')
  }),
]
