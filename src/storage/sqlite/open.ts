import { isSyncError } from '../../errors.js'
import { Connection, type SqliteDatabase } from './database.js'
import { failure, isLocked } from './failure.js'
import { identify, prepare } from './schema.js'

type Open = (location: string, options: { readonly readOnly: boolean }) => SqliteDatabase

/**
 * Opens the database at `path` with the driver that comes with Node, which is loaded only here.
 * @throws SyncError `storage_foreign`, `storage_newer`, `storage_failed`
 */
export async function openFile(path: string, busyTimeoutMs: number): Promise<Connection> {
  const { DatabaseSync } = await import('node:sqlite')
  const open: Open = (location, options) => new DatabaseSync(location, options)
  if (path !== ':memory:') refuseOthers(path, open)
  let database: SqliteDatabase
  try {
    database = open(path, { readOnly: false })
  } catch (error) {
    throw failure(error)
  }
  try {
    return openDatabase(database, busyTimeoutMs)
  } catch (error) {
    database.close()
    throw error
  }
}

/**
 * Makes a database that is open ready for use.
 * @throws SyncError `storage_foreign`, `storage_newer`, `storage_failed`
 */
export function openDatabase(database: SqliteDatabase, busyTimeoutMs: number): Connection {
  const connection = new Connection(database)
  try {
    connection.exec(`PRAGMA busy_timeout = ${Math.max(0, Math.trunc(busyTimeoutMs))}`)
    prepare(connection)
    useWriteAheadLog(connection)
    connection.exec('PRAGMA synchronous = NORMAL')
    // The log is folded into the file every 16 MB and not every 4: a first copy takes an eighth less time.
    connection.exec('PRAGMA wal_autocheckpoint = 4000')
    return connection
  } catch (error) {
    throw failure(error)
  }
}

/**
 * Looks at a file before it is opened for writing. Even opening and closing can change a database: SQLite folds the
 * log or journal that its owner left behind into the file.
 *
 * The first look reads the file alone and leaves no trace. It may meet a file of ours whose writer died or is writing
 * just now, so that pages do not fit together: it is believed when it reads whose file this is, and when it cannot
 * read, nothing follows. The second look takes locks, log and journal into account; what it calls damaged is damaged.
 */
function refuseOthers(path: string, open: Open): void {
  lookAt(`${fileUri(path)}?immutable=1`, open, (error) => isSyncError(error))
  lookAt(`${fileUri(path)}?mode=ro`, open, (error) => failure(error).code !== 'storage_failed')
}

function lookAt(location: string, open: Open, isConclusive: (error: unknown) => boolean): void {
  let database: SqliteDatabase | undefined
  try {
    database = open(location, { readOnly: true })
    identify(new Connection(database))
  } catch (error) {
    if (isConclusive(error)) throw failure(error)
    // Not there yet, locked, or with a journal that only a writer may roll back: opening it for good will tell.
  } finally {
    database?.close()
  }
}

/** @see https://www.sqlite.org/uri.html */
function fileUri(path: string): string {
  const escaped = path.replaceAll('%', '%25').replaceAll('?', '%3f').replaceAll('#', '%23')
  return /^[A-Za-z]:[\\/]/.test(path) ? `file:///${escaped.replaceAll('\\', '/')}` : `file:${escaped}`
}

/** Readers and the writer do not wait for each other then, and a commit costs no wait for the disk. */
function useWriteAheadLog(connection: Connection): void {
  try {
    connection.exec('PRAGMA journal_mode = WAL')
  } catch (error) {
    // The mode belongs to the file: whoever holds the lock has set it, or the next one to open the file will.
    if (!isLocked(error)) throw error
  }
}
