import { describe, expect, test, vi } from 'vitest'
import { completeContent, type EventContent } from '../../../src/model/content.js'
import type { RemoteCalendarId, RemoteId } from '../../../src/model/ids.js'
import {
  type Fault,
  type Gate,
  type MemoryBehaviour,
  type MemoryCalendar,
  type MemoryCall,
  type MemoryProviderOptions,
  MemoryService,
  memoryProvider,
} from '../../../src/providers/memory/index.js'
import type { ProviderAccount, RemoteChange } from '../../../src/providers/provider.js'
import { Mirror } from '../../../src/testing/provider-mirror.js'
import { draft, meeting, weekly } from '../../../src/testing/provider-samples.js'

const work = 'work' as RemoteCalendarId

describe('a person', () => {
  test('stamps the time of every edit, and counts moves in time only', () => {
    let now = Date.UTC(2026, 2, 4, 8, 0, 0)
    const { calendar } = setUp({ now: () => now })
    const id = calendar.add(meeting('One'))
    now += 60_000
    calendar.edit(id, { title: 'Two' })
    expect(calendar.get(id)?.stamps).toEqual({
      created: '2026-03-04T08:00:00Z',
      updated: '2026-03-04T08:01:00Z',
      sequence: 0,
    })
    calendar.edit(id, ({ time }) => ({ time: { ...time, end: time.start } }))
    expect(calendar.get(id)?.stamps.sequence).toBe(1)
  })

  test('gives every change of a calendar a revision that was never there', () => {
    const { calendar } = setUp()
    const id = calendar.add(meeting('One'))
    const seen = new Set([calendar.get(id)?.revision])
    for (let round = 0; round < 20; round += 1) {
      calendar.touch(id)
      seen.add(calendar.get(id)?.revision)
    }
    expect(seen.size).toBe(21)
  })

  test('copies the mark along, but neither id, uid nor key', async () => {
    const { calendar, account } = setUp()
    const { id } = await account.create(work, draft('ours'))
    const copy = calendar.get(calendar.copy(id))
    expect(copy).toMatchObject({ mark: draft('ours').mark, content: { title: 'ours' } })
    expect(copy?.id).not.toBe(id)
    expect(copy?.uid).not.toBe(calendar.get(id)?.uid)
    expect(copy?.key).toBeUndefined()
  })

  test('moves an event to another calendar: removed here, a new id and the old uid there', async () => {
    const { calendar, account, service } = setUp()
    const home = service.addCalendar({ id: 'home' })
    const { id } = await account.create(work, draft('ours'))
    const moved = home.get(calendar.move(id, 'home'))
    expect(calendar.get(id)).toBeUndefined()
    expect(moved).toMatchObject({ uid: `${draft('ours').key}@calweave`, mark: draft('ours').mark })
    expect(moved?.id).not.toBe(id)
    expect(() => calendar.move('no-such', 'home')).toThrow(expect.objectContaining({ code: 'not_found' }))
  })

  test('makes uids that no other calendar and no other account makes', () => {
    const service = new MemoryService()
    const calendars = [
      service.addCalendar({ id: 'work' }),
      service.addCalendar({ id: 'home' }),
      service.addCalendar({ id: 'work' }, 'other'),
    ]
    const uids = calendars.map((calendar) => calendar.get(calendar.add(meeting('Same')))?.uid)
    expect(new Set(uids).size).toBe(3)
  })

  test('does not see its own objects change afterwards, and cannot change ours', () => {
    const { calendar } = setUp()
    const categories = ['a']
    const id = calendar.add(meeting('One', { categories }))
    categories.push('b')
    expect(calendar.get(id)?.content.categories).toEqual(['a'])
    expect(() => (seen(calendar, id).content.categories as string[]).push('c')).toThrow(TypeError)
  })

  test('keeps override slots as data, whatever they are called', () => {
    const { calendar } = setUp()
    const overrides = JSON.parse('{"__proto__":{"kind":"cancelled"}}') as EventContent['overrides']
    const id = calendar.add({ ...weekly(), overrides })
    expect(Object.keys(calendar.get(id)?.content.overrides ?? {})).toEqual(['__proto__'])
  })
})

