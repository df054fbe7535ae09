import type { HttpAnswer } from '../../http/client.js'
import { isCalendar } from './calendar-map.js'
import { type DavClient, multistatusOf } from './client.js'
import { child, type DavResponse, ns, prop } from './xml.js'

/** A multistatus and the address that it came from, against which its hrefs are resolved. */
export interface Listed {
  readonly url: string
  readonly responses: readonly DavResponse[]
}

/** What is asked of every calendar. */
export const calendarProps: readonly string[] = [
  '<D:resourcetype/>',
  '<D:displayname/>',
  '<D:current-user-privilege-set/>',
  '<D:supported-report-set/>',
  '<C:supported-calendar-component-set/>',
  '<C:calendar-timezone/>',
  '<C:calendar-timezone-id/>',
  '<A:calendar-color/>',
]

/** What is asked of the address that a search begins at. */
const startProps = [
  ...calendarProps,
  '<D:current-user-principal/>',
  '<D:principal-URL/>',
  '<D:principal-collection-set/>',
  '<C:calendar-home-set/>',
  '<S:calendar-proxy-read-for/>',
  '<S:calendar-proxy-write-for/>',
]

/** What an address says of itself. */
export interface Start {
  readonly answer: HttpAnswer
  /** Undefined when the address does not lead to calendars, which another one may still do. */
  readonly listed: Listed | undefined
}

/** Asks one address whether calendars can be found from it. What a refusal means is up to the caller. */
export async function askForStart(dav: DavClient, url: string, signal?: AbortSignal): Promise<Start> {
  const answer = await dav.propfind(url, '0', startProps, signal)
  if (answer.status !== 207) return { answer, listed: undefined }
  const listed = { url: answer.url, responses: multistatusOf(answer).responses }
  return { answer, listed: pointsOn(listed.responses[0]) ? listed : undefined }
}

/** Where a server says that its calendars begin. @see RFC 6764 section 5 */
export function wellKnown(site: string): string {
  return new URL('/.well-known/caldav', site).href
}

/**
 * Where widespread servers keep their calendars, for those that were set up without a well-known address. Tried last,
 * and believed only when calendars can be found from there.
 */
export function usualRoots(site: string): readonly string[] {
  // SOGo answers below any first name, so its own is asked before the others.
  const paths = ['/SOGo/dav/', '/remote.php/dav/', '/dav.php/', '/caldav.php/', '/dav/']
  return paths.map((path) => new URL(path, site).href)
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
