import type { Decision } from '../merge/decide.js'
import type { Action } from '../merge/plan.js'
import type { Conflict } from '../model/conflict.js'
import type { Calendar } from '../model/connection.js'
import type { CalendarId } from '../model/ids.js'
import type { RunMeasures } from '../model/run-measures.js'
import type { SyncedEvent } from '../model/synced-event.js'

/** What a run knows of its calendars. */
interface Measured {
  readonly calendars: ReadonlyMap<CalendarId, Calendar>
  readonly blocked: ReadonlyMap<CalendarId, unknown>
  readonly leftAlone: ReadonlyMap<CalendarId, number>
}

/** Counts what a run does, for whoever measures. In memory only; nothing of it decides anything. */
export class Measuring {
  #skipped = 0
  #retried = 0
  #loops = 0
  #pending = 0
  readonly #conflicts: Map<string, number> = new Map()

  /** An event was decided, and the decision is committed. */
  decided(decision: Decision, actions: number, known: Conflict | undefined): void {
    if (actions === 0) this.#skipped++
    const isParked = decision.event.state === 'parked'
    if (isParked && !known && decision.items.length > 0) this.#pending++
    if (!isParked && known) this.#pending--
    for (const { outcome, strategy } of decision.items) {
      const name = outcome === null || strategy === null ? 'none' : strategy.startsWith('rule:') ? 'rule' : strategy
      // Of a conflict that is known, everything but the person's own choice was counted when it came up.
      if (!known || (!isParked && name === 'person')) this.#conflicts.set(name, (this.#conflicts.get(name) ?? 0) + 1)
    }
  }

  /** The actions of an event are about to be tried. */
  trying(event: SyncedEvent, actions: readonly Action[]): void {
    this.#retried += event.attempts > 0 ? actions.length : actions.filter(({ kind }) => kind === 'verify').length
  }

  /** A copy turned up, and was known for one. */
  sawLoop(): void {
    this.#loops++
  }

  /** What was counted, together with what the run knows of its calendars. */
  taken(run: Measured, now: number): RunMeasures {
    const calendars = [...run.calendars.values()]
    const providers = [...new Set(calendars.map(({ provider }) => provider))].sort()
    return {
      providers,
      connections: [...new Set(calendars.map(({ connectionId }) => connectionId))],
      calendars: calendars.length,
      skipped: this.#skipped,
      retried: this.#retried,
      loops: this.#loops,
      conflicts: [...this.#conflicts].map(([strategy, fields]) => ({ strategy, fields })),
      pending: this.#pending,
      waits: [...run.leftAlone].flatMap(([id, until]) => {
        const provider = run.calendars.get(id)?.provider
        return provider === undefined ? [] : [{ provider, ms: Math.max(0, until - now) }]
      }),
      stale: providers.map((provider) => {
        const failing = calendars.filter((one) => one.provider === provider && run.blocked.has(one.id))
        return { provider, ms: Math.max(0, ...failing.map(({ pull }) => now - (pull.failingSince ?? now))) }
      }),
    }
  }
}
