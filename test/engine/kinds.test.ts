import { describe, expect, test } from 'vitest'
import type { EventContent, EventTime, Override } from '../../src/model/content.js'
import { completeContent, occurrenceOf } from '../../src/model/content.js'
import { differingFields } from '../../src/model/equality.js'
import { content, daily, hours, world } from '../support/world.js'

const tuesday = '2026-01-06T09:00:00'
const wednesday = '2026-01-07T09:00:00'
const cancelled: Override = { kind: 'cancelled' }
const moved = (title: string, given: Partial<EventContent> = {}): Override => ({
  kind: 'changed',
  content: { ...occurrenceOf(content(title)), time: hours(14, 15, '2026-01-06'), ...given },
})
const time = (start: EventTime, end: EventTime) => ({ start, end })
const date = (day: string): EventTime => ({ kind: 'date', date: day })
const floating = (local: string): EventTime => ({ kind: 'floating', local })
const timed = (local: string, zone: string): EventTime => ({ kind: 'timed', local, zone })

describe('events of every kind arrive as they are, and stay so', () => {
  const cases: readonly (readonly [string, EventContent])[] = [
    ['a whole day', content('x', { time: time(date('2026-01-05'), date('2026-01-06')) })],
    ['three whole days', content('x', { time: time(date('2026-01-05'), date('2026-01-08')) })],
    ['a floating time', content('x', { time: time(floating('2026-01-05T09:00:00'), floating('2026-01-05T10:00:00')) })],
    [
      'a flight that ends in another zone',
      content('x', {
        time: time(timed('2026-01-05T09:00:00', 'Europe/Berlin'), timed('2026-01-05T11:00:00', 'America/New_York')),
      }),
    ],
    ['a moment that has no length', content('x', { time: hours(9, 9) })],
    [
      'an hour that the clocks skip',
      content('x', {
        time: time(timed('2026-03-29T02:30:00', 'Europe/Berlin'), timed('2026-03-29T03:30:00', 'Europe/Berlin')),
      }),
    ],
    ['a series', daily('x')],
    ['a series of whole days', daily('x', { time: time(date('2026-01-05'), date('2026-01-06')) })],
    ['a series of single dates', daily('x', { recurrence: { rule: null, rdates: [tuesday, wednesday] } })],
    ['a series with a moved occurrence', daily('x', { overrides: { [tuesday]: moved('moved') } })],
    ['a series with a cancelled occurrence', daily('x', { overrides: { [tuesday]: cancelled } })],
    [
      'everything at once',
      completeContent({
        title: 'x 🎉',
        time: hours(9),
        description: 'line\nline',
        location: 'Room "1"; 2, 3',
        geo: { latitude: 52.5, longitude: 13.4 },
        status: 'tentative',
        availability: 'free',
        categories: ['a', 'b'],
        color: 'tomato',
        url: 'https://example.com',
        priority: 1,
        conferences: [{ url: 'https://meet.example.com', label: 'join' }],
        attachments: [{ url: 'https://example.com/file', name: 'file' }],
      }),
    ],
  ]
  for (const [name, event] of cases)
    test(name, async () => {
      const w = await world({ calendars: 3 })
      w.calendar(0).add(event)
      await w.settle()
      for (const side of [0, 1, 2]) {
        expect(w.calendar(side).size).toBe(1)
        expect(differingFields(w.calendar(side).all()[0]?.content as EventContent, event)).toEqual([])
      }
    })
})

describe('a series', () => {
  async function woven(given: Partial<EventContent> = {}) {
    const w = await world()
    const id = w.calendar(0).add(daily('Stand-up', given))
    await w.settle()
    return { w, id, copy: w.calendar(1).all()[0]?.id ?? '' }
  }
  const overrides = (w: Awaited<ReturnType<typeof world>>) =>
    [0, 1].map((side) => w.calendar(side).all()[0]?.content.overrides)

  test('an occurrence that is cancelled in the copy is cancelled at the origin', async () => {
    const { w, copy } = await woven()
    w.calendar(1).edit(copy, { overrides: { [tuesday]: cancelled } })
    await w.settle()
    expect(overrides(w)).toEqual([{ [tuesday]: cancelled }, { [tuesday]: cancelled }])
  })

  test('occurrences that are changed on both sides at once are both changed on both sides', async () => {
    const { w, id, copy } = await woven()
    w.calendar(0).edit(id, { overrides: { [tuesday]: moved('in the afternoon') } })
    w.calendar(1).edit(copy, { overrides: { [wednesday]: cancelled } })
    await w.settle()
    for (const shown of overrides(w)) {
      expect(Object.keys(shown ?? {})).toEqual([tuesday, wednesday])
      expect(shown).toMatchObject({ [tuesday]: { content: { title: 'in the afternoon' } }, [wednesday]: cancelled })
    }
  })

  test('a cancelled occurrence that a person brings back is back on both sides', async () => {
    const { w, copy } = await woven({ overrides: { [tuesday]: cancelled } })
    w.calendar(1).edit(copy, { overrides: {} })
    await w.settle()
    expect(overrides(w)).toEqual([{}, {}])
  })

  test('one that is moved while an occurrence is changed in its copy is on both sides what one person wanted', async () => {
    const { w, id, copy } = await woven()
    w.calendar(1).edit(copy, { overrides: { [tuesday]: cancelled } })
    w.clock.now += 60_000
    w.calendar(0).edit(id, { time: hours(11) })
    await w.settle()
    for (const side of [0, 1])
      expect(w.calendar(side).all()[0]?.content).toMatchObject({ time: hours(11), overrides: {} })
    const [event] = (await w.user.events.ofGroup('group')).items
    const [conflict] = await w.user.conflicts.ofEvent('group', event?.id ?? '')
    // what lost is in the log
    expect(JSON.stringify(conflict?.items[0]?.sides)).toContain(tuesday)
  })

  test('one that becomes a single event loses its occurrences on both sides', async () => {
    const { w, id } = await woven({ overrides: { [tuesday]: cancelled } })
    w.calendar(0).edit(id, { recurrence: null, overrides: {} })
    await w.settle()
    expect(w.calendar(1).all()[0]?.content).toMatchObject({ recurrence: null, overrides: {} })
  })

  test('a calendar that gets the first occurrence only keeps it, and does not end the series at its origin', async () => {
    const w = await world({
      behaviours: [undefined, { cannotHold: ['recurrence', 'overrides'] }],
      members: [{}, { series: { as: 'first' } }],
    })
    w.calendar(0).add(daily('Stand-up', { overrides: { [tuesday]: cancelled } }))
    await w.settle()
    const copy = w.calendar(1).all()[0]
    w.calendar(1).edit(copy?.id ?? '', { title: 'Sit-down' })
    await w.settle()
    expect(w.calendar(0).all()[0]?.content).toMatchObject({
      title: 'Sit-down',
      recurrence: { rule: 'FREQ=DAILY;COUNT=10' },
      overrides: { [tuesday]: cancelled },
    })
  })
})
