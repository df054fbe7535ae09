import { isSyncError, SyncError } from '../../errors.js'
import type { HttpAnswer } from '../../http/client.js'
import { patchObject } from '../../ical/patch.js'
import { writeObject } from '../../ical/write.js'
import type { RemoteCalendarId, RemoteId } from '../../model/ids.js'
import type { EventChange, EventDraft, RemoteEvent, Written } from '../provider.js'
import { assertCalendar } from './bodies.js'
import { type AccountContext, calendarUrl, inTurn, learnId, rememberWrite } from './context.js'
import { strongTag } from './etag.js'
import { nameFor, uidFor } from './event-map.js'
import { failure, isUidConflict, refusedContent } from './failure.js'
import { alreadyThere, assertFree, baseOf, guardFailed, unwrapped } from './guards.js'
import { toRemoteId } from './href.js'
import { assertNoMail, quiet } from './mail-guard.js'
import { parseErrorBody } from './xml.js'

/** The address of the copy that is created under a key. Derived, so that a repeated create meets the first one. */
export function createUrl(context: AccountContext, calendar: RemoteCalendarId, key: EventDraft['key']): string {
  return new URL(nameFor(key), calendarUrl(context, calendar)).href
}

/** Creates a copy, and never over something that is there. @see RFC 4791 section 5.3.2 */
export function create(
  context: AccountContext,
  calendar: RemoteCalendarId,
  draft: EventDraft,
  signal?: AbortSignal,
): Promise<Written> {
  const url = createUrl(context, calendar, draft.key)
  return inTurn(context, toRemoteId(url, context.dav.site), () => createNow(context, calendar, url, draft, signal))
}

async function createNow(
  context: AccountContext,
  calendar: RemoteCalendarId,
  url: string,
  draft: EventDraft,
  signal?: AbortSignal,
): Promise<Written> {
  await assertFree(context, calendar, url, signal)
  const body = writeObject({ uid: uidFor(draft.key), content: draft.content, mark: draft.mark, now: context.now() })
  await assertNoMail(context, calendar, { after: body }, signal)
  const answer = await put(context, url, body, { 'if-none-match': '*' }, signal)
  if (isWritten(answer)) {
    // 201 is what a create ends with. Anything else may have written over something, and shall not do so again.
    if (answer.status !== 201) context.traits.ignoresGuards = true
    return written(context, answer, url)
  }
  // Two servers say 412 of a text that they do not take.
  if (answer.status === 412 && refusedContent(answer.text) === undefined) throw alreadyThere()
  if (isUidConflict(answer.text)) {
    // Some servers look at the UID before the name: then our own first attempt shows as a conflict of UIDs.
    if (await isOurs(context, url, answer, signal)) throw alreadyThere()
    throw new SyncError('event_refused', 'The account already has an event with this identity in another place.', {
      reason: 'UID_CONFLICT',
    })
  }
  const error = await refusal(context, calendar, answer, signal)
  // There is nothing yet that could be missing: with the calendar in place, the refusal is about the event.
  throw error.code === 'not_found'
    ? new SyncError('event_refused', 'The server does not store this event.', { reason: '404' })
    : error
}

/** Changes an event in the text that the calendar has, so that everything unknown to us stays. */
export function update(
  context: AccountContext,
  calendar: RemoteCalendarId,
  change: EventChange,
  signal?: AbortSignal,
): Promise<Written> {
  return inTurn(context, change.current.id, () => updateNow(context, calendar, change, signal))
}

async function updateNow(
  context: AccountContext,
  calendar: RemoteCalendarId,
  change: EventChange,
  signal?: AbortSignal,
): Promise<Written> {
  const url = context.spellings.urlOf(change.current.id)
  const { raw, guard } = await baseOf(context, calendar, change.current, signal)
  const body = patchObject(raw, {
    content: change.content,
    fields: change.fields,
    now: context.now(),
    ...(change.mark ? { mark: change.mark } : {}),
  })
  await assertNoMail(context, calendar, { before: raw, after: body }, signal)
  const answer = await put(context, url, body, { ...guard, ...quiet(raw) }, signal)
  if (isWritten(answer)) return written(context, answer, url)
  if (answer.status === 412 && refusedContent(answer.text) === undefined) {
    throw await guardFailed(context, calendar, change.current.id, signal)
  }
  throw await refusal(context, calendar, answer, signal)
}

