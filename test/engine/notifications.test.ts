import { describe, expect, test } from 'vitest'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import { SyncError } from '../../src/errors.js'
import type { EngineEvent } from '../../src/model/engine-event.js'
import { memoryProvider } from '../../src/providers/memory/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { watchedProvider } from '../support/watched-provider.js'
import { content, type World, world } from '../support/world.js'

const minute = 60_000
const hour = 60 * minute

const standing = async (w: World) => (await w.user.notifications.list()).items
const kinds = async (w: World) => (await standing(w)).map(({ kind, state }) => `${kind} ${state}`)

/** Titles of so many events were changed on both sides, to different ones. */
async function disagreeing(count = 1) {
  const w = await world({ group: { strategies: [{ use: 'askAPerson' }] } })
  for (let n = 0; n < count; n++) w.calendar(0).add(content(`e${n}`))
  await w.settle()
  for (let n = 0; n < count; n++) disagree(w, n)
  await w.sync()
  return w
}

const member = (calendarId: string) => ({ calendarId })

function disagree(w: World, n: number) {
  w.calendar(0).edit(w.event(0, `e${n}`).id, { title: `e${n} here` })
  w.calendar(1).edit(w.event(1, `e${n}`).id, { title: `e${n} there` })
}

async function resolve(w: World) {
  const { items } = await w.user.conflicts.listOpen('group')
  for (const { id } of items) await w.user.conflicts.resolve(id, { title: w.calendarIds[0] ?? '' })
}

describe('a notification of conflicts', () => {
  test('is one for a group, however many there are, and goes when a person has decided', async () => {
    const w = await disagreeing(3)
    expect(await standing(w)).toMatchObject([
      {
        kind: 'conflicts',
        state: 'open',
        about: { kind: 'group', id: 'group' },
        facts: { count: 3 },
        words: '3 conflicts in “test” wait for a decision.',
        remedy: 'Choose what the events should say.',
      },
    ])
    await resolve(w)
    expect(await standing(w)).toEqual([])
    await w.settle()
    expect(await standing(w)).toEqual([])
    const { items } = await w.user.notifications.list({ state: 'resolved' })
    expect(items).toMatchObject([{ kind: 'conflicts', state: 'resolved', episode: 1 }])
  })

  test('that is acknowledged stays quiet until there are more', async () => {
    const w = await world({ group: { strategies: [{ use: 'askAPerson' }] } })
    for (const n of [0, 1]) w.calendar(0).add(content(`e${n}`))
    await w.settle()
    disagree(w, 0)
    await w.sync()
    const [one] = await standing(w)
    await w.user.notifications.acknowledge(one?.id ?? '')
    expect(await kinds(w)).toEqual(['conflicts acknowledged'])
    await w.user.notifications.refresh()
    expect(await kinds(w)).toEqual(['conflicts acknowledged'])
    disagree(w, 1)
    await w.sync()
    expect(await standing(w)).toMatchObject([{ id: one?.id, state: 'open', episode: 2, facts: { count: 2 } }])
  })

  test('goes by itself when the sides agree again', async () => {
    const w = await disagreeing()
    w.calendar(0).edit(w.event(0, 'e0 here').id, { title: 'e0 there' })
    await w.settle()
    expect(await standing(w)).toEqual([])
  })

  test('is one again for a decision that a person takes back', async () => {
    const w = await disagreeing()
    const [conflict] = (await w.user.conflicts.listOpen('group')).items
    await resolve(w)
    await w.settle()
    await w.user.conflicts.reopen(conflict?.id ?? '')
    expect(await standing(w)).toMatchObject([{ kind: 'conflicts', state: 'open', episode: 2 }])
  })
})

