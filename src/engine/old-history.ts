import { throwIfAborted } from '../errors.js'
import type { GroupId, UserId } from '../model/ids.js'
import type { SyncedEvent } from '../model/synced-event.js'
import type { Engine } from './engine.js'
import { drop, findMany, padded, readAll, readPage } from './records.js'
import { retainAudit } from './retention.js'

/** What was dropped because it was old. */
export interface DroppedHistory {
  readonly runs: number
  readonly journal: number
  readonly audit: number
  /** There is more: call it again. */
  readonly isMore: boolean
}

/** So many records go in one call at most, so that nobody waits long for it. */
const mostAtOnce = 5_000
/** So long a call reads on through what has to stay. */
const longestMs = 10_000

/** Drops what is older than it is to be kept, the oldest first. May be cut off anywhere, and called again. */
export async function dropOldHistory(
  engine: Engine,
  user: UserId,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<DroppedHistory> {
  const { runMs, journalMs, auditMs } = engine.retention
  const slice = new Slice(engine, user, signal)
  let [runs, journal, audit] = [0, 0, 0]
  for await (const page of readAll(engine.storage, user, 'group'))
    for (const { value: group } of page) {
      if (runMs !== undefined) runs += await slice.dropRuns(group.id, engine.now() - runMs)
      if (journalMs !== undefined) journal += await slice.dropJournal(group.id, engine.now() - journalMs)
    }
  if (auditMs !== undefined && !slice.isOver) {
    audit = (await retainAudit(engine, user, auditMs, slice.room)).dropped
    slice.count(audit)
  }
  return { runs, journal, audit, isMore: slice.isOver }
}

class Slice {
  readonly #engine: Engine
  readonly #user: UserId
  readonly #signal: AbortSignal | undefined
  readonly #endsAt: number
  #dropped = 0

  constructor(engine: Engine, user: UserId, signal: AbortSignal | undefined) {
    this.#engine = engine
    this.#user = user
    this.#signal = signal
    this.#endsAt = engine.now() + longestMs
  }

  get room(): number {
    return Math.max(0, mostAtOnce - this.#dropped)
  }

  get isOver(): boolean {
    return this.room === 0 || this.#engine.now() > this.#endsAt
  }

  count(dropped: number): void {
    this.#dropped += dropped
  }

  dropRuns(groupId: GroupId, before: number): Promise<number> {
    return this.#drop('run', groupId, before, async (page) => page)
  }

  /** What an event still needs stays: one that waits for a person, or that a write or a removal of is under way. */
  dropJournal(groupId: GroupId, before: number): Promise<number> {
    const { storage } = this.#engine
    return this.#drop('journal', groupId, before, async (page) => {
      const ids = page.map(({ value: { eventId } }) => `${groupId}/${eventId}`)
      const events = await findMany(storage, this.#user, 'event', ids)
      return page.filter(({ value: { eventId } }) => isAtRest(events.get(`${groupId}/${eventId}`)?.value))
    })
  }

  async #drop<C extends 'run' | 'journal'>(
    collection: C,
    groupId: GroupId,
    before: number,
    choose: (page: Items<C>) => Promise<Items<C>>,
  ): Promise<number> {
    const { storage } = this.#engine
    const range = { from: `${groupId}/`, to: `${groupId}/${padded(before)}` }
    let dropped = 0
    let after: string | undefined
    do {
      if (this.isOver) return dropped
      throwIfAborted(this.#signal)
      const limit = Math.min(pageSize, this.room)
      const page = await readPage(storage, this.#user, collection, {
        ...range,
        limit,
        ...(after === undefined ? {} : { after }),
      })
      const going = await choose(page.items)
      const changes = going.map(({ value }) => drop(collection, value))
      if (changes.length > 0) await storage.commit(this.#user, { changes })
      dropped += changes.length
      this.count(changes.length)
      after = page.next
    } while (after !== undefined)
    return dropped
  }
}

type Items<C extends 'run' | 'journal'> = Awaited<ReturnType<typeof readPage<C>>>['items']

const pageSize = 500

/** Also one that is not known any more. */
function isAtRest(event: SyncedEvent | undefined): boolean {
  if (!event) return true
  const { state, due, proposal, replicas } = event
  const isSettled = (state === 'live' || state === 'removed') && due === null && proposal === undefined
  return isSettled && !Object.values(replicas).some(({ attempt }) => attempt !== undefined)
}
