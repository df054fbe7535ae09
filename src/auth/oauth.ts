import {
  type AuthorizationServer,
  allowInsecureRequests,
  authorizationCodeGrantRequest,
  type Client,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  calculatePKCECodeChallenge,
  clockSkew,
  clockTolerance,
  customFetch,
  generateRandomCodeVerifier,
  generateRandomNonce,
  getValidatedIdTokenClaims,
  None,
  processAuthorizationCodeResponse,
  processRefreshTokenResponse,
  processRevocationResponse,
  refreshTokenGrantRequest,
  revocationRequest,
  type TokenEndpointResponse,
  validateAuthResponse,
} from 'oauth4webapi'
import { SyncError } from '../errors.js'
import { allowedHosts } from '../http/allowed-hosts.js'
import { checkAddress } from '../http/trust.js'
import type { AccessMode } from '../model/connection.js'
import type { AuthCall, OAuthClient, TokenSet } from './auth.js'
import { discover, remembered, type ServerDescription } from './discovery.js'
import { oauthFailure } from './oauth-failure.js'
import { checkOAuthOptions, type OAuthClientOptions } from './oauth-options.js'
import { hasTenants, isNamed, issuerOf, tenantOf } from './tenant.js'
import { tokenSet, withoutIdToken } from './token-answer.js'
import { transport } from './transport.js'

/**
 * An application at any authorization server: authorization code with PKCE (S256), state, nonce and issuer checked,
 * refresh, revocation. For Google and Microsoft see {@link googleOAuth} and {@link microsoftOAuth}.
 *
 * @throws SyncError `invalid_input` naming the setting that does not fit.
 *
 * @example
 * ```ts no-run
 * import { oauthClient } from 'calweave/auth'
 *
 * const example = oauthClient({
 *   issuer: 'https://auth.example.com',
 *   clientId: 'calendar-app',
 *   clientSecret: process.env['EXAMPLE_SECRET'] ?? '',
 *   redirectUri: 'https://app.example.org/oauth/example',
 *   scopes: ['openid', 'offline_access', 'caldav'],
 *   parameters: { prompt: 'consent' },
 * })
 * ```
 */
export function oauthClient(options: OAuthClientOptions): OAuthClient {
  checkOAuthOptions(options)
  const { clientId, redirectUri, now = Date.now, scopeName = (scope) => scope } = options
  const wire = transport(options)
  const isAllowed = allowedHosts(options.allowedHosts)
  const authentication = clientAuthentication(options)
  const describe = describing(options, (signal) => discover(options.issuer, wire, signal), now)
  const scopesOf = (mode: AccessMode) => scopesIn(options, mode)

  /** The server as the library wants it. Its token endpoints are the only addresses that secrets may be sent to. */
  async function server({ signal }: AuthCall): Promise<AuthorizationServer> {
    const { issuer, endpoints, namesItself } = await describe(signal)
    // People are sent there, and what they type there is theirs: never to an address without TLS, or an inner one.
    checkAddress(new URL(endpoints.authorization), isAllowed)
    for (const url of [endpoints.token, endpoints.revocation]) if (url !== undefined) wire.pin(url)
    return {
      issuer,
      authorization_endpoint: endpoints.authorization,
      token_endpoint: endpoints.token,
      ...(endpoints.revocation === undefined ? {} : { revocation_endpoint: endpoints.revocation }),
      authorization_response_iss_parameter_supported: namesItself,
    }
  }

  const client = (): Client => ({
    client_id: clientId,
    [clockSkew]: Math.round((now() - Date.now()) / 1_000),
    [clockTolerance]: 300,
  })
  const request = ({ signal }: AuthCall) => ({
    [customFetch]: wire.fetch as never,
    // Which addresses may be asked without TLS is up to our own transport.
    [allowInsecureRequests]: true as const,
    ...(signal ? { signal } : {}),
  })

  return {
    redirectUri,
    handsOver: options.handsOver ?? 'token',
    scopes: scopesOf,
    missing(mode, granted) {
      const known = new Set(granted.map(scopeName))
      return scopesOf(mode).filter((scope) => !unreported.has(scope) && !known.has(scopeName(scope)))
    },

    async begin({ mode, hint, ...call }) {
      const { authorization_endpoint: address = '' } = await server(call)
      const secrets = { verifier: generateRandomCodeVerifier(), nonce: generateRandomNonce() }
      const scopes = scopesOf(mode)
      const parameters = {
        ...options.parameters,
        response_type: 'code',
        client_id: clientId,
        redirect_uri: redirectUri,
        scope: scopes.join(' '),
        code_challenge: await calculatePKCECodeChallenge(secrets.verifier),
        code_challenge_method: 'S256',
        ...(scopes.includes('openid') ? { nonce: secrets.nonce } : {}),
        ...(hint === undefined ? {} : { login_hint: hint }),
      }
      const urlWith = (state: string): string => {
        const url = new URL(address)
        for (const [name, value] of Object.entries({ ...parameters, state })) url.searchParams.set(name, value)
        return url.href
      }
      return { secrets, urlWith }
    },

    async complete({ callback, state, mode, secrets, ...call }) {
      const as = await server(call)
      const { code, issuer } = answerOf(callback, state, as, client(), redirectUri)
      return translated(async () => {
        const { verifier, nonce } = secrets
        const how = request(call)
        const answer = await authorizationCodeGrantRequest(
          as,
          client(),
          authentication,
          code,
          redirectUri,
          verifier,
          how,
        )
        const issuing = await issuingServer(as, answer)
        // The answer named one tenant, and the token is another's.
        if (issuer !== undefined && issuer !== issuing.issuer) throw oauthFailure(undefined, 'callback')
        const proof = scopesOf(mode).includes('openid') ? { expectedNonce: nonce, requireIdToken: true } : {}
        return tokens(await processAuthorizationCodeResponse(issuing, client(), answer, proof))
      })
    },

    async refresh({ refreshToken, ...call }) {
      const as = await server(call)
      return translated(async () => {
        const answer = await refreshTokenGrantRequest(as, client(), authentication, refreshToken, request(call))
        return tokens(await processRefreshTokenResponse(as, client(), await withoutIdToken(answer)))
      })
    },

    async revoke({ refreshToken, accessToken, ...call }) {
      const as = await server(call)
      if (as.revocation_endpoint === undefined) return false
      const token = refreshToken ?? accessToken
      try {
        await processRevocationResponse(await revocationRequest(as, client(), authentication, token, request(call)))
      } catch (error) {
        // RFC 7009 wants 200 for tokens that are no more; some servers do say so.
        if ((error as { readonly error?: unknown }).error !== 'invalid_token') throw oauthFailure(error, 'token')
      }
      return true
    },
  }
}

