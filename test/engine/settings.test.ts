import { describe, expect, test } from 'vitest'
import type { NewMember } from '../../src/engine/group-input.js'
import { SyncError } from '../../src/errors.js'
import { memoryStorage } from '../../src/storage/memory.js'
import type { Storage } from '../../src/storage/storage.js'
import { content, daily, hours, type World, type WorldOptions, world } from '../support/world.js'

/** A group of the first `woven` calendars of all. */
async function partly(woven: number, options: WorldOptions = {}) {
  const w = await world({ calendars: 3, ...options, woven: false })
  await w.user.groups.create({ id: 'group', name: 'test', members: members(w, woven), ...options.group })
  return w
}

const members = (w: World, count: number, given: readonly Partial<NewMember>[] = []): NewMember[] =>
  w.calendarIds.slice(0, count).map((calendarId, index) => ({ calendarId, ...given[index] }))

const change = (w: World, count: number, given: readonly Partial<NewMember>[] = []) =>
  w.user.groups.change('group', { members: members(w, count, given) })

const titles = (w: World, sides: readonly number[] = [0, 1, 2]) => sides.map((side) => w.titles(side))
const writes = (w: World) => w.calls.filter(({ method }) => ['create', 'update', 'remove'].includes(method))

describe('a calendar that joins', () => {
  test('gets all events, and gives its own', async () => {
    const w = await partly(2)
    w.calendar(0).add(content('Lunch'))
    w.calendar(2).add(content('Dinner'))
    await w.settle()
    await change(w, 3)
    await w.settle()
    expect(titles(w)).toEqual([
      ['Dinner', 'Lunch'],
      ['Dinner', 'Lunch'],
      ['Dinner', 'Lunch'],
    ])
  })
  test('does not get a second one of what stands there already', async () => {
    const w = await partly(2)
    w.calendar(0).add(content('Same meeting'), { uid: 'meeting@example.com' })
    w.calendar(2).add(content('Same meeting', { time: hours(10) }), { uid: 'meeting@example.com' })
    w.calendar(1).add(content('Same title and time'))
    w.calendar(2).add(content('Same title and time', { location: 'Office' }))
    await w.settle()
    await change(w, 3)
    await w.settle()
    for (const side of [0, 1, 2]) {
      expect(w.titles(side)).toEqual(['Same meeting', 'Same title and time'])
      expect(w.event(side, 'Same title and time').content.location).toBe('Office')
    }
  })
  test('does not get a second one although it was mirrored long before for another group', async () => {
    const w = await partly(2)
    await w.user.groups.create({ id: 'other', name: 'other', members: members(w, 3).slice(1) })
    w.calendar(2).add(content('Lunch'))
    await w.user.groups.sync('other')
    w.calendar(0).add(content('Dinner'))
    await w.settle()
    await change(w, 3)
    await w.settle()
    expect(w.titles(2).filter((title) => title === 'Lunch')).toEqual(['Lunch'])
    expect(w.titles(2)).toContain('Dinner')
  })
  test('stops nothing from being written before it was listed completely, and nothing doubles then', async () => {
    const w = await partly(2)
    w.calendar(0).add(content('Lunch'))
    w.calendar(2).add(content('Lunch'))
    await w.settle()
    await change(w, 3)
    w.fault = ({ calendar }) => (calendar === 'cal-c' ? { code: 'unavailable' } : undefined)
    expect((await w.sync()).more).toBe(true)
    expect(titles(w)).toEqual([['Lunch'], ['Lunch'], ['Lunch']])
    w.fault = undefined
    await w.settle()
    expect(titles(w)).toEqual([['Lunch'], ['Lunch'], ['Lunch']])
  })
  test('while a sync is under way is for the next one, and that recognises what stands there', async () => {
    for (const method of ['changes', 'fetch', 'create'] as const) {
      const w = await partly(2)
      if (method === 'fetch') {
        const id = w.calendar(0).add(content('Removed'))
        await w.settle()
        w.calendar(0).remove(id)
      }
      for (const side of [0, 2]) w.calendar(side).add(content('Lunch'))
      let isChanged = false
      w.fault = async (call) => {
        if (call.method !== method || isChanged) return undefined
        isChanged = true
        await change(w, 3)
        return undefined
      }
      await w.sync()
      expect(isChanged).toBe(true)
      await w.settle()
      expect(titles(w), method).toEqual([['Lunch'], ['Lunch'], ['Lunch']])
    }
  })
})

