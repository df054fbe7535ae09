import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { GoogleEvent } from '../../../src/testing/google/index.js'
import { events, hour, stage } from './api.js'

const id = 'abcde12345'
const one = `${events}/${id}`

describe('an event', () => {
  test('is shown as the API shows it', async () => {
    const { ask } = stage()
    const { body } = await ask('POST', events, { body: hour({ id, description: '<b>Soup</b>', colorId: '7' }) })
    expect(body).toEqual({
      kind: 'calendar#event',
      etag: `"${Date.UTC(2026, 0, 1, 12) * 2_000 + 2}"`,
      ...{ id, iCalUID: `${id}@google.com`, status: 'confirmed', eventType: 'default', sequence: 0 },
      htmlLink: expect.stringMatching(/^https:\/\/www\.google\.com\/calendar\/event\?eid=\w+$/),
      created: '2026-01-01T12:00:00.000Z',
      updated: '2026-01-01T12:00:00.000Z',
      ...{ summary: 'Lunch', description: '<b>Soup</b>', colorId: '7' },
      creator: { email: 'jane@example.com', self: true },
      organizer: { email: 'jane@example.com', self: true },
      start: { dateTime: '2026-01-05T12:00:00+01:00', timeZone: 'Europe/Berlin' },
      end: { dateTime: '2026-01-05T13:00:00+01:00', timeZone: 'Europe/Berlin' },
      reminders: { useDefault: true },
    })
  })

  test('keeps its zone and shows its time on the clocks of the calendar, or of the zone that is asked for', async () => {
    const { ask } = stage()
    const start = { dateTime: '2026-01-05T12:00:00', timeZone: 'America/New_York' }
    const end = { dateTime: '2026-01-05T18:30:00Z', timeZone: 'UTC' }
    const made = await ask('POST', events, { body: hour({ id, start, end }) })
    expect([made.body.start, made.body.end]).toEqual([
      { dateTime: '2026-01-05T18:00:00+01:00', timeZone: 'America/New_York' },
      { dateTime: '2026-01-05T19:30:00+01:00', timeZone: 'UTC' },
    ])
    const shown = await ask('GET', one, { query: { timeZone: 'UTC' } })
    expect(shown.body.start).toEqual({ dateTime: '2026-01-05T17:00:00Z', timeZone: 'America/New_York' })
  })

  test('leaves out what is as it is by default', async () => {
    const { ask } = stage()
    const said = { transparency: 'opaque', visibility: 'default', guestsCanModify: false, guestsCanInviteOthers: true }
    const { body } = await ask('POST', events, { body: hour({ ...said, location: '' }) })
    for (const name of [...Object.keys(said), 'location']) expect(body).not.toHaveProperty(name)
  })

  test('drops keys that are too long and cuts values that are too long, without a word', async () => {
    const { ask } = stage()
    const properties = { ['k'.repeat(44)]: 'v'.repeat(1025), ['k'.repeat(45)]: 'gone' }
    const { body } = await ask('POST', events, { body: hour({ extendedProperties: { private: properties } }) })
    expect(body.extendedProperties).toEqual({ private: { ['k'.repeat(44)]: 'v'.repeat(1024) } })
    const many = Object.fromEntries(Array.from({ length: 301 }, (_, n) => [`k${n}`, '']))
    expect(await ask('POST', events, { body: hour({ extendedProperties: { shared: many } }) })).toMatchObject({
      status: 400,
    })
  })

  test.each<[string, GoogleEvent]>([
    ['whole days with a time', { start: { date: '2026-01-05' } }],
    ['a date that does not exist', { start: { date: '2026-02-30' }, end: { date: '2026-03-01' } }],
    ['an end before the start', { end: { dateTime: '2026-01-05T11:00:00+01:00' } }],
    ['a whole day of no length', { start: { date: '2026-01-05' }, end: { date: '2026-01-05' } }],
    ['a time without zone or offset', { start: { dateTime: '2026-01-05T12:00:00' } }],
    ['a date and a time in one', { start: { date: '2026-01-05', dateTime: '2026-01-05T12:00:00Z' } }],
    ['a zone of Windows', { start: { dateTime: '2026-01-05T12:00:00', timeZone: 'W. Europe Standard Time' } }],
    ['a color that is none', { colorId: '12' }],
    ['an id with letters that are not allowed', { id: 'wxyz1' }],
    ['an id that is too short', { id: 'abcd' }],
    ['an id and an iCalUID', { id, iCalUID: 'other@example.com' }],
    [
      'six reminders',
      {
        reminders: {
          useDefault: false,
          overrides: Array.from({ length: 6 }, (_, n) => ({ method: 'popup', minutes: n })),
        },
      },
    ],
    [
      'a reminder of more than four weeks',
      { reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 40_321 }] } },
    ],
    ['a reminder by telegram', { reminders: { useDefault: false, overrides: [{ method: 'telegram', minutes: 5 }] } }],
    ['default reminders and others', { reminders: { useDefault: true, overrides: [{ method: 'popup', minutes: 5 }] } }],
    ['a guest without address', { attendees: [{ displayName: 'Bob' }] }],
    ['a visibility that is none', { visibility: 'secret' }],
    ['a source that is no web page', { source: { url: 'ftp://example.com/' } }],
    ['a rule without a zone', { start: { dateTime: '2026-01-05T12:00:00+01:00' }, recurrence: ['RRULE:FREQ=DAILY'] }],
    ['a rule by the hour', { recurrence: ['RRULE:FREQ=HOURLY'] }],
    ['two rules', { recurrence: ['RRULE:FREQ=DAILY', 'RRULE:FREQ=WEEKLY'] }],
    ['a rule that ends on a date beside a time', { recurrence: ['RRULE:FREQ=DAILY;UNTIL=20260110'] }],
    ['a rule that ends at a wall time', { recurrence: ['RRULE:FREQ=DAILY;UNTIL=20260110T120000'] }],
    ['a start among the rules', { recurrence: ['DTSTART:20260105T110000Z', 'RRULE:FREQ=DAILY'] }],
    ['an event from Gmail', { eventType: 'fromGmail' }],
    ['an absence with a description', { eventType: 'outOfOffice', description: 'Beach' }],
    ['focus time that is free', { eventType: 'focusTime', transparency: 'transparent' }],
    ['a working location that is busy', { eventType: 'workingLocation', visibility: 'public' }],
    ['a birthday at noon', { eventType: 'birthday' }],
  ])('is refused: %s', async (_what, change) => {
    const { ask } = stage()
    expect(await ask('POST', events, { body: hour(change) })).toMatchObject({ status: 400 })
    expect((await ask('GET', events)).body.items).toEqual([])
  })

  test('an end that is no time at all, and a start that is missing', async () => {
    const { ask } = stage()
    const { end: _end, ...open } = hour()
    expect(await ask('POST', events, { body: open })).toMatchObject({ status: 400, reason: 'required' })
    const { start: _start, ...late } = hour()
    expect(await ask('POST', events, { body: late })).toMatchObject({ status: 400, reason: 'required' })
  })

  test('of a special type can only stand in a primary calendar', async () => {
    const { ask, jane } = stage()
    const team = jane.addCalendar({ summary: 'Team' })
    const away = hour({ eventType: 'outOfOffice' })
    const elsewhere = await ask('POST', `calendars/${encodeURIComponent(team)}/events`, { body: away })
    expect(elsewhere).toMatchObject({ status: 400, reason: 'eventTypeRestriction' })
    const made = await ask('POST', events, { body: away })
    expect(made.body.eventType).toBe('outOfOffice')
    const changed = await ask('PATCH', `${events}/${made.body.id}`, { body: { eventType: 'default' } })
    expect(changed).toMatchObject({ status: 400, reason: 'eventTypeRestriction' })
  })
})