/** Removes an event, if it is still the one that we know. */
export function remove(
  context: AccountContext,
  calendar: RemoteCalendarId,
  current: RemoteEvent,
  signal?: AbortSignal,
): Promise<void> {
  return inTurn(context, current.id, () => removeNow(context, calendar, current, signal))
}

async function removeNow(
  context: AccountContext,
  calendar: RemoteCalendarId,
  current: RemoteEvent,
  signal?: AbortSignal,
): Promise<void> {
  const url = context.spellings.urlOf(current.id)
  const { raw, guard } = await baseOf(context, calendar, current, signal)
  await assertNoMail(context, calendar, { before: raw }, signal)
  const headers = { ...guard, ...quiet(raw) }
  const answer = unwrapped(
    await context.pace.run(() => context.dav.send('DELETE', url, { headers, signal }), isTooMuch),
  )
  if (answer.status === 200 || answer.status === 202 || answer.status === 204) {
    rememberWrite(context, current.id)
    return
  }
  if (answer.status === 412) throw await guardFailed(context, calendar, current.id, signal)
  throw await refusal(context, calendar, answer, signal)
}

/** Bodies are strings, so their length is announced: two servers refuse bodies in chunks. */
async function put(
  context: AccountContext,
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<HttpAnswer> {
  const request = {
    headers: { ...headers, 'content-type': 'text/calendar; charset=utf-8' },
    body: context.dress?.(body) ?? body,
    signal,
  }
  return unwrapped(await context.pace.run(() => context.dav.send('PUT', url, request), isTooMuch))
}

/** @see RFC 6585 section 4, RFC 9110 section 15.6.4 */
function isTooMuch({ status }: HttpAnswer): boolean {
  return status === 429 || status === 503
}

function isWritten(answer: HttpAnswer): boolean {
  return answer.status === 200 || answer.status === 201 || answer.status === 204
}

/** What is there now is not said: servers change what they are given even when they return a tag for it. */
function written(context: AccountContext, answer: HttpAnswer, url: string): Written {
  const location = answer.headers.get('location')
  const id = location ? (learnId(context, location, answer.url) as RemoteId) : toRemoteId(url, context.dav.site)
  rememberWrite(context, id)
  // Where tags come again, the tag alone is no revision.
  const revision = context.traits.repeatsTags ? undefined : strongTag(answer.headers.get('etag'))
  return revision === undefined ? { id } : { id, revision }
}

/** Whether a conflict of UIDs is one with the very event that was to be created. */
async function isOurs(
  context: AccountContext,
  url: string,
  answer: HttpAnswer,
  signal?: AbortSignal,
): Promise<boolean> {
  const { hrefs } = parseErrorBody(answer.text)
  const ours = toRemoteId(url, context.dav.site)
  const named = hrefs.filter((href) => href.endsWith('.ics') && URL.canParse(href, answer.url))
  // A multistatus names what was asked for; only the href of an error says what stands in the way.
  if (!/multistatus/.test(answer.text) && named.length > 0)
    return named.some((href) => toRemoteId(href, answer.url) === ours)
  const there = await context.dav.send('GET', url, { headers: { accept: 'text/calendar' }, signal })
  return there.status === 200
}

/** What a refused write means, after a look whether the calendar is still there when the answer leaves that open. */
async function refusal(
  context: AccountContext,
  calendar: RemoteCalendarId,
  answer: HttpAnswer,
  signal?: AbortSignal,
): Promise<SyncError> {
  const error = failure(answer, 'writing')
  // A named precondition is about the event; a bare status may be about the calendar around it.
  if (![403, 404, 405, 409, 410].includes(answer.status) || error.reason !== String(answer.status)) return error
  try {
    await assertCalendar(context, calendar, signal)
    return error
  } catch (calendarError) {
    return isSyncError(calendarError, 'calendar_gone') ? calendarError : error
  }
}
