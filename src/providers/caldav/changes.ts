import { SyncError } from '../../errors.js'
import type { HttpAnswer } from '../../http/client.js'
import type { RemoteCalendarId } from '../../model/ids.js'
import type { Pull, PullFrom } from '../provider.js'
import { multistatusOf, syncCollectionBody } from './client.js'
import { type AccountContext, calendarUrl, habitsOf } from './context.js'
import { type CaldavCursor, formatCursor, parseCursor } from './cursor.js'
import { failure, lacksPrivilege } from './failure.js'
import { entriesOf, type Listing } from './listing.js'
import { assertNoLostRemovals } from './lost-removals.js'
import { pagesOf } from './pages.js'
import { namesBelow, ns, prop } from './xml.js'

/**
 * Lists what changed in a calendar, in one of two ways.
 *
 * With sync-collection (RFC 6578) the server tells what changed and what went. Without it, the ctag tells whether
 * anything changed at all, and then all entity tags are listed: a complete listing. Either way an unchanged calendar
 * costs one small request, and bodies are read only of events whose revision we do not hold.
 */
export async function changes(
  context: AccountContext,
  calendar: RemoteCalendarId,
  from: PullFrom,
  signal?: AbortSignal,
): Promise<Pull> {
  const start = from.resume ?? from.cursor
  const cursor = start === undefined ? undefined : parseCursor(start)
  if (cursor?.kind === 'sync') return await continueSync(context, calendar, cursor, from, signal)

  const state = await readState(context, calendar, signal)
  if (cursor?.kind === 'listing') {
    if (cursor.ctag !== null && cursor.ctag === state.ctag) return nothingNew(formatCursor(cursor))
    return await listAll(context, calendar, state.ctag, from, signal)
  }
  return state.sync
    ? await startSync(context, calendar, state.ctag, from, signal)
    : await listAll(context, calendar, state.ctag, from, signal)
}

interface CalendarState {
  readonly sync: boolean
  readonly ctag: string | null
}

/** What the calendar says about itself. @throws SyncError `calendar_gone`. */
async function readState(
  context: AccountContext,
  calendar: RemoteCalendarId,
  signal?: AbortSignal,
): Promise<CalendarState> {
  const habits = habitsOf(context, calendar)
  const props = [
    '<D:resourcetype/>',
    '<S:getctag/>',
    ...(habits.sync === undefined ? ['<D:supported-report-set/>'] : []),
  ]
  const answer = await context.dav.propfind(calendarUrl(context, calendar), '0', [...props], signal)
  const self = multistatusOf(answer).responses[0]
  if (!self || self.status === 404 || self.status === 410) throw failure({ ...answer, status: 404 }, 'reading')
  if (self.status !== undefined && self.status >= 400) throw failure({ ...answer, status: self.status }, 'reading')
  const reports = prop(self, ns.dav, 'supported-report-set')
  habits.sync ??= reports !== undefined && namesBelow(reports).has('sync-collection')
  return { sync: habits.sync, ctag: prop(self, ns.calendarServer, 'getctag')?.text.trim() || null }
}

/** The first listing by sync-collection; an ordinary listing where the server's sync-collection does not work. */
async function startSync(
  context: AccountContext,
  calendar: RemoteCalendarId,
  ctag: string | null,
  from: PullFrom,
  signal?: AbortSignal,
): Promise<Pull> {
  const answer = await syncReport(context, calendar, '', signal)
  const first = answer.status === 207 ? entriesOf(context, calendar, answer) : undefined
  if (!first?.token) {
    if (!first && !brokenReport(answer)) throw failure(answer, 'reading')
    habitsOf(context, calendar).sync = false
    return await listAll(context, calendar, ctag, from, signal)
  }
  const next = (token: string): Promise<Listing> => syncPage(context, calendar, token, signal)
  const cursorAt = (token: string, last: boolean): CaldavCursor => ({
    kind: 'sync',
    token,
    fresh: true,
    ...(last ? {} : { full: true }),
  })
  return { complete: true, pages: pagesOf({ context, calendar, from, complete: true, first, next, cursorAt, signal }) }
}

