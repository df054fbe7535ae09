import { describe, expect, test } from 'vitest'
import type { NewMember } from '../../src/engine/group-input.js'
import type { MemoryBehaviour } from '../../src/providers/memory/index.js'
import { content, hours, type World, world } from '../support/world.js'

const work = { category: ['work'] }
const [inside, outside] = [{ categories: ['work'] }, { categories: ['home'] }]

interface Given {
  readonly members?: readonly Partial<NewMember>[]
  readonly behaviours?: readonly (MemoryBehaviour | undefined)[]
}

/** An event that fits, in three calendars of which the second one takes "work" only. */
async function filtered({ members, behaviours }: Given = {}) {
  const w = await world({
    calendars: 3,
    members: members ?? [{}, { receives: work }, {}],
    ...(behaviours ? { behaviours } : {}),
  })
  const id = w.calendar(0).add(content('Review', inside))
  await w.settle()
  return { w, id }
}

const titles = (w: World) => [0, 1, 2].map((side) => w.titles(side))
const here = [['Review'], ['Review'], ['Review']]
const gone = [['Review'], [], ['Review']]

async function daysLater(w: World, days = 3) {
  for (let n = 0; n < days; n++) {
    w.clock.now += 86_400_000
    await w.user.groups.sync('group')
  }
}

describe('what a calendar receives', () => {
  test('is what fits, and the others get the rest all the same', async () => {
    const { w } = await filtered()
    w.calendar(0).add(content('Dinner', outside))
    w.calendar(1).add(content('Own', outside))
    await w.settle()
    expect(titles(w)).toEqual([
      ['Dinner', 'Own', 'Review'],
      ['Own', 'Review'],
      ['Dinner', 'Own', 'Review'],
    ])
  })
  test('is asked by time of day, by the answer of a guest, and by where it came from', async () => {
    const declined = {
      email: 'me@example.com',
      role: 'required' as const,
      status: 'declined' as const,
      type: 'individual' as const,
    }
    for (const [receives, fits] of [
      [{ timeOfDay: { from: '08:00', to: '18:00' } }, ['Mine', 'Review']],
      [{ not: { attendee: { email: ['me@example.com'], status: ['declined'] as const } } }, ['Late', 'Review']],
      [{ not: { origin: ['nowhere' as never] } }, ['Late', 'Mine', 'Review']],
    ] as const) {
      const { w } = await filtered({ members: [{}, { receives }, {}] })
      w.calendar(0).add(content('Late', { time: hours(20) }))
      w.calendar(0).add(content('Mine', { attendees: [declined] }))
      await w.settle()
      expect(w.titles(1)).toEqual(fits)
    }
  })
  test('does not concern what people made there: it is sent on and kept in step', async () => {
    const { w } = await filtered()
    const id = w.calendar(1).add(content('Own', outside))
    await w.settle()
    w.calendar(2).edit(w.event(2, 'Own').id, { location: 'Office' })
    await w.settle()
    expect(w.calendar(1).get(id)?.content.location).toBe('Office')
  })
})

describe('what a calendar sends', () => {
  test('is what fits; what does not stays at home and is never touched', async () => {
    const { w } = await filtered({ members: [{ sends: work }, {}, {}] })
    const id = w.calendar(0).add(content('Dinner', outside))
    await w.settle()
    expect(titles(w)).toEqual([['Dinner', 'Review'], ['Review'], ['Review']])
    const before = w.calendar(0).get(id)
    w.calendar(1).edit(w.event(1, 'Review').id, { location: 'Office' })
    await daysLater(w)
    expect(w.calendar(0).get(id)).toEqual(before)
  })
  test('leaves the other calendars when it does not fit any more, and is back when it does', async () => {
    const { w, id } = await filtered({ members: [{ sends: work }, {}, {}] })
    w.calendar(0).edit(id, outside)
    await w.settle()
    expect(titles(w)).toEqual([['Review'], [], []])
    w.calendar(0).edit(id, inside)
    await w.settle()
    expect(titles(w)).toEqual(here)
  })
})

