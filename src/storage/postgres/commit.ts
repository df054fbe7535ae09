import type { UserId } from '../../model/ids.js'
import { jsonText, leaseLost, staleVersion } from '../checks.js'
import type { Batch, Collection, RecordChange } from '../storage.js'
import { type Kind, staleState } from './commit-function.js'
import { type Database, quoted } from './database.js'
import { foreign, newer, stateOf } from './failure.js'
import { fullId, rowId } from './names.js'
import type { Opened } from './schema.js'

/**
 * A commit is one call of a function in the database: one way there and back, whatever the batch holds. So everything
 * is checked and written in one transaction of the server, which lasts no longer than the work itself.
 */

/** A batch as text, so that nothing can fail on the caller's data once the database was asked. */
export interface Prepared {
  readonly leases: string
  readonly changes: string
}

type Row = Readonly<Record<string, string | number | null>>

/** @throws SyncError `invalid_input` for values that are no JSON. */
export function prepared({ changes, leases = [] }: Batch): Prepared {
  const work: Record<string, Record<string, Row[]>> = {}
  // In order of the ids: two batches that write the same records do not lock them crosswise.
  for (const change of [...changes].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    work[change.collection] ??= {}
    const kinds = work[change.collection] ?? {}
    const kind = kindOf(change)
    kinds[kind] ??= []
    kinds[kind]?.push(rowOf(change))
  }
  return {
    leases: JSON.stringify(leases.map(({ key, owner, token }) => ({ key, owner, token }))),
    changes: JSON.stringify(work),
  }
}

/** @throws SyncError `stale_version`, `lease_lost`, `storage_newer`, `storage_foreign`, `storage_failed` */
export async function commit(database: Database, opened: Opened, user: UserId, batch: Prepared): Promise<void> {
  const sql = `SELECT ${quoted(database.schema)}.commit($1, $2, $3, $4, $5) AS outcome`
  const values = [opened.version, opened.made, user, batch.leases, batch.changes]
  try {
    const [row] = await database.rows<{ readonly outcome: string }>(sql, values)
    switch (row?.outcome) {
      case 'done':
        return
      case 'lease_lost':
        throw leaseLost()
      case 'newer':
        throw newer()
      default:
        throw foreign('The database was replaced by another one while this worker ran. End it, and start it anew.')
    }
  } catch (error) {
    const cause = (error as { cause?: unknown }).cause
    if (stateOf(cause) === staleState) throw staleVersion((cause as Error).message as Collection)
    throw error
  }
}

function kindOf(change: RecordChange): Kind {
  const { expected } = change
  if (change.op === 'remove') return expected === undefined ? 'remove' : expected === 0 ? 'absent' : 'drop'
  if (expected === undefined) return change.version === undefined ? 'put' : 'copy'
  return expected === 0 ? 'insert' : 'update'
}

function rowOf(change: RecordChange): Row {
  const { id, expected } = change
  const row: Record<string, string | number | null> = { id: rowId(id) }
  if (expected !== undefined) row['expected'] = expected
  if (change.op === 'remove') return row
  const { keys = {}, version } = change
  row['full_id'] = fullId(id, Object.values(keys))
  row['value'] = jsonText(change.value)
  if (version !== undefined) row['version'] = version
  for (const [index, key] of Object.entries(keys)) row[`key_${index}`] = key
  return row
}
