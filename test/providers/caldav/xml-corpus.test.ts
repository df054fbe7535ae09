import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { isSyncError } from '../../../src/errors.js'
import { parseErrorBody, parseMultistatus } from '../../../src/providers/caldav/xml.js'

/**
 * Every XML body of the corpus is read or refused with a typed error, and how many of each is written down next to
 * this file. After a change that is meant, write the numbers again with `CALWEAVE_WRITE_COUNTS=1 vitest run`.
 */
const root = process.env['CALWEAVE_CORPUS'] ?? fileURLToPath(new URL('../../../../shared/corpus', import.meta.url))
const folder = `${root}/caldav-xml`
const countsFile = fileURLToPath(new URL('./xml-corpus.counts.json', import.meta.url))
const isThere = existsSync(folder)
if (!isThere) console.warn('The CalDAV XML corpus is not there (set CALWEAVE_CORPUS): its tests are skipped.')

interface Counts {
  files: number
  multistatus: Record<string, number>
  responses: number
  properties: number
  hrefs: number
  removed: number
  syncTokens: number
  /** What error bodies name, sorted. */
  conditions: string[]
}

describe.skipIf(!isThere)('the XML corpus (skipped when it is not there)', () => {
  test('every body is read or refused, as written down', () => {
    const counts: Counts = {
      files: 0,
      multistatus: {},
      responses: 0,
      properties: 0,
      hrefs: 0,
      removed: 0,
      syncTokens: 0,
      conditions: [],
    }
    const conditions = new Set<string>()
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.xml'))
      .sort()
    for (const name of names) {
      const text = readFileSync(`${folder}/${name}`, 'utf8')
      counts.files++
      for (const condition of parseErrorBody(text).conditions) conditions.add(condition)
      let outcome = 'read'
      try {
        const parsed = parseMultistatus(text)
        counts.responses += parsed.responses.length
        for (const response of parsed.responses) {
          counts.hrefs += response.hrefs.length
          counts.properties += response.props.length
          if (response.status === 404) counts.removed++
        }
        if (parsed.syncToken !== undefined) counts.syncTokens++
      } catch (error) {
        if (!isSyncError(error)) throw new Error(`${name}: not refused with a typed error`, { cause: error })
        outcome = `${error.code} ${error.reason}`
      }
      counts.multistatus[outcome] = (counts.multistatus[outcome] ?? 0) + 1
    }
    counts.conditions = [...conditions].filter((condition) => errorNames.has(condition)).sort()
    if (process.env['CALWEAVE_WRITE_COUNTS']) writeFileSync(countsFile, `${JSON.stringify(counts, null, 2)}\n`)
    expect(counts).toEqual(JSON.parse(readFileSync(countsFile, 'utf8')))
  })

  test('what says that it is a multistatus is read, apart from those that are listed here', () => {
    const index = JSON.parse(readFileSync(`${folder}/index.json`, 'utf8')) as {
      file: string
      root: string
      wellFormed: boolean
    }[]
    const listed = index.filter(
      (entry) => entry.root === 'multistatus' && entry.wellFormed && existsSync(`${folder}/${entry.file}`),
    )
    expect(listed.length).toBeGreaterThan(50)
    const unread = listed.filter((entry) => {
      try {
        parseMultistatus(readFileSync(`${folder}/${entry.file}`, 'utf8'))
        return false
      } catch {
        return true
      }
    })
    expect(unread.map((entry) => entry.file)).toEqual([])
  })
})

const errorNames = new Set([
  'valid-sync-token',
  'no-uid-conflict',
  'need-privileges',
  'number-of-matches-within-limits',
  'exception',
])
