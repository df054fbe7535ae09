import { describe, expect, test } from 'vitest'
import { minuteBudget } from '../../../src/http/budget.js'
import { type HttpClientOptions, httpClient } from '../../../src/http/client.js'
import type { AccessTokens } from '../../../src/providers/access-tokens.js'
import { type GraphClient, graphClient } from '../../../src/providers/microsoft/client.js'
import { slots } from '../../../src/providers/microsoft/slots.js'

describe('what goes with every request', () => {
  test('ids that stay and times in UTC are asked for, alone and in batches', async () => {
    const { client, sent } = stub(() => json({ value: [] }))
    await client.get('calendars', { about: 'account' })
    await client.get('x/delta', { about: 'calendar', prefer: 'odata.maxpagesize=200' })
    await client.patch('events/a', {}, { about: 'write', etag: 'W/"1"' })
    expect(sent.map(({ headers }) => headers.get('prefer'))).toEqual([
      'IdType="ImmutableId", outlook.timezone="UTC"',
      'IdType="ImmutableId", outlook.timezone="UTC", odata.maxpagesize=200',
      'IdType="ImmutableId", outlook.timezone="UTC"',
    ])
    expect(sent[2]?.headers.get('if-match')).toBe('W/"1"')
    const batched = stub((body) => json(answers(body, () => ({ status: 200, body: { id: 'a' } }))))
    await batched.client.getMany([{ path: 'events/a' }])
    const [{ requests }] = batched.bodies as [{ requests: readonly { headers: { prefer: string } }[] }]
    expect(requests[0]?.headers.prefer).toContain('ImmutableId')
  })

  test('parameters are escaped, and a space is not a plus', async () => {
    const { client, sent } = stub(() => json({}))
    const query = { $filter: "iCalUId eq 'a&b+c'", $top: '5' }
    await client.get('calendars/a%2Fb/events', { about: 'calendar', query })
    expect(sent[0]?.url).toBe(
      'https://graph.example.com/v1.0/me/calendars/a%2Fb/events?$filter=iCalUId%20eq%20%27a%26b%2Bc%27&$top=5',
    )
  })

  test('a link that leads elsewhere does not get the token', async () => {
    const { client, sent } = stub(() => json({}))
    await expect(client.follow('https://evil.example.org/v1.0/x', { about: 'changes' })).rejects.toMatchObject({
      code: 'invalid_input',
    })
    expect(sent).toEqual([])
  })

  test('a token that is refused is replaced once', async () => {
    const asked: (string | undefined)[] = []
    const tokens = ['old', 'new', 'newer']
    const get: AccessTokens['get'] = async ({ rejected } = {}) => {
      asked.push(rejected)
      return tokens.shift() ?? ''
    }
    const { client, sent } = stub(() => new Response('{}', { status: 401 }), { get })
    await expect(client.get('calendars', { about: 'account' })).rejects.toMatchObject({ code: 'auth_expired' })
    expect(asked).toEqual([undefined, 'old'])
    expect(sent.map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer old', 'Bearer new'])
  })

  test('a claims challenge asks a person to sign in again, and says so', async () => {
    const headers = { 'www-authenticate': 'Bearer realm="", error="insufficient_claims", claims="eyJhY2Nlc3M="' }
    const { client } = stub(() => new Response('{}', { status: 401, headers }))
    await expect(client.get('calendars', { about: 'account' })).rejects.toMatchObject({
      code: 'auth_expired',
      reason: 'CLAIMS',
    })
  })
})

describe('failures', () => {
  const asked = (status: number, error: unknown, about: 'calendar' | 'changes' | 'create' | 'write' | 'event') =>
    stub(() => json({ error }, status)).client.get('x', { about })

  test.each([
    [400, 'ErrorInvalidIdMalformed', 'calendar', 'calendar_gone'],
    [400, 'ErrorInvalidIdMalformed', 'write', 'not_found'],
    [400, 'BadRequest', 'changes', 'cursor_expired'],
    [400, 'ErrorOccurrenceCrossingBoundary', 'write', 'event_refused'],
    [403, 'ErrorAccessDenied', 'write', 'forbidden'],
    [404, 'ErrorItemNotFound', 'write', 'not_found'],
    [404, 'ErrorItemNotFound', 'changes', 'calendar_gone'],
    [404, 'MailboxNotEnabledForRESTAPI', 'calendar', 'forbidden'],
    [409, 'ErrorDuplicateTransactionId', 'create', 'already_exists'],
    [409, 'ErrorIrresolvableConflict', 'write', 'revision_mismatch'],
    [410, 'SyncStateNotFound', 'changes', 'cursor_expired'],
    [410, 'resyncRequired', 'changes', 'cursor_expired'],
    [410, 'SyncStateNotFound', 'calendar', 'unavailable'],
    [412, 'ErrorIrresolvableConflict', 'write', 'revision_mismatch'],
    [413, 'x', 'create', 'event_refused'],
    [423, 'x', 'write', 'unavailable'],
    [500, 'ErrorInternalServerTransientError', 'write', 'unavailable'],
    [504, 'x', 'write', 'timeout'],
    [418, 'x', 'write', 'invalid_response'],
  ] as const)('%i %s about %s is %s', async (status, code, about, wanted) => {
    await expect(asked(status, { code, message: 'secret text' }, about)).rejects.toMatchObject({ code: wanted })
    await expect(asked(status, { code, message: 'secret text' }, about)).rejects.not.toThrow(/secret/)
  })

  test('the innermost code counts, however the inner error is spelled', async () => {
    for (const name of ['innerError', 'innererror'])
      await expect(
        asked(400, { code: 'BadRequest', message: '', [name]: { code: 'ErrorInvalidIdMalformed' } }, 'event'),
      ).rejects.toMatchObject({ code: 'not_found' })
  })

  test('a wait of a fraction of a second is kept', async () => {
    const { client } = stub(() => json({ error: { code: 'ApplicationThrottled' } }, 429, { 'retry-after': '2.128' }))
    await expect(client.get('x', { about: 'event' })).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterMs: 2128,
    })
  })

  test.each(['<html>', '[]', '"a"', ''])('a good answer that holds %s is not believed', async (text) => {
    const { client } = stub(() => new Response(text, { status: 200 }))
    await expect(client.get('x', { about: 'event' })).rejects.toMatchObject({ code: 'invalid_response' })
  })
})

