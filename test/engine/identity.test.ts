import { describe, expect, test } from 'vitest'
import { completeContent } from '../../src/model/content.js'
import type { Mark } from '../../src/model/origin.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { content, daily, hours, type World, world } from '../support/world.js'

/** All that the origin of an event says, by title. */
async function origins(user: World['user']): Promise<ReadonlyMap<string, unknown>> {
  const { items } = await user.events.ofGroup('group')
  return new Map(items.map(({ content: { title }, origin }) => [title, origin]))
}

describe('after the database was lost', () => {
  async function lost(w: World) {
    const user = w.worker({ storage: memoryStorage() })
    await w.weave(user)
    return user
  }

  test('copies are adopted, nothing is doubled or written, and every origin is the one it was', async () => {
    const w = await world({ calendars: 3 })
    w.calendar(0).add(content('Lunch'))
    w.calendar(1).add(daily('Stand-up'))
    await w.settle()
    const before = await origins(w.user)
    w.clock.now += 86_400_000
    const user = await lost(w)
    w.calls.length = 0
    const run = await user.groups.sync('group')
    expect(run.counts).toMatchObject({ created: 0, updated: 0, removed: 0, failed: 0 })
    expect(w.calls.filter(({ method }) => ['create', 'update', 'remove'].includes(method))).toEqual([])
    for (const side of [0, 1, 2]) expect(w.titles(side)).toEqual(['Lunch', 'Stand-up'])
    expect(await origins(user)).toEqual(before)
    const audit = (await user.audit.list('group')).items
    expect(audit.filter(({ action }) => action === 'adopted')).toHaveLength(4)
  })

  test('a copy that was taken for that of another event of its UID gives way to that one, and none is doubled', async () => {
    const hidden = new Set<string>()
    const lyingLists = (id: string) => hidden.has(id)
    const w = await world({ behaviours: [{ lyingLists }, { lyingLists }] })
    const [first = ''] = ['one', 'two'].map((location) =>
      w.calendar(0).add(content('Race', { location }), { uid: 'race@example.com' }),
    )
    await w.settle()
    const copyOf = (location: string) =>
      w
        .calendar(1)
        .all()
        .find((event) => event.content.location === location)?.id
    hidden.add(first).add(copyOf('two') ?? '')
    const user = await lost(w)
    const sync = async () => {
      w.clock.now += 86_400_000
      return user.groups.sync('group')
    }
    await sync()
    hidden.clear()
    for (let round = 0; round < 4; round++) await sync()
    for (const side of [0, 1])
      expect(
        w
          .calendar(side)
          .all()
          .map((event) => event.content.location)
          .sort(),
      ).toEqual(['one', 'two'])
  })

  test('what was edited meanwhile on one side reaches the other', async () => {
    const w = await world()
    const id = w.calendar(0).add(content('Lunch'))
    await w.settle()
    w.clock.now += 60_000
    w.calendar(0).edit(id, { location: 'Café' })
    const user = await lost(w)
    await user.groups.sync('group')
    w.clock.now += 60_000
    await user.groups.sync('group')
    for (const side of [0, 1]) expect(w.event(side, 'Lunch').content.location).toBe('Café')
  })

  test('a copy whose origin is in a calendar that is not there any more is known by its mark', async () => {
    const w = await world({ calendars: 3 })
    const id = w.calendar(0).add(content('Lunch'))
    await w.settle()
    const before = await origins(w.user)
    w.calendar(0).remove(id)
    const user = await lost(w)
    await user.groups.sync('group')
    w.clock.now += 60_000
    await user.groups.sync('group')
    for (const side of [1, 2]) expect(w.titles(side)).toEqual(['Lunch'])
    expect(await origins(user)).toEqual(before)
  })
})

