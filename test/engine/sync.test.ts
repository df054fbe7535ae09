import { describe, expect, test } from 'vitest'
import { content, hours, world } from '../support/world.js'

describe('two calendars', () => {
  test('an event of each side arrives at the other, once, and the next sync writes nothing', async () => {
    const w = await world()
    w.calendar(0).add(content('from a'))
    w.calendar(1).add(content('from b', { time: hours(11) }))
    const first = await w.sync()
    expect(first).toMatchObject({ end: 'finished', counts: { created: 2, failed: 0 } })
    expect(w.titles(0)).toEqual(['from a', 'from b'])
    expect(w.titles(1)).toEqual(['from a', 'from b'])
    const second = await w.sync()
    expect(second.counts).toMatchObject({ created: 0, updated: 0, removed: 0 })
    expect(second.more).toBe(false)
  })

  test('edits of different fields on both sides merge; nobody loses', async () => {
    const w = await world()
    const id = w.calendar(0).add(content('lunch'))
    await w.sync()
    const copy = w.calendar(1).all()[0]
    w.clock.now += 10_000
    w.calendar(0).edit(id, { location: 'Café' })
    if (copy) w.calendar(1).edit(copy.id, { time: hours(12) })
    await w.sync()
    for (const index of [0, 1])
      expect(w.calendar(index).all()[0]?.content).toMatchObject({ location: 'Café', time: hours(12) })
    expect((await w.sync()).counts).toMatchObject({ updated: 0 })
  })

  test('a removal travels and does not come back', async () => {
    const w = await world()
    const id = w.calendar(0).add(content('gone soon'))
    await w.sync()
    w.calendar(0).remove(id)
    await w.sync()
    expect(w.titles(1)).toEqual([])
    await w.sync()
    expect([...w.titles(0), ...w.titles(1)]).toEqual([])
  })
})
