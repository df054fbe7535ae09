import { expect, test } from 'vitest'
import { Random } from '../../src/testing/sim/random.js'
import { Scheduler } from '../../src/testing/sim/scheduler.js'

/** Asks `calls` times in a row, a few promises apart. */
async function work(scheduler: Scheduler, worker: number, calls: number): Promise<void> {
  for (let call = 0; call < calls; call++) {
    await scheduler.point(worker, `call ${call}`)
    for (let between = 0; between < worker * 3; between++) await undefined
  }
}

async function drive(scheduler: Scheduler): Promise<readonly number[]> {
  const order: number[] = []
  for (let picked = await scheduler.step(); picked; picked = await scheduler.step()) order.push(picked.worker)
  return order
}

async function schedule(seed: number): Promise<{ readonly order: readonly number[]; readonly trace: string }> {
  const scheduler = new Scheduler(new Random(seed))
  for (const worker of [0, 1, 2]) void work(scheduler, worker, 20)
  return { order: await drive(scheduler), trace: scheduler.trace }
}

test('one seed is one order, and other seeds are other orders', async () => {
  const first = await schedule(1)
  expect(await schedule(1)).toEqual(first)
  expect(first.order).toHaveLength(60)
  expect((await schedule(2)).trace).not.toBe(first.trace)
})

test('a worker that is far from its next call is waited for, not taken for one that has ended', async () => {
  const scheduler = new Scheduler(new Random(1))
  void work(scheduler, 500, 3)
  expect(await drive(scheduler)).toEqual([500, 500, 500])
})

test('a dead worker is never picked again, whatever it waited for', async () => {
  const scheduler = new Scheduler(new Random(1))
  for (const worker of [0, 1]) void work(scheduler, worker, 5)
  await scheduler.step()
  scheduler.kill(0)
  expect(new Set(await drive(scheduler))).toEqual(new Set([1]))
})

test('a worker that sleeps lets the others go on, and goes on itself when it wakes', async () => {
  const scheduler = new Scheduler(new Random(1))
  for (const worker of [0, 1]) void work(scheduler, worker, 5)
  scheduler.pause(0, 1_000)
  expect(await drive(scheduler)).toEqual([1, 1, 1, 1, 1])
  expect(scheduler.idle).toBe(true)
  scheduler.wakeAll()
  expect(await drive(scheduler)).toEqual([0, 0, 0, 0, 0])
})

test('an exchange with a server in this process is one step, however many turns of the event loop it takes', async () => {
  const scheduler = new Scheduler(new Random(1))
  let isUnderWay = false
  const asking = async () => {
    for (let call = 0; call < 5; call++) {
      await scheduler.point(0, `request ${call}`)
      isUnderWay = true
      await scheduler.during(turns(3))
      isUnderWay = false
    }
  }
  void asking()
  void work(scheduler, 1, 20)
  const meanwhile: boolean[] = []
  for (let picked = await scheduler.step(); picked; picked = await scheduler.step())
    if (picked.worker === 1) meanwhile.push(isUnderWay)
  expect(meanwhile).toEqual(Array.from({ length: 20 }, () => false))
  expect(scheduler.steps).toBe(25)
})

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}
