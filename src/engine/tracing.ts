import type { EngineEvent, RunCause } from '../model/engine-event.js'
import type { Run } from '../model/run.js'

/** A part of a run: a calendar is listed, it is found out what is to be done, or it is done. */
export interface RunPart {
  readonly name: 'pull' | 'diff' | 'apply'
  /** Id of the provider that is asked; absent where it is more than one, or none. */
  readonly provider?: string
}

/** Watches one run. */
export interface RunTrace {
  /** Calls `work` at once, and watches what it comes to. */
  part(part: RunPart, work: () => Promise<unknown>): unknown
}

/** What this process knows, for gauges. */
export interface TelemetrySource {
  /** When the next of all watches runs out, milliseconds since 1970; undefined where there is none. One read. */
  nextWatchEnd(): Promise<number | undefined>
  readonly now: () => number
}

/**
 * Watches an engine, e.g. `openTelemetry(...)` of `calweave/telemetry`. What it throws goes nowhere, and nothing waits for
 * it.
 */
export interface Telemetry {
  /** Called once, when the engine is made. */
  start?(source: TelemetrySource): void
  /** Called for everything that happens in this process. */
  event?(event: EngineEvent): void
  /** Calls `work` at once, with what shall watch its parts, and watches what it comes to. */
  run?(cause: RunCause, work: (trace: RunTrace) => Promise<Run>): unknown
}

/** A run, watched by whoever wants to. */
export function tracedRun(
  telemetry: Telemetry | undefined,
  cause: RunCause,
  work: (trace: RunTrace | undefined) => Promise<Run>,
): Promise<Run> {
  if (!telemetry?.run) return work(undefined)
  return watched((call: (trace: RunTrace) => Promise<Run>) => telemetry.run?.(cause, call), work)
}

/** A part of a run, watched by whoever watches the run. */
export function tracedPart<T>(trace: RunTrace | undefined, part: RunPart, work: () => Promise<T>): Promise<T> {
  return trace ? watched<undefined, T>((call) => trace.part(part, () => call(undefined)), work) : work()
}

/** Whoever watches must not be able to stop, repeat or delay what is watched. */
function watched<S, T>(
  watch: (work: (scope: S) => Promise<T>) => unknown,
  work: (scope: S | undefined) => Promise<T>,
): Promise<T> {
  let begun: Promise<T> | undefined
  const once = (scope?: S): Promise<T> => {
    begun ??= work(scope)
    return begun
  }
  try {
    Promise.resolve(watch(once)).catch(() => undefined)
  } catch {
    // It goes on unwatched.
  }
  return once()
}
