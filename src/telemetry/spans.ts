import type { RunTrace } from '../engine/tracing.js'
import type { EngineEvent, RequestMeasure, RunCause } from '../model/engine-event.js'
import type { Run } from '../model/run.js'
import { outcomeOf } from '../model/run-measures.js'
import { providersOf, requestAttributes, triggers } from './names.js'
import type { Attributes, ContextLike, SpanLike, TraceLike, TracerLike } from './shapes.js'

/** Of `SpanKind` and `SpanStatusCode`. */
const client = 2
const failed = 2

/** Runs and their parts as spans, one inside the other; requests inside of the part that made them. */
export class Spans {
  readonly #trace: TraceLike
  readonly #tracer: TracerLike
  readonly #context: ContextLike
  readonly #hosts: ReadonlySet<string>
  /** What a run was about is told just before it comes to its end. */
  readonly #ended: WeakMap<Run, Attributes> = new WeakMap()

  constructor(trace: TraceLike, context: ContextLike, hosts: ReadonlySet<string>) {
    this.#trace = trace
    this.#tracer = trace.getTracer('calweave')
    this.#context = context
    this.#hosts = hosts
  }

  event(event: EngineEvent): void {
    if (event.type === 'request.ended') this.#request(event.request)
    if (event.type !== 'run.ended') return
    const { run, measures } = event
    const provider = measures ? { provider: providersOf(measures.providers) } : {}
    this.#ended.set(run, { ...provider, outcome: outcomeOf(run, measures?.calendars ?? 0) })
  }

  /** @returns what it comes to, for nobody: the engine has its own way to the result */
  run(cause: RunCause, work: (trace: RunTrace) => Promise<Run>): Promise<unknown> {
    const within = this.#context.active()
    return this.#span('calendar_sync.run', { trigger: triggers[cause] }, within, async (span, context) => {
      const parts: RunTrace = {
        part: ({ name, provider }, step) => {
          const attributes: Attributes = provider === undefined ? {} : { provider }
          return this.#span(`calendar_sync.run.${name}`, attributes, context, step)
        },
      }
      const run = await work(parts)
      const ended = this.#ended.get(run) ?? {}
      for (const [name, value] of Object.entries(ended)) span.setAttribute(name, value)
      if (ended['outcome'] === 'failed') span.setStatus({ code: failed })
    })
  }

  #span(
    name: string,
    attributes: Attributes,
    parent: unknown,
    work: (span: SpanLike, context: unknown) => Promise<unknown>,
  ): Promise<unknown> {
    const span = this.#tracer.startSpan(name, { attributes }, parent)
    const context = this.#trace.setSpan(parent, span)
    return this.#context
      .with(context, () => work(span, context))
      .catch((error: unknown) => {
        span.setStatus({ code: failed })
        span.setAttribute('error.type', codeOf(error))
      })
      .finally(() => span.end())
  }

  /** Only inside of a span: without a context manager nobody knows which run a request is of. */
  #request(request: RequestMeasure): void {
    const parent = this.#context.active()
    if (this.#trace.getSpan(parent) === undefined) return
    const attributes = requestAttributes(request, this.#hosts)
    const options = { kind: client, attributes, startTime: Date.now() - request.ms }
    const span = this.#tracer.startSpan(String(attributes['http.request.method']), options, parent)
    if ('error.type' in attributes) span.setStatus({ code: failed })
    span.end()
  }
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : 'unexpected'
}
