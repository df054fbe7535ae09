import { describe, expect, test } from 'vitest'
import { content, daily, hours, world } from '../support/world.js'
import {
  diary,
  everyCalendarHolds,
  everyCalendarShows,
  family,
  forgetful,
  home,
  inEveryCalendar,
  slot,
  views,
  work,
  writes,
  wrote,
} from './story.js'

/** Two events in step in three calendars, each made in another one. */
async function woven() {
  const w = await world({ calendars: 3 })
  const lunch = w.calendar(work).add(content('Lunch'))
  w.calendar(home).add(daily('Gym', { time: hours(18) }))
  await w.settle()
  const idOf = async (title: string) => (await views(w)).get(title)?.id ?? ''
  return { w, lunch, idOf }
}

describe('what a sync did can be undone', () => {
  test('an edit: the event says in every calendar what it said before', async () => {
    const { w, lunch } = await woven()
    w.calendar(work).edit(lunch, { title: 'Dinner', time: hours(20), location: 'Bar' })
    const run = await w.sync()
    await w.user.journal.undo('group', { runId: run.id })
    await w.settle()
    for (const shown of inEveryCalendar(w, 'Lunch')) expect(shown).toMatchObject({ time: hours(9), location: '' })
  })

  test('a deletion: the event is there again, once, in every calendar', async () => {
    const { w, lunch, idOf } = await woven()
    const eventId = await idOf('Lunch')
    w.calendar(work).remove(lunch)
    await w.settle()
    everyCalendarHolds(w, ['Gym'])
    await w.user.journal.undo('group', { eventId })
    await w.settle()
    everyCalendarHolds(w, ['Gym', 'Lunch'])
    expect(wrote(await w.sync())).toBe(0)
  })

  test('a day of a series that was called off: it takes place again', async () => {
    const { w, idOf } = await woven()
    const before = diary(w, work)
    w.calendar(family).edit(w.event(family, 'Gym').id, { overrides: { '2026-01-07T18:00:00': { kind: 'cancelled' } } })
    await w.settle()
    expect(diary(w, work)).not.toEqual(before)
    await w.user.journal.undo('group', { eventId: await idOf('Gym') })
    await w.settle()
    everyCalendarShows(w, before)
  })

  test('a whole first sync: the copies are gone, what people made is as it was, and it stays so', async () => {
    const w = await world({ calendars: 3 })
    w.calendar(work).add(content('Lunch'))
    w.calendar(home).add(content('Dinner'))
    const first = await w.sync()
    await w.user.journal.undo('group', { runId: first.id })
    await w.settle()
    for (let n = 0; n < 3; n++) await w.sync()
    expect([w.titles(work), w.titles(home), w.titles(family)]).toEqual([['Lunch'], ['Dinner'], []])
  })

  test('but not what somebody changed since: that stays, and is named', async () => {
    const { w, lunch } = await woven()
    w.calendar(work).edit(lunch, { title: 'Dinner', location: 'Bar' })
    const run = await w.sync()
    w.calendar(home).edit(w.event(home, 'Dinner').id, { location: 'Canteen' })
    await w.settle()
    const undone = await w.user.journal.undo('group', { runId: run.id })
    expect(undone.events).toMatchObject([{ restored: ['title'], skipped: ['location'] }])
    await w.settle()
    for (const { location } of inEveryCalendar(w, 'Lunch')) expect(location).toBe('Canteen')
  })

  test('can be looked at beforehand, without anything being done', async () => {
    const { w, lunch } = await woven()
    w.calendar(work).edit(lunch, { title: 'Dinner' })
    const run = await w.sync()
    const undone = await w.user.journal.undo('group', { runId: run.id }, { isDryRun: true })
    expect(undone.events).toMatchObject([{ restored: ['title'] }])
    w.calls.length = 0
    await w.settle()
    expect(writes(w.calls)).toEqual([])
    everyCalendarHolds(w, ['Dinner', 'Gym'])
  })

  test('and the undoing itself can be undone', async () => {
    const { w, lunch, idOf } = await woven()
    w.calendar(work).edit(lunch, { location: 'Bar' })
    await w.settle()
    const eventId = await idOf('Lunch')
    await w.user.journal.undo('group', { eventId })
    await w.settle()
    await w.user.journal.undo('group', { eventId })
    await w.settle()
    for (const { location } of inEveryCalendar(w, 'Lunch')) expect(location).toBe('Bar')
  })
})

