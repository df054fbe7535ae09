import { describe, expect, test } from 'vitest'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import { memoryProvider } from '../../src/providers/memory/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { content, hours, world } from '../support/world.js'

describe('one event that fails', () => {
  test('a poisoned one of a thousand does not keep the 999 others from arriving', async () => {
    const w = await world()
    const ids = Array.from({ length: 1_000 }, (_, n) => w.calendar(0).add(content(`Event ${n}`)))
    w.calendar(0).poison(ids[500] ?? '')
    const run = await w.sync()
    expect(run).toMatchObject({ end: 'finished', failures: [], counts: { created: 999 } })
    expect(w.calendar(1).size).toBe(999)
    w.calendar(0).heal(ids[500] ?? '')
    await w.settle()
    expect(w.calendar(1).size).toBe(1_000)
  })

  test('one that its target refuses says so, counts, and does not stop its neighbours', async () => {
    const w = await world()
    await w.settle()
    for (const title of ['One', 'Refused', 'Two']) w.calendar(0).add(content(title))
    w.fault = ({ method, phase }) =>
      method === 'create' && phase === 'before' && w.calls.filter((call) => call.method === 'create').length === 2
        ? { code: 'event_refused' }
        : undefined
    const run = await w.sync()
    expect(run).toMatchObject({ end: 'finished', failures: [], more: true, counts: { created: 2, failed: 1 } })
    const failed = (await w.user.events.ofGroup('group')).items.filter(({ failure }) => failure)
    expect(failed.map(({ failure }) => [failure?.code, failure?.remedy])).toEqual([['event_refused', 'give_up']])
    // not before a day has passed, and then at last
    w.fault = undefined
    w.calls.length = 0
    await w.sync()
    expect(w.calls.filter(({ method }) => method === 'create')).toEqual([])
    w.clock.now += 86_400_000
    await w.settle()
    expect(w.calendar(1).size).toBe(3)
    expect((await w.user.events.ofGroup('group')).items.filter(({ failure }) => failure)).toEqual([])
  })

  test('one that becomes unreadable after it was copied keeps its copy, and goes on when it is healed', async () => {
    const w = await world()
    const id = w.calendar(0).add(content('Lunch'))
    await w.settle()
    w.calendar(0).poison(id)
    await w.settle()
    expect(w.titles(1)).toEqual(['Lunch'])
    w.calendar(0).heal(id)
    w.calendar(0).edit(id, { location: 'Café' })
    await w.settle()
    expect(w.event(1, 'Lunch').content.location).toBe('Café')
  })
})

