import { PGlite } from '@electric-sql/pglite'
import { fromPglite } from 'pg-boss'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { schedulerContract } from '../../../src/testing/scheduler-contract.js'
import { type BossWorld, bossFixture, bossWorld } from './boss-fixture.js'

/** Every process is a scheduler of its own on the one pg-boss that PGlite allows. */
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
