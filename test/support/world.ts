import type { NewGroup, NewMember } from '../../src/engine/groups.js'
import { SyncEngine, type SyncEngineOptions } from '../../src/engine/sync-engine.js'
import type { UserHandle } from '../../src/engine/user.js'
import { completeContent, type EventContent, type EventSpan } from '../../src/model/content.js'
import type { SyncGroup } from '../../src/model/group.js'
import type { CalendarId } from '../../src/model/ids.js'
import {
  type MemoryBehaviour,
  type MemoryCalendar,
  type MemoryProvider,
  memoryProvider,
} from '../../src/providers/memory/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import type { Storage } from '../../src/storage/storage.js'

/** A few in-process calendars woven into one group, with a clock that is moved by hand. */
export interface World {
  readonly engine: SyncEngine
  readonly user: UserHandle
  readonly storage: Storage
  readonly provider: MemoryProvider
  readonly group: SyncGroup
  readonly clock: { now: number }
  readonly calendarIds: readonly CalendarId[]
  /** The people's side of the n-th calendar. */
  calendar(index: number): MemoryCalendar
  sync(): ReturnType<UserHandle['groups']['sync']>
  /** Titles in a calendar, sorted. */
  titles(index: number): readonly string[]
}

export interface WorldOptions {
  readonly calendars?: number
  readonly behaviours?: readonly (MemoryBehaviour | undefined)[]
  readonly members?: readonly Partial<NewMember>[]
  readonly group?: Partial<NewGroup>
  readonly engine?: Partial<SyncEngineOptions>
  readonly storage?: Storage
}

export async function world(options: WorldOptions = {}): Promise<World> {
  const clock = { now: Date.UTC(2026, 0, 5, 8) }
  const storage = options.storage ?? memoryStorage()
  const count = options.calendars ?? 2
  const provider = memoryProvider({ now: () => clock.now })
  for (let index = 0; index < count; index++) {
    const behaviour = options.behaviours?.[index]
    provider.service.addCalendar({ id: name(index), ...(behaviour ? { behaviour } : {}) })
  }
  const engine = new SyncEngine({
    storage,
    providers: [provider],
    now: () => clock.now,
    owner: 'worker_1',
    secret: 'a secret of this test',
    ...options.engine,
  })
  const user = engine.user('user_1')
  const { calendars } = await user.connections.add({ provider: 'memory', id: 'account' })
  const ordered = Array.from({ length: count }, (_, index) =>
    calendars.find(({ remoteId }) => remoteId === name(index)),
  )
  const calendarIds = ordered.map((calendar) => calendar?.id as CalendarId)
  const group = await user.groups.create({
    name: 'test',
    id: 'group',
    members: calendarIds.map((calendarId, index) => ({ calendarId, ...options.members?.[index] })),
    ...options.group,
  })
  return {
    engine,
    user,
    storage,
    provider,
    group,
    clock,
    calendarIds,
    calendar: (index) => provider.service.calendar(name(index)),
    sync: () => {
      clock.now += 1_000
      return user.groups.sync(group.id)
    },
    titles: (index) =>
      provider.service
        .calendar(name(index))
        .all()
        .map(({ content }) => content.title)
        .sort(),
  }
}

function name(index: number): string {
  return `cal-${String.fromCharCode(97 + index)}`
}

/** 5 January 2026, from hour to hour, in Berlin. */
export function hours(from: number, to: number = from + 1, day = '2026-01-05'): EventSpan {
  const at = (hour: number) => ({
    kind: 'timed' as const,
    local: `${day}T${String(hour).padStart(2, '0')}:00:00`,
    zone: 'Europe/Berlin',
  })
  return { start: at(from), end: at(to) }
}

export function content(title: string, given: Partial<EventContent> = {}): EventContent {
  return completeContent({ title, time: hours(9), ...given })
}
