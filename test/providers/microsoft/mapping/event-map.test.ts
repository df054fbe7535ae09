import { describe, expect, test } from 'vitest'
import { completeContent, type OccurrenceContent } from '../../../../src/model/content.js'
import { readOccurrence, writeFields } from '../../../../src/providers/microsoft/event-map.js'
import { type GraphEvent, readItem } from '../../../../src/providers/microsoft/wire.js'
import { shown } from './shown.js'

const start = { kind: 'timed', local: '2026-03-04T09:00:00', zone: 'UTC' } as const
const content = (more: Partial<OccurrenceContent>) => completeContent({ time: { start, end: start }, ...more })
const event = (more: Partial<GraphEvent> = {}): GraphEvent => ({
  ...shown(writeFields(content({}), ['time'], { before: undefined })),
  ...more,
})
const read = (more: Partial<GraphEvent>) => readOccurrence(event(more))
const body = (more: Partial<OccurrenceContent>, field: keyof OccurrenceContent) =>
  writeFields(content(more), [field], { before: undefined })

describe('how time is blocked', () => {
  test.each([
    ['free', 'free', 'confirmed'],
    ['tentative', 'tentative', 'tentative'],
    ['busy', 'busy', 'confirmed'],
    ['oof', 'out_of_office', 'confirmed'],
    ['workingElsewhere', 'working_elsewhere', 'confirmed'],
    ['unknown', 'busy', 'confirmed'],
    ['somethingNew', 'busy', 'confirmed'],
  ])('%s is %s', (showAs, availability, status) => {
    expect(read({ showAs })).toMatchObject({ availability, status })
  })

  test('an event that is called off in a copy is free time, and is read back as called off', () => {
    const written = body({ status: 'cancelled', availability: 'busy' }, 'status')
    expect(written).toMatchObject({ showAs: 'free' })
    expect(readOccurrence(shown(written, event()))).toMatchObject({ status: 'cancelled', availability: 'busy' })
  })

  test('a meeting that its organizer called off is called off', () => {
    expect(read({ isCancelled: true, showAs: 'free' }).status).toBe('cancelled')
  })

  test('what somebody shows as something else in Outlook is what they show', () => {
    const there = shown(body({ status: 'tentative', availability: 'busy' }, 'availability'), event())
    expect(readOccurrence(there)).toMatchObject({ status: 'tentative', availability: 'busy' })
    expect(readOccurrence({ ...there, showAs: 'oof' })).toMatchObject({
      status: 'confirmed',
      availability: 'out_of_office',
    })
  })
})

test.each([
  ['normal', 'default'],
  ['personal', 'private'],
  ['private', 'private'],
  ['confidential', 'confidential'],
] as const)('sensitivity %s is visibility %s', (sensitivity, visibility) => {
  expect(read({ sensitivity }).visibility).toBe(visibility)
})

test('an event that nobody may see is never written as one that everybody may', () => {
  expect(body({ visibility: 'private' }, 'visibility')).toEqual({ sensitivity: 'private' })
  expect(body({ visibility: 'confidential' }, 'visibility')).toEqual({ sensitivity: 'confidential' })
})

describe('reminders', () => {
  const popup = (minutes: number) =>
    ({ method: 'popup', trigger: { kind: 'offset', seconds: minutes * -60, from: 'start' } }) as const

  test('that there is none is said, or the default of the mailbox rings', () => {
    expect(body({ reminders: [] }, 'reminders')).toEqual({ isReminderOn: false })
    expect(read({ isReminderOn: false, reminderMinutesBeforeStart: 15 }).reminders).toEqual([])
  })

  test('of several the earliest on a screen rings, and all are read back', () => {
    const reminders = [popup(10), { ...popup(120), method: 'email' } as const, popup(60)]
    const written = body({ reminders }, 'reminders')
    expect(written).toMatchObject({ isReminderOn: true, reminderMinutesBeforeStart: 60 })
    expect(readOccurrence(shown(written, event())).reminders).toEqual(reminders)
    expect(readOccurrence({ ...shown(written, event()), reminderMinutesBeforeStart: 5 }).reminders).toEqual([popup(5)])
  })

  test('what would ring after the start does not ring, and is read back', () => {
    const reminders = [popup(-5)]
    const written = body({ reminders }, 'reminders')
    expect(written).toMatchObject({ isReminderOn: false })
    expect(readOccurrence(shown(written, event())).reminders).toEqual(reminders)
  })
})

describe('people', () => {
  const person = (address: string, more: object = {}) => ({ emailAddress: { name: address, address }, ...more })

  test('an organizer who is listed twice and without an answer is one, and takes part', () => {
    const boss = person('Boss@Example.com', { type: 'required', status: { response: 'none' } })
    const attendees = [
      boss,
      boss,
      person('me@example.com', { type: 'optional', status: { response: 'tentativelyAccepted' } }),
    ]
    expect(read({ attendees, organizer: person('boss@example.com') })).toMatchObject({
      organizer: { email: 'boss@example.com' },
      attendees: [
        { email: 'boss@example.com', role: 'chair', status: 'accepted' },
        { email: 'me@example.com', role: 'optional', status: 'tentative' },
      ],
    })
  })

  test('whose mailbox it is says nothing where nobody is invited', () => {
    expect(read({ organizer: person('me@example.com') }).organizer).toBeNull()
  })

  test('an address of an old Exchange is no mail address', () => {
    expect(read({ attendees: [person('/O=EXAMPLE/CN=RECIPIENTS/CN=ADA')] }).attendees).toEqual([])
  })

  test('nobody is ever written as a guest', () => {
    const attendee = { email: 'a@example.com', role: 'required', status: 'accepted', type: 'individual' } as const
    expect(body({ attendees: [attendee], organizer: { email: 'b@example.com' } }, 'attendees')).toEqual({})
  })
})

describe('what is read', () => {
  test('null, absent and empty are the same', () => {
    const item = readItem({ ...event(), subject: null, location: null, body: null, categories: null, importance: null })
    if (item.kind === 'broken') throw new Error(item.path)
    expect(readOccurrence(item.event)).toMatchObject({
      title: '',
      location: '',
      description: '',
      categories: [],
      priority: null,
    })
  })

  test('what does not hold is set aside with its id, and says where', () => {
    expect(readItem({ id: 'a', '@odata.etag': 'W/"1"', start: { dateTime: 5 }, seriesMasterId: 'm' })).toEqual({
      ...{ kind: 'broken', id: 'a', etag: 'W/"1"', seriesMasterId: 'm', path: 'start.dateTime' },
    })
    expect(() => readItem({ subject: 'Nameless' })).toThrow(expect.objectContaining({ code: 'invalid_response' }))
  })

  test('a place keeps its coordinates, and one without them has none', () => {
    const geo = { latitude: 52.52, longitude: 13.4 }
    expect(body({ location: 'Berlin', geo }, 'location')).toEqual({
      location: { displayName: 'Berlin', coordinates: geo },
    })
    expect(read({ location: { displayName: 'Berlin', coordinates: {} } }).geo).toBeNull()
    expect(read({ location: { displayName: 'Nowhere', coordinates: { latitude: 999, longitude: 0 } } }).geo).toBeNull()
  })
})
