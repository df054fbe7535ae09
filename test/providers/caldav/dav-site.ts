import type { CaldavProviderOptions } from '../../../src/providers/caldav/index.js'
import { caldavProvider } from '../../../src/providers/caldav/index.js'
import type { ProviderAccount } from '../../../src/providers/provider.js'

/** What a made-up server says at one address: properties of it and, at depth 1, whole responses; or any other answer. */
export type DavPage =
  | { readonly props: string; readonly below?: readonly string[] }
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** The connection breaks. */
  | 'down'

/** Servers made of pages, by address. Everything else is not found. */
export interface DavSites {
  readonly fetch: typeof fetch
  /** `METHOD address`, and the user who signed in, for every request. */
  readonly asked: string[]
}

export function davSites(pages: Readonly<Record<string, DavPage>>): DavSites {
  const asked: string[] = []
  const answer = (request: Request): Response => {
    const page = pages[request.url] ?? { status: 404 }
    if (page === 'down') throw new TypeError('fetch failed')
    if ('status' in page)
      return new Response(page.status === 204 ? null : (page.body ?? ''), {
        status: page.status,
        ...(page.headers ? { headers: { ...page.headers } } : {}),
      })
    const { pathname } = new URL(request.url)
    const below = request.headers.get('depth') === '1' ? (page.below ?? []) : []
    return new Response(multistatus(response(pathname, page.props), ...below), { status: 207 })
  }
  return {
    asked,
    fetch: async (input, init) => {
      const request = new Request(input, init)
      const user = atob(request.headers.get('authorization')?.slice(6) ?? '').split(':')[0]
      asked.push(`${request.method} ${request.url}${user ? ` as ${user}` : ''}`)
      return answer(request)
    },
  }
}

/** An account of jane's at these sites. */
export function openSites(sites: DavSites, settings: unknown, options: CaldavProviderOptions = {}): ProviderAccount {
  return caldavProvider({ fetch: sites.fetch, ...options }).open({
    settings,
    credentials: { username: 'jane', password: 'secret' },
  })
}

export function multistatus(...responses: readonly string[]): string {
  return `<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:s="http://calendarserver.org/ns/" xmlns:n="http://nextcloud.com/ns">${responses.join('')}</d:multistatus>`
}

export function response(href: string, props: string): string {
  return `<d:response><d:href>${href}</d:href><d:propstat><d:prop>${props}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`
}

export const principalProp = (href: string): string =>
  `<d:current-user-principal><d:href>${href}</d:href></d:current-user-principal>`

export const homeProp = (...hrefs: readonly string[]): string =>
  `<c:calendar-home-set>${hrefs.map((href) => `<d:href>${href}</d:href>`).join('')}</c:calendar-home-set>`

export const collectionType = '<d:resourcetype><d:collection/></d:resourcetype>'
export const calendarType = '<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>'

export const privilegesProp = (...names: readonly string[]): string =>
  `<d:current-user-privilege-set>${names.map((name) => `<d:privilege><d:${name}/></d:privilege>`).join('')}</d:current-user-privilege-set>`

/** A calendar in a home's list. */
export function calendar(href: string, name: string, ...more: readonly string[]): string {
  return response(href, `${calendarType}<d:displayname>${name}</d:displayname>${more.join('')}`)
}