/** Goes on from a token. */
async function continueSync(
  context: AccountContext,
  calendar: RemoteCalendarId,
  cursor: Extract<CaldavCursor, { kind: 'sync' }>,
  from: PullFrom,
  signal?: AbortSignal,
): Promise<Pull> {
  const answer = await syncReport(context, calendar, cursor.token, signal)
  if (answer.status !== 207) {
    // A token that was never accepted: asking for another one would go round in circles.
    if (cursor.fresh && [400, 405, 415, 501].includes(answer.status)) habitsOf(context, calendar).sync = false
    throw tokenError(answer)
  }
  const first = withToken(entriesOf(context, calendar, answer))
  const complete = cursor.full ?? false
  if (!complete) await assertNoLostRemovals(context, calendar, cursor.token, first, from, signal)
  const next = (token: string): Promise<Listing> => syncPage(context, calendar, token, signal)
  const cursorAt = (token: string, last: boolean): CaldavCursor => ({
    kind: 'sync',
    token,
    ...(complete ? { fresh: true, ...(last ? {} : { full: true }) } : {}),
  })
  return { complete, pages: pagesOf({ context, calendar, from, complete, first, next, cursorAt, signal }) }
}

/** A complete listing of all entity tags. The ctag was read before it, so that a change in between is seen next time. */
async function listAll(
  context: AccountContext,
  calendar: RemoteCalendarId,
  ctag: string | null,
  from: PullFrom,
  signal?: AbortSignal,
): Promise<Pull> {
  const props = ['<D:getetag/>', '<D:resourcetype/>', '<D:getcontenttype/>']
  const answer = await context.dav.propfind(calendarUrl(context, calendar), '1', props, signal)
  const first = entriesOf(context, calendar, answer)
  if (first.more) {
    throw new SyncError('invalid_response', 'The server lists only a part of this calendar. Nothing of it was used.', {
      reason: 'PARTIAL_LISTING',
    })
  }
  const cursorAt = (): CaldavCursor => ({ kind: 'listing', ctag })
  return { complete: true, pages: pagesOf({ context, calendar, from, complete: true, first, cursorAt, signal }) }
}

function nothingNew(cursor: ReturnType<typeof formatCursor>): Pull {
  async function* pages(): Pull['pages'] {
    yield { changes: [], cursor }
  }
  return { complete: false, pages: pages() }
}

/** No limit is sent: servers that know it page by themselves, and some refuse it on a first listing. */
function syncReport(
  context: AccountContext,
  calendar: RemoteCalendarId,
  token: string,
  signal: AbortSignal | undefined,
): Promise<HttpAnswer> {
  return context.dav.report(calendarUrl(context, calendar), '0', syncCollectionBody(token), signal)
}

async function syncPage(
  context: AccountContext,
  calendar: RemoteCalendarId,
  token: string,
  signal: AbortSignal | undefined,
): Promise<Listing> {
  const answer = await syncReport(context, calendar, token, signal)
  if (answer.status !== 207) throw tokenError(answer)
  return withToken(entriesOf(context, calendar, answer))
}

function withToken(listing: Listing): Listing {
  if (listing.token) return listing
  throw new SyncError(
    'invalid_response',
    'The server named changes but no token to go on from. Nothing was used; try again.',
    {
      reason: 'NO_TOKEN',
    },
  )
}

/** Every refusal of a token means that it is dead, except those that are about the account, the calendar or the pace. */
function tokenError(answer: HttpAnswer): SyncError {
  const { status } = answer
  const about = status === 401 || status === 404 || status === 408 || status === 423 || status === 429
  const missing = status === 403 && lacksPrivilege(answer.text)
  // One server answers an unknown token with a plain 500. If it is ill instead, the new listing will tell.
  if (((status >= 400 && status < 500) || status === 500 || status === 507) && !about && !missing) {
    return new SyncError(
      'cursor_expired',
      'The server no longer accepts the sync token. List the calendar from the start.',
      {
        reason: String(status),
      },
    )
  }
  return failure(answer, 'reading')
}

/** True when the server offers sync-collection but cannot do it. */
function brokenReport(answer: HttpAnswer): boolean {
  if (answer.status === 403) return !lacksPrivilege(answer.text)
  return [400, 405, 409, 412, 415, 422, 500, 501, 507].includes(answer.status)
}
