import { SyncError } from '../errors.js'
import type { UserId } from '../model/ids.js'
import type { Json } from '../model/json.js'
import {
  type Batch,
  type Collection,
  collections,
  type Query,
  type RecordChange,
  type UsersPage,
  type UsersQuery,
} from './storage.js'

/**
 * What every storage checks before it touches anything, so that all of them refuse the same input with the same words.
 * Pure: imports no driver.
 */

/** A place in an index: its key, and the id of the record below it. Ids are never empty. */
export interface Position {
  readonly key: string
  readonly id: string
}

/** A {@link Query} that was found good. */
export interface Range {
  readonly index: string | undefined
  /** Records strictly after this place. `{ key, id: '' }` stands before every record of that key. */
  readonly above: Position
  /** Keys below this one only. */
  readonly to: string | undefined
  readonly limit: number
  /** Whether the index keys of every record are asked for. */
  readonly keys: boolean
}

/** How many changes a batch, ids a question and records a page may have. */
export const maxBatch = 1_000
const maxDepth = 100

/**
 * Compares two texts by code point, which is the order of their UTF-8 bytes: the order of SQLite, PostgreSQL (`C`) and
 * document databases. JavaScript's own `<` compares UTF-16 units and puts U+1F600 before U+FF5E.
 */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at)
    const right = b.charCodeAt(at)
    if (left !== right) return rank(left) - rank(right)
  }
  return a.length - b.length
}

/** Orders places by key, then by id. */
export function comparePositions(a: Position, b: Position): number {
  return compareText(a.key, b.key) || compareText(a.id, b.id)
}

/** @throws SyncError `invalid_input` */
export function checkName(what: string, name: string): void {
  if (name === '') throw invalid(`${what} must not be empty.`)
  checkText(what, name)
}

/** @throws SyncError `invalid_input` */
export function checkCollection(collection: Collection): void {
  if (!Object.hasOwn(collections, collection)) throw invalid('This collection does not exist. See `collections`.')
}

/** @throws SyncError `invalid_input` */
export function checkIds(ids: readonly string[]): void {
  if (ids.length > maxBatch) throw invalid(`At most ${maxBatch} ids at once. Ask in several calls.`)
  for (const id of ids) checkName('A record id', id)
}

/** @throws SyncError `invalid_input` */
export function checkQuery(collection: Collection, query: Query): Range {
  checkCollection(collection)
  const { index, from = '', to, limit, keys = false } = query
  if (index !== undefined) checkIndex(collection, index)
  checkLimit(limit)
  checkText("A query's `from`", from)
  if (to !== undefined) checkText("A query's `to`", to)
  const start: Position = { key: from, id: '' }
  const after = query.after === undefined ? start : readCursor(query.after)
  return { index, above: comparePositions(after, start) > 0 ? after : start, to, limit, keys }
}

/**
 * After which user a page of users begins; '' for all of them.
 * @throws SyncError `invalid_input`
 */
export function checkUsersQuery({ after, limit }: UsersQuery): string {
  checkLimit(limit)
  return after === undefined ? '' : readCursor(after).id
}

/** A page of at most `limit` users, of a list that has one more when there are more. */
export function usersPage(users: readonly string[], limit: number): UsersPage {
  const page = users.slice(0, limit) as UserId[]
  const last = page.at(-1)
  return last === undefined || users.length <= limit
    ? { users: page }
    : { users: page, next: writeCursor({ key: last, id: last }) }
}

/** The opaque text that makes the next page go on after `position`. */
export function writeCursor({ key, id }: Position): string {
  return JSON.stringify([key, id])
}

/** @throws SyncError `invalid_input` */
export function checkBatch(batch: Batch): void {
  if (batch.changes.length > maxBatch) throw invalid(`A batch holds at most ${maxBatch} changes. Split it.`)
  const seen = new Set<string>()
  for (const change of batch.changes) {
    checkChange(change)
    const name = `${change.collection}\0${change.id}`
    if (seen.has(name)) throw invalid(`A batch changes one record of "${change.collection}" twice. Merge the changes.`)
    seen.add(name)
  }
}

/** @throws SyncError `invalid_input` */
export function checkClaim(key: string, owner: string, ttlMs: number, now: number): void {
  checkName('A lease key', key)
  checkName('A lease owner', owner)
  if (!Number.isInteger(ttlMs) || ttlMs < 1) throw invalid('`ttlMs` must be a whole number of milliseconds, 1 or more.')
  if (!Number.isSafeInteger(now + ttlMs)) throw invalid('`now` must be a whole number of milliseconds since 1970.')
}

/**
 * The text of a JSON value.
 * @throws SyncError `invalid_input` for what is none: `JSON.stringify` alone would leave it out, or make something of it.
 */
export function jsonText(value: Json): string {
  checkJson(value, 0)
  return JSON.stringify(value)
}

/** A frozen copy of a JSON value, as it would look after `JSON.stringify` and `JSON.parse`. */
export function jsonCopy(value: Json): Json {
  return copy(value, 0)
}

