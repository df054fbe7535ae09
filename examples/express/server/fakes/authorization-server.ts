import { createHash, randomBytes, webcrypto } from 'node:crypto'
import { consentPage } from './consent-page.js'

/** An account that people may sign in with. */
export interface Person {
  readonly email: string
  readonly name: string
  /** The token that its service takes now; null after the permission was taken back. */
  readonly token: string | null
  /** Makes this the one that works. */
  renew(token: string): void
}

/** What an {@link AuthorizationServer} is called, and whom it knows. */
export interface AuthorizationServerOptions {
  /** As people know it. */
  readonly name: string
  /** Where it stands, e.g. `http://localhost:4310/accounts/google`. */
  readonly issuer: string
  readonly clientId: string
  readonly redirectUri: string
  readonly now: () => number
  /** What a permission means, in plain words; the first line whose pattern fits. */
  readonly words: readonly (readonly [RegExp, string])[]
  /** A used refresh token is dead, as at Microsoft. */
  readonly rotates: boolean
}

/** An OAuth 2 server with a page where people say yes: code flow with PKCE, ID tokens, refresh, revocation. */
export interface AuthorizationServer {
  readonly endpoints: { readonly authorization: string; readonly token: string; readonly revocation: string }
  add(person: Person): void
  /** Somebody takes all permissions back, on the account page of the service. */
  forget(email: string): void
  /** The page, and the answer to its form. */
  page(request: Request): Promise<Response>
  /** Says yes as this person would on the page. Gives the address that their browser would come back to. */
  consent(authorizationUrl: string, email: string): string
  /** What programs ask for; in the place of the network. */
  readonly fetch: typeof fetch
}

interface Grant {
  readonly person: Person
  readonly scope: string
  readonly nonce: string | null
  readonly challenge: string
}

const lifetimeSeconds = 3_600

