import { describe, expect, test } from 'vitest'
import { find, put } from '../../src/engine/records.js'
import type { UserId } from '../../src/model/ids.js'
import type { MemoryBehaviour } from '../../src/providers/memory/index.js'
import { content, daily, hours, type World, type WorldOptions, world } from '../support/world.js'

const kinds: readonly (readonly [string, MemoryBehaviour | undefined])[] = [
  ['answers with the event', undefined],
  ['does not answer with the event', { returnsBody: false }],
  ['names no revision', { returnsBody: false, returnsRevision: false }],
  ['has no revisions', { revisions: 'none', returnsBody: false }],
  ['has no room for places', { cannotHold: ['location'] }],
]

async function woven(options: WorldOptions = {}, count = 5) {
  const w = await world({ calendars: 3, ...options })
  for (let n = 0; n < count; n++)
    w.calendar(n % 3).add(content(`e${n}`, { location: 'Café', time: hours(9 + (n % 5)) }))
  await w.settle()
  return w
}

const verify = async (w: World) => {
  w.clock.now += 60_000
  return w.user.groups.verify('group')
}
const writes = (w: World) => w.calls.filter(({ method }) => ['create', 'update', 'remove'].includes(method))

/** Changes an event without a new revision, on a service that lists what has a new one. */
function secretly(w: World, side: number, change: () => void): void {
  w.calendar(side).behave({ skipsUnchanged: true, sleepyRevisions: () => true })
  change()
  w.calendar(side).behave({ sleepyRevisions: () => false })
}

describe('a group in step', () => {
  for (const [name, behaviour] of kinds)
    test(`is found accurate and nothing is written, on a service that ${name}`, async () => {
      const w = await woven({ behaviours: [undefined, behaviour] })
      w.calendar(0).add(daily('Series', { location: 'Café' }))
      await w.settle()
      w.calls.length = 0
      expect(await verify(w)).toEqual({
        copies: 18,
        accurate: 18,
        accuracy: 1,
        repairedAccuracy: 1,
        differences: [],
        unreachable: [],
      })
      expect(writes(w)).toEqual([])
    })
  test('costs a listing and one read for a hundred events of every calendar, whatever cursors say', async () => {
    const w = await woven({}, 120)
    w.calls.length = 0
    await verify(w)
    for (const calendar of ['cal-a', 'cal-b', 'cal-c']) {
      const own = w.calls.filter((call) => call.calendar === calendar)
      expect(own.filter(({ method }) => method === 'fetch')).toHaveLength(2)
      // One for the sync before it, one complete listing.
      expect(own.filter(({ method }) => method === 'changes')).toHaveLength(2)
    }
  })
  test('of no events is accurate', async () => {
    const w = await world()
    expect(await verify(w)).toMatchObject({ copies: 0, accuracy: 1, repairedAccuracy: 1 })
  })
  test('with filters and kept copies is accurate', async () => {
    const receives = { title: { equals: 'e1' } }
    const w = await woven({ members: [{}, { receives }, { receives, leaving: 'keep' }] })
    expect(await verify(w)).toMatchObject({ accuracy: 1, differences: [] })
  })
  test('with a copy that a person took out of a mere target is accurate', async () => {
    const w = await woven({ members: [{}, {}, { direction: 'write' }] }, 2)
    w.calendar(2).remove(w.event(2, 'e0').id)
    await w.settle()
    expect(await verify(w)).toMatchObject({ accuracy: 1, differences: [] })
  })
  test('as single events of a series is accurate', async () => {
    const w = await world({ behaviours: [undefined, { cannotHold: ['recurrence'] }], apart: true })
    w.calendar(0).add(daily('Series'))
    await w.settle()
    expect(await verify(w)).toMatchObject({ copies: 11, accuracy: 1, differences: [] })
  })
})

describe('a calendar that changed something without telling', () => {
  test('is found out and counted, and the other copies are brought in step; only what differs is written', async () => {
    const w = await woven()
    secretly(w, 1, () => w.calendar(1).edit(w.event(1, 'e3').id, { location: 'Office' }))
    await w.settle()
    expect(w.event(0, 'e3').content.location).toBe('Café')
    w.calls.length = 0
    const found = await verify(w)
    expect(found).toMatchObject({ copies: 15, accurate: 13, accuracy: 13 / 15, repairedAccuracy: 1 })
    expect(found.differences.map(({ calendarId, what, fields }) => [calendarId, what, fields])).toEqual([
      [w.calendarIds[0], 'differs', ['location']],
      [w.calendarIds[2], 'differs', ['location']],
    ])
    expect(
      writes(w)
        .map(({ method, calendar }) => `${method} ${calendar}`)
        .sort(),
    ).toEqual(['update cal-a', 'update cal-c'])
    for (const side of [0, 1, 2]) expect(w.event(side, 'e3').content.location).toBe('Office')
    expect(await verify(w)).toMatchObject({ accuracy: 1, differences: [] })
  })
  for (const [name, behaviour] of kinds.slice(1, 3))
    test(`is repaired and found accurate at once, on a service that ${name}`, async () => {
      const w = await woven({ behaviours: [behaviour, undefined, behaviour] })
      secretly(w, 1, () => w.calendar(1).edit(w.event(1, 'e3').id, { location: 'Office' }))
      expect(await verify(w)).toMatchObject({ accurate: 13, repairedAccuracy: 1 })
    })
  test('in a copy that may not speak of that field leaves the event as it is', async () => {
    const w = await woven({ members: [{}, { projection: { show: 'busy' } }, {}] }, 1)
    const [copy] = w.calendar(1).all()
    secretly(w, 1, () => w.calendar(1).edit(copy?.id ?? '', { title: 'Mine' }))
    await verify(w)
    expect(w.titles(0)).toEqual(['e0'])
  })
})

