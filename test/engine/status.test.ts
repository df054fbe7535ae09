import { describe, expect, test } from 'vitest'
import { SyncError } from '../../src/errors.js'
import type { EventContent } from '../../src/model/content.js'
import { content, type World, world } from '../support/world.js'

const minute = 60_000
const hour = 60 * minute

const codes = async (w: World) => (await w.user.status()).reasons.map(({ code }) => code)

/** Runs that find nothing, for so long. */
async function quietly(w: World, forMs: number, everyMs = 15 * minute) {
  for (const end = w.clock.now + forMs; w.clock.now < end; ) {
    w.clock.now += everyMs
    await w.user.groups.sync('group')
  }
}

describe('the status of a group', () => {
  test('is ok where everything is in step, and says when that was seen last', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    const status = await w.user.status()
    expect(status).toMatchObject({ level: 'ok', reasons: [] })
    expect(status.groups).toMatchObject([
      { groupId: 'group', everyMs: 900_000, due: { count: 0 }, arrivals: { count: 0 } },
    ])
    expect(status.groups[0]?.lastSuccessAt).toBeLessThanOrEqual(w.clock.now)
    expect(status.calendars.map(({ calendarId }) => calendarId).sort()).toEqual([...w.calendarIds].sort())
    for (const { push, lastSuccessAt } of status.calendars) {
      expect(push).toBe('none')
      expect(lastSuccessAt).toBeGreaterThan(0)
    }
  })

  test('is working before the first sync', async () => {
    const w = await world()
    expect((await w.user.status.group('group')).reasons.map(({ code }) => code)).toEqual([
      'first_sync',
      'first_listing',
      'first_listing',
    ])
  })

  test('costs a sync that finds nothing a read and a write in an hour, and the others nothing', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    await quietly(w, 2 * hour)
    w.commits.length = 0
    await quietly(w, 10 * hour, 5 * minute)
    const written = w.commits.flatMap(({ changes }) => changes.map(({ collection }) => collection))
    expect(written.filter((name) => name !== 'pulse')).toEqual([])
    expect(written.length).toBeLessThanOrEqual(10)
    const { lastSuccessAt = 0 } = await w.user.status.group('group')
    expect(w.clock.now - lastSuccessAt).toBeLessThanOrEqual(hour)
  })

  test('tells of a calendar that does not answer, and forgets it with the first sync that reaches it, though that finds nothing', async () => {
    const w = await world({ apart: true })
    await w.settle()
    w.fault = ({ calendar, method }) =>
      calendar === 'cal-b' && method === 'changes' ? { code: 'unavailable' } : undefined
    await w.sync()
    expect((await w.user.status()).groups).toMatchObject([{ level: 'waiting' }])
    expect(await codes(w)).toEqual(['failing'])
    await quietly(w, 2 * hour)
    expect(await w.user.status.calendar(w.calendarIds[1] ?? '')).toMatchObject({
      level: 'attention',
      failure: { code: 'unavailable', remedy: 'retry' },
    })
    expect(await codes(w)).toEqual(['failing_for_long', 'late'])
    w.fault = undefined
    await w.sync()
    expect(await codes(w)).toEqual([])
  })

  test('tells of a sync that breaks off, and for how long it has', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    const { list } = w.storage
    w.storage.list = (...asked) => {
      if (asked[1] === 'membership') throw new TypeError('a defect')
      return list.apply(w.storage, asked)
    }
    await expect(w.sync()).rejects.toThrow('a defect')
    w.storage.list = list
    const [reason] = (await w.user.status()).reasons
    expect(reason).toMatchObject({ code: 'sync_broken', level: 'waiting', facts: { failure: { code: 'unavailable' } } })
    expect(JSON.stringify(reason)).not.toContain('a defect')
    w.calendar(0).add(content('Dinner'))
    await w.sync()
    expect(await codes(w)).toEqual([])
  })

  test('tells how many events are left of a first copy, and for how long', async () => {
    const w = await world()
    for (let n = 0; n < 40; n++) w.calendar(0).add(content(`e${n}`))
    for (let n = 0; n < 3; n++) {
      w.clock.now += 10_000
      await w.user.groups.sync('group', { maxWrites: 10 })
    }
    const { level, progress, due } = await w.user.status.group('group')
    expect(level).toBe('working')
    expect(due).toEqual({ count: 10, atLeast: false })
    expect(progress).toMatchObject({ settled: 30, left: { count: 10 }, share: 0.75 })
    expect(progress?.etaMs).toBeGreaterThan(0)
    expect((await w.user.status.group('group', { countUpTo: 5 })).due).toEqual({ count: 5, atLeast: true })
    await w.settle()
    expect(await w.user.status.group('group')).not.toHaveProperty('progress')
  })

  test('tells of the sync that is under way in this process', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    const seen: Promise<unknown>[] = []
    await w.sync({ cause: 'push', onProgress: () => void seen.push(w.user.status.group('group')) })
    expect(await Promise.all(seen)).toContainEqual(
      expect.objectContaining({ running: expect.objectContaining({ cause: 'push' }) }),
    )
    expect(await w.user.status.group('group')).not.toHaveProperty('running')
  })

  test('tells of copies that a calendar rewrites again and again', async () => {
    let times = 0
    const behaviour = {
      normalize: (given: EventContent) => ({ ...given, description: `Revision ${++times}` }),
      revisions: 'none',
      returnsBody: false,
    } as const
    const w = await world({ calendars: 3, behaviours: [undefined, behaviour, behaviour], apart: true })
    w.calendar(0).add(content('Lunch'))
    await quietly(w, 240 * hour, 6 * hour)
    expect(await codes(w)).toEqual(['copies_rewritten'])
  })

  test('tells of events that are refused', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    w.fault = ({ method }) => (method === 'create' ? { code: 'event_refused' } : undefined)
    await w.sync()
    expect(await codes(w)).toEqual(['events_stuck'])
    w.fault = undefined
    w.clock.now += 25 * hour
    await w.settle()
    expect(await codes(w)).toEqual([])
  })
})

