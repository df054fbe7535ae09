import { describe, expect, test } from 'vitest'
import type { RemoteId } from '../../src/model/ids.js'
import { content, daily, hours, type World, world } from '../support/world.js'
import { cancelled, conflictsAbout, day, diary, everyCalendarHolds, family, home, slot, work, writes } from './story.js'

/** Three calendars in step, with one lunch that was made at work. */
async function lunch(options: Parameters<typeof world>[0] = {}) {
  const w = await world({ calendars: 3, ...options })
  const id = w.calendar(work).add(content('Lunch'))
  await w.settle()
  return { w, id }
}

/** Ten events made at work, in step in two calendars. */
async function ten() {
  const w = await world()
  const ids = Array.from({ length: 10 }, (_, n) => w.calendar(work).add(content(`Event ${n}`, { time: hours(n + 6) })))
  await w.settle()
  return { w, ids, titles: w.titles(work) }
}

async function days(w: World, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    w.clock.now += day
    await w.sync()
  }
}

describe('what is deleted', () => {
  test('in one calendar is deleted in all of them, and stays deleted', async () => {
    const { w, id } = await lunch()
    w.calendar(work).remove(id)
    await w.settle()
    await days(w, 10)
    everyCalendarHolds(w, [])
  })

  test('as a copy is deleted where it came from, and stays deleted', async () => {
    const { w } = await lunch()
    w.calendar(family).remove(w.event(family, 'Lunch').id)
    await w.settle()
    await days(w, 10)
    everyCalendarHolds(w, [])
  })

  test('does not come back with a listing that is older than the deletion', async () => {
    let lag = 0
    const { w, id } = await lunch({ behaviours: [{ lagging: () => lag }, { lagging: () => lag }] })
    w.calendar(work).remove(id)
    await w.settle()
    lag = 5
    w.calendar(work).add(content('Dinner'))
    await days(w, 3)
    lag = 0
    w.calendar(work).add(content('Tea'))
    await w.settle()
    everyCalendarHolds(w, ['Dinner', 'Tea'])
  })

  test('does not come back after the cursors were lost', async () => {
    const { w, id } = await lunch()
    w.calendar(work).remove(id)
    await w.settle()
    w.provider.service.expireCursors()
    await days(w, 2)
    everyCalendarHolds(w, [])
  })

  test('while its calendar could not be reached is deleted everywhere once it can', async () => {
    const { w } = await lunch()
    w.fault = ({ calendar }) => (calendar === 'cal-b' ? { code: 'unavailable' } : undefined)
    w.calendar(home).remove(w.event(home, 'Lunch').id)
    await days(w, 2)
    expect(w.titles(work)).toEqual(['Lunch'])
    w.fault = undefined
    await w.settle()
    everyCalendarHolds(w, [])
  })

  test('while the cursor was expiring is still noticed as deleted', async () => {
    const { w, id } = await lunch()
    w.calendar(work).add(content('Dinner'))
    await w.settle()
    w.calendar(work).remove(id)
    w.calendar(work).expireCursors()
    await w.settle()
    everyCalendarHolds(w, ['Dinner'])
  })

  test('by two people in two calendars at the same time is deleted, without a quarrel', async () => {
    const { w, id } = await lunch()
    w.calendar(work).remove(id)
    w.calendar(home).remove(w.event(home, 'Lunch').id)
    await w.settle()
    everyCalendarHolds(w, [])
    const run = (await w.user.runs.list('group')).items.at(-1)
    expect(run?.counts).toMatchObject({ conflicts: 0, failed: 0 })
  })

  test('while somebody else works on it is kept, and it is written down that it was deleted', async () => {
    const { w, id } = await lunch()
    w.calendar(work).remove(id)
    w.calendar(home).edit(w.event(home, 'Lunch').id, { location: 'Café' })
    await w.settle()
    everyCalendarHolds(w, ['Lunch'])
    const conflicts = await conflictsAbout(w, 'Lunch')
    expect(conflicts.flatMap(({ items }) => items.map(({ field, kind }) => [field, kind]))).toEqual([
      ['removal', 'removed_and_changed'],
    ])
  })

  test('while somebody else works on it is deleted where the group says so, and what was typed can be read', async () => {
    const { w, id } = await lunch({ group: { removal: 'removalWins' } })
    const [{ id: eventId = '' } = {}] = (await w.user.events.ofGroup('group')).items
    w.calendar(work).remove(id)
    w.calendar(home).edit(w.event(home, 'Lunch').id, { location: 'Café' })
    await w.settle()
    everyCalendarHolds(w, [])
    expect(JSON.stringify(await w.user.conflicts.ofEvent('group', eventId))).toContain('Café')
  })

  for (const where of [work, home])
    test(`by mistake and taken out of the bin, ${where === work ? 'where it was made' : 'as a copy'}, is there again, once, in every calendar`, async () => {
      const { w } = await lunch()
      const { id } = w.event(where, 'Lunch')
      w.calendar(where).remove(id)
      await w.settle()
      everyCalendarHolds(w, [])
      w.calendar(where).restoreFromBin(id)
      await w.settle()
      await days(w, 3)
      everyCalendarHolds(w, ['Lunch'])
    })

  test('and then added anew by an import of the same file is there again, once', async () => {
    const w = await world({ calendars: 3 })
    const id = w.calendar(work).add(content('Lunch'), { uid: 'lunch@example.com' })
    await w.settle()
    w.calendar(work).remove(id)
    await w.settle()
    w.calendar(work).add(content('Lunch'), { uid: 'lunch@example.com' })
    await w.settle()
    everyCalendarHolds(w, ['Lunch'])
  })

  test('of a series for one day is that day only', async () => {
    const w = await world()
    w.calendar(work).add(daily('Stand-up'))
    await w.settle()
    w.calendar(home).edit(w.event(home, 'Stand-up').id, { overrides: { [slot('2026-01-07')]: cancelled } })
    await w.settle()
    for (const calendar of [work, home]) expect(diary(w, calendar)).toHaveLength(9)
  })
})

