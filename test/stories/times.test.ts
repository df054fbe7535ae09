import { describe, expect, test } from 'vitest'
import type { EventSpan } from '../../src/model/content.js'
import { content, daily, hours, type World, world } from '../support/world.js'
import { changed, diary, everyCalendarShows, home, inEveryCalendar, slot, work, wrote } from './story.js'

const dates = (start: string, end: string): EventSpan => ({
  start: { kind: 'date', date: start },
  end: { kind: 'date', date: end },
})
const at = (local: string, until: string, zone: string): EventSpan => ({
  start: { kind: 'timed', local, zone },
  end: { kind: 'timed', local: until, zone },
})

/** What the host shows of a calendar to a person who sits in this zone: dates and hours there. */
async function agenda(w: World, calendar: number, zone: string): Promise<readonly string[]> {
  const entries = await w.user.events.agenda([w.calendarIds[calendar] ?? ''], {
    from: Date.UTC(2026, 0, 1),
    to: Date.UTC(2027, 0, 1),
    zone,
  })
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' })
  return entries.map(({ start, content: { title } }) => `${format.format(start)} ${title}`)
}

describe('an all-day event', () => {
  const zones = ['Pacific/Auckland', 'Europe/Berlin', 'America/Los_Angeles', 'Pacific/Kiritimati', 'Pacific/Pago_Pago']

  test('is on its own day in every calendar, wherever in the world it is read', async () => {
    const w = await world({ calendars: 3 })
    w.calendar(work).add(content('Holiday', { time: dates('2026-03-04', '2026-03-05') }))
    await w.settle()
    everyCalendarShows(w, ['2026-03-04 all day Holiday'])
    for (const zone of zones) expect(await agenda(w, home, zone)).toEqual(['2026-03-04 00:00 Holiday'])
  })

  test('that lasts two days lasts two days in every calendar', async () => {
    const w = await world({ calendars: 3 })
    w.calendar(work).add(content('Fair', { time: dates('2026-03-04', '2026-03-06') }))
    await w.settle()
    for (const { time } of inEveryCalendar(w, 'Fair')) expect(time).toEqual(dates('2026-03-04', '2026-03-06'))
  })

  test('that is moved by a day in a copy is moved by exactly one day', async () => {
    const w = await world({ calendars: 3 })
    w.calendar(work).add(content('Holiday', { time: dates('2026-03-04', '2026-03-05') }))
    await w.settle()
    w.calendar(home).edit(w.event(home, 'Holiday').id, { time: dates('2026-03-05', '2026-03-06') })
    await w.settle()
    everyCalendarShows(w, ['2026-03-05 all day Holiday'])
  })

  test('does not creep, however often it is edited back and forth', async () => {
    const w = await world()
    w.calendar(work).add(content('Holiday', { time: dates('2026-03-29', '2026-03-30') }))
    await w.settle()
    for (let n = 0; n < 6; n++) {
      const calendar = n % 2
      w.calendar(calendar).edit(w.event(calendar, 'Holiday').id, { location: `Place ${n}` })
      await w.settle()
    }
    everyCalendarShows(w, ['2026-03-29 all day Holiday'])
  })

  test('that becomes a meeting of an hour, and all-day again, does so everywhere', async () => {
    const w = await world({ calendars: 3 })
    const id = w.calendar(work).add(content('Workshop', { time: dates('2026-01-05', '2026-01-06') }))
    await w.settle()
    w.calendar(home).edit(w.event(home, 'Workshop').id, { time: hours(14) })
    await w.settle()
    everyCalendarShows(w, ['2026-01-05 14:00 Workshop'])
    w.calendar(work).edit(id, { time: dates('2026-01-05', '2026-01-06') })
    await w.settle()
    everyCalendarShows(w, ['2026-01-05 all day Workshop'])
  })

  test('that repeats every year is on the same date, with one year called off', async () => {
    const w = await world()
    w.calendar(work).add(
      content('Birthday', {
        time: dates('2024-12-24', '2024-12-25'),
        recurrence: { rule: 'FREQ=YEARLY', rdates: [] },
        overrides: { '2025-12-24': { kind: 'cancelled' } },
      }),
    )
    await w.settle()
    everyCalendarShows(w, ['2026-12-24 all day Birthday'])
  })
})

