import { isSyncError, SyncError } from '../../errors.js'
import type { RecordChange, Storage, StoredRecord } from '../../storage/storage.js'
import { joined, leftOf, type PutBack, putBack, shownJob } from '../joining.js'
import type { DeadOptions, Job, JobEnd, JobPage, NewJob, QueueDepth } from '../scheduler.js'
import type { Claim } from '../workers.js'
import {
  broughtBack,
  dropJob,
  dueEnd,
  dueFrom,
  type Entry,
  jobsUser,
  type KeptJob,
  padded,
  putJob,
  settled,
} from './kept-job.js'

/** A job that this process holds. */
export interface Held extends Claim {
  readonly id: string
  readonly silenceMs: number
  /** The record as this process wrote it last; others may have changed it since. */
  entry: Entry
}

/**
 * Jobs in a storage. Everything is decided on a record as it was read, and written only if it still is that way; who comes
 * second reads it anew. So any number of processes can use one storage.
 */
export class JobStore {
  readonly #storage: Storage

  constructor(storage: Storage) {
    this.#storage = storage
  }

  async read(key: string): Promise<Entry | undefined> {
    const record = await this.#storage.get(jobsUser, 'job', key)
    return record && entryOf(record)
  }

  /** The job as it waits now; undefined where its key is being worked at. */
  async enqueue(job: NewJob, now: number): Promise<Entry | undefined> {
    return this.#change(job.key, await this.read(job.key), (found) => {
      if (found?.state !== 'running') return settled('waiting', joined(revived(found, job), job), now)
      const { key, tenant, kind, data, urgency, at } = found.meanwhile
        ? joined({ ...found.meanwhile, attempts: 0 }, job)
        : job
      return { ...found, meanwhile: { key, tenant, kind, data, urgency, at } }
    }).then((entry) => (entry?.job.state === 'waiting' ? entry : undefined))
  }

  async cancel(key: string): Promise<void> {
    await this.#change(key, await this.read(key), (found) => {
      if (found?.state !== 'running') return undefined
      const { meanwhile: _, ...rest } = found
      return { ...rest, isCancelled: true }
    })
  }

  /**
   * Takes a job that waits, or one whose worker was silent for too long. Undefined: it is no longer as it was seen, or its
   * worker died with one that was cancelled.
   */
  async claim({ job, version }: Entry, now: number, silenceMs: number): Promise<Held | undefined> {
    if (job.isCancelled) {
      const { meanwhile } = job
      const rest = meanwhile && settled('waiting', joined(undefined, meanwhile), now)
      await this.#commit(rest ? putJob(rest, version) : dropJob(job.key, version))
      return undefined
    }
    const id = crypto.randomUUID()
    const attempts = job.attempts + 1
    const lost = job.state === 'running' ? (job.lost ?? 0) + 1 : 0
    const taken: KeptJob = {
      ...{ ...job, state: 'running', attempts, claim: id, silentAt: now + silenceMs, setAt: now },
      ...(lost > 0 ? { lost } : {}),
    }
    if (!(await this.#commit(putJob(taken, version)))) return undefined
    const beatMs = Math.max(1, Math.floor(silenceMs / 3))
    return { job: shownJob(taken, attempts), beatMs, lost, id, silenceMs, entry: { job: taken, version: version + 1 } }
  }

  /** False: the job has passed to somebody else. */
  async beat(held: Held, now: number): Promise<boolean> {
    return this.#whileHeld(held, (job) => ({ ...job, silentAt: now + held.silenceMs, setAt: now }))
  }

  /** What is left of the job; undefined where nothing is, or where it has passed to somebody else. */
  async end(held: Held, end: JobEnd, now: number): Promise<Entry | undefined> {
    const isOurs = await this.#whileHeld(held, (job) => {
      if (job.isCancelled) return job.meanwhile && settled('waiting', joined(undefined, job.meanwhile), now)
      const left = leftOf(job, job.meanwhile, end)
      return left.state === 'over' ? undefined : settled(left.state, left.job, now)
    })
    return isOurs && held.entry.job.state === 'waiting' ? held.entry : undefined
  }

  /** As if it had never been taken, but for when it comes. What waits then; undefined where it has passed to somebody else. */
  async giveBack(held: Held, now: number, later: PutBack | undefined): Promise<Entry | undefined> {
    const isOurs = await this.#whileHeld(held, (job) => {
      if (job.isCancelled) return job.meanwhile && settled('waiting', joined(undefined, job.meanwhile), now)
      return settled('waiting', putBack(job, job.meanwhile, later), now)
    })
    return isOurs && held.entry.job.state === 'waiting' ? held.entry : undefined
  }

  /** Jobs of one urgency that wait, from a time on, in order of time. */
  async waiting(
    rank: number,
    from: number,
    limit: number,
    after?: string,
  ): Promise<{ entries: readonly Entry[]; next?: string }> {
    const range = { index: 'due', from: dueFrom(rank, from), to: dueEnd(rank), limit }
    const { records, next } = await this.#storage.list(
      jobsUser,
      'job',
      after === undefined ? range : { ...range, after },
    )
    return { entries: records.map(entryOf), ...(next === undefined ? {} : { next }) }
  }

  /** Jobs whose workers were not heard of for too long. */
  async silent(now: number): Promise<readonly Entry[]> {
    const { records } = await this.#storage.list(jobsUser, 'job', {
      index: 'running',
      to: padded(now + 1),
      limit: 1_000,
    })
    return records.map(entryOf)
  }

  /** Mends the jobs that were written when the clock was ahead, see {@link broughtBack}. */
  async bringBack(now: number): Promise<void> {
    const { records } = await this.#storage.list(jobsUser, 'job', {
      index: 'set',
      from: padded(now + skewMs),
      limit: 1_000,
    })
    for (const { job, version } of records.map(entryOf)) await this.#commit(putJob(broughtBack(job, now), version))
  }

  async dead({ after, limit = 100, tenant }: DeadOptions): Promise<JobPage> {
    const { records, next } = await this.#storage.list(jobsUser, 'job', {
      index: 'dead',
      limit,
      ...(after === undefined ? {} : { after }),
      ...(tenant === undefined ? {} : { from: tenant, to: `${tenant}\u0001` }),
    })
    return { jobs: records.map((record) => shownEntry(entryOf(record))), ...(next === undefined ? {} : { next }) }
  }

  async depth(now: number): Promise<QueueDepth> {
    const depth = { waiting: 0, due: 0, running: 0, dead: 0, oldestDueMs: 0 }
    let after: string | undefined
    do {
      const page = await this.#storage.list(jobsUser, 'job', {
        limit: 1_000,
        ...(after === undefined ? {} : { after }),
      })
      for (const { state, at } of page.records.map((record) => entryOf(record).job)) {
        depth[state]++
        if (state !== 'waiting' || at > now) continue
        depth.due++
        depth.oldestDueMs = Math.max(depth.oldestDueMs, now - at)
      }
      after = page.next
    } while (after !== undefined)
    return depth
  }

  /** Changes the record of an attempt as long as it is the one that is under way. False when it no longer is. */
  async #whileHeld(held: Held, change: (job: KeptJob) => KeptJob | undefined): Promise<boolean> {
    let isOurs = true
    const changed = await this.#change(held.entry.job.key, held.entry, (found) => {
      isOurs = found?.state === 'running' && found.claim === held.id
      return found && (isOurs ? change(found) : found)
    })
    if (isOurs && changed) held.entry = changed
    return isOurs
  }

  /** Reads and writes until nobody came between. Nothing is written where the job stays the same object. */
  async #change(
    key: string,
    seen: Entry | undefined,
    change: (found: KeptJob | undefined) => KeptJob | undefined,
  ): Promise<Entry | undefined> {
    let entry = seen
    for (let tries = 0; tries < 50; tries++) {
      const job = change(entry?.job)
      if (job === entry?.job) return entry
      const version = entry?.version ?? 0
      if (await this.#commit(job ? putJob(job, version) : dropJob(key, version)))
        return job && { job, version: version + 1 }
      entry = await this.read(key)
    }
    throw new SyncError(
      'stale_version',
      'A job was changed by others again and again while it was being changed. Try again.',
    )
  }

  /** False: the record changed since it was read. */
  async #commit(change: RecordChange): Promise<boolean> {
    try {
      await this.#storage.commit(jobsUser, { changes: [change] })
      return true
    } catch (error) {
      if (isSyncError(error, 'stale_version')) return false
      throw error
    }
  }
}

/** As people see it. */
export function shownEntry({ job }: Entry): Job {
  return shownJob(job, job.state === 'waiting' ? job.attempts + 1 : job.attempts)
}

/** Clocks of several machines differ a little; that is no clock that went back. */
const skewMs = 60_000

/** A dead job has no time any more; the one of who brings it back counts. */
const revived = (found: KeptJob | undefined, { at }: NewJob): KeptJob | undefined =>
  found?.state === 'dead' ? { ...found, at } : found

const entryOf = ({ value, version }: StoredRecord): Entry => ({ job: value as unknown as KeptJob, version })
