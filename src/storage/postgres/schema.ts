import { type Database, literal, quoted } from './database.js'
import { foreign, newer } from './failure.js'
import { expectedNames, migration, migrations } from './migrations.js'

/** A schema as this worker found it. Every commit says so, and is refused when it is another one by then. */
export interface Opened {
  readonly version: number
  /** Tells this making of the schema from every other. */
  readonly made: string
}

/**
 * Makes an empty schema ours, brings an older one up to date, and looks whether everything is there.
 * @throws SyncError `storage_foreign`, `storage_newer`, `storage_failed`
 */
export async function prepare(database: Database): Promise<Opened> {
  const found = await identify(database)
  if (found && found.version === migrations.length) return verified(database, found)
  await database.rows(migration(database.schema))
  const made = await identify(database)
  if (!made) throw foreign('The schema of calweave was removed while it was made. Try again.')
  return verified(database, made)
}

/**
 * Says whether the schema is ours, reading only; undefined when it is not, or not there.
 * @throws SyncError `storage_foreign`, `storage_newer`, `storage_failed`
 */
export async function identify(database: Database): Promise<Opened | undefined> {
  const table = `${quoted(database.schema)}.calweave`
  const [place] = await database.rows<{ readonly encoding: string; readonly isOurs: boolean }>(
    `SELECT current_setting('server_encoding') AS encoding, to_regclass($1) IS NOT NULL AS "isOurs"`,
    [table],
  )
  if (place?.encoding !== 'UTF8')
    throw foreign("The database is not in UTF-8. Make one that is (CREATE DATABASE ... ENCODING 'UTF8').")
  if (!place.isOurs) return undefined
  const [row] = await database.rows<Opened>(`SELECT version, made FROM ${table}`)
  if (!row) throw foreign('The schema is damaged: its table "calweave" is empty. Restore it from a backup.')
  if (row.version > migrations.length) throw newer()
  return { version: row.version, made: row.made }
}

/** A missing table may not show up only when an event is written. What others put beside ours is theirs. */
async function verified(database: Database, opened: Opened): Promise<Opened> {
  const schema = `to_regnamespace(${literal(quoted(database.schema))})`
  const rows = await database.rows<{ readonly name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = ${schema}
     UNION ALL SELECT proname || '()' FROM pg_proc WHERE pronamespace = ${schema}`,
  )
  const found = new Set(rows.map(({ name }) => name))
  const missing = expectedNames().find((name) => !found.has(name))
  if (missing !== undefined) throw foreign(`The schema is damaged: its "${missing}" is missing.`)
  return opened
}
