import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isSyncError } from '../../src/errors.js'
import { decodeCalendar } from '../../src/ical/decode.js'
import { patchObject } from '../../src/ical/patch.js'
import { type IcalUnit, readCalendar, readObject } from '../../src/ical/read.js'
import { writeObject } from '../../src/ical/write.js'
import { EventContentSchema, fields } from '../../src/model/content.js'
import { normalContent } from '../support/normal-content.js'
import { corpusFolder, filesIn } from './corpus.js'

/**
 * Over a thousand calendar files out of other projects' tests: every one is read, or refused with a typed reason, and
 * what is read survives writing and patching.
 *
 * The numbers are kept in `ics-corpus.counts.json`. After a change that moves them on purpose, regenerate with
 * `CALWEAVE_COUNTS=write vitest run --project unit test/corpus` and look at the difference.
 */
const folder = corpusFolder('ics-corpus')
const { CALWEAVE_COUNTS } = process.env
const countsFile = new URL('./ics-corpus.counts.json', import.meta.url)

type ReadUnit = IcalUnit & { readonly ok: true }

if (!folder)
  console.warn('The corpus of calendar files is not here, so its tests are skipped. Set CALWEAVE_CORPUS to its folder.')

describe.skipIf(!folder)('calendar files of other projects', () => {
  const counts: Record<'files' | 'units', Record<string, number>> = { files: {}, units: {} }
  const units: { readonly file: string; readonly unit: ReadUnit }[] = []
  const count = (kind: keyof typeof counts, outcome: string) => {
    counts[kind][outcome] = (counts[kind][outcome] ?? 0) + 1
  }
  const unexpected: string[] = []
  for (const file of folder ? filesIn(folder, '.ics') : []) {
    try {
      const calendar = readCalendar(decodeCalendar(readFileSync(join(folder ?? '', file))))
      count('files', 'read')
      for (const unit of calendar.units) {
        count('units', unit.ok ? 'read' : outcomeOf(unit.error))
        if (unit.ok) units.push({ file, unit })
        else if (unit.error.reason === 'UNREADABLE') unexpected.push(file)
      }
    } catch (error) {
      count('files', outcomeOf(error))
      if (!isSyncError(error)) unexpected.push(file)
    }
  }

  test('are read, or refused for a reason that we know', () => {
    expect(unexpected).toEqual([])
    console.info(JSON.stringify(sorted(counts), null, 2))
    if (CALWEAVE_COUNTS === 'write') writeFileSync(countsFile, `${JSON.stringify(sorted(counts), null, 2)}\n`)
    expect(sorted(counts)).toEqual(JSON.parse(readFileSync(countsFile, 'utf8')))
  })

  test('give contents that the model takes', () => {
    const wrong = units.filter(({ unit }) => !EventContentSchema.safeParse(unit.content).success)
    expect(wrong.map(({ file, unit }) => `${file} ${unit.uid}`)).toEqual([])
  })

  test('give units whose text alone reads the same', () => {
    for (const { file, unit } of units) {
      const alone = readObject(unit.text)
      expect(alone.ok ? alone.content : alone.error, `${file} ${unit.uid}`).toEqual(unit.content)
    }
  })

  test('survive being written anew', () => {
    for (const { file, unit } of units) {
      const written = readObject(writeObject({ uid: unit.uid, content: unit.content, now: 0 }))
      expect(written.ok ? written.content : written.error, `${file} ${unit.uid}`).toEqual(normalContent(unit.content))
    }
  })

  test('are not changed by a patch that changes nothing', () => {
    for (const { file, unit } of units) {
      if (unit.readOnly) continue
      const { text, content } = unit
      expect(patchObject(text, { content, fields, now: 0 }) === text, `${file} ${unit.uid}`).toBe(true)
    }
  })

  test('keep all of their lines when one field is patched, but for that field and the times of change', () => {
    const ours = /^(SUMMARY|DTSTAMP|LAST-MODIFIED|METHOD)[;:]/
    const linesOf = (text: string) =>
      text
        .replaceAll(/\r\n[ \t]/g, '')
        .split('\r\n')
        .filter((line) => !ours.test(line))
        .sort()
    for (const { file, unit } of units) {
      if (unit.readOnly) continue
      const { text } = unit
      const content = { ...unit.content, title: `${unit.content.title}+` }
      const after = patchObject(text, { content, fields: ['title'], now: 0 })
      const back = readObject(after)
      expect(back.ok && back.content, `${file} ${unit.uid}`).toEqual(content)
      if (isPlain(text)) expect(linesOf(after), `${file} ${unit.uid}`).toEqual(linesOf(text))
    }
  })
})

/**
 * Of several versions of one event only the one that counts outlives a patch, and an occurrence that a period has added
 * has to become a component of its own to keep the old title.
 */
function isPlain(text: string): boolean {
  const [events, slots] = [text.match(/^BEGIN:VEVENT/gm) ?? [], new Set(text.match(/^RECURRENCE-ID.*/gm))]
  return events.length === slots.size + 1 && !/^RDATE.*\//m.test(text)
}

function outcomeOf(error: unknown): string {
  return isSyncError(error) ? `${error.code} ${error.reason}` : 'crash'
}

function sorted(counts: Readonly<Record<string, Readonly<Record<string, number>>>>): unknown {
  const order = (record: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
  return Object.fromEntries(Object.entries(counts).map(([kind, record]) => [kind, order(record)]))
}