describe('a calendar that only receives', () => {
  const receives = { members: [{}, { direction: 'write' as const }, {}] }

  test('may lose its copy to a tidy person without anything being deleted elsewhere', async () => {
    const { w } = await lunch(receives)
    w.calendar(home).remove(w.event(home, 'Lunch').id)
    await w.settle()
    expect([w.titles(work), w.titles(home), w.titles(family)]).toEqual([['Lunch'], [], ['Lunch']])
  })

  test('does not get back the copy that a person removed there, not even when the original is edited', async () => {
    const { w, id } = await lunch(receives)
    w.calendar(home).remove(w.event(home, 'Lunch').id)
    await w.settle()
    w.calendar(work).edit(id, { title: 'Late lunch' })
    await days(w, 3)
    expect([w.titles(home), w.titles(family)]).toEqual([[], ['Late lunch']])
  })

  test('does not get it back, either, when the event was deleted and kept because somebody worked on it', async () => {
    const { w, id } = await lunch(receives)
    w.calendar(home).remove(w.event(home, 'Lunch').id)
    await w.settle()
    w.calendar(work).remove(id)
    w.calendar(family).edit(w.event(family, 'Lunch').id, { location: 'Café' })
    await w.settle()
    expect([w.titles(work), w.titles(home), w.titles(family)]).toEqual([['Lunch'], [], ['Lunch']])
  })

  test('loses its copy when the original is deleted', async () => {
    const { w, id } = await lunch(receives)
    w.calendar(work).remove(id)
    await w.settle()
    everyCalendarHolds(w, [])
  })
})

describe('a glitch never empties a calendar', () => {
  test('a service that suddenly lists nothing removes nothing', async () => {
    const { w, titles } = await ten()
    w.calendar(work).behave({ deltas: false, lyingLists: () => true })
    w.calendar(work).add(content('Newest'))
    await days(w, 3)
    expect(w.titles(home)).toEqual(titles)
    w.calendar(work).behaveAsUsual()
    await days(w, 2)
    everyCalendarHolds(w, [...titles, 'Newest'])
  })

  test('a service that lists half of its events removes nothing, and doubles nothing when they are back', async () => {
    const { w, ids, titles } = await ten()
    const hidden = new Set<RemoteId>(ids.slice(5))
    w.calendar(work).behave({ deltas: false, lyingLists: (id) => hidden.has(id) })
    w.calendar(work).touch(ids[0] ?? '')
    await days(w, 3)
    w.calendar(work).behaveAsUsual()
    w.calendar(work).touch(ids[0] ?? '')
    await days(w, 3)
    everyCalendarHolds(w, titles)
  })

  for (const count of [1, 2, 10])
    test(`a service that calls ${count} of its events removed that are there removes nothing`, async () => {
      const { w, ids, titles } = await ten()
      w.calendar(work).behave({ spuriousRemovals: () => ids.slice(0, count) })
      await days(w, 3)
      everyCalendarHolds(w, titles)
      expect((await w.user.groups.get('group')).heldRemovals).toEqual({})
    })

  for (const code of ['auth_expired', 'forbidden', 'calendar_gone', 'invalid_response'] as const)
    test(`a service that answers with ${code} for days removes nothing`, async () => {
      const { w, titles } = await ten()
      w.fault = ({ calendar, method }) => (calendar === 'cal-a' && method !== 'listCalendars' ? { code } : undefined)
      await days(w, 5)
      w.fault = undefined
      await days(w, 2)
      everyCalendarHolds(w, titles)
    })

  test('a calendar that is gone, with all that was in it, takes no copy along', async () => {
    const { w, titles } = await ten()
    w.calendar(work).vanish()
    await days(w, 5)
    expect(w.titles(home)).toEqual(titles)
  })

  test('a calendar that was really cleared waits for one word from a person, and tells how much waits', async () => {
    const { w, ids, titles } = await ten()
    for (const id of ids) w.calendar(work).remove(id)
    await days(w, 3)
    expect(w.titles(home)).toEqual(titles)
    const { heldRemovals } = await w.user.groups.get('group')
    expect(heldRemovals).toMatchObject({ [w.calendarIds[work] ?? '']: { count: 10 } })
    await w.user.held.approve('group', { calendarId: w.calendarIds[work] ?? '', what: 'removals' })
    await w.settle()
    everyCalendarHolds(w, [])
  })

  test('while deletions wait for a person, everything else goes on', async () => {
    const { w, ids, titles } = await ten()
    for (const id of ids) w.calendar(work).remove(id)
    await w.sync()
    w.calendar(work).add(content('New at work'))
    w.calendar(home).edit(w.event(home, 'Event 3').id, { location: 'Café' })
    await w.sync()
    expect(w.titles(home)).toEqual([...titles, 'New at work'])
  })

  test('nobody is asked about the everyday clean-up of a few events', async () => {
    const { w, ids, titles } = await ten()
    for (const id of ids.slice(0, 2)) w.calendar(work).remove(id)
    expect((await w.sync()).counts).toMatchObject({ held: 0, removed: 2 })
    everyCalendarHolds(w, titles.slice(2))
  })

  test('somebody who said yes is not asked about the same deletions again', async () => {
    const { w, ids } = await ten()
    for (const id of ids) w.calendar(work).remove(id)
    await w.sync()
    await w.user.held.approve('group', { calendarId: w.calendarIds[work] ?? '', what: 'removals' })
    await w.settle()
    await days(w, 3)
    expect((await w.user.groups.get('group')).heldRemovals).toEqual({})
  })
})

