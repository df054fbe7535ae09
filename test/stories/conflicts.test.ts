import { describe, expect, test } from 'vitest'
import type { NewGroup } from '../../src/engine/group-input.js'
import type { ConflictRule } from '../../src/model/conflict-rule.js'
import type { EventContent } from '../../src/model/content.js'
import { content, hours, world } from '../support/world.js'
import { conflictsAbout, diary, everyCalendarShows, family, home, inEveryCalendar, views, work } from './story.js'

/** A lunch that is in step in three calendars. */
async function lunch(group: Partial<NewGroup> = {}) {
  const w = await world({ calendars: 3, group })
  const id = w.calendar(work).add(content('Lunch', { description: 'Menu:\nSoup\nFish\nCake', categories: ['food'] }))
  await w.settle()
  const edit = (calendar: number, patch: Partial<EventContent>) => {
    w.clock.now += 60_000
    w.calendar(calendar).edit(calendar === work ? id : w.event(calendar, 'Lunch').id, patch)
  }
  return { w, id, edit }
}

describe('two people change the same event', () => {
  test('one its title and one its time: both changes are in every calendar', async () => {
    const { w, edit } = await lunch()
    edit(home, { title: 'Long lunch' })
    edit(work, { time: hours(12, 14) })
    await w.settle()
    everyCalendarShows(w, ['2026-01-05 12:00 Long lunch'])
    expect(await conflictsAbout(w, 'Long lunch')).toEqual([])
  })

  test('three of them three things: all three are in every calendar', async () => {
    const { w, edit } = await lunch()
    edit(work, { location: 'Café' })
    edit(home, { color: 'tomato' })
    edit(family, { availability: 'free' })
    await w.settle()
    for (const shown of inEveryCalendar(w, 'Lunch'))
      expect(shown).toMatchObject({ location: 'Café', color: 'tomato', availability: 'free' })
  })

  test('both its place: the later one counts, and the earlier one can still be read, with when and where', async () => {
    const { w, edit } = await lunch()
    edit(work, { location: 'Café' })
    edit(home, { location: 'Canteen' })
    await w.settle()
    for (const { location } of inEveryCalendar(w, 'Lunch')) expect(location).toBe('Canteen')
    const [conflict] = await conflictsAbout(w, 'Lunch')
    expect(conflict).toMatchObject({ state: 'resolved', items: [{ field: 'location', winner: w.calendarIds[home] }] })
    const sides = conflict?.items[0]?.sides ?? []
    expect(sides.map(({ calendarId, value }) => [w.calendarIds.indexOf(calendarId), value]).sort()).toEqual([
      [work, 'Café'],
      [home, 'Canteen'],
    ])
    for (const { changedAt } of sides) expect(changedAt).toBeGreaterThan(0)
  })

  test('both to the same thing: nothing is there to settle', async () => {
    const { w, edit } = await lunch()
    edit(work, { location: 'Café' })
    edit(home, { location: 'Café' })
    await w.settle()
    expect(await conflictsAbout(w, 'Lunch')).toEqual([])
  })

  test('each with a category of their own: the event has both', async () => {
    const { w, edit } = await lunch()
    edit(work, { categories: ['food', 'team'] })
    edit(home, { categories: ['food', 'fun'] })
    await w.settle()
    for (const { categories } of inEveryCalendar(w, 'Lunch'))
      expect([...categories].sort()).toEqual(['food', 'fun', 'team'])
  })

  test('in different lines of the description: both lines are in it', async () => {
    const { w, edit } = await lunch()
    edit(work, { description: 'Menu:\nLentil soup\nFish\nCake' })
    edit(home, { description: 'Menu:\nSoup\nFish\nChocolate cake' })
    await w.settle()
    for (const { description } of inEveryCalendar(w, 'Lunch'))
      expect(description).toBe('Menu:\nLentil soup\nFish\nChocolate cake')
  })

  test('one after the other, before a sync could tell them: nobody is overwritten without a trace', async () => {
    const { w, edit } = await lunch()
    for (const [calendar, location] of [
      [work, 'A'],
      [home, 'B'],
      [family, 'C'],
    ] as const)
      edit(calendar, { location })
    await w.settle()
    const [{ location: taken } = { location: '' }] = inEveryCalendar(w, 'Lunch')
    const log = JSON.stringify(await conflictsAbout(w, 'Lunch'))
    for (const value of ['A', 'B', 'C']) expect(value === taken || log.includes(`"${value}"`)).toBe(true)
  })
})

