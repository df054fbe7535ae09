import { isSyncError, SyncError, throwIfAborted } from '../../errors.js'
import type { Budget } from '../../http/budget.js'
import type { HttpClient } from '../../http/client.js'
import { passOn } from '../../http/limited-client.js'
import type { SharedBudget } from '../../http/shared-budget.js'
import { sleep as sleepOnClock } from '../../http/sleep.js'
import type { AccessTokens } from '../access-tokens.js'
import { lanes, writeBatch } from './batch.js'
import { type About, type Answered, failure, invalidResponse, isResource, parseJson, type Resource } from './failure.js'
import { type BatchedGet, type ManyOptions, type Read, readMany } from './many.js'
import { slots } from './slots.js'

/** The parameters of a request, in the order in which they are sent. */
export type Query = Readonly<Record<string, string>>

/** A body that is sent. In a patch, null removes a value, and what is not named stays. */
export type EventBody = Readonly<Record<string, unknown>>

/** What every request says besides. */
export interface AskOptions {
  readonly about: About
  readonly query?: Query
  /** The entity tag that the event must still have. */
  readonly etag?: string | undefined
  /** What the `Prefer` header says besides what it always does. */
  readonly prefer?: string
  readonly signal?: AbortSignal | undefined
}

/** Requests to Graph. Paths are relative to the mailbox: `calendars/abc/events`. Every method throws SyncError only. */
export interface GraphClient {
  get(path: string, options: AskOptions): Promise<Resource>
  /** Follows a link that an earlier answer gave, exactly as it was given. */
  follow(link: string, options: AskOptions): Promise<Resource>
  /**
   * Reads many resources in few requests. What is not there is `missing`, whatever the reason of the others' absence.
   * @throws SyncError for any other failure of any of them.
   */
  getMany(requests: readonly BatchedGet[], signal?: AbortSignal): Promise<readonly Read[]>
  post(path: string, body: EventBody, options: AskOptions): Promise<Resource>
  patch(path: string, body: EventBody, options: AskOptions): Promise<Resource>
  delete(path: string, options: AskOptions): Promise<void>
  /** The same, of what belongs to no mailbox: `subscriptions`. */
  readonly root: Pick<GraphClient, 'post' | 'patch' | 'delete'>
}

export interface ClientOptions {
  readonly http: HttpClient
  /** Where the service lives, with its version and a slash at its end. */
  readonly server: string
  readonly tokens: AccessTokens
  /** Whose mailbox; undefined for whoever is signed in. */
  readonly mailbox: string | undefined
  /** All of them have to have room for a request. */
  readonly budgets: readonly Budget[]
  /** The account's own budget, where other workers have part in it. */
  readonly shared?: SharedBudget | undefined
  readonly now: () => number
  /** @default on the wall clock */
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>
}

/**
 * Without the first, ids change when an event moves; the second makes times independent of whose mailbox it is. On every
 * request, as an id of one kind is not found by the other.
 */
const always = 'IdType="ImmutableId", outlook.timezone="UTC"'

export function graphClient({
  http,
  server,
  tokens,
  mailbox,
  budgets,
  shared,
  now,
  sleep = sleepOnClock,
}: ClientOptions): GraphClient {
  const own = mailbox === undefined ? 'me' : `users/${encodeURIComponent(mailbox)}`
  const gate = slots(() => Math.min(lanes, shared?.lanes() ?? lanes))

  interface Request extends AskOptions {
    readonly method: string
    readonly url: string
    readonly body?: unknown
    /** A body that depends on how many requests may be under way at once. */
    readonly bodyFor?: (lanes: number) => unknown
    /** How many requests it counts for. */
    readonly units?: number
  }

  async function ask(request: Request): Promise<unknown> {
    const units = request.units ?? 1
    http.ready?.()
    // Which lanes are this worker's has to be known before it goes through the gate.
    await shared?.ready(units, request.signal)
    const answer = await gate.take(units, (count) =>
      authorized(request.bodyFor ? { ...request, body: request.bodyFor(count) } : request),
    )
    if (answer.status >= 200 && answer.status < 300) return answer.value
    const error = failure(answer, request.about, now())
    passOn(error, shared)
    throw error
  }

  async function resource(request: Request): Promise<Resource> {
    const value = await ask(request)
    if (!isResource(value)) throw invalidResponse('NOT_JSON')
    return value
  }

  /** A call that was refused for its token has done nothing, so it is made once more with another one. */
  async function authorized(request: Request): Promise<Answered> {
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
      throw new SyncError('auth_expired', 'There is no access token for this Microsoft account. Sign in again.', {
        cause,
      })
    }
  }

  async function send({ method, url, body, etag, prefer, signal }: Request, token: string): Promise<Answered> {
    const sent = body === undefined ? undefined : JSON.stringify(body)
    const { status, headers, text } = await http.request({
      method,
      url,
      // A link of an answer must not take the token elsewhere.
      site: server,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        prefer: preferring(prefer),
        ...(etag === undefined ? {} : { 'if-match': etag }),
        ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(sent === undefined ? {} : { body: sent }),
      ...(signal && { signal }),
    })
    return { status, headers, value: text === '' ? undefined : parseJson(text) }
  }

  const sendBatch: ManyOptions['send'] = (requests, signal) => {
    const paths = requests.map((one) => `/${own}/${address(one)}`)
    const bodyFor = (count: number): unknown => writeBatch(paths, { prefer: preferring() }, count)
    return resource({ method: 'POST', url: `${server}$batch`, bodyFor, about: 'account', units: paths.length, signal })
  }

  const under = (base: string): Pick<GraphClient, 'get' | 'post' | 'patch' | 'delete'> => {
    const url = (path: string, query?: Query): string => `${server}${base}${address({ path, ...(query && { query }) })}`
    return {
      get: (path, options) => resource({ ...options, method: 'GET', url: url(path, options.query) }),
      post: (path, body, options) => resource({ ...options, method: 'POST', url: url(path, options.query), body }),
      patch: (path, body, options) => resource({ ...options, method: 'PATCH', url: url(path, options.query), body }),
      async delete(path, options) {
        await ask({ ...options, method: 'DELETE', url: url(path, options.query) })
      },
    }
  }

  return {
    ...under(`${own}/`),
    follow: (link, options) => resource({ ...options, method: 'GET', url: link }),
    getMany: (requests, signal) =>
      readMany(requests, signal, { send: sendBatch, rest: (ms) => shared?.rest(ms), now, sleep }),
    root: under(''),
  }
}

function preferring(more?: string): string {
  return more === undefined ? always : `${always}, ${more}`
}

/** The names of parameters begin with a dollar sign, which stands for itself. */
function address({ path, query = {} }: BatchedGet): string {
  const parameters = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return parameters.length === 0 ? path : `${path}?${parameters.join('&')}`
}
