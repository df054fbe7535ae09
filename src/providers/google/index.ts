import { allowedHosts } from '../../http/allowed-hosts.js'
import { type AppLimits, appLimits } from '../../http/app-limits.js'
import type { BreakerOptions } from '../../http/breaker.js'
import { type HttpClientOptions, httpClient, watchedBy } from '../../http/client.js'
import type { LimitStore } from '../../http/limit-store.js'
import { limitedClient, passOn } from '../../http/limited-client.js'
import { digest } from '../../model/hash.js'
import { readAccessTokens } from '../opening.js'
import type { AccountAccess, CalendarProvider } from '../provider.js'
import { googleAccount } from './account.js'
import { type GoogleClient, googleClient, type SendUpdates } from './client.js'
import { readPush } from './push.js'
import { readSettings } from './settings.js'

export type { BreakerOptions } from '../../http/breaker.js'
export type { HttpClientOptions, RequestRecord } from '../../http/client.js'
export type { AccessTokens } from '../access-tokens.js'
export type { SendUpdates } from './client.js'

/** The kinds of events that Google knows. */
export type GoogleEventType = 'default' | 'birthday' | 'focusTime' | 'fromGmail' | 'outOfOffice' | 'workingLocation'

/** Settings of {@link googleProvider}. */
export interface GoogleProviderOptions extends HttpClientOptions {
  /**
   * Whom Google mails about what is written to events with guests. Copies of ours have none; this is about events that a
   * person made, and that are changed because somebody changed a copy of them.
   * @default 'none'
   */
  readonly sendUpdates?: SendUpdates
  /**
   * Which kinds of events are read. Another choice makes the next sync list every calendar from the start.
   * @default all of them
   */
  readonly eventTypes?: readonly GoogleEventType[]
  /**
   * How many writes may be under way at once, per account. Within one calendar there is never more than one: Google
   * refuses writes that come too close together.
   * @default 4
   */
  readonly concurrentWrites?: number
  /** Requests of one account in any minute, as the quota of the app's project says. @default 600 */
  readonly requestsPerMinute?: number
  /** Requests of all accounts in any minute. @default 10_000 */
  readonly projectRequestsPerMinute?: number
  /**
   * Where all workers agree on these numbers, and tenants get their share of them: `storageLimits` of `calweave/limits`.
   * @default each process counts for itself
   */
  readonly limits?: LimitStore
  /** Whether an account is left alone for a while when Google does not answer several times in a row. @default false */
  readonly breaker?: boolean | BreakerOptions
  /** Where the current time comes from. @default Date.now */
  readonly now?: () => number
  /** How a wait for a budget passes. @default on the wall clock */
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>
  /** Another server in place of Google's, for tests. @default 'https://www.googleapis.com/' */
  readonly server?: string
}

/**
 * Calendars of Google, by Calendar API v3.
 *
 * An account's credentials are `{ accessToken }`, a token that works now, or `{ accessTokens }`, which gets new ones; for
 * the scopes see docs/providers/google.md. Settings are `{}`, or `{ quotaUser }`: whom Google shall count the requests
 * for, where a service account asks for many people.
 *
 * Series are one event with all of their changed and cancelled occurrences. Nobody is mailed unless
 * {@link GoogleProviderOptions.sendUpdates} says so. Events that Google lets nobody change (birthdays, mails, working
 * places ...) are read only; in the copy of a guest only what is the guest's own can be changed.
 *
 * @example
 * ```ts
 * import { googleProvider } from 'calweave/providers/google'
 *
 * const account = googleProvider().open({ settings: {}, credentials: { accessToken: 'ya29.a-token' } })
 * const calendars = await account.listCalendars()
 * console.log(calendars.map(({ name, access }) => `${name}: ${access}`))
 * ```
 * @see https://developers.google.com/workspace/calendar/api/v3/reference
 */
export function googleProvider(options: GoogleProviderOptions = {}): CalendarProvider {
  const {
    sendUpdates = 'none',
    eventTypes = [],
    concurrentWrites = 4,
    requestsPerMinute = 600,
    projectRequestsPerMinute = 10_000,
    limits: store,
    breaker,
    now = Date.now,
    sleep,
    server = 'https://www.googleapis.com/',
    ...http
  } = options
  allowedHosts(http.allowedHosts) // a slip shows here, not with the first account
  const limits: AppLimits = appLimits({
    name: 'google',
    store,
    account: { perMinute: requestsPerMinute },
    app: { perMinute: projectRequestsPerMinute },
    now,
    sleep,
  })

  function client({ settings, credentials, account, tenant, onRequest }: AccountAccess): GoogleClient {
    const { quotaUser } = readSettings(settings)
    // Google counts by the name that it is given, and otherwise by who is signed in.
    const { budgets, shared } = limits.open(quotaUser === undefined ? account : digest('quotaUser', quotaUser), tenant)
    return googleClient({
      http: limitedClient(httpClient(watchedBy(http, onRequest)), { breaker, now }),
      server,
      tokens: readAccessTokens(credentials, 'Google account'),
      quotaUser,
      sendUpdates,
      budgets,
      onFailure: (error) => passOn(error, shared),
      now,
    })
  }

  return {
    id: 'google',
    open(access) {
      const context = {
        client: client(access),
        now,
        eventTypes: [...eventTypes].sort(),
        zones: new Map(),
        hidesCancelled: new Set<never>(),
        queues: new Map(),
      }
      return googleAccount(context, concurrentWrites)
    },
    readPush,
  }
}
