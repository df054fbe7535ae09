import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { freePorts, untilReady } from './real-server.js'

/** A real PostgreSQL of our own, on the loopback interface. What was committed survives that it is killed. */
export interface PostgresServer {
  readonly url: string
  /** Ends all of its processes at once, as a crash would. */
  kill(): Promise<void>
  /** Starts it again, on the same port and with what it had. */
  start(): Promise<void>
  stop(): Promise<void>
}

/** @param settings - e.g. `fsync=on`; without them it is quick and not safe */
export async function startPostgres(settings: readonly string[] = []): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'calweave-postgres-'))
  chmodSync(folder, 0o755)
  const script = fileURLToPath(new URL('./postgres-server.sh', import.meta.url))
  const given = [script, String(await freePorts(1)), folder, ...settings]
  const child = spawn('bash', given, { stdio: ['pipe', 'pipe', 'pipe'] })
  const values = await untilReady('postgres', child)
  return {
    url: values.get('URL') ?? '',
    kill: () => told(child, 'kill'),
    start: () => told(child, 'start'),
    async stop() {
      const ended = once(child, 'exit')
      child.stdin.end()
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function told(child: ChildProcess, command: string): Promise<void> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const done = once(lines, 'line')
  child.stdin?.write(`${command}\n`)
  await Promise.race([
    done,
    once(child, 'exit').then(() => Promise.reject(new Error(`PostgreSQL ended when it was told to ${command}.`))),
  ])
  lines.close()
}
