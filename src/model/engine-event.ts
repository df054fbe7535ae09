import type { Failure } from './failure.js'
import type { CalendarId, ConflictId, ConnectionId, EventId, GroupId, UserId } from './ids.js'
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
    }
  /** Also of runs that found nothing, which leave no record. */
  | { readonly type: 'run.ended'; readonly cause: RunCause; readonly run: Run }
  /** The run threw; nothing of it is recorded. */
  | { readonly type: 'run.failed'; readonly groupId: GroupId; readonly cause: RunCause; readonly failure: Failure }
  | {
      readonly type: 'conflict.opened' | 'conflict.resolved'
      readonly groupId: GroupId
      readonly eventId: EventId
      readonly conflictId: ConflictId
    }
  | {
      readonly type: 'changes.held'
      readonly groupId: GroupId
      readonly calendarId: CalendarId
      readonly count: number
    }
  /** The group is not tried any more until somebody has looked: `user.jobs.retry`. */
  | { readonly type: 'group.givenUp'; readonly groupId: GroupId; readonly failure: Failure }
  | { readonly type: 'connection.needsSignIn'; readonly connectionId: ConnectionId; readonly failure: Failure }
  | { readonly type: 'connection.restored'; readonly connectionId: ConnectionId }
