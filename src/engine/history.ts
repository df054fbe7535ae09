import type { GroupId, UserId } from '../model/ids.js'
import type { Run } from '../model/run.js'
import type { Engine } from './engine.js'
import { readNewest } from './newest.js'
import { readPage, under, unknownId } from './records.js'

/** A page of a list, oldest first. */
export interface ListPage<T> {
  readonly items: readonly T[]
  /** Pass as `after` to go on; absent at the end. */
  readonly next?: string
}

/** Where in a list to read. */
export interface ListOptions {
  /** Where the last page ended. */
  readonly after?: string
  /** 1 to 1,000. @default 100 */
  readonly limit?: number
}

/** Which runs of a group to list. */
export interface RunListOptions extends ListOptions {
  /** `next` of such a page is good for such pages only. @default false */
  readonly newestFirst?: boolean
}

/**
 * What the syncs of a group did, oldest first. Runs that found nothing to do are not kept, others for a while
 * (`SyncEngineOptions.retention`).
 */
export class RunsHandle {
  readonly #engine: Engine
  readonly #user: UserId

  constructor(engine: Engine, user: UserId) {
    this.#engine = engine
    this.#user = user
  }

  async list(groupId: string, options: RunListOptions = {}): Promise<ListPage<Run>> {
    const { after, limit = 100, newestFirst = false } = options
    if (newestFirst) return this.#newest(groupId, { after, limit })
    const range = { ...under(groupId as GroupId), limit, ...(after === undefined ? {} : { after }) }
    const page = await readPage(this.#engine.storage, this.#user, 'run', range)
    const items = page.items.map(({ value }) => value)
    return page.next === undefined ? { items } : { items, next: page.next }
  }

  /**
   * One run of a group.
   * @throws SyncError `invalid_input` when the group has no such run: one that found nothing to do leaves no record.
   */
  async get(groupId: string, runId: string): Promise<Run> {
    // People look at what happened lately.
    let after: string | undefined
    do {
      const page = await this.#newest(groupId, { after, limit: 200 })
      const found = page.items.find(({ id }) => id === runId)
      if (found) return found
      after = page.next
    } while (after !== undefined)
    throw unknownId('The group has no run with this id.')
  }

  #newest(
    prefix: string,
    { after, limit }: { readonly after: string | undefined; readonly limit: number },
  ): Promise<ListPage<Run>> {
    const top = this.#engine.now() + hourMs
    return readNewest(this.#engine.storage, this.#user, 'run', { prefix, top, step: 24 * hourMs, after, limit })
  }
}

const hourMs = 3_600_000
