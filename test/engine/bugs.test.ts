import { describe, expect, test } from 'vitest'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import { SyncError } from '../../src/errors.js'
import { completeContent } from '../../src/model/content.js'
import { memoryProvider } from '../../src/providers/memory/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { content, daily, hours, world } from '../support/world.js'

describe('privacy', () => {
  test('an event that turns private loses its details in the copies that must show it as busy', async () => {
    const w = await world()
    const id = w.calendar(0).add(content('Doctor', { description: 'secret', location: 'Clinic' }))
    await w.settle()
    w.calendar(0).edit(id, { visibility: 'private' })
    await w.settle()
    expect(w.event(1, 'Busy').content).toMatchObject({ description: '', location: '' })
  })
  test('one private occurrence of a public series is busy in a copy', async () => {
    const w = await world()
    const series = daily('Stand-up')
    const { recurrence: _r, overrides: _o, ...own } = series
    w.calendar(0).add({
      ...series,
      overrides: {
        '2026-01-06T09:00:00': {
          kind: 'changed',
          content: { ...own, title: 'Doctor', visibility: 'private', time: hours(9, 10, '2026-01-06') },
        },
      },
    })
    await w.settle()
    expect(JSON.stringify(w.calendar(1).all()[0]?.content)).not.toContain('Doctor')
  })
})

describe('moves', () => {
  test('an event that a person moves to a calendar that has no copy of it yet is not removed there', async () => {
    const w = await world()
    const id = w.calendar(0).add(content('Moved'))
    w.fault = ({ method, phase }) => (method === 'create' && phase === 'before' ? { code: 'event_refused' } : undefined)
    await w.sync()
    w.calendar(0).move(id, 'cal-b')
    w.fault = undefined
    w.clock.now += 86_400_000
    await w.sync()
    await w.settle()
    expect([w.titles(0), w.titles(1)]).toEqual([['Moved'], ['Moved']])
  })
  test('an event that moves to a calendar that is only read is still copied', async () => {
    const w = await world({ members: [{}, { direction: 'read' }] })
    const id = w.calendar(0).add(content('Moved'))
    await w.settle()
    w.calendar(0).move(id, 'cal-b')
    await w.settle()
    expect([w.titles(0), w.titles(1)]).toEqual([['Moved'], ['Moved']])
  })
})

describe('identities', () => {
  test('a service that never gives an id twice gets a copy again after the database was lost', async () => {
    const w = await world({ behaviours: [undefined, { reservesIds: true }] })
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    w.calendar(1).remove(w.event(1, 'Lunch').id)
    const other = w.worker({ storage: memoryStorage() })
    await w.weave(other)
    for (let i = 0; i < 4; i++) {
      w.clock.now += 60_000 * 60 * 24
      await other.groups.sync('group')
    }
    expect(w.titles(1)).toEqual(['Lunch'])
  })
  test('a create that landed unanswered and was removed by a person does not get stuck where ids are reserved', async () => {
    const w = await world({ behaviours: [undefined, { reservesIds: true }] })
    w.calendar(0).add(content('Lunch'))
    w.fault = ({ method, phase, calendar }) => {
      if (method !== 'create' || phase !== 'after' || calendar !== 'cal-b') return undefined
      const [there] = w.calendar(1).all()
      if (there) w.calendar(1).remove(there.id)
      return { code: 'timeout' }
    }
    await w.sync()
    w.fault = undefined
    await w.settle()
    expect([w.titles(0), w.titles(1)]).toEqual([w.titles(0), w.titles(0)])
  })
  test('the time of the first sync survives the loss of our database', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    const before = (await w.user.events.ofGroup('group')).items[0]?.origin
    const other = w.worker({ storage: memoryStorage() })
    await w.weave(other)
    w.clock.now += 86_400_000
    await other.groups.sync('group')
    expect((await other.events.ofGroup('group')).items[0]?.origin).toEqual(before)
  })
  test("a person's copy of our copy has no origin but its own in the agenda", async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    const copied = w.calendar(1).copy(w.event(1, 'Lunch').id)
    await w.sync()
    const agenda = await w.user.events.agenda([w.calendarIds[1] ?? ''], {
      from: w.clock.now - 86_400_000,
      to: w.clock.now + 86_400_000,
    })
    expect(agenda.find(({ remoteId }) => remoteId === copied)?.origin).toBeUndefined()
  })
})

