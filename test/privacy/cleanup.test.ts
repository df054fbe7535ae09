import { describe, expect, test } from 'vitest'
import type { StrategySpec } from '../../src/model/group.js'
import type { CalendarId } from '../../src/model/ids.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { content, daily, type World, type WorldOptions, world } from '../support/world.js'

/** Events of people and copies of them on both sides, and then a new, empty database; nothing is woven in it. */
async function lostDatabase(options: WorldOptions = {}, id = 'account') {
  const w = await world(options)
  for (let n = 0; n < 5; n++) {
    w.calendar(0).add(content(`Mine ${n}`))
    w.calendar(1).add(content(`Yours ${n}`))
  }
  w.calendar(0).add(daily('Series'))
  await w.settle()
  const user = w.worker({ storage: memoryStorage() })
  await user.connections.add({ provider: 'memory', id, settings: { account: 'default' } })
  const calendars = await user.calendars.list()
  const idOf = (remote: string) => calendars.find(({ remoteId }) => remoteId === remote)?.id ?? ''
  return { w, user, a: idOf('cal-a'), b: idOf('cal-b') }
}

const mine = [...Array.from({ length: 5 }, (_, n) => `Mine ${n}`), 'Series']
const yours = Array.from({ length: 5 }, (_, n) => `Yours ${n}`)

describe('a cleanup', () => {
  test('finds every copy by its mark after the database was lost, and nothing that people made', async () => {
    const { w, user, a, b } = await lostDatabase()
    expect(w.titles(1)).toHaveLength(11)
    expect(await user.calendars.cleanup(b, { isDryRun: true })).toMatchObject({ removed: 6 })
    expect(w.titles(1)).toHaveLength(11)
    expect(await user.calendars.cleanup(b)).toEqual({ removed: 6, otherIds: 0, unreadable: 0, left: 0 })
    expect(await user.calendars.cleanup(a)).toEqual({ removed: 5, otherIds: 0, unreadable: 0, left: 0 })
    expect([w.titles(0), w.titles(1)]).toEqual([mine, yours])
    expect(await user.calendars.cleanup(b)).toMatchObject({ removed: 0 })
    const told = (await user.audit.listSettings()).items.filter(({ action }) => action === 'copies.cleaned')
    expect(told.map(({ calendarId }) => calendarId)).toEqual([b, a])
  })

  test('in a calendar of many pages, on a service that guards no writes', async () => {
    for (const behaviour of [{}, { guardedWrites: false }, { returnsRevision: false }]) {
      const { w, user, a } = await lostDatabase({ pageSize: 2, behaviours: [behaviour, behaviour] })
      expect(await user.calendars.cleanup(a)).toMatchObject({ removed: 5, left: 0 })
      expect(w.titles(0)).toEqual(mine)
    }
  })

  test('leaves what a person copied from a copy, and what was signed with another secret', async () => {
    const { w, user, b } = await lostDatabase()
    w.calendar(1).copy(w.event(1, 'Mine 0').id)
    expect(await user.calendars.cleanup(b)).toMatchObject({ removed: 6 })
    expect(w.titles(1)).toEqual(['Mine 0', ...yours])
    const stranger = await lostDatabase()
    const other = stranger.w.worker({ storage: memoryStorage(), secret: 'another secret' })
    await other.connections.add({ provider: 'memory', id: 'account', settings: { account: 'default' } })
    for (const { id } of await other.calendars.list())
      expect(await other.calendars.cleanup(id, { otherIds: true })).toMatchObject({ removed: 0 })
    expect(stranger.w.titles(1)).toHaveLength(11)
  })

  test('under another id of the connection it removes nothing, says how many there are, and takes them when told to', async () => {
    const { w, user, b } = await lostDatabase({}, 'a-new-id')
    expect(await user.calendars.cleanup(b)).toEqual({ removed: 0, otherIds: 6, unreadable: 0, left: 0 })
    expect(await user.calendars.cleanup(b, { otherIds: true })).toMatchObject({ removed: 6, otherIds: 0 })
    expect(w.titles(1)).toEqual(yours)
  })

  test('never takes the copies of a group that still is there, whatever id of the calendar it is asked by', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    const [a, b = ''] = w.calendarIds
    await expect(w.user.calendars.cleanup(b)).rejects.toMatchObject({ code: 'invalid_input' })
    await w.user.connections.add({ provider: 'memory', id: 'again', settings: { account: 'default' } })
    const twins = (await w.user.calendars.list()).filter(({ id }) => id !== a && id !== b)
    for (const { id } of twins)
      expect(await w.user.calendars.cleanup(id, { otherIds: true })).toMatchObject({ removed: 0 })
    await w.settle()
    expect([w.titles(0), w.titles(1)]).toEqual([['Lunch'], ['Lunch']])
  })

  test('what somebody changes in the same moment is read again before it goes', async () => {
    const { w, user, b } = await lostDatabase()
    const edited = w.event(1, 'Mine 1').id
    let isEdited = false
    w.fault = ({ method, phase, id }) => {
      if (method !== 'remove' || phase !== 'before' || id !== edited || isEdited) return undefined
      isEdited = true
      w.calendar(1).edit(edited, { location: 'changed' })
      return undefined
    }
    expect(await user.calendars.cleanup(b)).toMatchObject({ removed: 6, left: 0 })
    expect(isEdited).toBe(true)
    expect(w.titles(1)).toEqual(yours)
  })

  test('that is cut off goes on when it is called again', async () => {
    const { w, user, b } = await lostDatabase({ pageSize: 3 })
    for (let failures = 0; failures < 20; failures++) {
      let calls = 0
      w.fault = ({ phase }) => (phase === 'before' && ++calls > 2 + failures ? { code: 'unavailable' } : undefined)
      const end = await user.calendars.cleanup(b).catch((error: { code: string }) => error.code)
      if (typeof end === 'object') break
      expect(end).toBe('unavailable')
    }
    expect(w.titles(1)).toEqual(yours)
  })
})

