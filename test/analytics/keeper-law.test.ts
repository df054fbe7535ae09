import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TallyKeeper } from '../../src/engine/tally-keeper.js'
import { addTally, readTallies, tallyUser, tidyTallies } from '../../src/engine/tally-store.js'
import { SyncError } from '../../src/errors.js'
import type { EngineEvent } from '../../src/model/engine-event.js'
import { addTallies, type KeptTally, noTally, spanMs } from '../../src/model/tally.js'
import { memoryStorage } from '../../src/storage/memory.js'
import type { Storage } from '../../src/storage/storage.js'

type Step =
  | { readonly do: 'count'; readonly worker: number }
  | { readonly do: 'flush'; readonly worker: number; readonly fault: 'none' | 'before' | 'after' }
  | { readonly do: 'both' }
  | { readonly do: 'wait'; readonly minutes: number }

const worker = fc.nat(2)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('count' as const), worker }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('flush' as const),
      worker,
      fault: fc.constantFrom('none' as const, 'before' as const, 'after' as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'both' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.nat(200) }) },
)

const start = Date.UTC(2026, 0, 5, 8)

function verified(at: number): EngineEvent {
  const ids = { userId: 'user' as never, groupId: 'group' as never }
  return { ...ids, at, type: 'group.verified', copies: 1, accurate: 1, accurateAfterRepair: 1 }
}

test('whatever fails, everything that was counted is kept exactly once, and the past is put together', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const clock = { now: start }
      const inner = memoryStorage()
      const next = { fault: 'none' as 'none' | 'before' | 'after' }
      const storage: Storage = {
        get: (...args) => inner.get(...args),
        getMany: (...args) => inner.getMany(...args),
        list: (...args) => inner.list(...args),
        claim: (...args) => inner.claim(...args),
        release: (...args) => inner.release(...args),
        users: (...given) => inner.users(...given),
        close: () => inner.close(),
        async commit(user, batch) {
          const { fault } = next
          next.fault = 'none'
          if (fault !== 'before') await inner.commit(user, batch)
          if (fault !== 'none') throw new SyncError('storage_failed', 'The test says so.')
        },
      }
      const keep = { slotsMs: 3_600_000, hoursMs: 2 * spanMs.day, daysMs: 400 * spanMs.day }
      const keepers = [0, 1, 2].map(
        (index) =>
          new TallyKeeper({
            ...{ storage, now: () => clock.now, owner: `worker_${index}`, keep, userDaysMs: spanMs.day },
            ...{ flushMs: 60_000, quietMs: 60_000, perUser: false },
            setTimer: () => () => undefined,
            onError: () => undefined,
          }),
      )
      let counted = 0
      for (const one of steps) {
        clock.now += 1_000
        if (one.do === 'wait') clock.now += one.minutes * 60_000
        if (one.do === 'both') await Promise.all(keepers.map((keeper) => keeper.flush()))
        if (one.do === 'count') {
          keepers[one.worker]?.heard(verified(clock.now))
          counted++
        }
        if (one.do === 'flush') {
          next.fault = one.fault
          await keepers[one.worker]?.flush().catch(() => undefined)
          next.fault = 'none'
          // Should the answer be lost, it is tried again before the past is put together.
          if (one.fault === 'after') await keepers[one.worker]?.flush()
        }
      }
      for (const keeper of keepers) await keeper.flush()
      let all = noTally
      for await (const page of readTallies(storage, tallyUser, start - spanMs.day, clock.now + spanMs.day))
        for (const { tally } of page) all = addTallies(all, tally)
      expect(all.counts['verify/copies'] ?? 0).toBe(counted)
      expect(keepers.flatMap((keeper) => keeper.waiting())).toEqual([])
    }),
    { numRuns: 300 },
  )
})

test('what a worker adds while the past is being put together is not lost with it', async () => {
  const inner = memoryStorage()
  const slot = { span: 'slot', from: start, owner: 'late' } as const
  const one = { ...noTally, counts: { retry: 1 } }
  await addTally(inner, tallyUser, { ...slot, writing: 'first', tally: one })
  let isAdded = false
  const storage: Storage = {
    get: (...args) => inner.get(...args),
    getMany: (...args) => inner.getMany(...args),
    list: (...args) => inner.list(...args),
    claim: (...args) => inner.claim(...args),
    release: (...args) => inner.release(...args),
    users: (...given) => inner.users(...given),
    close: () => inner.close(),
    async commit(user, batch) {
      if (!isAdded) await addTally(inner, tallyUser, { ...slot, writing: 'second', tally: one })
      isAdded = true
      await inner.commit(user, batch)
    },
  }
  const keep = { slotsMs: 3_600_000, hoursMs: spanMs.day, daysMs: 400 * spanMs.day }
  for (let time = 0; time < 2; time++) await tidyTallies(storage, start + 5 * 3_600_000, keep)
  const kept: KeptTally[] = []
  for await (const page of readTallies(inner, tallyUser, start, start + spanMs.day)) kept.push(...page)
  expect(kept).toMatchObject([{ span: 'hour', owner: '~', tally: { counts: { retry: 2 } } }])
})
