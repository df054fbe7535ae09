import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { holds } from '../../src/mapping/condition.js'
import type { EventCondition } from '../../src/model/condition.js'
import { type Attendee, completeContent, type EventContent, type EventTime } from '../../src/model/content.js'
import type { CalendarId } from '../../src/model/ids.js'
import { eventContent } from '../support/arbitrary-content.js'

const berlin = (local: string): EventTime => ({ kind: 'timed', local: `${local}:00`, zone: 'Europe/Berlin' })
const day = (date: string): EventTime => ({ kind: 'date', date })

function event(given: Partial<EventContent> = {}): EventContent {
  return completeContent({ time: { start: berlin('2026-03-04T09:00'), end: berlin('2026-03-04T10:00') }, ...given })
}

const starting = (start: EventTime) => event({ time: { start, end: start } })
const lasting = (start: EventTime, end: EventTime) => event({ time: { start, end } })

function ask(condition: EventCondition, content: EventContent, origin = 'work'): boolean {
  return holds(condition, { content, origin: origin as CalendarId })
}

const person = (email: string, status: Attendee['status'] = 'accepted'): Attendee => ({
  email,
  status,
  role: 'required',
  type: 'individual',
})

type Row = readonly [condition: EventCondition, content: EventContent, expected: boolean]

/** Each row: what is asked, of which event, and the answer. */
function rows(title: string, cases: readonly Row[]): void {
  test.each(cases.map(([condition, content, expected]) => ({ condition, content, expected })))(
    `${title}: $condition gives $expected`,
    ({ condition, content, expected }) => expect(ask(condition, content)).toBe(expected),
  )
}

describe('texts', () => {
  const title = (text: string) => event({ title: text })
  rows('are compared without case, composition and blanks around them', [
    [{ title: { contains: 'LUNCH' } }, title('team lunch'), true],
    [{ title: { contains: 'lunch' } }, title('Brunch'), false],
    [{ title: { contains: 'cafe\u0301' } }, title('Im Caf\u00c9'), true],
    [{ title: { contains: 'STRASSE' } }, title('Hohe Straße 1'), true],
    [{ title: { contains: 'οδός' } }, title('ΟΔΌΣ ΑΘΗΝΏΝ'), true],
    [{ title: { contains: ' x ' } }, title('a x b'), true],
    [{ title: { contains: ' x ' } }, title('axb'), false],
    [{ title: { startsWith: 'team' } }, title('  Team lunch'), true],
    [{ title: { startsWith: 'lunch' } }, title('Team lunch'), false],
    [{ title: { equals: 'Lunch' } }, title(' lunch '), true],
    [{ title: { equals: 'Lunch' } }, title('lunch!'), false],
    [{ title: { equals: '' } }, title('  '), true],
    [{ title: { contains: '.*' } }, title('anything'), false],
    [{ description: { contains: 'zoom' } }, event({ description: 'Join Zoom' }), true],
    [{ description: { contains: 'zoom' } }, event({ title: 'Zoom' }), false],
    [{ location: { startsWith: 'room' } }, event({ location: 'Room 1' }), true],
  ])

  const description = (text: string) => event({ description: text })
  rows('keywords are whole words', [
    [{ keyword: ['art'] }, title('Art class'), true],
    [{ keyword: ['art'] }, title('Party'), false],
    [{ keyword: ['art'] }, title('party of art'), true],
    [{ keyword: ['art'] }, title('modern-art'), true],
    [{ keyword: ['art'] }, title('art2'), false],
    [{ keyword: ['all hands'] }, description('The ALL HANDS.'), true],
    [{ keyword: ['all hands'] }, description('all handsome'), false],
    [{ keyword: ['été'] }, title('Fête'), false],
    [{ keyword: ['e'] }, title('Fe\u0301'), false],
    [{ keyword: ['c++'] }, title('C++, then lunch'), true],
    [{ keyword: ['会議'] }, title('定例会議です'), true],
    [{ keyword: ['🎉'] }, title('Party🎉!'), true],
    [{ keyword: ['𝒳'] }, title('a𝒳'), false],
    [{ keyword: ['art'] }, title('𝒳art'), false],
    [{ keyword: ['art'] }, title('🎉art'), true],
    [{ keyword: ['no', 'private'] }, description('Strictly private'), true],
    [{ keyword: [' '] }, title('a b'), false],
  ])

  rows('categories are compared whole', [
    [{ category: ['work', 'home'] }, event({ categories: ['Garden', ' HOME'] }), true],
    [{ category: ['work'] }, event({ categories: ['Homework'] }), false],
    [{ category: ['work'] }, event(), false],
  ])
})

