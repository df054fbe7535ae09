import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isSyncError } from '../../src/errors.js'
import { decodeCalendar } from '../../src/ical/decode.js'
import { patchObject } from '../../src/ical/patch.js'
import { type IcalUnit, readObject } from '../../src/ical/read.js'
import { type EventContent, type Field, occurrenceOf } from '../../src/model/content.js'
import { differingFields } from '../../src/model/equality.js'
import type { Mark } from '../../src/model/origin.js'
import { addDays, addToLocal } from '../../src/model/time.js'
import { corpusFolder, filesIn } from '../corpus/corpus.js'
import { type Allowed, difference } from './difference.js'
import { resourcesOf } from './resources.js'

/**
 * What an edit leaves of what we know nothing of: every calendar file of the corpus, cut into the resources that a server
 * would keep, is edited in several ways. The text may then differ in the lines that the edit is about, in DTSTAMP,
 * LAST-MODIFIED and SEQUENCE, and in nothing else, folding included. Line ends are CRLF afterwards. What else a text may
 * lose is counted by name; see `difference.ts`.
 *
 * The numbers are kept in `corpus-capture.counts.json`. After a change that moves them on purpose, regenerate with
 * `CALWEAVE_COUNTS=write vitest run --project unit test/fidelity` and look at the difference.
 */
const folder = corpusFolder('ics-corpus')
const { CALWEAVE_COUNTS } = process.env
const countsFile = new URL('./corpus-capture.counts.json', import.meta.url)

if (!folder)
  console.warn('The corpus of calendar files is not here, so its tests are skipped. Set CALWEAVE_CORPUS to its folder.')

type ReadUnit = IcalUnit & { readonly ok: true }

interface Edit {
  readonly fields: readonly Field[]
  readonly allowed: Allowed
  readonly mark?: Mark
  /** Undefined where there is nothing to edit in this way. */
  change(content: EventContent): EventContent | undefined
}

const now = Date.UTC(2026, 10, 1)

const mark = {
  groupId: 'group',
  eventId: 'event',
  calendarId: 'calendar',
  incarnation: 1,
  key: '0123456789abcdefghijklmnopqrstuv',
  signature: 'signature',
} as unknown as Mark

const markOnly = 'nothing, but the mark is written'

const edits: Readonly<Record<string, Edit>> = {
  'the title': {
    fields: ['title'],
    allowed: { lines: ['SUMMARY'] },
    change: (content) => ({ ...content, title: `${content.title} (moved)` }),
  },
  'the description': {
    fields: ['description'],
    allowed: { lines: ['DESCRIPTION', 'X-ALT-DESC'] },
    change: (content) => ({ ...content, description: `${content.description}\nBring cake.` }),
  },
  'the end': {
    fields: ['time'],
    allowed: { lines: ['DTEND', 'DURATION'] },
    change: (content) => ({ ...content, time: { ...content.time, end: later(content.time.end) } }),
  },
  'start and end of a single event': {
    fields: ['time'],
    allowed: { lines: ['DTSTART', 'DTEND', 'DURATION'] },
    change: (content) =>
      content.recurrence
        ? undefined
        : { ...content, time: { start: later(content.time.start), end: later(content.time.end) } },
  },
  'the title of one changed occurrence': {
    fields: ['overrides'],
    allowed: { lines: ['SUMMARY'] },
    change(content) {
      const slot = Object.keys(content.overrides).find((key) => content.overrides[key]?.kind === 'changed')
      const override = slot === undefined ? undefined : content.overrides[slot]
      if (slot === undefined || override?.kind !== 'changed') return undefined
      const changed = { ...override.content, title: `${override.content.title} (moved)` }
      return { ...content, overrides: { ...content.overrides, [slot]: { kind: 'changed', content: changed } } }
    },
  },
  'the title of the first occurrence of a series': {
    fields: ['overrides'],
    allowed: { lines: [], newEvent: true },
    change(content) {
      const { start } = content.time
      const slot = start.kind === 'date' ? start.date : start.local
      if (!content.recurrence?.rule || slot in content.overrides || content.status === 'cancelled') return undefined
      const changed = { ...occurrenceOf(content), title: `${content.title} (moved)` }
      return { ...content, overrides: { ...content.overrides, [slot]: { kind: 'changed', content: changed } } }
    },
  },
  [markOnly]: {
    fields: [],
    mark,
    allowed: { lines: ['X-CALWEAVE-MARK'] },
    change: (content) => content,
  },
}

function withPeriods({ lines }: Allowed): Allowed {
  return { lines: [...lines, 'RDATE'], newEvent: true }
}

function later(time: EventContent['time']['start']): EventContent['time']['start'] {
  return time.kind === 'date'
    ? { kind: 'date', date: addDays(time.date, 1) }
    : { ...time, local: addToLocal(time.local, 18_000) }
}

describe.skipIf(!folder)('an edit of every resource of the corpus', () => {
  const resources: { readonly file: string; readonly text: string; readonly unit: ReadUnit }[] = []
  const counts: Record<string, Record<string, number>> = {}
  const count = (edit: string, outcome: string) => {
    const of = counts[edit] ?? {}
    counts[edit] = of
    of[outcome] = (of[outcome] ?? 0) + 1
  }
  for (const file of folder ? filesIn(folder, '.ics') : []) {
    const text = decoded(join(folder ?? '', file))
    for (const resource of text === undefined ? [] : resourcesOf(text)) {
      const unit = readObject(resource)
      count('resources', unit.ok ? (unit.readOnly ? 'read only' : 'read') : 'not readable, so never written')
      if (unit.ok && !unit.readOnly) resources.push({ file, text: resource, unit })
    }
  }

  test.each(Object.entries(edits))('%s', (name, { fields, allowed, change, mark: stamped }) => {
    const wrong: string[] = []
    for (const { file, text, unit } of resources) {
      const content = change(unit.content)
      if (!content) continue
      let after: string
      try {
        after = patchObject(text, { content, fields, now, ...(stamped && { mark: stamped }) })
      } catch (error) {
        if (!isSyncError(error)) throw error
        count(name, `refused: ${error.reason}`)
        continue
      }
      const back = readObject(after)
      if (!back.ok || differingFields(back.content, content).length > 0) {
        wrong.push(`${file} ${unit.uid}: reads ${back.ok ? differingFields(back.content, content) : back.error.reason}`)
      }
      // An occurrence that a period has added says everything else as its master does: to keep what it said when the
      // master changes, it becomes a component of its own.
      const byPeriods = name !== markOnly && /^RDATE.*\//m.test(text)
      const { ok, outcome } = difference(text, after, byPeriods ? withPeriods(allowed) : allowed)
      count(
        name,
        ok ? `${outcome}${byPeriods ? ', and occurrences that periods gave become components' : ''}` : 'wrong',
      )
      if (!ok) wrong.push(`${file} ${unit.uid}: ${outcome}`)
    }
    expect(wrong).toEqual([])
  })

  test('has the outcomes that are written down', () => {
    const sorted = Object.fromEntries(
      Object.entries(counts).map(([edit, of]) => [edit, Object.fromEntries(Object.entries(of).sort())]),
    )
    if (CALWEAVE_COUNTS === 'write') writeFileSync(countsFile, `${JSON.stringify(sorted, null, 2)}\n`)
    expect(sorted).toEqual(JSON.parse(readFileSync(countsFile, 'utf8')))
  })
})

function decoded(path: string): string | undefined {
  try {
    return decodeCalendar(readFileSync(path))
  } catch {
    return undefined // not UTF-8: refused before anything is read
  }
}