describe('a calendar that leaves', () => {
  test('keeps what it has, and neither gives nor gets anything any more', async () => {
    const w = await partly(3)
    const id = w.calendar(0).add(content('Lunch'))
    w.calendar(2).add(content('Dinner'))
    await w.settle()
    await change(w, 2)
    await w.settle()
    w.calendar(0).edit(id, { location: 'Office' })
    w.calendar(2).edit(w.event(2, 'Lunch').id, { location: 'Park' })
    w.calendar(2).remove(w.event(2, 'Dinner').id)
    w.calendar(2).add(content('New'))
    w.calls.length = 0
    await w.settle()
    expect(w.calls.filter(({ calendar }) => calendar === 'cal-c')).toEqual([])
    expect(titles(w)).toEqual([
      ['Dinner', 'Lunch'],
      ['Dinner', 'Lunch'],
      ['Lunch', 'New'],
    ])
    for (const side of [0, 1]) expect(w.event(side, 'Lunch').content.location).toBe('Office')
  })
  test('and joins again finds its copies as copies and its events as events', async () => {
    const w = await partly(3)
    w.calendar(0).add(content('Lunch'))
    w.calendar(2).add(content('Dinner'))
    await w.settle()
    await change(w, 2)
    await w.settle()
    w.calendar(2).edit(w.event(2, 'Lunch').id, { location: 'Park' })
    await change(w, 3)
    await w.settle()
    for (const side of [0, 1, 2]) {
      expect(w.titles(side)).toEqual(['Dinner', 'Lunch'])
      expect(w.event(side, 'Lunch').content.location).toBe('Park')
    }
  })
  test('with changes that wait for a person takes those along, and the others go on', async () => {
    const w = await partly(3, { group: { creationGuard: { count: 3 } } as never })
    for (let n = 0; n < 5; n++) w.calendar(2).add(content(`e${n}`))
    await w.settle()
    for (const { id } of w.calendar(2).all()) w.calendar(2).remove(id)
    for (let n = 5; n < 10; n++) w.calendar(2).add(content(`e${n}`))
    expect((await w.sync()).counts.held).toBe(10)
    await change(w, 2)
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    expect(await w.user.held.list('group')).toEqual([])
    expect(w.titles(1)).toEqual(['Lunch', 'e0', 'e1', 'e2', 'e3', 'e4'])
    expect((await w.sync()).more).toBe(false)
  })
})

