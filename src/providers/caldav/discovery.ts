import { isSyncError, SyncError } from '../../errors.js'
import type { RemoteCalendarId } from '../../model/ids.js'
import type { RemoteCalendar } from '../provider.js'
import { describeCalendar, isCalendar } from './calendar-map.js'
import { multistatusOf } from './client.js'
import { type AccountContext, habitsOf, learnId } from './context.js'
import { failure } from './failure.js'
import { homesFrom, isClosed, isShut } from './principals.js'
import { askForStart, calendarProps, type Listed, usualRoots, wellKnown } from './starting-point.js'
import { type DavResponse, namesBelow, ns, prop } from './xml.js'

/**
 * Finds the calendars of an account from any address of it: that of the server, of its DAV root, of a principal, of a
 * calendar home, or of one calendar (which is then the only one listed). Calendars of people who let this account act
 * for them are listed after its own.
 * @see RFC 6764 section 6, RFC 5397, RFC 4791 section 6.2.1
 */
export async function discover(context: AccountContext, signal?: AbortSignal): Promise<readonly RemoteCalendar[]> {
  const start =
    (await askSite(context, signal)) ?? (await askWellKnown(context, signal)) ?? (await askUsualRoots(context, signal))
  if (!start) throw notCalendar(context.dav.site)
  const self = start.responses[0]
  if (self && isCalendar(self)) return calendarsIn(context, [self], start.url, 'write')

  const found = new Map<string, RemoteCalendar>()
  const keep = (listed: Listed, access: RemoteCalendar['access']): void => {
    for (const calendar of calendarsIn(context, listed.responses, listed.url, access))
      if (!found.has(calendar.id)) found.set(calendar.id, calendar)
  }
  const homes = await homesFrom(context, start, signal)
  if (homes.given !== undefined) {
    const listed = await list(context, homes.given, signal).catch(unlessShut)
    if (listed) keep(listed, 'write')
    if (found.size > 0) return [...found.values()]
  }
  for (const listed of await ownHomes(context, homes.own, signal)) keep(listed, 'write')
  for (const { url, access } of homes.delegated) {
    // Who was let in once may have been shut out since; their own calendars are there all the same.
    const listed = await list(context, url, signal).catch(unlessShut)
    if (listed) keep(listed, access)
  }
  return [...found.values()]
}

/** One of several homes may be closed (one for tasks, one of a group); one alone that is closed is an error. */
async function ownHomes(
  context: AccountContext,
  homes: readonly string[],
  signal?: AbortSignal,
): Promise<readonly Listed[]> {
  const open: Listed[] = []
  let closed: unknown
  for (const home of homes) {
    try {
      open.push(await list(context, home, signal))
    } catch (error) {
      if (!isClosed(error) || (isSyncError(error) && error.reason === 'OTHER_SITE')) throw error
      closed ??= error
    }
  }
  if (open.length === 0 && closed !== undefined) throw closed
  return open
}

function unlessShut(error: unknown): undefined {
  if (!isShut(error)) throw error
}

/** What the account's own address says; undefined when it does not speak DAV, which another address may still do. */
async function askSite(context: AccountContext, signal?: AbortSignal): Promise<Listed | undefined> {
  const { answer, listed } = await askForStart(context.dav, context.dav.site, signal)
  // 501 is how servers without DAV refuse an unknown method.
  const isRefusal = answer.status === 401 || answer.status === 429 || (answer.status >= 500 && answer.status !== 501)
  if (isRefusal || answer.status === 421) throw failure(answer, 'reading')
  return listed
}

/** @throws SyncError for a server that says no. */
async function askWellKnown(context: AccountContext, signal?: AbortSignal): Promise<Listed | undefined> {
  const { answer, listed } = await askForStart(context.dav, wellKnown(context.dav.site), signal)
  if (answer.status === 401 || answer.status === 403 || answer.status === 429) throw failure(answer, 'reading')
  return listed
}

async function askUsualRoots(context: AccountContext, signal?: AbortSignal): Promise<Listed | undefined> {
  for (const url of usualRoots(context.dav.site)) {
    const { answer, listed } = await askForStart(context.dav, url, signal)
    if (listed) return listed
    if (answer.status === 401 || answer.status === 429) throw failure(answer, 'reading')
  }
  return undefined
}

async function list(context: AccountContext, home: string, signal?: AbortSignal): Promise<Listed> {
  const answer = await context.dav.propfind(home, '1', calendarProps, signal)
  return { url: answer.url, responses: multistatusOf(answer).responses }
}

function calendarsIn(
  context: AccountContext,
  responses: readonly DavResponse[],
  url: string,
  access: RemoteCalendar['access'],
): readonly RemoteCalendar[] {
  return responses.filter(isCalendar).flatMap((response) => {
    const href = response.hrefs[0]
    if (href === undefined) return []
    const id = learnId(context, href, url) as RemoteCalendarId
    const reports = prop(response, ns.dav, 'supported-report-set')
    if (reports) habitsOf(context, id).sync ??= namesBelow(reports).has('sync-collection')
    return [describeCalendar(id, response, access)]
  })
}

/** The answer of a server that speaks something else than CalDAV. */
export function notCalendar(site: string): SyncError {
  return new SyncError(
    'not_a_calendar',
    `${new URL(site).host} answers, but not as a CalDAV server. Use the CalDAV address that the service names in its help ` +
      '(it often ends in /dav/, /caldav/ or /remote.php/dav/).',
  )
}
