import { inspect } from 'node:util'
import { afterEach, expect, test, vi } from 'vitest'
import { oauthClient } from '../../src/auth/oauth.js'
import { vault } from '../../src/auth/vault.js'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import { SyncError } from '../../src/errors.js'
import type { RequestRecord } from '../../src/http/client.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { type Collection, collections } from '../../src/storage/storage.js'
import { answer, idToken, issuer, json } from './fake-server.js'
import { guardedProvider, session } from './fixtures.js'

afterEach(() => vi.restoreAllMocks())

/** Everything that must never be seen. */
const canaries = {
  access: 'canary1access',
  refresh: 'canary2refresh',
  clientSecret: 'canary3clientsecret',
  password: 'canary4password',
  code: 'canary5code',
  key: btoa('canary6key_0123456789abcdefghijk'),
  idToken: 'canary7subjectsecret',
}

/** Finds a canary also where it was encoded. */
function found(text: string): readonly string[] {
  const spellings = Object.values(canaries).flatMap((canary) => [
    canary,
    encodeURIComponent(canary),
    btoa(canary).replace(/=+$/, ''),
    Buffer.from(canary).toString('hex'),
  ])
  return spellings.filter((spelling) => text.includes(spelling))
}

/** An error as the noisiest logger shows it: every property, every cause, hidden ones too. */
function looked(value: unknown): string {
  const deep = inspect(value, {
    depth: 30,
    showHidden: true,
    getters: true,
    maxStringLength: null,
    maxArrayLength: null,
  })
  let plain = ''
  try {
    plain =
      JSON.stringify(value, (_, part: unknown) =>
        part instanceof Error ? { ...part, message: part.message } : part,
      ) ?? ''
  } catch {
    // what cannot be written down was looked at all the same
  }
  return `${deep}\n${plain}\n${String(value)}`
}

/** What the server answers to the n-th thing that goes wrong. */
const tokenAnswers: Readonly<Record<string, () => Response | Promise<Response>>> = {
  good: () => json(good()),
  'not JSON': () => new Response(`<p>${canaries.access}</p>`, { headers: { 'content-type': 'text/html' } }),
  'cut off': () =>
    new Response(`{"access_token":"${canaries.access}`, { headers: { 'content-type': 'application/json' } }),
  'no type': () => json({ ...good(), token_type: undefined }),
  'wrong type': () => json({ ...good(), token_type: canaries.access }),
  'bad token': () => json({ ...good(), access_token: `${canaries.access}\r\n` }),
  'bad refresh token': () => json({ ...good(), refresh_token: `${canaries.refresh}\r\n` }),
  'bad lifetime': () => json({ ...good(), expires_in: 'soon' }),
  'bad scope': () => json({ ...good(), scope: [canaries.access] }),
  'bad ID token': () => json({ ...good(), id_token: `a.${btoa(canaries.idToken)}.c` }),
  'forged ID token': () =>
    json({ ...good(), id_token: idToken({ iss: 'https://evil.example', sub: canaries.idToken }) }),
  huge: () => json({ ...good(), padding: 'x'.repeat(1_000_000) }),
  refused: () => json({ error: 'invalid_grant', error_description: `${canaries.refresh} is no good` }, 400),
  'refused in other words': () => json({ error: canaries.refresh, error_description: canaries.access }, 400),
  'not the app': () => json({ error: 'invalid_client', error_description: canaries.clientSecret }, 401),
  elsewhere: () => new Response(null, { status: 307, headers: { location: `https://evil.example/${canaries.code}` } }),
  down: () => new Response(canaries.access, { status: 502 }),
  'no network': () => Promise.reject(new TypeError('fetch failed')),
}

function good() {
  return answer({ access_token: canaries.access, refresh_token: canaries.refresh, scope: 'openid calendars' })
}

