import { describe, expect, test } from 'vitest'
import type { NoticeTold } from '../../src/engine/notices.js'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import { SyncError } from '../../src/errors.js'
import { memoryProvider } from '../../src/providers/memory/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { type ServiceWatch, watchedProvider } from '../support/watched-provider.js'
import { content } from '../support/world.js'

const address = 'https://app.example/push'
const day = 86_400_000

async function setUp() {
  const clock = { now: Date.UTC(2026, 0, 5, 8) }
  const now = () => clock.now
  const memory = memoryProvider({ now })
  for (const id of ['cal-a', 'cal-b']) memory.service.addCalendar({ id })
  const provider = watchedProvider(memory, now)
  const told: NoticeTold[] = []
  const storage = memoryStorage()
  const engine = new SyncEngine({ storage, providers: [provider], now, onNotice: (one) => told.push(one) })
  const user = engine.user('user_1')
  const { calendars } = await user.connections.add({ provider: provider.id, id: 'account' })
  const [a = '', b = ''] = calendars.map(({ id }) => id)
  await user.groups.create({ name: 'test', id: 'group', members: [{ calendarId: a }, { calendarId: b }] })
  await user.groups.sync('group')
  const only = (): ServiceWatch => {
    const [watch, ...more] = provider.watches.values()
    if (!watch || more.length > 0) throw new Error(`the service has ${more.length + (watch ? 1 : 0)} watches`)
    return watch
  }
  const receive = async (request: Request) => (await engine.receive(provider.id, request)).status
  return { clock, memory, provider, engine, user, storage, told, a, b, only, receive }
}

const waiting = async ({ user }: Awaited<ReturnType<typeof setUp>>) =>
  (await user.groups.noticed()).map((one) => one.groupId)

describe('a notice', () => {
  test('makes its groups wait until they were synced, and tells the host', async () => {
    const w = await setUp()
    await w.user.watches.start({ calendarId: w.a, address })
    expect(await w.receive(w.provider.notice(w.only(), 'begun'))).toBe(202)
    expect(await waiting(w)).toEqual([])
    w.memory.service.calendar('cal-a').add(content('Lunch'))
    expect(await w.receive(w.provider.notice(w.only()))).toBe(202)
    expect(await waiting(w)).toEqual(['group'])
    expect(w.told).toEqual([{ userId: 'user_1', calendarId: w.a, groupIds: ['group'] }])
    await w.user.groups.sync('group')
    expect(await waiting(w)).toEqual([])
  })

  test('that comes while a sync is under way is not lost with those before it', async () => {
    const w = await setUp()
    await w.user.watches.start({ calendarId: w.a, address })
    await w.receive(w.provider.notice(w.only()))
    let again: Promise<number> | undefined
    await w.user.groups.sync('group', {
      onProgress: ({ phase }) => {
        if (phase === 'observe') again ??= w.receive(w.provider.notice(w.only()))
      },
    })
    expect(await again).toBe(202)
    expect(await waiting(w)).toEqual(['group'])
  })

  test('stays while the calendar that it is about cannot be reached', async () => {
    const w = await setUp()
    await w.user.watches.start({ calendarId: w.a, address })
    await w.receive(w.provider.notice(w.only()))
    w.memory.service.calendar('cal-a').vanish()
    await w.user.groups.sync('group')
    expect(await waiting(w)).toEqual(['group'])
  })

  for (const [name, change] of [
    ['with another token', { token: 'x'.repeat(64) }],
    ['with no token', { token: '' }],
    ['of a watch that nobody made', { watchId: 'nobody' }],
    ['about another calendar than the watch is of', { resource: 'resource of cal-b' }],
  ] as const)
    test(`${name} is refused, and nothing waits for it`, async () => {
      const w = await setUp()
      await w.user.watches.start({ calendarId: w.a, address })
      expect(await w.receive(w.provider.notice(w.only(), 'changed', change))).toBe(404)
      expect([await waiting(w), w.told]).toEqual([[], []])
    })

  test('of a watch that has run out is refused', async () => {
    const w = await setUp()
    await w.user.watches.start({ calendarId: w.a, address })
    w.clock.now += 8 * day
    expect(await w.receive(w.provider.notice(w.only()))).toBe(404)
  })

  test('that is none, or far too large, is refused before anything is looked up', async () => {
    const w = await setUp()
    const post = (body: string) => w.receive(new Request(address, { method: 'POST', body }))
    expect(await post('<html>')).toBe(400)
    expect(await post(JSON.stringify({ kind: 'x'.repeat(2_000_000) }))).toBe(413)
    const hello = await w.engine.receive('memory', new Request(address, { method: 'POST', body: 'anybody there? yes' }))
    expect([hello.status, await hello.text(), hello.headers.get('content-type')]).toEqual([
      200,
      'yes',
      'text/plain; charset=utf-8',
    ])
  })

  test('the token of a watch is nowhere in the storage', async () => {
    const w = await setUp()
    await w.user.watches.start({ calendarId: w.a, address })
    const { token } = w.only()
    const kept = await Promise.all(
      (['watch', 'route'] as const).flatMap((collection) =>
        ['user_1', '~calweave/routes'].map((user) => w.storage.list(user as never, collection, { limit: 100 })),
      ),
    )
    expect(JSON.stringify(kept)).toContain(w.only().id)
    expect(JSON.stringify(kept)).not.toContain(token)
    expect(JSON.stringify(await w.user.watches.list())).not.toContain(token)
  })
})

