import { isSyncError, SyncError } from '../../errors.js'
import { multistatusOf } from './client.js'
import type { AccountContext } from './context.js'
import { resolve } from './href.js'
import type { Listed } from './starting-point.js'
import { child, type DavResponse, hrefTexts, ns, prop } from './xml.js'

/** The addresses below which calendars are listed. */
export interface Homes {
  /** The address that was given, where it looks like the home of another person; then that person is meant. */
  readonly given?: string
  readonly own: readonly string[]
  /** Homes of people who let this account act for them. */
  readonly delegated: readonly DelegatedHome[]
}

/** A home that belongs to somebody else. */
export interface DelegatedHome {
  readonly url: string
  /** What its owner lets us do with all of it, where a calendar does not say something else. */
  readonly access: 'read' | 'write'
}

/** More people than this have never given one account their calendars, but a server might say so. */
const maxDelegators = 50

/** Each home is a request. */
const maxHomes = 20

const principalProps = [
  '<D:resourcetype/>',
  '<C:calendar-home-set/>',
  '<S:calendar-proxy-read-for/>',
  '<S:calendar-proxy-write-for/>',
]

/**
 * Finds the calendar homes from a starting point: what it names itself, what the principal names whom we are signed in
 * as, and the homes of those for whom that principal may act.
 * @see RFC 4791 section 6.2.1, RFC 5397; for acting for others: CalendarServer's `calendar-proxy`
 */
export async function homesFrom(context: AccountContext, start: Listed, signal?: AbortSignal): Promise<Homes> {
  const self = start.responses[0]
  const direct = hrefsIn(self, ns.caldav, 'calendar-home-set', start.url)
  const address = await principalOf(context, start, direct.length > 0, signal)
  // No principals here: what was given is taken for the home.
  if (!address) return { own: (direct.length > 0 ? direct : [start.url]).slice(0, maxHomes), delegated: [] }
  // The address of another person's principal means that person.
  const isPrincipal = child(prop(self, ns.dav, 'resourcetype'), ns.dav, 'principal') !== undefined
  if (isPrincipal && direct.length > 0 && !same(partsOf(address), partsOf(start.url)))
    return { own: direct.slice(0, maxHomes), delegated: [] }

  const principal =
    address === start.url ? start : await askPrincipal(context, address, { optional: direct.length > 0 }, signal)
  const named = hrefsIn(principal?.responses[0], ns.caldav, 'calendar-home-set', principal?.url ?? address)
  const all = [...new Set([...direct, ...named])].slice(0, maxHomes)
  const own = all.length > 0 ? all : [principal?.url ?? address]
  const delegated = principal ? await delegatedHomes(context, principal, signal) : []
  const isBeside =
    !isPrincipal && principal?.url !== start.url && !own.some((home) => same(partsOf(home), partsOf(start.url)))
  return isBeside && own.some((home) => areSiblings(home, start.url))
    ? { given: start.url, own, delegated }
    : { own, delegated }
}

/** Whom we are signed in as. Servers without `current-user-principal` may know two older ways of saying so. */
async function principalOf(
  context: AccountContext,
  start: Listed,
  hasHomes: boolean,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const self = start.responses[0]
  const current = prop(self, ns.dav, 'current-user-principal')
  if (current && child(current, ns.dav, 'unauthenticated')) {
    if (hasHomes) return undefined
    throw new SyncError('auth_expired', `${new URL(start.url).host} does not know who you are. Sign in again.`)
  }
  const named = hrefsIn(self, ns.dav, 'current-user-principal', start.url)[0]
  if (named !== undefined || hasHomes) return named
  const older = hrefsIn(self, ns.dav, 'principal-URL', start.url)[0]
  if (older !== undefined) return older
  for (const collection of hrefsIn(self, ns.dav, 'principal-collection-set', start.url).slice(0, 3)) {
    const matched = await matchPrincipal(context, collection, signal)
    if (matched !== undefined) return matched
  }
  return undefined
}

/** Asks a collection of principals which of them we are. @see RFC 3744 section 9.3 */
async function matchPrincipal(
  context: AccountContext,
  collection: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const body = '<D:principal-match xmlns:D="DAV:"><D:self/></D:principal-match>'
  const answer = await context.dav.report(collection, '0', body, signal)
  if (answer.status !== 207) return undefined
  const found = multistatusOf(answer).responses.find((one) => one.status === undefined || one.status < 300)
  return found?.hrefs[0] === undefined ? undefined : resolve(found.hrefs[0], answer.url).href
}

async function askPrincipal(
  context: AccountContext,
  url: string,
  { optional }: { readonly optional: boolean },
  signal?: AbortSignal,
): Promise<Listed | undefined> {
  try {
    const answer = await context.dav.propfind(url, '0', principalProps, signal)
    return { url: answer.url, responses: multistatusOf(answer).responses }
  } catch (error) {
    if (optional && isClosed(error)) return undefined
    throw error
  }
}

async function delegatedHomes(
  context: AccountContext,
  principal: Listed,
  signal?: AbortSignal,
): Promise<readonly DelegatedHome[]> {
  const self = principal.responses[0]
  const writers = new Set(hrefsIn(self, ns.calendarServer, 'calendar-proxy-write-for', principal.url))
  const readers = hrefsIn(self, ns.calendarServer, 'calendar-proxy-read-for', principal.url)
  const delegators = [...new Set([...writers, ...readers])].filter((url) => url !== principal.url)
  const homes: DelegatedHome[] = []
  for (const url of delegators.slice(0, maxDelegators)) {
    const found = await askPrincipal(context, url, { optional: true }, signal).catch((error: unknown) => {
      if (!isShut(error)) throw error
      return undefined
    })
    const access = writers.has(url) ? 'write' : 'read'
    const named = hrefsIn(found?.responses[0], ns.caldav, 'calendar-home-set', found?.url ?? url)
    for (const home of named.slice(0, maxHomes)) homes.push({ url: home, access })
  }
  return homes
}

/**
 * True for a home or principal of somebody else that is closed to us. Some servers say "sign in" where they mean that;
 * what is our own has been read with the same credentials.
 */
export function isShut(error: unknown): boolean {
  return isClosed(error) || isSyncError(error, 'auth_expired')
}

/** True for an answer that says no for good: there is nothing here for this account, and nothing to wait for. */
export function isClosed(error: unknown): boolean {
  if (!isSyncError(error)) return false
  if (error.code === 'forbidden' || error.code === 'calendar_gone' || error.code === 'unsupported') return true
  return error.reason === 'OTHER_SITE' || (error.code === 'invalid_response' && /^4\d\d$/.test(error.reason ?? ''))
}

/** The addresses inside a property, resolved. */
export function hrefsIn(
  response: DavResponse | undefined,
  uri: string,
  local: string,
  base: string,
): readonly string[] {
  return hrefTexts(response, uri, local).map((href) => resolve(href, base).href)
}

/** Directly below the same collection, as the homes of two users are. What stands at the top of a site has no siblings. */
function areSiblings(a: string, b: string): boolean {
  const [left, right] = [partsOf(a), partsOf(b)]
  return left.length > 2 && left.length === right.length && same(left.slice(0, -1), right.slice(0, -1))
}

function partsOf(url: string): readonly string[] {
  const { origin, pathname } = new URL(url)
  return [origin, ...pathname.split('/').filter((part) => part !== '')]
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((part, index) => part === b[index])
}
