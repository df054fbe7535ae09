import { isSyncError } from '../errors.js'
import {
  type AuditEntry,
  type AuditNote,
  type ChainHead,
  type ChainId,
  emptyChain,
  entryHash,
  headSeal,
} from '../model/audit.js'
import type { UserId } from '../model/ids.js'
import type { Json } from '../model/json.js'
import type { Lease, RecordChange, Storage } from '../storage/storage.js'
import { find, findMany, put, readAll, under, type Versioned } from './records.js'

/**
 * An entry to be written with what it tells of. It gets its place in the chain when it is committed by a
 * {@link ChainWriter}; nothing else can write it, as no storage takes its id.
 */
export function noted(note: AuditNote): RecordChange {
  return { op: 'put', collection: 'audit', id: `${unplaced}${note.id}`, value: note as unknown as Json }
}

const unplaced = '\0'

/** What signs where a host names no secret: it marks, and protects nothing. */
export const defaultSecret = 'calweave'

/** What a chain is written with. */
export interface ChainTools {
  readonly storage: Storage
  readonly secret: string
}

/**
 * Writes entries behind each other, each in the commit of what it tells of.
 *
 * The head of a chain is written in the same commit, at the version that was read: of two writers one is refused, reads the
 * head anew and places its entries behind the other's. So a chain never forks, and no lease is needed.
 *
 * The head is kept in memory between the commits of one writer, but only as long as it is certain. A commit that was not
 * answered may have landed: the head is read anew before the next one. Should it land later still, the next one is refused,
 * and looks again. What such a commit told of is not told twice, because the records beside it have moved on with it.
 */
export class ChainWriter {
  readonly #tools: ChainTools
  readonly #user: UserId
  readonly #heads: Map<ChainId, Versioned<ChainHead>> = new Map()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(tools: ChainTools, user: UserId) {
    this.#tools = tools
    this.#user = user
  }

  /**
   * Commits a batch, with its entries in their places. One without entries costs nothing more than itself; one with entries
   * costs a put, and a read where the head is not known.
   *
   * @throws SyncError `stale_version` when what the batch changes had changed, as for any commit.
   */
  commit(changes: readonly RecordChange[], lease?: () => Promise<Lease>): Promise<void> {
    if (!changes.some(isNote)) return this.#write(changes, lease)
    const work = this.#turn.then(() => this.#append(changes, lease))
    // Commits of one writer go one after the other: they could not both be at the end.
    this.#turn = work.catch(() => undefined)
    return work
  }

  async #append(changes: readonly RecordChange[], lease: (() => Promise<Lease>) | undefined): Promise<void> {
    const chains = new Set(changes.filter(isNote).map((change) => noteOf(change).chain))
    for (let attempt = 1; ; attempt++) {
      const before = await this.#headsOf(chains)
      this.#heads.clear()
      const { placed, after } = inPlace(changes, before, this.#tools.secret, this.#user)
      try {
        await this.#write(placed, lease)
        for (const [chain, head] of after) this.#heads.set(chain, head)
        return
      } catch (error) {
        if (!isSyncError(error, 'stale_version') || attempt === mostAttempts) throw error
        const now = await this.#headsOf(chains)
        if ([...chains].some((chain) => now.get(chain)?.version !== before.get(chain)?.version)) continue
        // The chains are as they were: it is something else in the batch that had changed.
        if (!(await this.#skipTaken(placed))) throw error
      }
    }
  }

  /**
   * A head that is behind its own chain was tampered with, or lost. That is no reason to stop the sync, nor to write over
   * the evidence: a place is left empty, which a check of the chain finds, and it goes on after that. False: all is well.
   */
  async #skipTaken(placed: readonly RecordChange[]): Promise<boolean> {
    const ids = placed.flatMap(({ collection, id }) => (collection === 'audit' ? [id] : []))
    const taken = await findMany(this.#tools.storage, this.#user, 'audit', ids)
    for (const { value: entry } of taken.values()) {
      const head = this.#heads.get(entry.chain)
      if (!head) continue
      let seq = head.value.seq
      for await (const page of readAll(this.#tools.storage, this.#user, 'audit', under(entry.chain)))
        for (const { value } of page) seq = Math.max(seq, value.seq)
      this.#heads.set(entry.chain, { ...head, value: { ...head.value, seq: seq + 1 } })
    }
    return taken.size > 0
  }

  async #headsOf(chains: ReadonlySet<ChainId>): Promise<ReadonlyMap<ChainId, Versioned<ChainHead>>> {
    for (const chain of chains) {
      if (this.#heads.has(chain)) continue
      const found = await find(this.#tools.storage, this.#user, 'chain', chain)
      this.#heads.set(chain, found ?? { value: { ...emptyChain(this.#user, chain), seal: '' }, version: 0 })
    }
    return new Map(this.#heads)
  }

  async #write(changes: readonly RecordChange[], lease: (() => Promise<Lease>) | undefined): Promise<void> {
    await this.#tools.storage.commit(this.#user, { changes, ...(lease ? { leases: [await lease()] } : {}) })
  }
}

/** So often others may write in the same chain at the same moment. */
const mostAttempts = 20

/** A head as it is kept, with its seal. */
export function sealedHead(head: Omit<ChainHead, 'seal'>, secret: string, user: UserId): ChainHead {
  return { ...head, seal: headSeal(secret, user, head) }
}

function isNote({ op, collection, id }: RecordChange): boolean {
  return op === 'put' && collection === 'audit' && id.startsWith(unplaced)
}

function noteOf(change: RecordChange): AuditNote {
  return (change as RecordChange & { readonly op: 'put' }).value as unknown as AuditNote
}

/** The batch with its entries at the ends of their chains, and the chains' new heads. */
function inPlace(
  changes: readonly RecordChange[],
  before: ReadonlyMap<ChainId, Versioned<ChainHead>>,
  secret: string,
  user: UserId,
) {
  const ends = new Map<ChainId, Omit<ChainHead, 'seal'>>([...before].map(([chain, { value }]) => [chain, value]))
  const placed = changes.map((change) => {
    if (!isNote(change)) return change
    const note = noteOf(change)
    const end = ends.get(note.chain) as ChainHead
    const numbered = { ...note, seq: end.seq + 1 }
    const entry: AuditEntry = { ...numbered, hash: entryHash(end.hash, numbered) }
    ends.set(note.chain, { ...end, seq: entry.seq, hash: entry.hash })
    return put('audit', entry, 0)
  })
  const after = new Map<ChainId, Versioned<ChainHead>>()
  for (const [chain, { value, version }] of before) {
    const { seal: _old, ...end } = ends.get(chain) as ChainHead
    if (end.seq === value.seq) continue
    const head = sealedHead(end, secret, user)
    after.set(chain, { value: head, version: version + 1 })
    placed.push(put('chain', head, version))
  }
  return { placed, after }
}
