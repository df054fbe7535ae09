import { describe, expect, test } from 'vitest'
import { hour, stage } from './api.js'

describe('calendars', () => {
  test('are made, listed, changed and deleted; the default one stays', async () => {
    const { ask, jane } = stage()
    const { body: team, status } = await ask('POST', 'me/calendars', { body: { name: 'Team', color: 'lightOrange' } })
    expect(status).toBe(201)
    expect(team).toMatchObject({
      name: 'Team',
      hexColor: '#f7630c',
      isDefaultCalendar: false,
      canEdit: true,
      isRemovable: true,
    })
    expect(await ask('POST', 'me/calendars', { body: { name: 'team' } })).toMatchObject({ status: 409 })
    const { body } = await ask('GET', 'me/calendars', { query: { $top: '1', $select: 'name' } })
    expect(body.value).toEqual([{ id: jane.calendar().id, name: 'Calendar' }])
    expect((await ask('GET', body['@odata.nextLink'] ?? '')).body.value).toEqual([{ id: team.id, name: 'Team' }])
    expect((await ask('PATCH', `me/calendars/${team.id}`, { body: { name: 'Crew' } })).body).toMatchObject({
      name: 'Crew',
    })
    expect((await ask('GET', 'me/calendar')).body).toMatchObject({ isDefaultCalendar: true, isRemovable: false })
    const { id } = jane.calendar(team.id).create(hour())
    expect((await ask('DELETE', `me/calendars/${team.id}`)).status).toBe(204)
    expect((await ask('GET', `me/events/${id}`)).status).toBe(404)
    expect((await ask('GET', `me/calendars/${team.id}/events`)).status).toBe(404)
    expect((await ask('DELETE', `me/calendars/${jane.calendar().id}`)).status).toBe(403)
  })

  test('that somebody else does not show any more are not there, until they are shown again', async () => {
    const { ask, jane } = stage()
    const team = jane.addCalendar({ name: 'Team' })
    const count = async () => (await ask('GET', 'me/calendars')).body.value?.length
    const { id } = jane.calendar(team).create(hour())
    jane.hideCalendar(team)
    for (const verb of ['GET', 'DELETE']) expect((await ask(verb, `me/events/${id}`)).status).toBe(404)
    expect((await ask('GET', 'me/events')).body.value).toEqual([])
    expect([await count(), (await ask('GET', `me/calendars/${team}/events`)).status]).toEqual([1, 404])
    jane.showCalendar(team)
    expect([await count(), (await ask('GET', `me/calendars/${team}/events`)).status]).toEqual([2, 200])
  })

  test('are in groups', async () => {
    const { ask } = stage()
    const [group] = (await ask('GET', 'me/calendarGroups')).body.value ?? []
    expect((await ask('GET', `me/calendarGroups/${group?.id}/calendars`)).body.value).toHaveLength(1)
    expect((await ask('GET', 'me/calendarGroups/none/calendars')).status).toBe(404)
  })

  test.each([
    ['GET', 'me/calendars?$filter=x', undefined],
    ['GET', 'me/calendars?$select=mood', undefined],
    ['POST', 'me/calendars', { name: '' }],
    ['POST', 'me/calendars', { name: 'a', color: 'pink' }],
    ['POST', 'me/calendars', { summary: 'a' }],
    ['GET', "me/outlook/supportedTimeZones(TimeZoneStandard=microsoft.graph.timeZoneStandard'Mars')", undefined],
    ['POST', 'me/translateExchangeIds', { inputIds: ['a'], sourceIdType: 'ewsId', targetIdType: 'restId' }],
    ['GET', `me/calendarView?startDateTime=2020-01-01&endDateTime=2026-01-01`, undefined],
  ])('%s %s is refused', async (verb, path, body) => {
    expect((await stage().ask(verb, path, body ? { body } : {})).status).toBe(400)
  })
})

test('a mailbox says who it is, in which zone, and which zones there are', async () => {
  const { ask, jane } = stage()
  expect((await ask('GET', 'me')).body).toMatchObject({ id: jane.userId, mail: 'jane@example.com' })
  const zone = 'W. Europe Standard Time'
  expect((await ask('GET', 'me/mailboxSettings')).body).toMatchObject({ timeZone: zone })
  expect((await ask('GET', 'me/mailboxSettings/timeZone')).body).toMatchObject({ value: zone })
  const windows = (await ask('GET', 'me/outlook/supportedTimeZones')).body.value
  expect(windows).toContainEqual({ alias: zone, displayName: zone })
  const path = "me/outlook/supportedTimeZones(TimeZoneStandard=microsoft.graph.timeZoneStandard'Iana')"
  expect((await ask('GET', path)).body.value).toContainEqual({ alias: 'Europe/Berlin', displayName: 'Europe/Berlin' })
})

test('what the fake does not have is said to be missing, and is not taken for an event', async () => {
  const { ask, microsoft } = stage()
  expect((await ask('GET', 'me/messages')).status).toBe(501)
  expect((await ask('PUT', 'me/events/x')).status).toBe(501)
  expect((await microsoft.fetch('https://graph.microsoft.com/beta/me/events')).status).toBe(404)
  expect((await ask('POST', 'me/events', { body: hour(), headers: { 'content-type': 'text/plain' } })).status).toBe(415)
  expect((await ask('GET', 'me/events/delta')).code).toBe('ErrorInvalidParameter')
})
