import type { Evidence, Subject } from './evidence.js'
import type { UserStatus } from './health.js'
import { calendarStatus, connectionStatus } from './health-calendar.js'
import { groupStatus } from './health-group.js'
import { ofAPart, pausesOf, Reasons, sorted, worst } from './health-reasons.js'
import type { HealthWords } from './health-words.js'

/**
 * How everything is that the evidence tells of. Pure and total: the same evidence gives the same status, and nothing is
 * remembered from one question to the next.
 */
export function healthOf(
  evidence: Evidence,
  { words = {}, userId = '' }: { readonly words?: Partial<HealthWords>; readonly userId?: string } = {},
): UserStatus {
  const reasons = new Reasons(words)
  const connections = evidence.connections.map((one) => connectionStatus(one, evidence.calendars, evidence, reasons))
  const byConnection = new Map(connections.map((one) => [one.connectionId, one]))
  const calendars = evidence.calendars.map((one) => calendarStatus(one, byConnection, evidence, reasons))
  const byCalendar = new Map(calendars.map((one) => [one.calendarId, one]))
  const groups = evidence.groups.map((one) => groupStatus(one, byCalendar, evidence, reasons))
  const about: Subject = { kind: 'user', id: userId }
  const paused = pausesOf(evidence, about, userId, reasons)
  const parts = [...groups, ...connections, ...calendars.filter(({ calendarId }) => isWoven(calendarId, groups))]
  // The whole stands still when every group does.
  const isStopped = groups.length > 0 && groups.every(({ level }) => level === 'stopped')
  const level = worst([
    ...paused.map((one) => one.level),
    ...parts.map((one) => (isStopped ? one.level : ofAPart(one.level))),
  ])
  const own = parts.flatMap((one) => one.reasons.filter((reason) => reason.about.id === idOf(one)))
  return { at: evidence.now, level, reasons: sorted([...paused, ...own]), connections, calendars, groups }
}

function isWoven(id: string, groups: UserStatus['groups']): boolean {
  return groups.some(({ calendarIds }) => calendarIds.some((calendarId) => calendarId === id))
}

function idOf(one: UserStatus['groups' | 'connections' | 'calendars'][number]): string {
  if ('groupId' in one) return one.groupId
  return 'calendarId' in one ? one.calendarId : one.connectionId
}
