import type { SyncError } from '../../errors.js'
import type { HttpAnswer } from '../../http/client.js'
import type { RemoteCalendarId, RemoteId, Revision } from '../../model/ids.js'
import { multistatusOf } from './client.js'
import { type AccountContext, calendarUrl, learnId } from './context.js'
import { strongTag } from './etag.js'
import { failure } from './failure.js'
import { asAsked, isCollectionHref, toId } from './href.js'
import { child, type DavResponse, ns, prop } from './xml.js'

/** What a listing says about one resource. */
export type Entry =
  /** There. Without a revision, or where tags come again, it has to be read to know whether it changed. */
  | { readonly type: 'there'; readonly id: RemoteId; readonly revision: Revision | undefined }
  | { readonly type: 'removed'; readonly id: RemoteId }
  | { readonly type: 'refused'; readonly id: RemoteId; readonly error: SyncError }

/** One answer to a listing request. */
export interface Listing {
  /** One per id; where the server says two things of one id, the later one. */
  readonly entries: readonly Entry[]
  readonly token: string | undefined
  /** The server stopped before the end; go on with the token. */
  readonly more: boolean
}

/** Reads a listing, by sync-collection or by PROPFIND. @throws SyncError when it is not complete or not a listing. */
export function entriesOf(context: AccountContext, calendar: RemoteCalendarId, answer: HttpAnswer): Listing {
  const { responses, syncToken } = multistatusOf(answer)
  const place = calendarUrl(context, calendar)
  const self = toId(place, place)
  const entries = new Map<RemoteId, Entry>()
  let more = false
  for (const response of responses) {
    for (const named of response.hrefs) {
      const href = asAsked(named, answer.url, place)
      const isSelf = sameCollection(toId(href, place), self)
      if (isSelf && isTruncation(response)) more = true
      else if (isSelf && response.status !== undefined && response.status >= 400) {
        throw failure({ ...answer, status: response.status }, 'reading')
      }
      if (isSelf || !mayBeEvent(href, response)) continue
      const id = learnId(context, href, place) as RemoteId
      entries.delete(id) // a later word on the same id counts, and takes the later place
      entries.set(id, entryOf(id, response, answer))
    }
  }
  return { entries: [...entries.values()], token: syncToken || undefined, more }
}

function entryOf(id: RemoteId, response: DavResponse, answer: HttpAnswer): Entry {
  const { status } = response
  if (status === 404 || status === 410) return { type: 'removed', id }
  if (status !== undefined && status >= 400)
    return { type: 'refused', id, error: failure({ ...answer, status }, 'reading') }
  // A property that was not found says nothing about the event.
  return { type: 'there', id, revision: strongTag(prop(response, ns.dav, 'getetag')?.text) }
}

/** Leaves out collections inside of the calendar, and resources that are said to be no calendar data. */
function mayBeEvent(href: string, response: DavResponse): boolean {
  if (isCollectionHref(href)) return false
  if (child(prop(response, ns.dav, 'resourcetype'), ns.dav, 'collection')) return false
  const type = prop(response, ns.dav, 'getcontenttype')?.text.trim()
  return !type || /^(?:text\/calendar|application\/(?:octet-stream|calendar\+\w+)|text\/plain)\b/i.test(type)
}

/** @see RFC 6578 section 3.6 */
function isTruncation(response: DavResponse): boolean {
  return (
    response.status === 507 ||
    response.propStatuses.includes(507) ||
    response.errors.some((error) => error.local === 'number-of-matches-within-limits')
  )
}

function sameCollection(a: string, b: string): boolean {
  return a.replace(/\/$/, '') === b.replace(/\/$/, '')
}
