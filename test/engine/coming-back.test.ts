import { expect, test } from 'vitest'
import { memoryStorage } from '../../src/storage/memory.js'
import { content, daily, type World, world } from '../support/world.js'

test('a meeting that is restored in one calendar, and our copy of it in another, are one event and not two', async () => {
  const w = await world({ calendars: 3 })
  const meeting = { uid: 'boat-race@example.com' }
  w.calendar(2).add(daily('Boat race'), meeting)
  await w.settle()
  const received = w.calendar(0).add(daily('Boat race'), meeting)
  await w.settle()
  const copy = w.event(1, 'Boat race').id
  w.calendar(0).remove(received)
  await w.settle()
  for (const side of [0, 1, 2]) expect(w.titles(side)).toEqual([])
  w.calendar(0).restoreFromBin(received)
  await w.settle()
  for (const side of [0, 1, 2]) expect(w.titles(side)).toEqual(['Boat race'])
  const [event] = (await w.user.events.ofGroup('group')).items
  expect(event?.origin.calendarId).toBe(w.calendarIds[2])
  w.calendar(1).restoreFromBin(copy)
  await w.settle()
  // the restored copy stands beside the one that took its place, and nowhere else
  for (const side of [0, 2]) expect(w.titles(side)).toEqual(['Boat race'])
})

for (const [how, putBack] of [
  ['taken out of the bin', (w, id) => w.calendar(0).restoreFromBin(id)],
  ['put there anew under its UID', (w) => w.calendar(0).add(content('Boat race'), { uid: 'boat-race@example.com' })],
] as const satisfies readonly (readonly [string, (w: World, id: string) => void])[])
  test(`an event that is ${how} while its removal is still under way elsewhere stays, and is in every calendar`, async () => {
    const w = await world({ calendars: 3 })
    const id = w.calendar(0).add(content('Boat race'), { uid: 'boat-race@example.com' })
    await w.settle()
    w.calendar(0).remove(id)
    // the others cannot be written to: the removal has not reached them
    w.fault = ({ method }) => (method === 'remove' ? { code: 'unavailable' } : undefined)
    await w.sync()
    expect([w.titles(1), w.titles(2)]).toEqual([['Boat race'], ['Boat race']])
    putBack(w, id)
    await w.sync()
    w.fault = undefined
    await w.settle()
    for (const side of [0, 1, 2]) expect(w.titles(side)).toEqual(['Boat race'])
    // and nobody took it away for a moment
    expect(w.calls.filter(({ method, calendar }) => method === 'remove' && calendar === 'cal-a')).toEqual([])
  })

test('a copy that comes back while another one is about to be made in its place does not stay beside that one', async () => {
  const w = await world({ behaviours: [undefined, { serverIds: true, remembersKeys: true }] })
  const id = w.calendar(0).add(content('Boat race'))
  await w.settle()
  const copy = w.event(1, 'Boat race').id
  w.calendar(1).remove(copy)
  w.calendar(0).edit(id, { location: 'Putney' })
  w.fault = ({ method, phase }) => (method === 'create' && phase === 'before' ? { code: 'unavailable' } : undefined)
  await w.sync()
  w.calendar(1).restoreFromBin(copy)
  await w.sync()
  w.fault = undefined
  w.clock.now += 86_400_000
  await w.settle()
  for (const side of [0, 1]) expect(w.titles(side)).toEqual(['Boat race'])
  expect(w.event(1, 'Boat race').content.location).toBe('Putney')
})

test('the two copies of a meeting that change places before both were known: what only one of them said is in the log', async () => {
  const w = await world()
  const meeting = { uid: 'boat-race@example.com' }
  const first = w.calendar(0).add(content('Race'), meeting)
  const second = w.calendar(1).add(content('The Boat Race'), meeting)
  const without = (missing: string) => {
    w.fault = ({ method, calendar }) =>
      method === 'changes' && calendar === missing ? { code: 'unavailable' } : undefined
    return w.sync()
  }
  await without('cal-a')
  w.calendar(0).move(first, 'cal-b')
  await without('cal-b')
  w.calendar(1).move(second, 'cal-a')
  w.fault = undefined
  await w.settle()
  expect(w.titles(0)).toEqual(w.titles(1))
  expect(w.titles(0)).toHaveLength(1)
  const log = JSON.stringify((await w.user.conflicts.list('group')).items)
  for (const title of ['"Race"', '"The Boat Race"']) expect(log).toContain(title)
})

