import { describe, expect, test } from 'vitest'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import { type MemoryCall, memoryProvider } from '../../src/providers/memory/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { content, daily, hours, type World, world } from '../support/world.js'
import { conflictsAbout, day, diary, everyCalendarHolds, forgetful, home, work, writes, wrote } from './story.js'

describe('when a service forgets where we were', () => {
  /** Five events at work, of which one is edited, one removed and one added while the cursor dies. */
  async function forgotten() {
    const w = await world({ pageSize: 2 })
    const ids = ['One', 'Two', 'Three', 'Four', 'Five'].map((title, n) =>
      w.calendar(work).add(content(title, { time: hours(8 + n) })),
    )
    await w.settle()
    w.calendar(work).edit(ids[0] ?? '', { location: 'Café' })
    w.calendar(work).remove(ids[1] ?? '')
    w.calendar(work).add(content('Six'))
    w.calendar(work).expireCursors()
    return w
  }

  test('everything that changed meanwhile arrives: edits, deletions and new events, and nothing is doubled', async () => {
    const w = await forgotten()
    await w.settle()
    everyCalendarHolds(w, ['Five', 'Four', 'One', 'Six', 'Three'])
    expect(w.event(home, 'One').content.location).toBe('Café')
  })

  test('in the middle of a long listing, too', async () => {
    const w = await forgotten()
    let pages = 0
    w.fault = ({ method, phase, calendar }) => {
      if (method === 'page' && phase === 'after' && calendar === 'cal-a' && ++pages === 2)
        w.calendar(work).expireCursors()
      return undefined
    }
    await w.sync()
    w.fault = undefined
    await w.settle()
    everyCalendarHolds(w, ['Five', 'Four', 'One', 'Six', 'Three'])
  })

  test('again and again, nothing is lost', async () => {
    const w = await forgotten()
    for (let n = 0; n < 5; n++) {
      w.calendar(work).add(content(`Late ${n}`))
      w.provider.service.expireCursors()
      await w.sync()
    }
    await w.settle()
    everyCalendarHolds(w, ['Five', 'Four', 'Late 0', 'Late 1', 'Late 2', 'Late 3', 'Late 4', 'One', 'Six', 'Three'])
  })
})

describe('a change that a service forgets to tell of', () => {
  test('is found by itself within a day and a half: an edit, a deletion, and a new event', async () => {
    const w = await world()
    const edited = w.calendar(work).add(content('Lunch'))
    const removed = w.calendar(work).add(content('Dinner'))
    await w.settle()
    const user = w.worker({ providers: [forgetful(w.provider)] })
    w.calendar(work).edit(edited, { location: 'Café' })
    w.calendar(work).remove(removed)
    w.calendar(work).add(content('Breakfast'))
    const synced = async (afterMs: number) => {
      w.clock.now += afterMs
      await user.groups.sync('group')
    }
    await synced(60_000)
    expect(w.titles(home)).toEqual(['Dinner', 'Lunch'])
    await synced(1.3 * day)
    everyCalendarHolds(w, ['Breakfast', 'Lunch'])
    expect(w.event(home, 'Lunch').content.location).toBe('Café')
  })
})

describe('a service that asks us to slow down', () => {
  async function asked() {
    const w = await world({ calendars: 3 })
    for (let n = 0; n < 30; n++) w.calendar(work).add(content(`Event ${n}`))
    let creates = 0
    w.fault = ({ method, phase, calendar }) =>
      calendar === 'cal-b' && method === 'create' && phase === 'before' && ++creates > 5
        ? { code: 'rate_limited', retryAfterMs: 600_000 }
        : undefined
    await w.sync()
    w.fault = undefined
    w.calls.length = 0
    return w
  }
  const toHome = ({ calendar }: MemoryCall) => calendar === 'cal-b'

  test('is left alone for as long as it asked, by every worker', async () => {
    const w = await asked()
    await w.sync()
    await w.worker().groups.sync('group')
    expect(writes(w.calls.filter(toHome))).toEqual([])
  })

  test('does not hold up the other calendars', async () => {
    const w = await asked()
    expect(w.titles(2)).toHaveLength(30)
  })

  test('gets the rest afterwards, each event once', async () => {
    const w = await asked()
    w.clock.now += 600_000
    await w.settle()
    expect(w.titles(home)).toEqual(w.titles(work))
  })

  test('is never written to by more hands at once than it allows', async () => {
    const w = await world({ concurrentWrites: 4 })
    for (let n = 0; n < 40; n++) w.calendar(work).add(content(`Event ${n}`))
    let open = 0
    let most = 0
    w.fault = async ({ method, phase }) => {
      if (method !== 'create') return undefined
      open += phase === 'before' ? 1 : -1
      most = Math.max(most, open)
      await Promise.resolve()
      return undefined
    }
    await w.sync()
    expect(most).toBeGreaterThan(1)
    expect(most).toBeLessThanOrEqual(4)
  })

  test('and whose quota is used up for a day gets everything the day after', async () => {
    const w = await world()
    const ids = ['One', 'Two', 'Three'].map((title) => w.calendar(work).add(content(title)))
    await w.settle()
    w.fault = ({ calendar, method }) =>
      calendar === 'cal-b' && method !== 'listCalendars' ? { code: 'rate_limited', retryAfterMs: 3_600_000 } : undefined
    w.calendar(work).edit(ids[0] ?? '', { location: 'Café' })
    w.calendar(work).remove(ids[1] ?? '')
    w.calls.length = 0
    for (let minutes = 0; minutes < 24 * 60; minutes += 15) {
      w.clock.now += 900_000
      await w.sync()
    }
    // asked about once an hour, not at every sync
    expect(w.calls.filter(toHome).length).toBeLessThan(30)
    w.fault = undefined
    w.clock.now += 3_600_000
    await w.settle()
    everyCalendarHolds(w, ['One', 'Three'])
    expect(w.event(home, 'One').content.location).toBe('Café')
  })
})

