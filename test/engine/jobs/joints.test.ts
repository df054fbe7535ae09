import { describe, expect, test } from 'vitest'
import type { ErrorReport } from '../../../src/engine/error-reports.js'
import { upkeepJob } from '../../../src/engine/jobs/upkeep.js'
import { SyncEngine } from '../../../src/engine/sync-engine.js'
import { SyncError } from '../../../src/errors.js'
import type { EngineEvent } from '../../../src/model/engine-event.js'
import type { UserId } from '../../../src/model/ids.js'
import { memoryProvider } from '../../../src/providers/memory/index.js'
import type { Job } from '../../../src/scheduler/scheduler.js'
import { memoryStorage } from '../../../src/storage/memory.js'
import { type Collection, collections, type Storage } from '../../../src/storage/storage.js'
import { watchedProvider } from '../../support/watched-provider.js'
import { groupJob, working } from '../../support/working.js'
import { content, world } from '../../support/world.js'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** A storage with which something is wrong while `spoil` throws. */
function spoiled(): { readonly storage: Storage; spoil: (collection: string) => void } {
  const inner = memoryStorage()
  const trouble = { spoil: (_collection: string) => {} }
  const storage: Storage = Object.create(inner, {
    list: {
      value: async (...args: Parameters<Storage['list']>) => {
        trouble.spoil(args[1])
        return inner.list(...args)
      },
    },
  })
  for (const name of ['get', 'getMany', 'commit', 'claim', 'release', 'users', 'close', 'forget'] as const)
    Object.defineProperty(storage, name, { value: (inner[name] as (...args: unknown[]) => unknown).bind(inner) })
  return Object.assign(trouble, { storage })
}

describe('a group that is given up', () => {
  async function givenUp() {
    const trouble = spoiled()
    const at = await working({ storage: trouble.storage })
    await at.pass(0)
    trouble.spoil = (collection) => {
      if (collection === 'inbox') throw new TypeError('x is undefined')
    }
    const told: EngineEvent[] = []
    at.w.engine.subscribe((event) => told.push(event))
    for (let n = 0; n < 200 && (await at.w.user.jobs.dead()).length === 0; n++) await at.pass(5 * minute)
    return { ...at, trouble, told }
  }

  test('is in the status and among the notifications, until it goes again', async () => {
    const { w, pass, trouble, told } = await givenUp()
    expect((await w.user.jobs.dead()).map(({ groupId }) => groupId)).toEqual(['group'])
    expect(told.filter(({ type }) => type === 'notification.opened')).not.toEqual([])
    trouble.spoil = () => {}
    expect((await w.user.status()).groups[0]?.reasons.map(({ code }) => code)).toContain('given_up')
    expect((await w.user.notifications.list()).items.map(({ kind }) => kind)).toEqual(['given_up'])
    await w.user.jobs.retry('group')
    await pass(0)
    expect((await w.user.status()).groups[0]?.reasons.map(({ code }) => code)).not.toContain('given_up')
    expect((await w.user.notifications.list()).items).toEqual([])
  })

  test('is tried once by a push, and people are not told of it again', async () => {
    const { w, pass, told, scheduler } = await givenUp()
    const push = { key: groupJob, tenant: 'user_1', kind: 'sync', data: { user: 'user_1', group: 'group' } } as const
    const before = told.length
    for (let n = 0; n < 3; n++) {
      await scheduler.enqueue({ ...push, urgency: 'push', at: w.clock.now })
      expect((await pass(0)).filter((key) => key === groupJob)).toHaveLength(1)
      await pass(minute)
      expect(await w.user.jobs.dead()).toHaveLength(1)
    }
    const again = told.slice(before).map(({ type }) => type)
    expect(again).toContain('run.failed')
    expect(again.filter((type) => type === 'group.givenUp' || type === 'notification.opened')).toEqual([])
  })

  test('is told of once more when a person had it retried in vain', async () => {
    const { w, pass, told } = await givenUp()
    await w.user.jobs.retry('group')
    await pass(0)
    expect(await w.user.jobs.dead()).toHaveLength(1)
    expect(told.filter(({ type }) => type === 'group.givenUp')).toHaveLength(2)
  })
})

describe('a worker that is silent', () => {
  test('loses its jobs when it loses its leases, unless it is told otherwise', async () => {
    for (const [given, wanted] of [
      [{}, 5_000],
      [{ silenceMs: 7_000 }, 7_000],
    ] as const) {
      const { w, scheduler } = await working({ engine: { leaseMs: 5_000 } }, false)
      const started: unknown[] = []
      scheduler.start = async (_handler, options) => void started.push(options?.silenceMs)
      await w.engine.start(given)
      expect(started).toEqual([wanted])
    }
  })
})

