import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Problem, syncHandler } from '../../src/server/index.js'
import { routes } from '../../src/server/routes.js'
import { content } from '../support/world.js'
import { origin, testDoor } from './door.js'

const json = { 'content-type': 'application/json', 'x-calweave': '1' }

async function post(text: string | Uint8Array<ArrayBuffer>, headers: Readonly<Record<string, string>> = json) {
  const { send, w } = await testDoor({ door: { limits: { bodyBytes: 1_000 } } })
  const response = await send('/pauses', { method: 'POST', headers, body: text })
  expect(await w.user.pauses.list()).toEqual([])
  const { code, reason } = (await response.json()) as Problem
  return [response.status, code, ...(reason === undefined ? [] : [reason])]
}

describe('a body', () => {
  test('that is too large is refused, whether it says so or not', async () => {
    const large = JSON.stringify({ scope: 'user', reason: 'x'.repeat(2_000) })
    expect(await post(large)).toEqual([413, 'too_large'])
    expect(await post('{}', { ...json, 'content-length': '5000' })).toEqual([413, 'too_large'])
    let asked = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        asked++
        controller.enqueue(new Uint8Array(600).fill(32))
      },
    })
    const { handler } = await testDoor({ door: { limits: { bodyBytes: 1_000 } } })
    const init = { method: 'POST', headers: { ...json, cookie: 'host_session=user_1' }, body: endless, duplex: 'half' }
    const response = await handler(new Request(`${origin}/calweave/pauses`, init as RequestInit))
    expect([response.status, asked < 6]).toEqual([413, true])
  })

  test.each([
    ['no JSON', 'scope=user', 'JSON'],
    ['half a JSON', '{"scope":', 'JSON'],
    ['no UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), 'JSON'],
    ['a list that is nested too deep', `${'['.repeat(400)}${']'.repeat(400)}`, 'JSON'],
    ['an object that is nested too deep', `${'{"a":'.repeat(150)}1${'}'.repeat(150)}`, 'JSON'],
    ['a key that reaches for a prototype', '{"scope":"user","reason":"x","constructor":1}', 'JSON'],
    ['null', 'null', undefined],
    ['a text', '"user"', undefined],
    ['a field that nobody knows', '{"scope":"user","reason":"x","more":1}', undefined],
    ['two fields of which one is of another type', '{"scope":"user","reason":7}', undefined],
    ['nothing', '', undefined],
  ])('that is %s is refused, and nothing is done', async (_, text, reason) => {
    expect(await post(text)).toEqual([400, 'invalid_input', ...(reason === undefined ? [] : [reason])])
  })

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonx',
    '',
  ])('of type %j is refused although it looks like JSON', async (type) => {
    const headers = { 'x-calweave': '1', 'content-type': type }
    expect(await post('{"scope":"user","reason":"x"}', headers)).toEqual([415, 'not_json'])
  })

  test('is refused by a route that takes none', async () => {
    const { problem } = await testDoor()
    const at = { params: { groupId: 'group' } }
    expect(await problem('POST /groups/{groupId}/plan', { ...at, body: { isDryRun: false } })).toMatchObject({
      status: 400,
    })
    expect(await problem('POST /groups/{groupId}/plan', { ...at, body: [] })).toMatchObject({ status: 400 })
  })
})

describe('a query', () => {
  test.each([
    'unknown=1',
    'limit=0',
    'limit=501',
    'limit=1e2',
    'limit=0x10',
    'limit= 5',
    'limit=5&limit=6',
    'limit=-1',
    'limit=',
    'after=',
    `after=${'x'.repeat(5_000)}`,
    'order=sideways',
  ])('of %s is refused', async (query) => {
    const { send } = await testDoor()
    expect((await send(`/groups/group/runs?${query}`)).status).toBe(400)
  })

  test('is refused by a route that takes none, or no such one', async () => {
    const { send } = await testDoor()
    for (const path of [
      '/connections?x=1',
      '/export?x=1',
      '/live?x=1',
      '/audit/export?format=xml',
      '/audit/export?more=1',
    ])
      expect([path, (await send(path)).status]).toEqual([path, 400])
  })

  test.each(['from=0&to=1&zone=Mars/Olympus', 'from=now&to=1', 'from=0', 'from=9e99&to=1', 'from=0&to=1&calendars='])(
    'for an agenda of %s is refused',
    async (query) => {
      const { send } = await testDoor()
      expect((await send(`/agenda?${query}`)).status).toBe(400)
    },
  )
})

