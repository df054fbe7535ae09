import { type Distinct, withDistinct } from '../model/distinct.js'
import type { EngineEvent } from '../model/engine-event.js'
import { isRequestError } from '../model/request-outcome.js'
import type { Run } from '../model/run.js'
import { outcomeOf, type RunMeasures } from '../model/run-measures.js'
import { roomFor, type Tally } from '../model/tally.js'
import { noTimes, type Times, withTime } from '../model/times.js'

/** What is counted; of all else nothing is. */
export const counted: ReadonlySet<EngineEvent['type']> = new Set([
  ...(['run.ended', 'run.failed', 'group.verified', 'request.ended', 'connection.added'] as const),
])

/** Counts what an engine tells of into one {@link Tally}. */
export class Counter {
  readonly #counts: Map<string, number> = new Map()
  readonly #times: Map<string, Times> = new Map()
  readonly #different: Map<string, Set<string>> = new Map()
  readonly #latest: Map<string, number> = new Map()
  readonly #countsDifferent: boolean

  /** @param countsDifferent - whether it is told how many users, groups and connections there were */
  constructor(countsDifferent: boolean) {
    this.#countsDifferent = countsDifferent
  }

  add(event: EngineEvent): void {
    switch (event.type) {
      case 'run.ended':
        this.#run(event.run, event.cause, event.measures)
        if (event.measures) this.#ran(event, event.run.groupId, event.measures)
        return
      case 'run.failed':
        this.#count(`run/${event.cause}/failed`)
        this.#count(`error/${event.failure.code}`)
        this.#see('groups', `${event.userId}/${event.groupId}`)
        return
      case 'group.verified':
        this.#count('verify/copies', event.copies)
        this.#count('verify/accurate', event.accurate)
        this.#count('verify/repaired', event.accurateAfterRepair)
        return
      case 'request.ended': {
        const { provider, status, ms } = event.request
        this.#count(`request/${provider}`)
        if (isRequestError(status)) this.#count(`refused/${provider}`)
        if (isRequestError(status)) this.#count(`status/${provider}/${status}`)
        this.#time(`request/${provider}`, ms)
        return
      }
      case 'connection.added':
        this.#count(`connected/${event.provider}`)
        if (event.isFirst) this.#count('user')
        return
      default:
        return
    }
  }

  tally(): Tally {
    const distinct: Record<string, Distinct> = {}
    for (const [name, ids] of this.#different) distinct[name] = withDistinct('', ids)
    return {
      counts: Object.fromEntries(this.#counts),
      times: Object.fromEntries(this.#times),
      distinct,
      latest: Object.fromEntries(this.#latest),
    }
  }

  #run(run: Run, cause: string, measures: RunMeasures | undefined): void {
    const outcome = outcomeOf(run, measures?.calendars ?? 0)
    this.#count(`run/${cause}/${outcome}`)
    if (outcome === 'busy') return
    if (outcome !== 'failed') this.#time('run', run.endedAt - run.startedAt)
    for (const { failure } of run.failures) this.#count(`error/${failure.code}`)
    for (const name of ['created', 'updated', 'removed', 'failed'] as const)
      this.#count(`event/${name}`, run.counts[name])
  }

  #ran({ userId, run }: EngineEvent & { readonly run: Run }, groupId: string, measures: RunMeasures): void {
    const group = `${userId}/${groupId}`
    this.#see('users', userId)
    this.#see('groups', group)
    for (const id of measures.connections) this.#see('connections', `${userId}/${id}`)
    if (outcomeOf(run, measures.calendars) === 'ok') {
      this.#see('inStep', group)
      this.#latest.set('ok', Math.max(run.endedAt, this.#latest.get('ok') ?? 0))
    }
    this.#count('event/skipped', measures.skipped)
    this.#count('retry', measures.retried)
    this.#count('loop', measures.loops)
    for (const { strategy, fields } of measures.conflicts) this.#count(`conflict/${strategy}`, fields)
    for (const { provider, ms } of measures.waits) this.#time(`wait/${provider}`, ms)
  }

  #count(given: string, by = 1): void {
    if (by === 0) return
    const name = this.#counts.has(given) ? given : roomFor({}, given, this.#counts.size)
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by)
  }

  #time(given: string, ms: number): void {
    const name = this.#times.has(given) ? given : roomFor({}, given, this.#times.size)
    this.#times.set(name, withTime(this.#times.get(name) ?? noTimes, ms))
  }

  #see(what: string, id: string): void {
    if (!this.#countsDifferent) return
    const seen = this.#different.get(what)
    if (seen) seen.add(id)
    else this.#different.set(what, new Set([id]))
  }
}
