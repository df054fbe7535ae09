import { isSyncError } from '../errors.js'
import {
  type AuditEntry,
  type ChainAnchor,
  type ChainHead,
  type ChainId,
  emptyChain,
  entryHash,
} from '../model/audit.js'
import type { UserId } from '../model/ids.js'
import type { Lease, RecordChange } from '../storage/storage.js'
import { sealedHead } from './chain.js'
import type { Engine } from './engine.js'
import { find, padded, put, readAll, readPage, under, type Versioned } from './records.js'

/** What was dropped of the audit. */
export interface AuditRetention {
  /** How many entries went. */
  readonly dropped: number
  /** Chains in which an old entry does not follow from the one before it. Nothing is dropped from there on: it is evidence. */
  readonly broken: readonly ChainId[]
}

type Tools = Pick<Engine, 'storage' | 'secret' | 'now'>

/**
 * Drops what is older than this from all chains of a user. What it ended with is kept in the head of each chain, so that the
 * rest can be verified as before. Does nothing where nothing is that old; may be cut off anywhere, and called again.
 * @param most - So many entries go at most.
 */
export async function retainAudit(
  tools: Tools,
  user: UserId,
  olderThanMs: number,
  most: number = Number.POSITIVE_INFINITY,
): Promise<AuditRetention> {
  const before = tools.now() - olderThanMs
  let dropped = 0
  const broken: ChainId[] = []
  for await (const page of readAll(tools.storage, user, 'chain'))
    for (const { value } of page) {
      if (dropped >= most) return { dropped, broken }
      const done = await dropOldest(tools, user, value.chain, ({ at }) => at < before, most - dropped)
      dropped += done.dropped
      if (done.isBroken) broken.push(value.chain)
    }
  return { dropped, broken }
}

/** Drops all entries of a chain; its head stays, so that what comes after is known to come after. */
export async function dropWhole(
  tools: Tools,
  user: UserId,
  chain: ChainId,
  lease: () => Promise<Lease>,
): Promise<void> {
  while (true) {
    const head = await find(tools.storage, user, 'chain', chain)
    const { records } = await tools.storage.list(user, 'audit', { ...under(chain), limit: 900 })
    const last = records.at(-1)
    if (!head || !last) return
    const { seq, hash } = last.value as unknown as AuditEntry
    const ids = records.map(({ id }) => id)
    await dropAll(ids, { seq, hash, at: tools.now() }, head, tools, user, lease)
  }
}

/** Drops the old entries of a chain, as far as each follows from the one before. */
async function dropOldest(
  tools: Tools,
  user: UserId,
  chain: ChainId,
  isOld: (entry: AuditEntry) => boolean,
  most: number,
): Promise<{ readonly dropped: number; readonly isBroken: boolean }> {
  let dropped = 0
  const first = await readPage(tools.storage, user, 'audit', { ...under(chain), limit: 1 })
  if (!first.items.some(({ value }) => isOld(value))) return { dropped, isBroken: false }
  while (dropped < most) {
    const head = await find(tools.storage, user, 'chain', chain)
    if (!head) return { dropped, isBroken: false }
    const page = await readPage(tools.storage, user, 'audit', { ...under(chain), limit: Math.min(900, most - dropped) })
    const entries = page.items.map(({ value }) => value)
    const { going, isBroken } = oldest(entries, head.value, isOld, user)
    // Somebody else may have dropped some of it between the two reads.
    if (isBroken && (await find(tools.storage, user, 'chain', chain))?.version !== head.version) continue
    const last = going.at(-1)
    if (!last) return { dropped, isBroken }
    const ids = going.map(({ seq }) => `${chain}/${padded(seq)}`)
    const anchor = { seq: last.seq, hash: last.hash, at: tools.now() }
    if (await dropAll(ids, anchor, head, tools, user)) dropped += going.length
    if (isBroken) return { dropped, isBroken }
  }
  return { dropped, isBroken: false }
}

/** The entries to go. */
function oldest(
  entries: readonly AuditEntry[],
  head: ChainHead,
  isOld: (entry: AuditEntry) => boolean,
  user: UserId,
): { readonly going: readonly AuditEntry[]; readonly isBroken: boolean } {
  let { seq, hash } = head.anchor ?? emptyChain(user, head.chain)
  const going: AuditEntry[] = []
  for (const entry of entries) {
    if (!isOld(entry)) break
    if (entry.seq !== seq + 1 || entry.hash !== entryHash(hash, entry)) return { going, isBroken: true }
    seq = entry.seq
    hash = entry.hash
    going.push(entry)
  }
  return { going, isBroken: false }
}

/** In one commit with the anchor. False: somebody wrote in the chain at the same moment. */
async function dropAll(
  ids: readonly string[],
  anchor: ChainAnchor,
  { value: { seal: _old, ...head }, version }: Versioned<ChainHead>,
  { storage, secret }: Tools,
  user: UserId,
  lease?: () => Promise<Lease>,
): Promise<boolean> {
  const moved = sealedHead({ ...head, anchor }, secret, user)
  const going = ids.map((id): RecordChange => ({ op: 'remove', collection: 'audit', id }))
  try {
    const changes = [put('chain', moved, version), ...going]
    await storage.commit(user, { changes, ...(lease ? { leases: [await lease()] } : {}) })
    return true
  } catch (error) {
    if (!isSyncError(error, 'stale_version')) throw error
    return false
  }
}