describe('identity', () => {
  test('an id is burned for good: insert after delete is a duplicate, and the event can be taken back', async () => {
    const { ask, jane } = stage()
    await ask('POST', events, { body: hour({ id }) })
    expect(await ask('POST', events, { body: hour({ id }) })).toMatchObject({ status: 409, reason: 'duplicate' })
    await ask('DELETE', one)
    expect(await ask('POST', events, { body: hour({ id }) })).toMatchObject({ status: 409, reason: 'duplicate' })
    expect(await ask('DELETE', one)).toMatchObject({ status: 410, reason: 'deleted' })
    expect(await ask('GET', one)).toMatchObject({ status: 200, body: { status: 'cancelled', summary: 'Lunch' } })
    expect(await ask('PATCH', one, { body: { status: 'confirmed' } })).toMatchObject({ status: 200 })
    expect((await ask('GET', events)).body.items?.map((item) => item.id)).toEqual([id])
    await ask('DELETE', one)
    jane.calendar().forgetDeleted()
    expect(await ask('GET', one)).toMatchObject({ status: 404, reason: 'notFound' })
    expect((await ask('POST', events, { body: hour({ id }) })).status).toBe(200)
  })

  test('insert makes an iCalUID of its own, import keeps the one it gets', async () => {
    const { ask } = stage()
    const made = await ask('POST', events, { body: hour({ iCalUID: 'a@example.com' }) })
    expect(made.body.iCalUID).toBe(`${made.body.id}@google.com`)
    const first = await ask('POST', `${events}/import`, { body: hour({ iCalUID: 'a@example.com', sequence: 2 }) })
    expect(first.body).toMatchObject({ iCalUID: 'a@example.com', privateCopy: true })
    const again = await ask('POST', `${events}/import`, {
      body: hour({ iCalUID: 'a@example.com', sequence: 2, summary: 'Again' }),
    })
    expect(again.body).toMatchObject({ id: first.body.id, summary: 'Again' })
    expect(await ask('POST', `${events}/import`, { body: hour({ iCalUID: 'a@example.com' }) })).toMatchObject({
      status: 400,
    })
    expect(await ask('POST', `${events}/import`, { body: hour() })).toMatchObject({ status: 400, reason: 'required' })
    const found = await ask('GET', events, { query: { iCalUID: 'a@example.com' } })
    expect(found.body.items).toHaveLength(1)
    expect(found.body.nextSyncToken).toBeUndefined()
  })

  test('an event that is nowhere, and a calendar that is somebody else’s', async () => {
    const { ask, google } = stage()
    google.addAccount({ email: 'bob@example.com' })
    expect(await ask('GET', `${events}/nothing1`)).toMatchObject({ status: 404, reason: 'notFound' })
    expect(await ask('GET', 'calendars/bob%40example.com/events')).toMatchObject({ status: 404, reason: 'notFound' })
  })
})

