import type { Pool } from 'pg'
import { SyncEngine } from '../../src/index.js'
import { type PostgresPool, postgresStorage } from '../../src/storage/postgres/index.js'
import { groupId, userOf } from '../../test/scale/desk.js'
import { remoteProvider } from '../../test/scale/remote-provider.js'

/** How the database finds what a statement of a sync asks for. */
export interface Plan {
  readonly text: string
  /** How often one sync asks this, with other values. */
  readonly times: number
  /** The indices that are used; none for a statement that reads no table of ours. */
  readonly indices: readonly string[]
  /** Tables that are read from one end to the other. */
  readonly wholeTables: readonly string[]
  readonly sorts: boolean
  /** The most pages that it looked at, and the longest that it took. */
  readonly pages: number
  readonly ms: number
}

/** The plan of everything that a sync with one edit asks, with the values of that sync. Most pages first. */
export async function plansOfSync(
  pool: Pool,
  calendars: string,
  user: number,
  edit: () => void,
): Promise<readonly Plan[]> {
  const asked: { readonly text: string; readonly values: readonly unknown[] }[] = []
  const listening: PostgresPool = {
    query(text, values) {
      asked.push({ text, values: values ?? [] })
      return pool.query(text, values)
    },
  }
  const storage = postgresStorage({ pool: listening })
  const engine = new SyncEngine({ storage, providers: [remoteProvider(calendars)] })
  const sync = () => engine.user(userOf(user)).groups.sync(groupId)
  await sync()
  asked.length = 0
  edit()
  const { counts } = await sync()
  if (counts.updated !== 1) throw new Error(`Expected one update, got ${JSON.stringify(counts)}.`)
  const plans = new Map<string, Plan>()
  for (const { text, values } of asked) {
    const reads = /^SELECT id|^\(SELECT/.test(text)
    // What writes is only planned.
    if (!reads && !text.includes('.lease')) continue
    const explained = await pool.query<{ 'QUERY PLAN': readonly Explained[] }>(
      `EXPLAIN (FORMAT JSON${reads ? ', ANALYZE, BUFFERS' : ''}) ${text}`,
      [...values],
    )
    const found = planOf(text, explained.rows[0]?.['QUERY PLAN'][0])
    const before = plans.get(`${found.text}${found.indices}`)
    plans.set(`${found.text}${found.indices}`, {
      ...found,
      times: (before?.times ?? 0) + 1,
      pages: Math.max(found.pages, before?.pages ?? 0),
      ms: Math.max(found.ms, before?.ms ?? 0),
    })
  }
  return [...plans.values()].sort((a, b) => b.pages - a.pages)
}

interface Node {
  readonly 'Node Type': string
  readonly 'Index Name'?: string
  readonly 'Relation Name'?: string
  readonly 'Shared Hit Blocks'?: number
  readonly 'Shared Read Blocks'?: number
  readonly Plans?: readonly Node[]
}

interface Explained {
  readonly Plan: Node
  readonly 'Execution Time'?: number
}

function planOf(text: string, explained: Explained | undefined): Plan {
  if (!explained) throw new Error('The database explains nothing.')
  const nodes = nodesOf(explained.Plan)
  const { 'Shared Hit Blocks': hit = 0, 'Shared Read Blocks': read = 0 } = explained.Plan
  return {
    text: text.replaceAll(/\s+/g, ' '),
    times: 1,
    indices: [...new Set(nodes.flatMap((node) => node['Index Name'] ?? []))],
    wholeTables: nodes.flatMap((node) => (node['Node Type'] === 'Seq Scan' ? (node['Relation Name'] ?? []) : [])),
    sorts: nodes.some((node) => node['Node Type'].includes('Sort')),
    pages: hit + read,
    ms: explained['Execution Time'] ?? 0,
  }
}

function nodesOf(node: Node): readonly Node[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)]
}
