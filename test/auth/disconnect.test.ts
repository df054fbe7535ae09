import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { vault } from '../../src/auth/vault.js'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import { SyncError } from '../../src/errors.js'
import { memoryProvider } from '../../src/providers/memory/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { content } from '../support/world.js'
import { keyOne, keyTwo, latch, session, stage, testClient, testVault } from './fixtures.js'
import { type OidcServer, oidcServer } from './oidc-server.js'

let server: OidcServer
beforeEach(async () => {
  server = await oidcServer()
})
afterEach(() => server.close())

const revocations = () => server.requests.filter((line) => line === 'POST /token/revocation').length

describe('an account that is disconnected', () => {
  test('is asked for nothing from then on, by no worker; its grant is revoked, its tokens are gone, its events stay', async () => {
    const on = stage(server)
    await on.signIn()
    on.guarded.memory.service.addCalendar({ id: 'home' }, 'other')
    await on.user.connections.add({ provider: 'memory', id: 'home', settings: { account: 'other' } })
    const members = (await on.user.calendars.list()).map(({ id }) => ({ calendarId: id }))
    await on.user.groups.create({ id: 'group', name: 'g', members })
    const work = on.guarded.memory.service.calendar('work')
    work.add(content('Lunch'))
    const other = on.worker()
    await other.groups.sync('group')
    const { connection, revoked } = await on.user.connections.disconnect('account')
    expect(connection).toMatchObject({ needs: 'sign-in', failure: { reason: 'DISCONNECTED' } })
    expect([revoked, revocations()]).toEqual([true, 1])
    const record = await on.storage.get('user_1' as never, 'connection', 'account')
    expect(JSON.stringify(record)).not.toContain('v1.one')
    on.guarded.tokens.length = 0
    for (let hours = 0; hours < 24; hours++) {
      on.clock.now += 3_600_000
      await on.user.groups.sync('group')
      await other.groups.sync('group')
    }
    expect(on.guarded.tokens.filter((token) => token !== 'none')).toEqual([])
    expect(server.count('refresh_token')).toBe(0)
    const home = on.guarded.memory.service.calendar('home', 'other')
    expect([work.all(), home.all()].map((all) => all.map(({ content: { title } }) => title))).toEqual([
      ['Lunch'],
      ['Lunch'],
    ])
    home.add(content('Dentist'))
    await on.signIn()
    on.clock.now += 60_000
    await other.groups.sync('group')
    expect(work.all().map(({ content: { title } }) => title)).toEqual(['Lunch', 'Dentist'])
  })

  test('is not revoked at the server while another connection of the same person lives by the same grant', async () => {
    const on = stage(server)
    await on.signIn()
    await on.signIn({ id: 'second' })
    expect(await on.user.connections.disconnect('account')).toMatchObject({ revoked: false })
    expect(await on.user.connections.refresh('second')).toHaveLength(1)
    expect(await on.user.connections.disconnect('second')).toMatchObject({ revoked: true })
    expect(revocations()).toBe(1)
  })

  test('is disconnected although the authorization server is down, or the key is lost', async () => {
    const on = stage(server)
    await on.signIn()
    server.gate = async (_, response) => {
      response.writeHead(503).end()
      return true
    }
    expect(await on.user.connections.disconnect('account')).toMatchObject({
      revoked: false,
      connection: { needs: 'sign-in' },
    })
    server.gate = undefined
    await on.signIn()
    const auth = { vault: vault({ keys: { other: keyTwo }, current: 'other' }), oauth: { memory: testClient(server) } }
    expect(await on.worker({ auth }).connections.disconnect('account')).toMatchObject({ revoked: false })
  })

  test('after its token was renewed and before that was saved stays disconnected', async () => {
    const gate = latch()
    const on = stage(server, {}, (client) => ({
      ...client,
      refresh: async (request) => {
        const answer = await client.refresh(request)
        await gate.pass()
        return answer
      },
    }))
    await on.signIn()
    on.clock.now += 3_600_000
    const renewing = on.user.connections.refresh('account')
    await gate.arrived
    await on.worker().connections.disconnect('account')
    gate.open()
    await expect(renewing).rejects.toMatchObject({ code: 'auth_expired', reason: 'DISCONNECTED' })
    expect((await on.user.connections.list())[0]).toMatchObject({ failure: { reason: 'DISCONNECTED' } })
    const record = await on.storage.get('user_1' as never, 'connection', 'account')
    expect(record?.value).not.toHaveProperty('sealed')
  })

  test('while the person signs in again goes on with the new sign-in', async () => {
    const on = stage(server)
    await on.signIn()
    const gate = latch()
    server.gate = async ({ url }) => {
      if (url === '/token/revocation') await gate.pass()
      return false
    }
    const ending = on.user.connections.disconnect('account')
    await gate.arrived
    const { url } = await on.worker().connections.signIn({ id: 'account', session })
    await on.worker().connections.completeSignIn(await server.browse(url), { session })
    gate.open()
    expect((await ending).connection).not.toHaveProperty('needs')
    expect(await on.user.connections.refresh('account')).toHaveLength(1)
    expect(on.guarded.tokens).not.toContain('none')
  })

  test('whose host keeps the credentials is asked for nothing, either, until it is added again', async () => {
    const provider = memoryProvider({ calendars: [{ id: 'work' }] })
    let calls = 0
    provider.setGate(async () => {
      calls++
      return 'ok'
    })
    const user = new SyncEngine({ storage: memoryStorage(), providers: [provider], credentials: () => 'x' }).user('u')
    await user.connections.add({ provider: 'memory', id: 'account' })
    expect(await user.connections.disconnect('account')).toMatchObject({ revoked: false })
    calls = 0
    await expect(user.connections.refresh('account')).rejects.toMatchObject({ code: 'auth_expired' })
    expect(calls).toBe(0)
    const { connection } = await user.connections.add({ provider: 'memory', id: 'account' })
    expect(connection).not.toHaveProperty('needs')
    expect(await user.connections.refresh('account')).toHaveLength(1)
  })

  test('has to be there', async () => {
    await expect(stage(server).user.connections.disconnect('nothing')).rejects.toMatchObject({ code: 'invalid_input' })
  })
})

