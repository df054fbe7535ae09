import type { OAuthClient, TokenSet } from '../auth/auth.js'
import { isSyncError, SyncError, throwIfAborted } from '../errors.js'
import type { KeptConnection } from '../model/connection.js'
import type { ConnectionId, UserId } from '../model/ids.js'
import type { AccessTokens } from '../providers/access-tokens.js'
import type { Keeper, KeptSecret } from './sign-in-keeper.js'
import { keyOf } from './sign-in-keeper.js'

type Tokens = Extract<KeptSecret, { kind: 'tokens' }>

/**
 * Access tokens of all connections whose tokens are kept here. One worker at a time renews those of a connection, also when
 * many need them; a renewed refresh token is saved before the new access token is used.
 */
export class TokenKeeper {
  readonly #keeper: Keeper
  /** Renewals under way in this process. */
  readonly #flights: Map<string, Promise<void>> = new Map()
  /** Servers that just failed are left alone for a moment. */
  readonly #rests: Map<string, { readonly until: number; readonly error: unknown }> = new Map()
  /** Tokens that could not be saved yet, and what they were renewed from. */
  readonly #unsaved: Map<
    string,
    { readonly from: number | undefined; readonly at: number; readonly renewed: TokenSet }
  > = new Map()

  constructor(keeper: Keeper) {
    this.#keeper = keeper
  }

  /** Tokens of one connection, for its provider. */
  of(user: UserId, id: ConnectionId): AccessTokens {
    return { get: (options = {}) => this.#get(user, id, options.rejected, options.signal) }
  }

  async #get(user: UserId, id: ConnectionId, rejected?: string, signal?: AbortSignal): Promise<string> {
    throwIfAborted(signal)
    let held = await this.#held(user, id, rejected === undefined ? 'recent' : 'now')
    for (let round = 0; round < rounds; round++) {
      if (this.#isGood(held, rejected)) return held.access
      if (rejected === held.access && this.#now() - held.issuedAt < freshMs) throw refusedFresh()
      try {
        await waitFor(this.#renewal(user, id, held.access), signal)
      } catch (error) {
        // It is renewed before its time, so there is time.
        if (isPassing(error) && held.access !== rejected && this.#isAlive(held)) return held.access
        throw error
      }
      held = await this.#held(user, id, 'now')
    }
    throw new SyncError('unavailable', 'Others renew this sign-in again and again. Try again later.', {
      reason: 'TOKEN_CONTENTION',
    })
  }

  async #held(user: UserId, id: ConnectionId, how: 'recent' | 'now'): Promise<Tokens> {
    const connection = await this.#keeper.connection(user, id, how)
    if (connection.needs) throw signInNeeded(connection)
    const secret = await this.#keeper.secretOf(connection)
    if (secret?.kind !== 'tokens') throw signInNeeded(connection)
    return secret
  }

  /** One renewal at a time in this process, whoever asked first; nobody's signal ends it, because its answer must be saved. */
  #renewal(user: UserId, id: ConnectionId, stale: string): Promise<void> {
    const key = keyOf(user, id)
    const underWay = this.#flights.get(key)
    if (underWay) return underWay
    const rest = this.#rests.get(key)
    if (rest && rest.until > this.#now() && rest.until - this.#now() <= restMs) return Promise.reject(rest.error)
    const flight = this.#renewUnderLease(user, id, stale)
      .catch((error: unknown) => {
        if (isPassing(error)) this.#rests.set(key, { until: this.#now() + restMs, error })
        throw error
      })
      .finally(() => this.#flights.delete(key))
    this.#rests.delete(key)
    this.#flights.set(key, flight)
    return flight
  }

  async #renewUnderLease(user: UserId, id: ConnectionId, stale: string): Promise<void> {
    const { storage, now, newHolder } = this.#keeper.settings
    const holder = newHolder()
    for (let waitedMs = 0, waitMs = 20; ; waitMs = Math.min(waitMs * 2, 500)) {
      const lease = await storage.claim(user, `credentials/${id}`, holder, leaseMs, now())
      try {
        // Asked only now, under the lease: whoever had it before may have renewed them.
        const connection = await this.#keeper.connection(user, id, 'now')
        const held = await this.#keeper.secretOf(connection)
        if (connection.needs || held?.kind !== 'tokens') return
        if (held.access !== stale && this.#isAlive(held)) return
        if (lease) return await this.#renew(connection, held)
      } finally {
        if (lease) await storage.release(user, lease).catch(() => undefined)
      }
      if (waitedMs > patienceMs) throw busyElsewhere()
      await new Promise((resolve) => setTimeout(resolve, waitMs))
      waitedMs += waitMs
    }
  }

  async #renew(connection: KeptConnection, held: Tokens): Promise<void> {
    const { userId, id, generation } = connection
    const client = this.#keeper.client(connection.client)
    const unsaved = this.#unsaved.get(keyOf(userId, id))
    // Renewed before, and not saved: to renew from the old token again would look like a theft.
    if (unsaved && unsaved.from === generation) return this.#save(connection, held, unsaved, client)
    if (held.refresh === undefined)
      return this.#keeper.needSignIn(connection, ended('NO_REFRESH_TOKEN', 'The sign-in has run out'))
    const at = this.#now()
    let renewed: TokenSet
    try {
      renewed = await client.refresh({ refreshToken: held.refresh })
    } catch (error) {
      if (!isSyncError(error, 'auth_expired')) throw error
      // Not when somebody else has renewed it meanwhile: then it was their old token that was refused.
      return this.#keeper.needSignIn(connection, error)
    }
    await this.#save(connection, held, { at, renewed }, client)
  }

  /** Compared and set on what it was renewed from: a new sign-in and a disconnection that came between win. */
  async #save(
    from: KeptConnection,
    held: Tokens,
    { at, renewed }: { readonly at: number; readonly renewed: TokenSet },
    client: OAuthClient,
  ): Promise<void> {
    const { userId, id, mode = 'write' } = from
    const key = keyOf(userId, id)
    this.#unsaved.set(key, { from: from.generation, at, renewed })
    const secret = keptTokens(renewed, at, held.refresh)
    const sealed = await this.#keeper.seal(userId, id, secret)
    const scopes = renewed.scopes ?? from.scopes ?? []
    const missingScopes = renewed.scopes ? client.missing(mode, scopes) : []
    const kept = await this.#keeper.change(userId, id, (current) => {
      if (!current?.sealed || current.generation !== from.generation) return undefined
      const { needs: _needs, failure: _failure, missingScopes: _missing, ...rest } = current
      return { ...rest, sealed, generation: (from.generation ?? 0) + 1, scopes }
    })
    this.#unsaved.delete(key)
    if (!kept || kept.sealed !== sealed || missingScopes.length === 0) return
    const error = ended('MISSING_SCOPE', 'Not everything that is needed is allowed (any more)')
    await this.#keeper.needSignIn(kept, error, missingScopes)
  }

