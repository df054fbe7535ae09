import type { Count, Evidence, Subject } from './evidence.js'
import { type HealthLevel, type HealthReason, healthLevels, type ReasonCode, type ReasonFacts } from './health.js'
import { englishWords, type HealthWords } from './health-words.js'

/** How bad every reason is by itself. In this order they are told where they are equally bad. */
const levelOf = {
  sign_in_needed: 'stopped',
  scopes_missing: 'stopped',
  disconnected: 'stopped',
  paused: 'stopped',
  calendar_gone: 'stopped',
  too_few_calendars: 'stopped',
  given_up: 'stopped',
  credentials_refused: 'attention',
  removals_held: 'attention',
  creations_held: 'attention',
  conflicts_open: 'attention',
  calendar_refuses: 'attention',
  failing_for_long: 'attention',
  throttled_for_long: 'attention',
  copies_rewritten: 'attention',
  events_stuck: 'attention',
  late: 'attention',
  sync_broken: 'waiting',
  failing: 'waiting',
  asked_to_wait: 'waiting',
  events_waiting: 'waiting',
  push_lost: 'waiting',
  first_sync: 'working',
  first_listing: 'working',
  catching_up: 'working',
  syncing: 'working',
  events_unreadable: 'ok',
} as const satisfies Record<ReasonCode, HealthLevel>

const order = Object.keys(levelOf)

/** Makes reasons, with the words of a host where it has any. */
export class Reasons {
  readonly #words: HealthWords

  constructor(words: Partial<HealthWords> = {}) {
    this.#words = { ...englishWords, ...words }
  }

  of(
    code: ReasonCode,
    about: Subject,
    facts: ReasonFacts,
    more: { readonly since?: number | undefined; readonly level?: HealthLevel } = {},
  ): HealthReason {
    const { since, level = levelOf[code] } = more
    const { words, remedy } = this.#words[code](facts)
    return {
      code,
      level,
      about,
      words,
      ...(remedy === undefined ? {} : { remedy }),
      ...(since === undefined ? {} : { since }),
      facts,
    }
  }
}

/** The worst reason first; the same reasons are always in the same order. */
export function sorted(reasons: readonly HealthReason[]): readonly HealthReason[] {
  return [...reasons].sort(
    (a, b) =>
      rankOf(b.level) - rankOf(a.level) ||
      order.indexOf(a.code) - order.indexOf(b.code) ||
      compare(a.about.kind, b.about.kind) ||
      compare(a.about.id, b.about.id) ||
      compare(a.facts.calendarId ?? '', b.facts.calendarId ?? ''),
  )
}

/** As bad as the worst of them; `ok` where there is none. */
export function worst(levels: Iterable<HealthLevel>): HealthLevel {
  let rank = 0
  for (const level of levels) rank = Math.max(rank, rankOf(level))
  return healthLevels[rank] ?? 'ok'
}

/** A part that stands still does not stop the whole; but somebody has to see to it. */
export function ofAPart(level: HealthLevel): HealthLevel {
  return level === 'stopped' ? 'attention' : level
}

export const isSome = ({ count, atLeast }: Count): boolean => count > 0 || atLeast

/** A count as facts. */
export function countFacts({ count, atLeast }: Count): Pick<ReasonFacts, 'count' | 'atLeast'> {
  return { count, ...(atLeast ? { atLeast } : {}) }
}

/** The pauses of one thing, as one reason; none where it is not paused. */
export function pausesOf(
  { pauses = [] }: Evidence,
  about: Subject,
  name: string,
  reasons: Reasons,
): readonly HealthReason[] {
  // A pause of the user is one of each of the user's groups.
  const isOf = (other: Subject) =>
    other.kind === 'user' ? about.kind !== 'connection' && about.kind !== 'calendar' : isSame(other, about)
  const own = pauses.filter((pause) => isOf(pause.about))
  if (own.length === 0) return []
  const names = own.map(({ reason }) => reason).sort()
  return [reasons.of('paused', about, { name, names }, { since: Math.min(...own.map(({ since }) => since)) })]
}

function isSame(a: Subject, b: Subject): boolean {
  return a.kind === b.kind && a.id === b.id
}

const rankOf = (level: HealthLevel): number => healthLevels.indexOf(level)

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
