import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeBuilt, run } from '../children.js'
import type { EngineInput, EngineOutput } from './engine-child.js'

export async function engineBench(given: { readonly events: string }): Promise<readonly object[]> {
  const rows: object[] = []
  try {
    for (const events of given.events.split(',').map(Number)) {
      const folder = await mkdtemp(join(tmpdir(), 'calweave-bench-'))
      const input = { events, database: join(folder, 'state.db'), isControl: false } satisfies EngineInput
      rows.push({ events, ...(await run<EngineOutput>('engine', input)), control: await run<EngineOutput>('engine', { ...input, isControl: true }) })
      await rm(folder, { recursive: true, force: true })
    }
  } finally {
    await removeBuilt()
  }
  return rows
}
