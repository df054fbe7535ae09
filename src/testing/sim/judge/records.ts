import type { AuditEntry } from '../../../model/audit.js'
import type { Conflict } from '../../../model/conflict.js'
import type { Calendar } from '../../../model/connection.js'
import type { Replica, SyncedEvent } from '../../../model/synced-event.js'
import type { Batch, RecordChange, Storage } from '../../../storage/storage.js'
import type { Coverage } from '../coverage.js'
import type { Cursors } from './cursors.js'

/** A synced event as it is kept. Only what every version of the engine keeps is looked at here. */
type KeptEvent = Omit<SyncedEvent, 'replicas'> & { readonly replicas: readonly Replica[] }

/** An event in a calendar, by the engine's id of the calendar. */
interface Copy {
  readonly calendarId: string
  readonly remoteId: string
}

/** Looks at every commit: which states came about, and whether a cursor moved before what it covers. */
export class Records {
  readonly #events: Map<string, KeptEvent> = new Map()
  readonly #coverage: Coverage
  readonly #cursors: Cursors

  constructor(coverage: Coverage, cursors: Cursors) {
    this.#coverage = coverage
    this.#cursors = cursors
  }

  /** The same storage, watched while this worker writes to it. */
  watched(storage: Storage, worker: number | undefined): Storage {
    return {
      get: (...args) => storage.get(...args),
      getMany: (...args) => storage.getMany(...args),
      list: (...args) => storage.list(...args),
      claim: (...args) => storage.claim(...args),
      release: (...args) => storage.release(...args),
      users: (...args) => storage.users(...args),
      close: () => storage.close(),
      commit: async (user, batch: Batch) => {
        await storage.commit(user, batch)
        for (const change of batch.changes) {
          this.#see(change)
          if (change.op !== 'put' || change.collection !== 'calendar') continue
          const read = (ids: readonly string[]) => storage.getMany(user, 'observed', ids)
          await this.#cursors.check(change.value as unknown as Calendar, worker, read)
        }
      },
    }
  }

  /** Whether an event waits for a person, by its own id or by one of its copies: then in every group that it is in. */
  isParked(at: { readonly eventId: string } | Copy): boolean {
    if ('eventId' in at) return this.#events.get(at.eventId)?.state === 'parked'
    const owners = this.ownersOf(at)
    return owners.length > 0 && owners.every(({ state }) => state === 'parked')
  }

  /** The events that a copy is a replica of, one in each group. */
  ownersOf(copy: Copy): readonly Pick<SyncedEvent, 'id' | 'state'>[] {
    return [...this.#events.values()].filter(({ replicas }) =>
      replicas.some(({ calendarId, remoteId }) => calendarId === copy.calendarId && remoteId === copy.remoteId),
    )
  }

  /** The storage was put back: what is kept there now was not seen. */
  forget(): void {
    this.#events.clear()
    this.#cursors.forget()
  }

  #see(change: RecordChange): void {
    if (change.op === 'put' && change.collection === 'event') {
      const event = change.value as unknown as KeptEvent
      const before = this.#events.get(event.id)
      seeEvent(event, this.#coverage)
      seePlacing(before, event, this.#coverage)
      seeReading(before, event, this.#coverage)
      this.#events.set(event.id, event)
    } else see(change, this.#coverage)
  }
}

function see(change: RecordChange, coverage: Coverage): void {
  if (change.op !== 'put') return
  const value: unknown = change.value
  if (change.collection === 'audit') coverage.saw('audit', (value as AuditEntry).action)
  if (change.collection === 'conflict') seeConflict(value as Conflict, coverage)
  if (change.collection === 'inbox') {
    const { change: what, confirm, confirmed } = value as { change: string; confirm: boolean; confirmed?: true }
    coverage.saw('arrival', `${what}${confirm ? ', to be asked for' : confirmed ? ', asked for' : ''}`)
  }
}

function seeEvent({ state, replicas, weak, failure }: KeptEvent, coverage: Coverage): void {
  coverage.saw('event', state)
  if (weak.length > 0) coverage.saw('event', 'with a weak value')
  if (failure) coverage.saw('event', `failed: ${failure.code}`)
  for (const replica of replicas) {
    const { status, attempt, incarnation } = replica
    coverage.saw('replica', `${status} in ${state}`)
    if (replica.gone) coverage.saw('replica', 'gone')
    if (incarnation > 0) coverage.saw('replica', 'another incarnation')
    if (replica.quirks.length > 0) coverage.saw('replica', 'with quirks')
    if (replica.unanswered.length > 0) coverage.saw('replica', 'with late writes')
    if (Object.keys(replica.standsFor).length > 0) coverage.saw('replica', 'rendered')
    if (replica.rewrites > 1) coverage.saw('replica', 'rewritten again')
    if (!attempt) continue
    const asked = attempt.missingIn ? 'missing' : attempt.confirmed ? 'confirmed' : 'open'
    coverage.saw('attempt', `${attempt.kind} ${asked}`)
  }
}

/** How an observation found its event, as far as the event tells. */
function seePlacing(before: KeptEvent | undefined, after: KeptEvent, coverage: Coverage): void {
  if (!before) {
    const isSurplus = after.state === 'removing'
    const isNew = after.replicas.some(({ native }) => native)
    coverage.saw('placed', isSurplus ? 'a copy whose place was taken' : isNew ? 'a new event' : 'rebuilt from its mark')
    return
  }
  if (before.state === 'removed' && after.state !== 'removed') coverage.saw('placed', 'a removed event is back')
  for (const replica of after.replicas) {
    const old = before.replicas.find(({ calendarId }) => calendarId === replica.calendarId)
    if (replica.status !== 'live') continue
    if (replica.native && !old?.native) coverage.saw('placed', 'the same meeting in another calendar')
    if (!replica.native && old?.status === 'absent') coverage.saw('placed', 'a copy of ours')
    if (!replica.native && old?.status === 'removed') coverage.saw('placed', 'a copy of ours is back')
    const isRenamed = old?.status === 'live' && old.native === replica.native && old.remoteId !== replica.remoteId
    if (isRenamed) coverage.saw('placed', replica.native ? 'an event under another id' : 'a copy under another id')
  }
}

/** What was made of a write that was under way, and of what was shown, as far as the event tells. */
function seeReading(before: KeptEvent | undefined, after: KeptEvent, coverage: Coverage): void {
  if (!before) return
  if (after.weak.length > before.weak.length) coverage.saw('read', 'doubtful')
  if (JSON.stringify(after.provenance) !== JSON.stringify(before.provenance)) coverage.saw('read', 'edited')
  for (const replica of after.replicas) {
    const old = before.replicas.find(({ calendarId }) => calendarId === replica.calendarId)
    if (!old || replica.status !== 'live') continue
    const isRendered = Object.keys(replica.standsFor).length > 0
    if (old.attempt && !replica.attempt) coverage.saw('read', isRendered ? 'rendered' : 'landed')
    if (replica.unanswered.length > old.unanswered.length) coverage.saw('read', 'not landed yet')
    if (replica.unanswered.length < old.unanswered.length) coverage.saw('read', 'answered late')
    if (replica.quirks.length > old.quirks.length) coverage.saw('read', 'a new quirk')
  }
}

function seeConflict({ state, items }: Conflict, coverage: Coverage): void {
  coverage.saw('conflict', state)
  for (const { kind, field, strategy, path } of items) {
    coverage.saw('conflict', kind)
    coverage.saw('conflict', `decided by ${strategy ?? 'nobody'}`)
    coverage.saw('conflict', `about ${path.length > 0 ? `a part of ${field}` : field}`)
  }
}
