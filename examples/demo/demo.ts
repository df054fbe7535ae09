import { readFile, stat } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { type Calendar, type CalendarProvider, type Run, type Storage, SyncEngine, type UserHandle } from 'calweave'
import { icsProvider } from 'calweave/providers/ics'
import { sqliteStorage } from 'calweave/storage/sqlite'
import { liveLine, say } from './screen.js'
import type { Side } from './side.js'

/** What every step works with. */
export interface Demo {
  /** Where the state is kept; all workers share it. */
  readonly database: string
  readonly work: Side
  readonly home: Side
  readonly calendars: { readonly team: Calendar; readonly work: Calendar; readonly home: Calendar }
  /** The worker that does the syncing now. */
  worker: Worker
}

/** An engine with a database connection of its own, as a process of a host would have. */
export interface Worker {
  readonly user: UserHandle
  readonly storage: Storage
}

export const groupId = 'mara'

/** How long a worker may be silent before another one takes over its work. */
const leaseMs = 1_500

/** Starts a worker. `wrap` gets the providers in its hands, to make them fail. */
export function startWorker(
  database: string,
  sides: readonly Side[],
  wrap: (provider: CalendarProvider) => CalendarProvider = (provider) => provider,
): Worker {
  const storage = sqliteStorage({ path: database })
  const providers = [icsProvider({ read: readCalendarFile }), ...new Set(sides.map(({ provider }) => provider))]
  const engine = new SyncEngine({
    storage,
    providers: providers.map(wrap),
    credentials: ({ id }) => sides.find(({ connection }) => connection.id === id)?.credentials,
    secret: 'a demo needs no better one',
    leaseMs,
  })
  return { user: engine.user('mara'), storage }
}

/** Connects the file and both calendars, and weaves them into one group. */
export async function weave(database: string, work: Side, home: Side, file: string): Promise<Demo> {
  const worker = startWorker(database, [work, home])
  const { user } = worker
  const team = await firstCalendar(user, {
    provider: 'ics',
    id: 'team',
    name: 'Team',
    settings: { url: pathToFileURL(file).href },
  })
  const calendars = {
    team,
    work: await firstCalendar(user, work.connection),
    home: await firstCalendar(user, home.connection),
  }
  await user.groups.create({
    id: groupId,
    name: "Mara's calendars",
    members: [
      { calendarId: team.id, direction: 'read' },
      { calendarId: calendars.work.id },
      { calendarId: calendars.home.id },
    ],
    // Two people changed one field to different values: ask, and write nothing before there is an answer.
    strategies: [{ use: 'askAPerson' }],
  })
  return { database, work, home, calendars, worker }
}

/** One sync, with a live line while it goes on and one line that says what it did. */
export async function sync(demo: Demo): Promise<Run> {
  const line = liveLine()
  const before = performance.now()
  const run = await demo.worker.user.groups.sync(groupId, {
    onProgress: ({ phase, counts }) => line.update(`syncing, ${phase}: ${listed(counts)}`),
  })
  line.end()
  if (run.end === 'busy') return run
  say(`→ synced in ${Math.round(performance.now() - before)} ms: ${listed(run.counts)}`)
  for (const { failure } of run.failures) say(`  ${failure.message}`)
  return run
}

function listed(counts: Run['counts']): string {
  const { observed, created, updated, removed, parked, failed } = counts
  const rare = `${parked > 0 ? `, ${parked} waiting for a person` : ''}${failed > 0 ? `, ${failed} failed` : ''}`
  return `${observed} seen, ${created} created, ${updated} updated, ${removed} removed${rare}`
}

async function firstCalendar(user: UserHandle, connection: Side['connection']): Promise<Calendar> {
  const { calendars } = await user.connections.add(connection)
  const [calendar] = calendars
  if (!calendar) throw new Error(`There is no calendar at "${connection.name}".`)
  return calendar
}

async function readCalendarFile(path: string): Promise<{ text: Uint8Array; modified: string }> {
  const { mtimeMs } = await stat(path)
  return { text: await readFile(path), modified: String(mtimeMs) }
}
