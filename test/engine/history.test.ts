import { describe, expect, test } from 'vitest'
import type { AuditEntry } from '../../src/model/audit.js'
import { contentDigest } from '../../src/model/equality.js'
import { content, daily, hours, type World, world } from '../support/world.js'

const said = ({ action, fields }: AuditEntry) => [action, ...fields].join(' ')

describe('the audit', () => {
  test('has one entry for every write, with who, where, what and how it was before and after', async () => {
    const w = await world()
    const id = w.calendar(0).add(content('Lunch'))
    const created = await w.sync()
    const copy = w.event(1, 'Lunch').content
    w.calendar(0).edit(id, { location: 'Café' })
    const updated = await w.sync()
    w.calendar(0).remove(id)
    const removed = await w.sync()
    const { items } = await w.user.audit.list('group')
    expect(items.map(said)).toEqual(['created', 'updated location', 'removed'])
    expect(items.map(({ actor }) => actor)).toEqual([created, updated, removed].map((run) => ({ run: run.id })))
    const digests = [null, contentDigest(copy), contentDigest({ ...copy, location: 'Café' }), null]
    expect(items.map(({ before, after }) => [before, after])).toEqual([0, 1, 2].map((n) => digests.slice(n, n + 2)))
    expect(new Set(items.map(({ calendarId }) => calendarId))).toEqual(new Set([w.calendarIds[1]]))
    expect(JSON.stringify(items)).not.toContain('Café')
  })

  test('a write whose answer was lost is in it all the same, once', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    let isLost = false
    w.fault = ({ method, phase }) => {
      if (method !== 'create' || phase !== 'after' || isLost) return undefined
      isLost = true
      return { code: 'timeout' }
    }
    await w.sync()
    await w.settle()
    const { items } = await w.user.audit.list('group')
    expect(items.map(({ action, calendarId }) => [action, calendarId])).toEqual([
      [expect.stringMatching(/created|adopted/), w.calendarIds[1]],
    ])
  })

  test('is read in pages, oldest first', async () => {
    const w = await world()
    for (let n = 0; n < 7; n++) {
      w.calendar(0).add(content(`Event ${n}`))
      await w.sync()
    }
    const seen: string[] = []
    let after: string | undefined
    do {
      const page = await w.user.audit.list('group', { limit: 3, ...(after ? { after } : {}) })
      expect(page.items.length).toBeLessThanOrEqual(3)
      seen.push(...page.items.map(({ at }) => String(at)))
      after = page.next
    } while (after)
    expect(seen).toHaveLength(7)
    expect(seen).toEqual([...seen].sort())
  })
})

describe('runs', () => {
  test('that did something are kept, in order; quiet ones leave no trace', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    const first = await w.sync()
    await w.sync()
    await w.sync()
    w.calendar(1).add(content('Dinner'))
    const last = await w.sync()
    expect((await w.user.runs.list('group')).items).toEqual([first, last])
  })

  test('that failed somewhere are kept, too', async () => {
    const w = await world()
    await w.settle()
    w.fault = ({ calendar }) => (calendar === 'cal-b' ? { code: 'unavailable' } : undefined)
    const run = await w.sync()
    expect((await w.user.runs.list('group')).items).toEqual([run])
    expect(run.failures).toMatchObject([{ calendarId: w.calendarIds[1], failure: { code: 'unavailable' } }])
  })
})

