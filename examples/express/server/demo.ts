import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SyncEngine } from 'calweave'
import { app } from './app.js'
import { demoClock } from './clock.js'
import { type Fakes, fakeServices } from './fakes/services.js'
import { type Accounts, connect, openAccounts } from './people/connect.js'
import { weekOf } from './people/entry.js'
import { idris } from './people/idris.js'
import { mara } from './people/mara.js'
import { livePast, pastHours } from './people/past.js'
import { type Lasting, type Running, run, watchCalendars } from './running.js'
import { asksForReal, realServices } from './services.js'
import { sessions } from './session.js'
import { troubles } from './troubles.js'

/** How the demo is started. */
export interface DemoOptions {
  /** @default one that is free */
  readonly port?: number
  /** Keeps the state in this folder; only with real services, as the fakes remember nothing. @default a folder of its own */
  readonly data?: string
  /** The address that browsers use, behind a proxy. @default `http://localhost:<port>` */
  readonly origin?: string
  readonly env?: NodeJS.ProcessEnv
  /** Told what is going on. @default nobody */
  readonly say?: (line: string) => void
}

/** The demo while it runs. */
export interface Demo {
  readonly origin: string
  /** Of the life that goes on now. */
  readonly engine: SyncEngine
  /** Absent where the services are real. */
  readonly made?: { readonly fakes: Fakes; readonly accounts: Accounts }
  stop(): Promise<void>
}

/** The people that one may be in the demo. */
const people = [mara, idris].map(({ id, name }) => ({ id, name }))

export async function startDemo(options: DemoOptions = {}): Promise<Demo> {
  const { env = {}, say = () => undefined } = options
  const isReal = asksForReal(env)
  const { server, address } = await listening(options.port ?? 0)
  const origin = options.origin ?? address
  const folder = await folderFor(isReal ? options.data : undefined)
  const clock = demoClock()
  const fakes = isReal ? undefined : fakeServices(origin, clock, async (notice) => running.handle(notice))
  const lasting: Lasting = {
    ...{ origin, folder: folder.path, now: clock.now, ...(await keysIn(folder.path)) },
    sessions: sessions(new Set(people.map(({ id }) => id))),
    names: new Map(people.map(({ id, name }) => [id, name])),
    services: (life) => (fakes ? fakes.services(life) : realServices(origin, env)),
  }

  let made: Demo['made']
  if (fakes) clock.set(Date.now() - (pastHours + 1) * 3_600_000)
  let running: Running = run(lasting)
  if (fakes) {
    say('Making a day of the past ...')
    const accounts = openAccounts(fakes, weekOf(Date.now()))
    await connect(running.engine, fakes, accounts)
    await livePast({ engine: running.engine, fakes, accounts, clock })
    await running.engine.flushAnalytics()
    clock.release()
    made = { fakes, accounts }
    for (const { id } of people) await watchCalendars(running, id)
  }
  await begin(running)

  const lives = {
    get now() {
      return running
    },
    /** Everything that this process was is gone, and a while later another one begins on the same disk. */
    async end(): Promise<void> {
      running.life.end()
      server.closeAllConnections()
      await new Promise((resolve) => setTimeout(resolve, 2_500))
      running = run(lasting)
      await begin(running)
    },
  }
  server.on('request', await app({ lasting, lives, people, troubles: made ? troubles({ ...made, lives }) : [], fakes }))
  return {
    origin,
    get engine() {
      return running.engine
    },
    ...(made ? { made } : {}),
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await running.engine.stop({ withinMs: 2_000 })
      await folder.done()
    },
  }
}

/** What a dead process was at is taken up as soon as its leases have run out. */
function begin({ engine }: Running): Promise<void> {
  return engine.start()
}

async function listening(port: number): Promise<{ readonly server: Server; readonly address: string }> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, 'localhost', () => resolve())
  })
  return { server, address: `http://localhost:${(server.address() as AddressInfo).port}` }
}

async function folderFor(data: string | undefined): Promise<{ readonly path: string; done(): Promise<void> }> {
  if (data !== undefined) {
    await mkdir(data, { recursive: true, mode: 0o700 })
    return { path: data, done: async () => undefined }
  }
  const path = await mkdtemp(join(tmpdir(), 'calweave-demo-'))
  return { path, done: () => rm(path, { recursive: true, force: true }) }
}

/** The keys of this installation, made when there are none. A real one would keep them elsewhere than beside the data. */
async function keysIn(folder: string): Promise<{ readonly key: Uint8Array; readonly secret: string }> {
  const file = join(folder, 'keys.json')
  const made = { key: randomBytes(32).toString('base64'), secret: randomBytes(32).toString('base64') }
  await writeFile(file, JSON.stringify(made), { mode: 0o600, flag: 'wx' }).catch(() => undefined)
  const { key, secret } = JSON.parse(await readFile(file, 'utf8')) as typeof made
  return { key: new Uint8Array(Buffer.from(key, 'base64')), secret }
}