describe('notifications', () => {
  test('of held removals come with the sync that holds them, and go when a person approves', async () => {
    const w = await world()
    for (let n = 0; n < 8; n++) w.calendar(0).add(content(`e${n}`))
    await w.settle()
    for (let n = 0; n < 8; n++) w.calendar(0).remove(w.event(0, `e${n}`).id)
    await w.sync()
    const [calendarId = ''] = w.calendarIds
    expect(await standing(w)).toMatchObject([{ kind: 'removals_held', facts: { count: 8, calendarId } }])
    await w.user.held.approve('group', { calendarId, what: 'removals' })
    expect(await standing(w)).toEqual([])
    await w.settle()
    expect(await standing(w)).toEqual([])
  })

  test('of an account that nobody is signed in at are one for all its calendars, and go with the next sync that reaches it', async () => {
    const w = await world()
    await w.settle()
    w.fault = () => ({ code: 'auth_expired' })
    for (let n = 0; n < 3; n++) await w.sync()
    expect(await standing(w)).toMatchObject([
      { kind: 'sign_in', about: { kind: 'connection', id: 'account' }, code: 'credentials_refused', episode: 1 },
    ])
    w.fault = undefined
    await w.sync()
    expect(await standing(w)).toEqual([])
  })

  test('of an account go at once when it takes a sign-in again, before any sync', async () => {
    const w = await world()
    await w.settle()
    w.fault = () => ({ code: 'auth_expired' })
    await w.sync()
    expect(await kinds(w)).toEqual(['sign_in open'])
    w.fault = undefined
    w.clock.now += minute
    await w.user.connections.add({ provider: 'memory', id: 'account', settings: { account: 'default' } })
    expect(await standing(w)).toEqual([])
    expect((await w.user.status()).level).not.toBe('stopped')
  })

  test('of a calendar that fails come when it has failed for an hour, and come back as the same ones', async () => {
    const w = await world({ apart: true })
    await w.settle()
    const failFor = async (ms: number) => {
      w.fault = ({ calendar }) => (calendar === 'cal-b' ? { code: 'unavailable' } : undefined)
      for (let passed = 0; passed < ms; passed += 15 * minute) {
        w.clock.now += 15 * minute
        await w.sync()
      }
      w.fault = undefined
    }
    await failFor(50 * minute)
    expect(await standing(w)).toEqual([])
    await failFor(30 * minute)
    const [first] = await standing(w)
    expect(first).toMatchObject({ kind: 'failing', about: { kind: 'calendar', id: w.calendarIds[1] }, episode: 1 })
    await w.sync()
    expect(await standing(w)).toEqual([])
    await failFor(2 * hour)
    expect(await standing(w)).toMatchObject([{ id: first?.id, state: 'open', episode: 2 }])
  })

  test('are not lost with a worker that died between the sync and them', async () => {
    const w = await world({ group: { strategies: [{ use: 'askAPerson' }] } })
    w.calendar(0).add(content('e0'))
    await w.settle()
    disagree(w, 0)
    const { commit } = w.storage
    w.storage.commit = async (user, batch) => {
      if (batch.changes.some(({ collection }) => collection === 'notification')) return new Promise(() => undefined)
      return commit.call(w.storage, user, batch)
    }
    void w.user.groups.sync('group')
    await new Promise((resolve) => setTimeout(resolve, 20))
    w.storage.commit = commit
    expect(await standing(w)).toEqual([])
    w.clock.now += hour
    await w.worker().groups.sync('group')
    expect(await kinds(w)).toEqual(['conflicts open'])
  })

  test('of what a sync left behind that broke off are told by the next one, though that finds nothing', async () => {
    const w = await world({ group: { strategies: [{ use: 'askAPerson' }] } })
    w.calendar(0).add(content('e0'))
    await w.settle()
    disagree(w, 0)
    const { commit } = w.storage
    w.storage.commit = async (user, batch) => {
      if (batch.changes.some(({ collection }) => collection === 'run')) throw new SyncError('storage_failed', 'away')
      return commit.call(w.storage, user, batch)
    }
    await expect(w.sync()).rejects.toThrow('away')
    w.storage.commit = commit
    expect(await standing(w)).toEqual([])
    expect((await w.sync()).counts).toMatchObject({ observed: 0, parked: 0 })
    expect(await kinds(w)).toEqual(['conflicts open'])
  })

  test('do not fail the sync, or what a person does, when they cannot be written', async () => {
    const w = await world({ group: { strategies: [{ use: 'askAPerson' }] } })
    w.calendar(0).add(content('e0'))
    await w.settle()
    disagree(w, 0)
    const { commit } = w.storage
    w.storage.commit = async (user, batch) => {
      if (batch.changes.some(({ collection }) => collection === 'notification'))
        throw new SyncError('storage_failed', 'full')
      return commit.call(w.storage, user, batch)
    }
    expect(await w.sync()).toMatchObject({ end: 'finished', counts: { parked: 1 } })
    w.storage.commit = commit
    // The next one tells, although it finds nothing.
    await w.sync()
    expect(await kinds(w)).toEqual(['conflicts open'])
  })

  test('of one group are no business of the syncs of another', async () => {
    const w = await world({ calendars: 4, woven: false, apart: true })
    const [a = '', b = '', c = '', d = ''] = w.calendarIds
    const strategies = [{ use: 'askAPerson' as const }]
    await w.user.groups.create({ name: 'one', id: 'group', members: [a, b].map(member), strategies })
    await w.user.groups.create({ name: 'two', id: 'other', members: [c, d].map(member), strategies })
    w.calendar(0).add(content('e0'))
    const syncAll = async () => {
      w.clock.now += hour
      for (const id of ['group', 'other']) await w.user.groups.sync(id)
    }
    for (let round = 0; round < 4; round++) await syncAll()
    disagree(w, 0)
    w.fault = ({ calendar }) => (calendar === 'cal-c' ? { code: 'auth_expired' } : undefined)
    await syncAll()
    const both = ['conflicts open', 'sign_in open']
    expect((await kinds(w)).sort()).toEqual(both)
    await syncAll()
    expect((await kinds(w)).sort()).toEqual(both)
    w.fault = undefined
    await syncAll()
    expect(await kinds(w)).toEqual(['conflicts open'])
  })

  test('of a group go with it', async () => {
    const w = await disagreeing()
    await w.user.groups.remove('group', { copies: 'keep' })
    expect(await standing(w)).toEqual([])
    expect((await w.storage.list('user_1' as never, 'pulse', { limit: 10 })).records).toEqual([])
  })

  test('that were resolved a month ago are forgotten', async () => {
    const w = await disagreeing()
    await resolve(w)
    w.clock.now += 29 * 24 * hour
    await w.user.notifications.refresh()
    expect((await w.user.notifications.list({ state: 'resolved' })).items).toHaveLength(1)
    w.clock.now += 2 * 24 * hour
    await w.user.notifications.refresh()
    expect((await w.user.notifications.list({ state: 'resolved' })).items).toEqual([])
  })

  test('cost a healthy sync nothing: it reads none, and its pulse once where it is recorded', async () => {
    const w = await world()
    w.calendar(0).add(content('e0'))
    await w.settle()
    const read: string[] = []
    const { get, list, getMany } = w.storage
    w.storage.get = (...asked) => {
      read.push(asked[1])
      return get.apply(w.storage, asked)
    }
    w.storage.list = (...asked) => {
      read.push(asked[1])
      return list.apply(w.storage, asked)
    }
    w.storage.getMany = (...asked) => {
      read.push(asked[1])
      return getMany.apply(w.storage, asked)
    }
    w.calendar(0).edit(w.event(0, 'e0').id, { title: 'e1' })
    await w.sync()
    await w.sync()
    expect(read.filter((name) => name === 'notification' || name === 'pulse')).toEqual(['pulse'])
  })

  test('of one user are none of another', async () => {
    const w = await disagreeing()
    const other = w.engine.user('user_2')
    const [one] = await standing(w)
    expect((await other.notifications.list()).items).toEqual([])
    await expect(other.notifications.acknowledge(one?.id ?? '')).rejects.toThrow('no notification')
  })
})

