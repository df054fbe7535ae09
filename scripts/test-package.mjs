// Packs the package, installs it into an empty folder and uses it there as hosts do: by import and by require, on the
// newest and the oldest Node that it promises, and from TypeScript. Needs dist/.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const oldestNode = manifest.engines.node.replace('>=', '')
const doors = Object.keys(manifest.exports).filter((door) => !/\.(json|css)$/.test(door))
const nameOf = (door) => `calweave${door.slice(1)}`

const dav = ['@noble/hashes', 'ical.js', 'ipaddr.js', 'ky', 'luxon', 'p-limit', 'rrule-temporal', 'saxes', 'zod']

/** What the built doors may import from packages, so that a shared part never drags in what another door needs. */
const packagesBehind = {
  '.': ['@noble/hashes', 'croner', 'html-to-text', 'luxon', 'node-diff3', 'rrule-temporal', 'zod'],
  './providers/memory': ['@noble/hashes', 'zod'],
  './providers/caldav': dav,
  './providers/icloud': dav,
  './providers/google': ['@noble/hashes', 'ipaddr.js', 'ky', 'luxon', 'rrule-temporal', 'zod'],
  './providers/microsoft': [
    '@noble/hashes',
    'html-to-text',
    'ipaddr.js',
    'ky',
    'luxon',
    'p-limit',
    'rrule-temporal',
    'zod',
  ],
  './providers/ics': ['@noble/hashes', 'ical.js', 'ipaddr.js', 'ky', 'luxon', 'rrule-temporal', 'zod'],
  './storage/memory': [],
  './storage/sqlite': ['node:sqlite'],
  './storage/postgres': ['@noble/hashes'],
  './storage/state': ['@noble/hashes', 'zod'],
  './scheduler/in-process': ['zod'],
  './scheduler/pg-boss': ['zod'],
  './limits': ['zod'],
  './auth': ['ipaddr.js', 'ky', 'oauth4webapi', 'zod'],
  './feeds': ['@noble/hashes', 'html-to-text', 'ical.js', 'luxon', 'node-diff3', 'rrule-temporal', 'zod'],
  './server': ['@noble/hashes', 'croner', 'html-to-text', 'luxon', 'node-diff3', 'rrule-temporal', 'zod'],
  './node': ['ipaddr.js', 'node:dns', 'node:net', 'node:stream', 'node:zlib', 'undici'],
  './telemetry': [],
  './client': [],
  './react': ['react'],
  './testing': [
    ...[
      '@noble/hashes',
      'croner',
      'html-to-text',
      'ical.js',
      'ipaddr.js',
      'ky',
      'luxon',
      'node-diff3',
      'rrule-temporal',
      'saxes',
    ],
    'zod',
  ],
}

const host = mkdtempSync(join(tmpdir(), 'calweave-package-'))
try {
  const installed = install()
  step('only what belongs there is in the package', () => checkFiles(installed))
  step('what is for pages only says so in its first line, in both formats', () => checkUseClient(installed))
  for (const door of doors) step(`${door} imports only its packages`, () => checkImports(installed, door))
  writeHosts()
  for (const [label, node] of [
    [`Node ${process.versions.node}`, process.execPath],
    [`Node ${oldestNode}`, otherNode(oldestNode)],
  ]) {
    step(`import works on ${label}`, () => run(node, ['host.mjs']))
    step(`require works on ${label}`, () => run(node, ['host.cjs']))
  }
  for (const resolution of ['nodenext', 'bundler'])
    step(`TypeScript finds its types, resolution ${resolution}`, () => compile(resolution))
} finally {
  rmSync(host, { recursive: true, force: true })
}

