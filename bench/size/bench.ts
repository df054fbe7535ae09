import { statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Storage } from '../../src/index.js'
import { sqliteStorage } from '../../src/storage/sqlite/index.js'
import { rounded } from '../measure.js'
import { twoServices } from './two-services.js'

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
  const path = join(tmpdir(), `calweave-bench-size-${process.pid}.db`)
  const storage = sqliteStorage({ path })
  const calls: Record<string, number> = {}
  try {
    const { jane, ids, copyCpuMs, requests, sync } = await twoServices(counted(storage, calls), events)
    const several = async (times: number, before: (nth: number) => void): Promise<SyncCost> => {
      let cpuMs = 0
      const took = { google: 0, microsoft: 0 }
      const storageCalls: Record<string, number> = {}
      for (let nth = 0; nth < times; nth++) {
        before(nth)
        Object.assign(requests, { google: 0, microsoft: 0 })
        for (const verb of Object.keys(calls)) delete calls[verb]
        cpuMs += await sync()
        took.google += requests.google
        took.microsoft += requests.microsoft
        for (const [verb, times] of Object.entries(calls)) storageCalls[verb] = (storageCalls[verb] ?? 0) + times
        await sync()
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
      copyCpuMsPerEvent: rounded(copyCpuMs / events),
      quietSync,
      edit,
    }
  } finally {
    await storage.close()
    console.error(`${path}: ${statSync(path).size} bytes`)
    for (const end of ['', '-wal', '-shm']) await rm(path + end, { force: true })
  }
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