describe('events that a person copies', () => {
  test('a copy of our copy is an event of its own: born where it was made, and copied once to the other side', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    const copied = w.calendar(1).copy(w.event(1, 'Lunch').id)
    w.calendar(1).edit(copied, { title: 'Second lunch', time: hours(14) })
    await w.settle()
    for (const side of [0, 1]) expect(w.titles(side)).toEqual(['Lunch', 'Second lunch'])
    const known = await origins(w.user)
    expect(known.get('Lunch')).toMatchObject({ calendarId: w.calendarIds[0] })
    expect(known.get('Second lunch')).toMatchObject({ calendarId: w.calendarIds[1], remoteId: copied })
  })

  test('removing the copy that a person made leaves the first one alone', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    const copied = w.calendar(1).copy(w.event(1, 'Lunch').id)
    await w.settle()
    expect(w.calendar(0).size).toBe(2)
    w.calendar(1).remove(copied)
    await w.settle()
    for (const side of [0, 1]) expect(w.titles(side)).toEqual(['Lunch'])
  })

  test('our copy that a person moves to the third calendar is in every calendar once', async () => {
    const w = await world({ calendars: 3 })
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    w.calendar(1).move(w.event(1, 'Lunch').id, 'cal-c')
    await w.settle()
    for (const side of [0, 1, 2]) expect(w.titles(side)).toEqual(['Lunch'])
  })

  test('an event that is moved from its origin to another calendar is in every calendar once', async () => {
    const w = await world({ calendars: 3 })
    const id = w.calendar(0).add(content('Lunch'))
    await w.settle()
    w.calendar(0).move(id, 'cal-b')
    await w.settle()
    for (const side of [0, 1, 2]) expect(w.titles(side)).toEqual(['Lunch'])
  })

  test('an event that was removed and is put back under its old UID is there again, everywhere, once', async () => {
    const w = await world()
    const id = w.calendar(0).add(content('Lunch'), { uid: 'lunch@example.com' })
    await w.settle()
    w.calendar(0).remove(id)
    await w.settle()
    expect(w.titles(1)).toEqual([])
    w.calendar(0).add(content('Lunch'), { uid: 'lunch@example.com' })
    await w.settle()
    for (const side of [0, 1]) expect(w.titles(side)).toEqual(['Lunch'])
  })
})

describe('events that come back under another id', () => {
  test('an event that a person takes out and puts back at once keeps its copy', async () => {
    const w = await world()
    const id = w.calendar(0).add(content('Lunch'), { uid: 'lunch@example.com' })
    await w.settle()
    const copy = w.event(1, 'Lunch').id
    const before = await origins(w.user)
    w.calendar(0).remove(id)
    w.calendar(0).add(content('Lunch'), { uid: 'lunch@example.com' })
    await w.settle()
    expect(w.titles(0)).toEqual(['Lunch'])
    expect(w.event(1, 'Lunch').id).toBe(copy)
    expect(await origins(w.user)).toEqual(before)
  })

  test('an old copy that is taken out of the bin beside the newer one undoes nothing, and does not stay', async () => {
    const w = await world()
    const id = w.calendar(0).add(content('Lunch'))
    await w.settle()
    const copy = w.event(1, 'Lunch').id
    w.calendar(1).remove(copy)
    w.calendar(0).edit(id, { location: 'Café' })
    await w.settle()
    expect(w.event(1, 'Lunch').id).not.toBe(copy)
    w.calendar(1).restoreFromBin(copy)
    await w.settle()
    for (const side of [0, 1]) expect(w.event(side, 'Lunch').content.location).toBe('Café')
  })
})

