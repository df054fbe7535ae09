import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SyncEngine } from '../../src/index.js'
import { sqliteStorage } from '../../src/storage/sqlite/index.js'
import { measured, rounded } from '../measure.js'
import { type Service, services, startServices, type Usage } from './services.js'

/** One sync of a group of three calendars, at Google, Microsoft and iCloud. */
export interface TriangleRow {
  readonly phase: string
  /** In each calendar before the first sync. */
  readonly events: number
  readonly latencyMs: number
  readonly wallMs: number
  /** Of this process, so the work of the fakes is in it. */
  readonly cpuMs: number
  readonly peakRssMb: number
  readonly usage: Readonly<Record<Service, Usage>>
  readonly written: number
  /** How long the requests that have to wait for each other take with this latency, at least. */
  readonly floorMs: number
}

/**
 * Weaves three calendars together, each with events of its own, and syncs again after edits. The services are the fakes of
 * this process, and every request waits for the latency before it is answered.
 */
export async function triangleBench(given: {
  readonly events: string
  readonly latency: string
}): Promise<readonly TriangleRow[]> {
  const rows: TriangleRow[] = []
  for (const latencyMs of given.latency.split(',').map(Number))
    rows.push(...(await oneLatency(Number(given.events), latencyMs)))
  return rows
}

async function oneLatency(events: number, latencyMs: number): Promise<readonly TriangleRow[]> {
  const world = startServices(events, latencyMs)
  const database = join(tmpdir(), `calweave-bench-triangle-${process.pid}.db`)
  const storage = sqliteStorage({ path: database })
  try {
    const credentials = ({ id }: { readonly id: string }) => world.credentials[id as Service]
    const engine = new SyncEngine({ storage, providers: world.providers, credentials, secret: 'bench' })
    const user = engine.user('bench')
    for (const name of services) await user.connections.add({ provider: name, id: name })
    const known = await user.calendars.list()
    const members = services.map((name) => {
      const found = known.find(({ provider, remoteId }) => provider === name && remoteId === world.calendars[name])
      return { calendarId: found?.id ?? '' }
    })
    await user.groups.create({ id: 'bench', name: 'bench', members })

    const sync = async (phase: string, chain: number): Promise<TriangleRow> => {
      world.usage() // forget what came before
      const { cost, result } = await measured(() => user.groups.sync('bench'))
      if (result.failures.length > 0) throw new Error(JSON.stringify(result.failures.slice(0, 3)))
      const { created, updated, removed } = result.counts
      const row = {
        ...{ phase, events, latencyMs, usage: world.usage(), written: created + updated + removed },
        ...{ wallMs: rounded(cost.wallMs), cpuMs: rounded(cost.cpuMs), peakRssMb: rounded(cost.peakRssMb) },
        floorMs: rounded(chain * latencyMs),
      }
      console.error(`${latencyMs} ms, ${phase}: ${JSON.stringify(row)}`)
      return row
    }
    const rest = async (): Promise<void> => void (await user.groups.sync('bench'))

    // The longest of the three: Microsoft takes four requests at a time, and each event is one.
    const rows = [await sync('first sync', 2 + Math.ceil(events / 1_000) + (2 * events) / 4)]
    rows.push(await sync('echo', 1), await sync('no change', 1))
    for (const name of services) {
      world.edit(name, 0, 'Edited once')
      // Google tells what changed; of the other two it has to be asked for. Then it is written, to two calendars at once.
      rows.push(await sync(`one edit at ${name}`, name === 'google' ? 2 : 3))
      await rest()
    }
    for (let n = 1; n <= 5; n++) for (const name of services) world.edit(name, n, `Edited ${n}`)
    for (const name of services) world.add(name, events)
    // 12 writes to each calendar, four at a time.
    rows.push(await sync("a day's changes", 2 + 3))
    await rest()
    return [...rows, await sync('no change again', 1)]
  } finally {
    await storage.close()
    for (const end of ['', '-wal', '-shm']) await rm(database + end, { force: true })
  }
}
