import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventConditionSchema, ProjectionSchema } from '../../src/index.js'
import { holdsWith } from '../../src/mapping/condition.js'
import { proposedTake, rowsOf, takeAll, undecidedOf } from '../../src/react/conflict-choices.js'
import { fieldMapOf, fieldMapRows, kindOf, partsOf, transformKinds, transformOf } from '../../src/react/field-map.js'
import { joinFilters, splitFilters } from '../../src/react/filters.js'
import { conflict, toDecide, work } from './fixtures.js'

const leaf = fc.oneof(
  fc.record({ allDay: fc.boolean() }),
  fc.record({ recurring: fc.boolean() }),
  fc.record({ keyword: fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 2 }) }),
  fc.record({ category: fc.constant(['work']) }),
  fc.record({ availability: fc.constantFrom(['free'], ['free', 'busy']) }),
  fc.record({ visibility: fc.constant(['private', 'confidential']) }),
  fc.record({
    attendee: fc.constantFrom({ email: ['me@example.com'], status: ['declined'] }, { email: ['me@example.com'] }),
  }),
  fc.record({
    timeOfDay: fc.constantFrom({ from: '09:00', to: '17:00' }, { from: '09:00', to: '17:00', days: ['MO'] }),
  }),
  fc.record({ startsBefore: fc.constant('2026-01-01') }),
)
const { condition } = fc.letrec((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.record({ all: fc.array(tie('condition'), { maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('condition'), { maxLength: 3 }) }),
    fc.record({ not: tie('condition') }),
  ),
}))

test('a condition that is taken apart for a form and put together again asks the same', () => {
  fc.assert(
    fc.property(condition, fc.array(leaf), (given, leaves) => {
      const answers = new Set(leaves.map((one) => JSON.stringify(one)))
      const asked = EventConditionSchema.parse(given)
      const again = joinFilters(splitFilters(asked))
      const isSo = (leaf: object) => answers.has(JSON.stringify(leaf))
      expect(holdsWith<object>(again ?? { all: [] }, isSo)).toBe(holdsWith<object>(asked, isSo))
      if (again) EventConditionSchema.parse(again)
    }),
  )
})

test('a field map that is taken apart into lines and put together again is the same', () => {
  const row = fc
    .constantFrom(...(Object.keys(transformKinds) as (keyof typeof transformKinds)[]))
    .chain((field) => fc.constantFrom(...(transformKinds[field] ?? [])).map((kind) => ({ field, kind })))
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      const map = fieldMapOf(rows.map(({ field, kind }) => ({ field, transform: transformOf(kind, 'a', 'b') })))
      expect(fieldMapOf(fieldMapRows(map))).toEqual(map)
      for (const { transform } of fieldMapRows(map)) {
        const [value = '', other = ''] = partsOf(transform) ?? []
        expect(transformOf(kindOf(transform), value, other)).toEqual(transform)
      }
    }),
  )
})

test('a form offers no step for a field that a projection never takes', () => {
  const values: Readonly<Record<string, readonly [string, string]>> = {
    status: ['confirmed', 'tentative'],
    availability: ['busy', 'free'],
    visibility: ['default', 'private'],
    color: ['red', 'blue'],
  }
  for (const [field, kinds] of Object.entries(transformKinds))
    for (const kind of kinds) {
      const [value, other] = values[field] ?? (kind === 'template' ? ['{title} x', ''] : ['a', 'b'])
      const parsed = ProjectionSchema.safeParse({ fields: { [field]: [transformOf(kind, value, other)] } })
      expect([field, kind, parsed.error?.message]).toEqual([field, kind, undefined])
    }
})

test('what is proposed can be chosen, and taking all of a side leaves nothing open that it has a side of', () => {
  const rows = rowsOf(conflict, toDecide.options)
  const take = proposedTake(rows)
  for (const [field, choice] of Object.entries(take))
    expect(rows.find((row) => row.field === field)?.choices).toContain(choice)
  expect(undecidedOf(rows, takeAll(rows, work, take))).toEqual([])
})
