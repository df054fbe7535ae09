import type { ConnectionId } from './ids.js'
import type { Run } from './run.js'

/** What a run came to, beside what is kept of it: for figures over many runs. Holds counts and names, and no content. */
export interface RunMeasures {
  /** Ids of the providers of its calendars, sorted. */
  readonly providers: readonly string[]
  readonly connections: readonly ConnectionId[]
  /** How many calendars it was about. */
  readonly calendars: number
  /** How often an event was decided and nothing had to be written. */
  readonly skipped: number
  /** Writes that were tried once more, or looked after, because the last attempt had failed or was never answered. */
  readonly retried: number
  /** Copies, ours and other installations', that turned up and were known for copies: never read as new events. */
  readonly loops: number
  /** Fields on which sides disagreed, by who decided. */
  readonly conflicts: readonly ConflictMeasure[]
  /** By how many the conflicts that wait for a person became more. Below 0: fewer. */
  readonly pending: number
  /** For how long services asked to be left alone, in milliseconds. */
  readonly waits: readonly { readonly provider: string; readonly ms: number }[]
  /** For how long calendars could not be read by now, the longest of each provider, in milliseconds; 0 where all could. */
  readonly stale: readonly { readonly provider: string; readonly ms: number }[]
}

/** Fields on which sides disagreed. */
export interface ConflictMeasure {
  /** The strategy that decided, `rule` for rules whatever their names, `person`; `none` where it waits for a person. */
  readonly strategy: string
  readonly fields: number
}

/**
 * How a run went.
 *
 * - `ok`: everything that could be done was done
 * - `partial`: some of its calendars could not be read or written
 * - `failed`: none of them could, or the run threw
 * - `continues`: cut off by its budget or its signal; the next run goes on
 * - `busy`: another worker had the group, and nothing was done
 */
export type RunOutcome = 'ok' | 'partial' | 'failed' | 'continues' | 'busy'

/** @param calendars - how many calendars the run was about */
export function outcomeOf({ end, failures }: Pick<Run, 'end' | 'failures'>, calendars: number): RunOutcome {
  if (end === 'busy') return 'busy'
  if (failures.length > 0) return failures.length >= calendars ? 'failed' : 'partial'
  return end === 'finished' ? 'ok' : 'continues'
}
