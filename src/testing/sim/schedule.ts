import type { Violation } from './judge/violation.js'
import { strike } from './mishaps.js'
import { decideInBetween } from './people/deciding.js'
import { person } from './people/person.js'
import { regret } from './people/regretting.js'
import { quietEnd } from './quiet.js'
import { type ScheduleOptions, Stage } from './stage.js'
import { Weaving } from './weaving.js'
import { Workers } from './workers.js'

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

/** One schedule on its way. */
export class Schedule {
  readonly #stage: Stage
  readonly #weaving: Weaving
  readonly #workers: Workers
  #passes = 0

  constructor(seed: number, options: ScheduleOptions) {
    this.#stage = new Stage(seed, options)
    this.#weaving = new Weaving(this.#stage)
    this.#workers = new Workers(this.#stage)
  }

  /** Calendars of differing kinds, groups over them, and some events to begin with. */
  async setUp(): Promise<void> {
    const { scenery, coverage, random } = this.#stage
    for (const { traits, role } of [...scenery.places, ...scenery.outside])
      for (const trait of [...traits, `role ${role}`]) coverage.saw('kind', trait)
    const isFull = random.chance(0.06)
    for (let count = isFull ? 14 : random.below(5); count > 0; count--) await person(this.#stage, this.#workers)
    await this.#weaving.begin()
  }

  /** People and workers at once, with faults. */
  async trouble(): Promise<void> {
    const { random, scheduler, options, seed } = this.#stage
    const isShort = options.crashAtStep !== undefined
    const actions = isShort ? 3 + random.below(4) : this.#stage.hasWire ? 8 + random.below(16) : 4 + random.below(10)
    // Over the wire a sync takes more steps, of which each is a request that may go wrong.
    const steps = isShort ? 60 : this.#stage.hasWire ? 400 : 200
    this.#workers.startAnew()
    for (let done = 0; done < actions || scheduler.steps < steps || this.#weaving.isUnfinished; ) {
      // Nobody may be at it: a run that began before does not know of the new group, and would not tell it what it writes.
      if (scheduler.steps >= 60 && !this.#workers.isAnybodyBusy) await this.#weaving.late()
      this.#startSome()
      const picked = await scheduler.step()
      // Nobody is at anything: time passes until somebody is.
      this.#stage.now += random.below(picked ? 400 : 20_000)
      if (picked) await strike(this.#stage, this.#workers, picked.worker)
      if (done < actions && random.chance(picked ? 0.03 : 0.5)) {
        await person(this.#stage, this.#workers)
        done++
      }
      if (random.chance(0.005)) await decideInBetween(this.#stage, this.#weaving.anyGroup())
      if (this.#stage.hasRegrets && random.chance(0.015)) await regret(this.#stage, this.#weaving.anyGroup())
      if (scheduler.steps > 20_000) throw new Error(`seed ${seed} does not end`)
    }
  }

  async quiet(): Promise<void> {
    try {
      this.#passes = await quietEnd(this.#stage, this.#workers)
    } catch (error) {
      // Nothing goes wrong any more: whatever a sync throws now it would throw for ever.
      this.#stage.complain({ invariant: 'I1 convergence', what: `a sync without faults threw ${String(error)}` })
    }
  }

  result(): ScheduleResult {
    const { seed, violations, faults, scheduler, truth, wire, coverage, story } = this.#stage
    return {
      seed,
      violations,
      faults: faults.hits,
      steps: scheduler.steps,
      actions: truth.actions,
      crashes: this.#workers.crashes,
      strikes: faults.strikesSoFar,
      writes: wire.writes,
      passes: this.#passes,
      coverage: coverage.counts,
      trace: scheduler.trace,
      story,
    }
  }

  #startSome(): void {
    const { random, scheduler, now } = this.#stage
    for (const worker of this.#workers.all)
      if (!worker.isBusy && worker.restsUntil <= now && random.chance(scheduler.idle ? 0.5 : 0.03))
        this.#workers.start(worker, this.#weaving.anyGroup())
  }
}