function install() {
  writeFileSync(join(host, 'package.json'), '{ "name": "host", "version": "1.0.0", "private": true }')
  const npm = (args, cwd) => execFileSync('npm', [...args, '--loglevel=error'], { cwd, encoding: 'utf8' })
  const [packed] = JSON.parse(npm(['pack', '--json', '--pack-destination', host], root))
  // `calweave/node` needs it; a host that does not open that door does not. Its newest major needs a later Node than we do.
  const undici = `undici@${manifest.peerDependencies.undici.split(' ')[0]}`
  // `calweave/react` needs React, and its types.
  const { react, '@types/react': types } = manifest.devDependencies
  const peers = [undici, `react@${react}`, `@types/react@${types}`]
  npm(['install', `./${packed.filename}`, ...peers, '--no-audit', '--no-fund', '--prefer-offline'], host)
  return join(host, 'node_modules', 'calweave')
}

function checkFiles(installed) {
  assert.deepEqual(readdirSync(installed).sort(), ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json'])
  const files = readdirSync(join(installed, 'dist'), { recursive: true, encoding: 'utf8' })
  const code = files.filter((file) => file.endsWith('.js'))
  for (const file of code) assert.ok(files.includes(`${file}.map`), `${file} has no source map`)
  for (const file of code) assert.doesNotMatch(readFileSync(join(installed, 'dist', file), 'utf8'), /\brequire\(/, file)
}

/** Server components load it as a reference; anything before the directive would make it a comment. */
function checkUseClient(installed) {
  for (const file of ['react.js', 'react.cjs'])
    assert.match(readFileSync(join(installed, 'dist', file), 'utf8'), /^["']use client["'];?\n/, file)
  assert.match(readFileSync(join(installed, 'dist/react/styles.css'), 'utf8'), /@layer calweave/)
}

/** Follows the imports of a built door through the shared parts; what is left are packages. */
function checkImports(installed, door) {
  const { metafile } = buildSync({
    entryPoints: [join(installed, manifest.exports[door].import.default)],
    ...{ bundle: true, write: false, metafile: true, format: 'esm', platform: 'neutral', logLevel: 'silent' },
    packages: 'external',
  })
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports)
  const packages = imports.filter(({ external }) => external).map(({ path }) => packageOf(path))
  const more = packages.filter((name) => !packagesBehind[door]?.includes(name))
  assert.deepEqual(more, [], `${door} also loads ${more.join(', ')}`)
}

function packageOf(specifier) {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

/** The same little program as an ES module and in CommonJS: opens every door, then syncs two calendars on SQLite. */
function writeHosts() {
  const program = `
assert.ok(Object.values(loaded).every((door) => Object.keys(door).length > 0), 'a door is empty')
const { SyncEngine, SyncError } = loaded['.']
const { memoryProvider } = loaded['./providers/memory']
const { sqliteStorage } = loaded['./storage/sqlite']
async function main() {
  const provider = memoryProvider({ calendars: [{ id: 'a' }, { id: 'b' }] })
  const storage = sqliteStorage({ path: ':memory:' })
  const user = new SyncEngine({ storage, providers: [provider] }).user('user_1')
  const { calendars } = await user.connections.add({ provider: 'memory' })
  const group = await user.groups.create({ name: 'all', members: calendars.map(({ id }) => ({ calendarId: id })) })
  const at = (hour) => ({ kind: 'timed', local: '2026-01-05T' + hour + ':00:00', zone: 'Europe/Berlin' })
  provider.service.calendar('a').add(loaded['.'].completeContent({ title: 'Lunch', time: { start: at('12'), end: at('13') } }))
  await user.groups.sync(group.id)
  assert.deepEqual(provider.service.calendar('b').all().map(({ content }) => content.title), ['Lunch'])
  assert.throws(() => new SyncEngine({ storage, providers: [provider, provider] }), SyncError)
  await storage.close()
}
`
  const esm = [
    "import assert from 'node:assert/strict'",
    "import { createRequire } from 'node:module'",
    'const loaded = {}',
    ...doors.map((door) => `loaded['${door}'] = await import('${nameOf(door)}')`),
    'const require = createRequire(import.meta.url)',
    "assert.equal(require('calweave').SyncError, loaded['.'].SyncError, 'two copies of a class')",
    program,
    'await main()',
  ]
  const commonJs = [
    "const assert = require('node:assert/strict')",
    'const loaded = {}',
    ...doors.map((door) => `loaded['${door}'] = require('${nameOf(door)}')`),
    "assert.match(require('calweave/package.json').version, /^\\d/)",
    program,
    'main().catch((error) => { console.error(error); process.exitCode = 1 })',
  ]
  writeFileSync(join(host, 'host.mjs'), esm.join('\n'))
  writeFileSync(join(host, 'host.cjs'), commonJs.join('\n'))

  const typed = `
import { isSyncError, SyncEngine, type CalendarProvider, type Run, type Storage, type SyncEngineOptions } from 'calweave'
import { caldavProvider } from 'calweave/providers/caldav'
import { icsProvider } from 'calweave/providers/ics'
import { memoryProvider, type MemoryProvider } from 'calweave/providers/memory'
import { memoryStorage } from 'calweave/storage/memory'
import { sqliteStorage, type SqliteStorageOptions } from 'calweave/storage/sqlite'
import { providerContract, storageContract } from 'calweave/testing'
import { calweaveClient, type AnswerOf } from 'calweave/client'
import { ConflictDialog, useConflicts, type ConflictDialogProps } from 'calweave/react'

const memory: MemoryProvider = memoryProvider()
export const shown = [ConflictDialog, useConflicts]
export const dialog: ConflictDialogProps = { conflictId: 'c', onClose: () => undefined }
export const read = (): Promise<AnswerOf<'GET /groups'>> => calweaveClient().call('GET /groups')
// @ts-expect-error A route that takes parameters is not called without them.
export const wrong = () => calweaveClient().call('GET /groups/{groupId}')
const providers: readonly CalendarProvider[] = [memory, icsProvider(), caldavProvider()]
const where: SqliteStorageOptions = { path: ':memory:' }
const storage: Storage = providers.length > 5 ? sqliteStorage(where) : memoryStorage()
const options: SyncEngineOptions = { storage, providers }
const names: readonly string[] = [...providerContract, ...storageContract].map((one) => one.name)
export async function main(): Promise<Run['counts'] | string> {
  try {
    const report = await new SyncEngine(options).user('user_1').groups.sync(names[0] ?? '')
    // @ts-expect-error Types are really there: a title is no number of created events.
    const wrong: string = report.counts.created
    return wrong ? report.counts : ''
  } catch (error) {
    return isSyncError(error) ? error.code : 'other'
  }
}
`
  writeFileSync(join(host, 'typed.mts'), typed)
  writeFileSync(join(host, 'typed.cts'), typed)
}

function run(node, args) {
  execFileSync(node, args, { cwd: host, stdio: ['ignore', 'inherit', 'pipe'], encoding: 'utf8' })
}

function otherNode(version) {
  const args = ['-y', '--loglevel=error', `node@${version}`, '-p', 'process.execPath']
  return execFileSync('npx', args, { cwd: host, encoding: 'utf8' }).trim()
}

/** Also checks our own declarations, and those of the packages that they lead to. */
function compile(resolution) {
  const compilerOptions = {
    ...{ module: resolution === 'bundler' ? 'esnext' : 'nodenext', moduleResolution: resolution },
    ...{ target: 'es2023', lib: ['es2023', 'dom'], types: [], strict: true, exactOptionalPropertyTypes: true },
    ...{ skipLibCheck: false, noEmit: true },
  }
  const files = resolution === 'bundler' ? ['typed.mts'] : ['typed.mts', 'typed.cts']
  writeFileSync(join(host, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', host], { stdio: 'pipe' })
}

function step(claim, work) {
  try {
    work()
    console.log(`ok      ${claim}`)
  } catch (error) {
    process.exitCode = 1
    console.error(`FAILED  ${claim}\n${error.stdout ?? ''}${error.stderr ?? ''}${error.message}`)
  }
}
