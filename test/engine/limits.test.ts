import { describe, expect, test } from 'vitest'
import { content, world } from '../support/world.js'

const names = (count: number) => Array.from({ length: count }, (_, n) => `Event ${String(n).padStart(2, '0')}`)

describe('a run that is cut short', () => {
  test('by a number of writes ends there, says that there is more, and the next runs go on', async () => {
    const w = await world({ concurrentWrites: 1 })
    for (const name of names(12)) w.calendar(0).add(content(name))
    const first = await w.sync({ maxWrites: 5 })
    expect(first).toMatchObject({ end: 'budget', more: true })
    expect(w.calendar(1).size).toBeGreaterThanOrEqual(5)
    expect(w.calendar(1).size).toBeLessThan(12)
    for (let runs = 0; runs < 8; runs++) {
      w.clock.now += 60_000
      await w.sync({ maxWrites: 5 })
    }
    expect(w.titles(1)).toEqual(names(12))
    expect((await w.sync()).more).toBe(false)
  })

  test('by time ends at a clean point, and the next runs go on', async () => {
    const w = await world({ pageSize: 2, concurrentWrites: 1 })
    for (const name of names(12)) w.calendar(0).add(content(name))
    w.fault = () => {
      w.clock.now += 10
      return undefined
    }
    const ends: string[] = []
    for (let runs = 0; runs < 40 && ends.at(-1) !== 'finished'; runs++) {
      w.clock.now += 60_000
      ends.push((await w.user.groups.sync('group', { budgetMs: 60 })).end)
    }
    expect(ends[0]).toBe('budget')
    await w.settle()
    expect(w.titles(1)).toEqual(names(12))
  })

  for (const after of [1, 2, 3, 5, 8, 11, 14])
    test(`by the caller after ${after} calls ends as aborted, and the next run finishes without doubling`, async () => {
      const w = await world({ pageSize: 4 })
      for (const name of names(8)) w.calendar(0).add(content(name))
      for (const name of ['x', 'y']) w.calendar(1).add(content(name))
      const stop = new AbortController()
      let calls = 0
      w.fault = () => {
        if (++calls === after * 2) stop.abort()
        return undefined
      }
      const run = await w.sync({ signal: stop.signal })
      expect(run).toMatchObject({ end: 'aborted', more: true })
      w.fault = undefined
      await w.settle()
      for (const side of [0, 1]) expect(w.titles(side)).toEqual([...names(8), 'x', 'y'].sort())
    })

  test('a signal that has fired already stops the run before anything is asked', async () => {
    const w = await world()
    w.calls.length = 0
    const run = await w.sync({ signal: AbortSignal.abort() })
    expect(run.end).toBe('aborted')
    expect(w.calls).toEqual([])
  })

  test('tells on the way what it is at', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    const phases: string[] = []
    await w.sync({ onProgress: ({ phase, counts }) => phases.push(`${phase} ${counts.created}`) })
    expect(phases[0]).toBe('observe 0')
    expect(phases).toContain('settle 1')
    expect(phases.at(-1)).toBe('done 1')
  })
})

describe('a listing that breaks off', () => {
  test('goes on from the page where it stopped', async () => {
    const w = await world({ pageSize: 2 })
    for (const name of names(9)) w.calendar(0).add(content(name))
    let pages = 0
    w.fault = ({ method, phase, calendar }) =>
      method === 'page' && phase === 'before' && calendar === 'cal-a' && ++pages === 4
        ? { code: 'unavailable' }
        : undefined
    await w.sync()
    w.calls.length = 0
    await w.settle()
    expect(w.titles(1)).toEqual(names(9))
    // three of five pages were kept; two were left, and the quiet run asks once more
    const asked = w.calls.filter(({ method, calendar }) => method === 'page' && calendar === 'cal-a')
    expect(asked.length).toBeLessThanOrEqual(4)
  })

  test('an event that is removed between two pages of a listing is not brought back by it', async () => {
    const w = await world({ pageSize: 2 })
    const ids = names(9).map((name) => w.calendar(0).add(content(name)))
    let pages = 0
    w.fault = ({ method, phase, calendar }) => {
      if (method === 'page' && phase === 'after' && calendar === 'cal-a' && ++pages === 2)
        w.calendar(0).remove(ids[0] ?? '')
      return undefined
    }
    await w.sync()
    await w.settle()
    expect([w.calendar(0).size, w.calendar(1).size]).toEqual([8, 8])
  })
})