describe('a quiet run', () => {
  const behaviours = [
    ['good services', {}],
    ['services that do not show what they stored', { returnsBody: false, returnsRevision: false }],
    ['services without deltas', { deltas: false }],
    ['services without revisions', { revisions: 'none' as const, returnsBody: false }],
    ['services that say what did not change', { skipsUnchanged: true, deltas: false }],
    [
      'services that rewrite what they are given',
      { normalize: (given: ReturnType<typeof content>) => ({ ...given, title: given.title.trim().toUpperCase() }) },
    ],
    ['services with no room for a place', { cannotHold: ['location' as const] }],
  ] as const
  for (const [name, behaviour] of behaviours)
    test(`writes nothing anywhere and asks each calendar once (${name})`, async () => {
      const w = await world({ calendars: 3, behaviours: [undefined, behaviour, behaviour] })
      w.calendar(0).add(content('  Lunch ', { location: 'Café' }))
      w.calendar(1).add(daily('Stand-up', { location: 'Office' }))
      w.calendar(2).add(content('Dinner', { time: hours(19) }))
      await w.settle()
      w.calls.length = 0
      w.commits.length = 0
      const run = await w.sync()
      expect(run).toMatchObject({ end: 'finished', more: false, failures: [] })
      expect(
        w.commits.flatMap(({ changes }) => changes.map(({ op, collection, id }) => `${op} ${collection} ${id}`)),
      ).toEqual([])
      expect(w.calls.map(({ method, calendar }) => `${method} ${calendar}`).sort()).toEqual(
        ['changes', 'page'].flatMap((method) => ['a', 'b', 'c'].map((letter) => `${method} cal-${letter}`)),
      )
    })

  test('that has to list everything anew, once a day, writes to no calendar', async () => {
    const w = await world()
    for (let n = 0; n < 10; n++) w.calendar(0).add(content(`Event ${n}`))
    await w.settle()
    w.clock.now += 2 * 86_400_000
    w.calls.length = 0
    expect((await w.sync()).counts).toMatchObject({ observed: 0, created: 0, updated: 0, removed: 0 })
    expect(w.calls.map(({ method }) => method)).toEqual(expect.not.arrayContaining(['create', 'update', 'remove']))
    expect(w.calls.filter(({ method }) => method === 'fetch')).toEqual([])
  })

  test('an edit costs one write for each other calendar and no read', async () => {
    const w = await world({ calendars: 3 })
    const id = w.calendar(0).add(content('Lunch'))
    await w.settle()
    w.calendar(0).edit(id, { location: 'Café' })
    w.calls.length = 0
    await w.sync()
    expect(w.calls.map(({ method }) => method).sort()).toEqual([
      'changes',
      'changes',
      'changes',
      'page',
      'page',
      'page',
      'update',
      'update',
    ])
  })

  test('an edit in a calendar that renders what it is given is not answered with a write there', async () => {
    const w = await world({
      behaviours: [undefined, { normalize: (given) => ({ ...given, location: given.location.toUpperCase() }) }],
    })
    w.calendar(0).add(content('Lunch', { location: 'Café' }))
    await w.settle()
    w.calendar(1).edit(w.event(1, 'Lunch').id, { description: 'bring cake' })
    w.calls.length = 0
    await w.settle()
    expect(w.calls.filter(({ method }) => method === 'update').map(({ calendar }) => calendar)).toEqual(['cal-a'])
    expect(w.event(0, 'Lunch').content).toMatchObject({ location: 'Café', description: 'bring cake' })
  })
})

