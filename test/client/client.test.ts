import { describe, expect, test } from 'vitest'
import { type ClientProblem, calweaveClient, isClientProblem, readAll } from '../../src/client/index.js'
import { page } from './page.js'

interface Sent {
  readonly url: string
  readonly init: RequestInit
}

/** A client whose requests are answered by `answer`, and what it sent. */
function sending(answer: (sent: Sent) => Response | Promise<Response>, options = {}) {
  const sent: Sent[] = []
  const client = calweaveClient({
    ...options,
    fetch: async (url, init) => {
      sent.push({ url, init })
      return answer({ url, init })
    },
  })
  return { client, sent }
}

const json = (value: unknown, init: ResponseInit = {}) =>
  new Response(JSON.stringify(value), { headers: { 'content-type': 'application/json' }, ...init })

async function problem(call: Promise<unknown>): Promise<ClientProblem> {
  const error = await call.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (isClientProblem(error)) return error
  throw new Error('It was no problem.', { cause: error })
}

describe('a client', () => {
  test('puts parameters into the path, lists with commas into the query, and JSON into the body', async () => {
    const { client, sent } = sending(() => json({}), { baseUrl: 'https://example.com/sync/' })
    await client.call('GET /groups/{groupId}/runs/{runId}', { params: { groupId: 'a/b?c', runId: 'ü #1' } })
    await client.call('GET /agenda', { query: { from: 1, to: 2, calendars: ['a', 'b,c'] } })
    await client.call('PATCH /groups/{groupId}', { params: { groupId: 'g' }, body: { name: 'N' } })
    expect(sent.map(({ url, init }) => [init.method, url, init.body])).toEqual([
      ['GET', 'https://example.com/sync/groups/a%2Fb%3Fc/runs/%C3%BC%20%231', undefined],
      ['GET', 'https://example.com/sync/agenda?calendars=a%2Cb%2Cc&from=1&to=2', undefined],
      ['PATCH', 'https://example.com/sync/groups/g', '{"name":"N"}'],
    ])
    expect(client.url('GET /groups/{groupId}/runs', { params: { groupId: 'g' }, query: { limit: 5 } })).toBe(
      'https://example.com/sync/groups/g/runs?limit=5',
    )
  })

  test('names what is missing in a path, before anything is sent', async () => {
    const { client, sent } = sending(() => json({}))
    const call = client.call('GET /groups/{groupId}', { params: { groupId: '' } })
    await expect(call).rejects.toThrow('GET /groups/{groupId}: `params.groupId` is missing.')
    expect(sent).toEqual([])
  })

  test('sends the header that other sites cannot with whatever changes something, and only then', async () => {
    const { client, sent } = sending(() => json({}))
    await client.call('GET /groups')
    await client.call('POST /groups/{groupId}/sync', { params: { groupId: 'g' } })
    await client.call('DELETE /groups/{groupId}', { params: { groupId: 'g' }, query: { copies: 'keep' } })
    expect(sent.map(({ init }) => (init.headers as Record<string, string>)['x-calweave'])).toEqual([
      undefined,
      '1',
      '1',
    ])
    expect(sent.map(({ init }) => init.credentials)).toEqual(['same-origin', 'same-origin', 'same-origin'])
  })

  test('asks for the headers of the host anew with each request, also for the stream', async () => {
    let count = 0
    const { client, sent } = sending(() => json({}), { headers: async () => ({ authorization: `Bearer ${++count}` }) })
    await client.call('GET /groups')
    const stop = client.live(() => undefined)
    await expect.poll(() => sent.length).toBe(2)
    stop()
    expect(sent.map(({ init }) => (init.headers as Record<string, string>)['authorization'])).toEqual([
      'Bearer 1',
      'Bearer 2',
    ])
  })

  test('turns a problem of the server into an error with its code, remedy and how long to wait', async () => {
    const said = {
      title: 'Too many',
      detail: 'Wait a little.',
      code: 'too_many_requests',
      remedy: 'retry',
      status: 429,
    }
    const { client } = sending(() => json(said, { status: 429, headers: { 'retry-after': '7' } }))
    expect(await problem(client.call('GET /groups'))).toMatchObject({
      ...{ message: 'Wait a little.', code: 'too_many_requests', remedy: 'retry', status: 429, retryAfterMs: 7_000 },
    })
  })

  test.each([
    ['a page of a proxy', () => new Response('<html>', { status: 502 }), 'unavailable', 'retry', 502],
    ['a login page of a proxy', () => new Response('', { status: 401 }), 'signed_out', 'sign_in', 401],
    [
      'JSON that is none',
      () => new Response('{', { headers: { 'content-type': 'application/json' } }),
      'invalid_response',
      'retry',
      200,
    ],
    ['no answer', () => Promise.reject(new TypeError('fetch failed')), 'unavailable', 'retry', 0],
    ['a problem of other people', () => json(['no'], { status: 400 }), 'invalid_response', 'give_up', 400],
  ])('takes %s for a problem that it knows', async (_, answer, code, remedy, status) => {
    const { client } = sending(answer)
    expect(await problem(client.call('GET /groups'))).toMatchObject({ code, remedy, status })
  })

  test('tells a call that was cancelled from a server that is away', async () => {
    const cancel = new AbortController()
    const { client } = sending(async () => {
      cancel.abort()
      throw cancel.signal.reason
    })
    expect(await problem(client.call('GET /groups', { signal: cancel.signal }))).toMatchObject({
      code: 'aborted',
      status: 0,
    })
  })

  test('waits an hour at most, whatever a server asks for', async () => {
    for (const [text, ms] of [
      ['999999', 3_600_000],
      ['-5', 0],
      ['soon', undefined],
      [new Date(Date.now() + 86_400_000).toUTCString(), 3_600_000],
    ] as const) {
      const { client } = sending(() => new Response('', { status: 503, headers: { 'retry-after': text } }))
      expect((await problem(client.call('GET /groups'))).retryAfterMs).toBe(ms)
    }
  })

  test('knows its problems also when there are two copies of the package', () => {
    const other = Object.assign(new Error('x'), { [Symbol.for('calweave.problem')]: true })
    expect([isClientProblem(other), isClientProblem(new Error('x')), isClientProblem(null)]).toEqual([
      true,
      false,
      false,
    ])
  })

  test('reads a list to its end', async () => {
    const { client, user, weave, add } = await page()
    const group = await weave()
    for (let index = 0; index < 7; index++) add('work', `Event ${index}`, `0${index}`)
    await user.groups.sync(group.id)
    const titles: string[] = []
    const input = { params: { groupId: group.id }, query: { limit: 3 } }
    for await (const { content } of readAll(client, 'GET /groups/{groupId}/events', input)) titles.push(content.title)
    expect(titles.sort()).toEqual(Array.from({ length: 7 }, (_, index) => `Event ${index}`))
  })

  test('has refusals of the handler as problems', async () => {
    const { client } = await page()
    const call = client.call('GET /groups/{groupId}', { params: { groupId: 'of-somebody-else' } })
    expect(await problem(call)).toMatchObject({ code: 'unknown_id', status: 404, remedy: 'refetch' })
  })
})
