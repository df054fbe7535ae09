import { describe, expect, test } from 'vitest'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import { caldavProvider } from '../../src/providers/caldav/index.js'
import { googleProvider } from '../../src/providers/google/index.js'
import { memoryProvider } from '../../src/providers/memory/index.js'
import { microsoftProvider } from '../../src/providers/microsoft/index.js'
import { type Problem, type Routes, syncHandler } from '../../src/server/index.js'
import { rawRoutes } from '../../src/server/raw-routes.js'
import { routes } from '../../src/server/routes.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { sqliteStorage } from '../../src/storage/sqlite/index.js'
import { watchedProvider } from '../support/watched-provider.js'
import { content } from '../support/world.js'
import { origin, type TestDoor, testDoor } from './door.js'

const params = { groupId: 'group' }
const json = { 'content-type': 'application/json', 'x-calweave': '1' }
const pause = JSON.stringify({ scope: 'user', reason: 'test' })

/** Tries to pause everything, as a page somewhere would. */
async function paused({ send, w }: TestDoor, headers: Readonly<Record<string, string>>) {
  const response = await send('/pauses', { method: 'POST', headers, body: pause })
  const isPaused = (await w.user.pauses.list()).length > 0
  expect(isPaused).toBe(response.status === 200)
  return [response.status, ((await response.json()) as Problem).code]
}

describe('cross-site request forgery', () => {
  test('by a form or a script that cannot send our header changes nothing', async () => {
    const door = await testDoor()
    expect(await paused(door, { 'content-type': 'application/json' })).toEqual([403, 'cross_site'])
    expect(await paused(door, { 'content-type': 'application/json', 'x-calweave': '0' })).toEqual([403, 'cross_site'])
  })

  test.each([
    ['another site', { origin: 'https://evil.example' }],
    ['a sandbox', { origin: 'null' }],
    ['a neighbour on a subdomain', { origin: 'https://evil.app.example.com' }],
    ['the same host without TLS', { origin: 'http://app.example.com' }],
    ['another port', { origin: 'https://app.example.com:8443' }],
    ['a browser that names only how far away the page is', { 'sec-fetch-site': 'cross-site' }],
    ['a form that a browser sends by navigating', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }],
    ['a browser that says the page is of a sibling', { 'sec-fetch-site': 'same-site' }],
  ])('from %s changes nothing, although the header is there', async (_, headers) => {
    expect(await paused(await testDoor(), { ...json, ...headers })).toEqual([403, 'cross_site'])
  })

  test.each([
    ['our own page', { origin, 'sec-fetch-site': 'same-origin' }],
    ['an origin that the host allows', { origin: 'https://admin.example.com', 'sec-fetch-site': 'cross-site' }],
    ['no browser at all', {}],
  ])('is not taken for what comes from %s', async (_, headers) => {
    const door = await testDoor({ door: { allowedOrigins: ['https://admin.example.com'] } })
    expect(await paused(door, { ...json, ...headers })).toEqual([200, undefined])
  })

  test('goes by the address that people use where a proxy hides it', async () => {
    const door = await testDoor({ door: { origin: 'https://public.example' } })
    expect(await paused(door, { ...json, origin })).toEqual([403, 'cross_site'])
    expect(await paused(door, { ...json, origin: 'https://public.example' })).toEqual([200, undefined])
  })

  test('does not get at every unsafe route: none of them works without the header', async () => {
    const { send } = await testDoor()
    for (const key of Object.keys(routes).filter((one) => !one.startsWith('GET '))) {
      const [method = '', path = ''] = key.split(' ')
      const headers = { 'content-type': 'application/json' }
      expect([key, (await send(path.replace(/[{}]/g, ''), { method, headers, body: '{}' })).status]).toEqual([key, 403])
    }
  })
})

