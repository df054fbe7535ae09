import type { Failure } from '../../model/failure.js'
import type { GroupId, UserId } from '../../model/ids.js'
import type { Job, Urgency } from '../../scheduler/scheduler.js'
import type { Engine } from '../engine.js'
import { noteRetry } from '../health/run-end.js'
import { need } from '../records.js'
import { syncKey } from './jobs.js'

/** When a group is looked at next, and why. */
export interface GroupJob {
  readonly groupId: GroupId
  /** Milliseconds since 1970. */
  readonly at: number
  readonly urgency: Urgency
  /** Which attempt in a row the next one is; 1: nothing is wrong. */
  readonly attempt: number
  /** Why the last attempt failed. */
  readonly failure?: Failure
}

/** What is going to run by itself. Needs `SyncEngineOptions.scheduler`. */
export class JobsHandle {
  readonly #engine: Engine
  readonly #user: UserId

  constructor(engine: Engine, user: UserId) {
    this.#engine = engine
    this.#user = user
  }

  /** When a group is synced next; undefined where nothing is planned. @throws SyncError `invalid_input` */
  async get(groupId: string): Promise<GroupJob | undefined> {
    const { value: group } = await need(this.#engine.storage, this.#user, 'group', groupId)
    const job = await this.#engine.jobs.find(syncKey(this.#user, group.id))
    return job && shown(job, group.id)
  }

  /**
   * The groups that are not tried any more, because they failed again and again for a reason that no time mends. Somebody
   * has to look, and then {@link retry}.
   */
  async dead(): Promise<readonly GroupJob[]> {
    const found: GroupJob[] = []
    const prefix = syncKey(this.#user, '' as GroupId)
    let after: string | undefined
    do {
      const options = { tenant: this.#user, ...(after === undefined ? {} : { after }) }
      const page = await this.#engine.jobs.scheduler.dead(options)
      for (const job of page.jobs)
        if (job.tenant === this.#user && job.key.startsWith(prefix))
          found.push(shown(job, job.key.slice(prefix.length) as GroupId))
      after = page.next
    } while (after !== undefined)
    return found
  }

  /** Tries a group again that was given up, or waits for its next attempt. @throws SyncError `invalid_input` */
  async retry(groupId: string): Promise<void> {
    const { value: group } = await need(this.#engine.storage, this.#user, 'group', groupId)
    await this.#engine.jobs.sync(this.#user, group.id, 'person')
    await noteRetry(this.#engine, this.#user, group.id)
  }
}

function shown({ at, urgency, attempt, failure }: Job, groupId: GroupId): GroupJob {
  return { groupId, at, urgency, attempt, ...(failure === undefined ? {} : { failure }) }
}
