import { SyncError } from '../../errors.js'
import type { RemoteCalendarId } from '../../model/ids.js'
import type { RemoteCalendar } from '../provider.js'
import { describeCalendar, isCalendar } from './calendar-map.js'
import { multistatusOf } from './client.js'
import { type AccountContext, habitsOf, learnId } from './context.js'
import { failure } from './failure.js'
import { resolve } from './href.js'
import { child, type DavResponse, namesBelow, ns, prop } from './xml.js'

const calendarProps = [
  '<D:resourcetype/>',
  '<D:displayname/>',
  '<D:current-user-privilege-set/>',
  '<D:supported-report-set/>',
  '<C:supported-calendar-component-set/>',
  '<C:calendar-timezone/>',
  '<C:calendar-timezone-id/>',
  '<A:calendar-color/>',
]
const rootProps = [...calendarProps, '<D:current-user-principal/>', '<C:calendar-home-set/>']

/**
 * Finds the calendars of an account from any address of it: that of the server, of its DAV root, of a principal, of a
 * calendar home, or of one calendar (which is then the only one listed).
 * @see RFC 6764 section 6, RFC 5397, RFC 4791 section 6.2.1
 */
export async function discover(context: AccountContext, signal?: AbortSignal): Promise<readonly RemoteCalendar[]> {
  const start = (await askRoot(context, context.dav.site, signal)) ?? (await askWellKnown(context, signal))
  if (!start) throw notCalendar(context.dav.site)
  const self = start.responses[0]
  if (self && isCalendar(self)) return calendarsIn(context, [self], start.url)

  const found = new Map<string, RemoteCalendar>()
  for (const home of await homesFrom(context, start, signal)) {
    const listed = await list(context, home, signal)
    for (const calendar of calendarsIn(context, listed.responses, listed.url)) found.set(calendar.id, calendar)
  }
  return [...found.values()]
}

/** A multistatus and the address that it came from, against which its hrefs are resolved. */
interface Listed {
  readonly url: string
  readonly responses: readonly DavResponse[]
}

/** What an address says of itself; undefined when it does not speak DAV, which another address may still do. */
async function askRoot(context: AccountContext, url: string, signal?: AbortSignal): Promise<Listed | undefined> {
  const answer = await context.dav.propfind(url, '0', rootProps, signal)
  if (answer.status === 401 || answer.status === 429 || answer.status >= 500) {
    // 501 is how servers without DAV refuse an unknown method.
    if (answer.status !== 501) throw failure(answer, 'reading')
  }
  if (answer.status !== 207) return undefined
  const listed = { url: answer.url, responses: multistatusOf(answer).responses }
  return pointsOn(listed.responses[0]) ? listed : undefined
}

/** The place where servers say where their calendars begin. @throws SyncError for a server that is no CalDAV server. */
async function askWellKnown(context: AccountContext, signal?: AbortSignal): Promise<Listed | undefined> {
  const url = new URL('/.well-known/caldav', context.dav.site).href
  const answer = await context.dav.propfind(url, '0', rootProps, signal)
  if (answer.status === 401 || answer.status === 403 || answer.status === 429) throw failure(answer, 'reading')
  if (answer.status !== 207) return undefined
  const listed = { url: answer.url, responses: multistatusOf(answer).responses }
  return pointsOn(listed.responses[0]) ? listed : undefined
}

/** True when there is a way from here to calendars. A collection may itself be a home on servers without principals. */
function pointsOn(self: DavResponse | undefined): boolean {
  return (
    isCalendar(self) ||
    prop(self, ns.dav, 'current-user-principal') !== undefined ||
    prop(self, ns.caldav, 'calendar-home-set') !== undefined ||
    child(prop(self, ns.dav, 'resourcetype'), ns.dav, 'collection') !== undefined
  )
}

/** The addresses below which calendars are listed. */
async function homesFrom(context: AccountContext, start: Listed, signal?: AbortSignal): Promise<readonly string[]> {
  const self = start.responses[0]
  const direct = hrefsIn(self, ns.caldav, 'calendar-home-set', start.url)
  if (direct.length > 0) return direct
  const principalProp = prop(self, ns.dav, 'current-user-principal')
  if (principalProp && child(principalProp, ns.dav, 'unauthenticated')) {
    throw new SyncError('auth_expired', `${new URL(start.url).host} does not know who you are. Sign in again.`)
  }
  const principal = hrefsIn(self, ns.dav, 'current-user-principal', start.url)[0]
  if (!principal) return [start.url] // no principals here: what was given is taken for the home
  const answer = await context.dav.propfind(principal, '0', ['<C:calendar-home-set/>', '<D:resourcetype/>'], signal)
  const homes = hrefsIn(multistatusOf(answer).responses[0], ns.caldav, 'calendar-home-set', answer.url)
  return homes.length > 0 ? homes : [principal]
}

async function list(context: AccountContext, home: string, signal?: AbortSignal): Promise<Listed> {
  const answer = await context.dav.propfind(home, '1', calendarProps, signal)
  return { url: answer.url, responses: multistatusOf(answer).responses }
}

function calendarsIn(
  context: AccountContext,
  responses: readonly DavResponse[],
  url: string,
): readonly RemoteCalendar[] {
  return responses.filter(isCalendar).flatMap((response) => {
    const href = response.hrefs[0]
    if (href === undefined) return []
    const id = learnId(context, href, url) as RemoteCalendarId
    const reports = prop(response, ns.dav, 'supported-report-set')
    if (reports) habitsOf(context, id).sync ??= namesBelow(reports).has('sync-collection')
    return [describeCalendar(id, response)]
  })
}

/** The addresses inside a property, resolved. */
function hrefsIn(response: DavResponse | undefined, uri: string, local: string, base: string): readonly string[] {
  const found =
    prop(response, uri, local)?.children.filter((inner) => inner.uri === ns.dav && inner.local === 'href') ?? []
  return found
    .map((href) => href.text.trim())
    .filter((href) => href !== '')
    .map((href) => resolve(href, base).href)
}

function notCalendar(site: string): SyncError {
  return new SyncError(
    'not_a_calendar',
    `${new URL(site).host} answers, but not as a CalDAV server. Use the CalDAV address that the service names in its help ` +
      '(it often ends in /dav/, /caldav/ or /remote.php/dav/).',
  )
}
