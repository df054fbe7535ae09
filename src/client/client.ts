import { eventStream, type LiveSource } from './live.js'
import { ClientProblem, problemOf, unanswered } from './problem.js'
import type { AnswerOf, CallArguments, RouteName } from './routes.js'

/** How the handler of `calweave/server` is reached. */
export interface ClientOptions {
  /** Where the handler stands: a path of this site, or a whole address. @default '/calweave' */
  readonly baseUrl?: string
  /** @default the `fetch` of the runtime */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
  /** Sent with every request, e.g. `{ authorization: 'Bearer ...' }`; asked for each time where it is a function. @default {} */
  readonly headers?: Headers_ | (() => Headers_ | Promise<Headers_>)
  /** Whether cookies go along. `include` for a handler on another origin. @default 'same-origin' */
  readonly credentials?: RequestCredentials
}

type Headers_ = Readonly<Record<string, string>>

/** Calls the handler of `calweave/server`. */
export interface CalweaveClient {
  /**
   * Calls one route and gives what it answers: an object for JSON, a text for anything else, undefined for no content.
   * @throws ClientProblem
   */
  call<R extends RouteName>(route: R, ...input: CallArguments<R>): Promise<AnswerOf<R>>
  /** The address of a route, e.g. for a link to a download. */
  url<R extends RouteName>(route: R, ...input: CallArguments<R>): string
  /** Tells of what happens. */
  readonly live: LiveSource
}

/**
 * Makes a client. It holds no state, so one may serve a whole application; for state that follows what happens see
 * {@link liveStore}.
 *
 * @example
 * ```ts no-run
 * import { calweaveClient, isClientProblem } from 'calweave/client'
 *
 * const client = calweaveClient({ baseUrl: '/calweave' })
 * try {
 *   const { items } = await client.call('GET /groups/{groupId}/conflicts', { params: { groupId: 'family' } })
 *   console.log(items.length)
 * } catch (error) {
 *   if (isClientProblem(error)) console.log(error.code, error.remedy)
 * }
 * ```
 */
export function calweaveClient(options: ClientOptions = {}): CalweaveClient {
  const { baseUrl = '/calweave', credentials = 'same-origin' } = options
  const base = baseUrl.replace(/\/+$/, '')

  const send = async (url: string, init: RequestInit & { readonly headers: Headers_ }): Promise<Response> => {
    const given = typeof options.headers === 'function' ? await options.headers() : options.headers
    const request = { credentials, ...init, headers: { ...init.headers, ...given } }
    let response: Response
    try {
      response = await (options.fetch ?? fetch)(url, request)
    } catch (error) {
      throw unanswered(error, init.signal ?? undefined)
    }
    if (!response.ok) throw await problemOf(response)
    return response
  }

  return {
    async call(route, ...[input = {}]) {
      const { body, signal } = input as AnyInput
      const method = methodOf(route)
      const response = await send(base + pathOf(route, input), {
        method,
        headers: {
          accept: 'application/json',
          // Other sites cannot send it, so the handler knows that this one is asking.
          ...(method === 'GET' ? {} : { 'x-calweave': '1' }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal ? { signal } : {}),
      })
      return (await answerOf(response, signal)) as never
    },
    url: (route, ...[input = {}]) => base + pathOf(route, input),
    live: eventStream((lastId, signal) =>
      send(`${base}/live`, {
        method: 'GET',
        headers: { accept: 'text/event-stream', ...(lastId === undefined ? {} : { 'last-event-id': lastId }) },
        cache: 'no-store',
        signal,
      }),
    ),
  }
}

/** What the input is for any route. */
export interface AnyInput {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
  readonly signal?: AbortSignal
}

/** The HTTP method of a route. */
export function methodOf(route: string): string {
  return route.slice(0, route.indexOf(' '))
}

/** The path of a route with its query, which is the same for inputs that say the same. */
export function pathOf(route: string, input: object): string {
  const { params = {}, query = {} } = input as AnyInput
  const path = route.slice(route.indexOf(' ') + 1).replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name]
    if (value === undefined || value === '') throw new TypeError(`${route}: \`params.${name}\` is missing.`)
    return encodeURIComponent(value)
  })
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.append(name, String(value)) // a list: with commas
  search.sort()
  return String(search) === '' ? path : `${path}?${search}`
}

async function answerOf(response: Response, signal: AbortSignal | undefined): Promise<unknown> {
  if (response.status === 204) return undefined
  const isJson = /^application\/json\b/.test(response.headers.get('content-type') ?? '')
  try {
    return isJson ? await response.json() : await response.text()
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw unanswered(error, signal)
    const details = { code: 'invalid_response', remedy: 'retry', status: response.status, cause: error } as const
    throw new ClientProblem('The server gave an answer that is no JSON.', details)
  }
}
