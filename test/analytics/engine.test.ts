import { describe, expect, test } from 'vitest'
import type { AnalyticsOptions } from '../../src/engine/analytics.js'
import type { SyncEngineOptions } from '../../src/engine/engine-options.js'
import type { ErrorReport } from '../../src/engine/error-reports.js'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import { tallyUser } from '../../src/engine/tally-store.js'
import { SyncError } from '../../src/errors.js'
import { memoryStorage } from '../../src/storage/memory.js'
import type { Storage } from '../../src/storage/storage.js'
import { content, hours, world } from '../support/world.js'

/** A timer that goes off when the test says so. */
class Timer {
  readonly waiting: Set<() => void> = new Set()
  set: NonNullable<AnalyticsOptions['setTimer']> = (work) => {
    this.waiting.add(work)
    return () => this.waiting.delete(work)
  }
  fire(): void {
    const all = [...this.waiting]
    this.waiting.clear()
    for (const work of all) work()
  }
}

const counted = (options: Partial<SyncEngineOptions> = {}, analytics: AnalyticsOptions = {}) => {
  const timer = new Timer()
  return { timer, engine: { analytics: { setTimer: timer.set, ...analytics }, ...options } }
}

const tallies = async (storage: Storage, user = tallyUser as string) =>
  (await storage.list(user as never, 'tally', { limit: 1_000 })).records

describe('what the syncs came to', () => {
  test('is told without anything having been written down yet', async () => {
    const w = await world(counted())
    w.calendar(0).add(content('one'))
    w.calendar(1).add(content('two', { time: hours(12) }))
    await w.sync({ cause: 'schedule' })
    await w.sync({ cause: 'push' })
    const { totals, buckets } = await w.engine.analytics()
    expect(totals.runs).toMatchObject({ ok: 2, failed: 0, total: 2, successRate: 1, byCause: { schedule: 1, push: 1 } })
    expect(totals.events).toMatchObject({ created: 2, updated: 0, removed: 0 })
    expect(totals.syncMs).toMatchObject({ count: 2 })
    expect(totals.people).toEqual({ activeUsers: 1, activeConnections: 1, groups: 1, groupsInStep: 1, freshShare: 1 })
    expect(totals.adoption).toEqual({ newUsers: 1, newConnections: 1, byProvider: { memory: 1 } })
    expect(totals.lastSuccessAt).toBe(w.clock.now)
    expect(buckets).toHaveLength(1)
    expect((await w.user.analytics()).totals.runs.ok).toBe(2)
    expect((await w.user.analytics()).totals.people).toBeUndefined()
  })

  test('is refused where nothing is counted', async () => {
    const w = await world()
    await expect(w.engine.analytics()).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(w.user.analytics()).rejects.toMatchObject({ code: 'invalid_input' })
  })

  test('a calendar that cannot be read makes a run partial, and one where none can be read failed', async () => {
    const w = await world({ ...counted(), apart: true })
    w.fault = ({ calendar }) => (calendar === 'cal-a' ? { code: 'unavailable' } : undefined)
    await w.sync()
    w.fault = () => ({ code: 'unavailable' })
    await w.sync()
    const { totals } = await w.engine.analytics()
    expect(totals.runs).toMatchObject({ partial: 1, failed: 1, successRate: 0, failureRate: 1 })
    expect(totals.errors['unavailable']).toBeGreaterThan(1)
    expect(totals.people).toMatchObject({ groups: 1, groupsInStep: 0, freshShare: 0 })
  })
})

/** A storage that tells what is asked of it. */
function watchedStorage(calls: string[]): Storage {
  return new Proxy(memoryStorage(), {
    get(target, name) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return (...args: unknown[]) => {
        calls.push(String(name))
        return Reflect.apply(method, target, args)
      }
    },
  })
}

