import type { EngineEvent, EngineHappening, SyncEngine, UserHandle } from '../../index.js'
import type { CheckedOptions, SyncHandlerOptions } from '../options.js'
import { Refusal } from '../problem.js'
import { Channel } from './channel.js'
import type { Message } from './ring.js'

/** What a live stream tells of, as the data of `happened`: an event of the engine, of this user. */
export type Happening = { readonly at: number } & Exclude<EngineHappening, { readonly type: Untold }>

/** Of no use to a person, and there are very many. */
type Untold = 'request.ended' | 'job.started'
const untold: ReadonlySet<EngineEvent['type']> = new Set<Untold>(['request.ended', 'job.started'])

/**
 * The messages of a live stream, by their event.
 *
 * - `ready`: the stream is open, and begins now
 * - `reset`: what was missed cannot be told any more: read everything anew
 * - `happened`: see {@link Happening}
 * - `changed`: something is not as it was, by what another process did: read the status anew, and what it shows
 * - `signed_out`: the person is not signed in any more; the stream ends
 */
export interface LiveMessages {
  readonly ready: Readonly<Record<string, never>>
  readonly reset: Readonly<Record<string, never>>
  readonly happened: Happening
  readonly changed: Readonly<Record<string, never>>
  readonly signed_out: Readonly<Record<string, never>>
}

/** So long what was told is kept after the last window was closed. */
const keptMs = 120_000
/** How soon a browser comes back after a stream broke off, in milliseconds. */
const retryMs = 2_000
/** Messages that wait for a slow reader; then the stream ends, and the reader may come back for the rest. */
const mostWaiting = 512

/** All live streams of this process. */
export class Live {
  readonly #engine: SyncEngine
  readonly #options: CheckedOptions
  readonly #authenticate: SyncHandlerOptions['authenticate']
  readonly #channels = new Map<string, Channel>()
  #stopListening: (() => void) | undefined

  constructor(engine: SyncEngine, options: CheckedOptions, authenticate: SyncHandlerOptions['authenticate']) {
    this.#engine = engine
    this.#options = options
    this.#authenticate = authenticate
  }

  /** @throws Refusal `too_many_streams` */
  open(request: Request, userId: string, user: UserHandle): Response {
    this.#forgetQuiet()
    const channel = this.#channel(userId)
    if (channel.size >= this.#options.limits.streamsPerUser)
      throw new Refusal('too_many_streams', { 'retry-after': '30' })
    const since = request.headers.get('last-event-id') ?? new URL(request.url).searchParams.get('since')
    return new Response(this.#stream(request, userId, user, channel, since), {
      headers: {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache, no-store, no-transform',
        'x-accel-buffering': 'no',
      },
    })
  }

  #stream(
    request: Request,
    userId: string,
    user: UserHandle,
    channel: Channel,
    since: string | null,
  ): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder()
    let end = () => {}
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          const write = (text: string) => {
            if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(text))
            else end()
          }
          const receive = (message: Message) => write(textOf(message, channel))
          const pulse = setInterval(async () => {
            write(':\n\n')
            if (await this.#isStill(request, userId)) return
            write('event: signed_out\ndata: {}\n\n')
            end()
          }, this.#options.live.heartbeatMs)
          end = () => {
            end = () => {}
            clearInterval(pulse)
            request.signal.removeEventListener('abort', ended)
            channel.remove(receive, this.#options.now())
            try {
              controller.close()
            } catch {
              // The reader has gone already.
            }
          }
          const ended = () => end()
          request.signal.addEventListener('abort', ended, { once: true })
          write(`retry: ${retryMs}\n\n`)
          for (const message of missed(channel, since)) receive(message)
          channel.add(receive, user)
          if (request.signal.aborted) end()
        },
        cancel: () => end(),
      },
      { highWaterMark: mostWaiting },
    )
  }

  /** A stream does not outlive the session that it was opened in. */
  async #isStill(request: Request, userId: string): Promise<boolean> {
    try {
      return (await this.#authenticate(request))?.userId === userId
    } catch (error) {
      this.#options.onError(error)
      return true
    }
  }

  #channel(userId: string): Channel {
    const known = this.#channels.get(userId)
    if (known) return known
    const { bufferSize, pollMs } = this.#options.live
    const channel = new Channel({ bufferSize, pollMs, onError: this.#options.onError })
    this.#channels.set(userId, channel)
    this.#stopListening ??= this.#engine.subscribe((event) => this.#hear(event))
    return channel
  }

  #hear({ userId, ...happening }: EngineEvent): void {
    if (untold.has(happening.type)) return
    const channel = this.#channels.get(userId)
    if (!channel) return
    channel.send('happened', happening)
    if (channel.size === 0) this.#forgetQuiet()
  }

  /** No clock runs for that: who was away is forgotten when something happens, or somebody comes. */
  #forgetQuiet(): void {
    const longAgo = this.#options.now() - keptMs
    for (const [userId, { size, quietSince }] of this.#channels)
      if (size === 0 && quietSince !== undefined && quietSince <= longAgo) this.#channels.delete(userId)
    if (this.#channels.size > 0) return
    this.#stopListening?.()
    this.#stopListening = undefined
  }
}

/** What a stream begins with. */
function missed({ ring, epoch }: Channel, since: string | null): readonly Message[] {
  const now = { seq: ring.seq, data: '{}' }
  if (since === null || since === '') return [{ ...now, event: 'ready' }]
  const [known, number = ''] = since.length > 64 ? [] : since.split('-')
  const told = known === epoch && /^\d{1,15}$/.test(number) ? ring.after(Number(number)) : undefined
  return told ? [{ ...now, seq: Number(number), event: 'ready' }, ...told] : [{ ...now, event: 'reset' }]
}

function textOf({ seq, event, data }: Message, { epoch }: Channel): string {
  return `id: ${epoch}-${seq}\nevent: ${event}\ndata: ${data}\n\n`
}
