import { isSyncError, SyncError } from '../errors.js'
import type { Connection } from '../model/connection.js'
import type { ConnectionId, UserId } from '../model/ids.js'
import type { CalendarProvider, ProviderAccount } from '../providers/provider.js'
import type { Storage } from '../storage/storage.js'
import { need } from './records.js'
import { renewingAccount } from './renewing-account.js'
import { trustedAccount } from './trusted-account.js'

/** Hands over what proves who we are at a connection's provider. */
export type Credentials = (connection: Connection) => unknown | Promise<unknown>

/** The open accounts of all users. Opened when first needed; forgotten when a sign-in fails, so that new credentials count. */
export class Accounts {
  readonly #storage: Storage
  readonly #providers: ReadonlyMap<string, CalendarProvider>
  readonly #credentials: Credentials | undefined
  readonly #open: Map<string, ProviderAccount> = new Map()

  constructor(storage: Storage, providers: readonly CalendarProvider[], credentials: Credentials | undefined) {
    this.#storage = storage
    this.#providers = byId(providers)
    this.#credentials = credentials
  }

  async open(user: UserId, connectionId: ConnectionId): Promise<ProviderAccount> {
    const key = keyOf(user, connectionId)
    const known = this.#open.get(key)
    if (known) return known
    const { value: connection } = await need(this.#storage, user, 'connection', connectionId)
    const credentials = await this.#credentialsOf(connection)
    let tried = JSON.stringify(credentials)
    const renew = async () => {
      const fresh = await this.#credentialsOf(connection)
      // The same credentials would be refused once more, and too many refusals lock an account.
      if (JSON.stringify(fresh) === tried) return undefined
      tried = JSON.stringify(fresh)
      return this.#openWith(connection, fresh)
    }
    const account = trustedAccount(renewingAccount(this.#openWith(connection, credentials), renew))
    this.#open.set(key, account)
    return account
  }

  /** Opens an account of a connection that is not stored yet. */
  async openNew(connection: Connection): Promise<ProviderAccount> {
    return this.#openWith(connection, await this.#credentialsOf(connection))
  }

  #openWith(connection: Connection, credentials: unknown): ProviderAccount {
    const provider = this.#providers.get(connection.provider)
    if (!provider)
      throw new SyncError(
        'invalid_input',
        `There is no provider ${JSON.stringify(connection.provider)}. Add it to SyncEngineOptions.providers.`,
      )
    return provider.open({ settings: connection.settings, credentials })
  }

  /** A host that cannot hand over the credentials of one connection stops that one only. */
  async #credentialsOf(connection: Connection): Promise<unknown> {
    try {
      return await this.#credentials?.(connection)
    } catch (cause) {
      if (isSyncError(cause)) throw cause
      throw new SyncError(
        'auth_expired',
        'SyncEngineOptions.credentials failed for this connection; the next sync asks again. See the cause.',
        { cause },
      )
    }
  }

  forget(user: UserId, connectionId: ConnectionId): void {
    this.#open.delete(keyOf(user, connectionId))
  }
}

function keyOf(user: UserId, connectionId: ConnectionId): string {
  return JSON.stringify([user, connectionId])
}

function byId(providers: readonly CalendarProvider[]): ReadonlyMap<string, CalendarProvider> {
  const known = new Map<string, CalendarProvider>()
  for (const provider of providers) {
    if (known.has(provider.id)) throw new SyncError('invalid_input', `Two providers have the id "${provider.id}".`)
    known.set(provider.id, provider)
  }
  return known
}
