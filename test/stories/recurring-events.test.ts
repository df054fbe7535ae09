import { describe, expect, test } from 'vitest'
import type { EventContent } from '../../src/model/content.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { daily, hours, type World, world } from '../support/world.js'
import {
  cancelled,
  changed,
  conflictsAbout,
  diary,
  everyCalendarShows,
  family,
  home,
  slot,
  work,
  wrote,
} from './story.js'

/** A stand-up at nine from Monday 5 to Wednesday 14 January, in three calendars. */
async function standUp() {
  const w = await world({ calendars: 3 })
  const series = daily('Stand-up')
  const id = w.calendar(work).add(series)
  await w.settle()
  const [view] = (await w.user.events.ofGroup('group')).items
  return { w, series, id, copy: w.event(home, 'Stand-up').id, eventId: view?.id }
}

/** Tuesday's occurrence, moved to another hour of its day. */
const tuesdayAt = (hour: number, series: EventContent) => ({
  overrides: { [slot('2026-01-06')]: changed(series, { time: hours(hour, hour + 1, '2026-01-06') }) },
})

const nine = (days: readonly number[], title = 'Stand-up') =>
  days.map((date) => `2026-01-${String(date).padStart(2, '0')} 09:00 ${title}`)
const allTen = [5, 6, 7, 8, 9, 10, 11, 12, 13, 14]
const without = (...gone: readonly number[]) => nine(allTen.filter((date) => !gone.includes(date)))