describe('copies that are not as they should be', () => {
  test('a copy that could not be made is missing, and is made when it can be', async () => {
    const w = await woven({}, 1)
    w.calendar(0).add(content('new'))
    w.fault = ({ method, phase, calendar }) =>
      method === 'create' && phase === 'before' && calendar === 'cal-c' ? { code: 'event_refused' } : undefined
    await w.sync()
    const refused = await verify(w)
    expect(refused).toMatchObject({ copies: 6, accurate: 5, repairedAccuracy: 5 / 6 })
    expect(refused.differences).toMatchObject([{ what: 'missing', calendarId: w.calendarIds[2] }])
    w.fault = undefined
    w.clock.now += 86_400_000
    expect(await verify(w)).toMatchObject({ repairedAccuracy: 1 })
    expect(w.titles(2)).toEqual(['e0', 'new'])
  })
  test('work that was left undone and that nothing is waiting for is found and done', async () => {
    const w = await woven()
    const [{ id = '' } = {}] = (await w.user.events.ofGroup('group')).items
    const known = await find(w.storage, 'user_1' as UserId, 'event', `group/${id}`)
    if (!known) throw new Error('no event')
    const undone = { ...known.value, content: { ...known.value.content, description: 'Bring cake' }, due: null }
    await w.storage.commit('user_1' as UserId, { changes: [put('event', undone)] })
    expect((await w.sync()).counts.updated).toBe(0)
    const found = await verify(w)
    expect(found).toMatchObject({ copies: 15, accurate: 12, repairedAccuracy: 1 })
    for (const side of [0, 1, 2]) expect(w.event(side, undone.content.title).content.description).toBe('Bring cake')
  })
  test('a copy that went without a word is a removal like any other, and the others are extra until they are gone', async () => {
    const w = await woven({}, 5)
    const hidden = w.event(0, 'e0').id
    w.calendar(0).behave({ spuriousRemovals: () => [] })
    w.calendar(0).remove(hidden)
    w.calendar(0).behave({ lyingLists: (id) => id !== hidden && false })
    const found = await verify(w)
    expect(found.repairedAccuracy).toBe(1)
    for (const side of [0, 1, 2]) expect(w.titles(side)).not.toContain('e0')
  })
  test('an event that waits for a person is said to wait, in every calendar', async () => {
    const w = await woven({ group: { strategies: [{ use: 'askAPerson' }] } }, 1)
    w.calendar(0).edit(w.event(0, 'e0').id, { location: 'here' })
    w.calendar(1).edit(w.event(1, 'e0').id, { location: 'there' })
    const found = await verify(w)
    expect(found).toMatchObject({ copies: 3, accurate: 0 })
    expect(found.differences.map(({ what }) => what)).toEqual(['waits', 'waits', 'waits'])
  })
  test('a copy that is out of step and cannot be written is not called accurate', async () => {
    const w = await woven({}, 1)
    w.calendar(0).edit(w.event(0, 'e0').id, { location: 'Office' })
    w.fault = ({ method, phase, calendar }) =>
      method === 'update' && phase === 'before' && calendar === 'cal-c' ? { code: 'event_refused' } : undefined
    expect(await verify(w)).toMatchObject({
      accurate: 2,
      repairedAccuracy: 2 / 3,
      differences: [{ what: 'differs', fields: ['location'] }],
    })
  })
})

describe('a calendar that cannot be read', () => {
  test('is named, nothing is said about its copies, and the others are compared', async () => {
    const w = await woven()
    w.fault = ({ calendar }) => (calendar === 'cal-c' ? { code: 'unavailable' } : undefined)
    secretly(w, 1, () => w.calendar(1).edit(w.event(1, 'e3').id, { location: 'Office' }))
    const found = await verify(w)
    expect(found).toMatchObject({ copies: 10, accurate: 9, unreachable: [w.calendarIds[2]] })
    expect(w.event(0, 'e3').content.location).toBe('Office')
    w.fault = undefined
    await w.settle()
    expect(w.event(2, 'e3').content.location).toBe('Office')
  })
  test('that is new keeps everything unwritten, so that nothing is doubled in it', async () => {
    const w = await world({ calendars: 3 })
    w.calendar(0).add(content('Lunch'))
    w.calendar(2).add(content('Lunch'))
    w.fault = ({ calendar }) => (calendar === 'cal-c' ? { code: 'unavailable' } : undefined)
    await verify(w)
    expect(w.titles(1)).toEqual([])
    w.fault = undefined
    await w.settle()
    for (const side of [0, 1, 2]) expect(w.titles(side)).toEqual(['Lunch'])
  })
  test('loses nothing: a whole calendar that reads as empty is held like any mass removal', async () => {
    const w = await woven({}, 12)
    for (const { id } of w.calendar(1).all()) w.calendar(1).remove(id)
    await verify(w)
    expect(w.calendar(0).size).toBe(12)
    expect((await w.user.held.list('group')).map(({ what, count }) => [what, count])).toEqual([['removals', 12]])
  })
})

describe('a verification', () => {
  test('refuses while a sync is under way, and can be called off', async () => {
    const w = await woven({}, 1)
    w.calendar(0).add(content('new'))
    let refused: Promise<unknown> | undefined
    w.fault = ({ method, phase }) => {
      if (method === 'create' && phase === 'before' && !refused)
        refused = w
          .worker()
          .groups.verify('group')
          .then(
            () => undefined,
            (error: unknown) => error,
          )
      return undefined
    }
    await w.sync()
    expect(await refused).toMatchObject({ code: 'unavailable' })
    w.fault = undefined
    const signal = AbortSignal.abort()
    await expect(w.user.groups.verify('group', { signal })).rejects.toMatchObject({ code: 'aborted' })
  })
})
