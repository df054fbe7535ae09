import type { Feed } from './feed.js'

/** The answer to a subscriber: the feed, or that it has not changed. @see RFC 9110 section 13 */
export function answer(request: Request, feed: Feed, maxAgeSeconds: number): Response {
  const headers = {
    etag: feed.etag,
    'last-modified': new Date(feed.lastModified).toUTCString(),
    'cache-control': `private, max-age=${maxAgeSeconds}`,
    ...guards,
  }
  if (isUnchanged(request.headers, feed)) return new Response(null, { status: 304, headers })
  const body = new TextEncoder().encode(feed.body)
  return new Response(request.method === 'HEAD' ? null : body, {
    headers: {
      ...headers,
      'content-type': 'text/calendar; charset=utf-8',
      'content-length': String(body.byteLength),
      'content-disposition': 'inline; filename="calendar.ics"',
    },
  })
}

export function notFound(): Response {
  return plain(404, 'There is no such calendar.', {})
}

export function methodNotAllowed(): Response {
  return plain(405, 'A calendar can only be read.', { allow: 'GET, HEAD' })
}

export function unavailable(): Response {
  return plain(503, 'The calendar cannot be read now. Try again later.', { 'retry-after': '300' })
}

/** The address is the secret: it must not go on to other sites, nor into a search engine. */
const guards = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex',
} as const

function plain(status: number, text: string, more: Readonly<Record<string, string>>): Response {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', ...guards, ...more }
  return new Response(`${text}\n`, { status, headers })
}

/** Tags go before dates: a date tells nothing within its second. */
function isUnchanged(headers: Headers, { etag, lastModified }: Feed): boolean {
  const tags = headers.get('if-none-match')
  if (tags !== null) {
    // Proxies that compress make tags weak; for reading that is the same.
    return tags.trim() === '*' || tags.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
  }
  const since = Date.parse(headers.get('if-modified-since') ?? '')
  return !Number.isNaN(since) && lastModified <= since
}