describe('who wins is mine to say', () => {
  test('my work calendar, whoever was later', async () => {
    const w = await world({ woven: false })
    const [first = '', second = ''] = w.calendarIds
    await w.user.groups.create({
      id: 'group',
      name: 'g',
      members: [{ calendarId: first }, { calendarId: second }],
      strategies: [{ use: 'preferCalendar', order: [first as never] }],
    })
    const id = w.calendar(work).add(content('Lunch'))
    await w.settle()
    w.calendar(work).edit(id, { location: 'Café' })
    w.clock.now += 3_600_000
    w.calendar(home).edit(w.event(home, 'Lunch').id, { location: 'Canteen' })
    await w.settle()
    for (const { location } of inEveryCalendar(w, 'Lunch')) expect(location).toBe('Café')
  })

  test('a rule of my own application, and it may leave the rest to the next rule', async () => {
    const w = await world({
      group: { strategies: [{ use: 'host', name: 'origin names' }, { use: 'lastModifiedWins' }] },
      engine: {
        strategies: {
          'origin names': ({ field, sides }) =>
            field === 'title' ? sides.find(({ isOrigin }) => isOrigin)?.calendarId : undefined,
        },
      },
    })
    const id = w.calendar(work).add(content('Lunch'))
    await w.settle()
    const copy = w.event(home, 'Lunch').id
    w.calendar(work).edit(id, { title: 'Team lunch', location: 'Café' })
    w.clock.now += 60_000
    w.calendar(home).edit(copy, { title: 'Food', location: 'Canteen' })
    await w.settle()
    for (const { location } of inEveryCalendar(w, 'Team lunch')) expect(location).toBe('Canteen')
  })
})

describe('a disagreement that is left to a person', () => {
  const asked = { strategies: [{ use: 'askAPerson' }] } as const

  async function open() {
    const given = await lunch(asked)
    given.edit(work, { location: 'Café' })
    given.edit(home, { location: 'Canteen' })
    await given.w.sync()
    const [conflict] = (await given.w.user.conflicts.listOpen('group')).items
    return { ...given, conflict }
  }

  test('leaves every calendar as its people see it until somebody decides', async () => {
    const { w, conflict } = await open()
    for (let n = 0; n < 5; n++) await w.sync()
    expect(inEveryCalendar(w, 'Lunch').map(({ location }) => location)).toEqual(['Café', 'Canteen', ''])
    expect(conflict?.items).toMatchObject([{ field: 'location', winner: null }])
  })

  test('is settled as the person decides, in every calendar, and is not asked again', async () => {
    const { w, conflict } = await open()
    await w.user.conflicts.resolve(conflict?.id ?? '', { location: w.calendarIds[home] ?? '' })
    await w.settle()
    for (const { location } of inEveryCalendar(w, 'Lunch')) expect(location).toBe('Canteen')
    expect((await w.user.conflicts.listOpen('group')).items).toEqual([])
    expect(await w.user.conflicts.get(conflict?.id ?? '')).toMatchObject({ state: 'resolved' })
  })

  test('goes away by itself when the people agree after all', async () => {
    const { w, edit } = await open()
    edit(work, { location: 'Canteen' })
    await w.settle()
    expect((await w.user.conflicts.listOpen('group')).items).toEqual([])
    for (const { location } of inEveryCalendar(w, 'Lunch')) expect(location).toBe('Canteen')
  })

  test('does not hold up any other event', async () => {
    const { w } = await open()
    w.calendar(family).add(content('Dinner', { time: hours(19) }))
    await w.sync()
    expect(diary(w, work)).toContain('2026-01-05 19:00 Dinner')
  })

  test('does not hold up anything else in the same event once it is settled', async () => {
    const { w, edit, conflict } = await open()
    edit(family, { color: 'tomato' })
    await w.sync()
    await w.user.conflicts.resolve(conflict?.id ?? '', { location: w.calendarIds[work] ?? '' })
    await w.settle()
    for (const shown of inEveryCalendar(w, 'Lunch')) expect(shown).toMatchObject({ location: 'Café', color: 'tomato' })
  })

  test('about a removal waits as well, and the answer counts', async () => {
    const { w, id, edit } = await lunch({ removal: 'askAPerson' })
    edit(home, { location: 'Canteen' })
    w.calendar(work).remove(id)
    await w.sync()
    expect([w.titles(work), w.titles(home)]).toEqual([[], ['Lunch']])
    const [conflict] = (await w.user.conflicts.listOpen('group')).items
    expect(conflict?.items[0]?.field).toBe('removal')
    await w.user.conflicts.resolve(conflict?.id ?? '', { removal: w.calendarIds[work] ?? '' })
    await w.settle()
    expect([w.titles(work), w.titles(home), w.titles(family)]).toEqual([[], [], []])
  })

  test('shows in the list of events which one waits', async () => {
    const { w, conflict } = await open()
    expect((await views(w)).get('Lunch')).toMatchObject({ state: 'parked', conflictId: conflict?.id })
  })
})

