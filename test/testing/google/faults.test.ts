import { describe, expect, test } from 'vitest'
import { documentedQuota, type FakeGoogleFault, type GoogleRefusalReason } from '../../../src/testing/google/index.js'
import { ask as askAs, type Body, events, hour, stage } from './api.js'

const id = 'abcde12345'

describe('a refusal that is planned', () => {
  test.each<[GoogleRefusalReason, number | undefined, number]>([
    ['userRateLimitExceeded', undefined, 403],
    ['rateLimitExceeded', undefined, 403],
    ['rateLimitExceeded', 429, 429],
    ['quotaExceeded', undefined, 403],
    ['fullSyncRequired', undefined, 410],
    ['updatedMinTooLongAgo', undefined, 410],
    ['backendError', undefined, 500],
    ['backendError', 503, 503],
    ['accessNotConfigured', undefined, 403],
    ['forbidden', undefined, 403],
    ['conditionNotMet', undefined, 412],
  ])('%s %s', async (reason, code, status) => {
    const { ask, google } = stage()
    google.fail({ fault: { kind: 'refuse', reason, ...(code !== undefined && { code }) }, method: 'events.insert' })
    expect((await ask('GET', events)).status).toBe(200)
    expect(await ask('POST', events, { body: hour({ id }) })).toMatchObject({
      status,
      reason,
      body: { error: { code: status } },
    })
    expect(await ask('GET', `${events}/${id}`)).toMatchObject({ status: 404 })
    expect((await ask('POST', events, { body: hour({ id }) })).status).toBe(200)
  })

  test('meets as many requests as it is told, after those that are spared, until all is healed', async () => {
    const { ask, google } = stage()
    google.fail({ fault: { kind: 'status', code: 502, text: '<html>' }, times: 2, after: 1 })
    const statuses = async (n: number) => {
      const found: number[] = []
      for (let i = 0; i < n; i++) found.push((await ask('GET', events)).status)
      return found
    }
    expect(await statuses(4)).toEqual([200, 502, 502, 200])
    google.fail({ fault: { kind: 'status', code: 504 }, times: 100 })
    google.heal()
    expect(await statuses(1)).toEqual([200])
  })

  test('may say how long to wait', async () => {
    const { google, jane } = stage()
    google.fail({ fault: { kind: 'refuse', reason: 'rateLimitExceeded', retryAfter: '7' } })
    const headers = { authorization: `Bearer ${jane.token}` }
    const response = await google.fetch('https://www.googleapis.com/calendar/v3/colors', { headers })
    expect(response.headers.get('retry-after')).toBe('7')
  })
})

describe('a connection that breaks', () => {
  test.each<[FakeGoogleFault['kind'], boolean]>([
    ['lost_request', false],
    ['lost_answer', true],
  ])('%s: the event is there: %s', async (kind, isThere) => {
    const { ask, google } = stage()
    google.fail({ fault: { kind } as FakeGoogleFault, method: 'events.insert' })
    await expect(ask('POST', events, { body: hour({ id }) })).rejects.toThrow(TypeError)
    expect(google.requests.at(-1)).toMatchObject({ method: 'events.insert', status: 0 })
    expect((await ask('GET', `${events}/${id}`)).status).toBe(isThere ? 200 : 404)
  })

  test('an error that comes after the work was done', async () => {
    const { ask, google } = stage()
    google.fail({ fault: { kind: 'late_error', code: 503 } })
    expect(await ask('POST', events, { body: hour({ id }) })).toMatchObject({ status: 503 })
    expect((await ask('GET', `${events}/${id}`)).status).toBe(200)
  })

  test('an answer that never comes', async () => {
    const { google, jane } = stage()
    google.fail({ fault: { kind: 'silent' } })
    const given = new AbortController()
    const headers = { authorization: `Bearer ${jane.token}` }
    const asked = google.fetch('https://www.googleapis.com/calendar/v3/colors', { headers, signal: given.signal })
    await Promise.resolve()
    given.abort(new Error('enough'))
    await expect(asked).rejects.toThrow('enough')
  })

  test('an answer that ends in the middle', async () => {
    const { google, jane } = stage()
    google.fail({ fault: { kind: 'cut' } })
    const headers = { authorization: `Bearer ${jane.token}` }
    const response = await google.fetch('https://www.googleapis.com/calendar/v3/calendars/primary/events', { headers })
    await expect(response.json()).rejects.toThrow(SyntaxError)
  })
})

