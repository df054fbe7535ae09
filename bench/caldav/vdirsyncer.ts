import { execFile, spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Cost } from '../measure.js'
import { credentials, type Pair } from './pairs.js'

/**
 * vdirsyncer, a well-known two-way CalDAV synchroniser in Python, doing the same work on calendars of its own. Its times
 * include the start of Python, about 0.25 s; calweave's do not include the start of Node.
 */
export interface Peer {
  sync(): Promise<Cost>
}

/** Installs vdirsyncer from Debian where it is missing. */
export async function ensureVdirsyncer(): Promise<void> {
  const script = fileURLToPath(new URL('../../test/servers/ensure.sh', import.meta.url))
  await promisify(execFile)('bash', ['-c', `. ${JSON.stringify(script)}; ensure vdirsyncer`])
}

/** Tells vdirsyncer of a pair of calendars; what it keeps of them is below `folder`. */
export async function vdirsyncerOf({ urls }: Pair, folder: string): Promise<Peer> {
  await mkdir(join(folder, 'status'))
  const config = join(folder, 'config')
  const storage = (name: string, url: string) => {
    const { username, password } = credentials
    const lines = { type: 'caldav', url: new URL('..', url).href, username, password }
    const settings = Object.entries(lines).map(([key, value]) => `${key} = ${JSON.stringify(value)}`)
    return `[storage ${name}]\n${settings.join('\n')}\nitem_types = ["VEVENT"]\n`
  }
  const [a, b] = urls.map((url) => JSON.stringify(decodeURIComponent(url.split('/').at(-2) ?? '')))
  const pair = `[pair bench]\na = "a"\nb = "b"\ncollections = [["bench", ${a}, ${b}]]\nconflict_resolution = "a wins"\n`
  const general = `[general]\nstatus_path = ${JSON.stringify(join(folder, 'status'))}\n`
  await writeFile(config, [general, pair, storage('a', urls[0]), storage('b', urls[1])].join('\n'))
  await measure(config, 'discover')
  return { sync: () => measure(config, 'sync') }
}

/** Runs a command in a child of its own and tells what it cost, as the system counts it. */
const measuring = `
import json, resource, subprocess, sys, time
started = time.monotonic()
code = subprocess.run(sys.argv[1:], input=b"y\\ny\\ny\\n", stdout=sys.stderr).returncode
wall = time.monotonic() - started
used = resource.getrusage(resource.RUSAGE_CHILDREN)
cost = {"wallMs": wall * 1000, "cpuMs": (used.ru_utime + used.ru_stime) * 1000, "peakRssMb": used.ru_maxrss / 1024}
print(json.dumps({"code": code, "cost": cost}))
`

function measure(config: string, command: string): Promise<Cost> {
  const args = ['-c', measuring, 'vdirsyncer', '--verbosity', 'WARNING', '--config', config, command]
  const child = spawn('python3', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  let complaints = ''
  child.stdout.on('data', (part) => {
    said += part
  })
  child.stderr.on('data', (part) => {
    complaints = (complaints + part).slice(-2_000)
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => {
      const { code, cost } = JSON.parse(said || '{"code":-1}') as { code: number; cost: Cost }
      if (code === 0) resolve(cost)
      else reject(new Error(`vdirsyncer ${command} ended with ${code}: ${complaints}`))
    })
  })
}
