import { PGlite } from '@electric-sql/pglite'
import { fromPglite } from 'pg-boss'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { schedulerContract } from '../../src/testing/scheduler-contract.js'
import { type BossWorld, bossFixture, bossWorld } from '../scheduler/pg-boss/boss-fixture.js'
import { startPostgres } from './postgres-server.js'
import { startTimeoutMs } from './real-server.js'

/** Each process has a pg-boss, and a pool of connections, of its own. */
describe('pg-boss over PostgreSQL', () => {
  let world: BossWorld
  let end: () => Promise<void>
  let count = 0

  beforeAll(async () => {
    const { url, stop } = await startPostgres()
    world = bossWorld((n) => ({ connectionString: url, max: 4, application_name: `process ${n}` }))
    end = stop
    for (const n of [0, 1, 2]) await world.boss(n)
  }, startTimeoutMs)
  afterAll(async () => {
    await world.close()
    await end()
  })

  for (const { name, run } of schedulerContract) test(name, () => run(async () => bossFixture(world, `q${count++}`, 3)))

  test('loses nothing when three processes enqueue, end and cancel one key at once, again and again', async () => {
    const fixture = bossFixture(world, `q${count++}`, 3)
    const processes = [await fixture.open(), await fixture.open(), await fixture.open()]
    const done: number[] = []
    for (const { scheduler } of processes)
      await scheduler.start(async ({ data }) => {
        done.push(data as number)
        return { type: 'done' }
      })
    for (let round = 0; round < 40; round++) {
      const job = { key: 'k', tenant: 't', kind: 'test', data: round, urgency: 'push', at: fixture.now() } as const
      await Promise.all(processes.map(({ scheduler }) => scheduler.enqueue(job)))
    }
    await fixture.pass(20_000)
    // Whatever was joined with what: something ran after the last time that it was enqueued.
    expect(done.at(-1)).toBe(39)
    expect(await processes[0]?.scheduler.get('k')).toBeUndefined()
    await fixture.close()
  })
})

/** One connection, so one pg-boss: every process of a test is a scheduler of its own on it. */
describe('pg-boss over PGlite', () => {
  let database: PGlite
  let world: BossWorld
  let count = 0

  beforeAll(async () => {
    database = new PGlite()
    const db = fromPglite(database)
    world = bossWorld(() => ({ db, backend: 'pglite' }))
    await world.boss(0)
  })
  afterAll(async () => {
    await world.close()
    await database.close()
  })

  for (const { name, run } of schedulerContract) test(name, () => run(async () => bossFixture(world, `q${count++}`, 1)))
})