export function authorizationServer(options: AuthorizationServerOptions): AuthorizationServer {
  const { issuer, clientId, redirectUri, now } = options
  const endpoints = {
    authorization: `${issuer}/authorize`,
    token: `${issuer}/token`,
    revocation: `${issuer}/revoke`,
  }
  const people = new Map<string, Person>()
  const codes = new Map<string, Grant & { readonly until: number }>()
  const refreshTokens = new Map<string, Grant>()
  const key = webcrypto.subtle.generateKey(
    { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
    false,
    ['sign', 'verify'],
  )

  function codeFor(asked: URLSearchParams, person: Person): string {
    const code = randomBytes(24).toString('base64url')
    codes.set(code, {
      person,
      scope: asked.get('scope') ?? '',
      nonce: asked.get('nonce'),
      challenge: asked.get('code_challenge') ?? '',
      until: now() + 120_000,
    })
    return code
  }

  function back(asked: URLSearchParams, answer: Readonly<Record<string, string>>): string {
    const url = new URL(redirectUri)
    for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value)
    url.searchParams.set('state', asked.get('state') ?? '')
    return url.href
  }

  /** What is wrong with what was asked; people are sent nowhere then. */
  function complaint(asked: URLSearchParams): string | undefined {
    if (asked.get('client_id') !== clientId) return 'No application with this id is known here.'
    if (asked.get('redirect_uri') !== redirectUri) return 'The application may not be answered at this address.'
    if (asked.get('response_type') !== 'code') return 'Only codes are given out here.'
    if (asked.get('code_challenge_method') !== 'S256') return 'Without a code challenge nobody is let in.'
    return undefined
  }

  async function tokens(grant: Grant): Promise<Response> {
    const { person, scope } = grant
    const refresh = randomBytes(24).toString('base64url')
    refreshTokens.set(refresh, grant)
    if (person.token === null) person.renew(newToken())
    return json(200, {
      access_token: person.token,
      token_type: 'Bearer',
      expires_in: lifetimeSeconds,
      scope,
      refresh_token: refresh,
      id_token: await idToken(grant),
    })
  }

  async function idToken({ person, nonce }: Grant): Promise<string> {
    const seconds = Math.floor(now() / 1_000)
    const claims = {
      ...{ iss: issuer, aud: clientId, sub: subjectOf(person.email), iat: seconds, exp: seconds + lifetimeSeconds },
      ...(nonce === null ? {} : { nonce }),
    }
    const text = [{ alg: 'RS256', typ: 'JWT' }, claims].map((part) => base64url(JSON.stringify(part))).join('.')
    const { privateKey } = await key
    const signature = await webcrypto.subtle.sign('RSASSA-PKCS1-v1_5', privateKey, Buffer.from(text))
    return `${text}.${Buffer.from(signature).toString('base64url')}`
  }

  async function token(form: URLSearchParams): Promise<Response> {
    if (form.get('client_id') !== clientId) return json(401, { error: 'invalid_client' })
    if (form.get('grant_type') === 'authorization_code') {
      const code = form.get('code') ?? ''
      const grant = codes.get(code)
      codes.delete(code)
      const challenge = createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url')
      if (!grant || grant.until < now() || challenge !== grant.challenge) return json(400, { error: 'invalid_grant' })
      return tokens(grant)
    }
    if (form.get('grant_type') !== 'refresh_token') return json(400, { error: 'unsupported_grant_type' })
    const given = form.get('refresh_token') ?? ''
    const grant = refreshTokens.get(given)
    if (!grant || grant.person.token === null) return json(400, { error: 'invalid_grant' })
    if (options.rotates) refreshTokens.delete(given)
    const { access_token, expires_in, scope, refresh_token } = (await (await tokens(grant)).json()) as TokenAnswer
    return json(200, {
      access_token,
      token_type: 'Bearer',
      expires_in,
      scope,
      ...(options.rotates && { refresh_token }),
    })
  }

  return {
    endpoints,
    add: (person) => void people.set(person.email, person),
    forget(email) {
      for (const [refresh, { person }] of refreshTokens) if (person.email === email) refreshTokens.delete(refresh)
    },
    async page(request) {
      const isAnswer = request.method === 'POST'
      const asked = isAnswer ? new URLSearchParams(await request.text()) : new URL(request.url).searchParams
      const wrong = complaint(asked)
      if (wrong !== undefined) return html(400, consentPage({ ...options, asked, people: [], words: [], wrong }))
      const scopes = (asked.get('scope') ?? '').split(' ')
      const words = options.words.flatMap(([pattern, text]) => (scopes.some((one) => pattern.test(one)) ? [text] : []))
      const person = people.get(asked.get('account') ?? '')
      if (isAnswer && asked.get('answer') === 'no') return redirect(back(asked, { error: 'access_denied' }))
      if (isAnswer && person) return redirect(back(asked, { code: codeFor(asked, person) }))
      return html(200, consentPage({ ...options, asked, people: [...people.values()], words }))
    },
    consent(authorizationUrl, email) {
      const asked = new URL(authorizationUrl).searchParams
      const person = people.get(email)
      const wrong = complaint(asked) ?? (person ? undefined : `There is no ${email} here.`)
      if (wrong !== undefined || !person) throw new Error(wrong)
      return back(asked, { code: codeFor(asked, person) })
    },
    fetch: async (input, init) => {
      const request = new Request(input, init)
      const form = new URLSearchParams(await request.text())
      if (request.url === endpoints.token) return token(form)
      if (request.url !== endpoints.revocation) return json(404, { error: 'not_found' })
      refreshTokens.delete(form.get('token') ?? '')
      return json(200, {})
    },
  }
}

interface TokenAnswer {
  readonly access_token: string
  readonly expires_in: number
  readonly scope: string
  readonly refresh_token: string
}

/** A bearer token as services give them out. */
export function newToken(): string {
  return `demo.${randomBytes(24).toString('base64url')}`
}

function subjectOf(email: string): string {
  return createHash('sha256').update(email).digest('hex').slice(0, 21)
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}

function json(status: number, body: object): Response {
  return Response.json(body, { status, headers: { 'cache-control': 'no-store' } })
}

function html(status: number, body: string): Response {
  return new Response(body, {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  })
}

function redirect(to: string): Response {
  return new Response(null, { status: 302, headers: { location: to, 'cache-control': 'no-store' } })
}