describe('an account that is disconnected together with the copies in it', () => {
  const apart = async (): Promise<World> => {
    const w = await world({ apart: true, calendars: 3 })
    w.calendar(0).add(content('From a'))
    w.calendar(1).add(content('From b'))
    w.calendar(2).add(content('From c'))
    await w.settle()
    return w
  }

  test('keeps what people made there; the others go on among themselves', async () => {
    const w = await apart()
    const [, b] = w.calendarIds
    const { cleaned } = await w.user.connections.disconnect('account-1', { copies: 'remove' })
    expect(cleaned).toEqual([{ calendarId: b, removed: 2, otherIds: 0, unreadable: 0, left: 0 }])
    expect(w.titles(1)).toEqual(['From b'])
    w.calendar(0).add(content('Later'))
    await w.settle()
    expect(w.titles(0)).toEqual(['From a', 'From b', 'From c', 'Later'])
    expect(w.titles(2)).toEqual(w.titles(0))
    expect(w.titles(1)).toEqual(['From b'])
  })

  test('leaves the orders of preference that name it, too', async () => {
    const w = await apart()
    const [a, b, c] = w.calendarIds
    const prefer = (...order: (string | undefined)[]): StrategySpec => ({
      use: 'preferCalendar',
      order: order as CalendarId[],
    })
    await w.user.groups.change('group', { strategies: [prefer(b, a, c)], fieldStrategies: { title: [prefer(b)] } })
    await w.user.connections.disconnect('account-1', { copies: 'remove' })
    const group = await w.user.groups.get('group')
    expect([group.strategies, group.fieldStrategies]).toEqual([[prefer(a, c)], { title: [] }])
    expect(w.titles(1)).toEqual(['From b'])
  })

  test('carries home what a person typed into a copy before it goes', async () => {
    const w = await apart()
    w.calendar(1).edit(w.event(1, 'From a').id, { location: 'typed into the copy' })
    w.clock.now += 60_000
    await w.user.connections.disconnect('account-1', { copies: 'remove' })
    expect(w.event(0, 'From a').content.location).toBe('typed into the copy')
  })

  test('ends a group of two, whose other calendar stays as it is', async () => {
    const w = await world({ apart: true })
    w.calendar(0).add(content('From a'))
    w.calendar(1).add(content('From b'))
    await w.settle()
    await w.user.connections.disconnect('account-1', { copies: 'remove' })
    expect([w.titles(0), w.titles(1)]).toEqual([['From a', 'From b'], ['From b']])
    expect(await w.user.groups.list()).toEqual([])
  })

  test('stays connected when its copies cannot be removed now', async () => {
    const w = await apart()
    w.fault = ({ method }) => (method === 'remove' ? { code: 'unavailable' } : undefined)
    await expect(w.user.connections.disconnect('account-1', { copies: 'remove' })).rejects.toMatchObject({
      code: 'unavailable',
    })
    const connection = (await w.user.connections.list()).find(({ id }) => id === 'account-1')
    expect(connection?.needs).toBeUndefined()
    w.fault = undefined
    w.clock.now += 120_000
    await w.user.connections.disconnect('account-1', { copies: 'remove' })
    expect(w.titles(1)).toEqual(['From b'])
    expect(w.titles(0)).toEqual(['From a', 'From b', 'From c'])
  })
})