describe('one calendar that fails', () => {
  test('for want of a sign-in: the others go on, the run says what to do, and credentials are asked for again', async () => {
    const clock = { now: Date.UTC(2026, 0, 5, 8) }
    const provider = memoryProvider({ now: () => clock.now })
    for (const account of ['a', 'b', 'c']) provider.service.addCalendar({ id: 'main' }, account)
    let isSignedIn = true
    provider.setGate(async ({ account }) => (account === 'c' && !isSignedIn ? { code: 'auth_expired' } : 'ok'))
    const asked: string[] = []
    const engine = new SyncEngine({
      storage: memoryStorage(),
      providers: [provider],
      now: () => clock.now,
      credentials: ({ id }) => {
        asked.push(id)
        return undefined
      },
    })
    const user = engine.user('user_1')
    for (const account of ['a', 'b', 'c'])
      await user.connections.add({ provider: 'memory', id: account, settings: { account } })
    const calendars = await user.calendars.list()
    await user.groups.create({ id: 'group', name: 'g', members: calendars.map(({ id }) => ({ calendarId: id })) })
    await user.groups.sync('group')
    isSignedIn = false
    asked.length = 0
    const title = (account: string) =>
      provider.service
        .calendar('main', account)
        .all()
        .map(({ content: { title: text } }) => text)
    provider.service.calendar('main', 'a').add(content('Lunch'))
    clock.now += 60_000
    const run = await user.groups.sync('group')
    expect(title('b')).toEqual(['Lunch'])
    const failing = calendars.find(({ connectionId }) => connectionId === 'c')?.id
    expect(run.failures).toMatchObject([
      { calendarId: failing, failure: { code: 'auth_expired', remedy: 'reauthorize' } },
    ])
    expect((await user.calendars.get(failing ?? '')).pull.failure).toMatchObject({ remedy: 'reauthorize' })
    isSignedIn = true
    asked.length = 0
    clock.now += 86_400_000
    const next = await user.groups.sync('group')
    expect(asked).toEqual(['c'])
    expect(next.failures).toEqual([])
    expect((await user.calendars.get(failing ?? '')).pull.failure).toBeUndefined()
    expect(title('c')).toEqual(['Lunch'])
  })

  test('that vanishes takes nothing along, and goes on when it is back', async () => {
    const w = await world({ calendars: 3 })
    for (const title of ['One', 'Two', 'Three', 'Four']) w.calendar(0).add(content(title))
    await w.settle()
    w.calendar(0).vanish()
    w.clock.now += 86_400_000
    const run = await w.sync()
    expect(run.failures).toMatchObject([{ calendarId: w.calendarIds[0], failure: { code: 'calendar_gone' } }])
    w.calendar(1).edit(w.event(1, 'One').id, { location: 'Café' })
    await w.sync()
    expect(w.titles(1)).toHaveLength(4)
    expect(w.event(2, 'One').content.location).toBe('Café')
    w.calendar(0).reappear()
    w.clock.now += 86_400_000
    await w.settle()
    for (const side of [0, 1, 2]) expect(w.titles(side)).toHaveLength(4)
    expect(w.event(0, 'One').content.location).toBe('Café')
  })

  test('that may only be read from now on is not written to, and nothing is undone elsewhere', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    w.calendar(1).setAccess('read')
    await w.user.connections.refresh('account')
    w.calls.length = 0
    w.calendar(0).add(content('Dinner'))
    w.calendar(0).edit(w.event(0, 'Lunch').id, { location: 'Café' })
    await w.settle()
    expect(w.calls.filter(({ method }) => ['create', 'update', 'remove'].includes(method))).toEqual([])
    expect(w.titles(0)).toEqual(['Dinner', 'Lunch'])
  })

  test('that is out of reach for a while misses nothing that happened', async () => {
    const w = await world()
    const ids = ['One', 'Two', 'Three', 'Four'].map((title) => w.calendar(0).add(content(title)))
    await w.settle()
    w.fault = ({ calendar }) => (calendar === 'cal-b' ? { code: 'unavailable' } : undefined)
    w.calendar(0).edit(ids[0] ?? '', { location: 'Café' })
    w.calendar(0).remove(ids[1] ?? '')
    w.calendar(0).add(content('Five'))
    w.calendar(1).edit(w.event(1, 'Three').id, { location: 'Bar' })
    w.calendar(1).remove(w.event(1, 'Four').id)
    for (let run = 0; run < 5; run++) expect((await w.sync()).failures).toHaveLength(1)
    expect(w.titles(0)).toEqual(['Five', 'Four', 'One', 'Three'])
    w.fault = undefined
    w.clock.now += 86_400_000
    await w.settle()
    for (const side of [0, 1]) {
      expect(w.titles(side)).toEqual(['Five', 'One', 'Three'])
      expect(w.event(side, 'One').content.location).toBe('Café')
      expect(w.event(side, 'Three').content.location).toBe('Bar')
    }
  })

  test('that asks to slow down is not asked again in this run', async () => {
    const w = await world()
    await w.settle()
    for (let n = 0; n < 30; n++) w.calendar(0).add(content(`Event ${n}`))
    w.calls.length = 0
    w.fault = ({ method }) => (method === 'create' ? { code: 'rate_limited', retryAfterMs: 600_000 } : undefined)
    const run = await w.sync()
    expect(run.failures).toMatchObject([{ failure: { code: 'rate_limited', remedy: 'retry' } }])
    expect(w.calls.filter(({ method }) => method === 'create').length).toBeLessThanOrEqual(8)
    w.fault = undefined
    w.clock.now += 86_400_000
    await w.settle()
    expect(w.calendar(1).size).toBe(30)
  })
})