describe('versions', () => {
  test('a write that names an old version is refused and changes nothing', async () => {
    const { ask } = stage()
    const { body: made } = await ask('POST', events, { body: hour({ id }) })
    const { body: changed } = await ask('PATCH', one, { body: { summary: 'Late lunch' } })
    const headers = { 'if-match': made.etag ?? '' }
    for (const verb of ['PATCH', 'PUT', 'DELETE'])
      expect(await ask(verb, one, { headers, ...(verb !== 'DELETE' && { body: hour() }) })).toMatchObject({
        ...{ status: 412, reason: 'conditionNotMet' },
      })
    expect((await ask('GET', one)).body).toEqual(changed)
    expect(await ask('PUT', one, { headers: { 'if-match': changed.etag ?? '' }, body: hour() })).toMatchObject({
      status: 200,
    })
  })

  test('a delete is a new version: deleting again with the old one fails the condition', async () => {
    const { ask } = stage()
    const { body: made } = await ask('POST', events, { body: hour({ id }) })
    const headers = { 'if-match': made.etag ?? '' }
    expect((await ask('DELETE', one, { headers })).status).toBe(204)
    expect(await ask('DELETE', one, { headers })).toMatchObject({ status: 412 })
  })

  test('a known version is not sent again', async () => {
    const { ask } = stage()
    const { body } = await ask('POST', events, { body: hour({ id }) })
    expect((await ask('GET', one, { headers: { 'if-none-match': body.etag ?? '' } })).status).toBe(304)
    const { body: list } = await ask('GET', events)
    expect((await ask('GET', events, { headers: { 'if-none-match': list.etag ?? '' } })).status).toBe(304)
  })

  test('reminders are a new version, but not a change of the event', async () => {
    let now = Date.UTC(2026, 0, 1)
    const { ask } = stage({ now: () => now })
    const { body: made } = await ask('POST', events, { body: hour({ id }) })
    now += 60_000
    const reminders = { useDefault: false, overrides: [{ method: 'popup', minutes: 10 }] }
    const { body } = await ask('PATCH', one, { body: { reminders } })
    expect(body).toMatchObject({ updated: made.updated, reminders })
    expect(body.etag).not.toBe(made.etag)
    const { body: moved } = await ask('PATCH', one, { body: { summary: 'Late' } })
    expect(moved.updated).toBe('2026-01-01T00:01:00.000Z')
  })

  test('a new time counts the sequence up, and a number that goes back is refused', async () => {
    const { ask } = stage()
    await ask('POST', events, { body: hour({ id }) })
    const end = { dateTime: '2026-01-05T14:00:00+01:00' }
    expect((await ask('PATCH', one, { body: { end } })).body.sequence).toBe(1)
    expect((await ask('PATCH', one, { body: { summary: 'Long' } })).body.sequence).toBe(1)
    expect(await ask('PATCH', one, { body: { sequence: 0 } })).toMatchObject({ status: 400 })
  })
})

