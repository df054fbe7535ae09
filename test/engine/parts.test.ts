import { describe, expect, test } from 'vitest'
import type { EventContent } from '../../src/model/content.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { content, daily, hours, type World, world } from '../support/world.js'

const noSeries = { cannotHold: ['recurrence', 'overrides'] as const }

/** Calendar 1 knows no series. */
function woven(options: Parameters<typeof world>[0] = {}): Promise<World> {
  return world({ calendars: 2, apart: true, behaviours: [undefined, noSeries], ...options })
}

const starts = (w: World) =>
  w
    .calendar(1)
    .all()
    .map(({ content: { title, time } }) => `${time.start.kind === 'timed' ? time.start.local : ''} ${title}`)
    .sort()

const day = (n: number) => `2026-01-${String(n).padStart(2, '0')}`
const slot = (n: number) => `${day(n)}T09:00:00`

function part(w: World, n: number) {
  const found = w
    .calendar(1)
    .all()
    .find(({ content: { time } }) => time.start.kind === 'timed' && time.start.local.startsWith(day(n)))
  if (!found) throw new Error(`nothing on the ${n}th`)
  return found
}

const changed = (own: EventContent, n: number, given: Partial<EventContent>) => {
  const { recurrence: _r, overrides: _o, ...rest } = own
  return { [slot(n)]: { kind: 'changed' as const, content: { ...rest, time: hours(9, 10, day(n)), ...given } } }
}

