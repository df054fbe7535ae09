import { SyncError } from '../../errors.js'
import { type Collection, collections } from '../storage.js'
import type { Connection } from './database.js'
import { foreign } from './failure.js'

/** "cwve", in the header of every file of ours. */
export const applicationId = 0x63_77_76_65

/**
 * What leads from an empty database to the present one; `user_version` counts how many of these a file has seen.
 *
 * The first follows `collections`. Once a release has written files with it, a change of `collections` is a migration
 * of its own at the end of this list, and the first gets the old list as a literal.
 */
export const migrations: readonly (() => readonly string[])[] = [
  () => [
    ...Object.keys(collections).flatMap((name) => createCollection(name as Collection)),
    `CREATE TABLE lease (
      user TEXT NOT NULL,
      key TEXT NOT NULL,
      owner TEXT,
      token INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      PRIMARY KEY (user, key)
    ) STRICT, WITHOUT ROWID`,
  ],
]

/** The table of a collection. Quoted: `group` is a word of SQL. */
export function table(collection: Collection): string {
  return `"${collection}"`
}

/** The column that holds a record's entry in an index. */
export function keyColumn(index: string): string {
  return `"key_${index}"`
}

/**
 * Says whether a database is empty or ours, reading only.
 * @throws SyncError `storage_foreign`, `storage_newer`
 */
export function identify(connection: Connection): 'empty' | 'ours' {
  const id = connection.pragma('application_id')
  if (id === applicationId) {
    if (connection.pragma('user_version') <= migrations.length) return 'ours'
    throw newer()
  }
  if (id === 0 && schemaNames(connection).length === 0) return 'empty'
  // Another process may have made it ours between the two questions.
  if (id === 0 && connection.pragma('application_id') === applicationId) return identify(connection)
  throw foreign('The database belongs to another application; it was left as it is. Give calweave a file of its own.')
}

/**
 * Refuses to write to what another process has brought up to date meanwhile: SQLite itself would let us, and we do not
 * know what the records of a later version mean.
 * @throws SyncError `storage_newer`
 */
export function refuseNewer(connection: Connection): void {
  const row = connection.first<{ readonly user_version: number }>('PRAGMA user_version')
  if (row && row.user_version > migrations.length) throw newer()
}

/**
 * Makes an empty database ours, brings an older one up to date, and looks whether everything is there.
 * @throws SyncError `storage_foreign`, `storage_newer`
 */
export function prepare(connection: Connection): void {
  if (identify(connection) === 'ours' && connection.pragma('user_version') === migrations.length) {
    verify(connection)
    return
  }
  connection.transaction(() => {
    // Asked again, because another process may have been faster.
    const done = identify(connection) === 'ours' ? connection.pragma('user_version') : 0
    for (const migration of migrations.slice(done)) for (const sql of migration()) connection.exec(sql)
    connection.exec(`PRAGMA application_id = ${applicationId}`)
    connection.exec(`PRAGMA user_version = ${migrations.length}`)
    verify(connection)
  })
}

function newer(): SyncError {
  return new SyncError(
    'storage_newer',
    'The database was written by a newer version of calweave; it was left as it is. Update calweave.',
  )
}

function createCollection(collection: Collection): readonly string[] {
  const indices = collections[collection]
  const columns = indices.map((index) => `${keyColumn(index)} TEXT,`).join(' ')
  return [
    // With a rowid: values are often larger than what fits well into the pages of a key's tree.
    `CREATE TABLE ${table(collection)} (
      user TEXT NOT NULL,
      id TEXT NOT NULL,
      version INTEGER NOT NULL,
      value TEXT NOT NULL,
      ${columns}
      PRIMARY KEY (user, id)
    ) STRICT`,
    ...indices.map(
      (index) => `CREATE INDEX "${collection}_by_${index}" ON ${table(collection)} (user, ${keyColumn(index)}, id)
        WHERE ${keyColumn(index)} IS NOT NULL`,
    ),
  ]
}

/** Neither a missing table nor a trigger that someone put in may show up only when an event is written. */
function verify(connection: Connection): void {
  const found = new Map(schemaNames(connection).map(({ name, type }) => [name, type]))
  for (const [name, type] of expectedNames()) {
    if (found.get(name) !== type) throw foreign(`The database is damaged: its ${type} "${name}" is missing.`)
    found.delete(name)
  }
  for (const type of found.values()) {
    if (type !== 'index') throw foreign(`The database holds a ${type} that is not of calweave. It was left as it is.`)
  }
}

function expectedNames(): ReadonlyMap<string, string> {
  const names = new Map([['lease', 'table']])
  for (const [collection, indices] of Object.entries(collections)) {
    names.set(collection, 'table')
    for (const index of indices) names.set(`${collection}_by_${index}`, 'index')
  }
  return names
}

function schemaNames(connection: Connection): readonly { readonly name: string; readonly type: string }[] {
  return connection.all(`SELECT name, type FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`)
}
