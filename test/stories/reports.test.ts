import { describe, expect, test } from 'vitest'
import type { CalendarProvider } from '../../src/providers/provider.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { single, weekly, withLine } from '../engine/caldav-texts.js'
import { DavWorld, wrote as davWrote } from '../engine/caldav-world.js'
import { type CaldavStub, type CaldavStubOptions, startCaldavStub } from '../support/caldav-stub.js'
import { content, daily, hours, world } from '../support/world.js'
import { changedAccount, day, everyCalendarHolds, family, home, inEveryCalendar, work, writes } from './story.js'

describe('what went wrong elsewhere does not go wrong here', () => {
  test('a server without versions of events: five runs make one copy of each event, not five', async () => {
    const w = await world({ behaviours: [{ revisions: 'none' }, { revisions: 'none' }] })
    for (const title of ['One', 'Two', 'Three']) w.calendar(work).add(content(title))
    for (let n = 0; n < 5; n++) await w.sync()
    everyCalendarHolds(w, ['One', 'Three', 'Two'])
  })

  test('only the stamps of an event moved, as when a server saves it again each night: nothing is written', async () => {
    const w = await world({ calendars: 3 })
    w.calendar(work).add(daily('Stand-up'))
    w.calendar(work).add(content('Lunch', { time: hours(12) }))
    await w.settle()
    w.calls.length = 0
    for (let night = 0; night < 14; night++) {
      w.clock.now += day
      for (const calendar of [0, 1, 2]) for (const { id } of w.calendar(calendar).all()) w.calendar(calendar).touch(id)
      await w.sync()
    }
    expect(writes(w.calls)).toEqual([])
  })

  test('an edit that arrives after we looked and before we write is not written over', async () => {
    const w = await world()
    const id = w.calendar(work).add(content('Lunch'))
    await w.settle()
    const copy = w.event(home, 'Lunch').id
    w.calendar(work).edit(id, { location: 'Café' })
    let isTyped = false
    w.fault = ({ method, phase, calendar }) => {
      // between our look at the copy and our write to it
      if (isTyped || method !== 'update' || phase !== 'before' || calendar !== 'cal-b') return undefined
      isTyped = true
      w.clock.now += 5_000
      w.calendar(home).edit(copy, { location: 'Canteen' })
      return undefined
    }
    await w.settle()
    expect(isTyped).toBe(true)
    for (const { location } of inEveryCalendar(w, 'Lunch')) expect(location).toBe('Canteen')
  })

  test('a server that names an old version after each write: the next edit still gets through, and only once', async () => {
    const w = await world()
    const id = w.calendar(work).add(content('Lunch'))
    await w.settle()
    const user = w.worker({ providers: [namingOldVersions(w.provider)] })
    const sync = () => {
      w.clock.now += 60_000
      return user.groups.sync('group')
    }
    for (const location of ['Café', 'Canteen', 'Park']) {
      w.calendar(work).edit(id, { location })
      for (let n = 0; n < 3; n++) await sync()
      expect(w.event(home, 'Lunch').content.location).toBe(location)
    }
    w.calls.length = 0
    for (let n = 0; n < 3; n++) await sync()
    expect(writes(w.calls)).toEqual([])
  })

  test('two instances of the same service that both see a new event make one copy of it', async () => {
    const w = await world({ engine: { leaseMs: 30_000 } })
    await w.settle()
    w.calendar(work).add(content('Lunch'))
    const other = w.worker()
    let isAsleep = false
    w.fault = async ({ method, phase }) => {
      if (isAsleep || method !== 'create' || phase !== 'before') return undefined
      // the first one sleeps for so long that the second one takes over
      isAsleep = true
      w.clock.now += 120_000
      await other.groups.sync('group')
      return undefined
    }
    await w.sync()
    w.fault = undefined
    await w.settle()
    everyCalendarHolds(w, ['Lunch'])
  })

  test('a service whose ids cannot be chosen: every event finds its copy again', async () => {
    const chooses = { serverIds: true, remembersKeys: true }
    const w = await world({ calendars: 3, behaviours: [chooses, chooses, chooses] })
    const id = w.calendar(work).add(content('Lunch'))
    await w.settle()
    w.calendar(work).edit(id, { location: 'Café' })
    w.calendar(family).edit(w.event(family, 'Lunch').id, { color: 'tomato' })
    await w.settle()
    everyCalendarHolds(w, ['Lunch'])
    for (const shown of inEveryCalendar(w, 'Lunch')) expect(shown).toMatchObject({ location: 'Café', color: 'tomato' })
    w.calendar(home).remove(w.event(home, 'Lunch').id)
    await w.settle()
    everyCalendarHolds(w, [])
  })

  test('a service that never gives an id twice: an event that is put back gets its copy back', async () => {
    const w = await world({ behaviours: [undefined, { reservesIds: true }] })
    for (let times = 0; times < 3; times++) {
      const id = w.calendar(work).add(content('Lunch'), { uid: 'lunch@example.com' })
      await w.settle()
      everyCalendarHolds(w, ['Lunch'])
      w.calendar(work).remove(id)
      await w.settle()
      everyCalendarHolds(w, [])
    }
  })

  test('a cursor that died and was answered with "nothing new" hides nothing for longer than a day and a half', async () => {
    const w = await world()
    const id = w.calendar(work).add(content('Lunch'))
    w.calendar(work).add(content('Tea'))
    await w.settle()
    const user = w.worker({ providers: [swallowingExpiry(w.provider)] })
    w.calendar(work).remove(id)
    w.calendar(work).add(content('Dinner'))
    w.calendar(work).expireCursors()
    w.clock.now += 60_000
    await user.groups.sync('group')
    expect(w.titles(home)).toEqual(['Lunch', 'Tea'])
    w.clock.now += 1.3 * day
    await user.groups.sync('group')
    everyCalendarHolds(w, ['Dinner', 'Tea'])
  })

  test('copies whose database was lost still follow their event: they move with it, and go with it', async () => {
    const w = await world({ calendars: 3 })
    const moved = w.calendar(work).add(content('Lunch'))
    const removed = w.calendar(work).add(content('Dinner'))
    await w.settle()
    const newcomer = w.worker({ storage: memoryStorage() })
    await w.weave(newcomer)
    const sync = () => {
      w.clock.now += 60_000
      return newcomer.groups.sync('group')
    }
    await sync()
    w.calendar(work).edit(moved, { time: hours(12) })
    w.calendar(work).remove(removed)
    for (let n = 0; n < 3; n++) await sync()
    everyCalendarHolds(w, ['Lunch'])
    for (const { time } of inEveryCalendar(w, 'Lunch')) expect(time).toEqual(hours(12))
  })

  test('a list that came back empty once: nothing is doubled when the next one is whole again', async () => {
    const w = await world({ behaviours: [{ deltas: false }, { deltas: false }] })
    for (let n = 0; n < 12; n++) w.calendar(work).add(content(`Event ${n}`))
    await w.settle()
    for (const calendar of [work, home]) w.calendar(calendar).behave({ lyingLists: () => true })
    const [first] = w.calendar(work).all()
    w.calendar(work).touch(first?.id ?? '')
    await w.sync()
    for (const calendar of [work, home]) w.calendar(calendar).behaveAsUsual()
    w.calendar(work).touch(first?.id ?? '')
    await w.settle()
    expect([w.calendar(work).size, w.calendar(home).size]).toEqual([12, 12])
  })

  for (const seconds of [52, 3_600, -3_600, 86_400, -86_400])
    test(`a service whose clock is wrong by ${seconds} seconds: nothing is deleted, and no newer edit is undone`, async () => {
      const w = await world({ behaviours: [undefined, { clockSkewMs: seconds * 1_000 }] })
      w.calendar(work).add(content('Lunch'))
      w.calendar(work).add(content('Dinner', { time: hours(19) }))
      await w.settle()
      for (const [calendar, location] of [
        [work, 'Café'],
        [home, 'Canteen'],
        [work, 'Park'],
        [home, 'Bar'],
      ] as const) {
        w.clock.now += 600_000
        w.calendar(calendar).edit(w.event(calendar, 'Lunch').id, { location })
        await w.settle()
        for (const shown of inEveryCalendar(w, 'Lunch')) expect(shown.location).toBe(location)
      }
      everyCalendarHolds(w, ['Dinner', 'Lunch'])
    })

  test('a service that tells a page of changes twice: nothing is doubled', async () => {
    const w = await world({ behaviours: [{ repeats: () => true }, { repeats: () => true }], pageSize: 2 })
    for (const title of ['One', 'Two', 'Three', 'Four', 'Five']) w.calendar(work).add(content(title))
    await w.settle()
    w.calendar(work).remove(w.event(work, 'Two').id)
    await w.settle()
    everyCalendarHolds(w, ['Five', 'Four', 'One', 'Three'])
  })
})

