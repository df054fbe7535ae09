import { describe, expect, test } from 'vitest'
import { ask as askAs, daily, events, hour, type Stage, stage } from './api.js'

const id = 'meeting12345'
const one = `${events}/${id}`

function withBob(): Stage & {
  readonly askBob: (...args: Parameters<Stage['ask']>) => ReturnType<Stage['ask']>
  readonly bob: Stage['jane']
} {
  const set = stage()
  const bob = set.google.addAccount({ email: 'bob@example.com' })
  return { ...set, bob, askBob: (verb, path, given) => askAs(set.google, bob.token ?? '', verb, path, given) }
}

const invited = { attendees: [{ email: 'bob@example.com' }, { email: 'eve@example.org' }] }

describe('guests', () => {
  test('have a copy that says whose it is, with reminders of their own', async () => {
    const { ask, askBob } = withBob()
    const properties = { private: { own: '1' }, shared: { all: '1' } }
    const reminders = { useDefault: false, overrides: [{ method: 'popup', minutes: 5 }] }
    await ask('POST', events, {
      body: hour({ id, ...invited, extendedProperties: properties, reminders, colorId: '2' }),
    })
    const { body } = await askBob('GET', one)
    expect(body).toMatchObject({
      summary: 'Lunch',
      organizer: { email: 'jane@example.com' },
      attendees: [
        { email: 'bob@example.com', self: true, responseStatus: 'needsAction' },
        { email: 'eve@example.org' },
      ],
      extendedProperties: { shared: { all: '1' } },
      reminders: { useDefault: true },
    })
    expect(body.organizer).not.toHaveProperty('self')
    expect(body.extendedProperties).not.toHaveProperty('private')
    expect(body).not.toHaveProperty('colorId')
  })

  test('may answer, and of the list of guests nothing else changes', async () => {
    const { ask, askBob } = withBob()
    await ask('POST', events, { body: hour({ id, ...invited }) })
    const attendees = [{ email: 'bob@example.com', responseStatus: 'accepted', comment: 'Hungry' }]
    expect((await askBob('PATCH', one, { body: { attendees } })).status).toBe(200)
    const { body } = await ask('GET', one)
    expect(body.attendees).toEqual([
      { email: 'bob@example.com', responseStatus: 'accepted', comment: 'Hungry' },
      { email: 'eve@example.org', responseStatus: 'needsAction' },
    ])
  })

  test.each([
    [{ summary: 'Dinner' }],
    [{ location: 'Elsewhere' }],
    [{ end: { dateTime: '2026-01-05T14:00:00+01:00' } }],
    [{ extendedProperties: { shared: { a: 'b' } } }],
    [{ guestsCanModify: true }],
  ])('may not change what belongs to all: %j', async (body) => {
    const { ask, askBob } = withBob()
    await ask('POST', events, { body: hour({ id, ...invited }) })
    expect(await askBob('PATCH', one, { body })).toMatchObject({ status: 403, reason: 'forbiddenForNonOrganizer' })
    expect((await ask('GET', one)).body.summary).toBe('Lunch')
  })

  test('may change what is their own, and everything where the organizer lets them', async () => {
    const { ask, askBob } = withBob()
    await ask('POST', events, { body: hour({ id, ...invited }) })
    const own = { colorId: '3', extendedProperties: { private: { mark: '1' } }, reminders: { useDefault: false } }
    const { body: before } = await ask('GET', one)
    expect(await askBob('PATCH', one, { body: own })).toMatchObject({ status: 200, body: own })
    expect((await ask('GET', one)).body).toEqual(before)
    await ask('PATCH', one, { body: { guestsCanModify: true } })
    expect((await askBob('PATCH', one, { body: { summary: 'Dinner' } })).status).toBe(200)
    expect((await ask('GET', one)).body.summary).toBe('Dinner')
    expect((await askBob('GET', one)).body).toMatchObject(own)
  })

  test('decline by deleting, and lose the event when the organizer deletes it', async () => {
    const { ask, askBob } = withBob()
    await ask('POST', events, { body: hour({ id, ...invited }) })
    expect((await askBob('DELETE', one)).status).toBe(204)
    expect((await ask('GET', one)).body).toMatchObject({
      status: 'confirmed',
      attendees: [{ responseStatus: 'declined' }, {}],
    })
    const other = await ask('POST', events, { body: hour(invited) })
    await ask('DELETE', `${events}/${other.body.id}`)
    expect((await askBob('GET', `${events}/${other.body.id}`)).body.status).toBe('cancelled')
  })

  test('hear of a change of one occurrence, and of one who is not invited any more', async () => {
    const { ask, askBob } = withBob()
    await ask('POST', events, { body: daily({ id, ...invited }) })
    await ask('PATCH', `${one}_20260106T110000Z`, { body: { location: 'Roof' } })
    await ask('DELETE', `${one}_20260107T110000Z`)
    const { body } = await askBob('GET', events)
    expect(body.items?.map((item) => [item.id, item.status, item.location])).toEqual([
      [id, 'confirmed', undefined],
      [`${id}_20260106T110000Z`, 'confirmed', 'Roof'],
      [`${id}_20260107T110000Z`, 'cancelled', undefined],
    ])
    await ask('PATCH', one, { body: { attendees: [{ email: 'eve@example.org' }] } })
    expect((await askBob('GET', one)).body.status).toBe('cancelled')
  })

  test('of one occurrence have it without its series, and can answer', async () => {
    const { ask, askBob } = withBob()
    await ask('POST', events, { body: daily({ id }) })
    const day = `${one}_20260106T110000Z`
    await ask('PATCH', day, { body: invited })
    const { body } = await askBob('GET', events)
    expect(body.items?.map((item) => [item.id, item.recurringEventId])).toEqual([[`${id}_20260106T110000Z`, id]])
    const attendees = [{ email: 'bob@example.com', responseStatus: 'accepted' }]
    expect((await askBob('PATCH', day, { body: { attendees } })).status).toBe(200)
    expect((await ask('GET', day)).body.attendees?.[0]?.responseStatus).toBe('accepted')
    expect((await askBob('DELETE', day)).status).toBe(204)
    expect((await ask('GET', day)).body.attendees?.[0]?.responseStatus).toBe('declined')
  })

  test('lose the exceptions of dates that the organizer takes away', async () => {
    const { ask, askBob } = withBob()
    await ask('POST', events, { body: daily({ id, ...invited }) })
    await ask('PATCH', `${one}_20260108T110000Z`, { body: { location: 'Roof' } })
    await ask('PATCH', one, { body: { recurrence: ['RRULE:FREQ=DAILY;COUNT=2'] } })
    const { body } = await askBob('GET', events)
    expect(body.items?.map((item) => item.id)).toEqual([id])
  })

  test('are cut off where the list is too long, and then only oneself is told', async () => {
    const { ask, askBob } = withBob()
    await ask('POST', events, { body: hour({ id, ...invited }) })
    const { body } = await askBob('GET', one, { query: { maxAttendees: '1' } })
    expect(body).toMatchObject({ attendeesOmitted: true, attendees: [{ email: 'bob@example.com' }] })
  })
})

