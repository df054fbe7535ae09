import { describe, expect, test } from 'vitest'
import { memoryStorage } from '../../src/storage/memory.js'
import type { World } from '../support/world.js'
import { content, daily, hours, world } from '../support/world.js'

/** What the simulator found, each told as the sentence of the bug that it was. */
/** The database is lost, and a new one is filled. */
async function beginAgain(w: World): Promise<void> {
  const user = w.worker({ storage: memoryStorage() })
  await w.weave(user)
  for (let round = 0; round < 4; round++) {
    w.clock.now += 86_400_000
    await user.groups.sync('group')
  }
}

describe('found by the simulator', () => {
  test('an event that is moved to another calendar while its first one does not answer is not lost', async () => {
    const w = await world({ calendars: 3 })
    const id = w.calendar(0).add(content('Lunch'))
    await w.settle()
    w.calendar(0).move(id, 'cal-b')
    await without(w, 'cal-a')
    await w.settle()
    expect([w.titles(0), w.titles(1), w.titles(2)]).toEqual([['Lunch'], ['Lunch'], ['Lunch']])
  })

  test('a copy that a person moved out of the group and back is still that copy', async () => {
    const w = await world({ calendars: 3 })
    w.provider.service.addCalendar({ id: 'outside' })
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    const moved = w.calendar(1).move(w.event(1, 'Lunch').id, 'outside')
    w.provider.service.calendar('outside').move(moved, 'cal-b')
    await w.settle()
    expect([w.titles(0), w.titles(1), w.titles(2)]).toEqual([['Lunch'], ['Lunch'], ['Lunch']])
    w.calendar(1).edit(w.event(1, 'Lunch').id, { title: 'Dinner' })
    await w.settle()
    expect([w.titles(0), w.titles(1), w.titles(2)]).toEqual([['Dinner'], ['Dinner'], ['Dinner']])
  })

  test('a create that is repeated after an edit does not take the first one for the second', async () => {
    // no listing ever tells of the copy that landed
    const unseen = { serverIds: true, remembersKeys: true, window: () => false }
    const w = await world({ apart: true, behaviours: [undefined, unseen] })
    const id = w.calendar(0).add(content('Lunch'))
    w.fault = ({ method, phase }) => (method === 'create' && phase === 'after' ? { code: 'timeout' } : undefined)
    await w.sync()
    w.fault = undefined
    w.calendar(0).edit(id, { title: 'Dinner' })
    await w.settle()
    expect(w.titles(1)).toEqual(['Dinner'])
  })

  for (const returnsBody of [true, false])
    test(`a create that meets a copy from before the database was lost reads it, ${returnsBody ? 'shown' : 'not shown'}: what a person typed there is no rendering`, async () => {
      const unseen = { serverIds: true, remembersKeys: true, window: () => false, returnsBody }
      const w = await world({ apart: true, behaviours: [undefined, unseen] })
      w.calendar(0).add(content('Lunch'))
      await w.sync()
      w.calendar(1).edit(w.event(1, 'Lunch').id, { location: 'Café' })
      await beginAgain(w)
      for (const side of [0, 1]) expect(w.event(side, 'Lunch').content.location).toBe('Café')
    })

  test('a create that meets a copy from before the database was lost writes what was typed at the origin since: it was not dropped', async () => {
    const unseen = { serverIds: true, remembersKeys: true, window: () => false }
    const w = await world({ apart: true, behaviours: [undefined, unseen] })
    const id = w.calendar(0).add(content('Lunch'))
    await w.sync()
    w.calendar(0).edit(id, { location: 'Café' })
    await beginAgain(w)
    for (const side of [0, 1]) expect(w.event(side, 'Lunch').content.location).toBe('Café')
  })

  test('a create that meets a copy which a listing has told of already is not made again and again', async () => {
    let isHidden = false
    const quiet = { serverIds: true, remembersKeys: true, returnsBody: false }
    const members = [{}, { projection: { show: 'busy' as const } }]
    const w = await world({ apart: true, members, behaviours: [{ lyingLists: () => isHidden }, quiet] })
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    const user = w.worker({ storage: memoryStorage() })
    await w.weave(user)
    w.calls.length = 0
    for (const hides of [true, false, false, false]) {
      isHidden = hides
      w.clock.now += 2 * 86_400_000
      await user.groups.sync('group')
    }
    expect(w.calendar(1).size).toBe(1)
    expect(w.calls.filter(({ method }) => method === 'create').length).toBeLessThan(2)
  })

  test('two groups that share a calendar do not have each other ask for an event for ever', async () => {
    const w = await world({ calendars: 3, woven: false })
    const [a = '', b = '', c = ''] = w.calendarIds as readonly string[]
    await w.user.groups.create({ id: 'group', name: 'one', members: [{ calendarId: a }, { calendarId: b }] })
    await w.user.groups.create({ id: 'other', name: 'two', members: [{ calendarId: a }, { calendarId: c }] })
    const both = async () => {
      for (const group of ['group', 'other']) {
        w.clock.now += 60_000
        await w.user.groups.sync(group)
      }
    }
    const id = w.calendar(0).add(content('Lunch'))
    for (const title of ['Lunch', 'Dinner', 'Lunch']) {
      w.calendar(0).edit(id, { title })
      await both()
      await both()
    }
    w.calls.length = 0
    await both()
    expect(w.calls.filter(({ method }) => method === 'fetch')).toEqual([])
  })

  test('a place that only one occurrence had is in the log when it is removed where no place is shown', async () => {
    const blind = { cannotHold: ['location' as const], returnsBody: false }
    const w = await world({ apart: true, behaviours: [undefined, blind] })
    const id = w.calendar(1).add(daily('Lunch'))
    await w.settle()
    const slot = '2026-01-06T09:00:00'
    const own = { ...content('Lunch', { location: 'Room 5' }), time: hours(9, 10, '2026-01-06') }
    const { recurrence: _rule, overrides: _none, ...occurrence } = own
    w.calendar(0).edit(w.event(0, 'Lunch').id, { overrides: { [slot]: { kind: 'changed', content: occurrence } } })
    // the write is done, and nothing is heard of it before the series is removed
    w.fault = ({ method, calendar, phase }) =>
      method === 'changes' && calendar === 'cal-b' && phase === 'before' && wrote(w)
        ? { code: 'unavailable' }
        : undefined
    w.calls.length = 0
    await w.sync()
    w.fault = undefined
    w.calendar(1).remove(id)
    await w.settle()
    expect([w.titles(0), w.titles(1)]).toEqual([[], []])
    expect(JSON.stringify((await w.user.conflicts.list('group')).items)).toContain('Room 5')
  })

  test('a place that only one occurrence had is in the log when the series ends before it where no place is shown', async () => {
    const w = await world({ apart: true, behaviours: [undefined, { cannotHold: ['location' as const] }] })
    const id = w.calendar(1).add(daily('Lunch'))
    await w.settle()
    const slot = '2026-01-08T09:00:00'
    const own = { ...content('Lunch', { location: 'Room 5' }), time: hours(9, 10, '2026-01-08') }
    const { recurrence: _rule, overrides: _none, ...occurrence } = own
    w.calendar(0).edit(w.event(0, 'Lunch').id, { overrides: { [slot]: { kind: 'changed', content: occurrence } } })
    await w.settle()
    w.calendar(1).edit(id, { recurrence: { rule: 'FREQ=DAILY;COUNT=2', rdates: [] }, overrides: {} })
    await w.settle()
    expect(w.event(0, 'Lunch').content).toMatchObject({ recurrence: { rule: 'FREQ=DAILY;COUNT=2' }, overrides: {} })
    const [conflict] = (await w.user.conflicts.list('group')).items
    expect(conflict?.items).toMatchObject([{ kind: 'removed_and_changed', field: 'overrides', path: [slot] }])
    expect(JSON.stringify(conflict)).toContain('Room 5')
  })

  test('a write that never arrived is not taken for what the service dropped of it', async () => {
    const w = await world({ apart: true })
    const id = w.calendar(0).add(daily('Lunch'))
    await w.settle()
    const slot = '2026-01-06T09:00:00'
    const own = { ...content('Lunch', { location: 'Room 5' }), time: hours(9, 10, '2026-01-06') }
    const { recurrence: _rule, overrides: _none, ...occurrence } = own
    const changed = (color: string | null) => ({
      [slot]: { kind: 'changed' as const, content: { ...occurrence, color } },
    })
    w.calendar(0).edit(id, { title: 'Dinner', color: 'tomato', overrides: changed('tomato') })
    w.fault = ({ method }) => (method === 'update' ? { code: 'timeout' } : undefined)
    await w.sync()
    w.fault = undefined
    // Meanwhile a person changes the same occurrence of the copy, which has its old title and no color yet.
    w.calendar(1).edit(w.event(1, 'Lunch').id, { overrides: changed(null) })
    await w.settle()
    expect(w.event(1, 'Dinner').content.overrides).toEqual(w.event(0, 'Dinner').content.overrides)
  })

  test('an occurrence that goes where all of it was seen is no conflict', async () => {
    const w = await world({ apart: true })
    const id = w.calendar(1).add(daily('Lunch'))
    await w.settle()
    const slot = '2026-01-08T09:00:00'
    const own = { ...content('Lunch', { location: 'Room 5' }), time: hours(9, 10, '2026-01-08') }
    const { recurrence: _rule, overrides: _none, ...occurrence } = own
    w.calendar(0).edit(w.event(0, 'Lunch').id, { overrides: { [slot]: { kind: 'changed', content: occurrence } } })
    await w.settle()
    w.calendar(1).edit(id, { overrides: {} })
    await w.settle()
    expect(w.event(0, 'Lunch').content.overrides).toEqual({})
    expect((await w.user.conflicts.list('group')).items).toEqual([])
  })

  test('a value that a person puts back right after a write is theirs, and not what the service made of the write', async () => {
    const w = await world({ apart: true, behaviours: [undefined, { returnsBody: false }] })
    const id = w.calendar(0).add(content('Lunch'))
    await w.settle()
    w.calendar(0).edit(id, { title: 'Dinner' })
    w.fault = ({ method, calendar, phase }) =>
      method === 'changes' && calendar === 'cal-b' && phase === 'before' && wrote(w)
        ? { code: 'unavailable' }
        : undefined
    w.calls.length = 0
    await w.sync()
    w.fault = undefined
    w.calendar(1).edit(w.event(1, 'Dinner').id, { title: 'Lunch' })
    await w.settle()
    expect([w.titles(0), w.titles(1)]).toEqual([['Lunch'], ['Lunch']])
  })
})

/** One sync in which a calendar does not answer. */
async function without(w: World, name: string): Promise<void> {
  w.fault = ({ calendar }) => (calendar === name ? { code: 'unavailable' } : undefined)
  await w.sync()
  w.fault = undefined
}

function wrote(w: World): boolean {
  return w.calls.some(({ method }) => method === 'update')
}
