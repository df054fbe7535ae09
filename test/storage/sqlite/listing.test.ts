import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import type { UserId } from '../../../src/model/ids.js'
import { checkQuery } from '../../../src/storage/checks.js'
import { listStatement } from '../../../src/storage/sqlite/records.js'
import { migrations } from '../../../src/storage/sqlite/schema.js'
import { usersStatement } from '../../../src/storage/sqlite/users.js'
import { type Collection, collections } from '../../../src/storage/storage.js'

test('every listing walks an index in order: none scans a table, none sorts', () => {
  const database = new DatabaseSync(':memory:')
  for (const sql of migrations.flatMap((migration) => migration())) database.exec(sql)
  for (const [name, indices] of Object.entries(collections)) {
    for (const index of [undefined, ...indices]) {
      for (const part of [{}, { from: 'a' }, { to: 'z' }, { from: 'a', to: 'z' }, { to: 'z', after: '["b","c"]' }]) {
        const range = checkQuery(name as Collection, { ...part, limit: 10, ...(index === undefined ? {} : { index }) })
        const { sql, values } = listStatement('ann' as UserId, name as Collection, range)
        const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values)
        const plan = steps.map((step) => String(Object.values(step).at(-1)))
        expect(plan, sql).toHaveLength(1)
        const expected = index === undefined ? `sqlite_autoindex_${name}_1` : `${name}_by_${index}`
        expect(plan[0]).toContain(`SEARCH ${name} USING INDEX ${expected} (user=? AND `)
      }
    }
  }
  database.close()
})

test('users are found by jumping from one to the next: no table is read whole', () => {
  const database = new DatabaseSync(':memory:')
  for (const sql of migrations.flatMap((migration) => migration())) database.exec(sql)
  const steps = database.prepare(`EXPLAIN QUERY PLAN ${usersStatement}`).all('', 10)
  const plan = steps.map((step) => String(Object.values(step).at(-1)))
  for (const table of [...Object.keys(collections), 'lease'])
    expect(
      plan.filter((step) => new RegExp(`SEARCH ${table} USING (COVERING INDEX|PRIMARY KEY)`).test(step)),
    ).toHaveLength(1)
  expect(plan.filter((step) => step.includes('SCAN'))).toEqual(
    expect.not.arrayContaining([expect.stringMatching(/"?event"?/)]),
  )
  database.close()
})