describe('mail', () => {
  test('is sent to nobody unless it is asked for, and that of people is not written down', async () => {
    const { ask, google, jane } = withBob()
    await ask('POST', events, { body: hour({ id, ...invited }) })
    await ask('PATCH', one, { body: { summary: 'Dinner' } })
    await ask('PUT', one, { body: hour(), query: { sendUpdates: 'none' } })
    await ask('DELETE', one)
    jane.calendar().remove(jane.calendar().create(hour(invited)).id ?? '')
    expect(google.mails).toEqual([])
  })

  test('goes to all guests, or to those without an account', async () => {
    const { ask, google } = withBob()
    await ask('POST', events, { body: hour({ id, ...invited }), query: { sendUpdates: 'all' } })
    await ask('PATCH', one, { body: { summary: 'Dinner' }, query: { sendUpdates: 'externalOnly' } })
    await ask('PATCH', one, {
      body: { attendees: [{ email: 'bob@example.com' }] },
      query: { sendNotifications: 'true' },
    })
    await ask('DELETE', one, { query: { sendUpdates: 'all' } })
    expect(google.mails.map(({ to, kind }) => `${kind} ${to}`)).toEqual([
      ...['invitation bob@example.com', 'invitation eve@example.org', 'update eve@example.org'],
      ...['update bob@example.com', 'cancellation eve@example.org', 'cancellation bob@example.com'],
    ])
  })
})