describe('a sweep', () => {
  test('leaves a group that is given up to a person, also when a notice waits for it', async () => {
    const trouble = spoiled()
    const { w, pass } = await working({ storage: trouble.storage })
    await pass(0)
    trouble.spoil = (collection) => {
      if (collection === 'inbox') throw new TypeError('x is undefined')
    }
    for (let n = 0; n < 200 && (await w.user.jobs.dead()).length === 0; n++) await pass(5 * minute)
    const value = { groupId: 'group', calendarId: w.calendarIds[0] ?? '', at: w.clock.now }
    const id = `group/${value.calendarId}`
    await w.storage.commit('user_1' as UserId, { changes: [{ op: 'put', collection: 'notice', id, value }] })
    w.calls.length = 0
    expect(await pass(2 * day)).toContain('sweep')
    await pass(minute)
    expect(await w.user.jobs.dead()).toHaveLength(1)
    expect(w.calls).toEqual([])
  })
})

describe('jobs that are for everybody', () => {
  test('alerts are looked at on the next occasion, however often telling of one failed', async () => {
    const { w, scheduler, pass } = await working({
      engine: {
        analytics: {},
        alerts: { rules: [], onAlert: () => {} },
      },
    })
    await pass(0)
    const [job] = scheduler.waiting().filter(({ key }) => key === 'alerts')
    if (!job) throw new Error('no job')
    const failure = { code: 'unavailable', reason: 'UNEXPECTED', remedy: 'retry', message: '', at: 0 } as const
    w.engine.checkAlerts = () => Promise.reject(new TypeError('the mail server is away'))
    const end = await scheduler.deliver({ ...job, attempt: 50, failure })
    expect(end.type).toBe('failed')
    if (end.type === 'failed') expect(end.at - w.clock.now).toBeLessThanOrEqual(6 * minute)
  })
})

describe('upkeep of which one task fails again and again', () => {
  const job: Job = {
    ...{ key: 'upkeep/jo', tenant: 'jo', kind: 'upkeep', data: { user: 'jo' }, urgency: 'upkeep' as const },
    ...{ at: 0, attempt: 14 },
  }
  const storage = { list: async () => ({ records: [{ id: 'account', version: 1, value: {} }] }) }
  const engine = { now: () => 10 * day, storage } as never
  const { signal } = new AbortController()

  test('comes when the others want it to', async () => {
    const tasks = [
      { name: 'watches', run: async () => 10 * day + 5 * minute },
      { name: 'people', run: () => Promise.reject(new TypeError('x is undefined')) },
    ]
    const end = await upkeepJob(engine, job, signal, tasks)
    expect(end).toMatchObject({ type: 'failed', at: 10 * day + 5 * minute })
  })

  test('comes back soon where another worker took over', async () => {
    const tasks = [{ name: 'watches', run: () => Promise.reject(new SyncError('lease_lost', 'Elsewhere.')) }]
    const end = await upkeepJob(engine, { ...job, attempt: 1 }, signal, tasks)
    expect('at' in end && end.at).toBeLessThanOrEqual(10 * day + 2 * minute)
  })

  test('forgets what was resolved a month ago', async () => {
    const { w, pass } = await working()
    await pass(0)
    await w.user.notifications.raise({ key: 'a', words: 'A.' })
    await w.user.notifications.settle({ key: 'a' })
    expect((await w.user.notifications.list({ state: 'resolved' })).items).toHaveLength(1)
    for (let n = 0; n < 33; n++) await pass(day)
    expect((await w.user.notifications.list({ state: 'resolved' })).items).toEqual([])
  })
})

describe('a run', () => {
  test('that another worker took over is not under way here any more', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    const other = w.worker()
    let isFirst = true
    w.fault = async ({ method, phase }) => {
      if (method === 'create' && phase === 'before' && isFirst) {
        isFirst = false
        w.clock.now += 10 * minute
        await other.groups.sync('group')
        w.clock.now += 10 * minute
      }
      return undefined
    }
    expect((await w.sync()).end).toBe('busy')
    const [status] = (await w.user.status()).groups
    expect(status?.running).toBeUndefined()
    expect(w.titles(1)).toEqual(['Lunch'])
  })

  test('does not count as a look at a calendar that is paused', async () => {
    const w = await world({ calendars: 3 })
    await w.settle()
    const [, , id = ''] = w.calendarIds
    const before = (await w.user.status.calendar(id)).lastSuccessAt
    await w.user.pauses.set({ scope: { calendar: id }, reason: 'holiday' })
    w.clock.now += 5 * hour
    w.calendar(0).add(content('Lunch'))
    await w.sync()
    expect((await w.user.status.calendar(id)).lastSuccessAt).toBe(before)
  })
})

