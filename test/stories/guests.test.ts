import { describe, expect, test } from 'vitest'
import type { Attendee, EventContent } from '../../src/model/content.js'
import { content, daily, hours, world } from '../support/world.js'
import { changed, everyCalendarHolds, family, home, slot, views, work, writes, wrote } from './story.js'

const guest = (email: string, status: Attendee['status'] = 'needs_action'): Attendee => ({
  email,
  role: 'required',
  status,
  type: 'individual',
})

const review = content('Review', {
  attendees: [guest('ann@example.com'), guest('bob@example.com', 'accepted')],
  organizer: { email: 'me@example.com' },
})

describe('nobody is mailed because calendars are in step', () => {
  test('a copy has no guests and no organizer, so there is nobody whom its calendar could write to', async () => {
    const w = await world({ calendars: 3 })
    w.calendar(work).add(review)
    await w.settle()
    for (const calendar of [home, family])
      expect(w.event(calendar, 'Review').content).toMatchObject({ attendees: [], organizer: null })
  })

  test('nor does a copy of one changed day of a series', async () => {
    const w = await world()
    const series = daily('Stand-up', { attendees: review.attendees, organizer: review.organizer })
    const day = changed(series, { time: hours(14, 15, '2026-01-06'), attendees: [guest('carl@example.com')] })
    w.calendar(work).add({ ...series, overrides: { [slot('2026-01-06')]: day } })
    await w.settle()
    expect(JSON.stringify(w.event(home, 'Stand-up'))).not.toContain('@example.com"')
  })

  test('editing the copy leaves the guests of the original as they are', async () => {
    const w = await world()
    const id = w.calendar(work).add(review)
    await w.settle()
    w.calendar(home).edit(w.event(home, 'Review').id, { location: 'Room 1', time: hours(15) })
    await w.settle()
    expect(w.calendar(work).get(id)?.content).toEqual({ ...review, location: 'Room 1', time: hours(15) })
  })

  test('a guest whom somebody types into a copy is not invited to the original', async () => {
    const w = await world({ calendars: 3 })
    const id = w.calendar(work).add(review)
    await w.settle()
    w.calendar(home).edit(w.event(home, 'Review').id, { attendees: [guest('carl@example.com')] })
    await w.settle()
    expect(w.calendar(work).get(id)?.content.attendees).toEqual(review.attendees)
    expect(w.event(family, 'Review').content.attendees).toEqual([])
  })

  test('an answer that a guest sends changes the original only, and costs no write anywhere', async () => {
    const w = await world({ calendars: 3 })
    const id = w.calendar(work).add(review)
    await w.settle()
    w.calls.length = 0
    w.calendar(work).edit(id, {
      attendees: [guest('ann@example.com', 'declined'), guest('bob@example.com', 'accepted')],
    })
    await w.settle()
    expect(writes(w.calls)).toEqual([])
    expect((await views(w)).get('Review')?.content.attendees.map(({ status }) => status)).toEqual([
      'declined',
      'accepted',
    ])
  })

  test('two calendars with the same invitation do not write guests into each other', async () => {
    const w = await world()
    const mine = (status: Attendee['status']): EventContent => ({
      ...review,
      attendees: [guest('ann@example.com', status)],
    })
    const ids = [w.calendar(work).add(mine('accepted'), { uid: 'r@example.com' })]
    ids.push(w.calendar(home).add(mine('needs_action'), { uid: 'r@example.com' }))
    await w.settle()
    expect(w.calendar(work).get(ids[0] ?? '')?.content.attendees[0]?.status).toBe('accepted')
    expect(w.calendar(home).get(ids[1] ?? '')?.content.attendees[0]?.status).toBe('needs_action')
  })

  test('who comes can be read in the copy as text, which invites nobody, and is not taken for a description', async () => {
    const w = await world({ members: [{}, { projection: { attendees: 'asText' } }] })
    const id = w.calendar(work).add({ ...review, description: 'Bring numbers' })
    await w.settle()
    const copy = w.event(home, 'Review')
    expect(copy.content.attendees).toEqual([])
    for (const text of ['Bring numbers', 'ann@example.com', 'bob@example.com'])
      expect(copy.content.description).toContain(text)
    w.calendar(home).edit(copy.id, ({ description }) => ({ description: description.replace('numbers', 'cake') }))
    await w.settle()
    expect(w.calendar(work).get(id)?.content).toEqual({ ...review, description: 'Bring cake' })
  })
})