describe('a series in a calendar that knows none', () => {
  test('stands there as single events, and the plan says so beforehand', async () => {
    const w = await woven()
    w.calendar(0).add(daily('Stand-up'))
    const plan = await w.user.groups.plan('group')
    expect(plan.events.flatMap(({ losses }) => losses)).toEqual([
      { calendarId: w.calendarIds[1], field: 'recurrence', becomes: 'single_events' },
    ])
    await w.settle()
    expect(starts(w)).toEqual(Array.from({ length: 10 }, (_, index) => `${slot(5 + index)} Stand-up`))
    expect(w.calendar(0).all()).toHaveLength(1)
    expect((await w.sync()).counts).toMatchObject({ created: 0, updated: 0, removed: 0 })
    expect((await w.user.groups.verify('group')).accuracy).toBe(1)
  })

  test('shows changed and cancelled occurrences as such', async () => {
    const w = await woven()
    const own = daily('Stand-up')
    const overrides = {
      ...changed(own, 7, { title: 'Retro', time: hours(14, 15, day(7)) }),
      [slot(8)]: { kind: 'cancelled' as const },
    }
    const id = w.calendar(0).add({ ...own, overrides })
    await w.settle()
    expect(starts(w)).toContain(`${day(7)}T14:00:00 Retro`)
    expect(starts(w)).toHaveLength(9)
    w.calendar(0).edit(id, { overrides: { ...overrides, [slot(9)]: { kind: 'cancelled' } }, location: 'Room 1' })
    await w.settle()
    expect(starts(w)).toHaveLength(8)
    expect(part(w, 10).content.location).toBe('Room 1')
  })

  test('takes up what is changed in one of them as a changed occurrence', async () => {
    const w = await woven()
    w.calendar(0).add(daily('Stand-up', { description: 'every day' }))
    await w.settle()
    w.calendar(1).edit(part(w, 7).id, { title: 'Retro', time: hours(16, 17, day(7)) })
    await w.settle()
    const own = w.event(0, 'Stand-up').content
    expect(own.overrides).toMatchObject({
      [slot(7)]: {
        kind: 'changed',
        content: { title: 'Retro', time: hours(16, 17, day(7)), description: 'every day' },
      },
    })
    expect(Object.keys(own.overrides)).toEqual([slot(7)])
    expect(starts(w)).toHaveLength(10)
  })

  test('takes up the removal of one of them as a cancelled occurrence, and nothing else is removed', async () => {
    const w = await woven()
    w.calendar(0).add(daily('Stand-up'))
    await w.settle()
    w.calendar(1).remove(part(w, 7).id)
    await w.settle()
    expect(w.event(0, 'Stand-up').content.overrides).toEqual({ [slot(7)]: { kind: 'cancelled' } })
    expect(starts(w)).toHaveLength(9)
    // and back: the occurrence is put in again
    w.calendar(0).edit(w.event(0, 'Stand-up').id, { overrides: {} })
    await w.settle()
    expect(starts(w)).toHaveLength(10)
  })

  test('takes its single events along when it is removed, unless one of them was changed at the same time', async () => {
    const w = await woven()
    const ids = ['Stand-up', 'Gym'].map((title) => w.calendar(0).add(daily(title)))
    await w.settle()
    for (const id of ids) w.calendar(0).remove(id)
    const one = w
      .calendar(1)
      .all()
      .find(({ content: own }) => own.title === 'Gym')
    w.calendar(1).edit(one?.id ?? '', { title: 'Gym with Ada' })
    await w.settle()
    expect(w.titles(0)).toEqual(['Gym'])
    expect(Object.values(w.event(0, 'Gym').content.overrides)).toMatchObject([{ content: { title: 'Gym with Ada' } }])
    expect(starts(w).filter((line) => line.includes('Stand-up'))).toEqual([])
    expect(starts(w).filter((line) => line.includes('Gym'))).toHaveLength(10)
  })

  test('settles a change of both sides of one occurrence like any other conflict', async () => {
    const w = await woven({ group: { strategies: [{ use: 'preferCalendar', order: [] as never }] } }).catch(() =>
      woven(),
    )
    const own = daily('Stand-up')
    const id = w.calendar(0).add(own)
    await w.settle()
    w.clock.now += 10_000
    w.calendar(0).edit(id, { overrides: changed(own, 7, { location: 'here' }) })
    w.clock.now += 10_000
    w.calendar(1).edit(part(w, 7).id, { location: 'there' })
    await w.settle()
    expect(part(w, 7).content.location).toBe('there')
    expect(w.event(0, 'Stand-up').content.overrides).toMatchObject({ [slot(7)]: { content: { location: 'there' } } })
    const { items } = await w.user.conflicts.list('group')
    expect(JSON.stringify(items)).toContain('here')
  })

  test('moves all of them when the whole series is moved', async () => {
    const w = await woven()
    const id = w.calendar(0).add(daily('Stand-up'))
    await w.settle()
    w.calendar(0).edit(id, { time: hours(11) })
    await w.settle()
    expect(starts(w)).toEqual(Array.from({ length: 10 }, (_, index) => `${day(5 + index)}T11:00:00 Stand-up`))
  })

  test('goes on as the year goes on, and never removes what is past', async () => {
    const w = await woven({ members: [{}, { series: { as: 'singles', aheadDays: 10, most: 5 } }] })
    w.calendar(0).add(daily('Stand-up', { recurrence: { rule: 'FREQ=WEEKLY', rdates: [] } }))
    await w.settle()
    expect(starts(w)).toHaveLength(2)
    w.clock.now += 14 * 86_400_000
    await w.settle()
    expect(starts(w)).toHaveLength(4)
    w.clock.now += 60 * 86_400_000
    await w.settle()
    expect(starts(w).slice(0, 4)).toEqual([5, 12, 19, 26].map((n) => `${slot(n)} Stand-up`))
    expect((await w.sync()).more).toBe(false)
  })

  test('is left out, or stands there once, where the member says so', async () => {
    for (const [as, expected] of [
      ['nothing', []],
      ['first', [`${slot(5)} Stand-up`]],
    ] as const) {
      const w = await woven({ members: [{}, { series: { as } }] })
      w.calendar(0).add(daily('Stand-up'))
      w.calendar(0).add(content('Lunch'))
      await w.settle()
      expect(starts(w).filter((line) => line.includes('Stand-up'))).toEqual(expected)
      expect(w.titles(1)).toContain('Lunch')
    }
  })

  test('turns into single events and back as the event turns into a series and back', async () => {
    const w = await woven()
    const id = w.calendar(0).add(content('Stand-up'))
    await w.settle()
    expect(starts(w)).toHaveLength(1)
    w.calendar(0).edit(id, { recurrence: { rule: 'FREQ=DAILY;COUNT=3', rdates: [] } })
    await w.settle()
    expect(starts(w)).toHaveLength(3)
    w.calendar(0).edit(id, { recurrence: null })
    await w.settle()
    expect(starts(w)).toEqual([`${slot(5)} Stand-up`])
    w.calendar(0).remove(id)
    await w.settle()
    expect(starts(w)).toEqual([])
  })

  test('is found again when our database was lost: nothing is doubled', async () => {
    const w = await woven()
    w.calendar(0).add(daily('Stand-up'))
    await w.settle()
    w.calendar(1).edit(part(w, 7).id, { location: 'Room 1' })
    await w.settle()
    const before = starts(w)
    const user = w.worker({ storage: memoryStorage() })
    await w.weave(user)
    for (let round = 0; round < 5; round++) {
      w.clock.now += 60_000
      await user.groups.sync('group')
    }
    expect(starts(w)).toEqual(before)
    expect(w.calendar(0).all()).toHaveLength(1)
    w.calendar(1).remove(part(w, 8).id)
    for (let round = 0; round < 3; round++) {
      w.clock.now += 60_000
      await user.groups.sync('group')
    }
    expect(w.event(0, 'Stand-up').content.overrides).toMatchObject({ [slot(8)]: { kind: 'cancelled' } })
  })
})
