import { createEmulator, type Emulator } from 'emulate'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OAuthClient } from '../../src/auth/auth.js'
import { googleOAuth } from '../../src/auth/google.js'
import { microsoftOAuth } from '../../src/auth/microsoft.js'
import type { AccessMode } from '../../src/model/connection.js'
import { idToken, json } from './fake-server.js'
import { session, stage, testVault } from './fixtures.js'
import { app } from './oidc-server.js'

const google = 'https://www.googleapis.com/auth/'
const modes: readonly AccessMode[] = ['busy', 'read', 'write']

describe('what people are asked for', () => {
  const scopeOf = async (client: OAuthClient, mode: AccessMode) => {
    const { urlWith } = await client.begin({ mode, hint: 'ada@example.com' })
    return new URL(urlWith('the state'))
  }

  test('at Google', async () => {
    const client = googleOAuth({ ...app })
    const calendars = `${google}calendar.calendarlist.readonly`
    const scopes = ['calendar.events.freebusy', 'calendar.events.readonly', 'calendar.events']
    for (const [at, mode] of modes.entries()) {
      const url = await scopeOf(client, mode)
      expect(url.searchParams.get('scope')).toBe(`openid ${calendars} ${google}${scopes[at]}`)
      expect(url.href).toMatch(/^https:\/\/accounts\.google\.com\/o\/oauth2\/v2\/auth\?/)
      expect(Object.fromEntries(url.searchParams)).toMatchObject({
        access_type: 'offline',
        prompt: 'consent',
        include_granted_scopes: 'true',
        code_challenge_method: 'S256',
        state: 'the state',
        login_hint: 'ada@example.com',
      })
    }
  })

  test('at Microsoft', async () => {
    const client = microsoftOAuth({ ...app, tenant: 'organizations', extraScopes: ['MailboxSettings.Read'] })
    const scopes = ['Calendars.ReadBasic', 'Calendars.Read', 'Calendars.ReadWrite']
    for (const [at, mode] of modes.entries()) {
      const url = await scopeOf(client, mode)
      expect(url.searchParams.get('scope')).toBe(`openid offline_access ${scopes[at]} MailboxSettings.Read`)
      expect(url.href).toMatch(/^https:\/\/login\.microsoftonline\.com\/organizations\/oauth2\/v2\.0\/authorize\?/)
    }
    expect(() => microsoftOAuth({ ...app, tenant: '../evil' })).toThrow('tenant')
  })

  test('is compared with what they allowed, in whichever spelling the server names it', () => {
    const microsoft = microsoftOAuth({ ...app })
    expect(microsoft.missing('write', ['https://graph.microsoft.com/Calendars.ReadWrite', 'openid'])).toEqual([])
    expect(microsoft.missing('write', ['calendars.readwrite'])).toEqual([])
    expect(microsoft.missing('write', ['Calendars.Read'])).toEqual(['Calendars.ReadWrite'])
    const list = `${google}calendar.calendarlist.readonly`
    expect(googleOAuth({ ...app }).missing('write', [list, 'openid'])).toEqual([`${google}calendar.events`])
  })
})

describe('the tenant of a person at Microsoft', () => {
  const tenant = '9188040d-6c67-4c5b-b112-36a304b66dad'
  const issuerOf = (id: string) => `https://login.microsoftonline.com/${id}/v2.0`

  /** A sign-in with these claims in the ID token. */
  async function signIn(claims: Readonly<Record<string, unknown>>, query: Readonly<Record<string, string>> = {}) {
    let nonce = ''
    const client = microsoftOAuth({
      ...app,
      fetch: async () =>
        json({ access_token: 'a', token_type: 'Bearer', expires_in: 3_600, id_token: idToken({ nonce, ...claims }) }),
    })
    const { secrets } = await client.begin({ mode: 'read' })
    nonce = secrets.nonce
    const callback = new URL(`${app.redirectUri}?${new URLSearchParams({ code: 'c', state: 's', ...query })}`)
    return client.complete({ callback, state: 's', mode: 'read', secrets })
  }

  test('is the issuer of the proof', async () => {
    const answer = await signIn({ tid: tenant, iss: issuerOf(tenant), sub: 'ada' })
    expect(answer.account).toEqual({ issuer: issuerOf(tenant), subject: 'ada' })
    await signIn({ tid: tenant, iss: issuerOf(tenant) }, { iss: issuerOf(tenant) })
  })

  test.each([
    ['whose issuer is another tenant', { tid: tenant, iss: issuerOf('11111111-2222-3333-4444-555555555555') }],
    ['whose issuer is another server', { tid: tenant, iss: `https://evil.example/${tenant}/v2.0` }],
    ['without a tenant', { iss: issuerOf(tenant) }],
    ['whose tenant is a path', { tid: '../../evil', iss: issuerOf('../../evil') }],
    ['that calls itself the placeholder', { tid: '{tenantid}', iss: issuerOf('{tenantid}x') }],
  ])('%s proves nothing', async (_, claims) => {
    await expect(signIn(claims)).rejects.toMatchObject({ code: 'invalid_response' })
  })

  test('that the answer names has to be the one of the proof', async () => {
    const claims = { tid: tenant, iss: issuerOf(tenant) }
    const other = issuerOf('11111111-2222-3333-4444-555555555555')
    for (const iss of [other, 'https://evil.example', issuerOf('{tenantid}'), `${issuerOf(tenant)}/x`])
      await expect(signIn(claims, { iss })).rejects.toMatchObject({ code: 'invalid_input', reason: 'CALLBACK' })
  })
})

