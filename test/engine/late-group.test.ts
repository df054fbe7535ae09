import { expect, test } from 'vitest'
import { content, world } from '../support/world.js'

test('what a listing finds that began before its calendar joined a second group reaches that group, too', async () => {
  const w = await world({ calendars: 3, woven: false })
  const [first = '', second = '', third = ''] = w.calendarIds
  w.calendar(0).add(content('Boat race'))
  await w.user.groups.create({ id: 'early', name: 'early', members: [{ calendarId: first }, { calendarId: second }] })
  const members = [{ calendarId: first }, { calendarId: third }]
  let isJoined = false
  w.fault = async ({ method, phase, calendar }) => {
    // the listing is under way and has found nothing yet: now another group is made over the same calendar
    if (method !== 'changes' || phase !== 'before' || calendar !== 'cal-a' || isJoined) return undefined
    isJoined = true
    await w.user.groups.create({ id: 'late', name: 'late', members })
    return undefined
  }
  await w.user.groups.sync('early')
  expect(isJoined).toBe(true)
  for (let round = 0; round < 3; round++) {
    w.clock.now += 60_000
    await w.user.groups.sync('late')
  }
  expect([w.titles(1), w.titles(2)]).toEqual([['Boat race'], ['Boat race']])
})

test('a group is not woven while one of its calendars is still being listed for another one', async () => {
  const w = await world({ calendars: 3, woven: false })
  const [first = '', second = '', third = ''] = w.calendarIds
  for (const index of [0, 2]) w.calendar(index).add(content('Boat race'))
  await w.user.groups.create({ id: 'early', name: 'early', members: [{ calendarId: first }, { calendarId: second }] })
  await w.user.groups.sync('early')
  await w.user.groups.create({ id: 'late', name: 'late', members: [{ calendarId: first }, { calendarId: third }] })
  let isBusy = false
  w.fault = async ({ method, phase, calendar }) => {
    if (method !== 'changes' || phase !== 'before' || calendar !== 'cal-a' || isBusy) return undefined
    isBusy = true
    w.clock.now += 1_000
    await w.worker().groups.sync('late')
    return undefined
  }
  await w.user.groups.sync('early')
  w.fault = undefined
  for (let round = 0; round < 3; round++) {
    w.clock.now += 60_000
    await w.user.groups.sync('late')
  }
  // one and the same event, found in both: neither doubled nor taken for two
  expect([w.titles(0), w.titles(2)]).toEqual([['Boat race'], ['Boat race']])
})

test('what a run writes after a calendar of it joined a second group reaches that group, too', async () => {
  const w = await world({ calendars: 3, woven: false })
  const [first = '', second = '', third = ''] = w.calendarIds
  w.calendar(1).add(content('Boat race'))
  await w.user.groups.create({ id: 'early', name: 'early', members: [{ calendarId: first }, { calendarId: second }] })
  await w.user.groups.sync('early')
  w.clock.now += 60_000
  w.calendar(0).edit(w.event(0, 'Boat race').id, { location: 'Boathouse' })
  let isJoined = false
  w.fault = async ({ method, phase }) => {
    if (method !== 'update' || phase !== 'before' || isJoined) return undefined
    isJoined = true
    // the run is about to write into the second calendar; now another group takes over all that is known of it
    const late = w.worker()
    await late.groups.create({ id: 'late', name: 'late', members: [{ calendarId: second }, { calendarId: third }] })
    for (let round = 0; round < 2; round++) await late.groups.sync('late')
    expect(w.event(2, 'Boat race').content.location).toBe('')
    return undefined
  }
  await w.user.groups.sync('early')
  expect(isJoined).toBe(true)
  for (let round = 0; round < 3; round++) {
    w.clock.now += 60_000
    await w.user.groups.sync('late')
  }
  expect(w.event(2, 'Boat race').content.location).toBe('Boathouse')
})