describe('a page of another site that reads', () => {
  test('what a script asks for with the cookies of the person is answered with nothing', async () => {
    const { send } = await testDoor()
    for (const path of ['/status', '/live', '/export', '/agenda?from=0&to=1']) {
      const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }
      expect([path, (await send(path, { headers })).status]).toEqual([path, 403])
    }
  })

  test('is told by CORS that only allowed origins may read, each by its own name', async () => {
    const { send } = await testDoor({ door: { allowedOrigins: ['https://admin.example.com'] } })
    const allowed = await send('/session', { headers: { origin: 'https://admin.example.com' } })
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://admin.example.com')
    expect(allowed.headers.get('access-control-allow-credentials')).toBe('true')
    expect(allowed.headers.get('vary')).toContain('origin')
    for (const other of ['https://evil.example', 'null', 'https://admin.example.com.evil.example']) {
      const response = await send('/session', { headers: { origin: other } })
      expect(response.headers.get('access-control-allow-origin')).toBeNull()
      expect(response.headers.get('vary')).toContain('origin')
      const asked = await send('/session', { method: 'OPTIONS', headers: { origin: other } })
      expect(asked.headers.get('access-control-allow-methods')).toBeNull()
    }
    expect((await send('/session')).headers.get('vary')).toContain('origin')
  })

  test('may send the reader of live streams where it is allowed at all', async () => {
    const { send } = await testDoor({ door: { allowedOrigins: ['https://admin.example.com'] } })
    const headers = { origin: 'https://admin.example.com', 'access-control-request-method': 'GET' }
    const asked = await send('/live', { method: 'OPTIONS', headers, as: null })
    expect(asked.headers.get('access-control-allow-headers')).toMatch(/x-calweave.*authorization.*last-event-id/)
  })
})

describe('nobody', () => {
  test('gets anything but the description, a published feed and the receiver of notices', async () => {
    const { send } = await testDoor()
    const open: string[] = []
    for (const key of [...Object.keys(routes), ...Object.keys(rawRoutes), 'GET /openapi.json']) {
      const [method = '', path = ''] = key.split(' ')
      const init = { method, as: null, ...(method === 'GET' ? {} : { headers: json, body: '{}' }) }
      if ((await send(path.replace(/[{}]/g, ''), init)).status !== 401) open.push(key)
    }
    expect(open.sort()).toEqual([
      'GET /feeds/{feedId}/{token}',
      'GET /openapi.json',
      'GET /sign-ins/callback/{client}',
      'POST /push/{provider}',
    ])
  })

  test('gets in with a session that has ended or was made up', async () => {
    const { handler } = await testDoor()
    for (const cookie of ['host_session=', 'other=user_1', ''])
      expect((await handler(new Request(`${origin}/calweave/session`, { headers: { cookie } }))).status).toBe(401)
  })
})

/** A user with something of everything, by the ids that routes take. */
async function furnished(userId: string, storage = memoryStorage()) {
  const engine = (provider: ReturnType<typeof memoryProvider>) =>
    new SyncEngine({ storage, providers: [provider], now: () => Date.UTC(2026, 0, 5, 8), analytics: {} })
  const provider = memoryProvider({ now: () => Date.UTC(2026, 0, 5, 8) })
  for (const id of ['a', 'b']) provider.service.addCalendar({ id })
  const user = engine(provider).user(userId)
  const { calendars } = await user.connections.add({ provider: 'memory', id: `account-of-${userId}` })
  const members = calendars.map(({ id }) => ({ calendarId: id }))
  const { id: groupId } = await user.groups.create({
    ...{ name: 'test', id: `group-of-${userId}`, members },
    strategies: [{ use: 'askAPerson' }],
  })
  const [a, b] = [provider.service.calendar('a'), provider.service.calendar('b')]
  const event = a.add(content(`canary of ${userId}`, { location: 'Café' }))
  const run = await user.groups.sync(groupId)
  a.edit(event, { location: 'Office' })
  b.edit(b.all()[0]?.id ?? ('' as never), { location: 'Park' })
  await user.groups.sync(groupId)
  const [conflict] = (await user.conflicts.listOpen(groupId)).items
  const [notification] = (await user.notifications.list()).items
  return {
    provider,
    user,
    ids: {
      groupId,
      connectionId: `account-of-${userId}`,
      calendarId: calendars[0]?.id ?? '',
      eventId: conflict?.eventId ?? '',
      conflictId: conflict?.id ?? '',
      runId: run.id,
      notificationId: notification?.id ?? '',
      feedId: '',
    } as Readonly<Record<string, string>>,
  }
}