describe('the hour of a meeting', () => {
  const weekly = content('Planning', {
    time: at('2026-03-16T09:00:00', '2026-03-16T10:00:00', 'Europe/Berlin'),
    recurrence: { rule: 'FREQ=WEEKLY;COUNT=4', rdates: [] },
  })

  test('stays the same on the clock on the wall when the clocks change', async () => {
    const w = await world({ calendars: 3 })
    w.calendar(work).add(weekly)
    await w.settle()
    // the clocks in Berlin change on 29 March
    everyCalendarShows(
      w,
      ['16', '23', '30'].map((date) => `2026-03-${date} 09:00 Planning`).concat('2026-04-06 09:00 Planning'),
    )
  })

  test('is right for a colleague overseas in the weeks between two clock changes, too', async () => {
    const w = await world()
    w.calendar(work).add(weekly)
    await w.settle()
    // New York changed on 8 March: four in the morning until Berlin follows, then three
    const expected = ['2026-03-16 04:00', '2026-03-23 04:00', '2026-03-30 03:00', '2026-04-06 03:00']
    expect(await agenda(w, home, 'America/New_York')).toEqual(expected.map((when) => `${when} Planning`))
  })

  test('of one day that was moved stays where it was moved to, in the week in which the clocks change', async () => {
    const w = await world()
    const id = w.calendar(work).add(weekly)
    await w.settle()
    const monday = at('2026-03-30T13:00:00', '2026-03-30T14:00:00', 'Europe/Berlin')
    w.calendar(home).edit(w.event(home, 'Planning').id, {
      overrides: { [slot('2026-03-30')]: changed(weekly, { time: monday }) },
    })
    await w.settle()
    expect(diary(w, work)).toContain('2026-03-30 13:00 Planning')
    expect(diary(w, work)).toEqual(diary(w, home))
    expect(w.calendar(work).get(id)?.content.overrides).toHaveProperty([slot('2026-03-30')])
  })

  test('that the clocks skip, or show twice, is kept as it was written', async () => {
    const w = await world()
    const skipped = at('2026-03-29T02:30:00', '2026-03-29T03:30:00', 'Europe/Berlin')
    const twice = at('2026-10-25T02:30:00', '2026-10-25T03:30:00', 'Europe/Berlin')
    w.calendar(work).add(content('Skipped', { time: skipped }))
    w.calendar(work).add(content('Twice', { time: twice }))
    await w.settle()
    w.calendar(home).edit(w.event(home, 'Skipped').id, { location: 'Server room' })
    w.calendar(home).edit(w.event(home, 'Twice').id, { location: 'Server room' })
    await w.settle()
    expect(inEveryCalendar(w, 'Skipped').map(({ time }) => time)).toEqual([skipped, skipped])
    expect(inEveryCalendar(w, 'Twice').map(({ time }) => time)).toEqual([twice, twice])
  })

  test('of a series whose zone is changed is the new one everywhere', async () => {
    const w = await world({ calendars: 3 })
    const id = w.calendar(work).add(weekly)
    await w.settle()
    w.calendar(work).edit(id, { time: at('2026-03-16T09:00:00', '2026-03-16T10:00:00', 'America/New_York') })
    await w.settle()
    for (const calendar of [0, 1, 2])
      expect(diary(w, calendar, 'America/New_York').map((line) => line.slice(11, 16))).toEqual(Array(4).fill('09:00'))
  })

  test('of a flight is right at both ends', async () => {
    const w = await world({ calendars: 3 })
    const flight: EventSpan = {
      start: { kind: 'timed', local: '2026-03-04T13:00:00', zone: 'Europe/Berlin' },
      end: { kind: 'timed', local: '2026-03-04T16:00:00', zone: 'America/New_York' },
    }
    w.calendar(work).add(content('Flight', { time: flight }))
    await w.settle()
    for (const { time } of inEveryCalendar(w, 'Flight')) expect(time).toEqual(flight)
  })

  test('without a zone stays without one, the same on every clock', async () => {
    const w = await world({ calendars: 3 })
    const pill: EventSpan = {
      start: { kind: 'floating', local: '2026-03-04T08:00:00' },
      end: { kind: 'floating', local: '2026-03-04T08:05:00' },
    }
    w.calendar(work).add(content('Pill', { time: pill }))
    await w.settle()
    for (const zone of ['Asia/Tokyo', 'America/New_York'])
      expect(await agenda(w, home, zone)).toEqual(['2026-03-04 08:00 Pill'])
  })
})

describe('a zone under an odd name', () => {
  const odd: EventSpan = {
    start: {
      kind: 'timed',
      local: '2026-03-04T09:00:00',
      zone: 'Europe/Berlin',
      originalZone: 'W. Europe Standard Time',
    },
    end: {
      kind: 'timed',
      local: '2026-03-04T10:00:00',
      zone: 'Europe/Berlin',
      originalZone: 'W. Europe Standard Time',
    },
  }

  test('means the same hour in every calendar', async () => {
    const w = await world({ calendars: 3 })
    w.calendar(work).add(content('Review', { time: odd }))
    await w.settle()
    everyCalendarShows(w, ['2026-03-04 09:00 Review'])
  })

  test('stays as its own calendar wrote it when the copy is edited', async () => {
    const w = await world()
    const id = w.calendar(work).add(content('Review', { time: odd }))
    await w.settle()
    w.calendar(home).edit(w.event(home, 'Review').id, { location: 'Room 1' })
    await w.settle()
    expect(w.calendar(work).get(id)?.content).toMatchObject({ location: 'Room 1', time: odd })
  })

  test('and the plain name of the same zone are no difference to write about', async () => {
    const w = await world()
    w.calendar(work).add(daily('Stand-up', { time: odd }), { uid: 'stand-up@example.com' })
    w.calendar(home).add(
      daily('Stand-up', { time: at('2026-03-04T09:00:00', '2026-03-04T10:00:00', 'Europe/Berlin') }),
      { uid: 'stand-up@example.com' },
    )
    expect(wrote(await w.sync())).toBe(0)
  })
})
