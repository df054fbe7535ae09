import type { UserId } from '../../model/ids.js'
import type { Lease } from '../storage.js'
import { type Database, quoted } from './database.js'

/** One statement, so that of two that race one gets the lease. A row is deleted with its user only: its token may only grow. */
export async function claimLease(
  { schema, rows }: Database,
  user: UserId,
  key: string,
  owner: string,
  ttlMs: number,
  now: number,
): Promise<Lease | undefined> {
  const sql = `INSERT INTO ${quoted(schema)}.lease AS l (user_id, key, owner, token, expires_at)
    VALUES ($1, $2, $3, 1, $4)
    ON CONFLICT (user_id, key) DO UPDATE SET
      token = CASE WHEN l.owner = excluded.owner THEN l.token ELSE l.token + 1 END,
      owner = excluded.owner,
      expires_at = excluded.expires_at
    WHERE l.owner IS NULL OR l.owner = excluded.owner OR l.expires_at <= $5
    RETURNING token`
  const expiresAt = now + ttlMs
  const [row] = await rows<{ readonly token: string | number }>(sql, [user, key, owner, expiresAt, now])
  return row && { key, owner, token: Number(row.token), expiresAt }
}

export async function releaseLease({ schema, rows }: Database, user: UserId, lease: Lease): Promise<void> {
  const sql = `UPDATE ${quoted(schema)}.lease SET owner = NULL WHERE user_id = $1 AND key = $2 AND owner = $3 AND token = $4`
  await rows(sql, [user, lease.key, lease.owner, lease.token])
}

/** The names of leases are names of what a user has. */
export async function forgetLeases({ schema, rows }: Database, user: UserId): Promise<void> {
  await rows(`DELETE FROM ${quoted(schema)}.lease WHERE user_id = $1`, [user])
}
