import type { CheckedOptions } from './options.js'
import { Refusal } from './problem.js'
import { ownOrigin } from './sign-in-return.js'

/**
 * Refuses what a page of another site makes a browser send along with the person's cookies.
 *
 * Whatever changes something needs a header that no form can send, and, where the browser says which page it comes from, a page of
 * ours or of an origin that the host allows. What only reads is refused to scripts of other sites as well; a link to it is fine.
 * @see https://www.w3.org/TR/fetch-metadata/
 */
export function refuseOtherSites(request: Request, options: CheckedOptions, changesSomething: boolean): void {
  if (changesSomething && request.headers.get('x-calweave') !== '1') throw new Refusal('cross_site')
  const origin = request.headers.get('origin')
  if (origin !== null) {
    if (isAllowed(origin, request, options)) return
    throw new Refusal('cross_site')
  }
  const site = request.headers.get('sec-fetch-site')
  if (site === null || site === 'same-origin' || site === 'none') return
  if (!changesSomething && request.headers.get('sec-fetch-mode') === 'navigate') return
  throw new Refusal('cross_site')
}

/** Whether pages of an origin may call with the person's credentials. */
function isAllowed(origin: string, request: Request, options: CheckedOptions): boolean {
  return origin === ownOrigin(request, options) || options.allowedOrigins.includes(origin)
}

/** Adds what a browser has to be told so that a page of another allowed origin may read an answer. */
export function allowReading(request: Request, response: Headers, options: CheckedOptions): void {
  if (options.allowedOrigins.length === 0) return
  addVary(response, 'origin')
  const origin = request.headers.get('origin')
  if (origin === null || !options.allowedOrigins.includes(origin)) return
  response.set('access-control-allow-origin', origin)
  response.set('access-control-allow-credentials', 'true')
  response.set('access-control-expose-headers', 'retry-after')
}

/** The answer to the question of a browser whether it may send a request. */
export function preflight(request: Request, methods: readonly string[], options: CheckedOptions): Response {
  const headers = new Headers({ allow: methods.join(', ') })
  const origin = request.headers.get('origin')
  if (origin !== null && options.allowedOrigins.includes(origin)) {
    headers.set('access-control-allow-methods', methods.join(', '))
    headers.set('access-control-allow-headers', 'content-type, x-calweave, authorization, last-event-id')
    headers.set('access-control-max-age', '600')
  }
  return new Response(null, { status: 204, headers })
}

/** What every answer carries unless it says otherwise itself. */
export function harden(headers: Headers): void {
  for (const [name, value] of Object.entries(usual)) if (!headers.has(name)) headers.set(name, value)
}

const usual: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
}

function addVary(headers: Headers, name: string): void {
  const known = headers.get('vary')
  headers.set('vary', known === null ? name : `${known}, ${name}`)
}
