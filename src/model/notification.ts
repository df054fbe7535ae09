import type { Subject } from './evidence.js'
import { digest } from './hash.js'
import type { HealthReason, ReasonCode, ReasonFacts, UserStatus } from './health.js'
import type { Json } from './json.js'
import type { NotificationKind } from './notification-kind.js'

/** Something that a person should know of, for as long as it is so. */
export interface Notification {
  readonly id: string
  readonly kind: NotificationKind
  readonly about: Subject
  /** Tells several raised ones about one thing apart. */
  readonly key?: string
  /** Why; words are made of it. Absent for what a host or an alert raised. */
  readonly code?: ReasonCode
  readonly facts: ReasonFacts
  /** What was raised says its words itself. */
  readonly words?: string
  readonly data?: Json
  /** `acknowledged`: a person has seen it, and it is still so. `resolved`: it is not so any more. */
  readonly state: 'open' | 'acknowledged' | 'resolved'
  /** How often it was opened: 1, and one more each time it came back. */
  readonly episode: number
  /** When it was opened last, in milliseconds since 1970. */
  readonly openedAt: number
  /** When it was last seen to be so, give or take an hour. */
  readonly seenAt: number
  /** When a person said so, in milliseconds since 1970; gone when it is opened again. */
  readonly acknowledgedAt?: number
  /** How many there were when it was acknowledged: more than that are news. */
  readonly acknowledgedCount?: number
  readonly resolvedAt?: number
}

/** What ought to be told of now. */
export type Tidings = Pick<Notification, 'kind' | 'about' | 'key' | 'code' | 'facts' | 'words' | 'data'>

/** What became of a notification. */
export interface NotificationChange {
  readonly notification: Notification
  readonly what: 'opened' | 'updated' | 'resolved'
}

/** Which reasons people are told of; the others show in the status only. */
const kinds: { readonly [C in ReasonCode]?: NotificationKind } = {
  sign_in_needed: 'sign_in',
  scopes_missing: 'sign_in',
  credentials_refused: 'sign_in',
  conflicts_open: 'conflicts',
  removals_held: 'removals_held',
  creations_held: 'creations_held',
  copies_rewritten: 'rewritten',
  events_stuck: 'stuck',
  calendar_gone: 'failing',
  calendar_refuses: 'failing',
  failing_for_long: 'failing',
  throttled_for_long: 'throttled',
  push_lost: 'push_lost',
  given_up: 'given_up',
}

/** What a person is to be told of, by a status: one of each kind for each thing, the worst first. */
export function notificationsOf({ connections, calendars, groups }: UserStatus): readonly Tidings[] {
  const woven = calendars.filter(({ calendarId }) => groups.some(({ calendarIds }) => calendarIds.includes(calendarId)))
  const reasons = [
    ...connections.flatMap((one) => own(one.reasons, one.connectionId)),
    ...woven.flatMap((one) => own(one.reasons, one.calendarId)),
    ...groups.flatMap((one) => own(one.reasons, one.groupId)),
  ]
  const told = new Map<string, Tidings>()
  for (const { code, level, about, facts } of reasons) {
    const kind = code === 'sync_broken' && level === 'attention' ? 'failing' : kinds[code]
    if (kind === undefined) continue
    const tidings: Tidings = { kind, about, code, facts }
    const id = notificationId(tidings)
    if (!told.has(id)) told.set(id, tidings)
  }
  return [...told.values()]
}

/** The same for the same kind of trouble of the same thing, however often it comes back. */
export function notificationId({ kind, about, key, facts }: Pick<Tidings, 'kind' | 'about' | 'key' | 'facts'>): string {
  return digest('notification', kind, about.kind, about.id, facts.calendarId ?? '', key ?? '')
}

/**
 * What has to change so that the known notifications tell what ought to be told now, and nothing else. What is known and
 * not among the tidings is over, so give only those that the tidings would tell of.
 */
export function reconciled(
  known: readonly Notification[],
  tidings: readonly Tidings[],
  now: number,
): readonly NotificationChange[] {
  const byId = new Map(known.map((one) => [one.id, one]))
  const wanted = new Map(tidings.map((one) => [notificationId(one), one]))
  const changes: NotificationChange[] = []
  for (const [id, one] of wanted) {
    const change = told(id, byId.get(id), one, now)
    if (change) changes.push(change)
  }
  for (const one of known)
    if (one.state !== 'resolved' && !wanted.has(one.id))
      changes.push({ what: 'resolved', notification: over(one, now) })
  return changes
}

/** The notification when it is so no more. */
export function over(one: Notification, now: number): Notification {
  return { ...one, state: 'resolved', resolvedAt: now }
}

/** The notification after a person has seen it. */
export function acknowledged(one: Notification, now: number): Notification {
  const { acknowledgedCount: _before, ...rest } = one
  const { count, atLeast } = one.facts
  const counted = count === undefined || atLeast ? {} : { acknowledgedCount: count }
  return { ...rest, state: 'acknowledged', acknowledgedAt: now, ...counted }
}

function told(id: string, before: Notification | undefined, one: Tidings, now: number): NotificationChange | undefined {
  if (!before || before.state === 'resolved' || isMore(before, one)) {
    const episode = (before?.episode ?? 0) + 1
    return { what: 'opened', notification: { ...one, id, state: 'open', episode, openedAt: now, seenAt: now } }
  }
  if (isSameNews(before, one) && now - before.seenAt < seenMs) return undefined
  const { code: _code, words: _words, data: _data, ...rest } = before
  return { what: 'updated', notification: { ...rest, ...one, seenAt: now } }
}

/** To write down more often that something is still so would be all that is written. */
const seenMs = 3_600_000

/** What a person has seen covers what there was then. */
function isMore({ state, acknowledgedCount }: Notification, { facts }: Tidings): boolean {
  return state === 'acknowledged' && acknowledgedCount !== undefined && (facts.count ?? 0) > acknowledgedCount
}

function isSameNews(before: Notification, one: Tidings): boolean {
  const { failure: a, ...rest } = before.facts
  const { failure: b, ...other } = one.facts
  if (before.code !== one.code || before.words !== one.words || a?.code !== b?.code) return false
  if (JSON.stringify(before.data) !== JSON.stringify(one.data)) return false
  return JSON.stringify(sortedFacts(rest)) === JSON.stringify(sortedFacts(other))
}

function sortedFacts(facts: object): readonly (readonly [string, unknown])[] {
  return Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1))
}

function own(reasons: readonly HealthReason[], id: string): readonly HealthReason[] {
  return reasons.filter(({ about }) => about.id === id)
}
