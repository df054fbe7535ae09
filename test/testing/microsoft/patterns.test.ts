import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseRule } from '../../../src/model/recurrence.js'
import { ruleDates } from '../../../src/model/rule-dates.js'
import { datesOf, type KeptPattern, weekdayNames } from '../../../src/testing/microsoft/patterns.js'

/** The fake expands patterns by itself, so that it is no mirror of our own mapping. Where a rule says the same, both agree. */

const code = (day: string) => day.slice(0, 2).toUpperCase()
const days = fc.uniqueArray(fc.constantFrom(...weekdayNames), { minLength: 1, maxLength: 7 })
const interval = fc.integer({ min: 1, max: 12 })
const month = fc.integer({ min: 1, max: 12 })
const dayOfMonth = fc.integer({ min: 1, max: 28 })
const index = fc.constantFrom('first', 'second', 'third', 'fourth', 'last')
const none = { interval: 1, month: 0, dayOfMonth: 0, daysOfWeek: [], firstDayOfWeek: 'sunday', index: 'first' } as const

type Case = { readonly pattern: KeptPattern; readonly rule: string }

const positions: Readonly<Record<string, number>> = { first: 1, second: 2, third: 3, fourth: 4, last: -1 }
const relative = (daysOfWeek: readonly string[], which: string) =>
  `BYDAY=${daysOfWeek.map(code).join(',')};BYSETPOS=${positions[which]}`

const cases: fc.Arbitrary<Case> = fc.oneof(
  interval.map((n) => ({ pattern: { ...none, type: 'daily', interval: n }, rule: `FREQ=DAILY;INTERVAL=${n}` })),
  fc
    .record({ n: interval, daysOfWeek: days, first: fc.constantFrom(...weekdayNames) })
    .map(({ n, daysOfWeek, first }) => ({
      pattern: { ...none, type: 'weekly', interval: n, daysOfWeek, firstDayOfWeek: first },
      rule: `FREQ=WEEKLY;INTERVAL=${n};BYDAY=${daysOfWeek.map(code).join(',')};WKST=${code(first)}`,
    })),
  fc.record({ n: interval, dayOfMonth }).map(({ n, dayOfMonth: day }) => ({
    pattern: { ...none, type: 'absoluteMonthly', interval: n, dayOfMonth: day },
    rule: `FREQ=MONTHLY;INTERVAL=${n};BYMONTHDAY=${day}`,
  })),
  fc.record({ n: interval, daysOfWeek: days, index }).map(({ n, daysOfWeek, index: which }) => ({
    pattern: { ...none, type: 'relativeMonthly', interval: n, daysOfWeek, index: which },
    rule: `FREQ=MONTHLY;INTERVAL=${n};${relative(daysOfWeek, which)}`,
  })),
  fc.record({ n: interval, dayOfMonth, month }).map(({ n, dayOfMonth: day, month: m }) => ({
    pattern: { ...none, type: 'absoluteYearly', interval: n, dayOfMonth: day, month: m },
    rule: `FREQ=YEARLY;INTERVAL=${n};BYMONTH=${m};BYMONTHDAY=${day}`,
  })),
  fc.record({ n: interval, daysOfWeek: days, index, month }).map(({ n, daysOfWeek, index: which, month: m }) => ({
    pattern: { ...none, type: 'relativeYearly', interval: n, daysOfWeek, index: which, month: m },
    rule: `FREQ=YEARLY;INTERVAL=${n};BYMONTH=${m};${relative(daysOfWeek, which)}`,
  })),
)

test('a pattern has the dates of the rule that says the same', () => {
  const starts = fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
  fc.assert(
    fc.property(cases, starts, ({ pattern, rule }, day) => {
      const startDate = day.toISOString().slice(0, 10)
      const until = `${Number(startDate.slice(0, 4)) + 4}-01-01`
      const range = {
        ...{ type: 'endDate', startDate, endDate: until, recurrenceTimeZone: 'UTC', numberOfOccurrences: 0 },
      }
      const own = [...datesOf({ pattern, range })]
      const [from, to] = [startDate, until].map((date) => Date.parse(`${date}T00:00:00Z`))
      const found = ruleDates(parseRule(rule), `${startDate}T00:00:00`, { from: from ?? 0, to: to ?? 0, enough: 5_000 })
      const dates = found.map((ms) => new Date(ms).toISOString().slice(0, 10))
      // The start of a rule counts even where the rule does not fit it.
      expect(own[0] === startDate ? own : [startDate, ...own]).toEqual(dates)
    }),
    { numRuns: 200 },
  )
})
