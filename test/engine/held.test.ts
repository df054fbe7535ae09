import { describe, expect, test } from 'vitest'
import { content, type World, type WorldOptions, world } from '../support/world.js'

const names = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => `e${String(n + from).padStart(2, '0')}`)
const guarded: WorldOptions = { calendars: 3, group: { creationGuard: { count: 5 } } }

const about = (w: World, what: 'removals' | 'creations', side = 0) => ({ calendarId: w.calendarIds[side] ?? '', what })

async function daysLater(w: World, days = 3) {
  for (let n = 0; n < days; n++) {
    w.clock.now += 86_400_000
    await w.user.groups.sync('group')
  }
}

describe('very many new events at once', () => {
  /** A group in step, and then so many new events in its first calendar. */
  const flooded = async (count = 6, options: WorldOptions = guarded) => {
    const w = await world(options)
    w.calendar(0).add(content('old'))
    await w.settle()
    for (const name of names(count)) w.calendar(0).add(content(name))
    const run = await w.sync()
    return { w, run }
  }

  test('wait: nothing is copied, the run says so, and their titles are listed', async () => {
    const { w, run } = await flooded()
    expect(run).toMatchObject({ more: true, counts: { held: 6, created: 0 } })
    expect(w.titles(1)).toEqual(['old'])
    const held = await w.user.held.list('group')
    expect(held).toMatchObject([{ ...about(w, 'creations'), count: 6, approved: false }])
    expect(held[0]?.events.map(({ title }) => title).sort()).toEqual(names(6))
    await daysLater(w)
    expect(w.titles(1)).toEqual(['old'])
  })
  test('as many as the guard allows are copied at once', async () => {
    const { w, run } = await flooded(5)
    expect(run.counts).toMatchObject({ held: 0, created: 10 })
    expect(await w.user.held.list('group')).toEqual([])
  })
  test('of a first sync are no news', async () => {
    const w = await world(guarded)
    for (const name of names(20)) w.calendar(0).add(content(name))
    expect((await w.sync()).counts).toMatchObject({ held: 0, created: 40 })
  })
  test('do not stop anything else: edits, removals, and new events of other calendars go on', async () => {
    const { w } = await flooded()
    w.calendar(0).edit(w.event(0, 'old').id, { location: 'Office' })
    w.calendar(1).add(content('elsewhere'))
    await w.sync()
    expect(w.event(2, 'old').content.location).toBe('Office')
    expect(w.titles(2)).toEqual(['elsewhere', 'old'])
    w.calendar(0).remove(w.event(0, 'old').id)
    await w.sync()
    expect(w.titles(2)).toEqual(['elsewhere'])
  })
  test('that are approved are copied, once', async () => {
    const { w } = await flooded()
    await w.user.held.approve('group', about(w, 'creations'))
    await w.settle()
    await daysLater(w)
    for (const side of [0, 1, 2]) expect(w.titles(side)).toEqual([...names(6), 'old'])
    expect(await w.user.held.list('group')).toEqual([])
  })
  test('that are joined by more after the approval are held once more, and all of them go when those are approved', async () => {
    const { w } = await flooded()
    await w.user.held.approve('group', about(w, 'creations'))
    for (const name of names(3, 6)) w.calendar(0).add(content(name))
    expect((await w.sync()).counts).toMatchObject({ held: 9, created: 0 })
    expect(await w.user.held.list('group')).toMatchObject([{ count: 9, approved: false }])
    await w.user.held.approve('group', about(w, 'creations'))
    await w.settle()
    expect(w.titles(1)).toEqual([...names(9), 'old'])
  })
  test('that come after the approved ones were copied are not covered by that approval', async () => {
    const { w } = await flooded(7)
    await w.user.held.approve('group', about(w, 'creations'))
    await w.sync()
    for (const name of names(7, 7)) w.calendar(0).add(content(name))
    expect((await w.sync()).counts).toMatchObject({ held: 7, created: 0 })
  })
  test('that are rejected stay where they are and are copied only when somebody changes them', async () => {
    const { w } = await flooded()
    await w.user.held.reject('group', about(w, 'creations'))
    await daysLater(w)
    await w.user.groups.verify('group')
    expect(w.titles(0)).toEqual([...names(6), 'old'])
    for (const side of [1, 2]) expect(w.titles(side)).toEqual(['old'])
    expect(await w.user.held.list('group')).toEqual([])
    w.calendar(0).edit(w.event(0, 'e03').id, { location: 'Office' })
    await w.settle()
    for (const side of [1, 2]) expect(w.titles(side)).toEqual(['e03', 'old'])
  })
  test('that a person removes again while they wait are not copied, and the rest no longer waits when nothing is left', async () => {
    const { w } = await flooded()
    for (const name of names(6)) w.calendar(0).remove(w.event(0, name).id)
    await w.settle()
    await daysLater(w, 1)
    expect(await w.user.held.list('group')).toEqual([])
    expect(w.titles(1)).toEqual(['old'])
  })
  test('that cannot be copied at once after the approval are copied by later runs', async () => {
    const { w } = await flooded()
    await w.user.held.approve('group', about(w, 'creations'))
    await w.sync({ budgetMs: 0 })
    await w.sync({ maxWrites: 1 })
    await w.settle()
    expect(w.titles(1)).toEqual([...names(6), 'old'])
  })
  test('in a calendar that becomes a mere target do not wait for ever', async () => {
    const { w } = await flooded()
    const [a = '', b = '', c = ''] = w.calendarIds
    await w.user.groups.change('group', {
      members: [{ calendarId: a, direction: 'write' }, { calendarId: b }, { calendarId: c }],
    })
    await w.settle()
    expect(await w.user.held.list('group')).toEqual([])
    expect(w.titles(1)).toEqual(['old'])
    expect((await w.sync()).more).toBe(false)
  })
})

