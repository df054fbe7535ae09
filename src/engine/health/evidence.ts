import { type KeptConnection, shownConnection } from '../../model/connection.js'
import type {
  CalendarEvidence,
  ConnectionEvidence,
  Count,
  Evidence,
  GroupEvidence,
  PauseEvidence,
} from '../../model/evidence.js'
import type { SyncGroup } from '../../model/group.js'
import type { GroupId, UserId } from '../../model/ids.js'
import type { Pause } from '../../model/pause.js'
import type { Pulse } from '../../model/pulse.js'
import { troubleOf } from '../../model/trouble.js'
import { shownWatch } from '../../model/watch.js'
import type { Engine } from '../engine.js'
import { longestPause } from '../jobs/pace.js'
import { allPausesOf } from '../paused.js'
import { exactly, findMany, inboxUnder, need, padded, readAll, readPage, under } from '../records.js'

/** What evidence to gather. */
export interface EvidenceScope {
  /** Only of this group, its calendars and their accounts. */
  readonly groupId?: GroupId
  /** Nothing is counted further than this. */
  readonly countUpTo: number
  /** Also what no notification is made of. */
  readonly isWhole: boolean
}

/** Gathers what a status is made of. Reads in bounded pages and writes nothing. */
export async function gather(engine: Engine, user: UserId, scope: EvidenceScope): Promise<Evidence> {
  const groups = await groupsOf(engine, user, scope.groupId)
  const calendars = await calendarsOf(engine, user, groups, scope)
  const connections = await connectionsOf(engine, user, calendars, scope)
  const evidence: GroupEvidence[] = []
  const watched = new Set(calendars.flatMap(({ calendar, watch }) => (watch ? [calendar.id] : [])))
  for (const group of groups) {
    const isWatched = group.members.some(({ calendarId }) => watched.has(calendarId))
    evidence.push(await groupEvidence(engine, user, group, isWatched, scope))
  }
  const pulses = await pulsesOf(engine, user)
  return {
    now: engine.now(),
    connections,
    calendars,
    groups: evidence,
    pulses,
    dead: pulses.flatMap(({ groupId, givenUp }) => (givenUp ? { groupId, failure: givenUp } : [])),
    pauses: (await allPausesOf(engine, user)).map((pause) => pauseEvidence(pause, user)),
  }
}

function pauseEvidence({ scope, reason, at }: Pause, user: UserId): PauseEvidence {
  if (scope === 'user') return { about: { kind: 'user', id: user }, reason, since: at }
  const [kind, id] = Object.entries(scope)[0] as ['group' | 'connection' | 'calendar', string]
  return { about: { kind, id }, reason, since: at }
}

async function groupsOf(engine: Engine, user: UserId, groupId: GroupId | undefined): Promise<readonly SyncGroup[]> {
  if (groupId !== undefined) return [(await need(engine.storage, user, 'group', groupId)).value]
  const found: SyncGroup[] = []
  for await (const page of readAll(engine.storage, user, 'group')) found.push(...page.map(({ value }) => value))
  return found
}

async function calendarsOf(
  engine: Engine,
  user: UserId,
  groups: readonly SyncGroup[],
  { groupId, countUpTo, isWhole }: EvidenceScope,
): Promise<readonly CalendarEvidence[]> {
  const { storage } = engine
  const calendars = []
  if (groupId === undefined)
    for await (const page of readAll(storage, user, 'calendar')) calendars.push(...page.map(({ value }) => value))
  else {
    const ids = groups.flatMap(({ members }) => members.map(({ calendarId }) => calendarId))
    calendars.push(...[...(await findMany(storage, user, 'calendar', ids)).values()].map(({ value }) => value))
  }
  calendars.sort((a, b) => (a.id < b.id ? -1 : 1))
  const ids = calendars.map(({ id }) => id)
  const watches = await findMany(storage, user, 'watch', ids)
  const found: CalendarEvidence[] = []
  for (const calendar of calendars) {
    const watch = watches.get(calendar.id)
    const rows = { index: 'unreadable', ...exactly(calendar.id) }
    const unreadable = isWhole ? await countIn(engine, user, 'observed', rows, countUpTo) : none
    found.push({ calendar, unreadable, ...(watch ? { watch: shownWatch(watch.value) } : {}) })
  }
  return found
}