  #now(): number {
    return this.#keeper.settings.now()
  }

  /** Not refused, and not about to run out in the middle of a call. */
  #isGood(held: Tokens, rejected: string | undefined): boolean {
    if (held.access === rejected) return false
    if (held.expiresAt === undefined) return true
    const leewayMs = Math.min(longestLeewayMs, (held.expiresAt - held.issuedAt) / 10)
    // A server that says "expired" of what it issued just now must not be asked for another one at every call.
    return held.expiresAt - leewayMs > this.#now() || Math.abs(this.#now() - held.issuedAt) < freshMs
  }

  #isAlive({ expiresAt, issuedAt }: Tokens): boolean {
    return expiresAt === undefined || expiresAt > this.#now() || Math.abs(this.#now() - issuedAt) < freshMs
  }
}

const rounds = 3
const leaseMs = 60_000
/** Longer than a server may take, shorter than the lease. */
const patienceMs = 35_000
const restMs = 30_000
const freshMs = 10_000
const longestLeewayMs = 120_000

/**
 * What is kept of an answer. A server that names no new refresh token goes on with the old one.
 * @param at - when it was asked for, by our own clock: the time that the answer took counts as lived
 */
export function keptTokens(answer: TokenSet, at: number, before: string | undefined): Tokens {
  const refresh = answer.refreshToken?.reveal() ?? before
  return {
    kind: 'tokens',
    access: answer.accessToken.reveal(),
    ...(refresh === undefined ? {} : { refresh }),
    issuedAt: at,
    ...(answer.lifetimeMs === undefined ? {} : { expiresAt: at + answer.lifetimeMs }),
  }
}

/** The error of everything that is asked of a connection that needs a person. */
export function signInNeeded({ failure }: KeptConnection): SyncError {
  return new SyncError(
    'auth_expired',
    failure?.message ?? 'A person has to sign in at this account. Its events stay as they are.',
    failure?.reason === undefined ? {} : { reason: failure.reason },
  )
}

/** Why a person has to sign in again, where no server said so. */
export function ended(reason: string, why: string): SyncError {
  return new SyncError('auth_expired', `${why}. Sign in again; all events stay as they are.`, { reason })
}

function refusedFresh(): SyncError {
  return new SyncError(
    'auth_expired',
    'The service refuses a token that it was given just now. The next sync tries again; should it last, sign in again.',
    { reason: 'FRESH_TOKEN_REFUSED' },
  )
}

function busyElsewhere(): SyncError {
  return new SyncError('unavailable', 'Another worker has been renewing this sign-in for too long. Try again later.', {
    reason: 'TOKEN_BUSY',
  })
}

function isPassing(error: unknown): boolean {
  return isSyncError(error) && error.remedy === 'retry' && error.code !== 'aborted'
}

/** Waits for what goes on without us. */
function waitFor(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      try {
        throwIfAborted(signal)
      } catch (error) {
        reject(error)
      }
    }
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