/** Two emulators of others, which speak like the vendors' servers. */
describe.each([
  ['google', 'ada@example.com'],
  ['microsoft', 'ada@example.com'],
] as const)('at an emulated %s', (service, email) => {
  let emulator: Emulator

  beforeAll(async () => {
    const client = {
      client_id: app.clientId,
      client_secret: app.clientSecret,
      name: 'Test',
      redirect_uris: [app.redirectUri],
    }
    const seed = { [service]: { users: [{ email, name: 'Ada' }], oauth_clients: [client] } }
    emulator = await createEmulator({ service, port: await freePort(), seed })
  })
  afterAll(() => emulator.close())

  const client = (given: object = {}): OAuthClient => {
    const base = emulator.url
    const shared = { ...app, allowedHosts: [new URL(base).host], ...given }
    if (service === 'google')
      return googleOAuth({
        ...shared,
        server: {
          issuer: base,
          endpoints: {
            authorization: `${base}/o/oauth2/v2/auth`,
            token: `${base}/oauth2/token`,
            revocation: `${base}/oauth2/revoke`,
          },
        },
      })
    return microsoftOAuth({
      ...shared,
      server: {
        issuer: `${base}/{tenantid}/v2.0`,
        endpoints: { authorization: `${base}/oauth2/v2.0/authorize`, token: `${base}/oauth2/v2.0/token` },
      },
    })
  }

  /** What the person does on the vendor's page: presses the button with their name. */
  async function browse(address: string): Promise<string> {
    const page = await (await fetch(address)).text()
    const form = page.split('<form').find((part) => part.includes(email)) ?? ''
    const action = /action="([^"]+)"/.exec(form)?.[1] ?? ''
    const fields = [...form.matchAll(/name="([^"]+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
      name,
      value.replaceAll('&amp;', '&').replaceAll('&#x27;', "'").replaceAll('&quot;', '"'),
    ])
    const answer = await fetch(new URL(action, address), {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams(fields as [string, string][]),
    })
    return answer.headers.get('location') ?? ''
  }

  test('a person signs in, tokens are renewed, and it ends', async () => {
    const on = stage(undefined, { auth: { vault: testVault(), oauth: { memory: client() } } })
    const begun = await on.user.connections.signIn({ provider: 'memory', id: 'account', mode: 'write', session })
    const { connection, calendars } = await on.user.connections.completeSignIn(await browse(begun.url), { session })
    expect(calendars).toHaveLength(1)
    expect(connection).toMatchObject({ mode: 'write', account: { issuer: expect.stringContaining('http') } })
    expect(connection).not.toHaveProperty('needs')
    for (let hours = 0; hours < 3; hours++) {
      on.clock.now += 3_600_000
      expect(await on.user.connections.refresh('account')).toHaveLength(1)
    }
    expect(new Set(on.guarded.tokens).size).toBe(4)
    const ended = await on.user.connections.disconnect('account')
    expect(ended).toMatchObject({ revoked: service === 'google', connection: { needs: 'sign-in' } })
  })

  test('a wrong secret of the app is no matter of the person', async () => {
    const oauth = { memory: client({ clientSecret: 'wrong' }) }
    const on = stage(undefined, { auth: { vault: testVault(), oauth } })
    const { url: address } = await on.user.connections.signIn({ provider: 'memory', session })
    await expect(on.user.connections.completeSignIn(await browse(address), { session })).rejects.toMatchObject({
      code: 'invalid_input',
      reason: 'invalid_client',
    })
  })
})

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net')
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}
