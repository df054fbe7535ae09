import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { patchObject } from '../../src/ical/patch.js'
import { type IcalUnit, readObject } from '../../src/ical/read.js'
import { writeObject } from '../../src/ical/write.js'
import { type EventContent, fields } from '../../src/model/content.js'
import { differingFields } from '../../src/model/equality.js'
import { eventContent } from '../support/arbitrary-content.js'
import { normalContent } from '../support/normal-content.js'

const now = Date.UTC(2026, 10, 1)
const uid = 'property@example.com'

function readBack(text: string): IcalUnit & { readonly ok: true } {
  const unit = readObject(text)
  if (!unit.ok) throw unit.error
  return unit
}

/** Every property of RFC 5545's lines that a bug in folding or escaping breaks. */
function expectCleanLines(text: string): void {
  expect(text.endsWith('\r\n')).toBe(true)
  for (const line of text.slice(0, -2).split('\r\n')) {
    expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
    expect(line).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f]/)
    expect(line).not.toMatch(/\p{Surrogate}/u)
  }
}

describe('writeObject', () => {
  test('what is written reads back equal', () => {
    fc.assert(
      fc.property(eventContent(), (content) => {
        const text = writeObject({ uid, content, now })
        expectCleanLines(text)
        const unit = readBack(text)
        expect(unit.content).toEqual(normalContent(content))
        expect(unit.uid).toBe(uid)
        expect(unit.readOnly).toBe(false)
      }),
      { numRuns: 150 },
    )
  })

  test('any text in any field neither breaks a line nor another field', () => {
    fc.assert(
      fc.property(eventContent({ wildText: true }), (content) => {
        const text = writeObject({ uid, content, now })
        expectCleanLines(text)
        expect(readBack(text).content).toEqual(normalContent(content))
      }),
      { numRuns: 150 },
    )
  })
})

describe('patchObject', () => {
  test('patching a into b by the fields that differ gives b', () => {
    fc.assert(
      fc.property(eventContent(), eventContent(), (a, b) => {
        const text = patchObject(writeObject({ uid, content: a, now }), {
          content: b,
          fields: differingFields(a, b),
          now,
        })
        expectCleanLines(text)
        expectSame(readBack(text).content, normalContent(b))
      }),
      { numRuns: 150 },
    )
  })

  test('patching one occurrence or one field of a series leaves the others equal', () => {
    fc.assert(
      fc.property(eventContent(), eventContent(), fc.constantFrom(...fields), (a, b, field) => {
        fc.pre(field !== 'time' && field !== 'recurrence' && field !== 'overrides')
        const mixed = { ...a, [field]: b[field] }
        const text = patchObject(writeObject({ uid, content: a, now }), { content: b, fields: [field], now })
        expectSame(readBack(text).content, normalContent(mixed))
      }),
      { numRuns: 120 },
    )
  })

  test('patching with all fields of the same content changes not one letter', () => {
    fc.assert(
      fc.property(eventContent({ wildText: true }), (content) => {
        const text = writeObject({ uid, content, now })
        expect(patchObject(text, { content: readBack(text).content, fields, now: now + 1000 })).toBe(text)
        expect(patchObject(text, { content, fields: [], now: now + 1000 })).toBe(text)
      }),
      { numRuns: 80 },
    )
  })
})

/** Equal in everything that counts; a patch does not touch what only differs in order or trailing blanks. */
function expectSame(a: EventContent, b: EventContent): void {
  const fields = differingFields(a, b)
  expect(Object.fromEntries(fields.map((field) => [field, a[field]]))).toEqual(
    Object.fromEntries(fields.map((field) => [field, b[field]])),
  )
  expect(fields).toEqual([])
}