describe('a patch', () => {
  test('merges objects, replaces lists, and clears with null', async () => {
    const { ask } = stage()
    const extendedProperties = { private: { a: '1', b: '2' } }
    const attendees = [{ email: 'Bob@Example.com' }, { email: 'eve@example.com' }]
    await ask('POST', events, { body: hour({ id, extendedProperties, attendees, location: 'Here' }) })
    const { body } = await ask('PATCH', one, {
      body: {
        extendedProperties: { private: { a: null, c: '3' } },
        attendees: [{ email: 'eve@example.com' }],
        location: null,
      },
    })
    expect(body.extendedProperties).toEqual({ private: { b: '2', c: '3' } })
    expect(body.attendees).toEqual([{ email: 'eve@example.com', responseStatus: 'needsAction' }])
    expect(body).not.toHaveProperty('location')
  })

  test('makes whole days of a time only where the time is cleared', async () => {
    const { ask } = stage()
    await ask('POST', events, { body: hour({ id }) })
    const [start, end] = [{ date: '2026-01-05' }, { date: '2026-01-06' }]
    expect(await ask('PATCH', one, { body: { start, end } })).toMatchObject({ status: 400 })
    const clear = { dateTime: null, timeZone: null }
    const { body } = await ask('PATCH', one, { body: { start: { ...start, ...clear }, end: { ...end, ...clear } } })
    expect([body.start, body.end]).toEqual([start, end])
  })

  test('an update leaves nothing of what it does not name, but for what nobody can set', async () => {
    const { ask } = stage()
    const { body: made } = await ask('POST', events, { body: hour({ id, location: 'Here', colorId: '3' }) })
    const { body } = await ask('PUT', one, { body: hour({ summary: 'Other' }) })
    const { location: _location, colorId: _color, ...rest } = made
    expect(body).toEqual({ ...rest, etag: body.etag, summary: 'Other', updated: body.updated })
  })
})

