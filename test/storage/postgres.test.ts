import { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { postgresStorage } from '../../src/storage/postgres/index.js'
import { storageContract } from '../../src/testing/storage-contract.js'

let pool: PGlite
let made = 0
const make = async () => postgresStorage({ pool, schema: `s${made++}` })

beforeAll(async () => {
  pool = await PGlite.create()
}, 120_000)
afterAll(() => pool.close())

describe('postgres, in PGlite', () => {
  for (const { name, run } of storageContract) test(name, () => run(make))
})
