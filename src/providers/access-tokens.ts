/** Hands a provider the access token to use now. */
export interface AccessTokens {
  /**
   * A token that should work. `rejected`: one that the service has just refused; another one is handed over then.
   * @throws SyncError `auth_expired` when a person has to sign in again; `unavailable`, `timeout`: try again later.
   */
  get(options?: { readonly rejected?: string; readonly signal?: AbortSignal }): Promise<string>
}
