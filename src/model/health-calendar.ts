import type { CalendarEvidence, Evidence, Subject } from './evidence.js'
import type { Failure } from './failure.js'
import type { CalendarStatus, ConnectionStatus, HealthReason, PushHealth } from './health.js'
import { countFacts, isSome, pausesOf, type Reasons, sorted, worst } from './health-reasons.js'
import type { CalendarId, ConnectionId } from './ids.js'
import type { Streak } from './pulse.js'
import type { CalendarWatch } from './watch.js'

/** A failure that lasts this long, and came back this often, does not pass by itself. */
const longMs = 3_600_000
const often = 3

/** Whether a calendar's service tells of changes. */
export function pushOf(watch: CalendarWatch | undefined, now: number): PushHealth {
  if (!watch) return 'none'
  // One that could not be renewed tells of changes until it ends.
  if (watch.expiresAt <= now) return 'failed'
  return watch.heardAt === undefined ? 'unproven' : 'proven'
}

/** How an account is: by what is kept of it, and by what its calendars answer. */
export function connectionStatus(
  connection: Evidence['connections'][number],
  calendars: readonly CalendarEvidence[],
  evidence: Evidence,
  reasons: Reasons,
): ConnectionStatus {
  const about: Subject = { kind: 'connection', id: connection.id }
  const { id, name, provider, needs, failure, signedInAt, missingScopes = [] } = connection
  const found: HealthReason[] = [...pausesOf(evidence, about, name, reasons)]
  const isOff = failure?.reason === 'DISCONNECTED'
  const why = failure ? { name, failure } : { name }
  if (needs) found.push(reasons.of(isOff ? 'disconnected' : 'sign_in_needed', about, why, { since: failure?.at }))
  if (missingScopes.length > 0)
    found.push(reasons.of('scopes_missing', about, { name, names: missingScopes }, { since: failure?.at }))
  const refused = calendars
    .filter(({ calendar }) => calendar.connectionId === id)
    .flatMap(({ calendar }) => streaksOf(calendar.id, evidence))
    .filter((one) => one.failure.remedy === 'reauthorize' && one.failure.at > (signedInAt ?? 0))
    .sort((a, b) => a.since - b.since)[0]
  if (refused && !needs) {
    const { failure, since } = refused
    found.push(reasons.of('credentials_refused', about, { name, failure }, { since }))
  }
  return { connectionId: id, name, provider, missingScopes, ...health(found) }
}

/** How a calendar is, its account included. */
export function calendarStatus(
  given: CalendarEvidence,
  connections: ReadonlyMap<ConnectionId, ConnectionStatus>,
  evidence: Evidence,
  reasons: Reasons,
): CalendarStatus {
  const { calendar, watch, unreadable } = given
  const { id, connectionId, name, pull } = calendar
  const about: Subject = { kind: 'calendar', id }
  const seenAt = seenAtOf(id, evidence)
  const streaks = streaksOf(id, evidence)
  const last = [...streaks].sort((a, b) => b.failure.at - a.failure.at)[0]
  const push = pushOf(watch, evidence.now)
  const waitsUntil = pull.notBefore !== undefined && pull.notBefore > evidence.now ? pull.notBefore : undefined
  const isWoven = evidence.groups.some(({ group }) => group.members.some(({ calendarId }) => calendarId === id))
  const own: HealthReason[] = [...pausesOf(evidence, about, name, reasons)]
  own.push(...failing(streaks, about, name, evidence.now, reasons))
  if (waitsUntil !== undefined) own.push(reasons.of('asked_to_wait', about, { name, until: waitsUntil }))
  if (push === 'failed')
    own.push(reasons.of('push_lost', about, { name, ...failureFact(watch?.failure) }, { since: watch?.expiresAt }))
  if (isWoven && !pull.complete) own.push(reasons.of('first_listing', about, { name }))
  if (isSome(unreadable)) own.push(reasons.of('events_unreadable', about, { name, ...countFacts(unreadable) }))
  return {
    calendarId: id,
    connectionId,
    name,
    ...(seenAt === undefined ? {} : { lastSuccessAt: seenAt }),
    ...failureFact(last?.failure),
    ...(waitsUntil === undefined ? {} : { waitsUntil }),
    push,
    unreadable,
    ...health([...own, ...(connections.get(connectionId)?.reasons ?? [])]),
  }
}

/** The worst of what its calendars answered lately; a refused sign-in is a matter of the account. */
function failing(
  streaks: readonly Streak[],
  about: Subject,
  name: string,
  now: number,
  reasons: Reasons,
): readonly HealthReason[] {
  const found = streaks
    .filter(({ failure }) => failure.remedy !== 'reauthorize')
    .map((one) => reasons.of(codeOf(one, now), about, { name, failure: one.failure }, { since: one.since }))
  return sorted(found).slice(0, 1)
}

function codeOf({ failure, since, times }: Streak, now: number) {
  if (failure.code === 'calendar_gone') return 'calendar_gone'
  if (failure.remedy === 'give_up' || failure.remedy === 'fix_input') return 'calendar_refuses'
  if (!isLong({ since, times }, now)) return 'failing'
  return failure.code === 'rate_limited' ? 'throttled_for_long' : 'failing_for_long'
}

/** Whether failures in a row are a matter for a person. */
export function isLong({ since, times }: Pick<Streak, 'since' | 'times'>, now: number): boolean {
  return times >= often && now - since >= longMs
}

/** When a sync of any group last reached a calendar. */
function seenAtOf(id: CalendarId, { pulses }: Evidence): number | undefined {
  const seen = pulses.flatMap(({ calendars }) => calendars[id]?.seenAt ?? [])
  return seen.length === 0 ? undefined : Math.max(...seen)
}

/** The failures that nothing newer has cleared, newest first; how long they last is what all groups know of it. */
function streaksOf(id: CalendarId, evidence: Evidence): readonly Streak[] {
  const seenAt = seenAtOf(id, evidence) ?? Number.NEGATIVE_INFINITY
  const { failure } = evidence.calendars.find(({ calendar }) => calendar.id === id)?.calendar.pull ?? {}
  const known = evidence.pulses.flatMap(({ calendars }) => calendars[id]?.failing ?? [])
  const rows = failure ? [...known, { failure, since: failure.at, times: 1 }] : known
  const standing = rows.filter(({ failure: { at } }) => at > seenAt)
  const since = Math.min(...standing.map((row) => row.since))
  const times = Math.max(...standing.map((row) => row.times))
  return standing.map(({ failure }) => ({ failure, since, times }))
}

function failureFact(failure: Failure | undefined): { readonly failure?: Failure } {
  return failure ? { failure } : {}
}

/** A level with its reasons. */
function health(found: readonly HealthReason[]): Pick<CalendarStatus, 'level' | 'reasons'> {
  return { level: worst(found.map(({ level }) => level)), reasons: sorted(found) }
}