describe('a path', () => {
  test.each([
    '/calweave',
    '/calweave/',
    '/calweavex/session',
    '/session',
    '/calweave/session/',
    '/calweave//session',
    '/calweave/groups/%',
    '/calweave/groups/%00',
    '/calweave/groups/%ff',
    '/calweave/groups/%0d%0ax',
    `/calweave/groups/${'x'.repeat(3_000)}`,
    '/calweave/groups/group%2Fevents',
    '/calweave/__proto__',
    '/calweave/constructor',
  ])('of %s leads nowhere', async (path) => {
    const { handler } = await testDoor()
    const response = await handler(new Request(`${origin}${path}`, { headers: { cookie: 'host_session=user_1' } }))
    expect(response.status).toBe(404)
  })

  test('is found at the root where the door is mounted there', async () => {
    const { w } = await testDoor()
    const handler = syncHandler({ engine: w.engine, authenticate: () => ({ userId: 'user_1' }), basePath: '/' })
    expect((await handler(new Request(`${origin}/session`))).status).toBe(200)
  })
})

describe('whatever is sent to any route', () => {
  test('is answered with a success or a stated refusal, never with an unexpected error', async () => {
    const { send, w } = await testDoor()
    w.calendar(0).add(content('Lunch'))
    await w.sync()
    const keys = Object.keys(routes).filter((key) => !key.includes('/purge'))
    const anyBody = fc.oneof(
      fc.jsonValue({ maxDepth: 4 }),
      fc.record(
        {
          name: fc.jsonValue(),
          members: fc.jsonValue(),
          scope: fc.jsonValue(),
          reason: fc.jsonValue(),
          take: fc.jsonValue(),
          settings: fc.jsonValue(),
          source: fc.jsonValue(),
          runId: fc.jsonValue(),
          offer: fc.jsonValue(),
        },
        { requiredKeys: [] },
      ),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...keys),
        fc.oneof(fc.constant('group'), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })),
        anyBody,
        fc.dictionary(fc.constantFrom('limit', 'after', 'from', 'to', 'state', 'copies', 'chain'), fc.string()),
        async (key, id, body, query) => {
          const [method = '', template = ''] = key.split(' ')
          const path = template.replace(/\{\w+\}/g, encodeURIComponent(id))
          const init = method === 'GET' ? {} : { method, headers: json, body: JSON.stringify(body) }
          const { status } = await send(`${path}?${new URLSearchParams(query)}`, init)
          expect([key, status]).toEqual([key, expect.toSatisfy((one: number) => one < 500)])
        },
      ),
      { numRuns: 400 },
    )
  })
})

describe('a host that gives what does not fit', () => {
  test.each([
    [{ basePath: 'calweave' }, 'basePath'],
    [{ basePath: '/calweave/' }, 'basePath'],
    [{ origin: 'https://app.example.com/' }, 'origin'],
    [{ allowedOrigins: ['*'] }, 'allowedOrigins'],
    [{ offers: [{ id: 'X', provider: 'memory', name: 'x', way: 'none' }] }, 'offers'],
    [{ offers: [0, 1].map(() => ({ id: 'x', provider: 'memory', name: 'x', way: 'none' })) }, 'offers'],
    [{ limits: { bodyBytes: 0 } }, 'limits'],
    [{ unknown: 1 }, 'unknown'],
    [{ authenticate: undefined }, 'authenticate'],
    [{ engine: {} }, 'engine'],
  ])('is told so: %j', async (given, path) => {
    const { w } = await testDoor()
    const options = { engine: w.engine, authenticate: () => null, ...given } as never
    expect(() => syncHandler(options)).toThrow(expect.objectContaining({ code: 'invalid_input' }))
    expect(() => syncHandler(options)).toThrow(path)
  })
})
