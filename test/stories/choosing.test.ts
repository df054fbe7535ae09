import { describe, expect, test } from 'vitest'
import type { NewMember } from '../../src/engine/group-input.js'
import type { Attendee, EventContent } from '../../src/model/content.js'
import { content, daily, hours, type World, world } from '../support/world.js'
import { day, diary, family, home, views, work, writes, wrote } from './story.js'

const invited = (status: Attendee['status']): Partial<EventContent> => ({
  attendees: [{ email: 'me@example.com', role: 'required', status, type: 'individual' }],
})

/** Home gets what it asks for; the family calendar gets everything. */
const homeGets = (given: Partial<NewMember>): Promise<World> => world({ calendars: 3, members: [{}, given, {}] })

describe('a calendar gets only what I choose for it', () => {
  const choices: readonly (readonly [
    name: string,
    receives: NonNullable<NewMember['receives']>,
    chosen: EventContent,
    other: EventContent,
  ])[] = [
    [
      'nothing that I declined',
      { not: { attendee: { email: ['me@example.com'], status: ['declined'] } } },
      content('Chosen', invited('accepted')),
      content('Other', invited('declined')),
    ],
    [
      'only what has a category',
      { category: ['family'] },
      content('Chosen', { categories: ['Family', 'fun'] }),
      content('Other', { categories: ['work'] }),
    ],
    [
      'no all-day events',
      { allDay: false },
      content('Chosen'),
      content('Other', {
        time: { start: { kind: 'date', date: '2026-01-05' }, end: { kind: 'date', date: '2026-01-06' } },
      }),
    ],
    [
      'nothing that leaves me free',
      { availability: ['busy', 'tentative', 'out_of_office'] },
      content('Chosen'),
      content('Other', { availability: 'free' }),
    ],
    [
      'only working hours',
      { timeOfDay: { from: '08:00', to: '18:00' } },
      content('Chosen'),
      content('Other', { time: hours(20) }),
    ],
    [
      'nothing with a certain word in it',
      { not: { keyword: ['secret'] } },
      content('Chosen'),
      content('Other', { description: 'This is secret, really.' }),
    ],
    [
      'only what a certain firm organizes',
      { organizer: { domain: ['example.com'] } },
      content('Chosen', { organizer: { email: 'boss@example.com' } }),
      content('Other', { organizer: { email: 'boss@example.org' } }),
    ],
    ['no series', { recurring: false }, content('Chosen'), daily('Other')],
  ]
  for (const [name, receives, chosen, other] of choices)
    test(name, async () => {
      const w = await homeGets({ receives })
      for (const event of [chosen, other]) w.calendar(work).add(event)
      await w.settle()
      expect([w.titles(home), w.titles(family)]).toEqual([['Chosen'], ['Chosen', 'Other']])
    })

  test('and gives only what I choose: what stays at home is seen nowhere else', async () => {
    const w = await world({ members: [{}, { sends: { not: { category: ['private'] } } }] })
    w.calendar(home).add(content('Party', { categories: ['friends'] }))
    w.calendar(home).add(content('Diary', { categories: ['private'] }))
    w.calendar(work).add(content('Review', { categories: ['private'] }))
    await w.settle()
    expect([w.titles(work), w.titles(home)]).toEqual([
      ['Party', 'Review'],
      ['Diary', 'Party', 'Review'],
    ])
  })
})