describe('settings that change reach the copies that are there', () => {
  test('what they show', async () => {
    const w = await partly(2)
    w.calendar(0).add(content('Lunch', { location: 'Café', description: 'secret' }))
    await w.settle()
    const copy = w.event(1, 'Lunch').id
    await change(w, 2, [{}, { projection: { show: 'busy' } }])
    w.clock.now += 1_000
    const plan = await w.user.groups.plan('group')
    expect(plan.events.flatMap(({ actions }) => actions.map(({ kind }) => kind))).toEqual(['update'])
    await w.settle()
    expect(JSON.stringify(w.calendar(1).all())).not.toMatch(/secret|Café|Lunch/)
    expect(w.event(1, 'Busy').id).toBe(copy)
    await change(w, 2)
    await w.settle()
    expect(w.event(1, 'Lunch')).toMatchObject({ id: copy, content: { location: 'Café', description: 'secret' } })
    expect(w.event(0, 'Lunch').content.location).toBe('Café')
  })
  test('which of them there are', async () => {
    const w = await partly(2)
    w.calendar(0).add(content('Review', { categories: ['work'] }))
    w.calendar(0).add(content('Dinner'))
    await w.settle()
    await change(w, 2, [{}, { receives: { category: ['work'] } }])
    await w.settle()
    expect(titles(w, [0, 1])).toEqual([['Dinner', 'Review'], ['Review']])
    await change(w, 2, [{ sends: { title: { equals: 'Dinner' } } }, {}])
    await w.settle()
    expect(titles(w, [0, 1])).toEqual([['Dinner', 'Review'], ['Dinner']])
    await change(w, 2)
    await w.settle()
    expect(w.titles(1)).toEqual(['Dinner', 'Review'])
  })
  test('a calendar that is no longer written to keeps its copies as they are', async () => {
    const w = await partly(2)
    const id = w.calendar(0).add(content('Lunch'))
    await w.settle()
    await change(w, 2, [{}, { direction: 'read' }])
    w.calendar(0).edit(id, { location: 'Office' })
    await w.settle()
    expect(w.event(1, 'Lunch').content.location).toBe('')
    await change(w, 2)
    await w.settle()
    expect(w.event(1, 'Lunch').content.location).toBe('Office')
  })
  test('a calendar that is listened to from now on gives what people entered there before', async () => {
    const w = await partly(2, { members: [{}, { direction: 'write' }] })
    await change(w, 2, [{}, { direction: 'write' }])
    w.calendar(0).add(content('Lunch'))
    w.calendar(1).add(content('Own'))
    await w.settle()
    expect(w.titles(0)).toEqual(['Lunch'])
    await change(w, 2)
    await w.settle()
    expect(titles(w, [0, 1])).toEqual([
      ['Lunch', 'Own'],
      ['Lunch', 'Own'],
    ])
    w.calendar(1).edit(w.event(1, 'Lunch').id, { location: 'Office' })
    await w.settle()
    expect(w.event(0, 'Lunch').content.location).toBe('Office')
  })
  test('the strategies of the next conflict', async () => {
    const w = await partly(2)
    const id = w.calendar(0).add(content('Lunch'))
    await w.settle()
    await w.user.groups.change('group', { strategies: [{ use: 'preferOrigin' }] })
    w.calendar(0).edit(id, { location: 'here' })
    w.clock.now += 60_000
    w.calendar(1).edit(w.event(1, 'Lunch').id, { location: 'there' })
    await w.settle()
    expect(w.event(1, 'Lunch').content.location).toBe('here')
  })
  test('nothing is written where nothing changes, and what is not named stays', async () => {
    const w = await partly(2, { group: { removal: 'removalWins' } as never })
    for (let n = 0; n < 5; n++) w.calendar(0).add(content(`e${n}`))
    await w.settle()
    w.calls.length = 0
    const group = await w.user.groups.change('group', { name: 'Renamed' })
    expect(group).toMatchObject({ name: 'Renamed', removal: 'removalWins', members: [{}, {}] })
    await w.settle()
    expect(writes(w)).toEqual([])
    expect((await w.sync()).more).toBe(false)
  })
  test('what does not fit is refused and nothing changes', async () => {
    const w = await partly(2)
    const before = await w.user.groups.get('group')
    for (const given of [
      { members: members(w, 1) },
      { members: [{ calendarId: 'nobody' }, { calendarId: w.calendarIds[0] ?? '' }] },
      { members: members(w, 2, [{ direction: 'write' }, { direction: 'write' }]) },
      { strategies: [{ use: 'host', name: 'unknown' }] },
      { strategies: [{ use: 'preferCalendar', order: [w.calendarIds[2]] }] },
      { unknown: true },
    ])
      await expect(w.user.groups.change('group', given as never)).rejects.toMatchObject({ code: 'invalid_input' })
    expect(await w.user.groups.get('group')).toEqual(before)
    await expect(w.engine.user('user_2').groups.change('group', { name: 'x' })).rejects.toMatchObject({
      code: 'invalid_input',
    })
  })
})

