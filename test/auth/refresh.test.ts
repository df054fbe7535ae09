import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OAuthClient, TokenSet } from '../../src/auth/auth.js'
import { vault } from '../../src/auth/vault.js'
import { need, put } from '../../src/engine/records.js'
import { Keeper } from '../../src/engine/sign-in-keeper.js'
import { TokenKeeper } from '../../src/engine/sign-in-tokens.js'
import { SyncError } from '../../src/errors.js'
import type { KeptConnection } from '../../src/model/connection.js'
import type { ConnectionId, UserId } from '../../src/model/ids.js'
import type { AccessTokens } from '../../src/providers/access-tokens.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { sqliteStorage } from '../../src/storage/sqlite/index.js'
import type { Batch, Storage } from '../../src/storage/storage.js'
import { content } from '../support/world.js'
import { keyOne, keyTwo, latch, type Stage, session, stage, testClient, testVault } from './fixtures.js'
import { type OidcServer, oidcServer } from './oidc-server.js'

let server: OidcServer
beforeEach(async () => {
  server = await oidcServer()
})
afterEach(() => server.close())

const hour = 3_600_000

/** Signed in, with an hour gone by: the access token has run out. */
async function signedIn(
  given: Parameters<typeof stage>[1] = {},
  alter?: (client: OAuthClient) => OAuthClient,
): Promise<Stage> {
  const on = stage(server, given, alter)
  await on.signIn()
  on.guarded.tokens.length = 0
  on.clock.now += hour
  return on
}

const refreshes = () => server.count('refresh_token')

describe.each([
  ['in memory', () => memoryStorage()],
  ['in SQLite', () => sqliteStorage({ path: ':memory:' })],
] as const)('tokens that are kept %s', (_, make) => {
  test('are renewed once, however many calls of however many workers need them at one moment', async () => {
    const storage = make()
    const { worker, guarded } = await signedIn({ storage })
    const workers = Array.from({ length: 4 }, () => worker())
    const calls = workers.flatMap((user) => Array.from({ length: 8 }, () => user.connections.refresh('account')))
    await Promise.all(calls)
    expect(refreshes()).toBe(1)
    expect(new Set(guarded.tokens).size).toBe(1)
    await storage.close()
  })

  test('survive many hours of two workers that renew them in turn and at once', async () => {
    const storage = make()
    const { worker, clock } = await signedIn({ storage })
    const [one, two] = [worker(), worker()]
    for (let round = 1; round <= 6; round++) {
      await Promise.all(
        [one, two, ...(round % 2 ? [one] : [two, two])].map((user) => user.connections.refresh('account')),
      )
      expect(refreshes()).toBe(round)
      clock.now += hour
    }
    expect((await one.connections.list())[0]).not.toHaveProperty('needs')
    await storage.close()
  })
})