describe('calendars that say untrue things', () => {
  const titles = ['Five', 'Four', 'One', 'Three', 'Two']

  test('an expired cursor removes nothing and brings nothing back', async () => {
    const w = await world()
    const ids = titles.map((title) => w.calendar(0).add(content(title)))
    await w.settle()
    w.calendar(0).remove(ids[0] ?? '')
    await w.settle()
    w.provider.service.expireCursors()
    const run = await w.sync()
    expect(run.counts).toMatchObject({ created: 0, updated: 0, removed: 0 })
    for (const side of [0, 1]) expect(w.titles(side)).toEqual(titles.slice(1))
  })

  test('what was removed while the cursor expired is found, and travels', async () => {
    const w = await world()
    const ids = titles.map((title) => w.calendar(0).add(content(title)))
    await w.settle()
    w.calendar(0).remove(ids[0] ?? '')
    w.provider.service.expireCursors()
    await w.settle()
    for (const side of [0, 1]) expect(w.titles(side)).toEqual(titles.slice(1))
  })

  test('a removal that is reported and is not true removes nothing', async () => {
    const w = await world()
    const ids = titles.map((title) => w.calendar(0).add(content(title)))
    await w.settle()
    w.calendar(0).behave({ spuriousRemovals: () => ids })
    w.calendar(0).touch(ids[0] ?? '')
    const run = await w.sync()
    w.calendar(0).behaveAsUsual()
    await w.settle()
    expect(run.counts).toMatchObject({ removed: 0, held: 0 })
    for (const side of [0, 1]) expect(w.titles(side)).toEqual(titles)
  })

  test('a complete listing that leaves out what is there removes nothing', async () => {
    const w = await world({ behaviours: [{ deltas: false }] })
    const ids: readonly string[] = titles.map((title) => w.calendar(0).add(content(title)))
    await w.settle()
    w.calendar(0).behave({ lyingLists: (id) => ids.includes(id) })
    w.calendar(0).add(content('Six'))
    await w.sync()
    w.calendar(0).behaveAsUsual()
    await w.settle()
    for (const side of [0, 1]) expect(w.titles(side)).toEqual([...titles, 'Six'].sort())
  })

  test('a listing that lags behind does not undo what we have written since', async () => {
    const w = await world({ behaviours: [undefined, { lagging: () => 0, returnsBody: false }] })
    const id = w.calendar(0).add(content('Lunch'))
    await w.settle()
    w.calendar(0).edit(id, { location: 'Café' })
    w.calendar(1).behave({ lagging: () => 2 })
    await w.sync()
    w.calendar(1).behaveAsUsual()
    await w.settle()
    for (const side of [0, 1]) expect(w.event(side, 'Lunch').content.location).toBe('Café')
  })

  test('a listing that shows what stood there a moment before does not undo what a person typed in that very second', async () => {
    const w = await world({ behaviours: [undefined, { lagging: () => 0 }] })
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    const copy = w.event(1, 'Lunch').id
    w.calendar(1).touch(copy)
    await w.user.groups.sync('group')
    w.calendar(1).edit(copy, { location: 'Café' })
    await w.user.groups.sync('group')
    w.calls.length = 0
    w.calendar(1).behave({ lagging: () => 1 })
    w.calendar(1).expireCursors()
    await w.user.groups.sync('group')
    expect(w.calls.filter(({ method }) => method === 'update')).toEqual([])
    for (const side of [0, 1]) expect(w.event(side, 'Lunch').content.location).toBe('Café')
  })

  test('a listing that shows what stood there a moment before does not undo what we wrote in that very second', async () => {
    const w = await world({ behaviours: [undefined, { lagging: () => 0 }] })
    const id = w.calendar(0).add(content('Lunch'))
    await w.settle()
    w.calendar(1).touch(w.event(1, 'Lunch').id)
    await w.user.groups.sync('group')
    w.calendar(0).edit(id, { location: 'Café' })
    await w.user.groups.sync('group')
    w.calendar(1).behave({ lagging: () => 1 })
    w.calendar(1).expireCursors()
    await w.user.groups.sync('group')
    for (const side of [0, 1]) expect(w.event(side, 'Lunch').content.location).toBe('Café')
  })

  test('an old page that nobody could ask about yet is not read when something else happens to the event', async () => {
    const w = await world({ calendars: 3, behaviours: [undefined, { lagging: () => 0 }] })
    const id = w.calendar(0).add(content('Lunch'))
    await w.settle()
    w.calendar(0).edit(id, { location: 'Café' })
    await w.settle()
    w.calendar(1).behave({ lagging: () => 1 })
    w.calendar(1).expireCursors()
    w.fault = ({ method, calendar }) =>
      method === 'fetch' && calendar === 'cal-b' ? { code: 'unavailable' } : undefined
    await w.sync()
    w.calendar(2).edit(w.event(2, 'Lunch').id, { description: 'Bring cake' })
    await w.sync()
    for (const side of [0, 2]) expect(w.event(side, 'Lunch').content.location).toBe('Café')
    w.fault = undefined
    w.calendar(1).behaveAsUsual()
    await w.settle()
    for (const side of [0, 1, 2])
      expect(w.event(side, 'Lunch').content).toMatchObject({ location: 'Café', description: 'Bring cake' })
  })

  test('a listing that lags behind, to a state that nobody had seen, does not bring back what is removed meanwhile', async () => {
    for (const order of ['before', 'with'] as const) {
      const w = await world({ behaviours: [{ lagging: () => 0 }] })
      const id = w.calendar(0).add(content('Lunch'))
      w.calendar(0).edit(id, { location: 'Café' })
      await w.settle()
      const remove = () => w.calendar(1).remove(w.event(1, 'Lunch').id)
      w.calendar(0).behave({ lagging: () => 1 })
      w.calendar(0).expireCursors()
      if (order === 'with') remove()
      if (order === 'before') {
        remove()
        w.fault = ({ method, phase }) =>
          method === 'remove' && phase === 'before' ? { code: 'unavailable' } : undefined
        await w.user.groups.sync('group')
        w.fault = undefined
        w.calendar(0).expireCursors()
      }
      await w.user.groups.sync('group')
      w.calendar(0).behaveAsUsual()
      await w.settle()
      expect([order, w.titles(0), w.titles(1)]).toEqual([order, [], []])
    }
  })

  test('an old state that nobody can be asked about right now does not bring back what is removed meanwhile', async () => {
    const w = await world({ calendars: 3, behaviours: [{ lagging: () => 0 }] })
    const id = w.calendar(0).add(content('Lunch'))
    w.calendar(0).edit(id, { location: 'Café' })
    await w.settle()
    w.calendar(0).behave({ lagging: () => 1 })
    w.calendar(0).expireCursors()
    w.calendar(1).remove(w.event(1, 'Lunch').id)
    const first = w.calendar(0).all()[0]?.id
    w.fault = ({ method, phase, calendar }) =>
      method === 'fetch' && phase === 'before' && calendar === 'cal-a' ? { code: 'unavailable' } : undefined
    await w.user.groups.sync('group')
    expect([first === undefined, w.titles(1)]).toEqual([false, []])
    w.fault = undefined
    w.calendar(0).behaveAsUsual()
    await w.settle()
    expect([w.titles(0), w.titles(1), w.titles(2)]).toEqual([[], [], []])
  })

  test('a listing that still shows a removed event does not bring it back, not even for a moment', async () => {
    const w = await world({ behaviours: [{ lagging: () => 0 }] })
    const id = w.calendar(0).add(content('Lunch'))
    await w.settle()
    w.calendar(0).remove(id)
    await w.settle()
    w.calls.length = 0
    w.calendar(0).behave({ lagging: () => 1 })
    // Long enough for everything to be listed anew.
    w.clock.now += 2 * 86_400_000
    await w.sync()
    w.calendar(0).behaveAsUsual()
    await w.settle()
    expect(w.titles(1)).toEqual([])
    expect(w.calls.filter(({ method }) => method === 'create')).toEqual([])
  })

  test('while a removal cannot be confirmed, it is not believed', async () => {
    const w = await world()
    const id = w.calendar(0).add(content('Lunch'))
    await w.settle()
    w.calendar(0).remove(id)
    w.fault = ({ method }) => (method === 'fetch' ? { code: 'unavailable' } : undefined)
    const run = await w.sync()
    expect(run).toMatchObject({ more: true, counts: { removed: 0 } })
    expect(w.titles(1)).toEqual(['Lunch'])
    w.fault = undefined
    await w.settle()
    expect(w.titles(1)).toEqual([])
  })
})

