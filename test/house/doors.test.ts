import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bundle, doors, root } from './bundle.js'

/** What html-to-text brings along: a parser and a selector language, all of them small and without Node. */
const htmlToText = [
  'html-to-text',
  '@selderee/plugin-htmlparser2',
  'deepmerge-ts',
  'dom-serializer',
  'domelementtype',
  'domhandler',
  'domutils',
  'entities',
  'htmlparser2',
  'leac',
  'parseley',
  'peberminta',
  'selderee',
]
const engine = ['@noble/hashes', 'croner', 'luxon', 'node-diff3', 'rrule-temporal', 'zod', ...htmlToText]

const dav = [
  '@noble/hashes',
  'ical.js',
  'ipaddr.js',
  'ky',
  'luxon',
  'p-limit',
  'rrule-temporal',
  'saxes',
  'xmlchars',
  'yocto-queue',
  'zod',
]

/** What a host pays for a door, whatever it does with it. A package more than this needs a reason. */
const packagesBehind: Readonly<Record<string, readonly string[]>> = {
  '.': engine,
  './providers/memory': ['@noble/hashes', 'zod'],
  './providers/caldav': dav,
  './providers/icloud': dav,
  './providers/google': ['@noble/hashes', 'ipaddr.js', 'ky', 'luxon', 'rrule-temporal', 'zod'],
  './providers/microsoft': ['@noble/hashes', 'ipaddr.js', 'ky', 'luxon', 'rrule-temporal', 'zod', ...htmlToText],
  './providers/ics': ['@noble/hashes', 'ical.js', 'ipaddr.js', 'ky', 'luxon', 'rrule-temporal', 'zod'],
  './storage/memory': [],
  './storage/sqlite': [],
  './storage/postgres': ['@noble/hashes'],
  './storage/state': ['@noble/hashes', 'zod'],
  './scheduler/in-process': ['zod'],
  './scheduler/pg-boss': ['zod'],
  './limits': ['zod'],
  './auth': ['ipaddr.js', 'ky', 'oauth4webapi', 'zod'],
  './feeds': [...engine, 'ical.js'],
  './server': engine,
  './node': ['ipaddr.js', 'undici'],
  './telemetry': [],
  './client': [],
  './react': ['react'],
  './testing': [...engine, 'ical.js', 'ipaddr.js', 'ky', 'saxes', 'xmlchars'],
}

describe('a door', () => {
  test.each(Object.entries(doors))('%s loads only the packages that it needs', async (door, source) => {
    const { packages } = await bundle(`export * from './${source}'`)
    expect(packagesBehind[door]).toEqual(expect.arrayContaining([...packages]))
  })

  test('of the memory provider never brings the iCalendar codec along', async () => {
    const host = ['.', './providers/memory', './storage/memory'].map((door) => `export * from './${doors[door]}'`)
    expect((await bundle(host.join('\n'))).packages).not.toContain('ical.js')
  })

  test('is in every list of doors', async () => {
    const manifest: { readonly exports: Readonly<Record<string, unknown>> } = json('package.json')
    expect(Object.keys(manifest.exports)).toEqual([...Object.keys(doors), './react/styles.css', './package.json'])

    const typedoc: { readonly entryPoints: readonly string[] } = json('typedoc.json')
    expect(typedoc.entryPoints).toEqual(Object.values(doors))

    const built = readFileSync(join(root, 'tsup.config.ts'), 'utf8').match(/'src\/[^']+\.ts'/g)
    expect(built?.map((text) => text.slice(1, -1))).toEqual(Object.values(doors))
  })

  test.each(Object.keys(doors))('%s has types and code for import and for require', (door) => {
    const manifest: { readonly exports: Readonly<Record<string, unknown>> } = json('package.json')
    const file = `./dist/${door === '.' ? 'index' : door.slice(2)}`
    expect(manifest.exports[door]).toEqual({
      import: { types: `${file}.d.ts`, default: `${file}.js` },
      require: { types: `${file}.d.cts`, default: `${file}.cjs` },
    })
  })
})

function json<Shape>(file: string): Shape {
  return createRequire(import.meta.url)(join(root, file)) as Shape
}
