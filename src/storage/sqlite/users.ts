import { collections } from '../storage.js'
import type { Connection } from './database.js'

/** At most `limit` users after this one. It jumps from user to user in the order of every table, and reads no records. */
export function listUsers(connection: Connection, after: string, limit: number): readonly string[] {
  const rows = connection.all<{ readonly user: string }>(usersStatement, after, limit)
  return rows.map(({ user }) => user)
}

const tables = [...Object.keys(collections), 'lease']

/** From where it begins, the first user of all tables after the one before, until there is none. */
export const usersStatement: string = `WITH RECURSIVE known (user) AS (
    SELECT ?
    UNION ALL
    SELECT (${firstAfter('known.user')}) FROM known WHERE known.user IS NOT NULL
  )
  SELECT user FROM known WHERE user IS NOT NULL LIMIT ? OFFSET 1`

function firstAfter(user: string): string {
  return `SELECT min(user) FROM (${tables
    .map((table) => `SELECT min("${table}".user) AS user FROM "${table}" WHERE "${table}".user > ${user}`)
    .join(' UNION ALL ')})`
}
