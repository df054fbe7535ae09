import type { NewMember } from '../../engine/group-input.js'
import { SyncEngine } from '../../engine/sync-engine.js'
import type { UserHandle } from '../../engine/user.js'
import { isSyncError } from '../../errors.js'
import type { Conflict } from '../../model/conflict.js'
import type { StrategySpec } from '../../model/group.js'
import type { Run } from '../../model/run.js'
import type { Replica, SyncedEvent } from '../../model/synced-event.js'
import { MemoryService, memoryProvider } from '../../providers/memory/index.js'
import { memoryStorage } from '../../storage/memory.js'
import type { Storage } from '../../storage/storage.js'
import { type BackedUp, backedUp } from './backup.js'
import { Coverage } from './coverage.js'
import { drawRates, Faults, faultyGate, faultyStorage, type Outages } from './faults.js'
import { Cursors } from './judge/cursors.js'
import { judge } from './judge/judge.js'
import { visibleIn } from './judge/loss.js'
import { type Watch, type Wire, watchedProvider } from './judge/monitor.js'
import { Records } from './judge/records.js'
import { shownIn } from './judge/shown.js'
import type { Violation } from './judge/violation.js'
import { drawScenery, type Group, type Place, type Scenery } from './kinds.js'
import { act } from './people/act.js'
import { Random } from './random.js'
import { Scheduler } from './scheduler.js'
import { storyOf } from './story.js'
import { GroundTruth } from './truth.js'
import { changeWeather, clearSky } from './weather.js'

/** What one schedule came to. */
export interface ScheduleResult {
  readonly seed: number
  readonly violations: readonly Violation[]
  readonly faults: ReadonlyMap<string, number>
  readonly steps: number
  readonly actions: number
  readonly crashes: number
  /** How often a fault struck, those that were masked included. */
  readonly strikes: number
  /** Writes that the calendars confirmed. */
  readonly writes: number
  /** Syncs that it took until all was quiet. */
  readonly passes: number
  /** How often each state, answer and deed was seen. */
  readonly coverage: ReadonlyMap<string, number>
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
  /** Deeds of people and strikes of faults that do not happen, by their number in the story. @default none */
  readonly without?: { readonly actions?: ReadonlySet<number>; readonly strikes?: ReadonlySet<number> }
}

const secret = 'the secret of the simulation'
const me = 'user' as never
const hourMs = 3_600_000
/** So many syncs may pass after the last fault until nothing is left to do. */
const mostPasses = 12

interface Worker {
  readonly id: number
  isBusy: boolean
  /** A worker that found another one at work comes back later. */
  restsUntil: number
  /** The step at which it began what it is at. */
  began: number
}

/** One schedule on its way. */
export class Schedule {
  readonly #seed: number
  readonly #options: ScheduleOptions
  readonly #random: Random
  readonly #scheduler: Scheduler
  readonly #faults: Faults
  readonly #coverage = new Coverage()
  readonly #truth = new GroundTruth()
  readonly #outages: Outages = new Map()
  readonly #wire: Wire = { requests: new Map(), writes: 0 }
  readonly #service: MemoryService
  readonly #scenery: Scenery
  readonly #cursors: Cursors
  readonly #records: Records
  readonly #hasSleepers: boolean
  readonly #violations: Violation[] = []
  readonly #story: string[] = []
  #kept: BackedUp | undefined
  /** So many changes of the storage it took to weave the calendars together: no backup is older. */
  #woven = 0
  #plain: Storage
  #calendarNames: ReadonlyMap<string, string> = new Map()
  #workers: Worker[] = []
  /** The groups that are made, and those that are made later on. */
  readonly #groups: Group[] = []
  readonly #late: Group[] = []
  #lastRun: Run | undefined
  #made = 0
  #crashes = 0
  #passes = 0
  #now = Date.UTC(2026, 0, 5, 8)
  /** What the clock showed at most before it was put back. */
  #latest = 0

