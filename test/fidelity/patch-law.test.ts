import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { patchObject } from '../../src/ical/patch.js'
import { readObject } from '../../src/ical/read.js'
import { writeObject } from '../../src/ical/write.js'
import { type EventContent, type Field, fields } from '../../src/model/content.js'
import { differingFields } from '../../src/model/equality.js'
import { eventContent } from '../support/arbitrary-content.js'
import { normalContent } from '../support/normal-content.js'
import { blocks, type Entry, entriesOf } from './resources.js'

const now = Date.UTC(2026, 10, 1)
const runs = { numRuns: Number(process.env['CALWEAVE_FUZZ'] ?? 200) }

/** What other programs write: with parameters, in components of their own, folded in their own way, in any order. */
const foreignItem = fc.constantFrom(
  'X-OTHER-APP;X-LEVEL=high;X-LIST=a,"b;c",d:kept\\, with a comma',
  'x-lower-Case:value',
  'ATTACH;ENCODING=BASE64;VALUE=BINARY;X-FILENAME=a.png:iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYA\r\n AAfFcSJAAAADUlEQVR42mNk',
  'STRUCTURED-DATA;FMTTYPE="application/ld+json";VALUE=TEXT:{"a":1}',
  'COMMENT;LANGUAGE=de:Gefaltet mitten im W\r\n\tort',
  'RELATED-TO;RELTYPE=SIBLING:other@example.com',
  'REQUEST-STATUS:2.0;Success',
  'BEGIN:VALARM\r\nACTION:X-START\r\nTRIGGER;X-APPROX=TRUE:-PT7M\r\nACKNOWLEDGED:20260101T000000Z\r\nEND:VALARM',
  'BEGIN:PARTICIPANT\r\nUID:p1\r\nPARTICIPANT-TYPE:SPONSOR\r\nBEGIN:VLOCATION\r\nUID:l1\r\nEND:VLOCATION\r\nEND:PARTICIPANT',
  `X-LONG:${'unfolded and much longer than a line may be '.repeat(4)}`,
)

/** A text of ours with things of others put in between, each under a number by which it is found again. */
const withForeign = fc
  .tuple(eventContent(), fc.array(fc.tuple(foreignItem, fc.nat({ max: 30 })), { maxLength: 6 }), fc.boolean())
  .map(([content, foreign, isOldStyle]) => {
    const lines = entriesOf(writeObject({ uid: 'law@example.com', content, now: 0 })).map(({ text }) => text)
    foreign.forEach(([item, place], at) => {
      const own = item.replace(/^(BEGIN:\w+|[\w-]+)/, item.startsWith('BEGIN') ? `$1\r\nX-N:${at}` : `$1;X-N="${at}"`)
      const places = placesIn(lines)
      lines.splice(places[place % places.length] ?? 0, 0, own)
    })
    // other programs fold elsewhere
    const text = `${lines.join('\r\n')}\r\n`
    return isOldStyle ? text.replaceAll('\r\n', '\n') : text
  })

/** Where a line may be put into the first VEVENT without standing inside of one of its components. */
function placesIn(lines: readonly string[]): readonly number[] {
  const found: number[] = []
  const open: string[] = []
  lines.forEach((line, at) => {
    if (open.join() === 'VCALENDAR,VEVENT') found.push(at)
    if (line.startsWith('END:')) open.pop()
    if (/^BEGIN:/.test(line) && !line.includes('\r\n')) open.push(line.slice(6))
  })
  const end = lines.indexOf('END:VEVENT')
  return [...found.filter((at) => at <= end && at > lines.indexOf('BEGIN:VEVENT')), end]
}

/** The lines and components of the first event that carry a number, in their order. */
function foreignOf(text: string): readonly string[] {
  const [event = []] = blocks(entriesOf(text), 'VEVENT')
  const items: Entry[][] = []
  for (const entry of event) {
    if (entry.path.length > 2 && !(entry.name === 'BEGIN' && entry.path.length === 3)) items.at(-1)?.push(entry)
    else items.push([entry])
  }
  return items.filter((item) => item.some(isNumbered)).map((item) => item.map((entry) => entry.text).join('\r\n'))
}

function isNumbered({ unfolded }: Entry): boolean {
  return /^X-N:|;X-N="/.test(unfolded)
}

function read(text: string): EventContent {
  const unit = readObject(text)
  if (!unit.ok) throw unit.error
  return unit.content
}

describe('a patch of any event that others have written into', () => {
  test('reads as the edit of what was read, and leaves what is not ours as it is, in its order', () => {
    fc.assert(
      fc.property(withForeign, eventContent(), fc.subarray([...fields], { minLength: 1 }), (text, other, chosen) => {
        const before = read(text)
        const edited = editOf(before, normalContent(other), chosen)
        const after = patchObject(text, { content: edited, fields, now })
        expect(differingFields(read(after), normalContent(edited))).toEqual([])
        expect(foreignOf(after)).toEqual(foreignOf(text.replaceAll(/\r?\n/g, '\r\n')))
        if (after !== text) expect(after).not.toMatch(/[^\r]\n/)
      }),
      runs,
    )
  })

  test('is the text itself where nothing changes, and the same text when it is made twice', () => {
    fc.assert(
      fc.property(withForeign, fc.string(), (text, title) => {
        const content = read(text)
        expect(patchObject(text, { content, fields, now })).toBe(text)
        const once = patchObject(text, { content: { ...content, title }, fields, now })
        expect(patchObject(once, { content: { ...content, title }, fields, now: now + 1 })).toBe(once)
      }),
      runs,
    )
  })
})

/** Time and repetition go together: a series whose start moved has other slots. */
function editOf(before: EventContent, other: EventContent, chosen: readonly Field[]): EventContent {
  const repetition: readonly Field[] = ['time', 'recurrence', 'overrides']
  const all = chosen.some((field) => repetition.includes(field)) ? [...chosen, ...repetition] : chosen
  return { ...before, ...Object.fromEntries(all.map((field) => [field, other[field]])) }
}
