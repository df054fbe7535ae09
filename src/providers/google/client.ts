import { isSyncError, SyncError, throwIfAborted } from '../../errors.js'
import type { Budget } from '../../http/budget.js'
import type { HttpAnswer, HttpClient } from '../../http/client.js'
import type { RemoteCalendarId } from '../../model/ids.js'
import type { AccessTokens } from '../access-tokens.js'
import { batchType, readBatch, writeBatch } from './batch.js'
import { type About, failure, invalidResponse, parseJson } from './failure.js'
import {
  type CalendarsPage,
  type ChannelAnswer,
  type EventsPage,
  type GoogleEvent,
  type GoogleItem,
  readCalendarsPage,
  readChannel,
  readEventsPage,
  readItem,
} from './wire.js'

/** The parameters of a request; a list stands for one that is repeated. */
export type Query = Readonly<Record<string, string | readonly string[]>>

/** A body that is sent. In a patch, null removes a value, and what is not named stays. */
export type EventBody = Readonly<Record<string, unknown>>

/** How a write is guarded, and what goes with it. */
export interface WriteOptions {
  /** The entity tag that the event must still have. */
  readonly etag?: string | undefined
  /** Parameters that this body needs besides. */
  readonly query?: Query
  readonly signal?: AbortSignal | undefined
}

/** The requests of Calendar API v3 that a sync needs. Every method throws SyncError only. */
export interface GoogleClient {
  listCalendars(query: Query, signal?: AbortSignal): Promise<CalendarsPage>
  listEvents(
    calendar: RemoteCalendarId,
    query: Query,
    about: 'calendar' | 'changes',
    signal?: AbortSignal,
  ): Promise<EventsPage>
  /** Every occurrence of a series, also of one that never ends, as far as Google looks ahead. */
  listInstances(calendar: RemoteCalendarId, id: string, query: Query, signal?: AbortSignal): Promise<EventsPage>
  /** @throws SyncError `not_found`, which says nothing about the calendar. */
  getEvent(calendar: RemoteCalendarId, id: string, signal?: AbortSignal): Promise<GoogleItem>
  /**
   * Reads many at once, at most {@link mostCalls}. Undefined for what is not there, or could not be read this way: ask for
   * it by itself.
   */
  getEvents(
    calendar: RemoteCalendarId,
    ids: readonly string[],
    signal?: AbortSignal,
  ): Promise<readonly (GoogleItem | undefined)[]>
  /** @throws SyncError `already_exists`. */
  insertEvent(calendar: RemoteCalendarId, body: EventBody, options?: WriteOptions): Promise<GoogleEvent>
  /** @throws SyncError `revision_mismatch`, `not_found`. */
  patchEvent(calendar: RemoteCalendarId, id: string, body: EventBody, options?: WriteOptions): Promise<GoogleEvent>
  /** @throws SyncError `revision_mismatch`, `not_found`. */
  deleteEvent(calendar: RemoteCalendarId, id: string, options?: WriteOptions): Promise<void>
  watchEvents(calendar: RemoteCalendarId, body: EventBody, signal?: AbortSignal): Promise<ChannelAnswer>
  stopChannel(body: EventBody, signal?: AbortSignal): Promise<void>
}

/** Who is told of changes by mail. @see docs/providers/google.md */
export type SendUpdates = 'none' | 'externalOnly' | 'all'

export interface ClientOptions {
  readonly http: HttpClient
  /** Where the service lives, with a slash at its end. */
  readonly server: string
  readonly tokens: AccessTokens
  readonly quotaUser: string | undefined
  readonly sendUpdates: SendUpdates
  /** All of them have to have room for a request. */
  readonly budgets: readonly Budget[]
  /** Told of every refusal. */
  readonly onFailure?: (error: SyncError) => void
  readonly now: () => number
}

/** A patch counts three times as much as other requests. */
const patchUnits = 3

