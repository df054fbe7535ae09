import { describe, expect, test } from 'vitest'
import { SyncError } from '../../src/errors.js'
import { circuitBreaker } from '../../src/http/breaker.js'
import type { HttpAnswer, HttpClient } from '../../src/http/client.js'
import type { LimitStore } from '../../src/http/limit-store.js'
import { limitedClient } from '../../src/http/limited-client.js'
import { caldavProvider } from '../../src/providers/caldav/index.js'
import { googleProvider } from '../../src/providers/google/index.js'
import { microsoftProvider } from '../../src/providers/microsoft/index.js'
import type { CalendarProvider } from '../../src/providers/provider.js'

const isDown = (status: number): boolean => status >= 500
const outage = (): Promise<number> => Promise.resolve(503)
const alive = (): Promise<number> => Promise.resolve(404)
const leftAlone = { code: 'unavailable', reason: 'CIRCUIT' }

test('a service that is left alone costs nothing of the budget, and nobody waits for that', async () => {
  let spent = 0
  const budgets = [{ spend: async () => void spent++ }]
  const answer = { status: 503, headers: new Headers(), url: '', body: new Uint8Array() } as unknown as HttpAnswer
  const http = { request: async () => answer } as HttpClient
  const client = limitedClient(http, { breaker: { failures: 2 }, budgets, now: () => 0 })
  const ask = () => client.request({ method: 'GET', url: 'https://example.com/' })
  await ask()
  await ask()
  await expect(ask()).rejects.toMatchObject(leftAlone)
  expect(spent).toBe(2)
})

describe('a breaker', () => {
  test('leaves a service alone after failures in a row, and says for how long', async () => {
    let ms = 0
    const breaker = circuitBreaker({ failures: 3 }, () => ms)
    for (let nth = 0; nth < 3; nth++) expect(await breaker.run(outage, isDown)).toBe(503)
    ms = 10_000
    await expect(breaker.run(alive, isDown)).rejects.toMatchObject({ ...leftAlone, retryAfterMs: 20_000 })
  })

  test('one answer of any kind in between, and the count begins anew', async () => {
    const breaker = circuitBreaker({ failures: 3 }, () => 0)
    for (let nth = 0; nth < 20; nth++) await breaker.run(nth % 3 === 2 ? alive : outage, isDown)
    expect(await breaker.run(alive, isDown)).toBe(404)
  })

  test('after the time one call is let through; while it is under way the others are refused', async () => {
    let ms = 0
    const breaker = circuitBreaker({ failures: 1 }, () => ms)
    await breaker.run(outage, isDown)
    ms = 30_000
    let answer: (status: number) => void = () => undefined
    const trial = breaker.run(() => new Promise<number>((resolve) => (answer = resolve)), isDown)
    await expect(breaker.run(alive, isDown)).rejects.toMatchObject(leftAlone)
    answer(200)
    expect(await trial).toBe(200)
    expect(await breaker.run(alive, isDown)).toBe(404)
  })

  test('a clock that goes back by a day keeps nobody waiting for that day', async () => {
    let ms = 86_400_000
    const breaker = circuitBreaker({ failures: 1 }, () => ms)
    await breaker.run(outage, isDown)
    ms = 0
    expect(await breaker.run(alive, isDown)).toBe(404)
  })

  test('a trial that fails doubles the time, up to the longest', async () => {
    let ms = 0
    const breaker = circuitBreaker({ failures: 1, firstMs: 1_000, longestMs: 3_000 }, () => ms)
    await breaker.run(outage, isDown)
    for (const wait of [1_000, 2_000, 3_000, 3_000]) {
      await expect(breaker.run(alive, isDown)).rejects.toMatchObject({ ...leftAlone, retryAfterMs: wait })
      ms += wait
      await breaker.run(outage, isDown)
    }
  })

  test('timeouts and broken connections count, what a caller cancels does not', async () => {
    const failing = (code: 'timeout' | 'aborted') => () => Promise.reject(new SyncError(code, 'no'))
    const breaker = circuitBreaker({ failures: 2 }, () => 0)
    for (let nth = 0; nth < 5; nth++) await breaker.run(failing('aborted'), isDown).catch(() => undefined)
    expect(await breaker.run(alive, isDown)).toBe(404)
    for (let nth = 0; nth < 2; nth++) await breaker.run(failing('timeout'), isDown).catch(() => undefined)
    await expect(breaker.run(alive, isDown)).rejects.toMatchObject(leftAlone)
  })
})

const tokens = { accessToken: 'a-token' }
const kinds: readonly (readonly [string, (options: object) => CalendarProvider, object, unknown])[] = [
  ['google', googleProvider, {}, tokens],
  ['microsoft', microsoftProvider, {}, tokens],
  ['caldav', caldavProvider, { url: 'https://dav.example.com/' }, { username: 'jane', password: 'secret' }],
]

describe.each(kinds)('an account at %s whose service is down', (_name, provider, settings, credentials) => {
  test('is not asked again and again, where the host wants that', async () => {
    let asked = 0
    const fetch = async (): Promise<Response> => {
      asked++
      return new Response('', { status: 503 })
    }
    const account = provider({ fetch, breaker: true, now: () => 0 }).open({ settings, credentials })
    const codes: unknown[] = []
    for (let nth = 0; nth < 9; nth++)
      await account.listCalendars().catch((error: SyncError) => codes.push([error.code, error.reason]))
    expect(asked).toBe(5)
    expect(codes.at(-1)).toEqual(['unavailable', 'CIRCUIT'])
  })

  test('costs nothing of the budget that all workers share while it is left alone', async () => {
    let asked = 0
    let taken = 0
    const limits: LimitStore = {
      async take({ least, lanes }) {
        taken++
        return { units: least, afterMs: 0, resting: false, workers: 1, active: 1, ...(lanes ? { lanes } : {}) }
      },
      rest: async () => undefined,
    }
    let ms = 0
    const fetch = async (): Promise<Response> => {
      asked++
      return new Response('', { status: 503 })
    }
    const given = { fetch, breaker: true, limits, requestsPerMinute: 60, now: () => ms }
    const access = { settings, credentials, account: 'account', tenant: 'tenant' }
    const account = provider(given).open(access)
    for (let nth = 0; nth < 5; nth++, ms += 1_000) await account.listCalendars().catch(() => undefined)
    const before = taken
    for (let nth = 0; nth < 20; nth++, ms += 1_000) await account.listCalendars().catch(() => undefined)
    expect(asked).toBe(5)
    expect(before).toBeGreaterThan(0)
    expect(taken).toBe(before)
  })

  test('is asked each time otherwise', async () => {
    let asked = 0
    const fetch = async (): Promise<Response> => {
      asked++
      return new Response('', { status: 503 })
    }
    const account = provider({ fetch, now: () => 0 }).open({ settings, credentials })
    for (let nth = 0; nth < 9; nth++) await account.listCalendars().catch(() => undefined)
    expect(asked).toBeGreaterThanOrEqual(9)
  })
})