describe('a token', () => {
  test('is used as long as it is good, and renewed before it runs out', async () => {
    const { user, clock, guarded } = await signedIn()
    clock.now -= hour
    await user.connections.refresh('account')
    expect(refreshes()).toBe(0)
    clock.now += hour - 60_000
    await user.connections.refresh('account')
    expect(refreshes()).toBe(1)
    expect(new Set(guarded.tokens).size).toBe(2)
  })

  test('that the service refuses is replaced at once', async () => {
    const { user, clock, guarded } = await signedIn()
    clock.now -= hour - 60_000
    let old: string | undefined
    guarded.refuses = (token) => {
      old ??= token
      return token === old
    }
    expect(await user.connections.refresh('account')).toHaveLength(1)
    expect(refreshes()).toBe(1)
  })

  test('that is refused however new it is, is not replaced in a storm', async () => {
    const { user, clock, guarded } = await signedIn()
    guarded.refuses = () => true
    for (let call = 0; call < 20; call++)
      await expect(user.connections.refresh('account')).rejects.toMatchObject({ code: 'auth_expired' })
    expect(refreshes()).toBe(1)
    expect((await user.connections.list())[0]).not.toHaveProperty('needs')
    guarded.refuses = () => false
    clock.now += 60_000
    expect(await user.connections.refresh('account')).toHaveLength(1)
  })

  test('goes on being used while the authorization server is down and it has not run out', async () => {
    const { user, clock } = await signedIn()
    clock.now -= 60_000
    server.gate = async (_, response) => {
      response.writeHead(503).end('down')
      return true
    }
    expect(await user.connections.refresh('account')).toHaveLength(1)
    expect(refreshes()).toBe(1)
    await user.connections.refresh('account')
    expect(refreshes()).toBe(1) // a server that is down is left alone for a moment
    clock.now += 120_000
    await expect(user.connections.refresh('account')).rejects.toMatchObject({ code: 'unavailable', remedy: 'retry' })
    server.gate = undefined
    clock.now += 60_000
    expect(await user.connections.refresh('account')).toHaveLength(1)
    expect((await user.connections.list())[0]).not.toHaveProperty('needs')
  })

  test('of a server that never says how long tokens live is used until it is refused', async () => {
    const { user, guarded, clock } = await signedIn({}, lasting)
    clock.now += 100 * hour
    await user.connections.refresh('account')
    expect(refreshes()).toBe(0)
    const old = guarded.tokens[0]
    guarded.refuses = (token) => token === old
    await user.connections.refresh('account')
    expect(refreshes()).toBe(1)
  })

  test('is handed over as it is to providers that take one, and they are opened anew with the next', async () => {
    const oauth = { memory: testClient(server, { handsOver: 'token' }) }
    const { user, guarded, clock } = await signedIn({ auth: { vault: testVault(), oauth } })
    clock.now -= hour
    await user.connections.refresh('account')
    const [old] = guarded.tokens
    clock.now += 60_000
    guarded.refuses = (token) => token === old
    expect(await user.connections.refresh('account')).toHaveLength(1)
    expect(refreshes()).toBe(1)
    expect(new Set(guarded.tokens).size).toBe(2)
  })

  test('is not waited for by a sync that was cancelled, and its renewal is saved all the same', async () => {
    const on = await signedIn()
    const tokens = tokensOf(on)
    const gate = held()
    const controller = new AbortController()
    const waiting = tokens.get({ signal: controller.signal })
    await gate.arrived
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' })
    gate.open()
    expect(await tokens.get()).toMatch(/.+/)
    expect(refreshes()).toBe(1)
    expect(await on.worker().connections.refresh('account')).toHaveLength(1)
    expect(refreshes()).toBe(1)
  })
})

describe('a renewed refresh token is not lost', () => {
  test('when the connection is renamed while the server answers', async () => {
    const on = await signedIn()
    const gate = held()
    const renewing = on.user.connections.refresh('account')
    await gate.arrived
    await changed(on, (kept) => ({ ...kept, name: 'Renamed' }))
    gate.open()
    await renewing
    on.clock.now += hour
    await on.worker().connections.refresh('account')
    expect((await on.user.connections.list())[0]).toMatchObject({ name: 'Renamed' })
    expect(refreshes()).toBe(2)
  })

  test('when everything is sealed anew while the server answers', async () => {
    const on = await signedIn()
    const both = vault({ keys: { one: keyOne, two: keyTwo }, current: 'two' })
    const gate = held()
    const other = on.worker({ auth: { vault: both, oauth: { memory: testClient(server) } } })
    const renewing = other.connections.refresh('account')
    await gate.arrived
    expect(await other.connections.reseal()).toMatchObject({ resealed: 1 })
    gate.open()
    await renewing
    on.clock.now += hour
    await other.connections.refresh('account')
    expect(refreshes()).toBe(2)
    expect((await other.connections.list())[0]).not.toHaveProperty('needs')
  })

  test('when the storage fails to save it: it is not used before it is saved, and saved before another is asked for', async () => {
    const storage = breakable()
    const on = await signedIn({ storage })
    storage.breaks = (batch) => batch.changes.some(({ collection }) => collection === 'connection')
    await expect(on.user.connections.refresh('account')).rejects.toMatchObject({ code: 'storage_failed' })
    expect([refreshes(), on.guarded.tokens.length]).toEqual([1, 0])
    storage.breaks = () => false
    on.clock.now += 60_000
    expect(await on.user.connections.refresh('account')).toHaveLength(1)
    expect(refreshes()).toBe(1)
    on.clock.now += hour
    expect(await on.worker().connections.refresh('account')).toHaveLength(1)
    expect(refreshes()).toBe(2)
  })

  test('when a save landed and was not answered', async () => {
    const storage = breakable()
    const on = await signedIn({ storage })
    let lost = 0
    storage.landsSilently = (batch) =>
      batch.changes.some(({ collection }) => collection === 'connection') && lost++ === 0
    expect(await on.user.connections.refresh('account')).toHaveLength(1)
    on.clock.now += hour
    expect(await on.worker().connections.refresh('account')).toHaveLength(1)
    expect(refreshes()).toBe(2)
  })

  test('when the worker that renews it stalls for longer than its lease', async () => {
    const on = await signedIn()
    const gate = held()
    const slow = on.worker().connections.refresh('account')
    await gate.arrived
    on.clock.now += 120_000
    const claimed = await on.storage.claim('user_1' as UserId, 'credentials/account', 'another', 1_000, on.clock.now)
    expect(claimed).toBeDefined()
    on.clock.now += 2_000
    gate.open()
    await slow
    expect(await on.worker().connections.refresh('account')).toHaveLength(1)
    expect(refreshes()).toBe(1)
  })

  test('over a sign-in that came between the answer and the save: the new sign-in counts', async () => {
    const gate = latch()
    const slow = (client: OAuthClient): OAuthClient => ({
      ...client,
      refresh: async (request) => {
        const answer = await client.refresh(request)
        await gate.pass()
        return answer
      },
    })
    const on = await signedIn({}, slow)
    const renewing = on.user.connections.refresh('account')
    await gate.arrived
    const kept = () => on.storage.get('user_1' as UserId, 'connection', 'account')
    const { url } = await on.worker().connections.signIn({ id: 'account', session })
    await on.worker().connections.completeSignIn(await server.browse(url), { session })
    const fresh = await kept()
    gate.open()
    await renewing
    expect(await kept()).toEqual(fresh)
  })

  test('nor is a sign-in that came while the old one was refused', async () => {
    const on = await signedIn()
    const gate = latch()
    server.gate = async (_, response, body) => {
      if (!body.includes('grant_type=refresh_token')) return false
      await gate.pass()
      response.writeHead(400, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: 'invalid_grant' }))
      return true
    }
    const renewing = on.user.connections.refresh('account')
    await gate.arrived
    const { url } = await on.worker().connections.signIn({ id: 'account', session })
    await on.worker().connections.completeSignIn(await server.browse(url), { session })
    gate.open()
    expect(await renewing).toHaveLength(1)
    expect((await on.user.connections.list())[0]).not.toHaveProperty('needs')
  })
})