describe('a person with the ids of another', () => {
  const bodies: { readonly [Key in keyof Routes]?: object } = {
    'PATCH /groups/{groupId}': { name: 'mine now' },
    'POST /groups/{groupId}/undo': { runId: 'x' },
    'POST /conflicts/{conflictId}/preview': { take: { location: 'both' } },
    'POST /conflicts/{conflictId}/resolve': { take: { location: 'both' } },
    'PUT /feeds/{feedId}': { source: { group: 'x' }, name: 'mine' },
  }
  const queries: { readonly [Key in keyof Routes]?: string } = {
    'DELETE /groups/{groupId}': '?copies=remove',
    'DELETE /connections/{connectionId}': '?copies=remove',
    'GET /calendars/{calendarId}/woven': '?remoteId=x',
  }

  test('gets the same answer as for ids that nobody has, from every route, and changes nothing', async () => {
    const storage = memoryStorage()
    const theirs = await furnished('user_2', storage)
    const engine = new SyncEngine({ storage, providers: [theirs.provider], now: () => Date.UTC(2026, 0, 5, 8) })
    const { publishedFeeds, memoryFeedStore } = await import('../../src/feeds/index.js')
    const feeds = publishedFeeds({ engine, store: memoryFeedStore(), basePath: '/calweave/feeds/' })
    const feed = await feeds.publish('user_2', { source: { group: theirs.ids['groupId'] ?? '' }, name: 'theirs' })
    const handler = syncHandler({ engine, feeds, authenticate: () => ({ userId: 'user_1' }) })
    const before = await everything(theirs.user)
    const tried: string[] = []
    const open: string[] = []
    for (const key of Object.keys(routes) as (keyof Routes)[]) {
      if (!key.includes('{')) continue
      const [method = '', template = ''] = key.split(' ')
      const send = async (idOf: (name: string) => string) => {
        const path = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(idOf(name)))
        const body = bodies[key] ?? (key.includes('/held/') ? { calendarId: 'x', what: 'removals' } : {})
        const init = method === 'GET' ? {} : { method, headers: json, body: JSON.stringify(body) }
        const response = await handler(new Request(`${origin}/calweave${path}${queries[key] ?? ''}`, init))
        return [response.status, await response.text()] as const
      }
      const known = await send((name) => (name === 'feedId' ? feed.id : (theirs.ids[name] ?? '')))
      const unknown = await send(() => 'nobody-has-this')
      tried.push(key)
      // Without a scheduler a retry says so before it looks at anything.
      const isSame = known[0] === unknown[0] && known[1] === unknown[1]
      if (!isSame || known[0] !== 404) open.push(`${key}: ${known} / ${unknown}`)
    }
    expect(open).toEqual([])
    expect(tried.length).toBeGreaterThan(25)
    expect(await everything(theirs.user)).toEqual(before)
  })

  test('cannot weave, pause, publish or ask for their calendars either', async () => {
    const { call, w, send } = await testDoor()
    const theirs = await w.engine.user('user_2').connections.add({ provider: 'memory', id: 'theirs' })
    const [one, two] = theirs.calendars.map(({ id }) => id)
    const members = [{ calendarId: one }, { calendarId: w.calendarIds[0] }]
    const asked = [
      call('POST /groups', { body: { name: 'x', members } }),
      call('PATCH /groups/{groupId}', { params, body: { members } }),
      call('POST /pauses', { body: { scope: { calendar: two }, reason: 'x' } }),
      call('POST /feeds', { body: { source: { calendar: two }, name: 'x' } }),
      call('GET /agenda', { query: { from: 0, to: 1, calendars: [one ?? ''] } }),
    ]
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([404, 404, 404, 404, 404])
    const exported = await (await send(`/audit/export?chain=group`, { as: 'user_2' })).text()
    expect(exported).toBe('')
  })

  test('sees of two tenants who do the same exactly what each would see alone', async () => {
    const storage = memoryStorage()
    const alone = await furnished('user_1')
    const both = await furnished('user_1', storage)
    await furnished('user_2', storage)
    expect(await everything(both.user)).toEqual(await everything(alone.user))
  })
})

/** All that is kept of a user, without what is random. */
async function everything(user: { export(): AsyncGenerator<string> }): Promise<string> {
  let text = ''
  for await (const part of user.export()) text += part
  return text.replace(/"(?:id|runId|by|run|hash|before|after|key|uid|remoteId|eventId|conflictId)":"[^"]*"/g, '"…"')
}

