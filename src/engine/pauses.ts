import * as z from 'zod'
import type { GroupId, UserId } from '../model/ids.js'
import type { Pause, PauseScope } from '../model/pause.js'
import type { Engine } from './engine.js'
import { checked, ownId } from './input.js'
import { groupsOfCalendars, groupsOfConnection } from './jobs/concerned.js'
import { allPausesOf, concern, refuseTooMany } from './paused.js'
import { drop, find, need, pauseId, put, readAll } from './records.js'

/** What is paused, and by what name. */
export interface NewPause {
  /** `{ group }`, `{ connection }`, `{ calendar }` with an id, or `'user'` for everything. */
  readonly scope: { readonly group: string } | { readonly connection: string } | { readonly calendar: string } | 'user'
  /** One word for who or what asks for it, e.g. `holiday`: 1 to 128 of the characters A-Z a-z 0-9 . _ : @ - */
  readonly reason: string
}

/**
 * Stops and goes on with syncing, each by a reason of its own: what is paused for a holiday and for an unpaid bill goes on
 * when both are over. A run that is under way ends by itself; a pause holds for those that begin after it.
 *
 * A group that is paused, or whose user is, is not synced, also not when somebody asks for it (`paused`). A calendar that
 * is paused, or whose connection is, is neither read nor written while the others of its groups go on; what it missed it
 * gets afterwards, and what is not seen in it is never taken for removed.
 */
export class PausesHandle {
  readonly #engine: Engine
  readonly #user: UserId

  constructor(engine: Engine, user: UserId) {
    this.#engine = engine
    this.#user = user
  }

  /**
   * Pauses. Doing it twice for one reason is fine.
   * @throws SyncError `invalid_input` for what the user does not have, and beyond 200 pauses.
   */
  async set(given: NewPause): Promise<Pause> {
    const { scope, reason } = await this.#checked(given)
    const { storage } = this.#engine
    const pause: Pause = { scope, reason, at: this.#engine.now() }
    await this.#concern(scope)
    const known = await find(storage, this.#user, 'pause', pauseId(pause))
    if (known) return known.value
    refuseTooMany(await this.list())
    await storage.commit(this.#user, { changes: [put('pause', pause)] })
    // A group that was made meanwhile did not see it yet.
    await this.#concern(scope)
    return pause
  }

  /** Goes on, unless it is paused for another reason as well. Clearing what was not paused is fine. */
  async clear(given: NewPause): Promise<void> {
    const pause = { ...checked(newPause, given, 'pause'), at: 0 } as Pause
    await this.#engine.storage.commit(this.#user, { changes: [drop('pause', pause)] })
    if (this.#engine.jobs.areOn)
      await this.#engine.jobs.afterwards(this.#user, await this.#concerned(pause.scope), 'schedule')
  }

  /** Everything that is paused. */
  async list(): Promise<readonly Pause[]> {
    return allPausesOf(this.#engine, this.#user)
  }

  async #checked(given: NewPause): Promise<Pick<Pause, 'scope' | 'reason'>> {
    const { scope, reason } = checked(newPause, given, 'pause')
    const { storage } = this.#engine
    if (scope === 'user') return { scope, reason }
    const [[kind, id]] = Object.entries(scope) as [['group' | 'connection' | 'calendar', string]]
    await need(storage, this.#user, kind, id)
    return { scope: scope as PauseScope, reason }
  }

  async #concern(scope: PauseScope): Promise<void> {
    await concern(this.#engine, this.#user, await this.#concerned(scope))
  }

  async #concerned(scope: PauseScope): Promise<readonly GroupId[]> {
    if (scope !== 'user') {
      if ('group' in scope) return [scope.group]
      if ('calendar' in scope) return groupsOfCalendars(this.#engine, this.#user, [scope.calendar])
      return groupsOfConnection(this.#engine, this.#user, scope.connection)
    }
    const found: GroupId[] = []
    for await (const page of readAll(this.#engine.storage, this.#user, 'group'))
      found.push(...page.map(({ value }) => value.id))
    return found
  }
}

const someId: z.ZodType<string> = z.string().min(1).max(2048)

const newPause: z.ZodType<NewPause> = z.strictObject({
  scope: z.union([
    z.literal('user'),
    z.strictObject({ group: someId }),
    z.strictObject({ connection: someId }),
    z.strictObject({ calendar: someId }),
  ]),
  reason: ownId,
})
