import { AsyncLocalStorage } from 'node:async_hooks'
import { type Context, type ContextManager, context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { OpenTelemetryOptions } from '../../src/telemetry/index.js'

/** One value of a metric, as an exporter gets it. */
export interface Point {
  readonly name: string
  readonly unit: string
  readonly kind: 'sum' | 'rising sum' | 'histogram' | 'gauge'
  readonly attributes: Readonly<Record<string, unknown>>
  readonly value: number
  /** Of a histogram. */
  readonly count?: number
  readonly bounds?: readonly number[]
}

/** The SDK with exporters that keep everything. */
export class Otel {
  readonly #exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  readonly #reader = new PeriodicExportingMetricReader({ exporter: this.#exporter, exportIntervalMillis: 3_600_000 })
  readonly #meters = new MeterProvider({ readers: [this.#reader] })
  readonly spans: InMemorySpanExporter = new InMemorySpanExporter()
  readonly #tracers = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: this.spans })] })

  get options(): OpenTelemetryOptions {
    const { setSpan, getSpan } = trace
    return {
      metrics: this.#meters,
      trace: { getTracer: (name) => this.#tracers.getTracer(name), setSpan, getSpan },
      context,
    }
  }

  async points(): Promise<readonly Point[]> {
    this.#exporter.reset()
    await this.#meters.forceFlush()
    return this.#exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics)
      .flatMap(({ metrics }) => metrics)
      .flatMap((metric): Point[] => {
        const { name, unit } = metric.descriptor
        switch (metric.dataPointType) {
          case DataPointType.HISTOGRAM:
            return metric.dataPoints.map(({ attributes, value }) => ({
              ...{ name, unit, kind: 'histogram', attributes },
              ...{ value: value.sum ?? 0, count: value.count, bounds: value.buckets.boundaries },
            }))
          case DataPointType.SUM: {
            const kind = metric.isMonotonic ? 'rising sum' : 'sum'
            return metric.dataPoints.map(({ attributes, value }) => ({ name, unit, kind, attributes, value }))
          }
          case DataPointType.GAUGE:
            return metric.dataPoints.map(({ attributes, value }) => ({ name, unit, kind: 'gauge', attributes, value }))
          default:
            throw new Error(`no metric of ours is like ${name}`)
        }
      })
  }

  async close(): Promise<void> {
    await this.#meters.shutdown()
    await this.#tracers.shutdown()
  }
}

/** What the SDK for Node registers, in a few lines. */
export class Contexts implements ContextManager {
  readonly #current = new AsyncLocalStorage<Context>()
  active(): Context {
    return this.#current.getStore() ?? ROOT_CONTEXT
  }
  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    given: Context,
    work: F,
    self?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#current.run(given, () => work.apply(self, args))
  }
  bind<T>(_: Context, target: T): T {
    return target
  }
  enable(): this {
    return this
  }
  disable(): this {
    return this
  }
}