describe('a worker that dies between the answer of the server and the save', () => {
  test('costs one sign-in at a server that counts the second use as theft, and no event', async () => {
    const storage = breakable()
    const on = await signedIn({ storage })
    storage.breaks = (batch) => batch.changes.some(({ collection }) => collection === 'connection')
    await expect(on.user.connections.refresh('account')).rejects.toMatchObject({ code: 'storage_failed' })
    storage.breaks = () => false
    const next = on.worker() // knows nothing of what the dead one had in its memory
    await expect(next.connections.refresh('account')).rejects.toMatchObject({
      code: 'auth_expired',
      reason: 'invalid_grant',
    })
    expect((await next.connections.list())[0]).toMatchObject({ needs: 'sign-in' })
    await on.signIn()
    expect(await next.connections.refresh('account')).toHaveLength(1)
  })

  test('costs nothing at a server whose refresh tokens stay good', async () => {
    const storage = breakable()
    const on = await signedIn({ storage }, forgiving())
    storage.breaks = (batch) => batch.changes.some(({ collection }) => collection === 'connection')
    await expect(on.user.connections.refresh('account')).rejects.toMatchObject({ code: 'storage_failed' })
    storage.breaks = () => false
    expect(await on.worker().connections.refresh('account')).toHaveLength(1)
  })

  test('leaves a lease that others wait for, and no longer than it lasts', async () => {
    const on = await signedIn()
    await on.storage.claim('user_1' as UserId, 'credentials/account', 'the dead one', 60_000, on.clock.now)
    const waiting = on.user.connections.refresh('account')
    on.clock.now += 60_001
    expect(await waiting).toHaveLength(1)
  })
})

