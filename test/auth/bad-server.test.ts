import { describe, expect, test } from 'vitest'
import type { OAuthClientOptions } from '../../src/auth/oauth-options.js'
import { SyncError } from '../../src/errors.js'
import { answer, type FakeServer, fakeServer, idToken, issuer, json } from './fake-server.js'

const now = Math.floor(Date.now() / 1_000)

describe('an answer to a code', () => {
  test('that is good is taken', async () => {
    const server = fakeServer(answer({ scope: 'openid calendars' }))
    const taken = await server.complete()
    expect(taken).toMatchObject({
      lifetimeMs: 3_600_000,
      account: { issuer, subject: 'ada' },
      scopes: ['openid', 'calendars'],
    })
    expect([taken.accessToken.reveal(), taken.refreshToken?.reveal()]).toEqual(['canary-access', 'canary-refresh'])
    expect(new URLSearchParams(server.requests[0]?.body).get('code_verifier')).toMatch(/^[\w-]{43}$/)
  })

  const html = () => new Response('<h1>Sign in</h1>', { headers: { 'content-type': 'text/html' } })
  const broken = () => new Response('{"access_token": "canary', { headers: { 'content-type': 'application/json' } })
  test.each([
    ['that is a web page', html],
    ['that is cut off', broken],
    ['that is empty', () => new Response('', { headers: { 'content-type': 'application/json' } })],
    ['that is a list', () => json([answer()])],
    ['that is null', () => json(null)],
    ['without an access token', () => json(answer({ access_token: undefined }))],
    ['without a token type', () => json(answer({ token_type: undefined }))],
    ['of a type that we cannot send', () => json(answer({ token_type: 'mac' }))],
    ['with a number for a token', () => json(answer({ access_token: 7 }))],
    ['with an empty token', () => json(answer({ access_token: '' }))],
    ['without an ID token although it was asked for', () => json(answer({ id_token: undefined }))],
    ['with an ID token that is none', () => json(answer({ id_token: 'a.b.c' }))],
    ['of ten megabytes', () => json(answer({ padding: 'x'.repeat(10_000_000) }))],
    ['with a status that means nothing', () => json(answer(), 201)],
    ['with a status that leads nowhere', () => json(answer(), 302)],
  ])('%s is not believed', async (_, token) => {
    const error = await failureOf(fakeServer(token))
    expect(error).toMatchObject({ code: 'invalid_response' })
    expect(String(error.message)).not.toContain('canary')
  })

  test.each([
    ['a line end in the access token', { access_token: 'a\r\nx-evil: 1' }],
    ['a letter that no header can carry', { access_token: 'tökèn' }],
    ['a token of a megabyte', { access_token: 'x'.repeat(100_000) }],
    ['a line end in the refresh token', { refresh_token: 'a\nb' }],
    ['another issuer in the ID token', { id_token: idToken({ iss: 'https://evil.example' }) }],
    ['another application in the ID token', { id_token: idToken({ aud: 'another' }) }],
    ['another nonce in the ID token', { id_token: idToken({ nonce: 'of another sign-in' }) }],
    ['no nonce in the ID token', { id_token: idToken({ nonce: undefined }) }],
    ['no subject in the ID token', { id_token: idToken({ sub: undefined }) }],
    ['an ID token of last week', { id_token: idToken({ iat: now - 604_800, exp: now - 601_200 }) }],
    ['an ID token of tomorrow', { id_token: idToken({ nbf: now + 86_400 }) }],
  ])('with %s is not believed', async (_, given) => {
    expect(await failureOf(fakeServer(answer(given)))).toMatchObject({ code: 'invalid_response' })
  })

  test('of a server whose clock is some minutes off is believed', async () => {
    for (const skew of [-240, 240]) {
      const token = idToken({ iat: now + skew, nbf: now + skew, exp: now + skew + 300 })
      expect(await fakeServer(answer({ id_token: token })).complete()).toMatchObject({ account: { subject: 'ada' } })
    }
  })

  test.each([
    [0, 0],
    [-5, undefined],
    ['3600', 3_600_000],
    [1e300, 30 * 86_400_000],
    [undefined, undefined],
  ])(
    'that names %s seconds for a lifetime is not taken at its word where that is nonsense',
    async (seconds, lifetimeMs) => {
      const ended = await fakeServer(answer({ expires_in: seconds }))
        .complete()
        .catch((error: unknown) => error)
      if (seconds === -5) expect(ended).toMatchObject({ code: 'invalid_response' })
      else expect((ended as { readonly lifetimeMs?: number }).lifetimeMs).toBe(lifetimeMs)
    },
  )

  test('with thousands of scopes is cut to what can be kept', async () => {
    const scope = Array.from({ length: 5_000 }, (_, n) => `s${n}`).join(' ')
    expect((await fakeServer(answer({ scope })).complete()).scopes).toHaveLength(200)
  })
})

