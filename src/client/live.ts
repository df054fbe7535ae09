import type { Happening } from '../server/index.js'
import { type ClientProblem, isClientProblem, unanswered } from './problem.js'

/**
 * What a live source tells.
 *
 * - `open`: from now on it tells of what happens; `isResumed`: and of all that happened since it was lost
 * - `happened`: one thing happened
 * - `reset`: something changed and nobody knows what, or something was missed: read everything anew
 * - `lost`: it tells of nothing until the next `open`, for which it tries by itself
 */
export type LiveSignal =
  | { readonly type: 'open'; readonly isResumed?: boolean }
  | { readonly type: 'happened'; readonly happening: Happening }
  | { readonly type: 'reset' }
  | { readonly type: 'lost'; readonly problem: ClientProblem }

/**
 * Tells of what happens until the function that it returns is called. A host with live queries of its own, such as those of
 * a reactive database, gives one of its own: `{ ...client, live }`.
 */
export type LiveSource = (listener: (signal: LiveSignal) => void) => () => void

/** Asks for the stream, from where it was cut off. @throws ClientProblem */
type OpenStream = (lastEventId: string | undefined, signal: AbortSignal) => Promise<Response>

/** Streams send something every 15 seconds; one that is silent for so long is dead, although nobody closed it. */
const silenceMs = 45_000
const longestMs = 30_000
const mostCharacters = 1_000_000

/** Server-sent events that are taken up again when they break off, later and later while that does not work. */
export function eventStream(openStream: OpenStream): LiveSource {
  return (listener) => {
    const at: Place = { lastId: undefined, retryMs: 1_000 }
    let isOver = false
    let connection: AbortController
    let timer: ReturnType<typeof setTimeout>
    let wake = (): void => undefined
    let failures = 0
    const tell = (signal: LiveSignal) => {
      if (!isOver) listener(signal)
    }
    const heard = () => {
      clearTimeout(timer)
      timer = setTimeout(() => connection.abort(), silenceMs)
    }
    const follow = async (): Promise<ClientProblem> => {
      connection = new AbortController()
      heard()
      try {
        const response = await openStream(at.lastId, connection.signal)
        tell({ type: 'open', isResumed: at.lastId !== undefined })
        for await (const message of messages(response, at)) {
          heard()
          failures = 0
          if (message) tell(message)
        }
        return unanswered('The stream has ended.')
      } catch (error) {
        return isClientProblem(error) ? error : unanswered(error)
      } finally {
        clearTimeout(timer)
        connection.abort()
      }
    }
    const run = async () => {
      while (!isOver) {
        const problem = await follow()
        tell({ type: 'lost', problem })
        const delay = Math.min(longestMs, at.retryMs * 2 ** failures++) * (0.5 + Math.random() / 2)
        await new Promise<void>((resolve) => {
          wake = resolve
          timer = setTimeout(resolve, isOver ? 0 : Math.max(delay, problem.retryAfterMs ?? 0))
        })
      }
    }
    // A browser that is on line again tries at once.
    const online = () => wake()
    globalThis.addEventListener?.('online', online)
    void run()
    return () => {
      isOver = true
      globalThis.removeEventListener?.('online', online)
      clearTimeout(timer)
      connection.abort()
      wake()
    }
  }
}

/** Where the stream is, so that the next one can go on from there. */
interface Place {
  lastId: string | undefined
  retryMs: number
}

/** The messages of one stream; undefined: something came. */
async function* messages(response: Response, at: Place): AsyncGenerator<LiveSignal | undefined, void, undefined> {
  const reader = response.body?.getReader()
  if (!reader) return
  const decoder = new TextDecoder()
  let waiting = ''
  let event = ''
  let data = ''
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      yield undefined
      const lines = (waiting + decoder.decode(part.value, { stream: true })).split('\n')
      waiting = lines.pop() ?? ''
      if (waiting.length + data.length > mostCharacters) throw new Error('A message of the stream has no end.')
      for (const raw of lines) {
        const [line, name, value] = /^([^:]*):? ?(.*)$/.exec(raw.replace(/\r$/, '')) ?? ['']
        if (line === '') {
          const signal = signalOf(event, data)
          event = data = ''
          if (signal) yield signal
        } else if (name === 'id') at.lastId = value
        else if (name === 'event') event = value ?? ''
        else if (name === 'data') data += value
        else if (name === 'retry' && Number(value) > 0) at.retryMs = Number(value)
      }
    }
  } finally {
    reader.cancel().catch(() => undefined)
  }
}

function signalOf(event: string, data: string): LiveSignal | undefined {
  if (event === 'reset' || event === 'changed') return { type: 'reset' }
  if (event !== 'happened') return undefined
  try {
    return { type: 'happened', happening: JSON.parse(data) }
  } catch {
    // Something did happen.
    return { type: 'reset' }
  }
}
