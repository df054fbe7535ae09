import { SyncEngine } from '../../engine/sync-engine.js'
import type { UserHandle } from '../../engine/user.js'
import { googleProvider } from '../../providers/google/index.js'
import { type Gate, MemoryService, memoryProvider } from '../../providers/memory/index.js'
import { microsoftProvider } from '../../providers/microsoft/index.js'
import type { CalendarProvider } from '../../providers/provider.js'
import type { JobHandler, Scheduler as JobScheduler } from '../../scheduler/scheduler.js'
import { memoryStorage } from '../../storage/memory.js'
import type { Storage } from '../../storage/storage.js'
import { type BackedUp, backedUp } from './backup.js'
import { Coverage } from './coverage.js'
import { Deliveries, handlerOf } from './deliveries.js'
import { drawRates, drawWireRate, Faults, faultyGate, faultyStorage, type Outages } from './faults.js'
import { gatedProvider } from './gated.js'
import { drawGoogle, GoogleService } from './google/service.js'
import { Cursors } from './judge/cursors.js'
import { type Wire, watchedProvider } from './judge/monitor.js'
import { Records } from './judge/records.js'
import type { Violation } from './judge/violation.js'
import { drawScenery, type Place, type Scenery } from './kinds.js'
import { drawMicrosoft, MicrosoftService, mailboxOf } from './microsoft/service.js'
import { Random } from './random.js'
import { Scheduler } from './scheduler.js'
import { GroundTruth } from './truth.js'

/** Settings of a schedule. */
export interface ScheduleOptions {
  /** Keeps the story. @default false */
  readonly withStory?: boolean
  /** How many of the schedules have one or two accounts at the fake Google, 0 to 1. @default 0 */
  readonly google?: number
  /** How many of the schedules have one or two accounts at the fake Microsoft, 0 to 1. @default 0 */
  readonly microsoft?: number
  /** How many of the schedules hand jobs to the workers, twice, late and at the same time, 0 to 1. @default 0 */
  readonly jobs?: number
  /** In how many of the schedules people think better of what they, others and strategies did, 0 to 1. @default 0 */
  readonly regrets?: number
  /** Crashes a worker at exactly this step, and nothing else goes wrong. */
  readonly crashAtStep?: number
  /** Deeds of people and strikes of faults that do not happen, by their number in the story. @default none */
  readonly without?: { readonly actions?: ReadonlySet<number>; readonly strikes?: ReadonlySet<number> }
}

/** The engine's, of every worker. */
export const secret = 'the secret of the simulation'

/** What everybody in a schedule shares: calendars, storage, clock and dice, and what was seen and found. */
export class Stage {
  readonly seed: number
  readonly options: ScheduleOptions
  readonly random: Random
  readonly scheduler: Scheduler
  readonly faults: Faults
  readonly coverage: Coverage = new Coverage()
  readonly truth: GroundTruth = new GroundTruth()
  readonly outages: Outages = new Map()
  readonly wire: Wire = { requests: new Map(), writes: 0 }
  readonly scenery: Scenery
  readonly records: Records
  /** The engine's ids of calendars, by the ids that their services use. */
  readonly calendarNames: Map<string, string> = new Map()
  readonly violations: Violation[] = []
  readonly story: string[] = []
  now: number = Date.UTC(2026, 0, 5, 8)
  /** Where workers get their work from, as long as there is trouble; undefined: they sync of their own accord. */
  deliveries: Deliveries | undefined
  /** People undo, reopen conflicts and keep both sides of them. */
  readonly hasRegrets: boolean
  /** Workers that slept past their lease, and are still at what they were at. */
  readonly sleepers: Set<number> = new Set()
  /** How many workers there were so far. */
  workersMade = 0
  readonly #service: MemoryService
  readonly #google: GoogleService | undefined
  readonly #microsoft: MicrosoftService | undefined
  readonly #cursors: Cursors
  readonly #hasSleepers: boolean
  /** What the clock showed at most before it was put back. */
  #latest = 0
  #storage: Storage
  #kept: BackedUp | undefined
  /** So many changes of the storage it took to weave the calendars together: no backup is older. */
  #woven = 0

