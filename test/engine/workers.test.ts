import { describe, expect, test } from 'vitest'
import { content, world } from '../support/world.js'

describe('two workers', () => {
  test('at the same group at once: one works, the other finds it busy and asks nothing of any calendar', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    const other = w.worker()
    const runs = await Promise.all([w.user.groups.sync('group'), other.groups.sync('group')])
    expect(runs.map(({ end }) => end).sort()).toEqual(['busy', 'finished'])
    expect(w.calls.filter(({ method }) => method === 'create')).toHaveLength(1)
    expect(runs.find(({ end }) => end === 'busy')).toMatchObject({ more: true, counts: { created: 0 } })
  })

  test('a plan that is asked for while a sync is under way is told to come back', async () => {
    const w = await world()
    const sync = w.user.groups.sync('group')
    await expect(w.worker().groups.plan('group')).rejects.toMatchObject({ code: 'unavailable', remedy: 'retry' })
    await sync
  })

  /** The first worker sleeps in the n-th call until its lease has run out and another one has done all the work. */
  for (const point of ['changes', 'page', 'create', 'update', 'remove'] as const)
    for (const phase of ['before', 'after'] as const)
      test(`one that sleeps past its lease ${phase} ${point} writes nothing of it, and nothing is doubled or lost`, async () => {
        const w = await world({ engine: { leaseMs: 30_000 } })
        const edited = w.calendar(0).add(content('Edited'))
        const removed = w.calendar(0).add(content('Removed'))
        await w.settle()
        w.calendar(0).edit(edited, { location: 'Café' })
        w.calendar(0).remove(removed)
        w.calendar(1).add(content('New'))
        const other = w.worker()
        let isAsleep = false
        let ended: string | undefined
        w.fault = async (call) => {
          if (isAsleep || call.method !== point || call.phase !== phase) return undefined
          isAsleep = true
          w.clock.now += 120_000
          ended = (await other.groups.sync('group')).end
          return undefined
        }
        const run = await w.sync()
        expect(isAsleep).toBe(true)
        expect(ended).toBe('finished')
        expect(run.end).toBe('busy')
        w.fault = undefined
        await w.settle()
        for (const side of [0, 1]) {
          expect(w.titles(side)).toEqual(['Edited', 'New'])
          expect(w.event(side, 'Edited').content.location).toBe('Café')
        }
      })

  for (const direction of ['both', 'write'] as const)
    for (const behaviour of [{}, { revisions: 'none' }, { returnsBody: false }] as const)
      test(`a removal that arrives when its worker wakes, and that nobody means any more, is no person's: ${direction} ${JSON.stringify(behaviour)}`, async () => {
        const w = await world({
          engine: { leaseMs: 30_000 },
          members: [{}, { direction }],
          behaviours: [undefined, behaviour],
        })
        const id = w.calendar(0).add(content('Lunch'))
        await w.settle()
        w.calendar(0).remove(id)
        const other = w.worker()
        let isAsleep = false
        w.fault = async (call) => {
          if (isAsleep || call.method !== 'remove' || call.phase !== 'before') return undefined
          isAsleep = true
          w.clock.now += 120_000
          w.calendar(0).restoreFromBin(id)
          for (let syncs = 0; syncs < 3; syncs++) await other.groups.sync('group')
          expect([w.titles(0), w.titles(1)]).toEqual([['Lunch'], ['Lunch']])
          return undefined
        }
        expect((await w.sync()).end).toBe('busy')
        expect(w.titles(1)).toEqual([])
        w.fault = undefined
        await w.settle()
        expect([w.titles(0), w.titles(1)]).toEqual([['Lunch'], ['Lunch']])
      })

  test('one that sleeps past its lease over a page does not put it over what another has read since', async () => {
    const w = await world({ engine: { leaseMs: 30_000 } })
    const id = w.calendar(0).add(content('Lunch'))
    await w.settle()
    w.calendar(0).edit(id, { location: 'Café' })
    const other = w.worker()
    const mirrored = async () => {
      const calendar = await other.calendars.get(w.calendarIds[0] ?? '')
      const day = { from: w.clock.now - 86_400_000, to: w.clock.now + 86_400_000 }
      return [
        calendar.pull.cursor,
        (await other.events.agenda([calendar.id], day)).map((event) => event.content.location),
      ]
    }
    let read: unknown
    w.fault = async ({ method, phase, calendar }) => {
      if (method !== 'page' || phase !== 'after' || calendar !== 'cal-a') return undefined
      w.fault = undefined
      w.clock.now += 120_000
      w.calendar(0).edit(id, { location: 'Bar' })
      await other.groups.sync('group')
      read = await mirrored()
      return undefined
    }
    expect((await w.sync()).end).toBe('busy')
    expect(read).toEqual([expect.any(String), ['Bar']])
    expect(await mirrored()).toEqual(read)
  })

  test('a create that lands after its event was removed and forgotten is taken away again', async () => {
    const w = await world({ engine: { leaseMs: 30_000 } })
    const id = w.calendar(0).add(content('Lunch'))
    const other = w.worker()
    w.fault = async ({ method, phase }) => {
      if (method !== 'create' || phase !== 'before') return undefined
      w.fault = undefined
      w.calendar(0).remove(id)
      for (let day = 0; day < 4; day++) {
        w.clock.now += 86_400_000
        await other.groups.sync('group')
      }
      expect((await other.events.ofGroup('group')).items).toEqual([])
      return undefined
    }
    await w.sync()
    expect(w.titles(1)).toEqual(['Lunch'])
    await w.settle()
    for (const side of [0, 1]) expect(w.titles(side)).toEqual([])
  })

  test('a create that was taken for lost and lands after all is brought up to date, and not taken for what the service made of the next one', async () => {
    const w = await world({ engine: { leaseMs: 30_000 } })
    const id = w.calendar(0).add(content('Lunch'))
    const other = w.worker()
    w.fault = async ({ method, phase }) => {
      if (method !== 'create' || phase !== 'before') return undefined
      // Before the first worker's create arrives, another one looks for it twice and tries again.
      w.fault = (call) => (call.method === 'create' && call.phase === 'before' ? { code: 'timeout' } : undefined)
      w.calendar(0).edit(id, { categories: ['Team'] })
      for (let day = 0; day < 3; day++) {
        w.clock.now += 86_400_000
        await other.groups.sync('group')
      }
      w.fault = undefined
      return undefined
    }
    await w.sync()
    expect(w.event(1, 'Lunch').content.categories).toEqual([])
    w.clock.now += 86_400_000
    await w.settle()
    for (const side of [0, 1]) expect(w.event(side, 'Lunch').content.categories).toEqual(['Team'])
  })

  test('one whose lease was taken commits nothing any more', async () => {
    const w = await world({ engine: { leaseMs: 30_000 } })
    w.calendar(0).add(content('Lunch'))
    const other = w.worker()
    let commitsWhenTaken = -1
    w.fault = async ({ method, phase }) => {
      if (method !== 'create' || phase !== 'after' || commitsWhenTaken >= 0) return undefined
      commitsWhenTaken = 0
      w.clock.now += 120_000
      await w.storage.claim('user_1' as never, 'group/group', 'a thief', 60_000, w.clock.now)
      commitsWhenTaken = w.commits.length
      return undefined
    }
    const run = await w.sync()
    expect(run.end).toBe('busy')
    // what it still tried was refused: the event is as the first commit left it
    const [event] = (await other.events.ofGroup('group')).items
    expect(event?.copies.find(({ calendarId }) => calendarId === w.calendarIds[1])?.status).toBe('absent')
    w.clock.now += 120_000
    w.fault = undefined
    await w.settle()
    expect(w.titles(1)).toEqual(['Lunch'])
  })

  test('a long run keeps its lease by itself', async () => {
    const w = await world({ engine: { leaseMs: 30_000 }, concurrentWrites: 1 })
    for (let n = 0; n < 20; n++) w.calendar(0).add(content(`Event ${n}`))
    w.fault = ({ method, phase }) => {
      if (method === 'create' && phase === 'before') w.clock.now += 10_000
      return undefined
    }
    expect((await w.sync()).end).toBe('finished')
    expect(w.calendar(1).size).toBe(20)
  })
})
