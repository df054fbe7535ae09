import type { CalendarProvider } from 'calweave'
import type { OAuthClient } from 'calweave/auth'
import { googleOAuth, microsoftOAuth } from 'calweave/auth'
import { guardedFetch, resolveService } from 'calweave/node'
import { caldavProvider } from 'calweave/providers/caldav'
import { googleProvider } from 'calweave/providers/google'
import { icloudProvider } from 'calweave/providers/icloud'
import { microsoftProvider } from 'calweave/providers/microsoft'

/** The calendar services that the app connects to, real or not. */
export interface Services {
  readonly providers: readonly CalendarProvider[]
  readonly oauth: Readonly<Record<string, OAuthClient>>
  /** Where services send their notices: the public https address of the app. Absent: it polls. */
  readonly pushOrigin?: string
  /** What the wizard says beside a form, by provider. */
  readonly hints: Readonly<Record<string, string>>
}

/** Names of the variables in the environment that lead to the real services. */
const names = ['GOOGLE_CLIENT_ID', 'MICROSOFT_CLIENT_ID', 'CALWEAVE_REAL'] as const

/** Whether the environment asks for real services. Then nothing is faked, and no data is made up. */
export function asksForReal(env: NodeJS.ProcessEnv): boolean {
  return names.some((name) => (env[name] ?? '') !== '')
}

/**
 * Google and Microsoft for which the environment has credentials; Apple and CalDAV servers need none.
 *
 * @param origin - where browsers find the app; register `<origin>/calweave/sign-ins/callback/google` and `.../microsoft`
 */
export function realServices(origin: string, env: NodeJS.ProcessEnv): Services {
  const callback = (name: string): string => `${origin}/calweave/sign-ins/callback/${name}`
  const app = (name: 'google' | 'microsoft', prefix: string) => {
    const [clientId = '', clientSecret = ''] = [env[`${prefix}_CLIENT_ID`], env[`${prefix}_CLIENT_SECRET`]]
    return { clientId, redirectUri: callback(name), ...(clientSecret === '' ? {} : { clientSecret }) }
  }
  const hasGoogle = (env['GOOGLE_CLIENT_ID'] ?? '') !== ''
  const hasMicrosoft = (env['MICROSOFT_CLIENT_ID'] ?? '') !== ''
  // People type addresses of servers here: nothing inside of this network is asked.
  const fetch = guardedFetch()
  return {
    providers: [googleProvider(), microsoftProvider(), icloudProvider(), caldavProvider({ fetch, resolveService })],
    oauth: {
      ...(hasGoogle ? { google: googleOAuth(app('google', 'GOOGLE')) } : {}),
      ...(hasMicrosoft ? { microsoft: microsoftOAuth(app('microsoft', 'MICROSOFT')) } : {}),
    },
    ...(origin.startsWith('https:') ? { pushOrigin: origin } : {}),
    hints: {},
  }
}
