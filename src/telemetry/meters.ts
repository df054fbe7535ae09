import type { TelemetrySource } from '../engine/tracing.js'
import type { EngineEvent } from '../model/engine-event.js'
import type { Run } from '../model/run.js'
import { outcomeOf, type RunMeasures } from '../model/run-measures.js'
import { providersOf, requestAttributes, triggers } from './names.js'
import { RecentMost } from './recent-most.js'
import type { MeterLike } from './shapes.js'

/** How much work waits, as a `Scheduler` tells it. */
export interface QueueLike {
  depth(): Promise<{ readonly waiting: number; readonly due: number; readonly running: number; readonly dead: number }>
}

/** As the semantic conventions of OpenTelemetry say for requests. */
const requestSeconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
/** The aim for a sync, 30 s, is one of the bounds. */
const runSeconds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 900]
const waitSeconds = [0.1, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600]

/** What happens, as metrics. Attributes are names that settings know, and codes; never ids. */
export class Meters {
  readonly #meter: MeterLike
  readonly #hosts: ReadonlySet<string>
  readonly #stale: RecentMost = new RecentMost(60_000)
  readonly #instruments: ReturnType<typeof instrumentsOf>

  constructor(meter: MeterLike, hosts: ReadonlySet<string>) {
    this.#meter = meter
    this.#hosts = hosts
    this.#instruments = instrumentsOf(meter)
  }

  /** Gauges ask when metrics are collected, and not before. */
  start({ nextWatchEnd, now }: TelemetrySource, queue: QueueLike | undefined): void {
    const meter = this.#meter
    meter
      .createObservableGauge('calendar_sync.connection.staleness', {
        description: 'For how long the connection that is worst off could not be read, of those looked at lately',
        unit: 's',
      })
      .addCallback((values) => {
        for (const [provider, ms] of this.#stale.at(now())) values.observe(ms / 1_000, { provider })
      })
    meter
      .createObservableGauge('calendar_sync.subscription.expiry', {
        description: 'Until the first of all subscriptions runs out; below 0: one did, and was not renewed',
        unit: 's',
      })
      .addCallback(async (values) => {
        const end = await nextWatchEnd().catch(() => undefined)
        if (end !== undefined) values.observe((end - now()) / 1_000)
      })
    if (!queue) return
    meter
      .createObservableGauge('calendar_sync.queue.depth', { description: 'Jobs, by their state', unit: '{job}' })
      .addCallback(async (values) => {
        const depth = await queue.depth().catch(() => undefined)
        if (!depth) return
        for (const state of ['waiting', 'due', 'running', 'dead'] as const) values.observe(depth[state], { state })
      })
  }

  event(event: EngineEvent): void {
    const { run, queueWait, request } = this.#instruments
    switch (event.type) {
      case 'run.ended':
        if (event.measures) this.#run(event.run, triggers[event.cause], event.measures, event.at)
        break
      case 'run.failed':
        // Whose calendars it was about is not told of a run that threw.
        run.record((event.at - event.startedAt) / 1_000, {
          provider: '',
          trigger: triggers[event.cause],
          outcome: 'failed',
        })
        break
      case 'request.ended':
        request.record(event.request.ms / 1_000, requestAttributes(event.request, this.#hosts))
        break
      case 'job.started':
        queueWait.record(event.waitMs / 1_000, { urgency: event.urgency })
        break
      default:
    }
  }

  #run(run: Run, trigger: string, measures: RunMeasures, at: number): void {
    const { run: duration, processed, detected, resolved, pending, retry, rateLimit, loops } = this.#instruments
    const outcome = outcomeOf(run, measures.calendars)
    const provider = providersOf(measures.providers)
    duration.record((run.endedAt - run.startedAt) / 1_000, { provider, trigger, outcome })
    const { created: create, updated: update, removed } = run.counts
    const operations = { create, update, delete: removed, skip: measures.skipped }
    for (const [operation, count] of Object.entries(operations)) if (count > 0) processed.add(count, { operation })
    for (const { strategy, fields } of measures.conflicts) {
      const attributes = { strategy, automatic: strategy !== 'none' && strategy !== 'person' }
      // What a person decides was detected when it came up.
      if (strategy !== 'person') detected.add(fields, attributes)
      if (strategy !== 'none') resolved.add(fields, attributes)
    }
    if (measures.pending !== 0) pending.add(measures.pending)
    if (measures.retried > 0) retry.add(measures.retried)
    if (measures.loops > 0) loops.add(measures.loops)
    for (const { provider: asked, ms } of measures.waits) rateLimit.record(ms / 1_000, { provider: asked })
    for (const { provider: looked, ms } of measures.stale) this.#stale.add(looked, ms, at)
  }
}

function instrumentsOf(meter: MeterLike) {
  const seconds = (description: string, bounds: number[]) => ({
    description,
    unit: 's',
    advice: { explicitBucketBoundaries: bounds },
  })
  return {
    run: meter.createHistogram('calendar_sync.run.duration', seconds('How long runs took', runSeconds)),
    processed: meter.createCounter('calendar_sync.event.processed', {
      description: 'Copies that were written, and events that needed nothing',
      unit: '{event}',
    }),
    detected: meter.createCounter('calendar_sync.conflict.detected', {
      description: 'Fields on which calendars disagreed',
      unit: '{conflict}',
    }),
    resolved: meter.createCounter('calendar_sync.conflict.resolved', {
      description: 'Fields on which calendars disagreed and that were decided',
      unit: '{conflict}',
    }),
    pending: meter.createUpDownCounter('calendar_sync.conflict.pending', {
      description: 'By how many the conflicts that wait for a person became more in this process',
      unit: '{conflict}',
    }),
    retry: meter.createCounter('calendar_sync.retry', { description: 'Writes that were tried again', unit: '{write}' }),
    loops: meter.createCounter('calendar_sync.loop.suppressed', {
      description: 'Copies that turned up and were not taken for new events',
      unit: '{event}',
    }),
    rateLimit: meter.createHistogram(
      'calendar_sync.rate_limit.wait.duration',
      seconds('For how long services asked to be left alone', waitSeconds),
    ),
    queueWait: meter.createHistogram(
      'calendar_sync.queue.wait.duration',
      seconds('How long jobs waited after their time had come', waitSeconds),
    ),
    request: meter.createHistogram(
      'http.client.request.duration',
      seconds('Duration of HTTP client requests.', requestSeconds),
    ),
  }
}