describe('batches', () => {
  test('go out in twenties, in four lines that wait for each other, and are put together by their numbers', async () => {
    const { client, bodies } = stub((body) =>
      json(answers(body, (url) => ({ status: 200, body: { id: url.split('/').at(-1) } }), true)),
    )
    const ids = Array.from({ length: 45 }, (_, index) => `e${index}`)
    const read = await client.getMany(ids.map((id) => ({ path: `events/${id}` })))
    expect(read.map((one) => one.type === 'found' && one.value['id'])).toEqual(ids)
    const [first] = bodies as [{ requests: readonly { id: string; dependsOn?: readonly string[] }[] }]
    expect(bodies.map((body) => (body as typeof first).requests.length)).toEqual([20, 20, 5])
    expect(first.requests.slice(3, 6).map(({ dependsOn }) => dependsOn)).toEqual([undefined, ['0'], ['1']])
  })

  test('what was not asked because the one before it failed is asked again', async () => {
    let round = 0
    const { client } = stub((body) => {
      round++
      const isFirst = round === 1
      return json(
        answers(body, (url) => {
          if (url.endsWith('/e0')) return { status: 404, body: { error: { code: 'ErrorItemNotFound' } } }
          return isFirst && url.endsWith('/e4') ? { status: 424, body: {} } : { status: 200, body: { id: url } }
        }),
      )
    })
    const read = await client.getMany(['e0', 'e1', 'e2', 'e3', 'e4'].map((id) => ({ path: `events/${id}` })))
    expect(read.map(({ type }) => type)).toEqual(['missing', 'found', 'found', 'found', 'found'])
    expect(round).toBe(2)
  })

  test('one that was throttled fails all of them, with its own wait', async () => {
    const { client } = stub((body) =>
      json(
        answers(body, () => ({
          status: 429,
          headers: { 'Retry-After': '3.5' },
          body: { error: { code: 'ApplicationThrottled' } },
        })),
      ),
    )
    await expect(client.getMany([{ path: 'events/a' }])).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterMs: 3500,
    })
  })

  test('one answer of many that was throttled cost all the others, so that a first import began again for ever', async () => {
    const seen = new Map<string, number>()
    const { client, bodies } = stub((body) =>
      json(
        answers(body, (url) => {
          seen.set(url, (seen.get(url) ?? 0) + 1)
          const isBusy = /[37]$/.test(url) && seen.get(url) === 1
          if (!isBusy) return { status: 200, body: { id: url.split('/').at(-1) } }
          return { status: url.endsWith('3') ? 429 : 503, headers: { 'Retry-After': '0.01' }, body: {} }
        }),
      ),
    )
    const ids = Array.from({ length: 10 }, (_, index) => `e${index}`)
    const read = await client.getMany(ids.map((id) => ({ path: `events/${id}` })))
    expect(read.map((one) => one.type === 'found' && one.value['id'])).toEqual(ids)
    expect(bodies.map((body) => (body as { requests: readonly unknown[] }).requests.length)).toEqual([10, 2])
  })

  test('who is told to wait for long does not, and says how long', async () => {
    const { client, bodies } = stub((body) =>
      json(
        answers(body, (url) =>
          url.endsWith('a') ? { status: 429, headers: { 'Retry-After': '90' }, body: {} } : { status: 200, body: {} },
        ),
      ),
    )
    const asking = client.getMany([{ path: 'events/a' }, { path: 'events/b' }])
    await expect(asking).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: 90_000 })
    expect(bodies).toHaveLength(1)
  })

  test('events with long texts, read together, were too much for one answer every time', async () => {
    const { client, bodies } = stub(
      (body) =>
        json(answers(body, (url) => ({ status: 200, body: { id: url.split('/').at(-1), x: 'x'.repeat(400) } }))),
      undefined,
      { maxBytes: 2_000 },
    )
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    const read = await client.getMany(ids.map((id) => ({ path: `events/${id}` })))
    expect(read.map((one) => one.type === 'found' && one.value['id'])).toEqual(ids)
    expect(bodies.map((body) => (body as { requests: readonly unknown[] }).requests.length)).toEqual([7, 4, 3])
  })

  test('one that answers nothing at all is not asked for ever', async () => {
    const { client } = stub(() => json({ responses: [] }))
    await expect(client.getMany([{ path: 'events/a' }])).rejects.toMatchObject({ code: 'invalid_response' })
  })
})

