import { SyncError } from '../../errors.js'
import type { Storage } from '../../storage/storage.js'
import { checkJob, plainJson } from '../joining.js'
import type { DeadOptions, Job, JobHandler, JobPage, NewJob, QueueDepth, Scheduler, WorkOptions } from '../scheduler.js'
import { hostTimer, type SetTimer } from '../timers.js'
import { Turns } from '../turns.js'
import { Workers } from '../workers.js'
import { type Held, JobStore, shownEntry } from './job-store.js'
import { Lookout } from './lookout.js'

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

/** What {@link inProcessScheduler} needs. */
export interface InProcessSchedulerOptions {
  /** Where jobs are kept; the storage of the engine will do. It is not closed by the scheduler. */
  readonly storage: Storage
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number
  /** @default setTimeout */
  readonly setTimer?: SetTimer
  /**
   * How often to look for what other processes have added, in milliseconds. What this process adds, and what was already
   * seen to be due at some time, is done at once and on time. @default 30_000
   */
  readonly lookEveryMs?: number
}

/**
 * Makes a scheduler that keeps its jobs in a storage and does them in this process. It goes on after a restart where it
 * was, and several processes may share one storage.
 *
 * The most urgent job goes first; of eight, one is of another urgency, so that nothing starves. Within one urgency every
 * tenant has its turn, one job a turn. A started scheduler keeps a Node process alive until it is stopped.
 *
 * @example
 * ```ts
 * import { inProcessScheduler } from 'calweave/scheduler/in-process'
 * import { memoryStorage } from 'calweave/storage/memory'
 *
 * const scheduler = inProcessScheduler({ storage: memoryStorage() })
 * await scheduler.start(async (job) => {
 *   console.log(job.kind, job.data)
 *   return { type: 'again', at: Date.now() + 900_000, urgency: 'schedule' }
 * })
 * await scheduler.enqueue({ key: 'mail/ann', tenant: 'ann', kind: 'mail', data: 1, urgency: 'person', at: Date.now() })
 * await scheduler.stop()
 * ```
 */
export function inProcessScheduler(options: InProcessSchedulerOptions): Scheduler {
  return new InProcessScheduler(options)
}

class InProcessScheduler implements Scheduler {
  readonly #store: JobStore
  readonly #now: () => number
  readonly #setTimer: SetTimer
  readonly #lookEveryMs: number
  #working: { readonly workers: Workers<Held>; readonly lookout: Lookout } | undefined

  constructor({ storage, now = Date.now, setTimer = hostTimer, lookEveryMs = 30_000 }: InProcessSchedulerOptions) {
    if (!Number.isFinite(lookEveryMs) || lookEveryMs < 1)
      throw new SyncError('invalid_input', 'lookEveryMs must be a number of milliseconds, 1 or more.')
    this.#store = new JobStore(storage)
    this.#now = now
    this.#setTimer = setTimer
    this.#lookEveryMs = lookEveryMs
  }

  async enqueue(job: NewJob): Promise<void> {
    checkJob(job)
    const entry = await this.#store.enqueue({ ...job, data: plainJson(job.data) }, this.#now())
    if (entry) this.#working?.lookout.add(entry)
  }

  async cancel(key: string): Promise<void> {
    await this.#store.cancel(key)
    this.#working?.lookout.forget(key)
  }

  async get(key: string): Promise<Job | undefined> {
    const entry = await this.#store.read(key)
    return entry && shownEntry(entry)
  }

  async start(handler: JobHandler, options: WorkOptions = {}): Promise<void> {
    const { silenceMs = 60_000 } = options
    if (this.#working) throw new SyncError('invalid_input', 'This scheduler is started already. Stop it first.')
    if (!Number.isInteger(silenceMs) || silenceMs < 1)
      throw new SyncError('invalid_input', 'silenceMs must be a whole number of milliseconds, 1 or more.')
    const [store, now, setTimer] = [this.#store, this.#now, this.#setTimer]
    const held = new Set<string>()
    const turns = new Turns()
    const lookout: Lookout = new Lookout({
      store,
      now,
      setTimer,
      held,
      everyMs: this.#lookEveryMs,
      wake: () => workers.fill(),
    })
    const workers: Workers<Held> = new Workers({
      ...options,
      handler,
      now,
      setTimer,
      source: {
        async take(running, perTenant) {
          const taken = await lookout.take(turns.order(), running, perTenant, silenceMs)
          if (!taken) return undefined
          turns.took()
          held.add(taken.job.key)
          return taken
        },
        beat: (taken) => store.beat(taken, now()),
        async end(taken, end) {
          const entry = await store.end(taken, end, now())
          held.delete(taken.job.key)
          if (entry) lookout.add(entry)
        },
        async giveBack(taken, later) {
          const entry = await store.giveBack(taken, now(), later)
          held.delete(taken.job.key)
          if (entry) lookout.add(entry)
        },
      },
    })
    this.#working = { workers, lookout }
    workers.fill()
  }

  async stop({ withinMs = 10_000 }: { readonly withinMs?: number } = {}): Promise<void> {
    const working = this.#working
    if (!working) return
    this.#working = undefined
    working.lookout.stop()
    await working.workers.stop(withinMs)
  }

  dead(options: DeadOptions = {}): Promise<JobPage> {
    return this.#store.dead(options)
  }

  depth(): Promise<QueueDepth> {
    return this.#store.depth(this.#now())
  }
}
