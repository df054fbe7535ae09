import { expect, test } from 'vitest'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import { routesUser } from '../../src/engine/watches.js'
import type { UserId } from '../../src/model/ids.js'
import { memoryProvider } from '../../src/providers/memory/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { type Collection, collections, type Storage } from '../../src/storage/storage.js'
import { watchedProvider } from '../support/watched-provider.js'

const address = 'https://app.example/push'
const now = () => Date.UTC(2026, 0, 5, 8)

async function watching(storage: Storage) {
  const memory = memoryProvider({ now })
  for (const id of ['cal-a', 'cal-b']) memory.service.addCalendar({ id })
  const provider = watchedProvider(memory, now)
  const engine = new SyncEngine({ storage, providers: [provider], now })
  const user = engine.user('user_1')
  const { calendars } = await user.connections.add({ provider: provider.id, id: 'account' })
  await user.groups.create({ name: 'test', id: 'group', members: calendars.map(({ id }) => ({ calendarId: id })) })
  await user.watches.start({ calendarId: calendars[0]?.id ?? '', address })
  return { provider, engine, user }
}

async function leftOf(storage: Storage): Promise<readonly string[]> {
  const left: string[] = []
  for (const collection of Object.keys(collections) as Collection[])
    for (const user of ['user_1' as UserId, routesUser])
      for (const { id } of (await storage.list(user, collection, { limit: 100 })).records)
        left.push(`${user} ${collection} ${id}`)
  return left
}

test('the watches of a user who is forgotten end at their service, and no notice finds its way any more', async () => {
  const storage = memoryStorage()
  const { provider, engine, user } = await watching(storage)
  const [watch] = provider.watches.values()
  if (!watch) throw new Error('there is no watch')
  // What a crash in the middle of a start leaves behind.
  const route = { watchId: 'orphan', userId: 'user_1', calendarId: 'c', token: 't', expiresAt: 9e15 }
  const keys = { end: '9', user: 'user_1' }
  await storage.commit(routesUser, {
    changes: [{ op: 'put', collection: 'route', id: 'orphan', value: route, keys }],
  })
  await user.purge({ copies: 'keep' })
  expect([...provider.watches.values()]).toEqual([])
  expect(await leftOf(storage)).toEqual([])
  expect((await engine.receive(provider.id, provider.notice(watch))).status).toBe(404)
  expect(await leftOf(storage)).toEqual([])
})

test('a notice that is taken in the very moment in which its user is forgotten leaves nothing', async () => {
  const storage = memoryStorage()
  const { provider, user } = await watching(storage)
  const [watch] = provider.watches.values()
  if (!watch) throw new Error('there is no watch')
  const late: Storage = {
    get: (...args) => storage.get(...args),
    getMany: (...args) => storage.getMany(...args),
    list: (...args) => storage.list(...args),
    commit: async (who, batch) => {
      if (batch.changes.some(({ collection }) => collection === 'notice'))
        await user.purge({ copies: 'keep' }).catch(() => 0)
      return storage.commit(who, batch)
    },
    claim: (...args) => storage.claim(...args),
    release: (...args) => storage.release(...args),
    users: (...args) => storage.users(...args),
    close: () => storage.close(),
  }
  const other = new SyncEngine({ storage: late, providers: [provider], now })
  expect((await other.receive(provider.id, provider.notice(watch))).status).toBe(404)
  expect(await leftOf(storage)).toEqual([])
})

test('a watch that is being made while its user is forgotten leaves nothing, here or at its service', async () => {
  const storage = memoryStorage()
  const { provider, user } = await watching(storage)
  const [calendar] = (await user.calendars.list()).filter(({ remoteId }) => remoteId === 'cal-b')
  const late: Storage = Object.create(storage)
  let isPurged = false
  const commit: Storage['commit'] = async (who, batch) => {
    const isWatch = batch.changes.some(({ op, collection }) => op === 'put' && collection === 'watch')
    if (isWatch && !isPurged) {
      isPurged = true
      await user.purge({ copies: 'keep' })
    }
    return storage.commit(who, batch)
  }
  for (const name of ['get', 'getMany', 'list', 'claim', 'release', 'users', 'close'] as const)
    Object.defineProperty(late, name, { value: (storage[name] as (...args: unknown[]) => unknown).bind(storage) })
  Object.defineProperty(late, 'commit', { value: commit })
  const slow = new SyncEngine({ storage: late, providers: [provider], now }).user('user_1')
  const error = await slow.watches.start({ calendarId: calendar?.id ?? '', address }).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'invalid_input' })
  expect(isPurged).toBe(true)
  expect(await leftOf(storage)).toEqual([])
  expect([...provider.watches.values()]).toEqual([])
})
