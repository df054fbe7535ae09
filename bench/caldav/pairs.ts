import { startServer } from '../../test/servers/real-server.js'
import { start } from '../children.js'
import { eventText } from '../events.js'
import type { StubInput } from './stub-child.js'

/** Two fresh calendars: the first holds the events, the second is empty. */
export interface Pair {
  readonly urls: readonly [string, string]
  stop(): Promise<void>
}

export const pairNames = ['stub0', 'stub20', 'cyrus', 'sabre'] as const
export type PairName = (typeof pairNames)[number]

export function startPair(name: PairName, events: number): Promise<Pair> {
  return name === 'cyrus' || name === 'sabre' ? realPair(name, events) : stubPair(name === 'stub20' ? 20 : 0, events)
}

async function stubPair(latencyMs: number, events: number): Promise<Pair> {
  const stubs = await Promise.all(
    [events, 0].map((count) => start<{ url: string }>('stub', { latencyMs, events: count } satisfies StubInput)),
  )
  const [from, to] = stubs.map(({ output }) => output.url) as [string, string]
  return {
    urls: [from, to],
    async stop() {
      await Promise.all(stubs.map((stub) => stub.stop()))
    },
  }
}

/** Two calendars of one user: our copies have UIDs of their own, so that a server which allows a UID once is content. */
async function realPair(name: 'cyrus' | 'sabre', events: number): Promise<Pair> {
  const server = await startServer(name)
  const from = await server.makeCalendar('bench-from')
  const to = await server.makeCalendar('bench-to')
  for (let n = 0; n < events; n++) await putText(`${from}event-${n}.ics`, eventText(n))
  return { urls: [from, to], stop: () => server.stop() }
}

/** What both kinds of server accept. */
export const credentials = { username: 'jane', password: 'secret' } as const
export const authorization: string = `Basic ${btoa(`${credentials.username}:${credentials.password}`)}`

export async function putText(url: string, text: string): Promise<void> {
  const headers = { authorization, 'content-type': 'text/calendar; charset=utf-8' }
  const response = await fetch(url, { method: 'PUT', headers, body: text })
  await response.arrayBuffer()
  if (!response.ok) throw new Error(`PUT answered ${response.status}`)
}
