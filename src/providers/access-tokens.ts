/** Hands out access tokens for one signed-in account, and gets new ones when they expire. */
export interface AccessTokens {
  /**
   * A token that should work now.
   *
   * Many calls may ask at once; one new token answers them all.
   * @throws SyncError `auth_expired` when a person has to sign in again.
   */
  get(options?: AccessTokenRequest): Promise<string>
}

/** What is asked of {@link AccessTokens.get}. */
export interface AccessTokenRequest {
  /** The token that the service has just refused: another one is wanted, whatever its expiry says. */
  readonly rejected?: string
  readonly signal?: AbortSignal
}