describe('a change of settings that is cut off goes on', () => {
  const busy = [{}, { projection: { show: 'busy' } }] as const
  /** More events than one page of what is looked at once more. */
  const many = async (count: number, storage?: Storage) => {
    const w = await partly(2, storage ? { storage } : {})
    for (let n = 0; n < count; n++) w.calendar(0).add(content(`e${n}`, { time: hours(9) }))
    await w.settle()
    return w
  }
  const isDone = (w: World) => w.titles(1).every((title) => title === 'Busy')

  test('by writes', async () => {
    const w = await many(30)
    await change(w, 2, busy)
    expect((await w.sync({ maxWrites: 10 })).more).toBe(true)
    expect(isDone(w)).toBe(false)
    for (let n = 0; n < 5; n++) await w.sync({ maxWrites: 10 })
    expect(isDone(w)).toBe(true)
  })
  test('by time, from where it came to', async () => {
    const w = await many(450)
    await change(w, 2, busy)
    expect((await w.sync({ budgetMs: 0 })).more).toBe(true)
    expect(isDone(w)).toBe(false)
    await w.settle()
    expect(isDone(w)).toBe(true)
    expect((await w.user.groups.get('group')).reconsider).toBeUndefined()
  })
  test('by a crash at any commit', async () => {
    for (let at = 1; at < 10; at++) {
      const trouble = { left: Number.POSITIVE_INFINITY }
      const w = await many(5, failing(trouble))
      await change(w, 2, busy)
      trouble.left = at
      await w.sync().catch(() => undefined)
      trouble.left = Number.POSITIVE_INFINITY
      w.clock.now += 120_000
      await w.settle()
      expect(isDone(w), `crash at commit ${at}`).toBe(true)
    }
  })
  test('by another change, which is the one that counts', async () => {
    for (const during of ['changes', 'update'] as const) {
      const w = await many(5)
      await change(w, 2, busy)
      let isChanged = false
      w.fault = async ({ method }) => {
        if (method === during && !isChanged) {
          isChanged = true
          await change(w, 2, [{}, { projection: { show: 'title' } }])
        }
        return undefined
      }
      await w.sync()
      w.fault = undefined
      await w.settle()
      expect(w.titles(1), during).toEqual(['e0', 'e1', 'e2', 'e3', 'e4'])
    }
  })
})

