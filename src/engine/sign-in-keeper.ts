import type { OAuthClient, SealedPlace, Vault } from '../auth/auth.js'
import { isSyncError, SyncError } from '../errors.js'
import type { AuditAction, AuditActor } from '../model/audit.js'
import type { KeptConnection } from '../model/connection.js'
import { failureOf } from '../model/failure.js'
import type { ConnectionId, UserId } from '../model/ids.js'
import type { Json } from '../model/json.js'
import type { RecordChange, Storage } from '../storage/storage.js'
import { ChainWriter, defaultSecret } from './chain.js'
import type { Engine } from './engine.js'
import { settingNote } from './notes.js'
import { find, put, unknownId, type Versioned } from './records.js'

/** What is sealed in a connection. Never logged, never thrown. */
export type KeptSecret =
  | {
      readonly kind: 'tokens'
      readonly access: string
      readonly refresh?: string
      readonly issuedAt: number
      readonly expiresAt?: number
    }
  | { readonly kind: 'credentials'; readonly value: Json }

/** What the keeper works with. */
export interface KeeperSettings {
  readonly storage: Storage
  readonly now: () => number
  /** Names one holder of a lease. */
  newHolder(): string
  readonly vault?: Vault
  readonly clients?: Readonly<Record<string, OAuthClient>>
  /** Tells that a connection needs a person, or does not any more. @default nobody is told */
  readonly tell?: Engine['tell']
  /** Seals the audit. @default as of `SyncEngineOptions.secret` */
  readonly secret?: string
  readonly auditValues?: boolean
}

/** What the audit tells of a change, and who made it. */
export interface ToldChange {
  readonly action: AuditAction
  readonly actor: AuditActor
}

/** Keeps sign-ins: connections with what is sealed in them. All that it writes is compared and set. */
export class Keeper {
  readonly settings: KeeperSettings
  readonly #read: Map<string, { readonly found: Versioned<KeptConnection>; readonly at: number }> = new Map()
  readonly #opened: Map<string, { readonly sealed: string; readonly secret: KeptSecret }> = new Map()

  constructor(settings: KeeperSettings) {
    this.settings = settings
  }

  /**
   * A connection as it was some seconds ago at most, or as it is now. What another worker learned about it (that it was
   * disconnected, that a person has to sign in) counts after these seconds.
   */
  async connection(user: UserId, id: string, how: 'recent' | 'now' = 'recent'): Promise<KeptConnection> {
    const key = keyOf(user, id)
    const known = this.#read.get(key)
    const now = this.settings.now()
    if (how === 'recent' && known && Math.abs(now - known.at) < recentMs) return known.found.value
    const found = await find(this.settings.storage, user, 'connection', id)
    if (!found) {
      this.forget(user, id)
      throw unknownId(`There is no connection with the id ${JSON.stringify(id.slice(0, 200))}.`)
    }
    this.#remember(key, found)
    return found.value
  }

