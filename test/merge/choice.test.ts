import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { choicesOf, otherSides, withChoices } from '../../src/merge/choice.js'
import type { ConflictItem, ConflictSide } from '../../src/model/conflict.js'
import type { EventContent } from '../../src/model/content.js'
import type { CalendarId } from '../../src/model/ids.js'
import type { Json } from '../../src/model/json.js'
import { content, daily, hours } from '../support/world.js'

const [a, b, c] = ['a', 'b', 'c'] as unknown as readonly [CalendarId, CalendarId, CalendarId]
const slot = '2026-01-06T09:00:00'

const side = (calendarId: CalendarId, value: unknown): ConflictSide => ({
  calendarId,
  value: value as Json,
  changedAt: null,
})

function item(given: Partial<ConflictItem> & Pick<ConflictItem, 'field' | 'sides'>): ConflictItem {
  return { path: [], kind: 'both_changed', base: null, winner: a, outcome: 'taken', strategy: 'x', ...given }
}

const location = item({ field: 'location', base: 'Café', sides: [side(a, 'here'), side(b, 'there')] })

describe('what may be chosen', () => {
  const choices = (...items: ConflictItem[]) =>
    Object.fromEntries([...choicesOf({ items })].map(([field, known]) => [field, [...known]]))

  test('every side of a field, both of them, and for descriptions their lines', () => {
    const description = item({ field: 'description', sides: [side(a, 'x'), side(b, 'y')] })
    expect(choices(location, description)).toEqual({ location: [a, b, 'both'], description: [a, b, 'both', 'merge'] })
  })
  test('any of three calendars that disagree', () => {
    const later = item({ field: 'location', sides: [side(a, 'here'), side(c, 'elsewhere')] })
    expect(new Set(choices(location, later)['location'])).toEqual(new Set([a, b, c, 'both']))
  })
  test('of a removal one of the sides, and no compromise', () => {
    expect(choices(item({ field: 'removal', sides: [side(a, null), side(b, {})] }))).toEqual({ removal: [a, b] })
  })
  test('the lines of one occurrence, and not of a category called "description"', () => {
    const own = item({ field: 'overrides', path: [slot, 'description'], sides: [side(a, 'x'), side(b, 'y')] })
    const odd = item({ field: 'categories', path: ['description'], sides: [side(a, 'x'), side(b, null)] })
    expect(choices(own)['overrides']).toContain('merge')
    expect(choices(odd)['categories']).not.toContain('merge')
  })
})