/** The one check of everything that came by the browser. */
function answerOf(callback: URL, state: string, as: AuthorizationServer, client: Client, redirectUri: string) {
  const expected = new URL(redirectUri)
  if (callback.origin !== expected.origin || callback.pathname !== expected.pathname)
    throw new SyncError(
      'invalid_input',
      'callbackUrl: must be the redirectUri of this provider with the query that the browser brought along. Behind a proxy, put them together anew.',
      { reason: 'CALLBACK' },
    )
  const named = callback.searchParams.get('iss') ?? undefined
  try {
    const issuer = named !== undefined && isNamed(as.issuer, named) ? named : as.issuer
    const code = validateAuthResponse({ ...as, issuer }, client, callback, state)
    const codes = code.getAll('code')
    if (codes.length !== 1 || codes[0] === '') throw oauthFailure(undefined, 'callback')
    return { code, issuer: named }
  } catch (error) {
    throw oauthFailure(error, 'callback')
  }
}

/** The server as the issuer of this answer's ID token. */
async function issuingServer(as: AuthorizationServer, answer: Response): Promise<AuthorizationServer> {
  if (!hasTenants(as.issuer)) return as
  const tenant = await tenantOf(answer)
  return tenant === undefined ? as : { ...as, issuer: issuerOf(as.issuer, tenant) }
}

function tokens(answer: TokenEndpointResponse): TokenSet {
  const claims = getValidatedIdTokenClaims(answer)
  return tokenSet(answer, claims && { issuer: claims.iss, subject: claims.sub })
}

async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw oauthFailure(error, 'token')
  }
}

function describing(
  { issuer, endpoints }: OAuthClientOptions,
  ask: (signal: AbortSignal | undefined) => Promise<ServerDescription>,
  now: () => number,
): (signal: AbortSignal | undefined) => Promise<ServerDescription> {
  if (endpoints) return async () => ({ issuer, endpoints, namesItself: false })
  return remembered(ask, now)
}

function clientAuthentication({ clientSecret, clientAuthentication: by = 'post' }: OAuthClientOptions): ClientAuth {
  if (clientSecret === undefined) return None()
  return by === 'basic' ? ClientSecretBasic(clientSecret) : ClientSecretPost(clientSecret)
}

function scopesIn({ scopes, extraScopes = [] }: OAuthClientOptions, mode: AccessMode): readonly string[] {
  const needed = 'read' in scopes ? scopes[mode] : scopes
  return [...new Set([...needed, ...extraScopes])]
}

/** Servers grant these without saying so; an ID token or a refresh token shows it. */
const unreported: ReadonlySet<string> = new Set(['openid', 'offline_access', 'profile', 'email'])
