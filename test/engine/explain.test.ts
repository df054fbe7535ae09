import { describe, expect, test } from 'vitest'
import type { Because } from '../../src/engine/explain.js'
import type { EventContent } from '../../src/model/content.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { content, daily, type World, type WorldOptions, world } from '../support/world.js'

async function woven(options: WorldOptions = {}) {
  const w = await world(options)
  const id = w.calendar(0).add(content('Lunch', { location: 'Café' }))
  await w.settle()
  return { w, id, eventId: await eventIdOf(w) }
}

async function eventIdOf(w: World, title = 'Lunch'): Promise<string> {
  const { items } = await w.user.events.ofGroup('group')
  return items.find((event) => event.content.title === title)?.id ?? ''
}

/** Why, by calendar. */
async function reasons(w: World, eventId: string): Promise<readonly Because[]> {
  const { calendars } = await w.user.events.explain('group', eventId)
  return w.calendarIds.flatMap((id) => calendars.find(({ calendarId }) => calendarId === id)?.because ?? [])
}

/** Two calendars that number whatever is written to them, and tell nothing of it, until we give up on them. */
async function churned() {
  let times = 0
  const numbering = {
    normalize: (given: EventContent) => ({ ...given, description: `Revision ${++times}` }),
    revisions: 'none',
    returnsBody: false,
  } as const
  const { w, eventId } = await woven({ calendars: 3, behaviours: [undefined, numbering, numbering], apart: true })
  for (let n = 0; n < 40; n++) {
    w.clock.now += 6 * 3_600_000
    await w.sync()
  }
  return { w, eventId }
}

const edit = (w: World, side: number, location: string) =>
  w.calendar(side).edit(w.event(side, 'Lunch').id, { location })