describe('an event that leaves the period which a service looks at', () => {
  /** A service that looks at a period only, from a day on that moves on. */
  async function looking() {
    const period = { from: '2026-01-01' }
    const w = await world({
      behaviours: [
        { window: ({ time: { start } }) => (start.kind === 'date' ? start.date : start.local) >= period.from },
        undefined,
      ],
    })
    const ids = Array.from({ length: 10 }, (_, n) =>
      w.calendar(work).add(content(`Event ${n}`, { time: hours(9, 10, `2026-01-${10 + n}`) })),
    )
    await w.settle()
    /** The period goes on to this day of January. */
    const goOn = async (date: number) => {
      period.from = `2026-01-${date}`
      await days(w, 4)
    }
    return { w, ids, titles: w.titles(work), goOn }
  }

  test('stays in every calendar as it is', async () => {
    const { w, titles, goOn } = await looking()
    await goOn(14)
    w.calls.length = 0
    await days(w, 2)
    expect(writes(w.calls)).toEqual([])
    everyCalendarHolds(w, titles)
  })

  test('stays, too, when a service tells that it was removed', async () => {
    const { w, ids, titles, goOn } = await looking()
    for (const [index, id] of ids.slice(0, 6).entries()) {
      w.calendar(work).behave({ spuriousRemovals: () => [id] })
      await goOn(11 + index)
    }
    everyCalendarHolds(w, titles)
  })

  test('can still be edited in a copy, and the edit arrives', async () => {
    const { w, titles, goOn } = await looking()
    await goOn(14)
    w.calendar(home).edit(w.event(home, 'Event 1').id, { location: 'Café' })
    await days(w, 2)
    expect(w.event(work, 'Event 1').content.location).toBe('Café')
    everyCalendarHolds(w, titles)
  })

  test('can still be deleted in a copy', async () => {
    const { w, titles, goOn } = await looking()
    await goOn(14)
    w.calendar(home).remove(w.event(home, 'Event 1').id)
    await days(w, 2)
    everyCalendarHolds(
      w,
      titles.filter((title) => title !== 'Event 1'),
    )
  })

  test('because somebody moved it to long ago is moved in the copy, and not deleted', async () => {
    const { w, ids, titles, goOn } = await looking()
    await goOn(12)
    w.calendar(work).edit(ids[5] ?? '', { time: hours(9, 10, '2026-01-02') })
    await days(w, 3)
    everyCalendarHolds(w, titles)
    expect(w.event(home, 'Event 5').content.time).toEqual(hours(9, 10, '2026-01-02'))
  })

  test('and was moved back into it is there once', async () => {
    const { w, ids, titles, goOn } = await looking()
    await goOn(14)
    w.calendar(work).edit(ids[1] ?? '', { time: hours(9, 10, '2026-01-30') })
    await days(w, 2)
    everyCalendarHolds(w, titles)
    expect(w.event(home, 'Event 1').content.time).toEqual(hours(9, 10, '2026-01-30'))
  })

  test('as a series of which days still lie within stays a series', async () => {
    const { w, goOn } = await looking()
    w.calendar(work).add(daily('Stand-up'))
    await w.settle()
    const before = diary(w, home)
    await goOn(20)
    for (const calendar of [work, home]) expect(diary(w, calendar)).toEqual(before)
  })
})
