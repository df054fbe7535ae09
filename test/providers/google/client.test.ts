import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { SyncError } from '../../../src/errors.js'
import { minuteBudget } from '../../../src/http/budget.js'
import type { RemoteId } from '../../../src/model/ids.js'
import { readBatch } from '../../../src/providers/google/batch.js'
import { googleProvider, type RequestRecord } from '../../../src/providers/google/index.js'
import { fakeGoogle } from '../../../src/testing/google/fake-google.js'
import { draft } from '../../../src/testing/provider-samples.js'
import { lunch, opened } from './opened.js'

describe('tokens', () => {
  test('one that is refused is replaced once, and the call goes on', async () => {
    const { account, asked } = withTokens(['old', 'new'], 'new')
    expect(await account.listCalendars()).toHaveLength(1)
    expect(asked).toEqual([undefined, 'old'])
  })

  test('where the new one is refused, too, a person has to sign in again; nobody asks a third time', async () => {
    const { account, asked, google } = withTokens(['old', 'newer', 'newest'], 'another')
    await expect(account.listCalendars()).rejects.toMatchObject({ code: 'auth_expired', remedy: 'reauthorize' })
    expect(asked).toEqual([undefined, 'old'])
    expect(google.requests).toHaveLength(2)
  })

  test('where there is no other one, the refused one is not tried again', async () => {
    const { account, google } = withTokens(['old', 'old'], 'another')
    await expect(account.listCalendars()).rejects.toMatchObject({ code: 'auth_expired' })
    expect(google.requests).toHaveLength(1)
  })

  test('what the tokens say is handed on; what they throw besides is not told', async () => {
    const failing = (error: unknown) =>
      googleProvider({ fetch: fakeGoogle().fetch }).open({
        settings: {},
        credentials: { accessTokens: { get: () => Promise.reject(error) } },
      })
    await expect(failing(new SyncError('unavailable', 'later')).listCalendars()).rejects.toMatchObject({
      code: 'unavailable',
    })
    const refused = failing(new Error('secret-of-the-host')).listCalendars()
    await expect(refused).rejects.toMatchObject({ code: 'auth_expired' })
    await expect(refused).rejects.not.toThrow(/secret-of-the-host/)
  })

  test.each([
    undefined,
    {},
    { accessToken: '' },
    { accessToken: 'a\r\nb' },
    { accessTokens: {} },
    { accessToken: 'a', more: 1 },
  ])('credentials %o are refused, and not told', (credentials) => {
    const open = () => googleProvider().open({ settings: {}, credentials })
    expect(open).toThrow(/cannot be opened.*credentials/)
  })
})

describe('what goes with every request', () => {
  test('whom to count it for, and nothing that a host could misspell', async () => {
    const { google, owner } = opened()
    const open = (settings: unknown) =>
      googleProvider({ fetch: google.fetch }).open({ settings, credentials: { accessToken: owner.token } })
    await open({ quotaUser: 'tenant-7' }).listCalendars()
    expect(google.requests.at(-1)?.path).toContain('quotaUser=tenant-7')
    expect(() => open({ quotaUser: 'x'.repeat(41) })).toThrow(/settings\.quotaUser/)
    expect(() => open({ qoutaUser: 'x' })).toThrow(/settings/)
  })

  test('ids with # and @ stay one part of the path', async () => {
    const { google, owner, account } = opened()
    const id = owner.addCalendar({ id: 'en.german#holiday@group.v.calendar.google.com', summary: 'Holidays' })
    await account.fetch(id as never, ['one' as never])
    expect(google.requests.at(-1)?.path).toContain(
      '/calendars/en.german%23holiday%40group.v.calendar.google.com/events',
    )
  })
})

