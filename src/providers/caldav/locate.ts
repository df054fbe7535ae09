import { isSyncError, SyncError } from '../../errors.js'
import type { IsAllowed } from '../../http/allowed-hosts.js'
import { type HttpClientOptions, httpClient } from '../../http/client.js'
import { sameSite } from '../../http/trust.js'
import { davClient } from './client.js'
import { notCalendar } from './discovery.js'
import { failure } from './failure.js'
import { type ResolveService, type ServiceTarget, serviceTargets } from './service-records.js'
import { askForStart, usualRoots, wellKnown } from './starting-point.js'

/** A domain whose calendar service is to be found, and what the search needs. */
export interface Search {
  readonly host: string
  /** A port that the person named; then the DNS is not asked. */
  readonly port: number | undefined
  readonly resolveService: ResolveService | undefined
  readonly authorization: string
  readonly http: HttpClientOptions
  /** Hosts that the app named; they may be asked without TLS. */
  readonly isAllowed: IsAllowed
  /** Says which of several equal servers this account uses. */
  readonly seed: string
}

/**
 * Finds the server of a domain's calendars: what the DNS says (RFC 6764 section 6, RFC 2782); without such records, or
 * without a resolver, the domain itself. At each server the path of the TXT record is tried, then the well-known
 * address, the root, and the roots that widespread servers have.
 *
 * A domain that has records is not asked itself: what answers there may be a service that was left long ago.
 *
 * @returns an address from which calendars can be found
 * @throws SyncError `invalid_input` with the reason `OTHER_SITE` when the records lead to a site that nobody has agreed
 * to (RFC 6764 section 8); `auth_expired`; `not_a_calendar`; `unavailable`.
 */
export async function locate(search: Search): Promise<string> {
  let trouble: unknown
  const places = await placesOf(search)
  for (const place of places) {
    try {
      const found = await askServer(search, place)
      if (found !== undefined) return found
    } catch (error) {
      // A server that is down has others beside it; one that refuses the password must not be followed by more tries.
      if (!isDown(error)) throw error
      trouble ??= error
    }
  }
  throw trouble ?? notCalendar(places[0]?.base ?? `https://${search.host}/`)
}

/** A server, and the path at which its service begins, where the DNS names one. */
interface Place {
  readonly base: string
  readonly path?: string
}

async function placesOf(search: Search): Promise<readonly Place[]> {
  const { host, port, resolveService, seed } = search
  const secure = `https://${host}${port === undefined ? '' : `:${port}`}/`
  const plain = secure.replace('https:', 'http:')
  const isPlainAllowed = search.isAllowed(new URL(plain))
  const own: readonly Place[] = [{ base: secure }, ...(isPlainAllowed ? [{ base: plain }] : [])]
  // Addresses by number have no service records.
  if (!resolveService || port !== undefined || host.startsWith('[') || /^[\d.]+$/.test(host)) return own

  let targets = await serviceTargets(resolveService, `_caldavs._tcp.${host}`, seed)
  let scheme = 'https'
  if (targets.length === 0 && isPlainAllowed) {
    targets = await serviceTargets(resolveService, `_caldav._tcp.${host}`, seed)
    scheme = 'http'
  }
  if (targets.length === 0) return own
  const real = targets.filter((target) => target.host !== '.')
  if (real.length === 0)
    throw new SyncError(
      'not_a_calendar',
      `${host} says that it offers no calendars over CalDAV. Ask the service for its CalDAV address, and use that.`,
    )
  return real.map((target) => placeOf(search, target, scheme))
}

function placeOf(search: Search, target: ServiceTarget, scheme: string): Place {
  const url = new URL(`${scheme}://${target.host}:${target.port}/`)
  const isOwn =
    url.hostname === search.host || sameSite(new URL(`https://${search.host}/`), url, search.http.trustedHosts)
  // Without TLS nothing proves who answers, so the app has to have named that very host.
  if (scheme === 'http' ? !search.isAllowed(url) : !isOwn) throw otherSite(search.host, url.host)
  const { path } = target
  return path?.startsWith('/') && !path.startsWith('//') ? { base: url.href, path } : { base: url.href }
}

/** Asks a server at each address at which its service may begin. Undefined: it answers, but not with calendars. */
async function askServer(search: Search, { base, path }: Place): Promise<string | undefined> {
  const dav = davClient(httpClient(search.http), base, search.authorization)
  const named = [...(path === undefined ? [] : [new URL(path, base).href]), wellKnown(base), base]
  let refused: SyncError | undefined
  for (const url of new Set([...named, ...usualRoots(base)])) {
    const { answer, listed } = await askForStart(dav, url)
    if (listed) return listed.url
    const { status } = answer
    if (status === 401 || status === 429 || (status >= 500 && status !== 501)) throw failure(answer, 'reading')
    if (status === 403 && named.includes(url)) refused ??= failure(answer, 'reading')
  }
  if (refused) throw refused
  return undefined
}

function isDown(error: unknown): boolean {
  return isSyncError(error, 'unavailable') || isSyncError(error, 'timeout') || isSyncError(error, 'rate_limited')
}

function otherSite(domain: string, target: string): SyncError {
  return new SyncError(
    'invalid_input',
    `${domain} says that its calendars are at ${target}, which is another site. Ask the person whether that is meant, ` +
      'and then name the host in `trustedHosts` of the settings.',
    { reason: 'OTHER_SITE' },
  )
}