describe('limits', () => {
  test('a calendar with hundreds of events can be in many groups', async () => {
    const w = await world({ woven: false })
    for (let n = 0; n < 5; n++)
      await w.user.groups.create({
        name: 'g',
        id: `group${n}`,
        members: w.calendarIds.map((calendarId) => ({ calendarId, direction: 'read' })),
      })
    for (let n = 0; n < 250; n++) w.calendar(0).add(content(`e${n}`))
    const run = await w.user.groups.sync('group0')
    expect(run.failures).toEqual([])
  })
  test('a run that ends by maxWrites leaves nothing in doubt that it never tried', async () => {
    const w = await world({ concurrentWrites: 1 })
    for (let n = 0; n < 10; n++) w.calendar(0).add(content(`e${n}`))
    await w.sync({ maxWrites: 1 })
    w.calls.length = 0
    for (let n = 0; n < 9; n++) await w.sync({ maxWrites: 1 })
    expect(w.titles(1).length).toBe(10)
    expect(w.calls.filter(({ method }) => method === 'fetch')).toEqual([])
  })
  test('maxWrites is a limit', async () => {
    const w = await world()
    for (let n = 0; n < 20; n++) w.calendar(0).add(content(`e${n}`))
    expect((await w.sync({ maxWrites: 1 })).counts.created).toBe(1)
  })
  test('an event that was removed before a cut-off listing went on is not copied', async () => {
    let refuse = false
    let seen = 0
    const inner = memoryStorage()
    const storage = {
      ...wrap(inner),
      commit: async (...args: Parameters<typeof inner.commit>) => {
        if (refuse && args[1].changes.some(({ collection }) => collection === 'observed') && ++seen === 2)
          throw new SyncError('storage_failed', 'no')
        return inner.commit(...args)
      },
    }
    const w = await world({ storage, pageSize: 500 })
    const first = w.calendar(0).add(content('first'))
    for (let n = 0; n < 480; n++) w.calendar(0).add(content(`e${n}`))
    refuse = true
    await w.sync().catch(() => undefined)
    refuse = false
    expect(seen).toBeGreaterThan(1)
    w.calendar(0).remove(first)
    await w.settle()
    expect(w.titles(1)).not.toContain('first')
  })
})

