import { type AuditEntry, type ChainHead, type ChainId, emptyChain, entryHash, headSeal } from '../model/audit.js'
import type { UserId } from '../model/ids.js'
import type { Json } from '../model/json.js'
import { below, type Storage, type StoredRecord } from '../storage/storage.js'
import type { Engine } from './engine.js'
import { find, padded, readAll, type Versioned } from './records.js'

/**
 * What is wrong with a chain, and where.
 *
 * - `changed`: this entry is not what was written, or does not follow from the one before it
 * - `missing`: the entries from `seq` to `to` are not there
 * - `misplaced`: what stands here is another entry
 * - `inserted`: nothing can have been written here: beyond the end, before the beginning, between two places
 * - `head`: the end of the chain is missing, was changed, or is not sealed with this engine's `secret`
 * - `rewritten`: all fits together, and is not what the host kept the head of
 */
export interface AuditFinding {
  readonly chain: ChainId
  readonly kind: 'changed' | 'missing' | 'misplaced' | 'inserted' | 'head' | 'rewritten'
  /** The place in the chain, from 1. */
  readonly seq: number
  /** The last of several places. */
  readonly to?: number
}

/** What a check of the audit came to. */
export interface AuditVerification {
  /** Nothing was found. */
  readonly isIntact: boolean
  /** How many chains and entries were looked at. */
  readonly chains: number
  readonly entries: number
  /** At most the first 1,000. */
  readonly findings: readonly AuditFinding[]
  /** Heads that were given and cannot be compared, because what they end with was dropped by `retain` since. */
  readonly unchecked: readonly ChainHead[]
}

type Tools = Pick<Engine, 'storage' | 'secret'>

/** Reads every entry of the chains and looks whether each follows from the one before it. */
export async function verifyAudit(
  tools: Tools,
  user: UserId,
  { chain, heads = [] }: { readonly chain?: string; readonly heads?: readonly ChainHead[] },
): Promise<AuditVerification> {
  const isMeant = (id: string) => chain === undefined || id === chain
  const kept = heads.filter((head) => isMeant(head.chain))
  const chains = new Set<ChainId>(kept.map((head) => head.chain))
  for await (const id of chainsOf(tools.storage, user)) if (isMeant(id)) chains.add(id)
  const check = new Check(tools, user)
  for (const id of chains)
    await check.chain(
      id,
      kept.filter((head) => head.chain === id),
    )
  const { entries, findings, unchecked } = check
  return { isIntact: findings.length === 0, chains: chains.size, entries, findings, unchecked }
}

/** All chains that have a head, or entries without one. */
async function* chainsOf(storage: Storage, user: UserId): AsyncGenerator<ChainId> {
  for await (const page of readAll(storage, user, 'chain')) for (const { value } of page) yield value.chain
  for (let from = ''; ; ) {
    const { records } = await storage.list(user, 'audit', { from, limit: 1 })
    const [first] = records
    if (!first) return
    const end = first.id.lastIndexOf('/')
    const chain = end < 0 ? first.id : first.id.slice(0, end)
    yield chain as ChainId
    from = end < 0 ? `${first.id}\u0001` : below(chain).to
  }
}

const mostFindings = 1_000

class Check {
  entries = 0
  findings: AuditFinding[] = []
  readonly unchecked: ChainHead[] = []
  readonly #tools: Tools
  readonly #user: UserId

  constructor(tools: Tools, user: UserId) {
    this.#tools = tools
    this.#user = user
  }

