import { describe, expect, test } from 'vitest'
import { SyncEngine } from '../../../src/engine/sync-engine.js'
import { SyncError } from '../../../src/errors.js'
import { failureOf } from '../../../src/model/failure.js'
import { memoryProvider } from '../../../src/providers/memory/index.js'
import type { WorkOptions } from '../../../src/scheduler/scheduler.js'
import { memoryStorage } from '../../../src/storage/memory.js'
import { manualScheduler } from '../../../src/testing/manual-scheduler.js'
import { type ServiceWatch, watchedProvider } from '../../support/watched-provider.js'
import { content } from '../../support/world.js'

const address = 'https://app.example/push'
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const groupJob = 'sync/user_1/group'

/** Two calendars whose service tells of changes, and a queue that works by hand. */
async function setUp(watched: readonly (0 | 1)[] = [0, 1]) {
  const clock = { now: Date.UTC(2026, 0, 5, 8) }
  const now = () => clock.now
  const memory = memoryProvider({ now })
  for (const id of ['cal-a', 'cal-b']) memory.service.addCalendar({ id })
  const provider = watchedProvider(memory, now)
  const scheduler = manualScheduler({ now })
  const storage = memoryStorage()
  const engine = new SyncEngine({ storage, providers: [provider], now, scheduler })
  const given: { options?: WorkOptions } = {}
  const { start } = scheduler
  scheduler.start = (handler, options) => {
    given.options = options ?? {}
    return start.call(scheduler, handler)
  }
  await engine.start()
  const user = engine.user('user_1')
  const { calendars } = await user.connections.add({ provider: provider.id, id: 'account' })
  const ids = ['cal-a', 'cal-b'].map((name) => calendars.find(({ remoteId }) => remoteId === name)?.id ?? '')
  await user.groups.create({ name: 'test', id: 'group', members: ids.map((calendarId) => ({ calendarId })) })
  for (const index of watched) await user.watches.start({ calendarId: ids[index] ?? '', address })
  const watchOf = (name: string) => {
    const watch = [...provider.watches.values()].findLast(({ calendar }) => calendar === name)
    return watch as ServiceWatch
  }
  const hear = async (name: string, kind?: string) =>
    (await engine.receive(provider.id, provider.notice(watchOf(name), kind))).status
  const wait = () => (scheduler.waiting().find(({ key }) => key === groupJob)?.at ?? Number.NaN) - clock.now
  const pass = async (ms: number) => {
    clock.now += ms
    return (await scheduler.work()).map(({ job }) => job)
  }
  return {
    clock,
    provider,
    scheduler,
    engine,
    user,
    storage,
    ids,
    watchOf,
    hear,
    wait,
    pass,
    given,
    service: memory.service,
  }
}

const seconds = (ms: number): number => ms / 1_000

describe('a push notice', () => {
  test('has its groups synced within seconds, and many of them are one sync', async () => {
    const { hear, pass, wait, service } = await setUp()
    await pass(0)
    service.calendar('cal-a').add(content('Lunch'))
    for (let n = 0; n < 20; n++) expect(await hear('cal-a')).toBe(202)
    expect(seconds(wait())).toBeGreaterThanOrEqual(2)
    expect(seconds(wait())).toBeLessThanOrEqual(5)
    const done = (await pass(5_000)).filter(({ key }) => key === groupJob)
    expect(done.map(({ urgency }) => urgency)).toEqual(['push'])
    expect(
      service
        .calendar('cal-b')
        .all()
        .map((event) => event.content.title),
    ).toEqual(['Lunch'])
  })

  test('that comes while the group is being synced has it synced once more', async () => {
    const { hear, pass, scheduler, user, engine } = await setUp()
    await pass(0)
    await user.groups.syncSoon('group')
    let heard: Promise<number> | undefined
    engine.subscribe(({ type }) => {
      if (type === 'run.progress') heard ??= hear('cal-a')
    })
    await pass(0)
    expect(await heard).toBe(202)
    expect(scheduler.waiting().find(({ key }) => key === groupJob)?.urgency).toBe('push')
    expect((await pass(5_000)).map(({ key }) => key)).toContain(groupJob)
    expect(await user.groups.noticed()).toEqual([])
  })

  test('does not have a group tried that its workers died with, and is kept until a person has it retried', async () => {
    const { hear, pass, wait, scheduler, user, engine, given, service } = await setUp()
    await pass(0)
    const told: string[] = []
    engine.subscribe(({ type }) => told.push(type))
    const [job] = scheduler.waiting().filter(({ key }) => key === groupJob)
    if (!job) throw new Error('the group has no job')
    const failure = failureOf(new SyncError('limit_exceeded', 'It ends.', { reason: 'WORKER_LOST' }), 0)
    await given.options?.onGivenUp?.(job, failure)
    await scheduler.cancel(groupJob)
    expect(told.filter((type) => type === 'group.givenUp' || type === 'notification.opened')).toHaveLength(2)
    expect((await user.status()).groups[0]?.reasons.map(({ code }) => code)).toContain('given_up')
    service.calendar('cal-a').add(content('Lunch'))
    expect(await hear('cal-a')).toBe(202)
    expect(wait()).toBeNaN()
    expect((await user.groups.noticed()).map(({ groupId }) => groupId)).toEqual(['group'])
    await user.jobs.retry('group')
    await pass(0)
    expect(service.calendar('cal-b').all()).toHaveLength(1)
    expect(await hear('cal-a')).toBe(202)
    expect(wait()).toBeLessThanOrEqual(5_000)
  })

  test('that cannot get into the queue is refused for now, so that the service repeats it', async () => {
    const { hear, scheduler, pass } = await setUp()
    await pass(0)
    const { enqueue } = scheduler
    scheduler.enqueue = () => Promise.reject(new SyncError('storage_failed', 'The queue is away.'))
    expect(await hear('cal-a')).toBe(503)
    scheduler.enqueue = enqueue
    expect(await hear('cal-a')).toBe(202)
  })

  test('is found by the sweep where its job was lost', async () => {
    const { hear, scheduler, pass, engine, user } = await setUp()
    await pass(0)
    await hear('cal-a')
    await scheduler.cancel(groupJob)
    await engine.stop()
    await engine.start()
    await pass(5_000)
    await pass(5_000)
    expect(await user.groups.noticed()).toEqual([])
  })
})

