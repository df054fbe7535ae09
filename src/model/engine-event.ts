import type { Failure } from './failure.js'
import type { CalendarId, ConflictId, ConnectionId, EventId, GroupId, UserId } from './ids.js'
import type { NotificationKind } from './notification-kind.js'
import type { Run, RunCounts } from './run.js'

/** Why a run began. */
export type RunCause = 'person' | 'push' | 'schedule' | 'import' | 'upkeep'

/** Something that happened, told to whoever listens in this process. Holds no titles, texts, addresses or tokens. */
export type EngineEvent = {
  readonly userId: UserId
  /** Milliseconds since 1970. */
  readonly at: number
} & EngineHappening

/** What may happen, by `type`. */
export type EngineHappening =
  | { readonly type: 'run.started'; readonly groupId: GroupId; readonly cause: RunCause }
  | {
      readonly type: 'run.progress'
      readonly groupId: GroupId
      readonly phase: 'observe' | 'match' | 'settle' | 'done'
      readonly calendarId?: CalendarId
      readonly counts: RunCounts
      /** Events that were brought in step since the run began. */
      readonly settled: number
    }
  /** Also of runs that found nothing, which leave no record. */
  | { readonly type: 'run.ended'; readonly cause: RunCause; readonly run: Run }
  /** The run threw; nothing of it is recorded. */
  | { readonly type: 'run.failed'; readonly groupId: GroupId; readonly cause: RunCause; readonly failure: Failure }
  /** It waits for a person. */
  | {
      readonly type: 'conflict.opened'
      readonly groupId: GroupId
      readonly eventId: EventId
      readonly conflictId: ConflictId
    }
  /**
   * Decided and applied: by a person, by a strategy or rule (mostly of a conflict that was never open), or because the
   * sides agree again.
   */
  | {
      readonly type: 'conflict.resolved'
      readonly groupId: GroupId
      readonly eventId: EventId
      readonly conflictId: ConflictId
      readonly by: 'person' | 'strategy' | 'agreement'
    }
  /** Removals or new events of one calendar wait for a person; told again when their number changes. */
  | {
      readonly type: 'changes.held'
      readonly what: 'removals' | 'creations'
      readonly groupId: GroupId
      readonly calendarId: CalendarId
      readonly count: number
    }
  /** The group is not tried any more until somebody has looked: `user.jobs.retry`. */
  | { readonly type: 'group.givenUp'; readonly groupId: GroupId; readonly failure: Failure }
  | { readonly type: 'connection.needsSignIn'; readonly connectionId: ConnectionId; readonly failure: Failure }
  /** A person signed in again, or what was missing is there again. */
  | { readonly type: 'connection.restored'; readonly connectionId: ConnectionId }
  /** A watch could not be renewed, for the first time since it was made. It still tells of changes until it ends. */
  | { readonly type: 'watch.failing'; readonly calendarId: CalendarId; readonly failure: Failure }
  /** A watch has ended and could not be renewed: changes are noticed by polling only. */
  | { readonly type: 'watch.lost'; readonly calendarId: CalendarId; readonly failure: Failure }
  | {
      readonly type: 'notification.opened' | 'notification.resolved'
      readonly notificationId: string
      readonly kind: NotificationKind
    }
  /** The notifier did not take them, again and again: they are in the list, and not told any more. */
  | { readonly type: 'notifications.undelivered'; readonly count: number; readonly failure: Failure }