describe('I can stop at any time', () => {
  test('and have every copy taken away: each calendar holds what was made in it, and nothing else', async () => {
    const { w } = await woven()
    await w.user.groups.remove('group', { copies: 'remove' })
    expect([w.titles(work), w.titles(home), w.titles(family)]).toEqual([['Lunch'], ['Gym'], []])
    expect(await w.user.groups.list()).toEqual([])
  })

  test('and keep every copy: all calendars stay as they are', async () => {
    const { w } = await woven()
    w.calls.length = 0
    await w.user.groups.remove('group', { copies: 'keep' })
    expect(writes(w.calls)).toEqual([])
    everyCalendarHolds(w, ['Gym', 'Lunch'])
  })

  test('and what I changed in a copy a moment before is not lost with the copy', async () => {
    const { w } = await woven()
    w.calendar(family).edit(w.event(family, 'Lunch').id, { location: 'Bar' })
    w.clock.now += 60_000
    await w.user.groups.remove('group', { copies: 'remove' })
    expect(w.event(work, 'Lunch').content.location).toBe('Bar')
  })

  test('and a copy goes in which I changed a moment before what its own calendar does not take', async () => {
    const w = await world({ calendars: 3, members: [{ direction: 'read' }, {}, {}] })
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    w.calendar(1).edit(w.event(1, 'Lunch').id, { location: 'Bar' })
    w.clock.now += 60_000
    await w.user.groups.remove('group', { copies: 'remove' })
    expect([w.titles(0), w.titles(1), w.titles(2)]).toEqual([['Lunch'], [], []])
    expect(await w.user.groups.list()).toEqual([])
  })

  test('and begin again, without a second copy of anything, even if I kept the copies', async () => {
    const { w } = await woven()
    await w.user.groups.remove('group', { copies: 'keep' })
    w.clock.now += 86_400_000
    await w.weave(w.user)
    await w.settle()
    everyCalendarHolds(w, ['Gym', 'Lunch'])
  })

  test('and begin again under another name, without a second copy of anything', async () => {
    const { w, lunch } = await woven()
    await w.user.groups.remove('group', { copies: 'keep' })
    const members = w.calendarIds.map((calendarId) => ({ calendarId }))
    await w.user.groups.create({ id: 'anew', name: 'anew', members })
    const sync = async () => {
      w.clock.now += 60_000
      return w.user.groups.sync('anew')
    }
    for (let n = 0; n < 3; n++) await sync()
    everyCalendarHolds(w, ['Gym', 'Lunch'])
    w.calendar(work).edit(lunch, { location: 'Bar' })
    for (let n = 0; n < 3; n++) await sync()
    for (const { location } of inEveryCalendar(w, 'Lunch')) expect(location).toBe('Bar')
  })

  test('and a calendar that cannot be reached keeps me from forgetting its copies: I am told, and can ask again', async () => {
    const { w } = await woven()
    w.fault = ({ calendar, method }) =>
      calendar === 'cal-c' && method !== 'listCalendars' ? { code: 'unavailable' } : undefined
    await expect(w.user.groups.remove('group', { copies: 'remove' })).rejects.toMatchObject({ code: 'unavailable' })
    expect(await w.user.groups.list()).toHaveLength(1)
    w.fault = undefined
    w.clock.now += 86_400_000
    await w.user.groups.remove('group', { copies: 'remove' })
    expect([w.titles(work), w.titles(home), w.titles(family)]).toEqual([['Lunch'], ['Gym'], []])
  })
})

describe('whether everything is really in step', () => {
  test('can be asked: every copy is read and compared, and the answer is a number', async () => {
    const { w } = await woven()
    w.calls.length = 0
    expect(await w.user.groups.verify('group')).toMatchObject({ accuracy: 1, differences: [], unreachable: [] })
    expect(writes(w.calls)).toEqual([])
  })

  test('and what a service changed without telling is found and repaired, and nothing else is written', async () => {
    const { w } = await woven()
    const user = w.worker({ providers: [forgetful(w.provider)] })
    w.calendar(family).edit(w.event(family, 'Lunch').id, { location: 'Elsewhere' })
    w.clock.now += 60_000
    await user.groups.sync('group')
    expect(w.event(work, 'Lunch').content.location).toBe('')
    w.calls.length = 0
    const found = await user.groups.verify('group')
    expect(found).toMatchObject({ repairedAccuracy: 1 })
    expect(found.accuracy).toBeLessThan(1)
    expect(writes(w.calls)).toHaveLength(2)
    for (const { location } of inEveryCalendar(w, 'Lunch')) expect(location).toBe('Elsewhere')
  })

  test('and a calendar that cannot be read is named, not counted as right', async () => {
    const { w } = await woven()
    w.fault = ({ calendar, method }) =>
      calendar === 'cal-c' && method !== 'listCalendars' ? { code: 'unavailable' } : undefined
    const found = await w.user.groups.verify('group')
    expect(found.unreachable).toEqual([w.calendarIds[family]])
    expect(found.copies).toBe(4)
  })
})

describe('a removal that was held', () => {
  test('and refused: every event comes back where it was removed', async () => {
    const w = await world()
    const ids = Array.from({ length: 8 }, (_, n) => w.calendar(work).add(content(`Event ${n}`, { time: hours(n) })))
    await w.settle()
    const before = diary(w, home)
    for (const id of ids) w.calendar(work).remove(id)
    await w.sync()
    const [held] = await w.user.held.list('group')
    expect(held).toMatchObject({ what: 'removals', count: 8 })
    expect(held?.events.map(({ title }) => title)).toContain('Event 3')
    await w.user.held.reject('group', { calendarId: w.calendarIds[work] ?? '', what: 'removals' })
    await w.settle()
    everyCalendarShows(w, before)
    expect(before).toContain(`${slot('2026-01-05').slice(0, 10)} 07:00 Event 7`)
  })
})