describe('two at once', () => {
  test('who drop old entries of the audit do not take each other for tampering', async () => {
    const inner = memoryStorage()
    let between: (() => Promise<void>) | undefined
    const w = await world({ storage: inner })
    for (const name of ['a', 'b', 'c']) {
      await w.user.groups.change('group', { name })
      w.clock.now += day
    }
    const other = w.worker()
    const held: Storage = Object.create(inner)
    for (const name of ['get', 'getMany', 'commit', 'claim', 'release', 'users', 'close', 'forget'] as const)
      Object.defineProperty(held, name, { value: (inner[name] as (...args: unknown[]) => unknown).bind(inner) })
    Object.defineProperty(held, 'list', {
      value: async (...args: Parameters<Storage['list']>) => {
        if (args[1] === 'audit') {
          const work = between
          between = undefined
          await work?.()
        }
        return inner.list(...args)
      },
    })
    between = async () => void (await other.audit.retain({ olderThanMs: 2 * day + hour }))
    const slow = w.worker({ storage: held })
    expect((await slow.audit.retain({ olderThanMs: hour })).broken).toEqual([])
  })

  test('what a person approves while a run is under way is not taken back by that run', async () => {
    const w = await world({ group: { removalGuard: { count: 3, share: 0.3 } } })
    const ids = Array.from({ length: 20 }, (_, n) => w.calendar(0).add(content(`e${n}`)))
    await w.settle()
    for (const id of ids.slice(0, 8)) w.calendar(0).remove(id)
    await w.sync()
    const [first = '', second = ''] = w.calendarIds
    expect((await w.user.held.list('group')).map(({ calendarId }) => calendarId)).toEqual([first])
    for (let n = 10; n < 18; n++) w.calendar(1).remove(w.event(1, `e${n}`).id)
    let isFirst = true
    w.fault = async ({ method, phase }) => {
      if (method === 'changes' && phase === 'before' && isFirst) {
        isFirst = false
        await w.user.held.approve('group', { calendarId: first, what: 'removals' })
      }
      return undefined
    }
    await w.sync()
    const held = await w.user.held.list('group')
    expect(held.map(({ calendarId, approved }) => [calendarId, approved])).toEqual([
      [first, true],
      [second, false],
    ])
  })

  test('who connect one account tell of it once', async () => {
    const w = await world()
    const told: EngineEvent[] = []
    w.engine.subscribe((event) => told.push(event))
    const account = { provider: 'memory', id: 'new', settings: { account: 'default' } }
    const first = w.user.connections.add(account)
    w.clock.now += 5
    await Promise.all([first, w.user.connections.add(account)])
    expect(told.filter(({ type }) => type === 'connection.added')).toHaveLength(1)
  })

  test('a watch that is ended in the moment in which it is renewed ends at its service too', async () => {
    const clock = { now: Date.UTC(2026, 0, 5, 8) }
    const now = () => clock.now
    const memory = memoryProvider({ now })
    memory.service.addCalendar({ id: 'cal-a' })
    const provider = watchedProvider(memory, now)
    const inner = memoryStorage()
    let between: (() => Promise<unknown>) | undefined
    const slow: Storage = Object.create(inner)
    for (const name of ['get', 'getMany', 'list', 'claim', 'release', 'users', 'close', 'forget'] as const)
      Object.defineProperty(slow, name, { value: (inner[name] as (...args: unknown[]) => unknown).bind(inner) })
    Object.defineProperty(slow, 'commit', {
      value: async (...args: Parameters<Storage['commit']>) => {
        const work = between
        between = undefined
        await work?.()
        return inner.commit(...args)
      },
    })
    const userOf = (storage: Storage) => new SyncEngine({ storage, providers: [provider], now }).user('jo')
    const user = userOf(inner)
    const { calendars } = await user.connections.add({ provider: provider.id, id: 'account' })
    const calendarId = calendars[0]?.id ?? ''
    await user.watches.start({ calendarId, address: 'https://app.example/push' })
    clock.now += 6.9 * day
    between = async () => expect((await user.watches.renew()).renewed).toHaveLength(1)
    await userOf(slow).watches.stop(calendarId)
    expect([await user.watches.list(), [...provider.watches.values()]]).toEqual([[], []])
  })

  test('upkeep that slept while its user was forgotten leaves nothing, and tells nobody', async () => {
    const inner = memoryStorage()
    const w = await world({ storage: inner, group: { strategies: [{ use: 'askAPerson' }] } })
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    await w.storage.commit('user_1' as UserId, { changes: [{ op: 'remove', collection: 'pulse', id: 'group' }] })
    let between: (() => Promise<unknown>) | undefined
    const slow: Storage = Object.create(inner)
    for (const name of ['get', 'getMany', 'list', 'claim', 'release', 'users', 'close', 'forget'] as const)
      Object.defineProperty(slow, name, { value: (inner[name] as (...args: unknown[]) => unknown).bind(inner) })
    Object.defineProperty(slow, 'commit', {
      value: async (...args: Parameters<Storage['commit']>) => {
        const work = between
        between = undefined
        await work?.()
        return inner.commit(...args)
      },
    })
    const mails: unknown[] = []
    const notify = { notifier: async (batch: unknown) => void mails.push(batch), windowMs: 0 }
    const sleepy = w.worker({ storage: slow, notify })
    const group = await inner.get('user_1' as UserId, 'group', 'group')
    const held = { [w.calendarIds[0] ?? '']: { count: 9, since: 0, approved: false } }
    const value = { ...(group?.value as object), heldRemovals: held } as never
    await inner.commit('user_1' as UserId, { changes: [{ op: 'put', collection: 'group', id: 'group', value }] })
    between = () => w.user.purge({ copies: 'keep' })
    await sleepy.notifications.refresh().catch(() => undefined)
    await sleepy.notifications.deliver()
    expect(mails).toEqual([])
    const left = await Promise.all(
      (Object.keys(collections) as Collection[]).map((one) => inner.list('user_1' as UserId, one, { limit: 10 })),
    )
    expect(left.flatMap(({ records }) => records)).toEqual([])
  })
})

