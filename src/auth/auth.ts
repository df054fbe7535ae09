import type { AccessMode, ProvenAccount } from '../model/connection.js'

/**
 * How calweave signs in at calendar services, and how it keeps what proves a sign-in: the interfaces. A host gets
 * implementations from `calweave/auth`; the engine knows only these.
 */

/** A text that must not be shown: `JSON.stringify`, `String` and inspectors see `[redacted]`. */
export interface Secret {
  reveal(): string
}

/** Where a sealed text belongs. It opens nowhere else. */
export interface SealedPlace {
  readonly user: string
  readonly connection: string
  readonly field: string
}

/** Seals texts, so that whoever reads or edits the storage can neither read nor exchange them. */
export interface Vault {
  /** @throws SyncError `unavailable` when the host's key service does not answer. */
  seal(text: string, place: SealedPlace): Promise<string>
  /**
   * @throws SyncError `storage_foreign` when this was not sealed for this place, was damaged, or was sealed under another
   * key of this name; `invalid_input` when the key is not in the ring (any more); `unavailable`.
   */
  open(sealed: string, place: SealedPlace): Promise<string>
  /** Whether a text was sealed under another key than the one that seals now. */
  isStale(sealed: string): boolean
}

/** What an authorization server answered to a code or a refresh token. */
export interface TokenSet {
  readonly accessToken: Secret
  /** Absent when the server gave none (any more): after a refresh the old one goes on. */
  readonly refreshToken?: Secret
  /** How long the access token lives, in milliseconds from when it was asked for. Absent when the server does not say. */
  readonly lifetimeMs?: number
  /** What was granted. Absent when the server does not say, which means: all that was asked for. */
  readonly scopes?: readonly string[]
  /** Absent where the server gives no ID token, and after a refresh. */
  readonly account?: ProvenAccount
}

/** What has to be remembered between the two halves of a sign-in. */
export interface SignInSecrets {
  readonly verifier: string
  readonly nonce: string
}

/** The first half of a sign-in. */
export interface SignInStart {
  readonly secrets: SignInSecrets
  /** Where to send the person. */
  urlWith(state: string): string
}

/** What every call takes. */
export interface AuthCall {
  /** Ends the call early with `aborted`. */
  readonly signal?: AbortSignal
}

/** An application as one authorization server knows it. Holds no tokens. */
export interface OAuthClient {
  /** Where the server sends people back to. Of its own for every client, so that two servers cannot be mixed up. */
  readonly redirectUri: string
  /** What the provider is given: `{ accessTokens }` that it asks, or `{ token }`, with which it is opened anew. */
  readonly handsOver: 'accessTokens' | 'token'
  /** The scopes that a mode needs and that are not among those granted. */
  missing(mode: AccessMode, granted: readonly string[]): readonly string[]
  /** The scopes that are asked for. */
  scopes(mode: AccessMode): readonly string[]
  /** @throws SyncError `unavailable`, `timeout`, `invalid_response` when the server's description cannot be had. */
  begin(request: AuthCall & { readonly mode: AccessMode; readonly hint?: string }): Promise<SignInStart>
  /**
   * Takes the code to the server.
   * @throws SyncError `forbidden` when the person or the server said no; `auth_expired` when the code is not good (any
   * more); `invalid_input` for an address that is not the redirect URI or an answer of another server; `invalid_response`,
   * `unavailable`, `timeout`.
   */
  complete(
    request: AuthCall & {
      readonly callback: URL
      readonly state: string
      readonly mode: AccessMode
      readonly secrets: SignInSecrets
    },
  ): Promise<TokenSet>
  /** @throws SyncError `auth_expired` when the refresh token is not good any more; `unavailable` ... */
  refresh(request: AuthCall & { readonly refreshToken: string }): Promise<TokenSet>
  /** Ends a grant. False: this server has no such request. */
  revoke(request: AuthCall & { readonly refreshToken?: string; readonly accessToken: string }): Promise<boolean>
}