describe('people', () => {
  const meeting = event({
    organizer: { email: 'Boss@Example.com' },
    attendees: [person('me@example.org', 'declined'), person('you@mail.example.com')],
  })
  rows('are asked for by address and by domain', [
    [{ organizer: {} }, meeting, true],
    [{ organizer: {} }, event(), false],
    [{ organizer: { email: ['boss@example.com'] } }, meeting, true],
    [{ organizer: { domain: ['example.com'] } }, meeting, true],
    [{ organizer: { domain: ['ample.com'] } }, meeting, false],
    [{ organizer: { email: ['x@y.z'], domain: ['EXAMPLE.COM'] } }, meeting, true],
    [{ attendee: { domain: ['example.com'] } }, meeting, false],
    [{ attendee: { domain: ['mail.example.com'] } }, meeting, true],
    [{ attendee: {} }, event(), false],
    [{ hasAttendees: true }, meeting, true],
    [{ hasAttendees: false }, meeting, false],
    [{ hasAttendees: false }, event(), true],
  ])
  rows('answer for themselves only: another guest who declined is not me', [
    [{ attendee: { email: ['me@example.org'], status: ['declined'] } }, meeting, true],
    [{ attendee: { email: ['you@mail.example.com'], status: ['declined'] } }, meeting, false],
    [{ attendee: { status: ['declined'] } }, meeting, true],
    [{ attendee: { status: ['tentative', 'needs_action'] } }, meeting, false],
    [
      { attendee: { domain: ['example.org'], status: ['tentative'] } },
      event({ attendees: [person('b@example.org', 'tentative'), person('a@example.org')] }),
      true,
    ],
    [
      { attendee: { email: ['a@example.org'], status: ['tentative'] } },
      event({ attendees: [person('a@example.org', 'tentative'), person('A@example.org')] }),
      true,
    ],
  ])
})

describe('times', () => {
  const office: EventCondition = { timeOfDay: { from: '09:00', to: '17:00' } }
  const night: EventCondition = { timeOfDay: { from: '22:00', to: '06:00' } }
  const fridayNight: EventCondition = { timeOfDay: { from: '22:00', to: '06:00', days: ['FR'] } }
  const weekend: EventCondition = { timeOfDay: { from: '00:00', to: '24:00', days: ['SA', 'SU'] } }
  rows('of day are those of the clock that the event was written by', [
    [office, starting(berlin('2026-03-04T09:00')), true],
    [office, starting(berlin('2026-03-04T16:59')), true],
    [office, starting(berlin('2026-03-04T17:00')), false],
    [office, starting(berlin('2026-03-04T08:59')), false],
    [office, starting({ kind: 'timed', local: '2026-03-04T09:30:00', zone: 'Asia/Tokyo' }), true],
    [office, starting({ kind: 'floating', local: '2026-03-04T12:00:00' }), true],
    [office, lasting(day('2026-03-04'), day('2026-03-05')), false],
    [weekend, lasting(day('2026-03-07'), day('2026-03-08')), false],
    [weekend, starting(berlin('2026-03-07T23:59')), true],
    [weekend, starting(berlin('2026-03-06T23:59')), false],
    [weekend, starting(berlin('2026-03-09T00:00')), false],
  ])
  // 2026-03-06 is a Friday.
  rows('of day may go over midnight, and then belong to the day they began on', [
    [night, starting(berlin('2026-03-06T22:00')), true],
    [night, starting(berlin('2026-03-07T05:59')), true],
    [night, starting(berlin('2026-03-07T06:00')), false],
    [night, starting(berlin('2026-03-07T12:00')), false],
    [fridayNight, starting(berlin('2026-03-06T23:00')), true],
    [fridayNight, starting(berlin('2026-03-07T02:00')), true],
    [fridayNight, starting(berlin('2026-03-06T02:00')), false],
    [fridayNight, starting(berlin('2026-03-07T23:00')), false],
  ])
  const threeHours: EventCondition = { durationMinutes: { atLeast: 180, atMost: 180 } }
  rows('last as long as they take, also in the night that the clocks change', [
    [threeHours, lasting(berlin('2026-03-04T09:00'), berlin('2026-03-04T12:00')), true],
    [threeHours, lasting(berlin('2026-03-04T09:00'), berlin('2026-03-04T11:59')), false],
    [threeHours, lasting(berlin('2026-03-29T01:00'), berlin('2026-03-29T05:00')), true],
    [
      threeHours,
      lasting(berlin('2026-03-04T09:00'), { kind: 'timed', local: '2026-03-04T11:00:00', zone: 'Europe/London' }),
      true,
    ],
    [
      threeHours,
      lasting(
        { kind: 'timed', local: '2026-03-04T09:00:00', zone: 'Mars/Olympus' },
        { kind: 'timed', local: '2026-03-04T12:00:00', zone: 'Mars/Olympus' },
      ),
      true,
    ],
    [{ durationMinutes: { atMost: 0 } }, starting(berlin('2026-03-04T09:00')), true],
    [{ durationMinutes: { atLeast: 2_880 } }, lasting(day('2026-03-28'), day('2026-03-30')), true],
    [{ durationMinutes: { atLeast: 1_441 } }, lasting(day('2026-03-28'), day('2026-03-29')), false],
  ])
  rows('are before and after a date, and on neither side of their own', [
    [{ startsBefore: '2026-03-05' }, event(), true],
    [{ startsBefore: '2026-03-04' }, event(), false],
    [{ startsAfter: '2026-03-03' }, event(), true],
    [{ startsAfter: '2026-03-04' }, event(), false],
    [{ startsBefore: '2026-03-05' }, lasting(day('2026-03-04'), day('2026-03-09')), true],
  ])
  const nowhere = starting({ kind: 'timed', local: '2026-02-30T25:61:00', zone: 'Nowhere' })
  rows('that do not exist answer nothing, and break nothing', [
    [{ timeOfDay: { from: '00:00', to: '24:00', days: ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] } }, nowhere, false],
    [{ durationMinutes: { atLeast: 0 } }, nowhere, false],
    [{ durationMinutes: { atLeast: 0 } }, lasting(day('2026-03-04'), berlin('2026-03-04T10:00')), false],
  ])
})

