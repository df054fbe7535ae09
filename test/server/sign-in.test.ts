import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import { type SyncHandlerOptions, syncHandler } from '../../src/server/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { guardedProvider, testClient, testVault } from '../auth/fixtures.js'
import { type OidcServer, oidcServer } from '../auth/oidc-server.js'
import { origin } from './door.js'

const redirectUri = `${origin}/calweave/sign-ins/callback/memory`
let server: OidcServer
beforeAll(async () => {
  server = await oidcServer({ redirectUris: [redirectUri] })
})
beforeEach(() => {
  server.person = { account: 'ada' }
  server.requests.length = 0
})
afterAll(() => server.close())

const sessions: Readonly<Record<string, { readonly userId: string; readonly session?: string }>> = {
  ada: { userId: 'ada', session: 'the first browser of ada' },
  'ada elsewhere': { userId: 'ada', session: 'the other browser of ada' },
  bob: { userId: 'bob', session: 'the only browser of bob.' },
  'no session': { userId: 'ada' },
}

function door(given: Partial<SyncHandlerOptions> = {}) {
  const clock = { now: Date.now() }
  const guarded = guardedProvider(() => clock.now)
  guarded.memory.service.addCalendar({ id: 'work' })
  const engine = new SyncEngine({
    storage: memoryStorage(),
    providers: [guarded.provider],
    now: () => clock.now,
    auth: {
      vault: testVault(),
      oauth: {
        memory: testClient(server, { redirectUri }),
        other: testClient(server, { redirectUri: redirectUri.replace('memory', 'other') }),
      },
    },
  })
  const handler = syncHandler({
    engine,
    authenticate: (request) => sessions[request.headers.get('x-person') ?? ''] ?? null,
    offers: [{ id: 'work', provider: 'memory', name: 'Work', way: 'oauth', modes: ['write', 'read'] }],
    returnTo: ['/', '/settings?tab=calendars', '/onboarding'],
    now: () => clock.now,
    ...given,
  })
  const begin = async (body: object = {}, person = 'ada') => {
    const response = await handler(
      new Request(`${origin}/calweave/sign-ins`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-calweave': '1', 'x-person': person },
        body: JSON.stringify({ offer: 'work', ...body }),
      }),
    )
    const [cookie = ''] = response.headers.getSetCookie()
    return { response, cookie, body: (await response.json()) as { readonly url: string } }
  }
  /** Where the browser is sent after it comes back. */
  const comeBack = async (search: string, { person = 'ada', cookie = '', client = 'memory' } = {}) => {
    const [pair = ''] = cookie.split(';')
    const headers = { 'x-person': person, cookie: pair }
    const response = await handler(new Request(`${origin}/calweave/sign-ins/callback/${client}${search}`, { headers }))
    expect(response.status).toBe(303)
    return { location: response.headers.get('location') ?? '', headers: response.headers }
  }
  const whole = async (body: object = {}) => {
    const { body: told, cookie } = await begin(body)
    return { cookie, search: new URL(await server.browse(told.url)).search }
  }
  return { clock, engine, begin, comeBack, whole, guarded }
}

describe('a sign-in', () => {
  test('ends at the page that was asked for, with the account connected', async () => {
    const { whole, comeBack, engine } = door()
    const { search, cookie } = await whole({ returnTo: '/settings?tab=calendars' })
    const { location, headers } = await comeBack(search, { cookie })
    const [connection] = await engine.user('ada').connections.list()
    expect(location).toBe(`/settings?tab=calendars&connected=${connection?.id}`)
    expect(connection).toMatchObject({ name: 'Work', mode: 'write' })
    expect(await engine.user('ada').calendars.list()).toHaveLength(1)
    expect(headers.getSetCookie()).toEqual([expect.stringContaining('Max-Age=0')])
    expect(headers.get('cache-control')).toBe('no-store')
  })

  test('of an account that needs it again keeps its id and its name', async () => {
    const { whole, comeBack, engine } = door()
    await comeBack((await whole({ name: 'My work' })).search)
    const [{ id = '' } = {}] = await engine.user('ada').connections.list()
    await engine.user('ada').connections.disconnect(id)
    const { location } = await comeBack((await whole({ id, mode: 'read' })).search)
    expect(location).toBe(`/?connected=${id}`)
    expect(await engine.user('ada').connections.list()).toMatchObject([{ id, name: 'My work', mode: 'read' }])
  })

  test('that the person breaks off comes back with the reason', async () => {
    const { begin, comeBack } = door()
    server.person = { account: 'ada', refuses: true }
    const { body } = await begin()
    const { search } = new URL(await server.browse(body.url))
    expect((await comeBack(search)).location).toMatch(/^\/\?problem=forbidden/)
  })

  test('with fewer permissions than were asked for is kept, and says so', async () => {
    const { whole, comeBack, engine } = door()
    server.person = { account: 'ada', declines: ['calendars.write'] }
    const { location } = await comeBack((await whole()).search)
    expect(location).toMatch(/^\/\?connected=/)
    expect(await engine.user('ada').connections.list()).toMatchObject([
      { needs: 'sign-in', missingScopes: ['calendars.write'] },
    ])
  })

  test('is not begun for what the offer does not have', async () => {
    const { begin } = door()
    for (const body of [{ mode: 'busy' }, { offer: 'other' }, { id: 'nobody-has-this' }, { client: 'other' }])
      expect((await begin(body)).response.status).toBeGreaterThanOrEqual(400)
    expect((await begin({}, 'no session')).body).toMatchObject({ code: 'invalid_input' })
    expect(server.requests.filter((one) => one.includes('token'))).toEqual([])
  })
})