describe('putting a chosen value back', () => {
  const series = daily('Stand-up', { location: 'Room 1' })
  const { recurrence: _r, overrides: _o, ...own } = series
  const changed = (given: Partial<EventContent>) => ({ kind: 'changed' as const, content: { ...own, ...given } })

  test('changes the field that was chosen and nothing else', () => {
    const now = content('Renamed since', { location: 'here', description: 'since' })
    expect(withChoices(now, [location], { location: b })).toEqual({ ...now, location: 'there' })
  })
  test('leaves what was not chosen, and what both sides were kept of', () => {
    const now = content('Lunch', { location: 'here' })
    expect(withChoices(now, [location], {})).toEqual(now)
    expect(withChoices(now, [location], { location: 'both' })).toEqual(now)
    expect(withChoices(now, [location], { location: 'merge' })).toEqual(now)
  })
  test('a whole series that lost comes back as a whole, whichever of its fields the conflict is filed under', () => {
    const lost = { time: hours(11), recurrence: { rule: 'FREQ=WEEKLY', rdates: [] }, overrides: {} }
    for (const field of ['time', 'recurrence', 'overrides'] as const) {
      const whole = item({ field, sides: [side(a, {}), side(b, lost)] })
      expect(withChoices(series, [whole], { [field]: b })).toEqual({ ...series, ...lost })
    }
    const moved = item({ field: 'overrides', path: ['series'], sides: [side(a, {}), side(b, lost)] })
    expect(withChoices(series, [moved], { overrides: b })).toEqual({ ...series, ...lost })
  })
  test('a field of one occurrence', () => {
    const one = item({ field: 'overrides', path: [slot, 'location'], sides: [side(a, 'x'), side(b, 'Room 2')] })
    const others = { '2026-01-07T09:00:00': { kind: 'cancelled' as const } }
    const now = { ...series, overrides: { [slot]: changed({ title: 'Special' }), ...others } }
    expect(withChoices(now, [one], { overrides: b }).overrides).toEqual({
      [slot]: changed({ title: 'Special', location: 'Room 2' }),
      ...others,
    })
  })
  test('a field of an occurrence that nobody changes any more makes a changed occurrence of it', () => {
    const one = item({ field: 'overrides', path: [slot, 'location'], sides: [side(a, 'x'), side(b, 'Room 2')] })
    expect(withChoices(series, [one], { overrides: b }).overrides[slot]).toEqual(
      changed({ location: 'Room 2', time: hours(9, 10, '2026-01-06') }),
    )
  })
  test('an occurrence that the series does not have as it is then stays away', () => {
    const moved = { time: hours(11), recurrence: series.recurrence, overrides: {} }
    const whole = item({ field: 'overrides', path: ['series'], sides: [side(a, series), side(b, moved)] })
    const one = item({ field: 'overrides', path: [slot], sides: [side(b, changed({ title: 'x' })), side(a, null)] })
    expect(withChoices(series, [one, whole], { overrides: b })).toEqual({ ...series, ...moved })
    expect(withChoices({ ...series, ...moved }, [one], { overrides: b }).overrides).toEqual({})
  })
  test('an occurrence as a whole: changed, cancelled, or as the series says', () => {
    const whole = item({
      field: 'overrides',
      path: [slot],
      sides: [side(a, changed({ title: 'x' })), side(b, { kind: 'cancelled' }), side(c, null)],
    })
    const now = { ...series, overrides: { [slot]: changed({ title: 'x' }) } }
    expect(withChoices(now, [whole], { overrides: b }).overrides).toEqual({ [slot]: { kind: 'cancelled' } })
    expect(withChoices(now, [whole], { overrides: c }).overrides).toEqual({})
  })
  test('one element of a list, put in, replaced or taken out', () => {
    const guest = (email: string, name: string) => ({
      email,
      name,
      role: 'required' as const,
      status: 'accepted' as const,
      type: 'individual' as const,
    })
    const ada = item({
      field: 'attendees',
      path: ['ada@example.com'],
      sides: [side(a, null), side(b, guest('ada@example.com', 'Ada L'))],
    })
    const others = [guest('bob@example.com', 'Bob')]
    const putBack = (attendees: EventContent['attendees'], choice: CalendarId) =>
      withChoices(content('Lunch', { attendees }), [ada], { attendees: choice }).attendees
    expect(putBack(others, b)).toEqual([...others, guest('ada@example.com', 'Ada L')])
    expect(putBack([guest('ADA@example.com', 'Ada'), ...others], b)).toEqual([
      ...others,
      guest('ada@example.com', 'Ada L'),
    ])
    expect(putBack([guest('ada@example.com', 'Ada'), ...others], a)).toEqual(others)
  })
  test('a reminder where the list has become the default of its calendar since', () => {
    const reminder = { method: 'popup', trigger: { kind: 'offset', seconds: -600, from: 'start' } } as const
    const one = item({
      field: 'reminders',
      path: [JSON.stringify(reminder)],
      sides: [side(a, null), side(b, reminder)],
    })
    const now = content('Lunch', { reminders: 'default' })
    expect(withChoices(now, [one], { reminders: b }).reminders).toEqual([reminder])
  })
  test('the lines of both descriptions, and of all three where three disagreed', () => {
    const two = item({ field: 'description', base: 'x', sides: [side(a, 'x\na'), side(b, 'x\nb')] })
    const third = item({ field: 'description', base: 'x', sides: [side(a, 'x\na'), side(c, 'x\nc')] })
    const now = content('Lunch', { description: 'x\na' })
    expect(withChoices(now, [two], { description: 'merge' }).description).toBe('x\na\nb')
    expect(withChoices(now, [two, third], { description: 'merge' }).description).toBe('x\na\nb\nc')
  })
  test('a side that lives on by itself already is not made once more', () => {
    const now = content('Lunch', { location: 'here' })
    expect(otherSides(now, [location], { location: 'both' })).toHaveLength(1)
    expect(otherSides(now, [{ ...location, outcome: 'both' }], { location: 'both' })).toEqual([])
  })
  test('of three calendars that disagreed any value can be put back', () => {
    const later = item({ field: 'location', sides: [side(a, 'here'), side(c, 'elsewhere')] })
    const now = content('Lunch', { location: 'here' })
    for (const [choice, value] of [
      [a, 'here'],
      [b, 'there'],
      [c, 'elsewhere'],
    ] as const)
      expect(withChoices(now, [location, later], { location: choice }).location).toBe(value)
  })
  test('twice is as once', () => {
    const choice = fc.constantFrom(a, b, 'both' as const, 'merge' as const)
    const description = item({ field: 'description', base: 'x', sides: [side(a, 'x\na'), side(b, 'b\nx')] })
    fc.assert(
      fc.property(choice, choice, (first, second) => {
        const take = { location: first, description: second }
        const once = withChoices(content('Lunch', { description: 'since' }), [location, description], take)
        expect(withChoices(once, [location, description], take)).toEqual(once)
      }),
    )
  })
})

describe('the side that lives on beside the event', () => {
  const now = content('Lunch', { location: 'here', description: 'since' })
  test('says what that side said, and the rest of the event', () => {
    expect(otherSides(now, [location], { location: 'both' })).toEqual([
      { calendarId: b, content: { ...now, location: 'there' } },
    ])
  })
  test('is not made of fields of which one side was taken', () => {
    expect(otherSides(now, [location], { location: b })).toEqual([])
  })
  test('is one event for each calendar that was not taken, with all of its fields', () => {
    const title = item({ field: 'title', sides: [side(a, 'Lunch'), side(b, 'Brunch')] })
    const third = item({ field: 'location', sides: [side(a, 'here'), side(c, 'elsewhere')] })
    expect(otherSides(now, [title, location, third], { title: 'both', location: 'both' })).toEqual([
      { calendarId: b, content: { ...now, title: 'Brunch', location: 'there' } },
      { calendarId: c, content: { ...now, location: 'elsewhere' } },
    ])
  })
  test('of a side that was taken back then, the one that lost lives on', () => {
    const lost = { ...location, winner: b }
    expect(otherSides(now, [lost], { location: 'both' })).toEqual([{ calendarId: a, content: now }])
  })
})
