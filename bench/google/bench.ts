import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SyncEngine } from '../../src/index.js'
import { googleProvider } from '../../src/providers/google/index.js'
import { sqliteStorage } from '../../src/storage/sqlite/index.js'
import { fakeGoogle } from '../../src/testing/google/index.js'
import { type Cost, measured, rounded } from '../measure.js'

/** One sync between two calendars at Google. */
export interface GoogleRow {
  readonly phase: string
  readonly events: number
  readonly wallMs: number
  readonly cpuMs: number
  readonly peakRssMb: number
  /** Requests by method of the API, those inside of batches included. */
  readonly requests: Readonly<Record<string, number>>
  /** What Google counts: a patch three times. */
  readonly quotaUnits: number
  /** How long the documented quota of one account makes these units take at least, beyond its first burst. */
  readonly quotaSeconds: number
  readonly written: number
  /**
   * The fewest requests that Google's documentation leaves: a listing in pages of 2,500 for each calendar, an insert for each
   * event, a patch for each change and each changed occurrence of a new series.
   */
  readonly least: number
}

/**
 * Copies a calendar of Google to an empty one of another account: what that costs in requests and quota. The service is the
 * fake one in this process, so the milliseconds hold its work, too, and no network.
 */
export async function googleBench(given: {
  readonly events: string
  readonly series: string
}): Promise<readonly GoogleRow[]> {
  const rows: GoogleRow[] = []
  for (const events of given.events.split(',').map(Number)) rows.push(...(await oneSize(events, Number(given.series))))
  for (const row of rows)
    console.error(
      `${row.events} events, ${row.phase}: ${row.wallMs} ms, ${JSON.stringify(row.requests)}, at least ${row.least}, ${row.quotaUnits} units`,
    )
  return rows
}

/** @param share - how many of a hundred events are series with a changed occurrence */
async function oneSize(events: number, share: number): Promise<readonly GoogleRow[]> {
  const google = fakeGoogle()
  const people = ['jane', 'joe'].map((name) => google.addAccount({ email: `${name}@example.com`, token: `of-${name}` }))
  const [jane, joe] = people.map((person) => person.calendar())
  if (!jane || !joe) throw new Error('There are two people.')
  const ids = Array.from({ length: events }, (_, n) => {
    const day = new Date(Date.UTC(2026, 0, 1 + (n % 365))).toISOString().slice(0, 10)
    const isSeries = n % 100 < share
    const { id = '' } = jane.create({
      summary: `Event ${n}`,
      description: 'What there is to say about it. '.repeat(5),
      start: { dateTime: `${day}T09:00:00`, timeZone: 'Europe/Berlin' },
      end: { dateTime: `${day}T10:00:00`, timeZone: 'Europe/Berlin' },
      ...(isSeries ? { recurrence: ['RRULE:FREQ=WEEKLY;COUNT=10'] } : {}),
    })
    const second = jane.occurrences(id)[1]
    if (isSeries && second?.id) jane.edit(second.id, { summary: `Event ${n}, otherwise` })
    return id
  })
  const database = join(tmpdir(), `calweave-bench-google-${process.pid}.db`)
  const storage = sqliteStorage({ path: database })
  try {
    const provider = googleProvider({ fetch: google.fetch, requestsPerMinute: 1e9, projectRequestsPerMinute: 1e9 })
    const credentials = ({ id }: { readonly id: string }) => ({ accessToken: `of-${id}` })
    const user = new SyncEngine({ storage, providers: [provider], credentials, secret: 'bench' }).user('bench')
    for (const name of ['jane', 'joe']) await user.connections.add({ provider: 'google', id: name })
    const members = (await user.calendars.list()).map(({ id }) => ({ calendarId: id }))
    await user.groups.create({ id: 'bench', name: 'bench', members })
    const series = ids.filter((_, n) => n % 100 < share)
    const sync = async (phase: string, writes: number): Promise<GoogleRow> => {
      google.requests.length = 0
      const { cost, result } = await measured(() => user.groups.sync('bench'))
      if (result.failures.length > 0) throw new Error(JSON.stringify(result.failures))
      const { created, updated, removed } = result.counts
      const methods = google.requests.map(({ method }) => method ?? 'none')
      const pages = phase === 'first copy' ? Math.ceil((events + series.length) / 2500) + 1 : 2
      return rowOf(phase, events, cost, methods, { written: created + updated + removed, least: pages + writes })
    }
    const rows = [await sync('first copy', events + series.length), await sync('echo', 0), await sync('no change', 0)]
    jane.edit(ids[share] ?? '', { summary: 'Edited' })
    rows.push(await sync('one edit', 1))
    await user.groups.sync('bench')
    const third = jane.occurrences(series[0] ?? '')[2]
    if (third?.id) jane.edit(third.id, { summary: 'Otherwise, too' })
    rows.push(await sync('one override', 1))
    await user.groups.sync('bench')
    for (let n = 0; n < events / 100; n++) jane.edit(ids[n * 100 + 99] ?? '', { location: `Room ${n}` })
    return [...rows, await sync('1 % changed', Math.ceil(events / 100))]
  } finally {
    await storage.close()
    for (const end of ['', '-wal', '-shm']) await rm(database + end, { force: true })
  }
}

function rowOf(
  phase: string,
  events: number,
  cost: Cost,
  methods: readonly string[],
  counts: Pick<GoogleRow, 'written' | 'least'>,
): GoogleRow {
  const requests: Record<string, number> = {}
  for (const method of methods) requests[method] = (requests[method] ?? 0) + 1
  const quotaUnits = methods.length + 2 * (requests['events.patch'] ?? 0)
  return {
    ...{ phase, events, ...counts, requests, quotaUnits },
    quotaSeconds: rounded(Math.max(0, quotaUnits - 100) / (500 / 60)),
    wallMs: rounded(cost.wallMs),
    cpuMs: rounded(cost.cpuMs),
    peakRssMb: rounded(cost.peakRssMb),
  }
}
