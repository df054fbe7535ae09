import { statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Storage, SyncEngine } from '../../src/index.js'
import { googleProvider } from '../../src/providers/google/index.js'
import { microsoftProvider } from '../../src/providers/microsoft/index.js'
import { sqliteStorage } from '../../src/storage/sqlite/index.js'
import { type FakeGoogleCalendar, fakeGoogle } from '../../src/testing/google/index.js'
import { fakeMicrosoft } from '../../src/testing/microsoft/index.js'
import { measured, rounded } from '../measure.js'

/** What the figures of docs/SCALING.md are derived from. */
export interface SizeRow {
  readonly events: number
  /** One event of ten is a series with a changed occurrence. */
  readonly bytesPerEvent: number
  /** The same without the journal, the audit and the runs, which grow with time and not with events. */
  readonly bytesPerEventAtRest: number
  /** Of the database, by table or index. */
  readonly parts: Readonly<Record<string, number>>
  /** Of the first copy: engine, storage, providers, and the work of the fakes. */
  readonly copyCpuMsPerEvent: number
  readonly quietSync: SyncCost
  /** One event is edited at Google and written to Microsoft. */
  readonly edit: SyncCost
}

interface SyncCost {
  readonly cpuMs: number
  /** Requests at each service. */
  readonly google: number
  readonly microsoft: number
  /** Calls of the storage, by verb. */
  readonly storage: Readonly<Record<string, number>>
}

/**
 * A user with a calendar at Google and one at Microsoft, all in this process: how large the state is, and what a sync costs in
 * CPU time, requests and calls of the storage.
 */
export async function sizeBench(given: { readonly events: string }): Promise<readonly SizeRow[]> {
  const rows: SizeRow[] = []
  for (const events of given.events.split(',').map(Number)) rows.push(await oneSize(events))
  for (const { events, bytesPerEvent, copyCpuMsPerEvent, quietSync } of rows)
    console.error(
      `${events} events: ${bytesPerEvent} bytes and ${copyCpuMsPerEvent} ms of CPU each; a quiet sync ${quietSync.cpuMs} ms`,
    )
  return rows
}

