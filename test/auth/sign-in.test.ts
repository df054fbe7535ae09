import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { oauthClient } from '../../src/auth/oauth.js'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import { memoryProvider } from '../../src/providers/memory/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { session, stage, testClient, testVault } from './fixtures.js'
import { app, type OidcServer, oidcServer } from './oidc-server.js'

let server: OidcServer
beforeAll(async () => {
  server = await oidcServer()
})
beforeEach(() => {
  server.person = { account: 'ada' }
  server.gate = undefined
  server.requests.length = 0
})
afterAll(() => server.close())

const refused = { code: 'invalid_input', reason: 'SIGN_IN_STATE' }

describe('a person who signs in', () => {
  test('has a connection with the account that the server proves, its scopes and its calendars', async () => {
    const { signIn, user } = stage(server)
    const { connection, calendars } = await signIn({ name: 'Work' })
    expect(calendars.map(({ name }) => name)).toEqual(['work'])
    expect(connection).toMatchObject({
      id: 'account',
      name: 'Work',
      mode: 'write',
      account: { issuer: server.issuer, subject: 'ada' },
    })
    expect(connection.scopes).toEqual(expect.arrayContaining(['calendars.read', 'calendars.write']))
    expect(await user.connections.list()).toEqual([connection])
  })

  test.each([
    ['busy', 'openid offline_access'],
    ['read', 'openid offline_access calendars.read'],
    ['write', 'openid offline_access calendars.read calendars.write'],
  ] as const)('is asked for no more than the mode needs: %s', async (mode, scope) => {
    const { user } = stage(server)
    const url = new URL((await user.connections.signIn({ provider: 'memory', mode, session })).url)
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      scope,
      client_id: app.clientId,
      redirect_uri: app.redirectUri,
      response_type: 'code',
      code_challenge_method: 'S256',
      nonce: expect.stringMatching(/^.{43}$/),
      code_challenge: expect.stringMatching(/^.{43}$/),
    })
    expect(url.searchParams.get('state')?.length).toBeLessThan(1_000)
  })

  test('and does not come back leaves nothing behind', async () => {
    const { user } = stage(server)
    await user.connections.signIn({ provider: 'memory', session })
    expect(await user.connections.list()).toEqual([])
  })

  test('may do so at another worker than the one that began it', async () => {
    const { user, worker } = stage(server)
    const { url } = await user.connections.signIn({ provider: 'memory', session })
    const { calendars } = await worker().connections.completeSignIn(await server.browse(url), { session })
    expect(calendars).toHaveLength(1)
  })

  test('and un-ticks a permission has a connection that says what is missing, and nothing is asked of the account', async () => {
    const { signIn, guarded, user } = stage(server)
    server.person = { account: 'ada', declines: ['calendars.write'] }
    const { connection, calendars } = await signIn()
    expect(connection).toMatchObject({
      needs: 'sign-in',
      missingScopes: ['calendars.write'],
      failure: { code: 'auth_expired', reason: 'MISSING_SCOPE' },
    })
    expect([calendars, guarded.tokens]).toEqual([[], []])
    await expect(user.connections.refresh('account')).rejects.toMatchObject({ reason: 'MISSING_SCOPE' })
    expect(guarded.tokens).toEqual([])
    server.person = { account: 'ada' }
    const again = await signIn()
    expect(again.calendars).toHaveLength(1)
    expect(again.connection).not.toHaveProperty('needs')
    expect(again.connection).not.toHaveProperty('missingScopes')
  })

  test('and says no gets an error that can be told from all others, and nothing is kept', async () => {
    const { signIn, user } = stage(server)
    server.person = { account: 'ada', refuses: true }
    await expect(signIn()).rejects.toMatchObject({ code: 'forbidden', reason: 'access_denied' })
    expect(await user.connections.list()).toEqual([])
  })
})