describe('a create whose answer is lost', () => {
  /** The first create lands in the second calendar, and nobody hears of it. */
  async function unanswered(options: Parameters<typeof world>[0] = {}) {
    const w = await world(options)
    w.calendar(0).add(content('Lunch'))
    w.fault = ({ method, phase }) => (method === 'create' && phase === 'after' ? { code: 'timeout' } : undefined)
    await w.sync()
    w.fault = undefined
    return { w, copy: w.event(1, 'Lunch').id }
  }

  test('is not repeated where a listing tells that a person removed the copy: the event is removed', async () => {
    const { w, copy } = await unanswered()
    w.calendar(1).remove(copy)
    await w.settle()
    w.clock.now += 86_400_000
    await w.settle()
    for (const side of [0, 1]) expect(w.titles(side)).toEqual([])
  })

  test('and that is repeated does not take what was typed into the first copy for its own', async () => {
    const { w, copy } = await unanswered({
      behaviours: [undefined, { serverIds: true, remembersKeys: true, lagging: () => 0 }],
    })
    w.calendar(1).edit(copy, { location: 'Café' })
    // The listing tells neither of the copy nor of the edit, so that the create is sent once more.
    w.calendar(1).behave({ lagging: () => 2 })
    w.clock.now += 86_400_000
    await w.sync()
    w.calendar(1).behaveAsUsual()
    await w.settle()
    for (const side of [0, 1]) expect(w.event(side, 'Lunch').content.location).toBe('Café')
  })
})