describe('what CalDAV servers have done to others', () => {
  test('a server that hides the versions for a while does not lock us out for ever', () =>
    withServers({}, async (dav, [, there]) => {
      await dav.add(0, single('Lunch'))
      await dav.settle()
      there.options.etags = 'none'
      await dav.add(1, single('Dinner'))
      await dav.settle()
      there.options.etags = 'strong'
      await dav.edit(1, 'Dinner', (text) => withLine(text, 'LOCATION', 'Canteen'))
      await dav.edit(0, 'Lunch', (text) => withLine(text, 'LOCATION', 'Park'))
      await dav.settle()
      expect((await dav.event(0, 'Dinner')).content.location).toBe('Canteen')
      expect((await dav.event(1, 'Lunch')).content.location).toBe('Park')
    }))

  test('a server that says "there is more" in the place of an event has not removed that event', () =>
    withServers({ pageSize: 2 }, async (dav) => {
      for (const title of ['Five', 'Four', 'One', 'Three', 'Two']) await dav.add(0, single(title))
      await dav.settle()
      for (const side of [0, 1] as const)
        expect(await dav.titles(side)).toEqual(['Five', 'Four', 'One', 'Three', 'Two'])
    }))

  test('a server that lists the calendar itself among the changes has changed no event', () =>
    withServers({ syncCollection: false }, async (dav) => {
      await dav.add(0, single('Lunch'))
      await dav.settle()
      expect(davWrote(await dav.settle())).toBe(0)
      for (const side of [0, 1] as const) expect(await dav.titles(side)).toEqual(['Lunch'])
    }))

  for (const missing of ['inner_404', 'omit', 'refuse_all'] as const)
    test(`one event that vanishes while it is being read does not empty the calendar (the server answers: ${missing})`, () =>
      withServers({ missing }, async (dav, [here]) => {
        for (const title of ['One', 'Two', 'Three', 'Four']) await dav.add(0, single(title))
        await dav.settle()
        await dav.edit(0, 'One', (text) => withLine(text, 'LOCATION', 'Canteen'))
        await dav.edit(0, 'Two', (text) => withLine(text, 'LOCATION', 'Park'))
        let isGone = false
        here.options.fault = ({ method, body }) => {
          if (isGone || method !== 'REPORT' || !body.includes('calendar-multiget')) return undefined
          isGone = true
          const file = here.files('work').find((name) => here.get('work', name)?.includes('SUMMARY:Two'))
          if (file !== undefined) here.remove('work', file)
          return undefined
        }
        await dav.settle()
        for (const side of [0, 1] as const) expect(await dav.titles(side)).toEqual(['Four', 'One', 'Three'])
        expect((await dav.event(1, 'One')).content.location).toBe('Canteen')
      }))

  test('a server that drops, trims and reorders what it is given is written to once', () =>
    withServers({}, async (dav, [, there]) => {
      there.options.normalize = (text) =>
        text
          .replace(/\r?\n[ \t]/g, '')
          .replace(/^(?:COLOR|PRIORITY)[;:].*\r?\n/gm, '')
          .replace(/^(SUMMARY:.*?) +\r?$/gm, '$1\r')
      await dav.add(0, single('Lunch ', 'COLOR:tomato', 'PRIORITY:3'))
      await dav.add(0, weekly('Stand-up'))
      await dav.settle()
      for (let n = 0; n < 3; n++) expect(davWrote(await dav.sync())).toBe(0)
      expect((await dav.event(0, 'Lunch ')).content).toMatchObject({ color: 'tomato', priority: 3 })
    }))

  test("a meeting with a zone under a product's own name is at the same hour in the copy", () =>
    withServers({}, async (dav) => {
      const zone = 'W. Europe Standard Time'
      await dav.add(
        0,
        single('Review')
          .replace('DTSTART:20260304T110000Z', `DTSTART;TZID=${zone}:20260304T090000`)
          .replace('DTEND:20260304T120000Z', `DTEND;TZID=${zone}:20260304T100000`),
      )
      await dav.settle()
      const { start } = (await dav.event(1, 'Review')).content.time
      expect(start).toMatchObject({ local: '2026-03-04T09:00:00', zone: 'Europe/Berlin' })
      await dav.edit(1, 'Review', (text) => withLine(text, 'LOCATION', 'Room 1'))
      await dav.settle()
      expect(await dav.text(0, 'Review')).toContain(`TZID=${zone}:20260304T090000`)
    }))
})