describe('a group that ends', () => {
  const ended = (w: World, copies: 'keep' | 'remove') => w.user.groups.remove('group', { copies })
  const isForgotten = async (w: World) => {
    await expect(w.user.groups.get('group')).rejects.toMatchObject({ code: 'invalid_input' })
    for (const collection of ['event', 'replica', 'inbox', 'conflict', 'run', 'journal', 'membership'] as const)
      expect((await w.storage.list('user_1' as never, collection, { limit: 10 })).records, collection).toEqual([])
    // That there was a group stands in the audit of the settings; what was done in it is gone.
    expect((await w.user.audit.list('group')).items).toEqual([])
  }
  /** A copy each way, a series, something edited, and a conflict. */
  const lived = async (options: WorldOptions = {}) => {
    const w = await partly(3, options)
    const id = w.calendar(0).add(content('Lunch'))
    w.calendar(1).add(content('Dinner'))
    w.calendar(0).add(daily('Series', { time: hours(11) }))
    await w.settle()
    w.calendar(0).edit(id, { location: 'here' })
    w.calendar(1).edit(w.event(1, 'Lunch').id, { location: 'there' })
    await w.settle()
    return { w, id }
  }
  const all = ['Dinner', 'Lunch', 'Series']

  test('and keeps its copies leaves every calendar as it is and forgets everything', async () => {
    const { w } = await lived()
    w.calls.length = 0
    await ended(w, 'keep')
    expect(writes(w)).toEqual([])
    expect(titles(w)).toEqual([all, all, all])
    await isForgotten(w)
  })
  test('and takes its copies along leaves what people made, with what people typed into the copies', async () => {
    const { w } = await lived()
    w.calendar(2).edit(w.event(2, 'Dinner').id, { location: 'Park' })
    w.calendar(2).add(content('New'))
    w.calls.length = 0
    await ended(w, 'remove')
    expect(titles(w)).toEqual([['Lunch', 'Series'], ['Dinner'], ['New']])
    expect(w.event(1, 'Dinner').content.location).toBe('Park')
    expect(w.calls.filter(({ method }) => method === 'create')).toEqual([])
    await isForgotten(w)
  })
  test('before its first sync makes no copies on the way', async () => {
    const w = await partly(3)
    w.calendar(0).add(content('Lunch'))
    await ended(w, 'remove')
    expect(titles(w)).toEqual([['Lunch'], [], []])
    await isForgotten(w)
  })
  test('twice is refused the second time', async () => {
    const { w } = await lived()
    await ended(w, 'remove')
    await expect(ended(w, 'remove')).rejects.toMatchObject({ code: 'invalid_input' })
  })
  for (const down of ['cal-a', 'cal-b', 'cal-c'])
    test(`while ${down} is down forgets nothing, and ends when it is asked again`, async () => {
      const { w } = await lived()
      w.calendar(2).edit(w.event(2, 'Dinner').id, { location: 'Park' })
      w.calendar(2).edit(w.event(2, 'Lunch').id, { location: 'Park' })
      w.fault = ({ calendar }) => (calendar === down ? { code: 'unavailable' } : undefined)
      await expect(ended(w, 'remove')).rejects.toMatchObject({ code: 'unavailable' })
      expect((await w.user.groups.get('group')).id).toBe('group')
      w.fault = undefined
      w.clock.now += 3_600_000
      await ended(w, 'remove')
      expect(titles(w)).toEqual([['Lunch', 'Series'], ['Dinner'], []])
      expect(w.event(0, 'Lunch').content.location).toBe('Park')
      expect(w.event(1, 'Dinner').content.location).toBe('Park')
      await isForgotten(w)
    })
  test('while the calendar is down that an edit was meant for keeps that edit until it has arrived', async () => {
    const w = await partly(3)
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    w.calendar(2).edit(w.event(2, 'Lunch').id, { location: 'Park' })
    w.fault = ({ calendar }) => (calendar === 'cal-a' ? { code: 'unavailable' } : undefined)
    await expect(ended(w, 'remove')).rejects.toMatchObject({ code: 'unavailable' })
    w.fault = undefined
    w.clock.now += 3_600_000
    await ended(w, 'remove')
    expect(w.event(0, 'Lunch').content.location).toBe('Park')
    expect(titles(w)).toEqual([['Lunch'], [], []])
  })
  test('while nobody knows whether a copy was made waits until that is known, and makes none', async () => {
    const w = await partly(2)
    await w.settle()
    w.calendar(0).add(content('Lunch'))
    w.fault = ({ method, phase }) => (method === 'create' && phase === 'before' ? { code: 'timeout' } : undefined)
    await w.sync()
    w.fault = undefined
    w.clock.now += 60_000
    w.calls.length = 0
    await expect(ended(w, 'remove')).rejects.toMatchObject({ code: 'unavailable' })
    w.clock.now += 3_600_000
    await ended(w, 'remove')
    expect(writes(w)).toEqual([])
    await isForgotten(w)
  })
  test('with answers that are lost leaves no copy behind and removes nothing that people made', async () => {
    for (const method of ['remove', 'create', 'update'] as const)
      for (const phase of ['before', 'after'] as const) {
        const w = await partly(3)
        w.calendar(0).add(content('Lunch'))
        w.calendar(1).add(content('Dinner'))
        if (method !== 'create') await w.settle()
        if (method === 'update') w.calendar(2).edit(w.event(2, 'Lunch').id, { location: 'Park' })
        w.fault = (call) => (call.method === method && call.phase === phase ? { code: 'timeout' } : undefined)
        if (method === 'create') await w.sync()
        else await ended(w, 'remove').catch((error: SyncError) => expect(error.code).toBe('unavailable'))
        w.fault = undefined
        for (let n = 0; n < 3; n++) {
          w.clock.now += 3_600_000
          await ended(w, 'remove').catch(() => undefined)
        }
        expect(titles(w), `${method} ${phase}`).toEqual([['Lunch'], ['Dinner'], []])
        await isForgotten(w)
      }
  })
  test('is cut off by a crash at any commit and ends when it is asked again', async () => {
    for (let at = 1; at < 16; at++) {
      const trouble = { left: Number.POSITIVE_INFINITY }
      const { w } = await lived({ storage: failing(trouble) })
      trouble.left = at
      const isDone = await ended(w, 'remove').then(
        () => true,
        () => false,
      )
      trouble.left = Number.POSITIVE_INFINITY
      w.clock.now += 3_600_000
      if (!isDone) await ended(w, 'remove')
      expect(titles(w), `crash at commit ${at}`).toEqual([['Lunch', 'Series'], ['Dinner'], []])
      await isForgotten(w)
    }
  })
  test('while an event waits for a person says so and keeps that one', async () => {
    const w = await partly(2, { group: { strategies: [{ use: 'askAPerson' }] } as never })
    const id = w.calendar(0).add(content('Lunch'))
    await w.settle()
    w.calendar(0).edit(id, { location: 'here' })
    w.calendar(1).edit(w.event(1, 'Lunch').id, { location: 'there' })
    await w.sync()
    await expect(ended(w, 'remove')).rejects.toMatchObject({ code: 'unavailable' })
    const [open] = (await w.user.conflicts.listOpen('group')).items
    await w.user.conflicts.resolve(open?.id ?? '', { location: w.calendarIds[1] ?? '' })
    w.clock.now += 60_000
    await ended(w, 'remove')
    expect(titles(w, [0, 1])).toEqual([['Lunch'], []])
    expect(w.event(0, 'Lunch').content.location).toBe('there')
  })
  test('takes the single events along that a series stood as', async () => {
    const w = await partly(2, { behaviours: [undefined, { cannotHold: ['recurrence'] }], apart: true })
    w.calendar(0).add(daily('Series'))
    await w.settle()
    expect(w.titles(1).length).toBe(10)
    await ended(w, 'remove')
    expect(w.titles(1)).toEqual([])
    expect(w.event(0, 'Series').content).toMatchObject({ overrides: {}, recurrence: { rule: 'FREQ=DAILY;COUNT=10' } })
  })
  test('leaves a neighbour group over the same calendars alone', async () => {
    const w = await partly(2)
    await w.user.groups.create({ id: 'group2', name: 'other', members: members(w, 3).slice(1) })
    w.calendar(1).add(content('Lunch'))
    for (const id of ['group', 'group2', 'group', 'group2']) {
      w.clock.now += 60_000
      await w.user.groups.sync(id)
    }
    expect(titles(w)).toEqual([['Lunch'], ['Lunch'], ['Lunch']])
    await ended(w, 'remove')
    w.clock.now += 60_000
    await w.user.groups.sync('group2')
    expect(titles(w)).toEqual([[], ['Lunch'], ['Lunch']])
    w.calendar(1).edit(w.event(1, 'Lunch').id, { location: 'Park' })
    w.clock.now += 60_000
    await w.user.groups.sync('group2')
    expect(w.event(2, 'Lunch').content.location).toBe('Park')
  })
})

/** A storage whose n-th commit from now on fails, and every one after it: the worker is dead. */
function failing(trouble: { left: number }): Storage {
  const inner = memoryStorage()
  return {
    get: (...args) => inner.get(...args),
    getMany: (...args) => inner.getMany(...args),
    list: (...args) => inner.list(...args),
    commit: async (...args) => {
      if (--trouble.left <= 0) throw new SyncError('storage_failed', 'The disk is full.')
      return inner.commit(...args)
    },
    claim: (...args) => inner.claim(...args),
    release: (...args) => inner.release(...args),
    users: (...args) => inner.users(...args),
    close: () => inner.close(),
  }
}
