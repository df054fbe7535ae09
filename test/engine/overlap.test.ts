import { expect, test } from 'vitest'
import { content, world } from '../support/world.js'

test('syncs of one group that overlap in one engine leave the work to the first', async () => {
  const w = await world()
  for (let n = 0; n < 20; n++) w.calendar(0).add(content(`event ${n}`))
  const runs = await Promise.all([1, 2, 3].map(() => w.user.groups.sync(w.group.id)))
  expect(runs.map(({ end }) => end).sort()).toEqual(['busy', 'busy', 'finished'])
  expect(w.titles(1)).toEqual(w.titles(0))
})

test('a calendar that is renamed while it is listed does not end the sync', async () => {
  const w = await world()
  for (let n = 0; n < 600; n++) w.calendar(0).add(content(`event ${n}`))
  w.calendar(0).rename('Renamed')
  const [run] = await Promise.all([w.user.groups.sync(w.group.id), w.user.connections.refresh('account')])
  expect(run).toMatchObject({ end: 'finished', failures: [] })
  expect((await w.user.calendars.list()).map(({ name }) => name)).toContain('Renamed')
})

test('a service that goes silent is not asked for every event', async () => {
  const w = await world()
  for (let n = 0; n < 200; n++) w.calendar(0).add(content(`event ${n}`))
  w.fault = ({ method, phase }) => (method === 'create' && phase === 'before' ? { code: 'timeout' } : undefined)
  const run = await w.sync()
  expect(run.failures).toMatchObject([{ failure: { code: 'timeout' } }])
  expect(w.calls.filter(({ method }) => method === 'create').length).toBeLessThan(20)
  w.fault = undefined
  await w.settle()
  expect(w.titles(1)).toEqual(w.titles(0))
})
