import { describe, expect, test } from 'vitest'
import { SyncError } from '../../src/errors.js'
import { adaptivePace } from '../../src/http/pace.js'

/** A service on a clock of its own: how long a call takes depends on how many are under way. */
class Service {
  now = 0
  most = 0
  #underWay = 0
  readonly #ends: { readonly at: number; readonly end: () => void }[] = []
  readonly #takesMs: (underWay: number) => number

  constructor(takesMs: (underWay: number) => number) {
    this.#takesMs = takesMs
  }

  call(): Promise<void> {
    this.most = Math.max(this.most, ++this.#underWay)
    return new Promise((resolve) => {
      this.#ends.push({ at: this.now + this.#takesMs(this.#underWay), end: resolve })
    })
  }

  /** Lets time pass until nothing is under way; tells how many were, on the average of the second half. */
  async run(): Promise<number> {
    const counts: number[] = []
    for (;;) {
      for (let turn = 0; turn < 12; turn++) await Promise.resolve()
      this.#ends.sort((a, b) => a.at - b.at)
      const next = this.#ends.shift()
      if (!next) break
      counts.push(this.#underWay)
      this.now = next.at
      this.#underWay--
      next.end()
    }
    const late = counts.slice(Math.floor(counts.length / 2), -20)
    return late.reduce((sum, count) => sum + count, 0) / late.length
  }
}

async function paced(takesMs: (underWay: number) => number, most = 16, calls = 600): Promise<number> {
  const service = new Service(takesMs)
  const pace = adaptivePace(most, () => service.now)
  const all = Array.from({ length: calls }, () => pace.run(() => service.call()))
  const average = await service.run()
  await Promise.all(all)
  expect(service.most).toBeLessThanOrEqual(most)
  return average
}

describe('the pace of writes', () => {
  test('rises to the most that is allowed where answers do not get slower', async () => {
    expect(await paced(() => 40)).toBeGreaterThan(15)
  })

  test('finds out soon that a service bears much, and slowly where it ends', async () => {
    expect(await paced(() => 40, 32, 200)).toBeGreaterThan(28)
    expect(await paced((underWay) => (underWay <= 8 ? 40 : 40 + 30 * (underWay - 8)), 32, 200)).toBeLessThan(15)
  })

  test('stays low at a service that does one thing after the other', async () => {
    expect(await paced((underWay) => 40 * underWay)).toBeLessThan(6)
  })

  test('comes to rest where a service begins to have calls wait', async () => {
    const average = await paced((underWay) => (underWay <= 8 ? 40 : 40 + 30 * (underWay - 8)))
    expect(average).toBeGreaterThan(7)
    expect(average).toBeLessThan(13)
  })

  test('never exceeds what the app allows, however fast the service is', async () => {
    expect(await paced(() => 1, 3)).toBeLessThanOrEqual(3)
  })

  test('falls when the service says that it was too much, however fast it says so', async () => {
    const pace = adaptivePace(16, () => 0)
    for (let n = 0; n < 5; n++)
      await pace.run(
        async () => 429,
        (status) => status === 429,
      )
    let underWay = 0
    let most = 0
    const call = async (): Promise<void> => {
      most = Math.max(most, ++underWay)
      await Promise.resolve()
      underWay--
    }
    await Promise.all([pace.run(call), pace.run(call)])
    expect(most).toBe(1)
  })

  test('does not fall because a caller cancelled', async () => {
    const pace = adaptivePace(16, () => 0)
    const cancelled = new SyncError('aborted', 'cancelled')
    for (let n = 0; n < 5; n++) await expect(pace.run(() => Promise.reject(cancelled))).rejects.toBe(cancelled)
    let underWay = 0
    let most = 0
    const call = async (): Promise<void> => {
      most = Math.max(most, ++underWay)
      await Promise.resolve()
      underWay--
    }
    await Promise.all([pace.run(call), pace.run(call), pace.run(call), pace.run(call)])
    expect(most).toBeGreaterThan(1)
  })

  test('falls when calls fail, and lets the failure through', async () => {
    let now = 0
    const pace = adaptivePace(16, () => now)
    const refused = new Error('slow down')
    for (let n = 0; n < 5; n++) await expect(pace.run(() => Promise.reject(refused))).rejects.toBe(refused)
    let underWay = 0
    let most = 0
    const call = async (): Promise<void> => {
      most = Math.max(most, ++underWay)
      await Promise.resolve()
      now += 40
      underWay--
    }
    await Promise.all([pace.run(call), pace.run(call), pace.run(call)])
    expect(most).toBe(1)
  })
})