describe('an answer is refused', () => {
  async function begun() {
    const on = stage(server)
    const { url } = await on.user.connections.signIn({ provider: 'memory', id: 'account', session })
    return { ...on, callback: new URL(await server.browse(url)) }
  }

  test('the second time, also when the first time failed', async () => {
    const { user, callback } = await begun()
    await user.connections.completeSignIn(callback, { session })
    await expect(user.connections.completeSignIn(callback, { session })).rejects.toMatchObject(refused)
    expect(server.count('authorization_code')).toBe(1)
    const { url } = await user.connections.signIn({ provider: 'memory', session })
    const tampered = new URL(await server.browse(url))
    tampered.searchParams.set('code', 'another')
    await expect(user.connections.completeSignIn(tampered, { session })).rejects.toMatchObject({ code: 'auth_expired' })
    await expect(user.connections.completeSignIn(tampered, { session })).rejects.toMatchObject(refused)
  })

  test('when two workers complete it at the same moment: one of them does', async () => {
    const { worker, callback } = await begun()
    const tries = [worker(), worker(), worker()].map((user) => user.connections.completeSignIn(callback, { session }))
    const ends = await Promise.allSettled(tries)
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected'])
    expect(server.count('authorization_code')).toBe(1)
  })

  test('in another session, and for another user', async () => {
    const { user, callback, storage, guarded, clock } = await begun()
    const other = new SyncEngine({
      storage,
      providers: [guarded.provider],
      now: () => clock.now,
      auth: { vault: testVault(), oauth: { memory: testClient(server) } },
    }).user('user_2')
    await expect(user.connections.completeSignIn(callback, { session: `${session}!` })).rejects.toMatchObject(refused)
    await expect(other.connections.completeSignIn(callback, { session })).rejects.toMatchObject(refused)
    expect(server.count('authorization_code')).toBe(0)
    // and was not used up by those who had no right to it
    await user.connections.completeSignIn(callback, { session })
  })

  test('after ten minutes', async () => {
    const { user, callback, clock } = await begun()
    clock.now += 600_001
    await expect(user.connections.completeSignIn(callback, { session })).rejects.toMatchObject(refused)
  })

  test('of a worker whose clock is hours ahead', async () => {
    const { user, callback, clock } = await begun()
    clock.now -= 3_600_000
    await expect(user.connections.completeSignIn(callback, { session })).rejects.toMatchObject(refused)
  })

  test.each([
    ['no state', (url: URL) => url.searchParams.delete('state')],
    ['an empty one', (url: URL) => url.searchParams.set('state', '')],
    ['two of them', (url: URL) => url.searchParams.append('state', url.searchParams.get('state') ?? '')],
    ['one of our own making', (url: URL) => url.searchParams.set('state', 'v1.one.AAAA.AAAAAAAAAAAAAAAA.AAAA')],
    ['one with a byte changed', (url: URL) => flip(url, 'state')],
    ['one of a megabyte', (url: URL) => url.searchParams.set('state', 'v1.one..'.padEnd(15_000, 'A'))],
    ['one that is JSON', (url: URL) => url.searchParams.set('state', '{"__proto__":{}}')],
  ])('with a hostile state: %s', async (_, damage) => {
    const { user, callback } = await begun()
    damage(callback)
    await expect(user.connections.completeSignIn(callback, { session })).rejects.toMatchObject(refused)
    expect(server.count('authorization_code')).toBe(0)
  })

  test.each([
    ['another host', (url: URL) => Object.assign(url, { host: 'evil.example' })],
    ['another path', (url: URL) => Object.assign(url, { pathname: '/oauth/other' })],
    ['another issuer', (url: URL) => url.searchParams.set('iss', 'https://evil.example')],
    ['no issuer where the server always names itself', (url: URL) => url.searchParams.delete('iss')],
    ['two codes', (url: URL) => url.searchParams.append('code', 'x')],
    ['no code', (url: URL) => url.searchParams.delete('code')],
    ['tokens in it', (url: URL) => url.searchParams.set('id_token', 'x')],
    ['a response in place of its parts', (url: URL) => url.searchParams.set('response', 'x')],
  ])('when it was tampered with: %s', async (_, damage) => {
    const { user, callback } = await begun()
    damage(callback)
    await expect(user.connections.completeSignIn(callback, { session })).rejects.toMatchObject({
      code: 'invalid_input',
      reason: 'CALLBACK',
    })
    expect(server.count('authorization_code')).toBe(0)
    expect(await user.connections.list()).toEqual([])
  })

  test.each([['not an address'], [''], [`https://app.example.org/?${'x'.repeat(20_000)}`]])(
    'that is no address of ours: %#',
    async (callback) => {
      const { user } = stage(server)
      await expect(user.connections.completeSignIn(callback, { session })).rejects.toMatchObject({
        code: 'invalid_input',
      })
    },
  )

  test('with the code of another sign-in: its verifier does not fit', async () => {
    const { user, callback } = await begun()
    const { url } = await user.connections.signIn({ provider: 'memory', session })
    const other = new URL(await server.browse(url))
    callback.searchParams.set('code', other.searchParams.get('code') ?? '')
    await expect(user.connections.completeSignIn(callback, { session })).rejects.toMatchObject({ code: 'auth_expired' })
    expect(await user.connections.list()).toEqual([])
  })
})