describe('a change whose job does not get into the queue', () => {
  test('is reported by a process that works at nothing, and taken up by the sweep', async () => {
    const reports: ErrorReport[] = []
    const at = await working({ woven: false, engine: { onError: (report) => void reports.push(report) } }, false)
    const { enqueue } = at.scheduler
    at.scheduler.enqueue = () => Promise.reject(new SyncError('storage_failed', 'The queue is away.'))
    const members = at.w.calendarIds.map((calendarId) => ({ calendarId }))
    await at.w.user.groups.create({ name: 'test', id: 'group', members })
    expect(reports[0]).toMatchObject({ kind: 'late', where: 'queue', code: 'storage_failed', userId: 'user_1' })
    at.scheduler.enqueue = enqueue
    at.w.calendar(0).add(content('Lunch'))
    await at.w.engine.start()
    await at.pass(0)
    expect(at.w.titles(1)).toEqual(['Lunch'])
  })
})

describe('an account that answers again', () => {
  test('has its groups synced at once when it is refreshed', async () => {
    const { w, pass, wait } = await working()
    await pass(0)
    w.calendar(0).add(content('Lunch'))
    w.fault = () => ({ code: 'auth_expired' })
    await pass(wait())
    expect(wait()).toBeGreaterThan(minute)
    w.fault = undefined
    await w.user.connections.refresh('account')
    expect(await pass(0)).toContain(groupJob)
    expect(w.titles(1)).toEqual(['Lunch'])
  })
})

describe('an account that answers as before', () => {
  test('has nothing synced when it is refreshed', async () => {
    const { w, pass } = await working()
    await pass(0)
    w.calendar(0).add(content('Lunch'))
    await w.user.connections.refresh('account')
    expect(await pass(0)).not.toContain(groupJob)
    expect(w.titles(1)).toEqual([])
  })
})

describe('accounts that are added in the same millisecond', () => {
  test('are told of once each, and one of them is the first', async () => {
    const storage = memoryStorage()
    const memory = memoryProvider({ now: () => 1_000 })
    memory.service.addCalendar({ id: 'cal' })
    const told: EngineEvent[] = []
    const engines = [0, 1].map(() => {
      const engine = new SyncEngine({ storage, providers: [memory], now: () => 1_000 })
      engine.subscribe((event) => told.push(event))
      return engine.user('user_1').connections
    })
    await Promise.all(engines.map((connections) => connections.add({ provider: 'memory', id: 'same' })))
    const added = () => told.flatMap((event) => (event.type === 'connection.added' ? [event] : []))
    expect(added().map(({ connectionId, isFirst }) => [connectionId, isFirst])).toEqual([['same', true]])

    const other = new SyncEngine({ storage, providers: [memory], now: () => 1_000 })
    other.subscribe((event) => told.push(event))
    const jo = other.user('user_2').connections
    told.length = 0
    await Promise.all(['a', 'b', 'c'].map((id) => jo.add({ provider: 'memory', id })))
    expect(added()).toHaveLength(3)
    expect(added().filter(({ isFirst }) => isFirst)).toHaveLength(1)
  })
})