describe('one bad thing does not stop the others', () => {
  test('a strategy of the host that throws leaves the event to a person and the others go on', async () => {
    const w = await world({
      group: { strategies: [{ use: 'host', name: 'broken' }] },
      engine: {
        strategies: {
          broken: () => {
            throw new Error('host')
          },
        },
      },
    })
    const id = w.calendar(0).add(content('Lunch'))
    await w.settle()
    w.calendar(0).edit(id, { location: 'a' })
    w.calendar(1).edit(w.event(1, 'Lunch').id, { location: 'b' })
    w.calendar(0).add(content('other'))
    const run = await w.sync()
    expect(run.counts).toMatchObject({ created: 1, parked: 1 })
  })
  test('credentials that throw stop their own calendar only', async () => {
    const clock = { now: Date.UTC(2026, 0, 5, 8) }
    let isBroken = false
    const provider = memoryProvider({ now: () => clock.now })
    for (const account of ['a', 'b', 'c']) provider.service.addCalendar({ id: 'main' }, account)
    const engineOptions = {
      storage: memoryStorage(),
      providers: [provider],
      now: () => clock.now,
      credentials: ({ id }: { id: string }) => {
        if (isBroken && id === 'c') throw new Error('vault is down')
        return {}
      },
    }
    const user = new SyncEngine(engineOptions).user('u')
    for (const account of ['a', 'b', 'c'])
      await user.connections.add({ provider: 'memory', id: account, settings: { account } })
    await user.groups.create({
      id: 'group',
      name: 'g',
      members: (await user.calendars.list()).map(({ id }) => ({ calendarId: id })),
    })
    await user.groups.sync('group')
    isBroken = true
    const again = new SyncEngine(engineOptions).user('u')
    provider.service.calendar('main', 'a').add(content('Lunch'))
    clock.now += 60_000
    const run = await again.groups.sync('group')
    expect(run.failures.length).toBe(1)
    expect(provider.service.calendar('main', 'b').size).toBe(1)
  })
  test('an event that cannot be read is counted', async () => {
    const w = await world()
    w.calendar(0).poison(w.calendar(0).add(content('Poison')))
    w.calendar(0).add(content('Lunch'))
    expect((await w.sync()).counts).toMatchObject({ created: 1, failed: 1 })
  })
  test('an event with a time that no clock knows does not stop its neighbours', async () => {
    const w = await world()
    const time = { kind: 'timed' as const, local: '2026-13-45T09:00:00', zone: 'Nowhere/Land' }
    w.calendar(0).add(completeContent({ title: 'Poison', time: { start: time, end: time } }))
    w.calendar(0).add(content('Lunch'))
    await w.sync()
    expect(w.titles(1)).toContain('Lunch')
  })
  test('a calendar that was away for days is in step right after it is back', async () => {
    const w = await world()
    await w.settle()
    w.calendar(0).add(content('Lunch'))
    w.fault = ({ calendar }) => (calendar === 'cal-b' ? { code: 'auth_expired' } : undefined)
    for (let hour = 0; hour < 48; hour++) {
      w.clock.now += 3_600_000
      await w.sync()
    }
    w.fault = undefined
    w.clock.now += 60_000
    await w.sync()
    expect(w.titles(1)).toEqual(['Lunch'])
  })
})

describe('people', () => {
  test('plan shows what a resolved conflict will do', async () => {
    const w = await world({ group: { strategies: [{ use: 'askAPerson' }] } })
    const id = w.calendar(0).add(content('Lunch'))
    await w.settle()
    w.calendar(0).edit(id, { location: 'a' })
    w.calendar(1).edit(w.event(1, 'Lunch').id, { location: 'b' })
    await w.sync()
    const [conflict] = (await w.user.conflicts.listOpen('group')).items
    await w.user.conflicts.resolve(conflict?.id ?? '', { location: w.calendarIds[1] ?? '' })
    w.clock.now += 1_000
    const plan = await w.user.groups.plan('group')
    expect(plan.events.flatMap(({ actions }) => actions.map(({ kind }) => kind))).toEqual(['update'])
  })
  test('removals that come a few at a time are held like removals that come at once', async () => {
    const w = await world()
    const ids = Array.from({ length: 20 }, (_, n) => w.calendar(0).add(content(`e${n}`)))
    await w.settle()
    let held = 0
    for (let round = 0; round < 3; round++) {
      for (const id of ids.splice(0, 4)) w.calendar(0).remove(id)
      held += (await w.sync()).counts.held
    }
    expect(held).toBeGreaterThan(0)
  })
  test('the same meeting in a calendar that is only written to is not doubled', async () => {
    const w = await world({ members: [{}, { direction: 'write' }] })
    w.calendar(0).add(content('Meeting'), { uid: 'meeting@example.com' })
    w.calendar(1).add(content('Meeting'), { uid: 'meeting@example.com' })
    await w.settle()
    expect(w.titles(1)).toEqual(['Meeting'])
  })
  test('a new sign-in counts at the next refresh', async () => {
    const provider = memoryProvider()
    provider.service.addCalendar({ id: 'main' })
    let token = 'old'
    let valid = 'old'
    const signedIn = {
      id: 'memory',
      open: (access: Parameters<typeof provider.open>[0]) => {
        const account = provider.open(access)
        return {
          ...account,
          listCalendars: async () => {
            if (access.credentials !== valid) throw new SyncError('auth_expired', 'sign in')
            return account.listCalendars()
          },
        }
      },
    }
    const user = new SyncEngine({
      storage: memoryStorage(),
      providers: [signedIn],
      credentials: () => token,
    }).user('u')
    await user.connections.add({ provider: 'memory', id: 'c' })
    await user.connections.refresh('c')
    valid = 'new'
    await expect(user.connections.refresh('c')).rejects.toMatchObject({ code: 'auth_expired' })
    token = 'new'
    expect((await user.connections.refresh('c')).length).toBe(1)
  })
})

