import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isSyncError } from '../../src/errors.js'
import type { RemoteCalendarId } from '../../src/model/ids.js'
import { type Gate, type MemoryService, memoryProvider } from '../../src/providers/memory/index.js'
import type { ProviderAccount } from '../../src/providers/provider.js'
import type { WireAnswer, WireCall } from './calendar-wire.js'

/** The calendar service that all workers share, as a process of its own would offer it. */
export interface CalendarServer {
  readonly url: string
  /** Calls that were answered so far. */
  readonly calls: number
  stop(): Promise<void>
}

/** Serves a memory service over HTTP on the loopback interface. `gate` stands before and after every call. */
export async function serveCalendars(service: MemoryService, gate: Gate): Promise<CalendarServer> {
  const provider = memoryProvider({ service, gate })
  const accounts = new Map<string, ProviderAccount>()
  const accountOf = (account: string): ProviderAccount => {
    const known = accounts.get(account) ?? provider.open({ settings: { account }, credentials: undefined })
    accounts.set(account, known)
    return known
  }
  let calls = 0
  const server = createServer(async (question, reply) => {
    const parts: Buffer[] = []
    for await (const part of question) parts.push(part as Buffer)
    const call = JSON.parse(Buffer.concat(parts).toString('utf8')) as WireCall
    const answer = await answered(accountOf(call.account), call)
    calls++
    reply.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    get calls() {
      return calls
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

async function answered(account: ProviderAccount, { method, args }: WireCall): Promise<WireAnswer> {
  try {
    if (method === 'changes') return { value: await listing(account, args) }
    const work = account[method] as (...given: readonly unknown[]) => Promise<unknown>
    return { value: (await work(...args)) ?? null }
  } catch (error) {
    if (!isSyncError(error)) throw error
    const { code, message, retryAfterMs } = error
    return { error: { code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) } }
  }
}

async function listing(account: ProviderAccount, [calendar, from]: readonly unknown[]) {
  const pull = await account.changes(calendar as RemoteCalendarId, {
    ...(from as object),
    known: async () => new Map(),
    held: async function* () {},
  })
  const pages: unknown[] = []
  for await (const page of pull.pages) pages.push(page)
  return { complete: pull.complete, pages }
}
