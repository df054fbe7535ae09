import { describe, expect, test } from 'vitest'
import type { FakeGoogleOptions } from '../../../src/testing/google/index.js'
import { daily, events, type Stage, stage } from './api.js'

const id = 'series12345'
const day = (n: number) => `${id}_202601${String(n).padStart(2, '0')}T110000Z`

/** A daily series over five days, and a token from before anything happened to it. */
async function withSeries(
  options: FakeGoogleOptions = {},
): Promise<Stage & { readonly changes: () => Promise<(string | undefined)[][]> }> {
  const set = stage(options)
  await set.ask('POST', events, { body: daily({ id }) })
  let syncToken = (await set.ask('GET', events)).body.nextSyncToken ?? ''
  const changes = async () => {
    const { body } = await set.ask('GET', events, { query: { syncToken } })
    syncToken = body.nextSyncToken ?? ''
    return (body.items ?? []).map((item) => [item.id, item.status, item.summary ?? item.recurringEventId])
  }
  return { ...set, changes }
}

describe('a series', () => {
  test('is listed as one event, or as its occurrences', async () => {
    const { ask } = await withSeries()
    const { body: plain } = await ask('GET', events)
    expect(plain.items?.map((item) => item.id)).toEqual([id])
    const { body: single } = await ask('GET', events, { query: { singleEvents: 'true', orderBy: 'startTime' } })
    expect(single.items?.map((item) => item.id)).toEqual([5, 6, 7, 8, 9].map(day))
    expect(single.items?.[1]).toEqual({
      ...plain.items?.[0],
      id: day(6),
      htmlLink: expect.any(String),
      recurrence: undefined,
      recurringEventId: id,
      start: { dateTime: '2026-01-06T12:00:00+01:00', timeZone: 'Europe/Berlin' },
      end: { dateTime: '2026-01-06T13:00:00+01:00', timeZone: 'Europe/Berlin' },
      originalStartTime: { dateTime: '2026-01-06T12:00:00+01:00', timeZone: 'Europe/Berlin' },
    })
  })

  test('of whole days names its occurrences by date, and keeps wall time when the clocks change', async () => {
    const { ask } = stage()
    const whole = {
      start: { date: '2026-03-28' },
      end: { date: '2026-03-30' },
      recurrence: ['RRULE:FREQ=DAILY;COUNT=2'],
    }
    await ask('POST', events, { body: daily({ id, ...whole }) })
    const { body: days } = await ask('GET', `${events}/${id}/instances`)
    expect(days.items?.map((item) => [item.id, item.start, item.end, item.originalStartTime])).toEqual([
      [`${id}_20260328`, { date: '2026-03-28' }, { date: '2026-03-30' }, { date: '2026-03-28' }],
      [`${id}_20260329`, { date: '2026-03-29' }, { date: '2026-03-31' }, { date: '2026-03-29' }],
    ])
    const [start, end] = ['12:00', '13:00'].map((time) => ({
      dateTime: `2026-03-28T${time}:00`,
      timeZone: 'Europe/Berlin',
    }))
    const { body: timed } = await ask('POST', events, { body: daily({ ...(start && { start }), ...(end && { end }) }) })
    const { body } = await ask('GET', `${events}/${timed.id}/instances`, { query: { maxResults: '2' } })
    expect(body.items?.map((item) => item.start?.dateTime)).toEqual([
      '2026-03-28T12:00:00+01:00',
      '2026-03-29T12:00:00+02:00',
    ])
    expect(body.items?.map((item) => item.id?.split('_')[1])).toEqual(['20260328T110000Z', '20260329T100000Z'])
  })

  test('has no occurrence where a date is excluded, and one more where a date is added', async () => {
    const { ask } = stage()
    const recurrence = [
      ...['RRULE:FREQ=DAILY;COUNT=3', 'EXDATE;TZID=Europe/Berlin:20260106T120000'],
      ...['RDATE;TZID=Europe/Berlin:20260120T090000'],
    ]
    const { body } = await ask('POST', events, { body: daily({ id, recurrence }) })
    expect(body.recurrence).toEqual(recurrence)
    const { body: days } = await ask('GET', `${events}/${id}/instances`)
    expect(days.items?.map((item) => item.id)).toEqual([day(5), day(7), `${id}_20260120T080000Z`])
    expect(await ask('GET', `${events}/${day(6)}`)).toMatchObject({ status: 404 })
    expect(await ask('PATCH', `${events}/${day(6)}`, { body: { summary: 'x' } })).toMatchObject({ status: 404 })
  })

  test('an occurrence that is moved keeps its name and its original start', async () => {
    const { ask, changes } = await withSeries()
    const [start, end] = [{ dateTime: '2026-01-10T09:00:00+01:00' }, { dateTime: '2026-01-10T10:00:00+01:00' }]
    const { body } = await ask('PATCH', `${events}/${day(6)}`, { body: { start, end, summary: 'Moved' } })
    expect(body).toMatchObject({
      ...{ id: day(6), recurringEventId: id, sequence: 1, iCalUID: `${id}@google.com` },
      originalStartTime: { dateTime: '2026-01-06T12:00:00+01:00' },
    })
    expect(await changes()).toEqual([
      [id, 'confirmed', 'Stand-up'],
      [day(6), 'confirmed', 'Moved'],
    ])
    const { body: found } = await ask('GET', `${events}/${id}/instances`, {
      query: { originalStart: '2026-01-06T11:00:00Z' },
    })
    expect(found.items?.map((item) => item.start?.dateTime)).toEqual(['2026-01-10T09:00:00+01:00'])
  })

  test('cancelled occurrences are listed even where deleted events are not', async () => {
    const { ask } = await withSeries()
    await ask('DELETE', `${events}/${day(6)}`)
    await ask('PUT', `${events}/${day(7)}`, { body: { ...daily(), recurrence: undefined, status: 'cancelled' } })
    const { body } = await ask('GET', events)
    expect(body.items?.map((item) => [item.id, item.status])).toEqual([
      [id, 'confirmed'],
      [day(6), 'cancelled'],
      [day(7), 'cancelled'],
    ])
    const { body: single } = await ask('GET', events, { query: { singleEvents: 'true' } })
    expect(single.items?.map((item) => item.id)).toEqual([5, 8, 9].map(day))
    const { body: deleted } = await ask('GET', `${events}/${id}/instances`, { query: { showDeleted: 'true' } })
    expect(deleted.items).toHaveLength(5)
    expect(await ask('DELETE', `${events}/${day(6)}`)).toMatchObject({ status: 410 })
  })

  test('a deleted series is one item, and its exceptions are gone with it', async () => {
    const { ask, changes } = await withSeries()
    await ask('DELETE', `${events}/${day(6)}`)
    await changes()
    await ask('DELETE', `${events}/${id}`)
    expect(await changes()).toEqual([[id, 'cancelled', undefined]])
    expect(await ask('GET', `${events}/${day(6)}`)).toMatchObject({ status: 200, body: { status: 'cancelled' } })
    expect((await ask('GET', events)).body.items).toEqual([])
    await ask('PATCH', `${events}/${id}`, { body: { status: 'confirmed' } })
    expect((await changes()).map(([name]) => name)).toEqual([id, day(6)])
  })

  test('an exception that loses its date is told without the name of its series', async () => {
    const { ask, changes } = await withSeries()
    await ask('PATCH', `${events}/${day(8)}`, { body: { summary: 'Late' } })
    await changes()
    await ask('PATCH', `${events}/${id}`, { body: { recurrence: ['RRULE:FREQ=DAILY;COUNT=2'] } })
    expect(await changes()).toEqual([
      [id, 'confirmed', 'Stand-up'],
      [day(8), 'cancelled', undefined],
    ])
    await ask('PATCH', `${events}/${id}`, { body: { recurrence: ['RRULE:FREQ=DAILY;COUNT=5'] } })
    expect(await ask('GET', `${events}/${day(8)}`)).toMatchObject({ status: 200, body: { summary: 'Stand-up' } })
  })

  test('and its exceptions have one version: an exception’s write makes the series’ version old', async () => {
    const { ask } = await withSeries()
    const { body: before } = await ask('GET', `${events}/${id}`)
    const { body: exception } = await ask('PATCH', `${events}/${day(6)}`, { body: { summary: 'Other' } })
    const stale = { 'if-match': before.etag ?? '' }
    expect(await ask('PATCH', `${events}/${id}`, { headers: stale, body: { location: 'Here' } })).toMatchObject({
      status: 412,
    })
    const fresh = { 'if-match': exception.etag ?? '' }
    expect(await ask('PATCH', `${events}/${id}`, { headers: fresh, body: { location: 'Here' } })).toMatchObject({
      status: 200,
    })
    expect((await ask('GET', `${events}/${day(6)}`)).body).toMatchObject({ summary: 'Other', location: 'Here' })
  })

  test('or versions of their own, where the test wants that', async () => {
    const { ask, changes } = await withSeries({ seriesVersion: 'own' })
    const { body: before } = await ask('GET', `${events}/${id}`)
    await ask('PATCH', `${events}/${day(6)}`, { body: { summary: 'Other' } })
    expect((await changes()).map(([name]) => name)).toEqual([day(6)])
    const headers = { 'if-match': before.etag ?? '' }
    expect(await ask('PATCH', `${events}/${id}`, { headers, body: { colorId: '1' } })).toMatchObject({ status: 200 })
  })

  test('may come after its exceptions', async () => {
    const { ask, google } = await withSeries()
    await ask('DELETE', `${events}/${day(6)}`)
    google.options.order = 'exceptions_first'
    expect((await ask('GET', events)).body.items?.map((item) => item.id)).toEqual([day(6), id])
  })
})

