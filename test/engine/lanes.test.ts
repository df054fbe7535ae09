import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lanes } from '../../src/engine/lanes.js'

/** Work that ends when it is told to. */
class Desk {
  readonly begun: number[] = []
  most = 0
  readonly #ends = new Map<number, (error?: Error) => void>()

  readonly work = (item: number): Promise<void> => {
    this.begun.push(item)
    return new Promise((resolve, reject) => {
      this.#ends.set(item, (error) => (error ? reject(error) : resolve()))
      this.most = Math.max(this.most, this.#ends.size)
    })
  }

  async end(item: number, error?: Error): Promise<void> {
    this.#ends.get(item)?.(error)
    this.#ends.delete(item)
    await new Promise((resolve) => setImmediate(resolve))
  }

  get underWay(): readonly number[] {
    return [...this.#ends.keys()]
  }
}

test('the next part begins when the last of the one before has begun, and not when it has ended', async () => {
  const desk = new Desk()
  const take = lanes(2, desk.work)
  const first = take([1, 2, 3])
  let isBegun = false
  void first.begun.then(() => {
    isBegun = true
  })
  await desk.end(2)
  expect([desk.begun, isBegun]).toEqual([[1, 2, 3], true])
  const second = take([4, 5])
  await desk.end(3)
  expect(desk.begun).toEqual([1, 2, 3, 4])
  await desk.end(1)
  await first.ended
  await desk.end(4)
  await desk.end(5)
  await second.ended
})

test('nothing more begins after an error, of any part; what has begun is waited for', async () => {
  const desk = new Desk()
  const take = lanes(2, desk.work)
  const first = take([1, 2])
  await first.begun
  const second = take([3, 4])
  const broken = new Error('the lease is lost')
  const failed = Promise.allSettled([first.ended, second.begun, second.ended])
  await desk.end(1, broken)
  expect(desk.underWay).toEqual([2])
  await desk.end(2)
  expect(await failed).toEqual(Array(3).fill({ status: 'rejected', reason: broken }))
  expect(desk.begun).toEqual([1, 2])
  await expect(take([5]).ended).rejects.toBe(broken)
  expect(desk.begun).toEqual([1, 2])
})

test('an error is told when nothing is under way any more, of any part', async () => {
  const desk = new Desk()
  const take = lanes(2, desk.work)
  const first = take([1])
  const second = take([2])
  const broken = new Error('the lease is lost')
  let isTold = false
  const told = first.ended.catch((error: unknown) => {
    isTold = true
    return error
  })
  await desk.end(1, broken)
  expect(isTold).toBe(false)
  await desk.end(2)
  expect([await told, isTold]).toEqual([broken, true])
  await expect(second.ended).rejects.toBe(broken)
})

test('whatever comes in whatever parts is worked on once, in order and never too much at once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.nat({ max: 6 }), { maxLength: 6 }),
      fc.infiniteStream(fc.nat()),
      async (limit, sizes, choices) => {
        const desk = new Desk()
        const take = lanes(limit, desk.work)
        let next = 0
        const parts = sizes.map((size) => Array.from({ length: size }, () => next++))
        const all = (async () => {
          let before = take([])
          for (const part of parts) {
            await before.begun
            before = take(part)
          }
          await before.begun
        })()
        await desk.end(-1)
        while (desk.underWay.length > 0) {
          const choice = choices.next().value ?? 0
          await desk.end(desk.underWay[choice % desk.underWay.length] as number)
        }
        await all
        expect(desk.begun).toEqual(Array.from({ length: next }, (_, item) => item))
        expect(desk.most).toBeLessThanOrEqual(limit)
      },
    ),
  )
})