describe('copies that others made', () => {
  test('a copy of another installation is never a source, and is left as it is', async () => {
    const w = await world({ calendars: 3, members: [{}, {}] })
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    const other = w.worker({ storage: memoryStorage(), secret: 'another installation' })
    const { calendars } = await other.connections.add({ provider: 'memory', id: 'account' })
    const ids = ['cal-b', 'cal-c'].map((remote) => calendars.find(({ remoteId }) => remoteId === remote)?.id ?? '')
    w.calendar(2).remove(w.event(2, 'Lunch').id)
    await w.settle()
    w.calendar(0).add(content('Dinner'))
    w.fault = ({ method, calendar }) =>
      method === 'create' && calendar === 'cal-c' ? { code: 'event_refused' } : undefined
    await w.sync()
    w.fault = undefined
    expect([w.titles(1), w.titles(2)]).toEqual([['Dinner'], []])
    await other.groups.create({ id: 'theirs', name: 'theirs', members: ids.map((calendarId) => ({ calendarId })) })
    await other.groups.sync('theirs')
    w.clock.now += 60_000
    await other.groups.sync('theirs')
    expect(w.titles(2)).toEqual([])
  })

  test('a copy of another group is never a source', async () => {
    const w = await world({ calendars: 3, woven: false })
    const [a = '', b = '', c = ''] = w.calendarIds
    const member = (calendarId: string) => ({ calendarId })
    await w.user.groups.create({ id: 'one', name: 'one', members: [a, b].map(member) })
    await w.user.groups.create({ id: 'two', name: 'two', members: [b, c].map(member) })
    w.calendar(0).add(content('From a'))
    w.calendar(1).add(content('From b'))
    w.calendar(2).add(content('From c'))
    for (let round = 0; round < 4; round++)
      for (const group of ['one', 'two']) {
        w.clock.now += 60_000
        await w.user.groups.sync(group)
      }
    expect(w.titles(0)).toEqual(['From a', 'From b'])
    expect(w.titles(1)).toEqual(['From a', 'From b', 'From c'])
    expect(w.titles(2)).toEqual(['From b', 'From c'])
  })

  test('a ring of three groups does not chase its own tail', async () => {
    const w = await world({ calendars: 3, woven: false })
    const ring = [
      ['one', 0, 1],
      ['two', 1, 2],
      ['three', 2, 0],
    ] as const
    for (const [id, from, to] of ring)
      await w.user.groups.create({
        id,
        name: id,
        members: [{ calendarId: w.calendarIds[from] ?? '' }, { calendarId: w.calendarIds[to] ?? '' }],
      })
    w.calendar(0).add(content('Lunch'))
    for (let round = 0; round < 5; round++)
      for (const [id] of ring) {
        w.clock.now += 60_000
        await w.user.groups.sync(id)
      }
    expect([w.titles(0), w.titles(1), w.titles(2)]).toEqual([['Lunch'], ['Lunch'], ['Lunch']])
  })

  test('a mark that somebody made up is not believed', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    const mark = w.event(1, 'Lunch').mark as Mark
    w.calendar(1).add(completeContent({ title: 'Mine', time: hours(15) }), {
      mark: { ...mark, incarnation: 7, signature: 'made up' },
    })
    await w.settle()
    for (const side of [0, 1]) expect(w.titles(side)).toEqual(['Lunch', 'Mine'])
    expect((await origins(w.user)).get('Mine')).toMatchObject({ calendarId: w.calendarIds[1] })
  })
})

describe('a calendar in two groups', () => {
  test('is asked once in each run, and both groups see every change', async () => {
    const w = await world({ calendars: 3, woven: false })
    const [a = '', b = '', c = ''] = w.calendarIds
    await w.user.groups.create({ id: 'one', name: 'one', members: [{ calendarId: a }, { calendarId: b }] })
    await w.user.groups.create({ id: 'two', name: 'two', members: [{ calendarId: a }, { calendarId: c }] })
    const id = w.calendar(0).add(content('Lunch'))
    for (const group of ['one', 'two', 'one', 'two']) {
      w.clock.now += 1_000
      w.calls.length = 0
      await w.user.groups.sync(group)
      expect(w.calls.filter(({ method, calendar }) => method === 'changes' && calendar === 'cal-a')).toHaveLength(1)
    }
    expect([w.titles(1), w.titles(2)]).toEqual([['Lunch'], ['Lunch']])
    w.calendar(0).edit(id, { location: 'Café' })
    // the first group takes the change out of the calendar's listing; the second finds it all the same
    for (const group of ['one', 'two']) await w.user.groups.sync(group)
    for (const side of [1, 2]) expect(w.event(side, 'Lunch').content.location).toBe('Café')
    w.calendar(0).remove(id)
    for (const group of ['two', 'one', 'two', 'one']) {
      w.clock.now += 60_000
      await w.user.groups.sync(group)
    }
    expect([w.titles(1), w.titles(2)]).toEqual([[], []])
  })

  test('a calendar that joins a second group hands over what is known of it already', async () => {
    const w = await world({ calendars: 3, woven: false })
    const [a = '', b = '', c = ''] = w.calendarIds
    await w.user.groups.create({ id: 'one', name: 'one', members: [{ calendarId: a }, { calendarId: b }] })
    for (let n = 0; n < 30; n++) w.calendar(0).add(content(`Event ${n}`))
    await w.user.groups.sync('one')
    await w.user.groups.sync('one')
    await w.user.groups.create({ id: 'two', name: 'two', members: [{ calendarId: a }, { calendarId: c }] })
    const run = await w.user.groups.sync('two')
    expect(run.counts.created).toBe(30)
    expect(w.calendar(2).size).toBe(30)
  })
})