describe('approvals', () => {
  for (const [name, limits, fault] of [
    ['a run that is over at once', { budgetMs: 0 }, undefined],
    ['a run that cannot reach the calendar', {}, 'unavailable'],
  ] as const)
    test(`an approval that cannot be acted on at once still counts: ${name}`, async () => {
      const w = await world()
      const ids = Array.from({ length: 8 }, (_, n) => w.calendar(0).add(content(`e${n}`)))
      await w.settle()
      for (const id of ids) w.calendar(0).remove(id)
      expect((await w.sync()).counts.held).toBe(8)
      await w.user.held.approve('group', { calendarId: w.calendarIds[0] ?? '', what: 'removals' })
      w.fault = ({ calendar }) => (fault && calendar === 'cal-a' ? { code: fault } : undefined)
      await w.sync(limits)
      w.fault = undefined
      w.clock.now += 86_400_000
      expect((await w.sync()).counts).toMatchObject({ held: 0, removed: 8 })
    })
})

describe('a calendar in two groups', () => {
  /** B is in both groups; the event was born there. */
  async function chained() {
    const w = await world({ calendars: 3, woven: false })
    const [a = '', b = '', c = ''] = w.calendarIds
    const member = (calendarId: string) => ({ calendarId })
    await w.user.groups.create({ id: 'one', name: 'one', members: [a, b].map(member) })
    await w.user.groups.create({ id: 'two', name: 'two', members: [b, c].map(member) })
    const id = w.calendar(1).add(content('Lunch'))
    const both = async () => {
      for (const group of ['one', 'two', 'one', 'two']) {
        w.clock.now += 60_000
        await w.user.groups.sync(group)
      }
    }
    await both()
    return { w, id, both }
  }

  test('what one group writes into an event that a person made there reaches the other group', async () => {
    const { w, both } = await chained()
    w.calendar(0).edit(w.event(0, 'Lunch').id, { location: 'Café' })
    await both()
    expect([0, 1, 2].map((side) => w.event(side, 'Lunch').content.location)).toEqual(['Café', 'Café', 'Café'])
  })

  test('an edit that one group stumbles over while it writes reaches the other group', async () => {
    const { w, id, both } = await chained()
    w.calendar(0).edit(w.event(0, 'Lunch').id, { location: 'Café' })
    let isEdited = false
    w.fault = ({ method, phase, calendar }) => {
      if (method === 'update' && phase === 'before' && calendar === 'cal-b' && !isEdited) {
        isEdited = true
        w.calendar(1).edit(id, { description: 'bring cake' })
      }
      return undefined
    }
    await both()
    expect(isEdited).toBe(true)
    for (const side of [0, 1, 2])
      expect(w.event(side, 'Lunch').content).toMatchObject({ location: 'Café', description: 'bring cake' })
  })
})

function wrap(storage: ReturnType<typeof memoryStorage>): ReturnType<typeof memoryStorage> {
  return {
    get: (...args) => storage.get(...args),
    getMany: (...args) => storage.getMany(...args),
    list: (...args) => storage.list(...args),
    commit: (...args) => storage.commit(...args),
    claim: (...args) => storage.claim(...args),
    release: (...args) => storage.release(...args),
    users: (...args) => storage.users(...args),
    close: () => storage.close(),
  }
}