describe('a connection that is there', () => {
  test('is signed in again by its id, and stays what it was', async () => {
    const { signIn, user } = stage(server)
    const first = await signIn({ name: 'Work', mode: 'read' })
    const { url } = await user.connections.signIn({ id: 'account', session })
    const second = await user.connections.completeSignIn(await server.browse(url), { session })
    expect(second.connection).toEqual(first.connection)
    expect(second.calendars).toEqual(first.calendars)
  })

  test('cannot be taken over by another account, and goes on with its own', async () => {
    const { signIn, user } = stage(server)
    const first = await signIn()
    server.person = { account: 'mallory' }
    await expect(signIn()).rejects.toMatchObject({ code: 'invalid_input', reason: 'OTHER_ACCOUNT' })
    expect(await user.connections.list()).toEqual([first.connection])
    expect(await user.connections.refresh('account')).toHaveLength(1)
  })

  test('where no server proves the account: the calendars tell whether it is the same', async () => {
    const plain = { memory: testClient(server, { scopes: ['calendars.read', 'offline_access'] }) }
    const { signIn, guarded, user } = stage(server, { auth: { vault: testVault(), oauth: plain } })
    const { connection } = await signIn()
    expect(connection).not.toHaveProperty('account')
    await signIn()
    guarded.memory.service.calendar('work').vanish()
    guarded.memory.service.addCalendar({ id: 'of another account' })
    await expect(signIn()).rejects.toMatchObject({ reason: 'OTHER_ACCOUNT' })
    expect(await user.connections.list()).toHaveLength(1)
  })

  test('of another provider is not signed in by this one', async () => {
    const { user } = stage(server)
    await user.connections.add({ provider: 'memory', id: 'account' })
    await expect(
      user.connections.signIn({ provider: 'other', client: 'memory', id: 'account', session }),
    ).rejects.toMatchObject({ code: 'invalid_input' })
  })
})

describe('a service that has a bad minute after a sign-in', () => {
  test('does not send the person through it again: the connection is kept', async () => {
    const { signIn, user, guarded } = stage(server)
    guarded.memory.setGate(async () => ({ code: 'unavailable' }))
    await expect(signIn()).rejects.toMatchObject({ code: 'unavailable' })
    guarded.memory.setGate(undefined)
    expect(await user.connections.refresh('account')).toHaveLength(1)
  })

  test('but one that is not what was expected keeps nothing', async () => {
    const { signIn, user, guarded } = stage(server)
    guarded.memory.setGate(async () => ({ code: 'not_a_calendar' }))
    await expect(signIn()).rejects.toMatchObject({ code: 'not_a_calendar' })
    expect(await user.connections.list()).toEqual([])
  })
})

describe('a host', () => {
  test.each([
    ['session', { session: 'short' }],
    ['mode', { session, mode: 'all' }],
    ['id', { session, id: 'a/b' }],
    ['OAuth client', { session, client: 'constructor' }],
    ['settings', { session, settings: { url: 'x'.repeat(3_000) } }],
    ['secret', { session, secret: 'x' }],
  ])('is told what does not fit: %s', async (said, given) => {
    const { user } = stage(server)
    const asking = user.connections.signIn({ provider: 'memory', ...given } as never)
    await expect(asking).rejects.toMatchObject({ code: 'invalid_input', message: expect.stringContaining(said) })
  })

  test('without a vault is told to set one', async () => {
    const user = new SyncEngine({ storage: memoryStorage(), providers: [memoryProvider()] }).user('user')
    await expect(user.connections.signIn({ provider: 'memory', session })).rejects.toThrow('auth.oauth')
    await expect(user.connections.add({ provider: 'memory', credentials: { a: 1 } })).rejects.toThrow('auth.vault')
  })

  test('may not give two servers one redirect URI', () => {
    const oauth = { one: testClient(server), two: testClient(server, { issuer: 'https://other.example' }) }
    const auth = { vault: testVault(), oauth }
    const make = () => new SyncEngine({ storage: memoryStorage(), providers: [memoryProvider()], auth })
    expect(make).toThrow('redirectUri')
  })

  test.each([
    ['http://app.example.org/cb', 'redirectUri'],
    ['https://app.example.org/cb?x=1', 'redirectUri'],
    ['https://app.example.org/cb#', 'redirectUri'],
    ['javascript:alert(1)', 'redirectUri'],
  ])('may not be sent back to %s', (redirectUri, said) => {
    const make = () => oauthClient({ issuer: 'https://a.example', ...app, redirectUri, scopes: [] })
    expect(make).toThrow(said)
  })

  test('may be sent back to this machine', () => {
    const redirectUri = 'http://localhost:3000/cb'
    expect(oauthClient({ issuer: 'https://a.example', ...app, redirectUri, scopes: [] }).redirectUri).toBe(redirectUri)
  })

  test('may not set what protects the sign-in', () => {
    const parameters = { code_challenge_method: 'plain' }
    const make = () => oauthClient({ issuer: 'https://a.example', ...app, parameters, scopes: [] })
    expect(make).toThrow('parameters')
  })
})

/** Changes one character in the middle. */
function flip(url: URL, name: string): void {
  const text = url.searchParams.get(name) ?? ''
  const at = Math.floor(text.length / 2)
  url.searchParams.set(name, text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1))
}