describe('meetings by video, and files', () => {
  const asked = { createRequest: { requestId: 'r1', conferenceSolutionKey: { type: 'hangoutsMeet' } } }

  test('are ignored unless the request says that it knows of them', async () => {
    const { ask } = stage()
    const attachments = [{ fileUrl: 'https://example.com/a', title: 'A' }]
    const { body } = await ask('POST', events, { body: hour({ id, conferenceData: asked, attachments }) })
    expect(body).not.toHaveProperty('conferenceData')
    expect(body).not.toHaveProperty('attachments')
    const query = { conferenceDataVersion: '1', supportsAttachments: 'true' }
    const { body: full } = await ask('PATCH', one, { query, body: { conferenceData: asked, attachments } })
    expect(full).toMatchObject({ attachments, hangoutLink: expect.stringMatching(/^https:\/\/meet\.google\.com\//) })
    expect(full.conferenceData?.createRequest?.status).toEqual({ statusCode: 'success' })
    const { body: later } = await ask('PUT', one, { body: hour() })
    expect(later).toMatchObject({ conferenceData: full.conferenceData, attachments })
    const { body: without } = await ask('PATCH', one, { query, body: { conferenceData: null } })
    expect(without).not.toHaveProperty('hangoutLink')
  })

  test('are made in Google’s own time, or not at all', async () => {
    const { ask, google } = stage({ meetings: 'pending' })
    const query = { conferenceDataVersion: '1' }
    const { body } = await ask('POST', events, { query, body: hour({ id, conferenceData: asked }) })
    expect(body.conferenceData?.createRequest?.status).toEqual({ statusCode: 'pending' })
    expect(body).not.toHaveProperty('hangoutLink')
    google.options.meetings = 'made'
    const { body: made } = await ask('PATCH', one, { query, body: { summary: 'Call' } })
    expect(made.conferenceData?.createRequest?.status).toEqual({ statusCode: 'success' })
    google.options.meetings = 'failed'
    const { body: other } = await ask('POST', events, { query, body: hour({ conferenceData: asked }) })
    expect(other.conferenceData?.createRequest?.status).toEqual({ statusCode: 'failure' })
  })

  test('and labels are changed only by who knows of them', async () => {
    const { ask } = stage()
    const query = { eventLabelVersion: '1' }
    expect((await ask('POST', events, { body: hour({ eventLabelId: 'l1' }) })).body).not.toHaveProperty('eventLabelId')
    await ask('POST', events, { query, body: hour({ id, eventLabelId: 'l1' }) })
    expect((await ask('PUT', one, { body: hour({ eventLabelId: 'l2' }) })).body.eventLabelId).toBe('l1')
    expect((await ask('PATCH', one, { query, body: { eventLabelId: '' } })).body).not.toHaveProperty('eventLabelId')
  })
})

describe('a rule', () => {
  test('is kept letter by letter, or comes back in another order where the test wants that', async () => {
    const recurrence = ['RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3']
    const kept = await stage().ask('POST', events, { body: hour({ recurrence }) })
    expect(kept.body.recurrence).toEqual(recurrence)
    const moved = await stage({ rules: 'reordered' }).ask('POST', events, { body: hour({ recurrence }) })
    expect(moved.body.recurrence).toEqual(['RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=MO'])
  })
})

describe('what was read', () => {
  const zone = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'UTC', 'Pacific/Auckland')
  const two = (n: number) => String(n).padStart(2, '0')
  const times = fc
    .record({
      month: fc.integer({ min: 1, max: 12 }),
      day: fc.integer({ min: 1, max: 27 }),
      at: fc.nat(22),
      zone,
      isDate: fc.boolean(),
    })
    .map(({ month, day, at, zone: timeZone, isDate }) => {
      const date = `2026-${two(month)}-${two(day)}`
      if (isDate) return { start: { date }, end: { date: `2026-${two(month)}-${two(day + 1)}` } }
      const time = (clock: number) => ({ dateTime: `${date}T${two(clock)}:30:00`, timeZone })
      return { start: time(at), end: time(at + 1) }
    })
  const text = fc.string({ maxLength: 12 })
  const event = fc
    .record(
      {
        ...{ summary: text, description: text, location: text, colorId: fc.constantFrom('1', '11') },
        ...{
          visibility: fc.constantFrom('default', 'private'),
          transparency: fc.constantFrom('opaque', 'transparent'),
        },
        recurrence: fc.constantFrom(['RRULE:FREQ=DAILY;COUNT=3'], ['RRULE:FREQ=MONTHLY;COUNT=4']),
        attendees: fc.constant([
          { email: 'jane@example.com', responseStatus: 'accepted' },
          { email: 'bob@example.com' },
        ]),
        reminders: fc.constantFrom(
          { useDefault: false, overrides: [{ method: 'email', minutes: 7 }] },
          { useDefault: false },
        ),
        extendedProperties: fc.constant({ private: { a: 'b' }, shared: { c: 'd' } }),
      },
      { requiredKeys: [] },
    )
    .chain((said) => times.map((when) => ({ ...said, ...when })))

  test('can be sent back as it is, and nothing has changed', async () => {
    await fc.assert(
      fc.asyncProperty(event, fc.boolean(), async (said, isOccurrence) => {
        const { ask } = stage()
        const made = await ask('POST', events, { body: said })
        expect(made.status).toBe(200)
        const { body: days } = await ask('GET', `${events}/${made.body.id}/instances`, { query: { maxResults: '2' } })
        const occurrence = isOccurrence ? days.items?.[1]?.id : undefined
        const place = `${events}/${occurrence ?? made.body.id}`
        const { body: read } = await ask('GET', place)
        const sent = await ask('PUT', place, { body: read, headers: { 'if-match': read.etag ?? '' } })
        expect(sent.status).toBe(200)
        expect({ ...sent.body, etag: '', updated: '' }).toEqual({ ...read, etag: '', updated: '' })
        expect((await ask('GET', place)).body).toEqual(sent.body)
      }),
      { numRuns: 60 },
    )
  })
})
