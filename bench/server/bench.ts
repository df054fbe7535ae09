import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { removeBuilt, start } from '../children.js'
import { rounded } from '../measure.js'
import type { ServerInput, ServerOutput } from './server-child.js'

/** How one kind of request did. */
interface ServerRow {
  readonly work: string
  readonly requests: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p95Ms: number
  /** Of one answer. */
  readonly bytes?: number
  /** What else there is to say. */
  readonly more?: object
}

/** The door over loopback, the server in a process of its own. */
export async function serverBench(given: {
  readonly events: string
  readonly imported: string
  readonly clients: string
  readonly forged: string
}): Promise<readonly ServerRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'calweave-bench-'))
  const input: ServerInput = {
    database: join(folder, 'state.db'),
    events: Number(given.events),
    imported: Number(given.imported),
  }
  const child = await start<ServerOutput>('server', input)
  try {
    const rows: ServerRow[] = []
    for (const measure of [agenda, page, status, live, notices, forged]) {
      const row = await measure(child.output, { clients: Number(given.clients), forged: Number(given.forged) })
      console.error(`${row.work}: ${row.perSecond}/s, p95 ${row.p95Ms} ms ${JSON.stringify(row.more ?? {})}`)
      rows.push(row)
    }
    return rows
  } finally {
    await child.stop()
    await removeBuilt()
    await rm(folder, { recursive: true, force: true })
  }
}

interface Sizes {
  readonly clients: number
  readonly forged: number
}

async function agenda({ url, from, to }: ServerOutput): Promise<ServerRow> {
  const address = `${url}/agenda?from=${from}&to=${to}&zone=Europe/Berlin`
  const { items } = (await (await fetch(address, asBusy)).json()) as { readonly items: readonly unknown[] }
  return load(`a month of ${items.length} events, expanded`, 20, 2, () => get(address))
}

async function page({ url }: ServerOutput): Promise<ServerRow> {
  return load('a page of 100 events of a group', 200, 4, () => get(`${url}/groups/bench/events?limit=100`))
}

async function status({ url }: ServerOutput): Promise<ServerRow> {
  return load('the status', 400, 4, () => get(`${url}/status`))
}

/** Every client is told of a sync: how long after the request for it the last one knows. */
async function live({ url }: ServerOutput, { clients }: Sizes): Promise<ServerRow> {
  const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY })
  let told = 0
  let allTold = () => {}
  const streams = await Promise.all(
    Array.from({ length: clients }, () =>
      stream(`${url}/live`, agent, (text) => {
        if (text.includes('run.ended') && ++told === clients) allTold()
      }),
    ),
  )
  const times: number[] = []
  for (let round = 0; round < 20; round++) {
    told = 0
    const everybody = new Promise<void>((resolve) => {
      allTold = resolve
    })
    const begun = performance.now()
    await fetch(`${url}/groups/bench/sync`, { method: 'POST', headers: { ...asBusy.headers, 'x-calweave': '1' } })
    await everybody
    times.push(performance.now() - begun)
  }
  for (const close of streams) close()
  agent.destroy()
  const perSecond = (clients * times.length * 1_000) / times.reduce((sum, one) => sum + one, 0)
  return {
    ...shown(`a sync is told to ${clients} live clients`, times, perSecond),
    more: { messages: 'run.ended only' },
  }
}

/** Notices of a service while a calendar is imported for the first time. */
async function notices({ url, watch }: ServerOutput): Promise<ServerRow> {
  let isDone = false
  const begun = performance.now()
  const headers = { 'x-user': 'new', 'x-calweave': '1' }
  const importing = fetch(`${url}/groups/import/sync`, { method: 'POST', headers }).then(async (response) => {
    isDone = true
    return { answer: await response.json(), ms: performance.now() - begun }
  })
  const times: number[] = []
  const statuses = new Set<number>()
  const one = async () => {
    const at = performance.now()
    statuses.add((await post(url, notice(watch))).status)
    times.push(performance.now() - at)
  }
  while (!isDone) await Promise.all([one(), one(), new Promise((resolve) => setTimeout(resolve, 5))])
  const { ms, answer } = await importing
  if ([...statuses].join() !== '202') throw new Error(`Notices were answered with ${[...statuses]}.`)
  const { run } = answer as { readonly run: { readonly counts: { readonly created: number } } }
  const more = { importMs: rounded(ms), copied: run.counts.created }
  return { ...shown('notices while a calendar is imported', times, (times.length * 1_000) / ms), more }
}

/** Nobody's notices: each is refused, and none leaves anything behind. */
async function forged({ url, watch }: ServerOutput, { forged: count }: Sizes): Promise<ServerRow> {
  let nth = 0
  const statuses = new Map<number, number>()
  const row = await load(`${count} forged notices`, count, 16, async () => {
    nth++
    const response = await post(
      url,
      notice(watch, nth % 2 === 0 ? { token: `guess-${nth}` } : { watchId: `nobody-${nth}` }),
    )
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
    return 0
  })
  if ([...statuses].join() !== `404,${count}`) throw new Error(`Forged notices were answered with ${[...statuses]}.`)
  return row
}

const asBusy = { headers: { 'x-user': 'busy' } }

function notice({ id, token, calendar }: ServerOutput['watch'], change: object = {}): string {
  return JSON.stringify({ watchId: id, token, resource: `resource of ${calendar}`, kind: 'changed', ...change })
}

async function post(url: string, body: string): Promise<Response> {
  const response = await fetch(`${url}/push/memory`, { method: 'POST', body })
  await response.arrayBuffer()
  return response
}

/** Bytes of the answer. */
async function get(address: string): Promise<number> {
  const response = await fetch(address, asBusy)
  const { byteLength } = await response.arrayBuffer()
  if (response.status !== 200) throw new Error(`${address} was answered with ${response.status}.`)
  return byteLength
}

/** So many requests, so many at once. */
async function load(work: string, count: number, atOnce: number, send: () => Promise<number>): Promise<ServerRow> {
  for (let warm = 0; warm < Math.min(5, count); warm++) if (count < 1_000) await send()
  const times: number[] = []
  let left = count
  let bytes = 0
  const begun = performance.now()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (left-- > 0) {
        const at = performance.now()
        bytes = await send()
        times.push(performance.now() - at)
      }
    }),
  )
  const row = shown(work, times, (count * 1_000) / (performance.now() - begun))
  return bytes > 0 ? { ...row, bytes } : row
}

function shown(work: string, times: readonly number[], perSecond: number): ServerRow {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (share: number) => rounded(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
  return { work, requests: times.length, perSecond: rounded(perSecond), p50Ms: at(0.5), p95Ms: at(0.95) }
}

/** Opens a stream and hands over what comes; gives how to close it. */
function stream(address: string, agent: Agent, hear: (text: string) => void): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(address, { agent, headers: asBusy.headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`A stream was answered with ${response.statusCode}.`))
      response.setEncoding('utf8')
      response.on('data', hear)
      response.once('data', () => resolve(() => request.destroy()))
      response.on('error', () => undefined)
    })
    request.on('error', () => undefined)
    request.end()
  })
}
