import * as z from 'zod'
import { SyncError } from '../errors.js'
import type { ProvenAccount } from '../model/connection.js'
import type { TokenSet } from './auth.js'
import { secret } from './secret.js'

/** The fields of a token answer that matter here, after the protocol's own checks. */
export interface TokenAnswer {
  readonly access_token: string
  readonly refresh_token?: string | undefined
  readonly expires_in?: number | undefined
  readonly scope?: string | undefined
}

/** @throws SyncError `invalid_response` for tokens that cannot be sent, or are too long to be any. */
export function tokenSet(answer: TokenAnswer, account: ProvenAccount | undefined): TokenSet {
  const parsed = schema.safeParse(answer)
  if (!parsed.success)
    throw new SyncError(
      'invalid_response',
      'The authorization server answered with something that cannot be a token. Nothing of it was used.',
      { reason: 'TOKEN_ANSWER' },
    )
  const { access_token, refresh_token, expires_in, scope } = parsed.data
  return {
    accessToken: secret(access_token),
    ...(refresh_token === undefined ? {} : { refreshToken: secret(refresh_token) }),
    ...(expires_in === undefined ? {} : { lifetimeMs: lifetimeMs(expires_in) }),
    ...(scope === undefined ? {} : { scopes: scopesOf(scope) }),
    ...(account === undefined ? {} : { account }),
  }
}

/** The answer to a refresh without its ID token, which proves nothing new; its flaws must not cost the tokens beside it. */
export async function withoutIdToken(answer: Response): Promise<Response> {
  const text = await answer.text()
  const init = { status: answer.status, headers: answer.headers }
  try {
    const { id_token: _unread, ...rest } = JSON.parse(text) as Readonly<Record<string, unknown>>
    return new Response(JSON.stringify(rest), init)
  } catch {
    return new Response(text, init) // whoever reads it in earnest says what is wrong with it
  }
}

/** Servers have said zero, and thirty years. */
function lifetimeMs(seconds: number): number {
  return Math.min(Math.max(Number.isFinite(seconds) ? seconds : 0, 0), 30 * 86_400) * 1_000
}

function scopesOf(text: string): readonly string[] {
  return [...new Set(text.split(/\s+/).filter((scope) => scope !== '' && scope.length <= 512))].slice(0, 200)
}

/** Sent in a header, so visible ASCII and of a length that servers take there. */
const schema = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]{1,32768}$/),
  refresh_token: z
    .string()
    .regex(/^[\x20-\x7e]{1,32768}$/)
    .optional(),
  expires_in: z.number().optional(),
  scope: z.string().max(65_536).optional(),
})