  /** One chain. Somebody may write in it meanwhile, or drop its oldest entries: then it is looked at again. */
  async chain(chain: ChainId, given: readonly ChainHead[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const head = await this.#head(chain)
      const walk = new Walk(chain, head?.value, this.#user, new Set(given.map(({ seq }) => seq)))
      for await (const records of pagesOf(this.#tools.storage, this.#user, chain))
        for (const one of records) walk.see(one)
      walk.end()
      const isMoving = (await this.#head(chain))?.version !== head?.version
      // Past so many looks at one that is never still, what was appended meanwhile is no finding.
      if (isMoving && attempt < mostLooks) continue
      this.entries += walk.entries
      const found = walk.findings.filter(({ kind, seq }) => !(isMoving && kind === 'inserted' && seq > walk.endsAt))
      this.#add([...found, ...this.#unsealed(chain, head?.value), ...this.#against(given, walk, head?.value)])
      return
    }
  }

  #head(chain: ChainId): Promise<Versioned<ChainHead> | undefined> {
    return find(this.#tools.storage, this.#user, 'chain', chain)
  }

  #unsealed(chain: ChainId, head: ChainHead | undefined): readonly AuditFinding[] {
    if (!head || this.#isSealed(head)) return []
    return [{ chain, kind: 'head', seq: head.seq }]
  }

  #isSealed(head: ChainHead): boolean {
    return head.seal === headSeal(this.#tools.secret, this.#user, head)
  }

  /** A host that kept a head finds even a chain that was written anew by somebody who knows the secret. */
  #against(given: readonly ChainHead[], walk: Walk, head: ChainHead | undefined): readonly AuditFinding[] {
    return given.flatMap((kept): AuditFinding[] => {
      const { chain, seq, hash } = kept
      if (!this.#isSealed(kept)) return [{ chain, kind: 'head', seq }]
      const anchor = head?.anchor
      if (anchor && seq < anchor.seq) this.unchecked.push(kept)
      if (anchor && seq < anchor.seq) return []
      if (seq > (head?.seq ?? 0)) return [{ chain, kind: 'missing', seq: (head?.seq ?? 0) + 1, to: seq }]
      const shown = anchor?.seq === seq ? anchor.hash : walk.hashes.get(seq)
      return shown === hash ? [] : [{ chain, kind: 'rewritten', seq }]
    })
  }

  #add(findings: readonly AuditFinding[]): void {
    this.findings = [...this.findings, ...findings].slice(0, mostFindings)
  }
}

const mostLooks = 5

async function* pagesOf(storage: Storage, user: UserId, chain: ChainId): AsyncGenerator<readonly StoredRecord[]> {
  let after: string | undefined
  do {
    const page = await storage.list(user, 'audit', { ...below(chain), limit: 500, ...(after ? { after } : {}) })
    yield page.records
    after = page.next
  } while (after !== undefined)
}

/** Goes along one chain, from its beginning or its anchor to its end. */
class Walk {
  entries = 0
  readonly findings: AuditFinding[] = []
  /** The hashes at the places that were asked for. */
  readonly hashes: Map<number, string> = new Map()
  readonly endsAt: number
  readonly #chain: ChainId
  readonly #head: ChainHead | undefined
  readonly #wanted: ReadonlySet<number>
  readonly #begin: number
  /** The place that comes next. */
  #next: number
  /** The hash before it; undefined where that is not known, and only the places are looked at. */
  #hash: string | undefined

  constructor(chain: ChainId, head: ChainHead | undefined, user: UserId, wanted: ReadonlySet<number>) {
    this.#chain = chain
    this.#head = head
    this.#wanted = wanted
    this.endsAt = head?.seq ?? 0
    const { seq, hash } = head?.anchor ?? emptyChain(user, chain)
    this.#begin = seq
    this.#next = seq + 1
    this.#hash = hash
  }

  see({ id, value }: StoredRecord): void {
    this.entries++
    const place = Number(id.slice(this.#chain.length + 1))
    if (!Number.isSafeInteger(place) || id !== `${this.#chain}/${padded(place)}` || place <= this.#begin)
      this.#found('inserted', this.#next)
    else this.#stand(place, value)
  }

  #stand(place: number, value: Json): void {
    if (place > this.endsAt) this.#found('inserted', place)
    if (place > this.#next) {
      this.#found('missing', this.#next, place - 1)
      this.#hash = undefined
    }
    this.#next = place + 1
    this.#follow(place, value)
  }

  end(): void {
    const { seq, hash } = this.#head ?? { seq: 0, hash: this.#hash }
    if (this.#next <= seq) this.#found('missing', this.#next, seq)
    else if (this.#next === seq + 1 && this.#hash !== undefined && this.#hash !== hash) this.#found('head', seq)
    if (!this.#head && this.entries > 0) this.#found('head', this.#next - 1)
  }

  /** Looks whether what stands at a place follows from what stands before it. */
  #follow(place: number, value: Json): void {
    const entry = value as unknown as AuditEntry | null
    const hash = typeof entry === 'object' && typeof entry?.hash === 'string' ? entry.hash : undefined
    if (!entry || hash === undefined) this.#found('changed', place)
    else if (entry.seq !== place || entry.chain !== this.#chain) this.#found('misplaced', place)
    else if (this.#hash !== undefined && entryHash(this.#hash, entry) !== hash) this.#found('changed', place)
    this.#hash = hash
    if (hash !== undefined && this.#wanted.has(place)) this.hashes.set(place, hash)
  }

  #found(kind: AuditFinding['kind'], seq: number, to?: number): void {
    if (this.findings.length < mostFindings)
      this.findings.push({ chain: this.#chain, kind, seq, ...(to === undefined || to === seq ? {} : { to }) })
  }
}