describe('an account', () => {
  test('sees only the calendars of its own name', async () => {
    const service = new MemoryService()
    service.addCalendar({ id: 'work' }, 'ada').add(meeting('Secret'))
    service.addCalendar({ id: 'home' }, 'bob')
    const bob = memoryProvider({ service }).open({ settings: { account: 'bob' }, credentials: undefined })
    expect((await bob.listCalendars()).map((calendar) => calendar.id)).toEqual(['home'])
    await expect(bob.fetch(work, ['p-1' as RemoteId])).rejects.toMatchObject({ code: 'calendar_gone' })
  })

  test("does not take another account's cursor for the calendar of the same name", async () => {
    const service = new MemoryService()
    for (const name of ['ada', 'bob']) service.addCalendar({ id: 'work' }, name).add(meeting('Own'))
    const provider = memoryProvider({ service })
    const [ada, bob] = ['ada', 'bob'].map((name) => provider.open({ settings: { account: name }, credentials: null }))
    const mirror = mirrorOf(ada as ProviderAccount)
    await mirror.pull()
    const other = mirrorOf(bob as ProviderAccount)
    other.cursor = mirror.cursor
    await expect(other.pull()).rejects.toMatchObject({ code: 'cursor_expired' })
  })

  test('names the setting that does not fit', () => {
    expect(() => memoryProvider().open({ settings: { account: 7 }, credentials: null })).toThrow(/"account"/)
    expect(() => memoryProvider({ pageSize: 501 })).toThrow(/pageSize/)
  })

  test('may not write a read-only calendar or a read-only event, and is told so before anything happens', async () => {
    const { calendar, account } = setUp()
    const invitation = calendar.add(meeting('Invitation'), { readOnly: true })
    const current = seen(calendar, invitation)
    expect(current.readOnly).toBe(true)
    await expect(account.remove(work, current)).rejects.toMatchObject({ code: 'forbidden' })
    calendar.setAccess('read')
    await expect(account.create(work, draft('x'))).rejects.toMatchObject({ code: 'forbidden' })
    expect(await account.listCalendars()).toMatchObject([{ access: 'read' }])
    expect(calendar.size).toBe(1)
  })

  test('finds a vanished calendar gone, never empty, and finds it again with its events', async () => {
    const { calendar, account } = setUp()
    const id = calendar.add(meeting('Still here'))
    calendar.vanish()
    expect(await account.listCalendars()).toEqual([])
    for (const attempt of [
      () => mirrorOf(account).pull(),
      () => account.fetch(work, [id]),
      () => account.create(work, draft('x')),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'calendar_gone' })
    }
    calendar.reappear()
    expect((await mirrorOf(account).pull()).changed).toEqual([id])
  })

  test('is told of a poisoned event, and of its neighbours in full', async () => {
    const { calendar, account } = setUp()
    const [bad, good] = [calendar.add(meeting('Bad')), calendar.add(meeting('Good'))]
    calendar.poison(bad)
    const mirror = mirrorOf(account)
    const lesson = await mirror.pull()
    expect([lesson.changed, lesson.unreadable]).toEqual([[good], [bad]])
    expect(await account.fetch(work, [bad])).toMatchObject([{ type: 'unreadable', error: { code: 'invalid_event' } }])
    calendar.heal(bad)
    expect((await mirror.pull()).changed).toEqual([bad])
  })

  test('loses all cursors when they expire, also the one of a listing under way', async () => {
    const { calendar, account } = setUp()
    const mirror = mirrorOf(account)
    await mirror.pull()
    calendar.expireCursors()
    await expect(mirror.pull()).rejects.toMatchObject({ code: 'cursor_expired' })
    mirror.cursor = undefined
    const listing = await mirror.begin({})
    calendar.expireCursors()
    for await (const page of listing.pages) mirror.learn(true, [page])
    await expect(mirror.pull()).rejects.toMatchObject({ code: 'cursor_expired' })
  })
})

