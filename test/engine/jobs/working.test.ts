import { describe, expect, test } from 'vitest'
import { SyncEngine } from '../../../src/engine/sync-engine.js'
import { SyncError } from '../../../src/errors.js'
import type { EngineEvent } from '../../../src/model/engine-event.js'
import { memoryProvider } from '../../../src/providers/memory/index.js'
import { memoryStorage } from '../../../src/storage/memory.js'
import type { Storage } from '../../../src/storage/storage.js'
import { groupJob, lastOf, working } from '../../support/working.js'
import { content } from '../../support/world.js'

const minute = 60_000
const hour = 60 * minute

describe('a group that runs by itself', () => {
  test('is synced when it is made, and every quarter of an hour from then on', async () => {
    const { w, pass, wait } = await working()
    w.calendar(0).add(content('Lunch'))
    expect(await pass(0)).toContain(groupJob)
    expect(w.titles(1)).toEqual(['Lunch'])
    w.calendar(1).add(content('Dinner'))
    await pass(wait())
    expect(w.titles(0)).toEqual(['Dinner', 'Lunch'])
    expect(wait()).toBe(15 * minute)
    let runs = 0
    for (let n = 0; n < 24 * 60; n++) runs += (await pass(minute)).filter((key) => key === groupJob).length
    expect(runs).toBe(96)
  })

  test('tells for whose sake it ran', async () => {
    const { w, pass, wait } = await working()
    const causes: string[] = []
    w.engine.subscribe((event: EngineEvent) => {
      if (event.type === 'run.started') causes.push(event.cause)
    })
    await pass(0)
    await w.user.groups.syncSoon('group')
    await pass(0)
    await pass(wait())
    expect(causes).toEqual(['import', 'person', 'schedule'])
  })

  test('asks nothing of its calendars but what a sync does', async () => {
    const { w, pass, wait } = await working()
    w.calendar(0).add(content('Lunch'))
    await pass(0)
    await pass(wait())
    w.calls.length = 0
    w.commits.length = 0
    await pass(wait())
    expect(w.calls.filter(({ method }) => method === 'changes')).toHaveLength(2)
    expect([w.calls.length - 2, w.commits.length]).toEqual([
      w.calls.filter(({ method }) => method === 'page').length,
      0,
    ])
  })

  test('is one job, however often it is asked for', async () => {
    const { w, pass, scheduler } = await working()
    await pass(0)
    for (let n = 0; n < 5; n++) await w.user.groups.syncSoon('group')
    expect(scheduler.waiting().filter(({ key }) => key === groupJob)).toHaveLength(1)
    expect((await pass(0)).filter((key) => key === groupJob)).toHaveLength(1)
  })

  test('whose job is delivered twice at once is synced once, and the other one comes back soon', async () => {
    const { w, scheduler, pass } = await working()
    await pass(0)
    w.calendar(0).add(content('Lunch'))
    await w.user.groups.syncSoon('group')
    const [job] = scheduler.waiting()
    if (!job) throw new Error('nothing waits')
    const ends = await Promise.all([scheduler.deliver(job), scheduler.deliver(job)])
    expect(w.titles(1)).toEqual(['Lunch'])
    const waits = ends.map((end) => (end.type === 'again' ? end.at - w.clock.now : -1)).sort((a, b) => a - b)
    expect(waits[0]).toBeLessThanOrEqual(20_000)
    expect(waits[1]).toBeGreaterThan(7 * minute)
  })

  test('that is gone by the time its job comes is left alone', async () => {
    const { w, scheduler, pass } = await working()
    await pass(0)
    const job = await scheduler.get(groupJob)
    await w.user.groups.remove('group', { copies: 'keep' })
    expect(await scheduler.get(groupJob)).toBeUndefined()
    w.calls.length = 0
    expect(await scheduler.deliver(job as NonNullable<typeof job>)).toEqual({ type: 'done' })
    expect(w.calls).toEqual([])
  })

  test('in slices: a large import gives way to others after each', async () => {
    const { w, scheduler, pass } = await working({ calendars: 2, concurrentWrites: 1 }, { budgetMs: 10_000 })
    for (let n = 0; n < 40; n++) w.calendar(0).add(content(`Event ${n}`))
    // Every write takes a second.
    w.fault = async ({ method, phase }) => {
      if (method === 'create' && phase === 'before') w.clock.now += 1_000
      return undefined
    }
    const done = await scheduler.work()
    const slices = done.filter(({ job }) => job.key === groupJob)
    expect(slices.length).toBeGreaterThanOrEqual(4)
    expect(slices.map(({ job }) => job.urgency)).toEqual(slices.map(() => 'import'))
    expect(w.titles(1)).toHaveLength(40)
    expect(await pass(0)).toEqual([])
  })
})

