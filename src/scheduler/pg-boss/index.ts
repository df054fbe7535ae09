import { SyncError } from '../../errors.js'
import { checkJob, plainJson } from '../joining.js'
import type { DeadOptions, Job, JobHandler, JobPage, NewJob, QueueDepth, Scheduler, WorkOptions } from '../scheduler.js'
import { hostTimer, type SetTimer } from '../timers.js'
import { Workers } from '../workers.js'
import type { Boss } from './boss.js'
import { BossJobs, type HeldByBoss } from './boss-jobs.js'
import { Rounds } from './rounds.js'

export type {
  DeadOptions,
  Job,
  JobEnd,
  JobHandler,
  JobPage,
  NewJob,
  QueueDepth,
  Scheduler,
  Urgency,
  WorkOptions,
} from '../scheduler.js'
export type { SetTimer } from '../timers.js'
export type {
  Boss,
  BossAttempt,
  BossDatabase,
  BossFetch,
  BossFind,
  BossJob,
  BossOn,
  BossQueue,
  BossSend,
  BossTransaction,
} from './boss.js'

/** What {@link pgBossScheduler} needs. */
export interface PgBossSchedulerOptions {
  /** A `PgBoss` of version 12 that is started, with `supervise` on in one process at least. It is the host's to stop. */
  readonly boss: Boss
  /** Name of the queue; the dead ones are in another, with `-dead` at its end. @default 'calweave' */
  readonly queue?: string
  /**
   * How often a process that has nothing to do looks for work of others, in milliseconds. What it adds itself is done at
   * once and on time. @default 1_000
   */
  readonly pollMs?: number
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number
  /** @default setTimeout */
  readonly setTimer?: SetTimer
}

/**
 * Makes a scheduler of a pg-boss that the host runs: many workers on many machines, on one PostgreSQL.
 *
 * Urgencies, turns of tenants and dead jobs are as with the in-process one; the turns are those of each process. A job of a
 * worker that died is handed out again when `silenceMs` (at least 10 s here) and the monitor interval of pg-boss have
 * passed. What is over leaves pg-boss' tables at once.
 *
 * @example
 * ```ts
 * import { type Boss, pgBossScheduler } from 'calweave/scheduler/pg-boss'
 *
 * declare const boss: Boss // await new PgBoss('postgres://...').start()
 *
 * const scheduler = pgBossScheduler({ boss })
 * await scheduler.start(async () => ({ type: 'done' }), { concurrency: 16 })
 * ```
 */
export function pgBossScheduler(options: PgBossSchedulerOptions): Scheduler {
  return new PgBossScheduler(options)
}

class PgBossScheduler implements Scheduler {
  readonly #jobs: BossJobs
  readonly #now: () => number
  readonly #setTimer: SetTimer
  readonly #pollMs: number
  #working: { readonly workers: Workers<HeldByBoss>; readonly rounds: Rounds } | undefined

  constructor({
    boss,
    queue = 'calweave',
    pollMs = 1_000,
    now = Date.now,
    setTimer = hostTimer,
  }: PgBossSchedulerOptions) {
    if (!Number.isFinite(pollMs) || pollMs < 1)
      throw new SyncError('invalid_input', 'pollMs must be a number of milliseconds, 1 or more.')
    this.#jobs = new BossJobs(boss, queue)
    this.#now = now
    this.#setTimer = setTimer
    this.#pollMs = pollMs
  }

  async enqueue(job: NewJob): Promise<void> {
    checkJob(job)
    await this.#jobs.enqueue({ ...picked(job), data: plainJson(job.data) })
    this.#working?.rounds.expect(job.at)
  }

  cancel(key: string): Promise<void> {
    return this.#jobs.cancel(key)
  }

  get(key: string): Promise<Job | undefined> {
    return this.#jobs.get(key)
  }

  async start(handler: JobHandler, options: WorkOptions = {}): Promise<void> {
    const { silenceMs = 60_000 } = options
    if (this.#working) throw new SyncError('invalid_input', 'This scheduler is started already. Stop it first.')
    if (!Number.isInteger(silenceMs) || silenceMs < 1)
      throw new SyncError('invalid_input', 'silenceMs must be a whole number of milliseconds, 1 or more.')
    const [jobs, now, setTimer] = [this.#jobs, this.#now, this.#setTimer]
    const rounds: Rounds = new Rounds({ jobs, now, setTimer, pollMs: this.#pollMs, wake: () => workers.fill() })
    const workers: Workers<HeldByBoss> = new Workers({
      ...options,
      handler,
      now,
      setTimer,
      source: {
        take: (running, perTenant) => rounds.take(running, perTenant),
        beat: (taken) => jobs.beat(taken),
        async end(taken, end) {
          await jobs.end(taken, end)
          rounds.expect(end.type === 'again' || end.type === 'failed' ? end.at : now())
        },
        async giveBack(taken, later) {
          await jobs.giveBack(taken, later)
          rounds.expect(later?.at ?? now())
        },
      },
    })
    this.#working = { workers, rounds }
    try {
      await jobs.expectSigns(silenceMs)
    } catch (error) {
      this.#working = undefined
      throw error
    }
    workers.fill()
  }

  async stop({ withinMs = 10_000 }: { readonly withinMs?: number } = {}): Promise<void> {
    const working = this.#working
    if (!working) return
    this.#working = undefined
    working.rounds.stop()
    await working.workers.stop(withinMs)
  }

  dead(options: DeadOptions = {}): Promise<JobPage> {
    return this.#jobs.dead(options)
  }

  depth(): Promise<QueueDepth> {
    return this.#jobs.depth(this.#now())
  }
}

const picked = ({ key, tenant, kind, data, urgency, at }: NewJob): NewJob => ({ key, tenant, kind, data, urgency, at })