async function connectionsOf(
  engine: Engine,
  user: UserId,
  calendars: readonly CalendarEvidence[],
  { groupId }: EvidenceScope,
): Promise<readonly ConnectionEvidence[]> {
  const found: ConnectionEvidence[] = []
  if (groupId === undefined)
    for await (const page of readAll(engine.storage, user, 'connection'))
      found.push(...page.map(({ value }) => connectionEvidence(value)))
  else {
    const ids = calendars.map(({ calendar }) => calendar.connectionId)
    for (const { value } of (await findMany(engine.storage, user, 'connection', ids)).values())
      found.push(connectionEvidence(value))
  }
  return found.sort((a, b) => (a.id < b.id ? -1 : 1))
}

function connectionEvidence(kept: KeptConnection): ConnectionEvidence {
  const { signedInAt } = kept
  return { ...shownConnection(kept), ...(signedInAt === undefined ? {} : { signedInAt }) }
}

/** Also of other groups: that a calendar was reached by one of them is a word for it. They are small, and one read. */
async function pulsesOf(engine: Engine, user: UserId): Promise<readonly Pulse[]> {
  const found: Pulse[] = []
  for await (const page of readAll(engine.storage, user, 'pulse')) found.push(...page.map(({ value }) => value))
  return found
}

async function groupEvidence(
  engine: Engine,
  user: UserId,
  group: SyncGroup,
  isWatched: boolean,
  { countUpTo, isWhole }: EvidenceScope,
): Promise<GroupEvidence> {
  const due = { index: 'due', from: `${group.id}/`, to: `${group.id}/${padded(engine.now())}\u0001` }
  const running = engine.live.of(user, group.id)
  return {
    group,
    everyMs: longestPause(group, engine.now(), isWatched),
    ...(running ? { running } : {}),
    due: isWhole ? await countIn(engine, user, 'event', due, countUpTo) : none,
    arrivals: isWhole ? await countIn(engine, user, 'inbox', inboxUnder(group.id), countUpTo) : none,
    conflicts: await openConflicts(engine, user, group.id),
    ...(await failedEvents(engine, user, group.id)),
  }
}

const none: Count = { count: 0, atLeast: false }

/** How many records there are in a range, without unpacking them. */
async function countIn(
  { storage }: Engine,
  user: UserId,
  collection: 'event' | 'inbox' | 'observed',
  range: { readonly index?: string; readonly from: string; readonly to: string },
  most: number,
): Promise<Count> {
  let count = 0
  let after: string | undefined
  do {
    const limit = Math.min(1_000, most - count)
    const page = await storage.list(user, collection, { ...range, limit, ...(after === undefined ? {} : { after }) })
    count += page.records.length
    after = page.next
  } while (after !== undefined && count < most)
  return { count, atLeast: after !== undefined }
}

/** Those that are decided and wait for the next sync left out. */
async function openConflicts({ storage }: Engine, user: UserId, groupId: GroupId): Promise<GroupEvidence['conflicts']> {
  const page = await readPage(storage, user, 'conflict', { index: 'open', ...under(groupId), limit: pageSize })
  const open = page.items.filter(({ value }) => value.resolution === undefined)
  const [oldest] = open
  return {
    count: open.length,
    atLeast: page.next !== undefined,
    ...(oldest ? { since: oldest.value.createdAt } : {}),
  }
}

/** In order of their trouble: those that a person should look at come first. */
async function failedEvents(
  { storage }: Engine,
  user: UserId,
  groupId: GroupId,
): Promise<Pick<GroupEvidence, 'rewritten' | 'stuck' | 'waiting'>> {
  const page = await readPage(storage, user, 'event', { index: 'failed', ...under(groupId), limit: pageSize })
  const troubles = page.items.map(({ value }) => troubleOf(value))
  const last = troubles.at(-1)
  const countOf = (trouble: typeof last): Count => ({
    count: troubles.filter((one) => one === trouble).length,
    atLeast: page.next !== undefined && trouble === last,
  })
  return { rewritten: countOf('rewritten'), stuck: countOf('stuck'), waiting: countOf('waiting') }
}

const pageSize = 200