describe('why an event is in a calendar, or is not', () => {
  test('born_here, copy_in_step', async () => {
    const { w, id, eventId } = await woven()
    expect(await reasons(w, eventId)).toEqual(['born_here', 'copy_in_step'])
    const { calendars, origin } = await w.user.events.explain('group', eventId)
    expect(calendars.map(({ isThere, remoteId }) => [isThere, remoteId])).toEqual([
      [true, id],
      [true, w.event(1, 'Lunch').id],
    ])
    expect(origin.remoteId).toBe(id)
  })
  test('same_meeting_here', async () => {
    const w = await world()
    for (const side of [0, 1]) w.calendar(side).add(content('Lunch'), { uid: 'lunch@example.com' })
    await w.settle()
    expect([...(await reasons(w, await eventIdOf(w)))].sort()).toEqual(['born_here', 'same_meeting_here'])
  })
  test('copy_to_come, with the reason why it is not there yet', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    w.fault = ({ method, phase }) => (method === 'create' && phase === 'before' ? { code: 'event_refused' } : undefined)
    await w.sync()
    const { calendars } = await w.user.events.explain('group', await eventIdOf(w))
    expect(calendars[1]).toMatchObject({ because: 'copy_to_come', isThere: false, failure: { code: 'event_refused' } })
  })
  test('copy_in_doubt', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    w.fault = ({ calendar, method, phase }) =>
      calendar === 'cal-b' && ['create', 'fetch'].includes(method) && phase === 'after'
        ? { code: 'timeout' }
        : undefined
    await w.sync()
    expect(await reasons(w, await eventIdOf(w))).toEqual(['born_here', 'copy_in_doubt'])
  })
  test('copy_out_of_step, with the fields and the failure', async () => {
    const { w, eventId } = await woven()
    edit(w, 0, 'Office')
    w.fault = ({ method, phase }) => (method === 'update' && phase === 'before' ? { code: 'event_refused' } : undefined)
    await w.sync()
    const { calendars } = await w.user.events.explain('group', eventId)
    expect(calendars[1]).toMatchObject({
      because: 'copy_out_of_step',
      outOfStep: ['location'],
      failure: { code: 'event_refused' },
    })
  })
  test('copy_rewritten_by_its_server', async () => {
    const { w, eventId } = await churned()
    const { calendars } = await w.user.events.explain('group', eventId)
    const [rewritten] = calendars.filter(({ because }) => because === 'copy_rewritten_by_its_server')
    expect(rewritten).toMatchObject({ isThere: true, outOfStep: ['description'], failure: { reason: 'CHURN' } })
  })
  test('copy_removed_by_a_person, where that removes nothing else', async () => {
    const { w, eventId } = await woven({ members: [{}, { direction: 'write' }] })
    w.calendar(1).remove(w.event(1, 'Lunch').id)
    await w.settle()
    expect(await reasons(w, eventId)).toEqual(['born_here', 'copy_removed_by_a_person'])
  })
  test('copy_taken_back, before the copy goes and after', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    const run = await w.sync()
    const eventId = await eventIdOf(w)
    await w.user.journal.undo('group', { runId: run.id })
    expect(await reasons(w, eventId)).toEqual(['born_here', 'copy_taken_back'])
    await w.settle()
    expect(await reasons(w, eventId)).toEqual(['born_here', 'copy_taken_back'])
  })
  test('filtered, and where a copy is kept that does not fit any more it says that it is there', async () => {
    const { w, id, eventId } = await woven({
      calendars: 3,
      members: [
        {},
        { receives: { location: { equals: 'Café' } } },
        { receives: { location: { equals: 'Café' } }, leaving: 'keep' },
      ],
    })
    w.calendar(0).edit(id, { location: 'Office' })
    await w.settle()
    expect(await reasons(w, eventId)).toEqual(['born_here', 'filtered', 'filtered'])
    const { calendars } = await w.user.events.explain('group', eventId)
    expect(calendars.map(({ isThere }) => isThere)).toEqual([true, false, true])
  })
  test('calendar_is_only_read, by the group and by the account', async () => {
    const byGroup = await woven({ members: [{}, { direction: 'read' }] })
    expect(await reasons(byGroup.w, byGroup.eventId)).toEqual(['born_here', 'calendar_is_only_read'])
  })
  test('event_removed', async () => {
    const { w, id, eventId } = await woven()
    w.calendar(0).remove(id)
    await w.settle()
    expect(await reasons(w, eventId)).toEqual(['event_removed', 'event_removed'])
    const { calendars, history } = await w.user.events.explain('group', eventId)
    expect(calendars.map(({ isThere }) => isThere)).toEqual([false, false])
    expect(history.map(({ action }) => action)).toEqual(['created', 'removed'])
  })
  test('event_waits_for_a_person', async () => {
    const { w, eventId } = await woven({ group: { strategies: [{ use: 'askAPerson' }] } })
    edit(w, 0, 'here')
    edit(w, 1, 'there')
    await w.sync()
    expect(await reasons(w, eventId)).toEqual(['event_waits_for_a_person', 'event_waits_for_a_person'])
  })
  test('series_as_single_events, and a single one of them has no business in the other calendars', async () => {
    const w = await world({ behaviours: [undefined, { cannotHold: ['recurrence'] }], apart: true })
    w.calendar(0).add(daily('Lunch'))
    await w.settle()
    const { items } = await w.user.events.ofGroup('group', { limit: 1_000 })
    const series = items.find((event) => event.content.recurrence)
    expect(await reasons(w, series?.id ?? '')).toEqual(['born_here', 'series_as_single_events'])
    const single = items.find((event) => !event.content.recurrence)
    if (single) expect(await reasons(w, single.id)).toEqual(['copy_in_step'])
  })
})

describe('why an event says what it says', () => {
  test('names the calendar that changed a field last, and how disagreements about it ended', async () => {
    const { w, eventId } = await woven()
    w.clock.now += 60_000
    edit(w, 0, 'here')
    w.clock.now += 60_000
    edit(w, 1, 'there')
    const changedAt = w.clock.now
    await w.settle()
    const { fields } = await w.user.events.explain('group', eventId)
    expect(fields).toEqual([
      {
        field: 'location',
        from: w.calendarIds[1],
        changedAt,
        conflicts: [
          {
            kind: 'both_changed',
            outcome: 'taken',
            winner: w.calendarIds[1],
            strategy: 'lastModifiedWins',
            path: [],
          },
        ],
      },
    ])
  })
  test('names a person who decided in calweave', async () => {
    const { w, eventId } = await woven()
    edit(w, 0, 'Office')
    await w.settle()
    await w.user.journal.undo('group', { eventId })
    await w.settle()
    const { fields } = await w.user.events.explain('group', eventId)
    expect(fields).toMatchObject([{ field: 'location', from: 'by hand' }])
  })
  test('tells what a copy does not show', async () => {
    const { w, eventId } = await woven({ members: [{}, { projection: { show: 'busy' } }] })
    const { calendars } = await w.user.events.explain('group', eventId)
    expect(calendars[0]?.losses).toEqual([])
    expect(calendars[1]?.losses.map(({ field, becomes }) => `${field} ${becomes}`)).toContain('location hidden')
  })
  test('and a copy that was given up on is not called accurate by a verification', async () => {
    const { w } = await churned()
    w.clock.now += 1_000
    const { accuracy, differences } = await w.user.groups.verify('group')
    expect(accuracy).toBeLessThan(1)
    expect(new Set(differences.map(({ what, fields }) => `${what} ${fields.join()}`))).toEqual(
      new Set(['differs description']),
    )
  })
  test('refuses an event that is not there, and a stranger', async () => {
    const { w, eventId } = await woven()
    await expect(w.user.events.explain('group', 'nobody')).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(w.engine.user('user_2').events.explain('group', eventId)).rejects.toMatchObject({
      code: 'invalid_input',
    })
  })
})