describe('the pace of polling', () => {
  test('is slow while every calendar that is read has a watch of which its service was heard', async () => {
    const { hear, pass, wait } = await setUp()
    await pass(0)
    expect(wait()).toBeLessThanOrEqual(22.5 * minute) // they stand, and nobody was heard yet
    await hear('cal-a', 'begun')
    await pass(wait())
    expect(wait()).toBeLessThanOrEqual(22.5 * minute) // one of two
    await hear('cal-b', 'begun')
    await pass(wait())
    expect(wait()).toBeGreaterThanOrEqual(3 * hour)
  })

  test('is quick again when a watch fails, runs out, or nothing was heard of its service for a week', async () => {
    const { hear, pass, wait, provider, user, clock } = await setUp()
    await pass(0)
    const slowly = async () => {
      await hear('cal-a', 'begun')
      await hear('cal-b', 'begun')
      await pass(wait())
      expect(wait()).toBeGreaterThanOrEqual(3 * hour)
    }
    await slowly()

    provider.refusal = new SyncError('forbidden', 'No more.')
    clock.now = Math.min(...(await user.watches.list()).map(({ renewAt }) => renewAt))
    await pass(0) // the upkeep finds it out
    await pass(wait())
    expect(wait()).toBeLessThanOrEqual(22.5 * minute)

    provider.refusal = undefined
    await pass(2 * day)
    await slowly()
    for (let n = 0; n < 15; n++) await pass(12 * hour) // renewed all the while, and nobody speaks
    expect((await user.watches.list()).every(({ expiresAt }) => expiresAt > clock.now)).toBe(true)
    expect(wait()).toBeLessThanOrEqual(22.5 * minute)
  })

  test('is that of the schedule where a change came that no notice told of', async () => {
    const { hear, pass, wait, service } = await setUp()
    await pass(0)
    for (const name of ['cal-a', 'cal-b']) await hear(name, 'begun')
    await pass(wait())
    service.calendar('cal-a').add(content('Lunch'))
    await pass(wait())
    expect(wait()).toBeLessThanOrEqual(22.5 * minute)
    await pass(wait())
    expect(wait()).toBeGreaterThanOrEqual(3 * hour)
  })
})

describe('upkeep', () => {
  test('renews watches when it is time, day after day, without anybody asking', async () => {
    const { pass, user, provider, clock } = await setUp()
    await pass(0)
    const first = [...provider.watches.keys()]
    for (let n = 0; n < 60; n++) {
      await pass(12 * hour)
      const watches = await user.watches.list()
      expect(watches).toHaveLength(2)
      for (const { expiresAt } of watches) expect(expiresAt).toBeGreaterThan(clock.now)
    }
    expect(provider.watches.size).toBe(2)
    expect([...provider.watches.keys()].some((id) => first.includes(id))).toBe(false)
  })

  test('of a watch that its service is about to end comes at once', async () => {
    const { pass, hear, scheduler, clock } = await setUp()
    await pass(0)
    await hear('cal-a', 'ending')
    const upkeep = scheduler.waiting().find(({ kind }) => kind === 'upkeep')
    expect(upkeep?.at).toBe(clock.now)
  })
})
