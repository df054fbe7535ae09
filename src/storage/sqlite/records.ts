import type { UserId } from '../../model/ids.js'
import { type Range, staleVersion, writeCursor } from '../checks.js'
import { type Collection, collections, type Page, type RecordChange, type StoredRecord } from '../storage.js'
import type { Connection, SqliteValue } from './database.js'
import { keyColumn, table } from './schema.js'

interface Row {
  readonly id: string
  readonly version: number
  readonly value: string
}

/** A change whose value is text already, so that nothing can fail on the caller's data inside a transaction. */
export type RowChange =
  | (Omit<Extract<RecordChange, { op: 'put' }>, 'value'> & { readonly value: string })
  | Extract<RecordChange, { op: 'remove' }>

export function getRecord(
  connection: Connection,
  user: UserId,
  collection: Collection,
  id: string,
): StoredRecord | undefined {
  const sql = `SELECT id, version, value FROM ${table(collection)} WHERE user = ? AND id = ?`
  const row = connection.first<Row>(sql, user, id)
  return row && record(row)
}

/** One statement, so that all records are of one moment. */
export function getRecords(
  connection: Connection,
  user: UserId,
  collection: Collection,
  ids: readonly string[],
): readonly StoredRecord[] {
  const sql = `SELECT id, version, value FROM ${table(collection)}
    WHERE user = ? AND id IN (SELECT value FROM json_each(?))`
  return connection.all<Row>(sql, user, JSON.stringify(ids)).map(record)
}

export function listRecords(connection: Connection, user: UserId, collection: Collection, range: Range): Page {
  const { sql, values } = listStatement(user, collection, range)
  const rows = connection.all<Row & { readonly key: string }>(sql, ...values)
  const page = rows.slice(0, range.limit)
  const records = range.keys ? page.map((row) => ({ ...record(row), keys: keysOf(row, collection) })) : page.map(record)
  const last = rows[range.limit - 1]
  return last && rows.length > range.limit ? { records, next: writeCursor(last) } : { records }
}

/** The text of a listing and what is bound to it. One row more than asked for tells whether there is a next page. */
export function listStatement(
  user: UserId,
  collection: Collection,
  { index, above, to, limit, keys }: Range,
): { readonly sql: string; readonly values: readonly SqliteValue[] } {
  const key = index === undefined ? 'id' : keyColumn(index)
  const values: SqliteValue[] = [user]
  const where = ['user = ?']
  if (index !== undefined) {
    where.push(`${key} IS NOT NULL`, `(${key}, id) > (?, ?)`)
    values.push(above.key, above.id)
  } else {
    where.push(above.id === '' ? 'id >= ?' : 'id > ?')
    values.push(above.key)
  }
  if (to !== undefined) {
    where.push(`${key} < ?`)
    values.push(to)
  }
  const columns = ['id', 'version', 'value', `${key} AS key`, ...(keys ? collections[collection].map(keyColumn) : [])]
  const sql = `SELECT ${columns.join(', ')} FROM ${table(collection)}
    WHERE ${where.join(' AND ')} ORDER BY ${index === undefined ? 'id' : `${key}, id`} LIMIT ?`
  return { sql, values: [...values, limit + 1] }
}

/** @throws SyncError `stale_version` */
export function applyChange(connection: Connection, user: UserId, change: RowChange): void {
  const isDone = change.op === 'put' ? put(connection, user, change) : remove(connection, user, change)
  if (!isDone) throw staleVersion(change.collection)
}

function put(connection: Connection, user: UserId, change: Extract<RowChange, { op: 'put' }>): boolean {
  const { collection, id, value, keys = {}, expected, version } = change
  const indices = collections[collection]
  const entries = indices.map((index) => keys[index] ?? null)
  const columns = indices.map(keyColumn)
  if (expected !== undefined && expected > 0) {
    const update = `UPDATE ${table(collection)} SET version = version + 1, value = ?`
    const where = 'WHERE user = ? AND id = ? AND version = ?'
    // An index is written anew whenever its column is named, whether or not it changes; mostly none does.
    const same = columns.map((column) => ` AND ${column} IS ?`).join('')
    if (connection.run(`${update} ${where}${same}`, value, user, id, expected, ...entries) === 1) return true
    const sets = columns.map((column) => `, ${column} = ?`).join('')
    return (
      columns.length > 0 && connection.run(`${update}${sets} ${where}`, value, ...entries, user, id, expected) === 1
    )
  }
  const insert = `INSERT INTO ${table(collection)} (${['user', 'id', 'version', 'value', ...columns].join(', ')})
    VALUES (?, ?, ?, ${['?', ...columns.map(() => '?')].join(', ')}) ON CONFLICT (user, id)`
  const sets = ['value', ...columns].map((column) => `${column} = excluded.${column}`).join(', ')
  const sql =
    expected === 0
      ? `${insert} DO NOTHING`
      : `${insert} DO UPDATE SET version = ${version === undefined ? 'version + 1' : 'excluded.version'}, ${sets}`
  return connection.run(sql, user, id, version ?? 1, value, ...entries) === 1
}

function remove(connection: Connection, user: UserId, change: Extract<RowChange, { op: 'remove' }>): boolean {
  const { collection, id, expected } = change
  if (expected === 0) return getRecord(connection, user, collection, id) === undefined
  const sql = `DELETE FROM ${table(collection)} WHERE user = ? AND id = ?`
  if (expected !== undefined) return connection.run(`${sql} AND version = ?`, user, id, expected) === 1
  connection.run(sql, user, id)
  return true
}

function keysOf(row: Row, collection: Collection): Readonly<Record<string, string>> {
  const columns = row as unknown as Readonly<Record<string, string | null>>
  const keys: Record<string, string> = {}
  for (const index of collections[collection]) {
    const key = columns[`key_${index}`]
    if (typeof key === 'string') keys[index] = key
  }
  return keys
}

function record({ id, version, value }: Row): StoredRecord {
  return { id, version, value: JSON.parse(value) }
}
