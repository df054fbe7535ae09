import { SyncEngine, type RunCounts } from '../../src/index.js'
import { readObject } from '../../src/ical/read.js'
import { memoryProvider } from '../../src/providers/memory/index.js'
import { sqliteStorage } from '../../src/storage/sqlite/index.js'
import { statSync } from 'node:fs'
import { answer } from '../child.js'
import { eventText } from '../events.js'
import { type Cost, measured } from '../measure.js'

export interface EngineInput {
  readonly events: number
  readonly database: string
  /** Fill both calendars and stop: what the calendars themselves hold after a sync. */
  readonly isControl: boolean
}
export interface EngineOutput {
  readonly filledRssMb: number
  readonly peakRssMb: number
  readonly first?: Cost
  readonly counts?: RunCounts
  readonly second?: Cost
  readonly calls: readonly Record<string, number>[]
  readonly stateBytes?: number
}

answer(async ({ events, database, isControl }: EngineInput): Promise<EngineOutput> => {
  const provider = memoryProvider({ calendars: [{ id: 'from' }, { id: 'to' }] })
  for (let n = 0; n < events; n++) {
    const unit = readObject(eventText(n))
    if (!unit.ok) throw unit.error
    provider.service.calendar('from').add(unit.content, { uid: unit.uid })
    if (isControl) provider.service.calendar('to').add(structuredClone(unit.content), { uid: `copy-${n}` })
  }
  globalThis.gc?.()
  const filledRssMb = process.memoryUsage.rss() / 1_048_576
  if (isControl) return { filledRssMb, peakRssMb: process.resourceUsage().maxRSS / 1_024, calls: [] }
  const calls: Record<string, number>[] = []
  provider.setGate(async ({ method, phase }) => {
    const current = calls.at(-1)
    if (phase === 'before' && current) current[method] = (current[method] ?? 0) + 1
    return 'ok'
  })
  const storage = sqliteStorage({ path: database })
  const engine = new SyncEngine({ storage, providers: [provider], secret: 'bench' })
  const user = engine.user('bench')
  const { calendars } = await user.connections.add({ provider: 'memory' })
  await user.groups.create({ id: 'bench', name: 'bench', members: calendars.map(({ id }) => ({ calendarId: id })) })
  calls.push({})
  const first = await measured(() => user.groups.sync('bench'))
  if (first.result.counts.created !== events || first.result.more) throw new Error(JSON.stringify(first.result))
  calls.push({})
  const second = await measured(() => user.groups.sync('bench'))
  await storage.close()
  return {
    filledRssMb,
    peakRssMb: process.resourceUsage().maxRSS / 1_024,
    first: first.cost,
    counts: second.result.counts,
    second: second.cost,
    calls,
    stateBytes: statSync(database).size,
  }
})