describe('the rest of an event', () => {
  rows('is asked for as it is', [
    [{ allDay: true }, lasting(day('2026-03-04'), day('2026-03-05')), true],
    [{ allDay: true }, event(), false],
    [{ recurring: true }, event({ recurrence: { rule: 'FREQ=DAILY', rdates: [] } }), true],
    [{ recurring: false }, event(), true],
    [{ availability: ['free', 'busy'] }, event(), true],
    [{ visibility: ['private'] }, event({ visibility: 'confidential' }), false],
    [{ status: ['tentative'] }, event({ status: 'tentative' }), true],
    [{ origin: ['home' as CalendarId, 'work' as CalendarId] }, event(), true],
    [{ origin: ['home' as CalendarId] }, event(), false],
  ])

  test('an occurrence, which says nothing of repetition, does not repeat', () => {
    const { recurrence: _r, overrides: _o, ...occurrence } = event()
    expect(holds({ recurring: false }, { content: occurrence, origin: 'work' as CalendarId })).toBe(true)
  })
})

describe('conditions put together', () => {
  const yes: EventCondition = { allDay: false }
  const no: EventCondition = { allDay: true }
  rows('mean what they say', [
    [{ all: [] }, event(), true],
    [{ any: [] }, event(), false],
    [{ all: [yes, yes] }, event(), true],
    [{ all: [yes, no] }, event(), false],
    [{ any: [no, yes] }, event(), true],
    [{ any: [no, no] }, event(), false],
    [{ not: no }, event(), true],
    [{ not: { all: [yes, { not: no }] } }, event(), false],
  ])

  test('not all is some not, not any is all not, for every event', () => {
    const leaves: readonly EventCondition[] = [
      { title: { contains: 'a' } },
      { allDay: true },
      { recurring: true },
      { hasAttendees: true },
      { durationMinutes: { atLeast: 60 } },
      { visibility: ['private'] },
      { timeOfDay: { from: '08:00', to: '12:00' } },
    ]
    fc.assert(
      fc.property(eventContent(), fc.subarray([...leaves]), (content, parts) => {
        const contrary = parts.map((part): EventCondition => ({ not: part }))
        expect(ask({ not: { all: parts } }, content)).toBe(ask({ any: contrary }, content))
        expect(ask({ not: { any: parts } }, content)).toBe(ask({ all: contrary }, content))
      }),
    )
  })

  test('one event after another: what was prepared for the last one is not taken for the next', () => {
    const [lunch, dinner] = [event({ title: 'Lunch' }), event({ title: 'Dinner' })]
    const isLunch: EventCondition = { title: { equals: 'lunch' } }
    expect([lunch, dinner, lunch].map((content) => ask(isLunch, content))).toEqual([true, false, true])
  })
})

describe('every text of any event', () => {
  const fits = (wildText: boolean, forms: (text: string) => readonly string[]) =>
    fc.assert(
      fc.property(eventContent({ wildText }), fc.constantFrom('title', 'description', 'location'), (content, field) => {
        for (const form of forms(content[field])) {
          expect(ask({ [field]: { equals: form } } as EventCondition, content)).toBe(true)
          expect(ask({ [field]: { startsWith: form } } as EventCondition, content)).toBe(true)
          expect(ask({ [field]: { contains: form.trim() } } as EventCondition, content)).toBe(true)
        }
      }),
    )

  test('contains, starts with and equals itself, composed or not', () => {
    fits(true, (text) => [text, text.normalize('NFD'), ` ${text}\n`])
  })

  test('contains, starts with and equals itself in any case', () => {
    fits(false, (text) => [text.toUpperCase(), text.toLowerCase()])
  })
})
