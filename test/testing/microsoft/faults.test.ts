import { describe, expect, test } from 'vitest'
import {
  documentedLimits,
  type FakeMicrosoftFault,
  type MicrosoftErrorCode,
} from '../../../src/testing/microsoft/index.js'
import { ask as askAs, type Body, hour, january, stage } from './api.js'

const events = 'me/events'
const delta = 'me/calendar/calendarView/delta'
const address = `https://graph.microsoft.com/v1.0/${events}`

describe('a refusal that is planned', () => {
  test.each<[MicrosoftErrorCode, number | undefined, number]>([
    ['TooManyRequests', undefined, 429],
    ['ServiceUnavailable', undefined, 503],
    ['ErrorInternalServerTransientError', 504, 504],
    ['ErrorIrresolvableConflict', undefined, 412],
    ['ErrorIrresolvableConflict', 409, 409],
    ['SyncStateNotFound', undefined, 410],
    ['resyncRequired', undefined, 410],
    ['MailboxNotEnabledForRESTAPI', undefined, 404],
    ['ErrorAccessDenied', undefined, 403],
    ['InvalidAuthenticationToken', undefined, 401],
  ])('%s %s', async (code, status, wanted) => {
    const { ask, microsoft } = stage()
    microsoft.fail({
      fault: { kind: 'refuse', code, ...(status !== undefined && { status }) },
      method: 'events.create',
    })
    expect((await ask('GET', events)).status).toBe(200)
    expect(await ask('POST', events, { body: hour() })).toMatchObject({ status: wanted, code })
    expect((await ask('GET', events)).body.value).toEqual([])
    expect((await ask('POST', events, { body: hour() })).status).toBe(201)
  })

  test('meets as many requests as it is told, after those that are spared, until all is healed', async () => {
    const { ask, microsoft } = stage()
    microsoft.fail({ fault: { kind: 'status', code: 502, text: '<html>' }, times: 2, after: 2 })
    const statuses: number[] = []
    for (let n = 0; n < 5; n++) statuses.push((await ask('GET', events)).status)
    expect(statuses).toEqual([200, 200, 502, 502, 200])
    microsoft.fail({ fault: { kind: 'status', code: 504 }, times: 100 })
    microsoft.heal()
    expect((await ask('GET', events)).status).toBe(200)
  })

  test('names itself in either spelling of the inner error, and may say how long to wait, with a fraction', async () => {
    const { ask, microsoft } = stage({ innerErrorName: 'innererror' })
    microsoft.fail({ fault: { kind: 'refuse', code: 'TooManyRequests', retryAfter: '1.5' } })
    const { headers, body } = await ask('GET', events, { headers: { 'client-request-id': 'mine' } })
    expect([headers.get('retry-after'), headers.get('client-request-id')]).toEqual(['1.5', 'mine'])
    expect(body.error).toMatchObject({ innererror: { 'client-request-id': 'mine', date: '2026-01-01T12:00:00' } })
  })
})

describe('a connection that breaks', () => {
  test.each<[FakeMicrosoftFault['kind'], number]>([
    ['lost_request', 0],
    ['lost_answer', 1],
  ])('%s: there are %i events', async (kind, count) => {
    const { ask, microsoft } = stage()
    microsoft.fail({ fault: { kind } as FakeMicrosoftFault, method: 'events.create' })
    await expect(ask('POST', events, { body: hour() })).rejects.toThrow(TypeError)
    expect(microsoft.requests.at(-1)).toMatchObject({ method: 'events.create', status: 0 })
    expect((await ask('GET', events)).body.value).toHaveLength(count)
  })

  test('an error that comes after the work was done', async () => {
    const { ask, microsoft } = stage()
    microsoft.fail({ fault: { kind: 'late_error', status: 504 } })
    expect(await ask('POST', events, { body: hour() })).toMatchObject({ status: 504 })
    expect((await ask('GET', events)).body.value).toHaveLength(1)
  })

  test('an answer that never comes, and one that ends in the middle', async () => {
    const { microsoft, jane } = stage()
    const headers = { authorization: `Bearer ${jane.token}` }
    microsoft.fail({ fault: { kind: 'silent' } })
    const given = new AbortController()
    const asked = microsoft.fetch(address, { headers, signal: given.signal })
    await new Promise((resolve) => setImmediate(resolve))
    given.abort(new Error('enough'))
    await expect(asked).rejects.toThrow('enough')
    microsoft.fail({ fault: { kind: 'cut' } })
    await expect((await microsoft.fetch(address, { headers })).json()).rejects.toThrow(SyntaxError)
  })
})

