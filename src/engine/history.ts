import type { GroupId, UserId } from '../model/ids.js'
import type { Run } from '../model/run.js'
import type { Engine } from './engine.js'
import { readPage, under } from './records.js'

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

/** What the syncs of a group did, oldest first. Runs that found nothing to do are not kept, others for a while (`SyncEngineOptions.retention`). */
export class RunsHandle {
  readonly #engine: Engine
  readonly #user: UserId

  constructor(engine: Engine, user: UserId) {
    this.#engine = engine
    this.#user = user
  }

  async list(groupId: string, options: ListOptions = {}): Promise<ListPage<Run>> {
    return listOf(this.#engine, this.#user, 'run', groupId as GroupId, options)
  }
}

async function listOf<C extends 'run'>(
  engine: Engine,
  user: UserId,
  collection: C,
  groupId: GroupId,
  { after, limit = 100 }: ListOptions,
) {
  const range = { ...under(groupId), limit, ...(after === undefined ? {} : { after }) }
  const page = await readPage(engine.storage, user, collection, range)
  const items = page.items.map(({ value }) => value)
  return page.next === undefined ? { items } : { items, next: page.next }
}
