import { SyncEngine } from '../../engine/sync-engine.js'
import type { UserHandle } from '../../engine/user.js'
import { isSyncError } from '../../errors.js'
import type { Conflict } from '../../model/conflict.js'
import type { EventContent } from '../../model/content.js'
import type { StrategySpec } from '../../model/group.js'
import type { Replica, SyncedEvent } from '../../model/synced-event.js'
import { type MemoryBehaviour, MemoryService, memoryProvider } from '../../providers/memory/index.js'
import { memoryStorage } from '../../storage/memory.js'
import type { Storage } from '../../storage/storage.js'
import { Faults, faultyGate, faultyStorage } from './faults.js'
import { judge, type Violation } from './judge.js'
import { act, GroundTruth, nameOf, type Place, tokensIn } from './people.js'
import { Random } from './random.js'
import { Scheduler } from './scheduler.js'

/** What one schedule came to. */
export interface ScheduleResult {
  readonly seed: number
  readonly violations: readonly Violation[]
  readonly faults: ReadonlyMap<string, number>
  readonly steps: number
  readonly actions: number
  readonly crashes: number
  /** Equal for equal seeds. */
  readonly trace: string
  /** What happened, in order; only kept when asked for. */
  readonly story: readonly string[]
}

/** Settings of a schedule. */
export interface ScheduleOptions {
  /** Keeps the story. @default false */
  readonly withStory?: boolean
  /** Crashes a worker at exactly this step, and nothing else goes wrong. */
  readonly crashAtStep?: number
}

const secret = 'the secret of the simulation'

/**
 * One schedule: people edit a few calendars while workers sync them, and things go wrong. Then the faults stop, the
 * workers sync until all is quiet, and what stands in the calendars is judged.
 *
 * @example
 * ```ts
 * import { simulate } from 'calweave/testing'
 *
 * const { violations, trace } = await simulate(42)
 * console.log(violations.length, trace)
 * ```
 */
export async function simulate(seed: number, options: ScheduleOptions = {}): Promise<ScheduleResult> {
  const schedule = new Schedule(seed, options)
  await schedule.setUp()
  await schedule.trouble()
  await schedule.quiet()
  return schedule.result()
}

interface Worker {
  readonly id: number
  isBusy: boolean
}

class Schedule {
  readonly #seed: number
  readonly #options: ScheduleOptions
  readonly #random: Random
  readonly #scheduler: Scheduler
  readonly #faults: Faults
  readonly #truth = new GroundTruth()
  readonly #storage: Storage = memoryStorage()
  readonly #service: MemoryService
  readonly #violations: Violation[] = []
  readonly #story: string[] = []
  #calendars: readonly Place[] = []
  #workers: Worker[] = []
  #made = 0
  #crashes = 0
  #now = Date.UTC(2026, 0, 5, 8)

