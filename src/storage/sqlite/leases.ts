import type { UserId } from '../../model/ids.js'
import { leaseLost } from '../checks.js'
import type { Lease } from '../storage.js'
import type { Connection } from './database.js'

/** One statement, so that of two that race one gets the lease. A row is deleted with its user only: its token may only grow. */
export function claimLease(
  connection: Connection,
  user: UserId,
  key: string,
  owner: string,
  ttlMs: number,
  now: number,
): Lease | undefined {
  const sql = `INSERT INTO lease (user, key, owner, token, expires_at) VALUES (?, ?, ?, 1, ?)
    ON CONFLICT (user, key) DO UPDATE SET
      token = token + (owner IS NOT excluded.owner),
      owner = excluded.owner,
      expires_at = excluded.expires_at
    WHERE owner IS NULL OR owner = excluded.owner OR expires_at <= ?
    RETURNING token`
  const expiresAt = now + ttlMs
  const row = connection.first<{ readonly token: number }>(sql, user, key, owner, expiresAt, now)
  return row && { key, owner, token: row.token, expiresAt }
}

export function releaseLease(connection: Connection, user: UserId, { key, owner, token }: Lease): void {
  connection.run(
    'UPDATE lease SET owner = NULL WHERE user = ? AND key = ? AND owner = ? AND token = ?',
    user,
    key,
    owner,
    token,
  )
}

/**
 * Refuses leases that have passed on. An expired one that nobody took is good: the clocks of workers differ, the
 * token does not.
 * @throws SyncError `lease_lost`
 */
export function checkLeases(connection: Connection, user: UserId, leases: readonly Lease[]): void {
  const sql = 'SELECT 1 FROM lease WHERE user = ? AND key = ? AND owner = ? AND token = ?'
  for (const { key, owner, token } of leases) {
    if (connection.all(sql, user, key, owner, token).length === 0) throw leaseLost()
  }
}