test('a copy that was found again by its UID is still known as a copy to another group', async () => {
  const w = await world({ calendars: 3, woven: false })
  const [first = '', second = '', third = ''] = w.calendarIds
  w.calendar(0).add(content('Boat race'), { uid: 'boat-race@example.com' })
  const weave = (user: typeof w.user, id: string, members: readonly string[]) =>
    user.groups.create({ id, name: id, members: members.map((calendarId) => ({ calendarId })) })
  const sync = async (user: typeof w.user, id: string) => {
    for (let round = 0; round < 3; round++) {
      w.clock.now += 60_000
      await user.groups.sync(id)
    }
  }
  await weave(w.user, 'one', [first, second])
  await sync(w.user, 'one')
  // The records are lost, and the groups have other names: only the UID tells what the copy is a copy of.
  const user = w.worker({ storage: memoryStorage() })
  await user.connections.add({ provider: 'memory', id: 'account', settings: { account: 'default' } })
  await user.calendars.list()
  await weave(user, 'two', [first, second])
  await sync(user, 'two')
  w.calendar(0).edit(w.event(0, 'Boat race').id, { location: 'Boathouse' })
  await sync(user, 'two')
  expect(w.event(1, 'Boat race').content.location).toBe('Boathouse')
  await weave(user, 'three', [second, third])
  await sync(user, 'three')
  expect(w.titles(2)).toEqual([])
})

for (const [how, behaviour] of [
  ['by the calendar', { serverIds: true, remembersKeys: true }],
  ['beforehand', {}],
] as const)
  test(`a copy is never made under the identity, chosen ${how}, of one that is on its way out`, async () => {
    const hidden = new Set<string>()
    const w = await world({
      apart: true,
      behaviours: [{ lyingLists: (id) => hidden.has(id) }, behaviour],
      engine: { fullListingMs: 60_000 },
    })
    const meeting = { uid: 'boat-race@example.com' }
    const first = w.calendar(0).add(content('Boat race'), meeting)
    await w.settle()
    // The records are lost; a listing leaves the event out, and the same meeting stands in both calendars.
    hidden.add(first)
    w.calendar(0).add(content('Boat race'), meeting)
    w.calendar(1).add(content('Boat race'), meeting)
    const user = w.worker({ storage: memoryStorage() })
    await w.weave(user)
    w.fault = ({ method }) => (method === 'remove' ? { code: 'unavailable' } : undefined)
    await user.groups.sync('group')
    expect(w.titles(1)).toEqual(['Boat race', 'Boat race'])
    // The event is seen again while what was its copy still waits for its removal.
    hidden.clear()
    w.fault = undefined
    for (let round = 0; round < 4; round++) {
      w.clock.now += 600_000
      await user.groups.sync('group')
    }
    for (const side of [0, 1]) expect(w.titles(side)).toEqual(['Boat race', 'Boat race'])
  })

test('a listing that still shows a meeting which was removed there does not speak against its removal elsewhere', async () => {
  let lag = 0
  const w = await world({ apart: true, behaviours: [undefined, { deltas: false, lagging: () => lag }] })
  const meeting = { uid: 'boat-race@example.com' }
  const id = w.calendar(0).add(content('Boat race', { location: 'Pier' }), meeting)
  w.calendar(1).remove(w.calendar(1).add(content('Boat race'), meeting))
  await w.settle()
  w.calendar(0).remove(id)
  // Something is new there, and the listing shows the calendar as it was before the meeting was removed.
  w.calendar(1).add(content('Regatta'))
  lag = 3
  await w.sync()
  lag = 0
  await w.settle()
  expect([w.titles(0), w.titles(1)]).toEqual([['Regatta'], ['Regatta']])
})

test('a copy that is taken out of the bin beside the one made since is the one that goes', async () => {
  const w = await world()
  const id = w.calendar(0).add(content('Boat race'))
  await w.settle()
  const first = w.event(1, 'Boat race').id
  w.calendar(1).remove(first)
  w.calendar(0).edit(id, { location: 'Putney' })
  await w.settle()
  const made = w.event(1, 'Boat race').id
  w.calendar(1).restoreFromBin(first)
  await w.settle()
  for (const side of [0, 1]) expect(w.titles(side)).toEqual(['Boat race'])
  expect(w.event(1, 'Boat race').id).toBe(made)
})
