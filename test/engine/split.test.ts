import { expect, test } from 'vitest'
import { daily, hours, type World, world } from '../support/world.js'

async function events(w: World) {
  return (await w.user.events.ofGroup('group')).items
}

const upTo9th = { rule: 'FREQ=DAILY;UNTIL=20260109T080000Z', rdates: [] }
const from10th = daily('Stand-up', {
  time: hours(9, 10, '2026-01-10'),
  recurrence: { rule: 'FREQ=DAILY;COUNT=5', rdates: [] },
})

for (const order of ['the old half first', 'the new half first'] as const)
  test(`a series that was split from one occurrence on is two that know of each other (${order})`, async () => {
    const w = await world()
    const id = w.calendar(0).add(daily('Stand-up'))
    await w.settle()
    if (order === 'the old half first') w.calendar(0).edit(id, { recurrence: upTo9th })
    else w.calendar(0).add(from10th)
    await w.settle()
    if (order === 'the old half first') w.calendar(0).add(from10th)
    else w.calendar(0).edit(id, { recurrence: upTo9th })
    await w.settle()
    const found = await events(w)
    const [first, rest] = [found.find(({ kin }) => !kin), found.find(({ kin }) => kin)]
    expect(found).toHaveLength(2)
    expect(rest?.kin).toEqual({ how: 'split', eventId: first?.id })
    expect(w.titles(1)).toEqual(['Stand-up', 'Stand-up'])
  })

test('a copy that is split carries its mark along: its rest is an event of its own that knows where it comes from', async () => {
  const w = await world()
  w.calendar(0).add(daily('Stand-up'))
  await w.settle()
  const copy = w.event(1, 'Stand-up')
  w.calendar(1).edit(copy.id, { recurrence: upTo9th })
  w.calendar(1).add({ ...from10th, title: 'Stand-up, new room' }, copy.mark ? { mark: copy.mark } : {})
  await w.settle()
  const found = await events(w)
  const rest = found.find(({ content }) => content.title === 'Stand-up, new room')
  expect(rest?.kin).toEqual({ how: 'split', eventId: found.find(({ id }) => id !== rest?.id)?.id })
  expect(rest?.origin.calendarId).toBe(w.calendarIds[1])
  expect(w.titles(0)).toEqual(['Stand-up', 'Stand-up, new room'])
})

test('a series whose rest was moved to another hour is two that know of each other', async () => {
  const w = await world()
  const id = w.calendar(0).add(daily('Stand-up'))
  await w.settle()
  w.calendar(0).edit(id, { recurrence: upTo9th })
  await w.settle()
  w.calendar(0).add({ ...from10th, time: hours(14, 15, '2026-01-10') })
  await w.settle()
  expect((await events(w)).filter(({ kin }) => kin?.how === 'split')).toHaveLength(1)
})

test('two series of one name that do not follow each other are not kin', async () => {
  const w = await world()
  w.calendar(0).add(daily('Stand-up'))
  await w.settle()
  w.calendar(0).add(daily('Stand-up', { time: hours(15, 16, '2026-01-10') }))
  await w.settle()
  expect((await events(w)).map(({ kin }) => kin)).toEqual([undefined, undefined])
})
