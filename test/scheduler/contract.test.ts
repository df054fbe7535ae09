import { afterAll, beforeAll, describe, test } from 'vitest'
import { inProcessScheduler } from '../../src/scheduler/in-process/index.js'
import type { Scheduler } from '../../src/scheduler/scheduler.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { sqliteStorage } from '../../src/storage/sqlite/index.js'
import type { Storage } from '../../src/storage/storage.js'
import { schedulerContract } from '../../src/testing/scheduler-contract.js'
import type { SchedulerFixture } from '../../src/testing/scheduler-fixture.js'
import { removeTemporaryFiles, temporaryFile } from '../storage/storages.js'
import { type Pglite, pgliteTimeoutMs, startPglite } from '../support/pglite.js'
import { settle, VirtualTime } from './virtual-time.js'

afterAll(removeTemporaryFiles)

describe('in process, over memory', () => {
  for (const { name, run } of schedulerContract) test(name, () => run(() => overStorage(memoryStorage)))
})

describe('in process, over SQLite, with a connection of its own for each process', () => {
  for (const { name, run } of schedulerContract)
    test(name, () =>
      run(async () => {
        const path = temporaryFile()
        return overStorage(() => sqliteStorage({ path }))
      }),
    )
})

describe('in process, over PostgreSQL (PGlite)', () => {
  let pglite: Pglite
  beforeAll(async () => {
    pglite = await startPglite()
  }, pgliteTimeoutMs)
  afterAll(() => pglite.stop())

  for (const { name, run } of schedulerContract)
    test(name, async () => {
      const storage = await pglite.make()
      const { counted, idle } = busy(storage)
      await run(async () => overStorage(() => counted, idle))
    })
})

/** Processes on one storage; `open` may give each a connection of its own. */
async function overStorage(open: () => Storage, settleAll?: () => Promise<void>): Promise<SchedulerFixture> {
  const time = new VirtualTime(undefined, settleAll)
  const shared = open()
  const storages = [shared]
  const schedulers: Scheduler[] = []
  return {
    now: time.now,
    pass: (ms) => time.pass(ms),
    async open() {
      const own = open === memoryStorage ? shared : open()
      storages.push(own)
      const timers = time.process()
      const scheduler = inProcessScheduler({ storage: own, now: time.now, setTimer: timers.setTimer })
      schedulers.push(scheduler)
      return { scheduler, freeze: timers.freeze }
    },
    async close() {
      const stopping = Promise.all(schedulers.map((scheduler) => scheduler.stop({ withinMs: 0 })))
      time.thaw()
      await time.pass(1)
      await stopping
      for (const storage of storages) await storage.close()
    },
  }
}

/** A storage of which it is known when it has nothing to do: its answers come in real time. */
function busy(storage: Storage): { readonly counted: Storage; idle(): Promise<void> } {
  let under = 0
  const counted = new Proxy(storage, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return async (...args: unknown[]): Promise<unknown> => {
        under++
        try {
          return await value.apply(target, args)
        } finally {
          under--
        }
      }
    },
  })
  return {
    counted,
    async idle() {
      do await settle()
      while (under > 0)
    },
  }
}
