import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import type { Engine } from '../../src/engine/engine.js'
import { withLease } from '../../src/engine/lease.js'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import { SyncError } from '../../src/errors.js'
import type { UserId } from '../../src/model/ids.js'
import { memoryProvider } from '../../src/providers/memory/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { sqliteStorage } from '../../src/storage/sqlite/index.js'
import type { Storage } from '../../src/storage/storage.js'
import { latch, testVault } from '../auth/fixtures.js'
import { content, daily, type World, world } from '../support/world.js'

/** Every cell of every table, as text. */
function dumpOf(database: DatabaseSync): string {
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
  return tables.map(({ name }) => JSON.stringify(database.prepare(`SELECT * FROM "${name}"`).all())).join('\n')
}

/** Canary words in everything that a person may type, and every kind of record that there is. */
async function lived(storage?: Storage) {
  const database = new DatabaseSync(':memory:')
  const kept = storage ?? sqliteStorage({ database })
  const w = await world({
    storage: kept,
    apart: true,
    calendars: 3,
    group: { name: 'Canary group', strategies: [{ use: 'askAPerson' }] },
    engine: { auditValues: true, auth: { vault: testVault() } },
  })
  await w.user.connections.add({
    provider: 'memory',
    id: 'spare',
    name: 'Canary account',
    settings: { account: 'spare' },
    credentials: { password: 'Canary password' },
  })
  const id = w.calendar(0).add(content('Canary lunch', { description: 'Canary text' }))
  w.calendar(1).add(daily('Canary series'))
  await w.settle()
  w.calendar(0).edit(id, { location: 'Canary here' })
  w.calendar(1).edit(w.event(1, 'Canary lunch').id, { location: 'Canary there' })
  await w.settle()
  return { w, database }
}

async function another(w: World, id: string): Promise<string> {
  const service = memoryProvider({ now: () => w.clock.now })
  for (const name of ['one', 'two']) service.service.addCalendar({ id: name })
  const engine = new SyncEngine({ storage: w.storage, providers: [service], now: () => w.clock.now })
  const user = engine.user(id)
  await user.connections.add({ provider: 'memory', id: 'theirs' })
  const members = (await user.calendars.list()).map((calendar) => ({ calendarId: calendar.id }))
  await user.groups.create({ id: 'group', name: 'theirs', members })
  service.service.calendar('one').add(content('Their lunch'))
  await user.groups.sync('group')
  return id
}