describe('a password that a host gives to be kept', () => {
  /** A service with one password. */
  function locked() {
    const clock = { now: Date.UTC(2026, 0, 5, 8) }
    const memory = memoryProvider({ now: () => clock.now, calendars: [{ id: 'work' }] })
    const state = { password: 'canary-password', tries: 0, shown: [] as unknown[] }
    const provider = {
      id: 'memory',
      open: (access: Parameters<typeof memory.open>[0]) => {
        const account = memory.open(access)
        const check = async () => {
          state.tries++
          state.shown.push(access.credentials)
          const { password } = (access.credentials ?? {}) as { readonly password?: string }
          if (password !== state.password) throw new SyncError('auth_expired', 'Wrong.')
        }
        const listCalendars = async () => {
          await check()
          return account.listCalendars()
        }
        const changes: typeof account.changes = async (...all) => {
          await check()
          return account.changes(...all)
        }
        return { ...account, listCalendars, changes }
      },
    }
    const storage = memoryStorage()
    const worker = (keys: Record<string, string> = { one: keyOne }, current = 'one') =>
      new SyncEngine({
        storage,
        providers: [provider],
        now: () => clock.now,
        auth: { vault: vault({ keys, current }) },
      }).user('user_1')
    return { clock, state, storage, worker }
  }

  const given = (password = 'canary-password') => ({
    provider: 'memory',
    id: 'account',
    credentials: { username: 'ada', password },
  })

  test('is kept sealed, and used by every worker', async () => {
    const { worker, storage, state } = locked()
    await worker().connections.add(given())
    expect(await worker().connections.refresh('account')).toHaveLength(1)
    expect(state.shown.at(-1)).toEqual({ username: 'ada', password: 'canary-password' })
    const records = await storage.list('user_1' as never, 'connection', { limit: 10 })
    expect(JSON.stringify(records)).not.toContain('canary')
    expect(JSON.stringify(await worker().connections.list())).not.toMatch(/v1\.|sealed|keeps/)
  })

  test('that is wrong keeps nothing', async () => {
    const { worker } = locked()
    await expect(worker().connections.add(given('wrong'))).rejects.toMatchObject({ code: 'auth_expired' })
    expect(await worker().connections.list()).toEqual([])
  })

  test('that is refused three times in a row is tried no more, so that no account is locked; a new one goes on', async () => {
    const { worker, state, clock } = locked()
    const user = worker()
    await user.connections.add(given())
    state.password = 'another'
    state.tries = 0
    for (let call = 0; call < 10; call++) {
      clock.now += 60_000
      await expect(user.connections.refresh('account')).rejects.toMatchObject({ code: 'auth_expired' })
    }
    expect(state.tries).toBe(3)
    expect((await user.connections.list())[0]).toMatchObject({
      needs: 'sign-in',
      failure: { reason: 'PASSWORD_REFUSED' },
    })
    await user.connections.add(given('another'))
    expect((await worker().connections.list())[0]).not.toHaveProperty('needs')
    expect(await worker().connections.refresh('account')).toHaveLength(1)
  })

  test('that is refused in a bad minute now and then goes on', async () => {
    const { worker, state, clock } = locked()
    const user = worker()
    await user.connections.add(given())
    for (let round = 0; round < 5; round++) {
      clock.now += 60_000
      state.password = 'another'
      await expect(user.connections.refresh('account')).rejects.toMatchObject({ code: 'auth_expired' })
      state.password = 'canary-password'
      expect(await user.connections.refresh('account')).toHaveLength(1)
    }
    expect((await user.connections.list())[0]).not.toHaveProperty('needs')
  })

  test('stays when the connection is added again without it', async () => {
    const { worker } = locked()
    await worker().connections.add(given())
    await worker().connections.add({ provider: 'memory', id: 'account', name: 'Renamed' })
    expect(await worker().connections.refresh('account')).toHaveLength(1)
  })

  test('is sealed anew by its use and by `reseal`, and then the old key can go', async () => {
    const { worker } = locked()
    await worker().connections.add(given())
    await worker().connections.add({ ...given(), id: 'second' })
    const both = worker({ one: keyOne, two: keyTwo }, 'two')
    await both.connections.refresh('account')
    expect(await both.connections.reseal()).toEqual({ resealed: 1, failures: [] })
    expect(await both.connections.reseal()).toEqual({ resealed: 0, failures: [] })
    const fresh = worker({ two: keyTwo }, 'two')
    for (const id of ['account', 'second']) expect(await fresh.connections.refresh(id)).toHaveLength(1)
  })

  test('that cannot be opened does not keep the others from being sealed anew', async () => {
    const { worker, storage } = locked()
    for (const id of ['account', 'b', 'c']) await worker().connections.add({ ...given(), id })
    const row = await storage.get('user_1' as never, 'connection', 'b')
    const value = { ...(row?.value as object), sealed: 'v1.one.damaged' }
    await storage.commit('user_1' as never, {
      changes: [{ op: 'put', collection: 'connection', id: 'b', value: value as never }],
    })
    const done = await worker({ one: keyOne, two: keyTwo }, 'two').connections.reseal()
    expect(done).toMatchObject({ resealed: 2, failures: [{ connectionId: 'b', failure: { reason: 'VAULT' } }] })
  })

  test('whose key is missing stops that connection, asks nobody to sign in, and goes on with the key', async () => {
    const { worker, clock } = locked()
    await worker().connections.add(given())
    const forgetful = worker({ two: keyTwo }, 'two')
    await expect(forgetful.connections.refresh('account')).rejects.toMatchObject({ reason: 'VAULT_KEY' })
    expect((await forgetful.connections.list())[0]).not.toHaveProperty('needs')
    clock.now += 60_000
    expect(await worker().connections.refresh('account')).toHaveLength(1)
  })

  test('is of no use in the row of another user, or of another connection', async () => {
    const { worker, storage, state } = locked()
    await worker().connections.add(given())
    const row = await storage.get('user_1' as never, 'connection', 'account')
    const value = row?.value as Record<string, never>
    for (const [user, id] of [
      ['user_1', 'stolen'],
      ['user_2', 'account'],
    ] as const)
      await storage.commit(user as never, {
        changes: [{ op: 'put', collection: 'connection', id, value: { ...value, id, userId: user } as never }],
      })
    state.shown.length = 0
    await expect(worker().connections.refresh('stolen')).rejects.toMatchObject({ reason: 'VAULT' })
    const thief = new SyncEngine({ storage, providers: [memoryProvider()], auth: { vault: testVault() } }).user(
      'user_2',
    )
    await expect(thief.connections.refresh('account')).rejects.toMatchObject({ reason: 'VAULT' })
    expect(state.shown).toEqual([])
  })
})

test('sign-ins of one user are of no use to another with the same ids', async () => {
  const on = stage(server)
  await on.signIn()
  const auth = { vault: testVault(), oauth: { memory: testClient(server) } }
  const other = new SyncEngine({ storage: on.storage, providers: [on.guarded.provider], auth }).user('user_2')
  expect(await other.connections.list()).toEqual([])
  await expect(other.connections.refresh('account')).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(other.connections.disconnect('account')).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(other.connections.signIn({ id: 'account', session })).rejects.toMatchObject({ code: 'invalid_input' })
  expect(await on.user.connections.refresh('account')).toHaveLength(1)
})
