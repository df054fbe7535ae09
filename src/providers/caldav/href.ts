import { SyncError } from '../../errors.js'
import type { RemoteId } from '../../model/ids.js'

/**
 * Ids of calendars and events are addresses: the path where the host is the account's own, the whole address where it
 * is another one (services that spread accounts over many hosts).
 *
 * One resource has many spellings (`%40` and `@`, `%2b` and `%2B`), and one server uses several of them in one answer.
 * An id is the one spelling that we choose: decoded and encoded again. Requests still use the server's own spelling
 * wherever we have it, because what a proxy in between does with the other one is unknown.
 */
export function toId(href: string, base: string): string {
  if (isPlainPath(href)) return href
  const below = pathBelow(href, base)
  if (isPlainPath(below)) return below
  const url = resolve(href, base)
  const path = canonicalPath(url)
  return url.origin === new URL(base).origin ? path : url.origin + path
}

/** The path in an address that begins as `base` does, up to the path; everything else as it is. */
function pathBelow(href: string, base: string): string {
  const root = base.indexOf('/', base.indexOf('//') + 2)
  return root > 0 && href.startsWith(base.slice(0, root + 1)) ? href.slice(root) : href
}

/**
 * True for a path that is its own canonical spelling on every host: most hrefs are, and reading them as addresses is
 * what a listing would spend its time with.
 */
export function isPlainPath(href: string): boolean {
  return plainPath.test(href)
}

/** Characters that {@link canonicalPath} leaves as they are, and no segment that climbs or stands still. */
const plainPath = /^(?:\/(?!\.{1,2}(?:\/|$))[\w.~!*()@:$,+=;-]+)+\/?$/

/**
 * The address of an id or href.
 *
 * A server behind a proxy that ends TLS may call itself by `http:`; what it names on the very host that was asked over
 * https is meant to be there. It is never the other way round.
 */
export function resolve(href: string, base: string): URL {
  // Browsers take `//host/path` for another host; servers that write it mean a path with a doubled slash.
  const text = href.startsWith('//') ? `/${href.replace(/^\/+/, '')}` : href
  if (!URL.canParse(text, base) || climbs.test(text)) {
    throw new SyncError('invalid_response', 'The server named an address that is none. Try again later.', {
      reason: 'HREF',
    })
  }
  const asked = new URL(base)
  const url = new URL(text, base)
  url.hash = ''
  if (asked.protocol === 'https:' && url.protocol === 'http:' && url.hostname === asked.hostname) {
    if (url.port !== '' && url.port !== asked.port) return url
    return new URL(url.pathname + url.search, asked.origin)
  }
  return url
}

/**
 * An href of an answer, as the host that was asked would have named it. A server that one day sends requests on to
 * another host still means the same events; the ids by which we hold them must not change with it.
 */
export function asAsked(href: string, answered: string, asked: string): string {
  if (answered === asked) return href
  const { origin } = new URL(asked)
  if (new URL(answered).origin === origin) return href
  const url = resolve(href, answered)
  return url.origin === new URL(answered).origin ? origin + url.pathname + url.search : url.href
}

/** A step up, plain or encoded, leads out of the calendar that the server was asked about. No server has a reason for it. */
const climbs = /(?:^|[/\\])(?:\.|%2e){2}(?:[/\\?#]|$)/i

/** Event ids are {@link toId} of their href; kept apart so that calendars and events cannot be mixed up. */
export function toRemoteId(href: string, base: string): RemoteId {
  return toId(href, base) as RemoteId
}

/** The last path segment, decoded; empty for a collection. */
export function fileName(href: string): string {
  return decodeSegment(href.slice(href.lastIndexOf('/') + 1))
}

/** `true` where the href is that of a collection (and never of an event). */
export function isCollectionHref(href: string): boolean {
  return href.split('?')[0]?.endsWith('/') ?? false
}

function canonicalPath(url: URL): string {
  const path = url.pathname
    .split('/')
    .map((segment) =>
      encodeURIComponent(decodeSegment(segment)).replace(/%40|%3A|%24|%2C|%2B|%3D|%3B/g, decodeURIComponent),
    )
    .join('/')
  return path + url.search
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment // a percent sign that encodes nothing; the server's spelling is all there is
  }
}