  constructor(seed: number, options: ScheduleOptions) {
    this.seed = seed
    this.options = options
    this.random = new Random(seed)
    this.scheduler = new Scheduler(this.random)
    this.faults = new Faults(this.random, drawRates(this.random), options.without?.strikes)
    if (options.crashAtStep !== undefined) this.faults.stop()
    this.#service = new MemoryService({ now: () => this.now })
    // Nothing is drawn for a schedule without it, so that such a one is the same whatever else there is.
    const isDrawn = (share = 0): boolean => share > 0 && this.random.chance(share)
    if (isDrawn(options.google))
      this.#google = new GoogleService(this.scheduler, { ...drawGoogle(this.random), now: () => this.now })
    if (this.#google) this.#drawWire()
    if (isDrawn(options.microsoft)) {
      this.#microsoft = new MicrosoftService(this.scheduler, drawMicrosoft(this.random), () => this.now)
      this.#drawWire()
      // At any hour of another zone it is the same day: an occurrence that keeps its time stays on its day.
      this.truth.startsAt = 8 * 3_600_000
    }
    if (isDrawn(options.jobs)) this.deliveries = new Deliveries(this.random, this.coverage)
    this.hasRegrets = isDrawn(options.regrets)
    const services = { memory: this.#service, google: this.#google, microsoft: this.#microsoft }
    this.scenery = drawScenery(services, this.random)
    this.#cursors = new Cursors(this.scenery.places, (violation) => this.complain(violation))
    this.#kept = this.faults.rates.restore > 0 ? backedUp() : undefined
    this.#storage = this.#kept?.storage ?? memoryStorage()
    this.records = new Records(this.coverage, this.#cursors)
    this.#hasSleepers = this.faults.rates.pause > 0
  }

  /** Some of the calendars are spoken to over the wire. */
  get hasWire(): boolean {
    return this.#google !== undefined || this.#microsoft !== undefined
  }

  #drawWire(): void {
    const wire = drawWireRate(this.random)
    if (this.options.crashAtStep === undefined) this.faults.rates = { ...this.faults.rates, wire }
  }

  /** Whatever is done to it goes right, and is not watched. */
  get storage(): Storage {
    return this.#storage
  }

  /** An engine of its own: a worker's, at the mercy of the scheduler and of faults, or one that nothing stands in the way of. */
  user(worker?: number): UserHandle {
    return this.#engine(worker).user('user')
  }

  /** What a worker does with a job, at the mercy of the scheduler and of faults. */
  async handler(worker: number): Promise<JobHandler> {
    const budgetMs = this.random.pick([2_000, 10_000, 60_000])
    return handlerOf((scheduler) => this.#engine(worker, scheduler).start({ budgetMs }))
  }

  #engine(worker: number | undefined, jobs?: JobScheduler): SyncEngine {
    const { scheduler, faults } = this
    const watched = this.records.watched(this.#storage, worker)
    const isFree = worker === undefined
    const gate = isFree ? undefined : this.#gateOf(worker)
    const memory = memoryProvider({
      service: this.#service,
      pageSize: 1 + (this.seed % 7),
      ...(gate ? { gate } : {}),
    })
    return new SyncEngine({
      storage: isFree ? watched : faultyStorage(worker, scheduler, faults, watched),
      providers: [this.#watched(memory, worker), ...this.#overTheWire(worker, gate)],
      ...(this.hasWire && { credentials: ({ id }) => this.#credentials(id, worker) }),
      now: () => this.now,
      owner: `worker-${worker ?? 'quiet'}-${this.workersMade}`,
      secret,
      // Elsewhere all that is due fits into one page.
      ...(this.hasRegrets && { pageSize: 1 + (this.seed % 4) }),
      ...(jobs && { scheduler: jobs }),
    })
  }

  #gateOf(worker: number): Gate {
    const { scheduler, faults, random, outages } = this
    return faultyGate({ worker, scheduler, faults, random, outages, tell: (line) => this.tell(line) })
  }

  #watched(provider: CalendarProvider, worker: number | undefined): CalendarProvider {
    return watchedProvider(provider, {
      worker,
      records: this.records,
      calendarNames: this.calendarNames,
      hasSleepers: this.#hasSleepers,
      isLate: () => worker !== undefined && this.sleepers.has(worker),
      places: this.scenery.places,
      truth: this.truth,
      coverage: this.coverage,
      wire: this.wire,
      cursors: this.#cursors,
      complain: (violation) => this.complain(violation),
    })
  }

  /** The providers of calendars at Google and at Microsoft, where there are any. */
  #overTheWire(worker: number | undefined, gate: Gate | undefined): readonly CalendarProvider[] {
    const { faults, random } = this
    const wire = worker === undefined ? undefined : { worker, faults, random, tell: (line: string) => this.tell(line) }
    const now = () => this.now
    const google =
      this.#google &&
      googleProvider({
        fetch: this.#google.fetch(wire),
        ...{ now, requestsPerMinute: 1e9, projectRequestsPerMinute: 1e9 },
      })
    const microsoft =
      this.#microsoft &&
      microsoftProvider({
        fetch: this.#microsoft.fetch(wire),
        ...{ now, requestsPerMinute: 1e9, appRequestsPerMinute: 1e9, ...this.#microsoft.range },
        sleep: (ms) => this.#sleep(ms, worker),
      })
    return [google, microsoft].flatMap((provider) =>
      provider ? this.#watched(gate ? gatedProvider(provider, { gate, accountOf: accountIn }) : provider, worker) : [],
    )
  }

  /** Nobody waits by the clock on the wall. */
  async #sleep(ms: number, worker: number | undefined): Promise<void> {
    this.now += ms
    if (worker !== undefined) await this.scheduler.point(worker, 'sleeps')
  }

  /** A worker is asked for its token before every request, and there the scheduler has it: no clock of a request runs yet. */
  #credentials(account: string, worker: number | undefined): unknown {
    const token = this.#google?.tokenOf(account) ?? this.#microsoft?.tokenOf(account)
    if (token === undefined) return undefined
    const get = async (): Promise<string> => {
      if (worker !== undefined) await this.scheduler.point(worker, `request ${account}`)
      return token
    }
    return { accessTokens: { get } }
  }

  /** From here on backups are kept that the storage may be put back to. */
  wasWoven(): void {
    this.#woven = this.#kept?.length ?? 0
  }

  /** Puts the storage back to an earlier state. Undefined: this schedule keeps no backups. */
  async restored(): Promise<number | undefined> {
    if (!this.#kept) return undefined
    const at = this.#woven + this.random.below(this.#kept.length - this.#woven + 1)
    this.#kept = await this.#kept.restored(at)
    this.#storage = this.#kept.storage
    this.records.forget()
    return at
  }

  /** The clock of the host is put forward or back. */
  jump(ms: number): void {
    this.#latest = Math.max(this.#latest, this.now)
    this.now += ms
  }

  /** The clock is set right, or a day that it was put back by would pass without the daily listing. */
  setClockRight(): void {
    this.now = Math.max(this.now, this.#latest)
  }

  complain(violation: Violation): void {
    this.violations.push(violation)
    this.tell(`VIOLATION ${violation.invariant}: ${violation.what}`)
  }

  tell(line: string): void {
    if (this.options.withStory) this.story.push(`${this.scheduler.steps} ${line}`)
  }
}

/** How a connection names its account to its provider. */
export function settingsOf({
  provider,
  account,
}: Pick<Place, 'provider' | 'account'>): Readonly<Record<string, string>> {
  if (provider === 'google') return { quotaUser: account }
  return provider === 'microsoft' ? { mailbox: mailboxOf(account) } : { account }
}

function accountIn(settings: unknown): string {
  const { quotaUser, mailbox = '' } = settings as { readonly quotaUser?: string; readonly mailbox?: string }
  return quotaUser ?? mailbox.replace(/@.*/, '')
}
