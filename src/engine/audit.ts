import * as z from 'zod'
import { type AuditEntry, type ChainHead, ChainHeadSchema, type ChainId, userChain } from '../model/audit.js'
import type { GroupId, UserId } from '../model/ids.js'
import { type AuditVerification, verifyAudit } from './audit-check.js'
import { type AuditFormat, csvHead, linesOf } from './audit-export.js'
import type { Engine } from './engine.js'
import type { ListOptions, ListPage } from './history.js'
import { checked } from './input.js'
import { readNewest } from './newest.js'
import { exactly, find, type Range, readAll, readPage, under } from './records.js'
import { type AuditRetention, retainAudit } from './retention.js'

/** Which entries of a group to list. */
export interface AuditListOptions extends ListOptions {
  /** Those of one event only. */
  readonly eventId?: string
  /** What one run did only. */
  readonly runId?: string
  /**
   * For the whole group only; those of one event or run are few. `next` of such a page is good for such pages only.
   * @default false
   */
  readonly newestFirst?: boolean
}

/** What to check of the audit. */
export interface AuditVerifyOptions {
  /** A group's id, or `~user` for the settings. @default all chains */
  readonly chain?: string
  /** What {@link AuditHandle.heads} gave earlier, kept where nobody who can write to the storage can. @default none */
  readonly heads?: readonly ChainHead[]
}

/** How to write the audit out. */
export interface AuditExportOptions {
  /** `jsonl`: one JSON text per line, which can be verified elsewhere. @default 'jsonl' */
  readonly format?: AuditFormat
  /** A group's id, or `~user` for the settings. @default all chains, one after the other */
  readonly chain?: string
}

/**
 * Every change that a sync made or a person decided: a chain of entries for each group, and one for the user's settings,
 * connections and watches.
 */
export class AuditHandle {
  readonly #engine: Engine
  readonly #user: UserId

  constructor(engine: Engine, user: UserId) {
    this.#engine = engine
    this.#user = user
  }

  /** What was done in a group, oldest first. */
  async list(groupId: string, options: AuditListOptions = {}): Promise<ListPage<AuditEntry>> {
    const { eventId, runId, newestFirst = false } = checked(listOptions, options, 'options')
    if (newestFirst) return this.#newest(groupId as GroupId, options)
    const index = eventId !== undefined ? 'event' : runId !== undefined ? 'run' : undefined
    const range = index ? { index, ...exactly(`${groupId}/${eventId ?? runId}`) } : under(groupId as GroupId)
    return this.#page(range, options)
  }

  /** What was done to groups, rules, connections and watches, oldest first; of groups that have ended, too. */
  async listSettings(options: Omit<AuditListOptions, 'eventId' | 'runId'> = {}): Promise<ListPage<AuditEntry>> {
    if (options.newestFirst) return this.#newest(userChain, options)
    return this.#page(under(userChain), options)
  }

  /**
   * Where every chain ends now. Kept by the host in another place, and given back to {@link verify}, it proves that nothing
   * before it was written anew since.
   */
  async heads(): Promise<readonly ChainHead[]> {
    const found: ChainHead[] = []
    for await (const page of readAll(this.#engine.storage, this.#user, 'chain'))
      found.push(...page.map(({ value }) => value))
    return found
  }

  /**
   * Reads the chains and finds every entry that was changed, dropped, moved or put in, and says where. Takes a read per 500
   * entries. Whoever can write to the storage and knows the engine's `secret` can write a whole chain anew: only `heads`
   * from before find that.
   *
   * @example
   * ```ts
   * import type { ChainHead, UserHandle } from 'calweave'
   *
   * export async function isUntouched(user: UserHandle, kept: readonly ChainHead[]): Promise<boolean> {
   *   const { isIntact, findings } = await user.audit.verify({ heads: kept })
   *   for (const { chain, kind, seq } of findings) console.error(`${chain}: ${kind} at ${seq}`)
   *   return isIntact
   * }
   * ```
   * @throws SyncError `invalid_input` for heads that {@link heads} cannot have given.
   */
  async verify(options: AuditVerifyOptions = {}): Promise<AuditVerification> {
    return verifyAudit(this.#engine, this.#user, checked(verifyOptions, options, 'options'))
  }

  /**
   * Drops entries that are older than this. The rest is verified as before, from where the dropped ones ended. Also drops
   * the values that `auditValues` keeps with them.
   */
  async retain(options: { readonly olderThanMs: number }): Promise<AuditRetention> {
    const { olderThanMs } = checked(retainOptions, options, 'options')
    return retainAudit(this.#engine, this.#user, olderThanMs)
  }

  /**
   * The audit as text, some lines at a time; nothing holds more than a page. In CSV, cells that a spreadsheet would take for
   * a formula begin with an apostrophe.
   */
  async *export({ format = 'jsonl', chain }: AuditExportOptions = {}): AsyncGenerator<string> {
    checked(exportOptions, { format, ...(chain === undefined ? {} : { chain }) }, 'options')
    if (format === 'csv') yield csvHead
    const range = chain === undefined ? {} : under(chain)
    for await (const page of readAll(this.#engine.storage, this.#user, 'audit', range))
      yield linesOf(
        page.map(({ value }) => value),
        format,
      )
  }

  async #newest(chain: ChainId, { after, limit = 100 }: ListOptions): Promise<ListPage<AuditEntry>> {
    const { storage } = this.#engine
    const top = ((await find(storage, this.#user, 'chain', chain))?.value.seq ?? 0) + 1
    return readNewest(storage, this.#user, 'audit', { prefix: chain, top, step: limit + 1, after, limit })
  }

  async #page(range: Omit<Range, 'limit'>, { after, limit = 100 }: ListOptions): Promise<ListPage<AuditEntry>> {
    const asked = { ...range, limit, ...(after === undefined ? {} : { after }) }
    const page = await readPage(this.#engine.storage, this.#user, 'audit', asked)
    const items = page.items.map(({ value }) => value)
    return page.next === undefined ? { items } : { items, next: page.next }
  }
}

const id = z.string().min(1).max(2_048)

const listOptions: z.ZodType<AuditListOptions> = z
  .looseObject({ eventId: id.exactOptional(), runId: id.exactOptional(), newestFirst: z.boolean().exactOptional() })
  .refine(({ eventId, runId }) => eventId === undefined || runId === undefined, 'name an event or a run')
  .refine(
    ({ eventId, runId, newestFirst }) => !newestFirst || (eventId ?? runId) === undefined,
    'newestFirst is for a whole chain',
  )

const verifyOptions: z.ZodType<AuditVerifyOptions> = z.strictObject({
  chain: id.exactOptional(),
  heads: z.array(ChainHeadSchema).max(10_000).exactOptional(),
})

const retainOptions = z.strictObject({ olderThanMs: z.number().min(0).max(8.64e15) })

const exportOptions = z.strictObject({ format: z.enum(['jsonl', 'csv']), chain: id.exactOptional() })
