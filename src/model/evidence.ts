import type { Calendar, Connection } from './connection.js'
import type { RunCause } from './engine-event.js'
import type { Failure } from './failure.js'
import type { SyncGroup } from './group.js'
import type { GroupId } from './ids.js'
import type { Pulse } from './pulse.js'
import type { CalendarWatch } from './watch.js'

/** A number that was counted up to some bound. */
export interface Count {
  readonly count: number
  /** There are more. */
  readonly atLeast: boolean
}

/** What a status, a pause or a notification is about. */
export interface Subject {
  readonly kind: 'user' | 'connection' | 'calendar' | 'group'
  readonly id: string
}

/** That nothing is to be done for a while, because somebody said so. */
export interface PauseEvidence {
  readonly about: Subject
  /** Its name. */
  readonly reason: string
  /** Milliseconds since 1970. */
  readonly since: number
}

/** What is known of an account. */
export interface ConnectionEvidence extends Connection {
  /** When it last took what proves who we are, in milliseconds since 1970: what it refused before that is settled. */
  readonly signedInAt?: number
}

/** What is known of a calendar. */
export interface CalendarEvidence {
  readonly calendar: Pick<Calendar, 'id' | 'connectionId' | 'name' | 'pull'>
  readonly watch?: CalendarWatch
  /** Events in it that cannot be read. */
  readonly unreadable: Count
}

/** A run that is under way in this process. */
export interface RunUnderWay {
  readonly since: number
  readonly cause: RunCause
  readonly phase: 'observe' | 'match' | 'settle' | 'done'
  /** Events settled since it began. */
  readonly settled: number
}

/** What is known of a group. */
export interface GroupEvidence {
  readonly group: Pick<
    SyncGroup,
    'id' | 'name' | 'members' | 'baseline' | 'heldRemovals' | 'heldCreations' | 'createdAt'
  >
  /** How often it is to be synced, in milliseconds; null: only when somebody asks. */
  readonly everyMs: number | null
  readonly running?: RunUnderWay
  /** Events whose time has come. */
  readonly due: Count
  /** What calendars showed and nobody has looked at yet. */
  readonly arrivals: Count
  /** Conflicts that wait for a person, and since when. */
  readonly conflicts: Count & { readonly since?: number }
  /** Events that failed, by what is to be done about them. */
  readonly rewritten: Count
  readonly stuck: Count
  readonly waiting: Count
}

/** Everything that a status is made of: what is kept, and nothing that anybody only remembers. */
export interface Evidence {
  /** Milliseconds since 1970. */
  readonly now: number
  readonly connections: readonly ConnectionEvidence[]
  readonly calendars: readonly CalendarEvidence[]
  readonly groups: readonly GroupEvidence[]
  /** Of all groups: what one of them reached counts for the others. */
  readonly pulses: readonly Pulse[]
  readonly pauses?: readonly PauseEvidence[]
  /** Syncs that were given up and wait for a person. */
  readonly dead?: readonly { readonly groupId: GroupId; readonly failure: Failure }[]
}
