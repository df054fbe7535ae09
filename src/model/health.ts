import type { Count, RunUnderWay, Subject } from './evidence.js'
import type { Failure } from './failure.js'
import type { CalendarId, ConnectionId, GroupId } from './ids.js'

/**
 * How something is, from best to worst.
 *
 * - `ok`: in step, as far as anybody knows
 * - `working`: it is being brought in step
 * - `waiting`: something failed, and is tried again by itself
 * - `attention`: a person should look, and most goes on meanwhile
 * - `stopped`: nothing happens until a person does something
 */
export type HealthLevel = 'ok' | 'working' | 'waiting' | 'attention' | 'stopped'

/** From best to worst. */
export const healthLevels: readonly HealthLevel[] = ['ok', 'working', 'waiting', 'attention', 'stopped']

/** Why something is as it is. The codes stay; words may change. */
export type ReasonCode =
  | 'sign_in_needed'
  | 'scopes_missing'
  | 'disconnected'
  | 'credentials_refused'
  | 'paused'
  | 'calendar_gone'
  | 'calendar_refuses'
  | 'failing'
  | 'failing_for_long'
  | 'throttled_for_long'
  | 'asked_to_wait'
  | 'events_unreadable'
  | 'push_lost'
  | 'first_listing'
  | 'too_few_calendars'
  | 'given_up'
  | 'sync_broken'
  | 'removals_held'
  | 'creations_held'
  | 'conflicts_open'
  | 'copies_rewritten'
  | 'events_stuck'
  | 'late'
  | 'events_waiting'
  | 'first_sync'
  | 'catching_up'
  | 'syncing'

/** What words are made of. Never a title or a text of an event. */
export interface ReasonFacts {
  /** What a person calls the account, the calendar or the group. */
  readonly name: string
  readonly count?: number
  /** There are more than `count`. */
  readonly atLeast?: true
  /** Which calendar of a group it is about. */
  readonly calendarId?: CalendarId
  readonly failure?: Failure
  /** How often it should happen, in milliseconds. */
  readonly everyMs?: number
  /** When it goes on, in milliseconds since 1970. */
  readonly until?: number
  /** Names of the pauses, or of what is not allowed. */
  readonly names?: readonly string[]
}

/** One reason for a {@link HealthLevel}. */
export interface HealthReason {
  readonly code: ReasonCode
  readonly level: HealthLevel
  /** What it is a reason of; of a group also its calendars and their accounts. */
  readonly about: Subject
  /** A sentence for people. */
  readonly words: string
  /** What to do about it; absent where it passes by itself. */
  readonly remedy?: string
  /** Milliseconds since 1970; absent where nobody knows. */
  readonly since?: number
  readonly facts: ReasonFacts
}

/** How something is, and why; the worst reason first. */
export interface Health {
  readonly level: HealthLevel
  readonly reasons: readonly HealthReason[]
}

/** How an account is. */
export interface ConnectionStatus extends Health {
  readonly connectionId: ConnectionId
  readonly name: string
  readonly provider: string
  readonly missingScopes: readonly string[]
}

/**
 * Whether a calendar's service tells of changes. `proven`: it has, on this watch or the one before; `unproven`: it was
 * asked to; `failed`: its watch has ended; `none`: nobody asked it. Without a proof, poll often.
 */
export type PushHealth = 'proven' | 'unproven' | 'failed' | 'none'

/** How a calendar is. */
export interface CalendarStatus extends Health {
  readonly calendarId: CalendarId
  readonly connectionId: ConnectionId
  readonly name: string
  /** When a sync last reached it: it may have been reached since, up to an hour after this. Absent: never. */
  readonly lastSuccessAt?: number
  /** What goes wrong now. */
  readonly failure?: Failure
  /** Its service asked to be left alone until then, in milliseconds since 1970. */
  readonly waitsUntil?: number
  readonly push: PushHealth
  readonly unreadable: Count
}

/** How far long work has come. */
export interface StatusProgress {
  /** Milliseconds since 1970. */
  readonly since: number
  /** Events that were settled since then. */
  readonly settled: number
  /** Events that are still to be settled. */
  readonly left: Count
  /** 0 to 1; absent while not all that is left was counted. */
  readonly share?: number
  /** How long it takes still at the pace so far, in milliseconds; absent while nobody can tell. */
  readonly etaMs?: number
}

/** How a group is. */
export interface GroupStatus extends Health {
  readonly groupId: GroupId
  readonly name: string
  readonly calendarIds: readonly CalendarId[]
  /**
   * When a sync last looked at every calendar and finished: one that found nothing may have done so since, up to an hour
   * after this. Absent: never.
   */
  readonly lastSuccessAt?: number
  /** Why syncs break off now. */
  readonly failure?: Failure
  /** How often it is to be synced; null: only when somebody asks. */
  readonly everyMs: number | null
  readonly due: Count
  readonly arrivals: Count
  readonly conflicts: Count
  readonly held: { readonly removals: number; readonly creations: number }
  /** The sync that is under way in this process. */
  readonly running?: RunUnderWay
  /** Present while there is work. */
  readonly progress?: StatusProgress
}

/** How everything of a user is. */
export interface UserStatus extends Health {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly connections: readonly ConnectionStatus[]
  readonly calendars: readonly CalendarStatus[]
  readonly groups: readonly GroupStatus[]
}
