import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'
import { vi } from 'vitest'

/** A real authorization server on the loopback interface, with one registered application and one person at a time. */
export interface OidcServer {
  readonly issuer: string
  readonly host: string
  /** Every request that reached it: `POST /token refresh_token`, `GET /.well-known/openid-configuration` ... */
  readonly requests: string[]
  /** Who sits at the browser, and what they do. */
  person: { account: string; declines?: readonly string[]; refuses?: boolean }
  /** Stands before every request; answers in the server's place where it wants to. */
  gate: ((request: IncomingMessage, response: ServerResponse, body: string) => Promise<boolean>) | undefined
  /** What a browser does with the address of a sign-in: the address that it comes back to. */
  browse(url: string): Promise<string>
  /** How many token requests of a kind there were. */
  count(grantType: string): number
  close(): Promise<void>
}

export const app = {
  clientId: 'calendar-app',
  clientSecret: 'canary-of-the-client-secret',
  redirectUri: 'https://app.example.org/oauth/test',
} as const

/** Rotates refresh tokens at every use, and revokes the whole grant when one is used a second time. */
export async function oidcServer(
  options: { readonly accessTokenSeconds?: number; readonly redirectUris?: readonly string[] } = {},
): Promise<OidcServer> {
  // It warns of being a test: it keeps everything in memory, and its requests were read before.
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  vi.spyOn(console, 'info').mockImplementation(() => undefined)
  const requests: string[] = []
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const issuer = `http://${host}`
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: app.clientId,
        client_secret: app.clientSecret,
        redirect_uris: [...(options.redirectUris ?? [app.redirectUri])],
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    scopes: ['openid', 'offline_access', 'calendars.read', 'calendars.write'],
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    features: { devInteractions: { enabled: false }, revocation: { enabled: true } },
    pkce: { required: () => true },
    interactions: { url: (_: unknown, { uid }: { readonly uid: string }) => `/interaction/${uid}` },
    findAccount: async (_: unknown, id: string) => ({ accountId: id, claims: async () => ({ sub: id }) }),
    ttl: {
      AccessToken: options.accessTokenSeconds ?? 3_600,
      AuthorizationCode: 60,
      Grant: 30 * 86_400,
      // Longer than any test moves its clock on.
      IdToken: 30 * 86_400,
      Interaction: 3_600,
      RefreshToken: 30 * 86_400,
      Session: 86_400,
    },
    cookies: { keys: ['a key for the cookies of this test'] },
    jwks: { keys: [await key] },
  })
  const answer = provider.callback()
  const running: OidcServer = {
    issuer,
    host,
    requests,
    person: { account: 'ada' },
    gate: undefined,
    browse: (url) => browse(url),
    count: (kind) => requests.filter((line) => line === `POST /token ${kind}`).length,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  server.on('request', async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', issuer)
    const body = request.method === 'POST' ? await bodyOf(request) : ''
    const kind = new URLSearchParams(body).get('grant_type')
    requests.push([request.method, pathname, kind].filter(Boolean).join(' '))
    if (await running.gate?.(request, response, body)) return
    if (pathname.startsWith('/interaction/')) await interact(provider, running.person, request, response)
    else answer(Object.assign(request, { body: Object.fromEntries(new URLSearchParams(body)) }), response)
  })
  return running
}

async function interact(
  provider: Provider,
  { account, declines = [], refuses = false }: OidcServer['person'],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const finish = (result: Readonly<Record<string, unknown>>) =>
    provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
  if (refuses) return finish({ error: 'access_denied', error_description: `${account} canary said no` })
  const { params } = await provider.interactionDetails(request, response)
  const grant = new provider.Grant({ accountId: account, clientId: params['client_id'] ?? '' })
  for (const scope of (params['scope'] ?? '').split(' '))
    if (declines.includes(scope)) grant.rejectOIDCScope(scope)
    else grant.addOIDCScope(scope)
  await finish({ login: { accountId: account }, consent: { grantId: await grant.save() } })
}

/** Follows redirects with cookies until one leads away from the server. */
async function browse(start: string): Promise<string> {
  const cookies = new Map<string, string>()
  let url = new URL(start)
  for (let hop = 0; hop < 12; hop++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location === null) throw new Error(`the server shows a page: ${response.status} ${await response.text()}`)
    const next = new URL(location, url)
    if (next.host !== url.host) return next.href
    url = next
  }
  throw new Error('too many redirects')
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

/** Made once: it takes longer than all the rest. */
const key = signingKey()

async function signingKey(): Promise<Readonly<Record<string, unknown>>> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048 }
  const pair = await crypto.subtle.generateKey({ ...algorithm, publicExponent: new Uint8Array([1, 0, 1]) }, true, [
    'sign',
    'verify',
  ])
  const { kty, n, e, d, p, q, dp, dq, qi } = await crypto.subtle.exportKey('jwk', pair.privateKey)
  return { kty, n, e, d, p, q, dp, dq, qi, use: 'sig', alg: 'RS256', kid: 'test' }
}
