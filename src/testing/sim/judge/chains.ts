import { verifyAudit } from '../../../engine/audit-check.js'
import type { UserId } from '../../../model/ids.js'
import type { Storage } from '../../../storage/storage.js'
import type { Violation } from './violation.js'

/** Whether the audit is whole, whoever crashed between two commits, and whichever of them were never answered. */
export async function brokenChains(storage: Storage, secret: string): Promise<readonly Violation[]> {
  const { findings } = await verifyAudit({ storage, secret }, 'user' as UserId, {})
  return findings.map(({ chain, kind, seq, to }) => ({
    invariant: 'A1 audit',
    what: `the audit of ${chain} is broken: ${kind} at ${to === undefined ? seq : `${seq} to ${to}`}`,
  }))
}
