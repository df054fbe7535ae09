import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeBuilt, run } from '../children.js'
import { edited, eventText } from '../events.js'
import { type Cost, median, rounded } from '../measure.js'
import { authorization, type Pair, type PairName, pairNames, putText, startPair } from './pairs.js'
import { type Stage, stagesOf } from './recording.js'
import type { ReplayInput, ReplayOutput } from './replay-child.js'
import { type Row, table } from './report.js'
import type { SyncInput, SyncOutput } from './sync-child.js'
import { ensureVdirsyncer, vdirsyncerOf } from './vdirsyncer.js'

const phases = ['first copy', 'no change', '1 % changed'] as const
type Phase = (typeof phases)[number]
type Client = SyncInput['client']
type PerPhase<T> = Readonly<Record<Phase, T>>

/** Copies a calendar to an empty one, syncs again, and syncs edits of both sides; beside it the same requests alone. */
export async function copyBench(given: {
  readonly events: string
  readonly pairs: string
  readonly server: string
  readonly peer: string
  readonly fetch: string
  readonly repetitions: string
}): Promise<readonly Row[]> {
  const events = Number(given.events)
  const rows: Row[] = []
  const client = given.fetch
  if (client !== 'global' && client !== 'guarded')
    throw new Error(`There is no fetch "${client}"; there are global, guarded.`)
  if (given.peer && given.peer !== 'vdirsyncer')
    throw new Error(`There is no peer "${given.peer}"; there is vdirsyncer.`)
  if (given.peer) await ensureVdirsyncer()
  try {
    for (const name of [...given.pairs.split(','), ...(given.server ? [given.server] : [])]) {
      if (!isPairName(name)) throw new Error(`There is no pair "${name}"; there are ${pairNames.join(', ')}.`)
      rows.push(...(await onePair(name, events, Number(given.repetitions), given.peer !== '', client)))
    }
  } finally {
    await removeBuilt()
  }
  console.error(table(rows))
  return rows
}

function isPairName(name: string): name is PairName {
  return (pairNames as readonly string[]).includes(name)
}

async function onePair(
  name: PairName,
  events: number,
  repetitions: number,
  hasPeer: boolean,
  client: Client,
): Promise<readonly Row[]> {
  const recorded = await withPair(name, events, (pair) => syncPhases(pair, events, true, client))
  const stages = eachPhase((phase) => stagesOf(recorded.outputs[phase].sent))
  const ours: PerPhase<SyncOutput>[] = []
  const undici: PerPhase<ReplayOutput>[] = []
  const plain: PerPhase<ReplayOutput>[] = []
  const peer: PerPhase<Cost>[] = []
  for (let round = 0; round < repetitions; round++) {
    console.error(`${name}: repetition ${round + 1} of ${repetitions}`)
    ours.push((await withPair(name, events, (pair) => syncPhases(pair, events, false, client))).outputs)
    const replay = (client: ReplayInput['client']) =>
      withPair(name, events, (pair) => replayPhases(pair, events, { client, stages, recordedUrls: recorded.urls }))
    undici.push(await replay('undici'))
    plain.push(await replay('fetch'))
    if (hasPeer) peer.push(await withPair(name, events, (pair) => peerPhases(pair, events)))
  }
  return phases.map((phase) =>
    row(
      name,
      phase,
      events,
      stages[phase],
      client,
      of(ours, phase),
      of(undici, phase),
      of(plain, phase),
      of(peer, phase),
    ),
  )
}

function of<T>(all: readonly PerPhase<T>[], phase: Phase): readonly T[] {
  return all.map((one) => one[phase])
}

async function withPair<T>(name: PairName, events: number, work: (pair: Pair) => Promise<T>): Promise<T> {
  const pair = await startPair(name, events)
  try {
    return await work(pair)
  } finally {
    await pair.stop()
  }
}

