import { describe, expect, test } from 'vitest'
import type { EventContent } from '../../src/model/content.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { content, type World, type WorldOptions, world } from '../support/world.js'

async function woven(options: WorldOptions = {}, start: EventContent = content('Lunch', { location: 'Café' })) {
  const w = await world(options)
  const id = w.calendar(0).add(start)
  const first = await w.sync()
  await w.settle()
  const [event] = (await w.user.events.ofGroup('group')).items
  return { w, id, eventId: event?.id ?? '', first }
}

const writes = (w: World) => w.calls.filter(({ method }) => ['create', 'update', 'remove'].includes(method))
const copy = (w: World, side: number, title = 'Lunch') => w.event(side, title).id
const all = (w: World, sides: readonly number[]) => sides.map((side) => w.titles(side))

/** Edits in a calendar, and the sync that carries it. */
async function edited(w: World, side: number, patch: Partial<EventContent>, title = 'Lunch') {
  w.calendar(side).edit(copy(w, side, title), patch)
  return w.sync()
}

describe('a change of content that is taken back', () => {
  for (const scope of ['run', 'event'] as const)
    test(`by its ${scope} goes back in all calendars, and the next syncs write nothing`, async () => {
      const { w, eventId } = await woven({ calendars: 3 })
      const run = await edited(w, 1, { location: 'Office', title: 'Lunch!' })
      const undo = await w.user.journal.undo('group', scope === 'run' ? { runId: run.id } : { eventId })
      expect(undo.events).toEqual([
        {
          eventId,
          title: 'Lunch',
          restored: expect.toSatisfy((fields: string[]) => [...fields].sort().join() === 'location,title'),
          skipped: [],
          revived: false,
          removed: false,
          withdrawn: [],
        },
      ])
      await w.settle()
      for (const side of [0, 1, 2]) expect(w.event(side, 'Lunch').content.location).toBe('Café')
      w.calls.length = 0
      await w.settle()
      expect(writes(w)).toEqual([])
    })
  test('is told by a dry run, which writes nothing', async () => {
    const { w, eventId } = await woven()
    await edited(w, 0, { location: 'Office' })
    const stored = w.commits.length
    const undo = await w.user.journal.undo('group', { eventId }, { isDryRun: true })
    expect(undo.events).toMatchObject([{ restored: ['location'] }])
    expect(w.commits.length).toBe(stored)
    await w.settle()
    expect(w.event(1, 'Lunch').content.location).toBe('Office')
  })
  test('leaves what was changed once more since, and tells', async () => {
    const { w, eventId } = await woven()
    const run = await edited(w, 0, { location: 'Office', description: 'bring cake' })
    await edited(w, 1, { location: 'Park' })
    const undo = await w.user.journal.undo('group', { runId: run.id })
    expect(undo.events).toMatchObject([{ eventId, restored: ['description'], skipped: ['location'] }])
    await w.settle()
    for (const side of [0, 1])
      expect(w.event(side, 'Lunch').content).toMatchObject({ location: 'Park', description: '' })
  })
  test('works on services whose writes do not answer with the event', async () => {
    const { w } = await woven({ behaviours: [{ returnsBody: false }, { returnsBody: false }] })
    const run = await edited(w, 0, { location: 'Office' })
    await w.user.journal.undo('group', { runId: run.id })
    await w.settle()
    for (const side of [0, 1]) expect(w.event(side, 'Lunch').content.location).toBe('Café')
  })
  test('can itself be taken back', async () => {
    const { w, eventId } = await woven()
    await edited(w, 0, { location: 'Office' })
    await w.user.journal.undo('group', { eventId })
    const run = await w.sync()
    expect(w.event(1, 'Lunch').content.location).toBe('Café')
    await w.user.journal.undo('group', { runId: run.id })
    await w.settle()
    for (const side of [0, 1]) expect(w.event(side, 'Lunch').content.location).toBe('Office')
  })
  test('twice before the next sync is as once', async () => {
    const { w, eventId } = await woven()
    await edited(w, 0, { location: 'Office' })
    await w.user.journal.undo('group', { eventId })
    expect((await w.user.journal.undo('group', { eventId })).events).toMatchObject([{ restored: [] }])
    await w.settle()
    for (const side of [0, 1]) expect(w.event(side, 'Lunch').content.location).toBe('Café')
  })
  test('in two runs, one undo after the other before the next sync, goes back in both', async () => {
    const { w } = await woven()
    const first = await edited(w, 0, { location: 'Office' })
    const second = await edited(w, 1, { description: 'cake' })
    await w.user.journal.undo('group', { runId: second.id })
    await w.user.journal.undo('group', { runId: first.id })
    await w.settle()
    for (const side of [0, 1])
      expect(w.event(side, 'Lunch').content).toMatchObject({ location: 'Café', description: '' })
  })
  test('meets an edit of the same field before the next sync through the strategies, and no side is lost', async () => {
    for (const [wins, priority] of [
      ['Café', 'earlier'],
      ['Park', 'later'],
    ] as const) {
      const { w, eventId } = await woven()
      await edited(w, 0, { location: 'Office' })
      const edit = () => w.calendar(1).edit(copy(w, 1), { location: 'Park' })
      w.clock.now += 60_000
      if (priority === 'earlier') edit()
      w.clock.now += 60_000
      await w.user.journal.undo('group', { eventId })
      w.clock.now += 60_000
      if (priority === 'later') edit()
      await w.settle()
      for (const side of [0, 1]) expect(w.event(side, 'Lunch').content.location).toBe(wins)
      const items = (await w.user.conflicts.list('group')).items.flatMap((conflict) => conflict.items)
      expect(items.flatMap(({ sides }) => sides.map(({ value }) => value)).sort()).toEqual(['Café', 'Park'])
    }
  })
  test('is asked about where a person is asked about conflicts, and both answers work', async () => {
    for (const choice of ['by hand', 1] as const) {
      const { w, eventId } = await woven({ group: { strategies: [{ use: 'askAPerson' }] } })
      await edited(w, 0, { location: 'Office' })
      await w.user.journal.undo('group', { eventId })
      w.calendar(1).edit(copy(w, 1), { location: 'Park' })
      await w.sync()
      const [open] = (await w.user.conflicts.listOpen('group')).items
      await w.user.conflicts.resolve(open?.id ?? '', {
        location: choice === 1 ? (w.calendarIds[1] ?? '') : choice,
      })
      await w.settle()
      for (const side of [0, 1]) expect(w.event(side, 'Lunch').content.location).toBe(choice === 1 ? 'Park' : 'Café')
    }
  })
  test('of an event that waits for a person is done once that is over', async () => {
    const { w, eventId } = await woven({ group: { fieldStrategies: { location: [{ use: 'askAPerson' }] } } })
    await edited(w, 0, { description: 'cake' })
    w.calendar(0).edit(copy(w, 0), { location: 'here' })
    w.calendar(1).edit(copy(w, 1), { location: 'there' })
    await w.sync()
    expect((await w.user.journal.undo('group', { eventId })).events).toMatchObject([{ restored: ['description'] }])
    await w.sync()
    expect(w.event(1, 'Lunch').content.location).toBe('there')
    const [open] = (await w.user.conflicts.listOpen('group')).items
    await w.user.conflicts.resolve(open?.id ?? '', { location: w.calendarIds[0] ?? '' })
    await w.settle()
    for (const side of [0, 1])
      expect(w.event(side, 'Lunch').content).toMatchObject({ location: 'here', description: '' })
  })
})

