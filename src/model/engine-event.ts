import type { Failure } from './failure.js'
import type { CalendarId, ConflictId, ConnectionId, EventId, GroupId, UserId } from './ids.js'
import type { NotificationKind } from './notification-kind.js'
import type { Run, RunCounts } from './run.js'
import type { RunMeasures } from './run-measures.js'

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
  | {
      readonly type: 'run.ended'
      readonly cause: RunCause
      readonly run: Run
      /** Absent where another worker had the group, and nothing was done. */
      readonly measures?: RunMeasures
    }
  /** The run threw; nothing of it is recorded. */
  | {
      readonly type: 'run.failed'
      readonly groupId: GroupId
      readonly cause: RunCause
      readonly failure: Failure
      /** Milliseconds since 1970. */
      readonly startedAt: number
      /** Where it was thrown, for an error that is none of ours and means a defect. Files and lines, never its message. */
      readonly frames?: readonly string[]
    }
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
  /** An account was connected that was not before, under an id of its own. */
  | {
      readonly type: 'connection.added'
      readonly connectionId: ConnectionId
      readonly provider: string
      /** The user had no other one. */
      readonly isFirst: boolean
    }
  /** A request to a calendar service came to its end. Sign-ins are not in here. */
  | { readonly type: 'request.ended'; readonly connectionId: ConnectionId; readonly request: RequestMeasure }
  /** Every copy of a group was read and compared with what it should be. */
  | {
      readonly type: 'group.verified'
      readonly groupId: GroupId
      readonly copies: number
      readonly accurate: number
      /** As many after the repair. */
      readonly accurateAfterRepair: number
    }
  /**
   * A job was handed to this worker so long after its time had come. Of one that is nobody's in particular, such as the sweep,
   * the `userId` begins with `~calweave/`.
   */
  | { readonly type: 'job.started'; readonly urgency: RunCause; readonly waitMs: number }

/** One request to a calendar service, without its address: paths hold the ids of calendars. */
export interface RequestMeasure {
  /** Id of the provider that asked. */
  readonly provider: string
  readonly method: string
  /** Host name and port, as in a URL. */
  readonly host: string
  /** HTTP status; 0 when no answer came. */
  readonly status: number
  readonly bytesUp: number
  readonly bytesDown: number
  readonly ms: number
}
