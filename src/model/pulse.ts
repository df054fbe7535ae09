import type { Failure } from './failure.js'
import type { CalendarId, GroupId } from './ids.js'
import type { Run } from './run.js'

/** Failures in a row. */
export interface Streak {
  /** The last one. */
  readonly failure: Failure
  /** When the first one was, in milliseconds since 1970. */
  readonly since: number
  readonly times: number
}

/** How a calendar did in the runs of one group. */
export interface CalendarPulse {
  /** When a run last reached it, in milliseconds since 1970. */
  readonly seenAt?: number
  readonly failing?: Streak
}

/**
 * How the runs of a group went lately. Runs that find nothing leave no record of their own, so this says that they
 * happened: it is written with every run that is recorded, and otherwise once an hour.
 */
export interface Pulse {
  readonly groupId: GroupId
  /** When the last run ended that is told of here, in milliseconds since 1970. */
  readonly at: number
  /** When a run last looked at every calendar and finished, in milliseconds since 1970. */
  readonly successAt?: number
  readonly calendars: Readonly<Record<string, CalendarPulse>>
  /** The runs themselves break off, for a reason that is no calendar's. */
  readonly failing?: Streak
  /** It is not tried any more before a person says so. */
  readonly givenUp?: Failure
  /** Long work that goes on over several runs: since when, and how many events it has settled. */
  readonly work?: { readonly since: number; readonly settled: number }
  /** Something was wrong: when it is not any more, that is to be told. */
  readonly troubled: boolean
}

/** The pulse after a run that ended. */
export function pulseAfter(
  before: Pulse | undefined,
  run: Run,
  facts: {
    readonly calendarIds: readonly CalendarId[]
    /** Those of them that were not asked, because they are paused. */
    readonly leftOut?: readonly CalendarId[]
    readonly settled: number
    readonly troubled: boolean
  },
): Pulse {
  const isCutOff = run.end === 'budget' || run.end === 'aborted'
  const isSuccess = run.end === 'finished' && run.failures.length === 0
  const successAt = isSuccess ? run.endedAt : before?.successAt
  const failed = new Map(run.failures.map(({ calendarId, failure }) => [calendarId, failure]))
  const calendars = facts.calendarIds.map((id): [string, CalendarPulse] => {
    const known = before?.calendars[id] ?? {}
    const failure = failed.get(id)
    if (failure) return [id, { ...known, failing: streak(known.failing, failure) }]
    // Of a run that was cut off nobody knows which calendars it came to.
    return [id, isCutOff || facts.leftOut?.includes(id) ? known : { seenAt: run.endedAt }]
  })
  const { since, settled } = before?.work ?? { since: run.startedAt, settled: 0 }
  return {
    groupId: run.groupId,
    at: run.endedAt,
    ...(successAt === undefined ? {} : { successAt }),
    calendars: Object.fromEntries(calendars),
    ...(isCutOff ? { work: { since, settled: settled + facts.settled } } : {}),
    troubled: facts.troubled || before?.troubled === true,
  }
}

/** The pulse after a run that broke off. */
export function pulseAfterBreak(before: Pulse | undefined, groupId: GroupId, failure: Failure): Pulse {
  const known = before ?? { groupId, calendars: {} }
  return { ...known, at: failure.at, failing: streak(before?.failing, failure), troubled: true }
}

function streak(before: Streak | undefined, failure: Failure): Streak {
  return { failure, since: before?.since ?? failure.at, times: (before?.times ?? 0) + 1 }
}