describe('an event that does not fit any more', () => {
  /** An event that I accepted and that home has a copy of. */
  async function accepted(leaving?: NewMember['leaving']) {
    const w = await homeGets({
      receives: { not: { attendee: { email: ['me@example.com'], status: ['declined'] } } },
      ...(leaving ? { leaving } : {}),
    })
    const id = w.calendar(work).add(content('Review', invited('accepted')))
    await w.settle()
    const decline = () => w.calendar(work).edit(id, invited('declined'))
    const accept = () => w.calendar(work).edit(id, invited('accepted'))
    return { w, id, decline, accept }
  }

  test('leaves the calendar that does not want it, and no other', async () => {
    const { w, decline } = await accepted()
    decline()
    await w.settle()
    expect([w.titles(work), w.titles(home), w.titles(family)]).toEqual([['Review'], [], ['Review']])
  })

  test('comes back, once, when it fits again', async () => {
    const { w, decline, accept } = await accepted()
    for (let times = 0; times < 3; times++) {
      decline()
      await w.settle()
      expect(w.titles(home)).toEqual([])
      accept()
      await w.settle()
      expect(w.titles(home)).toEqual(['Review'])
    }
  })

  test('stays as it was where I said so, and goes on when it fits again', async () => {
    const { w, id, decline, accept } = await accepted('keep')
    decline()
    w.calendar(work).edit(id, { location: 'Room 1' })
    await w.settle()
    expect(w.event(home, 'Review').content.location).toBe('')
    accept()
    await w.settle()
    expect(w.event(home, 'Review').content.location).toBe('Room 1')
  })

  test('and is then deleted where it came from leaves nothing behind', async () => {
    const { w, id, decline } = await accepted('keep')
    decline()
    await w.settle()
    w.calendar(work).remove(id)
    await w.settle()
    expect([w.titles(work), w.titles(home), w.titles(family)]).toEqual([[], [], []])
  })

  test('is never taken away from the calendar in which I made it', async () => {
    const w = await world({ members: [{ receives: { category: ['work'] } }, {}] })
    const id = w.calendar(work).add(content('Lunch', { categories: ['work'] }))
    await w.settle()
    w.calendar(work).edit(id, { categories: ['fun'] })
    await w.settle()
    expect([w.titles(work), w.titles(home)]).toEqual([['Lunch'], ['Lunch']])
  })

  test('because I edited its copy leaves that copy, and my edit is where the event came from', async () => {
    const w = await world({ members: [{}, { receives: { timeOfDay: { from: '08:00', to: '18:00' } } }] })
    w.calendar(work).add(content('Review'))
    await w.settle()
    w.calendar(home).edit(w.event(home, 'Review').id, { time: hours(20) })
    await w.settle()
    expect([diary(w, work), w.titles(home)]).toEqual([['2026-01-05 20:00 Review'], []])
  })

  test('flickers in no calendar while nothing changes', async () => {
    const { w, decline } = await accepted()
    decline()
    await w.settle()
    w.calls.length = 0
    for (let n = 0; n < 8; n++) {
      w.clock.now += day / 4
      await w.sync()
    }
    expect(writes(w.calls)).toEqual([])
  })
})

describe('settings that I change later', () => {
  test('reach the copies that are there: what I do not want any more goes, what I want now comes', async () => {
    const w = await world()
    w.calendar(work).add(content('Review', { categories: ['team'] }))
    w.calendar(work).add(content('Lunch', { categories: ['fun'] }))
    await w.settle()
    const [first = '', second = ''] = w.calendarIds
    const members = (category: string) => [
      { calendarId: first },
      { calendarId: second, receives: { category: [category] } },
    ]
    await w.user.groups.change('group', { members: members('fun') })
    await w.settle()
    expect(w.titles(home)).toEqual(['Lunch'])
    await w.user.groups.change('group', { members: members('team') })
    await w.settle()
    expect([w.titles(work), w.titles(home)]).toEqual([['Lunch', 'Review'], ['Review']])
  })

  test('turn full copies into busy ones, and back', async () => {
    const w = await world()
    w.calendar(work).add(content('Review', { description: 'canary' }))
    await w.settle()
    const [first = '', second = ''] = w.calendarIds
    const shows = (show: 'busy' | 'everything') =>
      w.user.groups.change('group', {
        members: [{ calendarId: first }, { calendarId: second, projection: { show } }],
      })
    await shows('busy')
    await w.settle()
    expect(w.titles(home)).toEqual(['Busy'])
    expect(JSON.stringify(w.calendar(home).all())).not.toContain('canary')
    await shows('everything')
    await w.settle()
    expect(w.event(home, 'Review').content.description).toBe('canary')
    expect([w.calendar(work).size, w.calendar(home).size]).toEqual([1, 1])
  })

  test('can be looked at before anything is written', async () => {
    const w = await world()
    w.calendar(work).add(content('Review'))
    await w.settle()
    const [first = '', second = ''] = w.calendarIds
    await w.user.groups.change('group', {
      members: [{ calendarId: first }, { calendarId: second, receives: { category: ['fun'] } }],
    })
    const plan = await w.user.groups.plan('group')
    expect(plan.events.flatMap(({ title, actions }) => actions.map(({ kind }) => `${kind} ${title}`))).toEqual([
      'remove Review',
    ])
    expect(w.titles(home)).toEqual(['Review'])
  })

  test('bring a new calendar in: what it has already is recognised, the rest is copied, once', async () => {
    const w = await world({ calendars: 3, woven: false })
    const member = (index: number) => ({ calendarId: w.calendarIds[index] ?? '' })
    await w.user.groups.create({ id: 'group', name: 'g', members: [member(work), member(home)] })
    w.calendar(work).add(content('Dentist'), { uid: 'dentist@example.com' })
    w.calendar(home).add(content('Lunch', { time: hours(12) }))
    w.calendar(family).add(content('Dentist'), { uid: 'dentist@example.com' })
    w.calendar(family).add(content('Party', { time: hours(20) }))
    await w.settle()
    await w.user.groups.change('group', { members: [member(work), member(home), member(family)] })
    await w.settle()
    for (const calendar of [work, home, family]) expect(w.titles(calendar)).toEqual(['Dentist', 'Lunch', 'Party'])
  })

  test('let a calendar go: it keeps what it has and is not written to any more', async () => {
    const w = await world({ calendars: 3 })
    const id = w.calendar(work).add(content('Lunch'))
    await w.settle()
    await w.user.groups.change('group', {
      members: [work, home].map((index) => ({ calendarId: w.calendarIds[index] ?? '' })),
    })
    await w.settle()
    w.calendar(work).edit(id, { title: 'Long lunch' })
    w.calendar(family).add(content('Party'))
    await w.settle()
    expect([w.titles(work), w.titles(home), w.titles(family)]).toEqual([
      ['Long lunch'],
      ['Long lunch'],
      ['Lunch', 'Party'],
    ])
  })
})