describe('conflicts', () => {
  async function disagreeing(given: Parameters<typeof world>[0] = {}) {
    const w = await world({ group: { strategies: [{ use: 'askAPerson' }] }, ...given })
    const id = w.calendar(0).add(content('Lunch', { location: 'Café' }))
    await w.settle()
    const copy = w.event(1, 'Lunch').id
    w.clock.now += 60_000
    w.calendar(0).edit(id, { location: 'here' })
    w.calendar(1).edit(copy, { location: 'there' })
    await w.sync()
    return { w, id, copy }
  }
  const open = async (w: World) => (await w.user.conflicts.listOpen('group')).items
  const places = (w: World) => [0, 1].map((side) => w.event(side, 'Lunch').content.location)

  test('that wait for a person leave every side as it is, run after run, and stand in the list once', async () => {
    const { w } = await disagreeing()
    for (let day = 0; day < 3; day++) {
      w.clock.now += 86_400_000
      await w.sync()
    }
    expect(places(w)).toEqual(['here', 'there'])
    const [conflict, ...more] = await open(w)
    expect(more).toEqual([])
    expect(conflict?.items).toMatchObject([
      {
        field: 'location',
        kind: 'both_changed',
        base: 'Café',
        sides: [
          { calendarId: w.calendarIds[0], value: 'here' },
          { calendarId: w.calendarIds[1], value: 'there' },
        ],
        winner: null,
      },
    ])
    expect((await w.user.audit.list('group')).items.map(said)).toEqual(['created', 'parked location'])
  })

  for (const chosen of [0, 1])
    test(`that a person decides end on that side (${chosen}), with who and when in the history`, async () => {
      const { w } = await disagreeing()
      const [conflict] = await open(w)
      await w.user.conflicts.resolve(conflict?.id ?? '', { location: w.calendarIds[chosen] ?? '' })
      const at = w.clock.now
      await w.settle()
      expect(places(w)).toEqual(chosen === 0 ? ['here', 'here'] : ['there', 'there'])
      expect(await open(w)).toEqual([])
      const kept = await w.user.conflicts.get(conflict?.id ?? '')
      expect(kept).toMatchObject({
        state: 'resolved',
        resolution: { by: 'user_1', at, take: { location: w.calendarIds[chosen] } },
        items: [{ winner: w.calendarIds[chosen], strategy: 'person' }],
      })
      expect((await w.user.audit.list('group')).items.map(said)).toEqual([
        'created',
        'parked location',
        'resolved location',
        'updated location',
      ])
    })

  test('that the people settle among themselves are over, and the history says so', async () => {
    const { w, copy } = await disagreeing()
    const [conflict] = await open(w)
    w.calendar(1).edit(copy, { location: 'here' })
    await w.settle()
    expect(await open(w)).toEqual([])
    expect((await w.user.conflicts.get(conflict?.id ?? '')).state).toBe('obsolete')
    expect(places(w)).toEqual(['here', 'here'])
  })

  test('an event that is parked does not hold up its neighbours, nor its own later', async () => {
    const { w, id } = await disagreeing()
    w.calendar(0).add(content('Dinner'))
    w.calendar(0).edit(id, { title: 'Lunch' })
    await w.sync()
    expect(w.titles(1)).toEqual(['Dinner', 'Lunch'])
  })

  test('an edit of another field while an event waits is there once it is decided', async () => {
    const { w, id, copy } = await disagreeing()
    w.calendar(0).edit(id, { description: 'bring cake' })
    w.calendar(1).edit(copy, { url: 'https://example.com' })
    await w.sync()
    const [conflict] = await open(w)
    await w.user.conflicts.resolve(conflict?.id ?? '', { location: w.calendarIds[0] ?? '' })
    await w.settle()
    for (const side of [0, 1])
      expect(w.event(side, 'Lunch').content).toMatchObject({
        location: 'here',
        description: 'bring cake',
        url: 'https://example.com',
      })
  })

  test('that a strategy decides are in the history with the value that lost', async () => {
    const { w } = await disagreeing({ group: { strategies: [{ use: 'lastModifiedWins' }] } })
    await w.settle()
    const [event] = (await w.user.events.ofGroup('group')).items
    const [conflict, ...more] = await w.user.conflicts.ofEvent('group', event?.id ?? '')
    expect(more).toEqual([])
    expect(conflict).toMatchObject({ state: 'resolved', items: [{ strategy: 'lastModifiedWins' }] })
    expect(conflict?.items[0]?.sides.map(({ value }) => value)).toEqual(['here', 'there'])
    expect(await open(w)).toEqual([])
  })

  test('an event that was removed here and changed there waits for a person where the group says so', async () => {
    for (const keeps of [true, false]) {
      const w = await world({ group: { removal: 'askAPerson' } })
      const id = w.calendar(0).add(content('Lunch'))
      await w.settle()
      w.calendar(0).edit(id, { location: 'Café' })
      w.calendar(1).remove(w.event(1, 'Lunch').id)
      await w.sync()
      expect([w.titles(0), w.titles(1)]).toEqual([['Lunch'], []])
      const [conflict] = await open(w)
      await w.user.conflicts.resolve(conflict?.id ?? '', { removal: w.calendarIds[keeps ? 0 : 1] ?? '' })
      await w.settle()
      const wanted = keeps ? ['Lunch'] : []
      expect([w.titles(0), w.titles(1)]).toEqual([wanted, wanted])
    }
  })
})
