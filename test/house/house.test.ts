import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from './bundle.js'

interface Line {
  readonly file: string
  readonly text: string
  /** The whole line is a comment. */
  readonly isComment: boolean
}

const core = ['engine', 'merge', 'mapping', 'model'] as const

/** Words of the field that a comment in the model needs: the standards that it follows. */
const standards = /\b(iCalendar)\b/g

/** Lines that may name a provider all the same, by file. */
const exceptions: Readonly<Record<string, readonly { readonly part: string; readonly why: string }[]>> = {
  'src/model/zones.ts': [{ part: 'tzone:', why: 'the name of a time zone that is found in calendars' }],
}

describe('the core', () => {
  test('knows no provider by name', () => {
    const named = core.flatMap(linesOf).filter((line) => namesProvider(line) && !isException(line))
    expect(named.map(({ file, text }) => `${file}: ${text}`)).toEqual([])
  })

  test('needs every exception that it was given', () => {
    const lines = core.flatMap(linesOf)
    for (const [file, parts] of Object.entries(exceptions))
      for (const { part } of parts)
        expect(lines.some((line) => line.file === file && line.text.includes(part) && namesProvider(line))).toBe(true)
  })

  test.each([
    ['const icalText = 1', true],
    ['const fromGoogle = 1', true],
    ['import { parse } from "ical.js"', true],
    ['const graphClient = 1', true],
    ['const canonical = identical', false],
    ['// a paragraph of typical topics', false],
  ])('%s: names a provider: %s', (text, expected) => {
    expect(namesProvider({ file: 'src/merge/x.ts', text, isComment: false })).toBe(expected)
  })
})

describe('what people read', () => {
  test('holds no half of a merge', () => {
    const pages = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.md') && !/(^|\/)(node_modules|dist|\.doctest|docs\/api)\//.test(file),
    )
    const halves = pages.filter((file) => /^(<{7} |>{7} |={7}$)/m.test(readFileSync(join(root, file), 'utf8')))
    expect([pages.length > 20, halves]).toEqual([true, []])
  })
})

describe('the source', () => {
  const lines = linesOf('').filter(({ isComment }) => !isComment)

  test('asks nothing of Node outside the SQLite storage', () => {
    const asking = lines.filter(
      ({ file, text }) =>
        !file.startsWith('src/storage/sqlite/') && /\b(process|Buffer|require|__dirname|__filename)\b[.([]/.test(text),
    )
    expect(asking.map(show)).toEqual([])
  })

  test('hides nothing from the compiler, and leaves nothing for later', () => {
    const hiding = [
      ...lines.filter(({ text }) => /[:<|] ?any\b(?! ?:)|, ?any\b(?=[>\]])|\bas any\b/.test(text)),
      ...linesOf('').filter(({ text }) => /@ts-|\bTODO\b|\bFIXME\b/.test(text)),
    ]
    expect(hiding.map(show)).toEqual([])
  })

  test('imports all of zod by name, so that bundlers drop what is not used', () => {
    // `import { z }` keeps every locale: 76 kB instead of 22.
    const imports = lines.filter(({ text }) => /from 'zod'/.test(text))
    expect(imports.length).toBeGreaterThan(0)
    expect(imports.filter(({ text }) => !/^import (type )?\* as z from 'zod'$/.test(text)).map(show)).toEqual([])
  })
})

describe('the lock file', () => {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8')

  test('names no registry, so that any registry can serve it', () => {
    expect(lock).not.toContain('"resolved"')
  })

  test('is of this version of the manifest', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>
    const locked = (JSON.parse(lock) as { readonly packages: { readonly '': Record<string, unknown> } }).packages['']
    for (const key of ['name', 'version', 'dependencies', 'devDependencies', 'engines'])
      expect(locked[key]).toEqual(manifest[key])
  })
})

/** Finds `ical` in `icalText` and `fromIcal`, but not in `canonical`. */
function namesProvider({ file, text, isComment }: Line): boolean {
  const read = isComment && file.startsWith('src/model/') ? text.replace(standards, '') : text
  if (/google|microsoft|outlook|caldav|icloud/i.test(read)) return true
  const words = read.replace(/([a-z0-9])([A-Z])/g, '$1 $2').split(/[^A-Za-z]+/)
  return words.some((word) => /^(ical|ics|graph)$/i.test(word))
}

function isException({ file, text }: Line): boolean {
  return exceptions[file]?.some(({ part }) => text.includes(part)) ?? false
}

function linesOf(folder: string): readonly Line[] {
  const files = readdirSync(join(root, 'src', folder), { recursive: true, encoding: 'utf8' })
  return files
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => join('src', folder, file).replaceAll('\\', '/'))
    .flatMap((file) =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .map((text) => ({ file, text: text.trim(), isComment: /^\s*(\/\/|\/\*|\*)/.test(text) })),
    )
}

function show({ file, text }: Line): string {
  return `${file}: ${text}`
}