describe('batches', () => {
  test.each(['asked', 'reversed'] as const)(
    'many events are read in few requests, whatever the order of the answers (%s)',
    async (batchOrder) => {
      const sent: string[] = []
      const onRequest = ({ method, url }: RequestRecord) => void sent.push(`${method} ${new URL(url).pathname}`)
      const { account, calendar, jane } = opened({ batchOrder }, { onRequest, requestsPerMinute: 1e6 })
      const ids = Array.from({ length: 120 }, (_, n) => (jane.create(lunch(`Lunch ${n}`)).id ?? '') as RemoteId)
      jane.remove(ids[7] ?? '')
      const found = await account.fetch(calendar, [...ids, 'never-was' as RemoteId])
      expect(found.map((one) => (one.type === 'found' ? one.event.content.title : one.type))).toEqual([
        ...ids.map((_, n) => (n === 7 ? 'gone' : `Lunch ${n}`)),
        'gone',
      ])
      // First the calendar's zone. The one that is not there is asked for by itself.
      expect(sent.filter((one) => one.startsWith('POST'))).toEqual(Array(3).fill('POST /batch/calendar/v3'))
      expect(sent).toHaveLength(5)
    },
  )

  test('what a batch does not answer is asked for by itself', async () => {
    const { account, calendar, google, jane } = opened()
    const ids = Array.from({ length: 6 }, (_, n) => (jane.create(lunch(`Lunch ${n}`)).id ?? '') as RemoteId)
    google.fail({ fault: { kind: 'status', code: 503 }, method: 'events.get', times: 2 })
    const found = await account.fetch(calendar, ids)
    expect(found.every(({ type }) => type === 'found')).toBe(true)
  })

  test.each(['', 'multipart/mixed', 'text/html; boundary=a', 'multipart/mixed; boundary='])(
    '%j is no batch',
    (type) => {
      expect(() => readBatch('--a\r\n--a--', type)).toThrow(/does not hold/)
    },
  )

  test('answers that belong to no call are not believed', () => {
    const part = (head: string) =>
      `--x\r\nContent-Type: application/http\r\n${head}\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}\r\n`
    const body = `${part('Content-ID: <response-3>')}${part('Content-ID: 4')}${part('X-ID: response-5')}--x--`
    expect([...readBatch(body, 'multipart/mixed; boundary=x').keys()]).toEqual([3])
  })
})

describe('budgets', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('no sixty seconds see more than the budget, whenever they begin', async () => {
    const budget = minuteBudget({ perMinute: 60, longestWaitMs: Number.POSITIVE_INFINITY })
    const times: number[] = []
    for (let index = 0; index < 300; index++) void budget.spend(1).then(() => times.push(Date.now()))
    await vi.advanceTimersByTimeAsync(600_000)
    expect(times).toHaveLength(300)
    const most = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 60_000).length))
    expect(most).toBeLessThanOrEqual(60)
  })

  test('the first burst does not wait', async () => {
    const budget = minuteBudget({ perMinute: 60 })
    for (let index = 0; index < 10; index++) await budget.spend(1)
    expect(Date.now()).toBe(vi.getMockedSystemTime()?.getTime())
  })

  test('who would have to wait for long is told for how long, and has spent nothing', async () => {
    const budget = minuteBudget({ perMinute: 60, longestWaitMs: 0 })
    for (let index = 0; index < 10; index++) await budget.spend(1)
    await expect(budget.spend(1)).rejects.toMatchObject({ code: 'rate_limited', reason: 'BUDGET', retryAfterMs: 1_200 })
    await vi.advanceTimersByTimeAsync(1_200)
    await budget.spend(1)
  })

  test('waiting ends when the call is cancelled', async () => {
    const budget = minuteBudget({ perMinute: 6 })
    await budget.spend(1)
    const controller = new AbortController()
    const waiting = budget.spend(1, controller.signal)
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' })
  })

  test('an account that writes as fast as it may is never told to slow down', async () => {
    const quota = { perMinuteAndUser: 60 }
    const { account, calendar } = opened({ quota }, { requestsPerMinute: 60 })
    const creates = Array.from({ length: 90 }, (_, index) => account.create(calendar, draft(`${index}`)))
    const settled = Promise.allSettled(creates)
    for (let second = 0; second < 200; second++) await vi.advanceTimersByTimeAsync(1_000)
    const refused = (await settled).filter(({ status }) => status === 'rejected')
    expect(refused).toEqual([])
  })
})

/** An account whose host hands out these tokens one after the other; Google takes one of them. */
function withTokens(tokens: readonly string[], valid: string) {
  const google = fakeGoogle()
  google.addAccount({ token: valid })
  const asked: (string | undefined)[] = []
  const get = async (options: { readonly rejected?: string } = {}) => {
    asked.push(options.rejected)
    return tokens[asked.length - 1] ?? 'none'
  }
  const account = googleProvider({ fetch: google.fetch }).open({ settings: {}, credentials: { accessTokens: { get } } })
  return { account, asked, google }
}