describe('a recurring event', () => {
  test('is one event with a rule in every calendar, not one event for every day', async () => {
    const { w } = await standUp()
    everyCalendarShows(w, nine(allTen))
    for (const calendar of [0, 1, 2]) expect(w.calendar(calendar).size).toBe(1)
  })

  test('an occurrence that was moved stays one occurrence in every calendar', async () => {
    const { w, series, id } = await standUp()
    w.calendar(work).edit(id, tuesdayAt(14, series))
    await w.settle()
    everyCalendarShows(w, [...without(6), '2026-01-06 14:00 Stand-up'])
  })

  test('an occurrence that was moved in a copy moves in every calendar', async () => {
    const { w, series, copy } = await standUp()
    w.calendar(home).edit(copy, tuesdayAt(14, series))
    await w.settle()
    everyCalendarShows(w, [...without(6), '2026-01-06 14:00 Stand-up'])
  })

  test('an occurrence that was moved past the next one takes neither its place nor its name', async () => {
    const { w, series, id } = await standUp()
    w.calendar(work).edit(id, {
      overrides: { [slot('2026-01-06')]: changed(series, { time: hours(9, 10, '2026-01-08') }) },
    })
    await w.settle()
    everyCalendarShows(w, [...without(6), '2026-01-08 09:00 Stand-up'])
    // and the one that was there all the time can still be called off by itself
    const own = w.calendar(work).get(id)?.content.overrides ?? {}
    w.calendar(work).edit(id, { overrides: { ...own, [slot('2026-01-08')]: cancelled } })
    await w.settle()
    everyCalendarShows(w, without(6))
  })

  test('an occurrence that was moved again and again leaves nothing behind where it was', async () => {
    const { w, series } = await standUp()
    for (const [calendar, hour] of [
      [work, 11],
      [home, 15],
      [work, 8],
      [home, 16],
    ] as const) {
      const { id } = w.event(calendar, 'Stand-up')
      w.calendar(calendar).edit(id, tuesdayAt(hour, series))
      await w.settle()
    }
    everyCalendarShows(w, [...without(6), '2026-01-06 16:00 Stand-up'])
  })

  test('an occurrence that is put back to where it was is an ordinary one again', async () => {
    const { w, series, id, copy } = await standUp()
    w.calendar(work).edit(id, tuesdayAt(14, series))
    await w.settle()
    w.calendar(home).edit(copy, { overrides: {} })
    await w.settle()
    everyCalendarShows(w, nine(allTen))
    // it follows the series from now on
    w.calendar(work).edit(id, { title: 'Sit-down' })
    await w.settle()
    everyCalendarShows(w, nine(allTen, 'Sit-down'))
  })

  test('an occurrence that was called off in a copy is called off everywhere, and stays so when the series is renamed', async () => {
    const { w, id, copy } = await standUp()
    w.calendar(home).edit(copy, { overrides: { [slot('2026-01-07')]: cancelled } })
    await w.settle()
    w.calendar(work).edit(id, { title: 'Sit-down' })
    await w.settle()
    everyCalendarShows(
      w,
      nine(
        allTen.filter((date) => date !== 7),
        'Sit-down',
      ),
    )
  })

  test('an occurrence with a name of its own keeps it when the series is renamed somewhere else', async () => {
    const { w, series, copy } = await standUp()
    w.calendar(home).edit(copy, {
      overrides: { [slot('2026-01-07')]: changed(series, { title: 'Demo', time: hours(9, 10, '2026-01-07') }) },
    })
    await w.settle()
    w.calendar(work).edit(w.event(work, 'Stand-up').id, { title: 'Sit-down' })
    await w.settle()
    everyCalendarShows(w, [
      ...nine(
        allTen.filter((date) => date !== 7),
        'Sit-down',
      ),
      '2026-01-07 09:00 Demo',
    ])
  })

  test('two people who change two occurrences in two calendars at the same time both keep their change', async () => {
    const { w, series, id, copy } = await standUp()
    w.calendar(work).edit(id, tuesdayAt(14, series))
    w.calendar(home).edit(copy, { overrides: { [slot('2026-01-09')]: cancelled } })
    await w.settle()
    everyCalendarShows(w, [...without(6, 9), '2026-01-06 14:00 Stand-up'])
  })

  test('two people who change one occurrence, one its time and one its place, both keep their change', async () => {
    const { w, series, id, copy } = await standUp()
    const tuesday = slot('2026-01-06')
    w.calendar(work).edit(id, { overrides: { [tuesday]: changed(series, { time: hours(14, 15, '2026-01-06') }) } })
    w.calendar(home).edit(copy, {
      overrides: { [tuesday]: changed(series, { location: 'Café', time: hours(9, 10, '2026-01-06') }) },
    })
    await w.settle()
    everyCalendarShows(w, [...without(6), '2026-01-06 14:00 Stand-up'])
    for (const calendar of [0, 1, 2])
      expect(w.event(calendar, 'Stand-up').content.overrides[tuesday]).toMatchObject({ content: { location: 'Café' } })
  })

  test('a date that one person adds and a date that another one calls off are both as they wanted', async () => {
    const { w, id, copy } = await standUp()
    w.calendar(work).edit(id, { recurrence: { rule: 'FREQ=DAILY;COUNT=10', rdates: [slot('2026-02-02')] } })
    await w.settle()
    w.calendar(work).edit(id, {
      recurrence: { rule: 'FREQ=DAILY;COUNT=10', rdates: [slot('2026-02-02'), slot('2026-02-03')] },
    })
    w.calendar(home).edit(copy, {
      recurrence: { rule: 'FREQ=DAILY;COUNT=10', rdates: [slot('2026-02-02'), slot('2026-02-09')] },
    })
    await w.settle()
    everyCalendarShows(w, [...nine(allTen), ...['02', '03', '09'].map((date) => `2026-02-${date} 09:00 Stand-up`)])
  })

  test('a whole series that is moved by an hour is there once, an hour later', async () => {
    const { w, copy } = await standUp()
    w.calendar(home).edit(copy, { time: hours(10) })
    await w.settle()
    everyCalendarShows(
      w,
      allTen.map((date) => `2026-01-${String(date).padStart(2, '0')} 10:00 Stand-up`),
    )
  })

  test('a series that is moved while somebody calls off a day says what was not taken', async () => {
    const { w, id, copy } = await standUp()
    w.calendar(home).edit(copy, { overrides: { [slot('2026-01-07')]: cancelled } })
    w.clock.now += 60_000
    w.calendar(work).edit(id, { time: hours(11) })
    await w.settle()
    const shown = diary(w, work)
    everyCalendarShows(w, shown)
    const isCalledOff = !shown.some((line) => line.startsWith('2026-01-07'))
    const isLogged = JSON.stringify(await conflictsAbout(w, 'Stand-up')).includes(slot('2026-01-07'))
    expect(isCalledOff || isLogged).toBe(true)
  })

  test('a series that ends earlier ends earlier in every calendar', async () => {
    const { w, id } = await standUp()
    w.calendar(work).edit(id, { recurrence: { rule: 'FREQ=DAILY;COUNT=3', rdates: [] } })
    await w.settle()
    everyCalendarShows(w, nine([5, 6, 7]))
  })

  test('an answer that is lost while an occurrence is moved does not double it', async () => {
    const { w, series, id } = await standUp()
    w.calendar(work).edit(id, tuesdayAt(14, series))
    w.fault = ({ method, phase }) => (method === 'update' && phase === 'after' ? { code: 'timeout' } : undefined)
    await w.sync()
    w.fault = undefined
    await w.settle()
    everyCalendarShows(w, [...without(6), '2026-01-06 14:00 Stand-up'])
  })

  test('a calendar that is read from the start again finds nothing new in a series with changed occurrences', async () => {
    const { w, series, id } = await standUp()
    w.calendar(work).edit(id, {
      overrides: {
        [slot('2026-01-06')]: changed(series, { time: hours(14, 15, '2026-01-06') }),
        [slot('2026-01-07')]: cancelled,
      },
    })
    await w.settle()
    w.provider.service.expireCursors()
    expect(wrote(await w.sync())).toBe(0)
    everyCalendarShows(w, [...without(6, 7), '2026-01-06 14:00 Stand-up'])
  })
})