describe('behaviour', () => {
  test('unguarded: an update from an old revision wins, and the account says so beforehand', async () => {
    const { calendar, account } = setUp({ behaviour: { guarded: false } })
    const id = calendar.add(meeting('One'))
    const old = seen(calendar, id)
    calendar.edit(id, { title: 'Person', location: 'Person' })
    await account.update(work, { current: old, content: meeting('Ours'), fields: ['title'] })
    expect(calendar.get(id)?.content).toMatchObject({ title: 'Ours', location: 'Person' })
    expect(account.capabilities.guardedWrites).toBe(false)
  })

  test('without revisions: none is shown anywhere', async () => {
    const { calendar, account } = setUp({ behaviour: { revisions: 'none' } })
    const written = await account.create(work, draft('x'))
    expect(written).not.toHaveProperty('revision')
    expect(written.shown).not.toHaveProperty('revision')
    expect(calendar.all()[0]).not.toHaveProperty('revision')
    expect(account.capabilities.guardedWrites).toBe(false)
  })

  test('normalising: whoever writes, and what the answer shows', async () => {
    const behaviour = { normalize: (content: EventContent) => ({ ...content, title: content.title.trim() }) }
    const { calendar, account } = setUp({ behaviour })
    const id = calendar.add(meeting(' Person '))
    const written = await account.create(work, draft('ours', meeting(' Ours ')))
    expect([calendar.get(id)?.content.title, written.shown?.content.title]).toEqual(['Person', 'Ours'])
  })

  test('fields that cannot be held are neutral, in overrides too', async () => {
    const { calendar, account } = setUp({ behaviour: { cannotHold: ['title', 'geo'] } })
    const id = calendar.add(weekly())
    expect(JSON.stringify(calendar.get(id)?.content)).not.toContain('Weekly')
    expect(Object.keys(calendar.get(id)?.content.overrides ?? {})).toHaveLength(2)
    expect(account.capabilities.cannotHold).toEqual(['title', 'geo'])
  })

  test('a service that remembers keys answers a repeated create with what became of the first event', async () => {
    const { calendar, account } = setUp({ behaviour: { serverIds: true, remembersKeys: true } })
    const first = await account.create(work, draft('x'))
    calendar.edit(first.id, { title: 'Edited by a person' })
    const again = await account.create(work, draft('x'))
    expect(again).toMatchObject({
      id: first.id,
      shown: { content: { title: 'Edited by a person' }, key: draft('x').key },
    })
    calendar.remove(first.id)
    expect((await account.create(work, draft('x'))).id).not.toBe(first.id)
  })

  test('a service that reserves ids refuses to create what was removed, and says that it is gone', async () => {
    const { calendar, account } = setUp({ behaviour: { reservesIds: true } })
    const { id } = await account.create(work, draft('x'))
    calendar.remove(id)
    calendar.expireCursors()
    await expect(account.create(work, draft('x'))).rejects.toMatchObject({ code: 'already_exists' })
    expect(await account.fetch(work, [id])).toEqual([{ type: 'gone', id }])
  })

  test('a good service creates anew what was removed, under a revision that was never there', async () => {
    const { calendar, account } = setUp()
    const first = await account.create(work, draft('x'))
    calendar.remove(first.id)
    const second = await account.create(work, draft('x'))
    expect(second.id).toBe(first.id)
    expect(second.revision).not.toBe(first.revision)
  })

  test('lying lists leave events out of complete listings, spurious removals name events that are there', async () => {
    let lies = true
    let id: RemoteId | undefined
    const behaviour: MemoryBehaviour = {
      lyingLists: (one) => lies && one === id,
      spuriousRemovals: () => (lies && id !== undefined ? [id, 'never-there' as RemoteId] : []),
    }
    const { calendar, account } = setUp({ behaviour })
    id = calendar.add(meeting('Hidden'))
    const other = calendar.add(meeting('Shown'))
    const mirror = mirrorOf(account)
    expect((await mirror.pull()).changed).toEqual([other])
    expect(await changesOf(account, mirror)).toEqual([{ type: 'removed', id }])
    expect(await account.fetch(work, [id])).toMatchObject([{ type: 'found' }])
    lies = false
    expect(await changesOf(account, mirror)).toEqual([])
  })

  test('a window leaves out what is outside, calls a change of it a removal, and finds it by its id', async () => {
    const behaviour: MemoryBehaviour = { window: ({ title }) => title !== 'Outside' }
    const { calendar, account } = setUp({ behaviour })
    const [inside, outside] = [calendar.add(meeting('Inside')), calendar.add(meeting('Outside'))]
    const mirror = mirrorOf(account)
    expect((await mirror.pull()).changed).toEqual([inside])
    calendar.edit(outside, { location: 'Room 1' })
    expect(await changesOf(account, mirror)).toEqual([{ type: 'removed', id: outside }])
    expect(await account.fetch(work, [outside])).toMatchObject([
      { type: 'found', event: { content: { location: 'Room 1' } } },
    ])
    calendar.edit(outside, { title: 'Moved in' })
    expect(await changesOf(account, mirror)).toMatchObject([{ type: 'upsert', event: { id: outside } }])
  })

  test('repeats: a page comes twice, and the first time every line of it does', async () => {
    const { calendar, account } = setUp({ behaviour: { repeats: () => true } })
    const id = calendar.add(meeting('One'))
    const told = (await changesOf(account, mirrorOf(account))).map(
      (change) => change.type === 'upsert' && change.event.id,
    )
    expect(told).toEqual([id, id, id])
  })

  test('sleepy revisions: an edit keeps the revision, and a guarded write does not notice it', async () => {
    let sleeps = true
    const { calendar, account } = setUp({ behaviour: { sleepyRevisions: () => sleeps } })
    const id = calendar.add(meeting('One'))
    const before = seen(calendar, id)
    calendar.edit(id, { title: 'Two' })
    expect(calendar.get(id)?.revision).toBe(before.revision)
    await account.update(work, { current: before, content: meeting('Ours'), fields: ['title'] })
    sleeps = false
    calendar.edit(id, { title: 'Three' })
    expect(calendar.get(id)?.revision).not.toBe(before.revision)
  })

  test('a skewed clock stamps what it thinks', () => {
    const now = Date.UTC(2026, 2, 4, 8, 0, 0)
    const { calendar } = setUp({ now: () => now, behaviour: { clockSkewMs: -3_600_000 } })
    expect(calendar.get(calendar.add(meeting('One')))?.stamps.updated).toBe('2026-03-04T07:00:00Z')
  })

  test('the bin gives back what was removed, under its old id and with its mark, once', async () => {
    const { calendar, account } = setUp()
    const { id } = await account.create(work, draft('ours'))
    calendar.remove(id)
    expect(calendar.binned).toEqual([id])
    calendar.restoreFromBin(id)
    expect(calendar.get(id)).toMatchObject({ id, mark: draft('ours').mark, content: { title: 'ours' } })
    expect(() => calendar.restoreFromBin(id)).toThrow('has no event with this id')
  })

  test('without deltas: a change makes a complete listing, no change makes none', async () => {
    const { calendar, account } = setUp({ behaviour: { deltas: false, skipsUnchanged: true } })
    const [stays, goes] = [calendar.add(meeting('Stays')), calendar.add(meeting('Goes'))]
    const mirror = mirrorOf(account)
    await mirror.pull()
    expect((await mirror.pull()).complete).toBe(false)
    calendar.remove(goes)
    expect(await changesOf(account, mirror)).toEqual([
      { type: 'unchanged', id: stays, revision: calendar.get(stays)?.revision },
    ])
    expect(await mirror.pull()).toMatchObject({ complete: true, removed: [goes] })
  })

  test('changes at run time, and goes back to what it was', async () => {
    const { calendar, account } = setUp({ behaviour: { returnsBody: false } })
    calendar.behave({ guarded: false })
    expect(account.capabilities.guardedWrites).toBe(false)
    calendar.behaveAsUsual()
    expect(account.capabilities.guardedWrites).toBe(true)
    expect(await account.create(work, draft('x'))).not.toHaveProperty('shown')
  })
})

