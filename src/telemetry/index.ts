import type { Telemetry } from '../engine/tracing.js'
import { Meters, type QueueLike } from './meters.js'
import type { ContextLike, MetricsLike, TraceLike } from './shapes.js'
import { Spans } from './spans.js'

export type { QueueLike } from './meters.js'
export type * from './shapes.js'

/** What {@link openTelemetry} reports to. */
export interface OpenTelemetryOptions {
  /** `metrics` of `@opentelemetry/api`, or a `MeterProvider`. @default no metrics */
  readonly metrics?: MetricsLike
  /** `trace` of `@opentelemetry/api`; needs {@link context}. @default no spans */
  readonly trace?: TraceLike
  /**
   * `context` of `@opentelemetry/api`. With a context manager, as the SDK for Node registers one, requests stand inside of
   * the runs that made them, and so do spans of the host's own instrumentation.
   */
  readonly context?: ContextLike
  /**
   * Hosts that may be named in `server.address`, e.g. `www.googleapis.com`, with the port where a URL has one. Many people
   * have a server of their own, whose name is theirs. @default none is named
   */
  readonly hosts?: readonly string[]
  /** Whose jobs `calendar_sync.queue.depth` counts. @default none */
  readonly scheduler?: QueueLike
}

/**
 * Reports what an engine does to OpenTelemetry: metrics and spans with the names in docs/guides/metrics.md. Loads nothing; the
 * host brings `@opentelemetry/api` and an SDK with the exporter of its choice. Attributes hold no ids, titles, texts or
 * addresses.
 *
 * @example
 * ```ts no-run
 * import { context, metrics, trace } from '@opentelemetry/api'
 * import { SyncEngine } from 'calweave'
 * import { memoryProvider } from 'calweave/providers/memory'
 * import { memoryStorage } from 'calweave/storage/memory'
 * import { openTelemetry } from 'calweave/telemetry'
 *
 * export const engine = new SyncEngine({
 *   storage: memoryStorage(),
 *   providers: [memoryProvider()],
 *   telemetry: openTelemetry({ metrics, trace, context }),
 * })
 * ```
 */
export function openTelemetry(options: OpenTelemetryOptions): Telemetry {
  const { metrics, trace, context, scheduler } = options
  const hosts = new Set(options.hosts)
  const meters = metrics && new Meters(metrics.getMeter('calweave'), hosts)
  const spans = trace && context && new Spans(trace, context, hosts)
  return {
    start: (source) => meters?.start(source, scheduler),
    event(event) {
      meters?.event(event)
      spans?.event(event)
    },
    ...(spans ? { run: (cause, work) => spans.run(cause, work) } : {}),
  }
}
