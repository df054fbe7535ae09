import { Pool } from 'undici'
import { answer } from '../child.js'
import { type Cost, measured } from '../measure.js'
import { type Stage, tokenIn } from './recording.js'

/** Sends recorded requests to other calendars with nothing around them. */
export interface ReplayInput {
  readonly client: 'undici' | 'fetch'
  readonly stages: readonly Stage[]
  readonly recordedUrls: readonly [string, string]
  readonly urls: readonly [string, string]
  /** What the tokens of the recording are at these calendars. */
  readonly tokens: Readonly<Record<string, string>>
}

export interface ReplayOutput {
  readonly cost: Cost
  readonly tokens: Readonly<Record<string, string>>
  /** Answers that were not a success. */
  readonly refused: number
}

type Send = (
  method: string,
  url: URL,
  headers: Record<string, string>,
  body: string | null,
) => Promise<{ status: number; text: string }>

answer(async (input: ReplayInput): Promise<ReplayOutput> => {
  const tokens: Record<string, string> = { ...input.tokens }
  const { send, close } = input.client === 'undici' ? undiciClient(input) : { send: viaFetch, close: async () => {} }
  let refused = 0
  const { cost } = await measured(async () => {
    for (const { requests, concurrency } of input.stages) {
      const queue = requests.values()
      const worker = async (): Promise<void> => {
        for (const request of queue) {
          const { url, body } = translated(request, input, tokens)
          const { status, text } = await send(request.method, url, headersOf(request.headers), body)
          if (status >= 300) refused++
          const token = tokenIn(text)
          if (request.token && token) tokens[request.token] = token
        }
      }
      await Promise.all(Array.from({ length: concurrency }, worker))
    }
  })
  await close()
  return { cost, tokens, refused }
})

function translated(
  { url, body }: Stage['requests'][number],
  { recordedUrls, urls }: ReplayInput,
  tokens: Readonly<Record<string, string>>,
): { readonly url: URL; readonly body: string | null } {
  const side = url.startsWith(recordedUrls[0]) ? 0 : 1
  const there = new URL(urls[side] + url.slice(recordedUrls[side].length))
  const token = body && tokenIn(body)
  return { url: there, body: token ? (body?.replace(token, tokens[token] ?? token) ?? null) : body }
}

/** Without guards: the tags of other calendars may differ, and a guard costs nothing to send. */
function headersOf(recorded: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(recorded).filter(([name]) => name !== 'if-match' && name !== 'content-length'),
  )
}

function undiciClient({ urls, stages }: ReplayInput): { readonly send: Send; readonly close: () => Promise<void> } {
  const connections = Math.max(...stages.map(({ concurrency }) => concurrency))
  const pools = new Map(
    urls.map((url) => new URL(url).origin).map((origin) => [origin, new Pool(origin, { connections })]),
  )
  return {
    async send(method, url, headers, body) {
      const pool = pools.get(url.origin)
      if (!pool) throw new Error('A request went to an unknown server.')
      // Without `reset: false` every REPORT would close its connection.
      const answered = await pool.request({ method: method as 'PUT', path: url.pathname, headers, body, reset: false })
      return { status: answered.statusCode, text: await answered.body.text() }
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.close()))
    },
  }
}

const viaFetch: Send = async (method, url, headers, body) => {
  const response = await fetch(url, { method, headers, ...(body === null ? {} : { body }) })
  return { status: response.status, text: await response.text() }
}