describe('an edit that comes in while we write', () => {
  test('is no rendering of what we were about to write: the two are a conflict', async () => {
    const w = await world({ group: { strategies: [{ use: 'askAPerson' }] } })
    const id = w.calendar(0).add(content('Lunch'))
    await w.settle()
    const copy = w.event(1, 'Lunch').id
    w.calendar(0).edit(id, { location: 'here' })
    w.fault = ({ method, phase }) => {
      if (method !== 'update' || phase !== 'before') return undefined
      w.fault = undefined
      w.calendar(1).edit(copy, { location: 'there' })
      return undefined
    }
    await w.sync()
    await w.settle()
    expect([0, 1].map((side) => w.event(side, 'Lunch').content.location)).toEqual(['here', 'there'])
    expect((await w.user.conflicts.listOpen('group')).items).toHaveLength(1)
  })

  test('is not removed with its event where nothing guards a removal', async () => {
    const w = await world({ behaviours: [undefined, { revisions: 'none' }] })
    const id = w.calendar(0).add(content('Lunch'))
    await w.settle()
    const copy = w.event(1, 'Lunch').id
    w.calendar(0).remove(id)
    w.fault = ({ method, phase, calendar }) => {
      if (method !== 'fetch' || phase !== 'before' || calendar !== 'cal-b') return undefined
      w.fault = undefined
      w.calendar(1).edit(copy, { location: 'Café' })
      return undefined
    }
    await w.settle()
    expect(w.fault).toBeUndefined()
    for (const side of [0, 1]) expect(w.event(side, 'Lunch').content.location).toBe('Café')
  })
})