describe('both sides of a disagreement can be kept', () => {
  test('as two events, each in every calendar, once', async () => {
    const { w, edit } = await lunch({ strategies: [{ use: 'keepBoth' }] })
    edit(work, { time: hours(12) })
    edit(home, { time: hours(13) })
    await w.settle()
    everyCalendarShows(w, ['2026-01-05 12:00 Lunch', '2026-01-05 13:00 Lunch'])
    for (let n = 0; n < 4; n++) await w.sync()
    everyCalendarShows(w, ['2026-01-05 12:00 Lunch', '2026-01-05 13:00 Lunch'])
  })

  test('and the second one says which event it was made of', async () => {
    const { w, edit } = await lunch({ strategies: [{ use: 'keepBoth' }] })
    edit(work, { title: 'Team lunch' })
    edit(home, { title: 'Family lunch' })
    await w.settle()
    const kept = [...(await views(w)).values()]
    const second = kept.find(({ kin }) => kin)
    expect(second?.kin).toEqual({ how: 'both', eventId: kept.find(({ kin }) => !kin)?.id })
  })

  test('when I am asked, too', async () => {
    const { w, edit } = await lunch({ strategies: [{ use: 'askAPerson' }] })
    edit(work, { time: hours(12) })
    edit(home, { time: hours(13) })
    await w.sync()
    const [conflict] = (await w.user.conflicts.listOpen('group')).items
    expect((await w.user.conflicts.options(conflict?.id ?? ''))[0]?.choices).toContain('both')
    await w.user.conflicts.resolve(conflict?.id ?? '', { time: 'both' })
    await w.settle()
    everyCalendarShows(w, ['2026-01-05 12:00 Lunch', '2026-01-05 13:00 Lunch'])
  })
})