describe('very many removals at once', () => {
  /** All events were born in the calendar `from`, and are removed in `side`. */
  const emptied = async (from = 0, side = 0, options: WorldOptions = { calendars: 3 }) => {
    const w = await world(options)
    for (const name of names(10)) w.calendar(from).add(content(name, { location: 'Café' }))
    await w.settle()
    for (const { id } of w.calendar(side).all()) w.calendar(side).remove(id)
    const run = await w.sync()
    return { w, run }
  }

  test('are listed with titles and events while everything else goes on', async () => {
    const { w, run } = await emptied()
    expect(run.counts).toMatchObject({ held: 10, removed: 0 })
    const [held] = await w.user.held.list('group')
    expect(held).toMatchObject({ ...about(w, 'removals'), count: 10, approved: false })
    expect(held?.events.map(({ title }) => title).sort()).toEqual(names(10))
    const known = (await w.user.events.ofGroup('group')).items.map(({ id }) => id).sort()
    expect(held?.events.map(({ eventId }) => eventId ?? '').sort()).toEqual(known)
    w.calendar(1).edit(w.event(1, 'e03').id, { location: 'Office' })
    w.calendar(1).add(content('new'))
    await w.sync()
    expect(w.event(2, 'e03').content.location).toBe('Office')
    expect(w.titles(2)).toEqual([...names(10), 'new'])
  })
  test('that are approved go ahead, but for what was edited since', async () => {
    const { w } = await emptied()
    w.calendar(1).edit(w.event(1, 'e03').id, { location: 'Office' })
    await w.sync()
    await w.user.held.approve('group', about(w, 'removals'))
    await w.settle()
    for (const side of [0, 1, 2]) expect(w.titles(side)).toEqual(['e03'])
    expect(await w.user.held.list('group')).toEqual([])
  })
  test('that are approved are none of a copy that was made anew while they waited', async () => {
    const w = await world({ calendars: 2, members: [{}, {}] })
    for (const name of names(10)) w.calendar(0).add(content(name))
    await w.settle()
    const late = w.calendar(0).add(content('late'))
    w.fault = ({ method, phase }) => (method === 'create' && phase === 'after' ? { code: 'timeout' } : undefined)
    await w.user.groups.sync('group')
    w.fault = undefined
    expect(w.titles(1)).toContain('late')
    for (const { id } of w.calendar(1).all()) w.calendar(1).remove(id)
    await w.sync()
    w.clock.now += 3_600_000
    await w.user.groups.sync('group')
    w.clock.now += 3_600_000
    // In the middle of the run that makes it anew; what that run goes by was read before.
    let isApproved = false
    w.fault = async ({ method }) => {
      if (method !== 'changes' || isApproved) return undefined
      isApproved = true
      await w.user.held.approve('group', about(w, 'removals', 1))
      return undefined
    }
    await w.user.groups.sync('group')
    expect(w.titles(1)).toEqual(['late'])
    w.fault = undefined
    await w.settle()
    for (const side of [0, 1]) expect(w.titles(side)).toEqual(['late'])
    expect(w.calendar(0).get(late)).toBeDefined()
  })
  test('that come after the approved ones were carried out are not covered by that approval', async () => {
    const w = await world({ calendars: 2 })
    for (const name of names(20)) w.calendar(0).add(content(name))
    await w.settle()
    const remove = (some: readonly string[]) => {
      for (const name of some) w.calendar(0).remove(w.event(0, name).id)
    }
    remove(names(8))
    await w.sync()
    await w.user.held.approve('group', about(w, 'removals'))
    expect((await w.sync()).counts.removed).toBe(8)
    remove(names(7, 8))
    expect((await w.sync()).counts).toMatchObject({ held: 7, removed: 0 })
  })
  for (const [where, from, side] of [
    ['where the events were born', 0, 0],
    ['where our copies were', 0, 1],
  ] as const)
    test(`that are rejected come back ${where}, once, and stay`, async () => {
      const { w } = await emptied(from, side)
      await w.user.held.reject('group', about(w, 'removals', side))
      await w.settle()
      await daysLater(w)
      for (const any of [0, 1, 2]) expect(w.titles(any)).toEqual(names(10))
      expect(w.event(side, 'e04').content.location).toBe('Café')
      expect(await w.user.held.list('group')).toEqual([])
      w.calendar(side).edit(w.event(side, 'e04').id, { location: 'Office' })
      await w.settle()
      for (const any of [0, 1, 2]) expect(w.event(any, 'e04').content.location).toBe('Office')
      const origins = (await w.user.events.ofGroup('group')).items.map(({ origin }) => origin.calendarId)
      expect(new Set(origins)).toEqual(new Set([w.calendarIds[from]]))
    })
  test('that are rejected do not come back twice where the first write of one was never answered', async () => {
    const w = await world({ calendars: 2 })
    w.fault = ({ method, phase }) => (method === 'create' && phase === 'after' ? { code: 'unavailable' } : undefined)
    for (const title of names(6)) w.calendar(0).add(content(title))
    await w.sync()
    expect(w.titles(1)).toEqual(names(6))
    for (const { id } of w.calendar(1).all()) w.calendar(1).remove(id)
    w.fault = undefined
    await w.sync()
    w.clock.now += 86_400_000
    await w.sync()
    expect(await w.user.held.list('group')).toMatchObject([{ what: 'removals' }])
    await w.user.held.reject('group', about(w, 'removals', 1))
    await w.settle()
    for (const side of [0, 1]) expect(w.titles(side)).toEqual(names(6))
  })
  test('that are rejected come back at home although that calendar receives nothing from others', async () => {
    const { w } = await emptied(0, 0, { calendars: 2, members: [{ receives: { category: ['none'] } }, {}] })
    await w.user.held.reject('group', about(w, 'removals'))
    await w.settle()
    expect(w.titles(0)).toEqual(names(10))
  })
})

describe('what is asked for and is not there', () => {
  test('is refused, and a stranger sees nothing', async () => {
    const w = await world()
    for (const choice of [about(w, 'removals'), about(w, 'creations'), { calendarId: 'x', what: 'removals' }, {}])
      for (const ask of ['approve', 'reject'] as const)
        await expect(w.user.held[ask]('group', choice as never)).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(w.engine.user('user_2').held.list('group')).rejects.toMatchObject({ code: 'invalid_input' })
  })
})
