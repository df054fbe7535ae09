import { describe, expect, test } from 'vitest'
import { content, daily, hours, world } from '../support/world.js'

describe('the first sync of two calendars that are not empty', () => {
  test('the same UID in both is one event, and differing details are settled and logged', async () => {
    const w = await world()
    w.calendar(0).add(content('Review', { location: 'Room 1' }), { uid: 'review@example.com' })
    w.calendar(1).add(content('Review', { description: 'Bring numbers' }), { uid: 'review@example.com' })
    const run = await w.sync()
    expect(run.counts).toMatchObject({ created: 0, removed: 0 })
    for (const side of [0, 1])
      expect(w.event(side, 'Review').content).toMatchObject({ location: 'Room 1', description: 'Bring numbers' })
    const [event] = (await w.user.events.ofGroup('group')).items
    const [conflict] = await w.user.conflicts.ofEvent('group', event?.id ?? '')
    expect(conflict?.items.map(({ field, kind }) => [field, kind])).toEqual([
      ['location', 'unknown_base'],
      ['description', 'unknown_base'],
    ])
  })

  test('the same title and time in both is one event', async () => {
    const w = await world({ calendars: 3 })
    w.calendar(0).add(content('Dentist'))
    w.calendar(1).add(content('Dentist'))
    w.calendar(2).add(content('Dentist', { location: 'Main Street' }))
    await w.settle()
    for (const side of [0, 1, 2]) expect(w.event(side, 'Dentist').content.location).toBe('Main Street')
  })

  test('the same moment in another zone is the same time', async () => {
    const w = await world()
    w.calendar(0).add(content('Call'))
    const at = (local: string) => ({ kind: 'timed' as const, local, zone: 'UTC' })
    w.calendar(1).add(content('Call', { time: { start: at('2026-01-05T08:00:00'), end: at('2026-01-05T09:00:00') } }))
    await w.settle()
    expect([w.titles(0), w.titles(1)]).toEqual([['Call'], ['Call']])
  })

  test('the same title at another time, and a series beside a single event, are different events', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    w.calendar(1).add(content('Lunch', { time: hours(12) }))
    w.calendar(0).add(content('Stand-up', { time: hours(10) }))
    w.calendar(1).add(daily('Stand-up', { time: hours(10) }))
    await w.settle()
    for (const side of [0, 1]) expect(w.titles(side)).toEqual(['Lunch', 'Lunch', 'Stand-up', 'Stand-up'])
  })

  test('two events of one title and time in one calendar are never folded into one', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    expect([w.titles(0), w.titles(1)]).toEqual([
      ['Lunch', 'Lunch'],
      ['Lunch', 'Lunch'],
    ])
  })

  test('later, the same title and time is a coincidence', async () => {
    const w = await world()
    await w.settle()
    w.calendar(0).add(content('Lunch'))
    w.calendar(1).add(content('Lunch'))
    await w.settle()
    for (const side of [0, 1]) expect(w.titles(side)).toEqual(['Lunch', 'Lunch'])
  })

  test('nothing is written before every calendar was listed', async () => {
    const w = await world({ calendars: 3 })
    w.calendar(0).add(content('Lunch'))
    w.calendar(2).add(content('Lunch'))
    w.fault = ({ calendar }) => (calendar === 'cal-c' ? { code: 'unavailable' } : undefined)
    const run = await w.sync()
    expect(run).toMatchObject({ counts: { created: 0 }, more: true })
    expect(run.failures.map(({ calendarId }) => calendarId)).toEqual([w.calendarIds[2]])
    expect(w.titles(1)).toEqual([])
    w.fault = undefined
    await w.settle()
    for (const side of [0, 1, 2]) expect(w.titles(side)).toEqual(['Lunch'])
  })

  test('many pages in both calendars are recognised as well as one', async () => {
    const w = await world({ pageSize: 3 })
    for (let n = 0; n < 25; n++) {
      w.calendar(0).add(content(`Event ${n}`))
      w.calendar(1).add(content(`Event ${n}`))
    }
    const run = await w.sync()
    expect(run.counts).toMatchObject({ created: 0, updated: 0 })
    expect(w.calendar(1).size).toBe(25)
  })
})

describe('a dry run', () => {
  test('writes nothing to any calendar and tells what the sync then does', async () => {
    const w = await world({ calendars: 3 })
    const id = w.calendar(0).add(content('Lunch'))
    w.calendar(1).add(content('Dinner'))
    await w.settle()
    w.calendar(0).edit(id, { location: 'Café' })
    w.calendar(1).remove(w.event(1, 'Dinner').id)
    w.calendar(2).add(content('New'))
    w.calls.length = 0
    w.clock.now += 1_000
    const plan = await w.user.groups.plan('group')
    expect(w.calls.filter(({ method }) => ['create', 'update', 'remove'].includes(method))).toEqual([])
    const steps = plan.events.flatMap(({ title, actions }) =>
      actions.map(({ kind, calendarId }) => `${kind} ${title} ${w.calendarIds.indexOf(calendarId)}`),
    )
    expect(steps.sort()).toEqual([
      'create New 0',
      'create New 1',
      'remove Dinner 0',
      'remove Dinner 2',
      'update Lunch 1',
      'update Lunch 2',
    ])
    expect(plan.unreachable).toEqual([])
    expect((await w.sync()).counts).toMatchObject({ created: 2, updated: 2, removed: 2 })
  })

  test('asked twice it tells the same', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    const first = await w.user.groups.plan('group')
    expect(first.events).toHaveLength(1)
    expect(await w.user.groups.plan('group')).toEqual(first)
  })

  test('tells which calendars could not be looked at, and what copies cannot hold', async () => {
    const w = await world({ calendars: 3, behaviours: [undefined, { cannotHold: ['location'] }] })
    await w.settle()
    w.calendar(0).add(content('Lunch', { location: 'Café' }))
    w.fault = ({ calendar }) => (calendar === 'cal-c' ? { code: 'unavailable' } : undefined)
    const plan = await w.user.groups.plan('group')
    expect(plan.unreachable).toEqual([w.calendarIds[2]])
    expect(plan.events.flatMap(({ losses }) => losses)).toContainEqual({
      calendarId: w.calendarIds[1],
      field: 'location',
      becomes: 'left_out',
    })
  })

  test('tells of conflicts that a person would be asked about', async () => {
    const w = await world({ group: { strategies: [{ use: 'askAPerson' }] } })
    const id = w.calendar(0).add(content('Lunch'))
    await w.settle()
    w.calendar(0).edit(id, { location: 'here' })
    w.calendar(1).edit(w.event(1, 'Lunch').id, { location: 'there' })
    w.clock.now += 1_000
    const { events } = await w.user.groups.plan('group')
    expect(events).toMatchObject([{ actions: [], conflicts: [{ field: 'location', winner: null }] }])
    expect((await w.user.conflicts.listOpen('group')).items).toEqual([])
  })
})