test('no token, secret, password, code or key is seen in an error, a record, a log or an inspection', async () => {
  const logged: string[] = []
  for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const)
    vi.spyOn(console, level).mockImplementation((...all) => void logged.push(looked(all)))
  const clock = { now: Date.now() }
  const storage = memoryStorage()
  const guarded = guardedProvider(() => clock.now)
  guarded.memory.service.addCalendar({ id: 'work' })
  const requests: RequestRecord[] = []
  let nonce = ''
  let next = 'good'
  const client = oauthClient({
    issuer,
    clientId: 'app',
    clientSecret: canaries.clientSecret,
    redirectUri: 'https://app.example.org/cb',
    scopes: ['openid', 'calendars'],
    endpoints: { authorization: `${issuer}/authorize`, token: `${issuer}/token`, revocation: `${issuer}/revoke` },
    handsOver: 'accessTokens',
    onRequest: (record) => void requests.push(record),
    fetch: async () => {
      const response = (await tokenAnswers[next]?.()) ?? json({})
      if (next !== 'good') return response
      const whole = (await response.json()) as Record<string, unknown>
      return json({ ...whole, id_token: idToken({ nonce, aud: 'app', sub: 'ada' }) })
    },
  })
  const sealing = vault({ keys: { one: canaries.key }, current: 'one' })
  const engine = new SyncEngine({
    storage,
    providers: [guarded.provider],
    now: () => clock.now,
    auth: { vault: sealing, oauth: { memory: client } },
  })
  const user = engine.user('ada')
  const seen: unknown[] = []
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    seen.push(
      await work().catch((error: unknown) => {
        expect(error).toBeInstanceOf(SyncError)
        return error
      }),
    )
  }
  const signIn = async (): Promise<unknown> => {
    const { url } = await user.connections.signIn({ provider: 'memory', id: 'account', session })
    nonce = new URL(url).searchParams.get('nonce') ?? ''
    const state = new URL(url).searchParams.get('state') ?? ''
    expect(found(url)).toEqual([])
    const callback = `https://app.example.org/cb?${new URLSearchParams({ code: canaries.code, state })}`
    return user.connections.completeSignIn(callback, { session })
  }

  for (const name of Object.keys(tokenAnswers)) {
    next = name
    await attempt(signIn)
  }
  next = 'good'
  await attempt(signIn)
  await attempt(() => user.connections.refresh('account'))
  expect(guarded.tokens).toContain(canaries.access)
  for (const name of Object.keys(tokenAnswers)) {
    next = 'good'
    await attempt(signIn)
    next = name
    clock.now += 3_600_000
    await attempt(() => user.connections.refresh('account'))
    await attempt(() => user.connections.disconnect('account'))
  }
  await attempt(() =>
    user.connections.add({
      provider: 'memory',
      id: 'other',
      credentials: { username: 'ada', password: canaries.password },
    }),
  )
  await attempt(() =>
    user.connections
      .add({ provider: canaries.password, credentials: { password: canaries.password } } as never)
      .catch(() => 'x'),
  )
  await attempt(() => user.connections.add({ provider: 'memory', id: 'a b', credentials: canaries.password } as never))
  await attempt(() =>
    user.connections.completeSignIn(`https://app.example.org/cb?code=${canaries.code}&state=v1`, { session }),
  )
  seen.push(await user.connections.list(), engine, user, client, sealing)

  const stored: unknown[] = []
  for (const collection of Object.keys(collections) as Collection[])
    stored.push((await storage.list('ada' as never, collection, { limit: 1_000 })).records)
  expect(JSON.stringify(stored)).toContain('v1.one.')

  expect(seen.length).toBeGreaterThan(70)
  expect(requests.length).toBeGreaterThan(40)
  const everything = Object.entries({ seen, stored, requests, logged })
  const leaks = everything.flatMap(([what, things]) =>
    (things as readonly unknown[])
      .map(looked)
      .flatMap((text) => found(text).map((leak) => `${what}: ${leak} in ${text}`)),
  )
  expect(leaks.map((leak) => leak.slice(0, 600))).toEqual([])
})

test('the watch over canaries sees one, however it is hidden', () => {
  const hidden = new SyncError('unavailable', 'x', {
    cause: new Error('y', { cause: { body: { a: [canaries.access] } } }),
  })
  expect(found(looked(hidden))).not.toEqual([])
  expect(found(looked({ authorization: `Basic ${btoa(canaries.password)}` }))).not.toEqual([])
})
