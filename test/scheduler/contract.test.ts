import { afterAll, describe, test } from 'vitest'
import { inProcessScheduler } from '../../src/scheduler/in-process/index.js'
import type { Scheduler } from '../../src/scheduler/scheduler.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { sqliteStorage } from '../../src/storage/sqlite/index.js'
import type { Storage } from '../../src/storage/storage.js'
import { schedulerContract } from '../../src/testing/scheduler-contract.js'
import type { SchedulerFixture } from '../../src/testing/scheduler-fixture.js'
import { removeTemporaryFiles, temporaryFile } from '../storage/storages.js'
import { VirtualTime } from './virtual-time.js'

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

/** Processes on one storage; `open` may give each a connection of its own. */
async function overStorage(open: () => Storage): Promise<SchedulerFixture> {
  const time = new VirtualTime()
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
