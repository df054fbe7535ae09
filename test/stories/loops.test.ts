import { describe, expect, test } from 'vitest'
import type { EventContent } from '../../src/model/content.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { content, daily, hours, type World, world } from '../support/world.js'
import { day, diary, everyCalendarHolds, family, home, views, work, writes, wrote } from './story.js'

/** Groups over some of the calendars, by name. */
async function groups(w: World, plan: Readonly<Record<string, readonly number[]>>): Promise<void> {
  for (const [id, indexes] of Object.entries(plan))
    await w.user.groups.create({
      id,
      name: id,
      members: indexes.map((index) => ({ calendarId: w.calendarIds[index] ?? '' })),
    })
}

async function rounds(w: World, names: readonly string[], count: number): Promise<number> {
  let written = 0
  for (let round = 0; round < count; round++)
    for (const name of names) {
      w.clock.now += 60_000
      written += wrote(await w.user.groups.sync(name))
    }
  return written
}

describe('a sync comes to rest', () => {
  test('after one round: the next one writes nothing and asks each calendar one question', async () => {
    const w = await world({ calendars: 3 })
    w.calendar(work).add(daily('Stand-up'))
    w.calendar(home).add(content('Dentist'))
    await w.sync()
    w.calls.length = 0
    await w.sync()
    expect(writes(w.calls)).toEqual([])
    expect(w.calls.filter(({ method }) => method !== 'page')).toHaveLength(3)
  })

  test('one edit costs one write in each other calendar, and none where it was made', async () => {
    const w = await world({ calendars: 3 })
    const id = w.calendar(work).add(content('Lunch'))
    await w.settle()
    w.calls.length = 0
    w.calendar(work).edit(id, { location: 'Café' })
    await w.settle()
    expect(
      writes(w.calls)
        .map(({ method, calendar }) => `${method} ${calendar}`)
        .sort(),
    ).toEqual(['update cal-b', 'update cal-c'])
  })

  test('a series costs one write, however many days it has', async () => {
    const w = await world()
    w.calendar(work).add(daily('Stand-up', { recurrence: { rule: 'FREQ=DAILY;COUNT=700', rdates: [] } }))
    w.calls.length = 0
    await w.settle()
    expect(writes(w.calls)).toHaveLength(1)
  })

  test('an event that was saved again unchanged is not written anywhere', async () => {
    const w = await world({ calendars: 3 })
    const id = w.calendar(work).add(daily('Stand-up'))
    await w.settle()
    w.calls.length = 0
    for (let n = 0; n < 5; n++) {
      w.calendar(work).touch(id)
      w.calendar(home).touch(w.event(home, 'Stand-up').id)
      await w.sync()
    }
    expect(writes(w.calls)).toEqual([])
  })

  test('two weeks without anybody doing anything cost not one write', async () => {
    const w = await world({ calendars: 3, behaviours: [undefined, { deltas: false }, { returnsBody: false }] })
    w.calendar(work).add(daily('Stand-up'))
    w.calendar(home).add(content('Dentist'))
    await w.settle()
    w.calls.length = 0
    for (let hour = 0; hour < 14 * 24; hour += 6) {
      w.clock.now += day / 4
      await w.sync()
    }
    expect(writes(w.calls)).toEqual([])
  })
})