describe('a sign-in that has ended', () => {
  /** Two calendars in step; then the person takes the consent back. */
  async function ended() {
    const on = stage(server)
    await on.signIn()
    on.guarded.memory.service.addCalendar({ id: 'home' }, 'other')
    const host = await on.user.connections.add({ provider: 'memory', id: 'home', settings: { account: 'other' } })
    const [work] = await on.user.connections.refresh('account')
    const members = [{ calendarId: work?.id ?? '' }, { calendarId: host.calendars[0]?.id ?? '' }]
    await on.user.groups.create({ id: 'group', name: 'g', members })
    const calendar = (id: string, account?: string) => on.guarded.memory.service.calendar(id, account)
    calendar('work').add(content('Lunch'))
    await on.user.groups.sync('group')
    const titles = (id: string, account?: string) =>
      calendar(id, account)
        .all()
        .map(({ content: { title } }) => title)
        .sort()
    expect(titles('home', 'other')).toEqual(['Lunch'])
    server.gate = async (_, response, body) => {
      if (!body.includes('refresh_token')) return false
      response.writeHead(400, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: 'invalid_grant', error_description: 'Token has been expired or revoked.' }))
      return true
    }
    on.clock.now += hour
    on.guarded.tokens.length = 0
    return { ...on, calendar, titles, work: work?.id ?? '' }
  }

  test('is asked for once, by all workers together: then neither server is asked until a person has signed in', async () => {
    const { user, worker, clock, guarded, work } = await ended()
    const others = [worker(), worker()]
    const runs = []
    for (let hours = 0; hours < 48; hours++) {
      clock.now += hour
      for (const one of [user, ...others]) runs.push(await one.groups.sync('group'))
    }
    expect(refreshes()).toBe(1)
    expect(guarded.tokens.filter((token) => token !== 'none')).toEqual([])
    expect(runs.every(({ failures }) => failures.length === 1 && failures[0]?.calendarId === work)).toBe(true)
    expect(runs.at(-1)?.failures[0]?.failure).toMatchObject({ remedy: 'reauthorize', reason: 'invalid_grant' })
    expect((await user.connections.list()).find(({ id }) => id === 'account')).toMatchObject({
      needs: 'sign-in',
      failure: { code: 'auth_expired', reason: 'invalid_grant' },
    })
  })

  test('removes nothing anywhere; and when the person is back, all is made up for, by itself', async () => {
    const { user, worker, signIn, clock, calendar, titles } = await ended()
    const other = worker()
    await user.groups.sync('group')
    calendar('home', 'other').add(content('Dentist'))
    calendar('work').add(content('Meeting'))
    for (let hours = 0; hours < 12; hours++) {
      clock.now += hour
      await other.groups.sync('group')
    }
    expect([titles('work'), titles('home', 'other')]).toEqual([
      ['Lunch', 'Meeting'],
      ['Dentist', 'Lunch'],
    ])
    server.gate = undefined
    await signIn()
    for (let minutes = 0; minutes < 3; minutes++) {
      clock.now += 60_000
      await other.groups.sync('group')
    }
    const all = ['Dentist', 'Lunch', 'Meeting']
    expect([titles('work'), titles('home', 'other')]).toEqual([all, all])
    expect((await user.connections.list()).find(({ id }) => id === 'account')).not.toHaveProperty('needs')
  })

  test('shows in the status and is told of, until the person is back', async () => {
    const { user, worker, signIn, clock } = await ended()
    for (let minutes = 0; minutes < 3; minutes++) {
      clock.now += 60_000
      await worker().groups.sync('group')
    }
    expect(await user.status.connection('account')).toMatchObject({
      level: 'stopped',
      reasons: [{ code: 'sign_in_needed', facts: { failure: { reason: 'invalid_grant' } } }],
    })
    const { items } = await user.notifications.list()
    expect(items).toMatchObject([{ kind: 'sign_in', about: { kind: 'connection', id: 'account' }, episode: 1 }])
    server.gate = undefined
    await signIn()
    expect((await user.status.connection('account')).level).toBe('ok')
    expect((await user.notifications.list()).items).toEqual([])
  })

  test('by the person, who disconnected the account, is nothing to be told of', async () => {
    const { user } = await ended()
    await user.connections.disconnect('account')
    await user.notifications.refresh()
    expect((await user.status.connection('account')).reasons.map(({ code }) => code)).toEqual(['disconnected'])
    expect((await user.notifications.list()).items).toEqual([])
  })

  test('by a permission that the person took back is told so', async () => {
    const { user } = await ended()
    server.gate = async (_, response, body) => {
      if (!body.includes('refresh_token')) return false
      response.writeHead(200, { 'content-type': 'application/json' })
      const answer = { access_token: 'a', token_type: 'Bearer', expires_in: 3_600, scope: 'openid calendars.read' }
      response.end(JSON.stringify(answer))
      return true
    }
    const run = await user.groups.sync('group')
    expect(run.failures).toMatchObject([{ failure: { reason: 'MISSING_SCOPE' } }])
    expect((await user.connections.list()).find(({ id }) => id === 'account')).toMatchObject({
      needs: 'sign-in',
      missingScopes: ['calendars.write'],
      scopes: ['openid', 'calendars.read'],
    })
  })

  test.each([
    ['invalid_client', 401],
    ['unauthorized_client', 400],
  ])('only as far as the host is concerned (%s) is no matter of the person', async (error, status) => {
    const { user, clock } = await ended()
    const before = server.gate
    server.gate = async (_, response, body) => {
      if (!body.includes('refresh_token')) return false
      response.writeHead(status, { 'content-type': 'application/json', 'www-authenticate': 'Basic realm="x"' })
      response.end(JSON.stringify({ error }))
      return true
    }
    const run = await user.groups.sync('group')
    expect(run.failures).toMatchObject([{ failure: { code: 'invalid_input', reason: error } }])
    expect((await user.connections.list()).every(({ needs }) => needs === undefined)).toBe(true)
    expect(before).toBeDefined()
    server.gate = undefined
    clock.now += 60_000
    expect((await user.groups.sync('group')).failures).toEqual([])
  })

  test('because the server gave no refresh token says that', async () => {
    const on = await signedIn({}, withoutRefreshToken)
    await expect(on.user.connections.refresh('account')).rejects.toMatchObject({ reason: 'NO_REFRESH_TOKEN' })
    expect((await on.user.connections.list())[0]).toMatchObject({ needs: 'sign-in' })
  })
})