describe('an undo while a sync is under way', () => {
  /** The event was in the office and then became a meeting with cake: of that, the place is taken back. */
  async function undone(when: (w: World, undo: () => Promise<unknown>) => void, options: WorldOptions = {}) {
    const { w } = await woven(options)
    const run = await edited(w, 0, { location: 'Office' })
    let isUndone = false
    when(w, async () => {
      if (isUndone) return
      isUndone = true
      await w.user.journal.undo('group', { runId: run.id })
    })
    await edited(w, 0, { description: 'cake' })
    await w.settle()
    expect(isUndone).toBe(true)
    for (const side of [0, 1])
      expect(w.event(side, 'Lunch').content).toMatchObject({ location: 'Café', description: 'cake' })
  }

  test('that has read the event and not decided yet is not forgotten', async () => {
    const storage = memoryStorage()
    let undo: (() => Promise<unknown>) | undefined
    const slow: typeof storage = {
      ...bound(storage),
      // The first commit that records what is about to be tried.
      commit: async (user, batch) => {
        if (batch.changes.some((change) => JSON.stringify(change).includes('"attempt":'))) await undo?.()
        return storage.commit(user, batch)
      },
    }
    await undone(
      (_, now) => {
        undo = now
      },
      { storage: slow },
    )
  })
  test('that is writing to a calendar is not forgotten', async () => {
    await undone((w, now) => {
      w.fault = async ({ method, phase }) => {
        if (method === 'update' && phase === 'after') await now()
        return undefined
      }
    })
  })
})

