import { syncKey } from '../../engine/jobs/jobs.js'
import type { GroupId, UserId } from '../../model/ids.js'
import type { Job, JobEnd, JobHandler, Scheduler } from '../../scheduler/scheduler.js'
import type { Coverage } from './coverage.js'
import type { Random } from './random.js'

/**
 * A queue as bad as one may be: a job is handed out early, late, when it is over, and to a worker while another one is at it,
 * always with what it remembered then. Whatever it does, the storage decides what there is to do.
 */
export class Deliveries {
  readonly #random: Random
  readonly #coverage: Coverage
  /** The job of each group, as its last end left it. */
  readonly #jobs: Map<string, Job> = new Map()
  readonly #underWay: Job[] = []
  readonly #over: Job[] = []

  constructor(random: Random, coverage: Coverage) {
    this.#random = random
    this.#coverage = coverage
  }

  /** What a worker gets that asked for work at a group. */
  handOut(groupId: string, now: number): Job {
    const job = this.#pick(groupId, now)
    this.#underWay.push(job)
    return job
  }

  /** Takes the end of a job, unless it was handed out once more meanwhile, or again: then the last word counts. */
  take(job: Job, end: JobEnd, now: number): void {
    const isSlice = end.type === 'again' && end.urgency === 'import'
    this.#coverage.saw('job', isSlice ? 'gave way in the middle' : `ended ${end.type}`)
    this.#underWay.splice(this.#underWay.indexOf(job), 1)
    this.#over.push(job)
    const { failure: _before, ...rest } = job
    if (end.type === 'again')
      this.#jobs.set(job.key, { ...rest, urgency: end.urgency, attempt: 1, at: end.at, data: end.data ?? job.data })
    else if (end.type === 'failed') this.#jobs.set(job.key, { ...rest, attempt: job.attempt + 1, failure: end.failure })
    else this.#jobs.set(job.key, { ...rest, attempt: 1, at: now })
  }

  #pick(groupId: string, now: number): Job {
    const key = syncKey(user, groupId as GroupId)
    const twice = this.#underWay.find((job) => job.key === key)
    if (twice && this.#random.chance(0.7)) return this.#seen('delivered twice', { ...twice })
    const late = this.#over.filter((job) => job.key === key)
    if (late.length > 0 && this.#random.chance(0.2)) return this.#seen('delivered late', { ...this.#random.pick(late) })
    const known = this.#jobs.get(key)
    const urgency = this.#random.pick(['person', 'push', 'schedule', 'import'] as const)
    const data = known && this.#random.chance(0.8) ? known.data : { user, group: groupId }
    const fresh = { tenant: user, kind: 'sync', at: now, attempt: 1 }
    return this.#seen('delivered', { ...fresh, ...known, key, data, urgency })
  }

  #seen(what: string, job: Job): Job {
    this.#coverage.saw('job', what)
    return job
  }
}

/** The one user of the simulator. */
const user = 'user' as UserId

/** A scheduler that only tells what an engine would do with its jobs: the simulator hands them out itself. */
export function handlerOf(start: (scheduler: Scheduler) => Promise<void>): Promise<JobHandler> {
  return new Promise((resolve, reject) => {
    const nothing = async (): Promise<undefined> => undefined
    start({
      ...{ enqueue: nothing, cancel: nothing, get: nothing, stop: nothing },
      start: async (handler) => resolve(handler),
      dead: async () => ({ jobs: [] }),
      depth: async () => ({ waiting: 0, due: 0, running: 0, dead: 0, oldestDueMs: 0 }),
    }).catch(reject)
  })
}
