import { describe, expect, test } from 'vitest'
import { upkeepJob } from '../../../src/engine/jobs/upkeep.js'
import { SyncEngine } from '../../../src/engine/sync-engine.js'
import { SyncError } from '../../../src/errors.js'
import { memoryProvider } from '../../../src/providers/memory/index.js'
import { memoryStorage } from '../../../src/storage/memory.js'
import { sqliteStorage } from '../../../src/storage/sqlite/index.js'
import type { Storage } from '../../../src/storage/storage.js'
import { manualScheduler } from '../../../src/testing/manual-scheduler.js'

const minute = 60_000
const day = 86_400_000

async function people(count: number, storage: Storage = memoryStorage()) {
  const clock = { now: Date.UTC(2026, 0, 5, 8) }
  const now = () => clock.now
  const provider = memoryProvider({ now })
  for (const id of ['cal-a', 'cal-b']) provider.service.addCalendar({ id })
  const options = { storage, providers: [provider], now }
  const before = new SyncEngine(options)
  for (let n = 0; n < count; n++) {
    const user = before.user(`user ${String(n).padStart(4, '0')}`)
    const { calendars } = await user.connections.add({ provider: 'memory', id: 'account' })
    const members = calendars.map(({ id }) => ({ calendarId: id }))
    await user.groups.create({ name: 'test', id: 'group', members })
    if (n % 10 === 0) await user.groups.create({ name: 'by hand', id: 'manual', members, schedule: 'manual' })
  }
  const scheduler = manualScheduler({ now })
  const engine = new SyncEngine({ ...options, scheduler })
  return { clock, storage, engine, scheduler, now, options }
}

const jobsOf = (scheduler: ReturnType<typeof manualScheduler>, kind: string) =>
  scheduler.waiting().filter((job) => job.kind === kind)

describe('the first start over a storage that was there before', () => {
  for (const [name, make] of [
    ['memory', () => memoryStorage()],
    ['sqlite', () => sqliteStorage({ path: ':memory:' })],
  ] as const)
    test(`finds every group of every user, some users at a time (${name})`, async () => {
      const { engine, scheduler, storage, clock } = await people(230, make())
      await engine.start()
      expect(scheduler.waiting()).toHaveLength(1)
      const sweep = async (): Promise<number> => {
        const job = scheduler.waiting().find(({ kind, at }) => kind === 'sweep' && at <= clock.now)
        if (!job) return 0
        const end = await scheduler.deliver(job)
        await scheduler.cancel('sweep')
        if (end.type === 'again') await scheduler.enqueue({ ...job, at: end.at, data: end.data ?? {} })
        return 1 + (await sweep())
      }
      expect(await sweep()).toBe(3)
      expect(jobsOf(scheduler, 'sync')).toHaveLength(230)
      expect(jobsOf(scheduler, 'upkeep')).toHaveLength(230)
      await storage.close()
    })

  test('has groups that were never synced synced at once, and the others spread over their interval', async () => {
    const { engine, scheduler, clock } = await people(30)
    await engine.start()
    await scheduler.work()
    const moments = new Set(jobsOf(scheduler, 'sync').map(({ at }) => Math.floor((at - clock.now) / minute)))
    expect(moments.size).toBeGreaterThan(8)
  })
})

describe('the sweep', () => {
  test('gives back what was lost with a queue, and leaves what waits or is dead as it is', async () => {
    const { engine, scheduler, clock, options, now } = await people(3)
    await engine.start()
    await scheduler.work()
    const key = 'sync/user 0001/group'
    const kept = await scheduler.get('sync/user 0002/group')
    await scheduler.cancel(key)
    clock.now += minute
    await engine.stop()
    await engine.start()
    await scheduler.next()
    expect(await scheduler.get(key)).toMatchObject({ urgency: 'schedule' })
    expect(await scheduler.get('sync/user 0002/group')).toEqual(kept)

    const empty = manualScheduler({ now })
    await new SyncEngine({ ...options, scheduler: empty }).start()
    await empty.next()
    expect(jobsOf(empty, 'sync')).toHaveLength(3)
  })

  test('goes on with the others where the records of one user are damaged', async () => {
    const { engine, scheduler, storage } = await people(3)
    const list = storage.list.bind(storage)
    storage.list = async (user, collection, query) => {
      if (user === ('user 0001' as never)) throw new SyncError('storage_foreign', 'This record is damaged.')
      return list(user, collection, query)
    }
    const errors: unknown[] = []
    await engine.start({ onError: (error) => errors.push(error) })
    await scheduler.next()
    expect(jobsOf(scheduler, 'sync').map(({ tenant }) => tenant)).toEqual(['user 0000', 'user 0002'])
    expect(errors).toHaveLength(1)
  })

  test('comes by itself once a day', async () => {
    const { engine, scheduler, clock } = await people(2)
    await engine.start()
    await scheduler.work()
    await scheduler.cancel('sync/user 0001/group')
    clock.now += 2 * day
    await scheduler.work()
    expect(await scheduler.get('sync/user 0001/group')).toBeDefined()
  })

  test('of ten workers that start at once is one', async () => {
    const { scheduler, options } = await people(2)
    const handlers = await Promise.allSettled(
      Array.from({ length: 10 }, () => new SyncEngine({ ...options, scheduler }).start()),
    )
    expect(handlers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(jobsOf(scheduler, 'sweep')).toHaveLength(1)
  })
})

describe('upkeep', () => {
  const job = {
    key: 'upkeep/jo',
    tenant: 'jo',
    kind: 'upkeep',
    data: { user: 'jo' },
    urgency: 'upkeep',
    at: 0,
    attempt: 1,
  } as const
  const storage = { list: async () => ({ records: [{ id: 'account', version: 1, value: {} }] }) }
  const engine = { now: () => day, storage } as never
  const { signal } = new AbortController()

  test('goes on with the other tasks when one fails, and is tried again', async () => {
    const done: string[] = []
    const tasks = [
      { name: 'a', run: () => Promise.reject(new SyncError('unavailable', 'Away.')) },
      { name: 'b', run: async () => void done.push('b') as undefined },
    ]
    expect(await upkeepJob(engine, job, signal, tasks)).toMatchObject({
      type: 'failed',
      failure: { code: 'unavailable' },
    })
    expect(done).toEqual(['b'])
  })

  test('comes when the first of its tasks wants to, at most a minute and at least once in a day and a half', async () => {
    const at = async (...wishes: (number | undefined)[]) => {
      const end = await upkeepJob(
        engine,
        job,
        signal,
        wishes.map((wish) => ({ name: 'x', run: async () => wish })),
      )
      return (end.type === 'again' ? end.at : Number.NaN) - day
    }
    expect(await at(undefined)).toBeLessThanOrEqual(1.5 * day)
    expect(await at(undefined)).toBeGreaterThanOrEqual(day / 2)
    expect(await at(undefined, 3 * 3_600_000 + day, 7_200_000 + day)).toBe(7_200_000)
    expect(await at(0)).toBe(minute)
  })

  test('of a user who is gone is over', async () => {
    const empty = { now: () => day, storage: memoryStorage() } as never
    expect(await upkeepJob(empty, job, signal, [])).toEqual({ type: 'done' })
  })

  test('is never given up', async () => {
    const tasks = [{ name: 'a', run: () => Promise.reject(new TypeError('x is undefined')) }]
    const failure = { code: 'unavailable', reason: 'UNEXPECTED', remedy: 'retry', message: '', at: 0 } as const
    expect(await upkeepJob(engine, { ...job, attempt: 100, failure }, signal, tasks)).toMatchObject({ type: 'failed' })
  })
})
