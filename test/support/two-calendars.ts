import { SyncEngine } from '../../src/engine/sync-engine.js'
import type { UserHandle } from '../../src/engine/user.js'
import type { EventContent } from '../../src/model/content.js'
import type { Run } from '../../src/model/run.js'
import { type MemoryCalendar, memoryProvider } from '../../src/providers/memory/index.js'
import type { CalendarProvider } from '../../src/providers/provider.js'
import { memoryStorage } from '../../src/storage/memory.js'

/** A calendar of a service and one in this process, which an engine keeps in step. */
export interface TwoCalendars {
  /** The one in this process. */
  readonly other: MemoryCalendar
  user(): UserHandle
  /** A minute later, one sync. */
  sync(): Promise<Run>
  /** Syncs until one has nothing to do. Throws where that does not come. */
  settle(): Promise<Run>
  /** Begins again with an empty storage. */
  forget(): Promise<void>
  /** The one event of this title in the calendar in this process. */
  copy(title: string): { readonly id: never; readonly content: EventContent }
  /** What stands in the calendar in this process, sorted. */
  titles(): readonly string[]
}

export interface TwoCalendarsOptions {
  readonly provider: CalendarProvider
  readonly token: string
  readonly clock: { now: number }
  /** Names of calendars that stay outside. */
  readonly without?: readonly string[]
  /** Settings of the service's calendar in the group. */
  readonly member?: object
}

export async function twoCalendars(given: TwoCalendarsOptions): Promise<TwoCalendars> {
  const { provider, token, clock, without = [], member = {} } = given
  const memory = memoryProvider({ now: () => clock.now, calendars: [{ id: 'other' }] })
  async function begin(): Promise<UserHandle> {
    const user = new SyncEngine({
      providers: [provider, memory],
      now: () => clock.now,
      secret: 'a secret of this test',
      credentials: () => ({ accessToken: token }),
      storage: memoryStorage(),
    }).user('user_1')
    for (const { id } of [provider, memory]) await user.connections.add({ provider: id, id })
    const calendars = (await user.calendars.list()).filter(({ name }) => !without.includes(name))
    const members = calendars.map((one) => ({ calendarId: one.id, ...(one.provider === provider.id ? member : {}) }))
    await user.groups.create({ name: 'Both', id: 'group', members })
    return user
  }
  let user = await begin()
  const other = memory.service.calendar('other')
  const sync = async (): Promise<Run> => {
    clock.now += 61_000
    return user.groups.sync('group')
  }
  return {
    other,
    sync,
    user: () => user,
    settle: () => settled(sync),
    async forget() {
      user = await begin()
    },
    copy(title) {
      const [found, more] = other.all().filter(({ content }) => content.title === title)
      if (!found || more) throw new Error(`${title} is not there once`)
      return found as never
    },
    titles: () =>
      other
        .all()
        .map(({ content }) => content.title)
        .sort(),
  }
}

/** Syncs until one has nothing to do. */
export async function settled(sync: () => Promise<Run>): Promise<Run> {
  for (let round = 0; round < 12; round++) {
    const run = await sync()
    if (isIdle(run)) return run
  }
  throw new Error('not settled after 12 syncs')
}

/** Whether a run found nothing to do, and nothing wrong. */
export function isIdle(run: Run): boolean {
  return wrote(run) === 0 && !run.more && run.end === 'finished' && run.failures.length === 0
}

/** How much a run wrote. */
export function wrote({ counts }: Run): number {
  return counts.created + counts.updated + counts.removed
}