describe('the status of an account', () => {
  test('that nobody is signed in at says so, and its calendars with it', async () => {
    const w = await world({ apart: true })
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    w.fault = ({ account }) => (account === 'account of cal-b' ? { code: 'auth_expired' } : undefined)
    await w.sync()
    const status = await w.user.status()
    expect(status.connections.map(({ level }) => level).sort()).toEqual(['attention', 'ok'])
    expect(await codes(w)).toEqual(['credentials_refused'])
    expect(status.groups[0]?.reasons).toMatchObject([{ code: 'credentials_refused', about: { kind: 'connection' } }])
  })
})

describe('a status', () => {
  test('of what is not there is an error', async () => {
    const w = await world()
    for (const ask of [w.user.status.group, w.user.status.calendar, w.user.status.connection])
      await expect(ask('nobody')).rejects.toThrow(SyncError)
    await expect(w.user.status({ countUpTo: 0 })).rejects.toThrow('countUpTo')
  })

  test('holds no title of an event', async () => {
    const w = await world({ group: { strategies: [{ use: 'askAPerson' }] } })
    w.calendar(0).add(content('CANARY'))
    await w.settle()
    w.calendar(0).edit(w.event(0, 'CANARY').id, { title: 'CANARY one' })
    w.calendar(1).edit(w.event(1, 'CANARY').id, { title: 'CANARY two' })
    await w.sync()
    const status = await w.user.status()
    expect(await codes(w)).toEqual(['conflicts_open'])
    expect(JSON.stringify([status, await w.user.notifications.list()])).not.toContain('CANARY')
  })

  test('of one user tells nothing of another', async () => {
    const w = await world()
    await w.settle()
    expect(await w.engine.user('user_2').status()).toMatchObject({
      level: 'ok',
      connections: [],
      calendars: [],
      groups: [],
    })
  })
})