describe('an attacker at a sign-in', () => {
  const refused = '/?problem=invalid_input&reason=SIGN_IN_STATE'

  test('cannot replay the callback of somebody, nor their own twice', async () => {
    const { whole, comeBack } = door()
    const { search } = await whole()
    expect((await comeBack(search)).location).toMatch(/connected=/)
    expect((await comeBack(search)).location).toBe(refused)
  })

  test('cannot have somebody else complete what they began', async () => {
    const { whole, comeBack, engine } = door()
    const { search } = await whole()
    expect((await comeBack(search, { person: 'bob' })).location).toBe(refused)
    expect((await comeBack(search, { person: 'ada elsewhere' })).location).toBe(refused)
    expect((await comeBack(search, { person: 'no session' })).location).toBe('/?problem=signed_out')
    expect((await comeBack(search, { person: 'nobody' })).location).toBe('/?problem=signed_out')
    expect(await engine.user('bob').connections.list()).toEqual([])
    // The one whose it is still can: opening it for others used nothing up.
    expect((await comeBack(search)).location).toMatch(/connected=/)
  })

  test('cannot make up a state, leave it out, send two, or come late', async () => {
    const { whole, comeBack, clock } = door()
    const { search } = await whole()
    const code = new URLSearchParams(search).get('code') ?? ''
    for (const forged of ['', `?code=${code}`, `?code=${code}&state=x`, `${search}&state=x`, '?state=&code='])
      expect((await comeBack(forged)).location).toBe(refused)
    clock.now += 700_000
    expect((await comeBack(search)).location).toBe(refused)
  })

  test('cannot have the answer of one service taken for that of another', async () => {
    const { whole, comeBack, engine } = door()
    const { search } = await whole()
    const exchanged = server.count('authorization_code')
    expect((await comeBack(search, { client: 'other' })).location).toBe('/?problem=invalid_input&reason=CALLBACK')
    expect(server.count('authorization_code')).toBe(exchanged)
    expect(await engine.user('ada').connections.list()).toEqual([])
  })

  test.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example/',
    '/settings',
    '/settings?tab=calendars#x',
    '/settings?tab=calendars&next=//evil.example',
    '%2F%2Fevil.example',
    'javascript:alert(1)',
    '/onboarding/../evil',
    '/onboarding\r\nlocation: https://evil.example',
  ])('cannot have the browser sent to %j afterwards', async (returnTo) => {
    const { begin, whole, comeBack } = door()
    expect((await begin({ returnTo })).body).toMatchObject({ code: 'invalid_input' })
    const { search } = await whole()
    const cookie = `calweave_return=${encodeURIComponent(returnTo)}`
    const { location } = await comeBack(search, { cookie })
    expect(location).toMatch(/^\/\?connected=/)
  })

  test('finds the cookie out of reach of scripts and other sites, and of other paths', async () => {
    const { begin } = door()
    const { cookie } = await begin({ returnTo: '/onboarding' })
    expect(cookie).toBe(
      'calweave_return=%2Fonboarding; Path=/calweave/sign-ins/callback; Max-Age=600; HttpOnly; SameSite=Lax; Secure',
    )
  })
})

describe('a host', () => {
  test.each(['//evil.example', '/\\evil', 'https://evil.example', 'settings', '/a b'])(
    'is told when %j would be no place to come back to',
    (returnTo) => {
      expect(() => door({ returnTo: [returnTo] })).toThrow(/returnTo/)
    },
  )
})
