import { SyncError } from '../errors.js'

/**
 * Whether credentials for `home` may be sent to `url`: the same origin; the same host moving from http to https; over
 * https, the same domain by its last two labels (`caldav.example.com` and `p62.example.com`); or a host that is listed
 * as trusted.
 *
 * Last-two-labels is a deliberate approximation of the registrable domain. It is too generous below suffixes like
 * `co.uk`, so for well-known second-level suffixes three labels are compared. Addresses by number, and names without a
 * dot, match only themselves.
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
 * Refuses addresses that no calendar lives at.
 * @throws SyncError `invalid_input`, with one message for all reasons, so that it says nothing about inner networks.
 */
export function checkAddress(url: URL, allow: ((url: URL) => boolean) | undefined): void {
  const web = url.protocol === 'https:' || url.protocol === 'http:'
  if (web && url.username === '' && url.password === '' && (allow?.(url) ?? true)) return
  throw refused()
}

/**
 * The address that a redirect leads to; undefined when the answer is none.
 * @throws SyncError `invalid_input` for a redirect from https to http, or into an inner network.
 */
export function followRedirect(
  from: URL,
  answer: { readonly status: number; readonly headers: Headers },
): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(answer.status)) return undefined
  const location = answer.headers.get('location')
  if (!location || !URL.canParse(location, from.href)) return undefined
  const to = new URL(location, from.href)
  if (from.protocol === 'https:' && to.protocol === 'http:') throw refused()
  if (from.hostname !== to.hostname && isInner(to.hostname)) throw refused()
  return to
}

/** True for the names and addresses of the machine itself. */
export function isLoopback(hostname: string): boolean {
  return /^(?:(?:.+\.)?localhost\.*|\[::1\]|127\.[\d.]+)$/.test(hostname)
}

function refused(): SyncError {
  return new SyncError('invalid_input', 'This address is not allowed. Use the public https address of the service.', {
    reason: 'ADDRESS_REFUSED',
  })
}

/** Second-level labels under which countries register domains, as in `example.co.uk`. */
const secondLevel = new Set(['ac', 'co', 'com', 'edu', 'gov', 'net', 'or', 'org', 'ne', 'gob', 'nom', 'asso'])

function siteOf(hostname: string): string | undefined {
  if (isNumeric(hostname)) return undefined
  const labels = hostname.replace(/\.$/, '').split('.')
  if (labels.length < 2) return undefined
  const country = labels.at(-1)?.length === 2 && secondLevel.has(labels.at(-2) ?? '')
  const count = country ? 3 : 2
  return labels.length < count ? undefined : labels.slice(-count).join('.')
}

/** True for IPv4 and IPv6 addresses; `URL` has already turned `0x7f.1` and its kin into four numbers. */
function isNumeric(hostname: string): boolean {
  return hostname.startsWith('[') || /^\d+\.\d+\.\d+\.\d+$/.test(hostname)
}

/** A redirect never needs an address by number, nor a name that only the own network knows. */
function isInner(hostname: string): boolean {
  return (
    isNumeric(hostname) ||
    isLoopback(hostname) ||
    !hostname.replace(/\.+$/, '').includes('.') || // a dot at the end makes no other name of it
    /\.(?:local|internal|lan|home)\.*$/.test(hostname)
  )
}