describe('what people do', () => {
  test('is taken up at once: settings, a conflict that is decided, changes that are approved, an undo', async () => {
    const { w, pass, waiting } = await working({ group: { strategies: [{ use: 'askAPerson' }] } })
    await pass(0)
    const isSoon = () => expect(waiting()).toContain(`${groupJob} person 0`)

    await w.user.groups.change('group', { removal: 'removalWins' })
    isSoon()
    await pass(0)

    w.calendar(0).add(content('Lunch'))
    await w.user.groups.syncSoon('group')
    await pass(0)
    for (const index of [0, 1]) w.calendar(index).edit(w.event(index, 'Lunch').id, { title: `Lunch ${index}` })
    await w.user.groups.syncSoon('group')
    await pass(0)
    const [conflict] = (await w.user.conflicts.listOpen('group')).items
    await w.user.conflicts.resolve(conflict?.id ?? '', { title: w.calendarIds[1] ?? '' })
    isSoon()
    await pass(0)
    expect(w.titles(0)).toEqual(['Lunch 1'])
    for (let n = 2; n < 8; n++) w.calendar(0).add(content(`Lunch ${n}`))
    await w.user.groups.syncSoon('group')
    await pass(0)
    expect(w.titles(1)).toHaveLength(7)

    for (const { id } of w.calendar(0).all()) w.calendar(0).remove(id)
    await w.user.groups.syncSoon('group')
    await pass(0)
    expect(w.titles(1)).toHaveLength(7)
    await w.user.held.approve('group', { calendarId: w.calendarIds[0] ?? '', what: 'removals' })
    isSoon()
    await pass(0)
    expect(w.titles(1)).toEqual([])

    const [run] = (await w.user.runs.list('group')).items.slice(-1)
    await w.user.journal.undo('group', { runId: run?.id ?? '' })
    isSoon()
    await pass(0)
    expect(w.titles(1)).toHaveLength(7)
  })

  test('another schedule counts at once, and is no reason to look at every event', async () => {
    const { w, pass, wait } = await working()
    w.calendar(0).add(content('Lunch'))
    await pass(0)
    await pass(wait())
    w.commits.length = 0
    await w.user.groups.change('group', { schedule: { every: hour } })
    await pass(0)
    expect(w.commits).toHaveLength(1)
    expect(wait()).toBeGreaterThanOrEqual(hour / 2)
    await w.user.groups.change('group', { schedule: 'manual' })
    await expect(w.user.jobs.get('group')).resolves.toBeUndefined()
    expect(await pass(2 * hour)).not.toContain(groupJob)
    await w.user.groups.syncSoon('group')
    expect(await pass(0)).toEqual([groupJob])
    expect(await pass(2 * hour)).not.toContain(groupJob)
  })

  for (const [schedule, says] of [
    [{ every: 59_999 }, 'schedule'],
    [{ every: Number.NaN }, 'schedule'],
    [{ cron: 'whenever', zone: 'Europe/Berlin' }, 'cron'],
    [{ cron: '0 9 * * *', zone: 'Nowhere/Else' }, 'zone'],
    [{ cron: '0 0 31 2 *', zone: 'UTC' }, 'never'],
    [{ cron: '* * * * * *', zone: 'UTC' }, '5|five|cron'],
    ['daily', 'schedule'],
  ] as const)
    test(`a schedule of ${JSON.stringify(schedule)} is refused with words that say why`, async () => {
      const { w } = await working()
      await expect(w.user.groups.change('group', { schedule: schedule as never })).rejects.toMatchObject({
        code: 'invalid_input',
        message: expect.stringMatching(new RegExp(says, 'i')),
      })
    })

  test('an account that is connected again wakes the groups of its calendars', async () => {
    const { w, pass, waiting } = await working()
    await pass(0)
    await w.user.connections.add({ provider: 'memory', id: 'account', settings: { account: 'default' } })
    expect(waiting()).toContain(`${groupJob} person 0`)
  })

  test('what cannot get into the queue is done all the same', async () => {
    const { w, scheduler } = await working({}, false)
    const errors: unknown[] = []
    await w.engine.start({ onError: (error) => errors.push(error) })
    const broken = new SyncError('storage_failed', 'The queue is away.')
    scheduler.enqueue = () => Promise.reject(broken)
    await expect(w.user.groups.change('group', { name: 'New' })).resolves.toMatchObject({ name: 'New' })
    expect(errors).toContain(broken)
    await expect(w.user.groups.syncSoon('group')).rejects.toBe(broken)
  })

  test('needs a scheduler, and says so', async () => {
    const engine = new SyncEngine({ storage: memoryStorage(), providers: [memoryProvider()] })
    await expect(engine.start()).rejects.toMatchObject({ code: 'invalid_input', message: /scheduler/ })
    await expect(engine.user('jo').jobs.dead()).rejects.toMatchObject({ code: 'invalid_input' })
  })
})