describe('a server', () => {
  test('that never answers is given up in time', async () => {
    const hanging = fakeServer(() => new Promise<Response>(() => undefined))
    expect(await failureOf(hanging)).toMatchObject({ code: 'timeout', remedy: 'retry' })
  })

  test('that dribbles its answer is given up in time', async () => {
    const body = () =>
      new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 200))
          controller.enqueue(new Uint8Array([32]))
        },
      })
    const dribbling = fakeServer(() => new Response(body(), { headers: { 'content-type': 'application/json' } }))
    expect(await failureOf(dribbling)).toMatchObject({ code: 'timeout' })
  })

  test.each([
    [500, 'unavailable'],
    [503, 'unavailable'],
    [429, 'rate_limited'],
  ])('that answers %d says nothing about the sign-in, whatever stands in the answer', async (status, code) => {
    const server = fakeServer(() => json({ error: 'invalid_grant' }, status))
    await expect(server.client.refresh({ refreshToken: 'r' })).rejects.toMatchObject({ code, remedy: 'retry' })
  })

  test('that asks for patience says for how long', async () => {
    const busy = () => new Response('', { status: 429, headers: { 'retry-after': '90' } })
    await expect(fakeServer(busy).client.refresh({ refreshToken: 'r' })).rejects.toMatchObject({ retryAfterMs: 90_000 })
  })

  test('that redirects the token request gets the secrets nowhere else, not even on its own site', async () => {
    for (const to of ['https://evil.example/token', `${issuer}/elsewhere`, 'http://auth.example.com/token']) {
      const server = fakeServer((_, url) =>
        url === `${issuer}/token` ? new Response(null, { status: 307, headers: { location: to } }) : json(answer()),
      )
      await expect(server.client.refresh({ refreshToken: 'canary' })).rejects.toMatchObject({ code: 'invalid_input' })
      expect(server.requests.map(({ url }) => url)).toEqual([`${issuer}/token`])
    }
  })

  test.each([
    ['invalid_grant', 'auth_expired'],
    ['interaction_required', 'auth_expired'],
    ['login_required', 'auth_expired'],
    ['consent_required', 'auth_expired'],
    ['invalid_client', 'invalid_input'],
    ['unauthorized_client', 'invalid_input'],
    ['invalid_request', 'invalid_input'],
    ['temporarily_unavailable', 'unavailable'],
    ['<script>canary</script>', 'invalid_input'],
    ['__proto__', 'invalid_input'],
  ])('that refuses a refresh with %s asks for the right remedy', async (error, code) => {
    const refusing = fakeServer(() => json({ error, error_description: 'canary@example.com may not' }, 400))
    const failure: unknown = await refusing.client.refresh({ refreshToken: 'r' }).catch((thrown: unknown) => thrown)
    expect(failure).toMatchObject({ name: 'SyncError', code })
    expect((failure as SyncError).message + (failure as SyncError).reason).not.toContain('canary')
  })

  test('that gives a number for its reason is quoted with that, and with nothing else', async () => {
    const error_description = 'AADSTS700082: The refresh token of canary@example.com has expired. Trace ID: x'
    const refusing = fakeServer(() => json({ error: 'invalid_grant', error_description }, 400))
    const failing = refusing.client.refresh({ refreshToken: 'r' })
    await expect(failing).rejects.toMatchObject({ code: 'auth_expired', reason: 'AADSTS700082' })
  })

  test('that has a flaw in the ID token of a refresh does not cost the tokens beside it', async () => {
    for (const id_token of ['nonsense', idToken({ iss: 'https://evil.example' }), 7]) {
      const renewed = await fakeServer(answer({ id_token })).client.refresh({ refreshToken: 'r' })
      expect(renewed.refreshToken?.reveal()).toBe('canary-refresh')
      expect(renewed.account).toBeUndefined()
    }
  })

  test('that does not know a token any more has revoked it', async () => {
    for (const status of [200, 400]) {
      const server = fakeServer(() => json({ error: 'invalid_token' }, status))
      expect(await server.client.revoke({ refreshToken: 'r', accessToken: 'a' })).toBe(true)
      expect(server.requests[0]?.body).toContain('token=r')
    }
    const refusing = fakeServer(() => json({ error: 'invalid_client' }, 400))
    await expect(refusing.client.revoke({ accessToken: 'a' })).rejects.toMatchObject({ code: 'invalid_input' })
  })
})