describe('many removals at once', () => {
  async function emptied() {
    const w = await world({ calendars: 3 })
    const ids = Array.from({ length: 10 }, (_, n) => w.calendar(0).add(content(`Event ${n}`, { time: hours(n) })))
    await w.settle()
    for (const id of ids) w.calendar(0).remove(id)
    return w
  }

  test('are held, everything else goes on, and a person lets them go', async () => {
    const w = await emptied()
    w.calendar(0).add(content('New'))
    const run = await w.sync()
    expect(run).toMatchObject({ more: true, counts: { held: 10, removed: 0, created: 2 } })
    expect((await w.user.groups.get('group')).heldRemovals).toMatchObject({
      [w.calendarIds[0] ?? '']: { count: 10, approved: false },
    })
    for (const side of [1, 2]) expect(w.calendar(side).size).toBe(11)
    await w.user.held.approve('group', { calendarId: w.calendarIds[0] ?? '', what: 'removals' })
    await w.settle()
    for (const side of [0, 1, 2]) expect(w.titles(side)).toEqual(['New'])
    expect((await w.user.groups.get('group')).heldRemovals).toEqual({})
  })

  test('stay held for as long as nobody says anything', async () => {
    const w = await emptied()
    for (let day = 0; day < 5; day++) {
      w.clock.now += 86_400_000
      expect((await w.sync()).counts).toMatchObject({ held: 10, removed: 0 })
    }
    expect(w.calendar(1).size).toBe(10)
  })

  test('an approval counts once: the next emptied calendar is held again', async () => {
    const w = await emptied()
    await w.sync()
    await w.user.held.approve('group', { calendarId: w.calendarIds[0] ?? '', what: 'removals' })
    await w.settle()
    for (let n = 0; n < 5; n++) w.calendar(0).add(content(`Later ${n}`))
    await w.settle()
    for (const { id } of w.calendar(0).all()) w.calendar(0).remove(id)
    expect((await w.sync()).counts).toMatchObject({ held: 5, removed: 0 })
  })

  test('an event that is back before the approval is not removed', async () => {
    const w = await world()
    const ids = Array.from({ length: 5 }, (_, n) =>
      w.calendar(0).add(content(`Event ${n}`), { uid: `${n}@example.com` }),
    )
    await w.settle()
    for (const id of ids) w.calendar(0).remove(id)
    await w.sync()
    w.calendar(0).add(content('Event 0'), { uid: '0@example.com' })
    await w.sync()
    await w.user.held.approve('group', { calendarId: w.calendarIds[0] ?? '', what: 'removals' })
    await w.settle()
    for (const side of [0, 1]) expect(w.titles(side)).toEqual(['Event 0'])
  })

  test('there is nothing to approve where nothing is held', async () => {
    const w = await world()
    await expect(
      w.user.held.approve('group', { calendarId: w.calendarIds[0] ?? '', what: 'removals' }),
    ).rejects.toMatchObject({
      code: 'invalid_input',
    })
  })

  test('two events of two may be removed without anybody being asked', async () => {
    const w = await world()
    const ids = ['One', 'Two'].map((title) => w.calendar(0).add(content(title)))
    await w.settle()
    for (const id of ids) w.calendar(0).remove(id)
    expect((await w.sync()).counts).toMatchObject({ held: 0, removed: 2 })
  })
})

describe('a storage that fails', () => {
  for (const nth of [1, 2, 3, 4, 5, 6, 7, 8])
    for (const moment of ['before', 'after'] as const)
      test(`at its ${nth}. commit, ${moment} it was written: the next run finishes without doubling`, async () => {
        const inner = memoryStorage()
        let left = Number.POSITIVE_INFINITY
        const failed = Object.assign(new Error('disk'), {})
        const storage = {
          get: inner.get.bind(inner),
          getMany: inner.getMany.bind(inner),
          list: inner.list.bind(inner),
          claim: inner.claim.bind(inner),
          release: inner.release.bind(inner),
          users: inner.users.bind(inner),
          close: inner.close.bind(inner),
          commit: async (...args: Parameters<typeof inner.commit>) => {
            const isNow = --left === 0
            if (isNow && moment === 'before') throw failed
            await inner.commit(...args)
            if (isNow) throw failed
          },
        }
        const w = await world({ storage })
        const id = w.calendar(0).add(content('Removed'))
        await w.settle()
        w.calendar(0).remove(id)
        w.calendar(0).add(content('Lunch'))
        left = nth
        const run = await w.sync().catch((error: unknown) => error)
        if (left <= 0) expect(run).toBe(failed)
        left = Number.POSITIVE_INFINITY
        await w.settle()
        for (const side of [0, 1]) expect(w.titles(side)).toEqual(['Lunch'])
      })
})