describe('a watch', () => {
  test('is renewed well before it ends, the new one before the old one is gone, and notices of both count', async () => {
    const w = await setUp()
    const first = await w.user.watches.start({ calendarId: w.a, address })
    const old = w.only()
    expect(first.renewAt).toBeGreaterThan(w.clock.now + 4 * day)
    expect(first.renewAt).toBeLessThan(first.expiresAt - day)
    expect(await w.user.watches.renew()).toEqual({ renewed: [], failed: [] })
    w.clock.now = first.renewAt
    const { renewed } = await w.user.watches.renew()
    expect(renewed.map(({ id }) => id)).toEqual([w.only().id])
    expect(w.only().id).not.toBe(old.id)
    expect(await w.receive(w.provider.notice(w.only()))).toBe(202)
    expect(await w.receive(w.provider.notice(old))).toBe(404)
  })

  test('of many that were made together each has its own moment to be renewed', async () => {
    const moments = new Set<number>()
    for (let n = 0; n < 20; n++) {
      const w = await setUp()
      moments.add((await w.user.watches.start({ calendarId: w.a, address })).renewAt)
    }
    expect(moments.size).toBe(20)
  })

  test('that cannot be renewed stays, says why, and is tried again before it ends', async () => {
    const w = await setUp()
    const { renewAt, expiresAt } = await w.user.watches.start({ calendarId: w.a, address })
    w.clock.now = renewAt
    w.provider.refusal = new SyncError('unavailable', 'The service is down.')
    const [failed] = (await w.user.watches.renew()).failed
    expect(failed).toMatchObject({ failure: { code: 'unavailable' } })
    const routes = await w.storage.list('~calweave/routes' as never, 'route', { limit: 100 })
    expect(routes.records.map(({ id }) => id)).toEqual([w.only().id]) // of the one that failed nothing is left
    expect(failed?.renewAt).toBeLessThan(expiresAt)
    expect(await w.receive(w.provider.notice(w.only()))).toBe(202)
    w.provider.refusal = undefined
    w.clock.now = failed?.renewAt ?? 0
    expect((await w.user.watches.renew()).renewed).toHaveLength(1)
    expect((await w.user.watches.list())[0]).not.toHaveProperty('failure')
  })

  test('that the service is about to end is due at once', async () => {
    const w = await setUp()
    await w.user.watches.start({ calendarId: w.a, address })
    w.clock.now += day
    expect(await w.receive(w.provider.notice(w.only(), 'ending'))).toBe(202)
    expect((await w.user.watches.renew()).renewed).toHaveLength(1)
  })

  test('that two workers make at once is one in the end', async () => {
    const w = await setUp()
    const made = await Promise.allSettled([1, 2].map(() => w.user.watches.start({ calendarId: w.a, address })))
    expect(made.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect((await w.user.watches.list()).map(({ id }) => id)).toEqual([w.only().id])
  })

  test('ends when it is stopped, and when its account is disconnected', async () => {
    const w = await setUp()
    await w.user.watches.start({ calendarId: w.a, address })
    await w.user.watches.start({ calendarId: w.b, address })
    await w.user.watches.stop(w.a)
    const left = w.only()
    await w.user.connections.disconnect('account')
    expect([[...w.provider.watches], await w.user.watches.list()]).toEqual([[], []])
    expect(await w.receive(w.provider.notice(left))).toBe(404)
  })

  test('needs a service that tells, and an address that nobody else can read', async () => {
    const w = await setUp()
    await expect(w.user.watches.start({ calendarId: w.a, address: 'http://app.example/push' })).rejects.toMatchObject({
      code: 'invalid_input',
    })
    const mute = new SyncEngine({ storage: memoryStorage(), providers: [w.memory], now: () => w.clock.now }).user('u')
    const { calendars } = await mute.connections.add({ provider: 'memory' })
    await expect(mute.watches.start({ calendarId: calendars[0]?.id ?? '', address })).rejects.toMatchObject({
      code: 'unsupported',
    })
    expect(() => w.engine.user('~calweave/routes')).toThrow('kept for calweave')
  })
})