describe('a server that describes itself', () => {
  const description = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    code_challenge_methods_supported: ['S256'],
  }
  test('is asked once', async () => {
    const { client, requests } = bare(description)
    await client.begin({ mode: 'read' })
    await client.begin({ mode: 'write' })
    expect(requests.map(({ url }) => url)).toEqual([`${issuer}/.well-known/openid-configuration`])
  })

  test('only as RFC 8414 has it is found there', async () => {
    const well = 'https://auth.example.com/.well-known/oauth-authorization-server/realm'
    const server = bare(
      (_: string, url: string) => (url === well ? json({ ...description, issuer: `${issuer}/realm` }) : json({}, 404)),
      {
        issuer: `${issuer}/realm`,
      },
    )
    await server.client.begin({ mode: 'read' })
    expect(server.requests.map(({ url }) => url)).toEqual([`${issuer}/realm/.well-known/openid-configuration`, well])
  })

  test.each([
    ['of another issuer', { ...description, issuer: 'https://evil.example' }],
    ['without a token endpoint', { ...description, token_endpoint: undefined }],
    ['with an endpoint that is no address', { ...description, token_endpoint: 'token' }],
    ['that is a list', []],
    ['that is a text', 'hello'],
  ])('%s is not believed', async (_, given) => {
    await expect(bare(given).client.begin({ mode: 'read' })).rejects.toMatchObject({ code: 'invalid_response' })
  })

  test.each([
    ['an inner host', { authorization_endpoint: 'https://10.0.0.1/authorize' }],
    ['an address without TLS', { authorization_endpoint: 'http://auth.example.com/authorize' }],
    ['a script', { authorization_endpoint: 'javascript:alert(1)' }],
  ])('never sends a person to %s', async (_, given) => {
    await expect(bare({ ...description, ...given }).client.begin({ mode: 'read' })).rejects.toMatchObject({
      code: 'invalid_input',
    })
  })

  test('never has secrets sent to an inner host, or without TLS', async () => {
    for (const token_endpoint of ['https://169.254.169.254/token', 'http://auth.example.com/token']) {
      const server = bare({ ...description, token_endpoint })
      await expect(server.client.refresh({ refreshToken: 'r' })).rejects.toMatchObject({ code: 'invalid_input' })
      expect(server.requests.every(({ method }) => method === 'GET')).toBe(true)
    }
  })
})

/** A client that knows the issuer only, and what is at its well-known address. */
function bare(given: unknown, more: Partial<OAuthClientOptions> = {}): FakeServer {
  const answering = typeof given === 'function' ? (given as (body: string, url: string) => Response) : () => json(given)
  return fakeServer(answering, { ...more, endpoints: undefined } as never)
}

async function failureOf(server: FakeServer): Promise<SyncError> {
  const ended: unknown = await server.complete().catch((error: unknown) => error)
  if (ended instanceof SyncError) return ended
  throw new Error('it was believed')
}
