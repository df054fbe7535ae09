import { describe, expect, test } from 'vitest'
import type { EngineEvent } from '../../src/model/engine-event.js'
import { outcomeOf, type RunMeasures } from '../../src/model/run-measures.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { content, hours, type World, world } from '../support/world.js'

/** What the runs came to since this was last asked. */
async function measured(...given: Parameters<typeof world>) {
  const w = await world(...given)
  const events: EngineEvent[] = []
  w.engine.subscribe((event) => events.push(event))
  const take = (): readonly RunMeasures[] =>
    events.splice(0).flatMap((event) => (event.type === 'run.ended' && event.measures ? [event.measures] : []))
  return { w, take, events }
}

const sum = (all: readonly RunMeasures[], of: (one: RunMeasures) => number) =>
  all.reduce((total, one) => total + of(one), 0)

describe('what a run came to', () => {
  test('of a run that finds nothing is nothing', async () => {
    const { w, take } = await measured()
    w.calendar(0).add(content('one'))
    await w.settle()
    take()
    await w.sync()
    expect(take()).toEqual([
      {
        ...{ providers: ['memory'], connections: ['account'], calendars: 2, skipped: 0, retried: 0, loops: 0 },
        ...{ conflicts: [], pending: 0, waits: [], stale: [{ provider: 'memory', ms: 0 }] },
      },
    ])
  })

  test('writes that are tried again are told', async () => {
    const { w, take } = await measured()
    w.calendar(0).add(content('one'))
    w.fault = ({ method }) => (method === 'create' ? { code: 'event_refused' } : undefined)
    await w.sync()
    expect(sum(take(), ({ retried }) => retried)).toBe(0)
    w.fault = undefined
    w.clock.now += 2 * 86_400_000
    await w.sync()
    expect(sum(take(), ({ retried }) => retried)).toBe(1)
  })

  test('an event that needs nothing is told as skipped', async () => {
    const { w, take } = await measured()
    w.calendar(0).add(content('same', { time: hours(9) }))
    w.calendar(1).add(content('same', { time: hours(9) }))
    await w.sync()
    expect(sum(take(), ({ skipped }) => skipped)).toBeGreaterThan(0)
  })

  test('copies that are found again after the database was lost are no new events', async () => {
    const before = await world()
    before.calendar(0).add(content('one'))
    before.calendar(0).add(content('two', { time: hours(12) }))
    await before.settle()
    const events: EngineEvent[] = []
    const storage = memoryStorage()
    const { SyncEngine } = await import('../../src/engine/sync-engine.js')
    const engine = new SyncEngine({
      ...{ storage, providers: [before.provider], secret: 'a secret of this test', now: () => before.clock.now },
    })
    engine.subscribe((event) => events.push(event))
    const user = engine.user('user_1')
    await before.weave(user)
    await user.groups.sync('group')
    const loops = events.flatMap((event) => (event.type === 'run.ended' ? [event.measures?.loops] : []))
    expect(loops).toEqual([2])
    expect(before.titles(1)).toEqual(['one', 'two'])
  })

  test('a run beside another worker has none, and counts as busy', async () => {
    const { w, events } = await measured()
    w.calendar(0).add(content('one'))
    let other: Promise<unknown> | undefined
    await w.sync({
      onProgress: () => {
        other ??= w.user.groups.sync('group')
      },
    })
    await other
    const ended = events.flatMap((event) => (event.type === 'run.ended' ? [event] : []))
    expect(ended.map(({ run, measures }) => [run.end, measures === undefined])).toEqual([
      ['busy', true],
      ['finished', false],
    ])
  })
})

describe('since when a calendar cannot be read', () => {
  const since = async (w: World) => (await w.user.calendars.get(w.calendarIds[0] ?? '')).pull.failingSince

  test('stays the first time, also for another worker, and is forgotten when it can be read', async () => {
    const { w } = await measured()
    w.fault = () => ({ code: 'unavailable' })
    await w.sync()
    const first = w.clock.now
    w.clock.now += 600_000
    await w.worker().groups.sync('group')
    expect(await since(w)).toBe(first)
    w.fault = undefined
    await w.sync()
    expect(await since(w)).toBeUndefined()
  })
})

test.each([
  [{ end: 'finished', failures: 0 }, 2, 'ok'],
  [{ end: 'finished', failures: 1 }, 2, 'partial'],
  [{ end: 'finished', failures: 2 }, 2, 'failed'],
  [{ end: 'budget', failures: 0 }, 2, 'continues'],
  [{ end: 'aborted', failures: 0 }, 2, 'continues'],
  [{ end: 'busy', failures: 0 }, 0, 'busy'],
] as const)('%o of %i calendars is %s', ({ end, failures }, calendars, outcome) => {
  expect(outcomeOf({ end, failures: Array.from({ length: failures }) as never }, calendars)).toBe(outcome)
})