describe('writing down', () => {
  test('a run costs not one storage call more than without counting', async () => {
    const callsOf = async (options: Partial<SyncEngineOptions>) => {
      const calls: string[] = []
      const w = await world({ engine: options, storage: watchedStorage(calls) })
      w.calendar(0).add(content('one'))
      await w.settle()
      await w.sync()
      return calls
    }
    expect(await callsOf(counted().engine)).toEqual(await callsOf({}))
  })

  test('happens once in a while, adds to what is there, and nothing is told twice', async () => {
    const { timer, engine } = counted()
    const w = await world({ engine })
    await w.sync()
    expect(timer.waiting.size).toBe(1)
    timer.fire()
    await w.engine.flushAnalytics()
    expect(await tallies(w.storage)).toHaveLength(1)
    await w.sync()
    await w.sync()
    const before = await w.engine.analytics()
    await w.engine.flushAnalytics()
    expect(await tallies(w.storage)).toHaveLength(1)
    expect(await w.engine.analytics()).toEqual(before)
    expect(before.totals.runs.ok).toBe(3)
  })

  test('two workers do not fight over a record, and each is counted', async () => {
    const w = await world(counted())
    const other = new SyncEngine({ storage: w.storage, providers: [w.provider], now: () => w.clock.now, analytics: {} })
    await w.sync()
    await other.user('user_1').groups.sync('group')
    await Promise.all([w.engine.flushAnalytics(), other.flushAnalytics()])
    expect(await tallies(w.storage)).toHaveLength(2)
    for (const engine of [w.engine, other]) {
      const { totals } = await engine.analytics()
      expect(totals.runs.ok).toBe(2)
      expect(totals.people?.activeUsers).toBe(1)
    }
  })

  for (const landed of [true, false])
    test(`counts are neither lost nor doubled when the storage fails ${landed ? 'after' : 'before'} it wrote`, async () => {
      const trouble = { left: 0 }
      const inner = memoryStorage()
      const storage: Storage = {
        ...bound(inner),
        async commit(user, batch) {
          const fails = user === tallyUser && trouble.left-- > 0
          if (!fails || landed) await inner.commit(user, batch)
          if (fails) throw new SyncError('storage_failed', 'The test says so.')
        },
      }
      const reports: ErrorReport[] = []
      const w = await world({ ...counted({ onError: (one) => reports.push(one) }, { perUser: false }), storage })
      await w.sync()
      for (let time = 0; time < 3; time++) {
        // What is counted meanwhile must not hide that the last writing had landed.
        if (landed ? time > 0 : time === 1) await w.sync()
        trouble.left = 1
        await expect(w.engine.flushAnalytics()).rejects.toMatchObject({ code: 'storage_failed' })
      }
      trouble.left = 0
      await w.engine.flushAnalytics()
      expect((await w.engine.analytics()).totals.runs.ok).toBe(landed ? 3 : 2)
      expect(reports).toMatchObject([{ kind: 'repeated', where: 'analytics', code: 'storage_failed', times: 3 }])
    })

  test("a user's quiet runs are written after some hours, and whatever is worth a look with the others", async () => {
    const { timer, engine } = counted()
    const w = await world({ engine })
    await w.settle()
    await w.engine.flushAnalytics()
    const version = async () => (await tallies(w.storage, 'user_1'))[0]?.version
    const tick = async () => {
      timer.fire()
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    const before = await version()
    await w.sync()
    await tick()
    expect(await version()).toBe(before)
    w.calendar(0).add(content('news'))
    await w.sync()
    await tick()
    expect(await version()).toBe((before ?? 0) + 1)
    await w.sync()
    w.clock.now += 6 * 3_600_000 + 1
    await tick()
    expect(await version()).toBe((before ?? 0) + 2)
  })

  test('counts of a user who was forgotten meanwhile do not come back', async () => {
    const w = await world(counted())
    await w.sync()
    const [connection] = (await w.storage.list('user_1' as never, 'connection', { limit: 9 })).records
    const gone = { op: 'remove', collection: 'connection', id: connection?.id ?? '' } as const
    await w.storage.commit('user_1' as never, { changes: [gone] })
    await w.engine.flushAnalytics()
    expect(await tallies(w.storage, 'user_1')).toEqual([])
    expect((await w.engine.analytics()).totals.runs.ok).toBe(1)
  })

  test('the past is put together, nothing of it is lost, and what is too old goes', async () => {
    const { engine } = counted({}, { hourlyDays: 2, days: 5, userDays: 3 })
    const w = await world({ engine })
    for (let hour = 0; hour < 24 * 7; hour++) {
      await w.sync()
      await w.engine.flushAnalytics()
      w.clock.now += 3_600_000 - 1_000
    }
    const kept = (await tallies(w.storage)).map(({ id }) => id.split('/')[0])
    const count = (span: string) => kept.filter((one) => one === span).length
    expect(count('slot')).toBeLessThanOrEqual(8)
    expect(count('hour')).toBeLessThanOrEqual(2 * 24 + 24)
    expect(count('day')).toBeLessThanOrEqual(6)
    const { totals, buckets } = await w.engine.analytics({ from: w.clock.now - 4 * 86_400_000 })
    expect(buckets.every((one, at) => at === 0 || at === buckets.length - 1 || one.runs.ok === 24)).toBe(true)
    expect(totals.people?.activeUsers).toBe(1)
    expect((await tallies(w.storage, 'user_1')).length).toBeLessThanOrEqual(5)
  })

  test('no id of a user, calendar, event or group is in what all users share', async () => {
    const { engine } = counted()
    const w = await world({ engine, group: { id: 'canary-group' } })
    w.calendar(0).add(content('canary title'))
    await w.user.groups.sync('canary-group')
    await w.user.groups.verify('canary-group')
    await w.engine.flushAnalytics()
    const text = JSON.stringify((await tallies(w.storage)).map(({ value }) => value))
    for (const id of ['user_1', 'canary', 'account', ...w.calendarIds]) expect(text).not.toContain(id)
  })
})

describe('the aims', () => {
  test('say nothing while too little was counted, and how much it takes', async () => {
    const w = await world(counted())
    await w.sync()
    const { goals } = await w.engine.analytics()
    expect(goals.syncTime).toMatchObject({
      figure: 0,
      target: 30_000,
      is: 'below',
      samples: 1,
      needed: 20,
      met: undefined,
    })
    expect(goals.accuracy).toMatchObject({ target: 0.99, samples: 0, needed: 100, met: undefined })
    expect(goals.adoption).toMatchObject({ figure: 1, met: undefined })
  })

  test('are met or not by what was counted', async () => {
    const w = await world(counted({}, { targets: { adoption: 2 } }))
    for (let index = 0; index < 60; index++) w.calendar(0).add(content(`event ${index}`))
    await w.settle()
    for (let index = 0; index < 20; index++) await w.sync()
    await w.user.groups.verify('group')
    const { goals, totals } = await w.engine.analytics()
    expect(goals.syncTime.met).toBe(true)
    expect(totals.accuracy).toMatchObject({ copies: 120, accurate: 120, share: 1, repairedShare: 1 })
    expect(goals.accuracy).toMatchObject({ figure: 1, met: true })
    expect(goals.adoption).toMatchObject({ figure: 1, target: 2, met: false })
  })
})

describe('conflicts', () => {
  test('that a strategy settles and ones that wait for a person are told apart, each counted once', async () => {
    const w = await world({
      ...counted(),
      group: { strategies: [{ use: 'preferOrigin' }], fieldStrategies: { title: [{ use: 'askAPerson' }] } },
    })
    const id = w.calendar(0).add(content('lunch', { location: 'here' }))
    await w.settle()
    const other = () => w.calendar(1).all()[0]?.id ?? ''
    w.calendar(0).edit(id, { location: 'Berlin' })
    w.calendar(1).edit(other() as never, { location: 'Bonn' })
    await w.settle()
    expect((await w.engine.analytics()).totals.conflicts).toMatchObject({ automatic: 1, waiting: 0, automaticShare: 1 })
    w.calendar(0).edit(id, { title: 'early lunch' })
    w.calendar(1).edit(other() as never, { title: 'late lunch' })
    for (let round = 0; round < 3; round++) await w.sync()
    // It is looked at again while it waits, and waits only once.
    w.calendar(0).edit(id, { description: 'with cake' })
    for (let round = 0; round < 3; round++) await w.sync()
    expect((await w.engine.analytics()).totals.conflicts).toMatchObject({
      automatic: 1,
      waiting: 1,
      byPerson: 0,
      automaticShare: 0.5,
    })
    const [open] = (await w.user.conflicts.listOpen('group')).items
    await w.user.conflicts.resolve(open?.id ?? '', { title: w.calendarIds[1] ?? '' })
    await w.settle()
    expect((await w.engine.analytics()).totals.conflicts).toEqual({
      ...{ automatic: 1, waiting: 1, byPerson: 1, automaticShare: 0.5 },
      byStrategy: { preferOrigin: 1, person: 1 },
    })
  })
})

function bound(storage: Storage): Storage {
  return {
    get: (...args) => storage.get(...args),
    getMany: (...args) => storage.getMany(...args),
    list: (...args) => storage.list(...args),
    commit: (...args) => storage.commit(...args),
    claim: (...args) => storage.claim(...args),
    release: (...args) => storage.release(...args),
    users: (...given) => storage.users(...given),
    close: () => storage.close(),
  }
}
