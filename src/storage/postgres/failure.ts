import { isSyncError, SyncError } from '../../errors.js'

/** What the making of the schema raises when it finds something else there. */
export const foreignState = 'CW002'

/** Nothing was done, and only because somebody else was at the same place: as good as not tried yet. */
const repeated: ReadonlySet<string> = new Set(['40001', '40P01', '23505', '42P06', '42P07', '42723'])

/** Somebody took a table, a column, a function or the whole schema away, or changed it. */
const changed: ReadonlySet<string> = new Set(['3F000', '42P01', '42703', '42883', '42804'])

/** By SQLSTATE, or by its class. @see https://www.postgresql.org/docs/current/errcodes-appendix.html */
const advice: Readonly<Record<string, string>> = {
  '25006': 'The database takes no writes: it is a replica, or set to read only. Give the pool the primary.',
  '28': 'The database refused the sign-in. Check user and password of the pool.',
  '3D': 'There is no such database. Make it, or give the pool another name.',
  '42501': 'The database user may not do this. Give it a schema of its own (CREATE, USAGE).',
  '53100': 'The disk of the database is full. Make room; it goes on from there.',
  '53300': 'The database takes no more connections. Make the pools smaller, or put a pooler in between.',
  '57014': 'The database took longer than it is allowed to (statement_timeout). Try again, or allow more.',
  '57': 'The database is starting or stopping. Try again.',
}

/** Whatever a driver threw, as an error of ours. The cause is kept; its text is not shown. */
export function failure(error: unknown): SyncError {
  if (isSyncError(error)) return error
  const state = stateOf(error)
  if (state === foreignState)
    return foreign('The schema holds something else; it was left as it is. Give calweave a schema of its own.', error)
  if (state !== undefined && changed.has(state))
    return foreign('The schema of calweave was removed or changed. Restore it, or end this worker.', error)
  const message =
    advice[state ?? ''] ?? advice[state?.slice(0, 2) ?? ''] ?? 'The database could not do its work. The cause says why.'
  return new SyncError(
    'storage_failed',
    message,
    state === undefined ? { cause: error } : { cause: error, reason: state },
  )
}

export function foreign(message: string, cause?: unknown): SyncError {
  return new SyncError('storage_foreign', message, cause === undefined ? {} : { cause })
}

export function newer(): SyncError {
  return new SyncError(
    'storage_newer',
    'The database was brought up to date by a newer version of calweave; nothing was written. Update calweave here.',
  )
}

/** Deadlocks, lost races of two that make the same row, and transactions that do not fit into one order. */
export function mayBeRepeated(error: unknown): boolean {
  return repeated.has(stateOf(error) ?? '')
}

/** The SQLSTATE of an answer, or the system's name for a connection that broke, e.g. `ECONNREFUSED`. */
export function stateOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && /^[A-Z0-9_]{3,40}$/.test(code) ? code : undefined
}
