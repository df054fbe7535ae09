import { describe, expect, test } from 'vitest'
import { daily, events, hour, stage } from './api.js'

describe('incremental sync', () => {
  test('an unchanged calendar gives no items and a fresh token', async () => {
    const { ask } = stage()
    await ask('POST', events, { body: hour() })
    const full = await ask('GET', events)
    expect(full.body.items).toHaveLength(1)
    const delta = await ask('GET', events, { query: { syncToken: full.body.nextSyncToken ?? '' } })
    expect(delta.body.items).toEqual([])
    expect(delta.body.nextSyncToken).toEqual(expect.any(String))
  })

  test('a deleted event comes with its id and nothing of what it said', async () => {
    const { ask } = stage()
    const made = await ask('POST', events, { body: hour() })
    const token = (await ask('GET', events)).body.nextSyncToken ?? ''
    expect((await ask('DELETE', `${events}/${made.body.id}`)).status).toBe(204)
    const delta = await ask('GET', events, { query: { syncToken: token } })
    expect(delta.body.items).toEqual([
      { kind: 'calendar#event', etag: expect.any(String), id: made.body.id, status: 'cancelled' },
    ])
    expect(delta.body.items?.[0]?.etag).not.toBe(made.body.etag)
  })

  test('one cancelled occurrence lists its series again, and itself with its date', async () => {
    const { ask } = stage()
    const { body: master } = await ask('POST', events, { body: daily() })
    const token = (await ask('GET', events)).body.nextSyncToken ?? ''
    const id = `${master.id}_20260106T110000Z`
    expect((await ask('DELETE', `${events}/${id}`)).status).toBe(204)
    const delta = await ask('GET', events, { query: { syncToken: token } })
    expect(delta.body.items?.map((item) => item.id)).toEqual([master.id, id])
    expect(delta.body.items?.[1]).toEqual({
      ...{ kind: 'calendar#event', etag: delta.body.items?.[0]?.etag, id, status: 'cancelled' },
      recurringEventId: master.id,
      originalStartTime: { dateTime: '2026-01-06T12:00:00+01:00', timeZone: 'Europe/Berlin' },
    })
  })

  test('only the last page has a token, and pages of one question do not fit another', async () => {
    const { ask } = stage()
    for (let n = 0; n < 5; n++) await ask('POST', events, { body: hour() })
    const first = await ask('GET', events, { query: { maxResults: '3' } })
    expect(first.body.items).toHaveLength(3)
    expect(first.body.nextSyncToken).toBeUndefined()
    const pageToken = first.body.nextPageToken ?? ''
    const last = await ask('GET', events, { query: { maxResults: '3', pageToken } })
    expect(last.body.items).toHaveLength(2)
    expect(last.body.nextPageToken).toBeUndefined()
    expect(last.body.nextSyncToken).toEqual(expect.any(String))
    const other = await ask('GET', events, { query: { singleEvents: 'true', pageToken } })
    expect(other).toMatchObject({ status: 400, reason: 'invalid' })
  })

  test('what changes while a listing is read comes again with its token', async () => {
    const { ask } = stage()
    const ids: string[] = []
    for (let n = 0; n < 4; n++) ids.push((await ask('POST', events, { body: hour() })).body.id ?? '')
    const first = await ask('GET', events, { query: { maxResults: '2' } })
    await ask('PATCH', `${events}/${ids[0]}`, { body: { summary: 'Later' } })
    const last = await ask('GET', events, { query: { maxResults: '2', pageToken: first.body.nextPageToken ?? '' } })
    const delta = await ask('GET', events, { query: { syncToken: last.body.nextSyncToken ?? '' } })
    expect(delta.body.items?.map(({ summary }) => summary)).toEqual(['Later'])
  })

  test.each([
    ['timeMin', '2026-01-01T00:00:00Z'],
    ['timeMax', '2026-01-01T00:00:00Z'],
    ['updatedMin', '2026-01-01T00:00:00Z'],
    ['q', 'lunch'],
    ['iCalUID', 'a@google.com'],
    ['orderBy', 'updated'],
    ['privateExtendedProperty', 'a=b'],
    ['sharedExtendedProperty', 'a=b'],
    ['showDeleted', 'false'],
    ['singleEvents', 'true'], // another value than the listing had
  ])('a token together with %s is refused', async (name, value) => {
    const { ask } = stage()
    const syncToken = (await ask('GET', events)).body.nextSyncToken ?? ''
    expect(await ask('GET', events, { query: { syncToken, [name]: value } })).toMatchObject({ status: 400 })
  })

  test('an expired token is gone, a mangled one is wrong', async () => {
    const { ask, google, jane } = stage()
    const syncToken = (await ask('GET', events)).body.nextSyncToken ?? ''
    expect(await ask('GET', events, { query: { syncToken: `${syncToken}x` } })).toMatchObject({ status: 400 })
    google.expireSyncTokens(jane.email)
    const gone = await ask('GET', events, { query: { syncToken } })
    expect(gone).toMatchObject({ status: 410, reason: 'fullSyncRequired' })
  })
})