/** What a calendar program does for "this and all following": the old series ends, and a new one begins. */
async function split(
  w: World,
  calendar: number,
  id: string,
  order: 'end first' | 'begin first',
  between?: () => Promise<unknown>,
  rest: Partial<EventContent> = { time: hours(11, 12, '2026-01-09') },
): Promise<void> {
  const end = () => w.calendar(calendar).edit(id, { recurrence: { rule: 'FREQ=DAILY;COUNT=4', rdates: [] } })
  const begin = () => {
    const following = w.calendar(calendar).copy(id)
    w.calendar(calendar).edit(following, {
      recurrence: { rule: 'FREQ=DAILY;COUNT=6', rdates: [] },
      overrides: {},
      ...rest,
    })
  }
  for (const [index, step] of (order === 'end first' ? [end, begin] : [begin, end]).entries()) {
    if (index === 1) await between?.()
    step()
  }
}

const fromFridayAtEleven = [
  ...nine([5, 6, 7, 8]),
  ...['09', '10', '11', '12', '13', '14'].map((date) => `2026-01-${date} 11:00 Stand-up`),
]

describe('"this and all following"', () => {
  for (const calendar of [work, home])
    for (const order of ['end first', 'begin first'] as const)
      for (const isApart of [false, true])
        test(`said ${calendar === work ? 'where the series is at home' : 'in a copy'}, told ${order} in ${isApart ? 'two parts' : 'one part'}: no day is doubled and none is missing`, async () => {
          const { w } = await standUp()
          await split(w, calendar, w.event(calendar, 'Stand-up').id, order, isApart ? () => w.sync() : undefined)
          await w.settle()
          everyCalendarShows(w, fromFridayAtEleven)
        })

  test('an occurrence that was moved before the cut stays where it was moved to', async () => {
    const { w, series, id } = await standUp()
    w.calendar(work).edit(id, tuesdayAt(14, series))
    await w.settle()
    await split(w, work, id, 'end first')
    await w.settle()
    everyCalendarShows(w, [
      ...fromFridayAtEleven.filter((line) => !line.startsWith('2026-01-06')),
      '2026-01-06 14:00 Stand-up',
    ])
  })

  test('both halves are one event each, and can be deleted one by one', async () => {
    const { w, id } = await standUp()
    await split(w, work, id, 'begin first')
    await w.settle()
    w.calendar(work).remove(id)
    await w.settle()
    everyCalendarShows(w, fromFridayAtEleven.slice(4))
  })

  for (const calendar of [work, home])
    for (const order of ['end first', 'begin first'] as const)
      test(`said ${calendar === work ? 'where the series is at home' : 'in a copy'}, told ${order}: the second half knows which series it continues`, async () => {
        const { w, eventId } = await standUp()
        const { id } = w.event(calendar, 'Stand-up')
        await split(w, calendar, id, order, undefined, { time: hours(9, 10, '2026-01-09'), location: 'Café' })
        await w.settle()
        const { items } = await w.user.events.ofGroup('group')
        expect(items.find((one) => one.content.location === 'Café')?.kin).toEqual({ how: 'split', eventId })
      })
})

