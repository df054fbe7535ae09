import { describe, expect, test } from 'vitest'
import type { EventContent, Reminder } from '../../src/model/content.js'
import { contentDigest } from '../../src/model/equality.js'
import { content, daily, hours, world } from '../support/world.js'
import { changed, everyCalendarHolds, family, home, inEveryCalendar, slot, work, writes } from './story.js'

const early: Reminder = { method: 'popup', trigger: { kind: 'offset', seconds: -900, from: 'start' } }
const late: Reminder = { method: 'popup', trigger: { kind: 'offset', seconds: -60, from: 'start' } }

describe('reminders', () => {
  test('ring once: a copy has none unless its calendar is told to have them', async () => {
    const w = await world({ calendars: 3, members: [{}, {}, { projection: { reminders: 'copy' } }] })
    w.calendar(work).add(content('Lunch', { reminders: [early] }))
    await w.settle()
    expect(inEveryCalendar(w, 'Lunch').map(({ reminders }) => reminders)).toEqual([[early], [], [early]])
  })

  test('of the original are still there after its copy was edited', async () => {
    const w = await world()
    const id = w.calendar(work).add(content('Lunch', { reminders: [early, late] }))
    await w.settle()
    w.calendar(home).edit(w.event(home, 'Lunch').id, { location: 'Café' })
    await w.settle()
    expect(w.calendar(work).get(id)?.content).toMatchObject({ location: 'Café', reminders: [early, late] })
  })

  test('that I set in my own copy stay mine', async () => {
    const w = await world({ calendars: 3 })
    const id = w.calendar(work).add(content('Lunch', { reminders: [early] }))
    await w.settle()
    w.calendar(home).edit(w.event(home, 'Lunch').id, { reminders: [late] })
    await w.settle()
    w.calendar(work).edit(id, { time: hours(12) })
    await w.settle()
    expect(inEveryCalendar(w, 'Lunch').map(({ reminders }) => reminders)).toEqual([[early], [late], []])
  })

  test('are not doubled where both calendars have them', async () => {
    const copies = { projection: { reminders: 'copy' as const } }
    const w = await world({ members: [copies, copies] })
    const id = w.calendar(work).add(content('Lunch', { reminders: [early] }))
    await w.settle()
    w.calendar(work).edit(id, { reminders: [early, late] })
    await w.settle()
    w.calendar(home).edit(w.event(home, 'Lunch').id, { location: 'Café' })
    await w.settle()
    for (const { reminders } of inEveryCalendar(w, 'Lunch')) expect(reminders).toEqual([early, late])
  })

  test('can be the same for every copy in a calendar, whatever the original rings', async () => {
    const w = await world({ members: [{}, { projection: { reminders: { fixed: [late] } } }] })
    const id = w.calendar(work).add(content('Lunch', { reminders: [early] }))
    w.calendar(work).add(content('Dinner', { time: hours(19) }))
    await w.settle()
    for (const title of ['Lunch', 'Dinner']) expect(w.event(home, title).content.reminders).toEqual([late])
    w.calendar(home).edit(w.event(home, 'Lunch').id, { location: 'Café' })
    await w.settle()
    expect(w.calendar(work).get(id)?.content).toMatchObject({ location: 'Café', reminders: [early] })
  })

  test('can be added only where the original has none', async () => {
    const w = await world({ members: [{}, { projection: { reminders: { whenMissing: [late] } } }] })
    w.calendar(work).add(content('Lunch', { reminders: [early] }))
    const dinner = w.calendar(work).add(content('Dinner', { time: hours(19) }))
    await w.settle()
    expect(w.event(home, 'Lunch').content.reminders).toEqual([early])
    expect(w.event(home, 'Dinner').content.reminders).toEqual([late])
    expect(w.calendar(work).get(dinner)?.content.reminders).toEqual([])
  })

  test('"as my calendar usually does" and "none" are two different things', async () => {
    const copies = { projection: { reminders: 'copy' as const } }
    const w = await world({ members: [copies, copies] })
    w.calendar(work).add(content('Usual', { reminders: 'default' }))
    w.calendar(work).add(content('None', { time: hours(15), reminders: [] }))
    await w.settle()
    for (const { reminders } of inEveryCalendar(w, 'Usual')) expect(reminders).toBe('default')
    for (const { reminders } of inEveryCalendar(w, 'None')) expect(reminders).toEqual([])
  })
})

describe('colours and categories', () => {
  test('travel with the event', async () => {
    const w = await world({ calendars: 3 })
    w.calendar(work).add(content('Lunch', { color: 'tomato', categories: ['food', 'team'] }))
    await w.settle()
    for (const shown of inEveryCalendar(w, 'Lunch'))
      expect(shown).toMatchObject({ color: 'tomato', categories: ['food', 'team'] })
  })

  test('that one calendar has no room for are not lost in the others when the event is edited there', async () => {
    const w = await world({
      calendars: 3,
      behaviours: [undefined, { cannotHold: ['color', 'categories'] }],
      apart: true,
    })
    w.calendar(work).add(content('Lunch', { color: 'tomato', categories: ['food'] }))
    await w.settle()
    w.calendar(home).edit(w.event(home, 'Lunch').id, { title: 'Long lunch' })
    await w.settle()
    for (const calendar of [work, family])
      expect(w.event(calendar, 'Long lunch').content).toMatchObject({ color: 'tomato', categories: ['food'] })
  })

  test('that one calendar has no room for are named before anything is written', async () => {
    const w = await world({ behaviours: [undefined, { cannotHold: ['color', 'categories'] }], apart: true })
    w.calendar(work).add(content('Lunch', { color: 'tomato', categories: ['food'] }))
    const plan = await w.user.groups.plan('group')
    const losses = JSON.stringify(plan.events.flatMap((event) => event.losses))
    expect(losses).toContain('color')
    expect(losses).toContain('categories')
    expect(writes(w.calls)).toEqual([])
  })

  test('that a service names in its own way cause no quarrel', async () => {
    const own = (given: EventContent): EventContent => ({
      ...given,
      color: given.color === null ? null : '#ff6347',
      categories: given.categories.map((name) => name.toUpperCase()).sort(),
    })
    const w = await world({ behaviours: [undefined, { normalize: own }] })
    const id = w.calendar(work).add(content('Lunch', { color: 'tomato', categories: ['team', 'food'] }))
    await w.settle()
    w.calendar(home).edit(w.event(home, 'Lunch').id, { location: 'Café' })
    await w.settle()
    expect(w.calendar(work).get(id)?.content).toMatchObject({
      location: 'Café',
      color: 'tomato',
      categories: ['team', 'food'],
    })
  })
})