describe('rules of my own, written as data', () => {
  const rule = (id: string, when: ConflictRule['when'], action: ConflictRule['then']): ConflictRule => ({
    id,
    name: `Rule for ${id}`,
    when,
    // biome-ignore lint/suspicious/noThenProperty: "when ... then ..." is how people say a rule
    then: action,
  })

  const disagree = async (group: Partial<NewGroup>) => {
    const given = await lunch(group)
    given.edit(work, { title: 'Team lunch', location: 'Café' })
    given.edit(home, { title: 'Food', location: 'Canteen' })
    await given.w.settle()
    return given.w
  }

  test('say who decides about what: titles come from where the event was made, the rest from whoever was last', async () => {
    const w = await disagree({
      rules: [rule('titles', { field: ['title'] }, { take: 'origin' })],
    })
    for (const shown of inEveryCalendar(w, 'Team lunch')) expect(shown.location).toBe('Canteen')
    const [conflict] = await conflictsAbout(w, 'Team lunch')
    expect(conflict?.items.map(({ field, strategy }) => `${field}: ${strategy}`).sort()).toEqual([
      'location: lastModifiedWins',
      'title: rule:titles',
    ])
  })

  test('can ask me about some events only', async () => {
    const { w, edit } = await lunch({
      rules: [rule('food', { category: ['food'] }, { hold: true })],
    })
    edit(work, { location: 'Café' })
    edit(home, { location: 'Canteen' })
    await w.sync()
    expect((await w.user.conflicts.listOpen('group')).items).toHaveLength(1)
  })

  test('grow out of one decision: "always do this" settles the next disagreement of its kind by itself', async () => {
    const { w, edit } = await lunch({ strategies: [{ use: 'askAPerson' }] })
    edit(work, { location: 'Café' })
    edit(home, { location: 'Canteen' })
    await w.sync()
    const [conflict] = (await w.user.conflicts.listOpen('group')).items
    await w.user.conflicts.resolve(conflict?.id ?? '', { location: w.calendarIds[work] ?? '' }, { always: true })
    await w.settle()
    edit(work, { location: 'Park' })
    edit(home, { location: 'Lake' })
    await w.settle()
    for (const { location } of inEveryCalendar(w, 'Lunch')) expect(location).toBe('Park')
    expect((await w.user.conflicts.listOpen('group')).items).toEqual([])
  })
})

describe('a decision', () => {
  async function decided() {
    const given = await lunch({ strategies: [{ use: 'askAPerson' }] })
    given.edit(work, { location: 'Café' })
    given.edit(home, { location: 'Canteen' })
    await given.w.sync()
    const [conflict] = (await given.w.user.conflicts.listOpen('group')).items
    return { ...given, id: conflict?.id ?? '' }
  }

  test('can be looked at before it is made: what the event would say, and what would be written where', async () => {
    const { w, id } = await decided()
    const preview = await w.user.conflicts.preview(id, { location: w.calendarIds[home] ?? '' })
    expect(preview.content.location).toBe('Canteen')
    expect(preview.actions.map(({ kind, calendarId }) => [kind, w.calendarIds.indexOf(calendarId)]).sort()).toEqual([
      ['update', work],
      ['update', family],
    ])
    expect(inEveryCalendar(w, 'Lunch').map(({ location }) => location)).toEqual(['Café', 'Canteen', ''])
  })

  test('can be taken back later, and the other side is still there to choose', async () => {
    const { w, id, edit } = await decided()
    await w.user.conflicts.resolve(id, { location: w.calendarIds[home] ?? '' })
    await w.settle()
    edit(family, { color: 'tomato' })
    await w.settle()
    await w.user.conflicts.reopen(id)
    await w.user.conflicts.resolve(id, { location: w.calendarIds[work] ?? '' })
    await w.settle()
    for (const shown of inEveryCalendar(w, 'Lunch')) expect(shown).toMatchObject({ location: 'Café', color: 'tomato' })
  })

  test('is needed for few: most are settled without anybody, and the share is counted', async () => {
    const w = await world()
    for (let n = 0; n < 20; n++) w.calendar(work).add(content(`Event ${n}`, { time: hours(n) }))
    await w.settle()
    for (let n = 0; n < 20; n++) {
      w.calendar(work).edit(w.event(work, `Event ${n}`).id, { location: 'Café' })
      w.clock.now += 5_000
      w.calendar(home).edit(w.event(home, `Event ${n}`).id, { location: 'Canteen' })
    }
    await w.settle()
    expect(await w.user.conflicts.statistics('group')).toEqual({
      automatic: 20,
      byPerson: 0,
      waiting: 0,
      automaticShare: 1,
    })
  })
})
