import { SyncError } from '../errors.js'
import type { Failure } from '../model/failure.js'
import { afterLoss, checkedEnd, type PutBack, thrown } from './joining.js'
import type { Job, JobEnd, JobHandler, WorkOptions } from './scheduler.js'
import { type SetTimer, within } from './timers.js'

/** A job that this process has taken. */
export interface Claim {
  readonly job: Job
  /** How often to say that it is still worked at. */
  readonly beatMs: number
  /** How often in a row workers died with it; 0 when the last one wrote what came of it. */
  readonly lost: number
}

/** Where jobs come from. */
export interface Source<Taken extends Claim> {
  /**
   * Takes the next job for this process; undefined when there is none just now.
   * @param running - How many jobs of each tenant are under way here.
   */
  take(running: ReadonlyMap<string, number>, perTenant: number): Promise<Taken | undefined>
  /** Says that a job is still worked at. False: it has passed to somebody else. */
  beat(taken: Taken): Promise<boolean>
  /** Writes what came of it. Does nothing where the job has passed to somebody else. */
  end(taken: Taken, end: JobEnd): Promise<void>
  /** Puts a job back as it was before it was taken, or for later. */
  giveBack(taken: Taken, later?: PutBack): Promise<void>
}

/** What {@link Workers} are made of. */
export interface WorkersOptions<Taken extends Claim> extends WorkOptions {
  readonly source: Source<Taken>
  readonly handler: JobHandler
  readonly now: () => number
  readonly setTimer: SetTimer
}

interface Run<Taken extends Claim> {
  readonly taken: Taken
  readonly controller: AbortController
  /** Left to other workers; whatever comes of it here is not written. */
  isLeft: boolean
  /** Ends a wait between two tries to write. */
  hurry: () => void
  /** Says no more that it is alive. */
  quiet: () => void
}

/** The jobs that one process works at: takes as many as it may, keeps them alive, and writes what came of them. */
export class Workers<Taken extends Claim> {
  readonly #options: WorkersOptions<Taken>
  readonly #concurrency: number
  readonly #perTenant: number
  readonly #runs = new Map<Run<Taken>, Promise<void>>()
  readonly #tenants = new Map<string, number>()
  #filling: Promise<void> | undefined
  #isWanted = false
  #isStopping = false
  #failures = 0
  #callOff: (() => void) | undefined

  constructor(options: WorkersOptions<Taken>) {
    const { concurrency = 4, perTenant = Math.max(1, Math.floor(concurrency / 4)) } = options
    for (const [name, value] of Object.entries({ concurrency, perTenant }))
      if (!Number.isInteger(value) || value < 1)
        throw new SyncError('invalid_input', `${name} must be a whole number, 1 or more.`)
    this.#options = options
    this.#concurrency = concurrency
    this.#perTenant = perTenant
  }

