export type { AccessMode, ProvenAccount } from '../model/connection.js'
export type {
  AuthCall,
  OAuthClient,
  SealedPlace,
  Secret,
  SignInSecrets,
  SignInStart,
  TokenSet,
  Vault,
} from './auth.js'
export { type GoogleOAuthOptions, googleOAuth } from './google.js'
export type { KeyWrapper, VaultKey } from './key-ring.js'
export { type MicrosoftOAuthOptions, microsoftOAuth } from './microsoft.js'
export { oauthClient } from './oauth.js'
export type { OAuthApp, OAuthClientOptions, OAuthEndpoints } from './oauth-options.js'
export { type VaultOptions, vault } from './vault.js'
