import { isSyncError, SyncError } from '../../errors.js'
import type { Failure } from '../../model/failure.js'
import type { Json } from '../../model/json.js'
import { joined, leftOf, type PutBack, putBack, rankOf, shownJob, type Waiting } from '../joining.js'
import {
  type DeadOptions,
  type Job,
  type JobEnd,
  type JobPage,
  type NewJob,
  type QueueDepth,
  urgencies,
} from '../scheduler.js'
import type { Claim } from '../workers.js'
import { affected, type Boss, type BossDatabase, type BossJob, type BossOn, type BossSend } from './boss.js'
import { oneAtATime } from './one-at-a-time.js'

/** A job that this process holds. */
export interface HeldByBoss extends Claim {
  readonly row: BossJob
}

/** Jobs in two queues of pg-boss: those that wait or are being done, and the dead. */
export class BossJobs {
  readonly #boss: Boss
  readonly #queue: string
  readonly #deadQueue: string
  #opening: Promise<void> | undefined

  constructor(boss: Boss, queue: string) {
    this.#boss = boss
    this.#queue = queue
    this.#deadQueue = `${queue}-dead`
  }

  async enqueue(job: NewJob): Promise<void> {
    await this.#oneAtATime(job.key, async (on) => {
      const [row] = await this.#queued(job.key, on)
      const [dead] = row ? [] : await this.#boss.findJobs(this.#deadQueue, { ...on, key: job.key, limit: 1 })
      const before = row ? waitingOf(row) : dead && { ...waitingOf(dead), at: job.at }
      // Where it is taken in this very moment, it runs once more after that.
      if (!row || !(await this.#update(row, joined(before, job), on)))
        await this.#send(this.#queue, joined(row ? undefined : before, job), on)
      if (dead) await this.#boss.deleteJob(this.#deadQueue, dead.id, on)
    })
  }