/** A service whose answer to a write names the version before it. */
function namingOldVersions(provider: CalendarProvider): CalendarProvider {
  return changedAccount(provider, (account) => ({
    update: async (calendar, change, options) => {
      const { shown: _shown, ...written } = await account.update(calendar, change, options)
      return change.current.revision === undefined ? written : { ...written, revision: change.current.revision }
    },
  }))
}

/** A service that answers a dead cursor with an empty list of changes, as if all was well. */
function swallowingExpiry(provider: CalendarProvider): CalendarProvider {
  return changedAccount(provider, (account) => ({
    changes: async (calendar, from, options) => {
      try {
        return await account.changes(calendar, from, options)
      } catch (error) {
        const { cursor } = from
        if (cursor === undefined) throw error
        return {
          complete: false,
          pages: (async function* () {
            yield { changes: [], cursor }
          })(),
        }
      }
    },
  }))
}

async function withServers(
  options: CaldavStubOptions,
  tell: (dav: DavWorld, stubs: readonly [CaldavStub, CaldavStub]) => Promise<void>,
): Promise<void> {
  const jane = { username: 'jane', password: 'secret' }
  const stubs = [
    await startCaldavStub({ ...options, ...jane }),
    await startCaldavStub({ ...options, ...jane }),
  ] as const
  const place = (stub: CaldavStub) => ({
    url: new URL(stub.calendar('work'), stub.url).href,
    ...jane,
    quietRequests: 1,
    destroy: async () => stub.removeCalendar('work'),
  })
  try {
    await tell(await new DavWorld([place(stubs[0]), place(stubs[1])]).start(), stubs)
  } finally {
    for (const stub of stubs) await stub.close()
  }
}