describe('the gate', () => {
  test('stands before and after every call, and around every page', async () => {
    const calls: string[] = []
    const gate: Gate = async ({ method, phase, account }) => {
      calls.push(`${account} ${phase} ${method}`)
      return 'ok'
    }
    const { calendar, account } = setUp({ gate, pageSize: 1 })
    calendar.add(meeting('One'))
    calendar.add(meeting('Two'))
    await mirrorOf(account).pull()
    expect(calls).toEqual(
      ['changes', 'page', 'page'].flatMap((method) => [`default before ${method}`, `default after ${method}`]),
    )
  })

  test.each<[MemoryCall['phase'], Fault, string, number]>([
    ['before', { code: 'rate_limited', retryAfterMs: 2_000 }, 'rate_limited', 0],
    ['before', { code: 'timeout' }, 'timeout', 0],
    ['after', { code: 'timeout' }, 'timeout', 1],
    ['after', { code: 'unavailable' }, 'unavailable', 1],
    // an answer that promises that nothing landed would be a lie here
    ['after', { code: 'rate_limited' }, 'timeout', 1],
  ])('a fault %s the create (%o) fails with %s, and %i events are there', async (phase, fault, code, size) => {
    const gate: Gate = async (call) => (call.phase === phase ? fault : 'ok')
    const { calendar, account } = setUp({ gate })
    await expect(account.create(work, draft('x'))).rejects.toMatchObject({ code })
    expect(calendar.size).toBe(size)
  })

  test('a refusal can be lost like any other answer', async () => {
    const { provider, account } = setUp()
    await account.create(work, draft('x'))
    provider.setGate(async ({ phase }) => (phase === 'after' ? { code: 'timeout' } : 'ok'))
    await expect(account.create(work, draft('x'))).rejects.toMatchObject({ code: 'timeout' })
    provider.setGate(undefined)
    await expect(account.create(work, draft('x'))).rejects.toMatchObject({ code: 'already_exists' })
  })

  test('a listing fails at the page where the fault strikes, and never looks finished', async () => {
    let pages = 0
    const gate: Gate = async ({ method, phase }) =>
      method === 'page' && phase === 'before' && ++pages === 2 ? { code: 'unavailable' } : 'ok'
    const { calendar, account } = setUp({ gate, pageSize: 1 })
    for (const title of ['One', 'Two', 'Three']) calendar.add(meeting(title))
    const read: RemoteChange[] = []
    const listing = await mirrorOf(account).begin({})
    const reading = (async () => {
      for await (const page of listing.pages) {
        expect(page.cursor).toBeUndefined()
        read.push(...page.changes)
      }
    })()
    await expect(reading).rejects.toMatchObject({ code: 'unavailable' })
    expect(read).toHaveLength(1)
  })

  test.each<[MemoryCall['phase'], number]>([
    ['before', 0],
    ['after', 1],
  ])('a call that hangs %s its effect ends with aborted when the signal fires', async (phase, size) => {
    const controller = new AbortController()
    const hangs = new Promise<never>(() => {})
    const { calendar, account } = setUp({ gate: async (call) => (call.phase === phase ? hangs : 'ok') })
    const removed = vi.spyOn(controller.signal, 'removeEventListener')
    const call = account.create(work, draft('x'), { signal: controller.signal })
    setTimeout(() => controller.abort(), 1)
    await expect(call).rejects.toMatchObject({ code: 'aborted' })
    expect(calendar.size).toBe(size)
    expect(removed).toHaveBeenCalled()
  })

  test('a rejection of the gate goes through as it is', async () => {
    const crash = new Error('the worker dies here')
    const { account } = setUp({ gate: () => Promise.reject(crash) })
    await expect(account.listCalendars()).rejects.toBe(crash)
  })

  test('two providers on one service have gates of their own', async () => {
    const { service, account } = setUp()
    const blocked = memoryProvider({ service, gate: async () => ({ code: 'auth_expired' }) })
    await expect(blocked.open({ settings: {}, credentials: null }).listCalendars()).rejects.toMatchObject({
      code: 'auth_expired',
    })
    expect(await account.listCalendars()).toHaveLength(1)
  })
})

