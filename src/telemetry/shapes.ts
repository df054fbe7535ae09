/**
 * What is used of OpenTelemetry, by shape: `@opentelemetry/api` fits as it is, and nothing of it is loaded here. Methods,
 * so that its own narrower types fit.
 */

/** Values by which metrics and spans are told apart. */
export type Attributes = Record<string, string | number | boolean>

/** What a metric is. */
export interface InstrumentOptions {
  description?: string
  unit?: string
  advice?: { explicitBucketBoundaries?: number[] }
}

/** Takes what is observed. */
export interface ObservedValues {
  observe(value: number, attributes?: Attributes): void
}

/** Makes metrics. */
export interface MeterLike {
  createCounter(name: string, options?: InstrumentOptions): { add(value: number, attributes?: Attributes): void }
  createUpDownCounter(name: string, options?: InstrumentOptions): { add(value: number, attributes?: Attributes): void }
  createHistogram(name: string, options?: InstrumentOptions): { record(value: number, attributes?: Attributes): void }
  createObservableGauge(
    name: string,
    options?: InstrumentOptions,
  ): { addCallback(callback: (values: ObservedValues) => void | Promise<void>): void }
}

/** `metrics` of `@opentelemetry/api`, or a `MeterProvider`. */
export interface MetricsLike {
  getMeter(name: string): MeterLike
}

/** One span. */
export interface SpanLike {
  setAttribute(name: string, value: string | number | boolean): unknown
  setStatus(status: { code: number }): unknown
  end(): void
}

/** Makes spans. */
export interface TracerLike {
  startSpan(
    name: string,
    options?: { kind?: number; attributes?: Attributes; startTime?: number },
    context?: unknown,
  ): SpanLike
}

/** `trace` of `@opentelemetry/api`. */
export interface TraceLike {
  getTracer(name: string): TracerLike
  setSpan(context: unknown, span: SpanLike): unknown
  getSpan(context: unknown): unknown
}

/** `context` of `@opentelemetry/api`. */
export interface ContextLike {
  active(): unknown
  with<T>(context: unknown, work: () => T): T
}
