import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { root } from './bundle.js'

/** What a page loads for these names of a door, minified; React, and for `react` the client, are loaded anyway. */
async function loaded(door: 'client' | 'react', names: readonly string[] | '*'): Promise<string> {
  const shown = names === '*' ? '*' : `{ ${names.join(', ')} }`
  const { outputFiles } = await build({
    stdin: { contents: `export ${shown} from './src/${door}/index.ts'`, resolveDir: root, loader: 'ts' },
    ...{
      bundle: true,
      write: false,
      minify: true,
      format: 'esm',
      target: 'es2022',
      jsx: 'automatic',
      logLevel: 'silent',
    },
    external: ['react', 'react/jsx-runtime'],
    plugins: [
      {
        name: 'client-stays-outside',
        setup: ({ onResolve }) =>
          onResolve({ filter: /\.\/client\/index\.js$/ }, () => ({ path: 'calweave/client', external: true })),
      },
    ],
  })
  return outputFiles[0]?.text ?? ''
}

const kilobytes = (code: string) => gzipSync(code, { level: 9 }).length / 1_024

test('the client, its live store and all, takes less than 4 kB of a page', async () => {
  expect(kilobytes(await loaded('client', '*'))).toBeLessThan(4)
})

test.each([
  ['the provider and the hooks of conflicts', ['useConflicts', 'useConflict'], 3],
  ['the conflict dialog', ['ConflictDialog'], 7],
  ['the wizard', ['ConnectWizard'], 7.5],
  ['the settings', ['SettingsPanel'], 9.5],
  ['status, notifications and badges', ['StatusBanner', 'NotificationList', 'Toasts', 'OriginBadge'], 5],
  ['the dashboard', ['StatusDashboard'], 4.5],
  ['conflicts, wizard and badges', ['ConflictDialog', 'ConnectWizard', 'OriginBadge'], 12],
])('%s take no more of a page than they need', async (_, names, most) => {
  expect(kilobytes(await loaded('react', ['CalweaveProvider', ...names]))).toBeLessThan(most)
})

test('all of the components together take less than 22 kB of a page', async () => {
  expect(kilobytes(await loaded('react', '*'))).toBeLessThan(22)
})

test('a page that shows one component loads no words of another', async () => {
  const code = await loaded('react', ['CalweaveProvider', 'ConflictDialog'])
  expect(code).toContain('Decide later')
  for (const words of ['Which calendar do you want to connect?', 'Only within these hours', 'Nothing needs you.'])
    expect(code).not.toContain(words)
})

test('the sheet stands in a layer, has no text of one direction, and calms down where motion is not wanted', () => {
  const sheet = readFileSync(join(root, 'src/react/styles.css'), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
  expect(sheet.trim()).toMatch(/^@layer calweave \{[\s\S]*\}$/)
  expect(sheet).toContain('prefers-reduced-motion: reduce')
  expect(
    sheet.match(
      /[^-](?:left|right)\b|(?:margin|padding|border)-(?:left|right|top|bottom)|(?<![-\w])(?:width|height):/g,
    ),
  ).toBeNull()
  const parts = new Set([...sheet.matchAll(/data-cw-part="([\w-]+)"/g)].map(([, part]) => part))
  const source = ['components', '.'].map((folder) => join(root, 'src/react', folder))
  const used = source.map((folder) => readAll(folder)).join('')
  for (const part of parts) expect([part, new RegExp(`["']${part}["']`).test(used)]).toEqual([part, true])
})

function readAll(folder: string): string {
  return readdirSync(folder)
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('')
}