describe('a window', () => {
  test('holds a series that has an occurrence in it', async () => {
    const { ask } = await withSeries()
    const list = async (timeMin: string, timeMax: string) =>
      (await ask('GET', events, { query: { timeMin, timeMax } })).body.items?.map((item) => item.id)
    expect(await list('2026-01-09T00:00:00Z', '2026-01-10T00:00:00Z')).toEqual([id])
    expect(await list('2026-01-10T00:00:00Z', '2026-01-11T00:00:00Z')).toEqual([])
    // The end of an event is compared with timeMin, its start with timeMax; both touch without being in.
    expect(await list('2026-01-09T12:00:00Z', '2026-01-10T00:00:00Z')).toEqual([])
    expect(await list('2026-01-01T00:00:00Z', '2026-01-05T11:00:00Z')).toEqual([])
    const empty = await ask('GET', events, {
      query: { timeMin: '2026-01-10T00:00:00Z', timeMax: '2026-01-10T00:00:00Z' },
    })
    expect(empty).toMatchObject({ status: 400, reason: 'timeRangeEmpty' })
    const old = await ask('GET', events, { query: { updatedMin: '2025-11-01T00:00:00Z' } })
    expect(old).toMatchObject({ status: 410, reason: 'updatedMinTooLongAgo' })
  })
})