describe('the question "why is it not there?"', () => {
  test('has an answer: the event was not chosen', async () => {
    const w = await homeGets({ receives: { category: ['fun'] } })
    w.calendar(work).add(content('Review'))
    await w.settle()
    const explained = await w.user.events.explain('group', (await views(w)).get('Review')?.id ?? '')
    expect(explained.calendars.map(({ because, isThere }) => [because, isThere])).toEqual([
      ['born_here', true],
      ['filtered', false],
      ['copy_in_step', true],
    ])
  })

  test('has an answer: somebody removed the copy there', async () => {
    const w = await world({ members: [{}, { direction: 'write' }] })
    w.calendar(work).add(content('Review'))
    await w.settle()
    w.calendar(home).remove(w.event(home, 'Review').id)
    await w.settle()
    const explained = await w.user.events.explain('group', (await views(w)).get('Review')?.id ?? '')
    expect(explained.calendars[home]).toMatchObject({ because: 'copy_removed_by_a_person', isThere: false })
  })

  test('has an answer for "why does it say so?", too: who changed what, and what was settled how', async () => {
    const w = await world()
    const id = w.calendar(work).add(content('Review'))
    await w.settle()
    w.calendar(work).edit(id, { location: 'Room 1' })
    w.clock.now += 60_000
    w.calendar(home).edit(w.event(home, 'Review').id, { location: 'Room 2' })
    await w.settle()
    const { fields } = await w.user.events.explain('group', (await views(w)).get('Review')?.id ?? '')
    expect(fields).toMatchObject([
      { field: 'location', from: w.calendarIds[home], conflicts: [{ strategy: 'lastModifiedWins', outcome: 'taken' }] },
    ])
  })
})

describe('a very large number of new events at once', () => {
  async function flood() {
    const w = await world({ group: { creationGuard: { count: 20 } } })
    w.calendar(work).add(content('Lunch'))
    await w.settle()
    for (let n = 0; n < 30; n++) w.calendar(work).add(content(`Imported ${n}`, { time: hours(n % 20) }))
    const run = await w.sync()
    return { w, run }
  }
  const calendarId = (w: World) => w.calendarIds[work] ?? ''

  test('waits for one word, with a list of what it is', async () => {
    const { w, run } = await flood()
    expect(wrote(run)).toBe(0)
    const [held] = await w.user.held.list('group')
    expect(held).toMatchObject({ what: 'creations', count: 30, calendarId: calendarId(w) })
    expect(held?.events.map(({ title }) => title)).toContain('Imported 7')
    expect(w.titles(home)).toEqual(['Lunch'])
  })

  test('arrives after a yes', async () => {
    const { w } = await flood()
    await w.user.held.approve('group', { calendarId: calendarId(w), what: 'creations' })
    await w.settle()
    expect(w.titles(home)).toEqual(w.titles(work))
  })

  test('stays where it is after a no, and nothing is deleted', async () => {
    const { w } = await flood()
    await w.user.held.reject('group', { calendarId: calendarId(w), what: 'creations' })
    await w.settle()
    expect([w.calendar(work).size, w.titles(home)]).toEqual([31, ['Lunch']])
  })

  test('is no reason to ask at the first sync', async () => {
    const w = await world({ group: { creationGuard: { count: 20 } } })
    for (let n = 0; n < 30; n++) w.calendar(work).add(content(`Event ${n}`, { time: hours(n % 20) }))
    await w.settle()
    expect(w.calendar(home).size).toBe(30)
  })
})
