import { isSyncError } from '../errors.js'
import type { CalendarId, GroupId, UserId } from '../model/ids.js'
import type { KeptWatch, NoticeWaiting, Route } from '../model/watch.js'
import type { CalendarProvider } from '../providers/provider.js'
import type { Notice } from '../providers/watching.js'
import type { RunContext } from './context.js'
import type { Engine } from './engine.js'
import { triable } from './jobs/giving-up.js'
import { membershipsOf } from './observe.js'
import { readPush, tooLarge } from './push-request.js'
import { drop, find, put, readAll, under, type Versioned } from './records.js'
import { routesUser, routeToken } from './watches.js'

/** That a service told of a change in a calendar. */
export interface NoticeTold {
  readonly userId: string
  readonly calendarId: CalendarId
  /** The groups that a sync is worth while of. */
  readonly groupIds: readonly GroupId[]
}

/** Groups that a service told something of, and that have not been synced since. */
export interface NoticedGroup {
  readonly groupId: GroupId
  readonly calendarIds: readonly CalendarId[]
  /** When the last notice came, in milliseconds since 1970. */
  readonly at: number
}

/**
 * Takes what came to the address of a watch. Nothing is synced here, so that the service has its answer at once: a notice
 * is written down for every group of the calendar, and stays until a run that began after it has looked.
 */
export async function receive(
  engine: Engine,
  provider: CalendarProvider,
  request: Request,
  tell: (told: NoticeTold) => void,
): Promise<Response> {
  const push = await readPush(request)
  if (!push) return tooLarge()
  const message = provider.readPush?.(push) ?? { type: 'refused' }
  if (message.type === 'handshake') return plain(200, message.text)
  if (message.type === 'refused') return plain(400, 'Not a notice.')
  let known = 0
  try {
    for (const notice of message.notices) if (await take(engine, notice, tell)) known++
  } catch (error) {
    if (!isSyncError(error)) throw error
    return plain(503, 'Try again later.') // the service repeats it
  }
  return known > 0 ? plain(202, '') : plain(404, 'No such watch.')
}

/** The groups with notices; those that were told of longest ago first. */
export async function noticedGroups(engine: Engine, user: UserId): Promise<readonly NoticedGroup[]> {
  const byGroup = new Map<GroupId, NoticeWaiting[]>()
  for await (const page of readAll(engine.storage, user, 'notice'))
    for (const { value } of page) byGroup.set(value.groupId, [...(byGroup.get(value.groupId) ?? []), value])
  const groups = [...byGroup].map(([groupId, notices]) => ({
    groupId,
    calendarIds: notices.map(({ calendarId }) => calendarId),
    at: Math.max(...notices.map(({ at }) => at)),
  }))
  return groups.sort((a, b) => a.at - b.at)
}

/** The notices that a run is about to answer. Read before it looks at anything. */
export async function noticesOf({ storage, user, group }: RunContext): Promise<readonly Versioned<NoticeWaiting>[]> {
  const found: Versioned<NoticeWaiting>[] = []
  for await (const page of readAll(storage, user, 'notice', under(group.id))) found.push(...page)
  return found
}

/** Forgets them after a run that looked everywhere. One that was repeated meanwhile is at another version, and stays. */
export async function answered(notices: readonly Versioned<NoticeWaiting>[], context: RunContext): Promise<void> {
  for (const { value, version } of notices) {
    if (context.blocked.has(value.calendarId)) continue
    await context.commitUnlessStale([drop('notice', value, version)])
  }
}

/** False: it is of no watch of ours, or does not prove that it is. */
async function take(engine: Engine, notice: Notice, tell: (told: NoticeTold) => void): Promise<boolean> {
  const route = (await find(engine.storage, routesUser, 'route', notice.watchId))?.value
  const now = engine.now()
  if (!route || route.expiresAt <= now || route.token !== routeToken(engine, notice.token)) return false
  const { userId, calendarId } = route
  const known = await find(engine.storage, userId, 'watch', calendarId)
  if (known && !isAbout(known.value, notice, route)) return false
  if (known) await hear(engine, userId, known, notice)
  if (notice.kind === 'begun') return true
  const groupIds = (await membershipsOf(engine, userId, calendarId)).map(({ groupId }) => groupId)
  if (groupIds.length === 0) return true
  const changes = groupIds.map((groupId) => put('notice', { groupId, calendarId, at: now }))
  await engine.storage.commit(userId, { changes })
  // Should the user have been forgotten in this very moment, nothing of it may stay.
  if (!(await find(engine.storage, userId, 'calendar', calendarId))) {
    const gone = groupIds.map((groupId) => drop('notice', { groupId, calendarId, at: now }))
    await engine.storage.commit(userId, { changes: gone })
    return false
  }
  tell({ userId, calendarId, groupIds })
  if (engine.jobs.areOn) await engine.jobs.pushed(userId, await triable(engine, userId, groupIds))
  return true
}

/** A watch that is being replaced may still speak; of the present one the service names the calendar rightly. */
function isAbout({ id, resource }: KeptWatch, notice: Notice, { watchId }: Route): boolean {
  return id !== watchId || resource === undefined || notice.resource === undefined || notice.resource === resource
}

/** Written down seldom: a busy calendar sends a notice a second. */
async function hear(engine: Engine, user: UserId, { value, version }: Versioned<KeptWatch>, notice: Notice) {
  const now = engine.now()
  const isEnding = notice.kind === 'ending' && notice.watchId === value.id && value.renewAt > now
  if (!isEnding && now - (value.heardAt ?? 0) < 60_000) return
  const heard = { ...value, heardAt: now, ...(isEnding ? { renewAt: now } : {}) }
  try {
    await engine.storage.commit(user, { changes: [put('watch', heard, version)] })
    if (isEnding) await engine.jobs.upkeep(user, now)
  } catch (error) {
    if (!isSyncError(error, 'stale_version')) throw error
  }
}

function plain(status: number, text: string): Response {
  return new Response(text, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } })
}