describe('rounds that are not what they should be', () => {
  const subjects = (body: Body) => body.value?.map(({ subject }) => subject)

  function withTwo() {
    const set = stage()
    for (const subject of ['a', 'b']) set.jane.calendar().create(hour({ subject }))
    const page = async (link?: string) =>
      (await set.ask('GET', link ?? delta, link === undefined ? { query: january } : {})).body
    return { ...set, page }
  }

  test('an empty page in the middle', async () => {
    const { microsoft, page } = withTwo()
    microsoft.fail({ fault: { kind: 'empty_page' } })
    const first = await page()
    expect([first.value, first['@odata.deltaLink']]).toEqual([[], undefined])
    const second = await page(first['@odata.nextLink'])
    expect([subjects(second), second['@odata.deltaLink']]).toEqual([['a', 'b'], expect.any(String)])
  })

  test('a page that comes twice, and pages without end', async () => {
    const { microsoft, page } = withTwo()
    microsoft.fail({ fault: { kind: 'repeat_page' } })
    const first = await page()
    const second = await page(first['@odata.nextLink'])
    expect([subjects(first), subjects(second)]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ])
    microsoft.fail({ fault: { kind: 'endless_pages' } })
    const endless = await page()
    expect((await page(endless['@odata.nextLink']))['@odata.nextLink']).toBe(endless['@odata.nextLink'])
  })

  test('a last page without its link', async () => {
    const { microsoft, page } = withTwo()
    microsoft.fail({ fault: { kind: 'no_delta_link' } })
    const body = await page()
    expect([body['@odata.nextLink'], body['@odata.deltaLink']]).toEqual([undefined, undefined])
  })

  test('the round of before, as from a server that lags behind', async () => {
    const { ask, jane, microsoft, page } = withTwo()
    await page()
    jane.calendar().create(hour({ subject: 'c' }))
    microsoft.fail({ fault: { kind: 'stale' } })
    expect(subjects(await page())).toEqual(['a', 'b'])
    expect(subjects(await page())).toEqual(['a', 'b', 'c'])
    const bob = microsoft.addAccount({ email: 'bob@example.com' })
    microsoft.fail({ fault: { kind: 'stale' } })
    expect((await askAs(microsoft, bob.token ?? '', 'GET', delta, { query: january })).body.value).toEqual([])
    const { id = '' } = jane.calendar().create(hour())
    await ask('GET', `${events}/${id}`)
    jane.calendar().remove(id)
    microsoft.fail({ fault: { kind: 'stale' } })
    expect((await ask('GET', `${events}/${id}`)).status).toBe(200)
    expect((await ask('GET', `${events}/${id}`)).status).toBe(404)
  })

  test('events that are there, told as removed', async () => {
    const { ask, microsoft, page } = withTwo()
    microsoft.fail({ fault: { kind: 'spurious_removal' }, method: 'calendarView.delta' })
    const { value = [] } = await page()
    expect(value.map((one) => one['@removed']?.reason)).toEqual(['deleted', 'deleted'])
    expect((await ask('GET', `${events}/${value[0]?.id}`)).status).toBe(200)
  })

  test('pages that are smaller than was asked for', async () => {
    const { microsoft, page } = withTwo()
    microsoft.options.pageSize = 1
    const first = await page()
    expect(subjects(first)).toEqual(['a'])
    expect(subjects(await page(first['@odata.nextLink']))).toEqual(['b'])
  })
})

describe('limits', () => {
  test('the fifth request at one time is refused, by mailbox, and says to wait for a fraction of a second', async () => {
    const { ask, microsoft } = stage()
    const bob = microsoft.addAccount({ email: 'bob@example.com' })
    const [other, ...answers] = await Promise.all([
      askAs(microsoft, bob.token ?? '', 'GET', events),
      ...[1, 2, 3, 4, 5].map(() => ask('GET', events)),
    ])
    expect(other?.status).toBe(200)
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 429])
    const refused = answers.find(({ status }) => status === 429)
    expect(refused?.headers.get('retry-after')).toBe('2.128')
    expect(refused?.body.error?.message).toContain('MailboxConcurrency')
    expect((await ask('GET', events)).status).toBe(200)
  })

  test('are counted over ten minutes, refused requests too', async () => {
    let now = Date.UTC(2026, 0, 1)
    const { ask, microsoft } = stage({ now: () => now })
    microsoft.options.limits = { perTenMinutes: 2 }
    const list = async () => (await ask('GET', events)).code
    expect([await list(), await list(), await list()]).toEqual([undefined, undefined, 'TooManyRequests'])
    now += 600_001
    expect(await list()).toBeUndefined()
    expect(documentedLimits).toEqual({ concurrent: 4, perTenMinutes: 10_000 })
  })
})

describe('permissions', () => {
  test('a token that is none, was taken back or has run out', async () => {
    const { ask, microsoft, jane } = stage()
    const bad = { status: 401, code: 'InvalidAuthenticationToken' }
    expect(await askAs(microsoft, 'stolen', 'GET', events)).toMatchObject(bad)
    jane.renew('new')
    expect(await askAs(microsoft, 'token-of-jane@example.com', 'GET', events)).toMatchObject(bad)
    expect((await askAs(microsoft, 'new', 'GET', events)).status).toBe(200)
    jane.revoke()
    expect(await ask('GET', events)).toMatchObject(bad)
  })

  test('what a token does not permit, and mailboxes of others', async () => {
    const { ask, microsoft, jane } = stage()
    const bob = microsoft.addAccount({
      email: 'bob@example.com',
      scopes: ['https://graph.microsoft.com/Calendars.Read'],
    })
    expect((await askAs(microsoft, bob.token ?? '', 'GET', events)).status).toBe(200)
    expect(await askAs(microsoft, bob.token ?? '', 'POST', events, { body: hour() })).toMatchObject({
      ...{ status: 403, code: 'ErrorAccessDenied' },
    })
    expect((await ask('GET', `users/${bob.userId}/events`)).status).toBe(403)
    expect((await ask('GET', 'users/nobody@example.com/events')).status).toBe(404)
    expect((await ask('GET', `users/${jane.email}/events`)).status).toBe(200)
    const { id = '' } = bob.calendar().create(hour())
    expect((await ask('GET', `${events}/${id}`)).status).toBe(404)
  })

  test('a calendar that is only shown', async () => {
    const { ask, jane } = stage()
    const shown = jane.addCalendar({ name: 'Holidays', canEdit: false })
    const { id } = jane.calendar()
    expect((await ask('POST', `me/calendars/${shown}/events`, { body: hour() })).status).toBe(403)
    expect((await ask('POST', `me/calendars/${id}/events`, { body: hour() })).status).toBe(201)
  })
})
