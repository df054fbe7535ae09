import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { readObject } from '../../src/ical/read.js'
import { type CalendarProvider, type Run, SyncEngine } from '../../src/index.js'
import { memoryProvider } from '../../src/providers/memory/index.js'
import { sqliteStorage } from '../../src/storage/sqlite/index.js'
import { answer } from '../child.js'
import { eventText } from '../events.js'
import { type Cost, measured } from '../measure.js'
import { type Calls, weightlessProvider } from './weightless-provider.js'

export interface EngineInput {
  readonly events: number
  readonly database: string
  readonly provider: 'weightless' | 'memory'
}

export interface SyncFigures {
  readonly cost: Cost
  /** What was asked of the provider. A `page` is a part of a listing. */
  readonly calls: Calls
  readonly writes: number
}

export interface EngineOutput {
  /** With the calendars filled, before the first sync. */
  readonly rssBeforeMb: number
  readonly first: SyncFigures
  /** The sync after it: with the memory provider, whose cursor does not move by our writes, it reads their echo. */
  readonly second: SyncFigures
  readonly unchanged: SyncFigures
  readonly stateBytes: number
  /** Of the state, by table or index. */
  readonly stateParts: Readonly<Record<string, number>>
}

answer(async ({ events, database, provider: kind }: EngineInput): Promise<EngineOutput> => {
  let calls: Calls = {}
  const provider = kind === 'memory' ? filledMemory(events, () => calls) : weightlessProvider(events, () => calls)
  const storage = sqliteStorage({ path: database })
  const engine = new SyncEngine({ storage, providers: [provider], secret: 'bench' })
  const user = engine.user('bench')
  const { calendars } = await user.connections.add({ provider: provider.id })
  const members = calendars.map(({ id }) => ({ calendarId: id }))
  const { id } = await user.groups.create({ name: 'bench', members })
  globalThis.gc?.()
  const rssBeforeMb = process.memoryUsage.rss() / 1_048_576
  const sync = async (expected: number): Promise<SyncFigures> => {
    calls = {}
    const { cost, result } = await measured(() => user.groups.sync(id))
    assertDone(result, expected)
    return { cost, calls, writes: result.counts.created }
  }
  const [first, second, unchanged] = [await sync(events), await sync(0), await sync(0)]
  await storage.close()
  return { rssBeforeMb, first, second, unchanged, stateBytes: statSync(database).size, stateParts: partsOf(database) }
})

/** A fast run that did not do its work is no result. */
function assertDone({ end, more, counts }: Run, expected: number): void {
  if (
    end === 'finished' &&
    !more &&
    counts.created === expected &&
    counts.updated + counts.removed + counts.failed === 0
  )
    return
  throw new Error(`Expected ${expected} created and nothing else, got ${end}, ${JSON.stringify(counts)}.`)
}

function filledMemory(events: number, calls: () => Calls): CalendarProvider {
  const provider = memoryProvider({ calendars: [{ id: 'from' }, { id: 'to' }] })
  for (let n = 0; n < events; n++) {
    const unit = readObject(eventText(n))
    if (!unit.ok) throw unit.error
    provider.service.calendar('from').add(unit.content, { uid: unit.uid })
  }
  provider.setGate(async ({ method, phase }) => {
    const current = calls()
    if (phase === 'before') current[method] = (current[method] ?? 0) + 1
    return 'ok'
  })
  return provider
}

function partsOf(path: string): Readonly<Record<string, number>> {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const rows = database
      .prepare('SELECT name, sum(pgsize) AS bytes FROM dbstat GROUP BY name ORDER BY bytes DESC LIMIT 12')
      .all()
    const { free } = database
      .prepare('SELECT freelist_count * page_size AS free FROM pragma_freelist_count, pragma_page_size')
      .get() as { free: number }
    return { free, ...Object.fromEntries(rows.map(({ name, bytes }) => [String(name), Number(bytes)])) }
  } finally {
    database.close()
  }
}
