import { describe, expect, test } from 'vitest'
import { completeContent } from '../../src/index.js'
import { english, fieldText, formatsOf, itemText, itemWhere } from '../../src/react/index.js'

const formats = formatsOf('en-GB', 'Europe/Berlin')
const at = Date.UTC(2026, 2, 4, 12)
const timed = (local: string, zone = 'Europe/Berlin') => ({ kind: 'timed', local, zone }) as const
const date = (text: string) => ({ kind: 'date', date: text }) as const

describe('dates', () => {
  test('of an event are told by its own clock, with the zone where it is another one', () => {
    const [start, end] = [timed('2026-03-04T09:00:00'), timed('2026-03-04T09:30:00')]
    expect(formats.span({ start, end })).toMatch(/^Wed, 4 Mar 2026, 0?9:00\s?–\s?0?9:30$/)
    const away = { start: timed('2026-03-04T09:00:00', 'Asia/Tokyo'), end: timed('2026-03-04T09:30:00', 'Asia/Tokyo') }
    expect(formats.span(away)).toMatch(/0?9:00.*\(Asia\/Tokyo\)$/)
  })

  test('of whole days name the last day, and not the one after it', () => {
    expect(formats.span({ start: date('2026-03-04'), end: date('2026-03-05') })).toBe('Wed, 4 Mar 2026')
    expect(formats.span({ start: date('2026-03-04'), end: date('2026-03-07') })).toMatch(/4.*Fri,? 6 Mar 2026$/)
  })

  test('are the same in the hour that a zone skips', () => {
    const [start, end] = [timed('2026-03-29T02:30:00'), timed('2026-03-29T03:30:00')]
    expect(formats.span({ start, end })).toMatch(/0?2:30\s?–\s?0?3:30/)
  })

  test('far away are no count of days', () => {
    expect(formats.relative(at - 240_000, at)).toBe('4 minutes ago')
    expect(formats.relative(at + 86_400_000, at)).toBe('tomorrow')
    expect(formats.relative(at - 400 * 86_400_000, at)).toBe('28 Jan 2025')
  })
})

describe('the value of a field', () => {
  const content = completeContent({ time: { start: date('2026-03-04'), end: date('2026-03-05') } })

  test.each([
    ['title', '', 'none'],
    ['title', '<b>x</b>', '<b>x</b>'],
    ['categories', ['a', 'b'], 'a and b'],
    ['attendees', [{ email: 'a@example.com', name: 'Ana' }, { email: 'b@example.com' }], 'Ana and b@example.com'],
    ['availability', 'out_of_office', 'out of office'],
    ['reminders', 'default', 'as the calendar does'],
    ['reminders', [{ method: 'popup', trigger: { kind: 'offset', seconds: -900, from: 'start' } }], '15 mins before'],
    ['recurrence', { rule: 'FREQ=DAILY', rdates: [] }, 'FREQ=DAILY'],
    ['priority', 3, '3'],
    ['removal', null, 'Removed here'],
  ] as const)('%s %j is told as %s', (field, value, text) => {
    expect(fieldText(field, value as never, formats, english)).toBe(text)
  })

  test('of every field is text, whatever stands there', () => {
    for (const [field, value] of Object.entries(content))
      expect([field, typeof fieldText(field as never, value as never, formats, english)]).toEqual([field, 'string'])
  })

  test('of one occurrence says which one', () => {
    const item = { field: 'overrides', path: ['2026-03-04T09:00:00', 'title'] } as const
    expect(itemWhere(item, formats)).toMatch(/^Wed, 4 Mar 2026, 0?9:00$/)
    expect(itemText(item, 'Late', formats, english)).toBe('Late')
    const whole = { field: 'overrides', path: ['2026-03-04'] } as const
    expect(itemText(whole, { kind: 'cancelled' }, formats, english)).toBe('cancelled')
    expect(itemText(whole, null, formats, english)).toBe('as before')
    const changed = { kind: 'changed', content: { ...content, title: 'Moved' } } as never
    expect(itemText(whole, changed, formats, english)).toBe('Moved and Wed, 4 Mar 2026')
  })
})