describe('access', () => {
  test.each([
    ['writer', 200, true],
    ['writerWithoutPrivateAccess', 200, true],
    ['reader', 403, true],
    ['freeBusyReader', 403, false],
  ] as const)('a %s', async (role, status, seesTitle) => {
    const { ask, askBob, jane } = withBob()
    await ask('POST', events, { body: hour({ id }) })
    jane.share('jane@example.com', 'bob@example.com', role)
    const theirs = 'calendars/jane%40example.com/events'
    const { body } = await askBob('GET', theirs)
    expect(body.items?.[0]?.summary).toBe(seesTitle ? 'Lunch' : undefined)
    const written = await askBob('PATCH', `${theirs}/${id}`, { body: { summary: 'x' } })
    expect(written.status).toBe(status)
    if (status === 403) expect(written.reason).toBe('requiredAccessLevel')
    const { body: list } = await askBob('GET', 'users/me/calendarList', { query: { minAccessRole: 'reader' } })
    expect(list.items?.map((item) => item.id).includes('jane@example.com')).toBe(role !== 'freeBusyReader')
  })

  test('everybody who writes to a calendar has reminders of their own', async () => {
    const { ask, askBob, jane } = withBob()
    jane.share('jane@example.com', 'bob@example.com', 'writer')
    const five = { useDefault: false, overrides: [{ method: 'popup', minutes: 5 }] }
    await ask('POST', events, { body: hour({ id, reminders: five }) })
    const theirs = `calendars/jane%40example.com/events/${id}`
    const { body: seen } = await askBob('GET', theirs)
    expect(seen.reminders).toEqual({ useDefault: true })
    const ten = { useDefault: false, overrides: [{ method: 'email', minutes: 10 }] }
    const { body: changed } = await askBob('PATCH', theirs, { body: { reminders: ten } })
    expect(changed).toMatchObject({ reminders: ten, updated: seen.updated })
    expect((await ask('GET', one)).body.reminders).toEqual(five)
  })

  test('a reader does not see what is private', async () => {
    const { ask, askBob, jane } = withBob()
    jane.share('jane@example.com', 'bob@example.com', 'reader')
    await ask('POST', events, { body: hour({ id, visibility: 'private', location: 'Secret' }) })
    const { body } = await askBob('GET', `calendars/jane%40example.com/events/${id}`)
    expect(body).toMatchObject({ id, visibility: 'private', start: { timeZone: 'Europe/Berlin' } })
    expect(JSON.stringify(body)).not.toMatch(/Lunch|Secret/)
  })

  test('that ends makes the calendar unknown, and the list says that it is gone', async () => {
    const { askBob, jane } = withBob()
    jane.share('jane@example.com', 'bob@example.com', 'writer')
    const { body: before } = await askBob('GET', 'users/me/calendarList')
    jane.share('jane@example.com', 'bob@example.com', 'none')
    const { body } = await askBob('GET', 'users/me/calendarList', { query: { syncToken: before.nextSyncToken ?? '' } })
    expect(body.items).toMatchObject([{ id: 'jane@example.com', deleted: true }])
    expect(await askBob('GET', 'calendars/jane%40example.com/events')).toMatchObject({ status: 404 })
  })

  test('needs a token that is good, with a permission that is enough', async () => {
    const { google, jane, ask } = stage()
    const reading = google.addAccount({
      email: 'r@example.com',
      scopes: ['https://www.googleapis.com/auth/calendar.events.readonly'],
    })
    expect((await askAs(google, reading.token ?? '', 'GET', events)).status).toBe(200)
    const denied = await askAs(google, reading.token ?? '', 'POST', events, { body: hour() })
    expect(denied).toMatchObject({ status: 403, reason: 'insufficientPermissions' })
    expect(await askAs(google, reading.token ?? '', 'GET', 'users/me/calendarList')).toMatchObject({ status: 403 })
    const old = jane.token ?? ''
    jane.renew('another')
    expect(await askAs(google, old, 'GET', events)).toMatchObject({ status: 401, reason: 'authError' })
    expect((await askAs(google, 'another', 'GET', events)).status).toBe(200)
    jane.revoke()
    expect((await ask('GET', events)).status).toBe(401)
  })
})