test('a refresh token that a server gives only the first time goes on after a second sign-in', async () => {
  let signIns = 0
  const sparing = (client: OAuthClient): OAuthClient => ({
    ...client,
    complete: async (request) => {
      const answer = await client.complete(request)
      return ++signIns === 1 ? answer : dropRefreshToken(answer)
    },
  })
  const on = await signedIn({}, sparing)
  await on.signIn()
  on.clock.now += hour
  expect(await on.user.connections.refresh('account')).toHaveLength(1)
  expect(refreshes()).toBe(1)
})

/** Holds token requests back until it is opened. */
function held(which: (body: string) => boolean = () => true) {
  const gate = latch()
  server.gate = async (request, _, body) => {
    if (request.url === '/token' && which(body)) await gate.pass()
    return false
  }
  return gate
}

/** The tokens as a provider is given them, by a worker of its own. */
function tokensOf({ storage, clock }: Stage): AccessTokens {
  const clients = { memory: testClient(server) }
  let holders = 0
  const newHolder = () => `holder ${++holders}`
  const keeper = new Keeper({ storage, now: () => clock.now, newHolder, vault: testVault(), clients })
  return new TokenKeeper(keeper).of('user_1' as UserId, 'account' as ConnectionId)
}

async function changed({ storage }: Stage, change: (kept: KeptConnection) => KeptConnection): Promise<void> {
  const user = 'user_1' as UserId
  const { value, version } = await need(storage, user, 'connection', 'account')
  await storage.commit(user, { changes: [put('connection', change(value), version)] })
}

/** A storage whose commits fail, with or without having landed. */
function breakable(): Storage & { breaks: (batch: Batch) => boolean; landsSilently: (batch: Batch) => boolean } {
  const inner = memoryStorage()
  const outer = {
    breaks: (_: Batch) => false,
    landsSilently: (_: Batch) => false,
    get: inner.get.bind(inner),
    getMany: inner.getMany.bind(inner),
    list: inner.list.bind(inner),
    claim: inner.claim.bind(inner),
    release: inner.release.bind(inner),
    users: inner.users.bind(inner),
    close: inner.close.bind(inner),
    async commit(user: UserId, batch: Batch) {
      if (outer.breaks(batch)) throw new SyncError('storage_failed', 'The disk is full.')
      await inner.commit(user, batch)
      if (outer.landsSilently(batch)) throw new SyncError('storage_failed', 'No answer.')
    },
  }
  return outer
}

/** A server that does not mind an old refresh token. */
function forgiving(): (client: OAuthClient) => OAuthClient {
  const newest = new Map<string, TokenSet>()
  return (client) => ({
    ...client,
    refresh: async (request) => {
      const answer = newest.get(request.refreshToken) ?? (await client.refresh(request))
      newest.set(request.refreshToken, answer)
      return answer
    },
  })
}

function withoutRefreshToken(client: OAuthClient): OAuthClient {
  return { ...client, complete: async (request) => dropRefreshToken(await client.complete(request)) }
}

function dropRefreshToken(answer: TokenSet): TokenSet {
  const { refreshToken: _none, ...rest } = answer
  return rest
}

function lasting(client: OAuthClient): OAuthClient {
  return { ...client, complete: async (request) => forEver(await client.complete(request)) }
}

function forEver(answer: TokenSet): TokenSet {
  const { lifetimeMs: _never, ...rest } = answer
  return rest
}
