import { SyncError } from '../index.js'
import { readJson } from './body.js'
import type { Door } from './door.js'
import { allowReading, harden, preflight, refuseOtherSites } from './guard.js'
import { Live } from './live/live.js'
import { type Match, PathMatcher } from './match.js'
import { openApiOf } from './openapi.js'
import { checkOptions, type SyncHandlerOptions } from './options.js'
import { Pace } from './pace.js'
import { Misfit, problemResponse, Refusal } from './problem.js'
import { type Method, type RawRoute, rawRoutes } from './raw-routes.js'
import type { AnyRoute } from './route.js'
import { routes } from './routes.js'
import type { SignedIn } from './signed-in.js'

type SomeRoute = { readonly json: AnyRoute } | { readonly raw: RawRoute }
type Found = { readonly route: SomeRoute; readonly params: Readonly<Record<string, string>>; readonly method: Method }

/**
 * The door to an engine for browsers: one function from a web-standard request to a response, which every server of today can
 * call.
 *
 * @example
 * ```ts
 * import { SyncEngine } from 'calweave'
 * import { memoryProvider } from 'calweave/providers/memory'
 * import { syncHandler } from 'calweave/server'
 * import { memoryStorage } from 'calweave/storage/memory'
 *
 * const engine = new SyncEngine({ storage: memoryStorage(), providers: [memoryProvider()] })
 * const handler = syncHandler({
 *   engine,
 *   authenticate: (request) => (request.headers.get('cookie')?.includes('session=jane') ? { userId: 'jane' } : null),
 * })
 * const response = await handler(new Request('https://app.example.com/calweave/session'))
 * console.log(response.status) // 401
 * ```
 * @throws SyncError `invalid_input` for options that do not fit.
 */
export function syncHandler(given: SyncHandlerOptions): (request: Request) => Promise<Response> {
  const options = checkOptions(given)
  const { engine, authenticate } = given
  const door: Door = { engine, feeds: given.feeds, options }
  const live = new Live(engine, options, authenticate)
  const pace = new Pace(options.limits.requestsPerMinute, options.now)
  let document: string | undefined
  const described: RawRoute = {
    ...{ summary: 'This description', contentType: 'application/json', access: 'public' },
    handle: async () => {
      document ??= JSON.stringify(openApiOf(routes, { ...rawRoutes, 'GET /openapi.json': described }, options.basePath))
      return new Response(document, { headers: { 'content-type': 'application/json' } })
    },
  }
  const matcher = new PathMatcher<SomeRoute>({
    ...mapped(routes, (json) => ({ json })),
    ...mapped({ ...rawRoutes, 'GET /openapi.json': described }, (raw) => ({ raw })),
  })

  async function answer(request: Request): Promise<Response> {
    const match = matcher.find(pathIn(request, options.basePath))
    if (!match) throw new Refusal('no_such_route')
    if (request.method === 'OPTIONS') return preflight(request, allowedOf(match), options)
    return call(foundIn(match, request), request)
  }

  async function call({ route, params, method }: Found, request: Request): Promise<Response> {
    if ('raw' in route && route.raw.access === 'public') return route.raw.handle({ request, params, door, live })
    const isReturning = 'raw' in route && route.raw.access === 'returning'
    if (!isReturning) refuseOtherSites(request, options, method !== 'GET')
    const who = await authenticate(request)
    if ('raw' in route && route.raw.access === 'returning')
      return route.raw.handle({ request, params, door, live, who })
    if (!who) throw new Refusal('signed_out')
    pace.take(who.userId)
    const user = engine.user(who.userId, who.actor === undefined ? {} : { actor: who.actor })
    if ('raw' in route) {
      if (route.raw.access !== 'user') throw new Refusal('no_such_route')
      refuseUnknown(queryOf(request), route.raw.query)
      return route.raw.handle({ request, params, door, live, who, user })
    }
    return callJson(route.json, params, request, who, user)
  }

  async function callJson(
    { access, query, body, bodyIs = 'body', handle }: AnyRoute,
    params: Readonly<Record<string, string>>,
    request: Request,
    who: SignedIn,
    user: ReturnType<typeof engine.user>,
  ): Promise<Response> {
    if (access === 'operator' && who.isOperator !== true) throw new Refusal('not_allowed')
    const asked = queryOf(request)
    const headers = new Headers()
    const given = {
      query: query ? fitting(query, asked, 'query') : refuseMore(asked, 'query'),
      body: await bodyOf(request, body, bodyIs),
    }
    const told = await handle({ ...given, params, user, who, door, request, headers })
    headers.set('content-type', 'application/json')
    return new Response(JSON.stringify(told), { headers })
  }

  async function bodyOf(request: Request, schema: AnyRoute['body'], what: string): Promise<unknown> {
    if (request.method === 'GET' || request.method === 'HEAD') return undefined
    const body = await readJson(request, options.limits.bodyBytes)
    return schema ? fitting(schema, body, what) : refuseMore(body, what)
  }

  return async (request) => {
    let response: Response
    try {
      response = await answer(request)
    } catch (error) {
      response = problemResponse(error)
      if (response.status === 500) options.onError(error)
    }
    const headers = new Headers(response.headers)
    harden(headers)
    allowReading(request, headers, options)
    const isHead = request.method === 'HEAD'
    if (isHead) response.body?.cancel().catch(() => undefined)
    return new Response(isHead ? null : response.body, { status: response.status, headers })
  }
}

/** The path below the one that all addresses begin with. */
function pathIn(request: Request, basePath: string): string {
  const { pathname } = new URL(request.url)
  if (pathname.startsWith(`${basePath}/`)) return pathname.slice(basePath.length)
  throw new Refusal('no_such_route')
}

function foundIn(match: Match<SomeRoute>, request: Request): Found {
  const method = (request.method === 'HEAD' ? 'GET' : request.method) as Method
  const found = match.byMethod.get(method)
  if (found) return { route: found.value, params: found.params, method }
  throw new Refusal('method_not_allowed', { allow: allowedOf(match).join(', ') })
}

function allowedOf({ byMethod }: Match<SomeRoute>): readonly string[] {
  return [...byMethod.keys(), ...(byMethod.has('GET') ? ['HEAD'] : []), 'OPTIONS']
}

/** Each name once: which of two would count is nothing to guess about. */
function queryOf(request: Request): Readonly<Record<string, string>> {
  const asked: Record<string, string> = Object.create(null)
  for (const [name, value] of new URL(request.url).searchParams) {
    if (name in asked) throw new SyncError('invalid_input', 'query: a parameter stands in it twice.')
    asked[name] = value
  }
  return { ...asked }
}

/** @param what - what a refusal calls it */
function fitting(schema: NonNullable<AnyRoute['query']>, given: unknown, what: string): unknown {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new Misfit(what, issue?.path ?? [], issue?.message ?? 'does not fit')
}

function refuseMore(given: unknown, what: string): undefined {
  const isEmpty =
    given === undefined || (typeof given === 'object' && given !== null && Object.keys(given).length === 0)
  if (isEmpty && !Array.isArray(given)) return undefined
  throw new Misfit(what, [], 'nothing is taken here')
}

function refuseUnknown(asked: Readonly<Record<string, string>>, known: RawRoute['query'] = {}): void {
  const stranger = Object.keys(asked).find((name) => !Object.hasOwn(known, name))
  if (stranger !== undefined) throw new Misfit('query', [stranger], 'is no parameter of this address')
}

function mapped<T, R>(table: Readonly<Record<string, T>>, change: (value: T) => R): Readonly<Record<string, R>> {
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key, change(value)]))
}