describe('the list of calendars', () => {
  test('leaves out what is hidden unless it is asked for', async () => {
    const { ask, jane } = stage()
    const team = jane.addCalendar({ summary: 'Team', timeZone: 'America/New_York' })
    jane.setListEntry(team, { hidden: true, summaryOverride: 'Work' })
    const { body } = await ask('GET', 'users/me/calendarList')
    expect(body.items?.map((item) => item.id)).toEqual(['jane@example.com'])
    const { body: all } = await ask('GET', 'users/me/calendarList', { query: { showHidden: 'true', maxResults: '1' } })
    expect(all.items).toHaveLength(1)
    const pageToken = all.nextPageToken ?? ''
    const { body: rest } = await ask('GET', 'users/me/calendarList', {
      query: { showHidden: 'true', maxResults: '1', pageToken },
    })
    expect(rest.items).toMatchObject([
      { id: team, summary: 'Team', summaryOverride: 'Work', hidden: true, timeZone: 'America/New_York' },
    ])
    jane.removeCalendar(team)
    expect(await ask('GET', `calendars/${encodeURIComponent(team)}`)).toMatchObject({ status: 404 })
  })
})

describe('a person at the screen', () => {
  const noon = (n: number) => `2026-01-${String(n).padStart(2, '0')}T11:00:00Z`

  test('edits, removes and restores', async () => {
    const { ask, jane } = stage()
    const own = jane.calendar()
    const { id: made = '' } = own.create(hour())
    own.edit(made, { summary: 'Dinner' })
    expect((await ask('GET', `${events}/${made}`)).body.summary).toBe('Dinner')
    own.remove(made)
    expect(own.all()).toEqual([])
    own.restore(made)
    expect(own.all().map(({ summary }) => summary)).toEqual(['Dinner'])
    expect(() => own.edit(made, { colorId: '99' })).toThrow('nobody can do that')
    expect(() => own.remove('nothing')).toThrow()
  })

  test('splits a series as the screen does', async () => {
    const { ask, jane } = stage()
    const own = jane.calendar()
    const { id: series = '' } = own.create(daily())
    own.editOccurrence(series, noon(6), { summary: 'Early' })
    own.editOccurrence(series, noon(8), { summary: 'Lost' })
    const token = (await ask('GET', events)).body.nextSyncToken ?? ''
    const next = own.split(series, noon(7), { summary: 'Later' })
    expect(next).toMatchObject({
      id: `${series}_R20260107T110000`,
      recurrence: ['RRULE:FREQ=DAILY;COUNT=3'],
      summary: 'Later',
    })
    expect(own.get(series)?.recurrence).toEqual(['RRULE:FREQ=DAILY;UNTIL=20260106T225959Z'])
    expect(own.occurrences(series).map(({ summary }) => summary)).toEqual(['Stand-up', 'Early'])
    expect(own.occurrences(next.id ?? '').map(({ id: name, summary }) => [name, summary])).toEqual(
      [7, 8, 9].map((n) => [`${next.id}_2026010${n}T110000Z`, 'Later']),
    )
    const { body } = await ask('GET', events, { query: { syncToken: token } })
    expect(body.items?.find((item) => item.id === `${series}_20260108T110000Z`)).toEqual({
      ...{ kind: 'calendar#event', etag: expect.any(String), status: 'cancelled', id: `${series}_20260108T110000Z` },
    })
  })

  test('removes this and following, one occurrence, and edits all', () => {
    const own = stage().jane.calendar()
    const { id: series = '' } = own.create(daily({ recurrence: ['RRULE:FREQ=DAILY'] }))
    own.removeOccurrence(series, noon(6))
    own.editOccurrence(series, noon(7), { summary: 'Other' })
    own.truncate(series, noon(9))
    expect(own.occurrences(series).map(({ summary }) => summary)).toEqual(['Stand-up', 'Other', 'Stand-up'])
    own.editAll(series, { summary: 'Huddle' })
    expect(own.occurrences(series).map(({ summary }) => summary)).toEqual(['Huddle', 'Huddle', 'Huddle'])
    own.truncate(series, noon(5))
    expect(own.get(series)?.status).toBe('cancelled')
  })

  test('splits whole days, and a series that was split before', () => {
    const own = stage().jane.calendar()
    const whole = {
      start: { date: '2026-01-05' },
      end: { date: '2026-01-06' },
      recurrence: ['RRULE:FREQ=DAILY;COUNT=9'],
    }
    const { id: series = '' } = own.create(daily(whole))
    const second = own.split(series, '2026-01-08')
    expect(second).toMatchObject({
      id: `${series}_R20260108`,
      start: { date: '2026-01-08' },
      recurrence: ['RRULE:FREQ=DAILY;COUNT=6'],
    })
    const third = own.split(second.id ?? '', '2026-01-10')
    expect(third.id).toBe(`${series}_R20260110`)
    expect([series, second.id ?? '', third.id ?? ''].map((name) => own.occurrences(name).length)).toEqual([3, 2, 4])
  })

  test('has events of which Google makes a new version without a change', async () => {
    const { ask, jane } = stage()
    const own = jane.calendar()
    const before = own.create(hour())
    const token = (await ask('GET', events)).body.nextSyncToken ?? ''
    own.touch(before.id ?? '')
    const { body } = await ask('GET', events, { query: { syncToken: token } })
    expect(body.items).toEqual([{ ...before, etag: expect.any(String) }])
    expect(body.items?.[0]?.etag).not.toBe(before.etag)
  })

  test('answers an invitation, and gets what only Google can make', async () => {
    const { bob, jane, ask } = withBob()
    const { id: made = '' } = jane.calendar().create(hour(invited))
    bob.calendar().respond(made, 'tentative', 'Maybe')
    expect((await ask('GET', `${events}/${made}`)).body.attendees?.[0]).toMatchObject({ responseStatus: 'tentative' })
    expect(() => jane.calendar().respond(made, 'accepted')).toThrow('nobody asked')
    const flight = {
      start: { dateTime: '2026-01-05T11:00:00Z', timeZone: 'UTC' },
      end: { dateTime: '2026-01-05T12:00:00Z', timeZone: 'UTC' },
    }
    jane.calendar().place('flight1', { summary: 'Flight', eventType: 'fromGmail', ...flight })
    const { body } = await ask('GET', events, { query: { eventTypes: ['fromGmail', 'birthday'] } })
    expect(body.items?.map((item) => item.summary)).toEqual(['Flight'])
    const edit = await ask('PATCH', `${events}/flight1`, { body: { summary: 'Train' } })
    expect(edit).toMatchObject({ status: 400, reason: 'eventTypeRestriction' })
    expect((await ask('PATCH', `${events}/flight1`, { body: { colorId: '2' } })).status).toBe(200)
  })
})
