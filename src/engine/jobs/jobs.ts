import { SyncError } from '../../errors.js'
import type { SyncGroup } from '../../model/group.js'
import type { GroupId, UserId } from '../../model/ids.js'
import type { Json } from '../../model/json.js'
import type { Job, Scheduler, Urgency } from '../../scheduler/scheduler.js'
import { gridAt, share } from './pace.js'

const dayMs = 86_400_000

/** A notice waits so long for others of the same kind; a series that is moved makes dozens. */
const gatherMs = 2_000
const gatherSpreadMs = 3_000

/** The one job of a group. Group ids hold no slash, so no two users share a key. */
export const syncKey = (user: UserId, groupId: GroupId): string => `sync/${user}/${groupId}`
/** The one job of everything else of a user. */
export const upkeepKey = (user: UserId): string => `upkeep/${user}`

/** Puts work into the queue. Without a scheduler nothing is, and the host calls `sync` itself. */
export class Jobs {
  /** Told of what could not be put into the queue after it was done; the next sweep puts it there. */
  onError: ((error: unknown) => void) | undefined
  readonly #scheduler: Scheduler | undefined
  readonly #now: () => number
  readonly #onLate: (error: unknown, user: UserId) => void

  /** @param onLate - Told the same, also in a process that does not work at anything. */
  constructor(
    scheduler: Scheduler | undefined,
    now: () => number,
    onLate: (error: unknown, user: UserId) => void = () => undefined,
  ) {
    this.#scheduler = scheduler
    this.#now = now
    this.#onLate = onLate
  }

  get areOn(): boolean {
    return this.#scheduler !== undefined
  }

  /** @throws SyncError `invalid_input` when there is none. */
  get scheduler(): Scheduler {
    if (this.#scheduler) return this.#scheduler
    throw new SyncError('invalid_input', 'Nothing runs by itself here: set `scheduler` in SyncEngineOptions.')
  }

  /** @throws SyncError `invalid_input` without a scheduler, `storage_failed` when the queue cannot be written. */
  async sync(user: UserId, groupId: GroupId, urgency: Urgency, at: number = this.#now()): Promise<void> {
    const data: Json = { user, group: groupId }
    await this.scheduler.enqueue({ key: syncKey(user, groupId), tenant: user, kind: 'sync', data, urgency, at })
  }

  /** A service told of a change. Many notices soon after each other are one job. */
  async pushed(user: UserId, groupIds: readonly GroupId[]): Promise<void> {
    if (!this.#scheduler) return
    const now = this.#now()
    for (const groupId of groupIds)
      await this.sync(user, groupId, 'push', now + gatherMs + Math.floor(gatherSpreadMs * share(groupId, now)))
  }

  /**
   * After something was changed that a sync has to take up. The change stands, so nothing is thrown: what did not get into
   * the queue is found by the group's next time, or by the sweep.
   */
  async afterwards(user: UserId, groupIds: Iterable<GroupId>, urgency: Urgency = 'person'): Promise<void> {
    await this.#quietly(user, async () => {
      for (const groupId of groupIds) await this.sync(user, groupId, urgency)
    })
  }

  /** A group was made, or its settings were changed: it is looked at once, unless it only is when somebody asks. */
  async planned(user: UserId, { id, schedule }: SyncGroup, urgency: Urgency): Promise<void> {
    if (schedule === 'manual') return this.forget(user, id)
    await this.afterwards(user, [id], urgency)
    await this.upkeep(user, gridAt(upkeepKey(user), dayMs, this.#now()))
  }

  /** The group is gone, or waits for somebody to ask. */
  async forget(user: UserId, groupId: GroupId): Promise<void> {
    await this.#quietly(user, () => this.scheduler.cancel(syncKey(user, groupId)))
  }

  /** The user is gone. */
  async forgetUser(user: UserId): Promise<void> {
    await this.#quietly(user, () => this.scheduler.cancel(upkeepKey(user)))
  }

  /** Has the upkeep of a user come at this time, or earlier. */
  async upkeep(user: UserId, at: number): Promise<void> {
    const job = { key: upkeepKey(user), tenant: user, kind: 'upkeep', data: { user }, urgency: 'upkeep', at } as const
    await this.#quietly(user, () => this.scheduler.enqueue(job))
  }

  /** What waits or failed, by key. */
  async find(key: string): Promise<Job | undefined> {
    return this.scheduler.get(key)
  }

  async #quietly(user: UserId, work: () => Promise<void>): Promise<void> {
    if (!this.#scheduler) return
    try {
      await work()
    } catch (error) {
      this.#onLate(error, user)
      this.onError?.(error)
    }
  }
}
