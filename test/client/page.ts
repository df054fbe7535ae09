import { type CalweaveClient, calweaveClient } from '../../src/client/index.js'
import { completeContent, SyncEngine, type SyncGroup, type UserHandle } from '../../src/index.js'
import { type MemoryProvider, memoryProvider } from '../../src/providers/memory/index.js'
import { syncHandler } from '../../src/server/index.js'
import { memoryStorage } from '../../src/storage/memory.js'

const origin = 'https://app.example.com'

/** What a test has to do with. */
export interface Page {
  readonly engine: SyncEngine
  readonly user: UserHandle
  readonly provider: MemoryProvider
  readonly client: CalweaveClient
  /** What was asked of the server, oldest first. */
  readonly calls: readonly string[]
  /** Has the server be away, or answer with a status that a proxy would. */
  readonly state: { isDown: boolean; status: number }
  /** Makes a group of both calendars. */
  weave(): Promise<SyncGroup>
  /** A person makes an event on the fourth of March. */
  add(calendar: 'work' | 'home', title: string, hour?: string): void
  /** Sends a request as a page would. */
  request(url: string, init: RequestInit): Promise<Response>
}

/** A server with two calendars of one person, and a client that reaches it without a network. */
export async function page(): Promise<Page> {
  const provider = memoryProvider({
    calendars: [
      { id: 'work', name: 'Work' },
      { id: 'home', name: 'Home' },
    ],
  })
  const engine = new SyncEngine({ storage: memoryStorage(), providers: [provider] })
  const user = engine.user('mara')
  const { calendars } = await user.connections.add({ provider: 'memory', name: 'Memory' })
  const [work = '', home = ''] = calendars.map(({ id }) => id as string)
  const calls: string[] = []
  const state = { isDown: false, status: 0 }
  const handler = syncHandler({
    engine,
    authenticate: () => ({ userId: 'mara' }),
    origin,
    offers: [{ id: 'memory', provider: 'memory', name: 'Memory', way: 'none' }],
    live: { pollMs: 50 },
  })
  const request = async (url: string, init: RequestInit): Promise<Response> => {
    calls.push(`${init.method} ${url.replace('/calweave', '')}`)
    if (state.isDown) throw new TypeError('fetch failed')
    if (state.status) return new Response('<html>', { status: state.status })
    return handler(new Request(origin + url, { ...init, headers: { ...init.headers, origin } }))
  }
  const client: CalweaveClient = calweaveClient({ fetch: request })
  const weave = () => user.groups.create({ name: 'All', members: [{ calendarId: work }, { calendarId: home }] })
  const add: Page['add'] = (calendar, title, hour = '09') => {
    provider.service.calendar(calendar).add(
      completeContent({
        title,
        time: {
          start: { kind: 'timed', local: `2026-03-04T${hour}:00:00`, zone: 'Europe/Berlin' },
          end: { kind: 'timed', local: `2026-03-04T${hour}:30:00`, zone: 'Europe/Berlin' },
        },
      }),
    )
  }
  return { engine, user, provider, client, calls, state, weave, add, request }
}

/** Waits until something is so. */
export async function until(isSo: () => boolean, what = 'it'): Promise<void> {
  const end = Date.now() + 5_000
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`Waited too long for ${what}.`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
