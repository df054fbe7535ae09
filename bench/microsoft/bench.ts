import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SyncEngine } from '../../src/index.js'
import { microsoftProvider } from '../../src/providers/microsoft/index.js'
import { sqliteStorage } from '../../src/storage/sqlite/index.js'
import { fakeMicrosoft } from '../../src/testing/microsoft/index.js'
import { type Cost, measured, rounded } from '../measure.js'
import { addEvent, dayOf } from './events.js'

/** One sync between two calendars at Microsoft. */
export interface MicrosoftRow {
  readonly phase: string
  readonly events: number
  readonly wallMs: number
  readonly cpuMs: number
  readonly peakRssMb: number
  /** Requests on the wire, those that carry a batch included. */
  readonly requests: number
  /** How many of them carry a batch. */
  readonly batches: number
  /** What Graph counts, and what would be sent if there were no batches: requests by method, those inside of batches included. */
  readonly calls: Readonly<Record<string, number>>
  /** How long Microsoft's limit of one mailbox, 10,000 calls in ten minutes, takes for the busier of the two, beyond that burst. */
  readonly paceSeconds: number
  readonly bytesUp: number
  readonly bytesDown: number
  readonly written: number
  /** The fewest requests that Graph leaves when each is sent by itself. */
  readonly least: number
  /** The fewest when reads and writes share batches of 20. */
  readonly leastBatched: number
}

/**
 * Copies a calendar of Microsoft to an empty one of another account: what that costs in requests. The service is the fake
 * one in this process, so the milliseconds hold its work, too, and no network.
 */
export async function microsoftBench(given: {
  readonly events: string
  readonly series: string
}): Promise<readonly MicrosoftRow[]> {
  const rows: MicrosoftRow[] = []
  for (const events of given.events.split(',').map(Number)) rows.push(...(await oneSize(events, Number(given.series))))
  for (const row of rows)
    console.error(
      `${row.events} events, ${row.phase}: ${row.wallMs} ms, ${row.requests} requests (${row.batches} batches) for ` +
        `${JSON.stringify(row.calls)}, at least ${row.least}, or ${row.leastBatched} in batches`,
    )
  return rows
}

/** @param share - how many of a hundred events are series with a changed occurrence */
async function oneSize(events: number, share: number): Promise<readonly MicrosoftRow[]> {
  const microsoft = fakeMicrosoft()
  const people = ['jane', 'joe'].map((name) => microsoft.addAccount({ email: `${name}@example.com`, token: name }))
  const [jane, joe] = people.map((person) => person.calendar())
  if (!jane || !joe) throw new Error('There are two people.')
  const ids = Array.from({ length: events }, (_, n) => addEvent(jane, n, n % 100 < share))
  const database = join(tmpdir(), `calweave-bench-microsoft-${process.pid}.db`)
  const storage = sqliteStorage({ path: database })
  const wire: Wire = { requests: 0, batches: 0, bytesUp: 0, bytesDown: 0 }
  try {
    const provider = microsoftProvider({
      fetch: microsoft.fetch,
      requestsPerMinute: 1e9,
      appRequestsPerMinute: 1e9,
      onRequest({ url, bytesUp, bytesDown }) {
        wire.requests++
        if (url.endsWith('/$batch')) wire.batches++
        wire.bytesUp += bytesUp
        wire.bytesDown += bytesDown
      },
    })
    const credentials = ({ id }: { readonly id: string }) => ({ accessToken: id })
    const user = new SyncEngine({ storage, providers: [provider], credentials, secret: 'bench' }).user('bench')
    for (const name of ['jane', 'joe']) await user.connections.add({ provider: 'microsoft', id: name })
    const members = (await user.calendars.list()).map(({ id }) => ({ calendarId: id }))
    await user.groups.create({ id: 'bench', name: 'bench', members })
    const series = ids.filter((_, n) => n % 100 < share)

    const sync = async (phase: string, least: Least): Promise<MicrosoftRow> => {
      microsoft.requests.length = 0
      Object.assign(wire, { requests: 0, batches: 0, bytesUp: 0, bytesDown: 0 })
      const { cost, result } = await measured(() => user.groups.sync('bench'))
      if (result.failures.length > 0) throw new Error(JSON.stringify(result.failures))
      const { created, updated, removed } = result.counts
      const tokens = microsoft.requests.map(({ headers }) => headers['authorization'])
      const busier = Math.max(...['jane', 'joe'].map((name) => tokens.filter((one) => one === `Bearer ${name}`).length))
      return {
        ...{ phase, events, ...wire, calls: counted(microsoft.requests), written: created + updated + removed },
        ...{ paceSeconds: rounded(Math.max(0, busier - 10_000) / (10_000 / 600)), ...costOf(cost) },
        ...{ least: least.rounds + least.reads + least.writes },
        leastBatched: least.rounds + Math.ceil(least.reads / 20) + Math.ceil(least.writes / 20),
      }
    }
    const copy: Least = {
      rounds: 2 + Math.ceil(events / largestPage) + 1,
      // Of a series the exceptions have to be asked for, and the id of the occurrence that is to be changed.
      reads: 2 * series.length,
      writes: events + series.length,
    }
    const quiet: Least = { rounds: 2, reads: 0, writes: 0 }
    const rows = [await sync('first copy', copy), await sync('echo', quiet), await sync('no change', quiet)]
    jane.edit(ids[share] ?? '', { subject: 'Edited' })
    rows.push(await sync('one edit', { rounds: 2, reads: 1, writes: 1 }))
    await user.groups.sync('bench')
    jane.editOccurrence(series[0] ?? '', dayOf(14), { subject: 'Otherwise, too' })
    rows.push(await sync('one override', { rounds: 2, reads: 2, writes: 1 }))
    await user.groups.sync('bench')
    for (let n = 0; n < events / 100; n++)
      jane.edit(ids[n * 100 + 99] ?? '', { location: { displayName: `Room ${n}` } })
    const changed = Math.ceil(events / 100)
    return [...rows, await sync('1 % changed', { rounds: 2, reads: changed, writes: changed })]
  } finally {
    await storage.close()
    for (const end of ['', '-wal', '-shm']) await rm(database + end, { force: true })
  }
}

interface Wire {
  requests: number
  batches: number
  bytesUp: number
  bytesDown: number
}

/** What a sync cannot do without, by what can share a batch. */
interface Least {
  /** Rounds of changes, and pages of listings: each follows from the one before it. */
  readonly rounds: number
  /** Events that have to be read: a round of changes tells nothing of our marks. */
  readonly reads: number
  readonly writes: number
}

/** How many events one page of a listing can hold; general knowledge. */
const largestPage = 1_000

function counted(requests: readonly { readonly method: string | undefined }[]): Readonly<Record<string, number>> {
  const calls: Record<string, number> = {}
  for (const { method = 'none' } of requests) calls[method] = (calls[method] ?? 0) + 1
  return calls
}

function costOf(cost: Cost): Pick<MicrosoftRow, 'wallMs' | 'cpuMs' | 'peakRssMb'> {
  return { wallMs: rounded(cost.wallMs), cpuMs: rounded(cost.cpuMs), peakRssMb: rounded(cost.peakRssMb) }
}
