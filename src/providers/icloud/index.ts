import * as z from 'zod'
import type { SyncError } from '../../errors.js'
import { allowedHosts } from '../../http/allowed-hosts.js'
import { type AppLimits, appLimits } from '../../http/app-limits.js'
import type { BreakerOptions } from '../../http/breaker.js'
import { type HttpClientOptions, httpClient, watchedBy } from '../../http/client.js'
import type { LimitStore } from '../../http/limit-store.js'
import { caldavAccount } from '../caldav/account.js'
import { davClient } from '../caldav/client.js'
import { locatedAccount } from '../caldav/located-account.js'
import type { SchedulingPolicy } from '../caldav/scheduling.js'
import { passwordSchema, readCredentials } from '../caldav/settings.js'
import { validate } from '../opening.js'
import type { CalendarProvider, ProviderAccount } from '../provider.js'
import { withEnds } from './ends.js'
import { findPartition, type Partition } from './partition.js'
import { explainRefusal } from './password.js'

export type { BreakerOptions } from '../../http/breaker.js'
export type { HttpClientOptions, RequestRecord } from '../../http/client.js'

/** Settings of {@link icloudProvider}. */
export interface IcloudProviderOptions extends HttpClientOptions {
  /** How many writes may be under way at once, per account. @default 4 */
  readonly concurrentWrites?: number
  /** What becomes of a write that would have Apple mail people; see the CalDAV provider. @default 'never' */
  readonly scheduling?: SchedulingPolicy
  /** Requests of one account in any minute; Apple names no number. @default any number */
  readonly requestsPerMinute?: number
  /** Where all workers agree on {@link requestsPerMinute}; see the CalDAV provider. @default each process counts for itself */
  readonly limits?: LimitStore
  /** Whether an account is left alone for a while when Apple does not answer several times in a row. @default false */
  readonly breaker?: boolean | BreakerOptions
  /** How a wait for a budget passes. @default on the wall clock */
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>
  /** Where the current time comes from. @default Date.now */
  readonly now?: () => number
  /**
   * Another server in place of Apple's, for tests: credentials then go to that very origin only.
   * @default Apple's, of the account's region
   */
  readonly server?: string
}

/**
 * Calendars of Apple iCloud.
 *
 * An account's credentials are `{ username, password }`: the mail address of the Apple Account, and an app-specific
 * password, which its owner makes at account.apple.com (Sign-In and Security, App-Specific Passwords). The Apple
 * Account's own password is refused, and changing that one revokes all app-specific passwords. Settings are `{}`, or
 * `{ region: 'china' }` for accounts of mainland China, which live at servers of their own.
 *
 * Apple spreads accounts over many hosts (`p62-caldav.icloud.com`). The account's host is found with the first call
 * and looked for again when it sends us away; ids of calendars and events do not change by that. Credentials go to hosts
 * of the region's domain only, whatever an answer says.
 *
 * Apple offers push to its own devices only: poll, every few minutes at the most.
 *
 * @example
 * ```ts
 * import { icloudProvider } from 'calweave/providers/icloud'
 *
 * const account = icloudProvider().open({
 *   settings: {},
 *   credentials: { username: 'jane@example.com', password: 'abcd-efgh-ijkl-mnop' },
 * })
 * const calendars = await account.listCalendars()
 * console.log(calendars.map(({ name, access }) => `${name}: ${access}`))
 * ```
 */
export function icloudProvider(options: IcloudProviderOptions = {}): CalendarProvider {
  const { concurrentWrites = 4, now = Date.now, scheduling = 'never', server, ...others } = options
  const { requestsPerMinute, limits: store, breaker, sleep, ...given } = others
  const limits: AppLimits | undefined =
    requestsPerMinute === undefined
      ? undefined
      : appLimits({ name: 'icloud', store, account: { perMinute: requestsPerMinute }, now, sleep })
  allowedHosts(given.allowedHosts) // a slip shows here, not with the first account
  return {
    id: 'icloud',
    open({ settings, credentials, account, tenant, onRequest }) {
      const own = limits?.open(account, tenant)
      const { region } = validate(settingsSchema, settings ?? {}, 'settings', 'iCloud account')
      const { username, password } = validate(passwordSchema, credentials, 'credentials', 'iCloud account')
      const { authorization } = readCredentials({ username, password })
      const front = server ?? fronts[region]
      const allow = (url: URL): boolean => isOfSite(url, front) && (given.allow?.(url) ?? true)
      const http: HttpClientOptions = { ...watchedBy(given, onRequest), allow }
      return locatedAccount<Partition>(
        {
          locate: () => findPartition(davClient(httpClient(http), front, authorization)),
          open: ({ url, hosts }) => openAt(url, hosts),
          hasMoved,
          explain: (error) => explainRefusal(error, password),
        },
        { url: front, hosts: [] },
      )

      /** A redirect to another host would change ids without a word, so it is refused, and the account looked for. */
      function openAt(url: string, hosts: readonly string[]): ProviderAccount {
        const allow = (asked: URL): boolean => hosts.includes(asked.host) && (http.allow?.(asked) ?? true)
        return caldavAccount({
          url,
          authorization,
          http: { ...http, allow },
          concurrentWrites,
          scheduling,
          now,
          limits: own,
          breaker,
          dress: withEnds,
        })
      }
    },
  }
}

/** Where accounts are asked for first. */
const fronts: Readonly<Record<Region, string>> = {
  world: 'https://caldav.icloud.com/',
  china: 'https://caldav.icloud.com.cn/',
}

type Region = 'world' | 'china'

const settingsSchema: z.ZodType<{ readonly region: Region }> = z.strictObject({
  region: z.enum(['world', 'china']).default('world'),
})

/** The front's own domain and every host below it: `p62-caldav.icloud.com`, but not `icloud.com.example.net`. */
function isOfSite(url: URL, front: string): boolean {
  const { origin, hostname } = new URL(front)
  if (url.origin === origin) return true
  const domain = Object.values(fronts).includes(front) ? hostname.slice(hostname.indexOf('.')) : undefined
  return domain !== undefined && url.protocol === 'https:' && url.hostname.endsWith(domain)
}

/** A host that an account has left answers in one of these ways, and so does one that never had it. */
function hasMoved(error: SyncError): boolean {
  if (error.code === 'auth_expired' || error.code === 'calendar_gone') return true
  return error.reason === '421' || error.reason === 'ADDRESS_REFUSED'
}
