import type { UserId } from '../../model/ids.js'
import { type Range, writeCursor } from '../checks.js'
import { type Collection, collections, type Page, type StoredRecord } from '../storage.js'
import { type Database, quoted } from './database.js'
import { keyColumn } from './migrations.js'
import { rowId } from './names.js'

interface Row {
  readonly id: string
  readonly full_id: string | null
  /** Drivers give 64-bit numbers as text. */
  readonly version: string | number
  readonly value: string
}

/** One statement, so that all records are of one moment. */
export async function getRecords(
  database: Database,
  user: UserId,
  collection: Collection,
  ids: readonly string[],
): Promise<readonly StoredRecord[]> {
  if (ids.length === 0) return []
  const sql = `SELECT id, full_id, version, value FROM ${table(database, collection)}
    WHERE user_id = $1 AND id = ANY ($2::text[])`
  return (await database.rows<Row>(sql, [user, [...new Set(ids.map(rowId))]])).map(record)
}

export async function listRecords(
  database: Database,
  user: UserId,
  collection: Collection,
  range: Range,
): Promise<Page> {
  const { sql, values } = listStatement(table(database, collection), user, collection, range)
  const rows = await database.rows<Row & { readonly key: string }>(sql, values)
  const page = rows.slice(0, range.limit)
  const records = range.keys ? page.map((row) => ({ ...record(row), keys: keysOf(row, collection) })) : page.map(record)
  const last = page.at(-1)
  return last && rows.length > range.limit
    ? { records, next: writeCursor({ key: last.key, id: last.full_id ?? last.id }) }
    : { records }
}

/**
 * The text of a listing and what is bound to it. Long records stand in no order that an index could keep, so they are
 * asked for apart; mostly there are none. One row more than asked for tells whether there is a next page.
 */
export function listStatement(
  from: string,
  user: UserId,
  collection: Collection,
  { index, above, to, limit, keys }: Range,
): { readonly sql: string; readonly values: readonly unknown[] } {
  const values: unknown[] = [user, limit + 1, above.key]
  const bound = (value: string) => `$${values.push(value)}`
  const after = index === undefined ? '' : bound(above.id)
  const end = to === undefined ? '' : bound(to)
  const columns = ['id', 'full_id', 'version', 'value', ...(keys ? collections[collection].map(keyColumn) : [])]
  const part = (isLong: boolean) => {
    const id = isLong ? 'full_id' : 'id'
    const key = index === undefined ? id : keyColumn(index)
    const where = [`user_id = $1 AND full_id IS ${isLong ? 'NOT NULL' : 'NULL'}`]
    if (index !== undefined) where.push(`${key} IS NOT NULL`, `(${key}, ${id}) > ($3, ${after})`)
    else where.push(above.id === '' ? `${key} >= $3` : `${key} > $3`)
    if (to !== undefined) where.push(`${key} < ${end}`)
    return `(SELECT ${columns.join(', ')}, ${key} AS key, ${id} AS name FROM ${from}
      WHERE ${where.join(' AND ')} ORDER BY ${index === undefined ? id : `${key}, ${id}`} LIMIT $2)`
  }
  return { sql: `${part(false)} UNION ALL ${part(true)} ORDER BY key, name LIMIT $2`, values }
}

function table({ schema }: Database, collection: Collection): string {
  return `${quoted(schema)}.${quoted(collection)}`
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

function record({ id, full_id, version, value }: Row): StoredRecord {
  return { id: full_id ?? id, version: Number(version), value: JSON.parse(value) }
}