describe('a recurring event in a calendar that knows no recurring events', () => {
  /** The family calendar can hold single events only. */
  async function withoutSeries() {
    const behaviours = [undefined, undefined, { cannotHold: ['recurrence', 'overrides'] as const }]
    const w = await world({ calendars: 3, behaviours, apart: true })
    const id = w.calendar(work).add(daily('Stand-up'))
    await w.settle()
    const on = (date: string) =>
      w
        .calendar(family)
        .all()
        .find(({ content: { time } }) => JSON.stringify(time.start).includes(date))?.id ?? ''
    return { w, id, on }
  }

  test('is there day by day, and stays one series everywhere else', async () => {
    const { w } = await withoutSeries()
    everyCalendarShows(w, nine(allTen))
    expect([work, home, family].map((calendar) => w.calendar(calendar).size)).toEqual([1, 1, 10])
    expect(wrote(await w.sync())).toBe(0)
  })

  test('can be changed there for one day, and only that day changes', async () => {
    const { w, on } = await withoutSeries()
    w.calendar(family).edit(on('2026-01-06'), { time: hours(14, 15, '2026-01-06') })
    await w.settle()
    everyCalendarShows(w, [...without(6), '2026-01-06 14:00 Stand-up'])
  })

  test('can be called off there for one day, and only that day is called off', async () => {
    const { w, on } = await withoutSeries()
    w.calendar(family).remove(on('2026-01-07'))
    await w.settle()
    everyCalendarShows(w, without(7))
    expect(w.calendar(work).size).toBe(1)
  })

  test('follows what is changed where it is a series: a day moved, a day called off, all of it renamed', async () => {
    const { w, id } = await withoutSeries()
    const series = w.event(work, 'Stand-up').content
    w.calendar(work).edit(id, {
      overrides: { ...tuesdayAt(14, series).overrides, [slot('2026-01-07')]: cancelled },
    })
    await w.settle()
    everyCalendarShows(w, [...without(6, 7), '2026-01-06 14:00 Stand-up'])
    w.calendar(home).edit(w.event(home, 'Stand-up').id, { title: 'Sit-down' })
    await w.settle()
    everyCalendarShows(w, diary(w, work))
    expect(diary(w, family)).toContain('2026-01-05 09:00 Sit-down')
  })

  test('is gone from there, too, when it is deleted, and is known again after the database was lost', async () => {
    const { w, id } = await withoutSeries()
    const newcomer = w.worker({ storage: memoryStorage() })
    await w.weave(newcomer)
    const sync = async () => {
      w.clock.now += 60_000
      return newcomer.groups.sync('group')
    }
    for (let n = 0; n < 3; n++) await sync()
    everyCalendarShows(w, nine(allTen))
    w.calendar(work).remove(id)
    for (let n = 0; n < 3; n++) await sync()
    everyCalendarShows(w, [])
  })
})
