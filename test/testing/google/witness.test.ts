import { calendar, type calendar_v3 } from '@googleapis/calendar'
import { afterEach, describe, expect, test } from 'vitest'
import { type FakeGoogle, fakeGoogle } from '../../../src/testing/google/index.js'
import { serve } from '../../support/serve.js'
import { daily, hour } from './api.js'

/** Google's own client, which knows nothing of the fake: what it sends is taken, and what it reads makes sense to it. */

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

async function client(): Promise<{ readonly google: FakeGoogle; readonly api: calendar_v3.Calendar }> {
  const google = fakeGoogle()
  const jane = google.addAccount()
  const { url, close } = await serve(google.handle)
  closing.push(close)
  const headers = { authorization: `Bearer ${jane.token}` }
  return { google, api: calendar({ version: 'v3', rootUrl: url, headers, retryConfig: { retry: 0 } }) }
}

describe('the official client', () => {
  test('lists calendars and settings', async () => {
    const { api } = await client()
    const { data } = await api.calendarList.list({ minAccessRole: 'writer' })
    expect(data.items?.map(({ id, primary, accessRole }) => [id, primary, accessRole])).toEqual([
      ['jane@example.com', true, 'owner'],
    ])
    expect((await api.settings.get({ setting: 'timezone' })).data.value).toBe('Europe/Berlin')
    expect(Object.keys((await api.colors.get()).data.event ?? {})).toHaveLength(11)
  })

  test('makes, changes and deletes an event, and is told when it is too late', async () => {
    const { api } = await client()
    const calendarId = 'primary'
    const { data: made } = await api.events.insert({ calendarId, requestBody: { ...lunch, id: 'abcde12345' } })
    expect(made).toMatchObject({ id: 'abcde12345', iCalUID: 'abcde12345@google.com', status: 'confirmed' })
    const [eventId, headers] = ['abcde12345', { 'If-Match': made.etag ?? '' }]
    const { data: changed } = await api.events.patch(
      { calendarId, eventId, requestBody: { summary: 'Late lunch' } },
      { headers },
    )
    expect(changed).toMatchObject({ summary: 'Late lunch', start: made.start })
    await expect(api.events.delete({ calendarId, eventId }, { headers })).rejects.toMatchObject({ status: 412 })
    expect((await api.events.delete({ calendarId, eventId })).status).toBe(204)
    await expect(api.events.insert({ calendarId, requestBody: { ...lunch, id: eventId } })).rejects.toMatchObject({
      status: 409,
    })
  })

  test('reads a series by its changes, page by page', async () => {
    const { api } = await client()
    const calendarId = 'primary'
    const { data: series } = await api.events.insert({ calendarId, requestBody: standUp })
    const { data: full } = await api.events.list({ calendarId })
    const eventId = series.id ?? ''
    const { data: days } = await api.events.instances({ calendarId, eventId, maxResults: 10 })
    expect(days.items?.map(({ id }) => id)).toEqual(
      ['05', '06', '07', '08', '09'].map((day) => `${eventId}_202601${day}T110000Z`),
    )
    await api.events.delete({ calendarId, eventId: `${eventId}_20260107T110000Z` })
    await api.events.update({
      calendarId,
      eventId: `${eventId}_20260108T110000Z`,
      requestBody: {
        ...lunch,
        summary: 'Moved',
        start: { dateTime: '2026-01-08T15:00:00+01:00' },
        end: { dateTime: '2026-01-08T16:00:00+01:00' },
      },
    })
    const items: calendar_v3.Schema$Event[] = []
    let pageToken: string | undefined
    do {
      const { data } = await api.events.list({
        ...{ calendarId, maxResults: 1, syncToken: full.nextSyncToken ?? '' },
        ...(pageToken !== undefined && { pageToken }),
      })
      items.push(...(data.items ?? []))
      pageToken = data.nextPageToken ?? undefined
    } while (pageToken !== undefined)
    expect(items.map(({ id, status, summary }) => [id, status, summary])).toEqual([
      [eventId, 'confirmed', 'Stand-up'],
      [`${eventId}_20260107T110000Z`, 'cancelled', undefined],
      [`${eventId}_20260108T110000Z`, 'confirmed', 'Moved'],
    ])
  })

  test('asks when somebody is busy, imports, moves, and makes a calendar', async () => {
    const { api } = await client()
    const { data: team } = await api.calendars.insert({ requestBody: { summary: 'Team', timeZone: 'Europe/Berlin' } })
    const { data: event } = await api.events.insert({ calendarId: 'primary', requestBody: lunch })
    const { data: moved } = await api.events.move({
      ...{ calendarId: 'primary', eventId: event.id ?? '', destination: team.id ?? '', sendUpdates: 'none' },
    })
    expect(moved.organizer).toMatchObject({ email: team.id, self: true })
    const { data: imported } = await api.events.import({
      calendarId: 'primary',
      requestBody: { ...lunch, iCalUID: 'a@example.com', organizer: { email: 'boss@example.com' } },
    })
    expect(imported).toMatchObject({ iCalUID: 'a@example.com', privateCopy: true })
    const { data: busy } = await api.freebusy.query({
      requestBody: {
        ...{ timeMin: '2026-01-05T00:00:00Z', timeMax: '2026-01-06T00:00:00Z' },
        items: [{ id: team.id ?? '' }, { id: 'nobody@example.com' }],
      },
    })
    expect(busy.calendars).toEqual({
      [team.id ?? '']: { busy: [{ start: '2026-01-05T11:00:00Z', end: '2026-01-05T12:00:00Z' }] },
      'nobody@example.com': { busy: [], errors: [{ domain: 'global', reason: 'notFound' }] },
    })
  })

  test('watches a calendar and stops', async () => {
    const { api, google } = await client()
    const got: string[] = []
    const { url, close } = await serve(async (request) => {
      got.push(`${request.headers.get('x-goog-resource-state')} ${request.headers.get('x-goog-message-number')}`)
      return new Response(null, { status: 200 })
    })
    closing.push(close)
    const requestBody = { id: 'channel-1', type: 'web_hook', address: url, token: 'secret' }
    await expect(api.events.watch({ calendarId: 'primary', requestBody })).rejects.toMatchObject({ status: 400 })
    google.options.plainPushAddresses = true
    const { data: channel } = await api.events.watch({ calendarId: 'primary', requestBody })
    expect(channel).toMatchObject({ kind: 'api#channel', id: 'channel-1', expiration: expect.any(String) })
    await api.events.insert({ calendarId: 'primary', requestBody: lunch })
    await google.settled()
    expect(got).toEqual(['sync 1', 'exists 3'])
    await api.channels.stop({ requestBody: { id: 'channel-1', resourceId: channel.resourceId ?? '' } })
    await api.events.insert({ calendarId: 'primary', requestBody: lunch })
    await google.settled()
    expect(got).toHaveLength(2)
  })
})

const lunch = hour() as calendar_v3.Schema$Event
const standUp = daily() as calendar_v3.Schema$Event