async function syncPhases(
  pair: Pair,
  events: number,
  record: boolean,
  client: Client,
): Promise<{ readonly urls: Pair['urls']; readonly outputs: PerPhase<SyncOutput> }> {
  const folder = await mkdtemp(join(tmpdir(), 'calweave-bench-'))
  try {
    const outputs: Partial<Record<Phase, SyncOutput>> = {}
    for (const phase of phases) {
      if (phase === '1 % changed') await editBoth(pair, events)
      const database = join(folder, 'state.db')
      const input: SyncInput = { database, urls: pair.urls, isFirst: phase === 'first copy', record, client }
      outputs[phase] = await run<SyncOutput>('sync', input)
      assertDone(phase, events, outputs[phase])
    }
    return { urls: pair.urls, outputs: outputs as PerPhase<SyncOutput> }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function replayPhases(
  pair: Pair,
  events: number,
  given: Pick<ReplayInput, 'client' | 'recordedUrls'> & { readonly stages: PerPhase<readonly Stage[]> },
): Promise<PerPhase<ReplayOutput>> {
  const outputs: Partial<Record<Phase, ReplayOutput>> = {}
  let tokens: ReplayInput['tokens'] = {}
  for (const phase of phases) {
    if (phase === '1 % changed') await editBoth(pair, events)
    const input: ReplayInput = { ...given, stages: given.stages[phase], urls: pair.urls, tokens }
    const output = await run<ReplayOutput>('replay', input)
    if (output.refused > 0) throw new Error(`${phase}: ${output.refused} replayed requests were refused.`)
    tokens = output.tokens
    outputs[phase] = output
  }
  return outputs as PerPhase<ReplayOutput>
}

async function peerPhases(pair: Pair, events: number): Promise<PerPhase<Cost>> {
  const folder = await mkdtemp(join(tmpdir(), 'calweave-bench-peer-'))
  try {
    const peer = await vdirsyncerOf(pair, folder)
    const costs: Partial<Record<Phase, Cost>> = {}
    for (const phase of phases) {
      if (phase === '1 % changed') await editBoth(pair, events)
      costs[phase] = await peer.sync()
    }
    const copies = await countIn(pair.urls[1])
    if (copies !== events) throw new Error(`vdirsyncer copied ${copies} of ${events} events.`)
    return costs as PerPhase<Cost>
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** People edit the first events of the first calendar, and in the second the copies of other events. */
async function editBoth({ urls: [from, to] }: Pair, events: number): Promise<void> {
  const share = Math.ceil(events / 100)
  for (let n = 0; n < share; n++) await putText(`${from}event-${n}.ics`, edited(eventText(n)))
  const others = new Set(Array.from({ length: share }, (_, n) => titleOf(eventText(events - 1 - n))))
  for (const { url, text } of await copiesIn(to, others)) await putText(url, edited(text))
}

function titleOf(text: string): string {
  return /^SUMMARY:(.*?)\r?$/m.exec(text)?.[1] ?? ''
}

async function copiesIn(
  calendar: string,
  titles: ReadonlySet<string>,
): Promise<readonly { readonly url: string; readonly text: string }[]> {
  const found: { url: string; text: string }[] = []
  for (const url of await addressesIn(calendar)) {
    const text = await (await fetch(url, { headers: { authorization } })).text()
    if (titles.has(titleOf(text))) found.push({ url, text })
    if (found.length === titles.size) break
  }
  return found
}

async function addressesIn(calendar: string): Promise<readonly string[]> {
  const headers = { authorization, depth: '1', 'content-type': 'application/xml; charset=utf-8' }
  const body = '<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>'
  const listing = await (await fetch(calendar, { method: 'PROPFIND', headers, body })).text()
  return [...listing.matchAll(/href>([^<]+\.ics)</g)].map(([, href = '']) => new URL(href, calendar).href)
}

async function countIn(calendar: string): Promise<number> {
  return (await addressesIn(calendar)).length
}

/** A fast run that did not do its work is no result. */
function assertDone(phase: Phase, events: number, { counts }: SyncOutput): void {
  const changed = 2 * Math.ceil(events / 100)
  const expected: PerPhase<readonly [number, number]> = {
    'first copy': [events, 0],
    'no change': [0, 0],
    '1 % changed': [0, changed],
  }
  const [created, updated] = expected[phase]
  if (counts.created !== created || counts.updated !== updated || counts.removed + counts.failed > 0)
    throw new Error(`${phase}: expected ${created} created and ${updated} updated, got ${JSON.stringify(counts)}.`)
}

function row(
  pair: PairName,
  phase: Phase,
  events: number,
  stages: readonly Stage[],
  client: Client,
  ours: readonly SyncOutput[],
  undici: readonly ReplayOutput[],
  plain: readonly ReplayOutput[],
  peer: readonly Cost[],
): Row {
  const cost = (outputs: readonly { readonly cost: Cost }[], key: keyof Cost): number =>
    median(outputs.map((output) => output.cost[key]))
  const peers = (key: keyof Cost): number => rounded(median(peer.map((one) => one[key])))
  const [first] = ours as [SyncOutput]
  const wallMs = cost(ours, 'wallMs')
  const floorWallMs = cost(undici, 'wallMs')
  return {
    pair: client === 'guarded' ? pair : `${pair}, global fetch`,
    phase,
    events,
    wallMs: rounded(wallMs),
    cpuMs: rounded(cost(ours, 'cpuMs')),
    peakRssMb: rounded(cost(ours, 'peakRssMb')),
    phaseMs: first.phaseMs,
    rssBeforeMb: rounded(median(ours.map(({ rssBeforeMb }) => rssBeforeMb))),
    requests: first.requests,
    methods: first.methods,
    bytesUp: first.bytesUp,
    bytesDown: first.bytesDown,
    floorWallMs: rounded(floorWallMs),
    floorCpuMs: rounded(cost(undici, 'cpuMs')),
    fetchWallMs: rounded(cost(plain, 'wallMs')),
    fetchCpuMs: rounded(cost(plain, 'cpuMs')),
    ...(peer.length > 0
      ? {
          peerWallMs: peers('wallMs'),
          peerCpuMs: peers('cpuMs'),
          peerRssMb: peers('peakRssMb'),
          peerRatio: rounded(peers('wallMs') / wallMs),
        }
      : {}),
    ratio: rounded(wallMs / floorWallMs),
    fetchRatio: rounded(wallMs / cost(plain, 'wallMs')),
    stages: stages.map(({ kind, concurrency, requests }) => `${requests.length} ${kind}, ${concurrency} at once`),
  }
}

const eachPhase = <T>(make: (phase: Phase) => T): PerPhase<T> =>
  Object.fromEntries(phases.map((phase) => [phase, make(phase)])) as unknown as PerPhase<T>