  /**
   * Changes a connection as it is at this moment. `change` may be asked several times, when others write meanwhile;
   * undefined leaves it as it is. Gives back what is there afterwards.
   */
  async change(
    user: UserId,
    id: ConnectionId,
    change: (current: KeptConnection | undefined) => KeptConnection | undefined,
    told?: ToldChange,
  ): Promise<KeptConnection | undefined> {
    const { storage, secret } = this.settings
    let wanted: KeptConnection | undefined
    let before: KeptConnection | undefined
    let isUnanswered = false
    for (let attempt = 1; ; attempt++) {
      const found = await find(storage, user, 'connection', id)
      // The write before this one was not answered, and has landed. What another worker wrote in the same millisecond may
      // look the same, and is not ours.
      if (isUnanswered && found && wanted && JSON.stringify(found.value) === JSON.stringify(wanted)) {
        this.#tell(before, wanted)
        return found.value
      }
      before = found?.value
      wanted = change(found?.value)
      if (!wanted) return found?.value
      try {
        const note = told ? [this.#noteOf(told, found?.value, wanted)] : []
        const changes = [put('connection', wanted, found?.version ?? 0), ...note]
        await new ChainWriter({ storage, secret: secret ?? defaultSecret }, user).commit(changes)
        this.#remember(keyOf(user, id), { value: wanted, version: (found?.version ?? 0) + 1 })
        this.#tell(found?.value, wanted)
        return wanted
      } catch (error) {
        const again = isSyncError(error, 'stale_version') || isSyncError(error, 'storage_failed')
        if (!again || attempt === 5) throw error
        isUnanswered ||= isSyncError(error, 'storage_failed')
      }
    }
  }

  /** Says that a person has to sign in, unless there is another secret by now than the one that failed. */
  async needSignIn(of: KeptConnection, error: SyncError, missingScopes?: readonly string[]): Promise<void> {
    const failure = failureOf(error, this.settings.now())
    await this.change(
      of.userId,
      of.id,
      (current) => {
        if (!current || current.generation !== of.generation || current.needs) return undefined
        return { ...current, needs: 'sign-in', failure, ...(missingScopes ? { missingScopes } : {}) }
      },
      byEngine('connection.needsSignIn'),
    )
  }

  /** @throws SyncError `invalid_input` when there is no vault. */
  async seal(user: UserId, id: ConnectionId, secret: KeptSecret): Promise<string> {
    const sealed = await this.vault().seal(JSON.stringify(secret), placeOf(user, id))
    this.#opened.set(keyOf(user, id), { sealed, secret })
    this.#bound()
    return sealed
  }

  /** What is sealed in a connection; undefined when nothing is. */
  async secretOf({ userId, id, sealed }: KeptConnection): Promise<KeptSecret | undefined> {
    if (sealed === undefined) return undefined
    const key = keyOf(userId, id)
    const known = this.#opened.get(key)
    if (known?.sealed === sealed) return known.secret
    const secret = JSON.parse(await this.vault().open(sealed, placeOf(userId, id))) as KeptSecret
    this.#opened.set(key, { sealed, secret })
    this.#bound()
    return secret
  }

  /** Seals anew what is sealed under an older key. False: there is nothing to do. */
  async reseal(user: UserId, id: ConnectionId): Promise<boolean> {
    const { sealed } = await this.connection(user, id, 'now')
    if (sealed === undefined || !this.vault().isStale(sealed)) return false
    const secret = JSON.parse(await this.vault().open(sealed, placeOf(user, id))) as KeptSecret
    const fresh = await this.seal(user, id, secret)
    // Whoever changed it meanwhile has sealed it with the present key.
    await this.change(
      user,
      id,
      (current) => (current?.sealed === sealed ? { ...current, sealed: fresh } : undefined),
      byEngine('connection.resealed'),
    )
    return true
  }

  vault(): Vault {
    if (this.settings.vault) return this.settings.vault
    throw new SyncError('invalid_input', 'Credentials are kept in a vault only: set `auth.vault` in SyncEngineOptions.')
  }

  /** @throws SyncError `invalid_input` when there is no such OAuth client. */
  client(name: string | undefined): OAuthClient {
    const { clients = {} } = this.settings
    const client = name !== undefined && Object.hasOwn(clients, name) ? clients[name] : undefined
    if (client) return client
    throw new SyncError(
      'invalid_input',
      `There is no OAuth client ${JSON.stringify(name?.slice(0, 64))}. Add it to \`auth.oauth\` in SyncEngineOptions.`,
    )
  }

  #tell(before: KeptConnection | undefined, after: KeptConnection): void {
    const { userId, id: connectionId, needs, failure } = after
    const { tell } = this.settings
    if (needs && failure && !before?.needs) tell?.(userId, { type: 'connection.needsSignIn', connectionId, failure })
    if (!needs && before?.needs) tell?.(userId, { type: 'connection.restored', connectionId })
  }

  /** The next question about this connection is asked of the storage. */
  forget(user: UserId, id: string): void {
    this.#read.delete(keyOf(user, id))
  }

  /** Forgets what is known of a connection in memory, its secret too. */
  erase(user: UserId, id: string): void {
    this.forget(user, id)
    this.#opened.delete(keyOf(user, id))
  }

  #noteOf({ action, actor }: ToldChange, before: KeptConnection | undefined, after: KeptConnection): RecordChange {
    const { now, auditValues = false } = this.settings
    const told = { before: before ? settingsOf(before) : null, after: settingsOf(after) }
    return settingNote({ action, actor, connectionId: after.id, ...told }, after.userId, { now, auditValues })
  }

  #remember(key: string, found: Versioned<KeptConnection>): void {
    this.#read.set(key, { found, at: this.settings.now() })
    this.#bound()
  }

  /** Forgetting costs a read and an opening, nothing else. */
  #bound(): void {
    if (this.#read.size > most) this.#read.clear()
    if (this.#opened.size > most) this.#opened.clear()
  }
}

/** What the audit may know of a connection: how it is set, and which secret in a row it has. Not what is sealed. */
function settingsOf({ sealed: _secret, createdAt: _at, userId: _user, failure, ...set }: KeptConnection) {
  const why = failure ? { failure: failure.code } : {}
  return JSON.parse(JSON.stringify({ ...set, ...why })) as { readonly [name: string]: Json | undefined }
}

const byEngine = (action: AuditAction): ToldChange => ({ action, actor: { engine: true } })

const recentMs = 5_000
const most = 10_000

/** One key for what is remembered of a connection. */
export function keyOf(user: UserId, id: string): string {
  return JSON.stringify([user, id])
}

function placeOf(user: UserId, connection: string): SealedPlace {
  return { user, connection, field: 'credentials' }
}
