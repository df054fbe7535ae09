import * as z from 'zod'
import { isSyncError, SyncError } from '../errors.js'
import type { OAuthEndpoints } from './oauth-options.js'
import type { Transport } from './transport.js'

/** What a server says of itself. */
export interface ServerDescription {
  readonly issuer: string
  readonly endpoints: OAuthEndpoints
  /** It names itself in every answer (RFC 9207), so an answer without its name is not its own. */
  readonly namesItself: boolean
}

/**
 * Reads how an authorization server is to be asked.
 * @throws SyncError `invalid_response` for a description that is missing, broken or of another issuer; `unavailable` ...
 * @see RFC 8414 section 3, OpenID Connect Discovery 1.0 section 4
 */
export async function discover(
  issuer: string,
  transport: Transport,
  signal: AbortSignal | undefined,
): Promise<ServerDescription> {
  for (const url of wellKnown(issuer)) {
    transport.pin(url)
    const answer = await transport.fetch(url, { method: 'GET', headers: { accept: 'application/json' }, signal })
    if (answer.status === 404) continue
    if (answer.status !== 200) throw broken(String(answer.status))
    return described(issuer, await answer.text())
  }
  throw broken('404')
}

function wellKnown(issuer: string): readonly string[] {
  const url = new URL(issuer)
  const path = url.pathname.replace(/\/$/, '')
  const at = (pathname: string): string => new URL(pathname, url.origin).href
  return [at(`${path}/.well-known/openid-configuration`), at(`/.well-known/oauth-authorization-server${path}`)]
}

function described(issuer: string, text: string): ServerDescription {
  const parsed = schema.safeParse(json(text))
  if (!parsed.success) throw broken('METADATA')
  const given = parsed.data
  // Another server's description would send the person, and then the code, to that server.
  if (new URL(given.issuer).href !== new URL(issuer).href) throw broken('OTHER_ISSUER')
  return {
    issuer: given.issuer,
    endpoints: {
      authorization: given.authorization_endpoint,
      token: given.token_endpoint,
      ...(given.revocation_endpoint === undefined ? {} : { revocation: given.revocation_endpoint }),
    },
    namesItself: given.authorization_response_iss_parameter_supported === true,
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function broken(reason: string): SyncError {
  return new SyncError(
    'invalid_response',
    'The authorization server does not describe itself as it should. Check `issuer`, or give its `endpoints`.',
    { reason },
  )
}

/** Remembers a description for a day. One that could not be had is asked for again the next time. */
export function remembered(
  ask: (signal: AbortSignal | undefined) => Promise<ServerDescription>,
  now: () => number,
): (signal: AbortSignal | undefined) => Promise<ServerDescription> {
  let known: { readonly server: ServerDescription; readonly at: number } | undefined
  return async (signal) => {
    if (known && Math.abs(now() - known.at) < dayMs) return known.server
    try {
      const server = await ask(signal)
      known = { server, at: now() }
      return server
    } catch (error) {
      // What it said yesterday is better than nothing while it cannot be reached.
      if (known && !isSyncError(error, 'aborted')) return known.server
      throw error
    }
  }
}

const dayMs = 86_400_000
const address = z.string().max(2_048).refine(URL.canParse)

const schema = z.object({
  issuer: address,
  authorization_endpoint: address,
  token_endpoint: address,
  revocation_endpoint: address.exactOptional(),
  authorization_response_iss_parameter_supported: z.boolean().exactOptional(),
})
