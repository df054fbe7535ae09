import type { OAuthClient } from '../../src/auth/auth.js'
import { oauthClient } from '../../src/auth/oauth.js'
import type { OAuthClientOptions } from '../../src/auth/oauth-options.js'
import { app } from './oidc-server.js'

/** An authorization server that says whatever a test wants, without a network. */
export interface FakeServer {
  readonly client: OAuthClient
  /** Every request, with its body. */
  readonly requests: { readonly method: string; readonly url: string; readonly body: string }[]
  /** The whole of a sign-in: what the client makes of the answer to its code. */
  complete(query?: Readonly<Record<string, string>>): ReturnType<OAuthClient['complete']>
}

export const issuer = 'https://auth.example.com'

type Answer = (body: string, url: string) => Response | Promise<Response>

/** @param token - answers the token endpoint; it is given the body, with the nonce of the sign-in in place of `NONCE` */
export function fakeServer(token: Answer | object, given: Partial<OAuthClientOptions> = {}): FakeServer {
  const requests: { method: string; url: string; body: string }[] = []
  let nonce = ''
  const { endpoints, ...rest } = {
    endpoints: { authorization: `${issuer}/authorize`, token: `${issuer}/token`, revocation: `${issuer}/revoke` },
    ...given,
  }
  const client = oauthClient({
    issuer,
    ...app,
    scopes: ['openid', 'calendars'],
    ...(endpoints === undefined ? {} : { endpoints }),
    timeoutMs: 1_000,
    fetch: async (input, init) => {
      const request = new Request(input, init)
      const body = await request.text()
      requests.push({ method: request.method, url: request.url, body })
      return typeof token === 'function' ? (token as Answer)(body, request.url) : json(withNonce(token, nonce))
    },
    ...rest,
  })
  return {
    client,
    requests,
    async complete(query = {}) {
      const { secrets, urlWith } = await client.begin({ mode: 'write' })
      nonce = secrets.nonce
      const state = new URL(urlWith('a state')).searchParams.get('state') ?? ''
      const callback = new URL(`${app.redirectUri}?${new URLSearchParams({ code: 'a code', state, ...query })}`)
      return client.complete({ callback, state, mode: 'write', secrets })
    },
  }
}

export function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })
}

/** An ID token; its signature is not looked at, as it comes from the server itself. */
export function idToken(claims: Readonly<Record<string, unknown>> = {}): string {
  const now = Math.floor(Date.now() / 1_000)
  const whole = { iss: issuer, sub: 'ada', aud: app.clientId, exp: now + 3_600, iat: now, nonce: 'NONCE', ...claims }
  const part = (value: unknown) =>
    btoa(JSON.stringify(value)).replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_')
  return [part({ alg: 'RS256', typ: 'JWT' }), part(whole), 'c2lnbmF0dXJl'].join('.')
}

/** A good answer to a code. */
export function answer(given: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    access_token: 'canary-access',
    refresh_token: 'canary-refresh',
    token_type: 'Bearer',
    expires_in: 3_600,
    id_token: idToken(),
    ...given,
  }
}

/** Nonces are known only once the sign-in has begun. */
function withNonce(token: object, nonce: string): object {
  const { id_token } = token as { readonly id_token?: unknown }
  if (typeof id_token !== 'string' || !id_token.includes('.')) return token
  const [head = '', body = '', signature = ''] = id_token.split('.')
  const claims = atob(body.replaceAll('-', '+').replaceAll('_', '/')).replace('NONCE', nonce)
  const sealed = btoa(claims).replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_')
  return { ...token, id_token: [head, sealed, signature].join('.') }
}