  /** Looks for work now. */
  fill(): void {
    this.#isWanted = true
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = undefined
      // Somebody asked in the moment between the last look and here.
      if (this.#isWanted && !this.#isStopping && this.#failures === 0) this.fill()
    })
  }

  async stop(withinMs: number): Promise<void> {
    const { setTimer } = this.#options
    this.#isStopping = true
    this.#callOff?.()
    await within(setTimer, withinMs, this.#idle())
    if (this.#runs.size === 0 && !this.#filling) return
    for (const { controller } of this.#runs.keys()) controller.abort(stopped())
    await within(setTimer, withinMs, this.#idle())
    for (const run of this.#runs.keys()) {
      run.isLeft = true
      run.hurry()
      run.quiet()
    }
  }

  async #idle(): Promise<void> {
    while (this.#filling || this.#runs.size > 0) await Promise.all([this.#filling, ...this.#runs.values()])
  }

  async #fill(): Promise<void> {
    try {
      while (this.#isWanted && !this.#isStopping) {
        this.#isWanted = false
        while (this.#runs.size < this.#concurrency && !this.#isStopping) {
          const taken = await this.#options.source.take(this.#tenants, this.#perTenant)
          if (!taken) break
          this.#begin(taken)
        }
      }
      this.#failures = 0
    } catch (error) {
      this.#report(error)
      this.#later()
    }
  }

  /** The queue itself failed: looks again after 1 s, then 2 s, half a minute at most. */
  #later(): void {
    this.#callOff?.()
    if (this.#isStopping) return
    this.#callOff = this.#options.setTimer(() => this.fill(), pauseMs(this.#failures++))
  }

  #begin(taken: Taken): void {
    const { tenant } = taken.job
    const run: Run<Taken> = { taken, controller: new AbortController(), isLeft: false, hurry: nothing, quiet: nothing }
    this.#tenants.set(tenant, (this.#tenants.get(tenant) ?? 0) + 1)
    const over = this.#work(run).finally(() => {
      this.#runs.delete(run)
      const left = (this.#tenants.get(tenant) ?? 1) - 1
      if (left > 0) this.#tenants.set(tenant, left)
      else this.#tenants.delete(tenant)
      if (!this.#isStopping) this.fill()
    })
    this.#runs.set(run, over)
  }

  async #work(run: Run<Taken>): Promise<void> {
    run.quiet = this.#beat(run)
    try {
      await this.#insist(run, await this.#result(run))
    } finally {
      run.quiet()
    }
  }

  /** What is to be written of a job that was taken. */
  async #result(run: Run<Taken>): Promise<() => Promise<void>> {
    const { source, now } = this.#options
    const { taken } = run
    // Taken while everything was being stopped.
    if (this.#isStopping) return () => source.giveBack(taken)
    const loss = afterLoss(taken.lost, now(), Math.random())
    if (loss?.type === 'put back') return () => source.giveBack(taken, loss)
    if (loss) await this.#tellGivenUp(taken.job, loss.failure)
    const end = loss ?? (await this.#attempt(run))
    return () => (end ? source.end(taken, end) : source.giveBack(taken))
  }

  async #tellGivenUp(job: Job, failure: Failure): Promise<void> {
    try {
      await this.#options.onGivenUp?.(job, failure)
    } catch (error) {
      this.#report(error)
    }
  }

  /** Undefined: it was broken off because everything is being stopped, which is nobody's failure. */
  async #attempt({ taken: { job }, controller }: Run<Taken>): Promise<JobEnd | undefined> {
    const { handler, now } = this.#options
    try {
      return checkedEnd(await handler(job, controller.signal), job.attempt, now())
    } catch (error) {
      return this.#isStopping && controller.signal.aborted ? undefined : thrown(error, job.attempt, now())
    }
  }

  /** A result that cannot be written now is not lost: it is tried again, and meanwhile the job is kept alive. */
  async #insist(run: Run<Taken>, write: () => Promise<void>): Promise<void> {
    for (let failures = 0; !run.isLeft; failures++) {
      try {
        await write()
        return
      } catch (error) {
        this.#report(error)
      }
      const hurried = new Promise<void>((resolve) => {
        run.hurry = resolve
      })
      if (!run.isLeft) await within(this.#options.setTimer, pauseMs(failures), hurried)
    }
  }

  #beat(run: Run<Taken>): () => void {
    let isOver = false
    let callOff = (): void => undefined
    const beat = async (): Promise<void> => {
      try {
        if (!(await this.#options.source.beat(run.taken)) && !isOver) run.controller.abort(passedOn())
      } catch (error) {
        this.#report(error)
      }
      if (!isOver) plan()
    }
    const plan = (): void => {
      callOff = this.#options.setTimer(() => void beat(), run.taken.beatMs)
    }
    plan()
    return () => {
      isOver = true
      callOff()
    }
  }

  #report(error: unknown): void {
    try {
      this.#options.onError?.(error)
    } catch {
      // The queue goes on whatever a host does with its troubles.
    }
  }
}

const nothing = (): void => undefined

const pauseMs = (failures: number): number => Math.min(30_000, 1_000 * 2 ** Math.min(failures, 5))

function stopped(): SyncError {
  return new SyncError('aborted', 'The workers are being stopped. The job goes on when they start again.')
}

function passedOn(): SyncError {
  return new SyncError('lease_lost', 'This worker was silent for too long, and its job was given to another one.')
}
