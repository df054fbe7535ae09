import { SyncError } from '../errors.js'
import { isInnerHost, isNumeric } from './address.js'
import type { IsAllowed } from './allowed-hosts.js'
import { ownerOf } from './owner.js'

/**
 * Whether credentials for `home` may be sent to `url`: the same origin; the same host moving from http to https; over
 * https, another host of the same owner (`caldav.example.com` and `p62.example.com`, see {@link ownerOf}); or a host
 * that is listed as trusted. Addresses by number, and names without a dot, match only themselves.
 */
export function sameSite(home: URL, url: URL, trustedHosts: readonly string[] = []): boolean {
  if (home.origin === url.origin) return true
  if (url.protocol !== 'https:') return false
  if (trustedHosts.some((host) => host.toLowerCase() === url.hostname)) return true
  if (home.hostname === url.hostname && !isNumeric(url.hostname))
    return home.protocol === 'http:' || home.port === url.port
  const site = siteOf(home.hostname)
  return home.protocol === 'https:' && site !== undefined && site === siteOf(url.hostname)
}

/**
 * Refuses addresses that no calendar of a stranger lives at: other schemes than https, passwords inside, and inner hosts
 * ({@link isInnerHost}). Hosts that the app has named may be inner, and may be asked without TLS.
 *
 * Any port is fine over https: calendar servers do live at 8443, 2080 or 5001, and whatever else listens there does not
 * make sense of TLS and a report. Which inner services exist cannot be asked that way, as inner hosts are out.
 *
 * @throws SyncError `invalid_input`, with one message for all reasons, so that it says nothing about inner networks.
 */
export function checkAddress(url: URL, isAllowed: IsAllowed, allow?: (url: URL) => boolean): void {
  const named = isAllowed(url)
  const safe = url.protocol === 'https:' || (url.protocol === 'http:' && named)
  const bare = url.username === '' && url.password === ''
  if (!safe || !bare || (!named && isInnerHost(url.hostname)) || !(allow?.(url) ?? true)) throw addressRefused()
}

/**
 * The address that a redirect leads to; undefined when the answer is none. What is there is up to {@link checkAddress}.
 *
 * @throws SyncError `invalid_input` for a redirect from https to http, or to another host by its number: no service
 * needs that, and its certificate could not tell whose number it is.
 */
export function followRedirect(
  from: URL,
  answer: { readonly status: number; readonly headers: Headers },
  isAllowed: IsAllowed,
): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(answer.status)) return undefined
  const location = answer.headers.get('location')
  if (!location || !URL.canParse(location, from.href)) return undefined
  const to = new URL(location, from.href)
  if (from.protocol === 'https:' && to.protocol === 'http:') throw addressRefused()
  if (from.hostname !== to.hostname && isNumeric(to.hostname) && !isAllowed(to)) throw addressRefused()
  return to
}

/** The one error for every address that is refused, by its text or by what its name resolves to. */
export function addressRefused(): SyncError {
  return new SyncError(
    'invalid_input',
    'This address is not allowed. Use the public https address of the service; a server of your own network has to be ' +
      'named in `allowedHosts` by the app.',
    { reason: 'ADDRESS_REFUSED' },
  )
}

function siteOf(hostname: string): string | undefined {
  return isNumeric(hostname) ? undefined : ownerOf(hostname)
}
