import type { Failure } from './failure.js'
import type { CalendarId, ConflictId, ConnectionId, EventId, GroupId, UserId } from './ids.js'
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
  | { readonly type: 'connection.needsSignIn'; readonly connectionId: ConnectionId; readonly failure: Failure }
  | { readonly type: 'connection.restored'; readonly connectionId: ConnectionId }
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
  /** A job was handed to this worker so long after its time had come. */
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