describe('what a host raises', () => {
  test('is one notification for one key, stays when the others are refreshed, and ends when it is settled', async () => {
    const w = await world()
    await w.settle()
    const { notifications } = w.user
    await notifications.raise({ key: 'errors', words: 'Too many errors.', data: { rate: 0.2 } })
    await notifications.raise({ key: 'errors', words: 'Too many errors.', data: { rate: 0.3 } })
    await notifications.raise({ key: 'slow', words: 'Too slow.', about: { kind: 'group', id: 'group' } })
    await notifications.refresh()
    await w.sync()
    const items = await standing(w)
    expect(items.map(({ words }) => words).sort()).toEqual(['Too many errors.', 'Too slow.'])
    expect(items.find(({ key }) => key === 'errors')).toMatchObject({ kind: 'alert', episode: 1, data: { rate: 0.3 } })
    await notifications.settle({ key: 'errors' })
    await notifications.settle({ key: 'errors' })
    expect((await standing(w)).map(({ key }) => key)).toEqual(['slow'])
    await notifications.acknowledge((await standing(w))[0]?.id ?? '')
    expect(await standing(w)).toEqual([])
  })
})

describe('events', () => {
  const listening = async (options: Parameters<typeof world>[0] = {}) => {
    const w = await world(options)
    const told: EngineEvent[] = []
    w.engine.subscribe((event) => {
      if (!event.type.startsWith('run.')) told.push(event)
    })
    return { w, types: () => told.splice(0).map(({ type }) => type), told }
  }

  test('tell that a conflict was opened, and by whom it was resolved', async () => {
    const { w, told, types } = await listening({ group: { strategies: [{ use: 'askAPerson' }] } })
    w.calendar(0).add(content('e0'))
    await w.settle()
    disagree(w, 0)
    await w.sync()
    expect(types()).toEqual(['conflict.opened', 'notification.opened'])
    await resolve(w)
    expect(types()).toEqual(['notification.resolved'])
    await w.sync()
    expect(told).toMatchObject([{ type: 'conflict.resolved', by: 'person', groupId: 'group', userId: 'user_1' }])
  })

  test('tell of a conflict that a strategy decided', async () => {
    const { w, told } = await listening()
    w.calendar(0).add(content('e0'))
    await w.settle()
    disagree(w, 0)
    await w.sync()
    expect(told).toMatchObject([{ type: 'conflict.resolved', by: 'strategy' }])
  })

  test('tell nothing of a decision whose commit was refused', async () => {
    const { w, types } = await listening({ group: { strategies: [{ use: 'askAPerson' }] } })
    w.calendar(0).add(content('e0'))
    await w.settle()
    disagree(w, 0)
    const { commit } = w.storage
    let seen = 0
    w.storage.commit = async (user, batch) => {
      if (batch.changes.some(({ collection }) => collection === 'conflict')) {
        seen++
        expect(types()).toEqual([])
        throw new SyncError('stale_version', 'somebody was faster')
      }
      return commit.call(w.storage, user, batch)
    }
    await w.sync()
    expect(seen).toBeGreaterThan(0)
    expect(types()).toEqual([])
  })

  test('tell what is held, once for each number', async () => {
    const { w, told } = await listening()
    for (let n = 0; n < 8; n++) w.calendar(0).add(content(`e${n}`))
    await w.settle()
    for (let n = 0; n < 8; n++) w.calendar(0).remove(w.event(0, `e${n}`).id)
    await w.sync()
    await w.sync()
    const held = told.filter(({ type }) => type === 'changes.held')
    expect(held).toMatchObject([{ what: 'removals', count: 8, calendarId: w.calendarIds[0] }])
  })

  test('tell that a watch fails, and that it is lost, once each; and its notification goes when it is good again', async () => {
    const clock = { now: Date.UTC(2026, 0, 5, 8) }
    const now = () => clock.now
    const memory = memoryProvider({ now })
    for (const id of ['cal-a', 'cal-b']) memory.service.addCalendar({ id })
    const provider = watchedProvider(memory, now)
    const engine = new SyncEngine({ storage: memoryStorage(), providers: [provider], now })
    const user = engine.user('user_1')
    const { calendars } = await user.connections.add({ provider: provider.id, id: 'account' })
    const [a = '', b = ''] = calendars.map(({ id }) => id)
    await user.groups.create({ name: 'test', id: 'group', members: [{ calendarId: a }, { calendarId: b }] })
    const told: string[] = []
    engine.subscribe(({ type }) => told.push(type))
    await user.watches.start({ calendarId: a, address: 'https://app.example/push' })
    expect((await user.status.calendar(a)).push).toBe('unproven')
    provider.refusal = new SyncError('unavailable', 'not now')
    const [watch] = await user.watches.list()
    clock.now = (watch?.renewAt ?? 0) + 1
    await user.watches.renew()
    clock.now += 24 * hour
    await user.watches.renew()
    expect((await user.status.calendar(a)).push).toBe('unproven')
    clock.now = (watch?.expiresAt ?? 0) + 24 * hour
    await user.watches.renew()
    clock.now += 24 * hour
    await user.watches.renew()
    expect(told).toEqual(['watch.failing', 'watch.lost', 'notification.opened'])
    expect((await user.status.calendar(a)).push).toBe('failed')
    expect((await user.notifications.list()).items).toMatchObject([{ kind: 'push_lost', about: { id: a } }])
    provider.refusal = undefined
    clock.now += 24 * hour
    await user.watches.renew()
    expect((await user.notifications.list()).items).toEqual([])
  })
})