  constructor(seed: number, options: ScheduleOptions) {
    this.#seed = seed
    this.#options = options
    this.#random = new Random(seed)
    this.#scheduler = new Scheduler(this.#random)
    const often = () => (options.crashAtStep === undefined && this.#random.chance(0.6) ? this.#random.next() : 0)
    this.#faults = new Faults(this.#random, {
      refused: often() * 0.1,
      lostResponse: often() * 0.15,
      commitRefused: often() * 0.05,
      commitUnacknowledged: often() * 0.05,
      crash: often() * 0.02,
      pause: often() * 0.01,
    })
    this.#service = new MemoryService({ now: () => this.#now })
  }

  /** Calendars of differing kinds, a group over them, and some events to begin with. */
  async setUp(): Promise<void> {
    const count = this.#random.pick([2, 2, 3, 4])
    this.#calendars = Array.from({ length: count }, (_, index) => {
      const behaviour = this.#kind()
      return { behaviour, calendar: this.#service.addCalendar({ id: `cal-${index}`, behaviour }, `account-${index}`) }
    })
    for (let count = this.#random.below(4); count > 0; count--) await this.#person()
    const user = this.#handle(this.#storage, undefined)
    for (const index of this.#calendars.keys())
      await user.connections.add({
        provider: 'memory',
        id: `account-${index}`,
        settings: { account: `account-${index}` },
      })
    const calendars = await user.calendars.list()
    await user.groups.create({
      id: 'group',
      name: 'simulated',
      members: calendars.map(({ id }) => ({
        calendarId: id,
        projection: { privateEvents: 'show', reminders: 'none' },
      })),
      strategies: [this.#strategy(calendars.map(({ id }) => id))],
    })
  }

  /** People and workers at once, with faults. */
  async trouble(): Promise<void> {
    const actions = 4 + this.#random.below(8)
    this.#workers = [this.#worker(), this.#worker()]
    for (let done = 0; done < actions || this.#scheduler.steps < 200; ) {
      for (const worker of this.#workers)
        if (!worker.isBusy && this.#random.chance(this.#scheduler.idle ? 0.5 : 0.03)) this.#start(worker)
      const picked = await this.#scheduler.step()
      this.#now += this.#random.below(400)
      if (picked) this.#strike(picked.worker)
      if (done < actions && this.#random.chance(picked ? 0.03 : 0.5)) {
        await this.#person()
        done++
      }
      if (this.#scheduler.steps > 20_000) throw new Error(`seed ${this.#seed} does not end`)
    }
  }

  /** No more faults, no more edits: the workers end what they are at, then sync until a sync does nothing. */
  async quiet(): Promise<void> {
    this.#faults.stop()
    for (const { calendar } of this.#calendars)
      calendar.behave({ lagging: () => 0, spuriousRemovals: () => [], lyingLists: () => false })
    while ((await this.#scheduler.step()) !== undefined) this.#now += 50
    const user = this.#handle(this.#storage, undefined)
    for (let pass = 1; ; pass++) {
      // Past every lease and every back-off.
      this.#now += 25 * 3_600_000
      const run = await user.groups.sync('group')
      this.#tell(`quiet pass ${pass}: ${run.end} ${JSON.stringify(run.counts)}`)
      const decided = await this.#decide(user)
      const { created, updated, removed } = run.counts
      if (created + updated + removed === 0 && !run.more && !decided && run.end === 'finished' && pass >= 3) break
      if (pass === 12) {
        this.#violations.push({
          invariant: 'I1 convergence',
          what: `not quiet after ${pass} syncs: ${JSON.stringify(run.counts)}`,
        })
        break
      }
    }
    await this.#tellEnd()
    this.#violations.push(...judge(this.#calendars, this.#truth, await this.#conflicts()))
  }

  result(): ScheduleResult {
    return {
      seed: this.#seed,
      violations: this.#violations,
      faults: this.#faults.hits,
      steps: this.#scheduler.steps,
      actions: this.#truth.actions,
      crashes: this.#crashes,
      trace: this.#scheduler.trace,
      story: this.#story,
    }
  }

  async #person(): Promise<void> {
    this.#now += this.#random.below(5_000)
    this.#truth.lastRemoved = undefined
    this.#tell(act(this.#calendars, this.#truth, this.#random))
    if (this.#random.chance(0.05)) this.#service.expireCursors()
    await this.#forgiveUnseenCopy()
  }

  /**
   * A copy that a person removes while a write to it is unanswered: whether that write was seen by the person, or ever
   * landed, nobody can tell. The engine then keeps the event, which is the safe side.
   */
  async #forgiveUnseenCopy(): Promise<void> {
    const { lastRemoved } = this.#truth
    if (lastRemoved === undefined) return
    const page = await this.#storage.list('user' as never, 'event', { limit: 1_000 })
    for (const { value } of page.records) {
      const { content, due, replicas } = value as unknown as SyncedEvent & { replicas: readonly Replica[] }
      const isOpen = due !== null || replicas.some(({ attempt }) => attempt)
      if (nameOf(content) === lastRemoved && isOpen) this.#truth.plainlyRemoved.delete(lastRemoved)
    }
  }

  #start(worker: Worker): void {
    worker.isBusy = true
    const storage = faultyStorage(worker.id, this.#scheduler, this.#faults, this.#storage)
    const user = this.#handle(storage, worker.id)
    this.#tell(`worker ${worker.id} syncs`)
    const ended = (what: string) => {
      worker.isBusy = false
      this.#tell(`worker ${worker.id}: ${what}`)
    }
    user.groups.sync('group').then(
      (run) => ended(`${run.end} ${JSON.stringify(run.counts)}`),
      (error: unknown) => {
        if (!isSyncError(error))
          this.#violations.push({
            invariant: 'I7 idempotence',
            what: `threw ${String(error)} ${(error as Error)?.stack ?? ''}`,
          })
        ended(isSyncError(error) ? error.code : String(error))
      },
    )
  }

  /** After a step of a worker: it may crash, or sleep past its lease. */
  #strike(id: number): void {
    const isCrash = this.#options.crashAtStep === this.#scheduler.steps || this.#faults.strikes('crash')
    if (isCrash && this.#workers.some((worker) => worker.id === id)) {
      this.#scheduler.kill(id)
      this.#crashes++
      this.#tell(`worker ${id} crashes`)
      this.#workers = [...this.#workers.filter((worker) => worker.id !== id), this.#worker()]
      if (this.#random.chance(0.5)) this.#now += 120_000
    } else if (this.#faults.strikes('pause')) {
      this.#now += 90_000
      this.#tell('everyone sleeps for 90 s')
    }
  }

  #worker(): Worker {
    return { id: this.#made++, isBusy: false }
  }

  #handle(storage: Storage, worker: number | undefined): UserHandle {
    const gate = worker === undefined ? undefined : faultyGate(worker, this.#scheduler, this.#faults, this.#random)
    const pageSize = 1 + (this.#seed % 7)
    const provider = memoryProvider({ service: this.#service, pageSize, ...(gate ? { gate } : {}) })
    const engine = new SyncEngine({
      storage,
      providers: [provider],
      now: () => this.#now,
      owner: `worker-${worker ?? 'quiet'}-${this.#made}`,
      secret,
    })
    return engine.user('user')
  }

  /** One kind of calendar service. */
  #kind(): MemoryBehaviour {
    const random = this.#random
    const flaky = random.chance(0.3)
    return {
      returnsBody: random.chance(0.5),
      returnsRevision: random.chance(0.8),
      deltas: random.chance(0.85),
      skipsUnchanged: random.chance(0.5),
      ...(random.chance(0.15) ? { revisions: 'none' as const } : {}),
      ...(random.chance(0.3) ? { normalize: trimmed } : {}),
      ...(random.chance(0.2) ? { cannotHold: ['location' as const] } : {}),
      ...(flaky ? { lagging: () => (random.chance(0.1) ? 1 : 0), lyingLists: () => random.chance(0.1) } : {}),
    }
  }

  #strategy(ids: readonly never[] | readonly string[]): StrategySpec {
    return this.#random.pick<StrategySpec>([
      { use: 'lastModifiedWins' },
      { use: 'lastModifiedWins' },
      { use: 'preferCalendar', order: ids as never },
      { use: 'askAPerson' },
    ])
  }

  /** A person settles what waits for one. True: there was something. */
  async #decide(user: UserHandle): Promise<boolean> {
    let decided = false
    for (const conflict of (await user.conflicts.listOpen('group')).items) {
      const take = conflict.items.map(({ field, sides }) => [field, this.#random.pick(sides).calendarId])
      await user.conflicts.resolve(conflict.id, Object.fromEntries(take))
      decided = true
    }
    const group = await user.groups.get('group')
    for (const [calendarId, held] of Object.entries(group.heldRemovals)) {
      if (held.approved) continue
      await user.groups.approveRemovals('group', calendarId)
      decided = true
    }
    return decided
  }

  async #conflicts(): Promise<readonly Conflict[]> {
    const found: Conflict[] = []
    let after: string | undefined
    do {
      const page = await this.#storage.list('user' as never, 'conflict', { limit: 1_000, ...(after ? { after } : {}) })
      found.push(...page.records.map(({ value }) => value as unknown as Conflict))
      after = page.next
    } while (after !== undefined)
    return found
  }

  /** The last page of the story: what stands where, and what the engine believes. */
  async #tellEnd(): Promise<void> {
    if (!this.#options.withStory) return
    for (const { calendar, behaviour } of this.#calendars) {
      this.#tell(
        `${calendar.id} ${JSON.stringify(behaviour)}${behaviour.normalize ? ' normalizes' : ''}${behaviour.lagging ? ' flaky' : ''}`,
      )
      for (const { id, content } of calendar.all())
        this.#tell(
          `  ${id} ${content.title} | ${tokensIn(content).join(' ')} | ${Object.entries(content.overrides)
            .map(([slot, { kind }]) => `${slot} ${kind}`)
            .join(', ')}`,
        )
    }
    for (const { value } of (await this.#storage.list('user' as never, 'event', { limit: 1_000 })).records)
      this.#tell(`engine ${JSON.stringify(value)}`)
  }

  #tell(line: string): void {
    if (this.#options.withStory) this.#story.push(`${this.#scheduler.steps} ${line}`)
  }
}

/** A service that trims what it is given. */
function trimmed(content: EventContent): EventContent {
  return { ...content, title: content.title.trim().slice(0, 60), description: content.description.toLowerCase().trim() }
}
