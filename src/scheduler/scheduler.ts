import type { Failure } from '../model/failure.js'
import type { Json } from '../model/json.js'

/**
 * How urgent work is. Within one urgency the shares of the tenants count, then the time.
 *
 * - `person`: somebody waits for it
 * - `push`: a service told of a change
 * - `schedule`: its time has come
 * - `import`: a first sync, or another long one, that has yielded
 * - `upkeep`: renewals, checks, tidying
 */
export type Urgency = 'person' | 'push' | 'schedule' | 'import' | 'upkeep'

/** The most urgent first. */
export const urgencies: readonly Urgency[] = ['person', 'push', 'schedule', 'import', 'upkeep']

/** Work that is to be done at some time. */
export interface NewJob {
  /** One key waits at most once: what is enqueued under a key that waits already joins it, see {@link Scheduler.enqueue}. */
  readonly key: string
  /** Whose share of the workers it takes. */
  readonly tenant: string
  readonly kind: string
  readonly data: Json
  readonly urgency: Urgency
  /** Not before this, in milliseconds since 1970. */
  readonly at: number
}

/** Work that waits, or is being done. */
export interface Job extends NewJob {
  /**
   * How often it was handed to a worker since it last succeeded, this time included. From 1; of one that waits, what the
   * next time will be.
   */
  readonly attempt: number
  /** Why the last attempt failed. */
  readonly failure?: Failure
}

/** What came of an attempt. */
export type JobEnd =
  /** It is over, unless it was enqueued again meanwhile. */
  | { readonly type: 'done' }
  /** It succeeded and goes on at another time; what was enqueued meanwhile may bring that forward. */
  | { readonly type: 'again'; readonly at: number; readonly urgency: Urgency; readonly data?: Json }
  /** It failed, and is tried again then. */
  | { readonly type: 'failed'; readonly at: number; readonly failure: Failure }
  /** It failed, and waits for a person ({@link Scheduler.dead}). */
  | { readonly type: 'dead'; readonly failure: Failure }

/** The reason of a failure of which nobody knows more than that the worker died with the job. */
export const workerLost = 'WORKER_LOST'

/** Does the work. Must bear being given a job twice, also at the same time, and late. */
export type JobHandler = (job: Job, signal: AbortSignal) => Promise<JobEnd>

/** A page of jobs. */
export interface JobPage {
  readonly jobs: readonly Job[]
  /** Pass as `after` to go on; absent at the end. */
  readonly next?: string
}

/** Which dead jobs to list. */
export interface DeadOptions {
  /** Where the last page ended. */
  readonly after?: string
  /** @default 100 */
  readonly limit?: number
  /** Only those of this tenant. @default all */
  readonly tenant?: string
}

/** How much work there is, for people and for scaling. */
export interface QueueDepth {
  readonly waiting: number
  /** Of those, work whose time has come. */
  readonly due: number
  readonly running: number
  readonly dead: number
  /** How long the longest of the due ones has waited, in milliseconds. */
  readonly oldestDueMs: number
}

/**
 * Keeps work until its time has come, and hands it to workers. Work is handed out at least once: a worker that dies leaves
 * its job to another one, and a slow one may find that its job was given to somebody else. What five workers in a row died with
 * is dead.
 *
 * The suite `schedulerContract` in `calweave/testing` checks an adapter.
 */
export interface Scheduler {
  /**
   * Adds a job. Where its key waits already, the two become one: the earlier time, the higher urgency, the newer data.
   * Where its key is being worked at, it runs once more after that. A dead one comes back to life.
   */
  enqueue(job: NewJob): Promise<void>
  /** Takes work away that waits or is dead. One that is being done ends by itself, and does not come again. */
  cancel(key: string): Promise<void>
  /** The job under a key: the one that is being done, else the one that waits or is dead. */
  get(key: string): Promise<Job | undefined>
  /** Hands work to this process from now on, so many jobs at once. One handler at a time. @throws SyncError `invalid_input` */
  start(handler: JobHandler, options?: WorkOptions): Promise<void>
  /**
   * Hands out nothing more, and waits for what is under way; after `withinMs` its signals are aborted, and after as long
   * again it is left to other workers. @default 10_000
   */
  stop(options?: { readonly withinMs?: number }): Promise<void>
  /** Jobs that wait for a person, in an order of the scheduler's own. */
  dead(options?: DeadOptions): Promise<JobPage>
  depth(): Promise<QueueDepth>
}

export interface WorkOptions {
  /** Jobs at once in this process. @default 4 */
  readonly concurrency?: number
  /** How many of these one tenant may take at once. @default a quarter, at least 1 */
  readonly perTenant?: number
  /** After so many milliseconds without a sign of life a worker counts as dead. @default 60_000; of an engine its `leaseMs` */
  readonly silenceMs?: number
  /** Called when the queue itself fails, e.g. because its database is away. It goes on by itself. */
  readonly onError?: (error: unknown) => void
  /**
   * Called right before a job is dead that workers died of five times in a row. Its handler has no say in that, as it never came
   * to its end. At least once; what it throws goes to {@link onError}.
   */
  readonly onGivenUp?: (job: Job, failure: Failure) => void | Promise<void>
}