describe('slots', () => {
  test('never more than there are, and who wants all of them waits for the others, and is not overtaken', async () => {
    const gate = slots(() => 4)
    let busy = 0
    const log: string[] = []
    const work = (name: string, count: number) =>
      gate.take(count, async () => {
        busy += count
        log.push(`${name}:${busy}`)
        await Promise.resolve()
        await Promise.resolve()
        busy -= count
      })
    await Promise.all([work('a', 1), work('b', 1), work('all', 20), work('c', 1)])
    expect(log.map((line) => line.split(':')[0])).toEqual(['a', 'b', 'all', 'c'])
  })

  test('work that fails gives its slot back', async () => {
    const gate = slots(() => 1)
    await expect(gate.take(1, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await gate.take(1, async () => 'yes')).toBe('yes')
  })
})

interface Sent {
  readonly url: string
  readonly headers: Headers
}

function stub(
  answer: (body: unknown) => Response,
  tokens: AccessTokens = { get: async () => 'token' },
  limits: HttpClientOptions = {},
) {
  const sent: Sent[] = []
  const bodies: unknown[] = []
  const fetching = async (input: unknown, init?: RequestInit): Promise<Response> => {
    sent.push({ url: String(input), headers: new Headers(init?.headers) })
    const body = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined
    if (body !== undefined) bodies.push(body)
    return answer(body)
  }
  const client: GraphClient = graphClient({
    http: httpClient({ ...limits, fetch: fetching as typeof fetch }),
    server: 'https://graph.example.com/v1.0/',
    tokens,
    mailbox: undefined,
    budgets: [minuteBudget({ perMinute: 1e9 })],
    now: () => 0,
  })
  return { client, sent, bodies }
}

function json(value: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(value), { status, headers })
}

interface BatchedAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
}

function answers(body: unknown, answer: (url: string) => BatchedAnswer, isReversed = false): unknown {
  const { requests } = body as { readonly requests: readonly { readonly id: string; readonly url: string }[] }
  const responses = requests.map(({ id, url }) => ({ id, ...answer(url) }))
  return { responses: isReversed ? responses.reverse() : responses }
}