describe('a sign-in that has run out', () => {
  /** Two accounts; the second one's token can be taken away. */
  async function signedIn() {
    const clock = { now: Date.UTC(2026, 0, 5, 8) }
    const provider = memoryProvider({ now: () => clock.now })
    for (const account of ['a', 'b']) provider.service.addCalendar({ id: 'main' }, account)
    const state = { isValid: true, calls: 0, asked: 0 }
    provider.setGate(async ({ account, phase }) => {
      if (account !== 'b') return 'ok'
      if (phase === 'before') state.calls++
      return state.isValid ? 'ok' : { code: 'auth_expired' }
    })
    const user = new SyncEngine({
      storage: memoryStorage(),
      providers: [provider],
      now: () => clock.now,
      credentials: () => {
        state.asked++
        return 'token'
      },
    }).user('user_1')
    for (const account of ['a', 'b'])
      await user.connections.add({ provider: 'memory', id: account, settings: { account } })
    const calendars = await user.calendars.list()
    await user.groups.create({ id: 'group', name: 'g', members: calendars.map(({ id }) => ({ calendarId: id })) })
    const sync = () => {
      clock.now += 60_000
      return user.groups.sync('group')
    }
    const calendar = (account: string) => provider.service.calendar('main', account)
    const second = calendars.find(({ connectionId }) => connectionId === 'b')?.id ?? ''
    await sync()
    return { user, state, sync, calendar, second, clock }
  }

  test('is told to the host: which calendar, and that a person has to sign in again', async () => {
    const { user, state, sync, second } = await signedIn()
    state.isValid = false
    const run = await sync()
    expect(run.failures).toMatchObject([{ calendarId: second, failure: { remedy: 'reauthorize' } }])
    expect((await user.calendars.get(second)).pull.failure).toMatchObject({ remedy: 'reauthorize' })
  })

  test('is no reason to knock a thousand times: one try for each sync', async () => {
    const { state, sync, calendar } = await signedIn()
    for (let n = 0; n < 50; n++) calendar('a').add(content(`Event ${n}`))
    state.isValid = false
    state.calls = 0
    for (let n = 0; n < 10; n++) await sync()
    expect(state.calls).toBeLessThanOrEqual(20)
  })

  test('loses nothing: what happened meanwhile arrives by itself after the next sign-in', async () => {
    const { state, sync, calendar } = await signedIn()
    calendar('a').add(content('Before'))
    await sync()
    state.isValid = false
    calendar('a').add(content('Meanwhile, at work'))
    calendar('b').add(content('Meanwhile, at home'))
    for (let n = 0; n < 5; n++) await sync()
    state.isValid = true
    for (let n = 0; n < 3; n++) await sync()
    const titles = (account: string) =>
      calendar(account)
        .all()
        .map(({ content: { title } }) => title)
        .sort()
    expect(titles('a')).toEqual(['Before', 'Meanwhile, at home', 'Meanwhile, at work'])
    expect(titles('b')).toEqual(titles('a'))
  })
})