describe('a snapshot', () => {
  test('is JSON, and brings everything back: events, removals, cursors, keys and ids', async () => {
    const behaviour: MemoryBehaviour = { serverIds: true, remembersKeys: true, lagging: () => 0 }
    const { calendar, account, service } = setUp({ behaviour })
    const { id } = await account.create(work, draft('x'))
    const removed = calendar.add(meeting('Removed'))
    const mirror = mirrorOf(account)
    await mirror.pull()
    calendar.remove(removed)
    const snapshot = service.snapshot()
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot)

    const after = calendar.add(meeting('After the snapshot'))
    calendar.edit(id, { title: 'After the snapshot' })
    service.restore(JSON.parse(JSON.stringify(snapshot)))
    expect(service.snapshot()).toEqual(snapshot)
    expect((await mirror.pull()).removed).toEqual([removed])
    expect((await account.create(work, draft('x'))).id).toBe(id)
    expect(calendar.add(meeting('Another'))).toBe(after)
  })

  test('of another service makes its calendars anew, and takes away what it does not have', () => {
    const { service, calendar } = setUp()
    calendar.add(meeting('One'))
    const other = new MemoryService()
    other.addCalendar({ id: 'extra' })
    other.restore(service.snapshot())
    expect(other.calendarsOf().map((one) => [one.id, one.size])).toEqual([['work', 1]])
    expect(() => other.restore({ version: 2 } as never)).toThrow(expect.objectContaining({ code: 'invalid_input' }))
  })
})

