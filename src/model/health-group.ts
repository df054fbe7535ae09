import type { Count, Evidence, GroupEvidence, Subject } from './evidence.js'
import type { CalendarStatus, GroupStatus, HealthReason, StatusProgress } from './health.js'
import { isLong } from './health-calendar.js'
import { countFacts, isSome, ofAPart, pausesOf, type Reasons, sorted, worst } from './health-reasons.js'
import type { CalendarId } from './ids.js'
import type { Pulse, Streak } from './pulse.js'

/** How much later than this a pulse may be that nobody had to write: see {@link Pulse}. */
const pulseMs = 3_600_000
/** A sync may be missed twice, and take its time. */
const missed = 3
const leewayMs = 300_000

/** How a group is, its calendars and their accounts included. */
export function groupStatus(
  given: GroupEvidence,
  calendars: ReadonlyMap<CalendarId, CalendarStatus>,
  evidence: Evidence,
  reasons: Reasons,
): GroupStatus {
  const { group, running, everyMs, due, arrivals, conflicts } = given
  const pulse = evidence.pulses.find(({ groupId }) => groupId === group.id)
  const calendarIds = group.members.map(({ calendarId }) => calendarId)
  const members = calendarIds.flatMap((id) => calendars.get(id) ?? [])
  const own = ownReasons(given, pulse, members, evidence, reasons)
  const isStopped = own.some(({ level }) => level === 'stopped')
  const isLate = !isStopped && isLateBy(given, pulse, evidence.now)
  const about: Subject = { kind: 'group', id: group.id }
  const late =
    isLate && everyMs !== null
      ? [reasons.of('late', about, { name: group.name, everyMs }, since(pulse?.successAt))]
      : []
  const inherited = members.flatMap((member) => member.reasons.map((one) => ({ ...one, level: ofAPart(one.level) })))
  const all = distinct(sorted([...own, ...late, ...inherited]))
  const failure = brokenBy(pulse)?.failure
  const progress = progressOf(given, pulse, evidence.now)
  return {
    groupId: group.id,
    name: group.name,
    calendarIds,
    level: worst(all.map(({ level }) => level)),
    reasons: all,
    ...(pulse?.successAt === undefined ? {} : { lastSuccessAt: pulse.successAt }),
    ...(failure ? { failure } : {}),
    everyMs,
    due,
    arrivals,
    conflicts: { count: conflicts.count, atLeast: conflicts.atLeast },
    held: { removals: heldIn(group.heldRemovals), creations: heldIn(group.heldCreations) },
    ...(running ? { running } : {}),
    ...(progress ? { progress } : {}),
  }
}

/** What is wrong with the group itself. */
function ownReasons(
  given: GroupEvidence,
  pulse: Pulse | undefined,
  members: readonly CalendarStatus[],
  evidence: Evidence,
  reasons: Reasons,
): readonly HealthReason[] {
  const { group, running, conflicts, due, arrivals } = given
  const { name } = group
  const about: Subject = { kind: 'group', id: group.id }
  const found: HealthReason[] = [...pausesOf(evidence, about, name, reasons)]
  if (members.filter(({ level }) => level !== 'stopped').length < 2)
    found.push(reasons.of('too_few_calendars', about, { name }))
  const dead = (evidence.dead ?? []).filter(({ groupId }) => groupId === group.id)
  for (const { failure } of dead) found.push(reasons.of('given_up', about, { name, failure }, { since: failure.at }))
  // One trouble is told once.
  const broken = dead.length > 0 ? undefined : brokenBy(pulse)
  if (broken) {
    const level = isLong(broken, evidence.now) ? 'attention' : 'waiting'
    found.push(reasons.of('sync_broken', about, { name, failure: broken.failure }, { since: broken.since, level }))
  }
  for (const [code, held] of [
    ['removals_held', group.heldRemovals],
    ['creations_held', group.heldCreations],
  ] as const)
    for (const [id, { count, since, approved }] of Object.entries(held))
      if (!approved) found.push(reasons.of(code, about, { name, count, calendarId: id as CalendarId }, { since }))
  if (isSome(conflicts))
    found.push(reasons.of('conflicts_open', about, { name, ...countFacts(conflicts) }, since(conflicts.since)))
  for (const [code, count] of [
    ['copies_rewritten', given.rewritten],
    ['events_stuck', given.stuck],
    ['events_waiting', given.waiting],
  ] as const)
    if (isSome(count)) found.push(reasons.of(code, about, { name, ...countFacts(count) }))
  if (running) found.push(reasons.of('syncing', about, { name }, { since: running.since }))
  if (group.baseline === 'pending') found.push(reasons.of('first_sync', about, { name }))
  if (isSome(due) || isSome(arrivals))
    found.push(reasons.of('catching_up', about, { name, ...countFacts(sum(due, arrivals)) }))
  return found
}

/** Why runs break off; nothing where one has succeeded since. */
function brokenBy(pulse: Pulse | undefined): Streak | undefined {
  const failing = pulse?.failing
  return failing && failing.failure.at > (pulse?.successAt ?? Number.NEGATIVE_INFINITY) ? failing : undefined
}

function isLateBy({ group, everyMs }: GroupEvidence, pulse: Pulse | undefined, now: number): boolean {
  if (everyMs === null) return false
  // Long work that goes on over several runs is not late while it goes on.
  const alive = Math.max(group.createdAt, pulse?.successAt ?? 0, pulse?.work ? pulse.at : 0)
  return now - alive > everyMs * missed + pulseMs + leewayMs
}

/** The pace of the run under way, or of the runs so far; only where all that is left was counted. */
function progressOf(
  { running, due, arrivals, group }: GroupEvidence,
  pulse: Pulse | undefined,
  now: number,
): StatusProgress | undefined {
  const left = sum(due, arrivals)
  if (!isSome(left) && !running && group.baseline === 'done') return undefined
  const before = pulse?.work
  const began = before?.since ?? running?.since
  if (began === undefined) return undefined
  const settled = (before?.settled ?? 0) + (running?.settled ?? 0)
  // Before everything was listed nobody knows how much there is.
  const isKnown = !left.atLeast && group.baseline === 'done'
  const elapsedMs = (running ? now : (pulse?.at ?? now)) - began
  const isSteady = settled >= fewest && elapsedMs > 0
  return {
    since: began,
    settled,
    left,
    ...(isKnown && settled + left.count > 0 ? { share: settled / (settled + left.count) } : {}),
    ...(isKnown && isSteady ? { etaMs: Math.round((left.count * elapsedMs) / settled) } : {}),
  }
}

/** A pace that is made of fewer events than this is none. */
const fewest = 5

function sum(a: Count, b: Count): Count {
  return { count: a.count + b.count, atLeast: a.atLeast || b.atLeast }
}

function heldIn(held: GroupEvidence['group']['heldRemovals']): number {
  return Object.values(held).reduce((total, { count, approved }) => total + (approved ? 0 : count), 0)
}

const since = (at: number | undefined) => (at === undefined ? {} : { since: at })

/** Two calendars of one account have the same reasons of that account. */
function distinct(reasons: readonly HealthReason[]): readonly HealthReason[] {
  const seen = new Set<string>()
  return reasons.filter(({ code, about, facts }) => {
    const key = JSON.stringify([code, about.kind, about.id, facts.calendarId])
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}
