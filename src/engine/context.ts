import { isSyncError, throwIfAborted } from '../errors.js'
import { type Strategies, strategiesOf } from '../merge/strategy.js'
import type { Calendar } from '../model/connection.js'
import type { RunCause } from '../model/engine-event.js'
import type { Failure } from '../model/failure.js'
import type { SyncGroup } from '../model/group.js'
import type { CalendarId, RunId, UserId } from '../model/ids.js'
import type { Pause } from '../model/pause.js'
import type { RunCounts } from '../model/run.js'
import type { ProviderAccount } from '../providers/provider.js'
import type { RecordChange, Storage } from '../storage/storage.js'
import { ChainWriter } from './chain.js'
import type { Engine } from './engine.js'
import type { HeldLease } from './lease.js'
import { Measuring } from './measuring.js'
import { pausedCalendars } from './paused.js'
import type { Membership } from './records.js'
import { type RunPart, type RunTrace, tracedPart } from './tracing.js'

/** What a run tells while it goes on. */
export interface Progress {
  readonly phase: 'observe' | 'match' | 'settle' | 'done'
  /** The calendar that is being listed; absent in the other phases. */
  readonly calendarId?: CalendarId
  readonly counts: RunCounts
}

/** How far a run may go. */
export interface RunLimits {
  /** Ends the run at the next clean point; what is left goes on in the next run. */
  readonly signal?: AbortSignal
  /** Milliseconds after which the run ends at the next clean point. @default no limit */
  readonly budgetMs?: number
  /** Writes to calendars after which the run ends. @default no limit */
  readonly maxWrites?: number
  /** Why it runs, as listeners and metrics are told. @default 'person' */
  readonly cause?: RunCause
  /** Called often; must be quick. */
  readonly onProgress?: (progress: Progress) => void
}

/** {@link RunLimits} of a run that is watched. */
export interface TracedLimits extends RunLimits {
  readonly trace?: RunTrace | undefined
  /** Also what is paused is read and written: its user leaves. */
  readonly despitePauses?: boolean | undefined
}

/** One run of one group. Counters and what is blocked live here; everything that must survive is in the storage. */
export class RunContext {
  readonly engine: Engine
  readonly user: UserId
  readonly runId: RunId
  readonly lease: HeldLease
  readonly limits: TracedLimits
  readonly startedAt: number
  readonly calendars: ReadonlyMap<CalendarId, Calendar>
  /** What the group says about conflicts. */
  readonly strategies: Strategies
  /** The groups that each calendar is in. What this run puts into the mirror is news to the others. */
  readonly memberships: ReadonlyMap<CalendarId, readonly Membership[]>
  /** What the user has paused. */
  readonly pauses: readonly Pause[]
  /** Calendars that nothing may be asked of in this run any more, and why. */
  readonly blocked: Map<CalendarId, Failure>
  /** Calendars that asked to be left alone, and until when. */
  readonly leftAlone: Map<CalendarId, number> = new Map()
  /** How often in a row each calendar failed to answer. */
  readonly silences: Map<CalendarId, number> = new Map()
  /** Calendars with writes whose result we have not seen. */
  readonly unseen: Set<CalendarId> = new Set()
  /** Events that are in step since this run looked at them. */
  settled = 0
  readonly #writer: ChainWriter
  readonly measuring: Measuring = new Measuring()
  #begun = 0
  group: SyncGroup
  counts: { -readonly [K in keyof RunCounts]: number } = {
    observed: 0,
    created: 0,
    updated: 0,
    removed: 0,
    conflicts: 0,
    parked: 0,
    failed: 0,
    held: 0,
  }

  constructor(given: {
    readonly engine: Engine
    readonly user: UserId
    readonly runId: RunId
    readonly lease: HeldLease
    readonly limits: TracedLimits
    readonly group: SyncGroup
    readonly calendars: ReadonlyMap<CalendarId, Calendar>
    readonly memberships: ReadonlyMap<CalendarId, readonly Membership[]>
    readonly pauses: readonly Pause[]
  }) {
    this.engine = given.engine
    this.user = given.user
    this.runId = given.runId
    this.lease = given.lease
    this.limits = given.limits
    this.group = given.group
    this.calendars = given.calendars
    this.strategies = strategiesOf(given.group, given.engine.strategies)
    this.memberships = given.memberships
    this.pauses = given.pauses
    this.startedAt = given.engine.now()
    this.blocked = new Map(pausedCalendars(given.pauses, given.calendars.values(), this.startedAt))
    this.#writer = new ChainWriter(given.engine, given.user)
  }

  get storage(): Storage {
    return this.engine.storage
  }

  /** What may be passed to a provider call. */
  get call(): { readonly signal?: AbortSignal } {
    return this.limits.signal ? { signal: this.limits.signal } : {}
  }

  calendar(id: CalendarId): Calendar {
    const calendar = this.calendars.get(id)
    if (!calendar) throw new Error(`calendar ${id} is not in this run`)
    return calendar
  }

  account(id: CalendarId): Promise<ProviderAccount> {
    return this.engine.account(this.user, this.calendar(id))
  }

  /** Writes under this group's lease; keeps the lease alive on the way. */
  async commit(changes: readonly RecordChange[]): Promise<void> {
    if (changes.length === 0) return
    await this.#writer.commit(changes, () => this.lease.fresh())
  }

  /** {@link commit}, for what can be done as well the next time. False: a record had changed, and nothing was written. */
  async commitUnlessStale(changes: readonly RecordChange[]): Promise<boolean> {
    try {
      await this.commit(changes)
      return true
    } catch (error) {
      if (!isSyncError(error, 'stale_version')) throw error
      return false
    }
  }

  /** True at a point where the run should end cleanly. */
  isOver(): boolean {
    throwIfAborted(this.limits.signal)
    const { budgetMs } = this.limits
    return (budgetMs !== undefined && this.engine.now() - this.startedAt >= budgetMs) || this.writesLeft <= 0
  }

  /** How many writes may still be begun. */
  get writesLeft(): number {
    return (this.limits.maxWrites ?? Number.MAX_SAFE_INTEGER) - this.#begun
  }

  /**
   * Takes so many writes of what is left. An event is never written in part: the first event of a run may take more
   * than there is.
   */
  begin(writes: number): boolean {
    if (this.#begun > 0 && writes > this.writesLeft) return false
    this.#begun += writes
    return true
  }

  /** Part of the run, for whoever watches it. */
  part<T>(name: RunPart['name'], work: () => Promise<T>, calendarId?: CalendarId): Promise<T> {
    const { trace } = this.limits
    if (!trace) return work()
    const provider = calendarId === undefined ? {} : { provider: this.calendar(calendarId).provider }
    return tracedPart(trace, { name, ...provider }, work)
  }

  tell(phase: Progress['phase'], calendarId?: CalendarId): void {
    const progress = { phase, counts: { ...this.counts }, ...(calendarId === undefined ? {} : { calendarId }) }
    this.engine.tell(this.user, {
      type: 'run.progress',
      groupId: this.group.id,
      settled: this.settled,
      ...progress,
    })
    try {
      this.limits.onProgress?.(progress)
    } catch {
      // Whoever watches must not be able to stop what is watched.
    }
  }
}