describe('an event that leaves a filter', () => {
  test('loses its copy there and nowhere else, and the event itself is not touched', async () => {
    const { w, id } = await filtered()
    w.calendar(0).edit(id, outside)
    const before = w.calendar(0).get(id)
    await w.settle()
    await daysLater(w)
    expect(titles(w)).toEqual(gone)
    expect(w.calendar(0).get(id)).toEqual(before)
    expect(w.event(2, 'Review').content.categories).toEqual(['home'])
  })
  test('comes back as a new copy, once, however often it goes and comes', async () => {
    const { w, id } = await filtered()
    for (let n = 0; n < 3; n++) {
      w.calendar(0).edit(id, outside)
      await w.settle()
      expect(titles(w)).toEqual(gone)
      w.calendar(0).edit(id, { ...inside, location: `Room ${n}` })
      await w.settle()
      expect(titles(w)).toEqual(here)
      expect(w.event(1, 'Review').content.location).toBe(`Room ${n}`)
    }
    await daysLater(w)
    expect(titles(w)).toEqual(here)
  })
  test('on a service that never gives an id twice comes back as well', async () => {
    const { w, id } = await filtered({ behaviours: [undefined, { reservesIds: true }] })
    for (const patch of [outside, inside, outside, inside]) {
      w.calendar(0).edit(id, patch)
      await w.settle()
    }
    expect(titles(w)).toEqual(here)
  })
  test('that leaves and comes back between two syncs keeps its copy', async () => {
    const { w, id } = await filtered()
    const copy = w.event(1, 'Review').id
    w.calendar(0).edit(id, outside)
    w.calendar(0).edit(id, { ...inside, location: 'Office' })
    await w.settle()
    expect(w.event(1, 'Review')).toMatchObject({ id: copy, content: { location: 'Office' } })
  })
  test('by an edit in the very copy takes that edit to all the others before the copy goes', async () => {
    const { w } = await filtered()
    w.calendar(1).edit(w.event(1, 'Review').id, { ...outside, location: 'Office' })
    await w.settle()
    expect(titles(w)).toEqual(gone)
    for (const side of [0, 2]) expect(w.event(side, 'Review').content).toMatchObject({ ...outside, location: 'Office' })
  })
  test('keeps its copy as it is where that is wished, and the copy goes on when the event fits again', async () => {
    const { w, id } = await filtered({ members: [{}, { receives: work, leaving: 'keep' }, {}] })
    const copy = w.event(1, 'Review').id
    w.calendar(0).edit(id, { ...outside, location: 'Office' })
    await w.settle()
    await daysLater(w)
    expect(w.calendar(1).get(copy)?.content).toMatchObject({ ...inside, location: '' })
    w.calendar(0).edit(id, { ...inside, description: 'again' })
    await w.settle()
    expect(w.event(1, 'Review')).toMatchObject({ id: copy, content: { location: 'Office', description: 'again' } })
  })
  test('is not removed everywhere because a person removed the copy at the same time', async () => {
    const { w, id } = await filtered()
    w.calendar(0).edit(id, outside)
    w.calendar(1).remove(w.event(1, 'Review').id)
    await w.settle()
    await daysLater(w)
    expect(titles(w)).toEqual(gone)
  })
  test('is not removed everywhere because a person removed the copy just before we did', async () => {
    const { w, id } = await filtered()
    w.calendar(0).edit(id, outside)
    w.fault = ({ method, phase }) => {
      const [there] = w.calendar(1).all()
      if (method === 'remove' && phase === 'before' && there) w.calendar(1).remove(there.id)
      return undefined
    }
    await w.settle()
    await daysLater(w)
    expect(titles(w)).toEqual(gone)
  })
  for (const phase of ['before', 'after'] as const)
    for (const again of [false, true])
      test(`is not removed everywhere because the answer was lost ${phase} the removal${again ? ', also when it fits again by then' : ''}`, async () => {
        const { w, id } = await filtered()
        w.calendar(0).edit(id, outside)
        w.fault = (call) => (call.method === 'remove' && call.phase === phase ? { code: 'timeout' } : undefined)
        await w.sync()
        w.fault = undefined
        if (again) w.calendar(0).edit(id, { ...inside, location: 'Office' })
        await w.settle()
        await daysLater(w)
        expect(titles(w)).toEqual(again ? here : gone)
        if (again) expect(w.event(1, 'Review').content.location).toBe('Office')
      })
  test('by what its copies do not show is not removed everywhere when our removal was never answered', async () => {
    const invited = (status: 'accepted' | 'declined') => ({
      attendees: [{ email: 'me@example.com', role: 'required' as const, status, type: 'individual' as const }],
    })
    const receives = { not: { attendee: { email: ['me@example.com'], status: ['declined'] as const } } }
    for (const removal of ['editWins', 'removalWins', 'askAPerson'] as const) {
      const w = await world({ calendars: 3, members: [{}, { receives }, {}], group: { removal } })
      const id = w.calendar(0).add(content('Review', invited('accepted')))
      await w.settle()
      w.calendar(0).edit(id, invited('declined'))
      w.fault = ({ method, phase }) => (method === 'remove' && phase === 'after' ? { code: 'timeout' } : undefined)
      await w.sync()
      w.fault = undefined
      await w.settle()
      await daysLater(w)
      expect(titles(w)).toEqual(gone)
      expect((await w.user.conflicts.list('group')).items).toEqual([])
    }
  })
  test('while a create was never answered takes that copy away as well', async () => {
    for (const phase of ['before', 'after'] as const) {
      const w = await world({ calendars: 3, members: [{}, { receives: work }, {}] })
      await w.settle()
      const id = w.calendar(0).add(content('Review', inside))
      w.fault = (call) => (call.method === 'create' && call.phase === phase ? { code: 'timeout' } : undefined)
      await w.sync()
      w.fault = undefined
      w.calendar(0).edit(id, outside)
      await w.settle()
      await daysLater(w)
      expect(titles(w)).toEqual(gone)
    }
  })
  test('whose removal meets an edit in the copy is decided anew with that edit', async () => {
    const { w, id } = await filtered()
    w.calendar(0).edit(id, outside)
    let isEdited = false
    w.fault = ({ method, phase }) => {
      if (method === 'remove' && phase === 'before' && !isEdited) {
        isEdited = true
        w.calendar(1).edit(w.event(1, 'Review').id, { location: 'Office' })
      }
      return undefined
    }
    await w.settle()
    expect(titles(w)).toEqual(gone)
    for (const side of [0, 2]) expect(w.event(side, 'Review').content.location).toBe('Office')
  })
  test('and is then removed by a person is gone everywhere, and stays gone', async () => {
    const { w, id } = await filtered()
    w.calendar(0).edit(id, outside)
    await w.settle()
    w.calendar(2).remove(w.event(2, 'Review').id)
    await w.settle()
    await daysLater(w)
    expect(titles(w)).toEqual([[], [], []])
  })
})
