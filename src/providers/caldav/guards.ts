import { SyncError } from '../../errors.js'
import type { HttpAnswer } from '../../http/client.js'
import type { RemoteCalendarId, RemoteId } from '../../model/ids.js'
import type { RemoteEvent } from '../provider.js'
import { assertCalendar, readBodies } from './bodies.js'
import type { AccountContext } from './context.js'
import { guardOf, mayBeOf, sameBody, strongTag } from './etag.js'
import { failure } from './failure.js'
import { toRemoteId } from './href.js'
import { parseMultistatus } from './xml.js'

/**
 * Makes sure that a create meets nothing, where the server would write over it. Between this look and the write there
 * is a gap that no client can close; within one account nothing comes between, because writes to one event queue.
 *
 * @throws SyncError `already_exists`.
 */
export async function assertFree(
  context: AccountContext,
  calendar: RemoteCalendarId,
  url: string,
  signal?: AbortSignal,
): Promise<void> {
  if (await honoursGuards(context, calendar, signal)) return
  const [body] = await readBodies(context, calendar, [toRemoteId(url, context.dav.site)], signal)
  if (body?.type !== 'gone') throw alreadyThere()
}

/** What a write of an existing event starts from. */
export interface Base {
  /** The text as the server has it. */
  readonly raw: string
  /** The header that makes the server refuse the write if it has another one by then; none where it gives no strong tag. */
  readonly guard: Readonly<Record<string, string>>
}

/**
 * The text that a write starts from, and the header that guards it. Where the server gives no tag, or does not honour
 * it, the event is read and compared right before the write: the gap between the two is as small as it can be, not none.
 *
 * @throws SyncError `revision_mismatch`, `not_found`.
 */
export async function baseOf(
  context: AccountContext,
  calendar: RemoteCalendarId,
  current: RemoteEvent,
  signal?: AbortSignal,
): Promise<Base> {
  const tag = guardOf(current.revision)
  const guard = tag === undefined ? {} : { 'if-match': tag }
  if (tag !== undefined && current.raw !== undefined && (await honoursGuards(context, calendar, signal))) {
    return { raw: current.raw, guard }
  }
  const [body] = await readBodies(context, calendar, [current.id], signal)
  if (body?.type === 'failed') throw body.error
  if (body?.type !== 'found') throw notThere()
  const tagNow = strongTag(body.tag)
  if (tag !== undefined && tagNow !== undefined && tagNow !== tag) throw changedMeanwhile()
  const isSame = current.raw === undefined ? mayBeOf(current.revision, body.text) : sameBody(body.text, current.raw)
  if (!isSame) throw changedMeanwhile()
  return { raw: body.text, guard }
}

/** A guard fails on what is not there, too. The two are told apart by a look, which only a refused write costs. */
export async function guardFailed(
  context: AccountContext,
  calendar: RemoteCalendarId,
  id: RemoteId,
  signal?: AbortSignal,
): Promise<SyncError> {
  const [body] = await readBodies(context, calendar, [id], signal)
  return body?.type === 'gone' ? notThere() : changedMeanwhile()
}

/**
 * A write is answered with 207 by servers that hide a refusal in it. The refusal counts; a 207 without one says nothing
 * that can be relied on.
 *
 * @throws SyncError `invalid_response` for a 207 that names no refusal, and for a web page: the write may have been done.
 */
export function unwrapped(answer: HttpAnswer): HttpAnswer {
  // Somebody between us and the server answered in its place, with a page to sign in at; nothing was done.
  const isPage = answer.status === 200 && /^text\/html\b/i.test(answer.headers.get('content-type') ?? '')
  if (isPage) throw failure(answer, 'reading')
  if (answer.status !== 207) return answer
  const { responses } = parseMultistatus(answer.text)
  const statuses = responses.flatMap(({ status, propStatuses }) => [...(status ? [status] : []), ...propStatuses])
  // 424 only says that something else failed.
  const refused = statuses.filter((status) => status >= 400)
  const status = refused.find((each) => each !== 424) ?? refused[0]
  if (status !== undefined) return { ...answer, status }
  throw new SyncError(
    'invalid_response',
    'The server does not say whether it did what it was asked. Read the event before writing again.',
    { reason: '207' },
  )
}

export function alreadyThere(): SyncError {
  return new SyncError('already_exists', 'The calendar already has this event. Read it before writing again.')
}

/** False for a server that is known to write whatever the guards say. Asks once where nothing is known yet. */
async function honoursGuards(
  context: AccountContext,
  calendar: RemoteCalendarId,
  signal?: AbortSignal,
): Promise<boolean> {
  if (!context.traits.isKnown) await assertCalendar(context, calendar, signal)
  return !context.traits.ignoresGuards
}

function changedMeanwhile(): SyncError {
  return new SyncError('revision_mismatch', 'The event was changed in the meantime. Read it and decide again.')
}

function notThere(): SyncError {
  return new SyncError('not_found', 'The event is not in the calendar any more.')
}