describe('why an event that a person sees is, or is not, part of the group', () => {
  const why = async (w: World, side: number, remoteId: string, group = 'group') =>
    (await w.user.events.explainRemote(group, w.calendarIds[side] ?? '', remoteId)).because

  test('part_of_the_group, with the event', async () => {
    const { w, id, eventId } = await woven()
    expect(await w.user.events.explainRemote('group', w.calendarIds[0] ?? '', id)).toMatchObject({
      because: 'part_of_the_group',
      eventId,
    })
    expect(await why(w, 1, w.event(1, 'Lunch').id)).toBe('part_of_the_group')
  })
  test('never_seen', async () => {
    const { w } = await woven()
    expect(await why(w, 0, w.calendar(0).add(content('New')))).toBe('never_seen')
  })
  test('unreadable, with the failure', async () => {
    const { w } = await woven()
    const id = w.calendar(0).add(content('Poison'))
    w.calendar(0).poison(id)
    await w.sync()
    const told = await w.user.events.explainRemote('group', w.calendarIds[0] ?? '', id)
    expect(told).toMatchObject({ because: 'unreadable', failure: { code: expect.any(String) } })
  })
  test('copy_of_another_installation', async () => {
    const { w } = await woven()
    const other = w.worker({ storage: memoryStorage(), secret: 'of another installation' })
    const [remoteId, [, b = '']] = [w.event(1, 'Lunch').id, w.calendarIds]
    await w.weave(other)
    await other.groups.create({
      id: 'theirs',
      name: 'theirs',
      members: w.calendarIds.map((calendarId) => ({ calendarId })),
    })
    await other.groups.sync('theirs')
    expect((await other.events.explainRemote('theirs', b, remoteId)).because).toBe('copy_of_another_installation')
  })
  test('copy_of_another_group', async () => {
    const { w } = await woven({ calendars: 3, woven: true })
    await w.user.groups.create({
      id: 'other',
      name: 'other',
      members: w.calendarIds.slice(1).map((calendarId) => ({ calendarId })),
    })
    w.clock.now += 60_000
    await w.user.groups.sync('other')
    expect(await why(w, 1, w.event(1, 'Lunch').id, 'other')).toBe('copy_of_another_group')
  })
  test('calendar_is_only_written', async () => {
    const { w } = await woven({ members: [{}, { direction: 'write' }] })
    const id = w.calendar(1).add(content('Own'))
    await w.settle()
    expect(await why(w, 1, id)).toBe('calendar_is_only_written')
  })
  test('held, and left_alone once that was rejected', async () => {
    const { w } = await woven({ group: { creationGuard: { count: 2 } } })
    const ids = ['a', 'b', 'c'].map((title) => w.calendar(0).add(content(title)))
    await w.sync()
    expect(await why(w, 0, ids[0] ?? '')).toBe('held')
    await w.user.held.reject('group', { calendarId: w.calendarIds[0] ?? '', what: 'creations' })
    await w.sync()
    expect(await why(w, 0, ids[0] ?? '')).toBe('left_alone')
  })
  test('waits_for_the_next_sync', async () => {
    const { w } = await woven({ calendars: 3 })
    await w.user.groups.create({
      id: 'other',
      name: 'other',
      members: w.calendarIds.slice(1).map((calendarId) => ({ calendarId })),
    })
    const id = w.calendar(1).add(content('New'))
    await w.sync()
    expect(await why(w, 1, id, 'other')).toBe('waits_for_the_next_sync')
  })
  test('refuses a calendar that is not in the group', async () => {
    const { w, id } = await woven()
    for (const calendarId of ['nobody', ''])
      await expect(w.user.events.explainRemote('group', calendarId, id)).rejects.toMatchObject({
        code: 'invalid_input',
      })
  })
})
