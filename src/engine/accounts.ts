import { isSyncError, SyncError } from '../errors.js'
import { type Connection, type KeptConnection, shownConnection } from '../model/connection.js'
import { digest } from '../model/hash.js'
import type { ConnectionId, UserId } from '../model/ids.js'
import type { Json } from '../model/json.js'
import type { CalendarProvider, ProviderAccount, SentRequest } from '../providers/provider.js'
import type { Storage } from '../storage/storage.js'
import { renewingAccount } from './renewing-account.js'
import { Keeper, keyOf } from './sign-in-keeper.js'
import { Refusals } from './sign-in-refusals.js'
import { ended, signInNeeded, TokenKeeper } from './sign-in-tokens.js'
import { trustedAccount } from './trusted-account.js'

/** Hands over what proves who we are at a connection's provider. */
export type Credentials = (connection: Connection) => unknown | Promise<unknown>

/** Told of every request that is sent for a connection. */
export type RequestWatcher = (connection: Connection, request: SentRequest) => void

/** An open account, and what it was opened with. */
interface Opened {
  readonly account: ProviderAccount
  /** Changes with everything that asks for opening it anew. */
  readonly stamp: string
}

/** The open accounts of all users. Opened when first needed; forgotten when a sign-in fails, so that new credentials count. */
export class Accounts {
  /** Keeps what proves the sign-ins. */
  readonly keeper: Keeper
  readonly #tokens: TokenKeeper
  readonly #providers: ReadonlyMap<string, CalendarProvider>
  readonly #credentials: Credentials | undefined
  readonly #open: Map<string, Opened> = new Map()
  readonly #refusals: Refusals = new Refusals()
  readonly #onRequest: RequestWatcher | undefined

  constructor(
    storage: Storage,
    providers: readonly CalendarProvider[],
    credentials: Credentials | undefined,
    keeper: Keeper = new Keeper({ storage, now: Date.now, newHolder: () => crypto.randomUUID() }),
    onRequest?: RequestWatcher,
  ) {
    this.keeper = keeper
    this.#tokens = new TokenKeeper(keeper)
    this.#providers = byId(providers)
    this.#credentials = credentials
    this.#onRequest = onRequest
  }

  /** @throws SyncError `auth_expired` while a person has to sign in: the provider is not asked. */
  async open(user: UserId, connectionId: ConnectionId): Promise<ProviderAccount> {
    const key = keyOf(user, connectionId)
    const connection = await this.keeper.connection(user, connectionId)
    if (connection.needs) throw signInNeeded(connection)
    const stamp = stampOf(connection)
    const known = this.#open.get(key)
    if (known?.stamp === stamp) return known.account
    const account = trustedAccount(await this.#renewing(connection))
    this.#open.set(key, { account, stamp })
    return account
  }

  /** Opens an account of a connection that is not stored yet, or with credentials that are not kept yet. */
  async openNew(connection: KeptConnection, given?: { readonly credentials: Json }): Promise<ProviderAccount> {
    return this.openWith(connection, given ? given.credentials : await this.#credentialsOf(connection))
  }

  openWith(connection: Connection, credentials: unknown): ProviderAccount {
    const onRequest = this.#onRequest
    const watched = onRequest ? { onRequest: (request: SentRequest) => onRequest(connection, request) } : {}
    const { settings, userId, id, account } = connection
    return this.provider(connection.provider).open({
      settings,
      credentials,
      // Two connections to one account share what it may do, where it is known that they are.
      account: account ? digest('account', account.issuer, account.subject) : digest('account', userId, id),
      tenant: digest('tenant', userId),
      ...watched,
    })
  }

  /** @throws SyncError `invalid_input` when there is none. */
  provider(id: string): CalendarProvider {
    const provider = this.#providers.get(id)
    if (provider) return provider
    throw new SyncError(
      'invalid_input',
      `There is no provider ${JSON.stringify(id)}. Add it to SyncEngineOptions.providers.`,
    )
  }

  forget(user: UserId, connectionId: ConnectionId): void {
    this.#open.delete(keyOf(user, connectionId))
    this.keeper.forget(user, connectionId)
  }

  /** An account that is opened anew when its credentials are refused and there are others. */
  async #renewing(connection: KeptConnection): Promise<ProviderAccount> {
    const key = keyOf(connection.userId, connection.id)
    let credentials = await this.#credentialsOf(connection)
    const renew = async () => {
      const fresh = await this.#fresherThan(connection, credentials)
      // The same credentials would be refused once more, and too many refusals lock an account.
      if (JSON.stringify(fresh) === JSON.stringify(credentials)) return undefined
      credentials = fresh
      return this.openWith(connection, fresh)
    }
    const first = this.openWith(connection, credentials)
    const watched = connection.keeps === 'credentials' ? this.#refusals.watched(key, first) : first
    return renewingAccount(watched, renew)
  }

  /** What may be tried after `refused`; the same again when there is nothing else. */
  async #fresherThan(connection: KeptConnection, refused: unknown): Promise<unknown> {
    const { keeps, userId, id } = connection
    if (keeps === undefined) return this.#credentialsOf(connection)
    if (keeps === 'tokens') {
      // A provider that asks for tokens itself has had another one already.
      const { token: rejected } = refused as { readonly token?: string }
      return rejected === undefined ? refused : { token: await this.#tokens.of(userId, id).get({ rejected }) }
    }
    const key = keyOf(userId, id)
    if (!this.#refusals.add(key)) return refused
    this.#refusals.forget(key)
    await this.keeper.needSignIn(connection, ended('PASSWORD_REFUSED', 'The password was refused again and again'))
    return refused
  }

  async #credentialsOf(connection: KeptConnection): Promise<unknown> {
    const { keeps, userId, id } = connection
    if (keeps === 'credentials') {
      const secret = await this.keeper.secretOf(connection)
      if (connection.sealed !== undefined && this.keeper.vault().isStale(connection.sealed))
        await this.keeper.reseal(userId, id)
      return secret?.kind === 'credentials' ? secret.value : undefined
    }
    if (keeps === 'tokens') {
      const accessTokens = this.#tokens.of(userId, id)
      const { handsOver } = this.keeper.client(connection.client)
      return handsOver === 'token' ? { token: await accessTokens.get() } : { accessTokens }
    }
    return this.#fromHost(connection)
  }

  /** A host that cannot hand over the credentials of one connection stops that one only. */
  async #fromHost(connection: KeptConnection): Promise<unknown> {
    try {
      return await this.#credentials?.(shownConnection(connection))
    } catch (cause) {
      if (isSyncError(cause)) throw cause
      throw new SyncError(
        'auth_expired',
        'SyncEngineOptions.credentials failed for this connection; the next sync asks again. See the cause.',
        { cause },
      )
    }
  }
}

/** Tokens are renewed all the time, and their provider asks for them: only another sign-in opens the account anew. */
function stampOf({ provider, settings, keeps, sealed, client, signedInAt }: KeptConnection): string {
  const secret = keeps === 'credentials' ? sealed : signedInAt
  return JSON.stringify([provider, settings, keeps, client, secret])
}

function byId(providers: readonly CalendarProvider[]): ReadonlyMap<string, CalendarProvider> {
  const known = new Map<string, CalendarProvider>()
  for (const provider of providers) {
    if (known.has(provider.id)) throw new SyncError('invalid_input', `Two providers have the id "${provider.id}".`)
    known.set(provider.id, provider)
  }
  return known
}
