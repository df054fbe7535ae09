import * as z from 'zod'
import { SyncError } from '../errors.js'
import type { HttpClientOptions } from '../http/client.js'
import type { AccessMode } from '../model/connection.js'
import type { OAuthClient } from './auth.js'

/** An application at an authorization server, as it was registered there. */
export interface OAuthApp extends Pick<HttpClientOptions, 'fetch' | 'allowedHosts' | 'allow' | 'onRequest'> {
  readonly clientId: string
  /** @default none: a public client, which PKCE alone protects */
  readonly clientSecret?: string
  /**
   * Where the server sends people back to, as registered: https, or http on this machine; without query. One of its own for
   * each authorization server, so that the answer of one cannot be taken for the answer of another.
   */
  readonly redirectUri: string
  /** Asked for in every mode, beside what the mode needs. @default none */
  readonly extraScopes?: readonly string[]
  /** How long one request may take, 1,000 to 30,000 milliseconds. @default 20_000 */
  readonly timeoutMs?: number
  /** Where the current time comes from, milliseconds since 1970. @default Date.now */
  readonly now?: () => number
}

/** The addresses of an authorization server. */
export interface OAuthEndpoints {
  readonly authorization: string
  readonly token: string
  /** @default none: grants cannot be ended by us */
  readonly revocation?: string
}

/** Settings of {@link oauthClient}. */
export interface OAuthClientOptions extends OAuthApp {
  /**
   * The server's issuer identifier, e.g. `https://auth.example.com`. Its description is read from its well-known address.
   * Where it holds `{tenantid}`, the `tid` claim of the ID token takes that place.
   */
  readonly issuer: string
  /** What to ask for, in every mode or by mode. With `openid`, the server proves who signed in. */
  readonly scopes: readonly string[] | Readonly<Record<AccessMode, readonly string[]>>
  /** @default what the server's description says */
  readonly endpoints?: OAuthEndpoints
  /** Sent along with the person, such as `{ prompt: 'consent' }`. @default none */
  readonly parameters?: Readonly<Record<string, string>>
  /** How the client secret is sent: in the body, or in an `Authorization` header. @default 'post' */
  readonly clientAuthentication?: 'post' | 'basic'
  /** See {@link OAuthClient.handsOver}. @default 'token', which providers of the CalDAV kind take */
  readonly handsOver?: OAuthClient['handsOver']
  /** How two names of one scope are told to be the same. @default as they are */
  readonly scopeName?: (scope: string) => string
}

/** @throws SyncError `invalid_input` that names the setting and never shows it. */
export function checkOAuthOptions(options: OAuthClientOptions): void {
  const parsed = schema.safeParse(options)
  if (parsed.success) return
  const { path, message } = parsed.error.issues[0] ?? { path: [], message: 'does not fit' }
  throw new SyncError('invalid_input', `OAuth client: ${path.map(String).join('.') || 'options'}: ${message}.`)
}

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

function isRedirectUri(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, search, hash, username, password } = new URL(text)
  const isSafe = protocol === 'https:' || (protocol === 'http:' && loopback.has(hostname))
  return isSafe && [search, hash, username, password].every((part) => part === '') && !/[?#]/.test(text)
}

/** RFC 6749 section 3.3 */
const scope = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,512}$/, 'must be one scope')
const address = z.string().refine((text) => URL.canParse(text), 'must be a web address')
const ours = new Set(['client_id', 'redirect_uri', 'response_type', 'response_mode', 'request', 'request_uri'])
const oursToo = new Set(['scope', 'state', 'nonce', 'code_challenge', 'code_challenge_method'])

const schema: z.ZodType<unknown> = z.looseObject({
  issuer: address,
  clientId: z.string().min(1).max(1_024),
  clientSecret: z.string().min(1).max(4_096).exactOptional(),
  redirectUri: z.string().refine(isRedirectUri, 'must be an https address without query, or http on this machine'),
  scopes: z.union([
    z.array(scope).max(50),
    z.strictObject({ busy: z.array(scope).max(50), read: z.array(scope).max(50), write: z.array(scope).max(50) }),
  ]),
  extraScopes: z.array(scope).max(50).exactOptional(),
  endpoints: z
    .strictObject({ authorization: address, token: address, revocation: address.exactOptional() })
    .exactOptional(),
  parameters: z
    .record(
      z.string().refine((name) => !ours.has(name) && !oursToo.has(name), 'this parameter is set by calweave'),
      z.string().max(2_048),
    )
    .exactOptional(),
  clientAuthentication: z.enum(['post', 'basic']).exactOptional(),
  handsOver: z.enum(['accessTokens', 'token']).exactOptional(),
  timeoutMs: z.int().min(1_000).max(30_000).exactOptional(),
})
