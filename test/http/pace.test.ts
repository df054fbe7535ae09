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

/**
 * A server with so many processes, each of which belongs to a connection until that is closed: by a client that sends on
 * the one that it used last, opens another one when all are in use, and closes those that it did not use for 4 s.
 */
class Prefork {
  now = 0
  mostWaiting = 0
  readonly #processes: number
  readonly #idleSince: number[] = []
  readonly #answers: { readonly at: number; readonly end: () => void }[] = []
  readonly #waiting: (() => void)[] = []

  constructor(processes: number) {
    this.#processes = processes
  }

  call(): Promise<void> {
    return new Promise((end) => {
      const isThere = this.#idleSince.pop() !== undefined
      if (isThere || this.#answers.length + this.#idleSince.length < this.#processes) this.#serve(end)
      else this.mostWaiting = Math.max(this.mostWaiting, this.#waiting.push(end))
    })
  }

  async run(): Promise<void> {
    for (;;) {
      for (let turn = 0; turn < 12; turn++) await Promise.resolve()
      const closes = this.#waiting.length > 0 ? (this.#idleSince[0] ?? Number.POSITIVE_INFINITY) + 4_000 : Number.NaN
      const next = this.#answers[0]
      if (closes <= (next?.at ?? Number.POSITIVE_INFINITY)) {
        this.now = closes
        this.#idleSince.shift()
        this.#serve(this.#waiting.shift() as () => void)
      } else if (next) {
        this.now = next.at
        this.#answers.shift()
        this.#idleSince.push(this.now)
        next.end()
      } else return
    }
  }

  #serve(end: () => void): void {
    this.#answers.push({ at: this.now + 40, end })
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

  test('leaves a server that has a process for each connection no more calls than it has processes', async () => {
    const server = new Prefork(10)
    const pace = adaptivePace(32, () => server.now)
    const all = Array.from({ length: 3_000 }, () => pace.run(() => server.call()))
    await server.run()
    await Promise.all(all)
    expect(server.mostWaiting).toBeLessThanOrEqual(4)
    // 12 s with ten at once; a call that waits for a connection to be closed holds up no other one for long.
    expect(server.now).toBeLessThan(20_000)
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
