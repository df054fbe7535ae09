import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** The root of the repository, with a slash at the end. */
export const root: string = fileURLToPath(new URL('../../', import.meta.url))

/** The doors of the package, from the subpath that a host imports to the source behind it. */
export const doors: Readonly<Record<string, string>> = {
  '.': 'src/index.ts',
  './providers/memory': 'src/providers/memory/index.ts',
  './providers/caldav': 'src/providers/caldav/index.ts',
  './providers/icloud': 'src/providers/icloud/index.ts',
  './providers/google': 'src/providers/google/index.ts',
  './providers/microsoft': 'src/providers/microsoft/index.ts',
  './providers/ics': 'src/providers/ics/index.ts',
  './storage/memory': 'src/storage/memory.ts',
  './storage/sqlite': 'src/storage/sqlite/index.ts',
  './storage/postgres': 'src/storage/postgres/index.ts',
  './storage/state': 'src/storage/state/index.ts',
  './scheduler/in-process': 'src/scheduler/in-process/index.ts',
  './scheduler/pg-boss': 'src/scheduler/pg-boss/index.ts',
  './limits': 'src/limits/index.ts',
  './auth': 'src/auth/index.ts',
  './feeds': 'src/feeds/index.ts',
  './server': 'src/server/index.ts',
  './node': 'src/node/index.ts',
  './telemetry': 'src/telemetry/index.ts',
  './client': 'src/client/index.ts',
  './react': 'src/react/index.ts',
  './testing': 'src/testing/index.ts',
}

/** What came out of {@link bundle}. */
export interface Bundle {
  /** A classic script that leaves the entry's exports in `globalThis.calweave`. */
  readonly code: string
  /** Names of the packages of which something is inside, sorted. */
  readonly packages: readonly string[]
}

/** Bundles source text, which may import from `./src/...`, as a host that builds for the web would. */
export async function bundle(entry: string): Promise<Bundle> {
  const result = await build({
    stdin: { contents: entry, resolveDir: root, loader: 'ts' },
    bundle: true,
    write: false,
    metafile: true,
    format: 'iife',
    globalName: 'calweave',
    platform: 'neutral',
    target: 'es2023',
    mainFields: ['module', 'main'],
    external: ['node:*'],
    logLevel: 'silent',
  })
  const packages = Object.keys(result.metafile.inputs).flatMap((path) => packageOf(path) ?? [])
  return { code: result.outputFiles[0]?.text ?? '', packages: [...new Set(packages)].sort() }
}

function packageOf(path: string): string | undefined {
  return /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]
}