async function oneSize(events: number): Promise<SizeRow> {
  const google = fakeGoogle()
  const microsoft = fakeMicrosoft()
  const jane = google.addAccount({ email: 'jane@example.com', token: 'google' }).calendar()
  const outlook = microsoft.addAccount({ email: 'jane@example.com', token: 'microsoft' })
  const ids = Array.from({ length: events }, (_, n) => addEvent(jane, n))
  const path = join(tmpdir(), `calweave-bench-size-${process.pid}.db`)
  const storage = sqliteStorage({ path })
  const calls: Record<string, number> = {}
  const requests = { google: 0, microsoft: 0 }
  const count = (service: keyof typeof requests) => () => {
    requests[service]++
  }
  const engine = new SyncEngine({
    storage: counted(storage, calls),
    providers: [
      googleProvider({
        ...{ fetch: google.fetch, onRequest: count('google') },
        ...{ requestsPerMinute: 1e9, projectRequestsPerMinute: 1e9 },
      }),
      microsoftProvider({
        ...{ fetch: microsoft.fetch, onRequest: count('microsoft') },
        ...{ requestsPerMinute: 1e9, appRequestsPerMinute: 1e9 },
      }),
    ],
    credentials: ({ provider }) => ({ accessToken: provider }),
    secret: 'bench',
  })
  try {
    const user = engine.user('bench')
    for (const provider of ['google', 'microsoft']) await user.connections.add({ provider, id: provider })
    const calendars = await user.calendars.list()
    const wanted = [jane.id, outlook.calendar().id]
    const members = calendars.filter(({ remoteId }) => wanted.includes(remoteId)).map(({ id }) => ({ calendarId: id }))
    await user.groups.create({ id: 'bench', name: 'bench', members })
    const sync = async (): Promise<{ readonly cpuMs: number; readonly written: number }> => {
      const { cost, result } = await measured(() => user.groups.sync('bench'))
      if (result.failures.length > 0 || result.counts.failed > 0) throw new Error(JSON.stringify(result))
      return { cpuMs: cost.cpuMs, written: result.counts.created + result.counts.updated }
    }
    const first = await sync()
    if (first.written !== events) throw new Error(`Expected ${events} copies, got ${first.written}.`)
    for (let echo = 0; echo < 3; echo++) await sync()
    const several = async (times: number, before: (nth: number) => void): Promise<SyncCost> => {
      let cpuMs = 0
      const took = { google: 0, microsoft: 0 }
      const storageCalls: Record<string, number> = {}
      for (let nth = 0; nth < times; nth++) {
        before(nth)
        Object.assign(requests, { google: 0, microsoft: 0 })
        for (const verb of Object.keys(calls)) delete calls[verb]
        cpuMs += (await sync()).cpuMs
        took.google += requests.google
        took.microsoft += requests.microsoft
        for (const [verb, times] of Object.entries(calls)) storageCalls[verb] = (storageCalls[verb] ?? 0) + times
        await user.groups.sync('bench')
      }
      const average = (sum: number): number => rounded(sum / times)
      return {
        cpuMs: average(cpuMs),
        google: average(took.google),
        microsoft: average(took.microsoft),
        storage: Object.fromEntries(Object.entries(storageCalls).map(([verb, sum]) => [verb, average(sum)])),
      }
    }
    const quietSync = await several(100, () => undefined)
    const parts = partsOf(path)
    const edit = await several(20, (nth) => jane.edit(ids[nth * 2] ?? '', { summary: `Edited ${nth}` }))
    const sum = (names: readonly [string, number][]): number => names.reduce((all, [, bytes]) => all + bytes, 0)
    const all = Object.entries(parts)
    const isHistory = /^(?:journal|audit|run)/
    return {
      events,
      bytesPerEvent: rounded(sum(all) / events),
      bytesPerEventAtRest: rounded(sum(all.filter(([name]) => !isHistory.test(name))) / events),
      parts,
      copyCpuMsPerEvent: rounded(first.cpuMs / events),
      quietSync,
      edit,
    }
  } finally {
    await storage.close()
    console.error(`${path}: ${statSync(path).size} bytes`)
    for (const end of ['', '-wal', '-shm']) await rm(path + end, { force: true })
  }
}

function addEvent(calendar: FakeGoogleCalendar, n: number): string {
  const day = new Date(Date.UTC(2026, 0, 1 + (n % 365))).toISOString().slice(0, 10)
  const isSeries = n % 10 === 9
  const { id = '' } = calendar.create({
    summary: `Review of the plan with the team, part ${n}`,
    description: 'What there is to say about it. '.repeat(8),
    location: 'Room 12, Main Street 5, 10115 Berlin',
    start: { dateTime: `${day}T09:00:00`, timeZone: 'Europe/Berlin' },
    end: { dateTime: `${day}T10:00:00`, timeZone: 'Europe/Berlin' },
    attendees: [
      { email: 'jane@example.com', responseStatus: 'accepted' },
      { email: `guest-${n}@example.com`, displayName: 'A guest', responseStatus: 'needsAction' },
    ],
    reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 15 }] },
    ...(isSeries ? { recurrence: ['RRULE:FREQ=WEEKLY;COUNT=10'] } : {}),
  })
  const second = isSeries ? calendar.occurrences(id)[1] : undefined
  if (second?.id) calendar.edit(second.id, { summary: `Otherwise, part ${n}` })
  return id
}

/** The same storage, with every call counted. */
function counted(storage: Storage, calls: Record<string, number>): Storage {
  return new Proxy(storage, {
    get(target, verb) {
      const method: unknown = Reflect.get(target, verb)
      if (typeof method !== 'function') return method
      return (...given: unknown[]) => {
        calls[String(verb)] = (calls[String(verb)] ?? 0) + 1
        return method.apply(target, given)
      }
    },
  })
}

/** By table or index, without pages that are free. */
function partsOf(path: string): Readonly<Record<string, number>> {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const rows = database
      .prepare('SELECT name, sum(pgsize) AS bytes FROM dbstat GROUP BY name ORDER BY bytes DESC')
      .all()
    return Object.fromEntries(rows.map(({ name, bytes }) => [String(name), Number(bytes)]))
  } finally {
    database.close()
  }
}
