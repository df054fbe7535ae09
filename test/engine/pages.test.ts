import { describe, expect, test } from 'vitest'
import { SyncError } from '../../src/errors.js'
import { memoryStorage } from '../../src/storage/memory.js'
import type { Batch, Storage } from '../../src/storage/storage.js'
import { content, type World, world } from '../support/world.js'

/** More events than two pages hold. */
const count = 230
const names = Array.from({ length: count }, (_, n) => `Event ${String(n).padStart(3, '0')}`)

/** Two calendars, of which the first holds all events, with more than enough writes at once. */
async function full(storage?: Storage): Promise<World> {
  const w = await world({ concurrentWrites: 7, ...(storage ? { storage } : {}) })
  for (const name of names) w.calendar(0).add(content(name))
  return w
}

/** Events that were recorded as about to be written, of what was committed. */
function tried(commits: readonly Batch[]): number {
  const events = commits.flatMap(({ changes }) =>
    changes.flatMap((change) => {
      const isTried = change.op === 'put' && change.collection === 'event' && /"attempt":/.test(JSON.stringify(change))
      return isTried ? change.id : []
    }),
  )
  return new Set(events).size
}

describe('more events than one page', () => {
  test('one page is decided while the one before is being written, and no more than that', async () => {
    const w = await full()
    let answer = (): void => undefined
    const answered = new Promise<void>((resolve) => {
      answer = resolve
    })
    w.fault = async ({ method, phase }) => {
      if (method === 'create' && phase === 'before') await answered
      return undefined
    }
    const syncing = w.sync()
    await expect.poll(() => tried(w.commits)).toBe(200)
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(tried(w.commits)).toBe(200)
    expect(w.calls.filter(({ method }) => method === 'create')).toHaveLength(7)
    answer()
    await syncing
    await w.settle()
    expect(w.titles(1)).toEqual(names)
  })

  test('as many writes are under way from the first to the last', async () => {
    const w = await full()
    let underWay = 0
    const counts: number[] = []
    w.fault = async ({ method, phase }) => {
      if (method !== 'create') return undefined
      if (phase === 'after') underWay--
      else {
        counts.push(++underWay)
        for (let turn = 0; turn < 3 + ((counts.length * 7) % 11); turn++) await new Promise(setImmediate)
      }
      return undefined
    }
    await w.sync()
    expect(Math.max(...counts)).toBe(7)
    expect(counts.slice(7).filter((at) => at < 3)).toEqual([])
  })

  test('with a number of writes no page is decided before it is known what is left', async () => {
    const w = await full()
    await w.sync({ maxWrites: 110 })
    expect(w.calendar(1).size).toBe(110)
    expect(tried(w.commits)).toBe(110)
    await w.settle()
    expect(w.titles(1)).toEqual(names)
  })

  for (const at of [0, 2, 4, 7, 10, 12])
    test(`a crash ${at} commits after the first write loses and doubles nothing`, async () => {
      const trouble = { left: Number.POSITIVE_INFINITY }
      const w = await full(failing(trouble))
      w.fault = ({ method }) => {
        if (method === 'create' && trouble.left === Number.POSITIVE_INFINITY) trouble.left = at
        return undefined
      }
      await expect(w.sync()).rejects.toMatchObject({ code: 'storage_failed' })
      const written = w.calendar(1).size
      expect(written).toBeLessThan(count)
      w.fault = undefined
      trouble.left = Number.POSITIVE_INFINITY
      w.clock.now += 120_000
      await w.settle()
      expect(w.titles(1)).toEqual(names)
    })
})

/** A storage that takes so many commits, and no more. */
function failing(trouble: { left: number }): Storage {
  const storage = memoryStorage()
  const commit = storage.commit.bind(storage)
  return Object.assign(storage, {
    commit: async (...args: Parameters<typeof commit>) => {
      if (trouble.left-- <= 0) throw new SyncError('storage_failed', 'The storage is away.')
      return commit(...args)
    },
  })
}
