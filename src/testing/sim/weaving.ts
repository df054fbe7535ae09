import type { NewMember } from '../../engine/group-input.js'
import type { UserHandle } from '../../engine/user.js'
import type { StrategySpec } from '../../model/group.js'
import type { Group, Place } from './kinds.js'
import { type Stage, settingsOf } from './stage.js'

/** The groups that are made, and those that are made later on. */
export class Weaving {
  readonly #stage: Stage
  readonly #made: Group[] = []
  readonly #late: Group[] = []

  constructor(stage: Stage) {
    this.#stage = stage
  }

  /** Some groups are yet to be made. */
  get isUnfinished(): boolean {
    return this.#late.length > 0
  }

  /** Connects the accounts and makes the groups, but for those that come late. */
  async begin(): Promise<void> {
    const { scenery, random, calendarNames } = this.#stage
    const user = this.#stage.user()
    const accounts = new Map(scenery.places.map(({ account, provider }) => [account, provider]))
    for (const [account, provider] of accounts)
      await user.connections.add({
        provider,
        id: account,
        settings: settingsOf({ provider, account }),
      })
    for (const { id, remoteId } of await user.calendars.list()) calendarNames.set(remoteId, id)
    for (const [index, group] of scenery.groups.entries())
      if (index > 0 && random.chance(0.5)) this.#late.push(group)
      else await this.#weave(group, user)
    // Mostly the calendars are in step when the trouble begins, or it would all be about their first sync.
    if (random.chance(0.6)) for (const { id } of this.#made) await user.groups.sync(id)
  }

  /** A group over calendars that are synced for another one already. */
  async late(): Promise<void> {
    const [group] = this.#late
    if (!group) return
    this.#late.shift()
    this.#stage.coverage.saw('kind', 'a group made late')
    this.#stage.tell(`group ${group.id} is made`)
    await this.#weave(group, this.#stage.user())
  }

  anyGroup(): string {
    return this.#stage.random.pick(this.#made).id
  }

  async #weave(group: Group, user: UserHandle): Promise<void> {
    const { calendarNames, coverage } = this.#stage
    const ids = group.places.map(({ calendar }) => calendarNames.get(calendar.id) as string)
    coverage.saw('kind', `${group.places.length} calendars in a group`)
    await user.groups.create({
      id: group.id,
      name: 'simulated',
      members: group.places.map((place, index) => memberOf(place, ids[index] as string)),
      strategies: [this.#strategy(ids)],
    })
    this.#made.push(group)
    this.#stage.wasWoven()
  }

  #strategy(ids: readonly string[]): StrategySpec {
    return this.#stage.random.pick<StrategySpec>([
      { use: 'lastModifiedWins' },
      { use: 'lastModifiedWins' },
      { use: 'preferCalendar', order: ids as never },
      { use: 'askAPerson' },
    ])
  }
}

function memberOf({ role }: Place, calendarId: string): NewMember {
  const direction = role === 'source' ? 'read' : role === 'target' ? 'write' : 'both'
  const show = role === 'busy' ? 'busy' : 'everything'
  return { calendarId, direction, projection: { show, privateEvents: 'show', reminders: 'none' } }
}
