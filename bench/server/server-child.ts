import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { completeContent, SyncEngine } from '../../src/index.js'
import { memoryProvider } from '../../src/providers/memory/index.js'
import { syncHandler, toNodeHandler } from '../../src/server/index.js'
import { sqliteStorage } from '../../src/storage/sqlite/index.js'
import { type ServiceWatch, watchedProvider } from '../../test/support/watched-provider.js'
import { answer } from '../child.js'

export interface ServerInput {
  readonly database: string
  /** Occurrences of the month: half of them single events, half of daily series. */
  readonly events: number
  /** Events of the calendar that is imported for the first time. */
  readonly imported: number
}

export interface ServerOutput {
  readonly url: string
  /** The month that the events are in, milliseconds since 1970. */
  readonly from: number
  readonly to: number
  /** A watch of the service, to send notices of. */
  readonly watch: Pick<ServiceWatch, 'id' | 'token' | 'calendar'>
}

const day = 86_400_000
const from = Date.UTC(2026, 0, 1)

/** A server with two people: one with a full month, one who is about to import a calendar and whose service sends notices. */
answer(async ({ database, events, imported }: ServerInput): Promise<ServerOutput> => {
  let isAway = false
  // While a calendar is imported its service is a little away, as every service is: a millisecond for each call.
  const memory = memoryProvider({
    gate: async ({ phase }) => {
      if (isAway && phase === 'before') await new Promise((resolve) => setTimeout(resolve, 1))
      return 'ok'
    },
  })
  const provider = watchedProvider(memory, Date.now)
  const { service } = memory
  const at = (minutes: number) => ({
    kind: 'timed' as const,
    local: new Date(from + minutes * 60_000).toISOString().slice(0, 19),
    zone: 'Europe/Berlin',
  })
  const event = (nth: number, minutes: number) =>
    completeContent({
      title: `Meeting ${nth} about the plan`,
      description: 'What was said last time, and what is to be decided now.',
      location: `Room ${nth % 40}`,
      time: { start: at(minutes), end: at(minutes + 30) },
    })
  service.addCalendar({ id: 'month' }, 'busy')
  service.addCalendar({ id: 'aside' }, 'busy')
  for (let nth = 0; nth < events / 2; nth++)
    service.calendar('month', 'busy').add(event(nth, (nth * 30 * 1_440) / (events / 2)))
  for (let nth = 0; nth < events / 60; nth++)
    service.calendar('month', 'busy').add({
      ...event(nth, 480 + (nth % 60)),
      recurrence: { rule: 'FREQ=DAILY;COUNT=30', rdates: [] },
    })
  service.addCalendar({ id: 'old' }, 'new')
  service.addCalendar({ id: 'target' }, 'new')
  for (let nth = 0; nth < imported; nth++) service.calendar('old', 'new').add(event(nth, nth * 60))

  const storage = sqliteStorage({ path: database })
  const engine = new SyncEngine({ storage, providers: [provider], secret: 'bench' })
  const busy = engine.user('busy')
  const { calendars } = await busy.connections.add({ provider: 'memory', settings: { account: 'busy' } })
  // Nothing is copied: what is measured is reading.
  const members = calendars.map(({ id }) => ({ calendarId: id, sends: { any: [] } }))
  await busy.groups.create({ name: 'bench', id: 'bench', members })
  await busy.groups.sync('bench')
  const fresh = engine.user('new')
  const connected = await fresh.connections.add({ provider: 'memory', settings: { account: 'new' } })
  await fresh.groups.create({
    ...{ name: 'import', id: 'import' },
    members: connected.calendars.map(({ id }) => ({ calendarId: id })),
  })
  await fresh.watches.start({ calendarId: connected.calendars[0]?.id ?? '', address: 'https://app.example.com/push' })
  const [watch] = provider.watches.values()
  if (!watch) throw new Error('The service has no watch.')

  isAway = true
  const handler = syncHandler({
    engine,
    authenticate: (request) => {
      const userId = request.headers.get('x-user')
      return userId === null ? null : { userId }
    },
    limits: { requestsPerMinute: 1_000_000, streamsPerUser: 10_000, syncMs: 600_000 },
    // What is told comes from this process.
    live: { pollMs: 600_000 },
  })
  const server = createServer(toNodeHandler(handler))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const { id, token, calendar } = watch
  return { url: `http://127.0.0.1:${port}/calweave`, from, to: from + 31 * day, watch: { id, token, calendar } }
})