describe('descriptions and links to the call', () => {
  const joinBlock = '\n\n~~~~\nJoin the call: https://meet.example.com/abc\n~~~~'
  /** A service that adds its own block to every description, like those that append a way to join. */
  const joining = (given: EventContent): EventContent => ({
    ...given,
    description: given.description.includes('~~~~') ? given.description : `${given.description}${joinBlock}`,
  })

  test('a block that a service adds to the copy does not creep into the original', async () => {
    const w = await world({ behaviours: [undefined, { normalize: joining }] })
    const id = w.calendar(work).add(content('Review', { description: 'Bring numbers' }))
    await w.settle()
    w.calendar(home).edit(w.event(home, 'Review').id, { location: 'Room 1' })
    await w.settle()
    expect(w.calendar(work).get(id)?.content).toMatchObject({ location: 'Room 1', description: 'Bring numbers' })
  })

  test('a block that a service adds is no reason to write again', async () => {
    const w = await world({ behaviours: [undefined, { normalize: joining, returnsBody: false }] })
    w.calendar(work).add(content('Review', { description: 'Bring numbers' }))
    await w.settle()
    w.calls.length = 0
    for (let n = 0; n < 10; n++) await w.sync()
    expect(writes(w.calls)).toEqual([])
  })

  test('the link to the call travels as a link, to a day of a series, too', async () => {
    const w = await world({ calendars: 3 })
    const series = daily('Stand-up', { conferences: [{ url: 'https://meet.example.com/abc', label: 'Join' }] })
    const other = [{ url: 'https://meet.example.com/special' }]
    const day = changed(series, { conferences: other, time: hours(9, 10, '2026-01-06') })
    w.calendar(work).add({ ...series, overrides: { [slot('2026-01-06')]: day } })
    await w.settle()
    for (const shown of inEveryCalendar(w, 'Stand-up')) {
      expect(shown.conferences).toEqual(series.conferences)
      expect(shown.overrides[slot('2026-01-06')]).toMatchObject({ content: { conferences: other } })
    }
  })

  test('a description in HTML can be had as plain text, and stays HTML where it was written', async () => {
    const html = '<p>Agenda:</p><ul><li>Numbers</li><li>Plans</li></ul><script>alert(1)</script>'
    const w = await world({ members: [{}, { projection: { text: 'plain' } }] })
    const id = w.calendar(work).add(content('Review', { description: html }))
    await w.settle()
    const { description } = w.event(home, 'Review').content
    expect(description).toContain('Numbers')
    expect(description).not.toMatch(/<|alert/)
    w.calendar(home).edit(w.event(home, 'Review').id, { location: 'Room 1' })
    await w.settle()
    expect(w.calendar(work).get(id)?.content).toMatchObject({ location: 'Room 1', description: html })
  })

  test('line ends and blanks at the end that a service changes are no edit', async () => {
    const tidy = (given: EventContent): EventContent => ({ ...given, description: given.description.trimEnd() })
    const w = await world({ behaviours: [undefined, { normalize: tidy }] })
    const id = w.calendar(work).add(content('Review', { description: 'One\nTwo\n\n' }))
    await w.settle()
    w.calendar(home).edit(w.event(home, 'Review').id, { title: 'Big review' })
    await w.settle()
    expect(w.calendar(work).get(id)?.content.description).toBe('One\nTwo\n\n')
  })

  test('a description that a service cuts off stays whole where it was written', async () => {
    const cut = (given: EventContent): EventContent => ({ ...given, description: given.description.slice(0, 40) })
    const long = 'All that was ever said about this project, in full. '.repeat(50)
    const w = await world({ calendars: 3, behaviours: [undefined, { normalize: cut }] })
    const id = w.calendar(work).add(content('Review', { description: long }))
    await w.settle()
    w.calendar(home).edit(w.event(home, 'Review').id, { location: 'Room 1' })
    await w.settle()
    expect(w.calendar(work).get(id)?.content).toMatchObject({ location: 'Room 1', description: long })
    expect(w.event(family, 'Review').content.description).toBe(long)
  })

  test('emoji, accents and scripts of all directions arrive as they were typed', async () => {
    const w = await world({ calendars: 3 })
    const title = '👩‍👩‍👧 Cafe\u0301 · 会議 · אירוע'
    w.calendar(work).add(content(title, { description: 'ß\u00a0–\u00a0“quotes”; commas, \\n' }))
    await w.settle()
    const [first, ...others] = inEveryCalendar(w, title)
    for (const other of others) expect(contentDigest(other)).toBe(contentDigest(first as EventContent))
    everyCalendarHolds(w, [title])
  })
})
