import { describe, expect, test } from 'vitest'
import {
  completeContent,
  type EventContent,
  type EventTime,
  type Override,
  occurrenceOf,
  type Slot,
} from '../../../../src/model/content.js'
import { holding } from '../../../../src/providers/microsoft/holding.js'

const zone = 'Europe/Berlin'
const at = (local: string, where = zone): EventTime => ({ kind: 'timed', local, zone: where })
const holds = (content: EventContent) => holding.holdsSeries?.(content)

function series(rule: string, moves: Readonly<Record<Slot, EventTime | null>> = {}): EventContent {
  const start = at('2026-03-04T09:00:00')
  const content = completeContent({ time: { start, end: start }, recurrence: { rule, rdates: [] } })
  const overrides = Object.entries(moves).map(([slot, time]): [Slot, Override] => [
    slot,
    time === null
      ? { kind: 'cancelled' }
      : { kind: 'changed', content: { ...occurrenceOf(content), time: { start: time, end: time } } },
  ])
  return { ...content, overrides: Object.fromEntries(overrides) }
}

test('what is no series is held', () => {
  expect(holds({ ...series('FREQ=DAILY'), recurrence: null })).toBe(true)
})

test('a rule that is none is not held, and nothing is thrown', () => {
  expect(holds(series('FREQ=NEVER'))).toBe(false)
})

test('what Graph takes nothing of is declared: colours, links, guests', () => {
  expect([...holding.cannotHold].sort()).toEqual([
    'attachments',
    'attendees',
    'color',
    'conferences',
    'organizer',
    'url',
  ])
  expect(holding.limits).toEqual({ title: 255, reminders: 1 })
})

describe('a changed occurrence', () => {
  const weekly = 'FREQ=WEEKLY;BYDAY=MO,WE'

  test.each<[string, string, Readonly<Record<Slot, EventTime | null>>]>([
    ['at another time of its day', 'FREQ=DAILY', { '2026-03-05T09:00:00': at('2026-03-05T23:00:00') }],
    ['on a day between its neighbours', weekly, { '2026-03-09T09:00:00': at('2026-03-10T09:00:00') }],
    ['before the first day, as the first', weekly, { '2026-03-04T09:00:00': at('2026-02-01T09:00:00') }],
    ['cancelled', 'FREQ=DAILY', { '2026-03-05T09:00:00': null }],
    [
      'on the same day in the zone of the series',
      'FREQ=DAILY',
      { '2026-03-05T09:00:00': at('2026-03-06T05:00:00', 'Asia/Tokyo') },
    ],
  ])('%s is held', (_name, rule, moves) => {
    expect(holds(series(rule, moves))).toBe(true)
  })

  test.each<[string, string, Readonly<Record<Slot, EventTime | null>>]>([
    ['on the day of the next one', weekly, { '2026-03-09T09:00:00': at('2026-03-11T07:00:00') }],
    ['on the day of the one before', weekly, { '2026-03-09T09:00:00': at('2026-03-04T20:00:00') }],
    ['beyond the next one', 'FREQ=WEEKLY;INTERVAL=2', { '2026-03-18T09:00:00': at('2026-04-15T09:00:00') }],
    ['on another day of a daily series', 'FREQ=DAILY', { '2026-03-05T09:00:00': at('2026-03-06T09:00:00') }],
    [
      'on the day to which its neighbour was moved',
      weekly,
      { '2026-03-09T09:00:00': at('2026-03-10T09:00:00'), '2026-03-11T09:00:00': at('2026-03-10T15:00:00') },
    ],
    ['that the rule does not give', weekly, { '2026-03-10T09:00:00': at('2026-03-10T10:00:00') }],
    ['after the end', `${weekly};COUNT=2`, { '2026-03-11T09:00:00': null }],
  ])('%s is not', (_name, rule, moves) => {
    expect(holds(series(rule, moves))).toBe(false)
  })
})
