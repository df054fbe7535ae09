import { describe, expect, test } from 'vitest'
import type { NewPause } from '../../../src/engine/pauses.js'
import { groupJob, working } from '../../support/working.js'
import { content, world } from '../../support/world.js'

const minute = 60_000
const holiday = 'holiday'

describe('a pause', () => {
  test('of a group or a user stops its schedule, and refuses a person who asks, with the reason', async () => {
    for (const scope of [{ group: 'group' }, 'user'] as const) {
      const { w, pass, wait } = await working()
      await pass(0)
      await w.user.pauses.set({ scope, reason: holiday })
      w.calendar(0).add(content('Lunch'))
      w.calls.length = 0
      for (let n = 0; n < 60; n++) await pass(minute)
      expect([w.calls, w.titles(1)]).toEqual([[], []])
      for (const ask of ['sync', 'syncSoon', 'verify'] as const)
        await expect(w.user.groups[ask]('group')).rejects.toMatchObject({
          ...{ code: 'paused', reason: holiday, message: expect.stringContaining(holiday) },
        })
      await w.user.pauses.clear({ scope, reason: holiday })
      await pass(0)
      expect(w.titles(1)).toEqual(['Lunch'])
      expect(wait()).toBeLessThanOrEqual(22.5 * minute)
    }
  })

  test('that a group is made with holds from its first moment: a dry run tells, and nothing is written until it is cleared', async () => {
    const { w, pass } = await working()
    await w.user.groups.remove('group', { copies: 'keep' })
    w.calendar(0).add(content('Lunch'))
    const members = w.calendarIds.map((calendarId) => ({ calendarId }))
    const pause = { scope: { group: 'draft' }, reason: 'preview' }
    const made = await w.user.groups.create({ id: 'draft', name: 'Draft', members, paused: 'preview' })
    expect(made).not.toHaveProperty('paused')
    expect(await w.user.pauses.list()).toMatchObject([pause])
    for (let n = 0; n < 60; n++) await pass(minute)
    await expect(w.user.groups.sync('draft')).rejects.toMatchObject({ code: 'paused', reason: 'preview' })
    const plan = await w.user.groups.plan('draft')
    expect([plan.events.map(({ title }) => title), w.titles(1)]).toEqual([['Lunch'], []])
    await w.user.pauses.clear(pause)
    await pass(0)
    expect(w.titles(1)).toEqual(['Lunch'])
  })

  test('that a group is made with and that is one too many makes no group', async () => {
    const w = await world({})
    for (let n = 0; n < 200; n++) await w.user.pauses.set({ scope: 'user', reason: `reason-${n}` })
    const members = w.calendarIds.map((calendarId) => ({ calendarId }))
    const made = w.user.groups.create({ id: 'draft', name: 'Draft', members, paused: 'preview' })
    await expect(made).rejects.toMatchObject({ code: 'invalid_input' })
    expect((await w.user.groups.list()).map(({ id }) => id)).toEqual(['group'])
  })

  test('is no failure: nothing is told, recorded or counted as one', async () => {
    const { w, pass } = await working()
    await pass(0)
    const told: string[] = []
    w.engine.subscribe(({ type }) => type !== 'job.started' && told.push(type))
    await w.user.pauses.set({ scope: 'user', reason: holiday })
    for (let n = 0; n < 48; n++) await pass(60 * minute)
    expect(told).toEqual([])
    expect(await w.user.jobs.dead()).toEqual([])
    expect((await w.user.jobs.get('group'))?.failure).toBeUndefined()
  })

  test('by one reason is not taken away with another one', async () => {
    const w = await world()
    const scope = { group: 'group' }
    await w.user.pauses.set({ scope, reason: holiday })
    await w.user.pauses.set({ scope, reason: 'billing' })
    await w.user.pauses.set({ scope, reason: holiday })
    expect((await w.user.pauses.list()).map(({ reason }) => reason)).toEqual(['billing', holiday])
    await w.user.pauses.clear({ scope, reason: holiday })
    await expect(w.sync()).rejects.toMatchObject({ code: 'paused', reason: 'billing' })
    await w.user.pauses.clear({ scope, reason: 'billing' })
    await w.user.pauses.clear({ scope, reason: 'never-set' })
    await expect(w.sync()).resolves.toMatchObject({ end: 'finished' })
  })

  for (const [what, scopeOf] of [
    ['calendar', (calendar: string) => ({ calendar })],
    ['connection', () => ({ connection: 'account-1' })],
  ] as const)
    test(`of a ${what}: it is neither read nor written, nothing is concluded from that, and the others go on`, async () => {
      const w = await world({ calendars: 3, apart: true })
      for (const title of ['Lunch', 'Dinner']) w.calendar(0).add(content(title))
      await w.settle()
      const pause: NewPause = { scope: scopeOf(w.calendarIds[1] ?? ''), reason: holiday }
      await w.user.pauses.set(pause)
      w.calls.length = 0

      w.calendar(0).add(content('Breakfast'))
      w.calendar(0).remove(w.event(0, 'Dinner').id)
      w.calendar(1).edit(w.event(1, 'Lunch').id, { title: 'Late lunch' })
      w.calendar(1).add(content('Tea'))
      for (let n = 0; n < 3; n++) {
        const run = await w.sync()
        expect([run.end, run.failures]).toEqual(['finished', []])
      }
      expect(w.calls.filter(({ calendar }) => calendar === 'cal-b')).toEqual([])
      expect([w.titles(0), w.titles(2)]).toEqual([
        ['Breakfast', 'Lunch'],
        ['Breakfast', 'Lunch'],
      ])
      expect(w.titles(1)).toEqual(['Dinner', 'Late lunch', 'Tea'])

      await w.user.pauses.clear(pause)
      await w.settle()
      for (const index of [0, 1, 2]) expect(w.titles(index)).toEqual(['Breakfast', 'Late lunch', 'Tea'])
    })

  test('of a calendar before the first sync: nothing is written anywhere before it was listed', async () => {
    const w = await world({ calendars: 2 })
    w.calendar(0).add(content('Lunch', { description: 'in the canteen' }))
    w.calendar(1).add(content('Lunch', { description: 'in the canteen' }))
    const pause: NewPause = { scope: { calendar: w.calendarIds[1] ?? '' }, reason: holiday }
    await w.user.pauses.set(pause)
    for (let n = 0; n < 3; n++) await w.sync()
    expect([w.titles(0), w.titles(1)]).toEqual([['Lunch'], ['Lunch']])
    await w.user.pauses.clear(pause)
    await w.settle()
    expect([w.titles(0), w.titles(1)]).toEqual([['Lunch'], ['Lunch']])
  })

  test('of a calendar is not seen by those of another user, and what is not theirs cannot be paused', async () => {
    const w = await world()
    const other = w.engine.user('user_2')
    for (const scope of [{ group: 'group' }, { calendar: w.calendarIds[0] ?? '' }, { connection: 'account' }])
      await expect(other.pauses.set({ scope, reason: holiday })).rejects.toMatchObject({ code: 'invalid_input' })
    await other.pauses.set({ scope: 'user', reason: holiday })
    await expect(w.sync()).resolves.toMatchObject({ end: 'finished' })
  })

  test('holds for groups that are made after it, and for calendars that join later', async () => {
    const w = await world({ calendars: 3, apart: true, members: [{}, {}, {}] })
    const [a = '', b = '', c = ''] = w.calendarIds
    await w.user.pauses.set({ scope: { connection: 'account-2' }, reason: holiday })
    await w.user.groups.create({ name: 'late', id: 'late', members: [{ calendarId: b }, { calendarId: c }] })
    w.calls.length = 0
    await w.user.groups.sync('late')
    expect(w.calls.map(({ calendar }) => calendar)).not.toContain('cal-c')

    await w.user.groups.create({ name: 'other', id: 'other', members: [{ calendarId: a }, { calendarId: b }] })
    await w.user.groups.change('other', { members: [{ calendarId: a }, { calendarId: b }, { calendarId: c }] })
    await w.user.groups.sync('other')
    expect(w.calls.map(({ calendar }) => calendar)).not.toContain('cal-c')
  })

  test('that is set while a sync writes to the group holds for the next one', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    let set: Promise<unknown> | undefined
    const onProgress = () => {
      set ??= w.user.pauses.set({ scope: 'user', reason: holiday })
    }
    await w.sync({ onProgress }).catch(() => undefined)
    await set
    await expect(w.sync()).rejects.toMatchObject({ code: 'paused' })
  })

  test('with a reason that is none is refused', async () => {
    const w = await world()
    for (const given of [
      { scope: 'user', reason: '' },
      { scope: 'user', reason: 'a/b' },
      { scope: 'everybody', reason: holiday },
      { scope: { group: 'group', calendar: 'x' }, reason: holiday },
      { scope: {}, reason: holiday },
    ])
      await expect(w.user.pauses.set(given as never)).rejects.toMatchObject({ code: 'invalid_input' })
  })

  test('whose end did not reach the queue ends all the same, at the next safety poll', async () => {
    const { w, scheduler, pass } = await working()
    await pass(0)
    await w.user.pauses.set({ scope: 'user', reason: holiday })
    w.calendar(0).add(content('Lunch'))
    await pass(60 * minute)
    const { enqueue } = scheduler
    scheduler.enqueue = () => Promise.reject(new Error('away'))
    await w.user.pauses.clear({ scope: 'user', reason: holiday })
    scheduler.enqueue = enqueue
    for (let n = 0; n < 10; n++) await pass(60 * minute)
    expect(w.titles(1)).toEqual(['Lunch'])
  })

  test('costs a run one read where there ever was one, and nothing elsewhere; a quiet run still writes nothing', async () => {
    const { w, pass } = await working()
    await pass(0)
    await w.settle()
    let reads = 0
    const { list } = w.storage
    w.storage.list = (user, collection, query) => {
      if (collection === 'pause') reads++
      return list(user, collection, query)
    }
    for (const expected of [0, 1]) {
      reads = 0
      w.commits.length = 0
      await w.sync()
      expect([reads, w.commits.length]).toEqual([expected, 0])
      await w.user.pauses.set({ scope: { calendar: w.calendarIds[0] ?? '' }, reason: holiday })
      await w.user.pauses.clear({ scope: { calendar: w.calendarIds[0] ?? '' }, reason: holiday })
    }
  })

  test(`does not stop the end of a group`, async () => {
    const { w, scheduler, pass } = await working()
    await pass(0)
    await w.user.pauses.set({ scope: { group: 'group' }, reason: holiday })
    await w.user.groups.remove('group', { copies: 'keep' })
    expect(scheduler.waiting().map(({ key }) => key)).not.toContain(groupJob)
  })
})
