import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { defineConfig, type Options } from 'tsup'

/** The doors of the package; each has an entry in `exports` of package.json. */
const doors = {
  index: 'src/index.ts',
  'providers/memory': 'src/providers/memory/index.ts',
  'providers/caldav': 'src/providers/caldav/index.ts',
  'providers/icloud': 'src/providers/icloud/index.ts',
  'providers/google': 'src/providers/google/index.ts',
  'providers/microsoft': 'src/providers/microsoft/index.ts',
  'providers/ics': 'src/providers/ics/index.ts',
  'storage/memory': 'src/storage/memory.ts',
  'storage/sqlite': 'src/storage/sqlite/index.ts',
  'storage/postgres': 'src/storage/postgres/index.ts',
  'storage/state': 'src/storage/state/index.ts',
  'scheduler/in-process': 'src/scheduler/in-process/index.ts',
  'scheduler/pg-boss': 'src/scheduler/pg-boss/index.ts',
  limits: 'src/limits/index.ts',
  auth: 'src/auth/index.ts',
  feeds: 'src/feeds/index.ts',
  server: 'src/server/index.ts',
  node: 'src/node/index.ts',
  telemetry: 'src/telemetry/index.ts',
  client: 'src/client/index.ts',
  react: 'src/react/index.ts',
  testing: 'src/testing/index.ts',
}

const { react, ...others } = doors

/**
 * Code is built once, as ES modules with shared parts, and every CommonJS door only requires its ES module. So there
 * is one copy of each class, whichever way a host loads it. Types are written for both ways.
 */
const shared: Options = {
  entry: doors,
  target: 'node22',
  platform: 'neutral',
  // Otherwise `node:sqlite` becomes `sqlite`, which does not exist.
  removeNodeProtocol: false,
  external: [/^node:/],
}

const code: Options = {
  ...shared,
  format: ['esm'],
  sourcemap: true,
  dts: false,
  outExtension: () => ({ js: '.js' }),
}

/** A page that imports both has one copy of the client. */
const clientStaysOutside: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'client-stays-outside',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/client\/index\.js$/ }, () => ({ path: './client.js', external: true })),
}

const config: ReturnType<typeof defineConfig> = defineConfig([
  {
    ...code,
    entry: others,
    splitting: true,
    onSuccess: () => writeCommonJsDoors(Object.keys(others)),
  },
  {
    ...code,
    entry: { react },
    // What is shared would stand before 'use client', which counts in the first line only.
    splitting: false,
    esbuildPlugins: [clientStaysOutside],
    onSuccess: async () => {
      await writeCommonJsDoors(['react'], "'use client'\n")
      await mkdir('dist/react', { recursive: true })
      await copyFile('src/react/styles.css', 'dist/react/styles.css')
    },
  },
  {
    ...shared,
    format: ['esm', 'cjs'],
    dts: { only: true },
  },
])

export default config

async function writeCommonJsDoors(names: readonly string[], head = ''): Promise<void> {
  for (const door of names) {
    const file = door.slice(door.lastIndexOf('/') + 1)
    await writeFile(`dist/${door}.cjs`, `${head}module.exports = require('./${file}.js')\n`)
  }
}
