import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type CaldavProviderOptions, caldavProvider } from '../../src/providers/caldav/index.js'
import type { ProviderAccount } from '../../src/providers/provider.js'
import { startFront } from './front.js'

/** The servers that there is a script for. */
export const serverNames = ['radicale', 'xandikos', 'cyrus', 'sabre', 'davical', 'sogo'] as const
export type ServerName = (typeof serverNames)[number]

/** A real CalDAV server of our own, on the loopback interface. */
export interface RealServer {
  readonly name: ServerName
  readonly url: string
  /** Where it keeps its data; gone when it has stopped. */
  readonly folder: string
  /** Where the calendars of the user are. */
  readonly home: string
  /** The header that every request of the user carries. */
  readonly authorization: string
  open(options?: CaldavProviderOptions): ProviderAccount
  /** Makes a calendar and gives its address. */
  makeCalendar(name: string): Promise<string>
  /** A request as another program of the same person would make it. */
  request(method: string, url: string, init?: { headers?: Record<string, string>; body?: string }): Promise<Response>
  stop(): Promise<void>
}

const authorization = `Basic ${Buffer.from('jane:secret').toString('base64')}`

/** How many ports in a row the script of a server may use: its own, and those of a database and a cache. */
const portsNeeded = 3

/** How long a hook may take that starts servers, where everything has to be installed first. */
export const startTimeoutMs = 900_000

/** Starts several servers at once. */
export async function startServers(names: readonly ServerName[]): Promise<readonly RealServer[]> {
  const started = await Promise.allSettled(names.map((name) => startServer(name)))
  const servers = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const failed = started.find((one) => one.status === 'rejected')
  if (!failed) return servers
  await stopServers(servers)
  throw failed.reason
}

export async function stopServers(servers: readonly RealServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()))
}

/** Starts a server. Rejects when it cannot be started: a missing server is a failed test, never a skipped one. */
export async function startServer(name: ServerName): Promise<RealServer> {
  const folder = mkdtempSync(join(tmpdir(), `calweave-${name}-`))
  chmodSync(folder, 0o755)
  const port = await freePorts(portsNeeded)
  const script = fileURLToPath(new URL(`./${name}.sh`, import.meta.url))
  const child = spawn('bash', [script, String(port), folder], { stdio: ['pipe', 'pipe', 'pipe'] })
  const values = await untilReady(name, child)
  const front = name === 'sogo' ? await startFront(values.get('URL') ?? '') : undefined
  const addressOf = (value: string | undefined = ''): string => front?.at(value) ?? value
  const url = addressOf(values.get('URL'))
  const home = addressOf(values.get('HOME'))
  const request: RealServer['request'] = (method, target, init = {}) =>
    fetch(target, {
      method,
      headers: { authorization, ...init.headers },
      ...(init.body === undefined ? {} : { body: init.body }),
    })
  return {
    name,
    url,
    folder,
    home,
    authorization,
    request,
    open: (options) =>
      caldavProvider({ allowedHosts: [new URL(url).host], ...options }).open({
        settings: { url },
        credentials: { username: 'jane', password: 'secret' },
      }),
    async makeCalendar(calendar) {
      const address = `${home}${calendar}/`
      const answer = await request('MKCALENDAR', address)
      if (answer.status !== 201) {
        const said = `${answer.status} ${await answer.text()}`
        throw new Error(`${name} does not make a calendar: ${said}\n${endOfLogs(folder)}`)
      }
      return address
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.stdin.end()
      await Promise.all([ended, front?.stop()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What the server and its database wrote last: it is gone with the folder. */
function endOfLogs(folder: string): string {
  const logs = [join(folder, 'server.log'), join(folder, 'postgres', 'server.log')].filter((path) => existsSync(path))
  return logs.map((path) => `${path}:\n${readFileSync(path, 'utf8').slice(-1_500)}`).join('\n')
}

/** What the script of a server says before it is ready. */
export function untilReady(name: string, child: ChildProcess): Promise<Map<string, string>> {
  return new Promise((resolve, reject) => {
    const values = new Map<string, string>()
    let complaints = ''
    child.stderr?.on('data', (part) => {
      complaints = (complaints + String(part)).slice(-2_000)
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${name} did not start (exit ${code}):\n${complaints}`)))
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      if (line === 'READY') resolve(values)
      const [key, value] = line.split('=', 2)
      if (key && value) values.set(key, value)
    })
  })
}

/** The first of so many ports in a row that are all free. Never the same twice, so that servers may start at once. */
export async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const first = await tryPort(0)
    if (first === undefined || first + count > 65_535) continue
    const row = Array.from({ length: count }, (_, index) => first + index)
    if (row.some((port) => taken.has(port))) continue
    for (const port of row) taken.add(port)
    const free = await Promise.all(row.map((port) => tryPort(port)))
    if (free.every((port) => port !== undefined)) return first
  }
  throw new Error('no free ports')
}

const taken = new Set<number>()

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(undefined))
    probe.listen(port, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : undefined))
    })
  })
}
