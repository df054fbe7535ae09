import { isSyncError, SyncError } from '../../errors.js'
import type { HttpAnswer } from '../../http/client.js'
import { patchObject } from '../../ical/patch.js'
import { writeObject } from '../../ical/write.js'
import type { RemoteCalendarId, RemoteId } from '../../model/ids.js'
import type { EventChange, EventDraft, RemoteEvent, Written } from '../provider.js'
import { assertCalendar, readBodies } from './bodies.js'
import { type AccountContext, calendarUrl, inTurn, learnId, rememberWrite } from './context.js'
import { guardOf, hashRevision, sameBody, strongTag } from './etag.js'
import { nameFor, uidFor } from './event-map.js'
import { failure, isUidConflict } from './failure.js'
import { toRemoteId } from './href.js'
import { parseErrorBody } from './xml.js'

/** The address of the copy that is created under a key. Derived, so that a repeated create meets the first one. */
export function createUrl(context: AccountContext, calendar: RemoteCalendarId, key: EventDraft['key']): string {
  return new URL(nameFor(key), calendarUrl(context, calendar)).href
}

/** Creates a copy, and never over something that is there. @see RFC 4791 section 5.3.2 */
export async function create(
  context: AccountContext,
  calendar: RemoteCalendarId,
  draft: EventDraft,
  signal?: AbortSignal,
): Promise<Written> {
  const url = createUrl(context, calendar, draft.key)
  const body = writeObject({ uid: uidFor(draft.key), content: draft.content, mark: draft.mark, now: context.now() })
  const answer = await put(context, url, body, { 'if-none-match': '*' }, signal)
  if (isWritten(answer)) return written(context, answer, url)
  if (answer.status === 412) throw alreadyThere()
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
  const work = (): Promise<Written> => updateNow(context, calendar, change, signal)
  return guardOf(change.current.revision) === undefined ? inTurn(context, change.current.id, work) : work()
}

async function updateNow(
  context: AccountContext,
  calendar: RemoteCalendarId,
  change: EventChange,
  signal?: AbortSignal,
): Promise<Written> {
  const url = context.spellings.urlOf(change.current.id)
  const { raw, guard } = await base(context, calendar, url, change.current, signal)
  const body = patchObject(raw, {
    content: change.content,
    fields: change.fields,
    now: context.now(),
    ...(change.mark ? { mark: change.mark } : {}),
  })
  const answer = await put(context, url, body, { ...guard, ...quiet(raw) }, signal)
  if (isWritten(answer)) return written(context, answer, url)
  if (answer.status === 412) throw await guardFailed(context, calendar, change.current.id, signal)
  throw await refusal(context, calendar, answer, signal)
}

/** Removes an event, if it is still the one that we know. */
export function remove(
  context: AccountContext,
  calendar: RemoteCalendarId,
  current: RemoteEvent,
  signal?: AbortSignal,
): Promise<void> {
  const work = (): Promise<void> => removeNow(context, calendar, current, signal)
  return guardOf(current.revision) === undefined ? inTurn(context, current.id, work) : work()
}

async function removeNow(
  context: AccountContext,
  calendar: RemoteCalendarId,
  current: RemoteEvent,
  signal?: AbortSignal,
): Promise<void> {
  const url = context.spellings.urlOf(current.id)
  const { raw, guard } = await base(context, calendar, url, current, signal)
  const answer = await context.dav.send('DELETE', url, { headers: { ...guard, ...quiet(raw) }, signal })
  if (answer.status === 200 || answer.status === 202 || answer.status === 204) {
    rememberWrite(context, current.id)
    return
  }
  if (answer.status === 412) throw await guardFailed(context, calendar, current.id, signal)
  throw await refusal(context, calendar, answer, signal)
}

/**
 * The text that a write starts from, and the header that guards it. Where the server gives no tag that it would honour,
 * the event is read and compared right before the write: the gap between the two is as small as it can be, not none.
 */
async function base(
  context: AccountContext,
  calendar: RemoteCalendarId,
  url: string,
  current: RemoteEvent,
  signal?: AbortSignal,
): Promise<{ readonly raw: string; readonly guard: Readonly<Record<string, string>> }> {
  const tag = guardOf(current.revision)
  if (tag !== undefined && current.raw !== undefined) return { raw: current.raw, guard: { 'if-match': tag } }
  const answer = await context.dav.send('GET', url, { headers: { accept: 'text/calendar' }, signal })
  if (answer.status === 404 || answer.status === 410) {
    await assertCalendar(context, calendar, signal)
    throw notThere()
  }
  if (answer.status !== 200) throw failure(answer, 'reading')
  if (tag !== undefined) {
    const now = strongTag(answer.headers.get('etag'))
    if (now !== undefined && now !== tag) throw changedMeanwhile()
    return { raw: answer.text, guard: { 'if-match': tag } }
  }
  const same =
    current.raw === undefined ? hashRevision(answer.text) === current.revision : sameBody(answer.text, current.raw)
  if (!same) throw changedMeanwhile()
  return { raw: answer.text, guard: {} }
}

/** Bodies are strings, so their length is announced: two servers refuse bodies in chunks. */
function put(
  context: AccountContext,
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<HttpAnswer> {
  return context.dav.send('PUT', url, {
    headers: { ...headers, 'content-type': 'text/calendar; charset=utf-8' },
    body,
    signal,
  })
}

/** 207 is not among them: one server answers so when it stored nothing. */
function isWritten(answer: HttpAnswer): boolean {
  return answer.status === 200 || answer.status === 201 || answer.status === 204
}

/** What is there now is not said: servers change what they are given even when they return a tag for it. */
function written(context: AccountContext, answer: HttpAnswer, url: string): Written {
  const location = answer.headers.get('location')
  const id = location ? (learnId(context, location, answer.url) as RemoteId) : toRemoteId(url, context.dav.site)
  rememberWrite(context, id)
  const revision = strongTag(answer.headers.get('etag'))
  return revision === undefined ? { id } : { id, revision }
}

/** Asks the server not to mail anybody about what we do to an event with an organizer. @see RFC 6638 section 8.1 */
function quiet(raw: string): Readonly<Record<string, string>> {
  return /^ORGANIZER[;:]/im.test(raw) ? { 'schedule-reply': 'F' } : {}
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
  if (answer.status !== 207 && named.length > 0) return named.some((href) => toRemoteId(href, answer.url) === ours)
  const there = await context.dav.send('GET', url, { headers: { accept: 'text/calendar' }, signal })
  return there.status === 200
}

/** A guard fails on what is not there, too. The two are told apart by a look, which only a refused write costs. */
async function guardFailed(
  context: AccountContext,
  calendar: RemoteCalendarId,
  id: RemoteId,
  signal?: AbortSignal,
): Promise<SyncError> {
  const [body] = await readBodies(context, calendar, [id], signal)
  return body?.type === 'gone' ? notThere() : changedMeanwhile()
}

/** What a refused write means, after a look whether the calendar is still there when the answer leaves that open. */
async function refusal(
  context: AccountContext,
  calendar: RemoteCalendarId,
  answer: HttpAnswer,
  signal?: AbortSignal,
): Promise<SyncError> {
  if (answer.status === 207) return failure({ ...answer, status: 400 }, 'writing')
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

function alreadyThere(): SyncError {
  return new SyncError('already_exists', 'The calendar already has this event. Read it before writing again.')
}

function changedMeanwhile(): SyncError {
  return new SyncError('revision_mismatch', 'The event was changed in the meantime. Read it and decide again.')
}

function notThere(): SyncError {
  return new SyncError('not_found', 'The event is not in the calendar any more.')
}
