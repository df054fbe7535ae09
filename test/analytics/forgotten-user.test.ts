import { expect, test } from 'vitest'
import { put } from '../../src/engine/records.js'
import { TallyKeeper } from '../../src/engine/tally-keeper.js'
import { tidyTalliesOf } from '../../src/engine/tally-store.js'
import type { EngineEvent } from '../../src/model/engine-event.js'
import type { UserId } from '../../src/model/ids.js'
import { everybody, noTally, spanMs } from '../../src/model/tally.js'
import { memoryStorage } from '../../src/storage/memory.js'
import type { Storage } from '../../src/storage/storage.js'

const start = Date.UTC(2026, 0, 5, 8)
const user = 'user' as UserId
const keep = { slotsMs: spanMs.hour, hoursMs: 2 * spanMs.day, daysMs: 400 * spanMs.day }

function verified(at: number): EngineEvent {
  const ids = { userId: user, groupId: 'group' as never }
  return { ...ids, at, type: 'group.verified', copies: 1, accurate: 1, accurateAfterRepair: 1 }
}

test('a user who is forgotten between the look for connections and the writing of counts leaves nothing behind', async () => {
  const inner = memoryStorage()
  const connection = { op: 'put', collection: 'connection', id: 'connection', value: {} } as const
  await inner.commit(user, { changes: [connection] })
  const storage: Storage = {
    get: (...args) => inner.get(...args),
    getMany: (...args) => inner.getMany(...args),
    list: (...args) => inner.list(...args),
    claim: (...args) => inner.claim(...args),
    release: (...args) => inner.release(...args),
    users: (...given) => inner.users(...given),
    close: () => inner.close(),
    async commit(whose, batch) {
      // Another worker forgets the user, whole, at this moment.
      if (whose === user)
        await inner.commit(user, { changes: [{ op: 'remove', collection: 'connection', id: 'connection' }] })
      await inner.commit(whose, batch)
    },
  }
  const keeper = new TallyKeeper({
    ...{ storage, now: () => start, owner: 'worker', keep, userDaysMs: spanMs.day },
    ...{ flushMs: 60_000, quietMs: 60_000, perUser: true },
    setTimer: () => () => undefined,
    onError: () => undefined,
  })
  keeper.heard(verified(start))
  await keeper.flush()
  expect((await inner.list(user, 'tally', { limit: 10 })).records).toEqual([])
})

test('days of a user are put together also where more days are kept than are read at once', async () => {
  const storage = memoryStorage()
  const day = (from: number, owner: string) =>
    put('tally', { span: 'day', from, owner, writing: owner, tally: noTally }, 0)
  const today = Date.UTC(2026, 0, 5)
  const old = Array.from({ length: 250 }, (_, index) => day(today - (index + 2) * spanMs.day, everybody))
  const yesterday = ['one', 'two', 'three'].map((owner) => day(today - spanMs.day, owner))
  await storage.commit(user, { changes: [...old, ...yesterday] })
  await tidyTalliesOf(storage, user, start, keep)
  expect((await storage.list(user, 'tally', { limit: 1_000 })).records).toHaveLength(251)
})