describe('trouble', () => {
  test('a storage that is away for a minute costs a minute', async () => {
    let isAway = false
    const inner = memoryStorage()
    const guarded = <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>) => {
      return async (...args: A): Promise<R> => {
        if (isAway) throw new SyncError('storage_failed', 'The database is away.')
        return call(...args)
      }
    }
    const storage = {
      ...{ get: guarded(inner.get.bind(inner)), getMany: guarded(inner.getMany.bind(inner)) },
      ...{ list: guarded(inner.list.bind(inner)), commit: guarded(inner.commit.bind(inner)) },
      ...{ claim: guarded(inner.claim.bind(inner)), release: guarded(inner.release.bind(inner)) },
      users: guarded(inner.users.bind(inner)),
      close: () => inner.close(),
    }
    const { w, scheduler, pass } = await working({ storage })
    await pass(0)
    w.calendar(0).add(content('Lunch'))
    await w.user.groups.syncSoon('group')
    isAway = true
    expect(lastOf(await scheduler.work())).toMatchObject({ type: 'failed', failure: { code: 'storage_failed' } })
    isAway = false
    await pass(minute)
    expect(w.titles(1)).toEqual(['Lunch'])
  })

  test('a group whose state is wrong is given up after eight attempts, is shown, and can be tried again', async () => {
    const { w, scheduler, pass } = await working()
    await pass(0)
    const calendar = await w.storage.get('user_1' as never, 'calendar', w.calendarIds[0] as string)
    const remove = { op: 'remove', collection: 'calendar', id: w.calendarIds[0] as string } as const
    await w.storage.commit('user_1' as never, { changes: [remove] })
    const givenUp: string[] = []
    w.engine.subscribe((event) => {
      if (event.type === 'group.givenUp') givenUp.push(event.failure.code)
    })
    let attempts = 0
    for (let n = 0; n < 100; n++) attempts += (await pass(16 * minute)).filter((key) => key === groupJob).length
    expect(attempts).toBe(8)
    expect(givenUp).toEqual(['invalid_input'])
    expect(await w.user.jobs.dead()).toMatchObject([{ groupId: 'group', failure: { code: 'invalid_input' } }])
    expect(await w.engine.user('user_2').jobs.dead()).toEqual([])

    const put = {
      op: 'put',
      collection: 'calendar',
      id: w.calendarIds[0] as string,
      keys: { connection: 'account' },
    } as const
    await w.storage.commit('user_1' as never, { changes: [{ ...put, value: calendar?.value ?? null }] })
    await w.user.jobs.retry('group')
    expect(lastOf(await scheduler.work())).toMatchObject({ type: 'again', urgency: 'schedule' })
    expect(await w.user.jobs.dead()).toEqual([])
  })

  test('a job of a kind that this version does not know is left to a newer worker', async () => {
    const { w, scheduler, pass } = await working()
    await pass(0)
    const job = {
      key: 'x',
      tenant: 'jo',
      kind: 'of the future',
      data: {},
      urgency: 'schedule',
      at: 0,
      attempt: 1,
    } as const
    expect(await scheduler.deliver(job)).toEqual({ type: 'again', at: w.clock.now + minute, urgency: 'schedule' })
  })

  for (const data of [
    null,
    {},
    { user: 'user_1' },
    { user: '~calweave/routes', group: 'group' },
    { user: 5, group: [] },
  ])
    test(`a sync job with the data ${JSON.stringify(data)} waits for a person and harms nobody`, async () => {
      const { scheduler, pass } = await working()
      await pass(0)
      const job = { key: 'x', tenant: 'jo', kind: 'sync', data, urgency: 'schedule', at: 0, attempt: 1 } as const
      expect(await scheduler.deliver(job)).toMatchObject({ type: 'dead', failure: { code: 'invalid_input' } })
    })

  test('an engine stops within its bound although the storage does not answer any more', async () => {
    const kept = memoryStorage()
    let isAway = false
    const storage: Storage = {
      get: (...args) => (isAway ? new Promise(() => undefined) : kept.get(...args)),
      getMany: (...args) => kept.getMany(...args),
      list: (...args) => kept.list(...args),
      claim: (...args) => kept.claim(...args),
      release: (...args) => kept.release(...args),
      users: (...given) => kept.users(...given),
      commit: (...args) => kept.commit(...args),
      close: () => kept.close(),
    }
    const { w, pass } = await working({ storage, engine: { analytics: {} } })
    await pass(0)
    isAway = true
    await w.engine.stop({ withinMs: 10 })
  })

  test('an engine that is stopped while the storage is away has stopped', async () => {
    const { w, pass } = await working({ engine: { analytics: {} } })
    await pass(0)
    await w.storage.close()
    await w.engine.stop({ withinMs: 10_000 })
  })

  test('a service that is away is not asked again and again', async () => {
    const { w, pass, wait } = await working({ apart: true })
    await pass(0)
    w.fault = ({ calendar }) => (calendar === 'cal-b' ? { code: 'unavailable' } : undefined)
    await pass(wait())
    w.calls.length = 0
    for (let n = 0; n < 60; n++) await pass(minute)
    const asked = w.calls.filter(({ method, calendar }) => method === 'changes' && calendar === 'cal-b').length
    expect(asked).toBeGreaterThanOrEqual(4)
    expect(asked).toBeLessThanOrEqual(25)
    w.calendar(0).add(content('Lunch'))
    w.fault = undefined
    for (let n = 0; n < 16; n++) await pass(minute)
    expect(w.titles(1)).toEqual(['Lunch'])
  })

  test('a service that wants to be left alone for an hour is, and the others of its group go on', async () => {
    const { w, pass, wait } = await working({ apart: true, calendars: 3 })
    await pass(0)
    w.fault = ({ calendar }) => (calendar === 'cal-b' ? { code: 'rate_limited', retryAfterMs: hour } : undefined)
    await pass(wait())
    w.fault = undefined
    w.calls.length = 0
    w.calendar(0).add(content('Lunch'))
    for (let n = 0; n < 59; n++) await pass(minute)
    expect(w.calls.filter(({ calendar }) => calendar === 'cal-b')).toEqual([])
    expect([w.titles(1), w.titles(2)]).toEqual([[], ['Lunch']])
    for (let n = 0; n < 3; n++) await pass(minute)
    expect(w.titles(1)).toEqual(['Lunch'])
  })
})
