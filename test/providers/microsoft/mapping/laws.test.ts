import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type EventContent, type OccurrenceField, occurrenceFields } from '../../../../src/model/content.js'
import { sameField, sameOccurrenceField } from '../../../../src/model/equality.js'
import { readOccurrence, unwritable, writable, writeFields } from '../../../../src/providers/microsoft/event-map.js'
import { holding } from '../../../../src/providers/microsoft/holding.js'
import { readRecurrence } from '../../../../src/providers/microsoft/recurrence.js'
import type { GraphEvent } from '../../../../src/providers/microsoft/wire.js'
import { eventContent, seriesContent } from '../../../support/arbitrary-content.js'
import { type Habits, shown } from './shown.js'

const contents = eventContent({ people: false, series: false })
const series = seriesContent({ people: false })
/** There are four habits, and each law holds with all of them. */
const numRuns = 40
const all = [...writable, 'recurrence'] as const

const lost = (content: EventContent, event: GraphEvent): readonly OccurrenceField[] => {
  const read = readOccurrence(event)
  return writable.filter((field) => !sameOccurrenceField(field, read, content))
}

test('every field is either written, or declared as one that is not held', () => {
  expect([...writable, ...unwritable].sort()).toEqual([...occurrenceFields].sort())
  expect(holding.cannotHold).toEqual(unwritable)
})

describe.each<Habits>([{}, { windowsNames: true }, { ownZone: true }, { windowsNames: true, ownZone: true }])(
  'at an Exchange with these habits: %o',
  (habits) => {
    test('what is written is read back', () =>
      fc.assert(
        fc.property(contents, (content) => {
          const event = shown(writeFields(content, writable, { before: undefined }), undefined, habits)
          expect(lost(content, event)).toEqual([])
        }),
        { numRuns },
      ))

    test('a series is read back as it was written', () =>
      fc.assert(
        fc.property(series, (content) => {
          fc.pre(holding.holdsSeries?.({ ...content, overrides: {} }) === true)
          const event = shown(writeFields(content, all, { before: undefined }), undefined, habits)
          expect(lost(content, event)).toEqual([])
          const recurrence = readRecurrence(event, readOccurrence(event).time.start)
          expect(sameField('recurrence', { ...content, recurrence }, content)).toBe(true)
        }),
        { numRuns },
      ))

    test('whatever an event said before, it says what was written over it', () =>
      fc.assert(
        fc.property(contents, contents, (before, after) => {
          const there = shown(writeFields(before, writable, { before: undefined }), undefined, habits)
          const named = writable.filter((field) => !sameOccurrenceField(field, readOccurrence(there), after))
          expect(lost(after, shown(writeFields(after, named, { before: there }), there, habits))).toEqual([])
        }),
        { numRuns },
      ))

    test('what one field is changed to changes no other', () =>
      fc.assert(
        fc.property(contents, contents, fc.constantFrom(...writable), (before, after, field) => {
          const there = shown(writeFields(before, writable, { before: undefined }), undefined, habits)
          const content = { ...before, [field]: after[field] }
          expect(lost(content, shown(writeFields(content, [field], { before: there }), there, habits))).toEqual([])
        }),
        { numRuns },
      ))

    test('what is written back as it was read changes nothing', () =>
      fc.assert(
        fc.property(contents, (content) => {
          // As a person made it: nothing is kept beside.
          const { singleValueExtendedProperties: _ours, ...made } = shown(
            writeFields(content, writable, { before: undefined }),
            undefined,
            habits,
          )
          const read = readOccurrence(made)
          const again = shown(writeFields(read, writable, { before: made }), made, habits)
          expect(readOccurrence(again)).toEqual(read)
          for (const name of ['importance', 'sensitivity', 'showAs', 'start', 'end', 'isReminderOn'] as const)
            expect(again[name]).toEqual(made[name])
        }),
        { numRuns },
      ))
  },
)

test('an occurrence keeps what its series keeps, until it says something else', () =>
  fc.assert(
    fc.property(contents, contents, (content, changed) => {
      const master = shown(writeFields(content, writable, { before: undefined }))
      const { singleValueExtendedProperties: _ofTheSeries, ...instance } = master
      const same = readOccurrence(instance, master)
      expect(writable.filter((field) => !sameOccurrenceField(field, same, content))).toEqual([])
      const body = writeFields(changed, writable, { before: instance, series: master })
      const read = readOccurrence(shown(body, instance), master)
      expect(writable.filter((field) => !sameOccurrenceField(field, read, changed))).toEqual([])
    }),
  ))
