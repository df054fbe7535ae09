import { collections } from '../storage.js'
import { type Database, quoted } from './database.js'

/** At most `limit` users after this one. It jumps from user to user in the order of every table, and reads no records. */
export async function listUsers(database: Database, after: string, limit: number): Promise<readonly string[]> {
  const rows = await database.rows<{ readonly user_id: string }>(usersStatement(database.schema), [after, limit])
  return rows.map(({ user_id }) => user_id)
}

/** From where it begins, the first user of all tables after the one before, until there is none. */
export function usersStatement(schema: string): string {
  const firsts = [...Object.keys(collections), 'lease'].map(
    (name) => `(SELECT min(t.user_id) FROM ${quoted(schema)}.${quoted(name)} t WHERE t.user_id > known.user_id)`,
  )
  return `WITH RECURSIVE known (user_id) AS (
      SELECT $1::text COLLATE "C"
      UNION ALL
      SELECT least(${firsts.join(',\n        ')}) FROM known WHERE known.user_id IS NOT NULL
    )
    SELECT user_id FROM known WHERE user_id IS NOT NULL LIMIT $2 OFFSET 1`
}
