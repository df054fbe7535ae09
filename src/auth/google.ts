import type { OAuthClient } from './auth.js'
import { oauthClient } from './oauth.js'
import type { OAuthApp, OAuthEndpoints } from './oauth-options.js'

/** An application of the Google Cloud console, of the kind "web application". */
export interface GoogleOAuthOptions extends OAuthApp {
  /** Another server that speaks like Google's, for tests. @default Google */
  readonly server?: { readonly issuer: string; readonly endpoints: OAuthEndpoints }
}

const scope = (name: string): string => `https://www.googleapis.com/auth/${name}`
const calendars = scope('calendar.calendarlist.readonly')

/**
 * Signs in at Google, with the least scopes that each mode needs. People may un-tick single scopes; what is missing then is
 * told.
 *
 * A sign-in always asks for consent, because only then Google gives a refresh token. Of an app in the state "Testing" it
 * dies after 7 days. Revoking ends all sign-ins of that person at this app, not one.
 *
 * @throws SyncError `invalid_input` naming the setting that does not fit.
 * @see https://developers.google.com/identity/protocols/oauth2/web-server
 */
export function googleOAuth({ server, ...app }: GoogleOAuthOptions): OAuthClient {
  return oauthClient({
    ...app,
    issuer: server?.issuer ?? 'https://accounts.google.com',
    endpoints: server?.endpoints ?? {
      authorization: 'https://accounts.google.com/o/oauth2/v2/auth',
      token: 'https://oauth2.googleapis.com/token',
      revocation: 'https://oauth2.googleapis.com/revoke',
    },
    scopes: {
      busy: ['openid', calendars, scope('calendar.events.freebusy')],
      read: ['openid', calendars, scope('calendar.events.readonly')],
      write: ['openid', calendars, scope('calendar.events')],
    },
    parameters: { access_type: 'offline', prompt: 'consent', include_granted_scopes: 'true' },
    handsOver: 'accessTokens',
  })
}
