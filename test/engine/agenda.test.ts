import { describe, expect, test } from 'vitest'
import { content, daily, hours, world } from '../support/world.js'

const from = Date.UTC(2026, 0, 5)
const to = Date.UTC(2026, 0, 8)

describe('the agenda', () => {
  test('shows all calendars, expanded, in order, each copy with its origin, and asks no calendar', async () => {
    const w = await world()
    const slot = '2026-01-06T09:00:00'
    w.calendar(0).add(daily('Stand-up', { overrides: { [slot]: { kind: 'cancelled' } } }))
    w.calendar(1).add(content('Lunch', { time: hours(12) }))
    await w.settle()
    w.calls.length = 0
    const entries = await w.user.events.agenda(w.calendarIds, { from, to })
    expect(w.calls).toEqual([])
    const short = entries.map(({ start, end, calendarId, content: { title }, origin }) => [
      new Date(start).toISOString().slice(5, 16),
      (end - start) / 3_600_000,
      title,
      w.calendarIds.indexOf(calendarId),
      origin ? w.calendarIds.indexOf(origin.calendarId) : 'at home',
    ])
    const both = (at: string, title: string, home: number) =>
      [0, 1].map((side) => [at, 1, title, side, side === home ? 'at home' : home])
    const bySide = (list: unknown[][]) => [...list].sort((a, b) => (`${a[0]} ${a[3]}` < `${b[0]} ${b[3]}` ? -1 : 1))
    expect(bySide(short)).toEqual([
      ...both('01-05T08:00', 'Stand-up', 0),
      ...both('01-05T11:00', 'Lunch', 1),
      ...both('01-07T08:00', 'Stand-up', 0),
    ])
    expect(entries.map(({ start }) => start)).toEqual(entries.map(({ start }) => start).sort((a, b) => a - b))
  })

  test('shows an occurrence that was moved into the span, and not one that was moved out of it', async () => {
    const w = await world()
    const { recurrence: _rule, overrides: _none, ...own } = daily('Moved')
    w.calendar(0).add(
      daily('Moved', {
        time: hours(9, 10, '2026-01-01'),
        recurrence: { rule: 'FREQ=DAILY;COUNT=6', rdates: [] },
        overrides: {
          '2026-01-02T09:00:00': { kind: 'changed', content: { ...own, title: 'In', time: hours(7, 8, '2026-01-07') } },
          '2026-01-06T09:00:00': {
            kind: 'changed',
            content: { ...own, title: 'Out', time: hours(7, 8, '2026-02-01') },
          },
        },
      }),
    )
    await w.settle()
    const [calendar = ''] = w.calendarIds
    const titles = (await w.user.events.agenda([calendar], { from, to })).map(({ content: { title } }) => title)
    expect(titles).toEqual(['Moved', 'In'])
  })

  test('takes whole days for days of the zone that it is asked for', async () => {
    const w = await world()
    w.calendar(0).add(
      content('Holiday', {
        time: { start: { kind: 'date', date: '2026-01-06' }, end: { kind: 'date', date: '2026-01-07' } },
      }),
    )
    await w.settle()
    const [calendar = ''] = w.calendarIds
    for (const [zone, offset] of [
      ['UTC', 0],
      ['Asia/Tokyo', -9],
      ['America/New_York', 5],
    ] as const) {
      const [entry] = await w.user.events.agenda([calendar], { from, to, zone })
      expect(entry?.start).toBe(Date.UTC(2026, 0, 6, offset))
    }
  })

  test('shows nothing of what is over, and nothing of an event that cannot be read', async () => {
    const w = await world()
    w.calendar(0).add(content('Over', { time: hours(9, 10, '2026-01-04') }))
    w.calendar(0).poison(w.calendar(0).add(content('Poison')))
    await w.settle()
    expect(await w.user.events.agenda(w.calendarIds, { from, to })).toEqual([])
  })
})

describe('the synced events', () => {
  test('tell where each of them stands, and leave out what was removed', async () => {
    const w = await world({ members: [{}, { direction: 'write' }] })
    const id = w.calendar(0).add(content('Lunch'))
    w.calendar(0).add(content('Detached'))
    const gone = w.calendar(0).add(content('Removed'))
    await w.settle()
    w.calendar(0).remove(gone)
    w.calendar(1).remove(w.event(1, 'Detached').id)
    await w.settle()
    const { items } = await w.user.events.ofGroup('group')
    expect(items.map(({ content: { title } }) => title).sort()).toEqual(['Detached', 'Lunch'])
    const lunch = items.find(({ content: { title } }) => title === 'Lunch')
    expect(lunch).toMatchObject({ state: 'live', origin: { remoteId: id } })
    expect(lunch?.copies.map(({ isOrigin, status }) => [isOrigin, status]).sort()).toEqual([
      [false, 'live'],
      [true, 'live'],
    ])
    const detached = items.find(({ content: { title } }) => title === 'Detached')
    expect(detached?.copies.find(({ isOrigin }) => !isOrigin)?.status).toBe('detached')
    expect(await w.user.events.get('group', lunch?.id ?? '')).toEqual(lunch)
    // and it stays away
    w.calendar(0).edit(w.event(0, 'Detached').id, { location: 'Café' })
    await w.settle()
    expect(w.titles(1)).toEqual(['Lunch'])
  })
})

test('the agenda of a very full calendar lets others have a turn', async () => {
  const w = await world()
  for (let nth = 0; nth < 300; nth++)
    w.calendar(0).add(content(`Standup ${nth}`, { recurrence: { rule: 'FREQ=DAILY', rdates: [] } }))
  await w.sync()
  let turns = 0
  const others = setInterval(() => turns++, 1)
  const entries = await w.user.events.agenda(w.calendarIds, {
    from: Date.UTC(2026, 0, 5),
    to: Date.UTC(2026, 1, 5),
  })
  clearInterval(others)
  expect(entries.length).toBeGreaterThan(9_000)
  expect(turns).toBeGreaterThan(3)
})
