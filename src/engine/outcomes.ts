import { failureOf } from '../model/failure.js'
import type { SyncedEvent } from '../model/synced-event.js'
import type { RecordChange } from '../storage/storage.js'
import type { Outcome } from './apply.js'
import { retryAt } from './backoff.js'
import { batches } from './batches.js'
import type { RunContext } from './context.js'
import { bindingChanges, type Work } from './deciding.js'
import { auditChanges } from './ledger.js'
import { put } from './records.js'

/** How long a listing has to tell of a write before the copy itself is asked for. */
const unseenMs = 60_000
/** So many outcomes are committed together: a crash before that costs as many looks, and loses nothing. */
const outcomesAtOnce = 16

/** What became of a page of events, committed a few at a time. */
export class Outcomes {
  readonly #context: RunContext
  #waiting: { readonly work: Work; readonly changes: readonly RecordChange[] }[] = []

  constructor(context: RunContext) {
    this.#context = context
  }

  async add(work: Work, outcomes: readonly Outcome[]): Promise<void> {
    const settled = afterOutcomes(work, outcomes, this.#context)
    // One whose write the service did not show is in step as far as anybody can tell for now.
    if (settled.failure === undefined) this.#context.settled++
    const changes = [
      put('event', settled, work.version),
      ...bindingChanges(work.event, settled),
      ...auditChanges(work, outcomes, settled, this.#context),
      ...outcomes.flatMap(({ mirror }) => mirror),
    ]
    this.#waiting.push({ work, changes })
    if (this.#waiting.length >= outcomesAtOnce) await this.flush()
  }

  async flush(): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = []
    for (const part of batches(waiting))
      if (!(await this.#context.commitUnlessStale(part.flatMap(({ changes }) => changes)))) await this.#oneByOne(part)
  }

  /** One of them is stale: the mirror moved on, or a person touched the event. The others are kept. */
  async #oneByOne(part: readonly { readonly work: Work; readonly changes: readonly RecordChange[] }[]): Promise<void> {
    for (const { work, changes } of part)
      if (!(await this.#context.commitUnlessStale(changes)))
        // Its attempts stay recorded, and the next look tells.
        for (const { calendarId } of work.actions) this.#context.unseen.add(calendarId)
  }
}

function afterOutcomes({ event, isWaiting }: Work, outcomes: readonly Outcome[], context: RunContext): SyncedEvent {
  const replicas = {
    ...event.replicas,
    ...Object.fromEntries(outcomes.map(({ replica }) => [replica.calendarId, replica])),
  }
  const failed = outcomes.find(({ end }) => end === 'failed')
  const { failure: _old, ...rest } = event
  if (failed) {
    context.counts.failed++
    const failure = failureOf(failed.error, context.engine.now())
    // A calendar that does not answer is no fault of the event: it is written as soon as the calendar is back.
    if (context.blocked.has(failed.replica.calendarId)) return { ...rest, replicas, failure }
    const attempts = event.attempts + 1
    return {
      ...rest,
      replicas,
      attempts,
      due: retryAt(context.engine.now(), event.id, attempts, failed.error),
      failure,
    }
  }
  if (outcomes.some(({ end }) => end === 'later'))
    return { ...rest, replicas, due: retryAt(context.engine.now(), event.id, event.attempts, undefined) }
  if (isWaiting) return { ...rest, replicas }
  // A write that the service did not show is looked for by itself, should the calendar's listing not tell of it.
  const isUnseen = outcomes.some(({ replica }) => replica.attempt !== undefined)
  if (isUnseen && outcomes.every(({ end }) => end === 'done'))
    return { ...rest, replicas, attempts: 0, due: context.engine.now() + unseenMs }
  const isOpen = outcomes.some(({ end }) => end === 'again') || event.state === 'removing'
  return { ...rest, replicas, attempts: 0, due: isOpen ? event.due : null }
}
