import { SyncError } from '../errors.js'
import { failureOf } from '../model/failure.js'
import {
  type DeadOptions,
  type Job,
  type JobEnd,
  type JobHandler,
  type JobPage,
  type NewJob,
  type Scheduler,
  urgencies,
} from '../scheduler/scheduler.js'

/** A scheduler that works when it is told to. */
export interface ManualScheduler extends Scheduler {
  /** What waits, in the order in which it would be handed out if all of it were due. */
  waiting(): readonly Job[]
  /** Hands out the first job that is due, and waits for its end. Undefined: none is due. */
  next(): Promise<{ readonly job: Job; readonly end: JobEnd } | undefined>
  /** Hands out what is due until nothing is. Returns what was done, in order. Throws when that does not come to an end. */
  work(): Promise<readonly { readonly job: Job; readonly end: JobEnd }[]>
  /** Hands out a job whatever the queue knows of it, as one that delivers twice, or late. What comes of it is ignored. */
  deliver(job: Job): Promise<JobEnd>
}

/**
 * Makes a scheduler in memory for tests: nothing runs before the test says so, and no time passes by itself.
 *
 * @param options - `now`: the clock of the test
 * @example
 * ```ts
 * import { manualScheduler } from 'calweave/testing'
 *
 * let now = 0
 * const scheduler = manualScheduler({ now: () => now })
 * await scheduler.start(async () => ({ type: 'done' }))
 * await scheduler.enqueue({ key: 'a', tenant: 'jo', kind: 'test', data: {}, urgency: 'schedule', at: 60_000 })
 * console.log(await scheduler.work()) // nothing yet
 * now = 60_000
 * console.log(await scheduler.work()) // that one
 * ```
 */
export function manualScheduler(options: { readonly now: () => number }): ManualScheduler {
  return new Manual(options.now)
}

interface Entry {
  job: Job
  state: 'waiting' | 'running' | 'dead'
  /** What was enqueued while it was worked at. */
  next?: NewJob
  isCancelled?: boolean
}

class Manual implements ManualScheduler {
  readonly #now: () => number
  readonly #entries = new Map<string, Entry>()
  #handler: JobHandler | undefined
  #signal = new AbortController()

  constructor(now: () => number) {
    this.#now = now
  }

  async enqueue(given: NewJob): Promise<void> {
    const job = structuredClone(given)
    const entry = this.#entries.get(job.key)
    if (entry?.state === 'waiting') entry.job = { ...entry.job, ...joined(entry.job, job) }
    else if (entry?.state === 'running') entry.next = entry.next ? joined(entry.next, job) : job
    else this.#entries.set(job.key, { job: { ...job, ...triedBefore(entry?.job) }, state: 'waiting' })
  }

  async cancel(key: string): Promise<void> {
    const entry = this.#entries.get(key)
    if (entry?.state === 'running') {
      entry.isCancelled = true
      delete entry.next
    } else this.#entries.delete(key)
  }

  async get(key: string): Promise<Job | undefined> {
    return this.#entries.get(key)?.job
  }

  async start(handler: JobHandler): Promise<void> {
    if (this.#handler) throw new SyncError('invalid_input', 'This scheduler has a handler already: stop it first.')
    this.#handler = handler
    this.#signal = new AbortController()
  }

  async stop(): Promise<void> {
    this.#handler = undefined
    this.#signal.abort()
  }

  async dead({ tenant }: DeadOptions = {}): Promise<JobPage> {
    const all = this.#of('dead').sort((a, b) => (a.key < b.key ? -1 : 1))
    return { jobs: tenant === undefined ? all : all.filter((job) => job.tenant === tenant) }
  }

  async depth() {
    const now = this.#now()
    const due = this.#of('waiting').filter(({ at }) => at <= now)
    return {
      waiting: this.#of('waiting').length,
      due: due.length,
      running: this.#of('running').length,
      dead: this.#of('dead').length,
      oldestDueMs: Math.max(0, ...due.map(({ at }) => now - at)),
    }
  }

  waiting(): readonly Job[] {
    return this.#of('waiting').sort(inOrder)
  }

  async next() {
    const job = this.waiting().find(({ at }) => at <= this.#now())
    const entry = job && this.#entries.get(job.key)
    if (!entry) return undefined
    entry.state = 'running'
    const end = await this.deliver(entry.job)
    this.#settle(entry, end)
    return { job: entry.job, end }
  }

  async work() {
    const done: { readonly job: Job; readonly end: JobEnd }[] = []
    for (let one = await this.next(); one; one = await this.next()) {
      done.push(one)
      if (done.length > 1_000) throw new Error(`1,000 jobs were handed out and there are more: ${one.job.key} again`)
    }
    return done
  }

  async deliver(job: Job): Promise<JobEnd> {
    if (!this.#handler) throw new Error('nobody works: call start first')
    try {
      return await this.#handler(structuredClone(job), this.#signal.signal)
    } catch (error) {
      return { type: 'failed', at: this.#now() + 60_000, failure: failureOf(error, this.#now()) }
    }
  }

  #settle(entry: Entry, end: JobEnd): void {
    const { key } = entry.job
    const { next } = entry
    delete entry.next
    this.#entries.delete(key)
    if (entry.isCancelled) return
    const after = jobAfter(entry.job, end)
    const job = next && after && end.type !== 'dead' ? { ...after, ...joined(after, next) } : after
    if (job && !(end.type === 'dead' && next))
      this.#entries.set(key, { job, state: end.type === 'dead' ? 'dead' : 'waiting' })
    else if (next) this.#entries.set(key, { job: { ...next, attempt: 1 }, state: 'waiting' })
  }

  #of(state: Entry['state']): Job[] {
    return [...this.#entries.values()].flatMap((entry) => (entry.state === state ? entry.job : []))
  }
}

/** A dead job that comes back keeps its failure and its count of attempts. */
function triedBefore(dead: Job | undefined): Pick<Job, 'attempt' | 'failure'> {
  if (!dead) return { attempt: 1 }
  return { attempt: dead.attempt + 1, ...(dead.failure === undefined ? {} : { failure: dead.failure }) }
}

/** The earlier time, the higher urgency, the newer data. */
function joined(known: NewJob, fresh: NewJob): NewJob {
  const urgency = rank(fresh) < rank(known) ? fresh.urgency : known.urgency
  const { key, tenant, kind, data } = fresh
  return { key, tenant, kind, data, urgency, at: Math.min(known.at, fresh.at) }
}

/** What goes on waiting after an attempt; undefined: nothing. */
function jobAfter(job: Job, end: JobEnd): Job | undefined {
  const { failure: _before, ...rest } = job
  switch (end.type) {
    case 'done':
      return undefined
    case 'again':
      return {
        ...rest,
        at: end.at,
        urgency: end.urgency,
        attempt: 1,
        ...(end.data === undefined ? {} : { data: end.data }),
      }
    case 'failed':
      return { ...rest, at: end.at, attempt: job.attempt + 1, failure: end.failure }
    case 'dead':
      return { ...rest, failure: end.failure }
    default:
      return end satisfies never
  }
}

function inOrder(a: Job, b: Job): number {
  return rank(a) - rank(b) || a.at - b.at || (a.key < b.key ? -1 : 1)
}

function rank({ urgency }: NewJob): number {
  return urgencies.indexOf(urgency)
}
