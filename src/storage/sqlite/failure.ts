import { isSyncError, SyncError } from '../../errors.js'

/** SQLite's primary result codes that mean something to us. @see https://www.sqlite.org/rescode.html */
const names: Readonly<Record<number, string>> = {
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  8: 'SQLITE_READONLY',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  26: 'SQLITE_NOTADB',
}

const advice: Readonly<Record<string, string>> = {
  SQLITE_BUSY: 'The database is locked by another connection. Try again.',
  SQLITE_LOCKED: 'The database is locked by another connection. Try again.',
  SQLITE_READONLY: 'The database cannot be written. Check the rights of the file and its folder.',
  SQLITE_IOERR: 'The disk refused to read or write the database. Check the disk.',
  SQLITE_FULL: 'The disk is full. Make room and try again.',
  SQLITE_CANTOPEN: 'The database cannot be opened. Check that its folder exists and may be written.',
}

/** Whatever a driver threw, as an error of ours. The cause is kept; its text is not shown. */
export function failure(error: unknown): SyncError {
  if (isSyncError(error)) return error
  const reason = sqliteCode(error)
  if (reason === 'SQLITE_NOTADB')
    return foreign('The file is not a database. It was left as it is; name another path.', error)
  if (reason === 'SQLITE_CORRUPT') return foreign('The database is damaged. Restore it from a backup.', error)
  const message = advice[reason ?? ''] ?? 'The database could not do its work. The cause says why.'
  return new SyncError('storage_failed', message, reason === undefined ? { cause: error } : { cause: error, reason })
}

export function foreign(message: string, cause?: unknown): SyncError {
  return new SyncError('storage_foreign', message, cause === undefined ? {} : { cause })
}

/** True when another connection holds the lock. */
export function isLocked(error: unknown): boolean {
  const code = sqliteCode(error)
  return code === 'SQLITE_BUSY' || code === 'SQLITE_LOCKED'
}

/** The primary code: `node:sqlite` tells it as a number, other drivers as a name such as `SQLITE_BUSY_SNAPSHOT`. */
function sqliteCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { errcode, code } = error as { errcode?: unknown; code?: unknown }
  if (typeof errcode === 'number') return names[errcode & 0xff]
  return typeof code === 'string' ? /^SQLITE_[A-Z]+/.exec(code)?.[0] : undefined
}