describe('a user who is forgotten', () => {
  test('leaves no trace in the storage, and nobody else is touched', async () => {
    const { w, database } = await lived()
    for (const id of ['user_10', 'user_2']) await another(w, id)
    const rowsOf = (user: string) =>
      dumpOf(database)
        .split('},{')
        .filter((row) => row.includes(`"user":"${user}"`)).length
    const before = [rowsOf('user_10'), rowsOf('user_2')]
    expect(dumpOf(database)).toContain('Canary')
    expect(await w.user.purge({ copies: 'keep' })).toEqual({ notRevoked: [], notCleaned: [] })
    const dump = dumpOf(database)
    expect(dump).not.toContain('Canary')
    expect(dump).not.toContain('user_1"')
    expect([rowsOf('user_10'), rowsOf('user_2')]).toEqual(before)
    expect(w.titles(2)).toEqual(['Canary lunch', 'Canary series'])
    expect(await w.engine.purgesUnderWay()).toEqual([])
    expect(await w.user.purge({ copies: 'keep' })).toEqual({ notRevoked: [], notCleaned: [] })
    expect(dumpOf(database)).not.toContain('user_1"')
  })

  test('with the copies: what people made stays where they made it, without marks beside it', async () => {
    const w = await world({ apart: true, calendars: 3 })
    w.calendar(0).add(content('Lunch'))
    w.calendar(1).add(daily('Series'))
    await w.settle()
    await w.user.purge({ copies: 'remove' })
    expect([w.titles(0), w.titles(1), w.titles(2)]).toEqual([['Lunch'], ['Series'], []])
  })

  for (const pause of ['calendar', 'connection', 'group', 'user'] as const)
    test(`with the copies, also while a ${pause} of theirs is paused`, async () => {
      const w = await world({ apart: true })
      w.calendar(0).add(content('Lunch'))
      w.calendar(1).add(content('Dinner'))
      await w.settle()
      const scopes = {
        calendar: { calendar: w.calendarIds[1] ?? '' },
        connection: { connection: 'account-1' },
        group: { group: 'group' },
        user: 'user',
      } as const
      await w.user.pauses.set({ scope: scopes[pause], reason: 'holiday' })
      expect(await w.user.purge({ copies: 'remove' })).toEqual({ notRevoked: [], notCleaned: [] })
      expect([w.titles(0), w.titles(1)]).toEqual([['Lunch'], ['Dinner']])
    })

  test('with copies that no group knows of any more', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    await w.user.groups.remove('group', { copies: 'keep' })
    await w.user.purge({ copies: 'remove' })
    expect([w.titles(0), w.titles(1)]).toEqual([['Lunch'], []])
  })

  test('is told where copies may be left, and is forgotten all the same', async () => {
    const w = await world({ apart: true })
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    await w.user.groups.remove('group', { copies: 'keep' })
    w.fault = ({ method, calendar }) =>
      method === 'changes' && calendar === 'cal-b' ? { code: 'unavailable' } : undefined
    const { notCleaned } = await w.user.purge({ copies: 'remove' })
    expect(notCleaned).toEqual([
      { calendarId: w.calendarIds[1], failure: expect.objectContaining({ code: 'unavailable' }) },
    ])
    expect(await w.user.connections.list()).toEqual([])
  })

  test('goes on from wherever it was cut off', async () => {
    for (const copies of ['keep', 'remove'] as const)
      for (let cut = 1, isWhole = false; !isWhole; cut += 4) {
        const { w, database } = await small()
        let calls = 0
        const dying = dyingAfter(w.storage, () => ++calls > cut)
        const user = w.worker({ storage: dying, auth: { vault: testVault() } })
        isWhole = await user.purge({ copies }).then(
          () => true,
          () => false,
        )
        if (!isWhole && cut > 2) expect(await w.engine.purgesUnderWay()).toMatchObject([{ userId: 'user_1', copies }])
        w.clock.now += 120_000
        await w.user.purge({ copies })
        expect(dumpOf(database), `cut at ${cut}`).not.toMatch(/Canary|user_1"/)
        expect(w.titles(1), `cut at ${cut}`).toEqual(
          copies === 'keep' ? ['Canary lunch', 'Canary own'] : ['Canary own'],
        )
        expect(w.titles(0)).toContain('Canary lunch')
      }
  })

  for (const method of ['changes', 'create'] as const)
    test(`is not brought back by a worker that slept in a ${method} past its lease`, async () => {
      const { w, database } = await small()
      w.calendar(0).add(content('Canary late'))
      const gate = latch()
      let isHeld = false
      w.fault = async (call) => {
        if (call.method !== method || call.phase !== 'after' || isHeld) return undefined
        isHeld = true
        await gate.pass()
        return undefined
      }
      const asleep = w.worker({ auth: { vault: testVault() } }).groups.sync('group')
      await gate.arrived
      await expect(w.user.purge({ copies: 'keep' })).rejects.toMatchObject({ code: 'unavailable' })
      w.clock.now += 120_000
      await w.user.purge({ copies: 'keep' })
      expect(dumpOf(database)).not.toMatch(/Canary|user_1"/)
      gate.open()
      await asleep.catch(() => undefined)
      expect(dumpOf(database)).not.toMatch(/Canary|user_1"/)
    })
})

test('a lease that was forgotten together with its user is not taken up again by whoever had it', async () => {
  const storage = memoryStorage()
  const clock = { now: 0 }
  const engine = { storage, now: () => clock.now, leaseMs: 1_000, newHolder: () => 'w1' } as unknown as Engine
  const user = 'user_1' as UserId
  const work = withLease(engine, user, 'group/g', async (lease) => {
    clock.now = 2_000
    expect(await storage.claim(user, 'group/g', 'w2', 1_000, clock.now)).toBeDefined()
    await storage.forget?.(user)
    return lease.fresh()
  })
  await expect(work).rejects.toMatchObject({ code: 'lease_lost' })
})

async function small() {
  const database = new DatabaseSync(':memory:')
  const w = await world({ storage: sqliteStorage({ database }), apart: true, engine: { auth: { vault: testVault() } } })
  w.calendar(0).add(content('Canary lunch'))
  w.calendar(1).add(content('Canary own'))
  await w.settle()
  return { w, database }
}

/** A storage whose process dies at some call: nothing is done any more, and nobody is told. */
function dyingAfter(storage: Storage, isDead: () => boolean): Storage {
  const alive = <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      if (isDead()) throw new SyncError('storage_failed', 'The process died.')
      return call(...args)
    }
  }
  return {
    get: alive((...args) => storage.get(...args)),
    getMany: alive((...args) => storage.getMany(...args)),
    list: alive((...args) => storage.list(...args)),
    commit: alive((...args) => storage.commit(...args)),
    claim: alive((...args) => storage.claim(...args)),
    release: alive((...args) => storage.release(...args)),
    users: alive((...args) => storage.users(...args)),
    forget: alive(async (user) => storage.forget?.(user)),
    close: () => storage.close(),
  }
}
