import { SyncError } from '../../errors.js'
import { allowedHosts } from '../../http/allowed-hosts.js'
import { type AppLimits, appLimits } from '../../http/app-limits.js'
import type { BreakerOptions } from '../../http/breaker.js'
import { type HttpClientOptions, httpClient, watchedBy } from '../../http/client.js'
import type { LimitStore } from '../../http/limit-store.js'
import { limitedClient } from '../../http/limited-client.js'
import { digest } from '../../model/hash.js'
import { readAccessTokens } from '../opening.js'
import type { CalendarProvider } from '../provider.js'
import { microsoftAccount } from './account.js'
import { lanes } from './batch.js'
import { graphClient } from './client.js'
import { readPush } from './push.js'
import { readSettings } from './settings.js'

export type { BreakerOptions } from '../../http/breaker.js'
export type { HttpClientOptions, RequestRecord } from '../../http/client.js'
export type { AccessTokens } from '../access-tokens.js'

/** Settings of {@link microsoftProvider}. */
export interface MicrosoftProviderOptions extends HttpClientOptions {
  /**
   * What happens to a change of a meeting that a person organizes here and that has guests. Microsoft mails the guests
   * whatever such a change is, and nothing can turn that off: `refuse` does not make it (`WOULD_MAIL`), `allow` does.
   * Copies of ours have no guests.
   * @default 'refuse'
   */
  readonly scheduling?: 'refuse' | 'allow'
  /**
   * How far back changes are told of at once, in days. Those outside are found when everything is listed anew, which
   * {@link listAnewDays} says.
   * @default 180
   */
  readonly pastDays?: number
  /** How far ahead changes are told of at once, in days. @default 540 */
  readonly aheadDays?: number
  /** After so many days everything is listed anew, as the range in which Microsoft tells of changes never moves. @default 7 */
  readonly listAnewDays?: number
  /** How many writes may be under way at once, per account. Microsoft takes four requests at a time. @default 4 */
  readonly concurrentWrites?: number
  /**
   * Requests of one account in a minute. Microsoft counts ten minutes and allows 10,000 in them, so a sixth of ten times this
   * may go at once: the copy of a calendar of usual size.
   * @default 900
   */
  readonly requestsPerMinute?: number
  /** Requests of all accounts in any minute. @default 60_000 */
  readonly appRequestsPerMinute?: number
  /**
   * Where all workers agree on these numbers and on the four requests that a mailbox takes at a time, and tenants get their
   * share of them: `storageLimits` of `calweave/limits`.
   * @default each process counts for itself
   */
  readonly limits?: LimitStore
  /** Whether a mailbox is left alone for a while when Microsoft does not answer several times in a row. @default false */
  readonly breaker?: boolean | BreakerOptions
  /** How long a subscription may live, in minutes. @default 10_080 */
  readonly longestSubscriptionMinutes?: number
  /** Where the current time comes from. @default Date.now */
  readonly now?: () => number
  /**
   * How a short while passes that Microsoft asked for in the middle of many readings, and a wait for a budget.
   * @default on the wall clock
   */
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>
  /** Another server in place of Microsoft's, such as that of a national cloud. @default 'https://graph.microsoft.com/v1.0/' */
  readonly server?: string
}

/**
 * Calendars of Microsoft 365 and Outlook.com, by Microsoft Graph v1.0.
 *
 * An account's credentials are `{ accessToken }`, a token that works now, or `{ accessTokens }`, which gets new ones.
 * Settings are `{}`, or `{ mailbox }`: whose calendars, where an app may open the mailboxes of others.
 *
 * Series are one event with all of their changed and cancelled occurrences. Guests are never written. A change that would
 * mail somebody is not made unless {@link MicrosoftProviderOptions.scheduling} says so.
 *
 * @example
 * ```ts
 * import { microsoftProvider } from 'calweave/providers/microsoft'
 *
 * const account = microsoftProvider().open({ settings: {}, credentials: { accessToken: 'a-token' } })
 * const calendars = await account.listCalendars()
 * console.log(calendars.map(({ name, access }) => `${name}: ${access}`))
 * ```
 * @see https://learn.microsoft.com/graph/api/resources/calendar-overview
 */
export function microsoftProvider(options: MicrosoftProviderOptions = {}): CalendarProvider {
  const {
    scheduling = 'refuse',
    pastDays = 180,
    aheadDays = 540,
    listAnewDays = 7,
    concurrentWrites = 4,
    requestsPerMinute = 900,
    appRequestsPerMinute = 60_000,
    longestSubscriptionMinutes = 10_080,
    limits: store,
    breaker,
    now = Date.now,
    sleep,
    server = 'https://graph.microsoft.com/v1.0/',
    ...http
  } = options
  allowedHosts(http.allowedHosts) // a slip shows here, not with the first account
  if (!URL.canParse(server) || !server.endsWith('/'))
    throw new SyncError('invalid_input', 'server: must be an address with its version and a slash at its end.')
  const limits: AppLimits = appLimits({
    name: 'microsoft',
    store,
    account: { perMinute: requestsPerMinute, minutes: 10, lanes },
    app: { perMinute: appRequestsPerMinute },
    now,
    sleep,
  })

  return {
    id: 'microsoft',
    open({ settings, credentials, account, tenant, onRequest }) {
      const { mailbox } = readSettings(settings)
      const ofMailbox = mailbox === undefined ? account : digest('mailbox', mailbox.toLowerCase())
      const { budgets, shared } = limits.open(ofMailbox, tenant)
      const client = graphClient({
        http: limitedClient(httpClient(watchedBy(http, onRequest)), { breaker, now }),
        server,
        tokens: readAccessTokens(credentials, 'Microsoft account'),
        mailbox,
        budgets,
        shared,
        now,
        ...(sleep && { sleep }),
      })
      const context = {
        client,
        now,
        range: { pastDays, aheadDays, renewDays: listAnewDays },
        scheduling,
        queues: new Map<string, Promise<unknown>>(),
        removed: new Set<string>(),
      }
      return microsoftAccount(context, { concurrentWrites, mailbox, longestMs: longestSubscriptionMinutes * 60_000 })
    },
    readPush,
  }
}