  async cancel(key: string): Promise<void> {
    await this.#oneAtATime(key, async (on) => {
      // A cancelled one stays for a while, so that its worker can tell that it was not given to somebody else.
      const rows = await this.#boss.findJobs(this.#queue, { ...on, key })
      // What waits goes first: it may be taken as soon as nothing of its key is under way.
      for (const { id, state } of rows) if (isQueued(state)) await this.#boss.deleteJob(this.#queue, id, on)
      // A cancelled one stays for a while, so that its worker can tell that it was not given to somebody else.
      for (const { id, state } of rows) if (state === 'active') await this.#boss.cancel(this.#queue, id, on)
      for (const { id } of await this.#boss.findJobs(this.#deadQueue, { ...on, key }))
        await this.#boss.deleteJob(this.#deadQueue, id, on)
    })
  }

  async get(key: string): Promise<Job | undefined> {
    return this.#use(async () => {
      const rows = (await this.#boss.findJobs(this.#queue, { key })).filter(({ state }) => isLive(state))
      const row = rows.find(({ state }) => state === 'active') ?? rows[0]
      if (row) return shownJob(waitingOf(row), waitingOf(row).attempts + (row.state === 'active' ? 0 : 1))
      const [dead] = await this.#boss.findJobs(this.#deadQueue, { key, limit: 1 })
      return dead && shownJob(waitingOf(dead), waitingOf(dead).attempts)
    })
  }

  /** Takes a job of one urgency that is due, of none of these tenants. */
  async take(rank: number, without: readonly string[]): Promise<HeldByBoss | undefined> {
    return this.#use(async () => {
      const [row] = await this.#boss.fetch(this.#queue, {
        includeMetadata: true,
        minPriority: priorityOf(rank),
        maxPriority: priorityOf(rank),
        ...(without.length > 0 ? { ignoreGroups: [...without] } : {}),
      })
      if (!row) return undefined
      const attempt = keptOf(row).attempts + row.retryCount + 1
      const beatMs = ((row.heartbeatSeconds ?? 60) * 1_000) / 3
      const lost = row.retryCount > 0 ? lostOf(row) : 0
      return { row, job: shownJob(waitingOf(row), attempt), beatMs, lost }
    })
  }

  /** False: the job has passed to somebody else. */
  async beat({ row }: HeldByBoss): Promise<boolean> {
    return this.#use(async () => {
      if (affected(await this.#boss.touch(this.#queue, attemptOf(row), {})) > 0) return true
      const [now] = await this.#boss.findJobs(this.#queue, { id: row.id })
      return now?.state === 'cancelled'
    })
  }

  async end(held: HeldByBoss, end: JobEnd): Promise<void> {
    const attempts = held.job.attempt
    await this.#settle(held, (meanwhile) => leftOf({ ...waitingOf(held.row), attempts }, meanwhile, end))
  }

  /** As if it had never been taken, but for when it comes. */
  async giveBack(held: HeldByBoss, later: PutBack | undefined): Promise<void> {
    const worked = { ...waitingOf(held.row), attempts: held.job.attempt }
    await this.#settle(held, (meanwhile) => ({ state: 'waiting', job: putBack(worked, meanwhile, later) }))
  }

  async dead({ after, limit = 100, tenant }: DeadOptions): Promise<JobPage> {
    return this.#use(async () => {
      const range = {
        ...{ queued: true, limit: limit + 1 },
        ...(after === undefined ? {} : { after }),
        ...(tenant === undefined ? {} : { data: { job: { tenant } } }),
      }
      const rows = await this.#boss.findJobs(this.#deadQueue, range).catch((cause) => {
        if (after === undefined) throw cause
        throw new SyncError('invalid_input', 'The last job of the page before is no longer there. Begin anew.', {
          cause,
        })
      })
      const shown = rows.slice(0, limit)
      const last = shown.at(-1)
      return {
        jobs: shown.map((row) => shownJob(waitingOf(row), waitingOf(row).attempts)),
        ...(rows.length > limit && last ? { next: last.id } : {}),
      }
    })
  }

  async depth(now: number): Promise<QueueDepth> {
    return this.#use(async () => {
      const dead = await this.#all(this.#deadQueue)
      const known = await this.#boss.getQueue(this.#queue)
      if (known && known.totalCount > mostCounted)
        return {
          ...{ waiting: known.queuedCount, due: known.readyCount, running: known.activeCount, dead: dead.length },
          oldestDueMs: (known.readyOldestSeconds ?? 0) * 1_000,
        }
      const rows = await this.#all(this.#queue)
      const waiting = rows.filter(({ state }) => isQueued(state)).map(({ startAfter }) => startAfter.getTime())
      const due = waiting.filter((at) => at <= now)
      return {
        ...{ waiting: waiting.length, due: due.length, dead: dead.length },
        running: rows.filter(({ state }) => state === 'active').length,
        oldestDueMs: due.length > 0 ? now - Math.min(...due) : 0,
      }
    })
  }

  /** From now on a worker of whom nothing is heard for so long counts as dead. */
  async expectSigns(silenceMs: number): Promise<void> {
    await this.#use(() =>
      this.#boss.updateQueue(this.#queue, { heartbeatSeconds: Math.max(10, Math.ceil(silenceMs / 1_000)) }),
    )
  }

  /**
   * What comes next is written before the old job goes: where that does not happen as one, a crash leaves a job too many.
   * An attempt whose claim has passed on writes nothing.
   */
  async #settle(held: HeldByBoss, decide: (meanwhile: NewJob | undefined) => ReturnType<typeof leftOf>): Promise<void> {
    const { row } = held
    await this.#oneAtATime(held.job.key, async (on) => {
      if (affected(await this.#boss.touch(this.#queue, attemptOf(row), on)) === 0) return
      const [queued] = await this.#queued(held.job.key, on)
      const left = decide(queued && waitingOf(queued))
      if (left.state === 'dead') {
        await this.#send(this.#deadQueue, left.job, on)
        if (queued) await this.#boss.deleteJob(this.#queue, queued.id, on)
      }
      if (left.state === 'waiting' && !(queued && (await this.#update(queued, left.job, on))))
        await this.#send(this.#queue, left.job, on)
      await this.#boss.deleteJob(this.#queue, attemptOf(row), on)
    })
  }

  async #queued(key: string, on: BossOn): Promise<readonly BossJob[]> {
    return this.#boss.findJobs(this.#queue, { ...on, key, queued: true, limit: 1 })
  }

  /** False: it is being worked at by now. */
  async #update(row: BossJob, job: Waiting, on: BossOn): Promise<boolean> {
    // pg-boss counts the attempts of a worker that died; they are not counted twice.
    const attempts = Math.max(0, job.attempts - handedOut(row))
    const lost = Math.max(0, (job.lost ?? 0) - row.retryCount)
    const { updated } = await this.#boss.update(this.#queue, dataOf({ ...job, attempts, lost }), {
      ...placeOf(job),
      ...on,
      id: row.id,
    })
    return updated > 0
  }

  async #send(queue: string, job: Waiting, on: BossOn): Promise<void> {
    const id = await this.#boss.send(queue, dataOf(job), { ...placeOf(job), ...on, singletonKey: job.key })
    if (id === null)
      throw new SyncError('storage_failed', 'pg-boss did not take a job. Look at the policy of its queue.')
  }

  async #all(queue: string): Promise<readonly BossJob[]> {
    const all: BossJob[] = []
    for (;;) {
      const last = all.at(-1)
      const page = await this.#boss.findJobs(queue, { limit: 1_000, ...(last ? { after: last.id } : {}) })
      all.push(...page)
      if (page.length < 1_000 || all.length > mostCounted) return all
    }
  }

  async #oneAtATime(key: string, work: (on: BossOn) => Promise<void>): Promise<void> {
    const lock = `${this.#queue}/${key}`
    await this.#use(() => oneAtATime(this.#boss, lock, (db: BossDatabase | undefined) => work(db ? { db } : {})))
  }

  async #use<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      this.#opening ??= this.#open()
      await this.#opening
      return await work()
    } catch (cause) {
      if (isSyncError(cause)) throw cause
      throw new SyncError('storage_failed', 'pg-boss could not do its work. Is it started, and its database there?', {
        cause,
      })
    }
  }

  async #open(): Promise<void> {
    try {
      await this.#boss.createQueue(this.#queue, { ...options, policy: 'singleton', heartbeatSeconds: 60 })
      await this.#boss.createQueue(this.#deadQueue, { ...options, policy: 'short' })
    } catch (error) {
      this.#opening = undefined
      throw error
    }
  }
}

