import { SyncError } from '../errors.js'
import type { OAuthClient } from './auth.js'
import { oauthClient } from './oauth.js'
import type { OAuthApp, OAuthEndpoints } from './oauth-options.js'

/** An application registered in Microsoft Entra, of the kind "web". */
export interface MicrosoftOAuthOptions extends OAuthApp {
  /**
   * Who may sign in: `common` (work, school and personal accounts), `organizations`, `consumers`, or the id of one tenant.
   * @default 'common'
   */
  readonly tenant?: string
  /** Another server that speaks like Microsoft's, for tests. @default Microsoft */
  readonly server?: { readonly issuer: string; readonly endpoints: OAuthEndpoints }
}

const login = 'https://login.microsoftonline.com'

/**
 * Signs in at Microsoft, with the least permissions that each mode needs. Refresh tokens change at every use and live for
 * 90 days. Microsoft has no request to end one grant: disconnecting forgets the tokens, and the person takes the consent
 * back at myapps.microsoft.com or account.live.com/consent/Manage.
 *
 * @throws SyncError `invalid_input` naming the setting that does not fit.
 * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
 */
export function microsoftOAuth({ tenant = 'common', server, ...app }: MicrosoftOAuthOptions): OAuthClient {
  if (!/^[A-Za-z0-9.-]{1,253}$/.test(tenant))
    throw new SyncError('invalid_input', 'tenant: must be common, organizations, consumers, or the id of a tenant.')
  return oauthClient({
    ...app,
    // The ID token is issued by the tenant that a person is of, whichever name of it stands in the address.
    issuer: server?.issuer ?? `${login}/{tenantid}/v2.0`,
    endpoints: server?.endpoints ?? {
      authorization: `${login}/${tenant}/oauth2/v2.0/authorize`,
      token: `${login}/${tenant}/oauth2/v2.0/token`,
    },
    scopes: {
      busy: ['openid', 'offline_access', 'Calendars.ReadBasic'],
      read: ['openid', 'offline_access', 'Calendars.Read'],
      write: ['openid', 'offline_access', 'Calendars.ReadWrite'],
    },
    handsOver: 'accessTokens',
    scopeName: shortName,
  })
}

/** A guess: permissions are said to come back with or without the address of Graph in front, and in other letters. */
function shortName(scope: string): string {
  return scope.replace(/^https:\/\/graph\.microsoft\.com\//i, '').toLowerCase()
}