test('a hundred thousand events are listed page by page, in bounded time', async () => {
  const { calendar, account } = setUp()
  const { time } = completeContent(meeting('shared'))
  for (let index = 0; index < 100_000; index += 1) calendar.add({ title: `Event ${index}`, time })
  const started = performance.now()
  let changes = 0
  let pages = 0
  const listing = await mirrorOf(account).begin({})
  for await (const page of listing.pages) {
    pages += 1
    changes += page.changes.length
  }
  expect([changes, pages]).toEqual([100_000, 500])
  // a listing that looks for its place from the start of the log takes minutes
  expect(performance.now() - started).toBeLessThan(10_000)
})

function setUp(options: MemoryProviderOptions = {}): {
  readonly provider: ReturnType<typeof memoryProvider>
  readonly service: MemoryService
  readonly calendar: MemoryCalendar
  readonly account: ProviderAccount
} {
  const provider = memoryProvider({ ...options, calendars: [{ id: 'work' }] })
  return {
    provider,
    service: provider.service,
    calendar: provider.service.calendar('work'),
    account: provider.open({ settings: undefined, credentials: undefined }),
  }
}

function seen(calendar: MemoryCalendar, id: string): NonNullable<ReturnType<MemoryCalendar['get']>> {
  const event = calendar.get(id)
  if (event === undefined) throw new Error('the test expects this event to be there')
  return event
}

function mirrorOf(account: ProviderAccount): Mirror {
  return new Mirror({ account, calendar: work } as never)
}

/** What the next listing says, without taking it in. */
async function changesOf(account: ProviderAccount, mirror: Mirror): Promise<readonly RemoteChange[]> {
  const listing = await account.changes(work, mirror.from(mirror.cursor === undefined ? {} : { cursor: mirror.cursor }))
  const changes: RemoteChange[] = []
  for await (const page of listing.pages) changes.push(...page.changes)
  return changes
}
