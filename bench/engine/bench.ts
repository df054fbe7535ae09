import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeBuilt, run } from '../children.js'
import { rounded } from '../measure.js'
import type { EngineInput, EngineOutput, SyncFigures } from './engine-child.js'

/** One size of calendar. */
export interface EngineRow {
  readonly provider: string
  readonly events: number
  readonly firstWallMs: number
  readonly firstCpuMs: number
  readonly eventsPerSecond: number
  /** Before the first sync, and at most in it. */
  readonly rssBeforeMb: number
  readonly peakRssMb: number
  /** What a sync without a change costs. */
  readonly unchangedMs: number
  readonly unchangedCalls: Readonly<Record<string, number>>
  readonly secondMs: number
  readonly secondCalls: Readonly<Record<string, number>>
  readonly stateBytesPerEvent: number
  readonly stateBytesPerEventBy: Readonly<Record<string, number>>
}

/** Copies calendars of growing size within this process, so that only the engine and its storage have work to do. */
export async function engineBench(given: {
  readonly events: string
  readonly provider: string
}): Promise<readonly EngineRow[]> {
  const { provider } = given
  if (provider !== 'weightless' && provider !== 'memory') throw new Error(`There is no provider "${provider}" here.`)
  const rows: EngineRow[] = []
  try {
    for (const events of given.events.split(',').map(Number)) rows.push(await oneSize(events, provider))
  } finally {
    await removeBuilt()
  }
  for (const row of rows) console.error(summary(row))
  const [small, large] = [rows[0], rows.at(-1)]
  if (small && large && small !== large)
    console.error(
      `peak RSS grows by ${rounded(large.peakRssMb - small.peakRssMb)} MB from ${small.events} to ${large.events} events`,
    )
  return rows
}

async function oneSize(events: number, provider: EngineInput['provider']): Promise<EngineRow> {
  const folder = await mkdtemp(join(tmpdir(), 'calweave-bench-'))
  try {
    const input: EngineInput = { events, database: join(folder, 'state.db'), provider }
    return rowOf(input, await run<EngineOutput>('engine', input))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function rowOf({ events, provider }: EngineInput, output: EngineOutput): EngineRow {
  const { first, second, unchanged, stateBytes, stateParts, rssBeforeMb } = output
  const wall = ({ cost }: SyncFigures): number => rounded(cost.wallMs)
  return {
    provider,
    events,
    firstWallMs: wall(first),
    firstCpuMs: rounded(first.cost.cpuMs),
    eventsPerSecond: rounded((events / first.cost.wallMs) * 1_000),
    rssBeforeMb: rounded(rssBeforeMb),
    peakRssMb: rounded(unchanged.cost.peakRssMb),
    unchangedMs: wall(unchanged),
    unchangedCalls: unchanged.calls,
    secondMs: wall(second),
    secondCalls: second.calls,
    stateBytesPerEvent: Math.round(stateBytes / events),
    stateBytesPerEventBy: Object.fromEntries(
      Object.entries(stateParts).map(([name, bytes]) => [name, Math.round(bytes / events)]),
    ),
  }
}

function summary(row: EngineRow): string {
  return (
    `${row.events} events: first sync ${row.firstWallMs} ms (${row.eventsPerSecond} events/s, CPU ${row.firstCpuMs} ms), ` +
    `RSS ${row.rssBeforeMb} -> ${row.peakRssMb} MB, no change ${row.unchangedMs} ms, ${row.stateBytesPerEvent} bytes of state per event`
  )
}