export function staleVersion(collection: Collection): SyncError {
  return new SyncError(
    'stale_version',
    `A record of "${collection}" changed since it was read; nothing was written. Read it again and decide anew.`,
  )
}

export function leaseLost(): SyncError {
  return new SyncError(
    'lease_lost',
    'A lease of this batch was given back or has passed to another worker; nothing was written. Stop this run.',
  )
}

export function storageClosed(): SyncError {
  return new SyncError('storage_failed', 'The storage is closed. Make a new one.', { reason: 'CLOSED' })
}

function checkChange(change: RecordChange): void {
  checkCollection(change.collection)
  checkName('A record id', change.id)
  const { expected } = change
  if (expected !== undefined && (!Number.isSafeInteger(expected) || expected < 0)) {
    throw invalid('An expected version must be a whole number, 0 or more.')
  }
  if (change.op === 'remove') return
  checkGivenVersion(change.version, expected)
  if (change.keys === undefined) return
  for (const [index, key] of Object.entries(change.keys)) {
    checkIndex(change.collection, index)
    checkText('An index key', key)
  }
}

function checkGivenVersion(version: number | undefined, expected: number | undefined): void {
  if (version === undefined) return
  if (!Number.isSafeInteger(version) || version < 1) throw invalid('A given version must be a whole number, 1 or more.')
  if ((expected ?? 0) !== 0) throw invalid('A version is given only to a record that is new, or written blindly.')
}

function checkLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > maxBatch) {
    throw invalid(`A query's limit must be a whole number from 1 to ${maxBatch}.`)
  }
}

function checkIndex(collection: Collection, index: string): void {
  if (!collections[collection].includes(index)) {
    throw invalid(`"${collection}" has no such index. It has: ${collections[collection].join(', ') || 'none'}.`)
  }
}

/** NUL and lone surrogates are lost or refused by one database or another, and two ids could become one. */
function checkText(what: string, text: string): void {
  if (typeof text !== 'string') throw invalid(`${what} must be a text.`)
  // Most texts hold nothing of either kind, and are looked at once.
  if (/[\0\ud800-\udfff]/.test(text) && (text.includes('\0') || /\p{Surrogate}/u.test(text))) {
    throw invalid(`${what} must be well-formed Unicode without NUL.`)
  }
}

function readCursor(after: string): Position {
  try {
    const parsed: unknown = JSON.parse(after)
    if (Array.isArray(parsed) && parsed.length === 2) {
      const [key, id]: unknown[] = parsed
      if (typeof key === 'string' && typeof id === 'string') {
        checkText("A query's `after`", key + id)
        return { key, id }
      }
    }
  } catch {
    // Not JSON, or not text that any page can have ended with: the same answer as below.
  }
  throw invalid("A query's `after` must be the `next` of an earlier page.")
}

function checkJson(value: unknown, depth: number): void {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw notJson('a number that is not finite')
    return
  }
  if (typeof value !== 'object') throw notJson(typeof value)
  if (depth >= maxDepth) throw notJson(`more than ${maxDepth} levels, or itself`)
  if (Array.isArray(value)) {
    for (const item of value) checkJson(item, depth + 1) // visits holes too, as undefined
    return
  }
  checkPlain(value)
  for (const key of Object.keys(value)) {
    const inner: unknown = value[key as never]
    if (inner !== undefined) checkJson(inner, depth + 1)
  }
}

function copy(value: unknown, depth: number): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      if (!Number.isFinite(value)) throw notJson('a number that is not finite')
      return value === 0 ? 0 : value // JSON has no -0
    case 'object':
      if (value === null) return null
      if (depth >= maxDepth) throw notJson(`more than ${maxDepth} levels, or itself`)
      return Array.isArray(value) ? copyList(value, depth + 1) : copyObject(value, depth + 1)
    default:
      throw notJson(typeof value)
  }
}

function copyList(list: readonly unknown[], depth: number): Json {
  const out: Json[] = []
  for (const item of list) out.push(copy(item, depth)) // visits holes too, as undefined
  return Object.freeze(out)
}

function copyObject(object: object, depth: number): Json {
  checkPlain(object)
  const out: Record<string, Json> = {}
  for (const key of Object.keys(object)) {
    const value: unknown = object[key as never]
    if (value === undefined) continue
    const kept = copy(value, depth)
    if (key === '__proto__') Object.defineProperty(out, key, { value: kept, enumerable: true })
    else out[key] = kept
  }
  return Object.freeze(out)
}

function checkPlain(object: object): void {
  const prototype: unknown = Object.getPrototypeOf(object)
  // Plain objects of another realm are plain all the same; what counts is that nothing stands in between.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) throw notJson('an instance of a class')
}

/** Surrogates stand for code points above U+FFFF, so they rank above the units U+E000 to U+FFFF. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

function notJson(what: string): SyncError {
  return invalid(`A value to keep must be JSON; it holds ${what}.`)
}

function invalid(message: string): SyncError {
  return new SyncError('invalid_input', message)
}
