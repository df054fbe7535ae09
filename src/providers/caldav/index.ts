import { allowedHosts } from '../../http/allowed-hosts.js'
import { type AppLimits, appLimits } from '../../http/app-limits.js'
import type { BreakerOptions } from '../../http/breaker.js'
import { type HttpClientOptions, watchedBy } from '../../http/client.js'
import type { LimitStore } from '../../http/limit-store.js'
import type { AccountAccess, CalendarProvider, ProviderAccount } from '../provider.js'
import { caldavAccount } from './account.js'
import { locate } from './locate.js'
import { locatedAccount } from './located-account.js'
import { type CaldavPush, caldavPush } from './push.js'
import type { SchedulingPolicy } from './scheduling.js'
import type { ResolveService } from './service-records.js'
import { readCredentials, readSettings } from './settings.js'

export type { BreakerOptions } from '../../http/breaker.js'
export type { HttpClientOptions, RequestRecord } from '../../http/client.js'
export type { CaldavPush, PushOffer, PushOptions, PushRegistration, WebPushSubscription } from './push.js'
export { calendarsToSync, type PushMessage, readPushMessage } from './push-message.js'
export type { SchedulingPolicy } from './scheduling.js'
export type { ResolveService, ServiceTarget } from './service-records.js'

/** Settings of {@link caldavProvider}. */
export interface CaldavProviderOptions extends HttpClientOptions {
  /**
   * How many writes may be under way at once, per account. Fewer are, where that makes the server slower.
   * @default 32
   */
  readonly concurrentWrites?: number
  /**
   * What becomes of a write that would have the server mail people: a change or removal of an event that the account
   * organizes, with guests, or an answer to an invitation. `never` refuses it (`unsupported`, reason `WOULD_MAIL`), `allow`
   * lets the server mail them. @default 'never'
   */
  readonly scheduling?: SchedulingPolicy
  /** Requests of one account in any minute, where its server is known to count them. @default any number */
  readonly requestsPerMinute?: number
  /**
   * Where all workers agree on {@link requestsPerMinute}, and hear when a server asked to be left alone: `storageLimits` of
   * `calweave/limits`. @default each process counts for itself
   */
  readonly limits?: LimitStore
  /** Whether a server is left alone for a while when it does not answer several times in a row. @default false */
  readonly breaker?: boolean | BreakerOptions
  /** How a wait for a budget passes. @default on the wall clock */
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>
  /** Where the current time comes from. @default Date.now */
  readonly now?: () => number
  /**
   * Looks up where a domain offers CalDAV, for accounts that are given by a mail address or a domain; on Node,
   * `resolveService` of `calweave/node`. Without it, such a domain is asked itself.
   */
  readonly resolveService?: ResolveService
}

/** The CalDAV provider: what the engine needs, and push for hosts that can receive it. */
export interface CaldavProvider extends CalendarProvider {
  /**
   * Push for an account, at servers that speak WebDAV-Push; given the same settings and credentials as `open`.
   * Makes no request.
   * @throws SyncError `invalid_input`.
   */
  push(access: AccountAccess): CaldavPush
}

/**
 * Calendars at any CalDAV server: Nextcloud, Fastmail, Cyrus, Radicale, SOGo, DAViCal, Baikal ...
 *
 * An account's settings are one of these:
 *
 * - `{ url }`: any web address of it: the server's, its DAV root's, or that of one calendar;
 * - `{ address }`: what a person knows: a mail address (`jane@example.com`), a host (`dav.example.com`,
 *   `dav.example.com:8443`), or a web address. The DNS is asked where the domain's calendars are (RFC 6764), with
 *   {@link CaldavProviderOptions.resolveService}. When it names a host of another site, opening fails with the reason
 *   `OTHER_SITE` and names that host; once a person has agreed, `trustedHosts: [host]` beside `address` lets it pass.
 *
 * Its credentials are `{ username, password }` (often an app password) or `{ token }`, a bearer token.
 *
 * Invitations: copies of ours are written without attendees, unless the host maps them. Of events that a person made, no
 * write is made that would have the server mail anybody (RFC 6638); see {@link CaldavProviderOptions.scheduling}.
 *
 * @example
 * ```ts
 * import { caldavProvider } from 'calweave/providers/caldav'
 *
 * const account = caldavProvider().open({
 *   settings: { url: 'https://dav.example.com/' },
 *   credentials: { username: 'jane', password: 'app-password' },
 * })
 * const calendars = await account.listCalendars()
 * console.log(calendars.map(({ name, access }) => `${name}: ${access}`))
 * ```
 * @see RFC 4791, RFC 6578, RFC 6764
 */
export function caldavProvider(options: CaldavProviderOptions = {}): CaldavProvider {
  const { concurrentWrites = 32, now = Date.now, resolveService, scheduling = 'never', ...others } = options
  const { requestsPerMinute, limits: store, breaker, sleep, ...network } = others
  const limits: AppLimits | undefined =
    requestsPerMinute === undefined
      ? undefined
      : appLimits({ name: 'caldav', store, account: { perMinute: requestsPerMinute }, now, sleep })
  const isAllowed = allowedHosts(network.allowedHosts)

  /** What an account is opened with, and how its address is found where only its domain is known. */
  function read({ settings, credentials, onRequest }: AccountAccess) {
    const http = watchedBy(network, onRequest)
    const { address, trustedHosts } = readSettings(settings, isAllowed)
    const { authorization, username } = readCredentials(credentials)
    const trusted = [...(http.trustedHosts ?? []), ...trustedHosts]
    if (address.kind === 'url') {
      const found = { url: address.url, http: { ...http, trustedHosts: trusted } }
      return { ...found, authorization, find: async () => address.url, isFound: true }
    }
    const { host, port } = address
    // Which port of its host the service has is the domain's word, not a move to another site.
    const own = { ...http, trustedHosts: [...trusted, host] }
    const seed = `${username ?? ''} ${host}`
    const find = (): Promise<string> =>
      locate({ host, port, resolveService, authorization, http: own, isAllowed, seed })
    return { url: `https://${host}/`, http: own, authorization, find, isFound: false }
  }

  return {
    id: 'caldav',
    open(access) {
      const { url, http, authorization, find, isFound } = read(access)
      const own = limits?.open(access.account, access.tenant)
      const open = (place: { readonly url: string }): ProviderAccount =>
        caldavAccount({ url: place.url, authorization, http, concurrentWrites, scheduling, now, limits: own, breaker })
      if (isFound) return open({ url })
      return locatedAccount(
        {
          locate: async () => ({ url: await find() }),
          open,
          hasMoved: ({ code }) => code === 'unavailable' || code === 'calendar_gone',
        },
        { url },
      )
    },
    push(access) {
      const { http, authorization, find } = read(access)
      return caldavPush({ find, authorization, http, now })
    },
  }
}
