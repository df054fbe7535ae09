import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type CaldavProviderOptions, caldavProvider } from '../../src/providers/caldav/index.js'
import type { ProviderAccount } from '../../src/providers/provider.js'

/** The servers that there is a script for. */
export const serverNames = ['radicale', 'cyrus'] as const
export type ServerName = (typeof serverNames)[number]

/** A real CalDAV server of our own, on the loopback interface. */
export interface RealServer {
  readonly name: ServerName
  readonly url: string
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

/** Starts a server. Rejects when it cannot be started: a missing server is a failed test, never a skipped one. */
export async function startServer(name: ServerName): Promise<RealServer> {
  const folder = mkdtempSync(join(tmpdir(), `calweave-${name}-`))
  chmodSync(folder, 0o755)
  const port = await freePort()
  const script = fileURLToPath(new URL(`./${name}.sh`, import.meta.url))
  const child = spawn('bash', [script, String(port), folder], { stdio: ['pipe', 'pipe', 'pipe'] })
  const values = await untilReady(name, child)
  const url = values.get('URL') ?? ''
  const home = values.get('HOME') ?? ''
  const request: RealServer['request'] = (method, target, init = {}) =>
    fetch(target, {
      method,
      headers: { authorization, ...init.headers },
      ...(init.body === undefined ? {} : { body: init.body }),
    })
  return {
    name,
    url,
    home,
    authorization,
    request,
    open: (options) =>
      caldavProvider(options).open({ settings: { url }, credentials: { username: 'jane', password: 'secret' } }),
    async makeCalendar(calendar) {
      const address = `${home}${calendar}/`
      const answer = await request('MKCALENDAR', address)
      if (answer.status !== 201) throw new Error(`${name} does not make a calendar: ${answer.status}`)
      return address
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.stdin.end()
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function untilReady(name: string, child: ChildProcess): Promise<Map<string, string>> {
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

/** A free port whose successor is free, too (one server needs two). */
async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const port = await tryPort(0)
    if (port !== undefined && port < 65_535 && (await tryPort(port + 1)) !== undefined) return port
  }
  throw new Error('no free port')
}

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