describe('a version that has moved on under our hands', () => {
  test('an edit that comes in while we write is merged, not overwritten', async () => {
    const w = await world()
    const id = w.calendar(work).add(content('Lunch'))
    await w.settle()
    const copy = w.event(home, 'Lunch').id
    w.calendar(work).edit(id, { location: 'Café' })
    let isTyped = false
    w.fault = ({ method, phase, calendar }) => {
      if (isTyped || method !== 'update' || phase !== 'before' || calendar !== 'cal-b') return undefined
      isTyped = true
      w.calendar(home).edit(copy, { description: 'Bring cake' })
      return undefined
    }
    await w.settle()
    for (const calendar of [work, home])
      expect(w.event(calendar, 'Lunch').content).toMatchObject({ location: 'Café', description: 'Bring cake' })
  })

  for (const [name, behaviour] of [
    ['gives no versions at all', { revisions: 'none' as const }],
    ['does not look at the version that a write names', { guarded: false }],
    ['does not say which version a write has made', { returnsRevision: false, returnsBody: false }],
  ] as const)
    test(`a service that ${name} still loses no edit that was there before we wrote`, async () => {
      const w = await world({ behaviours: [undefined, behaviour], apart: true })
      const id = w.calendar(work).add(content('Lunch'))
      await w.settle()
      w.calendar(work).edit(id, { location: 'Café' })
      w.calendar(home).edit(w.event(home, 'Lunch').id, { description: 'Bring cake' })
      await w.settle()
      for (const calendar of [work, home])
        expect(w.event(calendar, 'Lunch').content).toMatchObject({ location: 'Café', description: 'Bring cake' })
    })

  test('an edit of ours whose answer was lost is not taken for the edit of somebody else', async () => {
    const w = await world()
    const id = w.calendar(work).add(content('Lunch'))
    await w.settle()
    w.calendar(work).edit(id, { location: 'Café' })
    w.fault = ({ method, phase }) => (method === 'update' && phase === 'after' ? { code: 'timeout' } : undefined)
    await w.sync()
    w.fault = undefined
    expect(w.event(home, 'Lunch').content.location).toBe('Café')
    w.calendar(work).edit(id, { location: 'Canteen' })
    await w.settle()
    for (const calendar of [work, home]) expect(w.event(calendar, 'Lunch').content.location).toBe('Canteen')
    expect(await conflictsAbout(w, 'Lunch')).toEqual([])
  })

  test('a service that forgets to renew the version of an event: what was changed arrives all the same', async () => {
    const w = await world({
      behaviours: [{ sleepyRevisions: () => true }, { deltas: false, sleepyRevisions: () => true }],
    })
    const id = w.calendar(work).add(content('Lunch'))
    await w.settle()
    w.calendar(work).edit(id, { location: 'Café' })
    await w.settle()
    w.calendar(home).edit(w.event(home, 'Lunch').id, { time: hours(12) })
    await w.settle()
    for (const calendar of [work, home])
      expect(w.event(calendar, 'Lunch').content).toMatchObject({ location: 'Café', time: hours(12) })
  })
})

describe('speed', () => {
  test('one edit among hundreds of events is found without listing them again', async () => {
    const w = await world()
    const ids = Array.from({ length: 600 }, (_, n) => w.calendar(work).add(content(`Event ${n}`)))
    await w.settle()
    w.calls.length = 0
    w.calendar(work).edit(ids[432] ?? '', { location: 'Café' })
    await w.sync()
    expect(w.event(home, 'Event 432').content.location).toBe('Café')
    expect(w.calls.length).toBeLessThanOrEqual(6)
  })

  test('what people do every day arrives in the very next sync', async () => {
    const w = await world({ calendars: 3 })
    const id = w.calendar(work).add(content('Lunch'))
    w.calendar(work).add(daily('Stand-up', { time: hours(8) }))
    await w.sync()
    w.calendar(work).edit(id, { time: hours(12) })
    w.calendar(home).add(content('Dentist', { time: hours(16) }))
    await w.sync()
    for (const calendar of [0, 1, 2]) {
      expect(diary(w, calendar)).toContain('2026-01-05 12:00 Lunch')
      expect(diary(w, calendar)).toContain('2026-01-05 16:00 Dentist')
    }
  })
})

describe('one bad event', () => {
  async function poisoned(): Promise<World> {
    const w = await world()
    for (let n = 0; n < 20; n++) w.calendar(work).add(content(`Event ${n}`))
    w.calendar(work).poison(w.calendar(work).add(content('Poison')))
    await w.settle()
    return w
  }

  test('does not keep its neighbours from arriving', async () => {
    expect((await poisoned()).titles(home)).toHaveLength(20)
  })

  test('is listed with the reason, and is taken up by itself once it is mended', async () => {
    const w = await poisoned()
    const [bad] = await w.user.calendars.unreadable(w.calendarIds[work] ?? '')
    expect(bad?.failure.code).toBe('invalid_event')
    w.calendar(work).heal(bad?.remoteId ?? '')
    await w.settle()
    expect(w.titles(home)).toContain('Poison')
    expect(wrote(await w.sync())).toBe(0)
  })
})