describe('an event that I may not change', () => {
  async function invited() {
    const w = await world({ calendars: 3 })
    const id = w.calendar(work).add(review, { readOnly: true })
    await w.settle()
    return { w, id }
  }

  test('is copied like any other, and is never written to', async () => {
    const { w, id } = await invited()
    everyCalendarHolds(w, ['Review'])
    w.calls.length = 0
    w.calendar(home).edit(w.event(home, 'Review').id, { location: 'Room 1' })
    for (let n = 0; n < 5; n++) await w.sync()
    expect(w.calls.filter(({ method, calendar }) => method === 'update' && calendar === 'cal-a')).toEqual([])
    expect(w.calendar(work).get(id)?.content).toEqual(review)
  })

  test('does not swallow what I note in my copy', async () => {
    const { w } = await invited()
    w.calendar(home).edit(w.event(home, 'Review').id, { description: 'Ask about the budget' })
    await w.settle()
    expect(w.event(home, 'Review').content.description).toBe('Ask about the budget')
  })

  test('passes on what its organizer changes, also after I noted something in my copy', async () => {
    const { w, id } = await invited()
    w.calendar(home).edit(w.event(home, 'Review').id, { description: 'Ask about the budget' })
    await w.settle()
    w.calendar(work).edit(id, { time: hours(16) })
    await w.settle()
    for (const calendar of [home, family]) expect(w.event(calendar, 'Review').content.time).toEqual(hours(16))
    expect(w.event(home, 'Review').content.description).toBe('Ask about the budget')
  })

  test('stays when I remove my copy of it, and the copy stays away', async () => {
    const { w } = await invited()
    w.calendar(home).remove(w.event(home, 'Review').id)
    await w.settle()
    expect([w.titles(work), w.titles(home), w.titles(family)]).toEqual([['Review'], [], ['Review']])
    expect(wrote(await w.sync())).toBe(0)
  })

  test('takes its copies along when the organizer calls it off', async () => {
    const { w, id } = await invited()
    w.calendar(work).remove(id)
    await w.settle()
    everyCalendarHolds(w, [])
  })

  test('in a calendar that may only be read is the same: its copies follow it, and it follows nobody', async () => {
    const w = await world({ members: [{ direction: 'read' }, {}] })
    const id = w.calendar(work).add(review)
    await w.settle()
    w.calendar(home).edit(w.event(home, 'Review').id, { location: 'Room 1' })
    w.calendar(work).edit(id, { time: hours(16) })
    await w.settle()
    expect(w.calendar(work).get(id)?.content).toEqual({ ...review, time: hours(16) })
    expect(w.event(home, 'Review').content).toMatchObject({ location: 'Room 1', time: hours(16) })
  })

  for (const [where, invitedIn, seriesIn] of [
    ['first', work, home],
    ['second', home, work],
  ] as const)
    for (const order of ['before', 'after', 'at once with'] as const)
      test(`for one day of a series, invited in the ${where} calendar ${order} the series in the other one, is not the series`, async () => {
        const priority = (calendar: number) => ({ priority: calendar === invitedIn ? 0 : 1 })
        const w = await world({ members: [priority(work), priority(home)] })
        const series = daily('Stand-up')
        let id = ''
        const steps = [
          () => {
            const oneDay = content('Stand-up', { time: hours(9, 10, '2026-01-07') })
            w.calendar(invitedIn).add(oneDay, { uid: 'stand-up@example.com', readOnly: true })
          },
          () => {
            id = w.calendar(seriesIn).add(series, { uid: 'stand-up@example.com' })
          },
        ]
        for (const step of order === 'before' ? steps : steps.reverse()) {
          w.clock.now += 3_600_000
          step()
          if (order !== 'at once with') await w.settle()
        }
        await w.settle()
        expect(w.calendar(seriesIn).get(id)?.content).toEqual(series)
      })
})