describe('what the body or the query pretends', () => {
  test('no object gains a property by a body, however it is written', async () => {
    const { send } = await testDoor()
    const before = Object.getOwnPropertyNames(Object.prototype)
    for (const text of [
      '{"name":"x","__proto__":{"isOperator":true}}',
      '{"name":"x","constructor":{"prototype":{"isOperator":true}}}',
      '{"name":"x","members":[{"calendarId":"a","projection":{"__proto__":{"show":"busy"}}}]}',
    ]) {
      const response = await send('/groups', { method: 'POST', headers: json, body: text })
      expect([response.status, ((await response.json()) as Problem).reason]).toEqual([400, 'JSON'])
    }
    expect((await send('/audit?__proto__=x')).status).toBe(400)
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
    expect(({} as Record<string, unknown>)['isOperator']).toBeUndefined()
  })

  test('nobody becomes another user or an operator by naming themselves so', async () => {
    const { problem, send } = await testDoor()
    expect(await problem('GET /metrics', { query: { isOperator: true } as never })).toMatchObject({ status: 403 })
    expect((await send('/connections?userId=user_2')).status).toBe(400)
    expect(await problem('POST /pauses', { body: { scope: 'user', reason: 'x', userId: 'user_2' } })).toMatchObject({
      status: 400,
    })
  })

  test.each(["x' OR '1'='1", "x'; DROP TABLE records; --", '%', '_', '../../group', 'group\u0000', '~user/../group'])(
    'SQL and paths in ids are ids that nobody has: %j',
    async (id) => {
      const storage = sqliteStorage({ path: ':memory:' })
      const { send, w } = await testDoor({ storage })
      for (const path of ['/groups/{}', '/groups/{}/events', '/conflicts/{}', '/groups/group/runs/{}']) {
        const response = await send(path.replace('{}', encodeURIComponent(id)))
        expect([path, response.status]).toEqual([path, 404])
      }
      expect((await send(`/groups/group/runs?after=${encodeURIComponent(id)}`)).status).toBe(400)
      expect((await w.user.groups.list()).map((group) => group.id)).toEqual(['group'])
      await storage.close()
    },
  )
})

describe('what answers tell', () => {
  test('stored scripts stay text: JSON that no browser takes for a page', async () => {
    const { send, w } = await testDoor()
    w.calendar(0).add(content('<img src=x onerror=alert(1)>', { description: '</script><script>alert(1)</script>' }))
    await w.sync()
    for (const path of ['/groups/group/events', '/groups/none', '/openapi.json']) {
      const { headers } = await send(path)
      expect(headers.get('content-type')).toMatch(/^application\/(problem\+)?json$/)
      expect(Object.fromEntries(headers)).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
      })
    }
  })

  test('formulas in an export for spreadsheets begin with an apostrophe', async () => {
    const actor = '=HYPERLINK("https://evil.example")'
    const { handler } = await testDoor({ door: { authenticate: () => ({ userId: 'user_1', actor }) } })
    const request = (path: string, init = {}) => handler(new Request(`${origin}/calweave${path}`, init))
    await request('/groups/group', { method: 'PATCH', headers: json, body: '{"name":"x"}' })
    const csv = await (await request('/audit/export?format=csv')).text()
    expect(csv).toContain(`"'=HYPERLINK(""https://evil.example"")"`)
  })

  test('no title, password or message of an unknown error comes out with a refusal', async () => {
    const canary = 'canary-7c1d'
    const seen: unknown[] = []
    const { w } = await testDoor()
    const handler = syncHandler({
      engine: w.engine,
      authenticate: (request) => {
        if (request.url.includes('explode')) throw new Error(`${canary} at ${import.meta.url}`)
        return { userId: 'user_1' }
      },
      onError: (error) => seen.push(error),
      offers: [{ id: 'memory', provider: 'memory', name: 'x', way: 'password' }],
    })
    w.fault = () => {
      throw new Error(`${canary} in the provider`)
    }
    const fields = { username: canary, password: canary }
    const answers = await Promise.all([
      handler(new Request(`${origin}/calweave/session?explode`)),
      handler(new Request(`${origin}/calweave/groups/group/plan`, { method: 'POST', headers: json })),
      handler(
        new Request(`${origin}/calweave/connections`, {
          ...{ method: 'POST', headers: json },
          body: JSON.stringify({ offer: 'memory', fields }),
        }),
      ),
    ])
    expect(answers.map(({ status }) => status)).toEqual([500, 500, 400])
    for (const answer of answers) expect(await answer.text()).not.toMatch(/canary|\.ts:|node_modules|at async/)
    expect(seen).toHaveLength(2)
  })

  test('addresses inside the network of the server are all refused in one sentence', async () => {
    const engine = new SyncEngine({ storage: memoryStorage(), providers: [caldavProvider()] })
    const offers = [{ id: 'caldav', provider: 'caldav', name: 'CalDAV', way: 'url' as const }]
    const handler = syncHandler({ engine, offers, authenticate: () => ({ userId: 'user_1' }) })
    const told = new Set<string>()
    for (const url of ['https://127.0.0.1/', 'https://169.254.169.254/', 'https://10.0.0.1/', 'https://[::1]/dav']) {
      const body = JSON.stringify({ offer: 'caldav', fields: { url, username: 'x', password: 'y' } })
      const request = new Request(`${origin}/calweave/connections`, { method: 'POST', headers: json, body })
      const response = await handler(request)
      expect(response.status).toBeGreaterThanOrEqual(400)
      told.add(await response.text())
    }
    expect([...told]).toHaveLength(1)
  })
})

