import { expect, test } from 'vitest'
import { Keeper } from '../../src/engine/sign-in-keeper.js'
import { SyncError } from '../../src/errors.js'
import type { KeptConnection } from '../../src/model/connection.js'
import type { EngineHappening } from '../../src/model/engine-event.js'
import type { ConnectionId, UserId } from '../../src/model/ids.js'
import { memoryStorage } from '../../src/storage/memory.js'
import type { Batch } from '../../src/storage/storage.js'

const user = 'user_1' as UserId
const id = 'account' as ConnectionId
const refused = new SyncError('auth_expired', 'The sign-in has ended.')

/** Two workers that keep one connection, and what they tell. */
async function kept() {
  const storage = memoryStorage()
  const commit = storage.commit.bind(storage)
  const answers: ((batch: Batch) => Promise<void>)[] = []
  storage.commit = (who, batch) => (answers.shift() ?? ((one) => commit(who, one)))(batch)
  const told: string[] = []
  const tell = (_user: UserId, happening: EngineHappening) => void told.push(happening.type)
  const newKeeper = () => new Keeper({ storage, now: () => 1_000, newHolder: () => 'holder', tell })
  const [one, two] = [newKeeper(), newKeeper()]
  const fresh: KeptConnection = {
    ...{ id, userId: user, provider: 'memory', name: 'Work', settings: {}, createdAt: 0 },
    generation: 1,
  }
  await one.change(user, id, () => fresh)
  const signedIn = () =>
    one.change(user, id, (current) => {
      if (!current) return undefined
      const { needs: _needs, failure: _failure, ...rest } = current
      return { ...rest, generation: (current.generation ?? 0) + 1 }
    })
  return { one, two, fresh, told, answers, commit, signedIn }
}

test('that somebody has to sign in is told once, whoever finds it first, and that somebody has', async () => {
  const { one, two, fresh, told, signedIn } = await kept()
  expect(told).toEqual([])
  await Promise.all([one.needSignIn(fresh, refused), two.needSignIn(fresh, refused)])
  await two.needSignIn(fresh, refused)
  expect(told).toEqual(['connection.needsSignIn'])
  await signedIn()
  await signedIn()
  expect(told).toEqual(['connection.needsSignIn', 'connection.restored'])
})

test('what the storage has written without saying so is told all the same, once', async () => {
  const { one, fresh, told, answers, commit } = await kept()
  answers.push(async (batch) => {
    await commit(user, batch)
    throw new SyncError('storage_failed', 'No answer.')
  })
  await one.needSignIn(fresh, refused)
  expect(told).toEqual(['connection.needsSignIn'])
})

test('what the storage has not written is not told', async () => {
  const { one, fresh, told, answers } = await kept()
  for (let n = 0; n < 5; n++) answers.push(() => Promise.reject(new SyncError('storage_failed', 'The disk is full.')))
  await expect(one.needSignIn(fresh, refused)).rejects.toThrow('The disk is full.')
  expect(told).toEqual([])
})
