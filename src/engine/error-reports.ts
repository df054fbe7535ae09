import { isSyncError, type Remedy, type SyncErrorCode } from '../errors.js'
import type { EngineEvent } from '../model/engine-event.js'
import { type Failure, failureOf, framesOf } from '../model/failure.js'
import type { CalendarId, GroupId, UserId } from '../model/ids.js'

/** Something that somebody who runs the application may want to know. Holds no titles, texts, addresses or tokens. */
export interface ErrorReport {
  /**
   * - `unexpected`: an error that is none of calweave's: a defect, of calweave, an adapter or the host
   * - `repeated`: the same run, or the same calendar, failed 3, 6, 12 ... times in a row in this process
   * - `late`: a change stands, and what has to follow could not be put into the queue; it follows at the group's next time, or
   *   with the sweep, which comes once a day
   */
  readonly kind: 'unexpected' | 'repeated' | 'late'
  /**
   * What failed: a whole run, one calendar of it, writing down what was counted, putting a job into the queue, or a function of
   * the host that did not answer in time (`notify.notifier`, `notify.quietHours`, `alerts.onAlert`).
   */
  readonly where: 'run' | 'calendar' | 'analytics' | 'queue' | 'callback'
  readonly code: SyncErrorCode
  readonly remedy: Remedy
  /** Safe to log, as of every {@link SyncError}. */
  readonly message: string
  readonly reason?: string
  /** How often in a row. */
  readonly times: number
  /** Where it was thrown, for unexpected ones: functions, files and lines, without the error's own message. */
  readonly frames?: readonly string[]
  readonly userId?: UserId
  readonly groupId?: GroupId
  readonly calendarId?: CalendarId
  /** Milliseconds since 1970. */
  readonly at: number
}

/** Told of errors. What it throws, or rejects with, goes nowhere. */
export type ErrorHook = (report: ErrorReport) => unknown

/** Finds what is worth a report among all that fails. */
export class ErrorReports {
  readonly #hook: ErrorHook
  readonly #now: () => number
  /** How often in a row, by group and by what of it; the group that failed longest ago is forgotten first. */
  readonly #times: Map<string, Map<string, number>> = new Map()

  constructor(hook: ErrorHook, now: () => number) {
    this.#hook = hook
    this.#now = now
  }

  heard(event: EngineEvent): void {
    if (event.type === 'run.failed') {
      const { userId, groupId, failure, frames } = event
      this.#failed('run', failure, { userId, groupId }, frames)
    }
    if (event.type !== 'run.ended' || event.run.end === 'busy') return
    const { userId } = event
    const { groupId, failures, end } = event.run
    const known = this.#times.get(`${userId}/${groupId}`)
    known?.delete('run')
    // A run that was cut off may not have come to all of its calendars.
    if (known && end === 'finished')
      for (const what of [...known.keys()])
        if (!failures.some(({ calendarId }) => what === `calendar ${calendarId}`)) known.delete(what)
    if (known?.size === 0) this.#times.delete(`${userId}/${groupId}`)
    for (const { calendarId, failure } of failures) this.#failed('calendar', failure, { userId, groupId, calendarId })
  }

  /** Counts could not be written. */
  analyticsFailed(error: unknown): void {
    this.#failed('analytics', failureOf(error, this.#now()), {}, isSyncError(error) ? undefined : framesOf(error))
  }

  /** A job could not be put into the queue after what it is for was done. */
  queueFailed(error: unknown, userId: UserId): void {
    this.#reportNow('late', 'queue', error, userId)
  }

  /** A function of the host did not answer. */
  callbackFailed(error: unknown, userId?: UserId): void {
    this.#reportNow('unexpected', 'callback', error, userId)
  }

  /** Each time, as nothing counts how often it went well in between. */
  #reportNow(kind: ErrorReport['kind'], where: ErrorReport['where'], error: unknown, userId: UserId | undefined): void {
    const frames = isSyncError(error) ? undefined : framesOf(error)
    const about = { ...(userId === undefined ? {} : { userId }), ...(frames ? { frames } : {}) }
    this.#report({ kind, where, ...failureOf(error, this.#now()), times: 1, ...about })
  }

  #failed(
    where: ErrorReport['where'],
    failure: Failure,
    ids: Pick<ErrorReport, 'userId' | 'groupId' | 'calendarId'>,
    frames?: readonly string[],
  ): void {
    const times = this.#countedUp(`${ids.userId ?? ''}/${ids.groupId ?? ''}`, `${where} ${ids.calendarId ?? ''}`.trim())
    if (!frames && !isMilestone(times)) return
    const kind = frames ? 'unexpected' : 'repeated'
    this.#report({ kind, where, ...failure, ...ids, times, ...(frames ? { frames } : {}) })
  }

  #countedUp(group: string, what: string): number {
    const known = this.#times.get(group) ?? new Map<string, number>()
    const times = (known.get(what) ?? 0) + 1
    known.set(what, times)
    this.#times.delete(group)
    this.#times.set(group, known)
    const [oldest] = this.#times.keys()
    if (this.#times.size > mostKnown && oldest !== undefined) this.#times.delete(oldest)
    return times
  }

  #report(report: ErrorReport): void {
    try {
      Promise.resolve(this.#hook(report)).catch(() => undefined)
    } catch {
      // Reporting must not fail what is reported.
    }
  }
}

const mostKnown = 10_000

/** 3, 6, 12, 24 ...: what fails for days is not reported every quarter of an hour. */
function isMilestone(times: number): boolean {
  return times % 3 === 0 && Number.isInteger(Math.log2(times / 3))
}
