import type { SyncEngineOptions } from '../../src/engine/engine-options.js'
import type { NewGroup, NewMember } from '../../src/engine/group-input.js'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import type { UserHandle } from '../../src/engine/user.js'
import { completeContent, type EventContent, type EventSpan } from '../../src/model/content.js'
import type { SyncGroup } from '../../src/model/group.js'
import type { CalendarId } from '../../src/model/ids.js'
import type { Run } from '../../src/model/run.js'
import {
  type Fault,
  type MemoryBehaviour,
  type MemoryCalendar,
  type MemoryCall,
  type MemoryProvider,
  memoryProvider,
} from '../../src/providers/memory/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import type { Batch, Storage } from '../../src/storage/storage.js'

/** A few in-process calendars woven into one group, with a clock that is moved by hand. */
export interface World {
  readonly engine: SyncEngine
  readonly user: UserHandle
  readonly storage: Storage
  readonly provider: MemoryProvider
  readonly group: SyncGroup
  readonly clock: { now: number }
  readonly calendarIds: readonly CalendarId[]
  /** Every call that reached the calendars since this was last emptied. */
  readonly calls: MemoryCall[]
  /** Every batch that was committed since this was last emptied. */
  readonly commits: Batch[]
  /** What goes wrong with a call; nothing, unless a test says so. */
  fault: ((call: MemoryCall) => Fault | undefined | Promise<Fault | undefined>) | undefined
  /** The people's side of the n-th calendar. */
  calendar(index: number): MemoryCalendar
  /** A second later, one sync. */
  sync(limits?: Parameters<UserHandle['groups']['sync']>[1]): Promise<Run>
  /** Syncs, a minute apart, until one has nothing to do. Throws when that does not come. */
  settle(): Promise<Run>
  /** Titles in a calendar, sorted. */
  titles(index: number): readonly string[]
  /** The one event of this title in a calendar. */
  event(index: number, title: string): ReturnType<MemoryCalendar['all']>[number]
  /** Another worker over the same calendars, and over the same storage unless it is given another. */
  worker(options?: Partial<SyncEngineOptions>): UserHandle
  /** Connects and weaves as at the start, e.g. for a worker whose storage is empty. */
  weave(user: UserHandle): Promise<SyncGroup>
}

export interface WorldOptions {
  readonly calendars?: number
  readonly behaviours?: readonly (MemoryBehaviour | undefined)[]
  readonly members?: readonly Partial<NewMember>[]
  readonly group?: Partial<NewGroup>
  readonly engine?: Partial<SyncEngineOptions>
  readonly storage?: Storage
  readonly pageSize?: number
  readonly concurrentWrites?: number
  /** Each calendar in an account of its own, so that each has capabilities of its own. @default false */
  readonly apart?: boolean
  /** `false`: the calendars are connected, and no group is made. */
  readonly woven?: boolean
}

const start = Date.UTC(2026, 0, 5, 8)

export async function world(options: WorldOptions = {}): Promise<World> {
  const { pageSize, concurrentWrites, calendars: count = 2 } = options
  const accountOf = (index: number) => (options.apart ? `account of ${name(index)}` : 'default')
  const clock = { now: start }
  const calls: MemoryCall[] = []
  const commits: Batch[] = []
  const trouble: Pick<World, 'fault'> = { fault: undefined }
  const storage = counted(options.storage ?? memoryStorage(), commits)
  const provider = memoryProvider({
    now: () => clock.now,
    ...(pageSize === undefined ? {} : { pageSize }),
    ...(concurrentWrites === undefined ? {} : { concurrentWrites }),
    gate: async (call) => {
      if (call.phase === 'before') calls.push(call)
      return (await trouble.fault?.(call)) ?? 'ok'
    },
  })
  for (let index = 0; index < count; index++) {
    const behaviour = options.behaviours?.[index]
    provider.service.addCalendar({ id: name(index), ...(behaviour ? { behaviour } : {}) }, accountOf(index))
  }
  let workers = 0
  const engineWith = (given: Partial<SyncEngineOptions>) =>
    new SyncEngine({
      storage,
      providers: [provider],
      now: () => clock.now,
      owner: `worker_${++workers}`,
      secret: 'a secret of this test',
      ...options.engine,
      ...given,
    })
  const engine = engineWith({})
  const user = engine.user('user_1')
  const connect = async (person: UserHandle) => {
    const accounts = [...new Set(Array.from({ length: count }, (_, index) => accountOf(index)))]
    for (const [index, account] of accounts.entries())
      await person.connections.add({
        provider: 'memory',
        id: index === 0 ? 'account' : `account-${index}`,
        settings: { account },
      })
    const calendars = await person.calendars.list()
    return Array.from(
      { length: count },
      (_, index) => calendars.find(({ remoteId }) => remoteId === name(index))?.id as CalendarId,
    )
  }
  const weave = async (person: UserHandle) =>
    person.groups.create({
      name: 'test',
      id: 'group',
      members: (await connect(person)).map((calendarId, index) => ({ calendarId, ...options.members?.[index] })),
      ...options.group,
    })
  const calendarIds = await connect(user)
  const group = options.woven === false ? (undefined as never) : await weave(user)
  const calendar = (index: number) => provider.service.calendar(name(index), accountOf(index))
  return {
    get fault() {
      return trouble.fault
    },
    set fault(fault) {
      trouble.fault = fault
    },
    engine,
    user,
    storage,
    provider,
    group,
    clock,
    calendarIds,
    calls,
    commits,
    calendar,
    sync: (limits) => {
      clock.now += 1_000
      return user.groups.sync('group', limits)
    },
    settle: async () => {
      for (let round = 0; round < 12; round++) {
        clock.now += 60_000
        const run = await user.groups.sync('group')
        const { created, updated, removed } = run.counts
        if (created + updated + removed === 0 && !run.more && run.end === 'finished') return run
      }
      throw new Error('not settled after 12 syncs')
    },
    titles: (index) =>
      calendar(index)
        .all()
        .map(({ content }) => content.title)
        .sort(),
    event: (index, title) => {
      const found = calendar(index)
        .all()
        .filter(({ content }) => content.title === title)
      if (found.length !== 1 || !found[0]) throw new Error(`${title} stands ${found.length} times in ${name(index)}`)
      return found[0]
    },
    worker: (given = {}) => engineWith(given).user('user_1'),
    weave,
  }
}

function counted(storage: Storage, commits: Batch[]): Storage {
  return {
    get: (...args) => storage.get(...args),
    getMany: (...args) => storage.getMany(...args),
    list: (...args) => storage.list(...args),
    commit: (user, batch) => {
      commits.push(batch)
      return storage.commit(user, batch)
    },
    claim: (...args) => storage.claim(...args),
    release: (...args) => storage.release(...args),
    users: (...args) => storage.users(...args),
    forget: async (user) => storage.forget?.(user),
    close: () => storage.close(),
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

/** Every day from 5 January 2026, at nine in Berlin. */
export function daily(title: string, given: Partial<EventContent> = {}): EventContent {
  return content(title, { recurrence: { rule: 'FREQ=DAILY;COUNT=10', rdates: [] }, ...given })
}