describe('a removal that is taken back', () => {
  for (const scope of ['run', 'event'] as const)
    test(`by its ${scope}: event and copies are back, once, with what they said`, async () => {
      const { w, id, eventId } = await woven({ calendars: 3 })
      w.calendar(0).remove(id)
      const run = await w.sync()
      expect(all(w, [0, 1, 2])).toEqual([[], [], []])
      const undo = await w.user.journal.undo('group', scope === 'run' ? { runId: run.id } : { eventId })
      expect(undo.events).toMatchObject([{ eventId, revived: true, withdrawn: [] }])
      for (let n = 0; n < 4; n++) {
        w.clock.now += 86_400_000
        await w.user.groups.sync('group')
      }
      expect(all(w, [0, 1, 2])).toEqual([['Lunch'], ['Lunch'], ['Lunch']])
      expect(w.event(2, 'Lunch').content.location).toBe('Café')
    })
  test('while a calendar is down, where the copy was never removed, does not double it there', async () => {
    const { w, id, eventId } = await woven({ calendars: 3 })
    w.fault = ({ calendar }) => (calendar === 'cal-c' ? { code: 'unavailable' } : undefined)
    w.calendar(0).remove(id)
    await w.sync()
    await w.user.journal.undo('group', { eventId })
    w.fault = undefined
    await w.settle()
    expect(all(w, [0, 1, 2])).toEqual([['Lunch'], ['Lunch'], ['Lunch']])
  })
  test('can be removed again by taking the undo back', async () => {
    const { w, id, eventId } = await woven()
    w.calendar(0).remove(id)
    await w.sync()
    await w.user.journal.undo('group', { eventId })
    await w.settle()
    expect((await w.user.journal.undo('group', { eventId })).events).toMatchObject([{ removed: true, revived: false }])
    await w.settle()
    expect(all(w, [0, 1])).toEqual([[], []])
  })
  test('goes with the edit that had lost against it', async () => {
    const { w, id, eventId } = await woven({ group: { removal: 'removalWins' } })
    w.calendar(0).remove(id)
    w.calendar(1).edit(copy(w, 1), { location: 'Office' })
    const run = await w.sync()
    expect(all(w, [0, 1])).toEqual([[], []])
    expect((await w.user.journal.undo('group', { runId: run.id })).events).toMatchObject([{ eventId, revived: true }])
    await w.settle()
    for (const side of [0, 1]) expect(w.event(side, 'Lunch').content.location).toBe('Café')
  })
  test('is not brought about by an undo of an earlier change of that event', async () => {
    const { w, id } = await woven()
    const run = await edited(w, 0, { location: 'Office' })
    w.calendar(0).remove(id)
    await w.settle()
    expect((await w.user.journal.undo('group', { runId: run.id })).events).toMatchObject([
      { revived: false, restored: [], skipped: ['location'] },
    ])
    await w.settle()
    expect(all(w, [0, 1])).toEqual([[], []])
  })
})