describe('copies are never copied', () => {
  test('between two groups that share a calendar', async () => {
    const w = await world({ calendars: 3, woven: false })
    await groups(w, { one: [work, home], two: [home, family] })
    w.calendar(work).add(content('From work'))
    w.calendar(family).add(content('From family'))
    await rounds(w, ['one', 'two'], 4)
    expect(w.titles(work)).toEqual(['From work'])
    expect(w.titles(home)).toEqual(['From family', 'From work'])
    expect(w.titles(family)).toEqual(['From family'])
    expect(await rounds(w, ['one', 'two'], 3)).toBe(0)
  })

  test('around a ring of three groups', async () => {
    const w = await world({ calendars: 3, woven: false })
    await groups(w, { one: [work, home], two: [home, family], three: [family, work] })
    for (const calendar of [work, home, family]) w.calendar(calendar).add(content(`Born in ${calendar}`))
    await rounds(w, ['one', 'two', 'three'], 5)
    everyCalendarHolds(w, ['Born in 0', 'Born in 1', 'Born in 2'])
    expect(await rounds(w, ['one', 'two', 'three'], 3)).toBe(0)
  })

  test('by a second installation that weaves the same calendars', async () => {
    const w = await world()
    const stranger = w.worker({ storage: memoryStorage(), secret: 'another installation' })
    await w.weave(stranger)
    const both = async () => {
      for (let round = 0; round < 3; round++) {
        await w.sync()
        w.clock.now += 60_000
        await stranger.groups.sync('group')
      }
    }
    await both()
    w.calendar(work).add(content('Lunch'))
    w.calendar(home).add(content('Dinner', { time: hours(19) }))
    await both()
    // Each of them may keep a copy of what a person made; a copy that comes back to where it was made is a loop.
    const madeBy = (calendar: number) =>
      w.titles(calendar).filter((title) => title === (calendar === work ? 'Lunch' : 'Dinner'))
    expect([madeBy(work), madeBy(home)]).toEqual([['Lunch'], ['Dinner']])
    w.calls.length = 0
    await both()
    expect(writes(w.calls)).toEqual([])
  })

  test('but a copy that a person makes of a copy is an event like any other', async () => {
    const w = await world({ calendars: 3 })
    w.calendar(work).add(content('Lunch'))
    await w.settle()
    const own = w.calendar(home).copy(w.event(home, 'Lunch').id)
    w.calendar(home).edit(own, { title: 'Second lunch', time: hours(14) })
    await w.settle()
    everyCalendarHolds(w, ['Lunch', 'Second lunch'])
    expect((await views(w)).get('Second lunch')?.origin.calendarId).toBe(w.calendarIds[home])
  })
})

describe('services that rewrite what they are given', () => {
  const loud = (given: EventContent): EventContent => ({ ...given, title: given.title.toUpperCase() })
  const quiet = (given: EventContent): EventContent => ({ ...given, title: given.title.toLowerCase() })

  test('are written to once, and their spelling does not travel', async () => {
    const w = await world({ behaviours: [undefined, { normalize: loud }] })
    w.calendar(work).add(content('Lunch'))
    w.calls.length = 0
    await w.settle()
    expect(writes(w.calls)).toHaveLength(1)
    expect([w.titles(work), w.titles(home)]).toEqual([['Lunch'], ['LUNCH']])
  })

  test('and contradict each other do not make us write for ever', async () => {
    const w = await world({
      calendars: 3,
      behaviours: [undefined, { normalize: loud, returnsBody: false }, { normalize: quiet, returnsBody: false }],
    })
    w.calendar(work).add(content('Lunch'))
    await w.settle()
    w.calendar(home).edit(w.event(home, 'LUNCH').id, { location: 'Café' })
    await w.settle()
    expect([w.titles(work), w.titles(home), w.titles(family)]).toEqual([['Lunch'], ['LUNCH'], ['lunch']])
    expect(w.event(family, 'lunch').content.location).toBe('Café')
  })

  test('into something new each time are left alone after a few writes, and the event says which field it is', async () => {
    let times = 0
    // two services that number whatever is written to them, and tell nothing of it
    const numbered = (given: EventContent): EventContent => ({ ...given, description: `Revision ${++times}` })
    const numbering = { normalize: numbered, revisions: 'none', returnsBody: false } as const
    const w = await world({ calendars: 3, behaviours: [undefined, numbering, numbering], apart: true })
    w.calendar(work).add(content('Lunch'))
    const hours6 = async (count: number) => {
      for (let n = 0; n < count; n++) {
        w.clock.now += day / 4
        await w.sync()
      }
    }
    await hours6(40)
    w.calls.length = 0
    await hours6(40)
    expect(writes(w.calls)).toEqual([])
    expect((await views(w)).get('Lunch')?.failure?.message).toContain('description')
  })

  test('get the next edit of a person all the same', async () => {
    const w = await world({ behaviours: [undefined, { normalize: loud }] })
    const id = w.calendar(work).add(content('Lunch'))
    await w.settle()
    w.calendar(work).edit(id, { title: 'Dinner', time: hours(19) })
    await w.settle()
    expect(diary(w, home)).toEqual(['2026-01-05 19:00 DINNER'])
  })
})