export function googleClient({
  http,
  server,
  tokens,
  quotaUser,
  sendUpdates,
  budgets,
  onFailure,
  now,
}: ClientOptions): GoogleClient {
  const events = (calendar: string): string => `calendars/${encodeURIComponent(calendar)}/events`
  const event = (calendar: string, id: string): string => `${events(calendar)}/${encodeURIComponent(id)}`
  const silence: Query = { sendUpdates }

  async function answered(request: Request): Promise<HttpAnswer> {
    const answer = await authorized(request)
    if (answer.status === 200 || answer.status === 204) return answer
    const error = failure(answer, request.about, now())
    onFailure?.(error)
    throw error
  }

  async function call(request: Request): Promise<unknown> {
    const answer = await answered(request)
    if (answer.status === 204) return undefined
    const value = parseJson(answer.text)
    // A page of somebody between us and Google, or a body that was cut off.
    if (typeof value !== 'object' || value === null) throw invalidResponse('NOT_JSON')
    return value
  }

  /** A call that was refused for its token has done nothing, so it is made once more with another one. */
  async function authorized(request: Request): Promise<HttpAnswer> {
    throwIfAborted(request.signal)
    http.ready?.()
    for (const budget of budgets) await budget.spend(request.units ?? 1, request.signal)
    const token = await tokenFor(request.signal)
    const answer = await send(request, token)
    if (answer.status !== 401) return answer
    const another = await tokenFor(request.signal, token)
    return another === token ? answer : await send(request, another)
  }

  async function tokenFor(signal: AbortSignal | undefined, rejected?: string): Promise<string> {
    try {
      return await tokens.get({ ...(signal && { signal }), ...(rejected === undefined ? {} : { rejected }) })
    } catch (cause) {
      if (isSyncError(cause)) throw cause
      throw new SyncError('auth_expired', 'There is no access token for this Google account. Sign in again.', { cause })
    }
  }

  function addressOf(path: string, query: Query = {}): URL {
    const url = new URL(`calendar/v3/${path}`, server)
    for (const [name, value] of Object.entries(query)) {
      for (const one of typeof value === 'string' ? [value] : value) url.searchParams.append(name, one)
    }
    if (quotaUser !== undefined) url.searchParams.set('quotaUser', quotaUser)
    return url
  }

  async function send({ method, path, query, body, etag, batch, signal }: Request, token: string): Promise<HttpAnswer> {
    const sent = batch ?? (body === undefined ? undefined : JSON.stringify(body))
    return http.request({
      method,
      url: (batch === undefined ? addressOf(path, query) : new URL(path, server)).href,
      headers: {
        authorization: `Bearer ${token}`,
        accept: batch === undefined ? 'application/json' : 'multipart/mixed',
        ...(etag === undefined ? {} : { 'if-match': etag }),
        ...(sent === undefined ? {} : { 'content-type': batch === undefined ? 'application/json' : batchType }),
      },
      ...(sent === undefined ? {} : { body: sent }),
      ...(signal && { signal }),
    })
  }

  return {
    async listCalendars(query, signal) {
      return readCalendarsPage(
        await call({ method: 'GET', path: 'users/me/calendarList', query, about: 'account', signal }),
      )
    },
    async listEvents(calendar, query, about, signal) {
      return readEventsPage(await call({ method: 'GET', path: events(calendar), query, about, signal }))
    },
    async listInstances(calendar, id, query, signal) {
      const path = `${event(calendar, id)}/instances`
      return readEventsPage(await call({ method: 'GET', path, query, about: 'event', signal }))
    },
    async getEvent(calendar, id, signal) {
      return readItem(await call({ method: 'GET', path: event(calendar, id), about: 'event', signal }))
    },
    async getEvents(calendar, ids, signal) {
      const paths = ids.map((id) => addressOf(event(calendar, id))).map(({ pathname, search }) => pathname + search)
      const request = {
        method: 'POST',
        path: 'batch/calendar/v3',
        batch: writeBatch(paths),
        units: ids.length,
      } as const
      const { text, headers } = await answered({ ...request, about: 'account', signal })
      const answers = readBatch(text, headers.get('content-type'))
      return ids.map((_, index) => {
        const answer = answers.get(index)
        const value = answer?.status === 200 ? parseJson(answer.text) : undefined
        return value === undefined ? undefined : readItem(value)
      })
    },
    async insertEvent(calendar, body, { query, signal } = {}) {
      const request = { method: 'POST', path: events(calendar), query: { ...silence, ...query }, body } as const
      return written(await call({ ...request, about: 'create', signal }))
    },
    async patchEvent(calendar, id, body, { etag, query, signal } = {}) {
      const request = { method: 'PATCH', path: event(calendar, id), query: { ...silence, ...query }, body } as const
      return written(await call({ ...request, about: 'write', units: patchUnits, etag, signal }))
    },
    async deleteEvent(calendar, id, { etag, signal } = {}) {
      await call({ method: 'DELETE', path: event(calendar, id), query: silence, about: 'write', etag, signal })
    },
    async watchEvents(calendar, body, signal) {
      const path = `${events(calendar)}/watch`
      return readChannel(await call({ method: 'POST', path, body, about: 'watch', signal }))
    },
    async stopChannel(body, signal) {
      await call({ method: 'POST', path: 'channels/stop', body, about: 'event', signal })
    },
  }
}

interface Request {
  readonly method: string
  readonly path: string
  readonly query?: Query
  readonly body?: EventBody
  /** A body that is not JSON, for the path of batches. */
  readonly batch?: string
  readonly etag?: string | undefined
  readonly about: About
  readonly units?: number
  readonly signal?: AbortSignal | undefined
}

/** A write that was answered with something else than the event may have been done. */
function written(given: unknown): GoogleEvent {
  const item = readItem(given)
  if (item.kind === 'broken') throw invalidResponse('BROKEN_EVENT')
  return item.event
}