  constructor(seed: number, options: ScheduleOptions) {
    this.#seed = seed
    this.#options = options
    this.#random = new Random(seed)
    this.#scheduler = new Scheduler(this.#random)
    const rates = drawRates(this.#random)
    this.#faults = new Faults(this.#random, rates, options.without?.strikes)
    if (options.crashAtStep !== undefined) this.#faults.stop()
    this.#service = new MemoryService({ now: () => this.#now })
    this.#scenery = drawScenery(this.#service, this.#random)
    this.#cursors = new Cursors(this.#scenery.places, (violation) => this.#complain(violation))
    this.#kept = this.#faults.rates.restore > 0 ? backedUp() : undefined
    this.#plain = this.#kept?.storage ?? memoryStorage()
    this.#records = new Records(this.#coverage, this.#cursors)
    this.#hasSleepers = this.#faults.rates.pause > 0
  }

  /** Calendars of differing kinds, groups over them, and some events to begin with. */
  async setUp(): Promise<void> {
    const { places, outside, groups } = this.#scenery
    for (const { traits, role } of [...places, ...outside])
      for (const trait of [...traits, `role ${role}`]) this.#coverage.saw('kind', trait)
    const isFull = this.#random.chance(0.06)
    for (let count = isFull ? 14 : this.#random.below(5); count > 0; count--) await this.#person()
    const user = this.#handle(this.#records.watched(this.#plain, undefined), undefined)
    for (const account of new Set(places.map((place) => place.account)))
      await user.connections.add({ provider: 'memory', id: account, settings: { account } })
    const calendars = await user.calendars.list()
    this.#calendarNames = new Map(calendars.map(({ id, remoteId }) => [remoteId, id]))
    for (const [index, group] of groups.entries())
      if (index > 0 && this.#random.chance(0.5)) this.#late.push(group)
      else await this.#weave(group, user)
    // Mostly the calendars are in step when the trouble begins, or it would all be about their first sync.
    if (this.#random.chance(0.6)) for (const { id } of this.#groups) await user.groups.sync(id)
  }

  async #weave(group: Group, user: UserHandle): Promise<void> {
    const ids = group.places.map(({ calendar }) => this.#calendarNames.get(calendar.id) as string)
    this.#coverage.saw('kind', `${group.places.length} calendars in a group`)
    await user.groups.create({
      id: group.id,
      name: 'simulated',
      members: group.places.map((place, index) => memberOf(place, ids[index] as string)),
      strategies: [this.#strategy(ids)],
    })
    this.#groups.push(group)
    this.#woven = this.#kept?.length ?? 0
  }

  /** A group over calendars that are synced for another one already. */
  async #weaveLate(): Promise<void> {
    const [group] = this.#late
    // Nobody may be at it: a run that began before does not know of the new group, and would not tell it what it writes.
    if (!group || this.#scheduler.steps < 60 || this.#workers.some(({ isBusy }) => isBusy)) return
    this.#late.shift()
    this.#coverage.saw('kind', 'a group made late')
    this.#tell(`group ${group.id} is made`)
    await this.#weave(group, this.#handle(this.#records.watched(this.#plain, undefined), undefined))
  }

  /** People and workers at once, with faults. */
  async trouble(): Promise<void> {
    const isShort = this.#options.crashAtStep !== undefined
    const actions = isShort ? 3 + this.#random.below(4) : 4 + this.#random.below(10)
    const steps = isShort ? 60 : 200
    this.#workers = [this.#worker(), this.#worker()]
    for (let done = 0; done < actions || this.#scheduler.steps < steps || this.#late.length > 0; ) {
      await this.#weaveLate()
      for (const worker of this.#workers)
        if (!worker.isBusy && worker.restsUntil <= this.#now && this.#random.chance(this.#scheduler.idle ? 0.5 : 0.03))
          this.#start(worker, this.#anyGroup())
      const picked = await this.#scheduler.step()
      // Nobody is at anything: time passes until somebody is.
      this.#now += this.#random.below(picked ? 400 : 20_000)
      if (picked) await this.#strike(picked.worker)
      if (done < actions && this.#random.chance(picked ? 0.03 : 0.5)) {
        await this.#person()
        done++
      }
      if (this.#random.chance(0.005)) await this.#decideInBetween()
      if (this.#scheduler.steps > 20_000) throw new Error(`seed ${this.#seed} does not end`)
    }
  }

  /** No more faults, no more edits: the workers end what they are at, then sync until a sync does nothing. */
  async quiet(): Promise<void> {
    this.#faults.stop()
    clearSky({ places: this.#scenery.places, outages: this.#outages, truth: this.#truth })
    await this.#workersEnd()
    // The clock is set right, or a day that it was put back by would pass without the daily listing.
    this.#now = Math.max(this.#now, this.#latest)
    const user = this.#handle(this.#records.watched(this.#plain, undefined), undefined)
    for (let isQuiet = false; !isQuiet; ) {
      isQuiet = await this.#quietPass(user)
      if (!isQuiet && this.#passes >= mostPasses) {
        this.#complain({ invariant: 'I1 convergence', what: `not quiet after ${this.#passes} syncs` })
        break
      }
      isQuiet &&= this.#passes >= 2
    }
    await this.#costOfNothing(user)
    this.#boundWrites()
    if (this.#options.withStory) this.#story.push(...(await storyOf(this.#scenery.places, this.#plain)))
    this.#violations.push(...judge(this.#scenery, this.#truth, await this.#conflicts(), this.#calendarNames))
  }

  result(): ScheduleResult {
    return {
      seed: this.#seed,
      violations: this.#violations,
      faults: this.#faults.hits,
      steps: this.#scheduler.steps,
      actions: this.#truth.actions,
      crashes: this.#crashes,
      strikes: this.#faults.strikesSoFar,
      writes: this.#wire.writes,
      passes: this.#passes,
      coverage: this.#coverage.counts,
      trace: this.#scheduler.trace,
      story: this.#story,
    }
  }

  /** One sync of every group, past every lease, every back-off and the daily listing. True: there was nothing to do. */
  async #quietPass(user: UserHandle): Promise<boolean> {
    this.#now += 31 * hourMs
    this.#passes++
    let isQuiet = true
    for (const { id } of this.#scenery.groups) {
      const run = await this.#syncQuietly(user, id)
      this.#tell(`quiet pass ${this.#passes} of ${id}: ${run?.end} ${JSON.stringify(run?.counts)}`)
      const decided = await this.#decide(user, id)
      if (!run || decided || run.more || run.end !== 'finished') isQuiet = false
      else if (run.counts.created + run.counts.updated + run.counts.removed > 0) isQuiet = false
    }
    return isQuiet
  }

  /** A sync by nobody but us; in a crash sweep by a worker that may die at any step. */
  async #syncQuietly(user: UserHandle, groupId: string): Promise<Run | undefined> {
    if (this.#options.crashAtStep === undefined) return user.groups.sync(groupId)
    this.#lastRun = undefined
    const [worker] = this.#workers
    if (!worker) return undefined
    this.#start(worker, groupId)
    await this.#workersEnd()
    return this.#lastRun
  }

  async #workersEnd(): Promise<void> {
    this.#scheduler.wakeAll()
    for (let picked = await this.#scheduler.step(); picked; picked = await this.#scheduler.step()) {
      this.#now += 50
      if (this.#options.crashAtStep === this.#scheduler.steps) this.#crash(picked.worker)
    }
  }

  /** What the engine wrote in all: no echo may hide behind the end of a schedule. */
  #boundWrites(): void {
    const { places } = this.#scenery
    const bound = 2 * (this.#truth.actions + 3) * places.length + 2 * this.#faults.total
    if (this.#wire.writes > bound)
      this.#complain({
        invariant: 'I4 no echo',
        what: `${this.#wire.writes} writes, and ${bound} would have been many`,
      })
  }

  /** A sync without news asks each calendar once and writes nothing. */
  async #costOfNothing(user: UserHandle): Promise<void> {
    if (this.#violations.length > 0) return
    this.#now += 60_000
    const listed = this.#coverage.counts.get('listing: complete')
    for (const { id, places } of this.#scenery.groups) {
      this.#wire.requests.clear()
      const writes = this.#wire.writes
      await user.groups.sync(id)
      // Once a day everything is listed, and what a listing leaves out is asked for.
      if (this.#coverage.counts.get('listing: complete') !== listed) continue
      if (this.#wire.writes > writes)
        this.#complain({ invariant: 'I4 no echo', what: `a sync of ${id} without news wrote` })
      for (const { calendar } of places) {
        const requests = this.#wire.requests.get(calendar.id) ?? 0
        if (requests !== 1)
          this.#complain({
            invariant: 'I11 bounded calls',
            what: `${requests} requests to ${calendar.id} without news`,
          })
      }
    }
  }

  async #person(): Promise<void> {
    const number = this.#truth.actions
    this.#now += this.#random.below(5_000)
    // Each deed has choices of its own, so that leaving one out leaves the others as they are.
    const random = new Random(this.#seed * 7_919 + number * 104_729)
    if (this.#options.without?.actions?.has(number)) {
      this.#truth.actions++
      return
    }
    const settled = await this.#settled()
    // A sync under way may have read a state that was changed since, and take it up later.
    const since = Math.min(...this.#workers.map(({ isBusy, began }) => (isBusy ? began : Number.MAX_SAFE_INTEGER)))
    const isSettled = ({ calendar }: Place, id: string) => {
      const event = calendar.get(id)
      if (event && this.#truth.touchedAt(this.#truth.nameOf(event)) >= since) return false
      return this.#scenery.groups
        .filter(({ places }) => places.some((place) => place.calendar === calendar))
        .every((group) => settled.has(`${group.id}/${this.#calendarNames.get(calendar.id)}/${id}`))
    }
    this.#truth.step = this.#scheduler.steps
    const { deed, story } = act({
      ...this.#scenery,
      calendarNames: this.#calendarNames,
      truth: this.#truth,
      random,
      isSettled,
    })
    this.#coverage.saw('person', deed)
    this.#tell(`[${number}] ${story}`)
  }

  /** The copies that the engine knows of and is done with, as `group/calendar/remote id`. */
  async #settled(): Promise<ReadonlySet<string>> {
    const waiting = new Set((await this.#plain.list(me, 'inbox', { limit: 1_000 })).records.map(({ id }) => id))
    const page = await this.#plain.list(me, 'event', { limit: 1_000 })
    const known = page.records.flatMap(({ value }) => {
      const { due, groupId, replicas } = value as unknown as SyncedEvent & { replicas: readonly Replica[] }
      const isOpen = due !== null || replicas.some(({ attempt }) => attempt)
      const copies = replicas.map(({ calendarId, remoteId }) => `${groupId}/${calendarId}/${remoteId}`)
      return isOpen || copies.some((copy) => waiting.has(copy)) ? [] : copies
    })
    return new Set(known)
  }

  #anyGroup(): string {
    return this.#random.pick(this.#groups).id
  }

  #start(worker: Worker, groupId: string): void {
    worker.isBusy = true
    worker.began = this.#scheduler.steps
    const storage = faultyStorage(
      worker.id,
      this.#scheduler,
      this.#faults,
      this.#records.watched(this.#plain, worker.id),
    )
    const user = this.#handle(storage, worker.id)
    this.#tell(`worker ${worker.id} syncs ${groupId}`)
    const ended = (what: string) => {
      worker.isBusy = false
      this.#tell(`worker ${worker.id}: ${what}`)
    }
    user.groups.sync(groupId).then(
      (run) => {
        this.#lastRun = run
        this.#coverage.saw('run', run.end)
        if (run.end === 'busy') worker.restsUntil = this.#now + 5_000 + this.#random.below(15_000)
        ended(`${run.end} ${JSON.stringify(run.counts)}`)
      },
      (error: unknown) => {
        if (!isSyncError(error))
          this.#complain({
            invariant: 'I7 idempotence',
            what: `threw ${String(error)} ${(error as Error)?.stack ?? ''}`,
          })
        this.#coverage.saw('run', isSyncError(error) ? error.code : 'broken')
        ended(isSyncError(error) ? error.code : String(error))
      },
    )
  }

  /** After a step of a worker: it may crash or sleep past its lease, a backup may come back, the weather may change. */
  async #strike(id: number): Promise<void> {
    if (this.#options.crashAtStep === this.#scheduler.steps || this.#faults.strikes('crash')) {
      this.#crash(id)
      if (this.#random.chance(0.5)) this.#now += 120_000
    } else if (this.#faults.strikes('pause')) {
      this.#now += 90_000
      // This one sleeps on while the others take over what it was at.
      this.#scheduler.pause(id, 20 + this.#random.below(200))
      this.#tell(`worker ${id} sleeps past its lease`)
    }
    if (this.#faults.strikes('restore')) await this.#restore()
    if (this.#faults.strikes('weather')) {
      const jump = (ms: number) => {
        this.#latest = Math.max(this.#latest, this.#now)
        this.#now += ms
      }
      const { places } = this.#scenery
      const sky = {
        places,
        truth: this.#truth,
        random: this.#random,
        faults: this.#faults,
        outages: this.#outages,
        jump,
      }
      this.#tell(changeWeather(sky))
    }
  }

  #crash(id: number): void {
    if (!this.#workers.some((worker) => worker.id === id)) return
    this.#scheduler.kill(id)
    this.#crashes++
    this.#tell(`worker ${id} crashes`)
    this.#workers = [...this.#workers.filter((worker) => worker.id !== id), this.#worker()]
  }

  /**
   * The storage goes back to an earlier state, and everybody starts anew. What happened in between is known to the
   * calendars only: a value that stands in none of them by now was lost, and logged, in a past that is gone, and what
   * was removed may come back. Nothing else is excused.
   */
  async #restore(): Promise<void> {
    if (!this.#kept) return
    for (const { id } of this.#workers) this.#scheduler.kill(id)
    this.#workers = [this.#worker(), this.#worker()]
    const at = this.#woven + this.#random.below(this.#kept.length - this.#woven + 1)
    this.#kept = await this.#kept.restored(at)
    this.#plain = this.#kept.storage
    this.#records.forget()
    const visible = visibleIn(shownIn(this.#scenery.places, this.#truth, this.#calendarNames))
    this.#truth.forget((token) => visible.has(token))
    this.#tell(`the storage is restored to its change ${at}`)
  }

  #worker(): Worker {
    return { id: this.#made++, isBusy: false, restsUntil: 0, began: 0 }
  }

  #handle(storage: Storage, worker: number | undefined): UserHandle {
    const gate =
      worker === undefined
        ? undefined
        : faultyGate({
            worker,
            scheduler: this.#scheduler,
            faults: this.#faults,
            random: this.#random,
            outages: this.#outages,
            tell: (line) => this.#tell(line),
          })
    const pageSize = 1 + (this.#seed % 7)
    const provider = memoryProvider({ service: this.#service, pageSize, ...(gate ? { gate } : {}) })
    const engine = new SyncEngine({
      storage,
      providers: [watchedProvider(provider, this.#watch(worker))],
      now: () => this.#now,
      owner: `worker-${worker ?? 'quiet'}-${this.#made}`,
      secret,
    })
    return engine.user('user')
  }

  #watch(worker: number | undefined): Watch {
    return {
      worker,
      records: this.#records,
      calendarNames: this.#calendarNames,
      hasSleepers: this.#hasSleepers,
      places: this.#scenery.places,
      truth: this.#truth,
      coverage: this.#coverage,
      wire: this.#wire,
      cursors: this.#cursors,
      complain: (violation) => this.#complain(violation),
    }
  }

  #strategy(ids: readonly string[]): StrategySpec {
    return this.#random.pick<StrategySpec>([
      { use: 'lastModifiedWins' },
      { use: 'lastModifiedWins' },
      { use: 'preferCalendar', order: ids as never },
      { use: 'askAPerson' },
    ])
  }

  /** A person settles what waits for one while workers are at it; should one of them be quicker, so be it. */
  async #decideInBetween(): Promise<void> {
    try {
      await this.#decide(this.#handle(this.#records.watched(this.#plain, undefined), undefined), this.#anyGroup())
    } catch (error) {
      if (!isSyncError(error)) throw error
      this.#coverage.saw('person', `decides too late: ${error.code}`)
    }
  }

  /** A person settles what waits for one. True: there was something. */
  async #decide(user: UserHandle, groupId: string): Promise<boolean> {
    let decided = false
    for (const conflict of (await user.conflicts.listOpen(groupId)).items) {
      const take = conflict.items.map(({ field, sides }) => [field, this.#random.pick(sides).calendarId])
      await user.conflicts.resolve(conflict.id, Object.fromEntries(take))
      this.#coverage.saw('person', 'resolve a conflict')
      decided = true
    }
    for (const { calendarId, what, approved } of await user.held.list(groupId)) {
      if (approved) continue
      const isMeant = what === 'creations' || this.#random.chance(0.8)
      if (isMeant) await user.held.approve(groupId, { calendarId, what })
      else await user.held.reject(groupId, { calendarId, what })
      // Who says that removals are not meant wants the events back.
      if (!isMeant) this.#truth.plainlyRemoved.clear()
      if (what === 'removals') this.#truth.answered(calendarId)
      this.#coverage.saw('person', `${isMeant ? 'approve' : 'reject'} ${what}`)
      decided = true
    }
    return decided
  }

  async #conflicts(): Promise<readonly Conflict[]> {
    const found: Conflict[] = []
    let after: string | undefined
    do {
      const page = await this.#plain.list(me, 'conflict', { limit: 1_000, ...(after ? { after } : {}) })
      found.push(...page.records.map(({ value }) => value as unknown as Conflict))
      after = page.next
    } while (after !== undefined)
    return found
  }

  #complain(violation: Violation): void {
    this.#violations.push(violation)
    this.#tell(`VIOLATION ${violation.invariant}: ${violation.what}`)
  }

  #tell(line: string): void {
    if (this.#options.withStory) this.#story.push(`${this.#scheduler.steps} ${line}`)
  }
}

function memberOf({ role }: Place, calendarId: string): NewMember {
  const direction = role === 'source' ? 'read' : role === 'target' ? 'write' : 'both'
  const show = role === 'busy' ? 'busy' : 'everything'
  return { calendarId, direction, projection: { show, privateEvents: 'show', reminders: 'none' } }
}