describe('a first sync that is taken back', () => {
  test('takes its copies away, which stay away, and touches nothing that people made', async () => {
    const { w, first, id } = await woven({ calendars: 3 })
    w.calendar(1).add(content('Own'))
    const undo = await w.user.journal.undo('group', { runId: first.id })
    expect(new Set(undo.events[0]?.withdrawn)).toEqual(new Set([w.calendarIds[1], w.calendarIds[2]]))
    await w.settle()
    expect(all(w, [0, 1, 2])).toEqual([['Lunch', 'Own'], ['Own'], ['Own']])
    w.calendar(0).edit(id, { location: 'Office' })
    for (let n = 0; n < 3; n++) {
      w.clock.now += 86_400_000
      await w.user.groups.sync('group')
    }
    expect(all(w, [0, 1, 2])).toEqual([['Lunch', 'Own'], ['Own'], ['Own']])
  })
  test('carries what people typed into a copy to the event before that copy goes', async () => {
    const { w, first } = await woven()
    w.calendar(1).edit(copy(w, 1), { location: 'Office' })
    await w.user.journal.undo('group', { runId: first.id })
    await w.settle()
    expect(w.event(0, 'Lunch').content.location).toBe('Office')
    expect(w.titles(1)).toEqual([])
  })
  test('leaves a copy in which somebody typed what no other calendar could show', async () => {
    const { w, first } = await woven({ calendars: 3, members: [{ direction: 'read' }, {}, {}] })
    w.calendar(1).edit(copy(w, 1), { location: 'Office' })
    await w.user.journal.undo('group', { runId: first.id })
    await w.settle()
    expect(all(w, [0, 1, 2])).toEqual([['Lunch'], ['Lunch'], []])
    expect(w.event(1, 'Lunch').content.location).toBe('Office')
  })
  test('does not remove the event when a person removes the copy before we do', async () => {
    const { w, first } = await woven()
    await w.user.journal.undo('group', { runId: first.id })
    w.calendar(1).remove(copy(w, 1))
    await w.settle()
    expect(all(w, [0, 1])).toEqual([['Lunch'], []])
  })
  test('does not remove the event when the answer to our removal is lost', async () => {
    for (const phase of ['before', 'after'] as const) {
      const { w, first } = await woven()
      await w.user.journal.undo('group', { runId: first.id })
      w.fault = (call) => (call.method === 'remove' && call.phase === phase ? { code: 'timeout' } : undefined)
      await w.sync()
      w.fault = undefined
      await w.settle()
      expect(all(w, [0, 1])).toEqual([['Lunch'], []])
    }
  })
  test('lets a copy be that a person takes out of the bin', async () => {
    const { w, first } = await woven()
    await w.user.journal.undo('group', { runId: first.id })
    await w.settle()
    const [binned = ''] = w.calendar(1).binned
    w.calendar(1).restoreFromBin(binned)
    await w.settle()
    expect(all(w, [0, 1])).toEqual([['Lunch'], ['Lunch']])
  })
})

describe('the journal', () => {
  test('knows what was said before and after, oldest first, and nothing of runs that changed no content', async () => {
    const { w, id, eventId } = await woven()
    await edited(w, 0, { location: 'Office' })
    await edited(w, 1, { location: 'Park' })
    w.calendar(0).remove(id)
    await w.settle()
    const entries = await w.user.journal.ofEvent('group', eventId)
    expect(entries.map(({ before, after }) => [before.content.location, after.content.location])).toEqual([
      ['Café', 'Office'],
      ['Office', 'Park'],
      ['Park', 'Park'],
    ])
    expect(entries.at(-1)).toMatchObject({ before: { state: 'live' }, after: { state: 'removing' } })
    expect((await w.user.journal.list('group')).items).toEqual(entries)
  })
  test('does not know a wait for a person as a change', async () => {
    const { w, eventId } = await woven({ group: { strategies: [{ use: 'askAPerson' }] } })
    await edited(w, 0, { description: 'cake' })
    w.calendar(0).edit(copy(w, 0), { location: 'here' })
    w.calendar(1).edit(copy(w, 1), { location: 'there' })
    await w.sync()
    expect((await w.user.journal.ofEvent('group', eventId)).map(({ after }) => after.content.description)).toEqual([
      'cake',
    ])
  })
  test('refuses a run or an event that it does not know, and a scope that names neither', async () => {
    const { w, eventId } = await woven()
    for (const scope of [{ runId: 'nobody' }, { eventId: 'nobody' }, { eventId }, {}, { runId: 'a', eventId: 'b' }])
      await expect(w.user.journal.undo('group', scope as never)).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(w.user.journal.undo('nobody', { eventId })).rejects.toMatchObject({ code: 'invalid_input' })
  })
  test('of one user says nothing to another', async () => {
    const { w, eventId } = await woven()
    await edited(w, 0, { location: 'Office' })
    const stranger = w.engine.user('user_2')
    expect((await stranger.journal.list('group')).items).toEqual([])
    await expect(stranger.journal.undo('group', { eventId })).rejects.toMatchObject({ code: 'invalid_input' })
  })
})

function bound(storage: ReturnType<typeof memoryStorage>): ReturnType<typeof memoryStorage> {
  return {
    get: storage.get.bind(storage),
    getMany: storage.getMany.bind(storage),
    list: storage.list.bind(storage),
    commit: storage.commit.bind(storage),
    claim: storage.claim.bind(storage),
    release: storage.release.bind(storage),
    users: storage.users.bind(storage),
    close: storage.close.bind(storage),
  }
}