describe('lists that are not what they should be', () => {
  const summaries = (body: Body) => body.items?.map(({ summary }) => summary)

  async function withTwo() {
    const set = stage()
    for (const summary of ['a', 'b']) await set.ask('POST', events, { body: hour({ summary }) })
    const page = (pageToken?: string) => set.ask('GET', events, { query: pageToken === undefined ? {} : { pageToken } })
    return { ...set, page }
  }

  test('an empty page in the middle', async () => {
    const { google, page } = await withTwo()
    google.fail({ fault: { kind: 'empty_page' } })
    const { body: first } = await page()
    expect([first.items, first.nextSyncToken]).toEqual([[], undefined])
    const { body: second } = await page(first.nextPageToken)
    expect(summaries(second)).toEqual(['a', 'b'])
    expect(second.nextSyncToken).toEqual(expect.any(String))
  })

  test('a page that comes twice', async () => {
    const { google, page } = await withTwo()
    google.fail({ fault: { kind: 'repeat_page' } })
    const { body: first } = await page()
    const { body: second } = await page(first.nextPageToken)
    expect([summaries(first), summaries(second)]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ])
    expect([first.nextSyncToken, second.nextSyncToken]).toEqual([undefined, expect.any(String)])
  })

  test('pages without end', async () => {
    const { google, page } = await withTwo()
    google.fail({ fault: { kind: 'endless_pages' } })
    const { body: first } = await page()
    const { body: second } = await page(first.nextPageToken)
    expect(second.nextPageToken).toBe(first.nextPageToken)
  })

  test('a last page without its token', async () => {
    const { google, page } = await withTwo()
    google.fail({ fault: { kind: 'no_sync_token' } })
    const { body } = await page()
    expect([body.nextPageToken, body.nextSyncToken]).toEqual([undefined, undefined])
  })

  test('the list of before, as from a server that lags behind', async () => {
    const { ask, google, page } = await withTwo()
    await page()
    await ask('POST', events, { body: hour({ summary: 'c' }) })
    google.fail({ fault: { kind: 'stale' } })
    expect(summaries((await page()).body)).toEqual(['a', 'b'])
    expect(summaries((await page()).body)).toEqual(['a', 'b', 'c'])
  })

  test('pages that are smaller than was asked for', async () => {
    const { google, page } = await withTwo()
    google.options.pageSize = 1
    const { body: first } = await page()
    expect(summaries(first)).toEqual(['a'])
    expect(summaries((await page(first.nextPageToken)).body)).toEqual(['b'])
  })
})

describe('quotas', () => {
  test('are none unless the test sets them, and slide with the time', async () => {
    let now = Date.UTC(2026, 0, 1)
    const { ask, google } = stage({ now: () => now })
    const bob = google.addAccount({ email: 'bob@example.com' })
    google.options.quota = { perMinuteAndUser: 3, perMinute: 5 }
    const list = async () => (await ask('GET', events)).reason
    expect([await list(), await list(), await list(), await list()]).toEqual([
      ...[undefined, undefined, undefined, 'userRateLimitExceeded'],
    ])
    const other = async () => (await askAs(google, bob.token ?? '', 'GET', events)).reason
    expect([await other(), await other(), await other()]).toEqual([undefined, undefined, 'rateLimitExceeded'])
    now += 60_001
    expect(await list()).toBeUndefined()
    google.options.quota = { perMinuteAndUser: 1, code: 429 }
    expect(await ask('GET', events)).toMatchObject({ status: 429, reason: 'rateLimitExceeded' })
    google.options.quota = { perDay: 6 }
    expect(await list()).toBe('quotaExceeded')
  })

  test('count a patch three times', async () => {
    const { ask, google } = stage()
    await ask('POST', events, { body: hour({ id }) })
    google.options.quota = { perMinuteAndUser: 4 }
    expect((await ask('PATCH', `${events}/${id}`, { body: {} })).status).toBe(200)
    expect((await ask('GET', events)).reason).toBe('userRateLimitExceeded')
    expect(documentedQuota).toEqual({ perMinuteAndUser: 600, perMinute: 10_000, perDay: 1_000_000 })
  })
})