describe('a flood', () => {
  test('of one person is stopped with the time to wait, and disturbs nobody else', async () => {
    const { send, w } = await testDoor({ door: { limits: { requestsPerMinute: 5 } } })
    const statuses = []
    for (let nth = 0; nth < 8; nth++) statuses.push((await send('/session')).status)
    // The description of the door, which the tests go by, is not counted.
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429, 429])
    expect((await send('/session')).headers.get('retry-after')).toBe('12')
    expect((await send('/session', { as: 'user_2' })).status).toBe(200)
    w.clock.now += 12_000
    expect([(await send('/session')).status, (await send('/session')).status]).toEqual([200, 429])
  })

  // 100,000 of them are in `npm run bench -- server`.
  test('of forged notices is refused one by one, and nothing is enqueued for it', async () => {
    const now = Date.UTC(2026, 0, 5, 8)
    const memory = memoryProvider({ now: () => now })
    for (const id of ['a', 'b']) memory.service.addCalendar({ id })
    const provider = watchedProvider(memory, () => now)
    const told: unknown[] = []
    const engine = new SyncEngine({
      storage: memoryStorage(),
      providers: [provider],
      now: () => now,
      onNotice: (one) => told.push(one),
    })
    const user = engine.user('user_1')
    const { calendars } = await user.connections.add({ provider: 'memory' })
    const members = calendars.map(({ id }) => ({ calendarId: id }))
    await user.groups.create({ name: 'test', id: 'group', members })
    const address = `${origin}/calweave/push/memory`
    await user.watches.start({ calendarId: calendars[0]?.id ?? '', address })
    const [watch] = provider.watches.values()
    if (!watch) throw new Error('no watch')
    const handler = syncHandler({ engine, authenticate: () => null })
    const statuses = new Map<number, number>()
    for (let nth = 0; nth < 5_000; nth++) {
      const forged = nth % 2 === 0 ? { token: `guess-${nth}` } : { watchId: `nobody-${nth}` }
      const { status } = await handler(provider.notice(watch, 'changed', forged))
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
    expect([...statuses]).toEqual([[404, 5_000]])
    expect([told, await user.groups.noticed()]).toEqual([[], []])
    expect((await handler(provider.notice(watch))).status).toBe(202)
    expect(told).toHaveLength(1)
  })
})

describe('notices that pretend to come from', () => {
  const engine = new SyncEngine({ storage: memoryStorage(), providers: [googleProvider(), microsoftProvider()] })
  const handler = syncHandler({ engine, authenticate: () => null })
  const post = (path: string, init: RequestInit) =>
    handler(new Request(`${origin}/calweave/push/${path}`, { method: 'POST', ...init }))

  test('Google, without the token of a channel, are refused', async () => {
    const headers = {
      'x-goog-channel-id': 'made-up',
      'x-goog-channel-token': 'made-up',
      'x-goog-resource-id': 'made-up',
      'x-goog-resource-state': 'exists',
      'x-goog-message-number': '2',
    }
    expect((await post('google', { headers })).status).toBe(404)
  })

  test('Microsoft, to have a script written into a page, get back plain text that is no page', async () => {
    const token = '<script>alert(1)</script>'
    const response = await post(`microsoft?validationToken=${encodeURIComponent(token)}`, {})
    expect([response.status, await response.text()]).toEqual([200, '&lt;script&gt;alert(1)&lt;/script&gt;'])
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    })
  })
})
