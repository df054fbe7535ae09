import { isSyncError } from '../errors.js'
import type { KeptConnection } from '../model/connection.js'
import { failureOf } from '../model/failure.js'
import { readAll } from './records.js'
import type { SignInContext } from './sign-in.js'
import { ended } from './sign-in-tokens.js'

/** What became of a grant. */
export interface Disconnected {
  readonly connection: KeptConnection
  /** The authorization server has ended the grant. */
  readonly revoked: boolean
}

/**
 * Ends a sign-in: nothing is asked of the account from now on, the grant is ended where the server can do that, and what
 * proved it is forgotten. In this order, so that a crash in between leaves a connection that can be disconnected again.
 */
export async function endSignIn(id: string, { keeper, accounts, user, actor }: SignInContext): Promise<Disconnected> {
  const before = await keeper.connection(user, id, 'now')
  const failure = failureOf(ended('DISCONNECTED', 'This account was disconnected'), keeper.settings.now())
  const stopped = await keeper.change(
    user,
    before.id,
    (current) => current && { ...current, needs: 'sign-in', failure },
  )
  accounts.forget(user, before.id)
  const revoked = stopped ? await revoke(stopped, { keeper, user }) : false
  const connection = await keeper.change(
    user,
    before.id,
    (current) => {
      // Somebody signed in again meanwhile: that one goes on.
      if (!current || current.generation !== stopped?.generation) return undefined
      const { sealed: _sealed, keeps: _keeps, scopes: _scopes, missingScopes: _missing, ...rest } = current
      return { ...rest, generation: (current.generation ?? 0) + 1 }
    },
    { action: 'connection.disconnected', actor },
  )
  accounts.forget(user, before.id)
  return { connection: connection ?? before, revoked }
}

/** False where it cannot be had: a server without such a request, one that does not answer, a key that is lost. */
async function revoke(
  connection: KeptConnection,
  { keeper, user }: Pick<SignInContext, 'keeper' | 'user'>,
): Promise<boolean> {
  try {
    const secret = await keeper.secretOf(connection)
    if (secret?.kind !== 'tokens') return false
    for await (const page of readAll(keeper.settings.storage, user, 'connection'))
      if (page.some(({ value }) => isSharing(value, connection))) return false
    const { refresh, access } = secret
    const client = keeper.client(connection.client)
    return await client.revoke({ accessToken: access, ...(refresh === undefined ? {} : { refreshToken: refresh }) })
  } catch (error) {
    if (isSyncError(error)) return false
    throw error
  }
}

/** Some servers end everything that a person has granted to an app; the other connection would end with this one. */
function isSharing(other: KeptConnection, { id, client, account }: KeptConnection): boolean {
  if (other.id === id || other.keeps !== 'tokens' || other.client !== client || !other.account) return false
  return other.account.issuer === account?.issuer && other.account.subject === account.subject
}
