import { fork } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../', import.meta.url))
const cache = `${root}node_modules/.cache/calweave-bench-${process.pid}`

/** The modules that run in a process of their own. Each calls {@link import('./child.js').answer} once. */
const roles = {
  stub: 'bench/caldav/stub-child.ts',
  sync: 'bench/caldav/sync-child.ts',
  replay: 'bench/caldav/replay-child.ts',
  engine: 'bench/engine/engine-child.ts',
  server: 'bench/server/server-child.ts',
} as const
export type Role = keyof typeof roles

let building: Promise<unknown> | undefined

/**
 * Bundles the children once, with packages left outside: what is measured is then JavaScript as users run it, without
 * the memory and time that reading TypeScript takes; and nobody's edits change the code in the middle of a run.
 */
function built(): Promise<unknown> {
  building ??= build({
    entryPoints: Object.fromEntries(Object.entries(roles).map(([role, path]) => [role, root + path])),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    packages: 'external',
    sourcemap: 'inline',
    outdir: cache,
    outExtension: { '.js': '.mjs' },
    logLevel: 'error',
  })
  return building
}

/** Removes what was bundled. */
export async function removeBuilt(): Promise<void> {
  await rm(cache, { recursive: true, force: true })
}

/** A child that has answered and waits to be told to end. */
export interface Child<Output> {
  readonly output: Output
  stop(): Promise<void>
}

/** Starts a child with an input, and gives what it answers. It lives on until it is stopped. */
export async function start<Output>(role: Role, input: unknown): Promise<Child<Output>> {
  await built()
  const child = fork(`${cache}/${role}.mjs`, { execArgv: execArgvFor(role), serialization: 'advanced' })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  child.send({ input })
  const output = await new Promise<Output>((resolve, reject) => {
    child.once('message', (message) => resolve((message as { output: Output }).output))
    void ended.then((code) => reject(new Error(`The ${role} process ended with ${code} before it answered.`)))
  })
  return {
    output,
    async stop() {
      if (child.connected) child.disconnect()
      await ended
    },
  }
}

/** Starts a child, and stops it when it has answered. */
export async function run<Output>(role: Role, input: unknown): Promise<Output> {
  const child = await start<Output>(role, input)
  await child.stop()
  return child.output
}

/** `BENCH_PROFILE=--cpu-prof` or `--heap-prof` leaves profiles of the measured processes in the working folder. */
function execArgvFor(role: Role): string[] {
  const profile = process.env['BENCH_PROFILE']
  const quiet = [
    '--disable-warning=ExperimentalWarning',
    '--expose-gc',
    ...(isMeasured(role) ? (process.env['BENCH_ARGS'] ?? '').split(' ').filter(Boolean) : []),
  ]
  return profile && isMeasured(role) ? [...quiet, profile] : quiet
}

function isMeasured(role: Role): boolean {
  return role === 'sync' || role === 'engine' || role === 'server'
}
