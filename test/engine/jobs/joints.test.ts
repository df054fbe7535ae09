import { describe, expect, test } from 'vitest'
import { upkeepJob } from '../../../src/engine/jobs/upkeep.js'
import { SyncError } from '../../../src/errors.js'
import type { EngineEvent } from '../../../src/model/engine-event.js'
import type { Job } from '../../../src/scheduler/scheduler.js'
import { memoryStorage } from '../../../src/storage/memory.js'
import type { Storage } from '../../../src/storage/storage.js'
import { working } from '../../support/working.js'
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
})
