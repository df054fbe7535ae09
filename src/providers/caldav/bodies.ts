import { type SyncError, throwIfAborted } from '../../errors.js'
import type { RemoteCalendarId, RemoteId } from '../../model/ids.js'
import { multigetBody, multistatusOf } from './client.js'
import { type AccountContext, calendarUrl, habitsOf, learnId } from './context.js'
import { strongTag } from './etag.js'
import { failure, lacksPrivilege } from './failure.js'
import { asAsked } from './href.js'
import { learnFromTag } from './traits.js'
import { ns, prop } from './xml.js'

/** What a calendar holds under one id. */
export type Body =
  | { readonly type: 'found'; readonly id: RemoteId; readonly text: string; readonly tag: string | null }
  /** The calendar itself answered, and this is not in it. */
  | { readonly type: 'gone'; readonly id: RemoteId }
  | { readonly type: 'failed'; readonly id: RemoteId; readonly error: SyncError }

/** Servers get slow, or refuse, with more than this in one report. */
export const bodiesPerReport = 100

/**
 * Reads up to {@link bodiesPerReport} events, in one report where the server can. Every id is in the result, once.
 *
 * Servers differ in what they do about an event that has vanished in between: most say so inside of the report, some
 * leave it out, some refuse the whole report. What a report does not settle is read one by one.
 */
export async function readBodies(
  context: AccountContext,
  calendar: RemoteCalendarId,
  ids: readonly RemoteId[],
  signal?: AbortSignal,
): Promise<readonly Body[]> {
  if (ids.length === 0) return [] // one server answers an empty list with an error
  throwIfAborted(signal)
  const settled =
    habitsOf(context, calendar).multiget === false
      ? new Map<RemoteId, Body>()
      : await report(context, calendar, ids, signal)
  const habits = habitsOf(context, calendar)
  if ([...settled.values()].some((body) => body.type === 'found')) habits.multiget = true
  // A report that has never found anything proves nothing: for some calendars that others share it knows no event at all.
  const doubted = habits.multiget ? [] : ids.filter((id) => settled.get(id)?.type === 'gone')
  for (const id of doubted) settled.delete(id)
  const open = ids.filter((id) => !settled.has(id))
  const single = await readOneByOne(context, calendar, open, signal)
  if (single.some((body) => body.type === 'found' && doubted.includes(body.id))) habits.multiget = false
  const failures = single.filter((body) => body.type === 'failed')
  // Each of several refused with a server error: the server is ill, not the events.
  const first = failures[0]
  if (
    first &&
    failures.length > 1 &&
    failures.length === ids.length &&
    failures.every((body) => body.error.code === 'unavailable')
  ) {
    throw first.error
  }
  return [...settled.values(), ...single]
}

/** What one report settles. A report that the server refuses as a whole is halved, because one event may be to blame. */
async function report(
  context: AccountContext,
  calendar: RemoteCalendarId,
  ids: readonly RemoteId[],
  signal: AbortSignal | undefined,
): Promise<Map<RemoteId, Body>> {
  const url = calendarUrl(context, calendar)
  const hrefs = ids.map((id) => hrefIn(url, context.spellings.urlOf(id)))
  const answer = await context.dav.report(url, '1', multigetBody(hrefs), signal)
  if (answer.status === 207) return settledBy(context, [answer.url, url], ids, multistatusOf(answer))
  if (![400, 403, 404, 405, 409, 415, 422, 500, 501].includes(answer.status)) throw failure(answer, 'reading')
  if (answer.status === 403 && lacksPrivilege(answer.text)) throw failure(answer, 'reading')
  if (answer.status === 501 || answer.status === 405) habitsOf(context, calendar).multiget = false
  if (ids.length === 1 || habitsOf(context, calendar).multiget === false) return new Map()
  const middle = Math.ceil(ids.length / 2)
  const left = await report(context, calendar, ids.slice(0, middle), signal)
  const right = await report(context, calendar, ids.slice(middle), signal)
  return new Map([...left, ...right])
}

function settledBy(
  context: AccountContext,
  [answered, place]: readonly [string, string],
  ids: readonly RemoteId[],
  answer: ReturnType<typeof multistatusOf>,
): Map<RemoteId, Body> {
  const asked = new Set<string>(ids)
  const settled = new Map<RemoteId, Body>()
  for (const response of answer.responses) {
    for (const href of response.hrefs) {
      const id = learnId(context, asAsked(href, answered, place), place) as RemoteId
      if (!asked.has(id)) continue
      const text = prop(response, ns.caldav, 'calendar-data')?.text
      if (text !== undefined && text.trim() !== '') {
        const tag = prop(response, ns.dav, 'getetag')?.text ?? null
        learnFromTag(context.traits, strongTag(tag))
        settled.set(id, { type: 'found', id, text, tag })
      } else if (response.status === 404 || response.status === 410) {
        settled.set(id, { type: 'gone', id })
      }
      // Anything else (no data, a status of its own) is read again alone.
    }
  }
  return settled
}

const readsAtOnce = 4

async function readOneByOne(
  context: AccountContext,
  calendar: RemoteCalendarId,
  ids: readonly RemoteId[],
  signal: AbortSignal | undefined,
): Promise<readonly Body[]> {
  const bodies: Body[] = []
  for (let start = 0; start < ids.length; start += readsAtOnce) {
    const some = ids.slice(start, start + readsAtOnce)
    bodies.push(...(await Promise.all(some.map((id) => readOne(context, id, signal)))))
  }
  // "Not found" counts only when the calendar itself is there; otherwise a lost calendar would look like lost events.
  if (bodies.some((body) => body.type === 'gone')) await assertCalendar(context, calendar, signal)
  return bodies
}

async function readOne(context: AccountContext, id: RemoteId, signal: AbortSignal | undefined): Promise<Body> {
  const answer = await context.dav.send('GET', context.spellings.urlOf(id), {
    headers: { accept: 'text/calendar' },
    signal,
  })
  if (answer.status === 404 || answer.status === 410) return { type: 'gone', id }
  if (answer.status === 200) {
    if (/^text\/html\b/i.test(answer.headers.get('content-type') ?? '')) throw failure(answer, 'reading')
    return { type: 'found', id, text: answer.text, tag: answer.headers.get('etag') }
  }
  const error = failure(answer, 'reading')
  // These two may be about this event alone; everything else is about the account or the server.
  if (error.code === 'forbidden' || (error.code === 'unavailable' && answer.status === 500))
    return { type: 'failed', id, error }
  throw error
}

/** @throws SyncError `calendar_gone` and all that a reading request throws. */
export async function assertCalendar(
  context: AccountContext,
  calendar: RemoteCalendarId,
  signal?: AbortSignal,
): Promise<void> {
  const answer = await context.dav.propfind(calendarUrl(context, calendar), '0', ['<D:resourcetype/>'], signal)
  const { responses } = multistatusOf(answer)
  const status = responses[0]?.status
  if (status === 404 || status === 410) throw failure({ ...answer, status }, 'reading')
}

/** How a report names an event: by path, as most servers expect, where it lives at the calendar's own host. */
function hrefIn(calendar: string, event: string): string {
  const root = calendar.indexOf('/', calendar.indexOf('//') + 2)
  return event.startsWith(calendar.slice(0, root + 1)) ? event.slice(root) : event
}