/** Back-off, death and the end of a job are decided here; pg-boss only hands out anew what a dead worker had. */
const options = {
  retryLimit: 1_000_000_000,
  retryDelay: 0,
  // A day is the most that pg-boss allows; a worker that lives says so far more often.
  expireInSeconds: 86_400,
  // A job that waits is never thrown away.
  retentionSeconds: 10 * 365 * 86_400,
  deleteAfterSeconds: 3_600,
} as const

/** Beyond this, counts are those of pg-boss, which are up to a minute old. */
const mostCounted = 10_000

interface KeptData {
  readonly job: NewJob
  /** Attempts before this row. */
  readonly attempts: number
  /** How often in a row workers died with it before this row. */
  readonly lost?: number
  readonly failure?: Failure
}

const dataOf = ({ attempts, lost, failure, ...job }: Waiting): object => ({
  ...{ job, attempts },
  ...(lost ? { lost } : {}),
  ...(failure ? { failure } : {}),
})
const keptOf = (row: BossJob): KeptData => row.data as KeptData

function waitingOf(row: BossJob): Waiting {
  const { job, attempts, failure } = keptOf(row)
  const lost = lostOf(row)
  return {
    ...{ ...job, data: job.data as Json, attempts: attempts + handedOut(row) },
    ...(lost > 0 ? { lost } : {}),
    ...(failure ? { failure } : {}),
  }
}

/** pg-boss hands the same row out again only when a worker died with it. */
const lostOf = (row: BossJob): number => (keptOf(row).lost ?? 0) + row.retryCount

/** How often pg-boss handed out this very row. */
const handedOut = (row: BossJob): number => (row.startedOn ? row.retryCount + 1 : 0)

const placeOf = (job: Waiting): BossSend => ({
  priority: priorityOf(rankOf(job.urgency)),
  startAfter: new Date(job.at),
  group: { id: job.tenant },
})

const attemptOf = ({ id, retryCount }: BossJob): { id: string; retryCount: number } => ({ id, retryCount })
const priorityOf = (rank: number): number => urgencies.length - rank
const isQueued = (state: string): boolean => state === 'created' || state === 'retry'
const isLive = (state: string): boolean => isQueued(state) || state === 'active'
